"""What all parts of the settings share: unknown keys are errors, shares lie between 0 and 1, old names still answer."""

import logging
import re
from collections import defaultdict
from collections.abc import Container, Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from include.settings.saying import BilingualError
from include.settings.yaml_reading.yaml_files import Place

log = logging.getLogger("storekeeper.settings")

Share = Annotated[float, Field(ge=0, le=1)]

# Of the settings that were read under an old name: the end of their place -> how the file may end it.
_as_read: defaultdict[Place, set[Place]] = defaultdict(set)


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _min_and_max(cls, said: Any) -> Any:
        """Bounds were called least_ and most_ once, and what is by the day `_a_day`."""
        if not isinstance(said, dict):
            return said
        unknown = [name for name in said if isinstance(name, str) and name not in cls.model_fields]
        return renamed(said, {name: now for name in unknown if (now := _field_name(name)) in cls.model_fields})


def _field_name(name: str) -> str:
    name = re.sub("^least_", "min_", re.sub("^most_", "max_", name))
    return re.sub("_a_(?=(?:day|year|line|row)$)", "_per_", name)


def moved(said: Any, section: str, names: Mapping[str, str]) -> Any:
    """Settings that stood beside `section` once, under the names that they have in it now."""
    if not isinstance(said, dict) or not names.keys() & said.keys():
        return said
    now = {name: value for name, value in said.items() if name not in names}
    inner = dict(now.get(section) or {})
    for old in names.keys() & said.keys():
        if names[old] in inner:
            raise BilingualError.named("setting.said_twice", old=old, now=f"{section}.{names[old]}")
        log.warning("the setting %s is called %s.%s now", old, section, names[old])
        _as_read[section, names[old]].add((old,))
        inner[names[old]] = said[old]
    return {**now, section: inner}


def renamed(said: Any, names: Mapping[str, str]) -> Any:
    """Settings under the names they have now."""
    if not isinstance(said, dict):
        return said
    now = dict(said)
    for old in names.keys() & said.keys():
        if names[old] in said:
            raise BilingualError.named("setting.said_twice", old=old, now=names[old])
        log.warning("the setting %s is called %s now", old, names[old])
        _as_read[names[old],].add((old,))
        now[names[old]] = now.pop(old)
    return now


def as_written(place: Place, written: Container[Place]) -> Place:
    """A setting's place as the file has it, which may call it by an old name. written: every place of the file."""
    for now, befores in _as_read.items():
        for end in range(len(now), len(place) + 1):
            if place[end - len(now) : end] == now and place[:end] not in written:
                for before in befores:
                    if (old := place[: end - len(now)] + before) in written:
                        return old + place[end:]
    return place
