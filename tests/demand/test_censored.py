"""A stock-out's zeros do not move the forecast as zeros would: M5's own sales, with days blanked at random."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks.censored import blanked, measure, through_facts
from tests.demand.conftest import merchant

M5 = Path(__file__).parents[3] / "shared" / "data" / "m5"


def test_a_reported_empty_shelf_is_unknown_and_an_unnoticed_one_is_zero() -> None:
    panel = merchant(skus=5, days=120)
    empty = blanked(panel, 0.2, seed=1)
    known = np.isfinite(panel.units)
    assert empty.any()
    assert not (empty & ~known).any()
    censored = through_facts(panel, empty)
    assert np.isnan(censored.units[empty]).all()
    np.testing.assert_array_equal(censored.units[~empty], panel.units[~empty])
    believed = through_facts(panel, empty, is_reported=False)
    assert (believed.units[empty] == 0).all()


@pytest.mark.slow
@pytest.mark.skipif(not (M5 / "sales_wide.parquet").exists(), reason="needs M5's sales beside the project")
def test_forecasts_of_censored_series_keep_their_size() -> None:
    told = measure(M5, series=400, share=0.1, days=28, seed=3)
    assert told["days they lost, share"] > 0.1
    assert told["both"] == pytest.approx(1, abs=0.01)
    assert told["blanked / whole, sold out on the last day"] == pytest.approx(1, abs=0.05)
    assert told["zeros believed / whole"] < 0.95
