"""How long the desk's pages take with many open tasks and many people: `python -m benchmarks.desk`.

Books with so many open restock lines (PostgreSQL where it is installed, else SQLite), the desk served by `--processes`
of uvicorn as Airflow serves it, and people in another process who open lists, filter, open lines, ask what if and
answer, all at once. The lines are those of the made-up merchant of `benchmarks.plan_scale`, whose plan is held in
memory as a day's is, so that a what-if plans again what the night planned.

Times are the clients'. Processor time is told apart: of the desk, of the database, and of the people's own process,
which would be browsers elsewhere. Memory is the desk's, before and after `--flat` more requests of one person. One
person's rounds warm it up. With `--what-if-skus 0` nobody asks what if, and no plan is made.
"""

from __future__ import annotations

import argparse
import random
import socket
import statistics
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path

import httpx
import psutil
import uvicorn
from fastapi import Request
from sqlalchemy import Engine, insert, select

from include.desk.application import make_desk
from include.desk.csrf import token_for
from include.desk.host import Host
from include.desk.rights import Visitor
from include.lines.plan_session import PlanSessions
from include.settings.loading import load_merchant
from include.tasks.drafts import TaskList, draft, ranked
from include.tasks.kinds import kind_of
from include.tasks.publish_list import publish_list
from include.tasks.task_tables import tasks
from include.warehouse.books import open_books
from include.warehouse.migrate import migrate
from include.warehouse.tables import closes
from include.warehouse.workspace import Keys, Workspace

ROOT = Path(__file__).resolve().parents[1]
DAY = "2025-11-11"
SECRET = b"for a benchmark alone"
WAREHOUSES = ("east", "north", "south")
WHAT_IFS = ("level=85", "level=97", "lead=4", "lead=30", "quantity=60")
HISTORY_DAYS = 400


def payload(number: int) -> dict[str, object]:
    quantity = 1 + number % 400
    return {
        "sku": f"S{number // 3:06}",
        "title": f"商品 {number // 3:06}",
        "warehouse": WAREHOUSES[number % 3],
        "supplier": f"GYS{number % 97:03}",
        "category": f"类目{number % 23}",
        "quantity": quantity,
        "cost_micros": quantity * 5_500_000,
        "money_at_risk_micros": (number * 7_919) % 90_000 * 1_000_000,
        "last_order_day": f"2025-11-{12 + number % 15}",
        "service_level": 950,
        "abc": "ABC"[number % 3],
        "brief_zh": f"备货周期 12 天，预测 {quantity} 件，在库 0 件，今天不订就会断货",
        "brief_en": f"12 days to cover, {quantity} units expected, none on hand",
        "why_zh": "备货周期 12 天预测 " * 12,
        "why_en": "protection period of 12 days " * 12,
    }


def fill(books: Engine, lines: int) -> None:
    kind = kind_of("restock")
    drafts = ranked(kind, [draft(kind, DAY, payload(number)) for number in range(lines)])
    publish_list(books, TaskList("restock", DAY, drafts), datetime(2025, 11, 12, 7))


@contextmanager
def books_at(home: Path) -> Iterator[Engine]:
    from scripts.postgres_server import PostgresServer, find_postgres

    if find_postgres() is None:
        yield open_books(f"sqlite:///{home / 'books.sqlite'}")
        return
    with PostgresServer() as server:
        yield open_books(server.url)


def sessions_of(skus: int) -> PlanSessions:
    """The plan of a made-up merchant with so many skus in each warehouse, for whatever day is asked."""
    from benchmarks.line_what_if import session_for

    made = session_for(skus, HISTORY_DAYS)[0]
    return PlanSessions(make=lambda workspace, day: made)


def serve(url: str, home: str, port: int, skus: int, address: Connection) -> None:
    """The desk in a process of its own, on a port that it shares with the others."""
    root = Path(home)
    workspace = Workspace(load_merchant(ROOT / "examples" / "specimen", root), open_books(url), Keys({}, "", b""), root)

    async def visitor(request: Request) -> Visitor | None:
        return Visitor(request.headers.get("x-visitor", "nobody"), ("admin",))

    host = Host(lambda: workspace, visitor, str, "/", SECRET, lambda: datetime.now(UTC), lambda _: None)
    desk = make_desk(host, sessions_of(skus) if skus else None)
    server = uvicorn.Server(uvicorn.Config(desk, log_level="warning"))
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)  # the kernel deals connections out
    listening.bind(("127.0.0.1", port))
    thread = threading.Thread(target=server.run, args=([listening],))
    thread.start()
    while not server.started:
        time.sleep(0.02)
    address.send("ready")
    address.recv()
    server.should_exit = True
    thread.join()


@contextmanager
def served(
    books: Engine, home: Path, processes: int = 1, skus: int = 0
) -> Iterator[tuple[str, Sequence[psutil.Process]]]:
    """The desk's address and its processes. skus: of the plan that what-ifs are asked of; 0: there is none."""
    spawn, url = get_context("spawn"), books.url.render_as_string(hide_password=False)
    with socket.socket() as held:  # the port stays ours until the servers share it
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        held.bind(("127.0.0.1", 0))
        port, started = held.getsockname()[1], []
        for _ in range(processes):
            here, there = spawn.Pipe()
            process = spawn.Process(target=serve, args=(url, str(home), port, skus, there))
            process.start()
            started.append((process, here))
        for _, here in started:
            here.recv()
    yield f"http://127.0.0.1:{port}", [psutil.Process(process.pid) for process, _ in started]
    for process, here in started:
        here.send("end")
        process.join()


Took = dict[str, list[float]]


def person(address: str, number: int, rounds: int, ids: list[str], asked: list[str], took: Took, pause: float) -> None:
    """Somebody's morning: the list, a filter, a search, a line, what if, an answer, again and again. asked: lines that
    there is a plan of."""
    chance = random.Random(number)
    name = f"person{number}"
    headers = {"x-visitor": name, "x-csrf-token": token_for(name, SECRET), "hx-request": "true"}
    with httpx.Client(base_url=address, headers=headers, timeout=120) as client:
        for _ in range(rounds):
            supplier, sku = f"GYS{chance.randrange(97):03}", f"S{chance.randrange(len(ids) // 3):06}"
            task = chance.choice(ids)
            for what, path in (
                ("list", "/lists/restock?tab=open"),
                ("filter", f"/lists/restock?supplier={supplier}&urgency=1"),
                ("search", f"/lists/restock?q={sku}"),
                ("sort", "/lists/restock?sort=money&page=3"),
                ("line", f"/tasks/{task}"),
                ("today", "/"),
                *([("what if", f"/tasks/{chance.choice(asked)}/what-if?{chance.choice(WHAT_IFS)}")] if asked else ()),
            ):
                began = time.perf_counter()
                answer = client.get(path)
                took.setdefault(what, []).append(time.perf_counter() - began)
                assert answer.status_code == 200, (path, answer.status_code, answer.text[:200])
                time.sleep(pause * chance.random())
            seq = answered(client, task)
            if seq:
                began = time.perf_counter()
                client.post("/tasks/act", data={"act": "accept", "task": f"{task}:{seq}"})
                took.setdefault("answer", []).append(time.perf_counter() - began)


def answered(client: httpx.Client, task: str) -> str:
    """The event that the line's page shows; '' if the line cannot be answered any more."""
    page = client.get(f"/tasks/{task}").text
    place = page.find(f'data-task="{task}" data-seq="')
    return page[place:].split('"')[3] if place >= 0 and 'data-state="open"' in page[place : place + 200] else ""


def processor_seconds(processes: Iterable[psutil.Process]) -> float:
    """Of these processes and those that they have started."""
    used = 0.0
    for one in processes:
        for each in (one, *one.children(recursive=True)):
            try:
                used += sum(each.cpu_times()[:2])
            except psutil.NoSuchProcess:  # a connection's process of the database that has ended
                continue
    return used


def memory(servers: Sequence[psutil.Process]) -> float:
    """MiB."""
    return float(sum(one.memory_info().rss for one in servers)) / 2**20


def database_processes() -> list[psutil.Process]:
    """The server of our own, and its processes for connections."""
    ours = psutil.Process().children(recursive=True)
    return [one for one in ours if one.name().startswith("postgres") and one.parent().name() != one.name()]


def flat(address: str, requests: int, ids: list[str], servers: Sequence[psutil.Process]) -> None:
    """One person opens lists, filters and lines; the memory after each fifth says whether it grows."""
    chance, said = random.Random(7), [f"{memory(servers):.0f}"]
    with httpx.Client(base_url=address, headers={"x-visitor": "flat", "hx-request": "true"}, timeout=120) as client:
        for number in range(requests):
            paths = ("/lists/restock?tab=open", f"/lists/restock?supplier=GYS{chance.randrange(97):03}",
                     f"/tasks/{chance.choice(ids)}")  # fmt: skip
            assert client.get(paths[number % 3]).status_code == 200
            if number % max(requests // 5, 1) == max(requests // 5, 1) - 1:
                said.append(f"{memory(servers):.0f}")
    print(f"memory over {requests:,} requests of one person, MiB: {', '.join(said)}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lines", type=int, default=50_000)
    parser.add_argument("--people", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--pause", type=float, default=2.0, help="seconds that a person thinks between pages, at most")
    parser.add_argument("--processes", type=int, default=2, help="of the desk, as AIRFLOW__API__WORKERS says")
    parser.add_argument("--what-if-skus", type=int, default=16_700, help="of the plan, each in three warehouses")
    parser.add_argument("--flat", type=int, default=10_000, help="requests over which the memory is told")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, books_at(Path(folder)) as books:
        home = Path(folder)
        migrate(books)
        began = time.perf_counter()
        fill(books, options.lines)
        print(f"{options.lines:,} lines on {books.dialect.name}, published in {time.perf_counter() - began:.0f} s")
        with books.begin() as connection:
            closed = {"day": DAY, "revision": 1, "closed_at": "2025-11-12 01:00:00", "missing_shops": "[]",
                      "inputs_hash": "0" * 64, "exports": 1, "touched": "{}"}  # fmt: skip
            connection.execute(insert(closes), closed)
        with books.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            if books.dialect.name == "postgresql":
                connection.exec_driver_sql("VACUUM ANALYZE")  # what its own upkeep does within a minute
            ids = list(connection.scalars(select(tasks.c.task_id)))
            planned = tasks.c.sku < f"S{options.what_if_skus:06}"
            asked = list(connection.scalars(select(tasks.c.task_id).where(planned))) if options.what_if_skus else []
        with served(books, home, options.processes, options.what_if_skus) as (address, servers):
            own = psutil.Process()
            for people in (1, options.people):
                took: Took = {}
                databases = database_processes()
                before = [processor_seconds(servers), processor_seconds(databases), sum(own.cpu_times()[:2])]
                began = time.perf_counter()
                with ThreadPoolExecutor(people) as pool:
                    pause = options.pause if people > 1 else 0.0
                    jobs = [
                        pool.submit(person, address, n, options.rounds, ids, asked, took, pause) for n in range(people)
                    ]
                    for job in jobs:
                        job.result()
                after = [processor_seconds(servers), processor_seconds(databases), sum(own.cpu_times()[:2])]
                requests, seconds = sum(map(len, took.values())), time.perf_counter() - began
                desk, database, load = ((new - old) / requests * 1000 for new, old in zip(after, before, strict=True))
                print(
                    f"{people} at once, {requests:,} requests in {seconds:.0f} s; processor a request: {desk:.1f} ms "
                    f"of the desk, {database:.1f} ms of the database, {load:.1f} ms of the people's process; two cores "
                    f"would take {2000 / (desk + database):.0f} requests a second; memory {memory(servers):.0f} MiB"
                )
                for what, times in took.items():
                    ranked_times = sorted(times)
                    high = ranked_times[min(int(len(ranked_times) * 0.95), len(ranked_times) - 1)]
                    print(f"  {what:8} median {statistics.median(times) * 1000:6.0f} ms   95 % {high * 1000:6.0f} ms")
            if options.flat:
                flat(address, options.flat, ids, servers)


if __name__ == "__main__":
    main()
