"""Time and memory of a day's customers at three sizes: history, features and scores, profiles with their tags, the
recall list with its reasons, and the talk sheet's baskets and needs of the listed.

    python -m benchmarks.customers_scale [--sizes 100000 316000 1000000] [--plot FILE.svg]

Customers are drawn from a Pareto/NBD story over two years, ten orders each on average; the orders of the last half year
have goods. Every size runs in a process of its own, so that peak memory is its own (the drawn frames are in it);
training is timed on the same books. Prints a table, one row a size, in seconds by the clock and, where other work takes
turns on the machine, of the processor; and how the time grows: an exponent of 1 is linear.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

from include.customers.churn.churn import explain, score, train
from include.customers.history import book_as_of, order_history
from include.customers.profile import profiles
from include.customers.recall.calls.talk_sheet import last_orders
from include.customers.recall.choose import recall_lines
from include.customers.recall.needs import bought_together, coming_due, needs_beside
from include.customers.tags import load_tags
from include.pages.plots import Line, line_plot
from include.settings.people.customers import Customers

SIZES = (100_000, 316_000, 1_000_000)
DAYS, AS_OF, HORIZON = 730, "2025-11-30", 60
SEED = 7
GOODS = 3_000
PARTS = ("history", "scores", "profiles", "list", "talk")


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


def drawn_baskets(orders: pd.DataFrame, days: int, seed: int = SEED) -> pd.DataFrame:
    """order, goods of the orders of the last `days` days: one to five kinds of goods, few of which sell much; every
    fifth comes with its neighbour."""
    rng = np.random.default_rng(seed)
    first = str(np.datetime64(AS_OF, "D") - (days - 1))
    lately = orders.loc[orders["day"] >= first, "order_id"].to_numpy()
    place = np.repeat(np.arange(len(lately)), 1 + np.minimum(rng.poisson(0.7, len(lately)), 4))
    goods = np.minimum(rng.pareto(1.1, len(place)) * 20, GOODS - 1).astype(np.int64)
    beside = np.flatnonzero(rng.random(len(place)) < 0.2)
    place, goods = np.append(place, place[beside]), np.append(goods, (goods[beside] + 1) % GOODS)
    codes = np.array([f"S{number:05d}" for number in range(GOODS)])
    return pd.DataFrame({"order": pd.Series(lately[place], dtype="str"), "goods": pd.Series(codes[goods], dtype="str")})


def measured(customers: int) -> dict[str, float]:
    """By part, seconds by the clock and of the processor (part_cpu), and the peak of memory, GiB."""
    orders = drawn_orders(customers)
    rules = Customers(capacity=500, horizon_days=HORIZON)
    baskets = drawn_baskets(orders, rules.basket_days)
    row: dict[str, float] = {"customers": customers, "orders": len(orders), "basket_rows": len(baskets)}
    began, worked = time.perf_counter(), time.process_time()

    def lap(name: str) -> None:
        nonlocal began, worked
        row[name], row[f"{name}_cpu"] = round(time.perf_counter() - began, 1), round(time.process_time() - worked, 1)
        began, worked = time.perf_counter(), time.process_time()

    history = order_history(orders, AS_OF)
    del orders
    lap("history")
    model = train(history, AS_OF, HORIZON, SEED)
    lap("training")
    scores = score(model, history, AS_OF)
    lap("scores")
    book = book_as_of(history, AS_OF)
    profiles(book, model.btyd, rules.margin, load_tags(), rules.segments)
    lap("profiles")
    listed = recall_lines(scores, history, AS_OF, rules, b"key of a scale run").lines["customer"].tolist()
    explain(model, history, AS_OF, listed)
    lap("list")
    bought = last_orders(book, listed).merge(baskets, left_on="order_id", right_on="order")
    needs_beside(bought, bought_together(baskets, rules.basket_support, rules.basket_lift))
    coming_due(book, rules.due_within_days, listed, rules.needs)
    lap("talk")
    for kind in ("", "_cpu"):
        row[f"daily{kind}"] = round(sum(row[part + kind] for part in PARTS), 1)
    row["peak_gib"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20, 2)
    return row


def plot_of(rows: list[dict[str, float]]) -> str:
    """Processor seconds of a day and of its parts over orders, as SVG."""
    millions = [row["orders"] / 1e6 for row in rows]
    lines = [Line("together", millions, [row["daily_cpu"] for row in rows])]
    lines += [Line(part, millions, [row[f"{part}_cpu"] for row in rows]) for part in ("scores", "profiles", "talk")]
    ticks = [(million, f"{million:.1f} M orders") for million in millions]
    return line_plot("Processor seconds of a day's customers", lines, ticks)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--plot", type=Path, help="an SVG file to write")
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(measured(options.one)))
        return
    rows = []
    for size in options.sizes:
        command = [sys.executable, "-m", "benchmarks.customers_scale", "--one", str(size)]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        rows.append(json.loads(done.stdout.strip().splitlines()[-1]))
        print(rows[-1], flush=True)
    table = pd.DataFrame(rows)
    print(table.to_string(index=False))
    if len(table) > 1:
        for column in ("daily_cpu", "training_cpu"):
            slope = np.polyfit(np.log(table["orders"]), np.log(table[column]), 1)[0]
            print(f"{column} grows as orders to the power of {slope:.2f}")
    if options.plot:
        options.plot.write_text(plot_of(rows), encoding="utf-8")


if __name__ == "__main__":
    main()
