"""A small simulated merchant: two warehouses, weekday profile, an event, some launches and stock-outs."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from include.demand.forecaster.config import DemandConfig
from include.demand.forecaster.model import DemandModel
from include.demand.forecaster.training import train
from include.demand.panel import Panel, as_events

TINY = DemandConfig(
    levels=(0.5, 0.8, 0.95),
    spans=(7, 14),
    single_days=True,
    daily_levels=(0.25, 0.5, 0.75),
    daily_horizon=14,
    trees=25,
    mean_trees=25,
    leaves=7,
    min_leaf=20,
    max_rows=8_000,
    threads=1,
)


def merchant(skus: int = 40, days: int = 280, seed: int = 7) -> Panel:
    """Negative binomial demand about a level a sku, a warehouse and a weekday; a sale day each 1st of the month."""
    rng = np.random.default_rng(seed)
    keys = pd.DataFrame(
        {
            "sku": np.repeat([f"S{i:03d}" for i in range(skus)], 2),
            "warehouse": np.tile(["east", "west"], skus),
            "category": np.repeat([["tea", "cups", "gifts"][i % 3] for i in range(skus)], 2),
        }
    )
    n = len(keys)
    span = pd.date_range("2024-01-01", periods=days, freq="D")
    level = np.exp(rng.normal(0.3, 1.0, n))
    weekday = np.array([0.8, 0.8, 0.9, 1.0, 1.1, 1.3, 1.1])[span.day_of_week.to_numpy()]
    first = span.day.to_numpy() == 1
    mean = level[:, None] * weekday * np.where(first, 3.0, 1.0)
    units = rng.negative_binomial(2.0, 2.0 / (2.0 + mean)).astype(np.float32)
    started = np.where(rng.random(n) < 0.3, rng.integers(20, days - 30, n), 0).astype(np.int32)
    units[np.arange(days) < started[:, None]] = np.nan
    calendar = pd.date_range("2024-01-01", periods=days + 120, freq="D")
    events = pd.DataFrame({"day": calendar[calendar.day == 1], "event": "sale"})
    price = np.broadcast_to(np.exp(rng.normal(3, 0.5, n))[:, None], units.shape).astype(np.float32)
    return Panel(
        keys=keys,
        days=span,
        units=units,
        price=price,
        in_stock=np.ones(units.shape, np.float32),
        started=started,
        ended=np.zeros(n, bool),
        events=as_events(events),
    )


@pytest.fixture(scope="session")
def panel() -> Panel:
    return merchant()


@pytest.fixture(scope="session")
def model(panel: Panel) -> DemandModel:
    return train(panel, TINY, sized=False)
