"""Forecast an M5-format panel with Storekeeper's own demand model.

    python -m benchmarks.demand DIR OUT

DIR holds sales.parquet (id, item_id, dept_id, cat_id, store_id, state_id, one column a day), calendar.parquet (events
of past and future days) and task.json (horizon_days, daily_levels, spans, span_levels). Writes daily.parquet (id, day,
mean and a column a daily level, units a day) and span.parquet (id, days and a column a level of the span's total)
into OUT. Days before a series' first sale count as not yet launched.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

from include.demand.forecaster.config import DemandConfig
from include.demand.forecaster.training import train
from include.demand.panel import Panel, as_events

KEYS = ["id", "item_id", "dept_id", "cat_id", "store_id", "state_id"]


def read_panel(sales: pd.DataFrame, calendar: pd.DataFrame) -> Panel:
    """The M5 columns as a panel: stores are warehouses; food-stamp days are events of a state."""
    names = [column for column in sales.columns if column not in KEYS]
    units = sales[names].to_numpy("float32").copy()
    days = pd.DatetimeIndex(pd.to_datetime(names))
    ever = (units > 0).any(axis=1)
    started = np.where(ever, (units > 0).argmax(axis=1), len(days)).astype(np.int32)
    units[np.arange(len(days)) < started[:, None]] = np.nan
    events = []
    for column in ("event_name_1", "event_name_2"):
        told = calendar.dropna(subset=[column])
        events.append(pd.DataFrame({"day": told["date"], "event": told[column]}))
    for state in ("CA", "TX", "WI"):
        told = calendar[calendar[f"snap_{state}"] == 1]
        events.append(pd.DataFrame({"day": told["date"], "event": "snap", "column": "state_id", "value": state}))
    return Panel(
        keys=sales[KEYS[1:]].rename(columns={"item_id": "sku", "store_id": "warehouse"}),
        days=days,
        units=units,
        price=np.full(units.shape, np.nan, np.float32),
        in_stock=np.ones(units.shape, np.float32),
        started=started,
        ended=np.zeros(len(units), bool),
        events=as_events(pd.concat(events)),
    )


def run(folder: Path, out: Path) -> None:
    """Trains on the folder's sales and writes both forecasts."""
    began = time.perf_counter()

    def progress(text: str) -> None:
        print(f"{time.perf_counter() - began:6.1f} s  {text}", file=sys.stderr, flush=True)

    task = json.loads((folder / "task.json").read_text(encoding="utf-8"))
    sales = pd.read_parquet(folder / "sales.parquet")
    panel = read_panel(sales, pd.read_parquet(folder / "calendar.parquet"))
    horizon, spans = int(task["horizon_days"]), [int(days) for days in task["spans"]]
    config = DemandConfig(
        levels=tuple(task["span_levels"]),
        spans=tuple(spans),
        single_days=True,
        daily_levels=tuple(task["daily_levels"]),
        daily_horizon=horizon,
    )
    model = train(panel, config, progress)
    history = None if model.kind == "rule" else model.history(panel, max(horizon, *spans))
    daily = model.daily(panel, horizon, history)
    table = pd.DataFrame({"id": np.repeat(sales["id"].to_numpy(), horizon)})
    table["day"] = np.tile(np.arange(1, horizon + 1), len(sales))
    table["mean"] = daily.mean.ravel()
    for number, level in enumerate(task["daily_levels"]):
        table[str(level)] = daily.quantiles[:, :, number].ravel()
    table.to_parquet(out / "daily.parquet", index=False)
    progress("days written")
    parts = []
    for span in spans:
        forecast = model.forecast(panel, span, history)
        part = pd.DataFrame({"id": sales["id"].to_numpy(), "days": span})
        for number, level in enumerate(task["span_levels"]):
            part[str(level)] = forecast.quantiles[:, number]
        parts.append(part)
    pd.concat(parts).to_parquet(out / "span.parquet", index=False)
    progress("totals written")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    run(Path(sys.argv[1]), Path(sys.argv[2]))
