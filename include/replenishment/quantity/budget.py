"""A cap on the purchase cost of a list, spent where the next yuan earns most.

Each line's order is split into slices of whole packs (the first is at least the supplier's minimum). A slice is worth
its expected profit: margin on the units it lets us sell, less the holding cost of those that stay. Since each further
pack sells with less chance, taking slices by profit per yuan until the money is gone is the optimum of the relaxed
problem, the same as a multiplier on cash; only the last slice that does not fit can make a difference.

A first: before that, the money goes to what customers are expected to want of A skus until the order is there and the
next can be. What is safety, or lasts a cycle, competes by profit like everything else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from include.replenishment.quantity.distribution import DemandDistribution

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]

SLICES_A_LINE = 24  # a long order is judged in this many steps, not pack by pack


@dataclass(frozen=True)
class Slices:
    """One row a slice, by line and then by place in it."""

    line: Integers
    units: Integers
    profit_micros: Floats
    cost_micros: Integers
    buyable: NDArray[np.bool_]
    goes_first: NDArray[np.bool_]


def slices_of(
    quantity: Integers,
    pack: Integers,
    minimum: Integers,
    available: Integers,
    demand: DemandDistribution,
    unit_cost_micros: Integers,
    unit_margin_micros: Floats,
    unit_holding_micros: Floats,
    refused: NDArray[np.bool_] | None = None,
    first_up_to: Floats | None = None,
) -> Slices:
    """Orders cut into slices. All arrays: one element a line; `available` is stock to come before this order, `refused`
    lines' slices are worth what they are, and cannot be bought. `first_up_to`: a line's slices that begin below so many
    units of stock are bought before all others (0: none of them)."""
    steps = np.maximum(quantity // pack, 0)
    a_slice = pack * np.maximum(-(-steps // SLICES_A_LINE), 1)
    first = np.minimum(np.maximum(minimum, a_slice), quantity)
    rest = quantity - first
    count = np.where(quantity > 0, 1 + -(-rest // a_slice), 0)
    line = np.repeat(np.arange(len(quantity)), count)
    place = np.arange(len(line)) - np.repeat(np.cumsum(count) - count, count)
    end = np.minimum(first[line] + place * a_slice[line], quantity[line])
    start = np.where(place == 0, 0, np.minimum(first[line] + (place - 1) * a_slice[line], quantity[line]))
    base = np.maximum(available[line], 0).astype(float)
    sold = demand.expected_met(base + end, line) - demand.expected_met(base + start, line)
    units = end - start
    profit = sold * unit_margin_micros[line] - (units - sold) * unit_holding_micros[line]
    buyable = np.ones(len(line), dtype=bool) if refused is None else ~refused[line]
    before = np.zeros(len(line)) if first_up_to is None else first_up_to[line]
    return Slices(line, units, profit, units * unit_cost_micros[line], buyable, base + start < before)


def _spend(slices: Slices, candidates: Integers, money: int) -> tuple[Integers, int]:
    """Greedy over `candidates` (places in `slices`), best profit per yuan first; returns (taken, money left).

    A line's slices are taken in their order: once one does not fit, the line's later ones are left too.
    """
    cost = slices.cost_micros[candidates]
    ratio = slices.profit_micros[candidates] / np.maximum(cost, 1)
    # Piecewise linear quantiles may make a later slice look better than an earlier one: a line's ratios
    # never rise.
    ratio = _not_rising_within(ratio, slices.line[candidates])
    ranked = candidates[np.lexsort((candidates, -ratio, ~slices.goes_first[candidates]))]
    spent = np.cumsum(slices.cost_micros[ranked])
    fits = int(np.searchsorted(spent, money, side="right"))
    taken = list(ranked[:fits])
    left = money - int(spent[fits - 1] if fits else 0)
    closed: set[int] = set()
    smallest = int(cost.min()) if len(cost) else 0
    for place in ranked[fits:]:
        if left < smallest:
            break
        line = int(slices.line[place])
        price = int(slices.cost_micros[place])
        if line in closed or price > left:
            closed.add(line)
            continue
        taken.append(place)
        left -= price
    return np.array(taken, dtype=np.int64), left


def _not_rising_within(ratio: Floats, line: Integers) -> Floats:
    if not len(ratio):
        return ratio
    # A running minimum that starts afresh on every line: lines are shifted far apart, each below the one
    # before.
    span = float(ratio.max() - ratio.min()) + 1.0
    group = np.concatenate([[0], np.cumsum(line[1:] != line[:-1])])
    return np.minimum.accumulate(ratio - group * span) + group * span


@dataclass(frozen=True)
class Spending:
    """By line: units kept, of which paid from the emergency fund, and the profit expected of what was left out."""

    kept: Integers
    from_fund: Integers
    forgone_micros: Floats


def within_budget(
    slices: Slices, lines: int, budget_micros: int, emergency_fund_micros: int, is_emergency: NDArray[np.bool_]
) -> Spending:
    """What the budget and the emergency fund pay for.

    The fund only pays for lines marked `is_emergency`, and only for what the budget left out.
    """
    everything = np.arange(len(slices.line))
    taken, _ = _spend(slices, everything[slices.buyable], max(budget_micros, 0))
    left_out = np.setdiff1d(everything, taken)
    candidates = left_out[is_emergency[slices.line[left_out]] & slices.buyable[left_out]]
    rescued, _ = _spend(slices, candidates, max(emergency_fund_micros, 0))
    missed = np.setdiff1d(left_out, rescued)

    def by_line(chosen: Integers, values: NDArray[Any]) -> NDArray[Any]:
        return np.bincount(slices.line[chosen], weights=values[chosen], minlength=lines)

    extra = by_line(rescued, slices.units).astype(np.int64)
    kept = by_line(taken, slices.units).astype(np.int64) + extra
    return Spending(kept, extra, np.maximum(by_line(missed, slices.profit_micros), 0.0))
