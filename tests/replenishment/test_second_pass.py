"""What the budget cuts is sought in other warehouses."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from include.replenishment.day_plan import DayPlan, plan_day
from include.replenishment.planning_frames import PlanningData
from include.replenishment.policy import policy_of
from include.replenishment.quantity.protection_period import protection_of
from include.replenishment.surplus.balancing import added_up
from include.replenishment.surplus.transfer import COLUMNS
from include.settings.stock.replenishment import Replenishment
from include.settings.stock.transport import Transport
from tests.replenishment.known import YUAN, forecasts, known

# A transfer is dear enough to lose against a purchase, and cheap against a lost sale.
SETTINGS = Replenishment(transport=Transport(cost_per_unit=4, days=3, min_saving=0))


def planned(what: PlanningData, budget: int | None, a_day: Any = 1.0) -> DayPlan:
    policy = replace(policy_of(SETTINGS), budget_micros=budget)
    protection = protection_of(what, forecasts(what, a_day), SETTINGS, policy)
    return plan_day(what, protection, SETTINGS, policy, is_excess_wanted=False)


def test_without_money_a_warehouse_gets_what_another_can_spare() -> None:
    """East has enough for its lead time, and orders what comes after; south has plenty."""
    what = known(on_hand=[11, 60, 60])
    rich, poor = planned(what, None), planned(what, 0)

    lines = poor.lines.set_index("warehouse")
    assert rich.transfers.empty
    assert rich.lines.set_index("warehouse").loc["east", "quantity"] > 0
    assert (lines["quantity"] == 0).all()
    moved = poor.transfers["quantity"].sum()
    assert moved > 0
    assert lines.loc["east", "transfer_in"] == moved == lines["transfer_out"].sum()
    # The sum of the line holds with what comes in it, and nobody who gives orders or gets.
    need = lines["protection_demand"] + lines["safety_stock"] - lines["on_hand"] - lines["arriving"] + lines["promised"]
    assert (need == lines["need"]).all()
    assert ((lines["transfer_out"] == 0) | ((lines["transfer_in"] == 0) & (lines["need"] <= 0))).all()


def test_enough_money_means_no_second_pass() -> None:
    what = known(("S1", "S2"), on_hand=[0, 80, 5, 9, 9, 9])
    free, capped = planned(what, None), planned(what, 10**6 * YUAN)

    pd.testing.assert_frame_equal(free.transfers, capped.transfers)
    pd.testing.assert_frame_equal(free.lines, capped.lines)


def test_two_passes_move_what_both_say() -> None:
    row = planned(known(on_hand=[11, 60, 60]), 0).transfers[[*COLUMNS, "title", "category"]].iloc[[0]]
    row = row.assign(quantity=4, saved_micros=30, surplus=9)
    other = row.assign(from_warehouse="somewhere else")

    both = added_up(row, pd.concat([row, other], ignore_index=True)).set_index("from_warehouse")

    assert both.loc[row["from_warehouse"].iloc[0], ["quantity", "saved_micros", "surplus"]].tolist() == [8, 60, 9]
    assert both.loc["somewhere else", ["quantity", "saved_micros", "surplus"]].tolist() == [4, 30, 9]
    assert list(both.reset_index()[row.columns].columns) == list(row.columns)
    assert added_up(row, row.iloc[:0]) is row


def test_random_merchants_short_of_money_contradict_nothing() -> None:
    generator = np.random.default_rng(3)
    skus = tuple(f"S{number}" for number in range(60))
    what = known(skus, on_hand=generator.integers(0, 60, 180))
    plan = planned(what, 1_000 * YUAN, generator.gamma(1.0, 1.5, 180))

    lines, moved = plan.lines, plan.transfers
    assert (lines["budget_cut"] > 0).any()
    assert len(moved) > 0
    gives, takes = lines["transfer_out"] > 0, lines["transfer_in"] > 0
    assert not (gives & takes).any()
    assert lines["cost_micros"].sum() <= 1_000 * YUAN
    assert lines["transfer_in"].sum() == lines["transfer_out"].sum() == moved["quantity"].sum()
    assert (lines["transfer_out"] <= lines["on_hand"]).all()
