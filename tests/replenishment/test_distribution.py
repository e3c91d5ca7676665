import numpy as np
import pandas as pd
import pytest

from include.demand.forecast import Forecast
from include.replenishment.quantity.distribution import distribution_of, distribution_through

FRAME = pd.DataFrame({"q0.5": [10.0], "q0.9": [20.0]})


def test_quantiles_are_read_between_and_beyond_the_given_levels():
    demand = distribution_of(FRAME)

    assert [demand.at(np.array([level]))[0] for level in (0.25, 0.5, 0.7, 0.9)] == pytest.approx([5, 10, 15, 20])
    # From 0.5 to 0.9 the chance of more fell to a fifth over ten units; it goes on falling at that pace.
    scale = 10 / np.log(5)
    for level in (0.99, 0.995, 0.998):
        assert demand.at(np.array([level]))[0] == pytest.approx(20 + scale * np.log(0.1 / (1 - level)))


def test_the_tail_is_the_one_in_which_a_forecast_is_read():
    levels = (0.5, 0.9, 0.975)
    forecast = Forecast(
        pd.DataFrame({"sku": ["S1"], "warehouse": ["east"]}), np.array([14]), levels, np.array([11.0]),
        np.array([[10.0, 20.0, 26.0]]), np.array(["model"]), np.array(["high"]),
    )  # fmt: skip
    demand = distribution_through(np.array(levels), forecast.quantiles)
    assert demand.at(np.array([0.995])) == pytest.approx(forecast.quantile(0.995))


def test_expected_sales_by_hand():
    demand = distribution_of(FRAME)

    # With 10 units: half the time demand is spread over 0..10 (5 sold on average), else 10 are sold.
    assert demand.expected_met(np.array([10.0]))[0] == pytest.approx(0.5 * 5 + 0.5 * 10)
    # An exponential tail exceeds its beginning by its scale on average; the few straight pieces come close to it.
    assert demand.mean()[0] == pytest.approx(0.5 * 5 + 0.4 * 15 + 0.1 * (20 + 10 / np.log(5)), rel=0.02)
    assert demand.expected_met(np.array([1e9]))[0] == pytest.approx(demand.mean()[0])


def test_crossing_quantiles_are_put_in_order():
    crossed = distribution_of(pd.DataFrame({"q0.5": [10.0], "q0.9": [8.0]}))

    assert crossed.at(np.array([0.9]))[0] == 10


def test_too_few_quantiles_are_named():
    with pytest.raises(ValueError, match=r"q0\.9"):
        distribution_of(pd.DataFrame({"q0.9": [1.0]}))
