"""Replays demand under a policy, all items and seeds in lockstep, a period (day or week) at a time.

In each period: what is due arrives; the policy orders, knowing the past only; demand takes what is there and the rest
is lost; what is left is held. An order placed in period t with a lead time of L is on the shelf for period t + L.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from include.replenishment.suppliers.closures import days_until_arrival

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True)
class View:
    """What a policy may know at the start of `period`: arrays are (seeds, items), demand_seen is (items, period), and
    due (periods ahead, seeds, items) is what arrives in the next period, in the one after, and so on.
    """

    period: int
    on_hand: Floats
    due: Floats
    demand_seen: Floats

    @property
    def on_order(self) -> Floats:
        return self.due.sum(axis=0)

    @property
    def position(self) -> Floats:
        return self.on_hand + self.on_order

    def of(self, seed: int) -> View:
        """What one seed alone sees."""
        return replace(self, on_hand=self.on_hand[[seed]], due=self.due[:, [seed]])


Policy = Callable[[View], Floats]
Watch = Callable[[int, Floats, Floats], None]


@dataclass(frozen=True)
class Supply:
    """How orders arrive: `lead_periods` drawn evenly from this pool, or from each item's own, (items, n); with
    `partial_chance` the `late_share` of an order comes `late_periods` later than the rest.
    """

    lead_periods: Integers
    partial_chance: float = 0.0
    late_share: float = 0.5
    late_periods: int = 1

    @property
    def longest(self) -> int:
        """Periods within which everything ordered is there."""
        return int(self.lead_periods.max()) + self.late_periods

    def drawn(self, generator: np.random.Generator, seeds: int, items: int, period: int) -> Integers:
        """Lead times of one order of each item, placed in `period`, (seeds, items)."""
        if self.lead_periods.ndim == 1:
            return generator.choice(self.lead_periods, size=(seeds, items))
        places = generator.integers(0, self.lead_periods.shape[1], size=(seeds, items))
        return self.lead_periods[np.arange(items), places]

    def late(self, generator: np.random.Generator, seeds: int, items: int) -> Floats:
        """The share of one order of each item that comes later, (seeds, items)."""
        return np.where(generator.random((seeds, items)) < self.partial_chance, self.late_share, 0.0)


@dataclass(frozen=True)
class SameForAll(Supply):
    """Whatever the seed, an item's orders of one period take equally long: where each seed is another policy, chance is
    the same for all of them. closed: by period, suppliers neither send nor start anything."""

    closed: NDArray[np.bool_] | None = None

    @property
    def longest(self) -> int:
        """Periods within which everything ordered is there."""
        return super().longest + (0 if self.closed is None else int(self.closed.sum()))

    def drawn(self, generator: np.random.Generator, seeds: int, items: int, period: int) -> Integers:
        """Lead times of one order of each item, placed in `period`, (seeds, items)."""
        lead = super().drawn(generator, 1, items, period)
        if self.closed is not None:
            lead = days_until_arrival(lead, period, self.closed) - period
        return np.repeat(lead, seeds, axis=0)

    def late(self, generator: np.random.Generator, seeds: int, items: int) -> Floats:
        """The share of one order of each item that comes later, (seeds, items)."""
        return np.repeat(super().late(generator, 1, items), seeds, axis=0)


@dataclass(frozen=True)
class Outcome:
    """Totals by seed and item, shape (seeds, items), over the counted periods."""

    demand: Floats
    sold: Floats
    held: Floats  # sum over periods of units left at the end
    known_periods: Floats  # periods that count
    short_periods: Floats  # periods in which a sale was lost
    holding_cost: Floats
    shortage_cost: Floats
    ordered: Floats
    order_lines: Floats  # looks at which something was ordered


def simulate(
    demand: Floats,
    policy: Policy,
    supply: Supply,
    start_on_hand: Floats,
    holding_cost: Floats | float,
    shortage_cost: Floats | float,
    start_on_order: Floats | None = None,
    counted_from: int = 0,
    review_every: int = 1,
    seeds: int = 1,
    seed: int = 0,
    watch: Watch | None = None,
) -> Outcome:
    """Runs the policy over `demand`.

    demand: (items, periods) units; NaN: unknown, such a period sells nothing and counts neither way.
    start_on_order: (items, n) units due in periods 0 .. n-1. holding_cost, shortage_cost: a unit a period, a unit;
        scalars or (items,). Periods before `counted_from` warm up and do not count.
    watch: told (period, units left, units lost) at the end of each, both (seeds, items).
    """
    items, periods = demand.shape
    generator = np.random.default_rng(seed)
    horizon = periods + supply.longest + 1
    due = np.zeros((horizon, seeds, items))
    if start_on_order is not None:
        for ahead in range(start_on_order.shape[1]):
            due[ahead] += start_on_order[:, ahead]
    on_hand = np.repeat(np.asarray(start_on_hand, dtype=float)[None, :], seeds, axis=0)
    totals = {
        name: np.zeros((seeds, items)) for name in ("demand", "sold", "held", "known", "short", "ordered", "lines")
    }
    rows, columns = np.indices((seeds, items))
    for period in range(periods):
        on_hand = on_hand + due[period]
        if period % review_every == 0:
            view = View(period, on_hand, due[period + 1 :], demand[:, :period])
            order = np.maximum(policy(view), 0.0)
            lead = supply.drawn(generator, seeds, items, period)
            later = np.floor(order * supply.late(generator, seeds, items))
            np.add.at(due, (period + lead, rows, columns), order - later)
            np.add.at(due, (period + lead + supply.late_periods, rows, columns), later)
            # An order with no lead time at all is there for this period's demand.
            on_hand = on_hand + np.where(lead == 0, order - later, 0.0)
        else:
            order = np.zeros((seeds, items))
        wanted = demand[:, period]
        known = ~np.isnan(wanted)
        wanted = np.where(known, wanted, 0.0)
        sold = np.minimum(on_hand, wanted)
        on_hand = on_hand - sold
        if period >= counted_from:
            counts = known.astype(float)
            totals["known"] += counts
            totals["demand"] += wanted * counts
            totals["sold"] += sold * counts
            totals["held"] += on_hand * counts
            totals["short"] += (sold < wanted) * counts
            totals["ordered"] += order
            totals["lines"] += order > 0
        if watch is not None:
            watch(period, on_hand, wanted - sold)
    return Outcome(
        demand=totals["demand"],
        sold=totals["sold"],
        held=totals["held"],
        known_periods=totals["known"],
        short_periods=totals["short"],
        holding_cost=totals["held"] * holding_cost,
        shortage_cost=(totals["demand"] - totals["sold"]) * shortage_cost,
        ordered=totals["ordered"],
        order_lines=totals["lines"],
    )


def min_max_by_pace(lead_periods: Floats | float, lowest: float, highest: float, window: int = 28) -> Policy:
    """Nothing until the position is below so many periods beyond the lead time, then up to so many, at the pace of the
    last `window` periods. lead_periods: one, or one an item."""

    def policy(view: View) -> Floats:
        seen = view.demand_seen[:, -window:]
        pace = np.nansum(seen, axis=1) / np.maximum(np.isfinite(seen).sum(axis=1), 1)
        position = view.position
        up_to = np.ceil(pace * (lead_periods + highest))
        return np.where(position < pace * (lead_periods + lowest), np.maximum(up_to - position, 0.0), 0.0)

    return policy


def base_stock(protection_periods: int | Integers, quantile: float, window: int = 13) -> Policy:
    """Orders up to the quantile of past totals over `protection_periods` (one, or one an item), from the last `window`
    such totals."""

    def policy(view: View) -> Floats:
        each = np.broadcast_to(protection_periods, view.demand_seen.shape[:1])
        target = np.zeros(len(each))
        for periods in np.unique(each):
            rows = each == periods
            target[rows] = _past_quantile(view.demand_seen[rows, -(window + periods - 1) :], int(periods), quantile)
        return np.maximum(target - view.position, 0.0)

    return policy


def _past_quantile(seen: Floats, periods: int, quantile: float) -> Floats:
    if seen.shape[1] < periods:
        return np.zeros(len(seen))
    known = ~np.isnan(seen)
    usual = np.where(known, seen, 0.0).sum(axis=1) / np.maximum(known.sum(axis=1), 1)
    filled = np.where(known, seen, usual[:, None])
    totals = np.lib.stride_tricks.sliding_window_view(filled, periods, axis=1).sum(axis=2)
    return np.asarray(np.ceil(np.quantile(totals, quantile, axis=1)), dtype=float)
