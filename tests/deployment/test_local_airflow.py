"""Airflow's own components on this machine: a business day cascades, a range is backfilled, nothing is left running."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from scripts.airflow_api import AirflowError, AirflowTimeoutError
from scripts.local_airflow import PROJECT, LocalAirflow
from scripts.warden import descendants

pytestmark = pytest.mark.scheduler

DAGS = '''
from datetime import timedelta

from airflow.providers.standard.triggers.temporal import TimeDeltaTrigger
from airflow.sdk import DAG, Asset, BaseOperator, CronPartitionTimetable, PartitionedAssetTimetable, task
from pendulum import datetime

opened, closed = Asset("opened"), Asset("closed")


class Later(BaseOperator):
    """Hands itself to the triggerer for a moment."""

    def execute(self, context):
        self.defer(trigger=TimeDeltaTrigger(timedelta(0)), method_name="resume")

    def resume(self, context, event=None):
        return None


with DAG(
    "open",
    schedule=CronPartitionTimetable("0 0 * * *", timezone="Asia/Shanghai", run_offset=-1, key_format="%Y-%m-%d"),
    start_date=datetime(2100, 1, 1),
):

    @task(outlets=[opened])
    def announce(outlet_events, dag_run):
        outlet_events[opened].extra = {"run_type": dag_run.run_type.value, "push": dag_run.conf.get("push")}

    announce()

with DAG("close", schedule=PartitionedAssetTimetable(assets=opened), start_date=datetime(2025, 1, 1)):

    @task
    def tell(dag_run, triggering_asset_events):
        [[event]] = triggering_asset_events.values()
        print("closing", dag_run.partition_key, event.extra)

    Later(task_id="later") >> tell()

with DAG("broken", schedule=None):

    @task
    def breaks():
        raise ValueError("the shelf is empty")

    breaks()
'''


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.fixture(scope="module")
def airflow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalAirflow]:
    folder = tmp_path_factory.mktemp("airflow")
    (folder / "dags").mkdir()
    (folder / "dags" / "small.py").write_text(DAGS)
    with LocalAirflow(folder / "home", folder / "dags") as running:
        running.api.wait_for_dags("open", "close", "broken")
        yield running
        pids = {running.warden_pid, *descendants(running.warden_pid)}
    assert len(pids) >= 7, "api-server, scheduler with two workers, dag-processor and triggerer were expected"
    assert not [pid for pid in pids if is_alive(pid)]


def messages(airflow: LocalAirflow, dag_id: str, day: str) -> str:
    [run] = airflow.api.runs(dag_id, day)
    return "".join(airflow.api.task_log(task) for task in airflow.api.tasks(dag_id, run.run_id))


def test_a_day_cascades_and_carries_on_what_its_opening_said(airflow: LocalAirflow):
    airflow.api.trigger("open", partition_key="2025-11-11", conf={"push": True})
    [run] = airflow.api.wait_for("close", "2025-11-11")

    assert run.run_type == "asset_triggered"
    assert airflow.api.task_states("close", run.run_id) == {"later": "success", "tell": "success"}
    assert "closing 2025-11-11 {'run_type': 'manual', 'push': True}" in messages(airflow, "close", "2025-11-11")


def test_a_backfill_makes_exactly_its_days_and_cascades(airflow: LocalAirflow):
    airflow.cli(
        *("backfill", "create", "--dag-id", "open", "--from-date", "2025-11-01", "--to-date", "2025-11-03"),
        *("--dag-run-conf", '{"push": false}'),
    )
    days = ["2025-11-01", "2025-11-02", "2025-11-03"]
    for day in days:
        airflow.api.wait_for("close", day)
    airflow.api.wait_until_quiet()

    assert sorted(str(run.partition_key) for run in airflow.api.runs("open") if run.run_type == "backfill") == days
    assert sorted(str(run.partition_key) for run in airflow.api.runs("close") if run.partition_key in days) == days
    assert "{'run_type': 'backfill', 'push': False}" in messages(airflow, "close", "2025-11-02")

    # The same range again is left alone unless reprocessing is asked for; then each day runs once more.
    airflow.api.backfill("open", date(2025, 11, 1), date(2025, 11, 3))
    airflow.api.backfill("open", date(2025, 11, 2), date(2025, 11, 2), reprocess="completed")
    airflow.api.wait_for("close", "2025-11-02", count=2)
    assert [len(airflow.api.runs("open", day)) for day in days] == [1, 2, 1]


def test_no_run_is_made_by_the_clock(airflow: LocalAirflow):
    """A first day far ahead keeps the schedule out of demo and tests, and nothing else."""
    assert not [run for run in airflow.api.runs("open") if run.run_type == "scheduled"]


def test_a_failure_is_raised_with_its_log(airflow: LocalAirflow):
    run_id = airflow.api.trigger("broken")

    with pytest.raises(AirflowError, match=r"broken\s+ended failed(?s:.*)ValueError: the shelf is empty"):
        airflow.api.wait_for("broken", run_id=run_id)


def test_waiting_in_vain_says_what_was_seen(airflow: LocalAirflow):
    with pytest.raises(AirflowTimeoutError, match="waited for 1 run"):
        airflow.api.wait_for("close", "1999-01-01", timeout=0.1)


def test_a_key_of_another_form_is_refused(airflow: LocalAirflow):
    with pytest.raises(AirflowError, match="does not match the timetable's key_format"):
        airflow.api.trigger("open", partition_key="11/11/2025")


def test_nothing_outlives_a_killed_supervisor(tmp_path: Path):
    (tmp_path / "dags").mkdir()
    command = [sys.executable, "-m", "scripts.local_airflow", "--home", str(tmp_path), "--dags", str(tmp_path / "dags")]
    supervisor = subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.DEVNULL)
    try:
        # The scheduler's LocalExecutor workers are the ones that outlive it when left to themselves.
        deadline = time.monotonic() + 240
        while len(pids := descendants(supervisor.pid)) < 7:
            assert supervisor.poll() is None, "it ended by itself"
            assert time.monotonic() < deadline, f"only {len(pids)} processes"
            time.sleep(0.5)
    finally:
        supervisor.kill()
        supervisor.wait()

    deadline = time.monotonic() + 30
    while left := [pid for pid in pids if is_alive(pid)]:
        assert time.monotonic() < deadline, f"still running: {left}"
        time.sleep(0.2)
