"""Runs a merchant's days through Airflow's own scheduler on this machine: onboarding, then day after day.

The demo, the example of the real shop and the end-to-end tests are this with other merchants.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from include.cli.keys import new_keys
from scripts.airflow_api import AirflowApi, AirflowTimeoutError
from scripts.local_airflow import PROJECT, LocalAirflow

Say = Callable[[str], None]
# Imported once, before tasks are forked: saves each task that needs them 8 s of processor time.
PRELOAD = (
    "airflow.sdk.execution_time.supervisor airflow.sdk.execution_time.task_runner "
    "pandas great_expectations include.quality.check_export include.pipeline.restock include.pipeline.recall lightgbm"
)
DAY_DAGS = ("open_day", "close_day", "restock", "recall", "push")
LOOK_EVERY = 0.75  # seconds: looking costs the web server the processor that the tasks need
FINISHED = ("success", "failed", "skipped", "upstream_failed", "removed")


@dataclass(frozen=True)
class Place:
    """Where a merchant is described and where what is made goes."""

    merchant: Path
    home: Path

    def settings(self) -> dict[str, str]:
        """Environment for every Airflow component: the place, and a set of keys that is made once and kept here."""
        keys = self.home / "keys.json"
        if not keys.exists():
            self.home.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(keys, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w") as file:
                json.dump(new_keys(), file)
        connection = {"conn_type": "generic", "extra": json.loads(keys.read_text())}
        return {
            "STOREKEEPER_MERCHANT": str(self.merchant),
            "STOREKEEPER_HOME": str(self.home),
            "AIRFLOW_CONN_STOREKEEPER_KEYS": json.dumps(connection),
            "STOREKEEPER_PRELOAD": PRELOAD,
            # Tasks share the cores: a thread that waits must not burn the one that another task needs.
            "OMP_WAIT_POLICY": "PASSIVE",
        }


@contextmanager
def airflow_at(place: Place, others: Mapping[str, str] | None = None) -> Iterator[LocalAirflow]:
    """Storekeeper's Dags under Airflow's scheduler, for as long as the block lasts. others: as of `LocalAirflow`."""
    airflow = LocalAirflow(
        place.home / "airflow",
        PROJECT / "dags",
        plugins=PROJECT / "plugins",
        settings=place.settings(),
        others=others,
    )
    with airflow:
        yield airflow


def onboard(api: AirflowApi, day: str, say: Say, timeout: float = 900) -> None:
    """The opening history, closed on `day`, and the first models."""
    api.wait_for_dags(*DAY_DAGS, "onboard")
    run_id = api.trigger("onboard", partition_key=day)
    _follow(api, say, timeout, lambda: api.wait_for("onboard", run_id=run_id, timeout=0), day)


def run_day(api: AirflowApi, day: str, say: Say, timeout: float = 600) -> float:
    """Open `day` and wait until its lists are pushed; returns the seconds it took."""
    began = time.monotonic()
    api.wait_for_dags(*DAY_DAGS)
    api.trigger("open_day", partition_key=day)

    def pushed() -> None:
        for dag_id in ("close_day", "restock", "recall"):
            api.wait_for(dag_id, day, timeout=0)
        wait_until_pushed(api, day, timeout=0)

    _follow(api, say, timeout, pushed, day)
    return time.monotonic() - began


LIST_TASKS = ("plan", "choose")  # of `restock` and `recall`: what they publish wakes the push


def wait_until_pushed(api: AirflowApi, day: str, timeout: float = 120) -> None:
    """Wait until every list made for `day` so far has been through a push.

    Two lists that end within the same moment wake one push, else two: so the newest list's end is what counts.
    """
    lists = [run for dag_id in ("restock", "recall") for run in api.runs(dag_id, day)]
    made = max(
        task.ended_at
        for run in lists
        for task in api.tasks(run.dag_id, run.run_id)
        if task.task_id in LIST_TASKS and task.ended_at is not None
    )
    deadline = time.monotonic() + timeout
    while True:
        pushes = api.runs("push", day)
        if all(run.state in FINISHED for run in pushes) and any(
            run.queued_at is not None and run.queued_at >= made for run in pushes
        ):
            api.wait_for("push", day, count=len(pushes), timeout=timeout)
            return
        api.require_running()
        if time.monotonic() > deadline:
            raise AirflowTimeoutError(f"after {timeout:.0f} s: no push of {day} has ended")
        time.sleep(LOOK_EVERY)


def _follow(api: AirflowApi, say: Say, timeout: float, ended: Callable[[], object], day: str) -> None:
    """Tell of each task as it ends, until `ended` no longer times out. Any other AirflowError is raised."""
    told: set[tuple[str, str, str]] = set()
    deadline = time.monotonic() + timeout
    while True:
        _tell(api, told, say, day)
        if _has_ended(ended):
            _tell(api, told, say, day)
            return
        if time.monotonic() > deadline:
            ended()  # raises, with what it was waiting for
        time.sleep(LOOK_EVERY)


def _has_ended(ended: Callable[[], object]) -> bool:
    try:
        ended()
    except AirflowTimeoutError:
        return False
    return True


def _tell(api: AirflowApi, told: set[tuple[str, str, str]], say: Say, day: str) -> None:
    run_days = {(run.dag_id, run.run_id): run.partition_key for run in api.runs()}
    for task in api.tasks():
        key = (task.dag_id, task.run_id, task.task_id)
        if task.state in FINISHED and key not in told and run_days.get((task.dag_id, task.run_id)) == day:
            told.add(key)
            if task.state == "skipped":
                continue
            seconds = (task.ended_at - task.started_at).total_seconds() if task.started_at and task.ended_at else 0.0
            say(f"  {day}  {task.dag_id + '.' + task.task_id:<34} {task.state:<8} {seconds:5.1f} s")


def lists_of(place: Place, days: Sequence[str]) -> list[Path]:
    """The spreadsheets of these days on the desk."""
    found = (place.home / "lists").rglob("*.xlsx")
    return sorted(path for path in found if any(day in path.name for day in days))
