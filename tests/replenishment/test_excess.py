from typing import Any

import numpy as np
import pandas as pd

from include.replenishment.excess import ACTIONS, excess_lines, grades
from include.replenishment.policy import ExcessPolicy, StockPolicy


def stock(**changes: Any) -> pd.DataFrame:
    """200 there, one sold a day: 110 are more than 90 days' worth. Bought at 10 yuan, sold at 20."""
    line = {
        "sku": "S1",
        "warehouse": "east",
        "on_hand": 200,
        "promised": 0,
        "arriving": 0,
        "daily_mean": 1.0,
        "age_days": 10,
        "unit_cost_micros": 10_000_000,
        "unit_price_micros": 20_000_000,
    }
    return pd.DataFrame([{**line, **changes}]).astype({"age_days": "Int64"})


def test_only_what_exceeds_the_cover_is_too_much():
    line = excess_lines(stock(), StockPolicy()).iloc[0]

    assert line["quantity"] == 110
    assert line["cover_days"] == 200
    assert line["sell_through"] == 0.15
    assert line["tied_up_micros"] == 1_100_000_000
    assert excess_lines(stock(on_hand=90), StockPolicy()).empty


def test_promised_units_and_units_on_their_way_are_not_ours_to_clear():
    assert excess_lines(stock(on_hand=200, promised=150, arriving=150), StockPolicy())["quantity"].tolist() == [50]


def test_points_make_the_grade():
    rules = ExcessPolicy()
    cover = np.array([100.0, 200.0, 100.0, 200.0, np.inf])
    age = np.array([10.0, 10.0, 100.0, 100.0, 400.0])
    margin = np.array([0.5, 0.5, 0.5, 0.5, 0.1])

    assert grades(cover, age, margin, rules).tolist() == ["C", "B", "B", "A", "S"]


def test_the_action_is_the_one_that_costs_least_and_all_costs_are_kept():
    line = excess_lines(stock(is_returnable=True, shortage_elsewhere=110, companion="S2"), StockPolicy()).iloc[0]

    costs = {action: line[f"cost_{action}_micros"] for action in ACTIONS}
    assert costs[line["action"]] == min(costs.values())
    assert line["action_cost_micros"] == min(costs.values())
    # 110 units at 1 yuan of transport; 20 % of 10 yuan kept by the supplier; 70 % of cost lost to the liquidator.
    assert costs["transfer"] == 110_000_000
    assert costs["return"] == 220_000_000
    assert costs["clear"] == 770_000_000
    # Held from day 90 to day 200, 145 on average, at 25 % of 10 yuan a year.
    assert costs["hold"] == round(110 * 145 * 10_000_000 * 0.25 / 365)


def test_what_does_not_sell_can_only_be_returned_cleared_or_written_off():
    line = excess_lines(stock(daily_mean=0.0, companion="S2", age_days=400), StockPolicy()).iloc[0]

    assert line["action"] == "clear"
    assert pd.isna(line["cost_promote_micros"])
    assert pd.isna(line["cost_bundle_micros"])
    assert pd.isna(line["cover_days"])
    assert line["saved_micros"] > 0


def test_the_worst_come_first():
    both = pd.concat([stock(sku="mild"), stock(sku="dead", daily_mean=0.0, age_days=400)])

    assert excess_lines(both, StockPolicy())["sku"].tolist() == ["dead", "mild"]
