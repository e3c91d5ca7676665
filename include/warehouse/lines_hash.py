"""One hash of all lines of an export: made while they are published, and made again from what stands in the books."""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Connection, Engine, Select, select, update

from include.files.hashes import hashed
from include.warehouse.books import read_frame, read_rows, to_arrow
from include.warehouse.tables import LINE_TABLES, emptied_orders, exports
from include.warehouse.tellings import as_told, told

Read = Callable[[Select], pd.DataFrame]
EXPORTS_AT_ONCE = 40
# Columns that came when exports were hashed already: of those published before, their lines are hashed without them.
ADDED_LATER: Mapping[str, tuple[str, ...]] = {
    "orders": ("contact_until",),
    "stock": ("moving_in",),
    "suppliers": ("return_days", "return_fee_percent"),
    "receipts": ("told_with", "is_whole"),
}


class LinesHash:
    """The same in whatever parts and order the lines come: sum and parity of a hash a row, by table."""

    def __init__(self) -> None:
        self._by_table: dict[str, tuple[int, int]] = {}

    def add(self, name: str, rows: pa.Table, without: Iterable[str] = ()) -> None:
        """Take in rows of a table; the shop, which all of them share, does not count."""
        left_out = {"shop", *without}
        texts = [
            pc.fill_null(pc.cast(rows[column], pa.large_string()), "\0")
            for column in rows.column_names
            if column not in left_out
        ]
        hashes = hashed(pc.binary_join_element_wise(*texts, pa.scalar("\x1f", pa.large_string())).to_pandas())
        total, parity = self._by_table.get(name, (0, 0))
        total = (total + int(hashes.sum(dtype=np.uint64))) % 2**64
        self._by_table[name] = (total, parity ^ int(np.bitwise_xor.reduce(hashes)))

    def of(self, emptied: Iterable[str]) -> str:
        """The hash, with that of the orders that were emptied."""
        said = [f"{name} {total:016x} {parity:016x}" for name, (total, parity) in sorted(self._by_table.items())]
        return hashlib.sha256("\n".join([*said, *sorted(emptied)]).encode()).hexdigest()


def hashes_of_lines(books: Engine, export_ids: Sequence[str]) -> dict[str, tuple[frozenset[str], int]]:
    """Export -> (the hashes that its lines in the books may have been published under, file lines that they are of)."""
    return _in_parts(partial(read_frame, books), export_ids)


def hash_again(connection: Connection, export_ids: Sequence[str]) -> None:
    """Keep the hash of these exports' lines as they stand in a transaction: a person was erased from them."""
    for export_id, (hashes, _) in _in_parts(partial(read_rows, connection), export_ids).items():
        now = {"audited_hash": min(hashes)}
        connection.execute(update(exports).where(exports.c.export_id == export_id).values(**now))


def _in_parts(read: Read, export_ids: Sequence[str]) -> dict[str, tuple[frozenset[str], int]]:
    found: dict[str, tuple[frozenset[str], int]] = {}
    for start in range(0, len(export_ids), EXPORTS_AT_ONCE):
        found |= _hashes(read, list(export_ids[start : start + EXPORTS_AT_ONCE]))
    return found


def _hashes(read: Read, export_ids: list[str]) -> dict[str, tuple[frozenset[str], int]]:
    whole = {one: LinesHash() for one in export_ids}
    before = {one: LinesHash() for one in export_ids}
    lines: dict[str, set[int]] = {one: set() for one in export_ids}
    for name, table in LINE_TABLES.items():
        frame = read(told(table, as_told(table), exports.c.export_id.in_(export_ids)))
        for export_id, part in frame.groupby("export_id", sort=False):
            one = str(export_id)
            rows = to_arrow(table, part.drop(columns="export_id"))
            empty = [column for column in ADDED_LATER.get(name, ()) if part[column].isna().all()]
            whole[one].add(name, rows)
            before[one].add(name, rows, empty)
            lines[one].update(part["file_line"].tolist())
    gone = _emptied(read, export_ids)
    return {
        one: (
            frozenset({whole[one].of(gone.get(one, ())), before[one].of(gone.get(one, ()))}),
            len(lines[one]),
        )
        for one in export_ids
    }


def _emptied(read: Read, export_ids: list[str]) -> dict[str, list[str]]:
    c = emptied_orders.c
    rows = read(select(c.export_id, c.order_id).where(c.export_id.in_(export_ids)))
    return {str(export_id): part.tolist() for export_id, part in rows.groupby("export_id")["order_id"]}
