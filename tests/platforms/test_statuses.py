"""What a status, a payment's method and a missing moment of payment mean, on every platform that tells them."""

from dataclasses import dataclass

import pytest

from include.exports.reading import Reading
from include.files.content import Held
from include.platforms.read_export import read_content

MADE, PAID = "2026-05-12 10:00:00", "2026-06-02 18:30:00"


@dataclass(frozen=True)
class Orders:
    """The smallest order report of a platform: `{status}`, `{paid}` and `{method}` stand in its row."""

    platform: str
    report: str
    header: str
    row: str
    words: tuple[str, str, str]  # of an order that waits to be paid, that is sent, that is closed


TAOBAO = Orders(
    "taobao", "orders", "订单编号,总金额,订单状态,订单创建时间,订单付款时间",
    f"1,10.00,{{status}},{MADE},{{paid}}", ("等待买家付款", "卖家已发货，等待买家确认", "交易关闭"),
)  # fmt: skip
SOLD = Orders(
    "taobao", "sold", "订单编号,宝贝标题,购买数量,总金额,订单状态,订单创建时间,订单付款时间",
    f"1,茶,1,10.00,{{status}},{MADE},{{paid}}", ("等待买家付款", "买家已签收", "交易关闭"),
)  # fmt: skip
JD = Orders(
    "jd", "orders", "订单号,商品ID,订购数量,应付金额,订单状态,下单时间,付款确认时间,支付方式",
    f"1,100,1,10.00,{{status}},{MADE},{{paid}},{{method}}", ("等待付款", "等待确认收货", "已取消"),
)  # fmt: skip
DOUYIN = Orders(
    "douyin", "orders",
    "主订单编号,子订单编号,商品数量,商家编码,订单应付金额,订单状态,订单提交时间,支付完成时间,支付方式",
    f"1,2,1,C,10.00,{{status}},{MADE},{{paid}},{{method}}", ("待支付", "已发货", "已关闭"),
)  # fmt: skip
KUAISHOU = Orders(
    "kuaishou", "orders", "订单号,订单状态,订单创建时间,订单支付时间,实付款,成交数量,商品ID,SKU编码,支付方式",
    f"1,{{status}},{MADE},{{paid}},10.00,1,100,C,{{method}}", ("待付款", "已发货", "交易关闭"),
)  # fmt: skip
YOUZAN = Orders(
    "youzan", "orders", "订单号,订单状态,订单创建时间,买家付款时间,应收订单金额,付款方式",
    f"1,{{status}},{MADE},{{paid}},10.00,{{method}}", ("待付款", "已发货", "交易关闭"),
)  # fmt: skip
EVERY = (TAOBAO, SOLD, JD, DOUYIN, KUAISHOU, YOUZAN)
WITH_METHOD = (JD, DOUYIN, KUAISHOU, YOUZAN)


def read(orders: Orders, status: str, paid: str = "", method: str = "在线支付") -> Reading:
    row = orders.row.format(status=f'"{status}"', paid=paid, method=method)
    return read_content(
        Held(f"{orders.header}\n{row}\n".encode()), platform=orders.platform, report=orders.report, name="orders.csv"
    )


def paid_on(reading: Reading) -> str:
    return str(reading.frames["orders"]["paid_at"].astype(str).fillna("-").iloc[0])[:10]


@pytest.mark.parametrize("orders", EVERY, ids=lambda one: f"{one.platform} {one.report}")
def test_a_paid_order_that_does_not_say_when_counts_on_its_own_day_and_is_told(orders: Orders) -> None:
    waiting, sent, closed = orders.words

    reading = read(orders, sent)

    assert paid_on(reading) == "2026-05-12"
    (sentence,) = reading.row_notes
    assert "is blank: counted on the day it was ordered" in sentence
    assert [paid_on(read(orders, word)) for word in (waiting, closed)] == ["-", "-"]
    assert read(orders, waiting).row_notes == {}


@pytest.mark.parametrize("orders", EVERY, ids=lambda one: f"{one.platform} {one.report}")
def test_a_payment_that_is_told_stays_where_it_is(orders: Orders) -> None:
    _, sent, closed = orders.words

    assert [paid_on(read(orders, word, PAID)) for word in (sent, closed)] == ["2026-06-02", "2026-06-02"]
    assert read(orders, sent, PAID).row_notes == {}


@pytest.mark.parametrize("orders", WITH_METHOD, ids=lambda one: one.platform)
def test_cash_on_delivery_counts_on_the_day_it_was_ordered_also_when_it_is_paid(orders: Orders) -> None:
    waiting, sent, closed = orders.words

    assert [paid_on(read(orders, sent, paid, "货到付款")) for paid in ("", PAID)] == ["2026-05-12", "2026-05-12"]
    assert [paid_on(read(orders, word, "", "货到付款")) for word in (waiting, closed)] == ["-", "-"]
    (sentence,) = read(orders, sent, "", "货到付款").row_notes
    assert sentence.startswith("cash on delivery")


@pytest.mark.parametrize("orders", EVERY, ids=lambda one: f"{one.platform} {one.report}")
def test_a_status_that_nobody_has_met_is_told_and_the_payment_decides(orders: Orders) -> None:
    paid, unpaid = read(orders, "神秘", PAID), read(orders, "神秘")

    assert paid.rejected.empty
    assert unpaid.rejected.empty
    assert [paid.frames["orders"]["status"].iloc[0], unpaid.frames["orders"]["status"].iloc[0]] == ["paid", "unpaid"]
    assert [paid_on(paid), paid_on(unpaid)] == ["2026-06-02", "-"]
    for reading in (paid, unpaid):
        assert reading.row_notes == {
            "订单状态 says 神秘, which is not known: such rows count as paid if they say when they were paid, "
            "else as unpaid": 1
        }


@pytest.mark.parametrize("orders", EVERY, ids=lambda one: f"{one.platform} {one.report}")
def test_a_status_that_may_name_somebody_is_not_shown(orders: Orders) -> None:
    reading = read(orders, "广东省广州市天河区某路18号张三收", PAID)

    (sentence,) = reading.row_notes
    assert sentence.startswith("订单状态 says (a text), which is not known")


@pytest.mark.parametrize("orders", [JD, DOUYIN, KUAISHOU], ids=lambda one: one.platform)
def test_a_paid_order_that_was_closed_was_paid_back_whole(orders: Orders) -> None:
    """The report has no column for it, and nobody's goods are closed and kept."""
    _, sent, closed = orders.words

    def refunded(status: str, paid: str) -> list[int]:
        return read(orders, status, paid).frames["orders"]["refunded_micros"].tolist()

    assert refunded(closed, PAID) == [10_000_000]
    assert refunded(closed, "") == refunded(sent, PAID) == [0]


def test_a_closed_sub_order_was_paid_back_and_its_sister_was_not() -> None:
    rows = [
        f"1,{sub},1,C{sub},{paid}.00,{word},{MADE},{PAID}," for sub, paid, word in ((2, 7, "已发货"), (3, 5, "已关闭"))
    ]

    frames = read_content(
        Held("\n".join([DOUYIN.header, *rows, ""]).encode()), platform="douyin", report="orders", name="orders.csv"
    ).frames

    assert frames["order_lines"]["refunded_micros"].tolist() == [0, 5_000_000]
    assert frames["orders"][["status", "total_micros", "refunded_micros"]].values.tolist() == [
        ["shipped", 12_000_000, 5_000_000]
    ]
