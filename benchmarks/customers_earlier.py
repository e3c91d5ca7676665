"""Score earlier windows of the judge's order files: where the churn scorer's configuration is chosen.

    python -m benchmarks.customers_earlier DATA [WINDOW ...]

DATA holds cdnow/orders.parquet, grocery/orders.parquet and online_retail_ii/customer_orders.parquet. Every window's
outcome ends on or before the first day that a judged window looks at, so that what is chosen here was not chosen there.
Names of windows (cdnow-1997-06-30-91, ...) may be given to score only those. Prints the judge's measures for each
window and their means: AUC, log loss, calibration error and what chance alone gives, level (mean chance minus share of
the silent), MAE of order days.
"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.customers import SEED, judged_history
from include.customers.churn.churn import score, train
from include.customers.history import OrderHistory, book_as_of

FILES = {
    "cdnow": "cdnow/orders.parquet",
    "grocery": "grocery/orders.parquet",
    "retail": "online_retail_ii/customer_orders.parquet",
}
# Judged: CDNOW from 1997-09-30, the grocer from 2007-03-31, Online Retail II from 2011-09-10.
_CUTS = {
    "cdnow": (("1997-03-31", 183), ("1997-04-15", 120), ("1997-04-30", 150), ("1997-05-31", 120), ("1997-06-30", 91)),
    "grocery": (("2006-04-30", 120), ("2006-06-30", 180), ("2006-08-15", 180), ("2006-10-01", 180), ("2006-12-15", 90)),
    "retail": (
        ("2010-06-10", 90), ("2010-09-10", 90), ("2010-12-01", 90), ("2011-03-01", 90), ("2011-04-20", 90),
        ("2011-06-10", 90),
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Window:
    """Score the customers of `cut` on the `horizon` days after it."""

    merchant: str
    cut: str
    horizon: int

    @property
    def name(self) -> str:
        return f"{self.merchant}-{self.cut}-{self.horizon}"


WINDOWS = tuple(Window(merchant, cut, horizon) for merchant, cutoffs in _CUTS.items() for cut, horizon in cutoffs)


def read(data: Path, merchant: str) -> OrderHistory:
    """The whole history of one of FILES."""
    return judged_history(pd.read_parquet(data / FILES[merchant]))


def area(quiet: np.ndarray, risk: np.ndarray) -> float:
    rank = pd.Series(risk).rank().to_numpy()
    positive = quiet.sum()
    return float((rank[quiet == 1].sum() - positive * (positive + 1) / 2) / (positive * (len(quiet) - positive)))


def calibration_error(p: np.ndarray, quiet: np.ndarray) -> float:
    order = np.argsort(p, kind="stable")
    return float(sum(abs(p[b].mean() - quiet[b].mean()) * len(b) for b in np.array_split(order, 10)) / len(p))


def measures(p: np.ndarray, orders: np.ndarray, seen: np.ndarray) -> dict[str, float]:
    """The judge's measures of p (chance of silence) and orders (order days expected) against `seen` order days."""
    quiet = (seen == 0).astype(np.float64)
    p = np.clip(p, 1e-6, 1 - 1e-6)
    chance = np.random.default_rng(0).random((100, len(p))) < p
    return {
        "AUC": area(quiet, p),
        "log loss": float(-(quiet * np.log(p) + (1 - quiet) * np.log(1 - p)).mean()),
        "ECE": calibration_error(p, quiet),
        "chance": float(np.mean([calibration_error(p, outcome) for outcome in chance])),
        "level": float(p.mean() - quiet.mean()),
        "MAE": float(np.abs(orders - seen).mean()),
    }


def main(data: Path, names: list[str]) -> None:
    histories: dict[str, OrderHistory] = {}
    rows = {}
    for window in WINDOWS:
        if names and window.name not in names:
            continue
        if window.merchant not in histories:
            histories[window.merchant] = read(data, window.merchant)
        began = time.perf_counter()
        whole = histories[window.merchant]
        book = book_as_of(whole, window.cut)
        scores = score(train(book.history, window.cut, window.horizon, SEED), book.history, window.cut)
        rows[window.name] = measures(
            scores["p_churn"].to_numpy(), scores["expected_orders"].to_numpy(), book.orders_ahead(window.horizon)
        ) | {"seconds": time.perf_counter() - began}
        print(window.name, {name: round(value, 4) for name, value in rows[window.name].items()}, flush=True)
    table = pd.DataFrame(rows).T
    table.loc["mean"] = table.mean()
    table.loc["mean size of level"] = table["level"].abs().mean()
    print(table.round(4).to_string())


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]), sys.argv[2:])
