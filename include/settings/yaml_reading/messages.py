"""Pydantic's errors as a person can act on them: file, line, key, what was found, what is right.

Told in the merchant's language. What stands around a mistake is not repeated: it may be long, and it may hold a secret.
"""

import difflib
import typing
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, ValidationError

from include.settings.yaml_reading.strict import as_written
from include.settings.yaml_reading.yaml_files import Place, YamlFile
from include.words.texts import LANGUAGES, say

LONGEST_FOUND = 60
# The text that tells each kind of pydantic's errors.
_BY_TYPE = {
    "extra_forbidden": "error.setting.unknown",
    "missing": "error.setting.missing",
    **dict.fromkeys(("int_parsing", "int_type", "int_from_float"), "error.setting.whole_number"),
    **dict.fromkeys(("float_parsing", "float_type"), "error.setting.number"),
    **dict.fromkeys(("bool_parsing", "bool_type"), "error.setting.truth"),
    **dict.fromkeys(("date_parsing", "date_from_datetime_parsing", "date_type"), "error.setting.day"),
    **dict.fromkeys(("time_parsing", "time_type"), "error.setting.time"),
    "string_type": "error.setting.text",
    **dict.fromkeys(("model_type", "dict_type", "mapping_type", "model_attributes_type"), "error.setting.keys"),
    **dict.fromkeys(("list_type", "tuple_type"), "error.setting.list"),
}


def readable(error: ValidationError, model: type[BaseModel], main: YamlFile, shops: Sequence[YamlFile]) -> str:
    """Every mistake on a line of its own. shops: the files of `shops`, in their order."""
    said = main.content.get("language")
    language = said if said in LANGUAGES else LANGUAGES[0]
    return "\n".join(_told(item, model, main, shops, language) for item in error.errors())


def _told(item: Any, model: type[BaseModel], main: YamlFile, shops: Sequence[YamlFile], language: str) -> str:
    place: Place = tuple(item["loc"])
    file, within = main, place
    if len(place) > 1 and place[0] == "shops" and isinstance(place[1], int):
        file, within = shops[place[1]], place[2:]
    within = as_written(within, file.lines)
    key = ".".join(str(part) for part in within)
    kind, said = item["type"], item["input"]
    message = say(language, _BY_TYPE[kind]) if kind in _BY_TYPE else item["msg"].removeprefix("Value error, ")
    found = ""
    if kind == "extra_forbidden":
        near = difflib.get_close_matches(str(place[-1]), _fields(model, place[:-1]), n=1, cutoff=0.6)
        found = say(language, "error.setting.near", near=near[0]) if near else ""
    elif kind != "missing" and isinstance(said, (str, int, float)) and "password" not in message:
        shown = repr(said) if len(repr(said)) <= LONGEST_FOUND else f"{repr(said)[:LONGEST_FOUND]}…"
        found = say(language, "error.setting.found", found=shown)
    head = say(language, "error.setting.at", file=file.path, line=file.line_of(within))
    return f"{head}: {f'{key}: ' if key else ''}{message}{found}"


def _fields(model: type[BaseModel], place: Place) -> list[str]:
    """The settings that there are at a place."""
    inner: type[BaseModel] | None = model
    for part in place:
        if inner is not None and isinstance(part, str) and part in inner.model_fields:
            inner = _model_in(inner.model_fields[part].annotation)
    return list(inner.model_fields) if inner else []


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in typing.get_args(annotation) if (found := _model_in(part))), None)
