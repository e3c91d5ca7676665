"""What is said of a file that somebody hands back, by its content."""

import io
import zipfile

import openpyxl
import pytest

from include.tasks.sheets.workbook_text import NotAListError, is_lost, sheets_of, what_it_is


def packed(*names: str, mimetype: str = "", manifest: str = "<m/>") -> bytes:
    out, texts = io.BytesIO(), {"mimetype": mimetype, "META-INF/manifest.xml": manifest}
    with zipfile.ZipFile(out, "w") as archive:
        for name in names:
            archive.writestr(name, texts.get(name, "<x/>"))
    return out.getvalue()


def saved(change: object = None, **cells: object) -> bytes:
    book = openpyxl.Workbook()
    for place, value in cells.items():
        book.active[place] = value
    if callable(change):
        change(book)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (saved(A1=1), "workbook"),
        (packed("[Content_Types].xml", "word/document.xml"), "document"),
        (packed("[Content_Types].xml", "ppt/slides/slide1.xml"), "slides"),
        (packed("mimetype", "content.xml", mimetype="application/vnd.oasis.opendocument.text"), "document"),
        (packed("mimetype", "content.xml", mimetype="application/vnd.oasis.opendocument.spreadsheet"), "workbook"),
        (packed("mimetype", "content.xml", "META-INF/manifest.xml", manifest="<m:encryption-data/>"), "locked"),
        (packed("a.xlsx", "b.xlsx"), "archive"),
        (packed("xl/list.xlsx"), "archive"),
        (b"%PDF-1.7", "pdf"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", "picture"),
        ("序号,商品\r\n".encode("gb18030"), "text"),
        ("序号,商品\r\n".encode("utf-8-sig"), "text"),
        ("序".encode() * 2000, "text"),
        ("a,b\n".encode("utf-16"), "text"),
        (bytes(range(1, 200)), ""),
        (b"PK\x03\x04 damaged", ""),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), ""),
        (b"", "empty"),
    ],
)
def test_a_file_is_known_by_its_content(content: bytes, what: str) -> None:
    assert what_it_is(content) == what


def test_a_workbook_with_a_password_is_called_so() -> None:
    from msoffcrypto.format.ooxml import OOXMLFile

    locked = io.BytesIO()
    OOXMLFile(io.BytesIO(saved(A1=1))).encrypt("secret", locked)
    with pytest.raises(NotAListError, match=r"这个文件设了密码.*take the password off"):
        sheets_of(locked.getvalue())


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (saved(A1=1, XFD1048576=1), "大得读不了"),
        (saved(A1=1, A1048576=1), "大得读不了"),
        (
            packed("[Content_Types].xml", "word/document.xml"),
            "这是Word 文档，不是清单.*a Word document, which is no list",
        ),
        (bytes(range(1, 200)), "不是能读的工作簿"),
    ],
)
def test_what_cannot_be_read_is_refused_with_what_it_is(content: bytes, told: str) -> None:
    with pytest.raises(NotAListError, match=told):
        sheets_of(content)


def test_errors_formulas_without_a_value_and_merged_cells_are_not_taken_for_something_else() -> None:
    (sheet,) = sheets_of(saved(lambda book: book.active.merge_cells("D1:D2"), A1="#REF!", B1="=C1", C1=7, D1="x", A2=1))
    assert [is_lost(text) for text in sheet.rows[0]] == [True, True, False, False]
    assert [row[2:] for row in sheet.rows] == [["7", "x"], ["", ""]]


def ods(rows: int, columns: int) -> bytes:
    """One cell, repeated over so many rows and columns."""
    names = "".join(
        f' xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text")
    )
    cell = f'<table:table-cell table:number-columns-repeated="{columns}"><text:p>x</text:p></table:table-cell>'
    row = f'<table:table-row table:number-rows-repeated="{rows}">{cell}</table:table-row>'
    sheet = f'<table:table table:name="s">{row}</table:table>'
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", "<m/>")
        archive.writestr(
            "content.xml",
            f"<office:document-content{names}><office:body><office:spreadsheet>{sheet}</office:spreadsheet>"
            "</office:body></office:document-content>",
        )
    return out.getvalue()


def test_an_open_document_is_read_within_the_same_limits() -> None:
    (sheet,) = sheets_of(ods(2, 3))
    assert sheet.rows == [["x", "x", "x"], ["x", "x", "x"]]
    for rows, columns in ((20_000, 1_000), (1_048_576, 16_384)):
        with pytest.raises(NotAListError, match="大得读不了"):
            sheets_of(ods(rows, columns))
