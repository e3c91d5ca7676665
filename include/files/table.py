"""Any container as sheets of text: the first records to find a header in, then the body column by column.

`file_line` is the physical line on which a csv record begins (quoted cells may hold line breaks) and the row number in
a workbook's sheet, both counted from 1, as an editor shows them (sheets that go on under the same header are counted
on); in a Parquet file it is the record's number.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from include.files.container import Unpacked, unpack
from include.files.content import Content
from include.files.errors import ExportError
from include.files.limits import NO_LIMITS, ReadLimits
from include.files.records import Sheet
from include.files.text.csv_records import CsvSheet
from include.files.text.encoding import NO_HINTS, Hints
from include.files.text.text_stream import Writing, examined
from include.files.workbooks.workbook import ParquetSheet, read_workbook

WEB_PAGES = ("html", "mhtml")


@dataclass
class Tables:
    """A file opened. container: the whole way in, see `Unpacked`. sheets: a csv has one, without a name. notes: what a
    person should know of how it was opened, a sentence each."""

    container: str
    kind: str
    encoding: str | None
    sheets: Sequence[Sheet]
    notes: tuple[str, ...] = ()


def open_tables(content: Content, name: str, password: str | None = None) -> Tables:
    """Open an export whatever its container. Raises ExportError."""
    return tables_in(unpack(content, name, password), name)


def tables_in(
    unpacked: Unpacked,
    name: str,
    hints: Hints = NO_HINTS,
    limits: ReadLimits = NO_LIMITS,
    quoted: bool = True,
    block_bytes: int | None = None,
    how: Callable[[Content, str, Hints], Writing] = examined,
) -> Tables:
    """What was unpacked as tables. hints: of a text's encoding. limits: of what it may hold. quoted: False when quotes
    are letters like others in the platform's tab-separated files. block_bytes: of text, to be
    read at a time; None: all of it will be held. how: tells how a text is written; if it looks at less than all of it,
    the bodies may raise SurpriseError. Raises ExportError."""
    content, container, kind = unpacked.content, unpacked.container, unpacked.kind
    if kind == "text":
        writing = how(content, name, hints)
        sheet = CsvSheet(content, writing, name, quoted, limits, block_bytes)
        return Tables(container, kind, writing.encoding, [sheet], () if writing.note is None else (writing.note,))
    if kind == "parquet":
        return Tables(container, kind, None, [ParquetSheet(content, name, limits, block_bytes)])
    workbook = read_workbook(kind, content.read(), name, limits, hints)
    if not workbook.sheets:
        if kind in WEB_PAGES:
            raise ExportError(
                name,
                "this is no export",
                found="a web page without a table (a login page?)",
                expected="csv, xlsx, xls, zip, parquet or a page with the table",
            )
        raise ExportError(name, "the workbook holds no sheet with cells")
    return Tables(container, kind, workbook.encoding, workbook.sheets, workbook.notes)
