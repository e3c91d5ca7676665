"""Airflow's own command at the Airflow that the demo started, with that one's settings and database.

    ./storekeeper airflow backfill create --dag-id open_day --from-date 2025-11-10 --to-date 2025-11-11 ...

Where AIRFLOW_HOME is set it is left alone: that is an installation of your own. `--help` after one of Airflow's own
commands is Airflow's.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

from scripts.local_airflow import ENVIRONMENT_FILE, PROJECT


def main() -> int:
    if sys.argv[1:] in ([], ["--help"], ["-h"]):
        print(f"usage: ./storekeeper airflow COMMAND ...\n\n{(__doc__ or '').strip()}")
        return 0 if sys.argv[1:] else 2
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
    return subprocess.run([sys.executable, "-m", "airflow", *sys.argv[1:]], env=environment, check=False).returncode


def _is_up(port: str) -> bool:
    with socket.socket() as knocking:
        knocking.settimeout(1)
        return knocking.connect_ex(("127.0.0.1", int(port))) == 0


if __name__ == "__main__":
    sys.exit(main())
