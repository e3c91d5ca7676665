import numpy as np
import pandas as pd
import pytest

from include.customers.history import book_as_of, order_history
from include.customers.segments import quantile_scores, segment
from include.settings.people.segments import Segments


def test_quintiles_hold_a_fifth_each_and_ties_stay_together():
    assert quantile_scores(np.arange(10.0), (0.2, 0.4, 0.6, 0.8)).tolist() == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
    assert len(set(quantile_scores(np.ones(7), (0.2, 0.4, 0.6, 0.8)))) == 1
    assert quantile_scores(np.arange(4.0), (0.5,)).tolist() == [1, 1, 2, 2]
    assert len(quantile_scores(np.empty(0), (0.5,))) == 0


def _orders(customer, *days):
    base = pd.Timestamp("2024-12-31")
    return [(customer, (base - pd.Timedelta(days=ago)).strftime("%Y-%m-%d"), 1_000_000) for ago in days]


@pytest.fixture
def table():
    rows = [
        *_orders("new", 5),
        *_orders("growing", 150, 80, 60, 40, 20, 3),
        *_orders("mature", 175, 145, 115, 85, 55, 25),
        *_orders("declining", 170, 150, 130, 110, 95, 40),
        *_orders("dormant", 360, 340, 320),
    ]
    frame = pd.DataFrame(rows, columns=["customer", "day", "revenue_micros"]).assign(order_id="o")
    return segment(book_as_of(order_history(frame), "2024-12-31"), Segments()).set_index("customer")


@pytest.mark.parametrize("stage", ["new", "growing", "mature", "declining", "dormant"])
def test_lifecycle_stages(table, stage):
    assert table.loc[stage, "stage"] == stage


def test_rfm_is_high_for_the_recent_and_low_for_the_silent(table):
    assert table.loc["growing", "recency_score"] == 5
    assert table.loc["dormant", "recency_score"] == 1
    assert table.loc["dormant", "recency_days"] == 320
    assert table.loc["mature", "money_micros"] == 6_000_000
    assert table.loc["new", "rfm"].endswith("11")


def test_the_merchant_says_where_scores_and_stages_begin():
    frame = pd.DataFrame(_orders("mature", 175, 145, 115, 85, 55, 25), columns=["customer", "day", "revenue_micros"])
    book = book_as_of(order_history(frame.assign(order_id="o")), "2024-12-31")
    stages = [segment(book, rules)["stage"].tolist() for rules in (Segments(), Segments(late_gaps=0.8))]
    assert stages == [["mature"], ["declining"]]  # silent for 25 days of a usual gap of 30
    assert segment(book, Segments(score_borders=(0.5,)))["rfm"].tolist() == ["111"]
