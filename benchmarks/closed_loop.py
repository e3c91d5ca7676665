"""Closing the loop on the specimen merchant: 180 days through a Double 11 and a lunar New Year.

    python -m benchmarks.closed_loop OUT [--seeds 103 104 105] [--skus 60] [--weights 4 ...] [--players planner,min-max]

A thin wrapper over `./storekeeper replay`: the planner with the settings of examples/specimen, the same as it
was before a line cost anything to order (`daily planner`), the merchant's own habits, a min-max rule tuned for its
total cost on the 120 days before on the same demand, and a base-stock rule. --weights adds planners to whom holding
counts so many times its money: leaner ones. OUT gets cells.csv, days.csv, report.md and its plots; seeds may be run one
by one, the report covers all that are there. What is proven by it stands in docs/measurements.md, "Closed loop".
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from include.cli.app import main as storekeeper

FIRST, DAYS = "2025-10-01", "180"
RETRAIN_DAYS = "60"  # the weekly training of the daily Dags, thinned out to be affordable


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--seeds", nargs="+", default=["103", "104", "105"])
    parser.add_argument("--weights", nargs="*", default=[])
    parser.add_argument("--players", default="planner,daily planner,habits,min-max,base-stock")
    parser.add_argument("--skus", default="60")
    given = parser.parse_args()
    weights = ["--weights", *given.weights] if given.weights else []
    return storekeeper(
        [
            "replay", "--out", str(given.out), "--seeds", *given.seeds, "--skus", given.skus, "--first", FIRST,
            "--days", DAYS, "--retrain-days", RETRAIN_DAYS, "--players", given.players, *weights,
        ]
    )  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
