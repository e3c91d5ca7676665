"""WooCommerce Analytics: products in words, one amount an order, money with any sign."""

from collections.abc import Callable
from pathlib import Path

import pytest

from include.exports.reading import Reading
from include.files.content import Held
from include.platforms.read_export import read_content, read_export
from include.platforms.woocommerce.orders import products_in

YUAN = 1_000_000
FILES = ["orders-2025-03-02.csv", "orders-2023-03-02.csv"]  # Net Sales; N. Revenue, with the taka's sign


@pytest.mark.parametrize("file", FILES)
def test_net_sales_and_its_older_name_and_sign(fixtures: Path, file: str) -> None:
    orders = read_export(fixtures / "woocommerce" / file, platform="woocommerce", report="orders").frames["orders"]

    assert orders["total_micros"].tolist() == [2_999 * YUAN, 100 * YUAN, 100 * YUAN, 100 * YUAN]
    assert orders["status"].tolist() == ["completed", "unpaid", "closed", "closed"]
    assert orders["paid_at"].notna().tolist() == [True, False, False, True]  # a failed order was never paid


@pytest.mark.parametrize("file", FILES)
def test_products_are_names_with_counts_and_no_sku(fixtures: Path, file: str) -> None:
    reading = read_export(fixtures / "woocommerce" / file, platform="woocommerce", report="orders")

    lines = reading.frames["order_lines"]
    assert lines["listing_id"].tolist() == ["Tea, green", "Cup", "Cup", "Cup", "Cup"]  # a comma within a name
    assert lines["merchant_code"].isna().all()
    assert lines["quantity"].tolist() == [2, 1, 1, 1, 1]
    assert lines["paid_micros"].tolist()[:2] == [1_999_333_333, 999_666_667]  # shared by units, which is said
    assert "by units" in reading.notes[0]


def analytics(*rows: tuple[str, str, str, str, str]) -> Reading:
    """Rows of (number, status, products, items sold, net sales), a day apart."""
    table = [
        f'2026-05-{10 + day} 10:00:00,{number},{status},"{products}",{units},{net}'
        for day, (number, status, products, units, net) in enumerate(rows)
    ]
    content = "\n".join(["Date,Order #,Status,Product(s),Items sold,Net Sales", *table]) + "\n"
    return read_content(Held(content.encode()), platform="woocommerce", report="orders")


@pytest.mark.parametrize(
    ("text", "units", "products"),
    [
        ("2× Tea, 1× Cup", 3, [(2, "Tea"), (1, "Cup")]),
        ("1× Gift box, 2x Cups, 3× Tea tin", 4, [(1, "Gift box, 2x Cups"), (3, "Tea tin")]),
        ("1× Plank, 3 x 2 m", 1, [(1, "Plank, 3 x 2 m")]),
        ("1× Frame, 20 × 30 cm", 1, [(1, "Frame, 20 × 30 cm")]),
        ("2&times; Tea &amp; Cup", 2, [(2, "Tea & Cup")]),
        # A count within the first name: 1 + 3 are 4, and 1 + 2 + 3 are not.
        ("1× Set, 2× Mug, 3× Tea", 4, [(1, "Set, 2× Mug"), (3, "Tea")]),
        ("2x Tea, 1x Cup", 3, [(2, "Tea"), (1, "Cup")]),
        ("2× Tea", None, [(2, "Tea")]),
        ("", 0, []),
        ("2× Tea", 3, None),
        ("Tea", 1, None),
        ("", 2, None),
        # 1 + 2 are 3 by either of the twos.
        ("1× Set, 2× Mug, 2× Mug", 3, None),
    ],
)
def test_items_sold_says_which_reading_of_the_products_is_right(
    text: str, units: int | None, products: list[tuple[int, str]] | None
) -> None:
    assert products_in(text, units) == products


def test_an_order_whose_products_cannot_be_told_is_held_back(balanced: Callable[[Reading], None]) -> None:
    reading = analytics(("1", "completed", "1× Tea", "1", "10"), ("2", "completed", "1× Tea", "4", "40"))

    assert reading.rejected.values.tolist() == [
        [3, "Product(s)", "1× Tea", "products such as 2× Tea, 1× Cup, whose units are Items sold together"]
    ]
    assert reading.frames["orders"]["order_id"].tolist() == ["1"]
    balanced(reading)


def test_a_row_below_zero_is_a_refund_of_its_numbers_order(balanced: Callable[[Reading], None]) -> None:
    """Of 107 the goods were paid back, with 140 of taxes and freight on the refund's row."""
    reading = analytics(
        ("309", "refunded", "1× Tea", "1", "107"),
        ("309", "refunded", "1× Tea", "-1", "-247"),
        ("310", "completed", "2× Cup", "2", "50"),
        ("310", "completed", "1× Cup", "-1", "-25"),
    )

    assert reading.rejected.empty
    assert reading.frames["orders"][["order_id", "total_micros", "refunded_micros"]].values.tolist() == [
        ["309", 107 * YUAN, 107 * YUAN],
        ["310", 50 * YUAN, 0],
    ]
    refunds = reading.frames["refunds"]
    assert refunds[["order_id", "refunded_micros", "quantity", "status"]].values.tolist() == [
        ["309", 247 * YUAN, 1, "succeeded"],
        ["310", 25 * YUAN, 1, "succeeded"],
    ]
    assert refunds["completed_at"].astype(str).tolist() == ["2026-05-11 10:00:00", "2026-05-13 10:00:00"]
    assert reading.money_micros == 157 * YUAN
    assert reading.row_notes == {}
    balanced(reading)


def test_a_refund_of_a_number_of_its_own_is_told(balanced: Callable[[Reading], None]) -> None:
    reading = analytics(("320", "refunded", "1× Pot", "1", "80"), ("321", "refunded", "", "0", "-80"))

    assert reading.frames["orders"][["order_id", "refunded_micros"]].values.tolist() == [["320", 80 * YUAN]]
    assert reading.frames["refunds"]["refund_id"].tolist() == ["321/refund/20260511100000"]
    assert list(reading.row_notes.values()) == [1]
    balanced(reading)


def test_an_empty_row_beside_its_order_does_not_cost_the_order(balanced: Callable[[Reading], None]) -> None:
    """Freight alone was paid back: nothing of Net Sales."""
    reading = analytics(("309", "completed", "1× Tea", "1", "107"), ("309", "completed", "", "0", "0"))

    assert reading.frames["orders"]["order_id"].tolist() == ["309"]
    assert reading.frames["refunds"]["refunded_micros"].tolist() == [0]
    balanced(reading)


def test_words_of_plugins_are_known_or_told() -> None:
    reading = analytics(
        ("1", "shipped", "1× Tea", "1", "10"),
        ("2", "Completed", "1× Tea", "1", "10"),
        ("3", "returned", "1× Tea", "1", "10"),
        ("4", "in-bakery", "1× Tea", "1", "10"),
    )

    orders = reading.frames["orders"]
    assert orders["status"].tolist() == ["shipped", "completed", "closed", "unpaid"]
    assert orders["paid_at"].notna().tolist() == [True, True, True, False]
    assert reading.row_notes == {"Status says in-bakery, which is not known: such orders are taken for unpaid": 1}
