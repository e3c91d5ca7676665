"""The dense panel: (sku, warehouse) x day matrices of units, price and in-stock share.

Out-of-stock days and days before launch are unknown (NaN), never zero: a shelf that was empty says nothing about
what customers wanted.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

PROMOTIONS = {
    "promotion": "str",
    "sku": "str",
    "shop": "str",
    "share": "float64",
    "first_day": "datetime64[us]",
    "last_day": "datetime64[us]",
    "price": "float64",
    "discount": "float64",
    "lift": "float64",
    "stock_limit": "float64",
    "known_from": "datetime64[us]",
    "known_until": "datetime64[us]",
}
EVENT_COLUMNS = ["day", "event", "column", "value"]
MICROS = 1_000_000


def no_events() -> pd.DataFrame:
    """An empty event frame: day (datetime64), event, and the key column and value it is limited to (or missing)."""
    return pd.DataFrame(
        {
            "day": pd.Series(dtype="datetime64[us]"),
            "event": pd.Series(dtype="str"),
            "column": pd.Series(dtype="str"),
            "value": pd.Series(dtype="str"),
        }
    )


@dataclass(frozen=True)
class Panel:
    """n series over T consecutive days.

    keys: one row a series: sku, warehouse and static attributes (category, supplier, ...).
    days: the T days. units, in_stock: float32 [n, T], NaN where unknown. price: float32 [n, T], yuan a unit.
    started: int32 [n], index of the first day the series was on sale (T when it never was).
    ended: bool [n], the merchant has taken the sku off sale by the last day.
    events: day, event, column, value; future days included, since the calendar is known in advance. An event
    with a column applies only to series whose key in that column equals value; otherwise to all.
    promotions: versions of what was planned by sku, columns of PROMOTIONS; None: no plan was ever told. A version is
    known from the close of `known_from` on, until that of `known_until` (missing: it still stands). `shop` is '' for
    all shops, else one that has `share` of the sku's sales; price in yuan a unit, discount a share of the list price,
    lift a multiple of ordinary days as a person expects it, stock_limit in pieces; each may be missing.
    """

    keys: pd.DataFrame
    days: pd.DatetimeIndex
    units: np.ndarray
    price: np.ndarray
    in_stock: np.ndarray
    started: np.ndarray
    ended: np.ndarray
    events: pd.DataFrame = field(default_factory=no_events)
    promotions: pd.DataFrame | None = None

    def __post_init__(self) -> None:
        shape = (len(self.keys), len(self.days))
        for name in ("units", "price", "in_stock"):
            if getattr(self, name).shape != shape:
                raise ValueError(f"panel: {name} is {getattr(self, name).shape}, keys and days say {shape}")
        if len(self.days) > 1 and not (np.diff(self.days.values) == np.timedelta64(1, "D")).all():
            raise ValueError("panel: days must be consecutive, without gaps")

    @property
    def series_count(self) -> int:
        """Number of (sku, warehouse) pairs."""
        return len(self.keys)

    @property
    def day_count(self) -> int:
        """Number of days of history."""
        return len(self.days)

    def until(self, end: int) -> Panel:
        """The panel as it stood after its first `end` days: nothing later is kept but the calendar, and plans, of which
        readers take what was known by then."""
        started = np.minimum(self.started, end).astype(np.int32)
        return replace(
            self,
            days=self.days[:end],
            units=self.units[:, :end],
            price=self.price[:, :end],
            in_stock=self.in_stock[:, :end],
            started=started,
            ended=self.ended & (end == self.day_count),
        )

    def rows(self, chosen: np.ndarray) -> Panel:
        """Only the chosen series (a mask or row numbers)."""
        return replace(
            self,
            keys=self.keys.loc[chosen].reset_index(drop=True)
            if chosen.dtype == bool
            else self.keys.iloc[chosen].reset_index(drop=True),
            units=self.units[chosen],
            price=self.price[chosen],
            in_stock=self.in_stock[chosen],
            started=self.started[chosen],
            ended=self.ended[chosen],
        )


def fill_forward(matrix: np.ndarray) -> np.ndarray:
    """Each row's last known value carried forward, and its first one carried back; float32 [n, T]."""
    known = np.isfinite(matrix)
    if matrix.shape[1] == 0:
        return matrix
    position = np.where(known, np.arange(matrix.shape[1]), -1)
    np.maximum.accumulate(position, axis=1, out=position)
    first = np.where(known.any(axis=1), known.argmax(axis=1), 0)
    position = np.where(position < 0, first[:, None], position)
    return np.take_along_axis(matrix, position, axis=1)


def build_panel(
    demand: pd.DataFrame,
    stock: pd.DataFrame | None,
    products: pd.DataFrame,
    first_day: str,
    last_day: str,
    events: pd.DataFrame | None = None,
    *,
    known_share: float,
    assume_in_stock: bool = True,
    promotions: pd.DataFrame | None = None,
) -> Panel:
    """The panel of every (sku, warehouse) seen in the facts between two business days, both included.

    demand: day, sku, warehouse, units, revenue_micros (one row a shop; shops are added up).
    stock: day, warehouse, sku, in_stock_share (NaN: the report cannot be read, so a day without sales is unknown), or
    None: no stock reports at all.
    products: sku, and any of category, brand, supplier, title, list_price_micros, launched_day, ended_day.
    known_share: a day whose shelf was filled for a smaller share of it says nothing (NaN); above it, its units
    are scaled up to a full day. A day with sales but without a stock report counts as in stock; one without
    either too, unless assume_in_stock is False (then a gap in a warehouse's reports is unknown).
    promotions: columns of PROMOTIONS; None: no plan was ever told.
    """
    if not 0 < known_share <= 1:
        raise ValueError(f"known_share must lie in (0, 1], not {known_share}")
    days = pd.date_range(first_day, last_day, freq="D")
    if len(days) == 0:
        raise ValueError(f"the panel ends on {last_day}, before its first day {first_day}")
    demand = _within(demand, days)
    stock = _within(stock, days) if stock is not None and len(stock) else None
    pairs = [demand[["sku", "warehouse"]]] + ([stock[["sku", "warehouse"]]] if stock is not None else [])
    keys = pd.concat(pairs).drop_duplicates().sort_values(["sku", "warehouse"]).reset_index(drop=True)
    index = pd.MultiIndex.from_frame(keys)
    shape = (len(keys), len(days))

    units = np.zeros(shape, np.float32)
    revenue = np.zeros(shape, np.float64)
    row = index.get_indexer(pd.MultiIndex.from_frame(demand[["sku", "warehouse"]]))
    column = demand["column_of_day"].to_numpy()
    np.add.at(units, (row, column), demand["units"].to_numpy(np.float32))
    if "revenue_micros" in demand:
        paid = pd.to_numeric(demand["revenue_micros"]).astype("float64").fillna(0.0).to_numpy()
        np.add.at(revenue, (row, column), paid / MICROS)
    with np.errstate(divide="ignore", invalid="ignore"):
        price = np.where((units > 0) & (revenue > 0), revenue / units, np.nan).astype(np.float32)

    share = np.full(shape, 1.0 if assume_in_stock else np.nan, np.float32)
    reported = np.zeros(shape, bool)
    if stock is not None and "in_stock_share" in stock:
        where = index.get_indexer(pd.MultiIndex.from_frame(stock[["sku", "warehouse"]]))
        told = pd.to_numeric(stock["in_stock_share"]).astype("float64").to_numpy()
        share[where, stock["column_of_day"].to_numpy()] = told
        reported[where, stock["column_of_day"].to_numpy()] = np.isfinite(told)
    sold_out = reported & (share < known_share)
    units = np.where(reported & ~sold_out & (share < 1), units / np.maximum(share, known_share), units)
    units[sold_out] = np.nan
    units[~np.isfinite(share) & (units == 0)] = np.nan
    share = np.where(np.isfinite(share), share, 1.0).astype(np.float32)

    keys, started, ended = _life(keys, products, days, units, reported & (share > 0))
    units[np.arange(len(days)) < started[:, None]] = np.nan
    return Panel(
        keys=keys,
        days=days,
        units=units.astype(np.float32),
        price=price,
        in_stock=share,
        started=started,
        ended=ended,
        events=as_events(events),
        promotions=promotions,
    )


def as_events(events: pd.DataFrame | None) -> pd.DataFrame:
    """The event frame with all four columns, days as datetime64; None gives an empty one."""
    if events is None or len(events) == 0:
        return no_events()
    out = events.copy()
    out["day"] = pd.to_datetime(out["day"]).astype("datetime64[us]")
    for column in ("column", "value"):
        if column not in out:
            out[column] = pd.Series(pd.NA, index=out.index, dtype="str")
    return out[EVENT_COLUMNS].sort_values(["day", "event"], kind="stable").reset_index(drop=True)


def _within(facts: pd.DataFrame, days: pd.DatetimeIndex) -> pd.DataFrame:
    """The facts between the panel's days, with their column number."""
    column = (pd.to_datetime(facts["day"]) - days[0]).dt.days
    inside = (column >= 0) & (column < len(days)) & facts["sku"].notna()
    return facts.loc[inside].assign(column_of_day=column[inside].astype("int64"))


def _life(
    keys: pd.DataFrame, products: pd.DataFrame, days: pd.DatetimeIndex, units: np.ndarray, on_shelf: np.ndarray
) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    """Keys with the product's attributes; the day each series started; whether the sku has ended."""
    # Frames of nothing have columns of no type, which do not meet.
    attributes = products.drop_duplicates("sku", keep="last") if len(products) else pd.DataFrame({"sku": []})
    keys, attributes = keys.astype({"sku": "str", "warehouse": "str"}), attributes.astype({"sku": "str"})
    keys = keys.merge(attributes.drop(columns=["file_line"], errors="ignore"), on="sku", how="left")
    total = len(days)
    sold = np.nan_to_num(units) > 0
    seen = sold | on_shelf
    first_seen = np.where(seen.any(axis=1), seen.argmax(axis=1), total)
    launched = _column_of(keys, "launched_day", days)
    started = np.where(np.isfinite(launched), np.clip(launched, 0, first_seen), first_seen)
    over = _column_of(keys, "ended_day", days)
    return keys, started.astype(np.int32), np.isfinite(over) & (over < total)


def _column_of(keys: pd.DataFrame, name: str, days: pd.DatetimeIndex) -> np.ndarray:
    """The column number of the day in keys[name]; NaN where there is none."""
    if name not in keys:
        return np.full(len(keys), np.nan)
    day = pd.to_datetime(keys[name], errors="coerce")
    return ((day - days[0]) / pd.Timedelta(days=1)).to_numpy(dtype=float, na_value=np.nan)
