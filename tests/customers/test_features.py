import numpy as np
import pandas as pd
import pytest

from include.customers.churn.customer_features import feature_matrix, fit_btyd
from include.customers.history import book_as_of, order_history


def _facts(*rows, **columns):
    frame = pd.DataFrame(rows, columns=["customer", "day", "revenue_micros"])
    return frame.assign(order_id=[f"o{n}" for n in range(len(rows))], **columns)


ROWS = [
    ("a", "2024-01-01", 10_000_000),
    ("a", "2024-01-11", 20_000_000),
    ("a", "2024-01-31", 30_000_000),
    ("b", "2024-02-20", 40_000_000),
]


def test_features_of_a_customer_counted_by_hand():
    history = order_history(_facts(*ROWS))
    book = book_as_of(history, "2024-03-01")  # 30 days after a's last order

    features = feature_matrix(book, 60, fit_btyd(book, 0))

    a, b = 0, 1
    assert features.column("frequency")[a] == pytest.approx(np.log1p(2))
    assert features.column("since_last")[a] == pytest.approx(30 / 60)
    assert features.column("tenure")[a] == pytest.approx(60 / 60)
    assert features.column("gap_mean")[a] == pytest.approx(15 / 60)
    assert features.column("gap_variation")[a] == pytest.approx(5 / 15)  # gaps 10 and 20
    assert features.column("gap_last")[a] == pytest.approx(20 / 15)
    assert features.column("overdue")[a] == pytest.approx(30 / 15)
    assert features.column("overdue_largest")[a] == pytest.approx(30 / 20)
    assert features.column("next_due")[a] == pytest.approx(-15 / 60)
    assert features.column("orders_30")[a] == 0.0  # 2024-01-31 is 30 days ago: outside (1 March - 30, 1 March]
    assert features.column("orders_90")[a] == pytest.approx(np.log1p(3))
    assert features.column("money_mean")[a] == pytest.approx(np.log(20.25 / 25))
    for unknown in ("gap_mean", "gap_last", "gap_variation", "overdue", "season_orders"):
        assert np.isnan(features.column(unknown)[b])


def test_later_orders_change_nothing_in_an_earlier_book():
    later = [("a", "2024-03-02", 99_000_000), ("b", "2024-06-01", 1_000_000), ("c", "2024-03-05", 1_000_000)]
    refunds = {"refunded_micros": 1_000_000, "discount_micros": 2_000_000, "main_category": "茶"}

    def features_of(rows):
        # "aa" sorts between the customers, so positions move, too.
        book = book_as_of(order_history(_facts(*rows, **refunds)), "2024-03-01")
        return book, feature_matrix(book, 60, fit_btyd(book, 0))

    before, known = features_of(ROWS)
    after, told = features_of([*ROWS, *later, ("aa", "2024-04-01", 5_000_000)])

    assert before.names.tolist() == after.names.tolist()
    assert known.names == told.names
    np.testing.assert_allclose(known.values, told.values, rtol=1e-6)


def test_every_feature_has_a_reason_to_be_told():
    from include.customers.churn.reasons import THEMES
    from include.words.texts import has_text

    history = order_history(_facts(*ROWS, main_category=["茶", "茶", "壶", "壶"], shop=["x", "y", "x", "y"]))
    book = book_as_of(history, "2024-03-01")
    names = feature_matrix(book, 60, fit_btyd(book, 0)).names

    assert {name for theme in THEMES.values() for name in theme} == set(names)
    assert all(has_text(f"recall.theme.{theme}") for theme in THEMES)
