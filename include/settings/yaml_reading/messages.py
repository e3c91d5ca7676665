"""Pydantic's errors as a person can act on them: file, line, key, what was found, what is right.

Told in the merchant's language. What stands around a mistake is not repeated: it may be long, and it may hold a secret.
"""

import difflib
import typing
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, ValidationError

from include.settings.yaml_reading.yaml_files import Place, YamlFile

LONGEST_FOUND = 60
_WORDS = {
    "extra_forbidden": ("没有这个设置", "there is no such setting"),
    "missing": ("缺少这个设置", "this setting is missing"),
}
_WHOLE = ("应为整数", "expected a whole number")
_NUMBER = ("应为数字", "expected a number")
_TRUTH = ("应为 true 或 false", "expected true or false")
_DAY = ("应为日期，如 2026-05-12", "expected a day such as 2026-05-12")
_CLOCK = ('应为时刻，如 "06:30"', 'expected a time of day such as "06:30"')
_TEXT = ("应为文字", "expected a text")
_KEYS = ("应为若干键值", "expected keys with values")
_LIST = ("应为列表", "expected a list")
_BY_TYPE = {
    **dict.fromkeys(("int_parsing", "int_type", "int_from_float"), _WHOLE),
    **dict.fromkeys(("float_parsing", "float_type"), _NUMBER),
    **dict.fromkeys(("bool_parsing", "bool_type"), _TRUTH),
    **dict.fromkeys(("date_parsing", "date_from_datetime_parsing", "date_type"), _DAY),
    **dict.fromkeys(("time_parsing", "time_type"), _CLOCK),
    "string_type": _TEXT,
    **dict.fromkeys(("model_type", "dict_type", "mapping_type", "model_attributes_type"), _KEYS),
    **dict.fromkeys(("list_type", "tuple_type"), _LIST),
}


def readable(error: ValidationError, model: type[BaseModel], main: YamlFile, shops: Sequence[YamlFile]) -> str:
    """Every mistake on a line of its own. shops: the files of `shops`, in their order."""
    zh = main.content.get("language", "zh") != "en"
    return "\n".join(_told(item, model, main, shops, zh) for item in error.errors())


def _told(item: Any, model: type[BaseModel], main: YamlFile, shops: Sequence[YamlFile], zh: bool) -> str:
    place: Place = tuple(item["loc"])
    file, within = main, place
    if len(place) > 1 and place[0] == "shops" and isinstance(place[1], int):
        file, within = shops[place[1]], place[2:]
    key = ".".join(str(part) for part in within)
    kind, said = item["type"], item["input"]
    words = _WORDS.get(kind) or _BY_TYPE.get(kind)
    message = words[0 if zh else 1] if words else item["msg"].removeprefix("Value error, ")
    found = ""
    if kind == "extra_forbidden":
        near = difflib.get_close_matches(str(place[-1]), _fields(model, place[:-1]), n=1, cutoff=0.6)
        found = (f"，是不是 {near[0]}？" if zh else f"; did you mean {near[0]}?") if near else ""
    elif kind != "missing" and isinstance(said, (str, int, float)) and "password" not in message:
        shown = repr(said) if len(repr(said)) <= LONGEST_FOUND else f"{repr(said)[:LONGEST_FOUND]}…"
        found = f"，写的是 {shown}" if zh else f", found {shown}"
    head = file.at(within)
    if zh:
        head = head.replace(", line ", "，第 ") + " 行"
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
