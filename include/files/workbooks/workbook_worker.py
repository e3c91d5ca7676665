"""The process that reads one workbook; `workbook.py` alone starts it, as
`python -m include.files.workbooks.workbook_worker`.

What a workbook unpacks to is not known before it is read, and a library that runs out of memory ends its process. So
it is read here, under a limit of memory, and nothing else is lost by it.

Input: a line of JSON (kind, name, encodings, limits, skipped sheets), then the workbook's bytes. Output: a line of
JSON (the sheets, or why it was refused), then of each sheet, column by column, the offsets (int64) and the texts
(UTF-8) of its cells.
Only the standard library and calamine are imported: this is started for every workbook.
"""

import contextlib
import io
import json
import sys
import zipfile
from array import array
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, islice
from typing import Any, BinaryIO

from include.files.errors import ExportError
from include.files.limits import ReadLimits, RefusedError, too_large, too_much_text
from include.files.text.encoding import Hints
from include.files.workbooks.cell_text import cell_text

BATCH_ROWS = 4096
MAGIC = b"sheets\n"


@dataclass
class Columns:
    """A sheet's cells, column by column: the length of each text in bytes, and the texts."""

    limits: ReadLimits
    rows: int = 0
    lengths: list["array[int]"] = field(default_factory=list)
    texts: list[bytearray] = field(default_factory=list)

    def add(self, rows: Sequence[Sequence[Any]], width: int) -> None:
        while len(self.texts) < width:
            self.lengths.append(array("q", bytes(8 * self.rows)))
            self.texts.append(bytearray())
        width = len(self.texts)
        if any(len(row) != width for row in rows):
            rows = [[*row, *[""] * (width - len(row))] for row in rows]
        for lengths, held, column in zip(self.lengths, self.texts, zip(*rows, strict=True), strict=True):
            texts = [cell if type(cell) is str else cell_text(cell) for cell in column]
            joined = "".join(texts)
            if joined.isascii():
                held += joined.encode()
                lengths.extend(map(len, texts))
            else:
                encoded = [text.encode("utf-8", "replace") for text in texts]
                held += b"".join(encoded)
                lengths.extend(map(len, encoded))
        self.rows += len(rows)
        size = sum(map(len, self.texts))
        if size > self.limits.max_text_bytes:
            raise too_much_text(size, self.limits)

    def write(self, target: BinaryIO) -> None:
        for lengths, texts in zip(self.lengths, self.texts, strict=True):
            target.write(array("q", accumulate(lengths, initial=0)).tobytes())
            target.write(texts)


@dataclass
class SheetRead:
    """One sheet. merged: (column, first row, last row) that repeat the cell above; rows count from 0."""

    name: str
    columns: Columns
    is_hidden: bool = False
    hidden_rows: int = 0
    merged: list[tuple[int, int, int]] = field(default_factory=list)

    def about(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "rows": self.columns.rows,
            "bytes": list(map(len, self.columns.texts)),
            "is_hidden": self.is_hidden,
            "hidden_rows": self.hidden_rows,
            "merged": self.merged,
        }


def read(
    kind: str, data: bytes, name: str, hints: Hints, limits: ReadLimits, skipped: Collection[str] = ()
) -> tuple[list[SheetRead], str | None, list[str]]:
    """The sheets but those of the names `skipped`, the encoding when the file is a text, and notes. Raises RefusedError
    and ExportError."""
    if kind in ("xlsx", "xlsb", "xls"):
        sheets = _by_calamine(kind, data, limits, skipped)
        notes = ["Errors in cells of an .xlsb workbook read as blank; save it as .xlsx"] if kind == "xlsb" else []
        return sheets, None, notes
    from include.files.workbooks import markup

    encoding: str | None = None
    if kind == "ods":
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            grids = markup.ods_sheets(archive, limits)
    else:
        tables = {"html": markup.html_tables, "mhtml": markup.archived_tables, "xml": markup.xml_sheets}[kind]
        grids, encoding = tables(data, name, hints, limits)
    sheets = []
    for grid in grids:
        if grid.name in skipped:
            continue
        columns = Columns(limits)
        for first in range(0, len(grid.rows), BATCH_ROWS):
            columns.add(grid.rows[first : first + BATCH_ROWS], grid.width)
        sheets.append(SheetRead(grid.name, columns, grid.is_hidden, grid.hidden_rows, grid.merged))
    return sheets, encoding, []


def _by_calamine(kind: str, data: bytes, limits: ReadLimits, skipped: Collection[str]) -> list[SheetRead]:
    from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

    from include.files.workbooks.xls_marks import xls_marks
    from include.files.workbooks.xlsx_marks import Marks, xlsx_marks

    marks: dict[str, Marks] = {}
    if kind == "xlsx":
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            marks = xlsx_marks(archive, limits, skipped)
    elif kind == "xls":
        marks = xls_marks(data)
    workbook = CalamineWorkbook.from_filelike(io.BytesIO(data))
    sheets = []
    for about in workbook.sheets_metadata:
        if about.typ != SheetTypeEnum.WorkSheet or about.name in skipped:
            continue  # a chart, a macro; a sheet that nobody needs
        sheet = workbook.get_sheet_by_name(about.name)
        of_sheet = marks.get(about.name, Marks())
        columns = Columns(limits)
        if sheet.end is not None:
            height, width = sheet.end[0] + 1, sheet.end[1] + 1
            if height * width > limits.max_cells:
                raise too_large(height * width, limits, about.name, f"row {height}, column {width}")
            merges = _downward(sheet.merged_cell_ranges or (), height)
            rows = _patched(sheet.iter_rows(), of_sheet, merges)
            while some := list(islice(rows, BATCH_ROWS)):
                columns.add(some, width)
        else:
            merges = []
        sheets.append(
            SheetRead(
                about.name,
                columns,
                about.visible != SheetVisibleEnum.Visible,
                of_sheet.hidden_rows,
                [(column, first + 1, last) for column, first, last in merges],
            )
        )
    return sheets


def _downward(ranges: Sequence[Any], height: int) -> list[tuple[int, int, int]]:
    """(column, first row, last row) of the merged cells that span rows."""
    return sorted(
        (left, top, min(bottom, height - 1))
        for (top, left), (bottom, _) in ranges
        if min(bottom, height - 1) > top and left >= 0
    )


def _patched(rows: Iterator[list[Any]], marks: Any, merges: list[tuple[int, int, int]]) -> Iterator[list[Any]]:
    """The rows with what calamine leaves out, and merged cells filled down."""
    if not (marks.cells or marks.shown or merges):
        yield from rows
        return
    begins: dict[int, list[tuple[int, int]]] = {}
    for column, first, last in merges:
        begins.setdefault(first, []).append((column, last))
    filling: dict[int, tuple[int, Any]] = {}  # column -> until which row, with what
    for number, row in enumerate(rows):
        for column, text in marks.cells.get(number, {}).items():
            if column < len(row):
                row[column] = text
        for column, shown in marks.shown.get(number, {}).items():
            if column < len(row) and isinstance(row[column], int | float) and not isinstance(row[column], bool):
                row[column] = shown.of(cell_text(row[column]))
        for column, (last, value) in list(filling.items()):
            if number > last:
                del filling[column]
            elif column < len(row):
                row[column] = value
        for column, last in begins.get(number, ()):
            if column < len(row):
                filling[column] = (last, row[column])
        yield row


def main() -> int:
    """Reads one workbook from standard input and writes its sheets to standard output."""
    asked = json.loads(sys.stdin.buffer.readline())
    limits = ReadLimits(**asked["limits"])
    _limit_memory(limits.memory_bytes)
    target = sys.stdout.buffer
    try:
        data = sys.stdin.buffer.read()
        hints = Hints(*asked["hints"])
        sheets, encoding, notes = read(asked["kind"], data, asked["name"], hints, limits, asked["skipped"])
    except (RefusedError, ExportError) as error:
        line = getattr(error, "line", None)
        _answer(target, {"refused": [error.problem, error.found, error.expected, line, error.code]})
        return 0
    except MemoryError:
        _answer(target, {"out_of_memory": True})
        return 0
    except BaseException as error:  # calamine's panics on a damaged .xls are no Exception
        _answer(target, {"damaged": str(error) if isinstance(error, Exception) else ""})
        return 0
    _answer(target, {"sheets": [sheet.about() for sheet in sheets], "encoding": encoding, "notes": notes})
    for sheet in sheets:
        sheet.columns.write(target)
    target.flush()
    return 0


def _answer(target: BinaryIO, about: dict[str, Any]) -> None:
    target.write(MAGIC + json.dumps(about).encode() + b"\n")


def _limit_memory(most: int) -> None:
    with contextlib.suppress(ImportError, ValueError, OSError):  # a system without such limits, or with a lower one
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core would hold the workbook in clear
        resource.setrlimit(resource.RLIMIT_AS, (most, most))


if __name__ == "__main__":
    raise SystemExit(main())
