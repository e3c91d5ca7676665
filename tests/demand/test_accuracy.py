"""What was forecast against what was sold, by hand."""

import json

import numpy as np
import pandas as pd
import pytest

from include.demand.accuracy import accuracy, held_against
from include.demand.panel import Panel

DAYS = pd.date_range("2025-01-01", periods=40)


def panel() -> Panel:
    """S1 sells two a day, S2 one every fourth day; S3 is sold out from the 25th to the 28th."""
    units = np.zeros((3, 40), np.float32)
    units[0], units[1, ::4], units[2] = 2, 1, 1
    units[2, 24:28] = np.nan
    whole = np.ones(units.shape, np.float32)
    keys = pd.DataFrame({"sku": ["S1", "S2", "S3"], "warehouse": "east"})
    return Panel(keys, DAYS, units, whole, whole, np.zeros(3, np.int32), np.zeros(3, bool))


def told(day: str, span: int, means: dict[str, float]) -> pd.DataFrame:
    """Quantiles: half the mean is the median, twice it the 0.9 quantile."""
    return pd.DataFrame(
        {
            "day": day,
            "sku": list(means),
            "warehouse": "east",
            "model_id": "m",
            "protection_days": span,
            "mean": list(means.values()),
            "quantiles": [json.dumps({"0.5": mean / 2, "0.9": 2 * mean}) for mean in means.values()],
        }
    )


def test_totals_are_those_of_the_days_after_the_list() -> None:
    judged = held_against(told("2025-01-20", 10, {"S1": 15.0, "S2": 4.0, "S3": 10.0}), panel())
    # S3's shelf was empty on four of the ten days: no yardstick.
    assert judged["sku"].tolist() == ["S1", "S2"]
    assert judged["sold"].tolist() == [20, 3]  # S2: the 21st, 25th, 29th
    # S1: median 7.5, 2 x 0.5 x 12.5 = 12.5; 0.9: 30, 2 x 0.1 x 10 = 2. S2: 2 -> 1; 8 -> 2 x 0.1 x 5 = 1.
    assert judged["loss"].tolist() == pytest.approx([7.25, 1.0])
    assert judged["demand_class"].tolist() == ["smooth", "intermittent"]
    assert judged["at_or_below_0.5"].tolist() == [False, False]
    assert judged["at_or_below_0.9"].tolist() == [True, True]


def test_what_is_not_over_or_unknown_is_left_out() -> None:
    some = pd.concat([told("2025-02-05", 10, {"S1": 20.0}), told("2025-01-20", 10, {"S9": 1.0})])
    assert held_against(some, panel()).empty
    assert accuracy(held_against(some, panel())).empty


def test_figures_by_demand_class_and_together() -> None:
    judged = held_against(told("2025-01-20", 10, {"S1": 15.0, "S2": 4.0}), panel())
    table = accuracy(judged).set_index("demand_class")
    assert table.index.tolist() == ["all", "intermittent", "smooth"]
    assert table.loc["all", "pinball"] == pytest.approx(8.25 / 23)
    assert table.loc["all", "bias"] == pytest.approx(19 / 23 - 1)
    assert table.loc["smooth", "bias"] == pytest.approx(-0.25)
    assert table.loc["all", "off_0.5"] == pytest.approx(-0.5)  # no total lies below its median: 0 % for 50 %
    assert table.loc["all", "off_0.9"] == pytest.approx(0.1)
    two = accuracy(judged, ["model_id", "demand_class"])
    assert two[["model_id", "demand_class"]].to_numpy().tolist() == [
        ["all", "all"], ["m", "intermittent"], ["m", "smooth"],
    ]  # fmt: skip
