"""Time and memory of a day's customers at three sizes: history, features and scores, and the recall list.

    python -m benchmarks.customers_scale [CUSTOMERS ...]

Customers are drawn from a Pareto/NBD story over two years, ten orders each on average. Every size runs in a process of
its own, so that peak memory is its own; training is timed on the same books. Prints a table, one row a size, and how
the time grows: an exponent of 1 is linear.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time

import numpy as np
import pandas as pd

from include.customers.churn import explain, score, train
from include.customers.history import order_history
from include.customers.recall import recall_lines
from include.settings.merchant import Customers

SIZES = (100_000, 316_000, 1_000_000)
DAYS, AS_OF, HORIZON = 730, "2025-11-30", 60
SEED = 7


def drawn_orders(customers: int, seed: int = SEED) -> pd.DataFrame:
    """The customer orders frame of so many customers, ten orders each on average."""
    rng = np.random.default_rng(seed)
    born = rng.integers(0, DAYS, customers)
    left = DAYS - born
    rate = rng.gamma(0.8, 1 / 12.0, customers)
    life = rng.exponential(1 / rng.gamma(1.2, 1 / 150.0, customers))
    repeat = rng.poisson(rate * np.minimum(life, left) * (9.0 / np.mean(rate * np.minimum(life, left))))
    owner = np.concatenate([np.arange(customers), np.repeat(np.arange(customers), repeat)])
    span = np.minimum(life, left)
    offset = np.concatenate([np.zeros(customers), rng.random(int(repeat.sum())) * np.repeat(span, repeat)])
    day = born[owner] + np.minimum(offset.astype(np.int64), left[owner] - 1)
    first = np.datetime64(AS_OF, "D") - (DAYS - 1)
    names = np.datetime_as_string(first + np.arange(DAYS))
    keys = np.array([f"{number * 2654435761 % 2**32:08x}{number:08x}" for number in range(customers)])
    return pd.DataFrame(
        {
            "day": pd.Categorical.from_codes(day, names).astype("str"),
            "shop": pd.Categorical.from_codes(owner % 3, ["tmall", "jd", "douyin"]).astype("str"),
            "customer": keys[owner],
            "order_id": np.arange(len(owner)).astype("str"),
            "units": 1,
            "revenue_micros": (rng.lognormal(4.0, 0.8, len(owner)) * 1e6).astype(np.int64),
            "exceptional_micros": 0,
            "discount_micros": 0,
            "refunded_micros": 0,
            "main_category": pd.Categorical.from_codes(rng.integers(0, 8, len(owner)), list("abcdefgh")).astype("str"),
        }
    )


def measured(customers: int) -> dict[str, float]:
    """Seconds of every step and the peak of memory, GiB, without the drawing's own frame."""
    orders = drawn_orders(customers)
    row: dict[str, float] = {"customers": customers, "orders": len(orders)}
    began = time.perf_counter()

    def lap(name: str) -> None:
        nonlocal began
        row[name] = round(time.perf_counter() - began, 1)
        began = time.perf_counter()

    history = order_history(orders, AS_OF)
    del orders
    lap("history")
    model = train(history, AS_OF, HORIZON, SEED)
    lap("training")
    scores = score(model, history, AS_OF)
    lap("scores")
    rules = Customers(capacity=500, horizon_days=HORIZON)
    lines = recall_lines(scores, history, AS_OF, rules, b"key of a scale run").lines
    explain(model, history, AS_OF, lines["customer"].tolist())
    lap("list")
    row["daily"] = round(row["history"] + row["scores"] + row["list"], 1)
    row["peak_gib"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20, 2)
    return row


def main(sizes: list[int]) -> None:
    rows = []
    for size in sizes:
        command = [sys.executable, "-m", "benchmarks.customers_scale", "--one", str(size)]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        rows.append(json.loads(done.stdout.strip().splitlines()[-1]))
        print(rows[-1], flush=True)
    table = pd.DataFrame(rows)
    print(table.to_string(index=False))
    if len(table) > 1:
        for column in ("daily", "training"):
            slope = np.polyfit(np.log(table["orders"]), np.log(table[column]), 1)[0]
            print(f"{column} grows as orders to the power of {slope:.2f}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        print(json.dumps(measured(int(sys.argv[2]))))
    else:
        main([int(argument) for argument in sys.argv[1:]] or list(SIZES))
