"""Douyin: sub-orders, packed bundles, gifts, cipher text, after-sale."""

from collections.abc import Callable
from pathlib import Path

import pytest

from include.exports.reading import Reading
from include.files.content import Held
from include.platforms.read_export import read_content, read_export

YUAN = 1_000_000
LAYOUTS = ["1790059200_0123456789abcdef0123456789abcdef.csv", "1790059201_0123456789abcdef0123456789abcdef.csv"]


@pytest.mark.parametrize("file", LAYOUTS)
def test_sub_orders_make_an_order(fixtures: Path, file: str) -> None:
    reading = read_export(
        fixtures / "douyin" / file, platform="douyin", report="orders", remark_marks={"SD": "brushing"}
    )

    orders = reading.frames["orders"].set_index("order_id")
    assert orders["total_micros"].tolist() == [52_800_000, 34_010_000, 0, 10 * YUAN]
    # one parcel is on its way, the other is not: the order waits
    assert orders["status"].tolist() == ["shipped", "paid", "closed", "unpaid"]
    assert orders.loc["6917926768823640000", "freight_micros"] == 4 * YUAN
    assert orders["mark"].notna().tolist() == [True, False, False, False]
    assert orders["buyer"].isna().all()


@pytest.mark.parametrize("file", LAYOUTS)
def test_packed_bundles_are_taken_apart(fixtures: Path, file: str) -> None:
    lines = read_export(fixtures / "douyin" / file, platform="douyin", report="orders").frames["order_lines"]

    pair = lines[lines["file_line"] == 4]
    assert pair["merchant_code"].tolist() == ["A01", "B02"]
    assert pair["line_id"].tolist() == ["6917926768823640002", "6917926768823640003"]  # the platform's own two ids
    assert pair["paid_micros"].tolist() == [10_005_000, 10_005_000]
    three = lines[lines["file_line"] == 6]
    assert three["merchant_code"].tolist() == ["A01", "B02", "C03"]
    assert three["line_id"].tolist() == [f"6917926768823660001/{n}" for n in (1, 2, 3)]
    assert three["paid_micros"].tolist() == [3_333_334, 3_333_333, 3_333_333]  # the remainder on the first
    assert three["quantity"].tolist() == [1, 1, 1]
    assert int(lines["paid_micros"].sum()) == 52_800_000 + 34_010_000 + 10 * YUAN


@pytest.mark.parametrize("file", LAYOUTS)
def test_a_gift_is_bound_to_another_order(fixtures: Path, file: str) -> None:
    lines = read_export(fixtures / "douyin" / file, platform="douyin", report="orders").frames["order_lines"]

    assert lines.loc[lines["is_gift"], "merchant_code"].tolist() == ["ZP-01"]


@pytest.mark.parametrize("file", LAYOUTS)
def test_cipher_text_goes_nowhere(fixtures: Path, file: str) -> None:
    reading = read_export(fixtures / "douyin" / file, platform="douyin", report="orders")

    for frame in reading.frames.values():
        assert "##" not in frame.to_csv()
        assert "$$" not in frame.to_csv()
    assert reading.frames["orders"]["province"].isna().tolist() == [False, False, True, False]


def test_the_time_of_export_is_unix_time_in_the_name(fixtures: Path) -> None:
    reading = read_export(fixtures / "douyin" / LAYOUTS[0], platform="douyin", report="orders")

    assert str(reading.exported_at) == "2026-09-22 14:40:00"  # 1790059200 in Shanghai


def test_after_sale_cases(fixtures: Path) -> None:
    refunds = read_export(
        fixtures / "douyin" / "售后单_202609270215.csv", platform="douyin", report="after_sale"
    ).frames["refunds"]

    assert refunds["refund_id"].tolist() == [
        "7100000000000000001", "7100000000000000002", "7100000000000000003/1", "7100000000000000003/2",
    ]  # fmt: skip
    assert refunds["line_id"].tolist() == [
        "6917926768823643751", "6917926768823640001", "6917926768823640002", "6917926768823640003",
    ]  # fmt: skip
    assert refunds["kind"].tolist() == ["return_refund", "refund_only", "exchange", "exchange"]
    assert refunds["status"].tolist() == ["succeeded", "open", "succeeded", "succeeded"]
    assert refunds["refunded_micros"].tolist() == [52_800_000, 14 * YUAN, 0, 0]
    assert "说的话" not in refunds.to_csv()


PACKED = (
    "主订单编号,子订单编号,选购商品,商品数量,商品ID,商家编码,商品单价,订单应付金额,订单提交时间,支付完成时间,订单状态\n"
)


def packed(ids: str, pieces: int, codes: str, amount: str = "88.01") -> Reading:
    row = f"79,{ids},茶;杯,{pieces},3001;3002,{codes},,{amount},2026-05-12 12:00:00,2026-05-12 12:01:00,已发货\n"
    return read_content(Held((PACKED + row).encode()), platform="douyin", report="orders", name="o.csv")


def test_the_pieces_of_packed_sub_orders_are_the_sum_of_theirs(balanced: Callable[[Reading], None]) -> None:
    """Two pieces of two sub-orders are one each, and 88.01 are 44.005 each."""
    reading = packed("791;792", 2, "C01;D02")

    lines = reading.frames["order_lines"]
    assert lines[["line_id", "merchant_code", "quantity", "paid_micros"]].values.tolist() == [
        ["791", "C01", 1, 44_005_000],
        ["792", "D02", 1, 44_005_000],
    ]
    assert lines[["listing_id", "title"]].values.tolist() == [["3001", "茶"], ["3002", "杯"]]
    balanced(reading)


@pytest.mark.parametrize(
    ("ids", "pieces", "codes"),
    [("791;792", 5, "C;D"), ("791;792", 4, "C;D"), ("791;792;793", 2, "C;D;E"), ("791;792;793", 3, "C;D")],
)
def test_packed_sub_orders_whose_pieces_cannot_be_told_are_held_back(
    balanced: Callable[[Reading], None], ids: str, pieces: int, codes: str
) -> None:
    reading = packed(ids, pieces, codes)

    assert reading.rejected.values.tolist() == [
        [2, "商品数量", str(pieces), "one piece of each packed sub-order; how many each is of cannot be told"]
    ]
    balanced(reading)


def test_several_sub_orders_of_one_code_are_that_many_pieces_of_it() -> None:
    lines = packed("791;792", 5, "C01").frames["order_lines"]

    assert lines[["merchant_code", "quantity", "paid_micros"]].values.tolist() == [["C01", 5, 88_010_000]]


def test_one_sub_order_of_a_set_is_as_many_of_each() -> None:
    lines = packed("791", 3, "C01;D02").frames["order_lines"]

    assert lines[["line_id", "merchant_code", "quantity"]].values.tolist() == [["791/1", "C01", 3], ["791/2", "D02", 3]]
