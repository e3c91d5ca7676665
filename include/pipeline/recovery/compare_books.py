"""Where two books differ in what raw files say: exports and their lines, facts, closes, who is one person."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pandas as pd
from sqlalchemy import Engine, Select, Table, select

from include.facts.compute import hashes_of_facts
from include.warehouse.books import read_frame
from include.warehouse.lines_hash import hashes_of_lines
from include.warehouse.tables import (
    FACT_TABLES,
    LINE_TABLES,
    closes,
    contact_vault,
    emptied_orders,
    exports,
    fact_versions,
    identity_changes,
    identity_keys,
    quarantine,
)
from include.warehouse.tellings import as_told, told

# What is sealed has another text each time that it is sealed; when and how often a day was closed is no file's word.
_NOT_COMPARED = {
    "exports": {"export_number", "lines_hash", "audited_hash"},  # the lines themselves are compared
    "quarantine": {"sealed_text"},
    "contact_vault": {"sealed", "key_id"},
    "closes": {"closed_at", "touched", "revision"},
}

_TELLING = ("export_id", "file_line", "number")


@dataclass(frozen=True)
class Difference:
    """The first of a table. column: None if the row is in one of the books only, which says 1; else what stands in
    each."""

    table: str
    key: str
    column: str | None
    present: str
    rebuilt: str


def differences(present: Engine, rebuilt: Engine) -> Iterator[Difference]:
    """The first difference of each table, in the order in which one follows from another."""
    for table in (exports, quarantine):
        yield from _first_of(table, _whole(present, table), _whole(rebuilt, table))
    yield from _lines(present, rebuilt)
    yield from _facts(present, rebuilt)
    yield from _first_of(closes, _closed(present), _closed(rebuilt), ("day",))
    for table in (identity_keys, identity_changes, contact_vault):
        yield from _first_of(table, _whole(present, table), _whole(rebuilt, table))


def _whole(books: Engine, table: Table) -> pd.DataFrame:
    return read_frame(books, select(table))


def _closed(books: Engine) -> pd.DataFrame:
    rows = read_frame(books, select(closes).order_by(closes.c.day, closes.c.revision))
    return rows.drop_duplicates("day", keep="last")


def _lines(present: Engine, rebuilt: Engine) -> Iterator[Difference]:
    """Of the first export whose lines differ, each table's first line."""
    ids = [frozenset(read_frame(books, select(exports.c.export_id))["export_id"]) for books in (present, rebuilt)]
    common = sorted(ids[0] & ids[1])
    before, after = hashes_of_lines(present, common), hashes_of_lines(rebuilt, common)
    found: dict[str, Difference] = {}
    for export_id in common:
        if before[export_id][0] & after[export_id][0]:
            continue
        for table in (*LINE_TABLES.values(), emptied_orders):
            if table.name not in found:
                own = _said_by(table, export_id)
                keys = _TELLING if table.name in LINE_TABLES else None
                for one in _first_of(table, read_frame(present, own), read_frame(rebuilt, own), keys):
                    found[table.name] = one
    yield from found.values()


def _said_by(table: Table, export_id: str) -> Select:
    if table is emptied_orders:
        return select(table).where(table.c.export_id == export_id)
    return told(table, as_told(table), exports.c.export_id == export_id)


def _facts(present: Engine, rebuilt: Engine) -> Iterator[Difference]:
    """Of each fact, the first partition whose hash differs, and in it the first row."""
    keys = ["shop", "day", "as_of"]
    v = fact_versions.c
    for fact, table in FACT_TABLES.items():
        said = select(v.shop, v.day, v.as_of, v.content_hash).where(v.fact == fact)
        yield from _first_of(fact_versions, read_frame(present, said), read_frame(rebuilt, said), keys, fact)
        stored = [hashes_of_facts(books, fact) for books in (present, rebuilt)]
        if stored[0].empty and stored[1].empty:
            continue
        both = stored[0].merge(stored[1], on=keys, how="outer", suffixes=("_present", "_rebuilt")).sort_values(keys)
        off = both[both["content_hash_present"].fillna("") != both["content_hash_rebuilt"].fillna("")]
        for row in off.head(1).itertuples():
            own = select(table).where(
                table.c.shop == row.shop, table.c.day == row.day, table.c.as_of == row.as_of
            )  # fmt: skip
            yield from _first_of(table, read_frame(present, own), read_frame(rebuilt, own))


def _first_of(
    table: Table, present: pd.DataFrame, rebuilt: pd.DataFrame, keys: Sequence[str] | None = None, about: str = ""
) -> Iterator[Difference]:
    """The first row, by its key, that is in one frame only or differs in a column."""
    if present.empty and rebuilt.empty:
        return
    own = list(keys or [column.name for column in table.primary_key.columns])
    left_out = {*own, *_NOT_COMPARED.get(table.name, ())}
    columns = [name for name in present.columns if name not in left_out]
    both = present.merge(rebuilt, on=own, how="outer", suffixes=("", "_rebuilt"), indicator=True).sort_values(own)
    off = both["_merge"] != "both"
    unlike = {name: ~_same(both[name], both[f"{name}_rebuilt"]) for name in columns}
    for one in unlike.values():
        off |= one
    if not off.any():
        return
    place = off.idxmax()
    row = both.loc[place]
    key = ", ".join([*([about] if about else []), *(f"{name}={row[name]}" for name in own)])
    if row["_merge"] != "both":
        only = row["_merge"] == "left_only"
        yield Difference(table.name, key, None, "1" if only else "0", "0" if only else "1")
        return
    column = next(name for name in columns if unlike[name][place])
    yield Difference(table.name, key, column, str(row[column]), str(row[f"{column}_rebuilt"]))


def _same(one: pd.Series, other: pd.Series) -> pd.Series:
    return ((one == other).fillna(False).astype(bool)) | (one.isna() & other.isna())
