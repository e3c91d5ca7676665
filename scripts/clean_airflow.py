"""Removes what Airflow's own database keeps of runs long past: Airflow never does it by itself.

    python -m scripts.clean_airflow --home /var/lib/storekeeper --keep-days 90

Runs, their tasks and events that are older go for good; connections, variables and the books stay. It runs beside a
living Airflow. deploy/systemd/storekeeper-clean.timer runs it each week. A run that is gone cannot be cleared any more;
its day can still be replayed.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from scripts.local_airflow import ENVIRONMENT_FILE, PROJECT


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--home", type=Path, default=Path(os.environ.get("STOREKEEPER_HOME") or PROJECT / "var"))
    parser.add_argument("--keep-days", type=int, default=90)
    parser.add_argument("--dry-run", action="store_true", help="say what would go")
    given = parser.parse_args(arguments)
    if given.keep_days < 7:
        parser.error("--keep-days: at least 7, since late shops' runs are waited for")
    folder = Path(os.environ.get("AIRFLOW_HOME") or given.home / "airflow")
    kept = folder / ENVIRONMENT_FILE
    environment = dict(os.environ)
    if kept.is_file():
        environment |= json.loads(kept.read_text(encoding="utf-8"))
    elif "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN" not in environment:
        print(f"{folder}: no Airflow was started there, and no AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", file=sys.stderr)
        return 1
    before = datetime.now(UTC) - timedelta(days=given.keep_days)
    command = [sys.executable, "-m", "airflow", "db", "clean", "--clean-before-timestamp", before.isoformat()]
    command += ["--dry-run"] if given.dry_run else ["--skip-archive", "--yes"]
    return subprocess.run(command, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
