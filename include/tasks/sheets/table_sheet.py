"""Tables of figures for people, on a workbook's sheet or as text: columns, units and how they are written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from include.settings.currencies import currency_name
from include.tasks.sheets.cells import amount_of, neutral
from include.words.texts import has_text, say

TEXT, COUNT, DECIMAL, DAY, MONEY, YUAN, SHARE, TIMES = "text", "count", "decimal", "day", "money", "yuan", "share", "x"


@dataclass(frozen=True)
class Field:
    """One column: its name in the frame and its unit; what it is called and means is in the catalogue, by its table."""

    table: str
    name: str
    unit: str
    width: int = 12

    def heading(self, language: str, currency: str) -> str:
        said = say(language, f"table.column.{self.table}.{self.name}")
        return f"{said} ({currency_name(currency, language)})" if self.unit in (MONEY, YUAN) else said

    def meaning(self, language: str) -> str:
        name = f"table.column.{self.table}.{self.name}.meaning"
        return say(language, name) if has_text(name) else ""


def text_of(value: Any, unit: str) -> str:
    if value is None or pd.isna(value):
        return "" if unit == TEXT else "?"
    if unit == MONEY:
        return f"{amount_of(int(value)):,.2f}"
    return {
        TEXT: lambda: str(value),
        DAY: lambda: str(value),
        COUNT: lambda: f"{int(value):,}",
        DECIMAL: lambda: f"{float(value):,.1f}",
        YUAN: lambda: f"{float(value):,.2f}",
        SHARE: lambda: f"{100 * float(value):.1f}%",
        TIMES: lambda: f"{float(value):.2f}",
    }[unit]()


def cell_of(value: Any, unit: str) -> str:
    if value is None or pd.isna(value):
        return ""
    return str(amount_of(int(value))) if unit == MONEY else neutral(str(value))


def formats_of(book: Any) -> dict[str, Any]:
    body: dict[str, Any] = {"font_size": 10, "valign": "top"}
    numbers = {COUNT: "#,##0", DECIMAL: "#,##0.0", DAY: "yyyy-mm-dd", MONEY: "#,##0.00", YUAN: "#,##0.00",
               SHARE: "0.0%", TIMES: "0.00"}  # fmt: skip
    return {
        "title": book.add_format({"bold": True, "font_size": 14}),
        "header": book.add_format(
            {"bold": True, "text_wrap": True, "border": 1, "font_color": "#FFFFFF", "bg_color": "#305496"}
        ),
        TEXT: book.add_format(body),
        **{unit: book.add_format({**body, "num_format": form}) for unit, form in numbers.items()},
    }


def fill(
    sheet: Any,
    title: str,
    fields: Sequence[Field],
    frame: pd.DataFrame,
    formats: Mapping[str, Any],
    language: str,
    currency: str,
) -> None:
    sheet.write_string(0, 0, neutral(title), formats["title"])
    for column, field in enumerate(fields):
        sheet.set_column(column, column, field.width)
        sheet.write_string(2, column, field.heading(language, currency), formats["header"])
    # Row by row: a workbook of many lines is written in bounded memory.
    for row, values in enumerate(frame[[field.name for field in fields]].itertuples(index=False), start=3):
        for column, (field, value) in enumerate(zip(fields, values, strict=True)):
            _write(sheet, row, column, value, field.unit, formats)
    sheet.autofilter(2, 0, 2 + max(len(frame), 1), len(fields) - 1)
    sheet.freeze_panes(3, 0)
    sheet.set_paper(9)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)


def _write(sheet: Any, row: int, column: int, value: Any, unit: str, formats: Mapping[str, Any]) -> None:
    if value is None or pd.isna(value):
        sheet.write_blank(row, column, None, formats[unit])
    elif unit == TEXT:
        sheet.write_string(row, column, neutral(str(value)), formats[unit])
    elif unit == DAY:
        sheet.write_datetime(row, column, date.fromisoformat(str(value)), formats[unit])
    else:
        number = float(amount_of(int(value))) if unit == MONEY else float(value)
        sheet.write_number(row, column, number, formats[unit])
