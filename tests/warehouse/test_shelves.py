"""What is known of a shelf: told, left out, held back, cut off, partial. Unknown is never zero."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from include.facts.shelves import ShelfRules, Shelves, shares_of, shelves_of

FIRST, SECOND, THIRD = "2026-05-10", "2026-05-11", "2026-05-12"


def told(*rows: tuple[Any, ...]) -> pd.DataFrame:
    """rows: day, sku, on_hand [, warehouse [, shop]]."""
    whole = [(*row, *("w1", "erp")[len(row) - 3 :]) for row in rows]
    frame = pd.DataFrame(whole, columns=["day", "sku", "on_hand", "warehouse", "shop"])
    return frame.assign(
        available=pd.array([pd.NA] * len(frame), dtype="Int64"), locked=pd.array([0] * len(frame), dtype="Int64")
    )


def held(*rows: tuple[str, str | None]) -> pd.DataFrame:
    """rows: day, sku of stock rows in quarantine."""
    frame = pd.DataFrame(list(rows), columns=["day", "sku"])
    return frame.assign(shop="erp", warehouse="w1")


def known(facts: pd.DataFrame, unread: pd.DataFrame | None = None, leaves_out: str | None = None) -> Shelves:
    rules = ShelfRules({"erp": leaves_out} if leaves_out else {})
    return shelves_of(facts, held() if unread is None else unread, rules)


def shelf(shelves: Shelves, sku: str = "A", warehouse: str = "w1") -> tuple[int, str, str] | None:
    """on_hand, stock_day, state; None: unknown."""
    rows = shelves.newest[(shelves.newest["sku"] == sku) & (shelves.newest["warehouse"] == warehouse)]
    if rows.empty:
        return None
    return int(rows["on_hand"].iloc[0]), str(rows["stock_day"].iloc[0]), str(rows["state"].iloc[0])


def test_what_the_newest_file_names_is_told() -> None:
    assert shelf(known(told((FIRST, "A", 120), (SECOND, "A", 110)))) == (110, SECOND, "told")


def test_what_the_newest_file_does_not_name_is_empty_from_that_day_on() -> None:
    shelves = known(told((FIRST, "A", 120), (FIRST, "B", 9), (SECOND, "B", 8), (THIRD, "B", 7)))

    assert shelf(shelves) == (0, THIRD, "left_out")
    assert shelves.emptied["day"].tolist() == [SECOND, THIRD]


def test_where_files_may_be_partial_the_last_number_stands_with_its_day() -> None:
    facts = told((FIRST, "A", 120), (FIRST, "B", 9), (SECOND, "B", 8))

    assert shelf(known(facts, leaves_out="parts")) == (120, FIRST, "not_told")
    assert shelf(known(facts, leaves_out="nothing")) == (120, FIRST, "not_told")
    assert known(facts, leaves_out="parts").emptied.empty


def test_a_row_that_was_held_back_leaves_its_shelf_unknown_and_not_empty() -> None:
    shelves = known(told((FIRST, "A", 120), (FIRST, "B", 9), (SECOND, "B", 8)), held((SECOND, "A")))

    assert shelf(shelves) == (120, FIRST, "unreadable")
    assert shelves.emptied.empty


def test_a_shelf_whose_every_row_was_held_back_is_not_known_at_all() -> None:
    assert shelf(known(told((SECOND, "B", 8)), held((SECOND, "A")))) is None


def test_a_second_file_of_the_day_that_can_be_read_mends_what_was_held_back() -> None:
    assert shelf(known(told((SECOND, "A", 110)), held((SECOND, "A")))) == (110, SECOND, "told")


def test_a_row_without_a_readable_sku_may_be_any_that_the_file_lacks() -> None:
    facts = told((FIRST, "A", 120), (FIRST, "B", 9), (SECOND, "B", 8))

    shelves = known(facts, held((SECOND, None)))

    assert shelf(shelves) == (120, FIRST, "unreadable")
    assert shelf(shelves, "B") == (8, SECOND, "told")
    assert shelves.files["state"].tolist() == ["unreadable"]


@pytest.mark.parametrize("days_after", [1, 2])
def test_a_file_that_lacks_much_of_what_was_there_is_taken_to_be_cut_off(days_after: int) -> None:
    """Ten skus had stock; the next files name four."""
    rows = [(FIRST, f"S{n}", 20) for n in range(10)]
    rows += [((SECOND, THIRD)[after], f"S{n}", 19) for after in range(days_after) for n in range(4)]

    shelves = known(told(*rows))

    assert shelf(shelves, "S9") == (20, FIRST, "unsure")
    assert shelf(shelves, "S0") == (19, (SECOND, THIRD)[days_after - 1], "told")
    assert shelves.files[["state", "missing", "named"]].to_numpy().tolist() == [["unsure", 6, 4]]


def test_a_few_that_sell_out_on_one_day_are_no_cut_off_file() -> None:
    rows = [(FIRST, f"S{n}", 20) for n in range(10)] + [(SECOND, f"S{n}", 19) for n in range(6)]

    assert shelf(known(told(*rows)), "S9") == (0, SECOND, "left_out")  # four of ten: below five


def test_what_stayed_missing_from_cut_off_files_is_never_zero_by_being_forgotten() -> None:
    days = pd.date_range("2026-03-01", "2026-05-12").strftime("%Y-%m-%d")
    rows = [(days[0], f"S{n}", 20) for n in range(10)] + [(day, f"S{n}", 19) for day in days[1:] for n in range(4)]

    assert shelf(known(told(*rows)), "S9") == (20, "2026-03-01", "unsure")


def test_files_of_one_day_complement_each_other_and_each_warehouse_has_its_own_newest_day() -> None:
    facts = told((FIRST, "A", 5), (FIRST, "B", 6), (FIRST, "A", 7, "w2"), (SECOND, "A", 4), (SECOND, "B", 5))

    shelves = known(facts)

    assert shelf(shelves) == (4, SECOND, "told")
    assert shelf(shelves, "B") == (5, SECOND, "told")
    assert shelf(shelves, "A", "w2") == (7, FIRST, "told")  # w2 has given nothing since


def test_of_two_shops_that_report_one_warehouse_the_one_that_names_the_sku_is_heard() -> None:
    facts = told((FIRST, "A", 5), (SECOND, "B", 1), (SECOND, "A", 3, "w1", "store"))

    assert shelf(known(facts)) == (3, SECOND, "told")


def test_what_is_not_called_available_is_promised_where_no_lock_is_told() -> None:
    facts = told((FIRST, "A", 10)).assign(locked=pd.array([pd.NA], "Int64"), available=pd.array([7], "Int64"))

    assert known(facts).newest["promised"].tolist() == [3]


def test_files_without_a_zero_whose_skus_come_and_go_seem_to_leave_out_what_is_empty() -> None:
    days = pd.date_range("2026-05-01", "2026-05-10").strftime("%Y-%m-%d")
    rows = [(day, "B", 5) for day in days] + [(day, "A", 3) for day in [*days[:4], *days[7:]]]

    assert known(told(*rows)).files["seems_to_leave_out"].tolist() == [True]
    assert known(told(*rows, (days[5], "A", 0))).files["seems_to_leave_out"].tolist() == [False]


def test_a_shelf_that_was_left_out_sold_until_its_last_sale_and_one_held_back_says_nothing() -> None:
    facts = told((FIRST, "A", 120), (FIRST, "B", 9), (FIRST, "C", 9), (SECOND, "C", 8), (THIRD, "C", 8))
    shelves = known(facts, held((SECOND, "B"), (THIRD, "B")))
    sold = pd.DataFrame(
        [(SECOND, "A", "w1", f"{SECOND} 12:00:00")], columns=["day", "sku", "warehouse", "last_sale_at"]
    )

    shares = shares_of(shelves, sold).set_index(["sku", "day"])["in_stock_share"]

    assert shares["A", SECOND] == 0.5
    assert shares["A", THIRD] == 0.0
    assert np.isnan(shares["B", THIRD])
