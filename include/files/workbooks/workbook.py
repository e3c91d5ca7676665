"""Workbook sheets and Parquet files as text.

A workbook (xlsx, BIFF xls, ods, a table of HTML or XML under such a name) is read by a process of its own, see
`workbook_worker.py`: what it unpacks to is bounded by its format only, and a death for want of memory must cost that
one file. Reading 300,000 orders of 30 columns (33 MB packed) takes that process some 1.6 GiB.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from include.files.content import Content
from include.files.errors import ExportError
from include.files.limits import NO_LIMITS, ReadLimits
from include.files.records import BLOCK_BYTES, HEAD_RECORDS, Body, text_array
from include.files.text.encoding import NO_HINTS, Hints

_ROOT = Path(__file__).resolve().parents[3]
_BATCH_ROWS = 8192
_BUFFER_BYTES = 1 << 20


class GridSheet:
    """One sheet of a workbook; row numbers are those of the spreadsheet.

    is_hidden: nobody who opens the workbook sees it. hidden_rows: how many of its rows a filter hides. height: its
    rows, blank ones and the header included. merged: (column, first row, last row), from 0, that repeat the cell above
    the first of them.
    """

    def __init__(self, about: dict[str, Any], columns: list[pa.Array]) -> None:
        self.name: str | None = about["name"]
        self.height: int = about["rows"]
        self.is_hidden: bool = about["is_hidden"]
        self.hidden_rows: int = about["hidden_rows"]
        self.merged: list[tuple[int, int, int]] = [(c, first, last) for c, first, last in about["merged"]]
        self._columns = columns
        heads = [column.slice(0, HEAD_RECORDS).to_pylist() for column in columns]
        self.head = [list(row) for row in zip(*heads, strict=True)]
        self.head_lines = list(range(1, len(self.head) + 1))

    def bodies(self, header: int, wanted: Sequence[int]) -> Iterator[Body]:
        """The rows under `head[header]`, in one body; they are all of one width."""
        first = header + 1
        columns = [column.slice(first) for column in self._columns]
        count = max(self.height - first, 0)
        raw = pc.binary_join_element_wise(*columns, pa.scalar("\t", pa.large_string())) if columns else text_array([])
        merged: dict[int, np.ndarray] = {}
        for column, top, bottom in self.merged:
            if column in wanted and bottom >= first:
                rows = merged.setdefault(column, np.zeros(count, dtype=bool))
                rows[max(top - first, 0) : bottom - first + 1] = True
        yield Body(
            lines=np.arange(first + 1, first + 1 + count, dtype=np.int64),
            raw=raw if isinstance(raw, pa.ChunkedArray) else pa.chunked_array([raw]),
            cells={
                column: pa.chunked_array([columns[column]]) if column < len(columns) else text_array([""] * count)
                for column in wanted
            },
            damaged=np.zeros(count, dtype=bool),
            merged=merged,
        )

    def rows(self) -> Iterator[list[str]]:
        """All rows as texts, some at a time in memory."""
        for first in range(0, self.height, _BATCH_ROWS):
            texts = [column.slice(first, _BATCH_ROWS).to_pylist() for column in self._columns]
            yield from map(list, zip(*texts, strict=True))


class ParquetSheet:
    """A Parquet file: its column names are record 0.

    block_bytes: of text (or little more) that is read at a time; None: all of it will be held, and is refused beyond
    the limits, since equal cells take no room in the file.
    """

    name: str | None = None

    def __init__(self, content: Content, file: str, limits: ReadLimits, block_bytes: int | None) -> None:
        self._file, self._block_bytes = file, block_bytes or BLOCK_BYTES
        with _damage_told(file):
            # Buffered, a row group's columns are not read whole before the first of its rows is given.
            self._table = pq.ParquetFile(content.open(), buffer_size=_BUFFER_BYTES, pre_buffer=False)
        cells = self._table.metadata.num_rows * self._table.metadata.num_columns
        if block_bytes is None and cells > limits.max_cells:
            raise ExportError(
                file,
                "the Parquet file unpacks to more than can be held",
                found=f"{cells:,} cells",
                expected=f"at most {limits.max_cells:,} (reading.max_sheet_cells)",
            )
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
    texts = table.columns
    raw = pc.binary_join_element_wise(*texts, pa.scalar("\t", pa.large_string())) if texts else text_array([])
    return Body(
        lines=np.arange(first_line, first_line + table.num_rows, dtype=np.int64),
        raw=raw if isinstance(raw, pa.ChunkedArray) else pa.chunked_array([raw]),
        cells={column: texts[column] for column in wanted},
        damaged=np.zeros(table.num_rows, dtype=bool),
    )


def _as_texts(table: pa.Table) -> pa.Table:
    return pa.table([_column_text(column) for column in table.columns], names=table.column_names)


@dataclass(frozen=True)
class Workbook:
    """The sheets that hold cells, in the workbook's order. encoding: when it is a text. notes: what a person should
    know of how it was read."""

    sheets: list[GridSheet]
    encoding: str | None = None
    notes: tuple[str, ...] = ()


def read_workbook(
    kind: str,
    data: bytes,
    name: str,
    limits: ReadLimits = NO_LIMITS,
    hints: Hints = NO_HINTS,
    skipped: Collection[str] = (),
) -> Workbook:
    """Read a workbook in a process of its own.

    kind: as `container.Unpacked` names it. skipped: names of sheets that nobody needs. Raises ExportError when the
    workbook is damaged, when it is larger than the limits, or when reading it takes more memory or time than they
    allow.
    """
    asked = {
        "kind": kind,
        "name": name,
        "hints": [hints.declared, list(hints.usual)],
        "limits": asdict(limits),
        "skipped": sorted(skipped),
    }
    try:
        answer, code = _ask_worker(json.dumps(asked).encode() + b"\n", data, limits.seconds)
    except subprocess.TimeoutExpired:
        raise _out_of_time(name, limits) from None
    end = answer.find(b"\n", len(_MAGIC))
    if code in _KILLED:
        raise _out_of_memory(name, limits)
    if code or not answer.startswith(_MAGIC):
        raise RuntimeError(f"the process that reads workbooks ended with code {code}")
    said = json.loads(answer[len(_MAGIC) : end])
    if "refused" in said:
        problem, found, expected, line, code = said["refused"]
        raise ExportError(name, problem, line=line, found=found, expected=expected, code=code)
    if "out_of_memory" in said:
        raise _out_of_memory(name, limits)
    if "damaged" in said:
        why = f" ({said['damaged']})" if said["damaged"] else ""
        raise ExportError(name, f"the workbook is damaged{why}; fetch the file again")
    at = end + 1
    sheets = []
    for about in said["sheets"]:
        columns = []
        for size in about["bytes"]:
            texts = at + 8 * (about["rows"] + 1)
            # Copied: Arrow wants its buffers aligned.
            offsets, held = pa.py_buffer(answer[at:texts]), pa.py_buffer(memoryview(answer)[texts : texts + size])
            columns.append(pa.LargeStringArray.from_buffers(about["rows"], offsets, held))
            at = texts + size
        if about["rows"]:
            sheets.append(GridSheet(about, columns))
    return Workbook(sheets, said["encoding"], tuple(said["notes"]))


_MAGIC = b"sheets\n"
_KILLED = (-signal.SIGABRT, -signal.SIGKILL, -signal.SIGSEGV, -signal.SIGBUS)


def _ask_worker(asked: bytes, data: bytes, seconds: float | None) -> tuple[bytes, int]:
    """The worker's answer and exit code; raises TimeoutExpired. A program of its own rather than a fork: we may be one
    of several threads."""
    places = [str(_ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    worker = subprocess.Popen(
        [sys.executable, "-m", "include.files.workbooks.workbook_worker"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # what a dying library says may quote a cell
        env={**os.environ, "PYTHONPATH": os.pathsep.join(places), "PYTHONSAFEPATH": "1"},
    )
    try:
        answer, _ = worker.communicate(asked + data, seconds)
    except BaseException:
        worker.kill()
        worker.wait()
        raise
    return answer, worker.returncode


def _out_of_memory(name: str, limits: ReadLimits) -> ExportError:
    return ExportError(
        name,
        "the workbook takes more memory than reading one is allowed",
        found=f"more than {limits.memory_bytes >> 20:,} MiB (reading.workbook_megabytes)",
        expected="the export in smaller files, or as csv",
        code="too_large",
    )


def _out_of_time(name: str, limits: ReadLimits) -> ExportError:
    return ExportError(
        name,
        "the workbook takes longer to be read than is allowed",
        found=f"more than {limits.seconds:g} seconds",
        code="too_large",
    )


def _column_text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if pa.types.is_timestamp(column.type):
        column = pc.cast(column, pa.timestamp("s", tz=column.type.tz), safe=False)
    return pc.fill_null(pc.cast(column, pa.large_string()), "")
