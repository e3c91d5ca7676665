"""What a file is, by its bytes and not by its name."""

import io
import zipfile

import msoffcrypto
import pytest
import xlsxwriter
import xlwt
from msoffcrypto.format.ooxml import OOXMLFile

from include.files.container import unpack
from include.files.content import Held
from include.files.errors import ExportError
from include.files.table import open_tables

CSV = "编号,金额\r\n1,2.00\r\n".encode("gb18030")


def xlsx() -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        page = book.add_worksheet("数据")
        page.write_row(0, 0, ["编号", "金额"])
        page.write_row(1, 0, ["1", 2.5])
    return out.getvalue()


def xls() -> bytes:
    book = xlwt.Workbook(encoding="utf-8")
    page = book.add_sheet("数据")
    for column, cell in enumerate(["编号", "金额"]):
        page.write(0, column, cell)
    page.write(1, 0, "1")
    page.write(1, 1, 2.5)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def encrypted(content: bytes, password: str) -> bytes:
    out = io.BytesIO()
    OOXMLFile(io.BytesIO(content)).encrypt(password, out)
    return out.getvalue()


def zipped(*contents: bytes, **others: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for number, content in enumerate(contents):
            archive.writestr(f"bill{number}", content)
        for name, content in others.items():
            archive.writestr({"mac": "__MACOSX/._bill", "folder": "bills/"}[name], content)
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "container", "kind"),
    [
        (CSV, "csv", "text"),
        (xlsx(), "xlsx", "xlsx"),
        (xls(), "xls", "xls"),
        (zipped(CSV), "zip > csv", "text"),
        (zipped(xlsx()), "zip > xlsx", "xlsx"),
        (zipped(xls()), "zip > xls", "xls"),
        (zipped(CSV, mac=b"rubbish", folder=b""), "zip > csv", "text"),
    ],
)
def test_containers_are_known_by_their_bytes(content: bytes, container: str, kind: str) -> None:
    # given a name that lies
    unpacked = unpack(Held(content), "export.pdf")

    assert (unpacked.container, unpacked.kind) == (container, kind)


@pytest.mark.parametrize("content", [xlsx(), xls(), zipped(xlsx())])
def test_workbooks_are_read_cell_by_cell(content: bytes) -> None:
    sheet = open_tables(Held(content), "export.csv").sheets[0]

    assert (sheet.name, sheet.head) == ("数据", [["编号", "金额"], ["1", "2.5"]])


def test_a_protected_workbook_opens_with_its_password() -> None:
    content = encrypted(xlsx(), "秘密123")
    assert msoffcrypto.OfficeFile(io.BytesIO(content)).is_encrypted()

    tables = open_tables(Held(content), "orders.xlsx", "秘密123")

    assert tables.container == "encrypted > xlsx"
    assert tables.sheets[0].head[1] == ["1", "2.5"]


@pytest.mark.parametrize(
    ("password", "said"), [(None, "gives no password"), ("wrong", "the shop's password does not fit")]
)
def test_a_protected_workbook_without_the_right_password(password: str | None, said: str) -> None:
    with pytest.raises(ExportError, match=said) as raised:
        unpack(Held(encrypted(xlsx(), "right")), "orders.xlsx", password)

    assert "right" not in str(raised.value)
    assert "wrong" not in str(raised.value)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "the file is empty"),
        (zipped(CSV, CSV), "2 files"),
        (zipped(), "0 files"),
        (zipped(zipped(zipped(zipped(CSV)))), "archives stand in archives"),
        (b"<html><body>login</body></html>", "a web page"),
        (b"\n\n<!DOCTYPE html><html>", "a web page"),
        (b'{"code": 401}', "a JSON answer"),
        (b"%PDF-1.7", "a PDF"),
        (xlsx()[:200], "damaged"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "damaged"),
    ],
)
def test_what_is_no_export_is_refused_with_a_reason(content: bytes, said: str) -> None:
    with pytest.raises(ExportError, match=said) as raised:
        open_tables(Held(content), "file.csv")

    assert raised.value.file == "file.csv"


def test_a_damaged_workbook_is_refused() -> None:
    content = bytearray(xls())
    content[512:900] = b"\xff" * 388

    with pytest.raises(ExportError):
        open_tables(Held(bytes(content)), "file.xls")


def test_numbers_beyond_fifteen_digits_are_shown_as_lost() -> None:
    # given an id that somebody's script wrote as a number
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        page = book.add_worksheet()
        page.write_row(0, 0, [6917926768823643751, 1001, 0.1 + 0.2, True])

    cells = open_tables(Held(out.getvalue()), "x.xlsx").sheets[0].head[0]

    assert cells == ["6.91793E+18", "1001", "0.3", "TRUE"]
