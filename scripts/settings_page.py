"""Writes docs/settings.md: every setting of merchant.yaml and of a shop's file, its default and what it decides.

python -m scripts.settings_page            # writes the page
python -m scripts.settings_page --check    # ends with 1 if the page is stale
"""

from __future__ import annotations

import sys
import typing
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from include.settings.merchant import Merchant
from scripts.generated_page import write_or_check

PAGE = Path(__file__).resolve().parents[1] / "docs" / "settings.md"
HEAD = """# Settings

Written by `make pages` from `include/settings/`, the only home of these numbers and words. `merchant.yaml` holds the
first table and its sections, each file under `shops/` one of `shops[]`. A setting that is left out has its default; a
name that is not here is refused with its file and line. Money is in the merchant's currency.
"""


def page() -> str:
    parts = [HEAD]
    for name, section in _sections("", Merchant):
        parts.append(f"## {name or 'merchant.yaml'}\n")
        about = (section.__doc__ or "").strip()
        if about and section.__doc__ != BaseModel.__doc__:
            parts.append(" ".join(about.split()) + "\n")
        parts += ["| setting | default | what it decides |", "| --- | --- | --- |"]
        parts += [_row(name, field) for name, field in section.model_fields.items()]
        parts.append("")
    return "\n".join(parts).rstrip() + "\n"


def _sections(name: str, model: type[BaseModel]) -> Iterator[tuple[str, type[BaseModel]]]:
    """A section and those within it, by the name under which the YAML has them."""
    yield name, model
    for own, field in model.model_fields.items():
        inner = _section_in(field.annotation)
        if inner is not None:
            many = "" if inner is field.annotation else "[]"
            yield from _sections(f"{name}.{own}{many}".lstrip("."), inner)


def _section_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in typing.get_args(annotation) if (found := _section_in(part))), None)


def _row(name: str, field: FieldInfo) -> str:
    if _section_in(field.annotation) is not None:
        default, about = "", "see its own section"
    else:
        default, about = _default(field), field.description or ""
    return f"| `{name}` | {default} | {about.replace('|', chr(92) + '|')} |"


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "needed"
    value = field.get_default(call_default_factory=True)
    assert value is not PydanticUndefined
    if value in (None, (), "") or value == {}:
        return "none"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, float):
        return f"`{value:.4g}`"
    if isinstance(value, dict):
        return "`" + ", ".join(f"{key}: {one}" for key, one in value.items()) + "`"
    if isinstance(value, tuple):
        return "`" + ", ".join(map(str, value)) + "`"
    return f"`{value}`"


def main(arguments: Sequence[str] | None = None) -> int:
    return write_or_check(PAGE, lambda _: page(), __doc__, arguments)


if __name__ == "__main__":
    sys.exit(main())
