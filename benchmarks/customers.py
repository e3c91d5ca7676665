"""Score an order history for the customers' judge, by the functions that the daily Dags call.

    python -m benchmarks.customers DIR OUT

DIR holds orders.csv (customer_id, date, amount) and task.json (as_of, horizon_days); OUT gets customer_id, p_churn and
expected_orders, one row a customer seen by then.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pandas as pd

from include.customers.churn.churn import score, train
from include.customers.history import MICROS, OrderHistory, order_history

SEED = 1


def judged_history(orders: pd.DataFrame, as_of: str | None = None) -> OrderHistory:
    """The history of the judge's columns customer_id, date and amount."""
    facts = pd.DataFrame(
        {
            "customer": orders["customer_id"].astype(str),
            "day": pd.to_datetime(orders["date"]).dt.strftime("%Y-%m-%d"),
            "revenue_micros": (orders["amount"].clip(lower=0).fillna(0) * MICROS).round().astype("int64"),
        }
    )
    return order_history(facts, as_of)


def main(folder: Path, out: Path) -> None:
    task = json.loads((folder / "task.json").read_text())
    history = judged_history(pd.read_csv(folder / "orders.csv", dtype={"customer_id": str}), task["as_of"])
    model = train(history, task["as_of"], int(task["horizon_days"]), SEED)
    scores = score(model, history, task["as_of"])
    scores = scores.drop(columns="horizon_days").rename(columns={"customer": "customer_id"})
    scores.to_csv(out, index=False)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(Path(sys.argv[1]), Path(sys.argv[2]))
