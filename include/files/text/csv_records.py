"""Csv text as records that lose nothing.

The usual text is read by Arrow in one go. A block in which a quote is opened and not closed, or in which records of the
wrong width span lines, is read again line by line, so that one broken row costs itself alone and not its neighbours.
"""

import csv
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as arrow_csv

from include.files.content import Content
from include.files.errors import ExportError
from include.files.limits import NO_LIMITS, ReadLimits, mostly_rejected
from include.files.prefetch import prefetch
from include.files.records import BLOCK_BYTES, HEAD_RECORDS, Body, text_array
from include.files.text.encoding import DAMAGE
from include.files.text.text_stream import HEAD_BYTES, Writing, utf8_pieces

DELIMITERS = ",\t;|"
_TABS_AT_END = re.compile(r'\t+(?="?,)')
MAX_BLANK_PAIRS = 100_000
# A cell with more line breaks than this is an unclosed quote.
LONGEST_RECORD_LINES = 100


class CsvSheet:
    """A csv, read a block at a time, each block some megabytes and whole records.

    `head_lines`: file_line of the first records. `delimiter` is found by trying. `quoted`: False when quotes are
    letters like others, as in the tab-separated files of some platforms.
    """

    name: str | None = None

    def __init__(
        self,
        content: Content,
        writing: Writing,
        file: str,
        quoted: bool = True,
        limits: ReadLimits = NO_LIMITS,
        block_bytes: int | None = None,
    ) -> None:
        self.file = file
        self.limits = limits
        self._text = prefetch(utf8_pieces(content, writing))
        self._has_damage = writing.damaged
        self._block_bytes = block_bytes or BLOCK_BYTES
        self._begun = b""
        while len(self._begun) <= HEAD_BYTES and (piece := next(self._text, None)) is not None:
            self._begun += piece
        head_lines = _head_lines(self._begun)
        self.delimiter = find_delimiter(head_lines)
        self.quoted = quoted or self.delimiter != "\t" or _is_dressed(head_lines)
        self.head: list[list[str]] = []
        self.head_lines: list[int] = []
        self._ends: list[int] = []  # byte offset and count of physical lines after each head record
        self._lines_read: list[int] = []
        offsets = np.cumsum([0] + [len(line.encode()) for line in head_lines])
        reader = csv.reader(
            head_lines, delimiter=self.delimiter, quoting=csv.QUOTE_MINIMAL if self.quoted else csv.QUOTE_NONE
        )
        line = 1
        try:
            for record in reader:
                self.head.append(record)
                self.head_lines.append(line)
                self._ends.append(int(offsets[reader.line_num]))
                self._lines_read.append(reader.line_num)
                line = reader.line_num + 1
                if len(self.head) == HEAD_RECORDS:
                    break
        except csv.Error:  # a cell beyond csv's limit: what stands before it is head enough
            pass

    def bodies(self, header: int, wanted: Sequence[int]) -> Iterator[Body]:
        """The records under `head[header]`, once; at least one body, be it empty.

        Raises SurpriseError, and ExportError if the lines are mostly blank.
        """
        header_width = len(self.head[header])
        width = _usual_width(self.head[header + 1 :], header_width)
        shape = _Shape(header_width, width, self.delimiter, tuple(wanted), self.quoted, self.file, self.limits)
        line = self._lines_read[header] + 1
        text, self._begun = self._begun[self._ends[header] :], b""
        if not text and (text := next(self._text, b"")) == b"":
            yield _empty(wanted)
            return
        pairs = ends = 0
        size = self._block_bytes
        is_last = is_read = False
        while not is_last:
            held, length = [text], len(text)
            while length <= size and not is_read:
                piece = next(self._text, None)
                is_read = piece is None
                held.append(piece or b"")
                length += len(held[-1])
            text = b"".join(held)
            is_last = is_read and length <= size
            if is_last:
                refuse_blank(self.file, pairs + text.count(b"\n\n"), ends + text.count(b"\n"))
            body, taken = _read_block(text, length if is_last else size, line, shape, is_last)
            if taken == 0:  # a record may be longer than the block
                size *= 2
                continue
            size = self._block_bytes
            pairs += text.count(b"\n\n", 0, taken + 1)
            line_ends = text.count(b"\n", 0, taken)
            ends, line = ends + line_ends, line + line_ends
            if is_last:
                _mark_end(body, text, shape)
            text = text[taken:]
            yield _with_damage(body) if self._has_damage else body


@dataclass(frozen=True)
class _Shape:
    """How wide the header and the usual row are, what parts cells, which columns are wanted, and whether quotes may
    enclose a cell."""

    header_width: int
    width: int
    delimiter: str
    wanted: tuple[int, ...]
    quoted: bool = True
    file: str = ""
    limits: ReadLimits = NO_LIMITS

    def refuse(self, misshapen: int, records: int) -> None:
        """Raises ExportError when most records so far have another number of cells than the header."""
        expected = f"{self.header_width} cells a row, as the header has"
        why = "they have another number of cells than the header"
        refusal = mostly_rejected(self.file, misshapen, records, self.limits, why, expected)
        if refusal is not None:
            raise refusal


def _is_dressed(lines: Sequence[str]) -> bool:
    """Every cell of the first line stands in quotes: the file was saved again by a program that quotes."""
    first = next((line.strip() for line in lines if line.strip()), "")
    return len(first) > 1 and first.startswith('"') and first.endswith('"')


def refuse_blank(file: str, pairs: int, ends: int) -> None:
    """A table of blank lines is no table; millions of them would take gigabytes to say so one by one. pairs: of line
    ends that follow each other."""
    if pairs > MAX_BLANK_PAIRS and 3 * pairs > ends:
        raise ExportError(file, "the file is mostly blank lines", found=f"more than {pairs} of them", expected="rows")


def _mark_end(body: Body, data: bytes, shape: _Shape) -> None:
    body.open_end = not data.endswith(b"\n")
    if body.open_end and len(body):
        body.open_quote = _stays_open(body.raw[-1].as_py(), shape.delimiter)


def _stays_open(text: str, delimiter: str) -> bool:
    """Whether a quote of the record is not closed: it takes whatever follows into its cell."""
    try:
        probe = next(csv.reader([text + delimiter + "\x1e"], delimiter=delimiter), [])
    except csv.Error:
        return True
    return not probe or probe[-1] != "\x1e"


def _with_damage(body: Body) -> Body:
    body.damaged = pc.match_substring(body.raw, DAMAGE).to_numpy(zero_copy_only=False)
    body.raw = pc.replace_substring(body.raw, DAMAGE, "\ufffd")
    return body


def find_delimiter(lines: Sequence[str]) -> str:
    """The delimiter under which most records have the same, largest number of cells.

    Tabs before a comma end a cell (Pinduoduo ends each so) and part nothing.
    """
    lines = [_TABS_AT_END.sub("", line) for line in lines[:HEAD_RECORDS]]
    best, best_width = ",", 1
    for delimiter in DELIMITERS:
        try:
            widths = Counter(len(record) for record in csv.reader(lines, delimiter=delimiter))
        except csv.Error:
            continue
        widths.pop(1, None)
        widths.pop(0, None)
        if widths:
            width = max(widths, key=lambda w: (widths[w], w))
            if width > best_width:
                best, best_width = delimiter, width
    return best


def _head_lines(data: bytes) -> list[str]:
    """The first physical lines, each with its end."""
    whole_lines = data.rfind(b"\n", 0, HEAD_BYTES) + 1
    head = data if len(data) <= HEAD_BYTES or whole_lines == 0 else data[:whole_lines]
    lines = head.decode().split("\n")
    last = [lines.pop()]
    return [line + "\n" for line in lines] + [line for line in last if line]


def _usual_width(records: list[list[str]], header_width: int) -> int:
    """How many cells a data row has: some reports end each row, but not the header, with a delimiter. A row that says
    more than the header names is no such row: a comma within an amount has shifted its cells."""
    widths = Counter(
        len(record)
        for record in records
        if len(record) >= header_width and not any(cell.strip() for cell in record[header_width:])
    )
    if not widths:
        return header_width
    most = max(widths.values())
    return header_width if widths[header_width] == most else max(w for w in widths if widths[w] == most)


def _fit(cells: Sequence[str], header_width: int, width: int) -> tuple[str, ...] | None:
    """The record in the usual width, where only empty cells are in excess or a trailing delimiter is missing."""
    if len(cells) == width:
        return tuple(cells)
    if header_width <= len(cells) < width:
        return (*cells, *([""] * (width - len(cells))))
    if len(cells) > width and not any(cell.strip() for cell in cells[width:]):
        return tuple(cells[:width])
    return None


def _read_block(text: bytes, size: int, first_line: int, shape: _Shape, is_last: bool) -> tuple[Body, int]:
    """The whole records in the first `size` bytes of `text`, and how many bytes they are; where these are not the last
    of the file, none where they hold no record for certain."""
    cut = size if is_last else _cut(text, size) if shape.quoted else text.rfind(b"\n", 0, size) + 1
    if cut:
        body = _read_fast(text[:cut], first_line, shape)
        if body is not None and (is_last or not shape.quoted or _closes(body.raw[-1].as_py(), shape.delimiter)):
            return body, cut
    return _read_by_line(text[:size], first_line, shape, is_last)


def _cut(text: bytes, size: int) -> int:
    """Where the last whole record of the first `size` bytes ends, as far as quotes tell it; 0 where they hold no line
    end."""
    at = last = text.rfind(b"\n", 0, size) + 1
    quotes = text.count(b'"', 0, at)
    for _ in range(LONGEST_RECORD_LINES):
        if at == 0 or quotes % 2 == 0:
            break
        before = text.rfind(b"\n", 0, at - 1) + 1
        quotes -= text.count(b'"', before, at)
        at = before
    return at or last


def _closes(text: str, delimiter: str) -> bool:
    """A record's quotes are all well placed, so that nothing that follows belongs to it."""
    return '"' not in text or _strict(text, delimiter) is not None


def _read_fast(data: bytes, first_line: int, shape: _Shape) -> Body | None:
    """Arrow's reading, or None where the text's quotes do not let it be trusted."""
    width, delimiter, wanted = shape.width, shape.delimiter, shape.wanted
    physical_lines = data.count(b"\n") + (not data.endswith(b"\n"))
    read = _arrow_table(data, width, shape, wanted)
    if read is None:
        return None
    table, invalid = read
    records = table.num_rows + len(invalid)
    if any("\n" in text.rstrip("\n") for _, text in invalid):
        return None
    breaks: np.ndarray | None = None
    if records != physical_lines:
        whole = _arrow_table(data, width, shape, range(width))
        breaks = None if whole is None else _line_breaks(whole[0])
        if breaks is None or records + int(breaks.sum()) != physical_lines:
            return None
    positions = np.arange(records)
    valid = np.ones(records, dtype=bool)
    valid[[number - 1 for number, _ in invalid]] = False
    lines = positions.copy()
    if breaks is not None:
        taken = np.zeros(records, dtype=np.int64)
        taken[valid] = breaks
        lines[1:] += np.cumsum(taken)[:-1]
    raw = _slices(data, lines)
    if breaks is not None and not all(_closes(raw[at].as_py(), delimiter) for at in np.flatnonzero(taken).tolist()):
        return None  # rows that only Arrow's leniency made one
    cells = {column: table.column(str(column)) for column in wanted}
    body = Body(lines + first_line, raw, cells, np.zeros(records, dtype=bool))
    if invalid:
        _place_invalid(body, invalid, valid, shape)
    return body


def _arrow_table(
    data: bytes, width: int, shape: _Shape, wanted: Sequence[int]
) -> tuple[pa.Table, list[tuple[int, str]]] | None:
    """Records of `width` cells as columns named by position, and (number, text) of the others."""
    invalid: list[tuple[int, str]] = []

    too_many = shape.limits.max_rejected_rows

    def set_aside(row: arrow_csv.InvalidRow) -> str:
        if len(invalid) > too_many and 2 * len(invalid) > row.number:
            return "error"
        invalid.append((row.number, row.text))
        return "skip"

    names = [str(position) for position in range(width)]
    try:
        table = arrow_csv.read_csv(
            pa.py_buffer(data),
            # One thread: only so does Arrow number the records it sets aside.
            read_options=arrow_csv.ReadOptions(column_names=names, use_threads=False, block_size=BLOCK_BYTES),
            parse_options=arrow_csv.ParseOptions(
                delimiter=shape.delimiter,
                quote_char='"' if shape.quoted else False,
                newlines_in_values=shape.quoted,
                ignore_empty_lines=False,
                invalid_row_handler=set_aside,
            ),
            convert_options=arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()),
                strings_can_be_null=False,
                include_columns=[str(position) for position in wanted],
            ),
        )
    except pa.ArrowInvalid:  # a record larger than a block: an unclosed quote
        if invalid:
            shape.refuse(len(invalid), invalid[-1][0])
        return None
    if table.num_rows == 0:  # Arrow gives columns without a type
        table = pa.table({name: pa.array([], pa.string()) for name in table.column_names})
    return table, invalid


def _line_breaks(table: pa.Table) -> np.ndarray | None:
    """Line breaks inside the cells of each record; None where a cell also holds a quote, so may be two rows in one."""
    breaks = np.zeros(table.num_rows, dtype=np.int64)
    for column in table.columns:
        broken = pc.match_substring(column, "\n")
        if not pc.any(broken).as_py():
            continue
        if pc.any(pc.match_substring(column.filter(broken), '"')).as_py():
            return None
        breaks += pc.count_substring(column, "\n").to_numpy().astype(np.int64)
    return breaks


def _slices(data: bytes, starts_at: np.ndarray) -> pa.ChunkedArray:
    """The text of each record, from the physical line (0-based) on which it starts to the next one's."""
    ends = np.flatnonzero(np.frombuffer(data, dtype=np.uint8) == 10) + 1
    starts = np.concatenate([[0], ends])[starts_at]
    offsets = np.concatenate([starts, [len(data)]]).astype(np.int64)
    raw = pa.LargeStringArray.from_buffers(len(starts), pa.py_buffer(offsets), pa.py_buffer(data))
    return pa.chunked_array([pc.utf8_rtrim(raw, "\r\n")])


def _place_invalid(body: Body, invalid: list[tuple[int, str]], valid: np.ndarray, shape: _Shape) -> None:
    """Put the records that Arrow set aside back in their places, in `misshapen` unless they can be fitted."""
    fitted: dict[int, tuple[str, ...]] = {}
    for number, text in invalid:
        text = text.rstrip("\r\n")
        cells: Sequence[str] | None = _strict(text, shape.delimiter, shape.quoted)
        if cells is None:
            cells, whole = _lenient(text, shape.header_width, shape.width, shape.delimiter)
        else:
            whole = _fit(cells, shape.header_width, shape.width)
        if whole is None:
            body.misshapen[number - 1] = tuple(cells)
        else:
            fitted[number - 1] = whole
    # Record -> row in (the valid rows, then the fitted ones, then one empty row for all misshapen ones).
    row = np.full(len(valid), int(valid.sum()) + len(fitted), dtype=np.int64)
    row[valid] = np.arange(int(valid.sum()))
    for place, position in enumerate(fitted):
        row[position] = int(valid.sum()) + place
    for column, values in body.cells.items():
        extra = pa.array([cells[column] for cells in fitted.values()] + [""], type=values.type)
        body.cells[column] = pa.chunked_array([*values.chunks, extra]).take(pa.array(row))


def _read_by_line(data: bytes, first_line: int, shape: _Shape, is_last: bool = True) -> tuple[Body, int]:
    """Line by line; and how many bytes were read: all, or as far as what follows in the file cannot matter."""
    physical = data.decode().split("\n") if is_last else data[: data.rfind(b"\n") + 1].decode().split("\n")
    if physical[-1] == "":
        physical.pop()
    lines: list[int] = []
    raw: list[str] = []
    columns: dict[int, list[str]] = {column: [] for column in shape.wanted}
    misshapen: dict[int, tuple[str, ...]] = {}
    taken = 0
    for at, count, cells, whole in _records(physical, shape):
        if not is_last and shape.quoted and at + LONGEST_RECORD_LINES > len(physical):
            break
        if whole is None:
            misshapen[len(lines)] = tuple(cells)
            if len(misshapen) > shape.limits.max_rejected_rows:
                shape.refuse(len(misshapen), len(lines) + 1)
        for column, values in columns.items():
            values.append(whole[column] if whole is not None else "")
        lines.append(first_line + at)
        raw.append("\n".join(physical[at : at + count]).removesuffix("\r"))
        taken = at + count
    arrays = {column: text_array(values) for column, values in columns.items()}
    body = Body(np.array(lines, dtype=np.int64), text_array(raw), arrays, np.zeros(len(lines), dtype=bool), misshapen)
    return body, len(data) if is_last else _bytes_of_lines(data, taken)


def _bytes_of_lines(data: bytes, lines: int) -> int:
    ends = np.flatnonzero(np.frombuffer(data, dtype=np.uint8) == 10) + 1
    return int(ends[lines - 1]) if lines else 0


def _records(physical: list[str], shape: _Shape) -> Iterator[tuple[int, int, Sequence[str], tuple[str, ...] | None]]:
    """(first line, lines, cells, cells fitted to the width or None) of each record."""
    header_width, width, delimiter = shape.header_width, shape.width, shape.delimiter
    at = 0
    while at < len(physical):
        text = physical[at].removesuffix("\r")
        cells = _strict(text, delimiter, shape.quoted)
        count = 1
        if cells is None:
            joined = physical[at]
            for ahead in range(at + 1, min(at + LONGEST_RECORD_LINES, len(physical))):
                joined += "\n" + physical[ahead]
                if '"' not in physical[ahead]:
                    continue
                longer = _strict(joined.removesuffix("\r"), delimiter)
                if longer is not None and _fit(longer, header_width, width) is not None:
                    cells, count = longer, ahead - at + 1
                    break
        if cells is not None:
            yield at, count, cells, tuple([""] * width) if cells == [] else _fit(cells, header_width, width)
        else:
            yield at, 1, *_lenient(text, header_width, width, delimiter)
        at += count


def _strict(text: str, delimiter: str, quoted: bool = True) -> list[str] | None:
    """The cells of a record whose quotes are all well placed, else None."""
    if not quoted or '"' not in text:
        return text.split(delimiter) if text else []
    try:
        records = list(csv.reader([text], delimiter=delimiter, strict=True))
    except csv.Error:
        return None
    return records[0] if len(records) == 1 else None


def _lenient(text: str, header_width: int, width: int, delimiter: str) -> tuple[Sequence[str], tuple[str, ...] | None]:
    """A lone line with misplaced quotes: taken as it is where its width is right and no quote stays open."""
    try:
        cells = next(csv.reader([text], delimiter=delimiter), [])
    except csv.Error:
        return (text,), None
    return cells, None if _stays_open(text, delimiter) else _fit(cells, header_width, width)


def _empty(wanted: Sequence[int]) -> Body:
    none = text_array([])
    return Body(np.array([], dtype=np.int64), none, dict.fromkeys(wanted, none), np.array([], dtype=bool))
