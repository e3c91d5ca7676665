"""Exports put together, or whose pages overlap: no order counts twice, and none is guessed."""

from collections.abc import Callable

import pytest

from include.exports.reading import Reading
from include.files.content import Held
from include.platforms.read_export import read_content

SALES = {
    "columns": {"order_id": "order", "merchant_code": "sku", "quantity": "units", "unit_price": "price",
                "created_at": "at"},
}  # fmt: skip
HEADER = "order,sku,units,price,at"
JD = "订单号,商品ID,商品名称,订购数量,支付方式,下单时间,京东价,应付金额,订单状态,订单类型,付款确认时间,商家SKUID"


def row(order: str, sku: str = "T1", units: int = 1) -> str:
    return f"{order},{sku},{units},10.00,2026-05-12 10:00:00"


def sales(*rows: str) -> Reading:
    content = "\n".join([HEADER, *rows]) + "\n"
    return read_content(Held(content.encode()), platform="declared", report="sales", declared=SALES, name="sales.csv")


def jd(*rows: str) -> Reading:
    return read_content(Held(("\n".join([JD, *rows]) + "\n").encode()), platform="jd", report="orders", name="1.csv")


def jd_row(order: str, status: str = "等待出库", kind: str = "销售订单", paid: str = "10.00") -> str:
    return f"{order},77,茶,1,在线支付,2026-05-12 10:00:00,10.00,{paid},{status},{kind},2026-05-12 10:00:01,T1"


def units(reading: Reading) -> int:
    return int(reading.frames["order_lines"]["quantity"].sum())


@pytest.mark.parametrize(
    "rows",
    [
        [row("1"), row("2"), row("3"), row("2"), row("3")],  # a page that overlaps
        [row("1"), row("2"), row("3"), HEADER, row("1"), row("2"), row("3")],  # the file behind itself
        [row("1"), row("2"), row("3"), "", row("1")],
    ],
)
def test_an_order_that_comes_again_further_below_counts_once(
    rows: list[str], balanced: Callable[[Reading], None]
) -> None:
    reading = sales(*rows)

    assert units(reading) == 3
    assert "repeated line" in set(reading.ignored["reason"])
    balanced(reading)


def test_a_page_that_begins_within_an_order_repeats_its_last_lines(balanced: Callable[[Reading], None]) -> None:
    # given an order of three lines, of which the next page tells two again before it goes on
    reading = sales(row("1", "A"), row("1", "B"), row("1", "C"), row("2"), row("1", "B"), row("1", "C"), row("3"))

    assert units(reading) == 5
    assert reading.ignored["reason"].tolist() == ["repeated line"] * 2
    balanced(reading)


def test_a_single_line_that_comes_again_may_be_another_line_of_its_order() -> None:
    # given an order of two lines, one of which stands further below once more: nothing else in the file comes again
    assert units(sales(row("1", "A"), row("1", "B"), row("2"), row("1", "A"), row("3"))) == 5


def test_two_equal_lines_beside_each_other_are_two_lines() -> None:
    assert units(sales(row("1"), row("1"), row("2"))) == 3


def test_an_order_whose_lines_stand_apart_is_whole() -> None:
    # given a file that somebody has sorted by sku
    assert units(sales(row("1", "A"), row("2", "A"), row("1", "B"), row("2", "B"))) == 4


def test_an_order_told_twice_and_differently_is_held_back(balanced: Callable[[Reading], None]) -> None:
    # given two exports put together, and an order that was sent between them
    reading = jd(jd_row("1"), jd_row("2"), jd_row("1", "等待确认收货"))

    assert reading.frames["orders"]["order_id"].tolist() == ["2"]
    assert set(reading.rejected["file_line"]) == {2, 4}
    assert reading.rejected["expected"].str.contains("each order once").all()
    balanced(reading)


def test_a_deleted_order_is_none_whatever_its_status_was() -> None:
    reading = jd(jd_row("1", "(删除)等待退款"), jd_row("2", "已删除"), jd_row("3"))

    assert reading.frames["orders"]["order_id"].tolist() == ["3"]


def test_an_exchange_that_costs_nothing_leaves_the_shelf_and_is_no_demand() -> None:
    reading = jd(jd_row("1", kind="售后换货", paid="0.00"), jd_row("2", paid="0.00"))

    assert reading.frames["order_lines"]["is_gift"].tolist() == [True, False]
