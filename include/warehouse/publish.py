"""Publishing one export: its lines, its quarantine and its ledger replace what the same export said before.

One transaction. The same file delivered twice for a day is the same export, so it can be published any number of
times; that is also how quarantined rows are re-admitted once a mapping is mended.
"""

import hashlib
from collections.abc import Collection, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.ipc
from sqlalchemy import BigInteger, Engine, Table, delete, func, select

from include.files.spill import Spill
from include.warehouse.books import Publication, publication, read_frame, to_arrow
from include.warehouse.lines_hash import LinesHash
from include.warehouse.tables import LINE_TABLES, emptied_orders, exports, quarantine
from include.warehouse.tellings import forget, tell

ROWS_AT_ONCE = 100_000


@dataclass(frozen=True)
class Landed:
    """An export that stands in the raw store: what it is and where it came from."""

    shop: str
    platform: str
    report: str
    day: str
    content_hash: str
    file_name: str
    size_bytes: int
    exported_at: str
    landed_at: str

    @property
    def export_id(self) -> str:
        """The same content for the same shop, report and day is the same export."""
        text = "|".join((self.shop, self.report, self.day, self.content_hash))
        return hashlib.sha256(text.encode()).hexdigest()[:24]

    def made_at(self, exported_at: str, landed_at: str | None = None) -> "Landed":
        """The same export with other moments."""
        return replace(self, exported_at=exported_at, landed_at=landed_at or self.landed_at)


@contextmanager
def publishing(books: Engine, landed: Landed) -> Iterator["OpenExport"]:
    """What replaces all that `landed` says in the books: nothing is in them before the block is left, nor if an
    exception leaves it."""
    with ExitStack() as stack:
        export = OpenExport(books, landed, stack)
        yield export
        if not export.closed:
            raise RuntimeError(f"export {landed.export_id} was not closed")


class OpenExport:
    """An export on its way into the books. PostgreSQL takes each part while the next one is made; SQLite, where a
    writer keeps all others out, takes all of them at the end."""

    def __init__(self, books: Engine, landed: Landed, stack: ExitStack) -> None:
        self._books, self._landed, self._stack = books, landed, stack
        self._change: Publication | None = None
        self._number = 0  # by which its lines name the export, once the transaction is open
        self._worker: ThreadPoolExecutor | None = None
        self._writing: Future[None] | None = None
        self._first: list[tuple[Table, pa.Table]] = []  # of a part that waits in memory; later ones wait on disk
        self._waiting: list[tuple[Table, int]] = []
        self._spill = stack.enter_context(Spill())
        self._lines = LinesHash()
        self._emptied: set[str] = set()
        self.closed = False

    def add(self, frames: dict[str, pd.DataFrame], quarantined: pd.DataFrame, emptied: Collection[str] = ()) -> None:
        """One part; every row of a file line is in the same one.

        frames: canonical frames of the rows that passed, by line table, each with `file_line`. quarantined: columns of
        `quarantine` but export_id and number. emptied: orders that the export names without a line that counts, such as
        those that the platform has deleted: what was told of their lines before is over.
        """
        self._emptied.update(emptied)
        unknown = sorted(set(frames) - set(LINE_TABLES))
        if unknown:
            raise ValueError(f"no line table for the frame(s) {', '.join(unknown)}")
        if self._books.dialect.name == "sqlite":
            self._keep(frames, quarantined)
            return
        self._begin()
        self._wait()
        if self._worker is None:
            self._worker = self._stack.enter_context(ThreadPoolExecutor(1))
        self._writing = self._worker.submit(self._write, frames, quarantined)

    def close(self, ledger: dict[str, Any], described: dict[str, Any]) -> None:
        """The export's own row; if it says that the export is stopped, its lines are taken out again.

        ledger: rows_* and money_*_micros of `exports`, and `reasons` (JSON text). described: generation, container,
        encoding, header_line, unknown_columns, checks, state, message.
        """
        change = self._begin()
        self._wait()
        for table, rows in self._first:
            self._insert(table, rows)
        for table, number in self._waiting:
            self._insert(table, self._spill.take(number))
        if described.get("state") == "stopped":
            forget(change, self._number)
        elif self._emptied:
            gone = pd.DataFrame({"order_id": sorted(self._emptied)})
            change.insert(emptied_orders, gone.assign(export_id=self._landed.export_id, shop=self._landed.shop))
        said = self._lines.of(self._emptied)
        row = {
            "export_id": self._landed.export_id, "export_number": self._number, **self._landed.__dict__, **ledger,
            **described, "lines_hash": said,
        }  # fmt: skip
        change.insert(exports, pd.DataFrame([row]))
        self.closed = True

    def _begin(self) -> Publication:
        """The transaction, in which what the export said before is no longer there."""
        if self._change is None:
            self._change = self._stack.enter_context(publication(self._books))
            self._number = self._forget_what_it_said(self._change)
        return self._change

    def _forget_what_it_said(self, change: Publication) -> int:
        """Returns the export's number: its own if it was published before."""
        own = self._landed.export_id
        for table in (emptied_orders, quarantine):
            change.execute(delete(table).where(table.c.export_id == own))
        before = change.read(select(exports.c.export_number).where(exports.c.export_id == own))
        if before.empty:
            return _next_number(self._books, change)
        number = int(before["export_number"].iloc[0])
        forget(change, number)
        change.execute(delete(exports).where(exports.c.export_id == own))
        return number

    def _insert(self, table: Table, rows: pa.Table) -> None:
        assert self._change is not None
        if table.name in LINE_TABLES:
            tell(self._change, table.name, rows, self._number)
        else:
            self._change.insert(table, rows)

    def _wait(self) -> None:
        if self._writing is not None:
            self._writing.result()
            self._writing = None

    def _write(self, frames: dict[str, pd.DataFrame], quarantined: pd.DataFrame) -> None:
        for table, rows in self._rows(frames, quarantined):
            self._insert(table, rows)

    def _keep(self, frames: dict[str, pd.DataFrame], quarantined: pd.DataFrame) -> None:
        if not self._first:
            self._first = list(self._rows(frames, quarantined))
            return
        for table, rows in self._rows(frames, quarantined):
            self._waiting.append((table, self._spill.put(rows)))

    def _rows(self, frames: dict[str, pd.DataFrame], quarantined: pd.DataFrame) -> Iterator[tuple[Table, pa.Table]]:
        export_id, shop = self._landed.export_id, self._landed.shop
        for name, frame in frames.items():
            for part in _parts(_numbered(told_as_a_whole(name, frame))):
                rows = to_arrow(LINE_TABLES[name], _stored(part, shop))
                self._lines.add(name, rows)
                yield LINE_TABLES[name], rows
        if not quarantined.empty:
            yield quarantine, to_arrow(quarantine, _numbered(quarantined).assign(export_id=export_id))


def told_as_a_whole(name: str, frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with `told_with`, if its table has it: the order or receipt of every row, if the reader numbered some
    of its rows. Such a number means another line in another export."""
    table = LINE_TABLES[name]
    if "told_with" not in table.c:
        return frame
    document = frame[table.info["document"]]
    is_numbered = (
        _without_order_line(frame) if name == "receipts" else _made_of(document, frame[table.info["keys"][-1]])
    )
    return frame.assign(told_with=document.where(document.isin(document[is_numbered].unique())))


def _made_of(orders: pd.Series, ids: pd.Series) -> np.ndarray:
    """Whether the reader made the id of the order's and a number: `order#2`."""
    return np.fromiter(
        (
            isinstance(key, str) and len(key) > len(order) + 1 and key.startswith(order + "#")
            for key, order in zip(ids, orders, strict=True)
        ),
        dtype=bool,
        count=len(ids),
    )


def _without_order_line(receipts: pd.DataFrame) -> np.ndarray:
    """Whether a row names no line of a purchase order; the reader then tells a receipt's lots apart by `#2`."""
    return (receipts["line_id"].isna() | receipts["line_id"].str.fullmatch(r"#\d+").fillna(False)).to_numpy(bool)


def _next_number(books: Engine, change: Publication) -> int:
    """On PostgreSQL of the sequence, so that shops publish beside each other; SQLite has one writer at a time."""
    last = func.coalesce(func.max(exports.c.export_number), 0) + 1
    if books.dialect.name == "postgresql":
        last = func.nextval(func.pg_get_serial_sequence("exports", "export_number"), type_=BigInteger)
    return int(change.read(select(last.label("number")))["number"].iloc[0])


def _numbered(frame: pd.DataFrame) -> pd.DataFrame:
    number = 0 if frame["file_line"].is_unique else frame.groupby("file_line", sort=False).cumcount()
    return frame.assign(number=number)


def _parts(frame: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """The rows some at a time: what is made of them on their way to the database is never held for all."""
    for first in range(0, len(frame), ROWS_AT_ONCE):
        yield frame.iloc[first : first + ROWS_AT_ONCE]


def _stored(numbered: pd.DataFrame, shop: str) -> pd.DataFrame:
    """A canonical frame as its line table stores it: moments as text, booleans as 0 and 1."""
    stored = numbered.assign(shop=shop)
    for column in stored.columns:
        kind = stored[column].dtype
        if pd.api.types.is_datetime64_any_dtype(kind):
            seconds = pa.array(stored[column], from_pandas=True).cast(pa.timestamp("s"), safe=False)
            stored[column] = seconds.cast(pa.large_string()).to_pandas().set_axis(stored.index)
        elif pd.api.types.is_bool_dtype(kind):
            stored[column] = stored[column].astype("int64")
    return stored


def ledger_of(books: Engine, shop: str | None = None, day: str | None = None) -> pd.DataFrame:
    """The ledger of every export (of a shop, of a day): one row an export, the columns of `exports`."""
    statement = select(exports).order_by(exports.c.day, exports.c.shop, exports.c.report, exports.c.file_name)
    if shop:
        statement = statement.where(exports.c.shop == shop)
    if day:
        statement = statement.where(exports.c.day == day)
    return read_frame(books, statement)
