"""docker-compose.yml's services, run here without containers, take a business day from end to end."""

import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from scripts.local_airflow import PROJECT
from scripts.postgres_server import find_postgres

MISSING = [
    name
    for name, is_there in (
        ("PostgreSQL (apt install postgresql)", find_postgres()),
        ("Redis (apt install redis-server)", shutil.which("redis-server") and shutil.which("redis-cli")),
        ("Airflow's Celery provider (requirements-cluster.txt)", find_spec("airflow.providers.celery")),
    )
    if not is_there
]


@pytest.mark.scheduler
@pytest.mark.postgres
@pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}")
def test_a_business_day_goes_through_every_service(tmp_path: Path):
    result = subprocess.run(
        [sys.executable, "-m", "scripts.native_topology", "--folder", str(tmp_path)],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=900,
    )

    assert result.returncode == 0, result.stderr[-5000:]
    started = [line.removeprefix("· ") for line in result.stdout.splitlines() if line.startswith("· ")]
    assert set(started) == {
        *("postgres", "redis", "init", "api-server", "scheduler", "dag-processor", "triggerer", "worker")
    }
    assert "a business day went through, and nothing is left running" in result.stdout
