"""What the kills under Airflow stand on; `make kills` lives as many days as one likes."""

import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from include.settings.loading import load_merchant
from tests.nights.business import merchant
from tests.nights.faults import Receivers
from tests.nights.kills import MERCHANT, receiving, write_merchant

ROOT = Path(__file__).parents[2]


def test_airflow_reads_the_merchant_that_the_twin_has(tmp_path: Path) -> None:
    own = merchant(tmp_path, MERCHANT)
    write_merchant(own, tmp_path / "merchant", "connection:books")
    read = load_merchant(tmp_path / "merchant", tmp_path)
    assert read.books == "connection:books"
    elsewhere = {"books", "backups"}  # the default of backups names the home, which is filled in on reading
    assert read.model_dump(exclude=elsewhere) == own.model_dump(exclude=elsewhere)


def test_receivers_note_who_had_which_list_how_often(tmp_path: Path) -> None:
    receivers = Receivers(tmp_path / "receivers.log")
    with receiving(receivers.log) as addresses:
        for _ in range(2):
            answer = httpx.post(addresses["strict"], content="{}", headers={"Idempotency-Key": "K1"}, trust_env=False)
            assert answer.status_code == 200
    assert receivers.arrived() == [("strict", "K1", "{}"), ("strict", "K1", "{}")]


@pytest.mark.thorough
@pytest.mark.parametrize("database", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def test_days_under_airflow_end_as_if_nobody_had_been_killed(database: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.nights.kills", "--kills", "5", "--seed", "1", "--database", database],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr[-2000:]
    assert "0 failed" in done.stdout
