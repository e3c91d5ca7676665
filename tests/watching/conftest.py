"""A merchant whose alerts go to robots, mail and a webhook on this machine, and a server for what is asked by HTTP."""

import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from include.settings.loading import load_merchant
from include.settings.merchant import Merchant
from include.warehouse.books import open_books
from include.warehouse.workspace import Keys, Workspace

EXAMPLE = Path(__file__).parents[2] / "examples" / "specimen"


@dataclass
class Receiver:
    """got: method, path, headers and body of each request. answers: statuses of the next requests; then 200."""

    url: str = ""
    got: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    told = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            told.got.append((self.command, self.path, dict(self.headers), body))
            self.send_response(told.answers.pop(0) if told.answers else 200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_GET = do_POST

        def log_message(self, *_: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    told.url = f"http://127.0.0.1:{server.server_address[1]}/hooks/duty"
    yield told
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def sqlite_books(tmp_path: Path, migrated: Path) -> Iterator[Engine]:
    file = tmp_path / "books.sqlite"
    shutil.copy(migrated, file)
    engine = open_books(f"sqlite:///{file}")
    yield engine
    engine.dispose()


@pytest.fixture
def merchant_with(tmp_path: Path) -> Callable[..., Merchant]:
    """The example merchant with channels and alerts of its own."""

    def made(*channels: dict[str, Any], **alerts: Any) -> Merchant:
        before = load_merchant(EXAMPLE, tmp_path).model_dump()
        own = [{"lists": [], "connection": "any", "language": before["language"], **one} for one in channels]
        return Merchant.model_validate(
            {**before, "channels": [*before["channels"], *own],
             "alerts": {"channels": [one["name"] for one in channels], **alerts}}
        )  # fmt: skip

    return made


@pytest.fixture
def workspace_of(sqlite_books: Engine, tmp_path: Path) -> Callable[[Merchant], Workspace]:
    return lambda merchant: Workspace(merchant, sqlite_books, Keys({}, "", b""), tmp_path)
