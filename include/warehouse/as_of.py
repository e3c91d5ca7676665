"""Reading the books as of a business day: only what exports delivered for that day or before said.

A line has as many versions as exports named it. Of those delivered up to the day, the one whose export the platform
made last is the truth, whatever order they arrived in. What a report tells as a whole is replaced as a whole: an order
whose lines the reader numbered, a listing with its recipe. A line that its newest export left out is gone.
"""

import hashlib
from collections.abc import Sequence
from typing import Any

import pandas as pd
from sqlalchemy import (
    ColumnElement,
    Engine,
    Select,
    Subquery,
    Table,
    and_,
    case,
    func,
    literal,
    or_,
    select,
    tuple_,
)
from sqlalchemy.sql.base import ReadOnlyColumnCollection

from include.warehouse.books import read_frame
from include.warehouse.tables import (
    FACT_TABLES,
    LINE_TABLES,
    emptied_orders,
    exports,
    fact_versions,
    order_lines,
    receipts,
    withdrawals,
)
from include.warehouse.tellings import PLACE, told

ExportConditions = Sequence[ColumnElement[bool]]
VERSION_COLUMNS = (*PLACE, "told_with", "is_whole")


_OF_THE_EXPORT = (exports.c.day.label("export_day"), exports.c.exported_at, exports.c.export_id)


def known_on(as_of: str) -> ColumnElement[bool]:
    """An export counts on `as_of`: it was published, delivered for that day or before, and not taken back by then."""
    w = withdrawals.c
    said = (
        select(
            w.export_id,
            w.withdrawn,
            func.row_number().over(partition_by=w.export_id, order_by=w.number.desc()).label("version"),
        )
        .where(w.day <= as_of)
        .subquery()
    )
    gone = select(said.c.export_id).where(said.c.version == 1, said.c.withdrawn == 1)
    return and_(exports.c.day <= as_of, exports.c.state == "published", exports.c.export_id.not_in(gone))


def latest_lines(table: Table, as_of: str, *conditions: ColumnElement[bool]) -> Select:
    """The newest version of every line of `table` known on `as_of`; `conditions` narrow the lines looked at.

    Of what is told as a whole (`info['unit']`), the lines of the newest export that names it, and no other; an export
    of which some of these lines were held back counts only if no export told it whole. An order or receipt whose lines
    the reader numbers in one report and the platform in another is told by the newer of the two. A condition must not
    separate the versions of one line, nor the lines of one unit: narrow by key columns, not by values that change.
    """
    values = [c for c in table.columns if c.name not in VERSION_COLUMNS]
    known = [known_on(as_of), *conditions]
    told = _told_by_unit(table, values, known) if table.info["unit"] else _told_by_line(table, values, known)
    statement = select(*(told.c[c.name] for c in values), told.c.export_day).where(told.c.version == 1)
    if table in (order_lines, receipts):
        statement = statement.where(told.c.is_numbered == told.c.is_told_by_number)
    return statement.where(~_is_emptied(told, as_of)) if table is order_lines else statement


def _told_by_line(table: Table, values: Sequence[ColumnElement[Any]], known: ExportConditions) -> Subquery:
    """`values` of every version, with export_day and `version`: 1 is the newest of its line."""
    columns = [*values, table.c.file_line, table.c.number, *_OF_THE_EXPORT]
    c = told(table, columns, *known).subquery().c
    keys = [c.shop, *(c[key] for key in table.info["keys"])]
    order = [*_newest(c), c.file_line.desc(), c.number.desc()]
    version = func.row_number().over(partition_by=keys, order_by=order).label("version")
    return select(*(c[one.name] for one in values), c.export_day, version).subquery()


def _told_by_unit(table: Table, values: Sequence[ColumnElement[Any]], known: ExportConditions) -> Subquery:
    """`values` of the newest telling of every unit, with export_day, exported_at, export_id and `version`: 1 counts.

    Of lines of orders and receipts also is_numbered, the reader made the line's id, and is_told_by_number, so it is
    where the newest telling of the order or receipt stands."""
    keys = table.info["keys"]
    unit = [
        func.coalesce(table.c[n], table.c[keys[-1]]) if n == "told_with" else table.c[n] for n in table.info["unit"]
    ]
    numbered = case((table.c.told_with.is_(None), 0), else_=1) if "told_with" in table.c else literal(0)
    units = [column.label(f"unit_{place}") for place, column in enumerate(unit)]
    about = [_is_whole(table).label("is_whole"), numbered.label("is_numbered"), *units]
    rows = told(
        table, [*values, table.c.file_line, table.c.number, *_OF_THE_EXPORT, *about], *known
    ).subquery()  # fmt: skip
    newest = [rows.c.is_whole.desc(), *_newest(rows.c)]
    of_unit = [rows.c.shop, *(rows.c[one.name] for one in units)]
    versions = select(*rows.c, func.rank().over(partition_by=of_unit, order_by=newest).label("telling")).subquery()
    c = versions.c
    order = [c.is_whole.desc(), *_newest(c)]
    of_line = [c.shop, *(c[key] for key in keys)]
    in_file = [c.file_line.desc(), c.number.desc()]
    chosen = select(*c, func.row_number().over(partition_by=of_line, order_by=[*order, *in_file]).label("version"))
    if table in (order_lines, receipts):
        document = c[table.info["document"]]
        teller = func.first_value(c.is_numbered).over(partition_by=[c.shop, document], order_by=order)
        chosen = chosen.add_columns(teller.label("is_told_by_number"))
    return chosen.where(c.telling == 1).subquery()


def _is_emptied(told: Subquery, as_of: str) -> ColumnElement[bool]:
    """A newer export names the order of the line without a line that counts."""
    gone, by = emptied_orders.c, select(exports).where(known_on(as_of)).subquery()
    newer = tuple_(by.c.exported_at, by.c.day, by.c.export_id) > tuple_(
        told.c.exported_at, told.c.export_day, told.c.export_id
    )
    return (
        select(gone.order_id)
        .join(by, by.c.export_id == gone.export_id)
        .where(gone.shop == told.c.shop, gone.order_id == told.c.order_id, newer)
        .exists()
    )


def _is_whole(table: Table) -> ColumnElement[int]:
    """0 where the export told only a part of the row's unit. A line that the platform names is a unit by itself."""
    said = func.coalesce(table.c.is_whole, 1)
    return case((table.c.told_with.is_(None), 1), else_=said) if "told_with" in table.c else said


def _newest(c: ReadOnlyColumnCollection[str, ColumnElement[Any]]) -> list[ColumnElement[Any]]:
    """The order of tellings by how new what they say is, the newest first."""
    return [c.exported_at.desc(), c.export_day.desc(), c.export_id.desc()]


def read_lines(books: Engine, name: str, as_of: str, *conditions: ColumnElement[bool]) -> pd.DataFrame:
    """The newest version of each line of `name` as of a day: the table's columns and `export_day`, ordered by key."""
    table = LINE_TABLES[name]
    frame = read_frame(books, latest_lines(table, as_of, *conditions))
    return frame.sort_values(["shop", *table.info["keys"]], kind="stable", ignore_index=True)


def read_facts(
    books: Engine,
    name: str,
    as_of: str,
    first_day: str | None = None,
    last_day: str | None = None,
    shops: Sequence[str] | None = None,
) -> pd.DataFrame:
    """The facts of `name` from `first_day` to `last_day` as the close of `as_of` knew them.

    Columns of the fact table but `as_of`, ordered by day, shop and key.
    """
    frame = read_frame(books, newest_facts(name, as_of, first_day, last_day, shops))
    return frame.sort_values(["day", "shop", *FACT_TABLES[name].info["keys"]], kind="stable", ignore_index=True)


def newest_facts(
    name: str,
    as_of: str,
    first_day: str | None = None,
    last_day: str | None = None,
    shops: Sequence[str] | None = None,
) -> Select:
    """What `read_facts` reads, in no order."""
    table = FACT_TABLES[name]
    chosen = (
        select(fact_versions.c.shop, fact_versions.c.day, func.max(fact_versions.c.as_of).label("as_of"))
        .where(fact_versions.c.fact == name, fact_versions.c.as_of <= as_of)
        .group_by(fact_versions.c.shop, fact_versions.c.day)
    )
    if first_day:
        chosen = chosen.where(fact_versions.c.day >= first_day)
    chosen = chosen.where(fact_versions.c.day <= min(last_day or as_of, as_of))
    if shops is not None:
        chosen = chosen.where(fact_versions.c.shop.in_(list(shops)))
    newest = chosen.subquery()
    return select(*(c for c in table.columns if c.name != "as_of")).join(
        newest,
        and_(table.c.shop == newest.c.shop, table.c.day == newest.c.day, table.c.as_of == newest.c.as_of),
    )


def exports_as_of(books: Engine, as_of: str) -> pd.DataFrame:
    """Every published export delivered for `as_of` or before, ordered by id, with what of it was published:
    export_id, shop, report, day, content_hash, rows_published, money_published_micros, lines_hash, exported_at."""
    c = exports.c
    published = (c.rows_published, c.money_published_micros, c.lines_hash, c.exported_at)
    statement = (
        select(c.export_id, c.shop, c.report, c.day, c.content_hash, *published)
        .where(known_on(as_of))
        .order_by(c.export_id)
    )
    return read_frame(books, statement)


def inputs_hash(inputs: pd.DataFrame) -> str:
    """One hash of what `exports_as_of` found: other exports, other lines of them, or another order of which is the
    newest, give another hash."""
    columns = ["export_id", "rows_published", "money_published_micros", "lines_hash", "exported_at"]
    parts = inputs[columns].astype("str").fillna("").agg(":".join, axis=1)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def day_ranges(column: ColumnElement[str], days: Sequence[str]) -> ColumnElement[bool]:
    """A moment column falls on one of `days`, as a few index-friendly ranges (or one wide one where they scatter)."""
    ordered = pd.DatetimeIndex(sorted(set(days)))
    breaks = (ordered[1:] - ordered[:-1]).days > 1
    starts = ordered[[True, *breaks]]
    ends = ordered[[*breaks, True]]
    if len(starts) > 40:
        starts, ends = ordered[:1], ordered[-1:]
    return or_(
        *(
            and_(column >= f"{start:%Y-%m-%d}", column < f"{end + pd.Timedelta(days=1):%Y-%m-%d}")
            for start, end in zip(starts, ends, strict=True)
        )
    )
