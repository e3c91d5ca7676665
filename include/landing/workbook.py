"""Workbook sheets (xlsx and BIFF xls through calamine) and Parquet files as text.

A number cell becomes the text Excel would show with fifteen digits, which is all the digits it keeps. A whole number
beyond them has lost its last digits for good and is written like 6.91793E+18, which no id parser accepts.

A workbook is held whole, since its format bounds it: reading 300,000 orders of 30 columns (33 MB packed) takes 1.6 GiB
at its most.
"""

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from python_calamine import CalamineError, CalamineWorkbook

from include.landing.errors import ExportError
from include.landing.records import HEAD_RECORDS, Body, text_array

EXCEL_DIGITS = 15
_BATCH_ROWS = 8192
_BUFFER_BYTES = 1 << 20
FEWEST_HEADERS = 3  # a first row of fewer cells is a title, which many sheets may share


class GridSheet:
    """One sheet of a workbook; row numbers are those of the spreadsheet."""

    def __init__(self, name: str | None, rows: list[list[Any]]) -> None:
        self.name = name
        self._rows = rows
        self.head = [[cell_text(cell) for cell in row] for row in rows[:HEAD_RECORDS]]
        self.head_lines = list(range(1, len(self.head) + 1))

    def followed_by(self, others: Sequence["GridSheet"]) -> "GridSheet":
        """This sheet with the others' rows below its own, numbered on, all of one width."""
        rows = [row for sheet in (self, *others) for row in sheet._rows]
        width = max(len(row) for row in rows)
        return GridSheet(self.name, [row + [""] * (width - len(row)) for row in rows])

    def body(self, header: int, wanted: Sequence[int]) -> Body:
        """The rows under `head[header]`; a sheet's rows are all of one width."""
        rows = self._rows[header + 1 :]
        texts = [[cell_text(cell) for cell in row] for row in rows]
        return Body(
            lines=np.arange(header + 2, header + 2 + len(rows), dtype=np.int64),
            raw=text_array(["\t".join(row) for row in texts]),
            cells={column: text_array([row[column] for row in texts]) for column in wanted},
            damaged=np.zeros(len(rows), dtype=bool),
        )


class ParquetSheet:
    """A Parquet file: its column names are record 0."""

    name: str | None = None

    def __init__(self, data: bytes, file: str) -> None:
        with _damage_told(file):
            self._table = pq.read_table(pa.BufferReader(data))
        self.head = [list(self._table.column_names)]
        self.head_lines = [0]

    def body(self, header: int, wanted: Sequence[int]) -> Body:
        """All records."""
        return _parquet_body(self._table, 1, wanted)


class ParquetStream:
    """A Parquet file read a block at a time: of `block_bytes` of text, or little more. The records are those that
    `ParquetSheet` finds."""

    name: str | None = None

    def __init__(self, table: BinaryIO, file: str, block_bytes: int) -> None:
        self._file, self._block_bytes = file, block_bytes
        with _damage_told(file):
            # Buffered, a row group's columns are not read whole before the first of its rows is given.
            self._table = pq.ParquetFile(table, buffer_size=_BUFFER_BYTES, pre_buffer=False)
        self.head = [list(self._table.schema_arrow.names)]
        self.head_lines = [0]

    def bodies(self, header: int, wanted: Sequence[int]) -> Iterator[Body]:
        """All records, once; at least one body, be it empty. Raises ExportError."""
        held: list[pa.Table] = []
        line = 1
        with _damage_told(self._file):
            for batch in self._table.iter_batches(batch_size=_BATCH_ROWS, use_threads=False):
                held.append(_as_texts(pa.Table.from_batches([batch])))
                if sum(table.nbytes for table in held) >= self._block_bytes:
                    body = _parquet_body(pa.concat_tables(held), line, wanted)
                    held, line = [], line + len(body)
                    yield body
        if held or line == 1:
            table = pa.concat_tables(held) if held else _as_texts(self._table.schema_arrow.empty_table())
            yield _parquet_body(table, line, wanted)


@contextmanager
def _damage_told(file: str) -> Iterator[None]:
    try:
        yield
    except (pa.ArrowInvalid, OSError) as error:
        raise ExportError(file, f"the Parquet file is damaged ({error})") from error


def _parquet_body(table: pa.Table, first_line: int, wanted: Sequence[int]) -> Body:
    texts = _as_texts(table).columns
    raw = pc.binary_join_element_wise(*texts, pa.scalar("\t", pa.large_string())) if texts else text_array([])
    return Body(
        lines=np.arange(first_line, first_line + table.num_rows, dtype=np.int64),
        raw=raw if isinstance(raw, pa.ChunkedArray) else pa.chunked_array([raw]),
        cells={column: texts[column] for column in wanted},
        damaged=np.zeros(table.num_rows, dtype=bool),
    )


def _as_texts(table: pa.Table) -> pa.Table:
    return pa.table([_column_text(column) for column in table.columns], names=table.column_names)


def workbook_sheets(data: bytes, name: str) -> list[GridSheet]:
    """The sheets that hold cells, in the workbook's order. Raises ExportError where the workbook is damaged."""
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(data))
        sheets = [
            GridSheet(title, workbook.get_sheet_by_name(title).to_python(skip_empty_area=False))
            for title in workbook.sheet_names
        ]
    except (CalamineError, OSError, ValueError) as error:
        raise ExportError(name, f"the workbook is damaged ({error}); fetch the file again") from error
    except BaseException as error:
        # Calamine's panics on a damaged .xls are no Exception, and their class cannot be imported.
        if type(error).__name__ != "PanicException":
            raise
        raise ExportError(name, "the workbook is damaged; fetch the file again") from error
    return _continued([sheet for sheet in sheets if sheet.head])


def _continued(sheets: list[GridSheet]) -> list[GridSheet]:
    """Sheets that begin with the same header are one table, as a platform writes it that fills a sheet and goes on in
    the next; the later sheets' headers stay among its rows."""
    tables: dict[tuple[str, ...], list[GridSheet]] = {}
    for number, sheet in enumerate(sheets):
        header = tuple("\t".join(sheet.head[0]).rstrip().split("\t"))
        key = header if len(header) >= FEWEST_HEADERS else (f"sheet {number}",)
        tables.setdefault(key, []).append(sheet)
    return [parts[0] if len(parts) == 1 else parts[0].followed_by(parts[1:]) for parts in tables.values()]


def cell_text(value: Any) -> str:
    """A cell as the text a person would copy from it."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int):
        return str(value) if abs(value) < 10**EXCEL_DIGITS else f"{value:.5E}"
    if isinstance(value, float):
        if value.is_integer():
            return str(int(value)) if abs(value) < 10**EXCEL_DIGITS else f"{value:.5E}"
        return format(value, f".{EXCEL_DIGITS}g")
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return str(value)
    return str(value)


def _column_text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if pa.types.is_timestamp(column.type):
        column = pc.cast(column, pa.timestamp("s", tz=column.type.tz), safe=False)
    return pc.fill_null(pc.cast(column, pa.large_string()), "")
