"""The values that options and arguments have: a day, a month, a count, an amount; each says what is right in both
languages."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Annotated, Any, NoReturn

import typer
from typer._click.globals import get_current_context

from include.words.texts import Language

InLanguage = Annotated[Language | None, typer.Option("--language", help="of what is printed; default: the merchant's")]


def a_date(text: str) -> date:
    """'2025-11-12' as a date."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.isoformat() != text:
        raise wrong("a day such as 2025-11-12", "日期要写成 2025-11-12 这样", text)
    return found


def a_day(text: str) -> str:
    """A business day, as text: 'YYYY-MM-DD'."""
    return a_date(text).isoformat()


def a_month(text: str) -> str:
    """'YYYY-MM'."""
    if not re.fullmatch(r"[0-9]{4}-(0[1-9]|1[0-2])", text):
        raise wrong("a month such as 2025-10", "月份要写成 2025-10 这样", text)
    return text


def count(least: int = 1, most: int | None = None) -> Callable[[Any], int]:
    """A whole number, `least` or more, and at most `most`."""

    def of(text: Any) -> int:
        try:
            found = int(text)
        except ValueError:
            found = least - 1
        if found < least:
            raise wrong(f"a whole number, {least} or more", f"要写不小于 {least} 的整数", text)
        if most is not None and found > most:
            raise wrong(f"a whole number from {least} to {most}", f"要写 {least} 到 {most} 之间的整数", text)
        return found

    return of


def one_of(*names: str) -> Callable[[str], str]:
    """One of these names."""

    def of(text: str) -> str:
        if text not in names:
            raise wrong(f"one of {', '.join(names)}", f"应为 {', '.join(names)} 之一", text)
        return text

    return of


def amount(text: Any) -> float:
    """A finite number, 0 or more."""
    try:
        found = float(text)
    except ValueError:
        found = -1.0
    if not 0 <= found < float("inf"):
        raise wrong("a number, 0 or more", "要写不小于 0 的数", text)
    return found


def wrong(expected: str, in_chinese: str, found: object) -> typer.BadParameter:
    """The usage error of a value that is none of its type."""
    return typer.BadParameter(f"expected {expected}, found {found!r} · {in_chinese}，写的是 {found!r}")


def option(*names: str, of: Callable[[Any], Any], metavar: str, help: str | None = None, **more: Any) -> Any:
    """An option whose value `of` makes of the text."""
    return typer.Option(*names, parser=of, metavar=metavar, help=help, **more)


def day(help: str | None = None, *names: str) -> Any:
    """An option that is a business day."""
    return option(*(names or ("--day",)), of=a_day, metavar="DAY", help=help)


def number(name: str, least: int = 1, help: str | None = None, most: int | None = None) -> Any:
    """An option that is a count."""
    return option(name, of=count(least, most), metavar="N", help=help)


def fail(message: str) -> NoReturn:
    """End the command that runs as wrongly used. message: in both languages."""
    get_current_context().fail(message)
