"""Publishing one export: its lines, its quarantine and its ledger replace what the same export said before.

One transaction. The same file delivered twice for a day is the same export, so it can be published any number of
times; that is also how quarantined rows are re-admitted once a mapping is mended.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd
import pyarrow as pa
from sqlalchemy import Engine, delete, select

from include.warehouse.books import publication, read_frame
from include.warehouse.tables import LINE_TABLES, exports, quarantine

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


def publish_export(
    books: Engine,
    landed: Landed,
    frames: dict[str, pd.DataFrame],
    ledger: dict[str, Any],
    quarantined: pd.DataFrame,
    described: dict[str, Any],
) -> str:
    """Replace all that `landed` says in the books; returns its export_id.

    frames: canonical frames of the rows that passed, by line table, each with `file_line`.
    ledger: rows_* and money_*_micros of `exports`, and `reasons` (JSON text).
    quarantined: columns of `quarantine` but export_id and number.
    described: generation, container, encoding, header_line, unknown_columns, checks, state, message.
    """
    unknown = sorted(set(frames) - set(LINE_TABLES))
    if unknown:
        raise ValueError(f"no line table for the frame(s) {', '.join(unknown)}")
    export_id = landed.export_id
    row = {"export_id": export_id, **landed.__dict__, **ledger, **described}
    with publication(books) as change:
        for table in (*LINE_TABLES.values(), quarantine):
            change.execute(delete(table).where(table.c.export_id == export_id))
        change.execute(delete(exports).where(exports.c.export_id == export_id))
        for name, frame in frames.items():
            for rows in _parts(_numbered(frame, export_id)):
                change.insert(LINE_TABLES[name], _stored(rows, landed.shop))
        if not quarantined.empty:
            change.insert(quarantine, _numbered(quarantined, export_id))
        change.insert(exports, pd.DataFrame([row]))
    return export_id


def _numbered(frame: pd.DataFrame, export_id: str) -> pd.DataFrame:
    number = 0 if frame["file_line"].is_unique else frame.groupby("file_line", sort=False).cumcount()
    return frame.assign(export_id=export_id, number=number)


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
