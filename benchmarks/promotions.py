"""Forecasts of promoted skus with and without the merchant's plan of promotions, on specimen merchants.

    python -m benchmarks.promotions [--seeds 11 12 13] [--skus 120] [--days 430] [--tested-days 77]

Each merchant lives `days` days. A model is trained as of the day before the last `tested-days`, once with the plans and
once without; both forecast every week from then on, as of that day. Judged are totals of 7, 14 and 28 days of the
(sku, warehouse)s of which a day in the span is promoted, of all, and single promoted days up to 14 ahead. Plans are
known four weeks ahead.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd

from include.demand.bulk import bulk_rule
from include.demand.forecaster.backtest import pinball, truth
from include.demand.forecaster.config import DemandConfig
from include.demand.forecaster.model import DemandModel
from include.demand.forecaster.training import train
from include.demand.panel import Panel
from include.demand.promotion_effects import promoted_days
from include.settings.stock.demand import Demand
from include.simulation.observe_specimen import Observer
from include.simulation.specimen.business import Specimen
from include.simulation.specimen.settings import SpecimenSettings

SPANS = (7, 14, 28)
AHEAD = 14


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=[11, 12, 13])
    parser.add_argument("--skus", type=int, default=120)
    parser.add_argument("--days", type=int, default=430)
    parser.add_argument("--tested-days", type=int, default=77)
    given = parser.parse_args()
    told = [judged(seed, given.skus, given.days, given.tested_days) for seed in given.seeds]
    whole = pd.concat(told, ignore_index=True)
    print(summed(whole, ["what", "plans"]).to_markdown(index=False, floatfmt=".3f"))
    print(summed(whole, ["seed", "what", "plans"]).to_markdown(index=False, floatfmt=".3f"))


def judged(seed: int, skus: int, days: int, tested: int) -> pd.DataFrame:
    """One row a forecast: seed, what, plans, sold, mean, loss."""
    panel = merchant(seed, skus, days)
    bare = replace(panel, promotions=None)
    start = days - tested
    parts = []
    for name, one in (("without", bare), ("with", panel)):
        model = train(one.until(start), DemandConfig(single_days=True))
        for origin in range(start, days - min(SPANS) + 1, 7):
            parts += [part.assign(plans=name) for part in at_origin(model, one, panel, origin)]
        effect = getattr(promoted_days(one.until(start), 0), "effect", None)
        print(f"seed {seed}, {name} plans: {effect and (effect.traffic, effect.elasticity, effect.units)}", flush=True)
    return pd.concat(parts, ignore_index=True).assign(seed=seed)


def at_origin(model: DemandModel, one: Panel, panel: Panel, origin: int) -> list[pd.DataFrame]:
    """Forecasts made at an origin of `one`, held against what `panel` sold."""
    past = one.until(origin)
    planned = promoted_days(panel, 28)
    assert planned is not None
    parts = []
    for span in (span for span in SPANS if origin + span <= panel.day_count):
        forecast = model.forecast(past, span)
        sold, good = truth(panel, origin, span)
        levels = enumerate(forecast.levels)
        loss = np.mean([2 * pinball(sold, forecast.quantiles[:, k], level) for k, level in levels], axis=0)
        row, _, _ = planned.at(origin, span)
        promoted = np.isin(np.arange(panel.series_count), row)
        frame = pd.DataFrame({"sold": sold, "mean": forecast.mean, "loss": loss})
        parts.append(frame[good].assign(what=f"all, {span} days"))
        parts.append(frame[good & promoted].assign(what=f"promoted, {span} days"))
    if origin + AHEAD <= panel.day_count:
        means = model.daily(past, AHEAD).mean
        row, day, _ = planned.at(origin, AHEAD)
        sold, mean = panel.units[row, day].astype(float), means[row, day - origin]
        known = np.isfinite(sold)
        parts.append(
            pd.DataFrame({"sold": sold, "mean": mean, "loss": np.nan})[known].assign(what="promoted days, one by one")
        )
    return parts


def merchant(seed: int, skus: int, days: int) -> Panel:
    business = Specimen(SpecimenSettings(seed=seed, skus=skus, first_day=date(2024, 6, 1), promotions=True))
    business.run_history(days)
    return Observer(Demand(history_days=days), bulk_rule(Demand().bulk)).look(business).panel


def summed(rows: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Forecasts, units sold, WAPE, bias and pinball (over units sold) by group."""
    rows = rows.assign(miss=(rows["mean"] - rows["sold"]).abs())
    sums = rows.groupby(by, as_index=False).agg(
        forecasts=("sold", "size"), sold=("sold", "sum"), mean=("mean", "sum"), miss=("miss", "sum"),
        loss=("loss", lambda part: part.sum(min_count=1)),
    )  # fmt: skip
    return sums.assign(
        wape=sums["miss"] / sums["sold"], bias=sums["mean"] / sums["sold"] - 1, pinball=sums["loss"] / sums["sold"]
    ).drop(columns=["mean", "miss", "loss"])


if __name__ == "__main__":
    main()
