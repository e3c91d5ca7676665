import numpy as np
import pandas as pd
import pytest

from include.customers.history import order_history
from include.customers.recall.lift import lift, money_lift, newcombe, returned, wilson


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


def test_what_came_back_is_net_of_refunds_gifts_and_bulk_orders():
    orders = pd.DataFrame(
        [
            ("a", "2024-06-10", 100, 0, 30),
            ("a", "2024-06-20", 50, 50, 0),  # a gift, nothing else
            ("a", "2024-07-20", 900, 0, 0),  # too late
            ("b", "2024-06-30", 20, 0, 20),
        ],
        columns=["customer", "day", "yuan", "exceptional", "refunded"],
    )
    money = {f"{name}_micros": orders[name] * 1_000_000 for name in ("exceptional", "refunded")}
    history = order_history(orders.assign(revenue_micros=orders["yuan"] * 1_000_000, order_id="o", **money))
    arms = pd.DataFrame({"day": "2024-05-31", "customer": ["a", "b", "c"], "arm": ["listed", "control", "listed"]})

    outcome = returned(arms, history, as_of="2024-08-01", days=30).set_index("customer")

    assert outcome["yuan"].to_dict() == {"a": 70.0, "b": 0.0, "c": 0.0}
    assert outcome["returned"].to_dict() == {"a": True, "b": True, "c": False}


def _money(seed, effect, listed=1500, control=300):
    """Three in ten bring a log-normal sum, of which the listed bring `effect` yuan more."""
    rng = np.random.default_rng(seed)
    sums = [np.where(rng.random(n) < 0.3, rng.lognormal(4, 0.8, n), 0.0) for n in (listed, control)]
    sums[0][sums[0] > 0] += effect
    return pd.DataFrame({"arm": ["listed"] * listed + ["control"] * control, "yuan": np.concatenate(sums)})


def test_the_interval_of_money_covers_the_truth_as_often_as_it_says():
    found = [money_lift(_money(seed, effect=20.0)) for seed in range(200)]

    truth = 0.3 * 20.0
    covered = sum(one.low <= truth <= one.high for one in found)
    assert 180 <= covered <= 198


def test_no_effect_on_money_is_no_proof_of_one():
    verdicts = [money_lift(_money(seed, effect=0.0)).verdict for seed in range(100)]

    assert verdicts.count("no proof of an effect") >= 96


def test_few_who_brought_money_are_not_enough():
    few = pd.DataFrame({"arm": ["listed"] * 300 + ["control"] * 300, "yuan": [5.0] * 300 + [5.0] * 39 + [0.0] * 261})

    found = money_lift(few)

    assert (found.verdict, found.difference, found.low) == ("not enough data yet", None, None)
    assert (found.listed, found.control) == (5.0, 0.65)
    assert money_lift(few, paying=39).verdict == "helps"


def test_of_several_comparisons_each_must_prove_more():
    one = _outcomes(1000, 300, 300, 66)

    assert lift(one).verdict == "helps"
    assert lift(one, comparisons=20).verdict == "no proof of an effect"
