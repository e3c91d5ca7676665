"""`make kills`: the small merchant's days under Airflow's own scheduler, whose processes are killed meanwhile.

The twin lives each day in this process, undisturbed. The same exports are then brought in by Airflow's Dags, with
LocalExecutor; `SIGKILL` meets a running task, a task with the worker that watches it, the scheduler, or all of Airflow,
each once its victim has used a drawn amount of processor. What was killed is started again as an init system would, and
nothing else is done by hand but what the runbook says of deliveries whose outcome is unknown. After each day the books
are held against the twin's, receivers may have no list twice, and the audit must be clean.
"""

import argparse
import json
import logging
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import psutil
import yaml
from sqlalchemy import make_url, select

from include.pipeline.push import deliver_waiting
from include.settings.merchant import Merchant
from include.tasks.channels.outbox import settle
from include.tasks.task_tables import outbox, task_lists
from include.warehouse.tables import FACT_TABLES, LINE_TABLES
from scripts.airflow_api import AirflowError
from scripts.local_airflow import COMPONENTS, PROJECT, LocalAirflow
from scripts.merchant_days import DAY_DAGS, PRELOAD
from scripts.postgres_server import PostgresServer
from scripts.warden import ProcessEndedError, sigterm_as_exit
from tests.nights import business
from tests.nights.night import NightError, begin, is_audited, once_each
from tests.nights.script import VARIANTS, Step, put_exports
from tests.nights.state import state_of, unaccounted
from tests.nights.world import World, checks_of_earlier_runs

VICTIMS = {"task": 14, "task and its worker": 3, "scheduler": 2, "scheduler and its tasks": 2, "all": 1}
KILLS_A_DAY = (3, 8)
LONGEST_LIFE = 3.0  # seconds of processor after which a victim is killed at the latest; most tasks use one to four
LOOK_EVERY = 0.05
DAY_SECONDS = 3600  # a busy machine is slow; only a day that never ends takes so long
COMPARED = [
    *(table.name for table in LINE_TABLES.values()), "quarantine", "exports",
    *(table.name for table in FACT_TABLES.values()), "fact_versions", "task_lists", "tasks",
]  # fmt: skip
MERCHANT = {
    "running": {"clock_starts": "2100-01-01", "retries": 12, "retry_seconds": 1},  # many kills may meet one task
    "closing": {"catch_up_seconds": DAY_SECONDS, "look_every_seconds": 2},
}
AIRFLOW = {
    # Who was killed with its worker is noticed by its silence, here after a minute and not five.
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "60",
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_DETECTION_INTERVAL": "5",
    "AIRFLOW__SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": "10",
}


@contextmanager
def receiving(log: Path) -> Iterator[dict[str, str]]:
    """Two receivers on loopback, whose log is that of `Receivers`: channel name -> address."""
    lock = threading.Lock()

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            line = f"{self.path.split('/')[1]} {self.headers['Idempotency-Key']} {body.decode()}\n"
            with lock, log.open("ab", buffering=0) as file:
                file.write(line.encode())
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nobody reads it."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield {name: f"http://127.0.0.1:{server.server_port}/{name}/lists" for name in ("strict", "patient")}
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def write_merchant(merchant: Merchant, folder: Path, books: str | None = None) -> None:
    """The small merchant as YAML, for Airflow. books: another address of them."""
    said = merchant.model_dump(mode="json", exclude_unset=True)
    shops = said.pop("shops")
    said["books"] = books or said["books"]
    (folder / "shops").mkdir(parents=True)
    (folder / "merchant.yaml").write_text(yaml.safe_dump(said, allow_unicode=True), encoding="utf-8")
    for shop in shops:
        (folder / "shops" / f"{shop['name']}.yaml").write_text(yaml.safe_dump(shop), encoding="utf-8")


def settings_of(world: World, merchant: Path, addresses: dict[str, str]) -> dict[str, str]:
    """Environment of every component."""
    connections = {"storekeeper_keys": {"conn_type": "generic", "extra": business.raw_keys()}}
    for name, url in addresses.items():
        connections[name] = {"conn_type": "generic", "extra": {"url": url, "secret": "s"}}
    said = {f"AIRFLOW_CONN_{name.upper()}": json.dumps(what) for name, what in connections.items()}
    if world.url:
        said["AIRFLOW_CONN_BOOKS"] = make_url(world.url).set(drivername="postgresql").render_as_string(False)
    return {
        "STOREKEEPER_MERCHANT": str(merchant),
        "STOREKEEPER_HOME": str(world.home),
        "STOREKEEPER_PRELOAD": PRELOAD,
        "OMP_NUM_THREADS": "1",
        **AIRFLOW,
        **said,
    }


@dataclass
class Killer:
    """Kills what Airflow runs. told: what was killed, in order."""

    airflow: LocalAirflow
    rng: random.Random
    told: list[str] = field(default_factory=list)

    def look(self, life: float) -> bool:
        """Kill somebody if a task has used so much processor by now; whether somebody was."""
        try:
            scheduler = psutil.Process(self.airflow.pids["scheduler"])
            tasks = [task for worker in scheduler.children() for task in worker.children() if _used(task) >= life]
            if not tasks:
                return False
            task = self.rng.choice(tasks)
            whom = self.rng.choices(list(VICTIMS), list(VICTIMS.values()))[0]
            victims = self._victims(whom, task, scheduler)
        except psutil.NoSuchProcess:
            return False
        for victim in victims:
            with suppress(psutil.NoSuchProcess):
                victim.kill()
        self.told.append(whom)
        for name in COMPONENTS if whom == "all" else ["scheduler"] if "scheduler" in whom else []:
            self.airflow.start(name)
        if whom == "all":
            self.airflow.api.wait_until_healthy(timeout=DAY_SECONDS)
        return True

    def _victims(self, whom: str, task: psutil.Process, scheduler: psutil.Process) -> list[psutil.Process]:
        if whom == "all":
            return list(psutil.Process(self.airflow.warden_pid).children(recursive=True))
        if whom == "scheduler":
            return [scheduler]
        if whom == "scheduler and its tasks":
            return [scheduler, *scheduler.children(recursive=True)]
        return [task.parent() or task, task] if whom == "task and its worker" else [task]


def _used(process: psutil.Process) -> float:
    try:
        spent = process.cpu_times()
    except psutil.NoSuchProcess:
        return -1.0
    return float(spent.user + spent.system)


def live_twin_day(twin: World, day: str) -> None:
    """The day in this process, undisturbed."""
    now = datetime.now(UTC)
    steps = [Step("ingest", day, now, shop) for shop in business.SHOPS]
    steps += [Step(kind, day, now) for kind in ("close", "restock", "look_back", "recall", "push")]
    for step in steps:
        if wrong := twin.live(step.work()):
            raise NightError(f"undisturbed, {step.name}: {wrong}")


def live_killed_day(airflow: LocalAirflow, world: World, day: str, rng: random.Random, kills: int) -> list[str]:
    """The day under Airflow, until its lists are made and nothing runs any more; what was killed."""
    killer = Killer(airflow, rng)
    airflow.api.trigger("open_day", partition_key=day)
    ends = time.monotonic() + DAY_SECONDS
    life, quiet = rng.uniform(0, LONGEST_LIFE), 0
    while quiet < 5:
        if time.monotonic() > ends:
            raise NightError(f"{killer.told}\n  the day never ends: {airflow.api.runs(partition_key=day)}")
        if len(killer.told) < kills:
            if killer.look(life):
                life = rng.uniform(0, LONGEST_LIFE)
            time.sleep(LOOK_EVERY)
            if rng.random() > LOOK_EVERY:  # looking into Airflow costs the web server the processor that tasks need
                continue
        else:
            time.sleep(1)
        with suppress(AirflowError, ProcessEndedError, httpx.TransportError):
            quiet = quiet + 1 if _is_over(airflow, world, day) else 0
    return killer.told


def _is_over(airflow: LocalAirflow, world: World, day: str) -> bool:
    runs = airflow.api.runs(partition_key=day)
    if any(run.state not in ("success", "failed") for run in runs):
        return False
    ended = {run.dag_id for run in runs if run.state == "success"}
    failed = [run for run in runs if run.state == "failed" and run.dag_id in ("restock", "recall", "close_day")]
    if failed and not {"restock", "recall"} <= ended:
        raise NightError(f"Airflow gave up: {failed}")
    with world.workspace.books.connect() as connection:
        kinds = set(connection.execute(select(task_lists.c.kind).where(task_lists.c.day == day)).scalars())
    return {"restock", "recall", "push"} <= {run.dag_id for run in runs} and {"restock", "recall"} <= kinds


def settle_deliveries(world: World, addresses: dict[str, str]) -> int:
    """What the runbook says of deliveries that wait or whose outcome is unknown; how many a person settled."""
    secrets = {name: {"url": url, "secret": "s"} for name, url in addresses.items()}
    settled = 0
    now = datetime.now(UTC)
    for _ in range(12):
        now += timedelta(minutes=20)
        report = deliver_waiting(world.workspace, secrets, now)
        if not any(report[name] for name in ("pending", "sending", "failed", "dead", "unknown")):
            return settled
        there = {(receiver, key) for receiver, key, _ in world.receivers.arrived()}
        with world.workspace.books.begin() as connection:
            waiting = select(outbox.c.channel, outbox.c.delivery_key).where(
                outbox.c.state.in_(["unknown", "failed", "dead"])
            )
            for channel, key in connection.execute(waiting).all():
                state = "sent" if (channel, key) in there else "pending"
                settle(connection, key, state, "keeper", now.replace(tzinfo=None))
                settled += 1
    raise NightError("deliveries never end")


def compare(world: World, twin: World, day: str, told: str) -> None:
    """Raises NightError with the first thing that is not as the twin has it."""
    found, wanted = state_of(world), state_of(twin)
    if (difference := found.first_difference(wanted, COMPARED)) is not None:
        raise NightError(f"{told}\n  {difference}")
    if (lost := unaccounted(world)) is not None:
        raise NightError(f"{told}\n  {lost}")
    here, there = once_each(world, told), once_each(twin, told)
    if here != there:
        where = min({*here.items()} ^ {*there.items()})
        raise NightError(f"{told}\n  receivers differ: {where}")
    is_audited(world, Step("push", day, datetime.now(UTC)), whole=True, told=told)


def main() -> int:
    given = argparse.ArgumentParser(prog="python -m tests.nights.kills", description=__doc__)
    given.add_argument("--kills", type=int, default=10, metavar="N", help="days are lived until there were so many")
    given.add_argument("--seed", type=int, default=0)
    given.add_argument("--database", choices=["sqlite", "postgres"], default="sqlite")
    said = given.parse_args()
    logging.disable(logging.ERROR)
    commit = subprocess.run(["git", "describe", "--always", "--dirty"], capture_output=True, text=True).stdout.strip()
    os.environ["STOREKEEPER_VERSION"] = commit  # lists name it: a commit in mid-run would be another version
    counts: Counter[str] = Counter()
    with sigterm_as_exit(), ExitStack() as stack:
        base = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="kills-")))
        server = stack.enter_context(PostgresServer()) if said.database == "postgres" else None
        stack.enter_context(checks_of_earlier_runs())
        twin = World(base / "twin", server.url if server else None, MERCHANT)
        stack.callback(twin.end)
        begin(twin)
        world = twin.twice(base / "killed")
        stack.callback(world.end)
        addresses = stack.enter_context(receiving(world.receivers.log))
        write_merchant(world.merchant, base / "merchant", "connection:books" if world.url else None)
        airflow = LocalAirflow(
            base / "airflow",
            PROJECT / "dags",
            plugins=PROJECT / "plugins",
            settings=settings_of(world, base / "merchant", addresses),
            healthy_within=DAY_SECONDS,
        )
        stack.enter_context(airflow)
        airflow.api.wait_for_dags(*DAY_DAGS, timeout=DAY_SECONDS)
        number = 1
        stack.enter_context(suppress(KeyboardInterrupt))  # whoever has seen enough gets the sum
        while counts["kills"] < said.kills:
            number += 1
            day, rng = business.day_of(number), random.Random(f"kills {said.seed} {number}")
            wanted = min(rng.randint(*KILLS_A_DAY), said.kills - counts["kills"])
            for each in (twin, world):
                put_exports(each, said.seed % VARIANTS, day)
            live_twin_day(twin, day)
            told = live_killed_day(airflow, world, day, rng, wanted)
            counts.update(days=1, kills=len(told), **Counter(told))
            counts["deliveries settled"] += settle_deliveries(world, addresses)
            try:
                compare(world, twin, day, f"seed {said.seed}, {day}, commit {commit}: killed {told}")
            except NightError as error:
                print(f"FAILED on {said.database}: {error}", flush=True)
                return 1
            print(f"{day}: killed {told}; {dict(counts)}", flush=True)
    print(f"{dict(counts)} on {said.database}, seed {said.seed}, commit {commit}, 0 failed")
    return 0


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    sys.exit(main())
