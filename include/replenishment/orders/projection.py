"""The walk: each shelf from today on, goods on the days on which they come, demand as a distribution.

What an order of today can still save depends on *when* other goods come, not on how many: what a bare shelf turns away
before they are there is lost, and goods that come on day k help from day k on. So stock is walked from arrival to
arrival. On a demand path, lost sales up to t are the furthest that demand ran ahead of stock and arrivals:

    lost(t) = max over s <= t of (demand(0, s) - stock - arrivals before s), where positive

(Harrison 1985, the reflected process). Demand is known as the distribution of its total from today to any day; its
paths are taken to keep their rank: what sells more in the first week sells more in the month. Then each path is the
same quantile at every day, totals have exactly the forecast's distributions, and the walk is a sum over paths. An order
of today changes nothing before its own arrival, so what it is to be ordered for does not change when it is placed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Paths = Callable[[Floats, Integers], Floats]
"""(days, rows) -> (len(rows), paths): demand of these rows from today over their own number of days, along equally
likely paths."""
Totals = Callable[[Floats, Integers], Floats]
"""(days, rows) -> expected demand of these rows from today over their own number of days."""

MIN_LOSS = 0.5  # units; expected losses below half a piece are none


@dataclass(frozen=True)
class Arrivals:
    """What comes to each line, by day: (lines, m), padded with days that never come.

    days: of demand that pass before the goods are there, rising along a line, inf: nothing more.
    """

    days: Floats
    units: Floats

    @staticmethod
    def of(lines: int, row: Integers, days: Floats, units: Floats) -> Arrivals:
        """From one entry an arrival: the line's number, days of demand before it, expected units."""
        days = np.maximum(days, 0.0)
        kept = (units > 0) & ~np.isnan(days)
        row, days, units = row[kept], days[kept], units[kept]
        order = np.lexsort((days, row))
        row, days, units = row[order], days[order], units[order]
        is_first = np.ones(len(row), dtype=bool)
        is_first[1:] = (row[1:] != row[:-1]) | (days[1:] != days[:-1])
        total = _added_up(units, is_first)
        row, days = row[is_first], days[is_first]
        place = np.arange(len(row)) - np.searchsorted(row, row)
        width = int(place.max()) + 1 if len(place) else 0
        at, much = np.full((lines, width), np.inf), np.zeros((lines, width))
        at[row, place], much[row, place] = days, total
        return Arrivals(at, much)

    def and_more(self, row: Integers, days: Floats, units: Floats) -> Arrivals:
        """These arrivals and more of the same lines: arguments as of `of`."""
        line, place = np.nonzero(np.isfinite(self.days))
        return Arrivals.of(
            len(self.days),
            np.concatenate([line, row]),
            np.concatenate([self.days[line, place], days]),
            np.concatenate([self.units[line, place], units]),
        )


def _added_up(units: Floats, is_first: NDArray[np.bool_]) -> Floats:
    """The sum of each run, whose first entries are named. Compensated (Kahan 1965), so that equal arrivals in another
    order come to the same."""
    run = np.cumsum(is_first) - 1
    total, lost = np.zeros(int(is_first.sum())), np.zeros(int(is_first.sum()))
    place = np.arange(len(units)) - np.flatnonzero(is_first)[run] if len(units) else run
    for number in range(int(place.max()) + 1 if len(place) else 0):
        own = place == number
        at = run[own]
        term = units[own] - lost[at]
        summed = total[at] + term
        lost[at] = (summed - total[at]) - term
        total[at] = summed
    return total


def expected(courses: Sequence[Arrivals]) -> Arrivals:
    """What comes on each day on the average of equally likely courses."""
    whole = Arrivals.of(len(courses[0].days), *(np.empty(0, kind) for kind in (np.int64, float, float)))
    for course in courses:
        row, place = np.nonzero(np.isfinite(course.days))
        whole = whole.and_more(row, course.days[row, place], course.units[row, place] / len(courses))
    return whole


def expected_loss(stock: Floats, courses: Sequence[Arrivals], until: Floats, paths: Paths) -> Floats:
    """Units, (lines,), that each line is expected to turn away until then, over equally likely courses of arrivals.

    Not what is lost on the average course: a third of an order tomorrow and two thirds in three weeks keeps a shelf
    from being empty, but the order comes whole, on one of these days."""
    return np.asarray(np.mean([walk(stock, one, until, paths).lost.mean(axis=1) for one in courses], axis=0))


@dataclass(frozen=True)
class Walk:
    """Each line at the end of its walk, units by path, (lines, paths). lost: sales turned away on the way; left: stock
    just before the goods that come at the end."""

    lost: Floats
    left: Floats


def walk(stock: Floats, arrivals: Arrivals, until: Floats, paths: Paths) -> Walk:
    """Walk every line from today through `until` days of demand.

    stock: (lines,) units free to sell; below zero: owed, and taken from what arrives before anything is sold.
    """
    lines = np.arange(len(stock), dtype=np.int64)
    sold_until = np.zeros(len(stock))
    before = paths(sold_until, lines)
    shelf = np.repeat(np.asarray(stock, dtype=float)[:, None], before.shape[1], axis=1)
    lost = np.zeros_like(shelf)
    epochs = arrivals.days.shape[1]
    for epoch in range(epochs + 1):
        due = arrivals.days[:, epoch] if epoch < epochs else np.full(len(stock), np.inf)
        end = np.minimum(due, until)
        rows = lines[end > sold_until]
        if len(rows):
            total = np.maximum(paths(end[rows], rows), before[rows])
            wanted = total - before[rows]
            met = np.clip(shelf[rows], 0.0, wanted)
            lost[rows] += wanted - met
            shelf[rows] -= met
            before[rows] = total
            sold_until[rows] = end[rows]
        comes = due < until
        if not comes.any():
            break  # arrivals rise along a line: nothing later comes in time either
        shelf[comes] += arrivals.units[comes, epoch, None]
    return Walk(lost, np.maximum(shelf, 0.0))


@dataclass(frozen=True)
class Outlook:
    """Days of demand, (lines,), inf: not in sight. first_empty: until a sale is lost for the first time; runs_out:
    until the shelf is bare for good, after everything that is under way came; lacks_from: until the first sale is lost
    that goods which come at `since` would have saved, or so many days ago as the shelf will have been bare for good."""

    first_empty: Floats
    runs_out: Floats
    lacks_from: Floats


def outlook(
    stock: Floats, arrivals: Arrivals, expected: Totals, inverse: Totals, since: Floats | None = None
) -> Outlook:
    """When shelves run empty at the expected pace, without any further order.

    expected: demand over a number of days; inverse: (units, rows) -> the days in which so many sell, inf: never.
    since: (lines,) days; today by default.
    """
    since = np.zeros(len(stock)) if since is None else since
    lines = np.arange(len(stock), dtype=np.int64)
    shelf, passed = np.asarray(stock, dtype=float).copy(), np.zeros(len(stock))
    first_empty, lacks_from = np.full((2, len(stock)), np.inf)
    bare = np.zeros(len(stock))
    epochs = arrivals.days.shape[1]
    for epoch in range(epochs + 1):
        due = arrivals.days[:, epoch] if epoch < epochs else np.full(len(stock), np.inf)
        so_far = expected(passed, lines)
        bare = inverse(so_far + np.maximum(shelf, 0.0), lines)
        if epoch == epochs:
            first_empty = np.minimum(first_empty, bare)
            lacks_from = np.minimum(lacks_from, bare)
            break
        comes = np.isfinite(due)
        wanted = np.where(comes, expected(np.where(comes, due, passed), lines) - so_far, 0.0)
        met = np.clip(shelf, 0.0, wanted)
        lacks = comes & (wanted - met >= MIN_LOSS)
        first_empty = np.where(lacks, np.minimum(first_empty, bare), first_empty)
        start = np.maximum(bare, since)
        is_open = comes & (start < due)
        missed = expected(np.where(is_open, due, 0.0), lines) - expected(np.where(is_open, start, 0.0), lines)
        lacks_from = np.where(is_open & (missed >= MIN_LOSS), np.minimum(lacks_from, start), lacks_from)
        shelf = np.where(comes, shelf - met + arrivals.units[:, epoch], shelf)
        passed = np.where(comes, due, passed)
    return Outlook(first_empty, bare, lacks_from)
