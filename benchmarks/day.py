"""What Airflow adds to a day's pure computing: the same days in one process and under Airflow's scheduler.

    python -m benchmarks.day [--home var/bench-day] [--days 3] [--skus 240] [--history-days 395]

1. The specimen merchant writes its exports once; two homes share them.
2. In one process: history, close, models, then each day: every shop read, checked and published, the day closed, Data
   Docs drawn, both lists made and delivered. No scheduler, one thing after the other.
3. Under Airflow, as `make demo` does it: scheduler, triggerer, two workers side by side.
4. A table: seconds a day of either, the sum of the tasks' own seconds under Airflow, and peak memory.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pandas as pd

from scripts.local_airflow import PROJECT
from scripts.memory import PeakMemory
from scripts.merchant_days import Place, airflow_at, onboard, run_day
from scripts.warden import sigterm_as_exit

MERCHANT = PROJECT / "examples" / "specimen"
LAST_DAY = date(2025, 11, 11)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--home", type=Path, default=PROJECT / "var" / "bench-day")
    parser.add_argument("--days", type=int, default=3)
    parser.add_argument("--skus", type=int, default=240)
    parser.add_argument("--history-days", type=int, default=395)
    parser.add_argument("--one-process", nargs="+", metavar="DAY", help=argparse.SUPPRESS)
    given = parser.parse_args()
    home = given.home.resolve()
    if given.one_process:
        print(json.dumps(in_one_process(home, *given.one_process)))
        return 0
    shutil.rmtree(home, ignore_errors=True)
    days = [(LAST_DAY - timedelta(days=back)).isoformat() for back in reversed(range(given.days + 1))]
    alone, scheduled = Place(MERCHANT, home / "alone"), Place(MERCHANT, home / "scheduled")
    with sigterm_as_exit():
        _write_exports(home / "exports", given)
        for place in (alone, scheduled):
            place.settings()  # makes the home and its keys
            (place.home / "exports").symlink_to(home / "exports")
        print("in one process", file=sys.stderr, flush=True)
        with PeakMemory() as alone_memory:
            told = subprocess.run(
                [sys.executable, "-m", "benchmarks.day", "--home", str(alone.home), "--one-process", *days],
                cwd=PROJECT, check=True, stdout=subprocess.PIPE, text=True,
            )  # fmt: skip
        print("under Airflow", file=sys.stderr, flush=True)
        with PeakMemory() as scheduled_memory:
            under = under_airflow(scheduled, *days)
    table = pd.DataFrame(json.loads(told.stdout.splitlines()[-1])).merge(pd.DataFrame(under), on="what", how="outer")
    print(table.to_markdown(index=False, floatfmt=".1f"))
    print(f"\nPeak memory: {alone_memory} in one process, {scheduled_memory} under Airflow.")
    return 0


def _write_exports(root: Path, given: argparse.Namespace) -> None:
    subprocess.run(
        [
            sys.executable, "-m", "include.cli", "specimen", "write", "--root", str(root), "--seed", "7",
            "--skus", str(given.skus), "--until", LAST_DAY.isoformat(),
            "--history-days", str(given.history_days), "--days", str(given.days),
        ],
        cwd=PROJECT, check=True, stdout=subprocess.DEVNULL,
    )  # fmt: skip


def in_one_process(home: Path, opening: str, *days: str) -> list[dict[str, object]]:
    """The history closed on `opening` and the days after it: what, and its seconds."""
    began = time.monotonic()
    from include.pipeline.close import close
    from include.pipeline.ingest import ingest_shop
    from include.pipeline.push import deliver_waiting
    from include.pipeline.recall import publish_recall_list
    from include.pipeline.restock import publish_restock_lists
    from include.pipeline.train import train_churn, train_demand
    from include.pipeline.write_data_docs import draw_data_docs
    from include.settings.loading import load_merchant
    from include.warehouse.workspace import Keys, open_workspace

    merchant = load_merchant(MERCHANT, home)
    keys = Keys.from_mapping(json.loads((home / "keys.json").read_text()))
    workspace = open_workspace(merchant, merchant.books, keys, home)
    rows: list[dict[str, object]] = [{"what": "start", "alone": time.monotonic() - began}]

    @contextmanager
    def timed(what: str) -> Iterator[None]:
        start = time.monotonic()
        yield
        rows.append({"what": what, "alone": time.monotonic() - start})

    def now() -> datetime:
        return datetime.now(UTC)

    def silent(_text: str) -> None:
        """Standard output is for the figures."""

    with timed("onboarding"):
        for shop in merchant.shops:
            ingest_shop(workspace, shop.name, opening, now(), history=True)
        close(workspace, opening, now(), without_late_shops=True)
        train_demand(workspace, opening, silent)
        train_churn(workspace, opening, silent)
    for day in days:
        with timed(day):
            for shop in merchant.shops:
                ingest_shop(workspace, shop.name, day, now())
            close(workspace, day, now())
            draw_data_docs(workspace, day)
            publish_restock_lists(workspace, day, now())
            publish_recall_list(workspace, day, now())
            deliver_waiting(workspace, {}, now())
    return rows


def under_airflow(place: Place, opening: str, *days: str) -> list[dict[str, object]]:
    """The same under the scheduler: wall seconds, and the sum of what its tasks ran."""
    tasks: list[float] = []

    def noted(text: str) -> None:
        tasks.append(float(text.split()[-2]) if text.endswith(" s") else 0.0)

    start = time.monotonic()
    with airflow_at(place) as airflow:
        rows: list[dict[str, object]] = [{"what": "start", "airflow": time.monotonic() - start}]
        start = time.monotonic()
        onboard(airflow.api, opening, noted)
        rows.append({"what": "onboarding", "airflow": time.monotonic() - start, "tasks": sum(tasks)})
        for day in days:
            tasks.clear()
            seconds = run_day(airflow.api, day, noted)
            rows.append({"what": day, "airflow": seconds, "tasks": sum(tasks)})
    return rows


if __name__ == "__main__":
    sys.exit(main())
