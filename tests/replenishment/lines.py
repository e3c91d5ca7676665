"""Plan inputs small enough to check by hand."""

from typing import Any

import pandas as pd


def plan_inputs(**changes: Any) -> pd.DataFrame:
    """One line: 10 units a week expected, seven days' lead time, a week between looks; `changes` by column."""
    line = {
        "sku": "S1",
        "warehouse": "east",
        "title": "soap",
        "category": "care",
        "supplier": "north",
        "mean_demand": 20.0,
        "q0.5": 19.0,
        "q0.9": 28.0,
        "q0.95": 32.0,
        "q0.99": 40.0,
        "daily_mean": 10 / 7,
        "lead_time_days": 7.0,
        "lead_time_spread_days": 0.0,
        "review_period_days": 7,
        "protection_days": 14,
        "on_hand": 5,
        "promised": 2,
        "arriving": 3,
        "arriving_later": 0,
        "unit_cost_micros": 10_000_000,
        "unit_price_micros": 25_000_000,
        "pack": 1,
        "moq": 0,
        "shelf_life_days": pd.NA,
        "revenue_13_weeks_micros": 1_000_000_000,
        "weekly_cv": 0.7,
    }
    return pd.DataFrame([{**line, **changes}])
