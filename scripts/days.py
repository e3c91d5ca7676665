"""Runs a merchant's days through Airflow's own scheduler on this machine, and says what came of every row.

    python -m scripts.days --merchant examples/online_retail_ii --home var/retail --opening 2011-10-09 --days 14

1. Airflow starts: SQLite, LocalExecutor, free ports on loopback.
2. `onboard` reads the history up to `--opening` and trains the first models; not where `--go-on` says that it did.
3. The days after it run one by one, from exports to lists.
4. Airflow stops. What went in and where it went, what the days took and what memory they held is printed as Markdown.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from datetime import date, timedelta
from pathlib import Path

import pandas as pd
from sqlalchemy import select

from include.settings.loading import load_merchant
from include.warehouse.books import open_books, read_frame
from include.warehouse.tables import exports
from scripts.memory import PeakMemory
from scripts.merchant_days import Place, airflow_at, onboard, run_day
from scripts.warden import sigterm_as_exit

ROWS = ["rows_total", "rows_published", "rows_quarantined", "rows_ignored"]
MONEY = ["money_total_micros", "money_published_micros", "money_quarantined_micros", "money_ignored_micros"]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--merchant", type=Path, required=True, help="folder of merchant.yaml and shops/")
    parser.add_argument("--home", type=Path, required=True, help="where everything made goes")
    parser.add_argument("--opening", type=date.fromisoformat, required=True, help="the history's last day")
    parser.add_argument("--days", type=int, default=14)
    parser.add_argument("--go-on", action="store_true", help="the home was onboarded before")
    given = parser.parse_args()
    began = time.monotonic()

    def say(text: str) -> None:
        print(f"[{time.monotonic() - began:5.0f} s] {text}", file=sys.stderr, flush=True)

    place = Place(given.merchant.resolve(), given.home.resolve())
    days = [(given.opening + timedelta(days=number + 1)).isoformat() for number in range(given.days)]
    seconds: dict[str, float] = {}
    with sigterm_as_exit(), PeakMemory() as memory, airflow_at(place) as airflow:
        say(f"Airflow is up at {airflow.url}")
        if not given.go_on:
            start = time.monotonic()
            onboard(airflow.api, given.opening.isoformat(), say, timeout=3600)
            seconds["onboarding"] = time.monotonic() - start
        for day in days:
            seconds[day] = run_day(airflow.api, day, say)
            say(f"the day {day} is done: {seconds[day]:.0f} s")
    say("stopped")
    print(report(place, seconds, memory))
    return 0


def report(place: Place, seconds: dict[str, float], memory: PeakMemory) -> str:
    """Markdown: rows and money of every export, the reasons, the time of every day, the peak of memory."""
    told = _exports(place)
    reasons = pd.DataFrame(
        [(reason, part["rows"], part["money_micros"]) for text in told["reasons"] for reason, part in text.items()],
        columns=["reason", "rows", "money_micros"],
    )
    parts = [
        "## Rows in, and where they went\n",
        _table(told.groupby(["day", "shop"], as_index=False)[["files", "stopped", *ROWS, *MONEY]].sum()),
        "\n\n## Why rows were ignored or quarantined\n",
        _table(reasons.groupby("reason", as_index=False).sum()),
        "\n\n## Time and memory\n",
        _table(pd.DataFrame(list(seconds.items()), columns=["what", "seconds"]).round(0)),
        f"\n\nPeak memory of all processes together: {memory}.",
    ]
    return "\n".join(parts)


def _table(frame: pd.DataFrame) -> str:
    """Markdown; micros as whole units of money."""
    shown = frame.copy()
    for column in shown.columns[shown.columns.str.endswith("_micros")]:
        shown[column] = shown[column].astype("int64") / 1_000_000
    shown.columns = shown.columns.str.removesuffix("_micros").str.replace("_", " ")
    return str(shown.to_markdown(index=False, intfmt=",", floatfmt=",.2f"))


def _exports(place: Place) -> pd.DataFrame:
    """A line an export, as the books tell it. Raises ValueError where rows or money do not add up."""
    books = open_books(load_merchant(place.merchant, place.home).books)
    columns = [exports.c[name] for name in ("day", "shop", "file_name", "state", *ROWS, *MONEY, "reasons")]
    told = read_frame(books, select(*columns).order_by(exports.c.day, exports.c.shop, exports.c.file_name))
    books.dispose()
    for total, *parts in (ROWS, MONEY):
        off = told[total] != told[parts].sum(axis=1)
        if off.any():
            raise ValueError(f"{total} is not the sum of its parts in {', '.join(told.loc[off, 'file_name'])}")
    return told.assign(
        files=1, stopped=(told["state"] == "stopped").astype(int), reasons=told["reasons"].map(json.loads)
    )


if __name__ == "__main__":
    sys.exit(main())
