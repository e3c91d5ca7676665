"""Encodings, delimiters, line endings, and records that survive their neighbours."""

import pytest

from include.files.content import Held
from include.files.errors import ExportError
from include.files.table import open_tables
from include.files.text import csv_records
from include.files.text.encoding import DAMAGE
from include.files.text.text_stream import decode

TEXT = "编号,名称\r\n1,锅\r\n2,铲\r\n"


def damaged_lines(text: str) -> list[int]:
    return [number for number, line in enumerate(text.split("\n"), start=1) if DAMAGE in line]


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (TEXT.encode("utf-8"), "utf-8"),
        (TEXT.encode("utf-8-sig"), "utf-8-sig"),
        (TEXT.encode("gbk"), "gb18030"),
        ("编号,名称\r\n1,𠮷㐂\r\n".encode("gb18030"), "gb18030"),  # beyond GBK
        (TEXT.encode("utf-16"), "utf-16"),
        (b"id,name\r\n1,pan\r\n", "utf-8"),
    ],
)
def test_the_encoding_is_decided_on_the_bytes(content: bytes, encoding: str) -> None:
    decoded = decode(content, "x.csv")

    assert decoded.encoding == encoding
    assert not decoded.text.startswith("\ufeff")
    assert damaged_lines(decoded.text) == []


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8"])
def test_a_damaged_line_is_told_and_the_others_are_kept(encoding: str) -> None:
    lines = [f"{n},锅碗瓢盆".encode(encoding) for n in range(20)]
    lines[7] = lines[7][:-1] + b"\xff"

    decoded = decode(b"\n".join(lines), "x.csv")

    assert (decoded.encoding, damaged_lines(decoded.text)) == (encoding, [8])
    assert decoded.text.split("\n")[6] == "6,锅碗瓢盆"


def test_a_file_that_is_no_text_names_its_first_bad_line() -> None:
    content = b"id,name\n" + b"\n".join(bytes([0x80, 0xFF, 0x81, n]) for n in range(200, 250))

    with pytest.raises(ExportError, match=r"fit neither UTF-8 nor GB18030") as raised:
        decode(content, "x.csv")

    assert raised.value.line == 2


def test_a_damaged_utf8_file_is_not_taken_for_gb18030() -> None:
    # given UTF-8 whose damaged line, and all others, are valid GB18030 by accident
    content = ("锅碗\n" * 10).encode() + b"\xe9\x94\x85\xe7\n"
    assert content.decode("gb18030")

    decoded = decode(content, "x.csv")

    assert (decoded.encoding, damaged_lines(decoded.text)) == ("utf-8", [11])


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_the_delimiter_is_found(delimiter: str) -> None:
    content = delimiter.join(["编号", "名称", "金额"]) + "\n" + delimiter.join(["1", "锅, 铲", "2"]) + "\n"
    content = content.replace("锅, 铲", '"锅, 铲"')

    sheet = open_tables(Held(content.encode()), "x.csv").sheets[0]

    assert sheet.head == [["编号", "名称", "金额"], ["1", "锅, 铲", "2"]]


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("last", [True, False])
def test_line_endings(ending: str, last: bool) -> None:
    content = ending.join(["a,b", "1,2", "3,4"]) + (ending if last else "")

    body = next(open_tables(Held(content.encode()), "x.csv").sheets[0].bodies(0, [0, 1]))

    assert body.lines.tolist() == [2, 3]
    assert [body.cells[1][n].as_py() for n in range(2)] == ["2", "4"]
    assert body.raw.to_pylist() == ["1,2", "3,4"]


def test_a_header_alone_has_no_rows() -> None:
    for content in (b"a,b", b"a,b\n"):
        assert len(next(open_tables(Held(content), "x.csv").sheets[0].bodies(0, [0]))) == 0


def test_lines_are_physical_ones_past_quoted_line_breaks() -> None:
    content = b'a,b\n1,"x\ny\nz"\n2,w\n\n3,"v\n"\n4,u\n'

    body = next(open_tables(Held(content), "x.csv").sheets[0].bodies(0, [0]))

    assert body.lines.tolist() == [2, 5, 6, 7, 9]
    assert body.cells[0].to_pylist() == ["1", "2", "", "3", "4"]


def test_a_misshapen_record_is_set_aside_in_its_place() -> None:
    content = b"a,b,c\n1,2,3\n4,5\n6,7,8,9\n10,11,12\n13,14,15,\n"

    body = next(open_tables(Held(content), "x.csv").sheets[0].bodies(0, [0, 2]))

    assert body.misshapen == {1: ("4", "5"), 2: ("6", "7", "8", "9")}
    # an empty cell too many is none
    assert body.cells[2].to_pylist() == ["3", "", "", "12", "15"]
    assert body.lines.tolist() == [2, 3, 4, 5, 6]


def test_rows_that_all_end_with_a_delimiter() -> None:
    content = b"a,b\n1,2,\n3,4,\n5,6\n"

    body = next(open_tables(Held(content), "x.csv").sheets[0].bodies(0, [0, 1]))

    assert body.misshapen == {}
    assert body.cells[1].to_pylist() == ["2", "4", "6"]


def test_reading_line_by_line_gives_what_reading_at_once_gives() -> None:
    # given records of every kind that both ways can read
    data = b'1,"x, ""y""",z\n2,5" x,\n\n3,4\n"5","6\n7",8\n9,10,11,12\n13,14,15,\n16,17,18'

    shape = csv_records._Shape(3, 3, ",", (0, 1, 2))
    fast = csv_records._read_fast(data, 2, shape)
    slow, _ = csv_records._read_by_line(data, 2, shape)

    assert fast is not None
    assert fast.lines.tolist() == slow.lines.tolist()
    assert fast.raw.to_pylist() == slow.raw.to_pylist()
    assert fast.misshapen == slow.misshapen
    assert [fast.cells[n].to_pylist() for n in range(3)] == [slow.cells[n].to_pylist() for n in range(3)]


def test_an_unclosed_quote_in_a_long_file_costs_one_line() -> None:
    # given 5,000 lines, half of them with quotes, and one that opens a quote and never closes it
    lines = [f'{n},"name {n}",x' if n % 2 else f"{n},name {n},x" for n in range(5_000)]
    lines[2_500] = '2500,"never closed,x'
    content = ("a,b,c\n" + "\n".join(lines)).encode()

    body = next(open_tables(Held(content), "x.csv").sheets[0].bodies(0, [0]))

    assert list(body.misshapen) == [2_500]
    assert body.lines.tolist() == list(range(2, 5_002))
    assert body.cells[0][4_999].as_py() == "4999"
