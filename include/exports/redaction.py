"""An export without a person: the same file, whatever its container, with the cells of the person's rows blanked.

Numbers of orders and amounts stay, as the merchant's accounts need them: of a row that names the person, only cells of
columns that an adapter reads and that are not personal are kept. Rows keep their place, so that line numbers do.
"""

import csv
import io
import re
import unicodedata
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from include.exports.declaration import Report
from include.exports.headers import HEADER_WITHIN, matching, normalise
from include.exports.values.ids import id_of
from include.files.container import members_in, unpack
from include.files.content import Content, Held
from include.files.errors import ExportError
from include.files.limits import NO_LIMITS, ReadLimits
from include.files.records import HEAD_RECORDS
from include.files.text.csv_records import LONGEST_RECORD_LINES, find_delimiter
from include.files.text.encoding import DAMAGE, Hints
from include.files.text.text_stream import decode
from include.files.workbooks.workbook import read_workbook
from include.privacy.contact_keys import email_key, phone_key

_EDGES = " \t\r\n'`\"=,;\u3000\ufeff\u00a0\u200b"
_DRESSED = re.compile(r"\d,\d|[^\x00-\x7f]")
_SPACES = re.compile(r"[\s\-()]+")
# Shorter ones are looked for in their own columns only: a buyer `1` is no quantity.
SHORTEST_ANYWHERE = 3
SHORTEST_NUMBER = 8


@dataclass(frozen=True)
class Needles:
    """What names a person in clear. exact: whole cells (buyers, numbers of members). phones: national digits, emails:
    in lower case; both are found inside other text too. orders: numbers of their orders, whole cells as well."""

    exact: frozenset[str]
    phones: frozenset[str]
    emails: frozenset[str]
    orders: frozenset[str] = frozenset()

    @classmethod
    def of(cls, texts: Iterable[str], orders: Iterable[str] = ()) -> "Needles":
        clean = {text.strip(_EDGES) for text in texts} - {""}
        phones = {key.removeprefix("+86").removeprefix("+") for text in clean if (key := phone_key(text))}
        emails = {key for text in clean if (key := email_key(text))}
        return cls(frozenset(clean), frozenset(phones), frozenset(emails), frozenset(orders) - {""})

    def are_in(self, text: str) -> bool:
        """Any of them stands somewhere in a whole text: a first look, before its rows are taken apart."""
        if self.inside(text) or any(one in text for one in (*self.exact, *self.orders)):
            return True
        # An order's number may stand there with commas between its thousands or in full-width figures.
        plain = unicodedata.normalize("NFKC", text).replace(",", "") if self.orders else ""
        return any(one in plain for one in self.orders)

    def name(self, cells: Sequence[str], personal: frozenset[int], numbers: frozenset[int]) -> bool:
        """A row's cells name the person. personal, numbers: positions of personal columns and of orders' numbers, where
        they are known."""
        for position, cell in enumerate(cells):
            bare = cell.strip(_EDGES)
            if bare in self.exact and (len(bare) >= SHORTEST_ANYWHERE or position in personal):
                return True
            if position in numbers and self.orders and _DRESSED.search(bare):
                bare = id_of(bare)
            if bare in self.orders and (len(bare) >= SHORTEST_NUMBER or position in numbers):
                return True
        return self.inside("\t".join(cells))

    def inside(self, text: str) -> bool:
        """A phone or an address stands somewhere in the text."""
        if self.phones:
            digits = _SPACES.sub("", unicodedata.normalize("NFKC", text))
            if any(phone in digits for phone in self.phones):
                return True
        return bool(self.emails) and any(mail in text.casefold() for mail in self.emails)


@dataclass(frozen=True)
class Redacted:
    """content: the file without the person; None where it cannot be rewritten. rows: how many were blanked. found: the
    cells of their personal columns, in clear: what else names the person."""

    content: Content | None
    rows: int
    found: frozenset[str]


def redact(
    content: Content,
    name: str,
    reports: Sequence[Report],
    needles: Needles,
    password: str | None = None,
    encoding: str | None = None,
    limits: ReadLimits = NO_LIMITS,
) -> Redacted:
    """`content` without the person whom `needles` name. reports: those that the file may be of; of a file that is of
    none whole rows go, since nobody reads it by line.

    A password-protected or zipped workbook comes out bare, a BIFF workbook as xlsx: the reader looks at contents, not
    at names. Raises ExportError where the container cannot be opened.
    """
    members = members_in(content, name, password) or []
    if len(members) > 1:
        held = [(member.name, Held(member.read())) for member in members]
        return _zip(held, reports, needles, password, encoding, limits)
    opened = unpack(content, name, password)
    pen = _Pen(reports, needles)
    hints = Hints(encoding, reports[0].encodings) if reports else Hints(encoding)
    data = opened.content.read()
    if opened.kind == "text":
        after = _text(data, name, pen, hints)
    elif opened.kind == "parquet":
        after = _parquet(data, pen)
    else:
        after = _workbook(opened.kind, data, name, pen, hints, limits)
    return Redacted(Held(after) if pen.rows else content, pen.rows, frozenset(pen.found))


class _Pen:
    """Blanks rows, counting them and remembering what their personal cells said."""

    def __init__(self, reports: Sequence[Report], needles: Needles) -> None:
        self.needles = needles
        self.keeps_rows = bool(reports)
        self.rows = 0
        self.found: set[str] = set()
        columns = [column for report in reports for column in report.columns]
        self._kept = {matching(h) for column in columns if not column.personal for h in column.headers}
        self._personal = {matching(h) for column in columns if column.personal for h in column.headers}
        self._naming = {
            matching(header)
            for column in columns
            if column.name in ("buyer", "phone", "receiver_phone", "member", "email")
            for header in column.headers
        }
        self._numbers = {matching(h) for column in columns if column.name == "order_id" for h in column.headers}
        self._known = set().union(*(report.recognised() for report in reports)) if reports else set()
        self._kept -= self._personal

    def table(self, head: Sequence[Sequence[str]]) -> Callable[[Sequence[str]], list[str] | None]:
        """A function over a table's rows: the row blanked, none of it where rows need no place, None where it is to
        stay as it is."""
        header = max(
            ([matching(normalise(cell)) for cell in cells] for cells in head[:HEADER_WITHIN]),
            key=lambda names: sum(name in self._known for name in set(names)),
            default=[],
        )
        kept = {p for p, name in enumerate(header) if name in self._kept}
        personal = frozenset(p for p, name in enumerate(header) if name in self._personal)
        numbers = frozenset(p for p, name in enumerate(header) if name in self._numbers)
        naming = {p for p, name in enumerate(header) if name in self._naming}

        def blank(cells: Sequence[str]) -> list[str] | None:
            if not self.needles.name(cells, personal, numbers):
                return None
            self.rows += 1
            if not self.keeps_rows:
                return []
            self.found |= {cells[p].strip(_EDGES) for p in naming if p < len(cells)} - {""}
            return [
                cell if position in kept and not self.needles.inside(cell) else ""
                for position, cell in enumerate(cells)
            ]

        return blank


def _zip(
    members: Sequence[tuple[str, Content]],
    reports: Sequence[Report],
    needles: Needles,
    password: str | None,
    encoding: str | None,
    limits: ReadLimits,
) -> Redacted:
    after, rows, found = io.BytesIO(), 0, set[str]()
    with zipfile.ZipFile(after, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, content in members:
            try:
                part = redact(content, member, reports, needles, password, encoding, limits)
            except ExportError:  # what cannot be opened is kept out: it may hold the person
                rows += 1
                continue
            rows, found = rows + part.rows, found | part.found
            archive.writestr(member, (part.content or content).read())
    return Redacted(Held(after.getvalue()), rows, frozenset(found))


def _text(data: bytes, name: str, pen: _Pen, hints: Hints) -> bytes:
    decoded = decode(data, name, hints)
    text = decoded.text
    if not pen.needles.are_in(text):
        return data
    lines = text.splitlines(keepends=True) if "\r" in text and "\n" not in text else _physical(text)
    delimiter = find_delimiter(lines[:HEAD_RECORDS])
    head = [next(csv.reader([line], delimiter=delimiter), []) for line in lines[:HEAD_RECORDS]]
    blank = pen.table(head)
    written = []
    for first, count, cells in _records(lines, delimiter):
        after = blank(cells)
        if after is None:
            written += lines[first : first + count]
            continue
        if not after:
            continue
        ending = lines[first + count - 1]
        ending = ending[len(ending.rstrip("\r\n")) :]
        lost = count - 1 - sum(cell.count("\n") for cell in after)
        if lost > 0:
            # The record keeps its lines, so that those after it keep their numbers.
            place = next((p for p, cell in enumerate(after) if cell == ""), 0)
            after[place] += "\n" * lost
        row = io.StringIO()
        csv.writer(row, delimiter=delimiter, lineterminator="\r\n").writerow(after)  # what may end a line is quoted
        written.append(row.getvalue().removesuffix("\r\n") + ending)
    return _BROKEN.get(decoded.encoding, b"\xff").join(
        piece.encode(decoded.encoding if not number or decoded.encoding != "utf-8-sig" else "utf-8", errors="replace")
        for number, piece in enumerate("".join(written).split(DAMAGE))
    )


# Bytes that are no text, in place of others: a damaged row stays one.
_BROKEN = {"cp1252": b"\x81", "cp932": b"\x81\xff"}


def _physical(text: str) -> list[str]:
    """Lines ended by a line feed only: other separators may stand in cells."""
    return io.StringIO(text, newline="\n").readlines()


def _records(lines: Sequence[str], delimiter: str) -> Iterator[tuple[int, int, list[str]]]:
    """(first line, lines, cells) of each record. A quote that is not closed costs its own line alone."""
    position = 0
    while position < len(lines):
        reader = csv.reader(lines[position : position + LONGEST_RECORD_LINES], delimiter=delimiter)
        try:
            cells = next(reader, [])
            count = max(reader.line_num, 1)
        except csv.Error:
            cells, count = lines[position].split(delimiter), 1
        if count >= LONGEST_RECORD_LINES:
            cells, count = lines[position].split(delimiter), 1
        yield position, count, cells
        position += count


def _workbook(kind: str, data: bytes, name: str, pen: _Pen, hints: Hints, limits: ReadLimits) -> bytes:
    """Every sheet as text, which is how the reader takes cells anyway."""
    import xlsxwriter

    after = io.BytesIO()
    with xlsxwriter.Workbook(after, {"in_memory": True, "strings_to_numbers": False}) as target:
        target.set_properties({"created": datetime(2000, 1, 1)})  # the same file comes out the same
        is_active = False
        for read in read_workbook(kind, data, name, limits, hints).sheets:
            blank = pen.table(read.head)
            sheet = target.add_worksheet(read.name)
            if read.is_hidden:
                sheet.hide()
            elif not is_active:
                is_active = True
                sheet.activate()
                sheet.set_first_sheet()
            blanked = [cells if (done := blank(cells)) is None else done for cells in read.rows()]
            for number, cells in enumerate(blanked if pen.keeps_rows else [cells for cells in blanked if cells]):
                for position, cell in enumerate(cells):
                    if cell:
                        sheet.write_string(number, position, cell)
    return after.getvalue()


def _parquet(data: bytes, pen: _Pen) -> bytes:
    table = pq.read_table(pa.BufferReader(data))
    blank = pen.table([table.column_names])
    texts = [pc.fill_null(pc.cast(column, pa.large_string()), "").to_pylist() for column in table.columns]
    after = [blank(cells) for cells in zip(*texts, strict=True)]
    if not pen.keeps_rows:
        table, after = table.filter(pa.array([cells is None for cells in after])), [None] * len(after)
        after = after[: table.num_rows]
    columns = []
    for position, column in enumerate(table.columns):
        gone = [cells is not None and cells[position] == "" for cells in after]
        columns.append(pc.if_else(pa.array(gone), pa.scalar(None, column.type), column))
    written = io.BytesIO()
    pq.write_table(pa.table(columns, names=table.column_names), written)
    return written.getvalue()
