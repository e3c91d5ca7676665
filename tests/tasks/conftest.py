"""Books with the tables of tasks, on SQLite and on a PostgreSQL that the tests start themselves."""

import threading
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, make_url, text

from include.tasks.drafts import Draft, TaskList, draft
from include.tasks.kinds import kind_of
from include.warehouse.books import open_books
from include.warehouse.tables import metadata
from tests.task_books import TABLES, restock_sum


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def books(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    if request.param == "sqlite":
        engine = open_books(f"sqlite:///{tmp_path / 'books.sqlite'}")
        metadata.create_all(engine, tables=list(TABLES))
        yield engine
        engine.dispose()
        return
    server = request.getfixturevalue("postgres_url")
    schema = f"tasks_{uuid.uuid4().hex[:12]}"
    plain = open_books(server)
    with plain.begin() as connection:
        connection.execute(text(f"CREATE SCHEMA {schema}"))
    address = make_url(server).update_query_dict({"options": f"-csearch_path={schema}"})
    engine = open_books(address.render_as_string(hide_password=False))
    metadata.create_all(engine, tables=list(TABLES))
    yield engine
    engine.dispose()
    with plain.begin() as connection:
        connection.execute(text(f"DROP SCHEMA {schema} CASCADE"))
    plain.dispose()


def restock_draft(sku: str, quantity: int = 10, day: str = "2025-11-12", **more: object) -> Draft:
    """A restock line whose sum holds: need = quantity, nothing on hand."""
    payload = {
        "sku": sku,
        "title": f"product {sku}",
        "warehouse": "hangzhou",
        "supplier": "S1",
        **restock_sum(quantity),
        "last_order_day": "2025-11-13",
        "abc": "A",
        **more,
    }
    return draft(kind_of("restock"), day, payload)


def restock(day: str, *lines: Draft, **more: object) -> TaskList:
    return TaskList("restock", day, lines, manifest={"exports": ["e1"], "code": "v1"}, **more)  # type: ignore[arg-type]


def morning(day: str, hour: int = 8) -> datetime:
    """A moment of a day, merchant's time."""
    return datetime.fromisoformat(f"{day}T{hour:02d}:00:00")


@pytest.fixture
def make() -> type:
    """The makers above, for tests: modules are imported one by one and share nothing but fixtures."""

    class Make:
        draft = staticmethod(restock_draft)
        restock = staticmethod(restock)
        at = staticmethod(morning)

    return Make


@dataclass
class Receiver:
    """An HTTP receiver: answers with `status`, `body`, `headers` after `wait` seconds, one byte at a time when it
    drips; keeps (path, headers, body) of requests that `verify` accepts, and counts the others as wrong."""

    url: str = ""
    status: int = 200
    body: bytes = b'{"code": 0}'
    headers: dict[str, str] = field(default_factory=dict)
    wait: float = 0.0
    drip: bool = False
    hang_up: bool = False
    got: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    wrong: int = 0
    verify: Callable[[dict[str, str], bytes], bool] = lambda headers, body: True


@pytest.fixture
def http_receiver() -> Iterator[Receiver]:
    told, stop = Receiver(), threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if told.verify(dict(self.headers), body):
                told.got.append((self.path, dict(self.headers), body))
            else:
                told.wrong += 1
            stop.wait(told.wait)
            if told.hang_up:
                self.connection.close()
                return
            self.send_response(told.status)
            for name, value in told.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(told.body)))
            self.end_headers()
            try:
                for byte in told.body if told.drip else ():
                    self.wfile.write(bytes([byte]))
                    stop.wait(0.3)
                if not told.drip:
                    self.wfile.write(told.body)
            except OSError:
                return  # the sender has given up, which is what some tests are about

        def log_message(self, *_: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    told.url = f"http://127.0.0.1:{server.server_address[1]}/hook?access_token=t0ps3cret"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield told
    stop.set()
    server.shutdown()
    thread.join()
    server.server_close()
