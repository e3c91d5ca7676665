"""Pydantic's errors as a person can act on them: file, line, key, what was found, what is right.

Told in the merchant's language. What stands around a mistake is not repeated: it may be long, and it may hold a secret.
"""

import difflib
import typing
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, ValidationError

from include.settings.saying import in_language
from include.settings.yaml_reading.strict import as_written
from include.settings.yaml_reading.yaml_files import Place, YamlFile
from include.words.texts import LANGUAGES, Language, say

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
    "greater_than": "error.setting.greater_than",
    "greater_than_equal": "error.setting.greater_than_equal",
    "less_than": "error.setting.less_than",
    "less_than_equal": "error.setting.less_than_equal",
    **dict.fromkeys(("literal_error", "enum"), "error.setting.one_of"),
    "string_pattern_mismatch": "error.setting.pattern",
    "string_too_short": "error.setting.short_text",
    "string_too_long": "error.setting.long_text",
    "too_short": "error.setting.too_few",
    "too_long": "error.setting.too_many",
    "finite_number": "error.setting.finite",
}
# What a pattern asks for, in words, by its beginning.
_PATTERNS = {
    "^https?://": "error.setting.address",
    "^[A-Z]{3}$": "error.setting.three_letters",
    "^[a-z][a-z0-9_]": "error.setting.plain_name",
}


def readable(
    error: ValidationError,
    model: type[BaseModel],
    main: YamlFile,
    shops: Sequence[YamlFile],
    language: Language | None = None,
) -> str:
    """Every mistake on a line of its own. shops: the files of `shops`, in their order. language: by default what `main`
    says."""
    said = language or main.content.get("language")
    speaks: Language = said if said in LANGUAGES else LANGUAGES[0]
    return "\n".join(_told(item, model, main, shops, speaks) for item in error.errors())


def _told(item: Any, model: type[BaseModel], main: YamlFile, shops: Sequence[YamlFile], language: Language) -> str:
    place: Place = tuple(item["loc"])
    file, within = main, place
    if len(place) > 1 and place[0] == "shops" and isinstance(place[1], int):
        file, within = shops[place[1]], place[2:]
    within = as_written(within, file.lines)
    key = ".".join(str(part) for part in within)
    near = ""
    if item["type"] == "extra_forbidden":
        found = difflib.get_close_matches(str(place[-1]), _fields(model, place[:-1]), n=1, cutoff=0.6)
        near = say(language, "error.setting.near", near=found[0]) if found else ""
    head = say(language, "error.setting.at", file=file.path, line=file.line_of(within))
    return f"{head}: {f'{key}: ' if key else ''}{mistake(item, language)}{near}"


def mistake(item: Any, language: Language) -> str:
    """One of a ValidationError's errors, without its place: what was expected, and what was found."""
    kind, said = item["type"], item["input"]
    message = _expected(item, language)
    if kind in ("extra_forbidden", "missing") or not isinstance(said, (str, int, float)):
        return message
    shown = repr(said) if len(repr(said)) <= LONGEST_FOUND else f"{repr(said)[:LONGEST_FOUND]}…"
    # What a rule of ours says names the value itself; one about an address may not.
    return message if kind == "value_error" else message + say(language, "error.setting.found", found=shown)


def _expected(item: Any, language: Language) -> str:
    kind, about = item["type"], dict(item.get("ctx", {}))
    if "expected" in about:
        about["expected"] = about["expected"].replace(" or ", ", ")
    if kind == "string_pattern_mismatch":
        known = next((text for start, text in _PATTERNS.items() if about["pattern"].startswith(start)), None)
        return say(language, known or "error.setting.pattern", **({} if known else about))
    if kind in _BY_TYPE:
        return say(language, _BY_TYPE[kind], **about)
    own = about.get("error")
    if isinstance(own, ValueError):
        return in_language(own, language)
    return str(item["msg"])


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
