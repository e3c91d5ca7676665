import numpy as np
import pandas as pd

from include.customers.history import book_as_of, day_number, day_text, order_history


def _facts(*rows):
    return pd.DataFrame(rows, columns=["customer", "day", "order_id", "revenue_micros", "units"])


def test_orders_of_one_day_are_one_visit_with_their_money_added():
    history = order_history(
        _facts(
            ("b", "2024-01-05", "o3", 5_000_000, 1),
            ("a", "2024-01-02", "o1", 1_000_000, 1),
            ("a", "2024-01-02", "o2", 2_500_000, 1),
            ("a", "2024-01-01", "o0", 1_000_000, 1),
        )
    )

    assert history.customers.tolist() == ["a", "b"]
    assert [day_text(d) for d in history.day] == ["2024-01-01", "2024-01-02", "2024-01-05"]
    assert history.amount.tolist() == [1.0, 3.5, 5.0]
    assert history.orders.tolist() == [1, 2, 1]
    assert history.order_id.tolist() == ["o0", "o2", "o3"]


def test_rows_that_are_no_purchase_are_left_out():
    history = order_history(
        _facts(
            ("a", "2024-01-01", "o0", 1_000_000, 1),
            ("a", "2024-01-02", "o1", -1_000_000, 1),  # a correction
            ("b", "2024-01-02", "o2", 1_000_000, 0),  # nothing was bought
            (None, "2024-01-02", "o3", 1_000_000, 1),  # nobody known
            ("c", None, "o4", 1_000_000, 1),
            ("d", "2024-01-03", "o5", 0, 1),  # a free order is a visit
        )
    )

    assert history.customers.tolist() == ["a", "d"]
    assert history.amount.tolist() == [1.0, 0.0]


def test_a_book_counts_what_was_known_on_its_day():
    history = order_history(
        _facts(
            ("a", "2024-01-01", "o0", 1, 1),
            ("a", "2024-01-11", "o1", 1, 1),
            ("a", "2024-02-10", "o2", 1, 1),
            ("b", "2024-02-01", "o3", 1, 1),
        )
    )

    book = book_as_of(history, "2024-01-31")

    assert book.names.tolist() == ["a"]
    assert book.frequency.tolist() == [1]
    assert day_text(book.last[0]) == "2024-01-11"
    assert book.orders_ahead(9).tolist() == [0]
    assert book.orders_ahead(10).tolist() == [1]  # 2024-02-10 is the tenth day


def test_future_days_are_not_read_and_an_empty_shop_is_no_error():
    rows = _facts(("a", "2024-01-01", "o0", 1, 1), ("z", "2050-01-01", "o1", 1, 1))

    assert order_history(rows, as_of="2024-06-30").customers.tolist() == ["a"]
    assert order_history(rows).until(day_number("2024-06-30")).customers.tolist() == ["a"]
    assert len(book_as_of(order_history(rows.iloc[:0]), "2024-06-30").names) == 0


def test_row_order_does_not_show():
    rows = _facts(*[(f"c{i % 7}", f"2024-01-{1 + i % 13:02d}", f"o{i}", i * 1000, 1) for i in range(50)])
    shuffled = rows.sample(frac=1, random_state=1)

    one, two = order_history(rows), order_history(shuffled)

    for name in ("owner", "day", "amount", "order_id"):
        np.testing.assert_array_equal(getattr(one, name), getattr(two, name))


def test_a_sample_holds_whole_customers_the_same_each_time(shop):
    part = shop.sample(100, seed=4)

    assert len(part.customers) == 100
    assert shop.sample(100, seed=4).customers.tolist() == part.customers.tolist()
    place = np.searchsorted(shop.customers, part.customers)
    assert np.bincount(part.owner).tolist() == np.bincount(shop.owner)[place].tolist()
    assert shop.sample(1200, seed=4) is shop
