"""What the platforms' daily reports of visitors have in common: rows that become the canonical frame `traffic`."""

from collections.abc import Callable
from typing import Any

import pandas as pd

from include.exports.canonical import canonical
from include.exports.declaration import Column, Context, Report, header_list
from include.exports.file_names import only_day_in
from include.files.errors import ExportError


def traffic_report(
    *,
    columns: tuple[Column, ...],
    known: str,
    prepare: Callable[[pd.DataFrame], pd.DataFrame] = lambda rows: rows,
    money: str = "paid_micros",
    **more: Any,
) -> Report:
    """A report of visitors, buyers and what was spent. The day is that of its rows; if they say none, that of the
    file's name. prepare: adds the frame's other columns to typed rows. more: what else its `Report` has."""

    def build(rows: pd.DataFrame, context: Context) -> dict[str, pd.DataFrame]:
        is_dated = "traffic_day" in rows and rows["traffic_day"].notna().all()
        whole = prepare(rows if is_dated else _of_the_files_day(rows, context))
        return {"traffic": canonical("traffic", whole)}

    day = "traffic_day" if any(column.name == "traffic_day" for column in columns) else None
    return Report(columns=columns, known=header_list(known), day=day, money=money, build=build, **more)


def _of_the_files_day(rows: pd.DataFrame, context: Context) -> pd.DataFrame:
    """Rows of a report that says its day only in its file's name.

    Raises ExportError where the name holds no day, or the first and last of several: such a file is no day's traffic.
    """
    day = only_day_in(context.file)
    if day is None:
        raise ExportError(
            context.file,
            "the report says its day only in its file's name, which names no single day",
            expected="one day in the name, such as …_2026-06-18_2026-06-18.xls; export a day at a time",
        )
    return rows.assign(traffic_day=day)


def part(word: str, names: pd.Series) -> pd.Series:
    """`part` of the frame: which part of the listing's or the shop's traffic a row speaks of."""
    return (word + " " + names.fillna("?")).astype("str")
