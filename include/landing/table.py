"""Any container as sheets of text: the first records to find a header in, then the body column by column.

`file_line` is the physical line on which a csv record begins (quoted cells may hold line breaks) and the row number in
a workbook's sheet, both counted from 1, as an editor shows them (sheets that go on under the same header are counted
on); in a Parquet file it is the record's number.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from include.landing.container import Unpacked, unpack
from include.landing.csv_records import CsvSheet
from include.landing.encoding import decode
from include.landing.errors import ExportError
from include.landing.records import Sheet
from include.landing.workbook import ParquetSheet, workbook_sheets


@dataclass
class Tables:
    """A file opened: what it was, and its sheets (a csv has one, without a name)."""

    unpacked: Unpacked
    encoding: str | None
    sheets: Sequence[Sheet]


def open_tables(data: bytes, name: str, password: str | None = None) -> Tables:
    """Open an export whatever its container. Raises ExportError."""
    unpacked = unpack(data, name, password)
    if unpacked.kind == "text":
        decoded = decode(unpacked.data, name)
        return Tables(unpacked, decoded.encoding, [CsvSheet(decoded, name)])
    if unpacked.kind == "parquet":
        return Tables(unpacked, None, [ParquetSheet(unpacked.data, name)])
    sheets = workbook_sheets(unpacked.data, name)
    if not sheets:
        raise ExportError(name, "the workbook holds no sheet with cells")
    return Tables(unpacked, None, sheets)
