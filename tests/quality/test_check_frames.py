"""Good rows go on, bad ones to quarantine with a reason, odd ones are noted."""

import json
from datetime import datetime

import numpy as np
import pandas as pd
import pytest

from include.quality.check_export import LENGTHS, check_facts
from include.quality.suites import PROJECT
from include.settings.checking import Checking
from tests.quality.one_part import check_frames

NEVER = pd.Timestamp("2050-01-01")
ZERO = pd.Timestamp("1970-01-01")
ORDER_BEFORE = pd.Timestamp("2025-11-03 09:00:00")
BOUNDS = "2005-01-01 … 2025-11-06"
LONG = "A" * 65
LONGEST = dict.fromkeys(LENGTHS, 64)
# frame -> what is put into one row each: {column: value}; a tuple of two makes both rows carry the value.
BROKEN: dict[str, list[dict]] = {
    "orders": [
        {"order_id": None}, {"order_id": "6.91793E+18"}, {"order_id": ("200", "200")}, {"status": None},
        {"status": "部分发货"}, {"created_at": None}, {"created_at": ZERO}, {"paid_at": NEVER}, {"total_micros": None},
        {"total_micros": -1}, {"total_micros": 10_000_000_000_001}, {"refunded_micros": -1}, {"mark": "???"},
        {"order_id": LONG},
    ],
    "order_lines": [
        {"order_id": None}, {"order_id": "6.9E18"}, {"line_id": None}, {"line_id": "1E+17"},
        {"line_id": ("300", "300")}, {"merchant_code": "6.9E+12"}, {"quantity": None}, {"quantity": 0},
        {"unit_price_micros": -1}, {"paid_micros": -1}, {"refunded_micros": -1}, {"status": "??"},
        {"paid_at": ZERO}, {"order_id": LONG}, {"line_id": LONG}, {"listing_id": LONG}, {"merchant_code": LONG},
    ],
    "refunds": [
        {"refund_id": None}, {"refund_id": "1E+9"}, {"refund_id": ("9", "9")}, {"order_id": None}, {"order_id": "1e18"},
        {"refunded_micros": None}, {"refunded_micros": -1}, {"kind": None}, {"kind": "x"}, {"status": None},
        {"status": "x"}, {"refund_id": LONG}, {"order_id": LONG}, {"line_id": LONG}, {"merchant_code": LONG},
    ],
    "stock": [
        {"warehouse": None}, {"sku": None}, {"sku": "6.9E+12"}, {"sku": ("A", "A"), "on_hand": (1, 2)},
        {"on_hand": None}, {"on_hand": 6_900_000_000_000}, {"warehouse": LONG}, {"sku": LONG},
    ],
    "products": [
        {"sku": None}, {"sku": "1.5E+10"}, {"sku": LONG},
    ],
    "listings": [
        {"listing_code": None}, {"listing_code": "1E+5"}, {"sku": None}, {"sku": "1E+5"}, {"quantity": None},
        {"quantity": 0}, {"listing_code": LONG}, {"sku": LONG}, {"for_shop": LONG},
    ],
    "order_customers": [
        {"for_shop": None}, {"order_id": None}, {"order_id": "6.9E+17"}, {"buyer": None}, {"consent": "perhaps"},
        {"for_shop": LONG}, {"order_id": LONG},
    ],
    "suppliers": [{"supplier": None}, {"supplier": "1E+5"}, {"supplier": LONG}],
    "purchase_orders": [
        {"purchase_order_id": None}, {"purchase_order_id": "1E+5"}, {"line_id": None}, {"line_id": "1E+5"},
        {"purchase_order_id": ("A", "A")}, {"sku": None}, {"sku": "1E+5"}, {"warehouse": None}, {"ordered_day": None},
        {"ordered_day": "11/1/25"}, {"ordered_day": "2050-01-01"}, {"quantity": None}, {"quantity": 0},
        {"status": None}, {"status": "x"}, {"purchase_order_id": LONG}, {"line_id": LONG}, {"sku": LONG},
        {"warehouse": LONG},
    ],
    "receipts": [
        {"receipt_id": None}, {"receipt_id": "1E+5"}, {"receipt_id": ("A", "A"), "sku": ("A", "A")}, {"sku": None},
        {"sku": "1E+5"}, {"warehouse": None}, {"received_day": None}, {"received_day": "x"},
        {"received_day": "2050-01-01"}, {"quantity": None}, {"quantity": 0}, {"receipt_id": LONG}, {"line_id": LONG},
        {"sku": LONG}, {"warehouse": LONG},
    ],
    "promotions": [
        {"promotion": None}, {"sku": None}, {"sku": "1E+5"}, {"first_day": None}, {"first_day": "11/1/25"},
        {"first_day": "1999-01-01"}, {"last_day": None}, {"last_day": "11/1/25"}, {"last_day": "2150-01-01"},
        {"last_day": "2025-10-31"}, {"price_micros": 0}, {"discount_per_mille": 1000}, {"lift_per_mille": 0},
        {"stock_limit": -1}, {"status": None}, {"status": "x"}, {"promotion": LONG}, {"for_shop": LONG}, {"sku": LONG},
    ],
    "traffic": [
        {"listing_id": "6.8E+11"}, {"traffic_day": None}, {"traffic_day": "20260501"}, {"traffic_day": "2050-01-01"},
        {"listing_id": ("A", "A"), "carts": (5, 6)}, {"paid_micros": -1}, {"listing_id": LONG}, {"merchant_code": LONG},
        {"part": LONG},
    ],
    "money_movements": [
        {"movement_id": None}, {"movement_id": "1E+9"}, {"movement_id": ("9", "9")}, {"order_id": "6.9E+18"},
        {"amount_micros": None}, {"amount_micros": -(10**17)}, {"moved_at": NEVER}, {"movement_id": LONG},
        {"order_id": LONG}, {"line_id": LONG},
    ],
}  # fmt: skip


def critical_titles(suite: str) -> set[tuple[str, str]]:
    document = json.loads((PROJECT / "expectations" / f"{suite}.json").read_text(encoding="utf-8"))
    return {
        (
            e["meta"]["title"],
            ", ".join(e["meta"].get("columns") or e["kwargs"].get("column_list") or [e["kwargs"].get("column")]),
        )
        for e in document["expectations"]
        if (e["severity"], e["meta"]["about"]) == ("critical", "row")
    }


@pytest.mark.parametrize("name", sorted(BROKEN))
def test_each_critical_expectation_has_a_row_that_breaks_it_and_is_quarantined(name, frame, context) -> None:
    # given a frame with rows broken one way each, and good rows around them
    bad = frame(name, 200)
    expected_lines: set[int] = set()
    row = 0
    for change in BROKEN[name]:
        width = max(len(value) if isinstance(value, tuple) else 1 for value in change.values())
        for offset in range(width):
            for column, value in change.items():
                bad.loc[row + offset, column] = value[offset] if isinstance(value, tuple) else value
            expected_lines.add(int(bad.loc[row + offset, "file_line"]))
        row += width
    # when it is checked
    lenient = Checking(quarantine_ceiling=1.0)
    verdict = check_frames({name: bad}, context(200, report=name, limits=lenient, longest=LONGEST))
    # then every rule could be evaluated, each critical one of the suite caught something, those rows alone are out,
    # and each reason is whole
    assert verdict.why_stopped() == ""
    assert "could not be evaluated" not in set(verdict.warnings["found"])
    caught = set(zip(verdict.quarantined["title"], verdict.quarantined["column"], strict=True))
    assert caught == critical_titles(name)
    assert set(verdict.quarantined["file_line"]) == expected_lines
    assert set(verdict.frames[name]["file_line"]) == set(bad["file_line"]) - expected_lines
    assert verdict.quarantined[["column", "expected", "owner", "action", "title_zh"]].ne("").all(axis=None)
    assert set(verdict.quarantined["frame"]) == {name}


# frame -> (column, impossible value): cells that a row can do without.
BLEMISHED = {
    "products": [
        ("list_price_micros", -1), ("cost_micros", 10**14), ("pack", 0), ("moq", -1), ("shelf_life_days", 0),
        ("launched_day", "45000"), ("launched_day", "1900-01-01"), ("ended_day", "2025/1/1"),
        ("ended_day", "1900-01-01"), ("supplier", LONG),
    ],
    "suppliers": [
        ("lead_time_days", 366), ("review_period_days", -1), ("minimum_order_micros", -1), ("return_days", -1),
        ("return_fee_percent", 101),
    ],
    "purchase_orders": [
        ("expected_day", "soon"), ("expected_day", "1900-01-01"), ("unit_cost_micros", -1), ("supplier", LONG),
    ],
    "receipts": [("purchase_order_id", LONG)],
    "refunds": [("requested_at", NEVER), ("completed_at", NEVER), ("quantity", 100_001)],
    "order_lines": [("created_at", NEVER)],
    "stock": [("available", 10**9), ("locked", -(10**9)), ("in_transit", 10**9), ("moving_in", 10**9)],
    "traffic": [
        ("visitors", -1), ("views", 10**11), ("favourites", -1), ("carts", -1), ("paid_buyers", -1),
        ("paid_units", -1), ("turnover_micros", -1), ("spend_micros", 10**17),
    ],
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(BLEMISHED))
def test_an_impossible_value_in_an_optional_column_becomes_null_with_a_warning_and_its_row_stays(
    name, frame, context
) -> None:
    # given a frame in which each optional column has an impossible value in a row of its own
    blemished = frame(name, 30)
    for row, (column, value) in enumerate(BLEMISHED[name]):
        blemished.loc[row, column] = value
    # when it is checked
    verdict = check_frames({name: blemished}, context(30, report=name, longest=LONGEST))
    # then all rows are published, the cells are unknown, and a warning names each column and line
    assert verdict.quarantined.empty
    assert len(verdict.frames[name]) == 30
    told = dict.fromkeys(zip(verdict.warnings["column"], verdict.warnings["file_lines"], strict=True))
    for row, (column, _) in enumerate(BLEMISHED[name]):
        assert pd.isna(verdict.frames[name].loc[row, column]), column
        lines = [json.loads(found) for of, found in told if of == column]
        assert any(row + 2 in found for found in lines), column


@pytest.mark.parametrize(("name", "key", "other"), [("products", "sku", "pack"), ("suppliers", "supplier", "title")])
def test_of_two_rows_of_a_master_the_last_counts_and_a_warning_names_both_lines(
    name, key, other, frame, context
) -> None:
    # given a key in lines 3 and 9 that says two things
    masters = frame(name, 30)
    masters.loc[7, key] = masters.loc[1, key]
    masters.loc[7, other] = 24 if other == "pack" else "新茶厂"
    # when it is checked
    verdict = check_frames({name: masters}, context(30, report=name))
    # then the later line stands, the earlier is ignored with a reason, nothing is held back
    kept = verdict.frames[name].set_index("file_line")
    assert 3 not in kept.index
    assert kept.loc[9, other] in (24, "新茶厂")
    assert verdict.quarantined.empty
    assert verdict.ignored.to_dict("records") == [{"file_line": 3, "reason": "a later line of the same key counts"}]
    (note,) = [note for note in verdict.warnings.to_dict("records") if note["title"].endswith("comes once")]
    assert note["file_lines"] == "[3, 9]"


def test_a_damaged_later_row_of_a_master_does_not_take_the_good_earlier_one_with_it(frame, context) -> None:
    # given sku TEA-1 in lines 3 and 9, of which line 9 cannot be published (its listing has no quantity)
    listings = frame("listings", 30)
    listings.loc[7, ["listing_code", "sku"]] = listings.loc[1, ["listing_code", "sku"]].to_numpy()
    listings.loc[7, "quantity"] = None
    verdict = check_frames({"listings": listings}, context(30, report="listings"))
    assert list(verdict.quarantined["file_line"].unique()) == [9]
    assert 3 in set(verdict.frames["listings"]["file_line"])


def test_a_reason_names_column_found_and_expected(frame, context) -> None:
    lines = frame("order_lines", 30)
    lines.loc[4, "quantity"] = 0
    lines.loc[5, "paid_at"] = NEVER
    verdict = check_frames({"order_lines": lines}, context(30))
    reasons = verdict.quarantined.set_index("file_line")[["column", "found", "expected"]].to_dict("index")
    assert reasons[6] == {"column": "quantity", "found": "0", "expected": "1 … 100000"}
    assert reasons[7] == {"column": "paid_at", "found": "2050-01-01 00:00:00", "expected": BOUNDS}
    assert list(verdict.quarantined["severity"]) == ["critical", "critical"]


def test_a_bad_row_takes_all_that_came_from_its_file_line(frame, context) -> None:
    # given a platform with one line an order, whose third line has no quantity
    lines = frame("order_lines", 30)
    lines.loc[2, "quantity"] = 0
    verdict = check_frames({"orders": frame("orders", 30), "order_lines": lines}, context(30))
    # then the order of that file line is out as well
    assert 4 not in set(verdict.frames["orders"]["file_line"]) | set(verdict.frames["order_lines"]["file_line"])
    assert len(verdict.frames["orders"]) == len(verdict.frames["order_lines"]) == 29


def test_warnings_are_noted_and_the_rows_published(frame, context) -> None:
    lines = frame("order_lines", 30)
    lines.loc[0, "paid_micros"] = 20_000_001 + 10_000  # a fen above what rounding explains
    lines.loc[1, "paid_micros"] = 20_000_000 + 10_000  # half a fen a unit
    lines.loc[2, "paid_at"] = ORDER_BEFORE
    lines.loc[3, "merchant_code"] = None
    lines.loc[4, "refunded_micros"] = 120_000_001  # beyond what was paid and the most freight, 100
    lines.loc[5, "refunded_micros"] = 28_000_000  # with eight of freight, which this file does not tell
    stock = frame("stock", 30)
    stock.loc[0, "on_hand"] = -5
    verdict = check_frames({"order_lines": lines, "stock": stock}, context(30))
    notes = verdict.warnings.set_index("title")
    assert verdict.quarantined.empty
    assert not verdict.stopped
    assert len(verdict.frames["order_lines"]) == len(verdict.frames["stock"]) == 30
    assert notes.loc["Amount paid is no more than price times quantity and the freight", "file_lines"] == "[2]"
    assert notes.loc["Payment comes after the order", "file_lines"] == "[4]"
    assert notes.loc["Merchant code is there", "file_lines"] == "[5]"
    assert notes.loc["Refund is no more than was paid, freight included", "file_lines"] == "[6]"
    assert notes.loc["Stock on hand is not negative", "found"] == "-5"
    assert notes.loc["Available is no more than on hand and in transit", "rows"] == 1


def test_freight_is_paid_and_given_back_with_a_line_as_far_as_its_order_tells_it(frame, context) -> None:
    orders, lines = frame("orders", 30), frame("order_lines", 30)
    orders.loc[[0, 1], "freight_micros"] = 8_000_000
    lines.loc[[0, 2], "paid_micros"] = 28_000_000
    lines.loc[[1, 3], "refunded_micros"] = 28_000_000
    verdict = check_frames({"orders": orders, "order_lines": lines}, context(30))
    notes = verdict.warnings.set_index("title")
    assert notes.loc["Amount paid is no more than price times quantity and the freight", "file_lines"] == "[4]"
    assert notes.loc["Refund is no more than was paid, freight included", "file_lines"] == "[5]"


def test_rows_the_reader_could_not_type_are_quarantined_with_its_words(frame, context) -> None:
    rejected = pd.DataFrame(
        {"file_line": [40], "column": ["quantity"], "found": ["两件"], "expected": ["a whole number"]}
    )
    verdict = check_frames({"orders": frame("orders", 30)}, context(31), rejected)
    (reason,) = verdict.quarantined.to_dict("records")
    assert (reason["file_line"], reason["frame"], reason["found"]) == (40, "file", "两件")
    assert reason["expected"] == "a whole number"


def test_a_row_repeated_to_the_letter_is_ignored_and_a_contradiction_quarantined(frame, context) -> None:
    # given 30 orders, the first one repeated as it is, the second one repeated with another total
    orders = frame("orders", 30)
    same, other = orders.iloc[[0]].assign(file_line=32), orders.iloc[[1]].assign(file_line=33, total_micros=1)
    verdict = check_frames({"orders": pd.concat([orders, same, other], ignore_index=True)}, context(32))
    assert verdict.ignored.to_dict("records") == [{"file_line": 32, "reason": "repeated line"}]
    assert list(verdict.quarantined["file_line"]) == [3, 33]
    assert "No line is repeated" in set(verdict.warnings["title"])


def test_a_missing_column_or_another_type_stops_the_batch(frame, context) -> None:
    orders = frame("orders", 30)
    without = check_frames({"orders": orders.drop(columns=["total_micros"])}, context(30))
    assert without.stopped
    assert without.frames == {}
    assert "orders.: found without total_micros" in without.why_stopped()
    lines = frame("order_lines", 30)
    typed = check_frames({"order_lines": lines.assign(quantity=lines["quantity"].astype("str"))}, context(30))
    assert set(typed.failures["title"]) >= {"quantity holds whole numbers"}


def test_empty_frames_and_optional_columns_all_empty_are_fine(frame, context) -> None:
    orders = frame("orders", 30)
    orders[["province", "buyer", "mark"]] = None
    empty = frame("refunds", 3).iloc[:0]
    verdict = check_frames({"orders": orders, "refunds": empty}, context(30))
    assert verdict.why_stopped() == ""
    assert len(verdict.frames["orders"]) == 30
    assert verdict.frames["refunds"].empty


def test_an_export_taken_later_may_speak_of_later_days(frame, context) -> None:
    # given an order of 20 November in an export of the 21st, delivered for the 3rd
    orders = frame("orders", 30)
    orders.loc[0, ["created_at", "paid_at"]] = pd.Timestamp("2025-11-20")
    late = check_frames({"orders": orders}, context(30, exported_at=datetime(2025, 11, 21, 1)))
    assert late.quarantined.empty
    assert set(check_frames({"orders": orders}, context(30)).quarantined["file_line"]) == {2}


@pytest.mark.parametrize(
    ("name", "column", "value"),
    [
        ("facts_demand", "units", -1),
        ("facts_sales", "paid_micros", -1),
        ("facts_stock", "in_stock_share", 1.5),
        ("facts_customer_orders", "customer", "张三的店"),
    ],
)
def test_facts_are_published_whole_or_not_at_all(name, column, value, frame) -> None:
    facts = frame(name, 20)
    good = check_facts(name, facts, "2025-11-01", "2025-11-03", datetime(2025, 11, 4))
    assert good.why_stopped() == ""
    assert good.frames[name] is facts
    facts.loc[7, column] = value
    bad = check_facts(name, facts, "2025-11-01", "2025-11-03", datetime(2025, 11, 4))
    assert bad.frames == {}
    assert set(bad.failures["column"]) == {column}
    assert str(value) in set(bad.failures["found"]) or column == "customer"
    assert "张三" not in bad.why_stopped()


def test_facts_of_a_day_that_is_not_being_closed_are_refused(frame) -> None:
    facts = frame("facts_demand", 5)
    verdict = check_facts("facts_demand", facts, "2025-11-04", "2025-11-04", datetime(2025, 11, 5))
    assert list(verdict.failures["title"]) == ["Day is one of those being closed"]
    twice = pd.concat([facts, facts], ignore_index=True)
    verdict = check_facts("facts_demand", twice, "2025-11-03", "2025-11-03", datetime(2025, 11, 4))
    assert list(verdict.failures["title"]) == ["A day, shop, sku and warehouse comes once"]
    assert list(verdict.failures["rows"]) == [10]
    assert np.all(verdict.failures["action"].str.startswith("The facts were not published"))
