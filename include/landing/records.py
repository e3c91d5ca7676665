"""The records under a header, column by column, as text."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import pyarrow as pa

# A header stands in the first thirty records or so; the rest of the head shows how wide the data rows are.
HEAD_RECORDS = 60


@dataclass
class Body:
    """The records under the header, in the file's order.

    lines: file_line of each record (int64). raw: each record as one text.
    cells: column position -> text, one value a record, never null; empty where the cell is empty or the record
    misshapen. damaged: True where a record holds bytes that no encoding reads.
    misshapen: record position -> its cells, where their number is not the header's: a footer, a note, a broken row.
    open_end: these are a csv's last records, and the last of them has no line end; open_quote: nor does it close its
    last quote.
    """

    lines: np.ndarray
    raw: pa.ChunkedArray
    cells: dict[int, pa.ChunkedArray]
    damaged: np.ndarray
    misshapen: dict[int, tuple[str, ...]] = field(default_factory=dict)
    open_end: bool = False
    open_quote: bool = False

    def __len__(self) -> int:
        return len(self.lines)


class Sheet(Protocol):
    """One table of a file. `head`: its first records; `head_lines`: their file_line."""

    name: str | None
    head: list[list[str]]
    head_lines: list[int]

    def body(self, header: int, wanted: Sequence[int]) -> Body:
        """The records after `head[header]`, with the cells of the `wanted` column positions."""


def text_array(values: Sequence[str]) -> pa.ChunkedArray:
    return pa.chunked_array([pa.array(values, type=pa.large_string())])
