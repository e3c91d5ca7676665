"""WooCommerce Analytics: products in words, one amount an order, money with any sign."""

from pathlib import Path

import pytest

from include.platforms.reading import read_export

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
