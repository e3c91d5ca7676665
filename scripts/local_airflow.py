"""Runs Airflow's own components on this machine, for the demo and the tests, and leaves nothing behind.

1. Makes a home folder with a migrated SQLite database (copied from a template kept in ``var/``).
2. Starts api-server, scheduler, dag-processor and triggerer as `airflow` would anywhere, on free loopback ports,
   with settings from the environment only; nobody's global configuration is read or written.
3. Ends all of them, and whatever they started, with the ``with`` block, with Ctrl-C, SIGTERM, or our own death.

    python -m scripts.local_airflow --home var/airflow --dags dags --plugins plugins

stays up and prints the address and a generated password; `scripts.up` is this for a merchant of one's own, to last.
LocalExecutor needs the api-server: tasks report to its execution API over HTTP, and Airflow refuses to run them
without.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import secrets
import sqlite3
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

from include.privacy.own_files import write_for_owner_alone
from scripts.airflow_api import AirflowApi
from scripts.set_up_airflow import set_password
from scripts.warden import Warden, free_ports, sigterm_as_exit

PROJECT = Path(__file__).resolve().parents[1]
PRELOAD = PROJECT / "scripts" / "airflow_config"  # holds airflow_local_settings
USER = "admin"
ENVIRONMENT_FILE = "environment.json"  # of the last start, in its home: for `scripts.airflow_command`

COMPONENTS = {
    "api-server": ["api-server"],
    # Nobody asks us for logs over HTTP: the api-server reads the same folder. Two processes fewer.
    "scheduler": ["scheduler", "--skip-serve-logs"],
    "dag-processor": ["dag-processor"],
    "triggerer": ["triggerer", "--skip-serve-logs"],
}

# What makes a short day short. Production keeps Airflow's defaults.
QUICK_SETTINGS = {
    # A finished task's worker slot, and the state of a skipped or failed task, can be held for this many seconds:
    # the task supervisor misses the child's end in about a third of the tasks and then waits out this interval.
    # Not 0: it would send heartbeats in a busy loop.
    "AIRFLOW__WORKERS__MIN_HEARTBEAT_INTERVAL": "1",
    "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.2",
    # Dag files do not change under us; parse them once, with one process, and leave the processors to the tasks.
    "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "300",
    "AIRFLOW__DAG_PROCESSOR__PARSING_PROCESSES": "1",
    # On a machine that is busy with other work a first import of pandas takes longer than Airflow's 30 and 50 seconds.
    "AIRFLOW__CORE__DAGBAG_IMPORT_TIMEOUT": "300",
    "AIRFLOW__DAG_PROCESSOR__DAG_FILE_PROCESSOR_TIMEOUT": "600",
}


def clean_environment(keep: tuple[str, ...] = ()) -> dict[str, str]:
    """Our environment without any Airflow setting in it, but for those that begin so, and without a proxy for
    loopback."""
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW") or name.startswith(keep)
    }
    return {**kept, "NO_PROXY": "127.0.0.1,localhost", "no_proxy": "127.0.0.1,localhost"}


class LocalAirflow:
    """Airflow on this machine, for as long as the ``with`` block lasts.

    ``settings`` are environment variables for every component (Airflow's own or the project's) and win over ours.
    ``parallelism`` is the number of tasks at a time; each may use a core and a model's worth of memory.
    ``others`` are more people who may log in: name -> role; they have the password of the first.
    Airflow's own database is SQLite in ``home``.
    ``is_lasting``: it is to be found again after the next start. Password and secrets are those of the first start;
    what the caller's environment says of Airflow (AIRFLOW…) wins over ours, another database too; Airflow's defaults
    hold. ``healthy_within``: seconds that the components may take to begin.
    """

    def __init__(
        self,
        home: Path,
        dags: Path,
        *,
        plugins: Path | None = None,
        settings: Mapping[str, str] | None = None,
        parallelism: int = 2,
        port: int | None = None,
        others: Mapping[str, str] | None = None,
        is_lasting: bool = False,
        healthy_within: float = 300,
    ) -> None:
        self.home = home.resolve()
        self._healthy_within = healthy_within
        self.people = {USER: "admin", **(others or {})}
        self._is_lasting = is_lasting
        given = {name: value for name, value in os.environ.items() if is_lasting and name.startswith("AIRFLOW__")}
        self._secrets = self._kept_secrets() if is_lasting else _new_secrets()
        self.password = self._secrets["password"]
        self.url = f"http://127.0.0.1:{port or given.get('AIRFLOW__API__PORT') or free_ports(1)[0]}"
        self._sqlite = self.home / "airflow.db"
        self.environment = {
            **clean_environment(keep=("AIRFLOW_CONN_", "AIRFLOW_VAR_") if is_lasting else ()),
            **self._airflow_settings(dags.resolve(), plugins and plugins.resolve(), parallelism),
            **({} if is_lasting else QUICK_SETTINGS),
            **(settings or {}),
            **given,
        }
        self._warden = Warden()
        self.pids: dict[str, int] = {}  # of the components as they were started last
        self.api = AirflowApi(self.url, USER, self.password, check=self._warden.require_running)

    def _airflow_settings(self, dags: Path, plugins: Path | None, parallelism: int) -> dict[str, str]:
        python_path = os.pathsep.join(filter(None, [str(PROJECT), str(PRELOAD), os.environ.get("PYTHONPATH")]))
        return {
            "AIRFLOW_HOME": str(self.home),
            "PYTHONPATH": python_path,
            "AIRFLOW__CORE__DAGS_FOLDER": str(dags),
            "AIRFLOW__CORE__PLUGINS_FOLDER": str(plugins or self.home / "plugins"),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
            "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
            "AIRFLOW__CORE__PARALLELISM": str(parallelism),
            "AIRFLOW__CORE__FERNET_KEY": self._fernet_key(),
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": ",".join(
                f"{name}:{role}" for name, role in self.people.items()
            ),
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(self._password_file),
            "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{self.url}/execution/",
            "AIRFLOW__API__HOST": "127.0.0.1",
            "AIRFLOW__API__PORT": self.url.rpartition(":")[2],
            "AIRFLOW__API__BASE_URL": self.url,
            "AIRFLOW__API__WORKERS": "1",
            "AIRFLOW__API__SECRET_KEY": self._secrets["secret_key"],
            "AIRFLOW__API_AUTH__JWT_SECRET": self._secrets["jwt_secret"],
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{self._sqlite}",
            "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(self.home / "logs"),
            # What tasks log may name a file or a shop: it is the owner's, as everything else that is made.
            "AIRFLOW__LOGGING__FILE_TASK_HANDLER_NEW_FOLDER_PERMISSIONS": "0o700",
            "AIRFLOW__LOGGING__FILE_TASK_HANDLER_NEW_FILE_PERMISSIONS": "0o600",
            "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
        }

    def _kept_secrets(self) -> dict[str, str]:
        """Made once and kept, so that a restart throws nobody out; ADMIN_PASSWORD goes before the password."""
        file = self.home / "secrets.json"
        if not file.exists():
            self.home.mkdir(parents=True, exist_ok=True)
            file.touch(mode=0o600)
            file.write_text(json.dumps(_new_secrets()))
        kept: dict[str, str] = json.loads(file.read_text())
        return {**kept, "password": os.environ.get("ADMIN_PASSWORD") or kept["password"]}

    def _fernet_key(self) -> str:
        """Made once and kept: it opens the connections and variables in the database."""
        file = self.home / "fernet.key"
        if not file.exists():
            self.home.mkdir(parents=True, exist_ok=True)
            file.touch(mode=0o600)
            file.write_text(base64.urlsafe_b64encode(secrets.token_bytes(32)).decode())
        return file.read_text()

    @property
    def _password_file(self) -> Path:
        return self.home / "passwords.json"

    def __enter__(self) -> LocalAirflow:
        write_for_owner_alone()
        self._prepare_database()
        for name in self.people:
            set_password(self._password_file, name, self.password)
        self._keep_environment()
        self._warden.__enter__()
        try:
            self._start()
        except BaseException:
            self._warden.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.api.__exit__(None, None, None)
        self._warden.stop()

    @property
    def warden_pid(self) -> int:
        """The process that everything we started descends from."""
        return self._warden.pid

    def require_running(self) -> None:
        """Raise, with the end of its log, if a component has ended by itself."""
        self._warden.require_running()

    def _start(self) -> None:
        for name in COMPONENTS:
            self.start(name)
        self.api.wait_until_healthy(self._healthy_within)

    def start(self, name: str) -> None:
        """Start one of `COMPONENTS`, for the first time or after it has ended."""
        self.pids[name] = self._warden.start(
            name,
            _airflow(*COMPONENTS[name]),
            log=self.home / "logs" / f"{name}.log",
            environment=self.environment,
            folder=PROJECT,
        )

    def cli(self, *arguments: str, timeout: float = 120) -> str:
        """Run an ``airflow`` command against this Airflow and return its standard output."""
        result = subprocess.run(
            _airflow(*arguments),
            env=self.environment,
            cwd=PROJECT,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
        if result.returncode:
            raise RuntimeError(
                f"airflow {' '.join(arguments)}: exit code {result.returncode}\n{result.stdout[-3000:]}"
                f"\n{result.stderr[-3000:]}"
            )
        return result.stdout

    def _keep_environment(self) -> None:
        """What differs from the caller's environment, for commands that come later; it holds secrets."""
        ours = {name: value for name, value in self.environment.items() if os.environ.get(name) != value}
        file = self.home / ENVIRONMENT_FILE
        file.touch(mode=0o600)
        file.write_text(json.dumps(ours), encoding="utf-8")

    def _prepare_database(self) -> None:
        if self._is_lasting:  # of the version before, perhaps, or on PostgreSQL
            self.home.mkdir(parents=True, exist_ok=True)
            self.cli("db", "migrate", timeout=1800)
            return
        if self._sqlite.exists():
            return
        template = PROJECT / "var" / "airflow-template" / f"airflow-{version('apache-airflow-core')}.db"
        if not template.exists():
            _make_template(template)
        _copy_sqlite(template, self._sqlite)


def _new_secrets() -> dict[str, str]:
    return {
        "password": secrets.token_urlsafe(12),
        "secret_key": secrets.token_hex(16),
        "jwt_secret": secrets.token_hex(32),
    }


def _airflow(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "airflow", *arguments]


def _make_template(template: Path) -> None:
    """Migrate an empty SQLite database once for all; the next start copies it (9 s saved on two cores)."""
    template.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=template.parent) as folder:
        fresh = Path(folder, "airflow.db")
        environment = {
            **clean_environment(),
            "AIRFLOW_HOME": folder,
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{fresh}",
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        }
        subprocess.run(_airflow("db", "migrate"), env=environment, check=True, capture_output=True, timeout=300)
        whole = Path(folder, "template.db")
        _copy_sqlite(fresh, whole)
        whole.replace(template)


def _copy_sqlite(source: Path, target: Path) -> None:
    # SQLite's own backup: it takes along what still sits in the write-ahead log.
    with closing(sqlite3.connect(source)) as original, closing(sqlite3.connect(target)) as copy:
        original.backup(copy)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Run Airflow's components here until Ctrl-C.")
    parser.add_argument("--home", type=Path, default=PROJECT / "var" / "airflow")
    parser.add_argument("--dags", type=Path, default=PROJECT / "dags")
    parser.add_argument("--plugins", type=Path, default=PROJECT / "plugins")
    parser.add_argument("--parallelism", type=int, default=2)
    parser.add_argument("--port", type=int, default=None, help="default: a free one")
    options = parser.parse_args(arguments)
    if unheard := sorted(name for name in os.environ if name.startswith("AIRFLOW")):
        print(f"Not heard here, but by `make up`: {', '.join(unheard)}", file=sys.stderr)
    with (
        sigterm_as_exit(),
        LocalAirflow(
            options.home,
            options.dags,
            plugins=options.plugins,
            parallelism=options.parallelism,
            port=options.port,
        ) as airflow,
    ):
        print(f"Airflow is up: {airflow.url}  user {USER}  password {airflow.password}")
        print(f"Logs: {airflow.home / 'logs'}   Stop: Ctrl-C, or kill {os.getpid()}", flush=True)
        try:
            while True:
                airflow.require_running()
                time.sleep(1)
        except KeyboardInterrupt:
            print("Stopping.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
