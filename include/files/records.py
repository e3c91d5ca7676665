"""The records under a header, column by column, as text."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import pyarrow as pa

# A header stands in the first thirty records or so; the rest of the head shows how wide the data rows are.
HEAD_RECORDS = 60
BLOCK_BYTES = 1 << 24
"""Of text in UTF-8, read at a time."""


@dataclass
class Body:
    """The records under the header, in the file's order.

    lines: file_line of each record (int64). raw: each record as one text.
    cells: column position -> text, one value a record, never null; empty where the cell is empty or the record
    misshapen. damaged: True where a record holds bytes that no encoding reads.
    misshapen: record position -> its cells, where their number is not the header's: a footer, a note, a broken row.
    merged: column position -> True where the cell is one with the cell above, whose text it has.
    open_end: these are a csv's last records, and the last of them has no line end; open_quote: nor does it close its
    last quote.
    """

    lines: np.ndarray
    raw: pa.ChunkedArray
    cells: dict[int, pa.ChunkedArray]
    damaged: np.ndarray
    misshapen: dict[int, tuple[str, ...]] = field(default_factory=dict)
    merged: dict[int, np.ndarray] = field(default_factory=dict)
    open_end: bool = False
    open_quote: bool = False

    def __len__(self) -> int:
        return len(self.lines)


class Sheet(Protocol):
    """One table of a file, of which no more than the head need be held. `head`: its first records; `head_lines`: their
    file_line."""

    name: str | None
    head: list[list[str]]
    head_lines: list[int]

    def bodies(self, header: int, wanted: Sequence[int]) -> Iterator[Body]:
        """The records after `head[header]` in the file's order, once, some at a time, with the cells of the `wanted`
        column positions; at least one body, be it empty."""


def text_array(values: Sequence[str]) -> pa.ChunkedArray:
    return pa.chunked_array([pa.array(values, type=pa.large_string())])


def joined(bodies: Sequence[Body]) -> Body:
    """One body below the other."""
    starts = np.cumsum([0, *map(len, bodies)]).tolist()
    merged = {
        position: np.concatenate([body.merged.get(position, np.zeros(len(body), dtype=bool)) for body in bodies])
        for position in {position for body in bodies for position in body.merged}
    }
    return Body(
        lines=np.concatenate([body.lines for body in bodies]),
        raw=_end_to_end([body.raw for body in bodies]),
        cells={p: _end_to_end([body.cells[p] for body in bodies]) for p in bodies[0].cells},
        damaged=np.concatenate([body.damaged for body in bodies]),
        misshapen={
            start + place: cells
            for start, body in zip(starts, bodies, strict=False)
            for place, cells in body.misshapen.items()
        },
        merged=merged,
    )


def _end_to_end(columns: Sequence[pa.ChunkedArray]) -> pa.ChunkedArray:
    kinds = {column.type for column in columns}
    kind = kinds.pop() if len(kinds) == 1 else pa.large_string()
    return pa.chunked_array([chunk for column in columns for chunk in column.cast(kind).chunks], kind)
