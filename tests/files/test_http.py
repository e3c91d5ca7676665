"""Exports over HTTP, from a server of our own: what is cut off, slow or replaced arrives once and whole."""

import dataclasses
import hashlib
import io
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import pytest

from include.files.errors import SourceError
from include.files.locations.credentials import StorageOptions, storage_options
from include.files.raw_store import Kept
from include.settings.reading import Reading
from tests.files.conftest import DAY, NAME


@dataclass
class Server:
    """files: path -> content. Each way of misbehaving is a switch."""

    url: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    listing: str = "html"
    changed_at: float = field(default_factory=lambda: time.time() - 600)
    tells_change: bool = True
    answers_head: bool = True
    tells_length: bool = True
    cut_off_at: int | None = None
    wanted: str | None = None  # the Authorization header
    redirect: str | None = None
    after_get: Callable[[], None] | None = None
    asked: list[tuple[str, str, int]] = field(default_factory=list)  # method, path, answer
    credentials: list[str | None] = field(default_factory=list)

    def put(self, content: bytes, name: str = NAME) -> None:
        self.files[f"/exports/{DAY}/{name}"] = content

    def downloads(self) -> list[int]:
        return [code for method, path, code in self.asked if method == "GET" and not path.endswith("/")]


def _handler(state: Server) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: Any) -> None:
            pass

        def do_HEAD(self) -> None:
            self._answer("HEAD")

        def do_GET(self) -> None:
            self._answer("GET")

        def _answer(self, method: str) -> None:
            path = unquote(urlsplit(self.path).path)
            state.credentials.append(self.headers.get("Authorization"))
            if state.wanted and self.headers.get("Authorization") != state.wanted:
                return self._end(method, path, 401)
            if method == "HEAD" and not state.answers_head:
                return self._end(method, path, 405)
            if path.endswith("/"):
                return self._list(method, path)
            if path not in state.files:
                return self._end(method, path, 404)
            if state.redirect:
                return self._end(method, path, 302, {"Location": state.redirect})
            content = state.files[path]
            about = {"Content-Type": "text/csv"}
            if state.tells_change:
                about["Last-Modified"] = formatdate(state.changed_at, usegmt=True)
                about["ETag"] = f'"{hashlib.sha256(content).hexdigest()[:16]}"'
                if about["ETag"] == self.headers.get("If-None-Match"):
                    return self._end(method, path, 304)
            self._end(method, path, 200, about, content)
            if method == "GET" and state.after_get:
                happen, state.after_get = state.after_get, None
                happen()
            return None

        def _list(self, method: str, path: str) -> None:
            names = [file.removeprefix(path) for file in state.files if file.startswith(path)]
            if not names:
                return self._end(method, path, 404)
            if state.listing == "html":
                links = ['<a href="?C=M;O=A">Last modified</a>', '<a href="../">Parent</a>']
                links += [f'<a href="{quote(name)}">{name}</a>' for name in names]
                return self._end(method, path, 200, {"Content-Type": "text/html"}, "".join(links).encode())
            if state.listing == "json":
                text = "[" + ",".join(f'{{"name": "{name}", "size": 1}}' for name in names) + "]"
                return self._end(method, path, 200, {"Content-Type": "application/json"}, text.encode())
            return self._end(method, path, 200, {"Content-Type": "text/plain"}, "\n".join(names).encode())

        def _end(
            self, method: str, path: str, code: int, headers: dict[str, str] | None = None, content: bytes = b""
        ) -> None:
            state.asked.append((method, path, code))
            self.send_response(code)
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            if state.tells_length or code != 200:
                self.send_header("Content-Length", str(len(content)))
            else:
                self.send_header("Connection", "close")
            self.end_headers()
            if method == "GET":
                short = content if state.cut_off_at is None or path.endswith("/") else content[: state.cut_off_at]
                self.wfile.write(short)
            if not state.tells_length or state.cut_off_at is not None:
                self.close_connection = True

    return Handler


@pytest.fixture
def start_server() -> Iterator[Callable[[], Server]]:
    running = []

    def start() -> Server:
        state = Server()
        server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(state))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        running.append(server)
        state.url = f"http://127.0.0.1:{server.server_address[1]}"
        return state

    yield start
    for server in running:
        server.shutdown()
        server.server_close()


@pytest.fixture
def server(start_server: Callable[[], Server]) -> Server:
    return start_server()


@pytest.fixture
def books(server: Server, open_books_of: Callable[..., Any]) -> Any:
    return open_books_of({"path": f"{server.url}/exports/{{day}}/"})


@pytest.mark.parametrize("listing", ["html", "json", "text"])
def test_a_listing_is_read_in_any_form(
    server: Server, books: Any, orders_file: Callable[..., bytes], listing: str
) -> None:
    server.listing = listing
    server.put(orders_file(1))
    server.put(b"x", "说明 1.txt")

    assert books.are_whole()
    assert books.ingest().whole

    assert books.exports == [(DAY, NAME, "published", 1)]


def test_a_day_that_is_not_listed_yet_is_waited_for(server: Server, books: Any) -> None:
    assert not books.are_whole()


def test_addresses_of_a_server_without_a_listing(
    server: Server, open_books_of: Callable[..., Any], orders_file: Callable[..., bytes]
) -> None:
    server.files["/report"] = orders_file(1, 2)
    # given a report that is made as it is asked for: nobody knows when it was changed
    server.tells_change = False
    books = open_books_of(
        {"path": server.url, "files": {"ExportOrderList{yyyymmdd}.csv": "/report?day={day}&kind=orders"}}
    )

    assert books.are_whole()
    assert books.ingest().whole

    assert books.exports == [(DAY, "ExportOrderList20260501.csv", "published", 2)]


def test_what_is_not_modified_is_not_sent_again(server: Server, books: Any, orders_file: Callable[..., bytes]) -> None:
    server.put(orders_file(1))

    books.ingest()
    again = books.ingest()

    assert server.downloads() == [200, 304]
    assert again.whole
    assert again.rows == 1  # the kept bytes were checked and published again, as a mended mapping needs
    server.put(orders_file(1, 2))
    assert books.ingest().whole
    assert server.downloads() == [200, 304, 200]
    assert books.orders == ["1", "2"]


def test_a_zip_of_a_day_s_reports_is_sent_once(
    server: Server, open_books_of: Callable[..., Any], orders_file: Callable[..., bytes]
) -> None:
    # given a zip that says by its members' names only what is in it
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for number in range(1, 5):
            archive.writestr(f"ExportOrderList{number}.csv", orders_file(number))
    server.put(packed.getvalue(), "千牛_1.zip")
    books = open_books_of({"path": f"{server.url}/exports/{{day}}/", "archives": "千牛_*.zip"})

    assert books.ingest().whole

    assert server.downloads() == [200]
    assert books.orders == ["1", "2", "3", "4"]
    # and once more, to see what is in it, and no member again
    assert books.ingest().whole
    assert server.downloads() == [200, 200]


def test_a_zip_that_is_replaced_after_it_was_looked_into_is_read_again(
    server: Server, open_books_of: Callable[..., Any], orders_file: Callable[..., bytes]
) -> None:
    def day_of(number: int) -> bytes:
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("ExportOrderList1.csv", orders_file(number))
        return packed.getvalue()

    server.put(day_of(1), "千牛_1.zip")
    server.after_get = lambda: server.put(day_of(2), "千牛_1.zip")
    books = open_books_of({"path": f"{server.url}/exports/{{day}}/", "archives": "千牛_*.zip"})

    assert books.ingest().files == 0  # it is looked into again
    assert books.exports == []
    assert books.ingest().whole
    assert books.orders == ["2"]


def test_a_large_download_goes_through_to_the_raw_store(
    server: Server, books: Any, orders_file: Callable[..., bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is hashed and sealed as it comes, read from there in parts, and never held."""
    server.put(orders_file(*range(1, 900)))
    books.workspace = dataclasses.replace(
        books.workspace, merchant=books.workspace.merchant.model_copy(update={"reading": Reading(part_megabytes=0.01)})
    )
    monkeypatch.setattr(Kept, "read", lambda _: pytest.fail("held whole"))

    assert books.ingest().whole
    assert books.ingest().whole

    assert server.downloads() == [200, 304]
    assert books.exports == [(DAY, NAME, "published", 899)]
    assert list(books.workspace.raw_store().kept()) == [hashlib.sha256(orders_file(*range(1, 900))).hexdigest()]
    # and one that is cut off leaves nothing
    server.put(orders_file(*range(1, 901)))
    server.cut_off_at = 30_000
    assert list(books.ingest().failed) == [NAME]
    assert len(list(books.workspace.raw_store().kept())) == 1


@pytest.mark.parametrize("answers_head", [True, False])
def test_a_download_that_is_cut_off_is_not_taken_for_whole(
    server: Server, books: Any, orders_file: Callable[..., bytes], answers_head: bool
) -> None:
    # given a download that ends right after a whole line
    server.put(orders_file(1, 2))
    server.answers_head = answers_head
    server.cut_off_at = len(orders_file(1))

    first = books.ingest()

    assert list(first.failed) == [NAME]
    assert first.worth_trying_again
    assert books.exports == []
    server.cut_off_at = None
    assert books.ingest().whole
    assert books.exports == [(DAY, NAME, "published", 2)]


def test_a_file_of_unknown_length_is_refused(server: Server, books: Any, orders_file: Callable[..., bytes]) -> None:
    server.put(orders_file(1))
    server.tells_length = False

    assert "does not say how long" in books.ingest().failed[NAME]
    assert books.exports == []


def test_a_file_that_still_grows_is_waited_for(server: Server, books: Any, orders_file: Callable[..., bytes]) -> None:
    server.put(orders_file(1))
    server.changed_at = time.time()

    assert books.ingest().unsettled == [NAME]
    server.put(orders_file(1, 2))
    assert books.ingest(later_seconds=61).whole

    assert books.exports == [(DAY, NAME, "published", 2)]


def test_a_file_that_is_replaced_while_it_is_read_is_read_again(
    server: Server, books: Any, orders_file: Callable[..., bytes]
) -> None:
    # given another content of the same length and time, put there when the first was sent
    server.put(orders_file(1, 2))
    server.after_get = lambda: server.put(orders_file(3, 4))

    first = books.ingest()

    assert "changed or replaced" in first.failed[NAME]
    assert books.exports == []
    assert books.ingest().whole
    assert books.orders == ["3", "4"]


def test_credentials_go_to_their_own_server_only(
    start_server: Callable[[], Server], open_books_of: Callable[..., Any], orders_file: Callable[..., bytes]
) -> None:
    # given a server that wants a token and sends the reader on to another one
    server, other = start_server(), start_server()
    server.put(orders_file(1))
    other.files["/signed"] = orders_file(1)
    server.wanted = "Bearer top-secret"
    source = {"path": f"{server.url}/exports/{{day}}/", "connection": "erp"}
    options = storage_options(source["path"], host="127.0.0.1", password="top-secret")
    server.redirect = f"{other.url}/signed?token=elsewhere"

    assert open_books_of(source, options).ingest().whole

    assert set(server.credentials) == {"Bearer top-secret"}
    assert set(other.credentials) == {None}


def test_no_error_tells_the_secrets(
    server: Server, open_books_of: Callable[..., Any], orders_file: Callable[..., bytes]
) -> None:
    server.put(orders_file(1))
    server.wanted = "something else"
    options = storage_options(server.url, login="reader", password="top-secret", extra={"headers": {"X-Key": "abcd99"}})

    with pytest.raises(SourceError, match="401") as caught:
        open_books_of({"path": f"{server.url}/exports/{{day}}/?sign=zzzz", "connection": "erp"}, options).ingest()

    told = f"{caught.value!r} {options} {StorageOptions(options)!r}"
    assert not any(secret in told for secret in ("top-secret", "abcd99", "zzzz"))


def test_no_log_tells_an_address(
    server: Server, books: Any, orders_file: Callable[..., bytes], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    server.put(orders_file(1), "ExportOrderList_13800138000.csv")

    assert books.ingest().whole

    assert "13800138000" not in caplog.text
    assert "HTTP Request" not in caplog.text
