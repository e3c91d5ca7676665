"""One-off bulk orders: a single order far above what the sku's customers order. Found, shown, left out of demand."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import pandas as pd

from include.settings.stock.demand import Bulk

# Statistics, not a merchant's choice: fewer orders do not make a 95th percentile.
MIN_LINES = 20  # orders of a sku from which its own distribution speaks; below, its category's, then the merchant's
# Nor this: the deviation of customers who all order one piece is zero, and any multiple of it would call two bulk.
MIN_SPREAD = 0.25  # of log quantity


def find_bulk_orders(lines: pd.DataFrame, rules: Bulk) -> pd.DataFrame:
    """Orders of a sku that are bulk, one row each, held against all the others.

    lines: order_id, sku, quantity, and category if known; lines of one order and sku are added up first.
    An order is bulk when its quantity is at least `rules.min_quantity`, `rules.min_times` the 95th percentile of
    the sku's orders (without their top fiftieth), and `rules.spreads` robust deviations (1.4826 x median absolute
    deviation of log quantity, at least 0.25) above the median. The window does not count.
    Returns order_id, sku, quantity, usual (median), limit (units from which an order of the sku is bulk).
    """
    columns = ["order_id", "sku", "quantity", "usual", "limit"]
    lines = lines[lines["sku"].notna() & (lines["quantity"] > 0)]
    if len(lines) == 0:
        return pd.DataFrame(columns=columns)
    by = ["order_id", "sku"]
    orders = lines.groupby(by, sort=True, as_index=False)["quantity"].sum()
    if "category" in lines.columns:
        category = lines.drop_duplicates("sku").set_index("sku")["category"].astype("str").fillna("?")
        orders["category"] = orders["sku"].map(category)
    else:
        orders["category"] = "?"
    count = orders.groupby("sku")["quantity"].transform("size")
    kin = orders.groupby("category")["quantity"].transform("size")
    own, category_limit, all_limit = (
        _limits_by(group, orders["quantity"], rules)
        for group in (orders["sku"], orders["category"], pd.Series("all", index=orders.index))
    )
    enough, kin_enough = (count >= MIN_LINES).to_numpy(), (kin >= MIN_LINES).to_numpy()
    usual, limit = (
        np.where(enough, a, np.where(kin_enough, b, c)) for a, b, c in zip(own, category_limit, all_limit, strict=True)
    )
    orders["usual"] = np.exp(usual)
    orders["limit"] = _whole_limit(limit, rules.min_quantity)
    found = orders[orders["quantity"] >= orders["limit"]]
    found = found.assign(quantity=found["quantity"].astype("int64"), limit=found["limit"].astype("int64"))
    return found[columns].reset_index(drop=True)


def bulk_sizes(sizes: pd.DataFrame, rules: Bulk) -> pd.Series:
    """Which sizes of orders are bulk: the rule of `find_bulk_orders`, each day held against the `rules.window_days` up
    to and including it.

    sizes: one row a (day, sku, units), with `orders`: how many orders of the sku had so many units that day. A sku with
    fewer than 20 orders in the window is held against all skus' orders. Returns a bool for each row. Days before the
    first of `sizes` count as days without orders: who asks for a day brings the days of its window as well.
    """
    told = np.zeros(len(sizes), dtype=bool)
    units = sizes["units"].to_numpy("int64")
    asked = units >= rules.min_quantity
    if not asked.any():
        return pd.Series(told, index=sizes.index)
    day = pd.to_datetime(sizes["day"]).to_numpy("datetime64[D]").astype("int64")
    orders = sizes["orders"].to_numpy("int64")
    sku = pd.factorize(sizes["sku"], sort=True)[0]
    by_sku = np.argsort(sku, kind="stable")
    bounds = np.searchsorted(sku[by_sku], np.arange(sku.max() + 2))
    left: list[np.ndarray] = []
    for code in np.unique(sku[asked]):
        rows = by_sku[bounds[code] : bounds[code + 1]]
        judged = rows[asked[rows]]
        known, limit = _limits_on(day[judged], day[rows], units[rows], orders[rows], rules)
        enough = known >= MIN_LINES
        told[judged[enough]] = units[judged[enough]] >= _whole_limit(limit[enough], rules.min_quantity)
        left.append(judged[~enough])
    rest = np.concatenate(left)
    if len(rest):
        days, place = np.unique(day[rest], return_inverse=True)
        _, limit = _limits_on(days, day, units, orders, rules)
        told[rest] = units[rest] >= _whole_limit(limit[place], rules.min_quantity)
    return pd.Series(told, index=sizes.index)


def _whole_limit(limit: np.ndarray, min_quantity: int) -> np.ndarray:
    return np.ceil(np.maximum(limit, min_quantity) - 1e-9)


def _limits_by(group: pd.Series, quantity: pd.Series, rules: Bulk) -> tuple[np.ndarray, np.ndarray]:
    """Median of the log quantity and the limit in units, by group, one for each order."""
    middle, limit = np.zeros(len(group)), np.zeros(len(group))
    for rows in group.reset_index(drop=True).groupby(group.to_numpy()).indices.values():
        units, orders = np.unique(quantity.to_numpy()[rows], return_counts=True)
        found = _limits(np.log(units.astype("float64")), orders[None, :], rules)
        middle[rows], limit[rows] = found[0][0], found[1][0]
    return middle, limit


def _limits_on(
    asked: np.ndarray, day: np.ndarray, units: np.ndarray, orders: np.ndarray, rules: Bulk
) -> tuple[np.ndarray, np.ndarray]:
    """(orders in the window, limit in units) for each day asked. day, units, orders: the group's sizes."""
    days, at = np.unique(day, return_inverse=True)
    kinds, kind = np.unique(units, return_inverse=True)
    upto = np.zeros((len(days) + 1, len(kinds)), dtype="int64")
    np.add.at(upto, (at + 1, kind), orders)
    upto = upto.cumsum(axis=0)
    first = np.searchsorted(days, asked - rules.window_days, side="right")
    within = upto[np.searchsorted(days, asked, side="right")] - upto[first]
    return within.sum(axis=1), _limits(np.log(kinds.astype("float64")), within, rules)[1]


def _limits(logs: np.ndarray, counts: np.ndarray, rules: Bulk) -> tuple[np.ndarray, np.ndarray]:
    """Median of the log quantity and the limit in units. logs: (kinds,), ascending; counts: (cases, kinds), of orders,
    with one order a case at least."""
    known = counts.sum(axis=1)
    wide = np.broadcast_to(logs, counts.shape)
    middle = _median(wide, counts, known)
    away = np.abs(wide - middle[:, None])
    order = np.argsort(away, axis=1, kind="stable")
    deviation = 1.4826 * _median(
        np.take_along_axis(away, order, axis=1), np.take_along_axis(counts, order, axis=1), known
    )
    # The very biggest orders must not raise the bar they are measured against: the top fiftieth is left out.
    place = 0.95 * (np.maximum(1, (0.98 * known).astype("int64")) - 1)
    low = place.astype("int64")
    one, next_one = _ranked(wide, counts, low), _ranked(wide, counts, np.minimum(low + 1, known - 1))
    high = one + (next_one - one) * (place - low)
    beyond = np.exp(middle + rules.spreads * np.maximum(deviation, MIN_SPREAD))
    limit = np.maximum(beyond, rules.min_times * np.exp(high))
    return middle, limit


def _median(values: np.ndarray, counts: np.ndarray, known: np.ndarray) -> np.ndarray:
    return (_ranked(values, counts, (known - 1) // 2) + _ranked(values, counts, known // 2)) / 2


def _ranked(values: np.ndarray, counts: np.ndarray, rank: np.ndarray) -> np.ndarray:
    """The value of this rank (from 0) in each row; values: (cases, kinds), ascending, each `counts` times."""
    place = (counts.cumsum(axis=1) <= rank[:, None]).sum(axis=1)
    return np.take_along_axis(values, place[:, None], axis=1)[:, 0]


def bulk_rule(settings: Bulk) -> Callable[..., pd.DataFrame]:
    """`bulk_sizes` with the merchant's judgements, as the facts take it."""
    return partial(bulk_sizes, rules=settings)
