"""The canonical frames: what every adapter yields, whatever the platform calls it.

Each frame has `file_line` first. Money is Int64 micros, quantities Int64, moments datetime64[us] in the merchant's time
zone, days ISO text, everything else text; a column that the report does not know is there and null.
"""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from include.exports.building.order_parts import buyer_keys
from include.exports.frames.all_frames import FRAMES
from include.exports.frames.frame import DAY, MOMENT, MONEY, TEXT, TRUTH, UNITS

_PLACES = ("province", "city")
_NO_PLACE = r"\d|@|.{31,}|[路街巷弄栋幢室]"

_DTYPES: Mapping[str, Any] = {
    TEXT: "str",
    DAY: "str",
    MONEY: "Int64",
    UNITS: "Int64",
    MOMENT: "datetime64[us]",
    TRUTH: "bool",
}


def canonical(name: str, rows: pd.DataFrame) -> pd.DataFrame:
    """`rows` (with `file_line`) as the frame `name`: its columns, in its order and types; columns it lacks are null."""
    columns: dict[str, pd.Series] = {"file_line": rows["file_line"].astype("int64").reset_index(drop=True)}
    for column, kind in FRAMES[name].kinds.items():
        if column in rows and column in _PLACES:
            columns[column] = _place(rows[column].reset_index(drop=True)).astype(_DTYPES[kind])
        elif column in rows and column == "buyer":
            columns[column] = buyer_keys(rows[column].reset_index(drop=True).astype(_DTYPES[kind]))
        elif column in rows:
            columns[column] = rows[column].reset_index(drop=True).astype(_DTYPES[kind])
        elif kind == TRUTH:
            columns[column] = pd.Series(False, index=range(len(rows)), dtype="bool")
        else:
            columns[column] = pd.Series([None] * len(rows), dtype=_DTYPES[kind])
    frame = pd.DataFrame(columns)
    return frame.assign(line_id=_lines_of_receipts(frame)) if name == "receipts" else frame


def _lines_of_receipts(receipts: pd.DataFrame) -> pd.Series:
    """The order line of each row; of a receipt's rows of one sku that name none, the second is `#2` and so on. A sku
    that comes in several lots is no row told twice. No order has such a line: they are matched by order and sku."""
    line = receipts["line_id"]
    nameless = receipts[line.isna()].sort_values("file_line", kind="stable")
    number = nameless.groupby(["receipt_id", "sku"], sort=False).cumcount() + 1
    again = number[number > 1]
    return line.where(~line.index.isin(again.index), "#" + again.astype("str").reindex(line.index)).astype("str")


def _place(names: pd.Series) -> pd.Series:
    """Null where a place's name is none: a row whose cells have shifted holds an address there, or a person."""
    distinct = pd.Series(names.dropna().unique(), dtype="str")
    wrong = distinct[distinct.str.contains(_NO_PLACE, regex=True)]
    return names.mask(names.isin(wrong)) if len(wrong) else names
