"""New orders on their way into the ledger: what was ordered, when, by whom, and what it costs."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date

import numpy as np

from include.simulation.specimen import sale_days
from include.simulation.specimen.growing_table import NEVER
from include.simulation.specimen.settings import day_number

SHOPPING, PRESALE, BULK, BRUSHING, GIFT = 0, 1, 2, 3, 4
KINDS = ("shopping", "presale", "bulk", "brushing", "gift")

ORDER_COLUMNS = {
    "number": "int64",  # the platform's order number
    "parent": "int64",  # number of the deleted parent of a split order, 0 for whole orders
    "shop": "int8",
    "kind": "int8",
    "customer": "int64",
    "warehouse": "int8",
    "created": "datetime64[s]",
    "paid": "datetime64[s]",
    "shipped": "datetime64[s]",
    "completed": "datetime64[s]",
    "closed": "datetime64[s]",
    "freight_fen": "int64",
    "first_line": "int64",
    "lines": "int16",
}
LINE_COLUMNS = {
    "order": "int64",  # row of the order
    "listing": "int32",
    "quantity": "int32",
    "price_fen": "int64",  # of one unit as shown
    "payable_fen": "int64",  # of the line after all discounts, before refunds
    "gift": "bool",
}


@dataclass
class NewOrders:
    """Orders and their lines, lines sorted by `line_order` (the order's position here)."""

    shop: np.ndarray
    kind: np.ndarray
    customer: np.ndarray
    warehouse: np.ndarray
    created: np.ndarray
    paid: np.ndarray
    closed: np.ndarray
    freight_fen: np.ndarray
    family: np.ndarray  # orders of one split parent share a number >= 0; -1 for whole orders
    line_order: np.ndarray
    listing: np.ndarray
    quantity: np.ndarray
    price_fen: np.ndarray
    payable_fen: np.ndarray
    gift: np.ndarray

    def __len__(self) -> int:
        return len(self.shop)


LINE_FIELDS = ("line_order", "listing", "quantity", "price_fen", "payable_fen", "gift")


def single_line_orders(
    *,
    kind: int,
    shop: np.ndarray,
    customer: np.ndarray,
    warehouse: np.ndarray,
    created: np.ndarray,
    paid: np.ndarray,
    closed: np.ndarray,
    listing: np.ndarray,
    quantity: np.ndarray,
    price_fen: np.ndarray,
    payable_fen: np.ndarray,
    gift: bool = False,
) -> NewOrders:
    """Orders of one line each, free of freight."""
    rows = len(shop)
    return NewOrders(
        shop=shop,
        kind=np.full(rows, kind, dtype=np.int8),
        customer=customer,
        warehouse=warehouse,
        created=created,
        paid=paid,
        closed=closed,
        freight_fen=np.zeros(rows, dtype=np.int64),
        family=np.full(rows, -1),
        line_order=np.arange(rows),
        listing=listing,
        quantity=quantity,
        price_fen=price_fen,
        payable_fen=payable_fen,
        gift=np.full(rows, gift),
    )


def concat_orders(several: list[NewOrders]) -> NewOrders:
    """All orders of several batches, earliest first; families stay apart."""
    offset = np.cumsum([0, *(len(batch) for batch in several)])[:-1]
    merged: dict[str, np.ndarray] = {}
    for field in fields(NewOrders):
        values = [getattr(batch, field.name) for batch in several]
        if field.name == "line_order":
            values = [value + shift for value, shift in zip(values, offset, strict=True)]
        if field.name == "family":
            values = [np.where(value < 0, -1, value + shift) for value, shift in zip(values, offset, strict=True)]
        merged[field.name] = np.concatenate(values)
    turn = np.argsort(merged["created"], kind="stable")
    rank = np.empty(len(turn), dtype=np.int64)
    rank[turn] = np.arange(len(turn))
    merged["line_order"] = rank[merged["line_order"]]
    line_turn = np.argsort(merged["line_order"], kind="stable")
    return NewOrders(**{name: value[line_turn if name in LINE_FIELDS else turn] for name, value in merged.items()})


# Share of a day's orders by hour; on big sales days the first hours take far more.
_HOURS = np.array(
    [3, 1.5, 0.8, 0.5, 0.4, 0.6, 1.5, 2.8, 4.2, 5.5, 6.5, 6, 5.5, 5.5, 5.5, 5.5, 5.2, 5, 4.8, 5.5, 7, 7.5, 6.5, 4.7]
)
_SALE_HOURS = _HOURS + np.array([20, 12, 3, *[0] * 17, 6, 6, 6, 5])


def seconds_of_day(rng: np.random.Generator, day: date, rows: int) -> np.ndarray:
    """When in the day people order, in seconds since midnight."""
    weights = _SALE_HOURS if sale_days.effects(day).sales > 1.5 else _HOURS
    hours = rng.choice(24, size=rows, p=weights / weights.sum())
    return hours * 3600 + rng.integers(0, 3600, rows)


def moment(day: date, seconds: np.ndarray) -> np.ndarray:
    """Seconds since a day's midnight as datetime64[s]."""
    return (np.asarray(seconds, dtype=np.int64) + day_number(day) * 86400).astype("datetime64[s]")


def no_moment(rows: int) -> np.ndarray:
    """`rows` times that never come."""
    return np.full(rows, NEVER)


def platform_numbers(shop: np.ndarray, day: date, position: np.ndarray, customer: np.ndarray) -> np.ndarray:
    """Order numbers in each platform's length: Tmall and Douyin 19 digits, JD 12; unique by day and position."""
    days = day_number(day) - 18262  # since 2020-01-01
    tmall = 4_000_000_000_000_000_000 + days * 10**14 + position * 10**7 + customer % 10**4
    jd = 300_000_000_000 + days * 10**7 + position * 10
    douyin = 6_900_000_000_000_000_000 + days * 10**13 + position * 10**6 + 1000
    return np.choose(shop, [tmall, jd, douyin])
