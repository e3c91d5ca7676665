"""What an export tells as a whole: the newest one that names an order replaces all its lines."""

from typing import Any

import pandas as pd
import pytest
from sqlalchemy import Engine

from include.warehouse.as_of import read_facts, read_lines
from include.warehouse.publish import told_as_a_whole

from .conftest import Deliver, line, order
from .test_close import YUAN, close

FIRST, SECOND, THIRD = "2025-11-01", "2025-11-02", "2025-11-03"
PAID = f"{FIRST} 10:00:00"


def numbered(number: int, code: str, yuan: int, order_id: str = "7", **more: Any) -> dict[str, Any]:
    """A line whose number the reader made."""
    return line(order_id, code, 1, yuan * YUAN, line_id=f"{order_id}#{number}", is_whole=1, **more)


def named(line_id: str, code: str, yuan: int, order_id: str = "7") -> dict[str, Any]:
    """A line that the platform names."""
    return line(order_id, code, 1, yuan * YUAN, line_id=line_id, is_whole=1)


def told(books: Engine, as_of: str) -> dict[str, int]:
    """Code -> yuan of the lines known as of a day."""
    lines = read_lines(books, "order_lines", as_of)
    assert not lines.duplicated(["shop", "line_id"]).any()
    return {code: int(lines.loc[lines["merchant_code"] == code, "paid_micros"].sum()) // YUAN
            for code in lines["merchant_code"]}  # fmt: skip


def test_the_newest_export_that_names_an_order_replaces_all_its_lines(books: Engine, deliver: Deliver) -> None:
    # given an order of a cup and tea, from which the cup is taken off the next day
    deliver(
        "web", FIRST, orders=[order("7", PAID, 35 * YUAN)], order_lines=[numbered(1, "CUP", 15), numbered(2, "TEA", 20)]
    )
    deliver("web", SECOND, orders=[order("7", PAID, 20 * YUAN)], order_lines=[numbered(1, "TEA", 20)])
    for day in (FIRST, SECOND):
        close(books, day)

    # then it was a cup and tea, and is tea
    assert told(books, FIRST) == {"CUP": 15, "TEA": 20}
    assert told(books, SECOND) == {"TEA": 20}
    assert read_facts(books, "sales", SECOND)[["sku", "units_paid", "paid_micros"]].values.tolist() == [
        ["TEA", 1, 20 * YUAN]
    ]


def test_an_order_that_is_not_named_again_keeps_its_lines(books: Engine, deliver: Deliver) -> None:
    deliver("web", FIRST, order_lines=[numbered(1, "CUP", 15), numbered(2, "TEA", 20)])
    deliver("web", SECOND, order_lines=[numbered(1, "POT", 50, order_id="8")])
    deliver("other", SECOND, order_lines=[numbered(1, "MUG", 9)])  # another shop's order of the same number
    assert told(books, SECOND) == {"CUP": 15, "TEA": 20, "POT": 50, "MUG": 9}


def test_an_older_export_that_comes_late_changes_nothing(books: Engine, deliver: Deliver) -> None:
    deliver("web", SECOND, f"{SECOND} 08:00:00", order_lines=[numbered(1, "TEA", 20)])
    deliver("web", SECOND, f"{SECOND} 07:00:00", order_lines=[numbered(1, "CUP", 15), numbered(2, "TEA", 20)])
    assert told(books, SECOND) == {"TEA": 20}


def test_lines_that_come_back_are_counted_again(books: Engine, deliver: Deliver) -> None:
    both = [numbered(1, "CUP", 15), numbered(2, "TEA", 20)]
    deliver("web", FIRST, order_lines=both)
    deliver("web", SECOND, order_lines=[numbered(1, "TEA", 20)])
    deliver("web", THIRD, order_lines=both)
    assert [told(books, day) for day in (FIRST, SECOND, THIRD)] == [
        {"CUP": 15, "TEA": 20}, {"TEA": 20}, {"CUP": 15, "TEA": 20},
    ]  # fmt: skip


def test_a_part_of_an_order_does_not_replace_what_was_told_whole(books: Engine, deliver: Deliver) -> None:
    # given an export of which the cup's row was held back
    deliver("web", FIRST, order_lines=[numbered(1, "CUP", 15), numbered(2, "TEA", 20)])
    deliver("web", SECOND, order_lines=[numbered(1, "TEA", 19) | {"is_whole": 0}])
    assert told(books, SECOND) == {"CUP": 15, "TEA": 20}

    # when it is mended, it counts
    deliver("web", THIRD, order_lines=[numbered(1, "CUP", 14), numbered(2, "TEA", 19)])
    assert told(books, THIRD) == {"CUP": 14, "TEA": 19}


def test_a_part_of_an_order_is_better_than_nothing(books: Engine, deliver: Deliver) -> None:
    deliver("web", FIRST, order_lines=[numbered(1, "CUP", 15) | {"is_whole": 0}])
    deliver("web", SECOND, order_lines=[numbered(1, "TEA", 19) | {"is_whole": 0}])
    assert told(books, SECOND) == {"TEA": 19}


def test_a_line_that_the_platform_names_stands_until_its_own_newer_version(books: Engine, deliver: Deliver) -> None:
    # given an export of the lines still to be sent only, one of an order's two, beside a line that was held back
    deliver("web", FIRST, order_lines=[named("71", "CUP", 15), named("72", "TEA", 20)])
    deliver("web", SECOND, order_lines=[named("72", "TEA", 18) | {"is_whole": 0}])
    assert told(books, SECOND) == {"CUP": 15, "TEA": 18}


@pytest.mark.parametrize(
    ("numbers_at", "names_at", "lines"), [("09", "10", ["71", "72"]), ("10", "09", ["7#1", "7#2"])]
)
def test_an_order_of_which_one_report_numbers_the_lines_and_another_names_them_counts_once(
    books: Engine, deliver: Deliver, numbers_at: str, names_at: str, lines: list[str]
) -> None:
    deliver("web", FIRST, f"{FIRST} {numbers_at}:00:00", order_lines=[numbered(1, "CUP", 15), numbered(2, "TEA", 20)])
    deliver("web", FIRST, f"{FIRST} {names_at}:00:00", order_lines=[named("71", "CUP", 15), named("72", "TEA", 20)])
    assert told(books, FIRST) == {"CUP": 15, "TEA": 20}
    assert list(read_lines(books, "order_lines", FIRST)["line_id"]) == lines


def test_a_report_that_names_some_lines_of_an_order_and_not_others_loses_none(books: Engine, deliver: Deliver) -> None:
    deliver("web", FIRST, order_lines=[named("71", "CUP", 15), numbered(2, "TEA", 20)])
    deliver("web", SECOND, order_lines=[named("71", "CUP", 15), numbered(2, "POT", 50)])
    assert told(books, SECOND) == {"CUP": 15, "POT": 50}


def test_refunds_that_the_reader_numbered_are_replaced_with_their_order(books: Engine, deliver: Deliver) -> None:
    def back(refund_id: str, yuan: int) -> dict[str, Any]:
        return {"refund_id": refund_id, "order_id": "7", "refunded_micros": yuan * YUAN, "status": "succeeded"}

    deliver("web", FIRST, refunds=[back("7#2", 5), back("7#3", 6), back("R1", 1) | {"order_id": "8"}])
    deliver("web", SECOND, refunds=[back("7#1", 5)])
    assert read_lines(books, "refunds", SECOND)[["refund_id", "refunded_micros"]].values.tolist() == [
        ["7#1", 5 * YUAN], ["R1", 1 * YUAN],
    ]  # fmt: skip


def lot(units: int, line_id: str | None = None, sku: str = "TEA", receipt: str = "R1", **more: Any) -> dict[str, Any]:
    """A line of a receipt. line_id: the purchase order's, or `#2` of the reader for the second lot of a sku."""
    return {
        "receipt_id": receipt, "line_id": line_id, "sku": sku, "warehouse": "w1", "received_day": FIRST,
        "quantity": units, "is_whole": 1, **more,
    }  # fmt: skip


def received(books: Engine, as_of: str) -> dict[str, list[int]]:
    lines = read_lines(books, "receipts", as_of).groupby("sku")["quantity"]
    return {str(sku): sorted(units) for sku, units in lines}


@pytest.mark.parametrize(
    ("again", "there"),
    [
        ([lot(10)], {"TEA": [10]}),  # the second lot and the cups were typed by mistake
        ([lot(10), lot(6, "#2"), lot(7, sku="CUP")], {"TEA": [6, 10], "CUP": [7]}),
        ([lot(10, is_whole=0)], {"TEA": [5, 10], "CUP": [7]}),  # rows were held back: the whole telling stays
        ([lot(15, "1"), lot(7, "2", "CUP")], {"TEA": [15], "CUP": [7]}),  # the ERP now names the order's lines
        ([lot(1, receipt="R2")], {"TEA": [1, 5, 10], "CUP": [7]}),
    ],
)
def test_the_newest_export_that_names_a_receipt_replaces_all_its_lots(
    books: Engine, deliver: Deliver, again: list[dict[str, Any]], there: dict[str, list[int]]
) -> None:
    deliver("erp", FIRST, receipts=[lot(10), lot(5, "#2"), lot(7, sku="CUP")])
    deliver("erp", SECOND, receipts=again)
    assert received(books, FIRST) == {"TEA": [5, 10], "CUP": [7]}
    assert received(books, SECOND) == there


def test_a_sku_that_is_taken_off_a_receipt_of_single_lots_is_gone(books: Engine, deliver: Deliver) -> None:
    deliver("erp", FIRST, receipts=[lot(10), lot(7, sku="CUP")])
    deliver("erp", SECOND, receipts=[lot(10)])
    assert (received(books, FIRST), received(books, SECOND)) == ({"TEA": [10], "CUP": [7]}, {"TEA": [10]})


def test_lots_of_which_the_erp_names_the_order_s_line_stand_until_their_sku_is_named_again(
    books: Engine, deliver: Deliver
) -> None:
    deliver("erp", FIRST, receipts=[lot(10, "1"), lot(5, "2"), lot(7, "3", "CUP")])
    deliver("erp", SECOND, receipts=[lot(10, "1")])
    assert received(books, SECOND) == {"TEA": [10], "CUP": [7]}


def test_a_recipe_is_replaced_as_a_whole_also_within_a_day(books: Engine, deliver: Deliver) -> None:
    def part(sku: str, **more: Any) -> dict[str, Any]:
        return {"for_shop": None, "listing_code": "BOX", "sku": sku, "quantity": 1, "is_whole": 1, **more}

    deliver("erp", FIRST, f"{FIRST} 08:00:00", listings=[part("TEA"), part("CUP")])
    deliver("erp", FIRST, f"{FIRST} 09:00:00", listings=[part("TEA")])
    assert list(read_lines(books, "listings", FIRST)["sku"]) == ["TEA"]
    # and a recipe of which a row was held back does not replace a whole one
    deliver("erp", SECOND, listings=[part("POT", is_whole=0)])
    assert list(read_lines(books, "listings", SECOND)["sku"]) == ["TEA"]


def test_only_numbers_that_follow_the_order_s_own_id_are_the_reader_s() -> None:
    frame = pd.DataFrame({"order_id": ["#1", "#1", "12", "3", "3"], "line_id": ["#1#1", "#1#2", "123", "3#", "3/1"]})
    whole = told_as_a_whole("order_lines", frame)["told_with"]
    assert whole[:2].tolist() == ["#1", "#1"]
    assert whole[2:].isna().all()
