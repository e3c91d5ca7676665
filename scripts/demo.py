"""`make demo`: a simulated merchant's days under Airflow itself, from exports to lists.

1. The specimen merchant lives thirteen months and writes its exports as the platforms would.
2. Airflow starts on this machine: SQLite, LocalExecutor, free ports on loopback.
3. `onboard` reads the opening history and trains the first models; then the last days run one by one, as they would
   each night: exports in, books closed, forecasts, plans, scores, lists on the desk.
4. Everything is stopped again; with `--up` it stays up and prints the address and how to stop.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

from include.settings.location import DEMO_HOME
from scripts.local_airflow import PROJECT, USER
from scripts.memory import PeakMemory
from scripts.merchant_days import Place, airflow_at, lists_of, onboard, run_day
from scripts.warden import sigterm_as_exit

LAST_DAY = date(2025, 11, 11)  # the last of the days: Double 11 itself
SAYING = threading.Lock()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--home", type=Path, default=PROJECT / "var" / "demo")
    parser.add_argument("--skus", type=int, default=160)
    parser.add_argument("--history-days", type=int, default=395)
    parser.add_argument("--days", type=int, default=3)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--up", action="store_true", help="stay up afterwards, until Ctrl-C")
    given = parser.parse_args()
    began = time.monotonic()

    def say(text: str) -> None:
        with SAYING:
            print(f"[{time.monotonic() - began:5.0f} s] {text}", flush=True)

    home = given.home.resolve()
    shutil.rmtree(home, ignore_errors=True)
    place = Place(PROJECT / "examples" / "specimen", home)
    days = [LAST_DAY - timedelta(days=back) for back in reversed(range(given.days))]
    opening = days[0] - timedelta(days=1)
    say(f"the specimen merchant lives {given.history_days} days and opens {days[0]} to {days[-1]}; Airflow starts")
    with saying_how_to_go_on(), sigterm_as_exit(), PeakMemory() as memory:
        writing = subprocess.Popen(
            [
                sys.executable, "-m", "include.cli", "specimen", "write", "--root", str(home / "exports"),
                "--seed", str(given.seed), "--skus", str(given.skus), "--until", LAST_DAY.isoformat(),
                "--history-days", str(given.history_days), "--days", str(given.days),
            ],
            cwd=PROJECT,
        )  # fmt: skip
        try:
            with airflow_at(place) as airflow:
                say(f"Airflow is up at {airflow.url}")
                if writing.wait():
                    raise SystemExit("the specimen merchant could not write its exports")
                say(f"onboarding: the history up to {opening}")
                onboard(airflow.api, opening.isoformat(), say)
                for day in days:
                    say(f"the day {day} opens")
                    seconds = run_day(airflow.api, day.isoformat(), say)
                    say(f"the day {day} is done: {seconds:.0f} s from opening to lists on the desk")
                _tell_what_came_out(place, days)
                if given.up:
                    print(f"\nThe desk: {airflow.url}/storekeeper/   user {USER}   password {airflow.password}")
                    print(f"Airflow: {airflow.url}/")
                    print("Stop with Ctrl-C.", flush=True)
                    _wait_for_ctrl_c()
        finally:
            if writing.poll() is None:
                writing.kill()
                writing.wait()
    say(f"stopped; no process is left behind; all together held at most {memory} of memory")
    return 0


@contextmanager
def saying_how_to_go_on() -> Iterator[None]:
    """What to do is said below the error that ends the demo. Who stops it knows why."""
    try:
        yield
    except BaseException as error:
        if isinstance(error, Exception) or (isinstance(error, SystemExit) and isinstance(error.code, str)):
            print(
                "The demo did not finish. Run `make demo` again: it begins anew, and nothing is to be cleaned up. "
                "· 演示没有跑完：再运行一次 make demo，会从头重来，不用清理。",
                file=sys.stderr,
                flush=True,
            )
        raise


def _tell_what_came_out(place: Place, days: list[date]) -> None:
    texts = [day.isoformat() for day in days]
    print("\nLists on the desk:")
    for path in lists_of(place, texts):
        print(f"  {path}")
    print("Data Docs:")
    for text in texts:
        print(f"  {place.home / 'data_docs' / text / 'index.html'}")
    print(f"Books: {place.home / 'books.sqlite'}")
    if place.home == PROJECT / DEMO_HOME:
        print("Next: ./storekeeper tasks list --kind 补货   (./storekeeper help lists more)", flush=True)
    else:
        print(f"For ./storekeeper: export STOREKEEPER_MERCHANT={place.merchant} STOREKEEPER_HOME={place.home}")
    folder = place.home / "lists" / "交回"
    print(f"Hand a list back: put it into {folder}/YOUR NAME/")
    print("  and a receipt lies beside it within a minute while Airflow is up (make demo UP=1); else at once with")
    print(f"  ./storekeeper tasks hand-back {folder}", flush=True)


def _wait_for_ctrl_c() -> None:
    try:
        while True:
            time.sleep(1)
    except KeyboardInterrupt:
        print("Stopping.")


if __name__ == "__main__":
    sys.exit(main())
