"""One way to write a value down, so that equal values are equal bytes: sorted keys, no spaces, no floats."""

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

Json = None | bool | int | str | Sequence["Json"] | Mapping[str, "Json"]


class NotCanonicalError(ValueError):
    """A value that has no single spelling (a float, a date object); the message names the place."""


def canonical_json(value: Json) -> str:
    """`value` as one line of JSON. Raises NotCanonicalError for anything but None, bool, int, str, list and mapping."""
    _check(value, "")
    return _ENCODER.encode(value)


def read_json(text: str) -> Any:
    return json.loads(text)


def content_hash(text: str) -> str:
    """SHA-256 of the UTF-8 bytes, in hex."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def short_hash(*parts: str) -> str:
    """16 lower-case letters and digits (80 bits) of the parts; a part's end is part of what is hashed."""
    whole = "".join(f"{len(part)}:{part}" for part in parts)
    return base64.b32encode(hashlib.sha256(whole.encode("utf-8")).digest()[:10]).decode("ascii").lower()


_ENCODER = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":"))
_PLAIN = frozenset({str, int, bool, type(None)})


def _check(value: Any, place: str) -> None:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if not isinstance(key, str):
                raise NotCanonicalError(f"{place or 'value'}: key {key!r} is {type(key).__name__}, expected text")
            if type(inner) not in _PLAIN:
                _check(inner, f"{place}.{key}" if place else key)
    elif isinstance(value, (list, tuple)):
        for position, inner in enumerate(value):
            if type(inner) not in _PLAIN:
                _check(inner, f"{place}[{position}]")
    elif not isinstance(value, (bool, int, str)) and value is not None:
        raise NotCanonicalError(
            f"{place or 'value'}: found {type(value).__name__} {value!r}, expected whole number, text, list or mapping"
        )
