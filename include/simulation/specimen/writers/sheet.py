"""Export sheets as columns of ready text, and how they become bytes: written by column, never cell by cell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

Cells: TypeAlias = str | pa.Array
"""One column's text: an array of strings, or one string for every row."""

_CENTS = pa.array([f"{cent:02d}" for cent in range(100)])


@dataclass
class Sheet:
    """A report before it is a file.

    `wrap` gives what is written before and after each cell of a column, `plain` the wrap of the others. `roles` names
    the columns that misbehaviour may hit: id, quantity, time. `title`, `preamble`, `text_columns`, `page_rows` and
    `password` are of a workbook: the sheet's name, the lines above its header, how many columns of an xlsx hold text,
    not numbers, after how many rows another sheet goes on, and what it is locked with.
    """

    name: str
    header: Sequence[str]
    rows: int
    cells: dict[str, Cells]
    encoding: str = "utf-8-sig"
    plain: tuple[str, str] = ("", "")
    wrap: dict[str, tuple[str, str]] = field(default_factory=dict)
    header_wrap: tuple[str, str] = ("", "")
    header_text: dict[str, str] = field(default_factory=dict)
    roles: dict[str, tuple[str, ...]] = field(default_factory=dict)
    ending: str = "\r\n"
    delimiter: str = ","
    title: str = "sheet1"
    preamble: tuple[str, ...] = ()
    text_columns: int = 4
    page_rows: int = 1_000_000
    password: str | None = None

    def column(self, name: str) -> pa.Array:
        """A column as an array, constants repeated."""
        cells = self.cells.get(name, "")
        return pa.array(np.full(self.rows, cells, dtype=object), pa.string()) if isinstance(cells, str) else cells

    def to_csv(self, folder: Path) -> Path:
        """Write the sheet as delimited text; cells must hold neither quotes nor line ends."""
        opening, closing = self.header_wrap
        head = self.delimiter.join(f"{opening}{self.header_text.get(name, name)}{closing}" for name in self.header)
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / self.name
        text = self.ending.join([head, *self._lines(), ""])
        path.write_bytes(text.encode(self.encoding))
        return path

    def _lines(self) -> list[str]:
        unknown = set(self.cells) - set(self.header)
        if unknown:
            raise ValueError(f"{self.name}: cells for columns that the header lacks: {sorted(unknown)}")
        pieces: list[Cells] = []
        constant = ""
        for number, name in enumerate(self.header):
            before, after = self.wrap.get(name, self.plain)
            cells = self.cells.get(name, "")
            constant += (self.delimiter if number else "") + before
            if isinstance(cells, str):
                constant += cells
            else:
                pieces += [constant, cells]
                constant = ""
            constant += after
        pieces += [constant, ""]  # the last piece is the separator of the join
        if all(isinstance(piece, str) for piece in pieces):
            return ["".join(str(piece) for piece in pieces)] * self.rows
        joined: list[str] = pc.binary_join_element_wise(*pieces).to_pylist()
        return joined


def columns(header: str) -> tuple[str, ...]:
    """The column names of a header line."""
    return tuple(header.split(","))


def money(fen: np.ndarray) -> pa.Array:
    """Yuan with two decimals: 12345 fen is 123.45."""
    fen = np.asarray(fen, dtype=np.int64)
    yuan, cents = np.divmod(np.abs(fen), 100)
    sign = pa.array(["", "-"]).take(pa.array((fen < 0).astype(np.int8)))
    return texts(sign, whole(yuan), ".", _CENTS.take(pa.array(cents)))


def whole(numbers: np.ndarray) -> pa.Array:
    """Whole numbers as text."""
    return pc.cast(pa.array(np.asarray(numbers, dtype=np.int64)), pa.string())


def times(moments: np.ndarray) -> pa.Array:
    """Times as 2025-11-11 00:54:10, NaT as nothing."""
    return pc.fill_null(pc.cast(pa.array(moments.astype("datetime64[s]")), pa.string()), "")


def days(numbers: np.ndarray) -> pa.Array:
    """Day numbers as 2025-11-11."""
    return pc.cast(pa.array(np.asarray(numbers, dtype=np.int64).astype("datetime64[D]")), pa.string())


def pick(words: Sequence[str], place: np.ndarray) -> pa.Array:
    """The word at each place."""
    return pa.array(list(words), pa.string()).take(pa.array(np.asarray(place, dtype=np.int64)))


def when(condition: np.ndarray, text: Cells, otherwise: Cells = "") -> pa.Array:
    """`text` where the condition holds."""
    return pc.if_else(pa.array(np.asarray(condition, dtype=bool)), text, otherwise)


def texts(*parts: Cells) -> pa.Array:
    """Parts joined row by row."""
    return pc.binary_join_element_wise(*parts, "")


def repeated(column: pa.Array, place: np.ndarray) -> pa.Array:
    """The column's cells at the given places."""
    return column.take(pa.array(np.asarray(place, dtype=np.int64)))
