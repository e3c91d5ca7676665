"""A line costs something to order, so it is ordered for some days at once, and not at every look."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from include.replenishment.day_plan import DayPlan, plan_day
from include.replenishment.explain import explain
from include.replenishment.planning_frames import PlanningData
from include.replenishment.policy import policy_of
from include.replenishment.quantity.order_cycle import cycle_days
from include.replenishment.quantity.plan_lines import plan_lines
from include.replenishment.quantity.protection_period import protection_of
from include.settings.stock.replenishment import Replenishment
from include.settings.stock.transport import Transport
from tests.replenishment.known import DAY, YUAN, forecasts, known
from tests.replenishment.lines import plan_inputs
from tests.replenishment.policies import a_policy, at_level

pytestmark = pytest.mark.slow

APART = Replenishment(transport=Transport(open=False))


def of_pace(a_day: list[float], cost: int = 10 * YUAN) -> pd.DataFrame:
    return pd.DataFrame({"daily_mean": a_day, "unit_cost_micros": cost, "unit_price_micros": 2 * cost}).astype(
        {"unit_cost_micros": "Int64", "unit_price_micros": "Int64"}
    )


def planned(what: PlanningData, a_day: Any = 1.0, settings: Replenishment = APART) -> DayPlan:
    policy = policy_of(settings)
    protection = protection_of(what, forecasts(what, a_day), settings, policy)
    return plan_day(what, protection, settings, policy, is_excess_wanted=False)


def test_the_cycle_is_the_economic_time_supply() -> None:
    # Holding ten yuan's worth at 36.5 % a year costs 0.01 yuan a day: sqrt(2 * 5 / (0.01 * 10 a day)) = 10 days.
    policy = a_policy(order_line_micros=5 * YUAN, holding_rate=0.365)
    sure = np.ones(3)

    days = cycle_days(of_pace([10.0, 2.5, 0.001]), policy, sure)

    assert days == pytest.approx([10.0, 20.0, policy.longest_cycle_days])
    # Who holds at four times its money orders twice as often; a guess is not ordered for long.
    assert cycle_days(of_pace([10.0]), replace(policy, holding_weight=4.0), sure[:1]) == pytest.approx([5.0])
    assert cycle_days(of_pace([0.001]), policy, np.zeros(1)) == pytest.approx([0.0])
    assert cycle_days(of_pace([10.0]), replace(policy, order_line_micros=0), sure[:1]) == pytest.approx([0.0])
    assert cycle_days(of_pace([0.0]), policy, sure[:1]) == pytest.approx([0.0])


def test_below_the_level_an_order_lasts_a_cycle_longer_and_above_it_there_is_none() -> None:
    at = at_level(0.9)
    lacks, has = plan_inputs(cycle_demand=12, cycle_days=9.0), plan_inputs(sku="S2", on_hand=27, cycle_demand=12)

    plan = plan_lines(pd.concat([lacks, has]), at, DAY)

    # 28 - 5 - 3 + 2 = 22 are needed, and twelve more last nine days longer. 27 + 3 - 2 is the level itself.
    assert plan["need"].tolist() == [22, 0]
    assert plan["cycle_raise"].tolist() == [12, 0]
    assert plan["quantity"].tolist() == [34, 0]
    assert "cycle_raise" in plan["reasons"][0]
    assert "多 12 件" in explain(plan.loc[0].to_dict(), "zh")
    assert "22 + order cycle 12 = order 34 units" in explain(plan.loc[0].to_dict(), "en")


def test_a_cycle_fills_no_pack_that_is_not_whole_and_a_minimum_holds_it() -> None:
    at = at_level(0.9)
    packs = plan_inputs(cycle_demand=12, pack=10)
    minimum = plan_inputs(sku="S2", cycle_demand=12, moq=60)

    plan = plan_lines(pd.concat([packs, minimum]), at, DAY)

    # 34 would be three packs and a part: 30, which the need alone takes as well.
    assert plan[["need", "pack_rounding", "cycle_raise", "moq_raise", "quantity"]].to_numpy().tolist() == [
        [22, 8, 0, 0, 30],
        [22, 0, 12, 26, 60],
    ]


def test_who_orders_as_told_orders_a_line_seldom_and_by_the_old_rule_every_day() -> None:
    """Twenty days of one unit a day, as foreseen."""

    def lines_ordered(settings: Replenishment) -> int:
        on_hand, coming, count = 16, [0] * 60, 0
        for _ in range(20):
            what = known(on_hand=[on_hand, 500, 500])
            rows = [(day, units) for day, units in enumerate(coming) if units]
            orders = what.purchase_orders.reindex(range(len(rows))).assign(
                purchase_order_id=[f"P{day}" for day, _ in rows], line_id="1", sku="S1", supplier="G1",
                warehouse="east", ordered_day=DAY, status="open", quantity=[units for _, units in rows],
                expected_day=[str((pd.Timestamp(DAY) + pd.Timedelta(days=day + 1)).date()) for day, _ in rows],
            ).astype(what.purchase_orders.dtypes.to_dict())  # fmt: skip
            plan = planned(replace(what, purchase_orders=orders), 1.0, settings)
            units = int(plan.lines.set_index("warehouse").loc["east", "quantity"])
            count += units > 0
            coming[9] += units
            on_hand = max(on_hand + coming.pop(0) - 1, 0)
            coming.append(0)
        return count

    daily = APART.model_copy(update={"order_line_cost": 0.0, "review_period_days": 1})
    seldom = daily.model_copy(update={"order_line_cost": 5.0})

    assert lines_ordered(daily) > 12
    assert lines_ordered(seldom) <= 2


def test_what_is_taken_off_sale_is_not_ordered_for_longer() -> None:
    goes = planned(known(on_hand=0, ended_day="2025-06-30"))
    stays = planned(known(on_hand=0))

    assert (goes.lines["cycle_raise"] < stays.lines["cycle_raise"]).all()
    # 26 days are left, 11 of them in the protection period.
    assert 0 < goes.lines["cycle_demand"].max() <= 15


def test_what_lasts_the_cycle_moves_only_to_save_sales() -> None:
    open_lanes = Replenishment(transport=Transport(cost_per_unit=0.1, min_saving=2.0))
    level = int(planned(known(on_hand=100)).lines["order_up_to"].iloc[0])
    cycle = int(planned(known(on_hand=100)).lines["cycle_demand"].iloc[0])
    assert cycle > 5

    within = planned(known(on_hand=[level + cycle, level - 6, level]), settings=open_lanes)
    beyond = planned(known(on_hand=[level + cycle + 8, level - 6, level]), settings=open_lanes)

    bare = planned(known(on_hand=[level + cycle, 0, level]), settings=open_lanes)

    assert within.transfers.empty
    assert beyond.transfers["quantity"].sum() > 0
    assert bare.transfers[["from_warehouse", "warehouse"]].to_numpy().tolist() == [["east", "north"]]
    assert bare.lines.set_index("warehouse").loc["east", "need"] <= 0
