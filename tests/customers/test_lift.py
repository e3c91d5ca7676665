import pandas as pd
import pytest

from include.customers.history import order_history
from include.customers.lift import lift, newcombe, returned, wilson


def test_intervals_repeat_newcombes_table():
    # Newcombe 1998, Table II, method 10: 56/70 against 48/80, and 9/10 against 3/10.
    assert newcombe(56, 70, 48, 80) == pytest.approx((0.2, 0.0524, 0.3339), abs=1e-4)
    assert newcombe(9, 10, 3, 10) == pytest.approx((0.6, 0.1705, 0.8090), abs=1e-4)
    assert newcombe(0, 10, 0, 10) == pytest.approx((0.0, -0.2775, 0.2775), abs=1e-4)


def test_wilson_stays_within_zero_and_one():
    assert wilson(0, 10) == pytest.approx((0.0, 0.2775), abs=1e-4)
    assert wilson(10, 10) == pytest.approx((0.7225, 1.0), abs=1e-4)
    assert wilson(0, 0) == (0.0, 1.0)


def _outcomes(listed, listed_returned, control, control_returned):
    return pd.DataFrame(
        {
            "arm": ["listed"] * listed + ["control"] * control,
            "returned": [n < listed_returned for n in range(listed)] + [n < control_returned for n in range(control)],
        }
    )


@pytest.mark.parametrize(
    ("counts", "verdict"),
    [
        ((1000, 300, 100, 15), "helps"),
        ((1000, 100, 100, 30), "harms"),
        ((1000, 150, 100, 14), "no proof of an effect"),
        ((1000, 300, 29, 0), "not enough data yet"),
        ((0, 0, 0, 0), "not enough data yet"),
    ],
)
def test_the_verdict_says_no_more_than_the_numbers(counts, verdict):
    found = lift(_outcomes(*counts))

    assert found.verdict == verdict
    assert (found.listed, found.listed_returned, found.control, found.control_returned) == counts
    assert (found.difference is None) == (verdict == "not enough data yet")


def test_a_return_is_an_order_within_the_days_after_the_list():
    rows = [
        ("back", "2024-05-01"),
        ("back", "2024-06-30"),  # the thirtieth day
        ("late", "2024-07-01"),
        ("same_day", "2024-05-31"),  # on the day itself, before anybody could call
        ("second", "2024-07-05"),
    ]
    history = order_history(
        pd.DataFrame(rows, columns=["customer", "day"]).assign(revenue_micros=1_000_000, order_id="o")
    )
    arms = pd.DataFrame(
        [
            ("2024-05-31", "back", "listed"),
            ("2024-05-31", "late", "listed"),
            ("2024-05-31", "same_day", "control"),
            ("2024-05-31", "stranger", "control"),
            ("2024-05-31", "second", "listed"),
            ("2024-06-20", "second", "listed"),  # only the first time counts
            ("2024-07-20", "young", "listed"),  # the days have not passed
        ],
        columns=["day", "customer", "arm"],
    )

    outcome = returned(arms, history, as_of="2024-08-01", days=30).set_index("customer")["returned"]

    assert outcome.to_dict() == {
        "back": True,
        "late": False,
        "same_day": False,
        "stranger": False,
        "second": False,
    }
