"""The planner of an earlier checkout in the same world, put into the report of a closed loop as the player `before`.

    python -m benchmarks.before CHECKOUT OUT [--seeds 103 104 105] [--skus 60]

CHECKOUT is a work tree of this project (`git worktree add --detach CHECKOUT COMMIT`); its own code plans with its own
examples/specimen, in a process of its own, through the days of benchmarks.closed_loop. Its order lines are counted as
today's are, of the days that count alone. That it met the same customers is checked against every other player that OUT
has: what was wanted of each sku in each warehouse has to be the same.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.closed_loop import DAYS, FIRST, RETRAIN_DAYS
from include.simulation.replay_specimen import HANDLING_YUAN, HISTORY_DAYS, WARM_UP_DAYS, merge_into
from include.simulation.report import write_report

LIVED = Path(__file__).with_name("before_lived.py")
PLACE = ["seed", "sku", "warehouse"]
# What before_lived.py is told of the days, in this order.
AS_CLOSED_LOOP = {
    "first": FIRST, "days": DAYS, "retrain_days": RETRAIN_DAYS, "history_days": str(HISTORY_DAYS),
    "warm_up_days": str(WARM_UP_DAYS),
}  # fmt: skip


def lived(
    checkout: Path, folder: Path, seed: str, skus: str, span: Mapping[str, str] = AS_CLOSED_LOOP
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """(cells, days) of the checkout's planner, with the columns of today's, as player `before`.

    folder: where they are written on the way. span: as AS_CLOSED_LOOP.
    """
    told = [str(folder), seed, skus, *(span[name] for name in AS_CLOSED_LOOP)]
    apart = {**os.environ, "PYTHONPATH": str(checkout.resolve())}
    subprocess.run([sys.executable, str(LIVED), *told], cwd=checkout, env=apart, check=True)
    cells, days = pd.read_csv(folder / "cells.csv"), pd.read_csv(folder / "days.csv")
    lines = cells.pop("lines_placed")
    cells = cells.assign(order_lines=lines, handling_cost=lines * HANDLING_YUAN, player="before")
    return cells, days.assign(player="before")


def require_same_world(cells: pd.DataFrame, others: pd.DataFrame) -> None:
    """Raises ValueError if anybody of the same seed met customers who wanted something else."""
    both = set(cells["seed"]) & set(others["seed"])
    theirs = others[others["seed"].isin(both)][[*PLACE, "wanted"]].drop_duplicates()
    ours = cells[cells["seed"].isin(both)][[*PLACE, "wanted"]]
    met = theirs.merge(ours, on=PLACE, how="outer", suffixes=("", "_before")).sort_values(PLACE)
    differing = met[~np.isclose(met["wanted"], met["wanted_before"])]
    if not differing.empty:
        first = differing.iloc[0]
        raise ValueError(
            f"the checkout's world is another: of {first['sku']} in {first['warehouse']}, seed {first['seed']}, "
            f"{first['wanted_before']:g} were wanted there and {first['wanted']:g} here; expected the same"
        )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkout", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--seeds", nargs="+", default=["103", "104", "105"])
    parser.add_argument("--skus", default="60")
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    for seed in given.seeds:
        with tempfile.TemporaryDirectory() as folder:
            cells, days = lived(given.checkout, Path(folder), seed, given.skus)
        if (given.out / "cells.csv").exists():
            require_same_world(cells, pd.read_csv(given.out / "cells.csv"))
        merge_into(given.out / "cells.csv", cells)
        merge_into(given.out / "days.csv", days)
        print(write_report(given.out), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
