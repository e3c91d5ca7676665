"""Every row is accounted for, whatever has happened to the file."""

import csv
import io
import random
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from include.exports.reading import Reading
from include.files.content import Held
from include.files.errors import ExportError
from include.platforms.read_export import read_content
from tests.platforms.conftest import FIXTURES

HEADER = "订单编号,买家会员名,总金额,订单状态,订单创建时间,订单付款时间,收货地址"
GOOD = "3515300000000000{n},小树,10.00,交易成功,2026-05-01 10:00:00,2026-05-01 10:00:05,广东省 广州市 某路"


def row(number: int) -> str:
    return GOOD.format(n=number)


def read(*lines: str, encoding: str = "gb18030") -> Reading:
    content = ("\r\n".join([HEADER, *lines]) + "\r\n").encode(encoding)
    return read_content(Held(content), platform="tmall", report="orders", name="ExportOrderList202605020000.csv")


def test_rows_that_are_no_data_are_ignored_with_their_reason(balanced: Callable[[Reading], None]) -> None:
    notes = [HEADER, "合计,,20.00,,,,", "总计：,,20.00,,,,", "#导出时间：2026-05-02", "说明：仅供参考"]

    reading = read(row(1), "", ",,,,,,", row(2), *notes)

    assert reading.ignored[["file_line", "reason"]].values.tolist() == [
        [3, "blank line"], [4, "blank line"], [6, "repeated header line"], [7, "total line"], [8, "total line"],
        [9, "footer line"], [10, "explanation line"],
    ]  # fmt: skip
    assert reading.rows == 9
    assert reading.money_micros == 60_000_000  # the totals' money is in the file too; it is ignored with them
    assert int(reading.frames["orders"]["total_micros"].sum()) == 20_000_000
    balanced(reading)


def test_a_row_that_stands_twice_counts_once(balanced: Callable[[Reading], None]) -> None:
    # given the same order twice, and a third time with another amount: that is not the same row
    reading = read(row(1), row(1), row(1).replace("10.00", "9.00"))

    assert reading.ignored[["file_line", "reason"]].values.tolist() == [[3, "repeated line"]]
    assert reading.frames["orders"]["total_micros"].tolist() == [10_000_000, 9_000_000]
    balanced(reading)


def test_one_bad_cell_costs_one_row_and_names_it(balanced: Callable[[Reading], None]) -> None:
    reading = read(
        row(1),
        row(2).replace("10.00", "zehn"),
        row(3).replace("35153000000000003", "3.5153E+16"),
        row(4).replace("10:00:05", "10:00:65"),
        row(5).replace("2026-05-01 10:00:00", "2026-02-30 10:00:00"),
        row(6).replace("35153000000000006", ""),
        row(7),
    )

    assert reading.rejected[["file_line", "column", "found"]].values.tolist() == [
        [4, "订单编号", "3.5153E+16"],
        [7, "订单编号", "nothing"],
        [3, "总金额", "zehn"],
        [6, "订单创建时间", "2026-02-30 10:00:00"],
        [5, "订单付款时间", "2026-05-01 10:00:65"],
    ]
    assert "a time such as" in reading.rejected["expected"].iloc[4]
    assert reading.frames["orders"]["file_line"].tolist() == [2, 8]
    assert reading.row_money["money_micros"].isna().tolist() == [False, True] + [False] * 5
    balanced(reading)


def test_a_word_that_no_vocabulary_knows_costs_no_row_and_is_told(balanced: Callable[[Reading], None]) -> None:
    reading = read(row(1), row(2).replace("交易成功", "交易飞了"))

    assert reading.rejected.empty
    assert reading.frames["orders"]["status"].tolist() == ["completed", "paid"]
    assert list(reading.row_notes.values()) == [1]
    assert "订单状态 says 交易飞了, which is not known" in next(iter(reading.row_notes))
    balanced(reading)


def test_a_row_with_other_columns_is_rejected_alone(balanced: Callable[[Reading], None]) -> None:
    # given an unquoted comma, and a row without its last cells
    reading = read(row(1), row(2).replace("某路", "某路,1号"), row(3), row(4)[:30], "")

    assert reading.rejected[["file_line", "found", "expected"]].values.tolist() == [
        [3, "8 cells", "7 cells"], [5, "4 cells", "7 cells"],
    ]  # fmt: skip
    assert reading.frames["orders"]["file_line"].tolist() == [2, 4]
    balanced(reading)


@pytest.mark.parametrize(
    "broken",
    [
        '"小树,10.00,交易成功,2026-05-01 10:00:00,2026-05-01 10:00:05,广东省',
        '小树,10.00,交易成功,2026-05-01 10:00:00,2026-05-01 10:00:05,"广东省',
        '小树,"10.00,交易成功,2026-05-01 10:00:00,2026-05-01 10:00:05,广东省',
    ],
)
@pytest.mark.parametrize("quoted", [False, True])
def test_a_quote_that_is_never_closed_costs_its_own_row_only(
    balanced: Callable[[Reading], None], broken: str, quoted: bool
) -> None:
    # given neighbours that quote their cells, or one of them, or none
    after = row(3).replace("小树", '"小树"')
    if quoted:
        after = ",".join(f'"{cell}"' for cell in row(3).split(","))

    reading = read(row(1), "35153000000000002," + broken, after, row(4))

    assert reading.frames["orders"]["file_line"].tolist() == [2, 4, 5]
    assert reading.rejected["file_line"].tolist() == [3]
    balanced(reading)


def test_quotes_and_line_breaks_that_are_right_are_kept(balanced: Callable[[Reading], None]) -> None:
    # given a cell with a line break, a doubled quote and a comma, between an inch sign and a plain row
    reading = read(
        row(1).replace("小树", '5" 屏'),
        row(2).replace("广东省 广州市 某路", '"广东省 广州市\r\n说 ""好"", 真的"'),
        row(3),
    )

    assert reading.frames["orders"]["file_line"].tolist() == [2, 3, 5]
    assert reading.frames["orders"]["buyer"].tolist()[0] == '5" 屏'
    balanced(reading)


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8", "utf-8-sig"])
def test_damaged_bytes_cost_their_own_row_only(balanced: Callable[[Reading], None], encoding: str) -> None:
    # given one character of the third row cut in half
    good = "\r\n".join([HEADER, *(row(n) for n in range(1, 8))]).encode(encoding)
    third = row(3).encode("gb18030" if encoding == "gb18030" else "utf-8")
    cut = third.replace("树".encode("gb18030" if encoding == "gb18030" else "utf-8"), b"\xff")
    content = good.replace(third, cut)

    reading = read_content(Held(content), platform="tmall", report="orders")

    assert reading.encoding == encoding
    assert reading.rejected[["file_line", "expected"]].values.tolist() == [[4, "text"]]
    assert len(reading.frames["orders"]) == 6
    balanced(reading)


def test_no_error_and_no_rejection_tells_of_a_person() -> None:
    # given a personal column that cannot be read, by a declaration that wants it filled
    content = "order,sku,n,at,who\n1,A,1,2026-05-01,\n2,A,1,x,王小明\n3,A,1,2026-05-01,李四\n".encode()
    declared = {
        "columns": {
            "order_id": "order", "merchant_code": "sku", "quantity": "n", "created_at": "at",
            "buyer": {"header": "who", "kind": "quantity"},
        }
    }  # fmt: skip

    reading = read_content(Held(content), platform="declared", report="sales", declared=declared)

    assert "王小明" not in reading.rejected.to_csv()
    assert set(reading.rejected["found"]) == {"x"}
    assert reading.blemished["file_line"].tolist() == [4]
    assert set(reading.blemished["found"]) == {"(personal, withheld)"}


def _mutations(content: bytes, rng: random.Random) -> bytes:
    """Some damage below the header: bytes changed, taken out, put in, lines doubled, cut or moved."""
    head, _, body = content.partition(b"\r\n")
    data = bytearray(body)
    for _ in range(rng.randint(1, 6)):
        at = rng.randrange(max(1, len(data)))
        what = rng.randrange(7)
        if what == 0 and data:
            data[at] = rng.randrange(256)
        elif what == 1:
            del data[at : at + rng.randint(1, 40)]
        elif what == 2:
            data[at:at] = rng.choice([b'"', b",", b"\n", b"\r", b"\r\n", b"\t", b'""', b"=", b"\xff", b"\x00", b"-"])
        elif what == 3:
            lines = bytes(data).split(b"\r\n")
            lines.insert(rng.randrange(len(lines) + 1), rng.choice(lines))
            data = bytearray(b"\r\n".join(lines))
        elif what == 4:
            data = data[:at]
        elif what == 5:
            lines = bytes(data).split(b"\r\n")
            rng.shuffle(lines)
            data = bytearray(b"\r\n".join(lines))
        else:
            data[at:at] = "合计,总计\r\n".encode("gb18030")
    return head + b"\r\n" + bytes(data)


@pytest.mark.parametrize(
    ("file", "platform", "report"),
    [
        ("taobao/ExportOrderList201709021818.csv", "taobao", "orders"),
        ("taobao/ExportOrderDetailList201709021818.csv", "taobao", "order_lines"),
        ("taobao/ExportItemlList202205011200.csv", "taobao", "order_lines"),
        ("jd/18453840.csv", "jd", "orders"),
        ("jd/订单结算明细_2016-01-01_2016-01-31.csv", "jd", "settlement"),
        ("douyin/1790059200_0123456789abcdef0123456789abcdef.csv", "douyin", "orders"),
        ("douyin/售后单_202609270215.csv", "douyin", "refunds"),
        ("jushuitan/采购单_2026-05-01.csv", "jushuitan", "purchase_orders"),
    ],
)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32))
def test_whatever_happens_to_a_file_its_rows_are_accounted_for_or_it_is_refused(
    fixtures: Path, balanced: Callable[[Reading], None], file: str, platform: str, report: str, seed: int
) -> None:
    content = _mutations((fixtures / file).read_bytes(), random.Random(seed))
    try:
        reading = read_content(Held(content), platform=platform, report=report, name="damaged.csv")
    except ExportError:
        return
    balanced(reading)
    assert reading.rows >= content.count(b"\n") - content.count(b'"') - 1  # no line goes under, but within quotes


@pytest.mark.parametrize(
    ("path", "platform", "report", "header"),
    [
        ("taobao/ExportOrderList202205011200.csv", "tmall", "orders", "买家应付邮费"),
        ("jd/19453840.csv", "jd", "orders", "运费金额"),
        ("douyin/1790059202_0123456789abcdef0123456789abcdef.csv", "douyin", "orders", "运费"),
        ("youzan/订单报表_20220402.csv", "youzan", "orders", "运费"),
        ("shopify/orders_export.csv", "shopify", "orders", "Shipping"),
    ],
)
def test_freight_that_cannot_be_read_costs_no_order(path: str, platform: str, report: str, header: str) -> None:
    # given the platform's file, and the same with words in the freight of its first order
    file = FIXTURES / path
    whole = read_content(Held(file.read_bytes()), platform=platform, report=report, name=file.name)
    text = file.read_bytes().decode(whole.encoding or "utf-8")
    rows = list(csv.reader(io.StringIO(text, newline="")))
    first = int(whole.frames["orders"]["file_line"].min())
    names = [name.strip() for name in rows[whole.header_line - 1]]
    rows[first - 1][names.index(header)] = "到付??"
    written = io.StringIO()
    csv.writer(written).writerows(rows)
    # when it is read
    reading = read_content(Held(written.getvalue().encode()), platform=platform, report=report, name=file.name)
    # then the order is there without its freight, and the cell is told
    assert reading.rejected.empty
    assert reading.blemished[["file_line", "found"]].values.tolist() == [[first, "到付??"]]
    orders = reading.frames["orders"].set_index("file_line")
    assert orders.loc[first, "freight_micros"] is pd.NA
    unchanged = [name for name in orders.columns if name != "freight_micros"]
    assert orders[unchanged].equals(whole.frames["orders"].set_index("file_line")[unchanged])
