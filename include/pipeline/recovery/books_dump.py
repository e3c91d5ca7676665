"""The books as one file, while others use them, and the file as books again.

SQLite: its online copy. PostgreSQL: `pg_dump` in the custom format, of the very snapshot whose figures are taken.
"""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import subprocess
import uuid
import zlib
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Engine, create_engine, make_url, text
from sqlalchemy.pool import NullPool

from include.pipeline.recovery.backup_place import BackupError
from include.pipeline.recovery.books_figures import difference, figures_of

PIECE_BYTES = 1 << 20
QUICK = 1  # zlib's level: three times as fast as its default, for a tenth more bytes
SQLITE = "sqlite"
POSTGRESQL = "postgresql"


@dataclass(frozen=True)
class Verified:
    """how: 'restored' or 'read'; why: what stood in the way of restoring."""

    how: str
    why: str | None = None


def dump(books: Engine, file: Path) -> dict[str, Any]:
    """Write the books to `file`; returns the figures of what was written. Nobody is kept from the books meanwhile."""
    return _dump_sqlite(books, file) if books.dialect.name == SQLITE else _dump_postgres(books, file)


def verify_dump(books: Engine, file: Path, figures: dict[str, Any]) -> Verified:
    """Restore a dump beside the books and compare its figures. Raises BackupError if it is not what was dumped."""
    if books.dialect.name == SQLITE:
        check_sqlite(file, figures)
        return Verified("restored")
    return _verify_postgres(books, file, figures)


def compressed(file: Path) -> Iterator[bytes]:
    """The file in pieces, compressed."""
    packer = zlib.compressobj(QUICK)
    with file.open("rb") as plain:
        for piece in iter(partial(plain.read, PIECE_BYTES), b""):
            if packed := packer.compress(piece):
                yield packed
    yield packer.flush()


def write_expanded(pieces: Iterable[bytes], file: Path) -> None:
    """Write compressed pieces to a file as they were."""
    unpacker = zlib.decompressobj()
    with file.open("wb") as plain:
        for piece in pieces:
            plain.write(unpacker.decompress(piece))
        plain.write(unpacker.flush())
    if not unpacker.eof:
        raise BackupError.named("recovery.error.cut_off")


# --- SQLite -----------------------------------------------------------------------------------------------------------


def _dump_sqlite(books: Engine, file: Path) -> dict[str, Any]:
    with books.connect() as connection, closing(sqlite3.connect(file)) as copy:
        # One transaction: what is copied is what is counted, whoever writes meanwhile.
        connection.exec_driver_sql("BEGIN")
        figures = figures_of(lambda query: connection.exec_driver_sql(query).all(), SQLITE)
        held: Any = connection.connection.driver_connection
        held.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")
    return figures


def check_sqlite(file: Path, figures: dict[str, Any]) -> None:
    """Raises BackupError unless the file is a whole database with these figures."""
    try:
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as copy:
            (found,) = copy.execute("PRAGMA integrity_check").fetchone()
            there = figures_of(lambda query: copy.execute(query).fetchall(), SQLITE) if found == "ok" else {}
    except sqlite3.DatabaseError as error:
        found, there = str(error), {}
    if found != "ok":
        raise BackupError.named("recovery.error.damaged_copy", why=found)
    if differs := difference(figures, there):
        raise BackupError.named("recovery.error.other_copy", what=differs)


# --- PostgreSQL -------------------------------------------------------------------------------------------------------


def _dump_postgres(books: Engine, file: Path) -> dict[str, Any]:
    with books.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        rows = lambda query: connection.exec_driver_sql(query).all()  # noqa: E731
        program = program_of("pg_dump", server_major(connection))
        snapshot = rows("SELECT pg_export_snapshot()")[0][0]
        schema = rows("SELECT current_schema()")[0][0]
        figures = figures_of(rows, POSTGRESQL)
        arguments = ("--format=custom", "--no-owner", "--no-privileges", f"--schema={schema}", f"--snapshot={snapshot}")
        _run(program, books.url, (*arguments, f"--file={file}"))
    return figures


def _verify_postgres(books: Engine, file: Path, figures: dict[str, Any]) -> Verified:
    with books.connect() as connection:
        major = server_major(connection)
        may_create = connection.scalar(
            text("SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user")
        )
    program = program_of("pg_restore", major)
    if not may_create:
        # Every byte of it is read and unpacked; that it can be loaded is not shown.
        _run(program, None, ("--list", str(file)))
        _run(program, None, (f"--file={os.devnull}", str(file)))
        return Verified("read", "recovery.why.no_createdb")
    with scratch_database(books.url) as scratch:
        restore_postgres(scratch, file)
        engine = create_engine(scratch, poolclass=NullPool)
        with engine.connect() as connection:
            there = figures_of(lambda query: connection.exec_driver_sql(query).all(), POSTGRESQL)
    if differs := difference(figures, there):
        raise BackupError.named("recovery.error.other_copy", what=differs)
    return Verified("restored")


@contextmanager
def scratch_database(url: URL) -> Iterator[URL]:
    """A new, empty database beside the books; dropped afterwards."""
    name = f"storekeeper_scratch_{uuid.uuid4().hex[:12]}"
    with _server(url) as run:
        run(f'CREATE DATABASE "{name}" TEMPLATE template0')
    try:
        yield url.set(database=name)
    finally:
        with _server(url) as run:
            run(f'DROP DATABASE IF EXISTS "{name}"')


@contextmanager
def _server(url: URL) -> Iterator[Any]:
    engine = create_engine(url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with engine.connect() as connection:
        yield connection.exec_driver_sql


def restore_postgres(url: URL, file: Path) -> None:
    """Load a dump into an empty database, whole or not at all. Raises BackupError."""
    engine = create_engine(url, poolclass=NullPool)
    with engine.connect() as connection:
        program = program_of("pg_restore", server_major(connection))
        schema = connection.scalar(text("SELECT current_schema()"))
    arguments = ["--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction"]
    # The schema is there, as in every new database; the archive would make it once more.
    listed = _run(program, None, ("--list", str(file)))
    kept = [line for line in listed.splitlines() if not re.search(rf"\bSCHEMA (?:- )?{re.escape(str(schema))}\b", line)]
    wanted = file.with_name(f"{file.name}.list")
    wanted.write_text("\n".join(kept), encoding="utf-8")
    try:
        _run(program, url, (*arguments, f"--use-list={wanted}", str(file)))
    finally:
        wanted.unlink()


def server_major(connection: Any) -> int:
    """The server's major version."""
    return int(connection.exec_driver_sql("SHOW server_version_num").scalar_one()) // 10_000  # 150018 is 15.18


def program_of(name: str, major: int) -> Path:
    """`pg_dump` or `pg_restore` of the server's version, else of the nearest later one. Raises BackupError."""
    found: dict[int, Path] = {}
    for path in {shutil.which(name), *map(str, Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))} - {None}:
        if (version := _version(str(path))) is not None:
            found.setdefault(version, Path(str(path)))
    fitting = [version for version in found if version >= major]
    if not fitting:
        newest = f"{name} {max(found)}" if found else ""
        key = "recovery.error.old_program" if found else "recovery.error.no_program"
        raise BackupError.named(key, program=name, major=major, found=newest)
    return found[min(fitting)]


def _version(program: str) -> int | None:
    try:
        said = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=60, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    found = re.search(r"\) (\d+)", said)
    return int(found[1]) if found else None


def _run(program: Path, url: URL | None, arguments: Iterable[str]) -> str:
    """Run a program of PostgreSQL's on a database; what it prints. The password is in no command line."""
    environment = {**os.environ, "LC_ALL": "C"}
    named: list[str] = []
    if url is not None:
        if url.password:
            environment["PGPASSWORD"] = str(url.password)
        plain = make_url(url).set(drivername="postgresql", password=None)
        named = [f"--dbname={plain.render_as_string(hide_password=False)}"]
    done = subprocess.run(
        [str(program), *named, *arguments], capture_output=True, text=True, env=environment, check=False
    )
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if line.strip()]
        why = "; ".join(lines[:3]) or f"exit code {done.returncode}"
        raise BackupError.named("recovery.error.program", program=program.name, why=why)
    return done.stdout
