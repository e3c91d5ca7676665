import numpy as np
import pandas as pd
import pytest

from include.replenishment.distribution import distribution_of

FRAME = pd.DataFrame({"q0.5": [10.0], "q0.9": [20.0]})


def test_quantiles_are_read_between_and_beyond_the_given_levels():
    demand = distribution_of(FRAME)

    # 0 at level 0, 10 at 0.5, 20 at 0.9, and 30 at level 1: as far above 20 as 20 is above 10.
    assert [demand.at(np.array([level]))[0] for level in (0.25, 0.5, 0.7, 0.95)] == pytest.approx([5, 10, 15, 25])


def test_expected_sales_by_hand():
    demand = distribution_of(FRAME)

    # With 10 units: half the time demand is spread over 0..10 (5 sold on average), else 10 are sold.
    assert demand.expected_met(np.array([10.0]))[0] == pytest.approx(0.5 * 5 + 0.5 * 10)
    assert demand.mean()[0] == pytest.approx(0.5 * 5 + 0.4 * 15 + 0.1 * 25)
    assert demand.expected_met(np.array([1e9]))[0] == pytest.approx(demand.mean()[0])


def test_crossing_quantiles_are_put_in_order():
    crossed = distribution_of(pd.DataFrame({"q0.5": [10.0], "q0.9": [8.0]}))

    assert crossed.at(np.array([0.9]))[0] == 10


def test_too_few_quantiles_are_named():
    with pytest.raises(ValueError, match=r"q0\.9"):
        distribution_of(pd.DataFrame({"q0.9": [1.0]}))
