import numpy as np
import pandas as pd
import pytest

from include.customers.btyd import MbgCnbd, ParetoNbd
from include.customers.features import BtydFits, fit_btyd
from include.customers.history import book_as_of, day_number, order_history
from include.customers.profile import next_orders, yearly_values


def _history(*rows):
    frame = pd.DataFrame(rows, columns=["customer", "day", "main_category"])
    return order_history(frame.assign(revenue_micros=100_000_000, order_id="o"))


def test_a_category_comes_due_after_its_own_gap():
    history = _history(
        ("li", "2025-05-01", "coffee"), ("li", "2025-05-31", "coffee"), ("li", "2025-06-30", "coffee"),
        ("li", "2025-06-01", "cups"),
        ("wu", "2025-06-01", "coffee"), ("wu", "2025-06-11", "coffee"),
        ("wu", "2025-07-05", "coffee"),
    )  # fmt: skip

    due = next_orders(book_as_of(history, "2025-07-01")).set_index(["customer", "category"])

    # Gaps 30 and 10, median 20: li (60 + 20) / 3 = 26.7 days, wu (10 + 20) / 2 = 15 days. Cups were bought once, and
    # what wu bought on 2025-07-05 is not known yet.
    assert due["due_day"].to_dict() == {("li", "coffee"): "2025-07-27", ("wu", "coffee"): "2025-06-26"}
    assert due.loc[("li", "coffee"), "usual_gap_days"] == pytest.approx(80 / 3)
    assert due["order_days"].tolist() == [3, 2]


def test_nobody_is_due_where_no_category_is_known():
    frame = pd.DataFrame({"customer": ["a", "a"], "day": ["2025-01-01", "2025-01-05"], "revenue_micros": 1})

    assert next_orders(book_as_of(order_history(frame), "2025-02-01")).empty


def test_value_is_orders_times_money_times_margin():
    # Rates so sure that they are known: one order in ten days, and nobody ever leaves.
    sure = 1e7
    never = ParetoNbd(r=sure, alpha=10 * sure, s=1e-9, beta=sure)
    steady = MbgCnbd(r=sure, alpha=10 * sure, a=1e-9, b=sure)
    history = _history(("li", "2025-05-01", "tea"), ("li", "2025-06-01", "tea"))

    value = yearly_values(book_as_of(history, "2025-06-10"), BtydFits(never, steady, steady), margin=0.3).iloc[0]

    assert value["expected_orders"] == pytest.approx(36.5, rel=1e-3)
    assert value["order_money_micros"] == 100_000_000
    assert value["value_micros"] == pytest.approx(36.5 * 30 * 1_000_000, rel=1e-3)


def test_expected_orders_of_a_year_add_up_to_what_came(shop):
    book = book_as_of(shop, "2024-09-01")
    days = day_number("2025-02-23") - day_number("2024-09-01")
    seen = book.orders_ahead(days).sum()

    year = yearly_values(book, fit_btyd(book, seed=0), margin=0.3)["expected_orders"].sum()

    # The simulation ends after 175 days; most of a year's orders fall into its first half, since customers leave.
    assert 0.5 < seen / year < 1.0
    assert np.isfinite(year)
