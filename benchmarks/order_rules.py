"""Ordering rules tried in seconds: the specimen's goods, seasons and suppliers, with forecasts that are off by a bit.

    python -m benchmarks.order_rules [--seeds 204 210] [--draw 1] [--rules 0:0.98 3:0.97 4:0.97]

The closed loop takes minutes a seed. Here nothing is simulated but shelves: what customers want is drawn around the
specimen's true expectation, the planner's forecast is that expectation times an error that drifts (28 %), and lead
times are the suppliers' own, with the rest around the lunar New Year. No transfers, no bounds for new skus, one look a
day, 180 days from October on, thirty before them not counted. A rule is ORDER_LINE_COST:HIGHEST_LEVEL, with holding
counted twice; the first is what the others are held against. Good for telling rules apart, not for their level: the
closed loop has the last word. Choose on seeds 201 to 211.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import nbinom

from include.replenishment.suppliers.closures import closed_days, days_until_arrival
from include.simulation.replay_specimen import HANDLING_YUAN, YEAR_DAYS
from include.simulation.specimen.catalogue import draw_catalogue
from include.simulation.specimen.demand import Demand
from include.simulation.specimen.settings import SpecimenSettings, day_number

Floats = NDArray[np.float64]

FIRST, WARM_UP, DAYS, BEYOND = date(2025, 9, 1), 30, 180, 120
HOLDING_RATE, HOLDING_WEIGHT, HOLIDAY_LEVEL = 0.25, 2.0, 0.95
LONGEST_CYCLE = 45.0
SPREAD = 0.35  # squared coefficient of variation of a day's demand beyond chance
ERROR, MEMORY = 0.28, 0.97  # of the forecast: its size (log), and how much of it the next day keeps
MEAN_DELAY = 0.7  # of its lead time, what a late order comes later, on average


@dataclass(frozen=True)
class Rule:
    """order_line_cost: yuan; 0: up to the level at every look. highest_level: of all lines."""

    order_line_cost: float
    highest_level: float

    def __str__(self) -> str:
        return f"{self.order_line_cost:g} yuan a line, {100 * self.highest_level:g} %"


@dataclass(frozen=True)
class Season:
    """What every rule meets; arrays end in one element a (sku, warehouse), days first where they change."""

    wanted: Floats
    foreseen: Floats  # true expectation by day
    error: Floats  # of the forecast, times
    on_sale: NDArray[np.bool_]
    lead_days: NDArray[np.int64]  # drawn, by day of the order
    usual_lead: NDArray[np.int64]
    closed: NDArray[np.bool_]
    cost: Floats
    margin: Floats
    pack: NDArray[np.int64]
    moq: NDArray[np.int64]

    @staticmethod
    def of(seed: int, skus: int, draw: int) -> Season:
        settings = SpecimenSettings(seed=seed, skus=skus, first_day=FIRST - timedelta(days=395))
        goods = draw_catalogue(settings)
        demand = Demand(settings, goods)
        days, whole = WARM_UP + DAYS, WARM_UP + DAYS + BEYOND
        foreseen = np.stack([demand.expected_units(FIRST + timedelta(days=past)) for past in range(whole)])
        foreseen = foreseen.reshape(whole, -1)
        cells = foreseen.shape[1]
        rng = np.random.default_rng([seed, draw])
        wanted = rng.poisson(foreseen * rng.gamma(1 / SPREAD, SPREAD, foreseen.shape)).astype(float)
        drift = np.zeros((days, cells))
        drift[0] = rng.normal(0, 1, cells)
        for day in range(1, days):
            drift[day] = MEMORY * drift[day - 1] + np.sqrt(1 - MEMORY**2) * rng.normal(0, 1, cells)
        supplier = np.repeat(goods.supplier, 3)
        usual, late = goods.suppliers.true_lead_days[supplier], goods.suppliers.late[supplier]
        delay = np.where(rng.random((days, cells)) < late, rng.uniform(1.3, 2.1, (days, cells)), 1.0)
        lead = np.maximum(np.round(usual * rng.gamma(24, 1 / 24, (days, cells)) * delay), 1).astype(np.int64)
        number = day_number(FIRST) + np.arange(days)[:, None]
        on_sale = (np.repeat(goods.launched, 3) <= number) & (np.repeat(goods.ended, 3) >= number)
        cost, price = np.repeat(goods.cost_fen, 3) * 0.01, np.repeat(goods.price_fen, 3) * 0.01
        return Season(
            wanted=wanted, foreseen=foreseen, error=np.exp(ERROR * drift - ERROR**2 / 2), on_sale=on_sale,
            lead_days=lead, usual_lead=np.ceil(usual * (1 + late * MEAN_DELAY)).astype(np.int64),
            closed=closed_days(FIRST, whole + 60, {"lunar_new_year": (12, 10)}), cost=cost, margin=price - cost,
            pack=np.repeat(goods.pack, 3).astype(np.int64), moq=np.repeat(goods.moq, 3).astype(np.int64),
        )  # fmt: skip


def lived(season: Season, rule: Rule) -> dict[str, float]:
    """lost (units), stock (yuan at cost), lines, and yuan a day: cost (lost margin and holding), total (lines too)."""
    days, cells = season.on_sale.shape
    whole, column = len(season.foreseen), np.arange(season.foreseen.shape[1])
    running = np.concatenate([np.zeros((1, cells)), np.cumsum(season.foreseen, axis=0)])
    due = np.zeros((whole + 100, cells))
    shelf = np.ceil(season.foreseen[0] * (season.usual_lead + 8))
    lost, held, lines = np.zeros(cells), np.zeros(cells), np.zeros(cells)
    for day in range(days):
        shelf = shelf + due[day]
        position = shelf + due[day + 1 :].sum(axis=0)
        now = days_until_arrival(season.usual_lead, day, season.closed) - day
        span = np.clip(days_until_arrival(season.usual_lead, day + 1, season.closed) - day, 1, BEYOND - 1)

        foreseen = partial(_expected, running, season.error[day], day)
        order = _ordered(season, rule, position, foreseen, span, now, season.foreseen[day] * season.error[day])
        # An order of the next look that is there as soon can wait.
        order = np.where(season.on_sale[day] & (span > now), order, 0)
        arrives = days_until_arrival(season.lead_days[day], day, season.closed)
        np.add.at(due, (np.minimum(arrives, whole + 50), column), order)
        sold = np.minimum(shelf, season.wanted[day])
        shelf = shelf - sold
        if day >= WARM_UP:
            lost += season.wanted[day] - sold
            held += shelf
            lines += order > 0
    cost = (lost @ season.margin + held @ season.cost * HOLDING_RATE / YEAR_DAYS) / DAYS
    placed = float(lines.sum())
    return {
        "lost": float(lost.sum()), "stock": float(held @ season.cost / DAYS), "lines": placed, "cost": float(cost),
        "total": float(cost + placed * HANDLING_YUAN / DAYS),
    }  # fmt: skip


def _expected(running: Floats, error: Floats, day: int, ahead: NDArray[np.int64]) -> Floats:
    """What the planner of a day expects of the days ahead."""
    end = np.clip(day + ahead, 0, len(running) - 1)
    return np.asarray((running[end, np.arange(running.shape[1])] - running[day]) * error)


def _ordered(
    season: Season,
    rule: Rule,
    position: Floats,
    foreseen: Callable[[NDArray[np.int64]], Floats],
    span: NDArray[np.int64],
    lead: NDArray[np.int64],
    pace: Floats,
) -> Floats:
    """The plan's rule in short: a level by cost, an economic time supply, packs and minimum."""
    pace = np.maximum(pace, 1e-3)
    holding = HOLDING_WEIGHT * season.cost * HOLDING_RATE / YEAR_DAYS
    cycle = np.minimum(np.sqrt(2 * rule.order_line_cost / (holding * pace)), LONGEST_CYCLE)
    until_next = np.maximum(span - lead, 1)
    batch = np.maximum(np.maximum(season.moq, season.pack), pace * np.maximum(until_next, cycle))
    level = np.clip(season.margin / (season.margin + holding * batch / pace), 0.3, rule.highest_level)
    level = np.where(until_next >= 4, np.minimum(level, HOLIDAY_LEVEL), level)
    mean = np.maximum(foreseen(span), 1e-6)
    variance = mean + (SPREAD / span + ERROR**2) * mean**2
    chance = mean / variance
    need = nbinom.ppf(level, mean * chance / (1 - chance), chance) - position
    more = np.maximum(cycle - until_next, 0).round().astype(np.int64)
    lasting = np.floor(foreseen(span + more) - foreseen(span))
    whole = np.ceil(need / season.pack) * season.pack
    order = np.maximum(whole, (need + lasting) // season.pack * season.pack)
    minimum = np.ceil(season.moq / season.pack) * season.pack
    return np.where(need > 0, np.maximum(order, minimum), 0.0)


def compared(found: Mapping[str, Sequence[Mapping[str, float]]]) -> pd.DataFrame:
    """Means over seeds by rule, and the ratios of sums to the first."""
    sums = pd.DataFrame({rule: pd.DataFrame(list(rows)).mean() for rule, rows in found.items()}).T
    ratios = (sums / sums.iloc[0]).round(2).add_suffix(", of the first")
    return pd.concat([sums.round(0), ratios], axis=1)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=[204, 210])
    parser.add_argument("--skus", type=int, default=60)
    parser.add_argument("--draw", type=int, default=1)
    parser.add_argument("--rules", nargs="+", default=["0:0.98", "3:0.97", "4:0.97"], metavar="COST:LEVEL")
    given = parser.parse_args()
    rules = [Rule(*(float(part) for part in text.split(":"))) for text in given.rules]
    found: dict[str, list[dict[str, float]]] = {str(rule): [] for rule in rules}
    for seed in given.seeds:
        season = Season.of(seed, given.skus, given.draw)
        for rule in rules:
            found[str(rule)].append(lived(season, rule))
        print(f"seeds {given.seeds[: given.seeds.index(seed) + 1]}")
        print(compared(found).to_string(), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
