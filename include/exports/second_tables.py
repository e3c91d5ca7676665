"""What stands in a sheet besides its table: a row of units under the header, another table below.

A row under another header is no row of this table, whatever its cells would be read as.
"""

import re
from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow.compute as pc

from include.exports.declaration import Column, Kind
from include.exports.headers import matching, normalise
from include.exports.locating import Located
from include.files.records import Body

_NUMBERS = (Kind.MONEY, Kind.QUANTITY, Kind.TIME, Kind.DAY, Kind.AMERICAN_DAY, Kind.PERCENT)
_PARTS = re.compile(r'[,\t;|"\r\n]+')
_OTHER_MEANING = re.compile(
    r"退|作废|取消|撤销|关闭|删除|示例|样例|范例|模板|测试|return|refund|cancel|void|example|sample|template",
    re.IGNORECASE,
)
_LOOKED_AT = 200


def units_row(
    body: Body, located: Located, columns: Sequence[Column], bad: Mapping[str, np.ndarray]
) -> np.ndarray | None:
    """The row directly under the header if it says in what its columns are counted (件, 元), or names them in another
    language: none of its numbers is one, and none of them has a figure."""
    row = body.lines == located.line + 1
    place = int(row.argmax()) if row.any() else -1
    if place < 0 or place in body.misshapen or body.damaged[place]:
        return None
    filled = 0
    for column in columns:
        if column.kind not in _NUMBERS or column.name not in located.positions:
            continue
        text = body.cells[located.positions[column.name]][place].as_py().strip()
        if text:
            if re.search(r"\d", text) or not bad[column.name][place]:
                return None
            filled += 1
    return row if filled >= 2 else None


def second_header(body: Body, located: Located, known: frozenset[str]) -> int | None:
    """The line of the first row that is the header of another table; None where there is none.

    known: headers of the report. A header of the same columns begins another table only if the line above it says so.
    """
    suspects = pc.invert(pc.match_substring_regex(body.raw, r"[0-9]|^[\s,;|\"]*$")).to_numpy(zero_copy_only=False)
    own = {matching(name) for name in located.header if name}
    for place in np.flatnonzero(suspects & (body.lines > located.line + 1))[:_LOOKED_AT].tolist():
        found = [matching(cell) for cell in _cells(body, place)]
        if len(found) < 2 or len({*found} & (own | known)) * 3 < len(found):
            continue
        if len({*found} & own) < 0.8 * len(own) or _OTHER_MEANING.search(_title_above(body, place)):
            return int(body.lines[place])
    return None


def _cells(body: Body, place: int) -> list[str]:
    return [normalise(cell) for cell in _PARTS.split(body.raw[place].as_py()) if cell.strip()]


def _title_above(body: Body, place: int) -> str:
    """What the line before the header says, if it is one cell."""
    while place > 0:
        place -= 1
        if cells := _cells(body, place):
            return cells[0] if len(cells) == 1 else ""
    return ""
