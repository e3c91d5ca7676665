"""Amazon: tab-separated orders without a time of payment, cancelled items, month-first days, the FBA ledger."""

from collections.abc import Callable
from pathlib import Path

import pytest

from include.exports.reading import Reading
from include.files.content import Held
from include.platforms.read_export import read_content, read_export

YUAN = 1_000_000
FIELDS = (
    "amazon-order-id",
    "purchase-date",
    "order-status",
    "sales-channel",
    "sku",
    "item-status",
    "quantity",
    "currency",
    "item-price",
)
USUAL = {
    "purchase-date": "2026-05-12T01:00:00+00:00",
    "order-status": "Shipped",
    "sales-channel": "Amazon.com",
    "sku": "TEA",
    "item-status": "Shipped",
    "quantity": "1",
    "currency": "USD",
    "item-price": "20.00",
}


def all_orders(*rows: dict[str, str], counts_other_channels: bool = False) -> Reading:
    table = ["\t".join({**USUAL, **row}.get(field, "") for field in FIELDS) for row in rows]
    content = "\n".join(["\t".join(FIELDS), *table]) + "\n"
    return read_content(
        Held(content.encode()), platform="amazon", report="orders", counts_other_channels=counts_other_channels
    )


def read(fixtures: Path, file: str, report: str) -> Reading:
    return read_export(fixtures / "amazon" / file, platform="amazon", report=report)


def test_all_orders_is_tab_separated_with_quotes_and_commas_in_its_cells(fixtures: Path) -> None:
    reading = read(fixtures, "all_orders_20260513.txt", "orders")

    assert len(reading.columns) == 32
    assert reading.frames["order_lines"]["title"].tolist() == ['Pan 12" steel, large', "Lid", "Lid"]
    assert reading.currency == "USD"


def test_an_order_is_the_sum_of_its_lines_without_taxes(fixtures: Path) -> None:
    """40 + 5 freight - 4 - 5 and 10 + 2.50 wrapping make 48.50; the tax of 3.60 is no part of it."""
    reading = read(fixtures, "all_orders_20260513.txt", "orders")

    orders, lines = reading.frames["orders"], reading.frames["order_lines"]
    assert orders["total_micros"].tolist() == [48_500_000, 10 * YUAN, 0]
    assert orders["freight_micros"].tolist() == [5 * YUAN, 0, 0]
    assert lines["paid_micros"].tolist() == [36 * YUAN, 10 * YUAN, 10 * YUAN]
    assert lines["unit_price_micros"].tolist() == [20 * YUAN, 10 * YUAN, 10 * YUAN]
    assert lines["line_id"].tolist()[:2] == ["111-0000001-0000001#PAN-12", "111-0000001-0000001#LID-12"]
    assert lines["listing_id"].tolist()[0] == "B000000001"
    assert orders["province"].tolist() == ["WA"] * 3


def test_times_in_utc_become_the_merchants_and_the_purchase_is_the_payment(fixtures: Path) -> None:
    orders = read(fixtures, "all_orders_20260513.txt", "orders").frames["orders"]

    assert orders["created_at"].astype(str).fillna("-").tolist() == [
        "2026-05-13 00:04:21", "2026-05-13 01:00:00", "2026-05-13 02:00:00",
    ]  # fmt: skip
    assert orders["paid_at"].astype(str).fillna("-").tolist() == ["2026-05-13 00:04:21", "-", "-"]
    assert orders["status"].tolist() == ["shipped", "unpaid", "closed"]


def test_a_cancelled_item_is_no_line_and_a_cancelled_order_is_closed(fixtures: Path) -> None:
    reading = read(fixtures, "all_orders_20260513.txt", "orders")

    assert reading.ignored.values.tolist() == [[4, "cancelled item"]]
    assert reading.frames["orders"]["order_id"].tolist()[2] == "111-0000003-0000003"
    assert "111-0000003-0000003" not in set(reading.frames["order_lines"]["order_id"])


def test_unshipped_knows_units_and_the_payment_and_no_prices(fixtures: Path) -> None:
    reading = read(fixtures, "unshipped_20260513.txt", "unshipped")

    lines = reading.frames["order_lines"]
    assert len(reading.columns) == 30
    assert set(reading.frames) == {"order_lines"}
    assert lines["quantity"].tolist() == [2, 1]
    assert lines["paid_at"].astype(str).fillna("-").tolist() == ["2026-05-13 00:34:21"] * 2
    assert lines["paid_micros"].isna().all()
    assert lines["line_id"].tolist() == ["111-0000004-0000004#PAN-12", "111-0000004-0000004#LID-12"]  # as in All Orders
    assert "Someone" not in lines.to_csv()


def test_ledger_days_are_written_month_first(fixtures: Path) -> None:
    stock = read(fixtures, "ledger_summary.txt", "stock").frames["stock"]

    assert stock["stock_day"].tolist() == ["2026-05-13", "2026-05-12"]


def test_a_thirteenth_month_is_held_back(fixtures: Path) -> None:
    content = (fixtures / "amazon" / "ledger_summary.txt").read_text().replace("05/12/2026", "13/05/2026")

    reading = read_content(Held(content.encode()), platform="amazon", report="stock")

    assert reading.rejected[["column", "found", "expected"]].values.tolist() == [
        ["Date", "13/05/2026", "a day such as 09/22/2026"]
    ]


def test_the_ledger_is_stock_that_can_be_sold(fixtures: Path) -> None:
    """Two labels (FNSKU) of one sku lie on one shelf: 88 + 3; what is damaged is told apart."""
    reading = read(fixtures, "ledger_summary.txt", "stock")

    stock = reading.frames["stock"]
    assert stock[["warehouse", "sku", "on_hand"]].values.tolist() == [["US", "PAN-12", 91], ["US", "LID-12", 0]]
    assert stock[["available", "locked", "in_transit"]].isna().all().all()  # between its own warehouses is no purchase
    assert reading.ignored["reason"].tolist() == ["added to the first line of its kind", "stock that cannot be sold"]


def test_the_ledgers_detail_tells_receipts(fixtures: Path) -> None:
    """Movements without an opening balance are no stock; inbound shipments are receipts."""
    reading = read(fixtures, "ledger_detail.csv", "receipts")

    receipts = reading.frames["receipts"]
    assert receipts[["receipt_id", "sku", "warehouse", "received_day", "quantity"]].values.tolist() == [
        ["FBA15C7K2M01/PHX7/2026-05-13", "PAN-12", "PHX7", "2026-05-13", 100],
        ["FBA15C7K2M01/ONT8/2026-05-14", "PAN-12", "ONT8", "2026-05-14", 5],
    ]
    assert reading.ignored["reason"].tolist() == [
        "added to the first line of its kind", "stock movement that is no receipt",
    ]  # fmt: skip


def test_a_cancelled_item_is_none_though_its_price_still_stands_there(balanced: Callable[[Reading], None]) -> None:
    """Of 20 + 15 the order is worth 20."""
    reading = all_orders(
        {"amazon-order-id": "111-1", "sku": "CUP", "item-status": "Cancelled", "item-price": "15.00"},
        {"amazon-order-id": "111-1"},
    )

    assert reading.ignored.values.tolist() == [[2, "cancelled item"]]
    assert reading.frames["orders"][["order_id", "total_micros"]].values.tolist() == [["111-1", 20 * YUAN]]
    assert reading.frames["order_lines"]["merchant_code"].tolist() == ["TEA"]
    balanced(reading)


def test_an_order_of_cancelled_items_only_is_closed_and_worth_nothing(balanced: Callable[[Reading], None]) -> None:
    cancelled = {"amazon-order-id": "111-1", "item-status": "Cancelled"}

    reading = all_orders(cancelled, {**cancelled, "sku": "CUP"})

    orders = reading.frames["orders"]
    assert orders[["status", "total_micros"]].values.tolist() == [["closed", 0]]
    assert orders["paid_at"].isna().all()
    assert reading.frames["order_lines"].empty
    assert reading.ignored.values.tolist() == [[3, "cancelled item"]]
    balanced(reading)


def test_what_amazon_only_sends_is_the_demand_of_the_shop_that_sold_it(balanced: Callable[[Reading], None]) -> None:
    reading = all_orders(
        {"amazon-order-id": "111-1"},
        {"amazon-order-id": "S01-1", "sales-channel": "Non-Amazon", "item-price": "", "currency": ""},
        {"amazon-order-id": "S01-2", "sales-channel": "Non-Amazon US", "item-price": "0.0"},
        {"amazon-order-id": "S02-3", "sales-channel": "", "item-price": "0.0"},
    )

    assert reading.ignored.values.tolist() == [[line, "sent for another channel"] for line in (3, 4, 5)]
    assert reading.frames["orders"]["order_id"].tolist() == ["111-1"]
    balanced(reading)


def test_a_merchant_whose_other_channel_is_not_read_counts_it_here() -> None:
    sent = {"sales-channel": "Non-Amazon", "quantity": "3"}

    reading = all_orders(
        {"amazon-order-id": "S01-1", "item-price": "0.0", **sent},
        {"amazon-order-id": "S01-2", "item-price": "", "item-status": "Cancelled", **sent},
        counts_other_channels=True,
    )

    lines = reading.frames["order_lines"]
    assert lines[["order_id", "quantity", "is_gift"]].values.tolist() == [["S01-1", 3, False]]
    assert lines["paid_at"].notna().all()
    assert lines["paid_micros"].isna().all()  # what it cost is not known here


def test_a_parcel_that_came_back_was_wanted_and_paid() -> None:
    returned = {"amazon-order-id": "111-1", "order-status": "Shipped - Returned to Seller"}
    unfulfillable = {"amazon-order-id": "111-2", "order-status": "Unfulfillable", "item-status": ""}

    orders = all_orders(returned, unfulfillable).frames["orders"]

    assert orders["status"].tolist() == ["closed", "closed"]
    assert orders["paid_at"].notna().tolist() == [True, False]


def test_a_status_that_nobody_has_met_is_told_and_the_items_decides() -> None:
    reading = all_orders(
        {"amazon-order-id": "111-1", "order-status": "Shipped - Beamed"},
        {"amazon-order-id": "111-2", "order-status": "Shipped - Beamed", "item-status": ""},
        {"amazon-order-id": "111-3", "order-status": "Somewhere 17 Main St", "item-status": "Unshipped"},
    )

    assert reading.rejected.empty
    assert reading.frames["orders"]["status"].tolist() == ["shipped", "unpaid", "paid"]
    assert reading.row_notes == {
        "order-status says Shipped-Beamed, which is not known: item-status decides, and else such rows are unpaid": 2,
        "order-status says (a text), which is not known: item-status decides, and else such rows are unpaid": 1,
    }


def test_a_replacement_leaves_the_shelf_and_is_no_demand() -> None:
    header = "\t".join([*FIELDS, "is-replacement-order"])
    row = "\t".join([{**USUAL, "amazon-order-id": "111-1"}.get(field, "") for field in FIELDS] + ["true"])

    reading = read_content(Held(f"{header}\n{row}\n".encode()), platform="amazon", report="orders")

    assert reading.frames["order_lines"]["is_gift"].tolist() == [True]


@pytest.mark.parametrize(
    "said", [{"item-price": "10.00", "item-promotion-discount": "10.00"}, {"item-price": "", "original": "111-0"}]
)
def test_what_a_discount_pays_whole_and_what_replaces_an_order_is_no_demand(said: dict[str, str]) -> None:
    # given a unit for a Vine reviewer, which is written at its price with a discount as large
    header = "\t".join([*FIELDS, "item-promotion-discount", "original-order-id"])
    usual = {**USUAL, "amazon-order-id": "111-1", **said}
    cells = [usual.get(field, "") for field in FIELDS] + [
        said.get("item-promotion-discount", ""), said.get("original", ""),
    ]  # fmt: skip

    reading = read_content(Held(f"{header}\n{chr(9).join(cells)}\n".encode()), platform="amazon", report="orders")

    assert reading.frames["order_lines"]["is_gift"].tolist() == [True]
