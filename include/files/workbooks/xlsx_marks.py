"""What a workbook says of its cells that calamine does not tell: errors, formulas without a value, hidden rows, what a
number format adds; and how large its sheets are, before memory is taken for them.

The XML is looked through with regular expressions, some megabytes at a time: a parser would take longer than calamine
takes to read the cells.
"""

import re
import zipfile
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

from include.files.limits import ReadLimits, RefusedError, too_large, too_much_text
from include.files.workbooks.cell_text import NO_VALUE

PIECE_BYTES = 1 << 22
# Excel keeps at most 32,767 characters in a cell; longer texts than this are looked at for how often they are used.
LONG_TEXT_BYTES = 1024
MAX_BLANK_ROWS = 100_000
_LITERALS = re.compile(r'"([^"]*)"|[\\!](.)|\[\$([^\]-]*)(?:-[^\]]*)?\]|[_*].|\[[^\]]*\]')
_DIGITS = re.compile(r"0{2,}")
_PLACES = re.compile(r"(?:[0#?,]*[0#?](?:\.[0#?]+)?|General)")


@dataclass(frozen=True)
class Shown:
    """What a number format shows with a number that the cell does not hold: `"SO-"0000` shows 42 as SO-0042."""

    before: str = ""
    digits: int = 0
    after: str = ""

    def of(self, text: str) -> str:
        """What the person who opens the workbook sees, of the number's own text."""
        bare = text.removeprefix("-")
        whole = bare.zfill(self.digits) if bare.isdecimal() else bare
        return f"{'-' if text != bare else ''}{self.before}{whole}{self.after}"


@dataclass
class Marks:
    """Of one sheet. cells: row -> column -> text in place of what calamine gives; shown: row -> column -> what the
    number format adds; hidden_rows: how many rows a filter or a person has hidden. Rows and columns count from 0."""

    cells: dict[int, dict[int, str]] = field(default_factory=dict)
    shown: dict[int, dict[int, Shown]] = field(default_factory=dict)
    hidden_rows: int = 0


def xlsx_marks(archive: zipfile.ZipFile, limits: ReadLimits, skipped: Collection[str] = ()) -> dict[str, Marks]:
    """The marks of every sheet but the skipped ones, by its name. Raises RefusedError where a sheet or the texts are
    too large."""
    sheets, is_computed_on_loading = _sheets(archive)
    formats = _formats(archive)
    long_texts = _long_texts(archive)
    uses: dict[int, int] = {}
    marks = {}
    for name, path in sheets.items():
        if path in archive.namelist() and name not in skipped:
            marks[name] = _Scan(name, is_computed_on_loading, formats, long_texts, uses, limits).of(archive, path)
            held = sum(long_texts[number] * count for number, count in uses.items())
            if held > limits.max_text_bytes:
                raise too_much_text(held, limits)
    return marks


class _Scan:
    """One sheet's XML, piece by piece."""

    def __init__(
        self,
        name: str,
        is_computed_on_loading: bool,
        formats: dict[int, Shown],
        long_texts: dict[int, int],
        uses: dict[int, int],
        limits: ReadLimits,
    ) -> None:
        self._name, self._limits = name, limits
        self._long_texts, self._uses = long_texts, uses
        # A program that computes nothing writes 0 as every formula's value and has the workbook computed on loading.
        zero = rb"|<(?:\w+:)?v>0</(?:\w+:)?v>" if is_computed_on_loading else b""
        self._formula = re.compile(
            rb"<(?:\w+:)?f(?:\s[^<>]*)?(?:/>|>[^<]*</(?:\w+:)?f>)\s*"
            rb"(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</(?:\w+:)?v>" + zero + rb")?\s*</(?:\w+:)?c>"
        )
        self._formats = formats
        styles = b"|".join(str(style).encode() for style in formats)
        self._styled = re.compile(rb'\ss="(' + styles + rb')"[^<>]*>') if formats else None
        self._marks = Marks()
        self._columns: set[bytes] = set()
        self._last_row = self._rows = 0

    def of(self, archive: zipfile.ZipFile, path: str) -> Marks:
        for piece in _pieces(archive, path):
            self._look(piece)
        columns = max((_column(letters) for letters in self._columns), default=-1) + 1
        area = columns * self._last_row
        letters = max(self._columns, key=_column, default=b"").decode()
        if area > self._limits.max_cells:
            raise too_large(area, self._limits, self._name, f"{letters}{self._last_row}")
        blank = self._last_row - self._rows
        if blank > MAX_BLANK_ROWS and 3 * blank > 2 * self._last_row:
            raise RefusedError(
                "a sheet of the workbook is mostly blank rows",
                f"sheet {self._name} reaches to {letters}{self._last_row} with {self._rows:,} rows that hold cells",
                f"fewer than {MAX_BLANK_ROWS:,} blank rows; delete them and save again",
                "too_large",
            )
        return self._marks

    def _look(self, piece: bytes) -> None:
        self._columns |= set(re.findall(rb' r="([A-Z]{1,3})[0-9]', piece))
        # LibreOffice writes a sheet's last row, without a cell, where lines were deleted.
        rows = re.findall(rb'row (?:[^<>]*?\s)??r="([0-9]{1,9})"[^<>]*+(?<!/)>(?!\s*</)', piece)
        at = piece.rfind(b' r="')
        last = re.match(rb'\sr="[A-Z]{1,3}([0-9]{1,9})"', piece[at : at + 40]) if at >= 0 else None
        self._last_row = max([self._last_row, int(last[1]) if last else 0, *map(int, rows)])
        self._rows += piece.count(b"</row>") + piece.count(b":row>")
        if b"hidden=" in piece:
            self._marks.hidden_rows += len(re.findall(rb'<(?:\w+:)?row\s[^<>]*\bhidden="(?:1|true)"', piece))
        if b't="e"' in piece:
            for found in re.finditer(rb'\st="e"', piece):
                cell = _cell(piece, found.start())
                if cell is not None:
                    value = re.search(rb"<(?:\w+:)?v>([^<]*)<", piece[found.end() : piece.find(b"c>", found.end())])
                    text = value[1].decode("utf-8", "replace") if value else ""
                    self._mark(cell, text if text.startswith("#") else "#VALUE!")
        # Looked for by its plain beginning first, which is many times as fast.
        for found in self._formula.finditer(piece) if b"<f" in piece or b":f" in piece else ():
            cell = _cell(piece, found.start())
            # An empty text is what a formula may well give: t="str" with a value that is empty.
            if cell is not None and not (b't="str"' in cell[2] and (b"<v" in found[0] or b":v" in found[0])):
                self._mark(cell, NO_VALUE)
        if self._styled is not None:
            for found in self._styled.finditer(piece):
                cell = _cell(piece, found.start() + 1)
                if cell is not None and not re.search(rb'\st="(?!n")', cell[2]):
                    self._marks.shown.setdefault(cell[0], {})[cell[1]] = self._formats[int(found[1])]
        if self._long_texts:
            for number in map(int, re.findall(rb'\st="s"[^<>]*>\s*<(?:\w+:)?v>([0-9]{1,9})<', piece)):
                if number in self._long_texts:
                    self._uses[number] = self._uses.get(number, 0) + 1

    def _mark(self, cell: tuple[int, int, bytes], text: str) -> None:
        self._marks.cells.setdefault(cell[0], {})[cell[1]] = text


def _cell(piece: bytes, within: int) -> tuple[int, int, bytes] | None:
    """(row, column, opening tag) of the cell that a place in the XML belongs to; None where it does not say."""
    at = within
    while (at := piece.rfind(b"<", 0, at)) >= 0:
        tag = piece[at : piece.find(b">", at) + 1]
        if re.match(rb"<(?:\w+:)?c[\s>]", tag):
            named = re.search(rb'\sr="([A-Z]{1,3})([0-9]{1,9})"', tag)
            return (int(named[2]) - 1, _column(named[1]), tag) if named else None
        if re.match(rb"</(?:\w+:)?c>|<(?:\w+:)?row", tag):
            return None
    return None


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1


def _pieces(archive: zipfile.ZipFile, path: str) -> Iterator[bytes]:
    """A sheet's XML in pieces that end with a row."""
    held = b""
    with archive.open(path) as file:
        while read := file.read(PIECE_BYTES):
            held += read
            cut = max(held.rfind(b"</row>"), held.rfind(b":row>")) + 6
            if cut >= 6:
                yield held[:cut]
                held = held[cut:]
    yield held


def _sheets(archive: zipfile.ZipFile) -> tuple[dict[str, str], bool]:
    """Sheet's name -> its part; and whether the workbook asks to be computed when it is loaded."""
    names: dict[str, str] = {}
    computed = False
    targets: dict[str, str] = {}

    def in_workbook(tag: str, attributes: dict[str, str]) -> None:
        nonlocal computed
        kind = tag.rpartition(":")[2]
        if kind == "sheet":
            of = next((value for key, value in attributes.items() if key.rpartition(":")[2] == "id"), "")
            names[attributes.get("name", "")] = of
        elif kind == "calcPr":
            computed = attributes.get("fullCalcOnLoad") in ("1", "true")

    def in_relations(tag: str, attributes: dict[str, str]) -> None:
        targets[attributes.get("Id", "")] = attributes.get("Target", "")

    _read(archive, "xl/workbook.xml", in_workbook)
    _read(archive, "xl/_rels/workbook.xml.rels", in_relations)
    found = {}
    for name, relation in names.items():
        target = targets.get(relation, "")
        found[name] = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    return found, computed


def shown_by(code: str) -> Shown | None:
    """What a number format adds to a number: zeros (00042 is an id, 42 another), letters before or after it (SO-42,
    10箱), a currency. None if it adds nothing, or shows another number (percent, thousands, dates)."""
    positive = re.split(r';(?=(?:[^"]*"[^"]*")*[^"]*$)', code)[0]
    bare, before, after = "", "", ""
    at = 0
    for found in [*_LITERALS.finditer(positive), None]:
        bare += positive[at : found.start() if found else len(positive)]
        if found is not None:
            literal = next((text for text in found.groups() if text), "")
            before, after = (before, after + literal) if bare.strip() else (before + literal, after)
            at = found.end()
    bare = bare.strip()
    if not _PLACES.fullmatch(bare):
        return None
    before, after = (text if re.search(r"[\w€$£¥￥#]", text) else "" for text in (before.strip(), after.strip()))
    digits = len(bare) if _DIGITS.fullmatch(bare) else 0
    return Shown(before, digits, after) if before or after or digits else None


def _formats(archive: zipfile.ZipFile) -> dict[int, Shown]:
    """Cell style -> what its number format adds to a number."""
    formats: dict[str, Shown] = {}
    styles: dict[int, Shown] = {}
    within = False
    number = 0

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal within, number
        kind = tag.rpartition(":")[2]
        if kind == "numFmt" and (found := shown_by(attributes.get("formatCode", ""))):
            formats[attributes.get("numFmtId", "")] = found
        elif kind == "xf" and within:
            if attributes.get("numFmtId") in formats:
                styles[number] = formats[attributes["numFmtId"]]
            number += 1
        elif kind in ("cellXfs", "cellStyles", "cellStyleXfs"):
            within = kind == "cellXfs"

    _read(archive, "xl/styles.xml", start)
    return styles


def _long_texts(archive: zipfile.ZipFile) -> dict[int, int]:
    """Number of a shared text -> its bytes, of the long ones."""
    path = next((name for name in archive.namelist() if name.lower() == "xl/sharedstrings.xml"), None)
    if path is None:
        return {}
    long: dict[int, int] = {}
    number, held = 0, b""
    with archive.open(path) as file:
        while read := file.read(PIECE_BYTES):
            *texts, held = re.split(rb"</(?:\w+:)?si>|<(?:\w+:)?si\s*/>", held + read)
            for text in texts:
                if len(text) > LONG_TEXT_BYTES:
                    long[number] = len(text)
                number += 1
    return long


def _read(archive: zipfile.ZipFile, path: str, start: "expat.StartElementHandler") -> None:  # type: ignore[name-defined]
    if path not in archive.namelist():
        return
    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    parser.StartDoctypeDeclHandler = refuse_doctype
    parser.Parse(archive.read(path), True)


def refuse_doctype(*_: object) -> None:
    """Entities that grow, or that are fetched, begin with a document type; a workbook has none."""
    raise RefusedError("the workbook is damaged", "a document type in its XML", "plain XML")
