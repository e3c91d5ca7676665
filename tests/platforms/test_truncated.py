"""A csv that ends in the middle of a record is stopped as cut off; one that only looks so is read."""

import pytest

from include.exports.parts import read_in_parts
from include.exports.reading import Reading
from include.files.content import Held
from include.files.errors import ExportError
from include.platforms.read_export import ask, read_content

HEADER = "订单编号,买家会员名,总金额,订单状态,订单创建时间,订单付款时间,收货地址"
SETTINGS = {"platform": "tmall", "report": "orders"}


def row(number: int) -> str:
    return f'3515300000000000{number},小树,10.00,交易成功,2026-05-01 10:00:00,2026-05-01 10:00:05,"广东省 广州市, 某路"'


def read(text: str) -> Reading:
    return read_content(Held(text.encode()), name="ExportOrderList1.csv", **SETTINGS)


WHOLE = "\r\n".join([HEADER, row(1), row(2), row(3)])


@pytest.mark.parametrize("cut", [30, 45, 90, 100, 120])
def test_a_file_cut_in_mid_record_is_stopped_with_the_line(cut: int) -> None:
    # given a file whose last record ends after some characters, the last two times inside quotes
    text = "\r\n".join([HEADER, row(1), row(2), row(3)[: min(cut, len(row(3)) - 2)]])
    with pytest.raises(ExportError, match=r"ExportOrderList1\.csv.*line 4.*cut off") as error:
        read(text)
    assert "小树" not in str(error.value)


def test_a_file_cut_within_a_character_is_stopped() -> None:
    content = WHOLE.encode()[: -len('路"'.encode()) + 1]
    with pytest.raises(ExportError, match=r"cut off"):
        read_content(Held(content), name="x.csv", **SETTINGS)


def test_a_large_file_is_stopped_as_well() -> None:
    content = "\r\n".join([HEADER, *(row(n) for n in range(1, 9)), row(9)[:40]]).encode()

    with (
        pytest.raises(ExportError, match=r"line 10.*cut off"),
        read_in_parts(Held(content), ask("x.csv", **SETTINGS), part_bytes=400) as parts,
    ):
        list(parts)


@pytest.mark.parametrize(
    ("text", "published", "rejected"),
    [
        (WHOLE, 3, 0),  # whole, without a last line end
        (WHOLE + "\r\n", 3, 0),
        (WHOLE + "\r\n合计,,30.00", 3, 0),  # a footer
        (WHOLE + "\r\n#导出时间：2026-05-02", 3, 0),
        (WHOLE + "\r\n" + row(4)[:30] + "\r\n", 3, 1),  # short, but with its line end
        ("\r\n".join([HEADER, row(1)[:30], row(2), row(3)[:30]]), 1, 2),  # a writer that leaves cells out
        (WHOLE + ",more", 2, 1),  # too many cells
        (WHOLE + "\r\n\x1a", 3, 0),  # how DOS ends a text
    ],
)
def test_a_file_that_only_looks_cut_off_is_read(text: str, published: int, rejected: int) -> None:
    reading = read(text)
    assert len(reading.frames["orders"]) == published
    assert reading.rejected["file_line"].nunique() == rejected


def test_a_renamed_column_is_sought_among_unknown_headers_only() -> None:
    # given 总金额 renamed, beside a refund that is known and amounts that nobody knows
    header = HEADER.replace("总金额", "订单总额") + ",退款金额,平台优惠金额,新列"
    with pytest.raises(ExportError) as error:
        read("\n".join([header, row(1) + ",0,0,x", ""]))
    told = str(error.value)
    # then the message names what is unknown, and offers no refund and no discount for a total
    assert "unknown headers: 订单总额, 平台优惠金额, 新列" in told
    assert "退款金额" not in told
    assert "the nearest is 平台优惠金额" not in told


def test_money_is_not_offered_for_money_of_another_meaning() -> None:
    header = HEADER.replace("总金额", "优惠总金额")
    with pytest.raises(ExportError) as error:
        read("\n".join([header, row(1), ""]))
    assert "unknown headers: 优惠总金额" in str(error.value)
    assert "nearest" not in str(error.value)


@pytest.mark.parametrize("end", ["2026-05-12 10:00:00,19", "2026-05-12 10:00:00,199.0", "2026-05-12 10:00:00,"])
def test_a_last_cell_that_is_cut_is_no_smaller_price(end: str) -> None:
    # given prices of two decimals, and a file without a line end
    rows = "".join(f"{n},T1,1,2026-05-12 10:00:00,199.00\n" for n in range(4))
    declared = {"columns": {"order_id": "order", "merchant_code": "sku", "quantity": "units", "created_at": "at",
                            "unit_price": "price"}}  # fmt: skip
    content = f"order,sku,units,at,price\n{rows}9,T1,1,{end}".encode()

    if end.endswith(","):
        assert (
            read_content(Held(content), platform="declared", report="sales", declared=declared, name="s.csv").rows == 5
        )
        return
    with pytest.raises(ExportError, match=r"line 6, column price: the file is cut off"):
        read_content(Held(content), platform="declared", report="sales", declared=declared, name="s.csv")


@pytest.mark.parametrize(
    "message",
    ["Fatal error: Allowed memory size of 134217728 bytes exhausted", "<b>Warning</b>: mysqli", "导出失败，请重试"],
)
def test_an_error_at_the_end_stops_the_file(message: str) -> None:
    declared = {"columns": {"order_id": "order", "merchant_code": "sku", "quantity": "units", "created_at": "at"}}
    content = f"order,sku,units,at\n1,T1,1,2026-05-12 10:00:00\n{message}\n".encode()

    with pytest.raises(ExportError, match="failed before its end"):
        read_content(Held(content), platform="declared", report="sales", declared=declared, name="s.csv")
