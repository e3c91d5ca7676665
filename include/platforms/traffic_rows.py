"""What the platforms' daily reports of visitors have in common: rows that become the canonical frame `traffic`."""

import pandas as pd

from include.exports.canonical import canonical
from include.exports.declaration import Context
from include.exports.file_names import only_day_in
from include.files.errors import ExportError


def traffic(rows: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Rows whose columns have the frame's own names."""
    return {"traffic": canonical("traffic", rows)}


def of_the_files_day(rows: pd.DataFrame, context: Context) -> pd.DataFrame:
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
