"""Shopify: order columns on the first line only, offsets, refunds, a postcode with an apostrophe, the currency."""

from collections.abc import Callable
from pathlib import Path

from include.platforms.reading import Reading, read_export

YUAN = 1_000_000


def read(fixtures: Path, **more: str) -> Reading:
    path = fixtures / "shopify" / "orders_export.csv"
    return read_export(path, platform="shopify", report="orders", remark_marks={"SD": "brushing"}, **more)  # type: ignore[arg-type]


def test_order_columns_stand_on_the_first_line_only(fixtures: Path) -> None:
    reading = read(fixtures)

    assert len(reading.columns) == 79
    orders, lines = reading.frames["orders"], reading.frames["order_lines"]
    assert orders["file_line"].tolist() == [2, 4, 6, 7]
    assert lines["file_line"].tolist() == [2, 3, 4, 5, 6, 7]
    assert orders["total_micros"].tolist() == [60 * YUAN, 18 * YUAN, 20 * YUAN, 25 * YUAN]
    assert reading.money_micros == 123 * YUAN
    assert reading.row_money["money_micros"].tolist() == [60 * YUAN, 0, 18 * YUAN, 0, 20 * YUAN, 25 * YUAN]
    assert lines["status"].tolist() == ["shipped", "shipped", "paid", "paid", "unpaid", "closed"]
    assert lines["paid_at"].notna().tolist() == [True, True, True, True, False, True]


def test_a_name_with_a_hash_is_an_order_and_no_footer(fixtures: Path) -> None:
    reading = read(fixtures)

    assert reading.ignored.empty
    assert reading.frames["orders"]["order_id"].tolist() == ["#1001", "#1002", "#1003", "#1004"]
    lines = reading.frames["order_lines"]["line_id"].tolist()
    assert lines == ["#1001#2", "#1001#1", "#1002#1", "#1002#2", "#1003#1", "#1004#1"]


def test_discounts_of_the_whole_order_are_shared(fixtures: Path) -> None:
    """Order 1001: 2 x 20 and 20, 10 off the whole: the subtotal of 50 by 40 to 20."""
    lines = read(fixtures).frames["order_lines"]

    assert lines["paid_micros"].tolist()[:2] == [33_333_333, 16_666_667]
    assert lines["paid_micros"].tolist()[2:4] == [18 * YUAN, 0]
    assert lines["is_gift"].tolist() == [False, False, False, True, False, False]
    assert lines["quantity"].tolist() == [2, 1, 1, 1, 1, 1]


def test_times_with_an_offset_become_the_merchants(fixtures: Path) -> None:
    orders = read(fixtures).frames["orders"]

    assert (
        orders["created_at"].astype(str).fillna("-").tolist()[0] == "2025-10-03 04:09:34"
    )  # 17:09:34 -0300 is 20:09:34 UTC
    assert orders["paid_at"].astype(str).fillna("-").tolist() == [
        "2025-10-03 04:09:35", "2025-10-03 23:30:00", "-", "2025-10-04 09:10:00",
    ]  # fmt: skip
    in_lisbon = read(fixtures, time_zone="Europe/Lisbon").frames["orders"]
    assert str(in_lisbon["created_at"].iloc[0]) == "2025-10-02 21:09:34"


def test_refunds_are_the_refunded_amount(fixtures: Path) -> None:
    orders = read(fixtures).frames["orders"]

    assert orders["refunded_micros"].tolist() == [15 * YUAN, 0, 0, 25 * YUAN]
    assert orders["status"].tolist() == ["shipped", "paid", "unpaid", "closed"]


def test_a_postcode_with_an_apostrophe_breaks_nothing_and_stays_behind(fixtures: Path) -> None:
    content = (fixtures / "shopify" / "orders_export.csv").read_text()
    assert "'1234AB" in content

    reading = read(fixtures)

    assert reading.rejected.empty
    for frame in reading.frames.values():
        assert "1234AB" not in frame.to_csv()


def test_the_place_is_the_shipping_address(fixtures: Path) -> None:
    orders = read(fixtures).frames["orders"]

    assert set(orders["province"]) == {"Noord-Holland"}
    assert set(orders["city"]) == {"Amsterdam"}


def test_tags_are_the_sellers_remarks_and_the_mail_is_the_buyer(fixtures: Path) -> None:
    orders = read(fixtures).frames["orders"]

    assert orders["mark"].fillna("").tolist() == ["brushing", "", "", ""]
    assert set(orders["buyer"]) == {"someone@example.com"}


def test_the_currency_is_kept(fixtures: Path) -> None:
    assert read(fixtures).currency == "USD"


def test_amounts_in_another_currency_are_held_back(fixtures: Path, balanced: Callable[[Reading], None]) -> None:
    # given one order in euros among those in dollars
    lines = (fixtures / "shopify" / "orders_export.csv").read_text().split("\n")
    lines[5] = lines[5].replace(",USD,", ",EUR,")

    reading = read_export("\n".join(lines).encode(), platform="shopify", report="orders")

    assert reading.rejected[["file_line", "column", "found", "expected"]].values.tolist() == [
        [6, "Currency", "EUR", "USD, the currency of the shop"]
    ]
    balanced(reading)


def test_the_shop_may_declare_its_currency(fixtures: Path) -> None:
    reading = read(fixtures, currency="CNY")

    assert set(reading.rejected["expected"]) == {"CNY, the currency of the shop"}
    assert reading.rejected["file_line"].tolist() == [2, 4, 6, 7]
    assert reading.frames["orders"].empty
    assert reading.frames["order_lines"]["paid_at"].isna().all()  # what is left of an order is nobody's sale
