"""What benchmarks.before starts inside another checkout: its planner lives one seed of the specimen merchant.

    python before_lived.py FOLDER SEED SKUS FIRST DAYS RETRAIN_DAYS HISTORY_DAYS WARM_UP_DAYS

`include` is the checkout's here, so nothing of today's code may be called. FOLDER gets cells.csv, as the checkout's own
replay writes it and with the column lines_placed (purchase lines from FIRST on), and days.csv.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

# The modules that replay, that the specimen's days are counted in, and that read a merchant; the newest first, as they
# have moved.
MODULES = (
    ("include.simulation.replay_specimen", "include.simulation.specimen.settings", "include.settings.loading"),
    ("include.day.replay", "include.specimen.settings", "include.settings.merchant"),
)


def modules() -> list[Any]:
    """Those of MODULES that the checkout has."""
    for names in MODULES:
        if importlib.util.find_spec(names[0].rpartition(".")[0]) is not None:
            return [importlib.import_module(name) for name in names]
    raise SystemExit(f"no replay found in {Path.cwd()}: expected one of {', '.join(names[0] for names in MODULES)}")


def with_lines(cells_of: Any, day_number: Any, business: Any, first: date, settings: Any) -> pd.DataFrame:
    """The checkout's cells with lines_placed; its rows are sku by sku, warehouse by warehouse."""
    cells: pd.DataFrame = cells_of(business, first, settings)
    bought = business.supply.purchases
    counted = np.flatnonzero(bought["ordered"] >= day_number(first))
    skus = business.catalogue.skus
    lines = np.zeros((skus, len(cells) // skus))
    np.add.at(lines, (bought["sku"][counted], bought["warehouse"][counted]), 1)
    return cells.assign(lines_placed=lines.ravel())


def main() -> int:
    folder, (seed, skus) = Path(sys.argv[1]), map(int, sys.argv[2:4])
    first, (days, retrain_days, history_days, warm_up) = date.fromisoformat(sys.argv[4]), map(int, sys.argv[5:9])
    replay, specimen, reading = modules()
    replay.cells_of = partial(with_lines, replay.cells_of, specimen.day_number)
    merchant = reading.load_merchant(replay.EXAMPLE, folder)
    cells, daily = replay.replay_seed(
        seed, merchant, ["planner"], first, days, skus, history_days, warm_up, retrain_days
    )
    cells.to_csv(folder / "cells.csv", index=False)
    daily.to_csv(folder / "days.csv", index=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())
