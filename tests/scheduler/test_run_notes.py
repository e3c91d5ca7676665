"""The business day of each run, where a person looks for it in Airflow's pages."""

import sqlite3
from contextlib import closing

import pytest

from tests.scheduler.world import World

pytestmark = pytest.mark.scheduler


def test_every_run_says_its_business_day(lived: World) -> None:
    """Runs that assets start are named by the clock: the note is where a person sees the day. Only what is handed back
    belongs to no day: a folder is read whenever something lies in it."""
    with closing(sqlite3.connect(lived.place.home / "airflow" / "airflow.db")) as metadata:
        runs = metadata.execute(
            "SELECT r.dag_id, r.run_id, r.partition_key, n.content FROM dag_run r"
            " LEFT JOIN dag_run_note n ON n.dag_run_id = r.id WHERE r.state = 'success'"
        ).fetchall()
    assert {dag_id for dag_id, *_ in runs} >= {"open_day", "close_day", "restock", "recall", "push"}
    of_a_day = [run for run in runs if run[0] != "hand_back"]
    assert [run for run in of_a_day if run[3] != f"业务日 business day {run[2]}"] == []
