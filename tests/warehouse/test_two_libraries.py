"""Python's SQLite and ADBC's take turns on the books; side by side they would delete each other's write-ahead log."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pandas as pd
import pytest
from sqlalchemy import Engine, func, insert, select

from include.warehouse.books import open_books, publication, read_frame
from include.warehouse.migrate import migrate
from include.warehouse.tables import models, quarantine
from include.warehouse.two_libraries import turns_of


@pytest.fixture
def books(tmp_path: Path) -> Iterator[Engine]:
    engine = open_books(f"sqlite:///{tmp_path}/books.sqlite")
    migrate(engine)
    yield engine
    engine.dispose()


def rows(export_id: str, count: int = 2000) -> pd.DataFrame:
    return pd.DataFrame(
        {"export_id": export_id, "file_line": range(count), "number": 0, "frame": "orders", "expectation": "x" * 200}
    )


def model(name: str) -> dict[str, str]:
    return {"model_id": name, "kind": "demand", "day": "2025-11-11", "path": name, "card": "{}", "state": "challenger"}


def test_what_either_library_writes_the_other_reads(books: Engine, tmp_path: Path) -> None:
    for turn in range(1, 6):
        with publication(books) as change:
            change.insert(quarantine, rows(f"e{turn}"))
        with books.begin() as connection:
            assert connection.scalar(select(func.count()).select_from(quarantine)) == 2000 * turn
            connection.execute(insert(models).values(model(f"m{turn}")))
        assert len(read_frame(books, select(models.c.model_id))) == turn
    with closing(sqlite3.connect(tmp_path / "books.sqlite")) as outside:
        assert outside.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert outside.execute("SELECT count(*) FROM models").fetchone() == (5,)


def test_threads_of_one_process_wait_for_each_other(books: Engine, tmp_path: Path) -> None:
    def publish(name: str) -> None:
        for turn in range(5):
            with publication(books) as change:
                change.insert(quarantine, rows(f"{name}{turn}", 200))

    def act(name: str) -> None:
        for turn in range(20):
            with books.begin() as connection:
                connection.execute(insert(models).values(model(f"{name}{turn}")))

    threads = [threading.Thread(target=work, args=(name,)) for work, name in ((publish, "a"), (act, "b"), (act, "c"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    with closing(sqlite3.connect(tmp_path / "books.sqlite")) as outside:
        assert outside.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert outside.execute("SELECT count(*) FROM models").fetchone() == (40,)
        assert outside.execute("SELECT count(*) FROM quarantine").fetchone() == (1000,)


def test_a_bulk_transfer_inside_an_open_connection_says_so_and_does_not_hang(books: Engine) -> None:
    with books.connect() as connection:
        connection.execute(select(models.c.model_id))
        with pytest.raises(RuntimeError, match="end the one before the other begins"):
            read_frame(books, select(models.c.model_id))
    assert read_frame(books, select(models.c.model_id)).empty


def test_a_connection_that_cannot_be_opened_gives_its_turn_back(tmp_path: Path) -> None:
    engine = open_books(f"sqlite:///{tmp_path}/no such folder/books.sqlite")
    with pytest.raises(Exception, match="unable to open database file"):
        engine.connect()
    turns_of(f"{tmp_path}/no such folder/books.sqlite").take("adbc", patience=0.1)
