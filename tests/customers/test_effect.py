import numpy as np
import pandas as pd
import pytest

from include.customers.recall.effect import at_even, measured_effect


def _outcomes(listed, listed_returned, control, control_returned, p_churn=0.5):
    return pd.DataFrame(
        {
            "arm": ["listed"] * listed + ["control"] * control,
            "returned": [n < listed_returned for n in range(listed)] + [n < control_returned for n in range(control)],
            "p_churn": p_churn,
        }
    )


def test_while_an_arm_is_small_the_prior_counts():
    found = measured_effect(_outcomes(1000, 500, 29, 0), prior=0.05, prior_customers=300)

    assert (found.at_even, found.measured, found.is_measured) == (0.05, None, False)
    assert (found.listed, found.control) == (1000, 29)


def test_what_is_measured_is_the_chance_to_bring_back_a_wavering_customer():
    # 600 of 1000 came, 500 of 1000 of those left alone: of 500 lost ones 100 were brought back, a fifth.
    found = measured_effect(_outcomes(1000, 600, 1000, 500), prior=0.05, prior_customers=300)

    assert found.measured == pytest.approx(0.2, abs=0.001)
    assert found.low < 0.2 < found.high
    assert 0.05 < found.at_even < found.measured  # drawn to the prior


def test_the_prior_weighs_as_its_customers_do():
    # As many customers as the prior is worth: the logarithms of the odds' factors meet half way.
    found = measured_effect(_outcomes(400, 240, 400, 200), prior=0.0, prior_customers=400)

    assert found.measured == pytest.approx(0.2, abs=0.002)
    assert found.at_even == pytest.approx(at_even(np.log(1.5) / 2), abs=0.005)
    light = measured_effect(_outcomes(400, 240, 400, 200), prior=0.0, prior_customers=0.001)
    assert light.at_even == pytest.approx(found.measured, abs=1e-4)


def test_customers_of_different_risk_are_not_pooled():
    """The same factor of 3 on the odds of returning among safe and lost customers, of whom the arms hold other shares:
    pooled it would look like 1.3."""
    safe = _outcomes(200, 150, 200, 100, p_churn=0.2)  # odds 3 against 1
    lost = _outcomes(800, 200, 200, 20, p_churn=0.9)  # odds 1/3 against 1/9
    found = measured_effect(pd.concat([safe, lost]), prior=0.0, prior_customers=0.001)

    assert found.measured == pytest.approx(at_even(np.log(3)), abs=0.01)


def test_a_list_goes_on_until_harm_is_proven():
    little = measured_effect(_outcomes(300, 60, 100, 24), prior=0.01, prior_customers=10, floor=0.005)
    harm = measured_effect(_outcomes(3000, 300, 1000, 300), prior=0.05, prior_customers=300, floor=0.005)

    assert little.measured < 0
    assert (little.at_even, little.is_harm) == (0.005, False)
    assert (harm.at_even, harm.is_harm) == (0.0, True)


def test_bands_where_nobody_returned_or_everybody_did_are_no_trouble():
    none = measured_effect(_outcomes(500, 0, 60, 0), prior=0.05, prior_customers=300)
    everybody = measured_effect(_outcomes(500, 500, 60, 60), prior=0.05, prior_customers=300)

    for found in (none, everybody):
        assert np.isfinite([found.at_even, found.low, found.high]).all()
        assert found.low < 0 < found.high


def test_scores_that_are_not_known_count_as_the_middle():
    unknown = _outcomes(500, 100, 100, 15, p_churn=np.nan)

    assert measured_effect(unknown, 0.05, 300).measured == pytest.approx(
        measured_effect(_outcomes(500, 100, 100, 15), 0.05, 300).measured
    )
