"""What goes wrong with a process: the n-th thing that it does to the world fails, or is the last thing that it does.

A `Watch` counts the operations of a step: statements, commits and connections of the books (SQLAlchemy, ADBC, COPY),
files opened for writing, written, renamed, removed and made durable below the merchant's home, and sends. A commit and
a send count twice, before and after they took effect, since a process may die and an answer be lost after either.
"""

import builtins
import errno
import io
import os
import signal
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

import adbc_driver_manager
import adbc_driver_manager.dbapi as adbc
import adbc_driver_postgresql.dbapi
import adbc_driver_sqlite.dbapi
import httpx
import psycopg
from sqlalchemy import Engine, event
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.exc import OperationalError

# Of a commit or a send: what did not happen, and what did although nobody heard of it.
BEFORE, AFTER = "before", "after"
FILE_CALLS = ("replace", "rename", "mkdir", "unlink", "remove", "rmdir", "open", "fsync", "link")


class Killed(BaseException):
    """The process died here. Nothing that it does afterwards has an effect: every further operation raises it again."""


@dataclass
class Fault:
    """The `at`-th operation goes wrong; how:

    kill: by SIGKILL, for a forked process. die: by `Killed`, in this process. error: as a full disk, a lost connection
    or a receiver that does not answer. lost: by what `lose` does to the books' server, after which the operation runs.
    """

    at: int
    how: str
    number: int = 0  # chooses among the errors that an operation may end in
    lose: Callable[[], None] | None = None


@dataclass
class Watch:
    """Counts operations below `home` and in the books, and lets a fault happen. told: names of the operations; look:
    is called with the number of each before it takes effect."""

    home: Path
    fault: Fault | None = None
    look: Callable[[int], None] | None = None
    told: list[str] = field(default_factory=list)
    is_dead: bool = False
    struck: str = ""  # the operation that the fault met
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, name: str, error: Callable[[int], BaseException]) -> None:
        """An operation begins, or has just taken effect; error: number -> what it may end in."""
        if self.is_dead:
            raise Killed
        with self._lock:
            self.told.append(name)
            if self.look is not None:
                self.look(len(self.told))
            fault = self.fault
            if fault is None or len(self.told) != fault.at:
                return None
            self.struck = name
        if fault.how == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if fault.how == "die":
            self.is_dead = True
            raise Killed
        if fault.how == "lost" and fault.lose is not None:
            return fault.lose()
        raise error(fault.number)

    def is_below(self, path: object) -> bool:
        return isinstance(path, (str, os.PathLike)) and os.fspath(path).startswith(f"{self.home}/")


_watching: Watch | None = None


@contextmanager
def watched(watch: Watch) -> Iterator[Watch]:
    """The watch looks at everything that this process does within."""
    global _watching
    with _hooks():
        _watching = watch
        try:
            yield watch
        finally:
            _watching = None


def unseen(look: Callable[[int], None]) -> Callable[[int], None]:
    """The same, with nothing that it does counted as an operation."""

    def looked(number: int) -> None:
        global _watching
        watch, _watching = _watching, None
        try:
            look(number)
        finally:
            _watching = watch

    return looked


def _disk(number: int) -> OSError:
    code = (errno.ENOSPC, errno.EACCES, errno.EIO)[number % 3]
    return OSError(code, os.strerror(code))


def _books(number: int) -> BaseException:
    said = ("disk I/O error", "database or disk is full", "server closed the connection unexpectedly")[number % 3]
    return OperationalError("a statement", {}, sqlite3.OperationalError(said))


def _adbc(number: int) -> BaseException:
    said = ("disk I/O error", "database or disk is full", "server closed the connection unexpectedly")[number % 3]
    return adbc_driver_manager.OperationalError(said, status_code=adbc_driver_manager.AdbcStatusCode.IO)


def _psycopg(_: int) -> BaseException:
    return psycopg.OperationalError("server closed the connection unexpectedly")


@contextmanager
def _hooks() -> Iterator[None]:
    with ExitStack() as stack:
        for name in FILE_CALLS:
            stack.enter_context(patch.object(os, name, _file_call(name, getattr(os, name))))
        opened = _opened(builtins.open)
        stack.enter_context(patch.object(builtins, "open", opened))
        stack.enter_context(patch.object(io, "open", opened))
        stack.enter_context(patch.object(DefaultDialect, "do_commit", _commit(DefaultDialect.do_commit, _books)))
        stack.enter_context(patch.object(adbc.Connection, "commit", _commit(adbc.Connection.commit, _adbc)))
        for owner, name, error in (
            (adbc.Cursor, "execute", _adbc),
            (adbc.Cursor, "adbc_ingest", _adbc),
            (adbc_driver_sqlite.dbapi, "connect", _adbc),
            (adbc_driver_postgresql.dbapi, "connect", _adbc),
            (psycopg.Cursor, "copy", _psycopg),
        ):
            stack.enter_context(patch.object(owner, name, _call(name, getattr(owner, name), error)))
        for name, hook in (("before_cursor_execute", _statement), ("do_connect", _connect)):
            event.listen(Engine, name, hook)
            stack.callback(event.remove, Engine, name, hook)
        yield


def _call(name: str, original: Any, error: Callable[[int], BaseException]) -> Any:
    def call(*arguments: Any, **more: Any) -> Any:
        if (watch := _watching) is not None:
            watch(name, error)
        return original(*arguments, **more)

    return call


def _commit(original: Any, error: Callable[[int], BaseException]) -> Any:
    def commit(*arguments: Any) -> Any:
        watch = _watching
        if watch is None:
            return original(*arguments)
        watch(f"commit {BEFORE}", error)
        done = original(*arguments)
        watch(f"commit {AFTER}", error)
        return done

    return commit


def _statement(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
    if (watch := _watching) is not None:
        watch(f"statement {' '.join(statement.split()[:3])}", _books)


def _connect(*_: Any) -> None:
    if (watch := _watching) is not None:
        watch("connect", _books)


def _file_call(name: str, original: Any) -> Any:
    def call(path: Any, *arguments: Any, **more: Any) -> Any:
        watch = _watching
        if watch is not None and (name == "fsync" or watch.is_below(path)):
            watch(name, _disk)
        return original(path, *arguments, **more)

    return call


def _opened(original: Any) -> Any:
    def opened(file: Any, mode: str = "r", *arguments: Any, **more: Any) -> Any:
        watch = _watching
        if watch is None or not watch.is_below(file):
            return original(file, mode, *arguments, **more)
        is_written = bool(set(mode) & set("wax+"))
        watch("open to write" if is_written else "open to read", _disk)
        stream = original(file, mode, *arguments, **more)
        return _Writing(stream, watch) if is_written else stream

    return opened


class _Writing:
    """A file being written: a write that goes wrong leaves a half."""

    def __init__(self, stream: Any, watch: Watch) -> None:
        self._stream, self._watch = stream, watch

    def write(self, content: Any) -> int:
        fault = self._watch.fault
        if fault is not None and len(self._watch.told) + 1 == fault.at:
            self._stream.write(content[: len(content) // 2])
            self._stream.flush()
        self._watch("write", _disk)
        return int(self._stream.write(content))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def __enter__(self) -> "_Writing":
        self._stream.__enter__()
        return self

    def __exit__(self, *about: Any) -> Any:
        return self._stream.__exit__(*about)

    def __iter__(self) -> Any:
        return iter(self._stream)


@dataclass
class Receivers:
    """Who is sent lists, in place of HTTP: every list that arrives is a line of `log`, whoever dies afterwards.

    faults: what becomes of the next sends, in turn; each is used up by one: `refused` before it is taken, `busy`,
    `broken` (5xx) and `silent` (no answer in time) each before or after.
    """

    log: Path
    faults: list[str] = field(default_factory=list)

    def answer(self, request: httpx.Request) -> httpx.Response:
        watch = _watching
        if watch is not None:
            watch(f"send {BEFORE}", _unreached)
        fault = self.faults.pop(0) if self.faults else ""
        if fault == "refused":
            return httpx.Response(400, text="refused")
        if fault == "busy":
            return httpx.Response(429, text="busy", headers={"Retry-After": "120"})
        if not fault.endswith(BEFORE):
            line = f"{request.url.host} {request.headers['Idempotency-Key']} {request.content.decode()}\n"
            written = os.open(str(self.log), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            os.write(written, line.encode())
            os.close(written)
        if watch is not None:
            watch(f"send {AFTER}", _unanswered)
        if fault.startswith("broken"):
            return httpx.Response(502, text="bad gateway")
        if fault.startswith("silent"):
            raise httpx.ReadTimeout("no answer")
        return httpx.Response(200, text="taken")

    def arrived(self) -> list[tuple[str, str, str]]:
        """(receiver, delivery key, body) of what was taken, in order."""
        if not self.log.exists():
            return []
        lines = self.log.read_text(encoding="utf-8").splitlines()
        return [tuple(line.split(" ", 2)) for line in lines]  # type: ignore[misc]

    @contextmanager
    def listening(self) -> Iterator[None]:
        real = httpx.Client

        def client(**options: Any) -> httpx.Client:
            return real(**options, transport=httpx.MockTransport(self.answer))

        with patch("include.tasks.channels.http.httpx.Client", client):
            yield


def _unreached(_: int) -> BaseException:
    return httpx.ConnectError("connection refused")


def _unanswered(_: int) -> BaseException:
    return httpx.ReadTimeout("no answer in time")
