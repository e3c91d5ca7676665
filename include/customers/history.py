"""Order histories of all customers as flat arrays, and the view of them on a given day.

One *order day* is a day on which a customer ordered at least once; several orders of one day are one visit with
their amounts added up (times of day are rarely trustworthy in exports, and repeat-buying models count visits).
Arrays are sorted by customer, then by day, so that any "how many, how much between two days" question about every
customer is two binary searches or one segmented sum: no loop over customers anywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from include.calendar.events import Calendar

MICROS = 1_000_000
# Day numbers (days since 1970) stay far below this, so customer * SPAN + day orders customers first, then days.
_SPAN = 1 << 20
_COLUMNS = (
    "owner",
    "day",
    "amount",
    "exceptional",
    "discount",
    "refunded",
    "kept",
    "cost",
    "orders",
    "category",
    "shop",
    "order_id",
)


def day_number(day: str | pd.Timestamp) -> int:
    """Days since 1970-01-01."""
    return int(pd.Timestamp(day).normalize().to_datetime64().astype("datetime64[D]").astype(np.int64))


def day_text(number: int) -> str:
    """The ISO text of a day number."""
    return str(np.datetime64(int(number), "D"))


@dataclass(frozen=True)
class OrderHistory:
    """All order days of all customers.

    customers: (customers,) ids, sorted. owner: (order days,) index into customers. day: (order days,) days since 1970,
    rising within a customer. amount, discount, refunded: (order days,) money in the merchant's currency, amount before
    refunds.
    exceptional: (order days,) what of the amount were gifts and one-off bulk orders. kept: (order days,) what the
    merchant keeps of each order, added up: amount - exceptional - refunded, at least nothing. A customer is worth that.
    cost: (order days,) money, what the goods of that cost; NaN where an order's cost is unknown.
    orders: (order days,) orders of that day. category, shop: (order days,) codes into category_names and shop_names,
    -1 where unknown. order_id: (order days,) the day's last order. calendar: whose festivals they bought at.
    """

    customers: np.ndarray
    owner: np.ndarray
    day: np.ndarray
    amount: np.ndarray
    exceptional: np.ndarray
    discount: np.ndarray
    refunded: np.ndarray
    kept: np.ndarray
    cost: np.ndarray
    orders: np.ndarray
    category: np.ndarray
    category_names: tuple[str, ...]
    shop: np.ndarray
    shop_names: tuple[str, ...]
    order_id: pd.api.extensions.ExtensionArray
    first_day: int
    last_day: int
    calendar: Calendar = field(default_factory=Calendar)
    _key: np.ndarray = field(default_factory=lambda: np.empty(0, dtype=np.int64), repr=False, compare=False)

    def position(self, customer: np.ndarray, day: np.ndarray | int) -> np.ndarray:
        """Index one past the last order day of each `customer` (index) on or before `day`."""
        return np.searchsorted(self._key, customer * _SPAN + day, side="right")

    def seen(self, day: int) -> np.ndarray:
        """(customers,) bool: they ordered on or before `day`."""
        chosen = np.zeros(len(self.customers), dtype=bool)
        chosen[self.owner[self.day <= day]] = True
        return chosen

    def until(self, day: int) -> OrderHistory:
        """The same history without order days after `day` and without customers who came later."""
        if day >= self.last_day:
            return self
        return self._part(self.day <= day, self.seen(day))

    def sample(self, most: int, seed: int) -> OrderHistory:
        """The whole histories of `most` customers, drawn by `seed`; this history where it holds no more."""
        if len(self.customers) <= most:
            return self
        chosen = np.zeros(len(self.customers), dtype=bool)
        chosen[np.random.default_rng(seed).choice(len(self.customers), most, replace=False)] = True
        return self._part(chosen[self.owner], chosen)

    def of(self, customers: Sequence[str]) -> OrderHistory:
        """The whole histories of these customers alone; who is not known is left out."""
        chosen = np.isin(self.customers, np.asarray(customers, dtype=object).astype(str))
        return self._part(chosen[self.owner], chosen)

    def _part(self, rows: np.ndarray, customers: np.ndarray) -> OrderHistory:
        """rows: (order days,) bool; customers: (customers,) bool, those of the rows."""
        columns = {name: getattr(self, name)[rows] for name in _COLUMNS}
        columns["owner"] = (np.cumsum(customers) - 1)[columns["owner"]]
        part = _history(self.customers[customers], columns, self.category_names, self.shop_names)
        return replace(part, calendar=self.calendar)


@dataclass(frozen=True)
class Book:
    """The customers seen up to `as_of` (a day number) and all that was known of them then.

    history: cut at `as_of`, so that nothing computed from it can depend on what came later, not even by rounding.
    start, end: (customers,) first position and one past the last. first, last: (customers,) day numbers.
    frequency: (customers,) repeat order days (order days - 1). whole: the history that was cut.
    """

    history: OrderHistory
    whole: OrderHistory
    as_of: int
    start: np.ndarray
    end: np.ndarray
    first: np.ndarray
    last: np.ndarray
    frequency: np.ndarray

    @property
    def names(self) -> np.ndarray:
        return self.history.customers

    def since(self, day: int) -> np.ndarray:
        """(customers,) position of the first order day after `day`."""
        return self.history.position(np.arange(len(self.start)), day)

    def total(self, values: np.ndarray) -> np.ndarray:
        """(customers,) sum of a per-order-day array over each customer's order days."""
        return np.add.reduceat(values, self.start) if len(self.start) else np.zeros(0)

    def orders_ahead(self, horizon: int) -> np.ndarray:
        """Order days in (as_of, as_of + horizon]: the truth a model trained as of a later day may learn from."""
        owner = np.flatnonzero(self.whole.seen(self.as_of))
        return self.whole.position(owner, self.as_of + horizon) - self.whole.position(owner, self.as_of)


def book_as_of(history: OrderHistory, as_of: str | int) -> Book:
    """The book of customers who ordered on or before `as_of`; later orders are not in it."""
    day = as_of if isinstance(as_of, int) else day_number(as_of)
    known = history.until(day)
    start = np.searchsorted(known.owner, np.arange(len(known.customers)))
    end = np.append(start[1:], len(known.owner)).astype(np.int64)[: len(start)]
    return Book(
        history=known,
        whole=history,
        as_of=day,
        start=start,
        end=end,
        first=known.day[start],
        last=known.day[end - 1],
        frequency=end - start - 1,
    )


def order_history(orders: pd.DataFrame, as_of: str | None = None) -> OrderHistory:
    """Read the customer orders frame into arrays.

    orders: day (ISO text), customer, revenue_micros, and where known shop, order_id, units, exceptional_micros,
    discount_micros, refunded_micros, main_category. Left out: rows without customer, day or revenue, rows after
    `as_of`, and rows whose revenue is below zero or whose units are below one (corrections and refunds booked as
    orders: nobody bought).
    Free orders (revenue 0) count: the customer came.
    """
    day = pd.to_datetime(orders["day"])
    revenue = orders["revenue_micros"].astype("Int64")
    keep = orders["customer"].notna() & (orders["customer"] != "") & day.notna() & (revenue >= 0).fillna(False)
    if "units" in orders:
        keep &= (orders["units"].fillna(1) >= 1).astype(bool)
    if as_of is not None:
        keep &= day <= pd.Timestamp(as_of)
    keep = keep.to_numpy(dtype=bool)
    known = orders.loc[keep]
    days = day[keep].to_numpy().astype("datetime64[D]").astype(np.int64)
    owner, names = pd.factorize(known["customer"].astype("str"), sort=True)
    order_id = (
        known["order_id"].astype("str").fillna("") if "order_id" in known else pd.Series("", known.index, dtype="str")
    )
    order = np.argsort(owner * _SPAN + days, kind="stable")
    owner, days = owner[order].astype(np.int64), days[order]
    first_of_day = np.ones(len(order), dtype=bool)
    first_of_day[1:] = (owner[1:] != owner[:-1]) | (days[1:] != days[:-1])
    # Ties within a day are broken by order id, so that the order of rows in a file never shows.
    tied = ~first_of_day
    tied[:-1] |= ~first_of_day[1:]
    if tied.any():
        rows = order[tied]
        order[tied] = rows[np.lexsort((order_id.iloc[rows].to_numpy(dtype=object), days[tied], owner[tied]))]
    begin = np.flatnonzero(first_of_day)
    last_of_day = np.append(begin[1:], len(order)) - 1 if len(begin) else begin

    def money(*columns: str) -> np.ndarray:
        """(order days,) yuan of the first column less the others, of each order at least nothing."""
        values = np.zeros(len(order))
        for place, column in enumerate(columns):
            if column in known:
                said = known[column].astype("Float64").fillna(0.0).to_numpy(dtype=np.float64)[order] / MICROS
                values = said if place == 0 else values - said
        values = np.maximum(values, 0.0) if len(columns) > 1 else values
        return np.add.reduceat(values, begin) if len(begin) else values

    def costs() -> np.ndarray:
        """(order days,) yuan that the goods cost of what was kept: of an order, the cost of its goods by the part of
        the money that stayed."""
        if "cost_micros" not in known:
            return np.full(len(begin), np.nan)
        said, paid, extra, back = (
            known[column].astype("Float64").to_numpy(dtype=np.float64, na_value=np.nan)[order] / MICROS
            if column in known
            else np.zeros(len(order))
            for column in ("cost_micros", "revenue_micros", "exceptional_micros", "refunded_micros")
        )
        wanted = paid - np.nan_to_num(extra)
        kept = np.maximum(wanted - np.nan_to_num(back), 0.0)
        share = np.divide(kept, wanted, out=np.ones(len(order)), where=wanted > 0)
        # What is nothing but gifts and bulk, and what was sent back whole, brings and costs nothing, known or not.
        of_kept = np.where((kept == 0) & ((np.nan_to_num(extra) > 0) | (np.nan_to_num(back) > 0)), 0.0, said * share)
        return np.add.reduceat(of_kept, begin) if len(begin) else of_kept

    def codes(column: str) -> tuple[np.ndarray, tuple[str, ...]]:
        if column not in known:
            return np.full(len(begin), -1, dtype=np.int64), ()
        values = pd.Categorical(known[column])
        return values.codes.astype(np.int64)[order][last_of_day], tuple(str(name) for name in values.categories)

    category, category_names = codes("main_category")
    shop, shop_names = codes("shop")
    columns = {
        "owner": owner[begin],
        "day": days[begin],
        "amount": money("revenue_micros"),
        "exceptional": money("exceptional_micros"),
        "discount": money("discount_micros"),
        "refunded": money("refunded_micros"),
        "kept": money("revenue_micros", "exceptional_micros", "refunded_micros"),
        "cost": costs(),
        "orders": np.diff(np.append(begin, len(order))),
        "category": category,
        "shop": shop,
        "order_id": order_id.array[order[last_of_day]],
    }
    return _history(np.asarray(names, dtype=object).astype(str), columns, category_names, shop_names)


def _history(
    customers: np.ndarray, columns: dict[str, np.ndarray], categories: tuple[str, ...], shops: tuple[str, ...]
) -> OrderHistory:
    """columns: the (order days,) fields by name."""
    day = columns["day"]
    return OrderHistory(
        customers=customers,
        owner=columns["owner"],
        day=day,
        amount=columns["amount"],
        exceptional=columns["exceptional"],
        discount=columns["discount"],
        refunded=columns["refunded"],
        kept=columns["kept"],
        cost=columns["cost"],
        orders=columns["orders"],
        category=columns["category"],
        category_names=categories,
        shop=columns["shop"],
        shop_names=shops,
        order_id=columns["order_id"],
        first_day=int(day.min()) if len(day) else 0,
        last_day=int(day.max()) if len(day) else 0,
        _key=columns["owner"] * _SPAN + day,
    )
