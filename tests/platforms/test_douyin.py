"""Douyin: sub-orders, packed bundles, gifts, cipher text, after-sale."""

from pathlib import Path

import pytest

from include.platforms.reading import read_export

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
