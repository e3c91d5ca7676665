"""What is needed and can wait: for its supplier's day, and for a list that is not full of more urgent lines."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from include.replenishment.policy import StockPolicy, unit_margin
from include.replenishment.quantity.distribution import DemandDistribution

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Booleans = NDArray[np.bool_]


def cost_of_waiting(
    frame: pd.DataFrame, policy: StockPolicy, demand: DemandDistribution, available: Integers
) -> Floats:
    """Micros of margin that each line is expected to lose if it is ordered at the next look and not today: the demand
    of the days by which its order arrives later if the shelf is bare by then, and what is owed already.

    frame: protection_days and lead_time_days among others. An order of the next look arrives a day later as a rule, and
    weeks later on the eve of a supplier's holiday: protection_days - lead_time_days.
    """
    stock = np.maximum(available, 0).astype(float)
    is_bare = demand.expected_met(stock + 1.0) - demand.expected_met(stock)  # the chance that a unit more would sell
    later = np.maximum((frame["protection_days"] - frame["lead_time_days"]).to_numpy(dtype=float), 1.0)
    margin = np.maximum(unit_margin(frame["unit_price_micros"], frame["unit_cost_micros"], policy), 0.0)
    rate = np.maximum(frame["daily_mean"].to_numpy(dtype=float), 0.0)
    # The shelf may be bare on the last of these days only, so no more is lost than in the whole protection period.
    missed = np.minimum(
        rate * later * np.clip(is_bare, 0.0, 1.0), np.maximum(demand.mean() - demand.expected_met(stock), 0.0)
    )
    return np.asarray(margin * (missed + np.maximum(-available, 0)))


def waits_for_its_turn(
    waiting_cost: Floats, wanted: Booleans, max_lines: int | None, order_line_micros: int
) -> Booleans:
    """Of the wanted lines those for which a list of `max_lines` has no room: they lose least by waiting.

    No line waits that loses more by it than a line of an order costs (`order_line_micros`; 0: not known, all may wait):
    to work it is cheaper.
    """
    waits = wanted.copy()
    if max_lines is None or int(wanted.sum()) <= max_lines:
        return np.zeros_like(waits)
    ranked = np.lexsort((np.arange(len(wanted)), -waiting_cost, ~wanted))
    waits[ranked[:max_lines]] = False
    return waits & ~(waiting_cost > order_line_micros) if order_line_micros > 0 else waits


def waits_for_order_day(
    frame: pd.DataFrame, policy: StockPolicy, classes: pd.DataFrame, demand: DemandDistribution, available: Integers
) -> Booleans:
    """Lines whose supplier takes no orders tomorrow, and that can wait for its day: no A sku, none whose shelf is
    empty, and none that is expected to lose more margin by waiting than an order line costs."""
    waits: Booleans = frame["order_wait_days"].to_numpy(dtype=np.int64) > 0
    if not waits.any():
        return waits
    margin = np.maximum(unit_margin(frame["unit_price_micros"], frame["unit_cost_micros"], policy), 0.0)
    # The protection period ends when an order of its day is there.
    lost = np.maximum(demand.mean() - demand.expected_met(available.astype(float)), 0.0)
    owed = np.maximum(-available, 0)
    is_empty = (frame["on_hand"] - frame["promised"] <= 0).to_numpy() & (frame["mean_demand"] > 0).to_numpy()
    is_urgent = is_empty | (classes["abc"] == "A").to_numpy() | frame["hot_seller"].to_numpy(dtype=bool)
    return np.asarray(waits & ~is_urgent & (margin * (lost + owed) <= policy.order_line_micros))
