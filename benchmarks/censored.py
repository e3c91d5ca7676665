"""What an empty shelf does to the forecast: M5's own sales with days blanked as a stock-out blanks them.

    python -m benchmarks.censored DIR [--series 1200] [--share 0.1] [--days 28] [--seed 1]

DIR holds M5's sales_wide.parquet (id, item_id, dept_id, cat_id, store_id, state_id, a column a day) and
calendar.parquet. Of a sample of series, random runs of days (some up to the last one) get zero sales and, in the stock
report, an empty shelf. Both go through the facts' own way into a panel; a model is trained on each and forecasts
the next days. Printed, over the series that lost days: the forecast of a history with stock-outs over that of the whole
one, the same where the zeros are believed, and the forecasts over what was really sold. The first is the product of two
ratios, each by one model alone: what blanking does to forecasts (over several draws of the lost days, since a draw's
own luck is about a percent), and what training on blanked days does to them.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.demand import KEYS, read_panel
from include.demand.forecaster.config import DemandConfig
from include.demand.forecaster.training import train
from include.demand.panel import Panel, build_panel

RUN_DAYS = (3, 15)  # a stock-out lasts from so many days up to so many, the last excluded
AT_THE_END = 0.25  # of the series that lose days, so many are sold out on the last one
AFFECTED = 0.7  # share of the series


def sample(folder: Path, series: int, days: int, seed: int) -> tuple[Panel, np.ndarray]:
    """A panel of so many series drawn from those that sold in the last quarter, without the last `days`; and the units
    that were sold on these, [n, days]."""
    sales = pd.read_parquet(folder / "sales_wide.parquet")
    names = [column for column in sales.columns if column not in KEYS]
    before = sales[names[-days - 91 : -days]].to_numpy("float32").sum(axis=1)
    generator = np.random.default_rng(seed)
    chosen = np.sort(generator.choice(np.flatnonzero(before > 0), series, replace=False))
    sales = sales.iloc[chosen].sort_values(["item_id", "store_id"], ignore_index=True)
    calendar = pd.read_parquet(folder / "calendar.parquet")
    known = read_panel(sales.drop(columns=names[-days:]), calendar)
    return known, sales[names[-days:]].to_numpy("float64")


def blanked(panel: Panel, share: float, seed: int) -> np.ndarray:
    """Days on which the shelf is empty, bool [n, T]: runs within each series' life, `share` of the panel's days."""
    generator = np.random.default_rng(seed)
    count, total = panel.units.shape
    empty = np.zeros((count, total), dtype=bool)
    hit = np.flatnonzero(generator.random(count) < AFFECTED)
    wanted = share / AFFECTED
    for row in hit:
        life = total - int(panel.started[row])
        if life < 2 * RUN_DAYS[1]:
            continue
        if generator.random() < AT_THE_END:
            empty[row, total - int(generator.integers(*RUN_DAYS)) :] = True
        while empty[row].sum() < wanted * life:
            start = int(generator.integers(panel.started[row] + RUN_DAYS[1], total))
            empty[row, start : start + int(generator.integers(*RUN_DAYS))] = True
    return empty


def through_facts(panel: Panel, empty: np.ndarray, is_reported: bool = True) -> Panel:
    """The panel that the facts of demand and stock make, where these days sold nothing.

    is_reported: the stock report says that the shelf was empty; else nobody noticed, and the zeros are believed.
    """
    row, day = np.nonzero(np.isfinite(panel.units))
    names = panel.days.strftime("%Y-%m-%d").to_numpy()
    keys = panel.keys[["sku", "warehouse"]]
    units = np.where(empty[row, day], 0.0, panel.units[row, day])
    facts = keys.iloc[row].assign(day=names[day], units=units)
    shelf = keys.iloc[row].assign(day=names[day], in_stock_share=np.where(empty[row, day] & is_reported, 0.0, 1.0))
    products = panel.keys.drop(columns="warehouse").drop_duplicates("sku")
    made = build_panel(facts, shelf, products, names[0], names[-1], known_share=0.5)
    return replace(made, keys=panel.keys, events=panel.events, started=panel.started)


def measure(folder: Path, series: int, share: float, days: int, seed: int, draws: int = 5) -> dict[str, float]:
    """The ratios that the module's docstring tells."""
    panel, sold = sample(folder, series, days, seed)
    lost = [blanked(panel, share, seed + draw) for draw in range(draws)]
    whole = through_facts(panel, np.zeros_like(lost[0]))
    config = DemandConfig(threads=1)
    trained = {"whole": train(whole, config), "censored": train(through_facts(panel, lost[0]), config)}
    told = {name: model.forecast(whole, days).mean for name, model in trained.items()}
    sums = dict.fromkeys(("whole", "censored", "zeros", "whole at the end", "censored at the end", "sold"), 0.0)
    for empty in lost:
        hit, at_end = empty.any(axis=1), empty[:, -1]
        seen = trained["censored"].forecast(through_facts(panel, empty), days).mean
        believed = trained["censored"].forecast(through_facts(panel, empty, is_reported=False), days).mean
        for name, value in (
            ("whole", told["censored"][hit]),
            ("censored", seen[hit]),
            ("zeros", believed[hit]),
            ("whole at the end", told["censored"][at_end]),
            ("censored at the end", seen[at_end]),
            ("sold", sold[hit].sum(axis=1)),
        ):
            sums[name] += float(value.sum())
    blanking = sums["censored"] / sums["whole"]
    training = float(told["censored"].sum() / told["whole"].sum())
    return {
        "series that lost days": float(np.mean([empty.any(axis=1).sum() for empty in lost])),
        "days they lost, share": float(np.mean([empty[empty.any(axis=1)].mean() for empty in lost])),
        "blanked / whole": blanking,
        "blanked / whole, sold out on the last day": sums["censored at the end"] / sums["whole at the end"],
        "trained on blanked days / on all": training,
        "both": blanking * training,
        "zeros believed / whole": sums["zeros"] / sums["whole"],
        "blanked / sold": sums["censored"] / sums["sold"],
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--series", type=int, default=1200)
    parser.add_argument("--share", type=float, default=0.1, help="of all days that are lost")
    parser.add_argument("--days", type=int, default=28)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    for name, value in measure(given.folder, given.series, given.share, given.days, given.seed).items():
        print(f"{name:45} {value:10.4f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
