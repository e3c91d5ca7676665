"""`make up`: Storekeeper on one machine for a merchant of one's own, until it is told to stop.

    make up MERCHANT=merchant HOME_FOLDER=/var/lib/storekeeper ENVIRONMENT=/etc/storekeeper/storekeeper.env

1. Reads the environment file (NAME=VALUE lines, as systemd reads them); what the environment says already wins.
2. Refuses settings that cannot be read before anything is started.
3. Starts Airflow's api-server, scheduler, dag-processor and triggerer: LocalExecutor, on SQLite below the home folder,
   or on PostgreSQL where AIRFLOW__DATABASE__SQL_ALCHEMY_CONN says so. Every AIRFLOW__… variable is heard, and so are
   connections (AIRFLOW_CONN_…). Password, keys and secrets are made by the first start and kept.
4. Ends them all with SIGTERM or Ctrl-C, or when one of them ends: a service manager then starts it again.

deploy/systemd/storekeeper.service runs this as a service.
"""

from __future__ import annotations

import argparse
import os
import re
import stat
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from include.privacy.own_files import write_for_owner_alone
from include.settings.loading import load_merchant
from include.settings.yaml_reading.yaml_files import SettingsError
from scripts.local_airflow import PROJECT, USER, LocalAirflow
from scripts.merchant_days import PRELOAD, Place
from scripts.warden import sigterm_as_exit

KEYS = "AIRFLOW_CONN_STOREKEEPER_KEYS"
_LINE = re.compile(r"(?:export\s+)?(?P<name>[A-Za-z_]\w*)=(?P<value>.*)")
LARGEST_LOG = 10_000_000  # bytes; what a component has said before its last start is kept once


def read_environment(file: Path) -> dict[str, str]:
    """NAME=VALUE, one a line; # begins a comment; a value may stand in quotes. Raises ValueError with the line."""
    said = {}
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
        text = line.strip()
        if not text or text.startswith(("#", ";")):
            continue
        found = _LINE.fullmatch(text)
        if found is None:
            name = text.partition("=")[0].split(" ")[0]
            raise ValueError(f"{file}, line {number}: expected NAME=VALUE, found {name!r}")
        value = found["value"].strip()
        is_quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "'\""
        said[found["name"]] = value[1:-1] if is_quoted else value
    return said


def settings_for(place: Place, environment: Mapping[str, str]) -> dict[str, str]:
    """What every component hears of the merchant. Keys are made once, for new books; of books that are there the keys
    are where somebody has put them: in the environment, or in Airflow's connection."""
    settings = {
        "STOREKEEPER_MERCHANT": str(place.merchant),
        "STOREKEEPER_HOME": str(place.home),
        "STOREKEEPER_PRELOAD": environment.get("STOREKEEPER_PRELOAD", PRELOAD),
    }
    has_keys = (place.home / "keys.json").exists()
    if KEYS in environment or ((place.home / "books.sqlite").exists() and not has_keys):
        return settings
    if not has_keys:
        print(f"Keys are made: keep a copy of {place.home / 'keys.json'} in a safe, apart from backups.", flush=True)
    return {**place.settings(), **settings}


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--merchant", type=Path, help="folder of merchant.yaml and shops/ (STOREKEEPER_MERCHANT)")
    parser.add_argument("--home", type=Path, help="where everything made goes (STOREKEEPER_HOME)")
    parser.add_argument("--environment", type=Path, help="a file of NAME=VALUE lines")
    parser.add_argument("--port", type=int, help="of Airflow's pages on loopback (AIRFLOW__API__PORT; 8080)")
    parser.add_argument("--parallelism", type=int, default=os.cpu_count() or 2, help="tasks at a time")
    given = parser.parse_args(arguments)
    write_for_owner_alone()
    try:
        if given.environment:
            _hear(given.environment)
        merchant = given.merchant or Path(os.environ.get("STOREKEEPER_MERCHANT") or PROJECT / "merchant")
        home = given.home or Path(os.environ.get("STOREKEEPER_HOME") or PROJECT / "var")
        place = Place(merchant.resolve(), home.resolve())
        load_merchant(place.merchant, place.home)
    except (OSError, ValueError, SettingsError) as error:
        print(error, file=sys.stderr)
        return 1
    folder = Path(os.environ.get("AIRFLOW_HOME") or place.home / "airflow")
    _put_away_logs(folder / "logs")
    airflow = LocalAirflow(
        folder,
        PROJECT / "dags",
        plugins=PROJECT / "plugins",
        settings=settings_for(place, os.environ),
        parallelism=given.parallelism,
        port=given.port or int(os.environ.get("AIRFLOW__API__PORT") or 8080),
        is_lasting=True,
    )
    with sigterm_as_exit(), airflow:
        shown = "of ADMIN_PASSWORD" if os.environ.get("ADMIN_PASSWORD") else f"in {folder / 'secrets.json'}"
        print(f"The desk: {airflow.url}/storekeeper/   Airflow: {airflow.url}/   user {USER}, password {shown}")
        print(f"Logs: {folder / 'logs'}   Stop: Ctrl-C, or kill {os.getpid()}", flush=True)
        try:
            while True:
                airflow.require_running()
                time.sleep(1)
        except KeyboardInterrupt:
            print("Stopping.")
    return 0


def _hear(file: Path) -> None:
    if stat.S_IMODE(file.stat().st_mode) & 0o007:
        print(f"{file} holds secrets, and everybody may read it: chmod 600 {file}", file=sys.stderr)
    for name, value in read_environment(file).items():
        os.environ.setdefault(name, value)


def _put_away_logs(folder: Path) -> None:
    """A component's log that has grown large becomes NAME.log.1, in the place of the one before."""
    for log in folder.glob("*.log"):
        if log.stat().st_size > LARGEST_LOG:
            log.replace(log.with_name(f"{log.name}.1"))


if __name__ == "__main__":
    sys.exit(main())
