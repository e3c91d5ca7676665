"""Which days' facts a close has to look at: those of the orders that its exports speak of, and of codes newly mapped.

What is found depends on the exports known as of the close, on the day of the close before and on nothing else, so that
a replay looks at the same days.
"""

from collections.abc import Callable

import pandas as pd
from sqlalchemy import ColumnElement, Select, Subquery, Table, func, or_, select, union

from include.facts.listing_map import newly_mapped_days
from include.warehouse.as_of import day_ranges
from include.warehouse.books import Publication
from include.warehouse.tables import (
    emptied_orders,
    exports,
    order_customers,
    order_lines,
    orders,
    refunds,
    stock,
    withdrawals,
)
from include.warehouse.tellings import told_at_all

Days = dict[str, set[str]]
"""Shop -> days."""

_SPEAKING = (orders, order_lines, refunds)
Narrow = Callable[[Table], list[ColumnElement[bool]]]


def touched_days(change: Publication, after: str | None, as_of: str) -> Days:
    """The days, up to `as_of`, whose facts of orders the close of `as_of` computes. after: the closed day before it.

    A day is touched when an order was paid on it, in any version known by then, that an export since the last close
    names, or tells the customer of; when it is itself since the last close and has such an order; and when a code that
    sold on it has come to be mapped.
    """
    mapped = {shop: set(days) for shop, days in newly_mapped_days(change, as_of).items()}
    told = _customers_told(change, after, as_of)
    return union_of_days(_spoken_of(change, after, as_of), told, _new_days(change, after, as_of), mapped)


def all_days(change: Publication, as_of: str) -> Days:
    """Every day, up to `as_of`, with a payment that is known by then."""
    return _paid_days(change, as_of, lambda table: [])


def stock_days(change: Publication, after: str | None, as_of: str) -> Days:
    """The days, up to `as_of`, whose stock the exports since the last close tell."""
    day = func.coalesce(stock.c.stock_day, exports.c.day).label("day")
    return _by_shop(change, told_at_all(stock, [stock.c.shop, day], *_since(after, as_of)), as_of)


def union_of_days(*several: Days) -> Days:
    """The days of all of them, by shop."""
    found: Days = {}
    for days in several:
        for shop, some in days.items():
            found.setdefault(shop, set()).update(some)
    return found


def _spoken_of(change: Publication, after: str | None, as_of: str) -> Days:
    """Days with a payment of an order that an export since the last close names."""
    since = change.read(select(exports.c.shop, exports.c.export_id).where(*_since(after, as_of)))
    found: Days = {}
    for shop, group in since.groupby("shop"):
        ids = list(group["export_id"])
        lines = (told_at_all(t, [t.c.order_id], exports.c.export_id.in_(ids)) for t in _SPEAKING)
        emptied = select(emptied_orders.c.order_id).where(emptied_orders.c.export_id.in_(ids))
        spoken = union(*(select(one.subquery().c.order_id) for one in lines), emptied)
        chosen = select(spoken.subquery().c.order_id)

        def narrow(table: Table, shop: str = str(shop), chosen: Select = chosen) -> list[ColumnElement[bool]]:
            return [table.c.shop == shop, table.c.order_id.in_(chosen)]

        found = union_of_days(found, _paid_days(change, as_of, narrow))
    return found


def _customers_told(change: Publication, after: str | None, as_of: str) -> Days:
    """Days with a payment of an order whose customer an export since the last close tells."""
    t, since = order_customers.c, _since(after, as_of)
    found: Days = {}
    for shop in change.read(told_at_all(order_customers, [t.for_shop], *since))["for_shop"]:
        chosen = told_at_all(order_customers, [t.order_id], t.for_shop == shop, *since).subquery()

        def narrow(table: Table, shop: str = str(shop), chosen: Subquery = chosen) -> list[ColumnElement[bool]]:
            return [table.c.shop == shop, table.c.order_id.in_(select(chosen.c.order_id))]

        found = union_of_days(found, _paid_days(change, as_of, narrow))
    return found


def _new_days(change: Publication, after: str | None, as_of: str) -> Days:
    """Days since the last close with a payment that an export told ahead of its day."""
    if after is None:
        return {}  # all exports are since the last close
    days = [str(day.date()) for day in pd.date_range(after, as_of)[1:]]
    return _paid_days(change, as_of, lambda table: [day_ranges(table.c.paid_at, days)])


def _since(after: str | None, as_of: str) -> list[ColumnElement[bool]]:
    """Exports that were delivered, taken back or taken in again since the last close."""
    published = [exports.c.day <= as_of, exports.c.state == "published"]
    if after is None:
        return published
    w = withdrawals.c
    said = select(w.export_id).where(w.day > after, w.day <= as_of)
    return [*published, or_(exports.c.day > after, exports.c.export_id.in_(said))]


def _paid_days(change: Publication, as_of: str, narrow: Narrow) -> Days:
    found: Days = {}
    for table in (orders, order_lines):
        day = func.substr(table.c.paid_at, 1, 10).label("day")
        known = (exports.c.day <= as_of, exports.c.state == "published", table.c.paid_at.is_not(None))
        paid = told_at_all(table, [table.c.shop, day], *known, *narrow(table))
        found = union_of_days(found, _by_shop(change, paid, as_of))
    return found


def _by_shop(change: Publication, statement: Select, as_of: str) -> Days:
    rows = change.read(statement)
    rows = rows[rows["day"] <= as_of]
    return {str(shop): set(days) for shop, days in rows.groupby("shop")["day"]}
