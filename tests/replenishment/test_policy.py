import numpy as np
import pandas as pd
import pytest

from include.replenishment.policy import classify, policy_of, predictability_class, value_class
from include.settings.stock.excess import Excess
from include.settings.stock.replenishment import Replenishment
from tests.replenishment.policies import a_policy


def test_the_sku_that_crosses_a_bound_still_belongs_before_it():
    revenue = pd.Series([700.0, 200.0, 70.0, 30.0], index=["a", "b", "c", "d"])

    classes = value_class(revenue, a_policy())

    # a fills 0-70 %, b crosses 80 %, c crosses 95 %, d begins at 97 %.
    assert classes.tolist() == ["A", "A", "B", "C"]


def test_what_brought_no_revenue_is_c_even_when_nothing_did():
    assert value_class(pd.Series([0.0, 0.0]), a_policy()).tolist() == ["C", "C"]


def test_unknown_variation_is_the_least_predictable():
    cv = pd.Series([0.5, 0.51, 1.0, 1.01, np.nan])

    assert predictability_class(cv, a_policy()).tolist() == ["X", "Y", "Y", "Z", "Z"]


def test_value_is_judged_by_sku_over_all_warehouses():
    inputs = pd.DataFrame(
        {
            "sku": ["big", "big", "small"],
            "category": "care",
            "revenue_13_weeks_micros": [500, 500, 40],
            "weekly_cv": [0.1, 2.0, 0.1],
        }
    )

    levels = {**Replenishment().service_levels, "AX": 0.975, "AZ": 0.9, "CX": 0.9}
    classes = classify(inputs, a_policy(service_levels=levels))

    assert classes["abc"].tolist() == ["A", "A", "C"]
    assert classes["service_level"].tolist() == [0.975, 0.90, 0.90]


def test_an_override_by_sku_goes_before_one_by_category_and_class():
    inputs = pd.DataFrame(
        {
            "sku": ["s", "t", "u"],
            "category": ["care", "care", "food"],
            "revenue_13_weeks_micros": [1, 1, 1],
            "weekly_cv": [0.1, 0.1, 0.1],
        }
    )
    policy = a_policy(level_overrides={"sku:s": 0.6, "category:care": 0.7, "AX": 0.8, "CX": 0.5, "BX": 0.5})

    assert classify(inputs, policy)["service_level"].tolist()[:2] == [0.6, 0.7]


def test_a_level_that_is_no_probability_is_refused_by_name():
    with pytest.raises(ValueError, match=r"sku:s is 1\.5"):
        a_policy(level_overrides={"sku:s": 1.5})


def test_the_merchants_yuan_become_micros():
    policy = policy_of(Replenishment(budget=1234.56, emergency_fund=10, excess=Excess(cover_days=60)))

    assert policy.budget_micros == 1_234_560_000
    assert policy.emergency_fund_micros == 10_000_000
    assert policy.excess.cover_days == 60
    assert policy.service_levels["AX"] == 0.95
