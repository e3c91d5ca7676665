"""The merchant's world: a home, books on SQLite or PostgreSQL, receivers; kept and put back whole, so that a night may
start from any moment of another one."""

import copy
import json
import os
import pickle
import re
import resource
import shutil
import signal
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pandas as pd
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.pool import NullPool

from include.quality import check_export
from include.warehouse.workspace import Workspace
from tests.copies import new_workspace
from tests.nights import business
from tests.nights.faults import Fault, Killed, Receivers, Watch, unseen, watched

SECRETS = {name: {"url": f"http://{name}/lists", "secret": "s"} for name in ("strict", "patient")}
ROOT = Path(__file__).parents[2]
HUNG_SECONDS = 600  # a step takes seconds: whoever is still at it then waits for ever

Work = Callable[[Workspace], list[str]]
"""A step on a workspace; what it could not do, if it says so without an exception."""


@dataclass
class World:
    """folder: of this run alone. url: the books' database; None: SQLite in the home. settings: as of the merchant."""

    folder: Path
    url: str | None = None
    settings: Mapping[str, Any] | None = None
    watch: Watch | None = None

    def __post_init__(self) -> None:
        self.home = self.folder / "home"
        self.home.mkdir(parents=True)
        self.merchant = business.merchant(self.home, self.settings)
        self.receivers = Receivers(self.home / "receivers.log")
        self.kept: dict[str, Path] = {}
        self.workspace = new_workspace(self.merchant, self.url or self.merchant.books, business.keys(), self.home)

    def keep(self, name: str) -> None:
        """Keep the world as it is now under a name."""
        self.forget(name)
        place = self.kept[name] = self.folder / name
        shutil.copytree(self.home, place)
        if self.url:
            self._copy_database(self._own, f"{self._own}_{name}")

    def put_back(self, name: str) -> None:
        """The world as it was when it was kept."""
        shutil.rmtree(self.home)
        shutil.copytree(self.kept[name], self.home)
        self.receivers.faults.clear()
        if self.url:
            self._copy_database(f"{self._own}_{name}", self._own)

    def twice(self, folder: Path) -> "World":
        """Another world like this one, which goes its own way from here."""
        if self.url:
            self._copy_database(self._own, f"{self._own}_other")
        url = make_url(self.url).set(database=f"{self._own}_other") if self.url else None
        other = World(folder, url.render_as_string(hide_password=False) if url else None, self.settings)
        other.workspace.books.dispose()
        shutil.rmtree(other.home)
        shutil.copytree(self.home, other.home)
        return other

    def forget(self, name: str) -> None:
        place = self.kept.pop(name, None)
        if place is not None:
            shutil.rmtree(place)
            if self.url:
                self._server(f'DROP DATABASE IF EXISTS "{self._own}_{name}" WITH (FORCE)')

    def end(self) -> None:
        for name in list(self.kept):
            self.forget(name)
        self.workspace.books.dispose()
        shutil.rmtree(self.folder)

    @property
    def _own(self) -> str:
        return str(make_url(str(self.url)).database)

    def _copy_database(self, source: str, target: str) -> None:
        self.workspace.books.dispose()
        self._server(
            f'DROP DATABASE IF EXISTS "{target}" WITH (FORCE)',
            f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{source}'",
            f'CREATE DATABASE "{target}" TEMPLATE "{source}" STRATEGY FILE_COPY',
        )

    def _server(self, *statements: str) -> None:
        at = make_url(str(self.url)).set(database="postgres", drivername="postgresql+psycopg")
        server = create_engine(at, isolation_level="AUTOCOMMIT", poolclass=NullPool)
        with server.connect() as connection:
            for one in statements:
                connection.execute(text(one))

    def lose_connections(self) -> None:
        """The server ends every connection to the books, as at a restart."""
        self._server(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{self._own}'")

    # How a step is lived.

    def live(self, work: Work, fault: Fault | None = None, look: Callable[[int], None] | None = None) -> list[str]:
        """In this process. Returns what went wrong, empty if nothing did. look: as of `Watch`."""
        watch = self.watch = Watch(self.home, fault, look)
        with self.receivers.listening(), kept_checks(), watched(watch):
            try:
                return work(self.workspace)
            except Killed:
                return ["died"]
            except Exception:
                return [traceback.format_exc(limit=-6)]

    def live_keeping_deaths(self, work: Work) -> list[str]:
        """A step on SQLite, undisturbed. Returns the name under which each world that an operation finds is kept: it is
        what `SIGKILL` leaves there, for nothing in a file is lost with its process."""
        names: list[str] = []
        by_bytes: dict[str, str] = {}

        def look(_: int) -> None:
            found = sha256()
            for path in sorted(self.home.rglob("*")):
                if path.is_file() and not path.name.endswith("-shm"):  # what it says is said anew by whoever comes next
                    found.update(repr((str(path), sha256(path.read_bytes()).digest())).encode())
            name = by_bytes.setdefault(found.hexdigest(), f"dead{len(by_bytes)}")
            if name not in self.kept:
                self.keep(name)
            names.append(name)

        if wrong := self.live(work, look=unseen(look)):
            raise AssertionError(f"undisturbed: {wrong}")
        return names

    def live_forked(
        self, works: list[Work], fault: Fault | None = None, largest_file: int | None = None
    ) -> list[list[str]]:
        """Each in a process of its own, all at once; the fault meets the first. largest_file: bytes that a file may
        have, as on a disk that is full. Returns what went wrong with each."""
        self.workspace.books.dispose()  # nobody else may speak on a connection of ours
        started = [
            (self._fork(work, fault if number == 0 else None, largest_file, said), said)
            for number, work in enumerate(works)
            for said in [self.folder / f"said{number}"]
        ]
        return [self._ended(process, said) for process, said in started]

    def _fork(self, work: Work, fault: Fault | None, largest_file: int | None, said: Path) -> int:
        said.unlink(missing_ok=True)
        process = os.fork()
        if process:
            return process
        try:
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            signal.alarm(HUNG_SECONDS)
            if largest_file is not None:
                resource.setrlimit(resource.RLIMIT_FSIZE, (largest_file, resource.RLIM_INFINITY))
            wrong = self.live(work, fault)
            if largest_file is not None:
                resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
            said.write_text(json.dumps({"wrong": wrong, "struck": self.watch.struck if self.watch else ""}))
        finally:
            os._exit(0)

    def _ended(self, process: int, said: Path) -> list[str]:
        _, status = os.waitpid(process, 0)
        if os.WIFSIGNALED(status):
            if os.WTERMSIG(status) == signal.SIGKILL:
                return ["killed"]
            return [f"HUNG or crashed: signal {os.WTERMSIG(status)}"]
        return list(json.loads(said.read_text())["wrong"])

    # What there is.

    def files(self) -> set[str]:
        """Everything below the home but the books themselves, the locks, and what the next upkeep clears away."""
        found = (path.relative_to(self.home) for path in self.home.rglob("*") if path.is_file())
        return {_TIME.sub("", str(path)) for path in found if not _is_passing(path)}

    def contents(self) -> list[tuple[str, str]]:
        """Every file below the home but the books and the locks: its name, and what is in it; of what is sealed, which
        is never the same twice, how much."""
        found = []
        for path in sorted(self.home.rglob("*")):
            name = str(path.relative_to(self.home))
            if path.is_file() and not name.startswith("books.sqlite"):
                sealed = name.startswith("raw/")
                found.append((name, str(path.stat().st_size) if sealed else sha256(path.read_bytes()).hexdigest()))
        return found


_TIME = re.compile(r"_\d{8}-\d{4}(?=_)")  # at which a sheet that was handed back was put aside


def _is_passing(path: Path) -> bool:
    """A lock; a draft of whoever was killed, that the next hour's run or the upkeep clears away; a receipt, of which
    somebody may get a second one."""
    name = path.name
    return (
        name.startswith(("books.sqlite", "回执_"))
        or path.parts[0] == "books.sqlite.locks"
        or name == "receivers.log"
        or (path.parts[0] == "raw" and name.endswith(".unfinished"))
        or (path.parts[0] == "lists" and name.startswith(".") and name.endswith((".part", ".unfinished")))
        or (path.parts[0] == "data_docs" and name.endswith(".draft"))
    )


class _Checked:
    """Stands for a result of Great Expectations: what is made of it is kept."""

    def __init__(self, findings: Any, document: dict[str, Any]) -> None:
        self.findings, self._document = findings, json.dumps(document)
        self.results = self

    def document(self) -> dict[str, Any]:
        return dict(json.loads(self._document))


_checks: dict[str, _Checked] = {}


@contextmanager
def checks_of_earlier_runs() -> Iterator[None]:
    """What Great Expectations said in earlier runs of the same code is known from the start, and kept for later."""
    code = sha256(version("great_expectations").encode())
    for folder, suffix in (("include", "*.py"), ("great_expectations", "*.json")):
        for path in sorted((ROOT / folder).rglob(suffix)):
            code.update(path.read_bytes())
    file = ROOT / "var" / "nights" / f"checks-{code.hexdigest()[:16]}.pickle"
    if file.exists():
        _checks.update(pickle.loads(file.read_bytes()))  # our own, written below
    known = len(_checks)
    try:
        yield
    finally:
        if len(_checks) > known:
            file.parent.mkdir(parents=True, exist_ok=True)
            whole = file.with_name(f"{file.name}.{os.getpid()}")
            whole.write_bytes(pickle.dumps(_checks))
            whole.replace(file)


@contextmanager
def kept_checks() -> Iterator[None]:
    """Great Expectations judges equal rows under equal parameters once: it takes half of a night otherwise."""
    run, findings_of, masked, project = (
        check_export.run_suite, check_export.findings_of, check_export.masked_document, check_export.open_project,
    )  # fmt: skip

    def judged(_: Any, suite: str, frame: pd.DataFrame, parameters: Any, run_name: str, moment: Any) -> _Checked:
        rows = frame.astype("str").to_csv() + repr(frame.dtypes.to_dict())
        key = sha256(repr([suite, rows, sorted(map(repr, dict(parameters).items())), run_name]).encode()).hexdigest()
        if key not in _checks:
            result = run(project(), suite, frame, parameters, run_name, moment)
            found = findings_of(suite, frame.columns, result.results)
            _checks[key] = _Checked(found, masked(result))
        return _checks[key]

    with (
        patch.object(check_export, "open_project", lambda *_: None),
        patch.object(check_export, "run_suite", judged),
        patch.object(check_export, "findings_of", lambda _suite, _columns, checked: copy.copy(checked.findings)),
        patch.object(check_export, "masked_document", _Checked.document),
    ):
        yield
