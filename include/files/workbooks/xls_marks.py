"""Errors and hidden rows of a BIFF workbook (.xls), which calamine does not tell: its records looked through."""

import io
import struct
from collections.abc import Iterator

from include.files.workbooks.xlsx_marks import Marks

_ERRORS = {0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!", 0x2A: "#N/A"}
_BOUNDSHEET, _EOF, _BOOLERR, _FORMULA, _ROW = 0x85, 0x0A, 0x205, 0x06, 0x208
_HIDDEN_ROW = 0x20
_RESULT_IS_ERROR = 2


def xls_marks(data: bytes) -> dict[str, Marks]:
    """The marks of every sheet, by its name; none of workbooks older than BIFF8."""
    import olefile

    with olefile.OleFileIO(io.BytesIO(data)) as container:
        if not container.exists("Workbook"):
            return {}
        stream = container.openstream("Workbook").read()
    found = {}
    for kind, record, _ in _records(stream, 0):
        if kind == _BOUNDSHEET and len(record) > 8:
            (offset,) = struct.unpack_from("<I", record)
            name = record[8:].decode("utf-16-le" if record[7] & 1 else "latin-1", "replace")
            found[name] = _of_sheet(stream, offset)
        elif kind == _EOF:
            break
    return found


def _of_sheet(stream: bytes, offset: int) -> Marks:
    marks = Marks()
    for kind, record, _ in _records(stream, offset):
        error = None
        if kind == _BOOLERR and len(record) >= 8 and record[7]:
            error = record[6]
        elif kind == _FORMULA and len(record) >= 14 and record[12:14] == b"\xff\xff" and record[6] == _RESULT_IS_ERROR:
            error = record[8]
        elif kind == _ROW and len(record) >= 16:
            marks.hidden_rows += bool(record[12] & _HIDDEN_ROW)
        elif kind == _EOF:
            break
        if error is not None:
            row, column = struct.unpack_from("<HH", record)
            marks.cells.setdefault(row, {})[column] = _ERRORS.get(error, "#VALUE!")
    return marks


def _records(stream: bytes, at: int) -> Iterator[tuple[int, bytes, int]]:
    """(kind, content, place) of the records from a place on."""
    while at + 4 <= len(stream):
        kind, size = struct.unpack_from("<HH", stream, at)
        yield kind, stream[at + 4 : at + 4 + size], at
        at += 4 + size
