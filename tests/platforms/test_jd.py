"""JD: totals that repeat, split orders, and refunds out of the settlement."""

from collections.abc import Callable
from pathlib import Path

import pytest

from include.exports.reading import Reading
from include.files.content import Held
from include.platforms.read_export import read_content, read_export

YUAN = 1_000_000


@pytest.mark.parametrize("file", ["15453840.csv", "18453840.csv", "19453840.csv"])
def test_an_orders_total_counts_once_and_its_deleted_parent_not_at_all(fixtures: Path, file: str) -> None:
    # when
    reading = read_export(fixtures / "jd" / file, platform="jd", report="orders", remark_marks={"SD": "brushing"})

    # then the children of the split order count, their parent is set aside
    orders = reading.frames["orders"]
    assert orders["order_id"].tolist() == ["11729439936", "11749907506", "11750000001"]
    assert orders["total_micros"].tolist() == [644_300_000, 288_150_000, 100 * YUAN]
    assert reading.ignored["reason"].tolist() == ["deleted split order"] * 2 + ["deleted unpaid order"]
    # 932.45 of the parent once, though it stands on two lines
    assert reading.row_money["money_micros"].tolist() == [
        932_450_000, 0, 644_300_000, 288_150_000, 100 * YUAN, 0, 113 * YUAN,
    ]  # fmt: skip
    assert orders["status"].tolist() == ["paid", "paid", "completed"]  # ' 等待出库' with its blank
    assert orders["mark"].isna().tolist() == [True, True, False]


def test_an_orders_money_is_shared_over_its_lines_to_the_micro(fixtures: Path) -> None:
    # given an order of 100.00 for goods listed at 758 and 113
    lines = read_export(fixtures / "jd" / "18453840.csv", platform="jd", report="orders").frames["order_lines"]

    # then 100 * 758 / 871 = 87.026406(4...), rounded down; the rest is the other line's
    shared = lines[lines["order_id"] == "11750000001"]
    assert shared["paid_micros"].tolist() == [87_026_406, 12_973_594]
    assert int(shared["paid_micros"].sum()) == 100 * YUAN
    assert lines["merchant_code"].tolist() == ["SKU-NF-01", "SKU-LX-02", "SKU-NF-01", "SKU-LX-02"]
    assert lines["line_id"].tolist() == ["11729439936#1", "11749907506#1", "11750000001#2", "11750000001#1"]


def test_the_old_layout_knows_the_product_number_only(fixtures: Path) -> None:
    lines = read_export(fixtures / "jd" / "15453840.csv", platform="jd", report="orders").frames["order_lines"]

    assert lines["merchant_code"].tolist() == ["NF-01", "LX-02", "NF-01", "LX-02"]


def test_the_layout_of_2026_without_prices_shares_evenly(fixtures: Path) -> None:
    lines = read_export(fixtures / "jd" / "26453840.csv", platform="jd", report="orders").frames["order_lines"]

    assert lines.loc[lines["order_id"] == "11750000001", "paid_micros"].tolist() == [50 * YUAN, 50 * YUAN]


def test_of_an_order_with_an_unreadable_line_the_lines_money_is_unknown(fixtures: Path) -> None:
    # given the first line of an order of two with a quantity that is none
    content = (fixtures / "jd" / "18453840.csv").read_bytes().decode("gb18030")
    wrong = content.replace('11750000001,1953814331,"暖风机,大",1,', '11750000001,1953814331,"暖风机,大",一,')
    assert wrong != content

    # when
    reading = read_content(Held(wrong.encode("gb18030")), platform="jd", report="orders")

    # then the order stands with its total, the other line without a share that would be wrong
    assert reading.rejected[["file_line", "column", "found"]].values.tolist() == [[6, "订购数量", "一"]]
    orders, lines = reading.frames["orders"], reading.frames["order_lines"]
    assert orders.loc[orders["order_id"] == "11750000001", "total_micros"].tolist() == [100 * YUAN]
    assert lines.loc[lines["order_id"] == "11750000001", "paid_micros"].isna().tolist() == [True]
    assert reading.row_money.set_index("file_line")["money_micros"][[6, 7]].tolist() == [0, 100 * YUAN]


def test_a_lone_carriage_return_in_a_cell_is_white_space() -> None:
    content = (
        "订单号,商品ID,订购数量,应付金额,订单状态,下单时间\r\n"
        "1,100,1,5.00,\r等待出库\r,2026-01-01 10:00:00\r\n"
        "2,100,1,5.00,\t等待出库,2026-01-01 10:00:00\r\n"
    ).encode("gb18030")

    reading = read_content(Held(content), platform="jd", report="orders")

    assert reading.frames["orders"]["status"].tolist() == ["paid", "paid"]
    assert reading.row_money["file_line"].tolist() == [2, 3]


def test_settlement_lines_with_an_after_sale_number_are_refunds(fixtures: Path) -> None:
    path = fixtures / "jd" / "订单结算明细_2016-01-01_2016-01-31.csv"

    reading = read_export(path, platform="jd", report="settlement")

    refunds = reading.frames["refunds"]
    assert refunds[["refund_id", "order_id", "refunded_micros", "quantity"]].values.tolist() == [
        ["900001", "11749907506", 288_150_000, 3]
    ]
    assert reading.ignored.empty
    # every line moves money: the sale and its commission, the refund and the commission that came back
    movements = reading.frames["money_movements"]
    assert movements["amount_micros"].tolist() == [644_300_000, -51_540_000, -288_150_000, 23_050_000]
    assert movements["fee"].tolist() == ["货款", "佣金", "货款", "佣金"]
    assert movements["movement_id"].tolist() == [
        "11729439936/货款", "11729439936/佣金", "11749907506/900001/货款", "11749907506/900001/佣金",
    ]  # fmt: skip
    # the file's money is its own: what came in, the commission, and what went back
    assert reading.money_micros == 644_300_000 - 51_540_000 - 288_150_000 + 23_050_000


def test_the_settlement_of_2026_tells_refunds_by_the_kind_of_bill(fixtures: Path) -> None:
    reading = read_export(fixtures / "jd" / "结算明细_2026-08.csv", platform="jd", report="refunds")

    assert reading.frames["refunds"][["refund_id", "refunded_micros"]].values.tolist() == [["900001", 288_150_000]]
    assert reading.frames["money_movements"]["kind"].tolist() == ["销售单", "售后服务单"]


SETTLED = "订单编号,商品编号,费用名称,应结金额,收支方向,售后服务单号,账单生成时间,到账时间\n"


def settled(*rows: str) -> Reading:
    content = SETTLED + "\n".join(rows) + "\n"
    return read_content(Held(content.encode()), platform="jd", report="settlement", name="对账.csv")


def test_money_for_goods_that_goes_out_is_a_refund_of_its_order(balanced: Callable[[Reading], None]) -> None:
    """13.80 are taken back of 36.80; the commission is no refund whichever way it goes."""
    reading = settled(
        "1,17,货款,36.80,收入,,20260708,2026-07-09 12:08:53",
        "1,17,货款,-13.80,支出,,20260708,2026-07-09 12:08:53",
        "1,17,佣金,-1.84,支出,,20260708,2026-07-09 12:08:53",
        "2,17,货款,9.00,支出,,20260708,",
        "3,17,佣金,0.69,收入,900,20260708,",
    )

    refunds = reading.frames["refunds"]
    assert refunds[["order_id", "refunded_micros", "status"]].values.tolist() == [
        ["1", 13_800_000, "succeeded"],
        ["2", 9_000_000, "succeeded"],
    ]
    assert int(reading.frames["money_movements"]["amount_micros"].sum()) == 36_800_000 - 13_800_000 - 1_840_000 - (
        9_000_000 - 690_000
    )
    balanced(reading)


def test_a_refund_without_a_number_keeps_its_name_when_the_money_arrives() -> None:
    before = settled("1,17,货款,-13.80,支出,,20260708,").frames["refunds"]
    after = settled("1,17,货款,-13.80,支出,,20260708,2026-07-09 12:08:53").frames["refunds"]

    assert before["refund_id"].tolist() == after["refund_id"].tolist() == ["1/货款/17/20260708000000"]


def test_two_refunds_of_one_order_are_two() -> None:
    refunds = settled("1,17,货款,-3,支出,,20260708,", "1,17,货款,-4,支出,,20260808,").frames["refunds"]

    assert refunds["refund_id"].is_unique
    assert refunds["refunded_micros"].tolist() == [3_000_000, 4_000_000]


def test_money_that_comes_in_with_an_after_sale_number_is_no_refund() -> None:
    assert settled("1,17,货款,13.80,收入,900,20260708,").frames["refunds"].empty
