"""A promotion's stock plan or review for people: a table for the terminal and a workbook, Chinese or English; and the
columns that both have on the restock list (list_tables.py)."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from datetime import datetime

import pandas as pd

from include.tasks.sheets.cells import new_workbook
from include.tasks.sheets.table_sheet import (
    COUNT,
    DAY,
    DECIMAL,
    MONEY,
    SHARE,
    TEXT,
    TIMES,
    YUAN,
    Field,
    fill,
    formats_of,
    text_of,
)
from include.words.texts import say


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
OF_SUPPLIERS = (_WHOSE[0], _WHOSE[1], *SUPPLIERS)
_SHOWN = {
    "plan": ("promotion", "shop", "first_day", "last_day", "sku", "warehouse", "supplier", "quantity", "order_by",
             "cost_micros", "lift", "basis_text", "target", "on_hand", "arriving", "arriving_during"),
    "review": ("promotion", "shop", "sku", "first_day", "last_day", "seen_days", "forecast", "sold", "lost", "ordinary",
               "lift", "before", "after", "net", "stock_left", "price_planned_micros", "price_paid_micros",
               "margin_micros"),
}  # fmt: skip
MAX_SHOWN = 30  # rows in a terminal; --out writes all


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
    told = worded(lines, language)
    if what == "plan":
        told = told[(told["quantity"] > 0).fillna(True)]
    by_name = {field.name: field for field in fields_of(what)}
    parts = [_table([by_name[name] for name in _SHOWN[what]], told.head(MAX_SHOWN), language, currency)]
    if len(told) > MAX_SHOWN:
        parts.append(f"... {len(told) - MAX_SHOWN} (--out)")
    if suppliers is not None and len(suppliers):
        parts.append(_table(OF_SUPPLIERS, suppliers, language, currency))
    return "\n\n".join(parts)


def _table(fields: Sequence[Field], frame: pd.DataFrame, language: str, currency: str) -> str:
    columns = {
        field.heading(language, currency): [text_of(value, field.unit) for value in frame[field.name]]
        for field in fields
    }
    return pd.DataFrame(columns).to_markdown(index=False, disable_numparse=True)


def worded(lines: pd.DataFrame, language: str) -> pd.DataFrame:
    """The lines of a plan or a review with their codes in words."""
    if "basis" in lines:
        said = {name: say(language, f"promotion.from.{name}") for name in lines["basis"].unique()}
        lines = lines.assign(basis_text=lines["basis"].map(said))
    return lines.assign(title=lines["title"].where(lines["sku"] != "", say(language, "promotion.total")))


def write_sheet(
    what: str, lines: pd.DataFrame, suppliers: pd.DataFrame | None, day: str, language: str, currency: str
) -> bytes:
    """The workbook of one promotion: its lines, its suppliers where there are any, and what the columns mean. The same
    lines give the same bytes."""
    buffer = io.BytesIO()
    book = new_workbook(buffer)
    book.set_properties({"created": datetime.fromisoformat(day)})
    formats = formats_of(book)
    name = say(language, f"promotion.file.{what}")
    sheet = book.add_worksheet(name)
    heads = lines[["promotion", "first_day", "last_day"]].iloc[0]
    title = f"{heads['promotion']} · {name} · {say(language, 'promotion.as_of')} {day}"
    fill(sheet, title, fields_of(what), worded(lines, language), formats, language, currency)
    if suppliers is not None:
        by_supplier = say(language, "promotion.suppliers")
        page = book.add_worksheet(by_supplier)
        fill(page, f"{title} · {by_supplier}", SUPPLIERS, suppliers, formats, language, currency)
    meanings = book.add_worksheet(say(language, "promotion.meanings"))
    meanings.set_column(0, 0, 28)
    meanings.set_column(1, 1, 70)
    for row, field in enumerate(fields_of(what)):
        meanings.write_string(row, 0, field.heading(language, currency), formats["header"])
        meanings.write_string(row, 1, field.meaning(language), formats[TEXT])
    book.close()
    return buffer.getvalue()
