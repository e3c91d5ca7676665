import pandas as pd
import pytest

from include.customers.history import book_as_of, order_history
from include.customers.recall.needs import (
    DUE_COLUMNS,
    PAIR_COLUMNS,
    bought_together,
    coming_due,
    needs_beside,
    out_of_season,
)
from include.settings.people.needs import Needs


def _baskets(*baskets):
    rows = [(str(number), goods) for number, basket in enumerate(baskets) for goods in basket]
    return pd.DataFrame(rows, columns=["order", "goods"])


def test_what_is_bought_together_has_support_confidence_and_lift():
    # Ten orders: tea four times, a pot three times, both in three; salt everywhere, by chance with everything.
    baskets = _baskets(*[("tea", "pot", "salt")] * 3, ("tea", "salt"), *[("salt",)] * 6)

    pairs = bought_together(baskets, min_orders=2, min_lift=1.5).set_index(["goods", "beside"])

    assert tuple(bought_together(baskets, 2, 1.5).columns) == PAIR_COLUMNS
    assert sorted(pairs.index) == [("pot", "tea"), ("tea", "pot")]
    assert pairs.loc[("tea", "pot")].tolist() == [3, 0.75, 2.5]  # 3 of 4, where 3 of 10 have a pot
    assert pairs.loc[("pot", "tea")].tolist() == [3, 1.0, 2.5]
    assert bought_together(baskets, min_orders=4, min_lift=1.5).empty
    assert bought_together(_baskets(), 2, 1.5).empty


def test_the_same_goods_twice_in_an_order_count_once():
    doubled = bought_together(_baskets(*[("tea", "tea", "pot")] * 3, ("cup",), ("cup",), ("cup",)), 2, 1.5)
    single = bought_together(_baskets(*[("tea", "pot")] * 3, ("cup",), ("cup",), ("cup",)), 2, 1.5)

    pd.testing.assert_frame_equal(doubled, single)


def test_a_customer_needs_what_goes_with_what_they_have_and_not_what_they_have():
    pairs = pd.DataFrame(
        [("tea", "pot", 9, 0.5, 3.0), ("tea", "cup", 9, 0.4, 2.0), ("pot", "tea", 9, 0.5, 3.0)], columns=PAIR_COLUMNS
    )
    bought = pd.DataFrame([("a", "tea"), ("b", "tea"), ("b", "pot"), ("c", "salt")], columns=["customer", "goods"])

    needs = needs_beside(bought, pairs).set_index("customer")["beside"]

    assert needs.to_dict() == {"a": "pot", "b": "cup"}


@pytest.fixture
def book():
    """Thirty customers buy tea every 20 days, 'once' has bought it once, 'slow' every 50 days; 'pots' a pot, once, as
    everyone who has one."""
    rows = [(f"c{n}", f"2024-0{month}-{day}", "tea") for n in range(30) for month, day in ((4, 10), (4, 30), (5, 20))]
    rows += [("once", "2024-05-25", "tea"), ("slow", "2024-03-06", "tea"), ("slow", "2024-04-25", "tea")]
    rows += [(f"pots{n}", "2024-05-01", "pot") for n in range(30)]
    orders = pd.DataFrame(rows, columns=["customer", "day", "main_category"])
    return book_as_of(order_history(orders.assign(revenue_micros=1_000_000, order_id="o")), "2024-06-10")


def test_consumables_come_due_by_their_own_rhythm_or_the_categorys(book):
    due = coming_due(book, 7, ["c0", "once", "slow", "pots0"], Needs()).set_index("customer")

    assert list(due.reset_index().columns) == list(DUE_COLUMNS)
    # c0: gaps of 20, due 20 days after 20 May. once: the category's typical 20 days after 25 May.
    assert due.loc["c0", ["category", "due_day", "is_own"]].tolist() == ["tea", "2024-06-09", True]
    assert due.loc["once", ["category", "due_day", "is_own"]].tolist() == ["tea", "2024-06-14", False]
    # slow: (50 + 20) / 2 = 35 days after 25 April, 11 days ago.
    assert due.loc["slow", ["due_day", "usual_gap_days"]].tolist() == ["2024-05-30", 35.0]
    assert "pots0" not in due.index  # nobody buys a second pot


def test_what_is_due_later_or_long_over_is_no_need_now(book):
    assert "once" not in set(coming_due(book, 3, ["once"], Needs())["customer"])
    later = book_as_of(book.whole, "2024-09-01")
    assert coming_due(later, 7, ["c0"], Needs()).empty
    # 94 days: less than three gaps of 35, and months old all the same.
    assert coming_due(later, 7, ["slow"], Needs()).empty
    assert coming_due(book_as_of(book.whole, "2024-07-29"), 7, ["slow"], Needs())["due_day"].tolist() == ["2024-05-30"]
    assert coming_due(book_as_of(book.whole, "2024-07-30"), 7, ["slow"], Needs()).empty  # 61 days


def test_a_category_with_a_long_rhythm_stays_due_for_half_of_it():
    # Bought every 200 days, due on 2024-07-19: a need for 100 days more.
    orders = pd.DataFrame(
        [("a", "2023-06-15", "mattress"), ("a", "2024-01-01", "mattress")], columns=["customer", "day", "main_category"]
    )
    history = order_history(orders.assign(revenue_micros=1_000_000, order_id="o"))
    due = {
        day: coming_due(book_as_of(history, day), 7, ["a"], Needs())["due_day"].tolist()
        for day in ("2024-10-27", "2024-10-28")
    }
    assert due == {"2024-10-27": ["2024-07-19"], "2024-10-28": []}


def test_what_is_out_of_season_is_no_need():
    """Sixty buy sun cream every 20 days from June to September, sixty soap all the year round."""
    summer = pd.date_range("2024-06-01", "2024-09-20", freq="20D").strftime("%Y-%m-%d")
    always = pd.date_range("2023-11-15", "2024-10-25", freq="20D").strftime("%Y-%m-%d")
    rows = [(f"s{n}", day, "sun cream") for n in range(60) for day in summer]
    rows += [(f"k{n}", day, "soap") for n in range(60) for day in always]
    orders = pd.DataFrame(rows, columns=["customer", "day", "main_category"])
    history = order_history(orders.assign(revenue_micros=1_000_000, order_id="o"))

    in_summer, in_november = book_as_of(history, "2024-09-10"), book_as_of(history, "2024-10-28")

    assert out_of_season(in_summer, Needs().season_share) == frozenset()
    assert coming_due(in_summer, 20, ["s0"], Needs())["category"].tolist() == ["sun cream"]
    # Last bought on 9 September and due on the 29th, a month ago: by its rhythm alone it would still be one.
    assert out_of_season(in_november, Needs().season_share) == {"sun cream"}
    assert coming_due(in_november, 20, ["s0"], Needs()).empty
    assert coming_due(in_november, 20, ["k0"], Needs())["category"].tolist() == ["soap"]


def test_what_goes_beside_old_goods_is_not_suggested():
    pairs = pd.DataFrame([("tea", "pot", 9, 0.5, 3.0), ("pen", "ink", 9, 0.5, 2.0)], columns=PAIR_COLUMNS)
    bought = pd.DataFrame(
        [("a", "tea", "2024-05-01"), ("a", "pen", "2024-08-01"), ("b", "tea", "2024-05-01")],
        columns=["customer", "goods", "day"],
    )

    assert needs_beside(bought, pairs)["beside"].tolist() == ["pot", "pot"]
    lately = needs_beside(bought, pairs, "2024-07-01")
    assert lately[["customer", "beside"]].to_numpy().tolist() == [["a", "ink"]]


def test_the_merchant_says_what_is_old_and_what_comes_due_by_itself(book):
    later = book_as_of(book.whole, "2024-07-29")
    assert coming_due(later, 7, ["slow"], Needs(recent_days=60))["due_day"].tolist() == ["2024-05-30"]
    assert coming_due(later, 7, ["slow"], Needs(recent_days=59)).empty
    assert coming_due(later, 7, ["slow"], Needs(over_after_gaps=1.7)).empty  # 60 days are 1.71 gaps of 35
    assert not coming_due(book, 7, ["once"], Needs()).empty
    for often in (Needs(repeat_customers=32), Needs(repeat_share=0.99)):  # 31 of 32 bought tea again
        assert coming_due(book, 7, ["once"], often).empty
