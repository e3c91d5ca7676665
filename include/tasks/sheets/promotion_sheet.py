"""A promotion's stock plan or review for people: a table for the terminal, a workbook, and sheets of the restock list,
Chinese or English."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pandas as pd

from include.settings.currencies import currency_name
from include.tasks.sheets.cells import amount_of, neutral, neutral_heading, new_workbook
from include.words.texts import has_text, say

TEXT, COUNT, DECIMAL, DAY, MONEY, YUAN, SHARE, TIMES = "text", "count", "decimal", "day", "money", "yuan", "share", "x"


@dataclass(frozen=True)
class Field:
    """One column: its table, its name in the frame, its unit; what it is called and means is in the catalogue."""

    table: str
    name: str
    unit: str
    width: int = 12

    def heading(self, language: str, currency: str) -> str:
        said = say(language, f"promotion.column.{self.table}.{self.name}")
        return f"{said} ({currency_name(currency, language)})" if self.unit in (MONEY, YUAN) else said

    def meaning(self, language: str) -> str:
        name = f"promotion.column.{self.table}.{self.name}.meaning"
        return say(language, name) if has_text(name) else ""


def _fields(table: str, **units: str) -> tuple[Field, ...]:
    return tuple(Field(table, name, unit) for name, unit in units.items())


_WHOSE = (
    Field("whose", "promotion", TEXT, width=20),
    *_fields("whose", shop=TEXT, first_day=DAY, last_day=DAY),
    Field("whose", "sku", TEXT, width=16),
    Field("whose", "title", TEXT, width=28),
)
PLAN = _WHOSE + _fields(
    "plan", warehouse=TEXT, supplier=TEXT, quantity=COUNT, order_by=DAY, arrives_day=DAY, cost_micros=MONEY, price=YUAN,
    lift=TIMES, basis_text=TEXT, target=COUNT, service_level=SHARE, demand_before=DECIMAL, demand_promotion=DECIMAL,
    lost=COUNT, on_hand=COUNT, promised=COUNT, arriving=COUNT, arriving_during=COUNT, need=COUNT, stock_limit=COUNT,
)  # fmt: skip
SUPPLIERS = _fields("suppliers", supplier=TEXT, lines=COUNT, units=COUNT, cost_micros=MONEY, order_by=DAY, late=COUNT)
REVIEW = _WHOSE + _fields(
    "review", seen_days=COUNT, days=COUNT, forecast=DECIMAL, sold=DECIMAL, lost=DECIMAL, ordinary=DECIMAL, lift=TIMES,
    lift_planned=TIMES, uplift=DECIMAL, before=DECIMAL, after=DECIMAL, after_seen_days=COUNT, net=DECIMAL,
    stock_left=COUNT, price_planned_micros=MONEY, price_paid_micros=MONEY, revenue_micros=MONEY, margin_micros=MONEY,
)  # fmt: skip
_OF_SUPPLIERS = (_WHOSE[0], _WHOSE[1], *SUPPLIERS)
SHEETS = {"plan": PLAN, "suppliers": _OF_SUPPLIERS, "review": REVIEW}
_SHOWN = {
    "plan": ("promotion", "shop", "first_day", "last_day", "sku", "warehouse", "supplier", "quantity", "order_by",
             "cost_micros", "lift", "basis_text", "target", "on_hand", "arriving", "arriving_during"),
    "review": ("promotion", "shop", "sku", "first_day", "last_day", "seen_days", "forecast", "sold", "lost", "ordinary",
               "lift", "before", "after", "net", "stock_left", "price_planned_micros", "price_paid_micros",
               "margin_micros"),
}  # fmt: skip
MOST_SHOWN = 30  # rows in a terminal; --out writes all


def fields_of(what: str) -> tuple[Field, ...]:
    """The columns of a `plan` or a `review`."""
    return PLAN if what == "plan" else REVIEW


def file_name(what: str, promotion: str, day: str, language: str) -> str:
    """活动备货_双11_2025-10-12.xlsx; what no file's name may hold becomes a line."""
    safe = re.sub(r"[^\w.-]+", "-", promotion)
    return f"{say(language, f'promotion.file.{what}')}_{safe}_{day}.xlsx"


def sheet_text(what: str, lines: pd.DataFrame, suppliers: pd.DataFrame | None, language: str, currency: str) -> str:
    """The first lines and the suppliers as text tables."""
    if lines.empty:
        return say(language, "promotion.none")
    told = _worded(lines, language)
    if what == "plan":
        told = told[(told["quantity"] > 0).fillna(True)]
    by_name = {field.name: field for field in fields_of(what)}
    parts = [_table([by_name[name] for name in _SHOWN[what]], told.head(MOST_SHOWN), language, currency)]
    if len(told) > MOST_SHOWN:
        parts.append(f"... {len(told) - MOST_SHOWN} (--out)")
    if suppliers is not None and len(suppliers):
        parts.append(_table(_OF_SUPPLIERS, suppliers, language, currency))
    return "\n\n".join(parts)


def _table(fields: Sequence[Field], frame: pd.DataFrame, language: str, currency: str) -> str:
    columns = {
        field.heading(language, currency): [_text(value, field.unit) for value in frame[field.name]] for field in fields
    }
    return pd.DataFrame(columns).to_markdown(index=False, disable_numparse=True)


def _text(value: Any, unit: str) -> str:
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


def _worded(lines: pd.DataFrame, language: str) -> pd.DataFrame:
    if "basis" in lines:
        said = {name: say(language, f"promotion.from.{name}") for name in lines["basis"].unique()}
        lines = lines.assign(basis_text=lines["basis"].map(said))
    return lines.assign(title=lines["title"].where(lines["sku"] != "", say(language, "promotion.total")))


def _frames(
    tables: Mapping[str, Sequence[Mapping[str, Any]]], language: str
) -> Iterator[tuple[str, Sequence[Field], pd.DataFrame]]:
    """(name, its columns, rows) of the tables that hold anything."""
    for what, fields in SHEETS.items():
        if rows := tables.get(what):
            frame = pd.DataFrame(rows)
            yield what, fields, frame if what == "suppliers" else _worded(frame, language)


def write_sheet(
    what: str, lines: pd.DataFrame, suppliers: pd.DataFrame | None, day: str, language: str, currency: str
) -> bytes:
    """The workbook of one promotion: its lines, its suppliers where there are any, and what the columns mean. The same
    lines give the same bytes."""
    buffer = io.BytesIO()
    book = new_workbook(buffer)
    book.set_properties({"created": datetime.fromisoformat(day)})
    formats = _formats(book)
    name = say(language, f"promotion.file.{what}")
    sheet = book.add_worksheet(name)
    heads = lines[["promotion", "first_day", "last_day"]].iloc[0]
    title = f"{heads['promotion']} · {name} · {say(language, 'promotion.as_of')} {day}"
    _fill(sheet, title, fields_of(what), _worded(lines, language), formats, language, currency)
    if suppliers is not None:
        by_supplier = say(language, "promotion.suppliers")
        page = book.add_worksheet(by_supplier)
        _fill(page, f"{title} · {by_supplier}", SUPPLIERS, suppliers, formats, language, currency)
    meanings = book.add_worksheet(say(language, "promotion.meanings"))
    meanings.set_column(0, 0, 28)
    meanings.set_column(1, 1, 70)
    for row, field in enumerate(fields_of(what)):
        meanings.write_string(row, 0, field.heading(language, currency), formats["header"])
        meanings.write_string(row, 1, field.meaning(language), formats[TEXT])
    book.close()
    return buffer.getvalue()


def add_sheets(
    book: Any, tables: Mapping[str, Sequence[Mapping[str, Any]]], day: str, language: str, currency: str
) -> list[tuple[str, str]]:
    """Write what a list says of promotions (its document's `tables`) on sheets of their own; returns what is to be said
    of their columns."""
    if not any(what in tables for what in SHEETS):
        return []
    formats, explained = _formats(book), []
    for what, fields, frame in _frames(tables, language):
        name = say(language, f"promotion.sheet.{what}")
        title = f"{name} · {say(language, 'promotion.as_of')} {day}"
        _fill(book.add_worksheet(name), title, fields, frame, formats, language, currency)
        told = ((field.heading(language, currency), field.meaning(language)) for field in fields)
        explained += [(f"{name} · {heading}", meaning) for heading, meaning in told if meaning]
    return explained


def csv_files(
    tables: Mapping[str, Sequence[Mapping[str, Any]]], day: str, language: str, currency: str
) -> dict[str, bytes]:
    """What a list says of promotions as CSV files, by their names, for a folder that takes no workbook."""
    made = {}
    for what, fields, frame in _frames(tables, language):
        columns = {
            neutral_heading(field.heading(language, currency)): [
                _cell(value, field.unit) for value in frame[field.name]
            ]
            for field in fields
        }
        text = pd.DataFrame(columns).to_csv(index=False, lineterminator="\r\n")
        made[f"{say(language, f'promotion.sheet.{what}')}_{day}.csv"] = text.encode("utf-8-sig")
    return made


@dataclass(frozen=True)
class Shown:
    """A table as a page shows it. columns: heading, meaning, whether it holds numbers. rows: texts, the most of them;
    more: how many are left out."""

    title: str
    columns: Sequence[tuple[str, str, bool]]
    rows: Sequence[Sequence[str]]
    more: int


def tables_shown(
    tables: Mapping[str, Sequence[Mapping[str, Any]]], language: str, currency: str, most: int
) -> list[Shown]:
    """What a list says of promotions (its document's `tables`), for a page."""
    shown = []
    for what, fields, frame in _frames(tables, language):
        texts = [[_text(value, field.unit) for value in frame[field.name].head(most)] for field in fields]
        columns = [
            (field.heading(language, currency), field.meaning(language), field.unit not in (TEXT, DAY))
            for field in fields
        ]
        told = list(zip(*texts, strict=True))
        shown.append(Shown(say(language, f"promotion.sheet.{what}"), columns, told, len(frame) - len(told)))
    return shown


def _cell(value: Any, unit: str) -> str:
    if value is None or pd.isna(value):
        return ""
    return str(amount_of(int(value))) if unit == MONEY else neutral(str(value))


def table_columns(what: str) -> list[str]:
    """The columns of a frame that its sheet shows: a plan, its suppliers or a review."""
    return ["basis" if field.name == "basis_text" else field.name for field in SHEETS[what]]


def _formats(book: Any) -> dict[str, Any]:
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


def _fill(
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
