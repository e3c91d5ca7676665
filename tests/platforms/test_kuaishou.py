"""Kuaishou: a protected workbook of several sheets, its marks for money and for nothing, after-sale, the fund flow."""

from pathlib import Path

import pytest

from include.exports.reading import Reading
from include.files.content import Held
from include.files.errors import ExportError
from include.platforms.read_export import read_content, read_export

YUAN = 1_000_000
PASSWORD = "ks-20260601"
BOOK, CSV, OLDER = "订单_20260603101500.xlsx", "订单_20260603102000.csv", "订单_20230603101500.csv"


def read(fixtures: Path, file: str, report: str = "orders") -> Reading:
    path = fixtures / "kuaishou" / file
    return read_export(path, platform="kuaishou", report=report, password=PASSWORD, remark_marks={"SD": "brushing"})


def test_the_workbook_needs_the_shops_password(fixtures: Path) -> None:
    path = fixtures / "kuaishou" / BOOK

    with pytest.raises(ExportError, match="password-protected"):
        read_export(path, platform="kuaishou", report="orders")
    with pytest.raises(ExportError, match="does not fit"):
        read_export(path, platform="kuaishou", report="orders", password="another")


def test_several_sheets_are_one_export(fixtures: Path) -> None:
    """The second sheet goes on where the first ended; the sheet of notes before them is none of it."""
    reading = read(fixtures, BOOK)

    assert reading.sheet == "订单1"
    assert reading.ignored.values.tolist() == [[4, "repeated header line"]]
    assert reading.frames["orders"]["file_line"].tolist() == [2, 3, 5, 6]
    columns = [name for name in reading.frames["orders"] if name != "file_line"]
    assert reading.frames["orders"][columns].equals(read(fixtures, CSV).frames["orders"][columns])


@pytest.mark.parametrize("file", [BOOK, CSV])
def test_money_with_its_sign_and_cells_that_hold_nothing(fixtures: Path, file: str) -> None:
    reading = read(fixtures, file)

    assert len(reading.columns) == 64
    orders = reading.frames["orders"]
    assert orders["total_micros"].tolist() == [1_299_900_000, 46 * YUAN, 20 * YUAN, 0]
    assert orders["freight_micros"].fillna(-1).tolist() == [0, 6 * YUAN, -1, -1]  # ￥0, ¥6, — and /
    assert orders["status"].tolist() == ["shipped", "completed", "unpaid", "closed"]
    assert orders["mark"].fillna("").tolist() == ["", "brushing", "", ""]
    assert orders["province"].tolist() == ["浙江"] * 4
    lines = reading.frames["order_lines"]
    assert lines["paid_micros"].tolist() == [1_299_900_000, 40 * YUAN, 20 * YUAN, 0]
    assert lines["unit_price_micros"].tolist() == [1_399_900_000, 20 * YUAN, 20 * YUAN, 0]
    assert lines["merchant_code"].tolist() == ["PBJ-01", "BZ-02", "BZ-02", "ZP-03"]
    assert lines["is_gift"].tolist() == [False, False, False, True]
    assert "李" not in orders.to_csv() + lines.to_csv()


def test_times_are_written_with_slashes(fixtures: Path) -> None:
    orders = read(fixtures, CSV).frames["orders"]

    assert orders["created_at"].astype(str).fillna("-").tolist()[1] == "2026-06-01 23:59:50"
    assert orders["paid_at"].astype(str).fillna("-").tolist() == [
        "2026-06-01 20:00:30", "2026-06-02 00:00:05", "-", "2026-06-02 10:00:20",
    ]  # fmt: skip


def test_the_older_names_of_number_and_amount(fixtures: Path) -> None:
    orders = read(fixtures, OLDER).frames["orders"]

    assert orders["order_id"].tolist() == ["2615200000001", "2615200000002"]
    assert orders["total_micros"].tolist() == [1_299_900_000, 46 * YUAN]


def test_after_sale_reads_the_four_columns_that_are_known(fixtures: Path) -> None:
    reading = read(fixtures, "售后_20260605101500.csv", "refunds")

    refunds = reading.frames["refunds"]
    assert refunds["status"].tolist() == ["succeeded", "open", "closed"]
    assert refunds["refunded_micros"].tolist() == [20 * YUAN, 1_299_900_000, 0]
    assert refunds["requested_at"].isna().all()
    assert "are guesses" in reading.notes[0]


def test_the_fund_flow_is_signed_by_its_direction(fixtures: Path) -> None:
    moves = read(fixtures, "账务流水_20260611.csv", "fund_flow").frames["money_movements"]

    assert moves["amount_micros"].tolist() == [46 * YUAN, -2_300_000, -20 * YUAN]  # with its own minus or without
    assert moves["kind"].tolist() == ["货款", "技术服务费", "退款"]
    assert moves["movement_id"].tolist() == ["660001", "660002", "660003"]


def test_a_code_of_several_skus_is_a_line_of_each() -> None:
    header = "订单号,订单创建时间,订单支付时间,订单状态,实付款,成交数量,商品ID,SKU编码,商品单价"
    row = "20001,2026-05-12 10:00:00,2026-05-12 10:00:01,待发货,￥20.00,2,7,A01；B02,￥10.00"
    lines = read_content(Held(f"{header}\n{row}\n".encode()), platform="kuaishou", report="orders").frames[
        "order_lines"
    ]

    assert lines[["line_id", "merchant_code", "quantity", "paid_micros"]].values.tolist() == [
        ["20001#1/1", "A01", 2, 10_000_000],
        ["20001#1/2", "B02", 2, 10_000_000],
    ]
