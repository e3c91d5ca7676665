import json

import numpy as np
import pandas as pd
import pytest

from include.customers.churn.customer_features import FeatureMatrix
from include.customers.churn.drift import (
    WATCH_COLUMNS,
    calibration_bins,
    calibration_of,
    drift_since,
    lost_between,
    reference_of,
)
from include.customers.history import order_history


def _customers(seed, count=4000, shift=0.0, unknown=0.2):
    rng = np.random.default_rng(seed)
    tenure, silence = rng.gamma(2.0, 1.0, count), rng.exponential(1.0, count) + shift
    silence[rng.random(count) < unknown] = np.nan
    values = np.stack([tenure, silence], axis=1).astype(np.float32)
    return FeatureMatrix(values, ("tenure", "silence")), rng.beta(5, 2, count)


def test_one_population_shows_what_chance_shows():
    pairs = [(json.loads(json.dumps(reference_of(*_customers(seed)))), _customers(seed + 100)) for seed in range(40)]

    found = [drift_since(reference, *customers).set_index("about") for reference, customers in pairs]

    for about in ("score", "tenure", "silence"):
        mean = np.mean([one.loc[about, "value"] for one in found])
        assert mean == pytest.approx(found[0].loc[about, "by_chance"], rel=0.35)
        assert max(one.loc[about, "value"] for one in found) < 0.02
    assert tuple(found[0].reset_index()[list(WATCH_COLUMNS)]) == WATCH_COLUMNS


def test_what_moved_is_found_and_nothing_else():
    reference = reference_of(*_customers(1))
    features, scores = _customers(2, shift=0.7)

    found = drift_since(reference, features, scores**2).set_index("about")["value"]

    assert found["silence"] > 0.25
    assert found["score"] > 0.25
    assert found["tenure"] < 0.02
    unknown = drift_since(reference, *_customers(2, unknown=0.7)).set_index("about")["value"]
    assert unknown["silence"] > 0.25  # that it is not known is a change as well


def test_a_value_that_many_share_may_move_a_little():
    rng = np.random.default_rng(5)
    category = rng.choice([0.2, 0.3, 0.4], 3000)
    scores = rng.beta(5, 2, 3000)
    reference = reference_of(FeatureMatrix(category[:, None].astype(np.float32), ("category",)), scores)

    def found(values):
        matrix = FeatureMatrix(values[:, None].astype(np.float32), ("category",))
        return drift_since(reference, matrix, scores).set_index("about").loc["category", "value"]

    assert found(category + 0.01) == 0.0
    assert found(category + 0.1) > 0.25


def test_scores_that_came_true_are_off_by_chance_alone():
    rng = np.random.default_rng(3)
    found = []
    for _ in range(60):
        chances = rng.beta(5, 2, 1500)
        found.append(calibration_of(chances, rng.random(1500) < chances, "2024-01-01").set_index("measure"))

    for measure in ("level", "calibration_error"):
        mean = np.mean([one.loc[measure, "value"] for one in found])
        assert mean == pytest.approx(found[0].loc[measure, "by_chance"], rel=0.2)


def test_scores_that_are_too_high_are_seen():
    rng = np.random.default_rng(4)
    chances = rng.beta(5, 2, 1500)

    found = calibration_of(chances, rng.random(1500) < chances - 0.1, "2024-01-01").set_index("measure")

    assert found.loc["level", "value"] == pytest.approx(0.1, abs=0.03)
    assert found.loc["calibration_error", "value"] == pytest.approx(0.1, abs=0.03)


def test_bins_hold_equal_numbers_in_order():
    bins = calibration_bins(np.array([0.9, 0.1, 0.2, 0.8]), np.array([True, False, False, True]), bins=2)

    assert bins["customers"].tolist() == [2, 2]
    assert bins["mean_chance"].tolist() == pytest.approx([0.15, 0.85])
    assert bins["lost_share"].tolist() == [0.0, 1.0]


def test_lost_is_who_did_not_order_in_between():
    orders = pd.DataFrame(
        [("came", "2024-02-10"), ("late", "2024-03-02"), ("before", "2024-01-31")], columns=["customer", "day"]
    ).assign(revenue_micros=1_000_000, order_id="o")

    lost = lost_between(
        np.array(["came", "late", "before", "nobody"]), order_history(orders), "2024-01-31", "2024-03-01"
    )

    assert lost.tolist() == [False, True, True, True]
