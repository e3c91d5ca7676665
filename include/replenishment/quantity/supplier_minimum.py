"""A supplier's least order value: what of a day's lines waits for it, and what is ordered more to reach it.

All lines that a day orders from one supplier are one purchase order, whichever warehouse they go to. Below the
supplier's minimum it waits for a later look while nothing is urgent; once something is, the lines whose further units
earn most per yuan are raised until the minimum is met: margin on what they let us sell, less holding for as long as
they will lie there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from include.replenishment.quantity.budget import slices_of
from include.replenishment.quantity.distribution import DemandDistribution

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]
Booleans = NDArray[np.bool_]

YEAR_DAYS = 365.0


@dataclass(frozen=True)
class Lines:
    """One element a line. wanted: units to order so far, whole packs; room: units it may be raised by; available: stock
    to come before this order; pace: units a day; is_urgent: an order placed at the next review would come too late."""

    supplier: NDArray[np.str_]
    minimum_micros: Integers  # of the supplier; 0: none
    wanted: Integers
    room: Integers
    pack: Integers
    least: Integers  # the sku's own minimum, in packs
    available: Integers
    pace: Floats
    protection_days: Floats
    cost_micros: Integers
    margin_micros: Floats
    is_urgent: Booleans
    demand: DemandDistribution


@dataclass(frozen=True)
class Decided:
    """By line: units more, whole packs; waits: nothing is ordered yet; is_below: ordered, and less than the supplier
    takes, since no raise within reason reaches it: a person has to ask."""

    more: Integers
    waits: Booleans
    is_below: Booleans


def heed_minimums(lines: Lines, holding_rate: float) -> Decided:
    """What to do about every supplier whose minimum the day's lines do not reach."""
    count = len(lines.wanted)
    decided = Decided(np.zeros(count, dtype=np.int64), np.zeros(count, dtype=bool), np.zeros(count, dtype=bool))
    for rows, lacking in suppliers_below(lines.supplier, lines.minimum_micros, lines.wanted * lines.cost_micros):
        ordered = rows[lines.wanted[rows] > 0]
        if not lines.is_urgent[ordered].any():
            decided.waits[ordered] = True
            continue
        more, reached = _raised(lines, rows, lacking, holding_rate)
        if reached:
            decided.more[rows] = more
        else:
            decided.is_below[ordered] = True
    return decided


def suppliers_below(
    supplier: NDArray[np.str_], minimum_micros: Integers, value_micros: Integers
) -> Iterator[tuple[Integers, int]]:
    """(rows, micros lacking) of each supplier from whom something is ordered, for less than its minimum."""
    concerned = np.flatnonzero(np.isin(supplier, np.unique(supplier[minimum_micros > 0])))
    if not len(concerned):
        return
    _, code = np.unique(supplier[concerned], return_inverse=True)
    ranked = np.argsort(code, kind="stable")
    for rows in np.split(concerned[ranked], np.flatnonzero(np.diff(code[ranked])) + 1):
        value, minimum = int(value_micros[rows].sum()), int(minimum_micros[rows].max())
        if 0 < value < minimum:
            yield rows, minimum - value


def _raised(lines: Lines, rows: Integers, lacking: int, holding_rate: float) -> tuple[Integers, bool]:
    """(units more of each of `rows`, whether they make up for what lacks)."""
    first = np.where(lines.wanted[rows] > 0, lines.pack[rows], lines.least[rows])
    room = np.where(lines.cost_micros[rows] > 0, lines.room[rows] // lines.pack[rows] * lines.pack[rows], 0)
    room = np.where(room >= first, room, 0)
    base = np.maximum(lines.available[rows], 0) + lines.wanted[rows]
    a_day = lines.cost_micros[rows] * holding_rate / YEAR_DAYS
    demand = DemandDistribution(lines.demand.levels, lines.demand.values[rows])
    slices = slices_of(
        room, lines.pack[rows], first, base, demand, lines.cost_micros[rows], lines.margin_micros[rows],
        a_day * lines.protection_days[rows],
    )  # fmt: skip
    line = slices.line
    before = np.cumsum(slices.units) - slices.units
    start = before - before[np.searchsorted(line, line)] if len(line) else before
    # What lies beyond the protection period sells at the usual pace.
    lasts = (base[line] + start + slices.units / 2) / np.maximum(lines.pace[rows][line], 1e-6)
    idle = np.maximum(lasts - lines.protection_days[rows][line], 0.0)
    gain = slices.profit_micros - slices.units * a_day[line] * idle
    ratio = gain / np.maximum(slices.cost_micros, 1)
    for place in range(1, len(ratio)):  # a line's slices are taken in their order
        if line[place] == line[place - 1]:
            ratio[place] = min(ratio[place], ratio[place - 1])
    more = np.zeros(len(rows), dtype=np.int64)
    for place in np.lexsort((np.arange(len(ratio)), -ratio)):
        row, units = line[place], int(slices.units[place])
        price, pack = int(lines.cost_micros[rows[row]]), int(lines.pack[rows[row]])
        if units * price >= lacking:
            enough = -(-lacking // (price * pack)) * pack
            least = first[row] if more[row] == 0 else pack
            more[row] += min(max(enough, least), units)
            return more, True
        more[row] += units
        lacking -= units * price
    return more, False
