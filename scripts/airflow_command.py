"""Airflow's own command at the Airflow that the demo started: what `./storekeeper airflow` runs."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from scripts.local_airflow import ENVIRONMENT_FILE, PROJECT


def run(words: Sequence[str]) -> int:
    """Run Airflow's command with the demo's settings, or as it is if AIRFLOW_HOME is set; returns its exit code."""
    try:
        environment = airflow_environment()
    except FileNotFoundError as error:
        print(error, file=sys.stderr)
        return 1
    port = environment.get("AIRFLOW__API__PORT")
    if not os.environ.get("AIRFLOW_HOME") and port and not _is_up(port):
        print("Airflow is not running: what is asked for waits until it is · Airflow 没有在运行", file=sys.stderr)
    return subprocess.run([sys.executable, "-m", "airflow", *words], env=environment, check=False).returncode


def airflow_environment() -> dict[str, str]:
    """Ours if AIRFLOW_HOME is set, else with the settings of the Airflow that was started in the home. Raises
    FileNotFoundError, which says what to do, if none was."""
    environment = dict(os.environ)
    if environment.get("AIRFLOW_HOME"):
        return environment
    home = Path(environment.get("STOREKEEPER_HOME") or PROJECT / "var" / "demo") / "airflow"
    kept = home / ENVIRONMENT_FILE
    if not kept.is_file():
        raise FileNotFoundError(
            f"{home}: no Airflow was started there. `make demo UP=1` starts one; for your own set AIRFLOW_HOME\n"
            f"{home} 没有 Airflow：make demo UP=1 会启动一个"
        )
    return environment | json.loads(kept.read_text(encoding="utf-8"))


def _is_up(port: str) -> bool:
    with socket.socket() as knocking:
        knocking.settimeout(1)
        return knocking.connect_ex(("127.0.0.1", int(port))) == 0
