"""What every export said, row by row: the lines that it said first, and those that it repeated.

A *telling* is one row of one export. The books keep its content once, with the export that said it first; the others
are repeats. Nothing is lost by it: a line and its repeats have the export, file line and number of every telling.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import (
    ColumnElement,
    FromClause,
    Label,
    Select,
    Table,
    delete,
    func,
    select,
    tuple_,
    union,
    union_all,
)

from include.warehouse.books import Publication, to_arrow
from include.warehouse.tables import LINE_TABLES, REPEATS, exports

PLACE = ("line", "export_number", "file_line", "number")
ASKED_AT_ONCE = 5_000  # keys in one question: SQLite takes a statement of a megabyte
CHANGED_AT_ONCE = 500  # rows that one statement names: four values each, of the 32,766 that SQLite binds
_BETWEEN = "\x1f"


@dataclass(frozen=True)
class _Tellings:
    """Tellings of one sort. source: what they are read from; place: column of PLACE -> where it stands there."""

    source: FromClause
    place: dict[str, ColumnElement[Any]]


def _sorts(table: Table) -> list[_Tellings]:
    c = table.c
    first = _Tellings(table.join(exports, exports.c.export_number == c.export_number), {n: c[n] for n in PLACE})
    if table.name not in REPEATS:
        return [first]
    r = REPEATS[table.name]
    source = r.join(table, c.line == r.c.line).join(exports, exports.c.export_number == r.c.export_number)
    return [first, _Tellings(source, {n: r.c[n] for n in PLACE})]


def _select(
    sort: _Tellings, table: Table, columns: Sequence[ColumnElement[Any]], where: Sequence[ColumnElement[bool]]
) -> Select:
    chosen = [
        sort.place[one.name].label(one.name) if getattr(one, "table", None) is table and one.name in PLACE else one
        for one in columns
    ]
    return select(*chosen).select_from(sort.source).where(*where)


def told(table: Table, columns: Sequence[ColumnElement[Any]], *where: ColumnElement[bool]) -> Select:
    """Every telling of `table`, as `columns` of it and of `exports`; `where` is about values of the line and about the
    export. `file_line` and `number` are those of the telling."""
    parts = [_select(sort, table, columns, where) for sort in _sorts(table)]
    return parts[0] if len(parts) == 1 else select(*union_all(*parts).subquery().c)


def told_at_all(table: Table, columns: Sequence[ColumnElement[Any]], *where: ColumnElement[bool]) -> Select:
    """As `told`, each row once."""
    parts = [_select(sort, table, columns, where).distinct() for sort in _sorts(table)]
    return parts[0] if len(parts) == 1 else select(*union(*parts).subquery().c)


def as_told(table: Table) -> list[Label[Any]]:
    """The columns of a telling with the export's own id, in the order in which their hash takes them."""
    own = [exports.c.export_id, *(c for c in table.c if c.name not in ("line", "export_number"))]
    return [one.label(one.name) if one.table is exports else one for one in own]  # type: ignore[misc]


def tell(change: Publication, name: str, rows: pa.Table, export_number: int) -> None:
    """Put rows of one export into the books: those that an earlier export said to the letter as repeats of its line,
    the others as lines. rows: of `to_arrow`, with all columns of the line table but `line` and `export_number`."""
    table = LINE_TABLES[name]
    rows = rows.append_column("export_number", pa.array([export_number] * len(rows), pa.int64()))
    if name not in REPEATS or not len(rows):
        change.insert(table, rows)
        return
    lines = _lines_of(change, table, rows)
    is_new = pc.is_null(lines)
    change.insert(table, rows.filter(is_new))
    again = rows.select(["export_number", "file_line", "number"]).append_column("line", lines)
    change.insert(REPEATS[name], again.filter(pc.invert(is_new)))


def _lines_of(change: Publication, table: Table, rows: pa.Table) -> pa.Array:
    """The line in the books that has all values of each row; null where there is none."""
    values = [c.name for c in table.c if c.name not in PLACE]
    nothing = pa.nulls(len(rows), pa.int64())
    shop = rows["shop"][0].as_py()
    if change.read(select(table.c.line).where(table.c.shop == shop).limit(1)).empty:
        return nothing
    known: dict[str, int] = {}
    for question in _questions(table, rows, shop):
        found = change.read(select(table.c.line, *(table.c[n] for n in values)).where(*question))
        if len(found):
            told_before = _contents(to_arrow(table, found.drop(columns="line")), values)
            for content, line in zip(told_before.to_pylist(), found["line"].tolist(), strict=True):
                if content is not None:
                    known[content] = min(line, known.get(content, line))
    if not known:
        return nothing
    return pa.array([known.get(content) for content in _contents(rows, values).to_pylist()], pa.int64())


def _questions(table: Table, rows: pa.Table, shop: str) -> Iterator[list[ColumnElement[bool]]]:
    """Conditions under which the lines stand that may say what `rows` say, found by an index."""
    *others, last = table.info["found_by"]
    beside = [table.c[name].in_(pc.unique(rows[name]).to_pylist()) for name in others]
    keys = sorted(pc.unique(rows[last]).drop_null().to_pylist())
    for start in range(0, len(keys), ASKED_AT_ONCE):
        yield [table.c.shop == shop, *beside, table.c[last].in_(keys[start : start + ASKED_AT_ONCE])]


def _contents(rows: pa.Table, values: Sequence[str]) -> pa.Array:
    """All values of each row as one text; null of a row whose own texts hold what stands between them."""
    texts = [
        pc.fill_null(pc.cast(rows[name], pa.large_string()), "\0") if name in rows.column_names else
        pa.array(["\0"] * len(rows), pa.large_string())
        for name in values
    ]  # fmt: skip
    joined = pc.binary_join_element_wise(*texts, pa.scalar(_BETWEEN, pa.large_string()))
    is_plain = pc.equal(pc.count_substring(joined, _BETWEEN), len(values) - 1)
    whole = pc.if_else(is_plain, joined, pa.scalar(None, pa.large_string()))
    return whole.combine_chunks() if isinstance(whole, pa.ChunkedArray) else whole


def forget(change: Publication, export_number: int) -> None:
    """Take out all that an export said. A line that others repeated stays, as the word of the first of them."""
    for name, table in LINE_TABLES.items():
        own = table.c.export_number == export_number
        if name not in REPEATS:
            change.execute(delete(table).where(own))
            continue
        r = REPEATS[name]
        change.execute(delete(r).where(r.c.export_number == export_number))
        heirs = _heirs(change, table, export_number)
        kept = change.read(select(table).where(own, table.c.line.in_(select(r.c.line)))) if len(heirs) else heirs
        places = list(heirs[list(PLACE)].itertuples(index=False, name=None))
        for start in range(0, len(places), CHANGED_AT_ONCE):
            some = places[start : start + CHANGED_AT_ONCE]
            change.execute(delete(r).where(tuple_(*(r.c[n] for n in PLACE)).in_(some)))
        change.execute(delete(table).where(own))
        if len(heirs):
            said = kept.drop(columns=["export_number", "file_line", "number"]).merge(heirs, on="line")
            change.insert(table, said)


def _heirs(change: Publication, table: Table, export_number: int) -> pd.DataFrame:
    """PLACE: the first repeat of each line that an export said first."""
    r = REPEATS[table.name]
    order = [r.c.export_number, r.c.file_line, r.c.number]
    place = func.row_number().over(partition_by=r.c.line, order_by=order).label("place")
    of_it = select(table.c.line).where(table.c.export_number == export_number)
    ranked = select(*(r.c[n] for n in PLACE), place).where(r.c.line.in_(of_it)).subquery()
    return change.read(select(*(ranked.c[n] for n in PLACE)).where(ranked.c.place == 1))
