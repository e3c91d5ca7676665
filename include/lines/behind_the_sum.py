"""What stands behind the terms of a line's sum, as rows: orders under way, sold and not shipped, stock, forecast.

All of it as of the list's day: what came later is not seen.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import pandas as pd
from sqlalchemy import Select, func, select

from include.calendar.business_days import day_after, parse_day
from include.calendar.events import event_dates
from include.exports.frames.no_rows import no_rows
from include.facts.facts import sold_lines
from include.facts.listing_map import recipes
from include.lines.plan_session import PlanSession
from include.replenishment.planning_data import goods_on
from include.warehouse.as_of import known_on, newest_facts, read_lines
from include.warehouse.books import read_frame
from include.warehouse.tables import FACT_TABLES, LINE_TABLES, exports, forecasts, order_lines, orders
from include.warehouse.tellings import told_at_all
from include.warehouse.workspace import Workspace
from include.words.texts import LANGUAGES

SOLD_WITHIN_DAYS = 45  # an order that was paid longer ago and is not shipped is no longer shown
MAX_ROWS = 200
BULK_DAYS = 91  # whose bulk orders are told
UNDER_WAY = {
    "kind": "str", "order": "str", "line_id": "str", "supplier": "str", "units": "int64", "open": "int64",
    "counted": "int64", "chance": "float64", "ordered_day": "str", "expected_day": "str", "counted_day": "str",
    "overdue_days": "int64", "task_id": "str",
}  # fmt: skip
SOLD = {"order": "str", "shop": "str", "day": "str", "units": "int64"}


def orders_under_way(session: PlanSession, sku: str, warehouse: str) -> pd.DataFrame:
    """What is ordered and not there yet, the next first: UNDER_WAY.

    kind: see `open_orders`; units: as ordered, open: of these still lacking, counted: of these reckoned with, on
    counted_day; chance: that it comes; expected_day: as somebody said it, NA: nobody did; task_id: of the suggestion
    that it was accepted from."""
    found = session.nightly.moves.start.orders
    found = found[(found["sku"] == sku) & (found["warehouse"] == warehouse)]
    rows = found.rename(columns={"purchase_order_id": "order", "quantity": "units", "assumed_day": "counted_day"})
    ranked = rows.sort_values(["assumed_days", "order", "line_id"], kind="stable")
    return ranked[list(UNDER_WAY)].astype(UNDER_WAY).reset_index(drop=True)


def transfers_under_way(session: PlanSession, sku: str, warehouse: str) -> pd.DataFrame:
    """Transfers that people agreed to before the list and that have not arrived, from here or to here: columns of
    MOVING."""
    moving = session.basis.planning.moving
    here = (moving["warehouse"] == warehouse) | (moving["from_warehouse"] == warehouse)
    return moving[(moving["sku"] == sku) & here].reset_index(drop=True)


def sold_not_shipped(workspace: Workspace, day: str, sku: str, warehouse: str) -> pd.DataFrame:
    """Lines of orders that were paid and not shipped as of `day`, newest first, MAX_ROWS at most: SOLD.

    The stock report says how many units are promised; these are the orders that the shops' exports know, paid within
    SOLD_WITHIN_DAYS. The two need not agree."""
    mapped, goods = read_lines(workspace.books, "listings", day), goods_on(workspace, day)
    codes = {sku, *mapped.loc[mapped["sku"] == sku, "listing_code"]}
    merchant, parts = workspace.merchant, []
    for shop in merchant.shops:
        asked = orders.c.order_id.in_(_orders_of(shop.name, codes, day))
        found = read_lines(workspace.books, "orders", day, orders.c.shop == shop.name, asked)
        if found.empty:
            continue
        of_shop = order_lines.c.order_id.in_(_orders_of(shop.name, codes, day))
        lines = read_lines(workspace.books, "order_lines", day, order_lines.c.shop == shop.name, of_shop)
        refunds = LINE_TABLES["refunds"]
        back = refunds.c.order_id.in_(_orders_of(shop.name, codes, day))
        refunded = read_lines(workspace.books, "refunds", day, refunds.c.shop == shop.name, back)
        its = mapped[mapped["for_shop"].isna() | (mapped["for_shop"] == shop.name)]
        sold = sold_lines(
            found, lines, refunded, recipes(its), goods, merchant.warehouse_of(), merchant.fallback_warehouse
        ).by_sku
        waits = (sold["sku"] == sku) & (sold["warehouse"] == warehouse) & (sold["status"] == "paid")
        parts.append(sold[waits & ~sold["is_brushing"]].assign(shop=shop.name, order=lambda one: one["order_id"]))
    if not parts:
        return no_rows(SOLD)
    rows = pd.concat(parts, ignore_index=True).groupby(["order", "shop", "day"], as_index=False)["units"].sum()
    ranked = rows.sort_values(["day", "order"], ascending=[False, True], kind="stable").head(MAX_ROWS)
    return ranked[list(SOLD)].astype(SOLD).reset_index(drop=True)


def _orders_of(shop: str, codes: set[str], day: str) -> Select:
    """Orders of a shop that were paid lately, and that any export said to hold one of these codes."""
    code = func.coalesce(order_lines.c.merchant_code, order_lines.c.listing_id)
    since, until = day_after(day, -SOLD_WITHIN_DAYS), day_after(day, 1)
    paid = select(orders.c.order_id).where(orders.c.shop == shop, orders.c.paid_at >= since, orders.c.paid_at < until)
    return select(order_lines.c.order_id).where(
        order_lines.c.shop == shop, order_lines.c.order_id.in_(paid), code.in_(sorted(codes))
    )


@dataclass(frozen=True)
class StockSource:
    """Where a line's stock comes from. stock_day: the day of the number; state: how it is known (see
    `include.facts.shelves`); on_hand and promised: as planned; sold_since and received_since: of these, after the
    stock day; files: the exports that told the warehouse's stock of that day, newest first: shop, file_name, day,
    exported_at, export_id."""

    stock_day: str
    state: str
    on_hand: int
    promised: int
    sold_since: int
    received_since: int
    files: pd.DataFrame


def stock_source(session: PlanSession, sku: str, warehouse: str) -> StockSource | None:
    """None: nobody knows what lies there."""
    stock = session.basis.planning.stock
    found = stock[(stock["sku"] == sku) & (stock["warehouse"] == warehouse)]
    if found.empty:
        return None
    line = found.iloc[0]
    numbers = {name: int(line[name]) for name in ("on_hand", "promised", "sold_since", "received_since")}
    stock_day = str(line["stock_day"])
    return StockSource(stock_day, str(line["state"]), **numbers, files=_stock_files(session, stock_day, warehouse))


def _stock_files(session: PlanSession, stock_day: str, warehouse: str) -> pd.DataFrame:
    """The exports that told the warehouse's stock of a day."""
    table, known = LINE_TABLES["stock"], session.basis.planning.stock_files
    shops = [] if known is None else sorted(set(known.loc[known["warehouse"] == warehouse, "shop"]))
    names = session.workspace.merchant.warehouse_names()
    written = sorted({warehouse, *(name for name, own in names.items() if own == warehouse)})
    c = table.c
    those = (c.shop.in_(shops), c.stock_day == stock_day, c.warehouse.in_(written))
    named = told_at_all(table, [exports.c.export_id], *those).subquery()
    statement = (
        select(exports.c.shop, exports.c.file_name, exports.c.day, exports.c.exported_at, exports.c.export_id)
        .where(known_on(session.day), exports.c.export_id.in_(select(named.c.export_id)))
        .order_by(exports.c.exported_at.desc(), exports.c.export_id)
    )
    return read_frame(session.workspace.books, statement)


@dataclass(frozen=True)
class ForecastBasis:
    """What a line's forecast rests on.

    days: of the protection period; mean, quantiles (level -> units): over it, as the list's day kept them. promotions:
    those in the period that raise it, with their planned price, in words by language. events: event -> its days in the
    period. bulk_units, bulk_days: left out of what is learned from in the last BULK_DAYS, and on how many days.
    unknown_days: on which the shelf was empty or nobody knows, left out too; known_days: the others."""

    model_id: str
    days: int
    mean: float
    quantiles: Mapping[str, float]
    promotions: Mapping[str, str]
    events: Mapping[str, tuple[str, ...]]
    bulk_units: int
    bulk_days: int
    unknown_days: int
    known_days: int


def forecast_basis(session: PlanSession, sku: str, warehouse: str) -> ForecastBasis | None:
    """None: nothing was forecast for it on the day."""
    f, books = forecasts.c, session.workspace.books
    statement = select(f.model_id, f.protection_days, f.mean, f.quantiles).where(
        f.day == session.day, f.sku == sku, f.warehouse == warehouse
    )
    kept, row = read_frame(books, statement), session.series_of(sku, warehouse)
    if kept.empty or row is None:
        return None
    one, panel = kept.iloc[0], session.basis.planning.panel
    days = int(one["protection_days"])
    sold = FACT_TABLES["demand"].c
    lately = newest_facts("demand", session.day, day_after(session.day, 1 - BULK_DAYS), session.day)
    bulk = read_frame(books, lately.where(sold.sku == sku, sold.warehouse == warehouse, sold.bulk_units > 0))
    known = np.isfinite(panel.units[row, int(panel.started[row]) :])
    place = session.nightly.row(sku, warehouse)
    told = {} if place is None else session.nightly.lines.iloc[place]
    return ForecastBasis(
        model_id=str(one["model_id"]),
        days=days,
        mean=float(one["mean"]),
        quantiles=json.loads(one["quantiles"]),
        promotions={language: str(told.get(f"promotion_{language}", "")) for language in LANGUAGES},
        events=events_between(session.workspace, day_after(session.day, 1), day_after(session.day, days)),
        bulk_units=int(bulk["bulk_units"].sum()),
        bulk_days=int(bulk["day"].nunique()),
        unknown_days=int((~known).sum()),
        known_days=int(known.sum()),
    )


def events_between(workspace: Workspace, first: str, last: str) -> dict[str, tuple[str, ...]]:
    """event -> its days from `first` to `last`, of those that have any."""
    start, end = parse_day(first), parse_day(last)
    found = {
        name: tuple(day.isoformat() for day in sorted(days) if start <= day <= end)
        for name, days in event_dates(start, end + timedelta(days=1), workspace.calendar).items()
    }
    return {name: days for name, days in sorted(found.items()) if days}
