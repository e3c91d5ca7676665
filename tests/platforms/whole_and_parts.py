"""One csv read whole and in parts, told so that both can be compared."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pandas as pd

from include.exports.parts import read_in_parts
from include.exports.reading import Reading
from include.files.container import unpack
from include.files.content import Held
from include.files.errors import ExportError
from include.platforms.read_export import ask, read_content

Told = dict[str, Any] | str


class InPieces(Held):
    """A content that comes some bytes at a time."""

    def chunks(self) -> Iterator[bytes]:
        for first in range(0, len(self.data), 50):
            yield self.data[first : first + 50]


def read_whole(content: bytes, name: str, **settings: Any) -> Told:
    try:
        return told([read_content(Held(content), name=name, **settings)])
    except ExportError as error:
        return str(error)


def read_parts(content: bytes, name: str, part_bytes: int, **settings: Any) -> tuple[Told, int]:
    """And the number of parts."""
    parts: list[Reading] = []
    try:
        with read_in_parts(InPieces(content), ask(name, **settings), part_bytes=part_bytes) as readings:
            parts.extend(readings)
        return told(parts), len(parts)
    except ExportError as error:
        return str(error), len(parts)


def is_csv(content: bytes, name: str) -> bool:
    try:
        unpacked = unpack(Held(content), name)
    except ExportError:
        return False
    return unpacked.container == "csv"


def told(parts: list[Reading]) -> dict[str, Any]:
    """All that the parts say together, rows by file line."""
    first = parts[0]
    days = [day for part in parts for day in (part.first_day, part.last_day) if day]
    return {
        **{name: getattr(first, name) for name in (
            "generation", "container", "encoding", "header_line", "columns", "unknown_columns", "missing_columns",
            "exported_at", "notes",
        )},
        "told": sum((part.row_notes for part in parts), Counter()),
        "currency": next((part.currency for part in parts if part.currency), None),
        "rows": sum(part.rows for part in parts),
        "money_micros": sum(part.money_micros for part in parts),
        "days": (min(days, default=None), max(days, default=None)),
        **{name: rows_of([getattr(part, name) for part in parts])
           for name in ("row_money", "ignored", "rejected", "raw", "people")},
        "frames": {name: rows_of([part.frames[name] for part in parts]) for name in first.frames},
    }  # fmt: skip


def rows_of(frames: list[pd.DataFrame]) -> list[tuple[Any, ...]]:
    """Every row as text, by file line; rows of one line in their order."""
    frame = pd.concat([one for one in frames if len(one)] or frames[:1], ignore_index=True)
    frame = frame.sort_values("file_line", kind="stable")
    return [tuple(frame.columns), *frame.astype("object").map(repr).itertuples(index=False, name=None)]
