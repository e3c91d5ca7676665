import numpy as np
import pytest

from include.customers.churn.blend import Blend, fit_blend, season_change
from include.customers.churn.customer_features import FeatureMatrix
from include.customers.churn.learners import sigmoid


def _logit(p):
    return np.log(p / (1 - p))


def _families(pareto, mbg, regular):
    names = ("pareto_nbd_quiet", "mbg_nbd_quiet", "regular_quiet", "pareto_nbd_orders", "mbg_nbd_orders")
    columns = [_logit(pareto), _logit(mbg), _logit(regular), np.zeros(2), np.zeros(2)]
    return FeatureMatrix(np.stack([*columns, np.zeros(2)], axis=1), (*names, "regular_orders"))


def test_chances_are_averaged_at_one_level():
    blend = Blend(shifts=(1.0, -1.0), factors=())
    members = np.array([[0.0, 0.0], [2.0, 4.0]])

    # Customer 1: sigmoid(1), sigmoid(-1) -> 0.5; customer 2: sigmoid(3) both.
    assert blend.p_quiet(members) == pytest.approx([0.5, 1 / (1 + np.exp(-3))])


def test_without_lightgbm_the_families_speak_at_mbgs_level():
    features = _families(np.array([0.6, 0.6]), np.array([0.8, 0.8]), np.array([0.3, 0.3]))

    blend = fit_blend(features, None, None)

    quiet = np.stack([features.column(f"{name}_quiet") for name in ("pareto_nbd", "mbg_nbd", "regular")], axis=1)
    assert blend.p_quiet(quiet) == pytest.approx([0.8, 0.8], abs=1e-4)
    # Twenty in a hundred come where Pareto/NBD sees forty and the regular family seventy: orders fall with them.
    assert blend.factors == pytest.approx((0.2 / 0.4 / 3, 1 / 3, 0.2 / 0.7 / 3), abs=1e-3)
    assert blend.order_days(np.ones((2, 3))) == pytest.approx([(0.5 + 1.0 + 0.2 / 0.7) / 3] * 2, abs=1e-3)


def test_half_of_last_years_season_is_expected_again():
    features = _families(np.array([0.5, 0.5]), np.array([0.5, 0.5]), np.array([0.5, 0.5]))

    blend = fit_blend(features, None, season=-1.0)

    assert blend.p_quiet(np.zeros((2, 3))) == pytest.approx(sigmoid(np.array([-0.5, -0.5])), abs=1e-4)


def test_a_season_is_the_move_from_the_half_horizon_before():
    even = np.zeros(100)

    # Half were silent before, a quarter in the season: from level 0 to logit(0.25).
    change = season_change((even, np.arange(100) >= 25), (even, np.arange(100) >= 50))

    assert change == pytest.approx(np.log(1 / 3), abs=1e-3)
