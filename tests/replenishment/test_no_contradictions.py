"""The lists of a day agree with each other: 200 random merchants in one plan, from empty shelves to years of stock.

They are the merchants of `test_nothing_twice`, with warehouses that may help each other.
"""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from include.replenishment.day_plan import DayPlan, plan_day
from include.replenishment.planning_frames import CLEARED, PlanningData
from include.replenishment.policy import StockPolicy, policy_of
from include.replenishment.quantity.protection_period import protection_of
from include.replenishment.surplus.surplus import in_work
from include.settings.stock.replenishment import Replenishment
from include.settings.stock.transport import Transport
from tests.replenishment.contradictions import contradictions, unbalanced, units_of_skus
from tests.replenishment.test_nothing_twice import outlook_of, world

HELPING = Replenishment(transport=Transport(days=2, min_saving=5))
POLICY = policy_of(HELPING)


def planned(planning: PlanningData, ahead: list, policy: StockPolicy = POLICY) -> DayPlan:
    return plan_day(planning, protection_of(planning, ahead, HELPING, policy), HELPING, policy)


@pytest.fixture(scope="module")
def merchants() -> tuple[PlanningData, list]:
    made = world(seed=11, settings=HELPING)
    # A third of the warehouses has far too much, and some sell nothing of it.
    times = made.generator.choice([1, 1, 1, 1, 6, 30], len(made.on_hand))
    made.on_hand = made.on_hand * times + np.where(times > 5, 20, 0)
    made.rate = np.where(made.generator.random(len(made.rate)) < 0.08, 0.001, made.rate)
    known, ahead = outlook_of(made)
    every = known.products
    ends = np.where(made.generator.random(len(every)) < 0.1, "2025-06-20", None)
    cost = made.generator.choice([2, 10, 120], len(every)) * 1_000_000
    goods = every.assign(
        ended_day=pd.array(ends, dtype="str"), cost_micros=cost, list_price_micros=(cost * 1.8).astype("int64")
    )
    return replace(known, products=goods), ahead


@pytest.fixture(scope="module")
def day(merchants: tuple[PlanningData, list]) -> DayPlan:
    return planned(*merchants)


def test_the_lists_of_two_hundred_merchants_do_not_contradict_each_other(day: DayPlan) -> None:
    assert len(day.restock) > 100
    assert len(day.transfers) > 50
    assert day.excess["action"].nunique() >= 2
    assert (day.transfers["excess_units"] > 0).sum() > 10
    assert contradictions(day, POLICY) == []


def test_the_units_of_every_sku_add_up(day: DayPlan) -> None:
    """free + coming + moved + bought = wanted + left - lacking, and what is moved is moved from somewhere."""
    assert len(units_of_skus(day)) == 200
    assert unbalanced(day) == []
    # What no list asks for is too little for anyone to lack: only what waits or was cut.
    unlimited = day.lines[(day.lines["deferred"] == 0) & (day.lines["budget_cut"] == 0)]
    lacks = unlimited["order_up_to"] - (unlimited["on_hand"] - unlimited["promised"] + unlimited["arriving"])
    assert (unlimited["quantity"] >= lacks - unlimited["shelf_life_cut"]).all()


def test_a_cap_on_the_budget_brings_no_contradiction(merchants: tuple[PlanningData, list]) -> None:
    poor = replace(POLICY, budget_micros=20_000_000_000)
    plan = planned(*merchants, poor)

    assert (plan.lines["budget_cut"] > 0).any()
    assert contradictions(plan, poor) == []


def test_what_a_transfer_saves_is_the_sum_of_its_parts(day: DayPlan) -> None:
    moved = day.transfers

    gains = moved["sales_micros"] + moved["minimum_micros"] + moved["relief_micros"]
    assert (gains - moved["held_micros"] - moved["missed_micros"] - moved["cost_micros"] == moved["saved_micros"]).all()
    assert (moved["saved_micros"] >= POLICY.transport.min_saving_micros).all()
    given = moved.groupby(["sku", "from_warehouse"])["quantity"].sum()
    assert (given <= moved.groupby(["sku", "from_warehouse"])["surplus"].max()).all()
    assert (moved["lacking_units"] <= moved["shortage"]).all()


def test_what_was_moved_or_sold_off_is_not_suggested_again(merchants: tuple[PlanningData, list], day: DayPlan) -> None:
    """What was agreed to is a day nearer than what would be moved now: a day's demand more can be saved by it. What
    comes now and is sold before an order would be there lacks nothing after it: it is left out of the count."""
    known, ahead = merchants
    excess = day.excess[day.excess["action"] != "hold"]
    agreed = day.transfers[["sku", "from_warehouse", "warehouse", "quantity"]].assign(has_left=False)
    cleared = excess.assign(quantity=excess["action_units"], task_id="t", acted_day=known.day, state="accepted")
    assert len(cleared) > 10

    later = replace(known, moving=agreed, cleared=cleared[list(CLEARED)].reset_index(drop=True))
    again = planned(later, ahead)
    unmoved = planned(later, ahead, replace(POLICY, transport=replace(POLICY.transport, is_open=False)))

    lanes = ["sku", "from_warehouse", "warehouse"]
    repeated = again.transfers.merge(agreed[lanes], on=lanes)
    lost = [plan.lines.set_index(["sku", "warehouse"])["lost_before_arrival"] for plan in (unmoved, again)]
    sold = (lost[0] - lost[1]).reindex(pd.MultiIndex.from_frame(repeated[["sku", "warehouse"]])).to_numpy()
    assert (repeated["quantity"] - sold <= np.ceil(repeated["daily"])).all()
    assert repeated["quantity"].sum() < 0.01 * agreed["quantity"].sum()
    back = agreed.rename(columns={"from_warehouse": "warehouse", "warehouse": "from_warehouse"})
    assert again.transfers.merge(back[lanes], on=lanes).empty
    still = again.excess[again.excess["action"] != "hold"]
    worked = pd.MultiIndex.from_frame(cleared[["sku", "warehouse"]])
    assert not pd.MultiIndex.from_frame(still[["sku", "warehouse"]]).isin(worked).any()


def test_what_was_sold_off_counts_as_long_as_it_lies_there(merchants: tuple[PlanningData, list], day: DayPlan) -> None:
    """Of 10 agreed to, 4 have left since: 6 are still being dealt with; after a month they are asked for again."""
    known, _ = merchants
    stock = known.stock.iloc[[0]].assign(on_hand=16)
    said = {"sku": stock["sku"], "warehouse": stock["warehouse"], "task_id": "t", "action": "clear", "state": "done"}
    cleared = pd.DataFrame({**said, "quantity": 10, "on_hand": 20, "acted_day": "2025-05-20"}).astype(CLEARED)

    assert in_work(replace(known, cleared=cleared), stock, 30).tolist() == [6]
    assert in_work(replace(known, cleared=cleared), stock.assign(on_hand=9), 30).tolist() == [0]
    assert in_work(replace(known, cleared=cleared.assign(acted_day="2025-05-02")), stock, 30).tolist() == [0]
