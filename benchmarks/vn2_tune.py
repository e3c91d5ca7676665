"""Choose the level that benchmarks.vn2 orders at, by replaying past windows in the simulator.

    python -m benchmarks.vn2_tune DATA [--windows 8]

DATA holds the challenge's 'Week 0' files. Windows are eight weeks long and end every four weeks back, as the judge's;
the newest is left out, so that it can still judge. Prints the cost of each level and window, the chosen level, and
what a window costs at the level chosen on the others.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.vn2 import (
    AHEAD,
    KEY,
    LEAD_WEEKS,
    LEVEL_ERROR,
    SAMPLES,
    SEED,
    factorized,
)
from benchmarks.vn2_demand import dispersion_of, mean_ahead, rows_at, train
from benchmarks.vn2_season import WeeklyHistory, season_of
from include.simulation.pipeline_orders import negative_binomial_paths, order_for_arrival
from include.simulation.simulator import Policy, Supply, View, simulate
from include.simulation.tune import tune_levels

WEEKS, STEP = 8, 4
HOLDING, SHORTAGE = 0.2, 1.0
LEVELS = (0.66, 0.70, 0.74, 0.77, 0.80, 0.83, 0.86)


def read_data(folder: Path) -> WeeklyHistory:
    """All weeks of the challenge's files."""
    [sales_file] = folder.glob("Week 0 - * - Sales.csv")
    sales = pd.read_csv(sales_file).set_index(KEY)
    in_stock = (
        pd.read_csv(folder / "Week 0 - In Stock.csv").set_index(KEY).reindex(index=sales.index, columns=sales.columns)
    )
    master = pd.read_csv(folder / "Week 0 - Master.csv").set_index(KEY).reindex(sales.index)
    return WeeklyHistory(
        units=np.where(in_stock.to_numpy(dtype=bool), sales.to_numpy(dtype=float), np.nan),
        weeks=np.array(sales.columns, dtype="datetime64[D]"),
        attributes=factorized(master),
    )


def until(history: WeeklyHistory, weeks: int) -> WeeklyHistory:
    """The history as it was known after so many weeks."""
    return WeeklyHistory(history.units[:, :weeks], history.weeks[:weeks], history.attributes)


def policy_at(paths: list[np.ndarray], level: float) -> Policy:
    """Orders for the arrival week from each round's sample paths, see `order_for_arrival`."""

    def policy(view: View) -> np.ndarray:
        if view.period >= len(paths):
            return np.zeros_like(view.on_hand)
        # What is due this week is on hand already.
        arriving = np.column_stack([np.zeros(view.on_hand.shape[1]), view.due[0, 0]])
        return order_for_arrival(paths[view.period], view.on_hand[0], arriving, level)[None]

    return policy


def window_paths(history: WeeklyHistory, start: int) -> list[np.ndarray]:
    """Sample paths of every round of the window that begins at week `start`, by models trained before it."""
    before = until(history, start)
    models = train(before, season_of(before, AHEAD))
    weeks = tuple(range(LEAD_WEEKS + 1))
    paths = []
    for now in range(start, start + WEEKS - LEAD_WEEKS):
        known = until(history, now)
        mean = mean_ahead(models, rows_at(known, season_of(known, AHEAD), now, weeks), len(weeks))
        generator = np.random.default_rng(SEED + now)
        paths.append(negative_binomial_paths(mean, dispersion_of(known), LEVEL_ERROR, SAMPLES, generator))
    return paths


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--windows", type=int, default=8)
    arguments = parser.parse_args()
    history = read_data(arguments.data)
    costs: dict[tuple[int, float], np.ndarray] = {}
    starts = [history.units.shape[1] - WEEKS - STEP * back for back in range(1, arguments.windows)]
    for start in starts:
        paths = window_paths(history, start)
        recent = np.nan_to_num(np.nanmean(history.units[:, start - 13 : start], axis=1))
        on_hand, week = np.round(1.5 * recent), np.round(recent)
        demand = history.units[:, start : start + WEEKS]
        for level in LEVELS:
            outcome = simulate(
                demand,
                policy_at(paths, level),
                Supply(np.array([LEAD_WEEKS])),
                on_hand,
                HOLDING,
                SHORTAGE,
                start_on_order=np.column_stack([week, week]),
                counted_from=LEAD_WEEKS,
            )
            costs[start, level] = (outcome.holding_cost + outcome.shortage_cost)[0]
        by_level = "  ".join(f"{level:.2f} {costs[start, level].sum():7.1f}" for level in LEVELS)
        print(f"{history.weeks[start]}  {by_level}", flush=True)
    everyone = np.full(len(history.units), "all")
    tuning = tune_levels(lambda start, level: costs[start, level], starts, everyone, LEVELS)
    print(f"level {tuning.levels['all']}, a window at the level chosen on the others costs {tuning.honest_cost:.1f}")


if __name__ == "__main__":
    main()
