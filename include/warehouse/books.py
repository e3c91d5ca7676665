"""The database the books live in: one code for SQLite (WAL) and PostgreSQL.

SQLAlchemy writes every statement; rows travel in bulk, by ADBC on SQLite and by COPY on PostgreSQL. A `publication` is
one transaction: whatever instant the process dies, readers see all of it or none of it.
"""

import fcntl
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any, Protocol

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
from sqlalchemy import Connection, Engine, Executable, String, Table, create_engine, event, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.pool import NullPool
from sqlalchemy.sql import Select
from sqlalchemy.types import BigInteger, Float, Integer

from include.warehouse.two_libraries import TurnTakingConnection, adbc_turn

LOCK_WAIT_SECONDS = 60
THREADS = 40  # of a web server at work at once (AnyIO's own limit): each may hold a connection
POOLED = 15  # kept open by a process that once needed so many at once
BATCH_ROWS = (1 << 16, 1 << 20, 1 << 24)


class Publication(Protocol):
    """One open transaction on the books."""

    def execute(self, statement: Executable) -> None:
        """Run one insert, update or delete."""

    def insert(self, table: Table, frame: pd.DataFrame | pa.Table) -> int:
        """Append all rows of `frame` (columns of `table`, in any order; absent ones become NULL; an arrow table is one
        that `to_arrow` made); returns the count."""

    def read(self, statement: Select) -> pd.DataFrame:
        """Read inside the transaction."""


def open_books(url: str) -> Engine:
    """An engine for 'sqlite:///file' or 'postgresql://...'. SQLite is put into WAL mode, with a patient lock."""
    made = make_url(url)
    if made.get_backend_name() == "sqlite":
        if not made.database or made.database == ":memory:":
            raise ValueError("the books need a file: bulk transfers open a connection of their own")
        # No pool: a connection that waits idle in one would keep ADBC from its turn.
        engine = create_engine(
            made,
            poolclass=NullPool,
            connect_args={"timeout": LOCK_WAIT_SECONDS, "factory": TurnTakingConnection},
        )

        @event.listens_for(engine, "connect")
        def _prepare(connection: Any, _record: Any) -> None:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=NORMAL")

        return engine
    if made.get_backend_name() != "postgresql":
        raise ValueError(f"the books are kept on SQLite or PostgreSQL, not on {made.get_backend_name()!r}")
    # A connection costs PostgreSQL a process, so a web server keeps those that it needed; the last used comes first, so
    # that those which a busy minute opened are not all kept busy.
    return create_engine(
        made.set(drivername="postgresql+psycopg"),
        pool_pre_ping=True,
        pool_size=POOLED,
        max_overflow=THREADS - POOLED,
        pool_use_lifo=True,
    )


def read_frame(books: Engine, statement: Select) -> pd.DataFrame:
    """Rows of a select as a frame: text as str, whole numbers as int64 (Int64 where NULLs are possible), reals as
    float64. Columns keep their place in the select."""
    if books.dialect.name == "sqlite":
        with _sqlite_connection(books) as connection:
            return _read_sqlite(books, connection, statement)
    import adbc_driver_postgresql.dbapi as adbc

    uri = books.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with adbc.connect(uri) as connection, connection.cursor() as cursor:
        cursor.execute(_literal(books, statement))
        return _typed(cursor.fetch_arrow_table(), statement)


def read_rows(connection: Connection, statement: Select) -> pd.DataFrame:
    """As `read_frame`, within a transaction that is open: for few rows, which its own changes are among."""
    rows = connection.execute(statement).all()
    columns = list(statement.selected_columns)
    told = {
        str(number): pa.array([row[number] for row in rows], _arrow_type(one)) for number, one in enumerate(columns)
    }
    return _typed(pa.table(told), statement)


def _arrow_type(column: Any) -> pa.DataType:
    if isinstance(column.type, Float):
        return pa.float64()
    return pa.int64() if isinstance(column.type, (BigInteger, Integer)) else pa.large_string()


@contextmanager
def publication(books: Engine) -> Iterator[Publication]:
    """A transaction for bulk changes: committed at the end of the block, rolled back on any exception."""
    if books.dialect.name == "sqlite":
        with _sqlite_connection(books) as connection:
            writer: Publication = _SqlitePublication(books, connection)
            try:
                yield writer
            except BaseException:
                connection.rollback()
                raise
            connection.commit()
        return
    with books.begin() as connection:
        yield _PostgresPublication(books, connection)


def insert_new(connection: Connection, table: Table, rows: dict[str, Any] | list[dict[str, Any]]) -> None:
    """Insert one row or several; a row whose key is there already stays as it is."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    connection.execute(dialect.insert(table).on_conflict_do_nothing(), rows)


@contextmanager
def step_lock(books: Engine, step: str) -> Iterator[None]:
    """Nobody else does this step on these books at the same time: the second waits until the first is done.

    PostgreSQL would let both go on and refuse the later one's rows. SQLite lets one write to the books at a time, but
    a step writes files as well: there the lock is a file beside the books, which the system lets go of with its holder.
    """
    digest = hashlib.sha256(step.encode()).digest()[:8]
    if books.dialect.name == "sqlite":
        folder = Path(f"{books.url.database}.locks")
        folder.mkdir(parents=True, exist_ok=True)
        with open(folder / digest.hex(), "w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
        return
    number = int.from_bytes(digest, signed=True)
    with books.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(select(func.pg_advisory_lock(number)))
        try:
            yield
        finally:
            connection.execute(select(func.pg_advisory_unlock(number)))


def _literal(books: Engine, statement: Executable) -> str:
    compiled = statement.compile(  # type: ignore[attr-defined]
        dialect=books.dialect, compile_kwargs={"literal_binds": True}
    )
    text = str(compiled)
    # psycopg's dialect doubles per cent signs for its own placeholders; ADBC and COPY take the text as it is.
    return text.replace("%%", "%") if books.dialect.name == "postgresql" else text


@contextmanager
def _sqlite_connection(books: Engine) -> Iterator[Any]:
    import adbc_driver_sqlite.dbapi as adbc

    database = str(books.url.database)
    with adbc_turn(database):
        connection = adbc.connect(database)
        try:
            with connection.cursor() as cursor:
                cursor.execute(f"PRAGMA busy_timeout={LOCK_WAIT_SECONDS * 1000}")
                cursor.fetchall()
            yield connection
        finally:
            connection.close()


def _read_sqlite(books: Engine, connection: Any, statement: Select) -> pd.DataFrame:
    """SQLite has no column types in a result: the driver infers them from the first batch, so one batch must hold all.
    It also reserves every batch whole, so most reads ask for a small one; a read of more asks again."""
    text = _literal(books, statement)
    for size in BATCH_ROWS:
        with connection.cursor(adbc_stmt_kwargs={"adbc.sqlite.query.batch_rows": size}) as cursor:
            cursor.execute(text)
            batches = cursor.fetch_record_batch()
            first = next(iter(batches), None)
            if first is None or first.num_rows < size or size == BATCH_ROWS[-1]:
                told = [] if first is None else [first, *batches]
                return _typed(pa.Table.from_batches(told, schema=batches.schema), statement)
    raise AssertionError("the last size is taken whatever comes")


def _typed(table: pa.Table, statement: Select) -> pd.DataFrame:
    """The frame of an arrow result, typed by the select's own columns and not by what the rows happen to hold."""
    frame = {}
    for position, column in enumerate(statement.selected_columns):
        values = table.column(position)
        if isinstance(column.type, Float):
            frame[column.name] = values.cast(pa.float64()).to_pandas().astype("float64")
        elif isinstance(column.type, (BigInteger, Integer)):
            numbers = values.cast(pa.int64())
            frame[column.name] = (
                numbers.to_pandas(types_mapper={pa.int64(): pd.Int64Dtype()}.get)
                if numbers.null_count
                else numbers.to_pandas()
            )
        else:
            frame[column.name] = values.cast(pa.large_string()).to_pandas().astype("str")
    return pd.DataFrame(frame)


def to_arrow(table: Table, frame: pd.DataFrame) -> pa.Table:
    """The frame as an arrow table with the columns of `table`; a column `table` does not have is a ValueError."""
    strange = [c for c in frame.columns if c not in table.c]
    if strange:
        raise ValueError(f"{table.name} has no column {', '.join(map(repr, strange))}")
    arrays, names = [], []
    for column in table.columns:
        if column.name not in frame:
            continue
        kind = _arrow_type(column) if not isinstance(column.type, String) else pa.string()
        values = pa.Array.from_pandas(frame[column.name], type=kind)
        if pa.types.is_string(kind) and pc.any(pc.match_substring(values, "\x00")).as_py():
            values = pc.replace_substring(values, "\x00", "\ufffd")  # which PostgreSQL does not hold
        arrays.append(values)
        names.append(column.name)
    return pa.table(arrays, names=names)


class _SqlitePublication:
    def __init__(self, books: Engine, connection: Any) -> None:
        self._books, self._connection = books, connection
        # Take the write lock first: a transaction that reads and only then writes may not wait, it fails.
        self._run("DELETE FROM exports WHERE 0")

    def _run(self, text: str) -> None:
        with self._connection.cursor() as cursor:
            cursor.execute(text)

    def execute(self, statement: Executable) -> None:
        self._run(_literal(self._books, statement))

    def insert(self, table: Table, frame: pd.DataFrame | pa.Table) -> int:
        if len(frame) == 0:
            return 0
        with self._connection.cursor() as cursor:
            rows = frame if isinstance(frame, pa.Table) else to_arrow(table, frame)
            cursor.adbc_ingest(table.name, rows, mode="append")
        return len(frame)

    def read(self, statement: Select) -> pd.DataFrame:
        return _read_sqlite(self._books, self._connection, statement)


class _PostgresPublication:
    def __init__(self, books: Engine, connection: Any) -> None:
        self._books, self._connection = books, connection

    def execute(self, statement: Executable) -> None:
        self._connection.execute(statement)

    def insert(self, table: Table, frame: pd.DataFrame | pa.Table) -> int:
        if len(frame) == 0:
            return 0
        rows = frame if isinstance(frame, pa.Table) else to_arrow(table, frame)
        buffer = BytesIO()
        options = pyarrow.csv.WriteOptions(include_header=False, quoting_style="all_valid")
        pyarrow.csv.write_csv(rows, buffer, options)
        columns = ", ".join(f'"{name}"' for name in rows.column_names)
        cursor = self._connection.connection.driver_connection.cursor()
        with cursor, cursor.copy(f'COPY "{table.name}" ({columns}) FROM STDIN (FORMAT csv)') as copy:
            copy.write(buffer.getbuffer())
        return len(frame)

    def read(self, statement: Select) -> pd.DataFrame:
        result = self._connection.execute(statement)
        rows = result.fetchall()
        frame = pd.DataFrame(rows, columns=list(result.keys()))
        return _typed(pa.Table.from_pandas(frame, preserve_index=False), statement)
