"""Reading the books as of a business day: only what exports delivered for that day or before said.

A line has as many versions as exports named it. Of those delivered up to the day, the one whose export the platform
made last is the truth, whatever order they arrived in.
"""

import hashlib
from collections.abc import Sequence

import pandas as pd
from sqlalchemy import ColumnElement, Engine, Select, Table, and_, func, or_, select

from include.warehouse.books import read_frame
from include.warehouse.tables import FACT_TABLES, LINE_TABLES, exports, fact_versions, withdrawals

VERSION_COLUMNS = ("export_id", "file_line", "number")


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

    A condition must not separate the versions of one line: narrow by key columns, not by values that change.
    """
    keys = [table.c.shop, *(table.c[key] for key in table.info["keys"])]
    order = (
        exports.c.exported_at.desc(),
        exports.c.day.desc(),
        exports.c.export_id.desc(),
        table.c.file_line.desc(),
        table.c.number.desc(),
    )
    values = [c for c in table.columns if c.name not in VERSION_COLUMNS]
    ranked = (
        select(
            *values,
            exports.c.day.label("export_day"),
            func.row_number().over(partition_by=keys, order_by=order).label("version"),
        )
        .join(exports, exports.c.export_id == table.c.export_id)
        .where(known_on(as_of), *conditions)
        .subquery()
    )
    return select(*(ranked.c[c.name] for c in values), ranked.c.export_day).where(ranked.c.version == 1)


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
    columns = [c for c in table.columns if c.name != "as_of"]
    statement = select(*columns).join(
        newest,
        and_(table.c.shop == newest.c.shop, table.c.day == newest.c.day, table.c.as_of == newest.c.as_of),
    )
    frame = read_frame(books, statement)
    return frame.sort_values(["day", "shop", *table.info["keys"]], kind="stable", ignore_index=True)


def exports_as_of(books: Engine, as_of: str) -> pd.DataFrame:
    """Every published export delivered for `as_of` or before, ordered by id, with what of it was published:
    export_id, shop, report, day, content_hash, rows_published, money_published_micros."""
    c = exports.c
    statement = (
        select(c.export_id, c.shop, c.report, c.day, c.content_hash, c.rows_published, c.money_published_micros)
        .where(known_on(as_of))
        .order_by(c.export_id)
    )
    return read_frame(books, statement)


def inputs_hash(inputs: pd.DataFrame) -> str:
    """One hash of what `exports_as_of` found: other exports, or other rows of them let through, give another hash."""
    parts = inputs[["export_id", "rows_published", "money_published_micros"]].astype(str).agg(":".join, axis=1)
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
