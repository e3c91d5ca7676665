"""Any container as sheets of text: the first records to find a header in, then the body column by column.

`file_line` is the physical line on which a csv record begins (quoted cells may hold line breaks) and the row number in
a workbook's sheet, both counted from 1, as an editor shows them (sheets that go on under the same header are counted
on); in a Parquet file it is the record's number.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from include.files.container import Unpacked, unpack
from include.files.errors import ExportError
from include.files.limits import NO_LIMITS, ReadLimits
from include.files.records import Sheet
from include.files.text.csv_records import CsvSheet
from include.files.text.encoding import NO_HINTS, Hints, decode
from include.files.workbooks.workbook import ParquetSheet, read_workbook

WEB_PAGES = ("html", "mhtml")


@dataclass
class Tables:
    """A file opened: what it was, and its sheets (a csv has one, without a name). notes: what a person should know of
    how it was opened, a sentence each."""

    unpacked: Unpacked
    encoding: str | None
    sheets: Sequence[Sheet]
    notes: tuple[str, ...] = ()


def open_tables(
    data: bytes,
    name: str,
    password: str | None = None,
    hints: Hints = NO_HINTS,
    limits: ReadLimits = NO_LIMITS,
    quoted: bool = True,
) -> Tables:
    """Open an export whatever its container. hints: of a text's encoding. limits: of what it may hold. quoted: False
    when quotes are letters like others in the platform's tab-separated files. Raises ExportError."""
    unpacked = unpack(data, name, password)
    if unpacked.kind == "text":
        decoded = decode(unpacked.data, name, hints)
        notes = () if decoded.note is None else (decoded.note,)
        return Tables(unpacked, decoded.encoding, [CsvSheet(decoded, name, quoted, limits)], notes)
    if unpacked.kind == "parquet":
        return Tables(unpacked, None, [ParquetSheet(unpacked.data, name, limits)])
    workbook = read_workbook(unpacked.kind, unpacked.data, name, limits, hints)
    if not workbook.sheets:
        if unpacked.kind in WEB_PAGES:
            raise ExportError(
                name,
                "this is no export",
                found="a web page without a table (a login page?)",
                expected="csv, xlsx, xls, zip, parquet or a page with the table",
            )
        raise ExportError(name, "the workbook holds no sheet with cells")
    return Tables(unpacked, workbook.encoding, workbook.sheets, workbook.notes)
