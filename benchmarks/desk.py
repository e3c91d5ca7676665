"""How long the desk's pages take with many open tasks and many people: `python -m benchmarks.desk`.

Books with so many open restock lines (PostgreSQL where it is installed, else SQLite), the desk served by one process of
uvicorn as Airflow serves it, and people in another process who open lists, filter, open lines and answer, all at once.
Times are the clients'; processor time and memory are those of the server's process. One
person's rounds warm it up.
"""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
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
from sqlalchemy import Engine, select

from include.desk.application import make_desk
from include.desk.csrf import token_for
from include.desk.host import Host
from include.desk.rights import Visitor
from include.settings.loading import load_merchant
from include.tasks.drafts import TaskList, draft, ranked
from include.tasks.kinds import kind_of
from include.tasks.publish_list import publish_list
from include.tasks.task_tables import tasks
from include.warehouse.books import open_books
from include.warehouse.migrate import migrate
from include.warehouse.workspace import Keys, Workspace

ROOT = Path(__file__).resolve().parents[1]
DAY = "2025-11-11"
SECRET = b"for a benchmark alone"
WAREHOUSES = ("华东仓", "华南仓", "华北仓")


def payload(number: int) -> dict[str, object]:
    quantity = 1 + number % 400
    return {
        "sku": f"SKU{number // 3:06}",
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


def serve(url: str, home: str, address: Connection) -> None:
    """The desk in a process of its own. Says on which port it listens."""
    root = Path(home)
    workspace = Workspace(load_merchant(ROOT / "examples" / "specimen", root), open_books(url), Keys({}, "", b""), root)

    async def visitor(request: Request) -> Visitor | None:
        return Visitor(request.headers.get("x-visitor", "nobody"), ("admin",))

    host = Host(lambda: workspace, visitor, str, "/", SECRET, lambda: datetime.now(UTC))
    server = uvicorn.Server(uvicorn.Config(make_desk(host), host="127.0.0.1", port=0, log_level="warning"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    address.send(server.servers[0].sockets[0].getsockname()[1])
    address.recv()
    server.should_exit = True
    thread.join()


@contextmanager
def served(books: Engine, home: Path) -> Iterator[tuple[str, psutil.Process]]:
    here, there = get_context("spawn").Pipe()
    url = books.url.render_as_string(hide_password=False)
    process = get_context("spawn").Process(target=serve, args=(url, str(home), there))
    process.start()
    yield f"http://127.0.0.1:{here.recv()}", psutil.Process(process.pid)
    here.send("end")
    process.join()


def person(address: str, number: int, rounds: int, ids: list[str], took: dict[str, list[float]], pause: float) -> None:
    """Somebody's morning: the list, a filter, a search, a line, an answer, again and again."""
    chance = random.Random(number)
    name = f"person{number}"
    headers = {"x-visitor": name, "x-csrf-token": token_for(name, SECRET), "hx-request": "true"}
    with httpx.Client(base_url=address, headers=headers, timeout=120) as client:
        for _ in range(rounds):
            supplier, sku = f"GYS{chance.randrange(97):03}", f"SKU{chance.randrange(len(ids) // 3):06}"
            task = chance.choice(ids)
            for what, path in (
                ("list", "/lists/restock?tab=open"),
                ("filter", f"/lists/restock?supplier={supplier}&urgency=1"),
                ("search", f"/lists/restock?q={sku}"),
                ("sort", "/lists/restock?sort=money&page=3"),
                ("line", f"/tasks/{task}"),
                ("today", "/"),
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=50_000)
    parser.add_argument("--people", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--pause", type=float, default=2.0, help="seconds that a person thinks between pages, at most")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, books_at(Path(folder)) as books:
        home = Path(folder)
        migrate(books)
        began = time.perf_counter()
        fill(books, options.lines)
        print(f"{options.lines:,} lines on {books.dialect.name}, published in {time.perf_counter() - began:.0f} s")
        with books.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            if books.dialect.name == "postgresql":
                connection.exec_driver_sql("VACUUM ANALYZE")  # what its own upkeep does within a minute
            ids = list(connection.scalars(select(tasks.c.task_id)))
        with served(books, home) as (address, server):
            for people in (1, options.people):
                took: dict[str, list[float]] = {}
                before, used = server.memory_info().rss, sum(server.cpu_times()[:2])
                with ThreadPoolExecutor(people) as pool:
                    jobs = [
                        pool.submit(person, address, n, options.rounds, ids, took, options.pause if people > 1 else 0.0)
                        for n in range(people)
                    ]
                    for job in jobs:
                        job.result()
                grown = (server.memory_info().rss - before) / 2**20
                used = sum(server.cpu_times()[:2]) - used
                requests = sum(map(len, took.values()))
                print(
                    f"{people} at once, {requests} requests, {used / requests * 1000:.0f} ms of the server's processor "
                    f"each, memory grew {grown:.0f} MiB"
                )
                for what, seconds in took.items():
                    ranked_times = sorted(seconds)
                    high = ranked_times[min(int(len(ranked_times) * 0.95), len(ranked_times) - 1)]
                    print(f"  {what:8} median {statistics.median(seconds) * 1000:6.0f} ms   95 % {high * 1000:6.0f} ms")


if __name__ == "__main__":
    main()
