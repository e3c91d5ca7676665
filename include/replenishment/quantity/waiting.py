"""What is needed and can wait: for its supplier's day, for a list that is not full of more urgent lines, and for its
share of what the first lists catch up with."""

from __future__ import annotations

from dataclasses import dataclass

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


def catch_up_units(frame: pd.DataFrame, need: Integers) -> Integers:
    """Units of each line that make up for earlier days: who follows the lists needs about what sells between two looks,
    or the least order, and what is needed beyond that was missing before."""
    between = np.ceil(frame["daily_mean"].to_numpy(dtype=float) * frame["review_period_days"].to_numpy(dtype=float))
    usual = np.maximum(between, frame["moq"].to_numpy(dtype=float))
    return np.maximum(need - usual, 0).astype(np.int64)


@dataclass(frozen=True)
class CatchUp:
    """What is to be caught up, one element a line. money: micros of it; waiting_cost: micros that a day's wait loses;
    wanted: it can be ordered today; can_wait: no A sku, no hot seller and no empty shelf."""

    money: Floats
    waiting_cost: Floats
    wanted: Booleans
    can_wait: Booleans


def waits_to_catch_up(lines: CatchUp, lists: int) -> Booleans:
    """Lines that wait for the next of so many lists (this one among them; 0 and 1: none waits), each of which catches
    up with an equal part of the money: what loses most by waiting comes first, behind what cannot wait."""
    waits = np.zeros(len(lines.money), dtype=bool)
    late = lines.wanted & (lines.money > 0)
    if lists <= 1 or not late.any():
        return waits
    rows = np.flatnonzero(late)
    ranked = rows[np.lexsort((rows, -lines.waiting_cost[rows], lines.can_wait[rows]))]
    before = np.cumsum(lines.money[ranked]) - lines.money[ranked]
    waits[ranked[before >= lines.money[late].sum() / lists]] = True
    return waits & lines.can_wait


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
    return np.asarray(waits & ~never_waits(frame, classes) & (margin * (lost + owed) <= policy.order_line_micros))


def never_waits(frame: pd.DataFrame, classes: pd.DataFrame) -> Booleans:
    """A skus, hot sellers, and shelves that are empty while somebody wants to buy."""
    is_empty = (frame["on_hand"] - frame["promised"] <= 0).to_numpy() & (frame["mean_demand"] > 0).to_numpy()
    return np.asarray(is_empty | (classes["abc"] == "A").to_numpy() | frame["hot_seller"].to_numpy(dtype=bool))
