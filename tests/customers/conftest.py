"""Small shops whose customers can be counted by hand, and simulated ones whose truth is known."""

import numpy as np
import pandas as pd
import pytest

from include.customers.history import OrderHistory, order_history


def facts(*rows: tuple[str, str, float]) -> pd.DataFrame:
    """Customer orders frame from (customer, day, yuan)."""
    return pd.DataFrame(
        {
            "day": [day for _, day, _ in rows],
            "shop": "tmall",
            "customer": [customer for customer, _, _ in rows],
            "order_id": [f"o{number}" for number in range(len(rows))],
            "units": 1,
            "revenue_micros": [round(yuan * 1_000_000) for _, _, yuan in rows],
            "discount_micros": 0,
            "refunded_micros": 0,
            "province": "浙江省",
            "main_category": "茶",
        }
    )


def simulated(customers: int, days: int, seed: int, r: float = 0.9, mean_gap: float = 40.0) -> pd.DataFrame:
    """Pareto/NBD customers who join over the first third of `days` days from 2024-01-01."""
    rng = np.random.default_rng(seed)
    rate = rng.gamma(r, 1 / (r * mean_gap), customers)
    life = rng.exponential(1 / rng.gamma(0.8, 1 / 80.0, customers))
    rows = []
    for customer in range(customers):
        day = rng.integers(0, days // 3)
        end = min(days, day + life[customer])
        when = float(day)
        while when <= end:
            rows.append((f"c{customer:05d}", str(np.datetime64("2024-01-01", "D") + int(when)), 50.0))
            when += rng.exponential(1 / rate[customer])
    return facts(*rows)


@pytest.fixture(scope="session")
def shop() -> OrderHistory:
    """1,200 simulated customers over 420 days."""
    return order_history(simulated(1200, 420, seed=3))
