"""Tables that are written as text with tags: HTML pages named .xls, Excel-2003 XML, web archives, OpenDocument sheets.

Nothing is fetched, no entity of a document's own is resolved, and what is held is bounded: a sheet's area and the text
of all cells are counted while they are read.
"""

import re
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from email import message_from_bytes
from html.parser import HTMLParser
from xml.parsers import expat

from include.files.errors import ExportError
from include.files.limits import ReadLimits, RefusedError, too_large, too_much_text
from include.files.text.encoding import DAMAGE, NO_HINTS, Hints
from include.files.text.text_stream import decode
from include.files.workbooks.cell_text import NO_VALUE, cell_text
from include.files.workbooks.xlsx_marks import refuse_doctype

_CHARSET = re.compile(rb"""(?:charset|encoding)\s*=\s*["']?\s*([A-Za-z0-9_.:-]+)""", re.IGNORECASE)
_PROLOG = re.compile(r"^\s*<\?xml[^>]*\?>")
_LOST_DIGITS = re.compile(r"^[+-]?\d(\.\d+)?[eE]\+\d+$")
# Names of encodings whose wider forms read the same and more.
_WIDER = {"gb2312": "gb18030", "gbk": "gb18030", "iso-8859-1": "cp1252", "latin-1": "cp1252", "ascii": "utf-8"}
_MAX_COLUMNS = 16_384
_PLAIN_NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,15})?")


@dataclass
class Grid:
    """One table. merged: (column, first row, last row) that repeat the cell above the first of them."""

    name: str
    limits: ReadLimits
    rows: list[list[str]] = field(default_factory=list)
    merged: list[tuple[int, int, int]] = field(default_factory=list)
    is_hidden: bool = False
    hidden_rows: int = 0
    width: int = 0
    text_bytes: int = 0
    _down: dict[int, tuple[int, str]] = field(default_factory=dict)  # column -> rows still to be filled, with what

    def add(self, cells: list[tuple[int | None, str, int, int]], times: int = 1) -> None:
        """A row of (column, or None for the next free one, text, columns spanned, rows spanned), repeated."""
        row: list[str] = []

        def reach(column: int) -> None:
            if column > _MAX_COLUMNS:
                raise too_large(column * (len(self.rows) + 1), self.limits, self.name, f"column {column}")
            row.extend([""] * (column - len(row)))

        down = self._down
        self._down = {column: (left - 1, text) for column, (left, text) in down.items() if left > 1}
        for column, (_, text) in sorted(down.items()):
            reach(column + 1)
            row[column] = text
            if text and self.merged and self.merged[-1][::2] == (column, len(self.rows) - 1):
                self.merged[-1] = (column, self.merged[-1][1], len(self.rows))
            elif text:
                self.merged.append((column, len(self.rows), len(self.rows)))
        at = 0
        for place, text, across, below in cells:
            if place is not None:
                at = place
            while place is None and at in down:
                at += 1
            reach(at + 1)
            row[at] = text
            for spanned in range(at, at + min(max(across, 1), _MAX_COLUMNS)) if below > 1 else ():
                self._down[spanned] = (below - 1, text if spanned == at else "")
            at += max(across, 1)
            if across > 1:
                reach(min(at, _MAX_COLUMNS))
        self._take(row, times)

    @property
    def is_filled_down(self) -> bool:
        """A cell above reaches into the next row."""
        return bool(self._down)

    def skip(self, rows: int) -> None:
        """Blank rows."""
        if rows > 0:
            self._take([], rows)

    def _take(self, row: list[str], times: int) -> None:
        self.width = max(self.width, len(row))
        area = (len(self.rows) + times) * max(self.width, 1)
        if area > self.limits.max_cells:
            raise too_large(area, self.limits, self.name, f"row {len(self.rows) + times}, column {self.width}")
        self.text_bytes += times * sum(map(len, row))
        if self.text_bytes > self.limits.max_text_bytes:
            raise too_much_text(self.text_bytes, self.limits)
        self.rows.extend(row for _ in range(times))


def html_tables(data: bytes, name: str, hints: Hints, limits: ReadLimits) -> tuple[list[Grid], str]:
    """The tables of a page that hold cells of their own, in its order; and the encoding it was read in. Raises
    RefusedError when it is cut off in a table, ExportError when its encoding cannot be told."""
    text, encoding = _decoded(data, name, hints)
    page = _Page(limits)
    page.feed(text)
    page.close()
    page.end(is_cut_off=not re.search(r"</(?:html|body|table)\s*>\s*(?:<!--.*?-->\s*)*$", text[-4096:], re.I | re.S))
    return page.grids(), encoding


def archived_tables(data: bytes, name: str, hints: Hints, limits: ReadLimits) -> tuple[list[Grid], str]:
    """The tables of all pages of a web archive (MHTML), which Excel calls a single file web page."""
    grids: list[Grid] = []
    encoding = "utf-8"
    for part in message_from_bytes(data).walk():
        if part.get_content_type() == "text/html":
            content = part.get_payload(decode=True)
            if isinstance(content, bytes) and b"<t" in content:
                said = part.get_content_charset()
                more, encoding = html_tables(content, name, Hints(said, hints.usual) if said else hints, limits)
                grids += more
    for number, grid in enumerate(grids, start=1):
        grid.name = f"table {number}"
    return grids, encoding


def xml_sheets(data: bytes, name: str, hints: Hints, limits: ReadLimits) -> tuple[list[Grid], str]:
    """The sheets of an XML spreadsheet of Excel 2003. Raises RefusedError when it is damaged."""
    text, encoding = _decoded(data, name, hints)
    sheets = _Spreadsheet2003(limits)
    _parse([_PROLOG.sub("", text.lstrip("\ufeff")).encode()], sheets.start, sheets.end, sheets.text)
    return sheets.grids, encoding


def ods_sheets(archive: zipfile.ZipFile, limits: ReadLimits) -> list[Grid]:
    """The sheets of an OpenDocument spreadsheet. Raises RefusedError when it is damaged or too large."""
    sheets = _OpenDocument(limits)
    with archive.open("content.xml") as file:
        _parse(iter(lambda: file.read(1 << 20), b""), sheets.start, sheets.end, sheets.text)
    return sheets.grids


def _decoded(data: bytes, name: str, hints: Hints) -> tuple[str, str]:
    """What the text says of its own encoding is believed if all of it can be read so."""
    said = _CHARSET.search(data[:4096])
    if said is not None and hints.declared is None:
        encoding = said[1].decode("ascii", "replace").lower()
        encoding = _WIDER.get(encoding, encoding)
        try:
            return data.decode("utf-8-sig" if encoding == "utf-8" else encoding), encoding
        except (UnicodeDecodeError, LookupError):
            pass
    decoded = decode(data, name, hints if said is None else Hints(hints.declared, hints.usual))
    if (at := decoded.text.find(DAMAGE)) >= 0:
        raise ExportError(
            name, "the page holds bytes that are no text in its encoding", line=decoded.text.count("\n", 0, at) + 1,
            found=decoded.encoding, expected="`encoding:` in the shop's settings, or a table saved as .xlsx",
        )  # fmt: skip
    return decoded.text, decoded.encoding


class _Page(HTMLParser):
    """Tables within tables are tables of their own."""

    def __init__(self, limits: ReadLimits) -> None:
        super().__init__(convert_charrefs=True)
        self._limits = limits
        self._all: list[Grid] = []
        self._open: list[_OpenTable] = []
        self._unseen = 0  # script, style

    def grids(self) -> list[Grid]:
        found = [grid for grid in self._all if any(any(cell for cell in row) for row in grid.rows)]
        for number, grid in enumerate(found, start=1):
            grid.name = f"table {number}"
        return found

    def end(self, is_cut_off: bool) -> None:
        if self._open and is_cut_off:
            raise RefusedError("the page is cut off in its table; fetch the file again", "no end of the table")
        while self._open:
            self._open.pop().close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("script", "style", "title"):
            self._unseen += 1
        elif tag == "table" or (tag in ("tr", "td", "th") and not self._open):
            grid = Grid(f"table {len(self._all) + 1}", self._limits)
            self._all.append(grid)
            self._open.append(_OpenTable(grid))
        if not self._open:
            return
        table, said = self._open[-1], dict(attrs)
        if tag == "tr":
            table.close()
            table.row = []
            is_hidden = "display:none" in (said.get("style") or "").replace(" ", "").lower() or "hidden" in said
            table.grid.hidden_rows += is_hidden
        elif tag in ("td", "th"):
            table.begin(_span(said.get("colspan")), _span(said.get("rowspan")), said.get("x:num"))
        elif tag == "br":
            table.text(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style", "title"):
            self._unseen = max(0, self._unseen - 1)
        elif not self._open:
            return
        elif tag == "table":
            self._open.pop().close()
        elif tag == "tr":
            self._open[-1].close()
        elif tag in ("td", "th"):
            self._open[-1].finish()

    def handle_data(self, data: str) -> None:
        if self._open and not self._unseen:
            self._open[-1].text(data)


class _OpenTable:
    """A table whose end was not seen yet. row: the cells of the row at hand; None between rows."""

    def __init__(self, grid: Grid) -> None:
        self.grid = grid
        self.row: list[tuple[int | None, str, int, int]] | None = None
        self._cell: list[str] | None = None
        self._about: tuple[int, int, str | None] = (1, 1, None)

    def begin(self, across: int, below: int, number: str | None) -> None:
        self.finish()
        self.row = self.row if self.row is not None else []
        self._cell, self._about = [], (across, below, number)

    def text(self, data: str) -> None:
        if self._cell is not None:
            self._cell.append(data)

    def finish(self) -> None:
        if self._cell is None or self.row is None:
            return
        across, below, number = self._about
        text = " ".join("".join(self._cell).split())
        if number and _LOST_DIGITS.match(text):  # what Excel keeps beside the digits that it shows
            text = number
        self.row.append((None, text, across, below))
        self._cell = None

    def close(self) -> None:
        self.finish()
        if self.row is not None:
            self.grid.add(self.row)
        self.row = None


def _span(said: str | None) -> int:
    return int(said) if said and said.strip().isdecimal() else 1


def _parse(
    pieces: Iterable[bytes],
    start: Callable[[str, dict[str, str]], None],
    end: Callable[[str], None],
    text: Callable[[str], None],
) -> None:
    """XML in UTF-8 whose names come as 'namespace name'."""
    parser = expat.ParserCreate("utf-8", namespace_separator=" ")
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, text
    parser.StartDoctypeDeclHandler = refuse_doctype
    parser.buffer_text = True
    try:
        for piece in pieces:
            parser.Parse(piece, False)
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise RefusedError(f"the workbook's XML is damaged or cut off ({error}); fetch the file again") from error


class _Sheets:
    """Handlers for a spreadsheet's XML. Attributes are looked up by their own name, whatever their namespace."""

    def __init__(self, limits: ReadLimits) -> None:
        self.grids: list[Grid] = []
        self._limits = limits
        self._row: list[tuple[int | None, str, int, int]] = []
        self._repeat = 1
        self._texts: list[str] | None = None

    def text(self, data: str) -> None:
        if self._texts is not None:
            self._texts.append(data)

    @staticmethod
    def _names(attributes: dict[str, str]) -> dict[str, str]:
        return {name.rpartition(" ")[2]: value for name, value in attributes.items()}


class _Spreadsheet2003(_Sheets):
    def __init__(self, limits: ReadLimits) -> None:
        super().__init__(limits)
        self._cell: dict[str, str] = {}
        self._kind: str | None = None

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        kind, said = tag.rpartition(" ")[2], self._names(attributes)
        if kind == "Worksheet":
            self.grids.append(Grid(said.get("Name", ""), self._limits))
        elif kind == "Row" and self.grids:
            grid = self.grids[-1]
            grid.skip(_number(said.get("Index"), len(grid.rows) + 1) - 1 - len(grid.rows))
            grid.hidden_rows += said.get("Hidden") == "1"
            self._row, self._repeat = [], 1 + _number(said.get("Span"), 0)
        elif kind == "Cell":
            self._cell, self._kind, self._texts = said, None, None
        elif kind == "Data":
            self._kind, self._texts = said.get("Type", "String"), []
        elif kind == "Visible":
            self._texts = []

    def end(self, tag: str) -> None:
        kind = tag.rpartition(" ")[2]
        if kind == "Data":
            self._cell["text"] = _cell_2003(self._kind or "", "".join(self._texts or ()))
            self._texts = None
        elif kind == "Cell":
            text = self._cell.get("text")
            if text is None:
                text = NO_VALUE if "Formula" in self._cell else ""
            column = _number(self._cell["Index"], 1) - 1 if "Index" in self._cell else None
            across, below = _number(self._cell.get("MergeAcross"), 0), _number(self._cell.get("MergeDown"), 0)
            self._row.append((column, text, across + 1, below + 1))
        elif kind == "Row" and self.grids:
            self.grids[-1].add(self._row, self._repeat)
        elif kind == "Visible":
            self.grids[-1].is_hidden = "".join(self._texts or ()).strip() in ("SheetHidden", "SheetVeryHidden")
            self._texts = None


def _cell_2003(kind: str, text: str) -> str:
    match kind:
        case "Number":
            return _number_text(text)
        case "DateTime":
            return re.sub(r"\.\d+$", "", text).replace("T", " ")
        case "Boolean":
            return "TRUE" if text.strip() == "1" else "FALSE"
    return text


class _OpenDocument(_Sheets):
    """Rows and cells may be repeated; those at a sheet's end are blank and reach to its last row."""

    def __init__(self, limits: ReadLimits) -> None:
        super().__init__(limits)
        self._blank_rows = 0
        self._hidden_styles: set[str] = set()
        self._style = ""
        self._cell: dict[str, str] = {}
        self._paragraphs: list[str] = []
        self._within_note = self._at = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        kind, said = tag.rpartition(" ")[2], self._names(attributes)
        if kind == "style":
            self._style = said.get("name", "")
        elif kind == "table-properties" and said.get("display") == "false":
            self._hidden_styles.add(self._style)
        elif kind == "table":
            self.grids.append(Grid(said.get("name", ""), self._limits))
            self.grids[-1].is_hidden = said.get("style-name") in self._hidden_styles
            self._blank_rows = 0
        elif kind == "table-row":
            self._row, self._at, self._repeat = [], 0, max(1, _number(said.get("number-rows-repeated"), 1))
            if said.get("visibility") in ("collapse", "filter") and self.grids:
                self.grids[-1].hidden_rows += self._repeat
        elif kind in ("table-cell", "covered-table-cell"):
            self._cell, self._paragraphs = {**said, "": kind}, []
        elif kind == "annotation":
            self._within_note += 1
        elif kind == "p" and not self._within_note:
            self._texts = []
        elif kind in ("s", "tab", "line-break") and self._texts is not None:
            self._texts.append(" " * min(_number(said.get("c"), 1), 1000))

    def end(self, tag: str) -> None:
        kind = tag.rpartition(" ")[2]
        if kind == "annotation":
            self._within_note -= 1
        elif kind == "p" and self._texts is not None:
            self._paragraphs.append("".join(self._texts))
            self._texts = None
        elif kind in ("table-cell", "covered-table-cell"):
            self._add_cell()
        elif kind == "table-row" and self.grids:
            grid = self.grids[-1]
            if self._row or grid.is_filled_down:
                grid.skip(self._blank_rows)
                grid.add(self._row, self._repeat)
                self._blank_rows = 0
            else:
                self._blank_rows += self._repeat

    def _add_cell(self) -> None:
        said = self._cell
        text = "" if said[""] == "covered-table-cell" else _ods_text(said, "\n".join(self._paragraphs))
        below = _number(said.get("number-rows-spanned"), 1)
        times = max(1, _number(said.get("number-columns-repeated"), 1))
        if not text and below == 1:  # a covered cell too: what covers it was filled down already
            self._at += times
            return
        if self._at + times > _MAX_COLUMNS:
            raise too_large(times, self._limits, self.grids[-1].name if self.grids else "", f"column {times}")
        for column in range(self._at, self._at + times):
            self._row.append((column, text, 1, below))
        self._at += times


def _ods_text(said: dict[str, str], shown: str) -> str:
    match said.get("value-type"):
        case "float" | "currency" | "percentage":
            return _number_text(said.get("value", shown))
        case "date":
            return re.sub(r"[.,]\d+$", "", said.get("date-value", shown)).replace("T", " ")
        case "boolean":
            return said.get("boolean-value", shown).upper()
        case "string":
            return shown or said.get("string-value", "")
        case None if "formula" in said and not shown:
            return NO_VALUE
    return shown


def _number_text(text: str) -> str:
    text = text.strip()
    if _PLAIN_NUMBER.fullmatch(text) and len(text) <= 16:
        return text
    try:
        return cell_text(float(text))
    except ValueError:
        return text


def _number(said: str | None, otherwise: int) -> int:
    return int(said) if said is not None and said.strip().isdecimal() else otherwise


__all__ = ["NO_HINTS", "Grid", "archived_tables", "html_tables", "ods_sheets", "xml_sheets"]
