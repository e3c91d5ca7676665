"""The time and memory of a day's scoring and planning, by number of (sku, warehouse).

    python -m benchmarks.plan_scale [--sizes 25000 50000 100000] [--days 400] [--trained-on 2000]

For each size, in a process of its own: a made-up merchant with three warehouses, 60 suppliers with a year of purchase
orders and receipts, and as many days of demand; a model trained once on a part of the smallest; then what a day does
with it: every series forecast over all spans, mixed over its supplier's lead times, transfers, orders within a budget,
excess. Printed: wall and processor seconds of each part, peak memory, and what each size costs against the first.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd

from include.calendar.events import event_dates
from include.demand.forecaster.config import DemandConfig
from include.demand.forecaster.model import DemandModel
from include.demand.forecaster.training import train
from include.demand.panel import Panel, as_events
from include.replenishment.day_plan import plan_day
from include.replenishment.planning_data import forecast_spans
from include.replenishment.planning_frames import PlanningData
from include.replenishment.policy import policy_of
from include.replenishment.quantity.protection_period import protection_of
from include.settings.stock.replenishment import Replenishment

WAREHOUSES = ("east", "north", "south")
LAST = pd.Timestamp("2025-10-20")
SUPPLIERS = 60
MICROS = 1_000_000
SETTINGS = Replenishment(levels_from="cost", budget=2_000_000, emergency_fund=100_000, review_period_days=1)


def merchant(series: int, days: int, seed: int = 1) -> PlanningData:
    """Negative binomial demand about a level a sku; a tenth of the shelves have been empty for a while."""
    generator = np.random.default_rng(seed)
    skus = -(-series // len(WAREHOUSES))
    names = [f"S{number:06d}" for number in range(skus)]
    keys = pd.DataFrame({"sku": np.repeat(names, 3), "warehouse": np.tile(WAREHOUSES, skus)}).iloc[:series]
    cost = np.round(np.exp(generator.normal(3, 0.8, skus)), 2)
    products = pd.DataFrame(
        {
            "sku": names,
            "title": names,
            "category": [f"C{number % 25}" for number in range(skus)],
            "list_price_micros": np.rint(cost * 1.6 * MICROS).astype(np.int64),
            "cost_micros": np.rint(cost * MICROS).astype(np.int64),
            "pack": generator.choice([1, 6, 12], skus),
            "moq": generator.choice([0, 12, 48], skus),
            "shelf_life_days": pd.array([None] * skus, dtype="Int64"),
            "supplier": [f"G{number % SUPPLIERS:02d}" for number in range(skus)],
            "launched_day": None,
            "ended_day": pd.Series([None] * skus, dtype="str"),
        }
    )
    attributes = products[["sku", "category", "supplier"]]
    calendar = pd.date_range(end=LAST, periods=days)
    level = np.exp(generator.normal(-0.7, 1.2, series))
    season = 1 + 0.3 * np.sin(np.arange(days) * 2 * np.pi / 365)
    season[calendar.day_of_week >= 5] *= 1.3
    units = np.empty((series, days), np.float32)
    for start in range(0, series, 10_000):
        rows = slice(start, start + 10_000)
        rate = level[rows, None] * season[None, :]
        units[rows] = generator.poisson(rate * generator.gamma(2.0, 0.5, rate.shape))
    empty = generator.random(series) < 0.1
    units[empty, -20:-10] = np.nan
    price = np.broadcast_to((np.repeat(cost, 3)[:series] * 1.6)[:, None], units.shape).astype(np.float32)
    dates = event_dates(calendar[0].date(), LAST.date())
    events = pd.DataFrame([{"day": str(day), "event": name} for name, each in dates.items() for day in each])
    keys = keys.merge(attributes, on="sku", how="left")
    panel = Panel(
        keys, calendar, units, price, np.where(np.isfinite(units), 1, 0).astype(np.float32),
        np.zeros(series, np.int32), np.zeros(series, bool), as_events(events),
    )  # fmt: skip
    places = keys[["sku", "warehouse"]]
    sold = np.nansum(units[:, -91:], axis=1)
    orders, receipts = _purchases(places, keys["supplier"], products, level, generator)
    return PlanningData(
        day=str(LAST.date()),
        panel=panel,
        products=products,
        suppliers=pd.DataFrame(
            {
                "supplier": [f"G{number:02d}" for number in range(SUPPLIERS)],
                "lead_time_days": [5 + number % 12 for number in range(SUPPLIERS)],
                "review_period_days": 1,
                "minimum_order_micros": 0,
            }
        ),
        purchase_orders=orders,
        receipts=receipts,
        stock=places.assign(on_hand=np.rint(level * generator.uniform(0, 25, series)).astype(np.int64), promised=0),
        sold=places.assign(
            revenue_13_weeks_micros=np.rint(sold * price[:, 0] * MICROS).astype(np.int64), units_13_weeks=sold
        ),
        ordered=pd.DataFrame(columns=["sku", "warehouse", "quantity", "expected_day"]),
    )


def _purchases(
    places: pd.DataFrame, supplier: pd.Series, products: pd.DataFrame, level: np.ndarray, generator: np.random.Generator
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Three order lines a place in the last hundred days, the newest still open in a third of cases."""
    rows = np.repeat(np.arange(len(places)), 3)
    ago = np.tile([90, 50, 6], len(places)) + generator.integers(0, 5, len(rows))
    lead = 5 + supplier.iloc[rows].str[1:].astype(int).to_numpy() % 12
    took = lead + generator.integers(-1, 4, len(rows))
    ordered, expected = LAST - pd.to_timedelta(ago, unit="D"), LAST - pd.to_timedelta(ago - lead, unit="D")
    cost = products.set_index("sku")["cost_micros"]
    quantity = np.maximum(np.rint(level[rows] * 15), 1).astype(np.int64)
    number = pd.array([f"P{k}" for k in range(len(rows))], dtype="str")
    orders = places.iloc[rows].reset_index(drop=True)
    orders = orders.assign(
        purchase_order_id=number,
        line_id="1",
        supplier=supplier.iloc[rows].to_numpy(),
        ordered_day=ordered.strftime("%Y-%m-%d"),
        expected_day=expected.strftime("%Y-%m-%d"),
        quantity=quantity,
        unit_cost_micros=pd.array(cost.reindex(orders["sku"]).to_numpy(), dtype="Int64"),
        status=np.where(took <= ago, "closed", "open"),
    )
    came = np.flatnonzero(took <= ago)
    received = (LAST - pd.to_timedelta(ago - took, unit="D"))[came].strftime("%Y-%m-%d")
    receipts = orders.iloc[came][["purchase_order_id", "line_id", "sku", "warehouse", "quantity"]].reset_index(
        drop=True
    )
    return orders, receipts.assign(receipt_id=receipts["purchase_order_id"], received_day=received)


def measured(series: int, days: int, model: Path) -> dict[str, float]:
    """Seconds of each part, wall and processor, and the peak of memory in GiB."""
    figures: dict[str, float] = {"series": float(series)}

    @contextmanager
    def timed(what: str) -> Iterator[None]:
        wall, processor = time.perf_counter(), time.process_time()
        yield
        figures[what] = time.perf_counter() - wall
        figures[f"{what}, processor"] = time.process_time() - processor

    known = merchant(series, days)
    policy = policy_of(SETTINGS)
    trained = DemandModel.load(model)
    with timed("forecast"):
        ahead = forecast_spans(trained, known.panel)
    with timed("protection"):
        protection = protection_of(known, ahead, SETTINGS, policy)
    del ahead
    with timed("plan"):
        plan = plan_day(known, protection, SETTINGS, policy)
    figures["lines to order"] = float((plan.lines["quantity"] > 0).sum())
    figures["transfers"] = float(len(plan.transfers))
    figures["peak, GiB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    return figures


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[25_000, 50_000, 100_000])
    parser.add_argument("--days", type=int, default=400)
    parser.add_argument("--trained-on", type=int, default=2000, help="series")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--one", nargs=2, metavar=("SERIES", "MODEL"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        print(json.dumps(measured(int(given.one[0]), given.days, Path(given.one[1]))))
        return 0
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        model = Path(folder) / "model"
        print("training", file=sys.stderr, flush=True)
        config = DemandConfig(threads=given.threads)
        train(merchant(given.trained_on, given.days).panel, config).save(model)
        for size in given.sizes:
            print(f"{size:,} series", file=sys.stderr, flush=True)
            command = [
                sys.executable,
                "-m",
                "benchmarks.plan_scale",
                "--days",
                str(given.days),
                "--one",
                str(size),
                str(model),
            ]
            told = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
            rows.append(json.loads(told.stdout.splitlines()[-1]))
            print(rows[-1], file=sys.stderr, flush=True)
    table = pd.DataFrame(rows)
    parts = ["forecast", "protection", "plan"]
    table["all"] = table[parts].sum(axis=1)
    table["all, processor"] = table[[f"{part}, processor" for part in parts]].sum(axis=1)
    first = table.iloc[0]
    table["a series, against the first"] = (table["all, processor"] / table["series"]) / (
        first["all, processor"] / first["series"]
    )
    print(table.T.to_markdown(floatfmt=",.2f"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
