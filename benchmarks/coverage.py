"""How often the specimen's demand stays within its forecast's quantiles, by size of the total, over many days.

    python -m benchmarks.coverage OUT.csv --seeds 204 [--origins 16] [--skus 60]

One model a seed, trained on 395 days of history as the loop trains its first, speaks every seven days for the sixteen
weeks after (Double 11 and the turn of the year in them); what customers wanted then, sold out or not, is held against
its totals of 7, 14, 21 and 28 days. Prints, by expected size of the total, the share of totals at or below each
quantile, and pinball loss; OUT.csv has one row a cell, span and day. Not on seeds 103 to 108, which are for the report.
"""

from __future__ import annotations

import argparse
import sys
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from include.demand.bulk import bulk_rule
from include.demand.forecaster.config import DemandConfig
from include.demand.forecaster.training import train
from include.replenishment.planning_data import forecast_spans
from include.settings.loading import load_merchant
from include.simulation.observe_specimen import Observer
from include.simulation.replay_specimen import EXAMPLE, HISTORY_DAYS, WARM_UP_DAYS
from include.simulation.specimen.business import Specimen
from include.simulation.specimen.regions import WAREHOUSES
from include.simulation.specimen.settings import SpecimenSettings, day_number

FIRST = date(2025, 10, 1)
SPANS = (3, 7, 14, 21, 28)
SIZES = (0.0, 1.0, 5.0, 20.0, np.inf)
SHOWN = (0.5, 0.9, 0.95, 0.975)


def totals(seed: int, origins: int, skus: int, home: Path) -> pd.DataFrame:
    """seed, origin, sku, warehouse, span, mean, wanted, and a column a quantile."""
    merchant = load_merchant(EXAMPLE, home)
    settings = merchant.replenishment
    began = FIRST - timedelta(days=HISTORY_DAYS)
    business = Specimen(SpecimenSettings(seed=seed, skus=skus, first_day=began, transfer_days=settings.transport.days))
    business.run_history(HISTORY_DAYS - WARM_UP_DAYS)
    observer = Observer(merchant.demand, bulk_rule(merchant.demand.bulk))
    model, told = None, []
    for _ in range(origins):
        known = observer.look(business)
        model = model or train(known.panel, DemandConfig(threads=1))
        for forecast in forecast_spans(model, known.panel, settings.supplier_holidays, SPANS):
            about = known.panel.keys[["sku", "warehouse"]].reset_index(drop=True)
            frame = about.assign(origin=day_number(business.next_day), span=forecast.spans, mean=forecast.mean)
            for place, level in enumerate(forecast.levels):
                frame[f"q{level:g}"] = forecast.quantiles[:, place]
            told.append(frame[(~known.panel.ended) & (forecast.basis == "model")])
        business.run_history(7)
    business.run_history(max(SPANS))
    cells = pd.concat(told, ignore_index=True)
    goods, table, first = business.catalogue, business.wanted, int(cells["origin"].min())
    days = day_number(business.last_day) - first + 1
    wanted = np.zeros((days + 1, goods.skus, len(WAREHOUSES)))
    rows = np.flatnonzero(table["day"] >= first)
    np.add.at(
        wanted, (table["day"][rows] - first + 1, table["sku"][rows], table["warehouse"][rows]), table["wanted"][rows]
    )
    running = wanted.cumsum(axis=0)
    sku = pd.Index(goods.sku_codes).get_indexer(pd.Index(cells["sku"].astype(str)))
    warehouse = pd.Index(WAREHOUSES).get_indexer(pd.Index(cells["warehouse"].astype(str)))
    start = (cells["origin"] - first).to_numpy()
    units = running[start + cells["span"].to_numpy(), sku, warehouse] - running[start, sku, warehouse]
    return cells.assign(seed=seed, wanted=units)


def table(cells: pd.DataFrame) -> str:
    """By span and expected size: how many, the share at or below each level, pinball loss a unit, and the bias."""
    levels = [float(name[1:]) for name in cells.columns if name.startswith("q0.")]
    size = pd.cut(cells["mean"], SIZES, labels=["below 1", "1 to 5", "5 to 20", "above 20"])
    rows = []
    for (span, of), part in cells.groupby(["span", size], observed=True):
        wanted = part["wanted"].to_numpy()[:, None]
        quantiles = part[[f"q{level:g}" for level in levels]].to_numpy()
        gap = wanted - quantiles
        loss = np.maximum(gap * np.array(levels), gap * (np.array(levels) - 1)).mean(axis=0)
        under = {
            f"{level:g}": round(float((part["wanted"] <= part[f"q{level:g}"]).mean()), 3)
            for level in SHOWN
            if f"q{level:g}" in part
        }
        rows.append({"days": span, "expected": of, "totals": len(part), **under,
                     "bias": round(float(part["mean"].sum() / max(part["wanted"].sum(), 1) - 1), 3),
                     "pinball": round(float(loss.mean()), 3)})  # fmt: skip
    return pd.DataFrame(rows).to_string(index=False)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--seeds", type=int, nargs="+", default=[204, 210])
    parser.add_argument("--origins", type=int, default=16)
    parser.add_argument("--skus", type=int, default=60)
    given = parser.parse_args()
    told = []
    for seed in given.seeds:
        told.append(totals(seed, given.origins, given.skus, given.out.parent))
        cells = pd.concat(told, ignore_index=True)
        cells.to_csv(given.out, index=False)
        print(f"seeds {given.seeds[: len(told)]}")
        print(table(cells), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
