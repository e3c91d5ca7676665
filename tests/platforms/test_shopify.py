"""Shopify: order columns on the first line only, offsets, refunds, a postcode with an apostrophe, the currency."""

from collections.abc import Callable
from pathlib import Path

from include.exports.reading import Reading
from include.files.content import Held
from include.platforms.read_export import read_content, read_export

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

    reading = read_content(Held("\n".join(lines).encode()), platform="shopify", report="orders")

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


FIELDS = (
    "Name",
    "Email",
    "Financial Status",
    "Paid at",
    "Fulfillment Status",
    "Fulfilled at",
    "Currency",
    "Subtotal",
    "Total",
    "Created at",
    "Lineitem quantity",
    "Lineitem price",
    "Lineitem sku",
    "Cancelled at",
    "Payment Method",
    "Refunded Amount",
    "Id",
)
AT, LATER = "2026-05-12 10:00:00 +0800", "2026-06-02 18:30:00 +0800"
FIRST = {
    "Email": "a@x.com",
    "Financial Status": "paid",
    "Paid at": AT,
    "Fulfillment Status": "unfulfilled",
    "Currency": "EUR",
    "Subtotal": "20.00",
    "Total": "20.00",
    "Created at": AT,
    "Lineitem quantity": "1",
    "Lineitem price": "20.00",
    "Lineitem sku": "TEA",
}
MORE = {"Email": "a@x.com", "Created at": AT, "Lineitem quantity": "1", "Lineitem price": "5.00", "Lineitem sku": "CUP"}


def orders_export(*rows: dict[str, str]) -> Reading:
    table = [",".join(row.get(field, "") for field in FIELDS) for row in rows]
    return read_content(
        Held(("\n".join([",".join(FIELDS), *table]) + "\n").encode()), platform="shopify", report="orders", name="o.csv"
    )


def paid_days(reading: Reading) -> list[str]:
    return reading.frames["orders"]["paid_at"].astype(str).fillna("-").str[:10].tolist()


def test_cash_on_delivery_is_wanted_on_the_day_it_is_ordered() -> None:
    """Told by the payment's name, or by a parcel that was sent and is not paid."""
    pending = {**FIRST, "Financial Status": "pending", "Paid at": ""}

    reading = orders_export(
        {**pending, "Name": "#1", "Payment Method": "Cash on Delivery (COD)"},
        {**pending, "Name": "#2", "Payment Method": "Nachnahme"},
        {**pending, "Name": "#3", "Fulfillment Status": "fulfilled"},
        {**pending, "Name": "#4", "Payment Method": "Bank Deposit"},
        {**pending, "Name": "#5", "Payment Method": "COD", "Cancelled at": AT},
        {**pending, "Name": "#6", "Payment Method": "COD", "Financial Status": "voided"},
    )

    assert paid_days(reading) == ["2026-05-12"] * 3 + ["-"] * 3
    assert reading.frames["orders"]["status"].tolist() == ["paid", "paid", "shipped", "unpaid", "closed", "closed"]
    assert reading.row_notes == {"cash on delivery or on account: counted on the day it was ordered": 3}


def test_the_couriers_money_does_not_move_the_day_on_which_it_was_wanted() -> None:
    paid = {**FIRST, "Paid at": LATER, "Fulfillment Status": "fulfilled"}

    reading = orders_export(
        {**paid, "Name": "#1", "Payment Method": "Cash on Delivery (COD)"},
        {**paid, "Name": "#2", "Fulfilled at": "2026-05-13 09:00:00 +0800"},
        {**paid, "Name": "#3", "Fulfilled at": "2026-06-03 09:00:00 +0800", "Payment Method": "Bank Deposit"},
    )

    assert paid_days(reading) == ["2026-05-12", "2026-05-12", "2026-06-02"]
    assert reading.row_notes == {}


def test_an_authorized_order_is_wanted_and_an_expired_one_is_not() -> None:
    unpaid = {**FIRST, "Paid at": ""}

    reading = orders_export(
        {**unpaid, "Name": "#1", "Financial Status": "authorized"},
        {**unpaid, "Name": "#2", "Financial Status": "partially_paid"},
        {**unpaid, "Name": "#3"},
        {**unpaid, "Name": "#4", "Financial Status": "expired"},
    )

    assert paid_days(reading) == ["2026-05-12"] * 3 + ["-"]
    assert reading.frames["orders"]["status"].tolist() == ["paid", "paid", "paid", "closed"]
    assert list(reading.row_notes.values()) == [3]


def test_what_is_refunded_without_an_amount_was_refunded_whole() -> None:
    refunded = {**FIRST, "Financial Status": "refunded"}

    reading = orders_export({**refunded, "Name": "#1"}, {**refunded, "Name": "#2", "Refunded Amount": "7.00"})

    assert reading.frames["orders"]["refunded_micros"].tolist() == [20 * YUAN, 7 * YUAN]
    assert reading.frames["orders"]["status"].tolist() == ["closed", "closed"]


def test_a_financial_status_that_nobody_has_met_is_told_and_the_payment_decides() -> None:
    reading = orders_export(
        {**FIRST, "Name": "#1", "Financial Status": "settled"},
        {**FIRST, "Name": "#2", "Financial Status": "settled", "Paid at": ""},
    )

    assert reading.frames["orders"]["status"].tolist() == ["paid", "unpaid"]
    assert paid_days(reading) == ["2026-05-12", "-"]
    (sentence,) = reading.row_notes
    assert sentence.startswith("FinancialStatus says settled, which is not known")


def test_a_line_taken_off_an_order_is_ignored(balanced: Callable[[Reading], None]) -> None:
    reading = orders_export(
        {**FIRST, "Name": "#1"}, {**MORE, "Name": "#1", "Lineitem quantity": "0"}, {**FIRST, "Name": "#2"}
    )

    assert reading.ignored.values.tolist() == [[3, "taken off the order"]]
    assert reading.frames["order_lines"]["merchant_code"].tolist() == ["TEA", "TEA"]
    balanced(reading)


def test_an_order_whose_first_line_was_taken_off_keeps_its_payment(balanced: Callable[[Reading], None]) -> None:
    reading = orders_export({**FIRST, "Name": "#1", "Lineitem quantity": "0"}, {**MORE, "Name": "#1"})

    assert reading.frames["orders"][["order_id", "total_micros"]].values.tolist() == [["#1", 20 * YUAN]]
    lines = reading.frames["order_lines"]
    assert lines[["merchant_code", "quantity", "paid_micros"]].values.tolist() == [["CUP", 1, 20 * YUAN]]
    assert lines["paid_at"].notna().all()
    balanced(reading)


def test_cancelled_at_an_unknown_time_is_cancelled() -> None:
    reading = orders_export({**FIRST, "Name": "#1", "Cancelled at": "UNKNOWN"})

    assert reading.rejected.empty
    assert reading.frames["orders"]["status"].tolist() == ["closed"]


def test_two_orders_of_one_number_are_told_apart_by_their_id(balanced: Callable[[Reading], None]) -> None:
    """The elder keeps its name, whichever comes first in the file; a line without Id belongs with the Id above it."""
    younger = {**FIRST, "Name": "#6", "Email": "b@x.com", "Total": "35.00", "Subtotal": "35.00", "Id": "70"}

    reading = orders_export(
        {**younger, "Lineitem price": "30.00"},
        {**MORE, "Name": "#6", "Email": "b@x.com"},
        {**FIRST, "Name": "#6", "Id": "9"},
        {**MORE, "Name": "#6", "Lineitem price": "0.00"},
    )

    assert reading.frames["orders"][["order_id", "buyer", "total_micros"]].values.tolist() == [
        ["#6/70", "b@x.com", 35 * YUAN],
        ["#6", "a@x.com", 20 * YUAN],
    ]
    lines = reading.frames["order_lines"]
    assert lines["order_id"].tolist() == ["#6/70", "#6/70", "#6", "#6"]
    assert lines["paid_micros"].tolist() == [30 * YUAN, 5 * YUAN, 20 * YUAN, 0]
    assert lines["line_id"].is_unique
    balanced(reading)


def test_without_an_id_a_second_order_of_one_number_is_held_back(balanced: Callable[[Reading], None]) -> None:
    reading = orders_export(
        {**FIRST, "Name": "#6"},
        {**FIRST, "Name": "#6", "Email": "b@x.com", "Total": "30.00", "Subtotal": "30.00"},
        {**MORE, "Name": "#6", "Email": "b@x.com"},
        {**FIRST, "Name": "#7"},
    )

    assert reading.rejected.values.tolist() == [
        [line, "Name", "#6", "one order of this number; the column Id would tell two apart"] for line in (3, 4)
    ]
    orders = reading.frames["orders"]
    assert orders[["order_id", "total_micros"]].values.tolist() == [["#6", 20 * YUAN], ["#7", 20 * YUAN]]
    assert reading.frames["order_lines"]["paid_micros"].tolist() == [20 * YUAN, 20 * YUAN]
    balanced(reading)


def test_an_order_that_states_its_total_on_every_line_is_one_order(balanced: Callable[[Reading], None]) -> None:
    reading = orders_export({**FIRST, "Name": "#6"}, {**FIRST, "Name": "#6", "Lineitem sku": "CUP"})

    assert reading.rejected.empty
    assert reading.frames["orders"]["total_micros"].tolist() == [20 * YUAN]
    balanced(reading)


def test_an_order_of_the_gateway_for_tests_is_none(balanced: Callable[[Reading], None]) -> None:
    reading = orders_export(
        {**FIRST, "Name": "#1", "Payment Method": "(for testing) Bogus Gateway"}, {**MORE, "Name": "#1"}
    )

    assert reading.ignored.values.tolist() == [[2, "test order"], [3, "test order"]]
    balanced(reading)


def test_a_line_without_a_number_is_held_back_alone(balanced: Callable[[Reading], None]) -> None:
    reading = orders_export(
        {**FIRST, "Name": "#1"}, {**FIRST, "Name": ""}, {**MORE, "Name": ""}, {**FIRST, "Name": "#2"}
    )

    assert reading.rejected[["file_line", "column"]].values.tolist() == [[3, "Name"], [4, "Name"]]
    assert reading.frames["orders"]["order_id"].tolist() == ["#1", "#2"]
    balanced(reading)
