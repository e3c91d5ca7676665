"""Cells that show an error (#N/A, #REF!). The reader of workbooks gives them as empty, and an empty quantity has a
meaning: so they are looked up in the file itself."""

import io
import re
import zipfile
from collections.abc import Iterator
from html import unescape

ERROR = "#N/A"
Place = tuple[int, int]
"""(row, column) from 0."""

_SHEET = re.compile(r"<sheet\b[^>]*?>")
_RELATION = re.compile(r"<Relationship\b[^>]*?>")
_CELL = re.compile(r'<c\b(?=[^>]*\bt="e")[^>]*?\br="([A-Z]+)(\d+)"[^>]*>')
_ODS_TABLE = re.compile(r'<table:table\b[^>]*?table:name="([^"]*)"[^>]*>(.*?)</table:table>', re.DOTALL)
_ODS_PART = re.compile(r"<table:table-row\b[^>]*>|<table:(?:covered-)?table-cell\b[^>]*>")
_ROWS, _COLUMNS = (re.compile(rf'number-{name}-repeated="(\d+)"') for name in ("rows", "columns"))


def error_cells(workbook: bytes) -> dict[str, set[Place]]:
    """By sheet, the cells with an error; of .xlsx and .ods (an .xls says nothing here)."""
    try:
        with zipfile.ZipFile(io.BytesIO(workbook)) as archive:
            if "content.xml" in archive.namelist():
                return _of_ods(archive.read("content.xml").decode("utf-8"))
            return dict(_of_xlsx(archive))
    except (zipfile.BadZipFile, KeyError, UnicodeDecodeError, OSError):
        return {}


def _of_xlsx(archive: zipfile.ZipFile) -> Iterator[tuple[str, set[Place]]]:
    relations = archive.read("xl/_rels/workbook.xml.rels").decode("utf-8")
    targets = {_attribute(one, "Id"): _attribute(one, "Target") for one in _RELATION.findall(relations)}
    for sheet in _SHEET.findall(archive.read("xl/workbook.xml").decode("utf-8")):
        target = targets.get(_attribute(sheet, "r:id"), "").lstrip("/")
        path = target if target.startswith("xl/") else f"xl/{target}"
        if path in archive.namelist():
            text = archive.read(path).decode("utf-8")
            places = {(int(row) - 1, _column(letters)) for letters, row in _CELL.findall(text)}
            yield unescape(_attribute(sheet, "name")), places


def _of_ods(content: str) -> dict[str, set[Place]]:
    found: dict[str, set[Place]] = {}
    for name, body in _ODS_TABLE.findall(content):
        row, next_row, column = -1, 0, 0
        places = found.setdefault(unescape(name), set())
        for part in _ODS_PART.findall(body):
            if part.startswith("<table:table-row"):
                row, column = next_row, 0
                next_row += _repeated(part, _ROWS)
                continue
            times = _repeated(part, _COLUMNS)
            if 'calcext:value-type="error"' in part:
                places |= {(row, column + n) for n in range(times)}
            column += times
    return found


def _repeated(part: str, pattern: re.Pattern[str]) -> int:
    found = pattern.search(part)
    return int(found[1]) if found else 1


def _attribute(part: str, name: str) -> str:
    found = re.search(rf'\b{name}="([^"]*)"', part)
    return found[1] if found else ""


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1
