"""Books put on another database, so that a state is lived once and tested on each; empty ones, migrated once."""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import Engine, create_engine, func, insert, make_url, select, text
from sqlalchemy.pool import NullPool

from include.settings.merchant import Merchant
from include.warehouse.books import open_books
from include.warehouse.migrate import migrate
from include.warehouse.tables import metadata
from include.warehouse.workspace import Keys, Workspace, open_workspace

_TEMPLATE = "migrated_books"


@cache
def empty_books() -> bytes:
    """The file of empty books on SQLite, migrated once a process."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "books.sqlite"
        engine = open_books(f"sqlite:///{file}")
        migrate(engine)
        with engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        engine.dispose()
        return file.read_bytes()


def new_workspace(merchant: Merchant, url: str, keys: Keys, home: Path, **more: Any) -> Workspace:
    """As `open_workspace`, which is spared the migrations of books that are not there yet."""
    file = Path(url.removeprefix("sqlite:///"))
    if url.startswith("sqlite:///") and not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(0o600)
        file.write_bytes(empty_books())
    return open_workspace(merchant, url, keys, home, **more)


def emptied(url: str) -> Engine:
    """The PostgreSQL database with empty books, migrated: a copy of a database that is migrated once a server."""
    at = make_url(url)
    server = create_engine(at.set(database="postgres"), isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with server.connect() as connection:
        known = text("SELECT 1 FROM pg_database WHERE datname = :name")
        if connection.execute(known, {"name": _TEMPLATE}).first() is None:
            connection.execute(text(f"CREATE DATABASE {_TEMPLATE}"))
            template = open_books(at.set(database=_TEMPLATE).render_as_string(hide_password=False))
            migrate(template)
            template.dispose()
        connection.execute(text(f'DROP DATABASE IF EXISTS "{at.database}" WITH (FORCE)'))
        connection.execute(text(f'CREATE DATABASE "{at.database}" TEMPLATE {_TEMPLATE}'))
    return open_books(url)


def copied(source: Engine, url: str) -> None:
    """The PostgreSQL database with everything that the source's books hold, and nothing else."""
    target = emptied(url)
    with source.connect() as reading, target.begin() as writing:
        for table in metadata.sorted_tables:
            rows = [dict(row) for row in reading.execute(select(table)).mappings()]
            if rows:
                writing.execute(insert(table), rows)
                for column in (
                    one for one in table.columns if one.identity is not None
                ):  # counting goes on behind them
                    sequence = func.pg_get_serial_sequence(table.name, column.name)
                    writing.execute(select(func.setval(sequence, max(row[column.name] for row in rows))))
    target.dispose()
