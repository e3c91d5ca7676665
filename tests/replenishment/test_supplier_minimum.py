"""A supplier's least order value: lines wait for it, or are raised where a yuan earns most."""

from typing import Any

import pandas as pd

from include.replenishment.explain import explain
from include.replenishment.quantity.plan_lines import plan_lines, restock_lines
from tests.replenishment.lines import plan_inputs
from tests.replenishment.policies import at_level

DAY = "2025-11-09"
YUAN = 1_000_000
POLICY = at_level(0.9)


def two_lines(minimum_yuan: int, on_hand: tuple[int, int] = (5, 60), **second: Any) -> pd.DataFrame:
    """Ten yuan a unit, up to 28 units. S1 has 6 units of its own to come (5 + 3 - 2) and needs 22, S2 needs nothing."""
    lines = [plan_inputs(sku="S1", on_hand=on_hand[0]), plan_inputs(sku="S2", on_hand=on_hand[1], **second)]
    return pd.concat(lines, ignore_index=True).assign(supplier_minimum_micros=minimum_yuan * YUAN)


def planned(inputs: pd.DataFrame, **policy: Any) -> pd.DataFrame:
    return plan_lines(inputs, at_level(0.9, **policy), DAY).set_index("sku")


def test_an_order_above_the_minimum_stays_as_it_is() -> None:
    plan = planned(two_lines(220))
    assert plan["quantity"].tolist() == [22, 0]
    assert plan["supplier_raise"].tolist() == [0, 0]


def test_an_urgent_order_is_raised_to_the_minimum_and_says_so() -> None:
    # 6 units last for 4 days; an order of the next look would be there in 14.
    plan = planned(two_lines(300))
    assert plan["quantity"].sum() * 10 == 300
    assert plan["supplier_raise"].sum() == 8
    assert (plan["need"].clip(lower=0) + plan["moq_raise"] == plan["quantity"]).all()
    # Units beyond 28 of S1 sell with a chance of a tenth; S2 has 61 of its own to come, enough for 40 in 99 of 100.
    assert plan.loc["S1", "supplier_raise"] == 8
    line = restock_lines(plan.reset_index()).iloc[0]
    assert "8 more to reach the supplier's least order of 300.00 yuan" in explain(line, "en")
    assert "起订金额 300.00 元" in explain(line, "zh")


def test_the_raise_goes_where_a_yuan_earns_most() -> None:
    # S2 earns three times as much a unit and lacks nothing yet by its own level: 28 units are to come.
    plan = planned(two_lines(300, on_hand=(5, 27), unit_price_micros=70 * YUAN))
    assert plan.loc["S2", "need"] == 0
    assert plan.loc["S2", "supplier_raise"] == 8
    listed = restock_lines(plan.reset_index())
    assert set(listed["sku"]) == {"S1", "S2"}
    assert "enough_stock" not in plan.loc["S2", "reasons"]


def test_an_order_that_is_not_urgent_waits() -> None:
    # 24 units last for 16 days, an order of the next look is there in 14; the level of 28 asks for 4 units.
    plan = planned(two_lines(300, on_hand=(23, 60)))
    assert plan["need"].tolist() == [4, -33]
    assert plan["quantity"].tolist() == [0, 0]
    assert plan["deferred"].tolist() == [4, 0]
    assert restock_lines(plan.reset_index()).empty


def test_a_minimum_beyond_reason_is_not_reached_and_a_person_is_asked() -> None:
    # 90 days sell 129 units each; the raise stops there, far below 100,000 yuan.
    plan = planned(two_lines(100_000))
    assert plan["quantity"].tolist() == [22, 0]
    assert plan["is_below_supplier_minimum"].tolist() == [True, False]
    assert "below the supplier's least order of 100,000.00 yuan" in explain(plan.reset_index().iloc[0], "en")


def test_a_budget_below_the_minimum_buys_nothing_there() -> None:
    plan = planned(two_lines(300), budget_micros=250 * YUAN)
    assert plan["quantity"].tolist() == [0, 0]
    assert plan["budget_cut"].sum() == 30
    assert plan["forgone_micros"].sum() > 0


def test_suppliers_are_counted_apart_and_warehouses_together() -> None:
    inputs = two_lines(300, on_hand=(5, 5)).assign(supplier=["north", "south"])
    assert planned(inputs)["quantity"].tolist() == [30, 30]
    together = two_lines(300, on_hand=(5, 5)).assign(sku="S1", warehouse=["east", "west"])
    assert plan_lines(together, POLICY, DAY)["quantity"].tolist() == [22, 22]
