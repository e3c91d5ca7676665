"""Youzan: a column that stands twice, masked phones, orders and their items."""

from pathlib import Path

from include.exports.reading import Reading
from include.platforms.read_export import read_export

YUAN = 1_000_000


def read(fixtures: Path, file: str, report: str) -> Reading:
    path = fixtures / "youzan" / file
    return read_export(path, platform="youzan", report=report, remark_marks={"SD": "brushing", "赠品": "gift"})


def test_a_column_that_stands_twice_moves_no_other(fixtures: Path) -> None:
    reading = read(fixtures, "订单报表_20220402.csv", "orders")

    assert reading.columns.count("分销员") == 2
    orders = reading.frames["orders"]
    assert orders["order_id"].iloc[0] == "E20220331142238091806171"
    assert orders["mark"].fillna("").tolist() == ["", "", "brushing", ""]  # 商家订单备注 stands between the two
    assert orders["refunded_micros"].tolist() == [30 * YUAN, 0, 0, 0]


def test_what_is_to_be_paid_is_told_before_it_is_paid(fixtures: Path) -> None:
    orders = read(fixtures, "订单报表_20220402.csv", "orders").frames["orders"]

    assert orders["total_micros"].tolist() == [110 * YUAN, 30 * YUAN, 30 * YUAN, 30 * YUAN]
    assert orders["freight_micros"].tolist() == [10 * YUAN, 0, 0, 0]
    assert orders["status"].tolist() == ["completed", "unpaid", "paid", "closed"]
    assert orders["paid_at"].astype(str).fillna("-").tolist() == [
        "2022-03-31 14:22:50",
        "-",
        "2022-04-02 00:00:01",
        "-",
    ]


def test_a_masked_phone_is_nobody(fixtures: Path) -> None:
    reading = read(fixtures, "订单报表_20220402.csv", "orders")

    orders = reading.frames["orders"]
    assert orders["buyer"].fillna("-").tolist() == ["-", "18600000005", "-", "-"]
    assert orders["province"].tolist() == ["江苏"] * 4
    assert "王五" not in orders.to_csv()


def test_items_are_numbered_within_their_order(fixtures: Path) -> None:
    lines = read(fixtures, "商品报表_20220402.csv", "order_lines").frames["order_lines"]

    order = "E20220331142238091806171"
    assert lines["line_id"].tolist() == [f"{order}#2", f"{order}#1", "E20220401100000091806173#1"]  # by code
    assert lines["merchant_code"].tolist() == ["CY-250", "BZ-02", "CY-250"]  # 商品编码 where there is no 规格编码
    assert lines["paid_micros"].tolist() == [75 * YUAN, 25 * YUAN, 30 * YUAN]
    assert lines["refunded_micros"].fillna(-1).tolist() == [30 * YUAN, 0, -1]
    assert lines["quantity"].tolist() == [3, 1, 1]
    assert lines["status"].tolist() == ["completed", "completed", "paid"]
    assert lines["is_gift"].tolist() == [False, False, True]


def test_the_items_are_what_the_order_cost_without_freight_and_payment_discount(fixtures: Path) -> None:
    orders = read(fixtures, "订单报表_20220402.csv", "orders").frames["orders"].set_index("order_id")
    lines = read(fixtures, "商品报表_20220402.csv", "order_lines").frames["order_lines"]

    order = "E20220331142238091806171"
    goods = int(lines.loc[lines["order_id"] == order, "paid_micros"].sum())
    assert goods == orders.loc[order, "total_micros"] - orders.loc[order, "freight_micros"]
