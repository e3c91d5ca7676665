"""What all parts of the settings share: unknown keys are errors, shares lie between 0 and 1, old names still answer."""

import logging
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

log = logging.getLogger("storekeeper.settings")

Share = Annotated[float, Field(ge=0, le=1)]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def moved(said: Any, section: str, names: Mapping[str, str]) -> Any:
    """Settings that stood beside `section` once, under the names that they have in it now."""
    if not isinstance(said, dict) or not names.keys() & said.keys():
        return said
    now = {name: value for name, value in said.items() if name not in names}
    inner = dict(now.get(section) or {})
    for old in names.keys() & said.keys():
        if names[old] in inner:
            raise ValueError(f"{old} and {section}.{names[old]} say the same thing: keep {section}.{names[old]}")
        log.warning("the setting %s is called %s.%s now", old, section, names[old])
        inner[names[old]] = said[old]
    return {**now, section: inner}


def renamed(said: Any, names: Mapping[str, str]) -> Any:
    """Settings under the names they have now. Money was once said in yuan, whatever the merchant's currency."""
    if not isinstance(said, dict):
        return said
    now = dict(said)
    for old in names.keys() & said.keys():
        if names[old] in said:
            raise ValueError(f"{old} and {names[old]} say the same thing: keep {names[old]}")
        log.warning("the setting %s is called %s now: money is in the merchant's currency", old, names[old])
        now[names[old]] = now.pop(old)
    return now
