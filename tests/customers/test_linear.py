import numpy as np
import pytest

from include.customers.churn.linear import fit_linear


def _rows(count, seed):
    """A silent share that rises with the first feature, is lowest in the middle of the second, and higher where the
    third is unknown; the fourth says nothing and the fifth is always unknown."""
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(count, 5))
    unknown = rng.random(count) < 0.3
    values[unknown, 2] = np.nan
    values[:, 4] = np.nan
    logits = 1.0 * values[:, 0] + 0.5 * (values[:, 1] ** 2 - 1) + 1.0 * unknown
    return values, logits, (rng.random(count) < 1 / (1 + np.exp(-logits))).astype(float)


def test_lines_bends_and_gaps_are_found():
    values, _, outcome = _rows(20_000, seed=1)
    fresh, logits, _ = _rows(2_000, seed=2)

    told = fit_linear(values, outcome, np.zeros(len(values)), seed=0).predict(fresh)

    assert np.corrcoef(told, logits)[0, 1] > 0.98
    assert np.abs((told - told.mean()) - (logits - logits.mean())).mean() < 0.2


def test_the_scale_of_a_feature_changes_nothing():
    values, _, outcome = _rows(3_000, seed=3)
    stretched = values.copy()
    stretched[:, 0] = np.exp(stretched[:, 0])

    plain = fit_linear(values, outcome, np.zeros(len(values)), seed=0)
    bent = fit_linear(stretched, outcome, np.zeros(len(values)), seed=0)

    assert np.corrcoef(plain.predict(values), bent.predict(stretched))[0, 1] > 0.999


def test_what_is_known_beforehand_is_not_learned_again():
    values, logits, outcome = _rows(20_000, seed=4)

    told = fit_linear(values, outcome, logits, seed=0).predict(values)

    assert np.std(told) < 0.1


def test_values_beyond_the_training_rows_stay_at_their_ends():
    values, _, outcome = _rows(3_000, seed=5)
    linear = fit_linear(values, outcome, np.zeros(len(values)), seed=0)
    far = np.zeros((2, 5))
    far[:, 0] = [100.0, 1e9]

    assert linear.predict(far)[0] == pytest.approx(linear.predict(far)[1])
