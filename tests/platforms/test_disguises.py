"""Tables under another name: web pages, XML and archives called .xls; and texts in the encodings of the world."""

import base64
import codecs

import pytest

from include.exports.any_platform.declared import declare
from include.exports.reading import Reading
from include.exports.redaction import Needles, redact
from include.files.content import Held
from include.files.errors import ExportError
from include.files.text.encoding import Hints, evidence
from include.files.text.text_stream import SurpriseError, decode, examined, likely, utf8_pieces
from include.platforms.read_export import read_content
from tests.platforms.test_sheets import SALES, sales, units
from tests.platforms.whole_and_parts import InPieces

HEAD = ["order", "sku", "units", "price", "at", "buyer"]
ROW = ["1001", "茶&amp;T1", "2", "12.50", "2026-05-12 10:00:00", "b"]


def cells(texts: list[str], tag: str = "td") -> str:
    return "<tr>" + "".join(f"<{tag}>{text}</{tag}>" for text in texts) + "</tr>"


TABLE = f"<table border=1>{cells(HEAD, 'th')}{cells(ROW)}</table>"
PAGE = f"<html><head><meta charset='utf-8'><style>td {{ color: red }}</style></head><body>{TABLE}</body></html>"


def check(reading: Reading) -> None:
    lines = reading.frames["order_lines"]
    assert lines[["order_id", "merchant_code", "quantity", "unit_price_micros"]].values.tolist() == [
        ["1001", "茶&T1", 2, 12_500_000]
    ]


@pytest.mark.parametrize(
    "content",
    [
        PAGE.encode(),
        TABLE.encode(),  # without <html> around it
        b"\xef\xbb\xbf\r\n" + PAGE.encode(),
        PAGE.replace("utf-8", "gb2312").encode("gb18030"),
        PAGE.replace("<meta charset='utf-8'>", "").encode("utf-16"),
        PAGE.replace("</td>", "").replace("</tr>", "").encode(),  # ends of cells left out, as HTML allows
        f"<div><table><tr><td>Sales<td>{TABLE}</table></div>".encode(),  # a table within another
        PAGE.replace("<body>", "<body><table><tr><td>Logo</table>").encode(),
    ],
    ids=["page", "fragment", "bom", "gb2312", "utf-16", "unclosed", "nested", "second"],
)
def test_a_web_page_with_the_table_is_read_as_a_table(content: bytes) -> None:
    reading = sales(content)

    assert reading.container == "html"
    check(reading)


def test_a_cell_that_spans_lines_of_a_page_stands_on_each() -> None:
    rows = "<tr><td rowspan=2>1001<td>T1<td>2<td>10<td rowspan=2>2026-05-12<td>b</tr><tr><td>T2<td>1<td>5<td>b</tr>"

    reading = sales(f"<table>{cells(HEAD)}{rows}</table>".encode())

    assert reading.frames["order_lines"][["order_id", "merchant_code"]].values.tolist() == [
        ["1001", "T1"], ["1001", "T2"],
    ]  # fmt: skip


def test_a_spanned_amount_of_a_page_is_not_counted_twice() -> None:
    rows = "<tr><td>1001<td>T1<td>2<td rowspan=2>10<td>2026-05-12<td>b<tr><td>1001<td>T2<td>1<td>2026-05-12<td>b"

    reading = sales(f"<table>{cells(HEAD)}{rows}</table>".encode())

    assert reading.money_micros == 20_000_000
    assert reading.rejected["found"].tolist() == ["10, merged with the cell above"]


def test_a_login_page_is_told_as_such() -> None:
    page = "<html><body><form>name <input></form><table><tr><td>Sign in</td></tr></table></body></html>"

    with pytest.raises(ExportError, match=r"no table of the web page has a header.*a login page"):
        sales(page.encode())
    with pytest.raises(ExportError, match=r"a web page without a table \(a login page\?\)"):
        sales(b"<html><body>Please sign in</body></html>")


def test_a_page_that_was_cut_off_is_stopped() -> None:
    with pytest.raises(ExportError, match="cut off in its table"):
        sales(PAGE.encode()[: PAGE.encode().index(b"2026")])


def test_a_page_cannot_ask_for_more_than_the_limits() -> None:
    page = "<table>" + "<tr><td colspan=999999999 rowspan=999999999>x</td></tr>" * 3 + cells(HEAD) + "</table>"

    with pytest.raises(ExportError):
        sales(page.encode())


def test_an_excel_2003_spreadsheet_is_read() -> None:
    def data(text: str, kind: str = "String", about: str = "") -> str:
        return f'<Cell{about}><Data ss:Type="{kind}">{text}</Data></Cell>'

    head = "".join(data(name) for name in HEAD)
    line = "".join(
        [
            data("1001"), data("茶&amp;T1"), data("2", "Number"), data("12.5", "Number"),
            data("2026-05-12T10:00:00.000", "DateTime"), data("b"),
        ]
    )  # fmt: skip
    lost = "".join([data("1002"), data("T2"), data("1", "Number"), '<Cell ss:Formula="=1+1"/>', data("2026-05-12")])
    content = (
        '<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>'
        '<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" '
        'xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet ss:Name="May"><Table>'
        f'<Row>{head}</Row><Row ss:Index="4">{line}</Row><Row>{lost}</Row></Table></Worksheet></Workbook>'
    )

    reading = sales(content.encode())

    assert (reading.container, reading.sheet) == ("xml", "May")
    check(reading)
    assert reading.ignored.values.tolist() == [[2, "blank line"], [3, "blank line"]]
    assert reading.rejected[["file_line", "found"]].values.tolist() == [[5, "a formula without a value"]]


def test_a_web_archive_is_read() -> None:
    body = base64.encodebytes(PAGE.encode()).decode()
    content = (
        "MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=x\r\n\r\n--x\r\n"
        f"Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n{body}\r\n--x--\r\n"
    )

    reading = sales(content.encode())

    assert reading.container == "mhtml"
    check(reading)


# ---- encodings


CSV = "order,sku,units,price,at,buyer\n1001,{},2,12.50,2026-05-12,b\n"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Café crème – gré", "cp1252"),
        ("Müller Süßstoff", "cp1252"),
        ("ÄPFEL €5", "cp1252"),
        ("龙井茶叶", "gb18030"),
        ("3件", "gb18030"),
        ("臺灣高山茶 數量", "big5"),
        ("お茶セット 注文", "cp932"),
    ],
)
def test_an_encoding_is_told_by_its_bytes_and_the_guess_is_said(text: str, encoding: str) -> None:
    content = CSV.format(text).encode(encoding)

    reading = sales(content)

    assert reading.encoding == encoding
    assert list(reading.frames["order_lines"]["merchant_code"]) == [text]
    assert len(reading.notes) == 1
    assert "by its bytes" in reading.notes[0]
    # and the same in parts
    writing = likely(Held(content), "x.csv")
    assert (writing.encoding, writing.note) == (encoding, reading.notes[0])
    assert b"".join(utf8_pieces(Held(content), writing)).decode() == CSV.format(text)


@pytest.mark.parametrize(("text", "encoding"), [("Łódź żółw Wrocław", "cp1250"), ("Москва улица", "cp1251")])
def test_a_text_that_could_be_anything_stops_and_names_the_setting(text: str, encoding: str) -> None:
    content = CSV.format(text).encode(encoding)

    with pytest.raises(ExportError, match=r"line 2: the text's encoding cannot be told.*`encoding:` in the shop"):
        sales(content)
    # when the shop declares it
    reading = read_content(
        Held(content), platform="declared", report="sales", declared=SALES, name="x.csv", encoding=encoding
    )
    assert list(reading.frames["order_lines"]["merchant_code"]) == [text]
    assert reading.notes == ()


def test_a_chinese_platforms_gb18030_is_no_guess() -> None:
    decoded = decode("订单,Müller\n1,Köln\n".encode("gb18030"), "x.csv", Hints(None, ("gb18030",)))

    assert (decoded.encoding, decoded.note) == ("gb18030", None)


def test_a_declared_encoding_does_not_garble_utf8() -> None:
    decoded = decode("id,Köln\n".encode(), "x.csv", Hints("cp1252"))

    assert decoded.text == "id,Köln\n"
    assert decoded.note is not None
    assert "say cp1252, and the text is UTF-8" in decoded.note


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf16_without_a_mark_is_read_and_said(encoding: str) -> None:
    content = CSV.format("茶").encode(encoding)

    reading = sales(content)

    assert (reading.encoding, units(reading)) == (encoding, [2])
    assert "without the mark" in reading.notes[0]
    assert examined(Held(content), "x.csv").encoding == encoding


def test_a_few_bad_bytes_cost_their_rows_alone() -> None:
    lines = [f"{n},茶,1,10,2026-05-12,b" for n in range(1, 21)]
    content = ("order,sku,units,price,at,buyer\n" + "\n".join(lines) + "\n").encode()
    content = content.replace("7,茶".encode(), b"7,\xe8\x8c", 1)

    reading = sales(content)

    assert reading.encoding == "utf-8"
    assert reading.rejected["file_line"].tolist() == [8]


def test_ascii_is_evidence_for_nothing() -> None:
    assert evidence(b"plain", "cp1252") == 0.0


@pytest.mark.parametrize("tail", [b"\x1a", b"\r\n\x1a", b"\0\0\0", b"\r\n" + b"\0" * 5000, b"\r\n\x1a\r\n"])
def test_what_a_system_fills_a_file_up_with_is_no_row(tail: bytes) -> None:
    content = b"order,sku,units,price,at,buyer\r\n1001,T1,2,12.50,2026-05-12,b" + tail

    reading = sales(content)

    assert units(reading) == [2]
    assert reading.frames["orders"]["buyer"].tolist() == ["b"]
    assert reading.rejected.empty
    streamed = b"".join(utf8_pieces(InPieces(content), likely(Held(content), "x.csv")))
    assert streamed.rstrip(b"\r\n\x1a") == content.rstrip(b"\0\x1a\r\n")


def amazon(lines: list[list[str]], ending: str = "\n") -> bytes:
    head = [
        "amazon-order-id", "purchase-date", "order-status", "sales-channel", "product-name", "sku", "asin",
        "item-status", "quantity", "currency", "item-price",
    ]  # fmt: skip
    return ending.join("\t".join(cells) for cells in [head, *lines]).encode() + ending.encode()


def amazon_row(order: str, title: str) -> list[str]:
    return [
        order,
        "2026-05-12T09:00:00+00:00",
        "Shipped",
        "Amazon.de",
        title,
        "TEA-1",
        "B0X1",
        "Shipped",
        "1",
        "EUR",
        "20.00",
    ]


@pytest.mark.parametrize("title", ['"Never closed', '"Twice" it said', 'A 10" pan', '""'])
def test_quotes_of_an_amazon_flat_file_are_letters(title: str) -> None:
    content = amazon([amazon_row("111-1", "Tea"), amazon_row("111-2", title), amazon_row("111-3", "Tea")])

    reading = read_content(Held(content), platform="amazon", report="orders", name="all_orders.txt", currency="EUR")

    assert reading.rejected.empty
    assert list(reading.frames["order_lines"]["title"]) == ["Tea", title, "Tea"]


def test_an_amazon_file_that_was_saved_with_quotes_is_read_with_them() -> None:
    rows = [[f'"{cell}"' for cell in amazon_row("111-1", "Tea, green")]]
    content = amazon(rows)
    head, rest = content.split(b"\n", 1)
    content = b"\t".join(b'"' + name + b'"' for name in head.split(b"\t")) + b"\n" + rest

    reading = read_content(Held(content), platform="amazon", report="orders", name="all_orders.txt", currency="EUR")

    assert list(reading.frames["order_lines"]["title"]) == ["Tea, green"]


def test_utf16_marks_still_decide() -> None:
    assert decode(codecs.BOM_UTF16_LE + "a,b\n".encode("utf-16-le"), "x.csv").encoding == "utf-16"


def test_an_id_that_another_program_has_garbled_is_held_back() -> None:
    reading = sales(CSV.format("caf\ufffd").encode() + b"1002,T1,1,10,2026-05-12,b\n")

    assert units(reading) == [1]
    assert reading.rejected[["column", "found"]].values.tolist() == [["sku", "caf\ufffd"]]


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "gb18030"])
def test_a_damaged_row_stays_damaged_when_a_person_is_taken_out(encoding: str) -> None:
    name = {"utf-8": "茶", "cp1252": "Süßstoff", "gb18030": "茶叶"}[encoding]
    lines = [f"{n},{name},1,10,2026-05-12,b{n}" for n in range(1, 31)]
    content = ("order,sku,units,price,at,buyer\n" + "\n".join(lines) + "\n").encode(encoding)
    content = content.replace(b"\n7," + name.encode(encoding), b"\n7,A" + {"cp1252": b"\x81"}.get(encoding, b"\xff"))

    report = declare("sales", SALES)
    after = redact(Held(content), "x.csv", [report], Needles.of(["b20"])).content

    assert after is not None
    assert sales(content).rejected["file_line"].tolist() == [8]
    assert sales(after.read()).rejected["file_line"].tolist()[0] == 8
    assert b"b20" not in after.read()


@pytest.mark.parametrize("taken_for", ["latin-1", "cp1252"])
def test_utf8_that_was_encoded_twice_is_read_as_it_was_and_said(taken_for: str) -> None:
    once = "name\nMüller\nCafé\n"
    found = decode(once.encode().decode(taken_for).encode(), "x.csv")

    assert found.text == once
    assert found.note is not None


def test_a_large_text_shows_far_below_its_beginning_that_it_was_encoded_twice() -> None:
    # given more than a megabyte of plain ASCII before the first letter beyond it
    once = "name\n" + "x\n" * 600_000 + "Müller\n"
    content = Held(once.encode().decode("latin-1").encode())

    with pytest.raises(SurpriseError):
        list(utf8_pieces(content, likely(content, "x.csv")))
    writing = examined(content, "x.csv")

    assert b"".join(utf8_pieces(content, writing)).decode() == once
    assert writing.note is not None


def test_a_large_text_in_utf8_is_said_to_be_declared_otherwise_if_only_its_end_shows_it() -> None:
    content = Held(("name\n" + "x\n" * 600_000 + "Köln\n").encode())

    note = likely(content, "x.csv", Hints("cp1252")).note

    assert note is not None
    assert "say cp1252, and the text is UTF-8" in note


@pytest.mark.parametrize("text", ["MÃ¼ller und 张三", "Ã la carte", "Café", "naïve"])
def test_what_only_looks_encoded_twice_stays(text: str) -> None:
    assert decode(text.encode(), "x.csv").text == text


def test_korean_is_not_taken_for_chinese() -> None:
    text = "주문,상품\n" + "\n".join(
        ["김철수,아이폰케이스", "박영희,블랙머그컵", "이서울,정품충전기", "최부산,가죽지갑"]
    )

    assert decode(text.encode("cp949"), "x.csv").encoding == "cp949"


def test_utf32_is_no_utf16() -> None:
    assert decode("a,茶\n".encode("utf-32"), "x.csv").text == "a,茶\n"


def test_files_of_two_systems_put_together_lose_no_row() -> None:
    # given lines that end as on an old Mac within a file of others
    lines = [f"{number},T1,1,10.00,2026-05-12 10:00:00,b" for number in range(4)]
    text = ",".join(HEAD) + "\r\n" + "\r".join(lines[:3]) + "\r" + lines[3] + "\n"

    assert units(sales(text.encode())) == [1, 1, 1, 1]


def test_an_amount_with_a_comma_and_no_quotes_shifts_no_cell() -> None:
    # given a last column of 1,234.50 without quotes, in every row
    declared = {"columns": {"order_id": "o", "merchant_code": "s", "quantity": "n", "created_at": "t",
                            "unit_price": "p"}}  # fmt: skip
    content = b"o,s,n,t,p\n1,T1,1,2026-05-12,1,234.50\n2,T1,1,2026-05-12,2,234.50\n"
    reading = read_content(Held(content), platform="declared", report="sales", declared=declared, name="s.csv")

    assert reading.rejected["found"].tolist() == ["6 cells", "6 cells"]
