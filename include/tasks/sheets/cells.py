"""Values as spreadsheet cells: readable, exact, and never a formula."""

import csv
import io
import re
from collections.abc import Iterable
from decimal import Decimal
from itertools import groupby
from typing import Any, BinaryIO, Literal

import pandas as pd

# A spreadsheet takes text that begins so for a formula; the full-width forms too, where the locale is Chinese.
_FORMULA = re.compile(r"^[\s]*[=+\-@＝＋－＠]|^[\t\r\n]")
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")
_UNWRITABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
MICROS = 1_000_000
EMPTY_SHELF = "x"  # behind a week's units: on a day or more nothing lay there to be sold
UNKNOWN_WEEK = "?"
NOTHING_TO_SELL = "×"  # how a week is drawn in which the shelf was empty and nothing was sold
BRACKETS = "[]"
BARS = "▂▃▄▅▆▇█"  # from little to the line's own most
NO_BAR = "▁"

Ink = Literal["bar", "empty", "bracket"]


def neutral(text: str) -> str:
    """Text that no spreadsheet executes: an apostrophe in front of what would begin a formula.

    Plain numbers written as text (-5, +3.20) stay as they are, there is nothing in them to execute.
    """
    text = _UNWRITABLE.sub("", text)
    if _FORMULA.match(text) and not _NUMBER.fullmatch(text):
        return "'" + text
    return text


def neutral_heading(text: str) -> str:
    """Without the signs of a sum (`+ safety stock`), which a spreadsheet would take for a formula."""
    return neutral(text.lstrip("=+-−＝＋－@ "))


def csv_bytes(rows: Iterable[Iterable[object]]) -> bytes:
    """The rows as CSV in UTF-8 with the mark by which Excel knows it."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode("utf-8-sig")


def new_workbook(buffer: BinaryIO, **more: Any) -> Any:
    """A workbook of xlsxwriter's that makes neither formulas, links nor numbers of texts. more: its other options."""
    import xlsxwriter

    options = dict.fromkeys(("strings_to_formulas", "strings_to_urls", "strings_to_numbers"), False)
    return xlsxwriter.Workbook(buffer, {**options, **more})


def neutral_frame(frame: pd.DataFrame) -> pd.DataFrame:
    """A frame whose texts no spreadsheet executes, to be written as CSV."""
    texts = [name for name in frame.columns if pd.api.types.is_string_dtype(frame[name])]
    return frame.assign(**{name: frame[name].map(neutral, na_action="ignore") for name in texts})


def amount_of(micros: int) -> Decimal:
    """Micros as an exact number of whole units of their currency, with at least two decimals."""
    exact = (Decimal(micros) / MICROS).normalize()
    exponent = exact.as_tuple().exponent
    return exact if isinstance(exponent, int) and exponent < -2 else exact.quantize(Decimal("0.01"))


def per_cent(per_mille: int) -> Decimal:
    return (Decimal(per_mille) / 10).quantize(Decimal("0.1"))


def drawn(course: str) -> list[tuple[str, Ink]]:
    """A course of units, "12 0 3x 0x ?", as a row of bars, one a number: (signs, how they are drawn), in runs. Weeks
    with an empty shelf stand in brackets, since colour is lost on paper and on many eyes. A week of which nothing is
    known stays a question mark."""
    weeks = [(one.removesuffix(EMPTY_SHELF), one.endswith(EMPTY_SHELF)) for one in course.split()]
    most = max((int(units) for units, _ in weeks if units != UNKNOWN_WEEK), default=0)
    runs: list[tuple[str, Ink]] = []
    for was_empty, run in groupby(weeks, key=lambda week: week[1]):
        bars = "".join(_bar(units, most, was_empty) for units, _ in run)
        inked: list[tuple[str, Ink]] = [(BRACKETS[0], "bracket"), (bars, "empty"), (BRACKETS[1], "bracket")]
        runs += inked if was_empty else [(bars, "bar")]
    return runs


def _bar(units: str, most: int, was_empty: bool) -> str:
    if units == UNKNOWN_WEEK:
        return UNKNOWN_WEEK
    if int(units) <= 0:
        return NOTHING_TO_SELL if was_empty else NO_BAR
    return BARS[(int(units) * len(BARS) - 1) // most]
