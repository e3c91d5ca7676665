"""A workbook that unpacks to more than can be read costs itself alone."""

import io
import zipfile

import pytest
import xlsxwriter

from include.files.container import unpack
from include.files.content import Held
from include.files.errors import ExportError
from include.files.limits import ReadLimits
from include.files.table import Tables, tables_in
from include.files.workbooks.workbook import read_workbook

LIMITS = ReadLimits(memory_bytes=1 << 30)


def opened(content: bytes, name: str, limits: ReadLimits = LIMITS) -> Tables:
    return tables_in(unpack(Held(content), name), name, limits=limits)


def book(rows: bytes, shared: bytes = b"") -> bytes:
    """A workbook of one sheet, whose rows are this XML."""
    whole, made = io.BytesIO(), io.BytesIO()
    with xlsxwriter.Workbook(whole) as target:
        target.add_worksheet("s").write(0, 0, "a")
    namespace = b'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    with zipfile.ZipFile(whole) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            content = old.read(info)
            if info.filename == "xl/worksheets/sheet1.xml":
                content = b"<worksheet %s><sheetData>%s</sheetData></worksheet>" % (namespace, rows)
            elif info.filename == "xl/sharedStrings.xml" and shared:
                content = b"<sst %s>%s</sst>" % (namespace, shared)
            new.writestr(info.filename, content)
    return made.getvalue()


def ods(rows: str) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as target:
        target.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        target.writestr("META-INF/manifest.xml", "<manifest/>")
        target.writestr(
            "content.xml",
            '<?xml version="1.0"?><office:document-content'
            ' xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
            ' xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"'
            ' xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet>'
            f'<table:table table:name="s">{rows}</table:table>'
            "</office:spreadsheet></office:body></office:document-content>",
        )
    return held.getvalue()


def cell(text: str, **about: str) -> str:
    said = "".join(f' table:{name.replace("_", "-")}="{value}"' for name, value in about.items())
    return f'<table:table-cell office:value-type="string"{said}><text:p>{text}</text:p></table:table-cell>'


def test_a_sheet_with_cells_in_its_far_corners_is_refused_by_its_area() -> None:
    content = book(b'<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')

    with pytest.raises(ExportError, match=r"reaches to XFD1048576: 17,179,869,184 cells.*max_sheet_cells"):
        opened(content, "x.xlsx")


def test_a_workbook_that_ends_the_process_that_reads_it_is_an_error_of_its_file() -> None:
    # given a far cell that hides in the first row, where the area is not looked for
    content = book(b'<row r="1"><c r="A1"><v>1</v></c><c r="XFD1048576"><v>1</v></c><c r="B1"><v>1</v></c></row>')

    with pytest.raises(ExportError, match=r"takes more memory than reading one is allowed; found more than 1,024 MiB"):
        opened(content, "x.xlsx")


def test_a_sheet_of_blank_rows_is_refused() -> None:
    content = book(b'<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="G1048576"><v>1</v></c></row>')

    with pytest.raises(ExportError, match="mostly blank rows; found sheet s reaches to G1048576 with 2 rows"):
        opened(content, "x.xlsx")


def test_a_last_row_without_cells_as_libreoffice_writes_it_takes_no_area() -> None:
    content = book(b'<row r="1"><c r="A1"><v>1</v></c></row><row r="1048575" s="1"></row><row r="1048576" s="1"/>')

    (sheet,) = opened(content, "x.xlsx").sheets
    assert sheet.head == [["1"]]


def test_a_workbook_that_takes_too_long_is_an_error_of_its_file() -> None:
    with pytest.raises(ExportError, match=r"longer to be read than is allowed; found more than 0\.01 seconds"):
        opened(book(b""), "x.xlsx", ReadLimits(seconds=0.01))


def test_a_sheet_that_nobody_needs_is_not_read_however_large_it_is() -> None:
    content = book(b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')

    assert read_workbook("xlsx", content, "x.xlsx", LIMITS, skipped=["s"]).sheets == []


@pytest.mark.parametrize("length", [1_000_000, 20_000])
def test_a_long_text_that_many_cells_share_is_refused_by_its_size(length: int) -> None:
    rows = b"".join(b'<row r="%d"><c r="A%d" t="s"><v>0</v></c></row>' % (n, n) for n in range(1, 60_001))
    content = book(rows, b"<si><t>%s</t></si>" % (b"x" * length))

    with pytest.raises(ExportError, match=r"more text than can be read.*max_workbook_text_megabytes"):
        opened(content, "x.xlsx")


def test_a_stray_cell_beyond_the_rows_costs_blank_rows_only() -> None:
    content = book(b'<row r="1"><c r="A1"><v>1</v></c></row><row r="50000"><c r="C50000"><v>2</v></c></row>')

    sheet = opened(content, "x.xlsx").sheets[0]

    assert next(sheet.bodies(0, [0, 2])).cells[2][-1].as_py() == "2"


def test_a_repeated_cell_of_an_ods_is_refused_by_its_area() -> None:
    repeated = cell("x", number_columns_repeated="16384")
    content = ods(f'<table:table-row table:number-rows-repeated="1048576">{repeated}</table:table-row>')

    with pytest.raises(ExportError, match=r"17,179,869,184 cells"):
        opened(content, "x.ods")


def test_an_ods_is_read_with_its_merged_and_repeated_cells() -> None:
    content = ods(
        f"<table:table-row>{cell('order')}{cell('sku')}<table:table-cell table:number-columns-repeated='16382'/>"
        f"</table:table-row><table:table-row>{cell('1001', number_rows_spanned='2')}{cell('T1')}</table:table-row>"
        f"<table:table-row><table:covered-table-cell/>{cell('T2')}</table:table-row>"
        f'<table:table-row table:number-rows-repeated="2">{cell("1002")}{cell("T3")}</table:table-row>'
        '<table:table-row table:number-rows-repeated="1048000">'
        '<table:table-cell table:number-columns-repeated="16384"/></table:table-row>'
    )

    tables = opened(content, "x.ods")

    assert tables.container == "ods"
    assert tables.sheets[0].head == [
        ["order", "sku"], ["1001", "T1"], ["1001", "T2"], ["1002", "T3"], ["1002", "T3"],
    ]  # fmt: skip
    assert next(tables.sheets[0].bodies(0, [0])).merged[0].tolist() == [False, True, False, False]


def test_entities_of_a_document_are_not_resolved() -> None:
    laughs = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>'
    content = (
        f'<?xml version="1.0"?>{laughs}<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet">'
        "<Worksheet><Table><Row><Cell><Data>&b;</Data></Cell></Row></Table></Worksheet></Workbook>"
    )

    with pytest.raises(ExportError, match="a document type in its XML"):
        opened(content.encode(), "x.xls")
