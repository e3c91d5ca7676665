"""A table of figures as a page, a CSV file and a chart share it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from include.desk.page import Page
from include.settings.currencies import MINUS, currency_name
from include.tasks.sheets.cells import amount_of, csv_bytes, neutral, neutral_heading
from include.words.texts import Language, say

Part = Literal["accuracy", "plan", "health", "days", "worth"]
PARTS: tuple[Part, ...] = ("accuracy", "plan", "health", "days", "worth")
Unit = Literal["text", "count", "units", "money", "share", "signed_share", "days"]


@dataclass(frozen=True)
class FigureColumn:
    """unit: money in micros, shares of 1."""

    part: Part
    name: str
    unit: Unit = "text"

    @property
    def is_number(self) -> bool:
        return self.unit != "text"

    def heading(self, language: Language) -> str:
        return say(language, f"looking.column.{self.name}")

    def meaning(self, language: Language) -> str:
        return say(language, f"looking.meaning.{self.name}")


@dataclass(frozen=True)
class FigureTable:
    """rows: values by column, None: not known. total: of all rows, told last; None: there is none. as_of: the newest
    day that it rests on; None: nothing is stored yet. first_day: of the days that it is about."""

    part: Part
    columns: Sequence[FigureColumn]
    rows: Sequence[Sequence[Any]]
    total: Sequence[Any] | None = None
    as_of: str | None = None
    first_day: str | None = None
    notes: Sequence[str] = field(default_factory=tuple)

    @property
    def all_rows(self) -> list[Sequence[Any]]:
        return [*self.rows, *([self.total] if self.total is not None else [])]

    def column(self, name: str) -> list[Any]:
        at = [one.name for one in self.columns].index(name)
        return [row[at] for row in self.rows]


def formatted(value: Any, unit: str, page: Page) -> str:
    """A figure as a page shows it; '–' if it is not known."""
    if value is None:
        return "–"
    if unit == "money":
        return page.money(value)
    if unit == "share":
        return f"{value * 100:.1f}%"
    if unit == "signed_share":
        return f"{value * 100:+.1f}%".replace("-", MINUS)
    if unit in ("count", "units", "days"):
        return f"{round(value):,}".replace("-", MINUS)
    return str(value)


def as_csv(table: FigureTable, page: Page) -> bytes:
    """UTF-8 with BOM, exact numbers, unknown figures empty, no formulas."""
    language, currency = page.language, page.workspace.merchant.currency
    money = {"money": f" ({currency_name(currency, language)})"}
    headings = [neutral_heading(one.heading(language) + money.get(one.unit, "")) for one in table.columns]
    units = [one.unit for one in table.columns]
    return csv_bytes([headings, *(map(csv_cell, row, units) for row in table.all_rows)])


def csv_cell(value: Any, unit: str) -> str:
    if value is None:
        return ""
    if unit == "text":
        return neutral(str(value))
    if unit == "money":
        return str(amount_of(value))
    return str(round(value, 4))
