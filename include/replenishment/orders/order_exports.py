"""Purchase order lines that exports no longer name: deleted in the ERP, or left out by the export."""

from __future__ import annotations

import pandas as pd
from sqlalchemy import func, select, tuple_

from include.calendar.business_days import day_after
from include.settings.shops import Shop
from include.warehouse.as_of import known_on
from include.warehouse.books import read_frame
from include.warehouse.tables import exports, purchase_orders
from include.warehouse.tellings import told_at_all
from include.warehouse.workspace import Workspace

KEYS = ["shop", "purchase_order_id", "line_id"]
REPEATED = 0.5  # of the older open lines: who names so many again each time names all that are open


def with_unnamed_lines(workspace: Workspace, orders: pd.DataFrame, day: str) -> pd.DataFrame:
    """`orders` (lines of purchase orders as of `day`, with `export_day`) as the shops' newest exports leave them.

    Returns them with `unnamed_since`, the day on which an export last named a line that is open and that the newest no
    longer names; NA for others. Where the report is said to hold all open orders (`holds_all_open`), such a line is
    closed. Elsewhere it stays open, and is told once it is missing for `ask_unnamed_days` from exports that otherwise
    name open lines again.
    """
    newest = _newest_days(workspace, day)
    orders = orders.assign(unnamed_since=pd.Series(pd.NA, index=orders.index, dtype="str"))
    is_open = orders["status"] == "open"
    if not newest or not is_open.any():
        return orders
    c, e = purchase_orders.c, exports.c
    of_newest = tuple_(c.shop, e.day).in_(list(newest.items()))
    columns = [c.shop, c.purchase_order_id, c.line_id]
    named = read_frame(workspace.books, told_at_all(purchase_orders, columns, known_on(day), of_newest))
    is_named = pd.MultiIndex.from_frame(orders[KEYS]).isin(pd.MultiIndex.from_frame(named))
    unnamed = is_open & orders["shop"].isin(list(newest)) & ~is_named
    waited = day_after(day, -workspace.merchant.replenishment.under_way.ask_unnamed_days)
    for shop in newest:
        lines = is_open & (orders["shop"] == shop)
        gone = lines & unnamed
        if _holds_all_open(workspace.merchant.shop(shop)):
            orders.loc[gone, "status"] = "closed"
            continue
        older = lines & (orders["ordered_day"] < waited)
        if older.any() and (older & ~unnamed).sum() >= REPEATED * older.sum():
            asked = gone & (orders["export_day"] <= waited)
            orders.loc[asked, "unnamed_since"] = orders.loc[asked, "export_day"]
    return orders


def _newest_days(workspace: Workspace, day: str) -> dict[str, str]:
    """Shop -> the newest day, up to `day`, for which it exported purchase orders; an export without a line counts."""
    found: dict[str, str] = {}
    for shop in workspace.merchant.shops:
        reports = _reports(shop)
        if not reports:
            continue
        newest = select(func.max(exports.c.day).label("day")).where(
            exports.c.shop == shop.name, exports.c.report.in_(reports), known_on(day)
        )
        days = read_frame(workspace.books, newest)["day"].dropna()
        if len(days):
            found[shop.name] = str(days.iloc[0])
    return found


def _reports(shop: Shop) -> list[str]:
    """The shop's names of its reports of purchase orders."""
    return [
        name
        for name, said in shop.reports.items()
        if (said.declared or {}).get("frame", said.report or name) == "purchase_orders"
    ]


def _holds_all_open(shop: Shop) -> bool:
    return any(shop.reports[name].holds_all_open for name in _reports(shop))
