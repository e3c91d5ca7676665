"""Runs the services of docker-compose.yml on this machine without containers: same commands, settings and order.

1. Reads docker-compose.yml, with generated secrets for its variables.
2. Starts its services in the order of `depends_on`, waiting for each condition by the service's own health check:
   PostgreSQL and Redis from the system's packages, Airflow's components from our virtual environment. Host names
   become loopback ports, the image's folders become folders here; nothing else is changed.
3. Runs a small pair of Dags through Celery worker and triggerer; with --specimen Storekeeper's own Dags, on PostgreSQL,
   over a simulated merchant's history and so many days, to pushed lists; or the command given with --then.
4. Ends everything.

    python -m scripts.native_topology
    python -m scripts.native_topology --specimen 2
    python -m scripts.native_topology --dags dags --merchant FOLDER --exports FOLDER --then "COMMAND"

COMMAND finds STOREKEEPER_AIRFLOW_URL, _USER and _PASSWORD in its environment beside the services' own settings.
"""

from __future__ import annotations

import argparse
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from scripts.airflow_api import AirflowApi
from scripts.compose_file import read_compose, start_order
from scripts.local_airflow import PROJECT, clean_environment
from scripts.merchant_days import onboard, run_day
from scripts.new_environment import SECRETS
from scripts.postgres_server import PostgresServer, find_postgres
from scripts.set_up_airflow import ADMIN
from scripts.warden import Warden, free_ports, sigterm_as_exit

COMPOSE_FILE = PROJECT / "docker-compose.yml"
CHECK_DAY = "2025-11-11"
LAST_DAY = date.fromisoformat(CHECK_DAY)
CHECK_DAGS = """
from datetime import timedelta

from airflow.providers.standard.triggers.temporal import TimeDeltaTrigger
from airflow.sdk import DAG, Asset, BaseOperator, CronPartitionTimetable, PartitionedAssetTimetable, task
from pendulum import datetime

opened = Asset("topology_opened")


class WaitInTriggerer(BaseOperator):
    def execute(self, context):
        self.defer(trigger=TimeDeltaTrigger(timedelta(seconds=1)), method_name="resume")

    def resume(self, context, event=None):
        return None


with DAG(
    "topology_open",
    schedule=CronPartitionTimetable("0 0 * * *", timezone="Asia/Shanghai", run_offset=-1, key_format="%Y-%m-%d"),
    start_date=datetime(2100, 1, 1),
):
    WaitInTriggerer(task_id="wait", outlets=[opened])

with DAG("topology_close", schedule=PartitionedAssetTimetable(assets=opened), start_date=datetime(2025, 1, 1)):

    @task
    def close(dag_run):
        import os

        print("closed", dag_run.partition_key, "by process", os.getpid())

    close()
"""


class NativeTopology:
    """The compose file's services here, for as long as the ``with`` block lasts; ``api`` talks to their Airflow."""

    def __init__(
        self,
        folder: Path,
        *,
        dags: Path = PROJECT / "dags",
        merchant: Path | None = None,
        exports: Path | None = None,
        patience: float = 300,
    ) -> None:
        self.folder = folder
        self._patience = patience
        self._postgres_port, redis_port, web_port = free_ports(3)
        self.url = f"http://127.0.0.1:{web_port}"
        variables = {
            **{name: make().strip("'") for name, make in SECRETS.items()},
            "MERCHANT_FOLDER": str(merchant or PROJECT / "merchant"),
            "EXPORTS_FOLDER": str(exports or folder / "exports"),
            "STOREKEEPER_URL": self.url,
        }
        self._password = variables["ADMIN_PASSWORD"]
        # What a container has and this machine has not: its network's host names and the image's folders.
        self._here = {
            "@postgres:5432": f"@127.0.0.1:{self._postgres_port}",
            "@redis:6379": f"@127.0.0.1:{redis_port}",
            "//api-server:8080": f"//127.0.0.1:{web_port}",
            "--port 6379": f"--port {redis_port}",
            "-p 6379": f"-p {redis_port}",
            "--dir /data": f"--dir {folder / 'redis'}",
            "0.0.0.0": "127.0.0.1",  # noqa: S104 - this is what takes it away
            "/opt/storekeeper/dags": str(dags.resolve()),
            "/opt/storekeeper": str(PROJECT),
            "/opt/airflow": str(folder / "airflow"),
            "/var/lib/storekeeper": str(folder / "home"),
            "/etc/storekeeper": variables["MERCHANT_FOLDER"],
            "/srv/exports": variables["EXPORTS_FOLDER"],
        }
        self._whole = {"8080": str(web_port), "5432": str(self._postgres_port)}
        self.services: dict[str, Any] = self._translate(read_compose(COMPOSE_FILE, variables)["services"])
        self._warden = Warden()
        self._postgres: PostgresServer | None = None
        self.api = AirflowApi(self.url, ADMIN, self._password, check=self._warden.require_running)

    def _translate(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {key: self._translate(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [self._translate(inner) for inner in value]
        if isinstance(value, str):
            if value in self._whole:
                return self._whole[value]
            for theirs, ours in self._here.items():
                value = value.replace(theirs, ours)
        return value

    def environment(self, service: str) -> dict[str, str]:
        """What a service's process finds in its environment."""
        programs = [str(Path(sys.executable).parent), str(find_postgres() or ""), os.environ.get("PATH", "")]
        return {
            **clean_environment(),
            **self.services[service].get("environment", {}),
            "PATH": os.pathsep.join(filter(None, programs)),
        }

    def __enter__(self) -> NativeTopology:
        for name in ("redis", "home", "exports", "airflow/login", "airflow/logs"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        self._warden.__enter__()
        try:
            for name in start_order(self.services):
                self._start(name)
            for name in self.services:
                self._wait_until_healthy(name)
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.api.__exit__(None, None, None)
        self._warden.stop()
        if self._postgres:
            self._postgres.__exit__(None, None, None)

    def _start(self, name: str) -> None:
        service = self.services[name]
        for needed, wanted in service.get("depends_on", {}).items():
            if wanted["condition"] == "service_healthy":
                self._wait_until_healthy(needed)
        if name == "postgres":
            self._start_postgres(service["environment"])
        elif service.get("restart") == "no":
            self._run_to_its_end(name)
        else:
            self._warden.start(
                name,
                service["command"],
                log=self._log(name),
                environment=self.environment(name),
                folder=self.folder,
                foundation=name == "redis",
            )
        print(f"· {name}", flush=True)

    def _start_postgres(self, settings: Mapping[str, str]) -> None:
        # The image's entry point does as much: a server with this superuser, then the scripts mounted for it.
        self._postgres = PostgresServer(
            (),
            user=settings["POSTGRES_USER"],
            password=settings["POSTGRES_PASSWORD"],
            port=self._postgres_port,
            warden=self._warden,
        )
        self._postgres.__enter__()
        superuser = {
            "PGHOST": "127.0.0.1",
            "PGPORT": str(self._postgres_port),
            "PGPASSWORD": settings["POSTGRES_PASSWORD"],
        }
        environment = {**self.environment("postgres"), **superuser}
        self._run(["sh", str(PROJECT / "scripts" / "postgres_databases.sh")], environment, "postgres")

    def _run_to_its_end(self, name: str) -> None:
        self._run(self.services[name]["command"], self.environment(name), name)

    def _run(self, command: Sequence[str], environment: Mapping[str, str], name: str) -> None:
        with open(self._log(name), "ab") as log:
            result = subprocess.run(command, env=environment, cwd=self.folder, stdout=log, stderr=log, check=False)
        if result.returncode:
            raise RuntimeError(f"{name}: exit code {result.returncode}\n{self._log(name).read_text()[-3000:]}")

    def _wait_until_healthy(self, name: str) -> None:
        check = self.services[name].get("healthcheck", {}).get("test")
        if check is None:
            return
        command = ["sh", "-c", check[1]] if check[0] == "CMD-SHELL" else check[1:]
        deadline = time.monotonic() + self._patience
        while True:
            result = subprocess.run(
                command, env=self.environment(name), cwd=self.folder, capture_output=True, text=True, check=False
            )
            if result.returncode == 0:
                return
            self._warden.require_running()
            if time.monotonic() > deadline:
                log = self._log(name)
                said = log.read_text(errors="replace")[-3000:] if log.exists() else "it has said nothing"
                raise RuntimeError(
                    f"{name} is not healthy after {self._patience:.0f} s: {result.stdout}{result.stderr}\n"
                    f"The end of {log}:\n{said}"
                )
            time.sleep(1)

    def _log(self, name: str) -> Path:
        return self.folder / "airflow" / "logs" / f"{name}.log"


def check(topology: NativeTopology) -> None:
    """One business day through worker, triggerer and an asset to a second Dag."""
    topology.api.wait_for_dags("topology_open", "topology_close")
    topology.api.trigger("topology_open", partition_key=CHECK_DAY)
    run = topology.api.wait_for("topology_close", CHECK_DAY)[0]
    [task] = topology.api.tasks("topology_close", run.run_id)
    if f"closed {CHECK_DAY}" not in topology.api.task_log(task):
        raise RuntimeError("the web server does not show the log that the worker wrote")


def prepare_specimen(folder: Path, days: Sequence[str], skus: int = 60, history_days: int = 200) -> Path:
    """Exports of the specimen merchant up to the last day, and its settings on the topology's own books."""
    merchant = folder / "merchant"
    shutil.copytree(PROJECT / "examples" / "specimen", merchant, dirs_exist_ok=True)
    with open(merchant / "merchant.yaml", "a", encoding="utf-8") as settings:
        settings.write("\nbooks: connection:storekeeper_books\n")
    command = [
        sys.executable, "-m", "include.cli", "specimen", "write", "--root", str(folder / "home" / "exports"),
        "--seed", "7", "--skus", str(skus), "--history-days", str(history_days), "--until", days[-1],
        "--days", str(len(days) - 1),
    ]  # fmt: skip
    subprocess.run(command, cwd=PROJECT, check=True, stdout=subprocess.DEVNULL)
    return merchant


def run_specimen(topology: NativeTopology, opening: str, *days: str) -> None:
    """The history, then day after day to lists that were pushed. Raises where no list lies on the desk."""
    say = partial(print, flush=True)
    onboard(topology.api, opening, say)
    for day in days:
        say(f"the day {day} took {run_day(topology.api, day, say):.0f} s")
        lists = sorted(path.name for path in (topology.folder / "home" / "lists").rglob(f"*{day}.xlsx"))
        if not lists:
            raise RuntimeError(f"no list of {day} lies on the desk")
        say(f"on the desk: {', '.join(lists)}")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Run docker-compose.yml's services without containers.")
    parser.add_argument("--dags", type=Path, default=PROJECT / "dags")
    parser.add_argument("--merchant", type=Path, help="stands for MERCHANT_FOLDER")
    parser.add_argument("--exports", type=Path, help="stands for EXPORTS_FOLDER")
    parser.add_argument("--folder", type=Path, help="keep what is made here (default: a temporary folder)")
    parser.add_argument("--specimen", type=int, metavar="DAYS", help="run so many days of a simulated merchant")
    parser.add_argument("--then", metavar="COMMAND", help="run this when all are healthy, instead of our own check")
    parser.add_argument("--patience", type=float, default=300, metavar="SECONDS", help="until a service is healthy")
    options = parser.parse_args(arguments)
    began = time.monotonic()
    with sigterm_as_exit(), tempfile.TemporaryDirectory(prefix="topology-", ignore_cleanup_errors=True) as temporary:
        folder = (options.folder or Path(temporary)).resolve()
        dags, merchant = options.dags, options.merchant
        days = [(LAST_DAY - timedelta(days=back)).isoformat() for back in reversed(range((options.specimen or 0) + 1))]
        if options.specimen:
            merchant = prepare_specimen(folder, days)
        elif not options.then:
            dags = folder / "check_dags"
            dags.mkdir(parents=True, exist_ok=True)
            (dags / "topology_check.py").write_text(CHECK_DAGS)
        with NativeTopology(
            folder, dags=dags, merchant=merchant, exports=options.exports, patience=options.patience
        ) as topology:
            print(f"all services are healthy after {time.monotonic() - began:.0f} s", flush=True)
            if options.then:
                environment = {
                    **topology.environment("worker"),
                    "STOREKEEPER_AIRFLOW_URL": topology.url,
                    "STOREKEEPER_AIRFLOW_USER": ADMIN,
                    "STOREKEEPER_AIRFLOW_PASSWORD": topology.api.password,
                }
                return subprocess.run(shlex.split(options.then), env=environment, check=False).returncode
            if options.specimen:
                run_specimen(topology, *days)
            else:
                check(topology)
    print(f"a business day went through, and nothing is left running; {time.monotonic() - began:.0f} s in all")
    return 0


if __name__ == "__main__":
    sys.exit(main())
