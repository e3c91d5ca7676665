"""Fixtures of the whole suite: books on SQLite, and again on a PostgreSQL that the tests start themselves."""

import gc
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import Engine

from include.settings import location
from include.warehouse.books import open_books
from tests.copies import emptied, empty_books

# What the imports leave, some millions of objects, is looked through again and again otherwise: a tenth of all time.
gc.set_threshold(100_000, 50, 50)
LONG = ("nights", "security", "pipeline")  # folders whose files take a minute rather than a second


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that take long come first, so that no worker is alone with one of them at the end."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow and not set(item.path.parts) & set(LONG))


@pytest.hookimpl
def pytest_collection_finish() -> None:
    gc.collect()
    gc.freeze()


@dataclass(frozen=True)
class Cases:
    """What a command line says of the thorough tests: how many cases each takes, and from which seed on; 0: its own."""

    count: int
    first_seed: int

    def seeds(self, own: range) -> range:
        """The seeds of a test whose own are these."""
        first = self.first_seed or own.start
        return range(first, first + (self.count or len(own)))


@pytest.hookimpl
def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--cases", type=int, default=0, help="how many cases a thorough test takes, in place of its own")
    parser.addoption("--first-seed", type=int, default=0, help="the first seed of its cases")


@pytest.hookimpl
def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that takes a `thorough_seed` is run with each of its module's THOROUGH, or of those that are asked for."""
    if "thorough_seed" in metafunc.fixturenames:
        cases = Cases(metafunc.config.getoption("--cases"), metafunc.config.getoption("--first-seed"))
        metafunc.parametrize("thorough_seed", cases.seeds(metafunc.module.THOROUGH))


@pytest.fixture
def cases(pytestconfig: pytest.Config) -> Cases:
    return Cases(pytestconfig.getoption("--cases"), pytestconfig.getoption("--first-seed"))


@pytest.fixture(autouse=True)
def no_demo(monkeypatch: pytest.MonkeyPatch) -> None:
    """A demo that was made on this machine is nobody's: its merchant's language is not that of what tests type."""
    has_demo = location._has_demo
    monkeypatch.setattr(location, "_has_demo", lambda root: root != location.ROOT and has_demo(root))


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The URL of a PostgreSQL server of our own; skips where none is installed."""
    from scripts.postgres_server import PostgresServer, find_postgres

    if find_postgres() is None:
        pytest.skip("PostgreSQL is not installed on this machine (apt install postgresql)")
    with PostgresServer() as server:
        yield server.url


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Empty books on SQLite, migrated once: each test copies the file instead of migrating its own."""
    file = tmp_path_factory.mktemp("migrated") / "books.sqlite"
    file.write_bytes(empty_books())
    return file


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def books(request: pytest.FixtureRequest, tmp_path: Path, migrated: Path) -> Iterator[Engine]:
    """Empty books, migrated, on each database that Storekeeper supports."""
    if request.param == "sqlite":
        file = tmp_path / "books.sqlite"
        shutil.copy(migrated, file)
        engine = open_books(f"sqlite:///{file}")
    else:
        engine = emptied(request.getfixturevalue("postgres_url"))
    yield engine
    engine.dispose()
