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
    environment = dict(os.environ)
    if not environment.get("AIRFLOW_HOME"):
        home = Path(environment.get("STOREKEEPER_HOME") or PROJECT / "var" / "demo") / "airflow"
        kept = home / ENVIRONMENT_FILE
        if not kept.is_file():
            print(
                f"{home}: no Airflow was started there. `make demo UP=1` starts one; for your own set AIRFLOW_HOME\n"
                f"{home} 没有 Airflow：make demo UP=1 会启动一个",
                file=sys.stderr,
            )
            return 1
        environment |= json.loads(kept.read_text(encoding="utf-8"))
        if not _is_up(environment["AIRFLOW__API__PORT"]):
            print("Airflow is not running: what is asked for waits until it is · Airflow 没有在运行", file=sys.stderr)
    return subprocess.run([sys.executable, "-m", "airflow", *words], env=environment, check=False).returncode


def _is_up(port: str) -> bool:
    with socket.socket() as knocking:
        knocking.settimeout(1)
        return knocking.connect_ex(("127.0.0.1", int(port))) == 0
