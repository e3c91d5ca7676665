"""Deposits are promised, and demand on the day their balance is paid: never both in one sum."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from include.replenishment.day_plan import plan_day, plan_inputs
from include.replenishment.explain import explain
from include.replenishment.policy import policy_of
from include.replenishment.promotions.presale import balance_day, due_units
from include.replenishment.quantity.protection_period import protection_of
from include.settings.stock.replenishment import Replenishment
from tests.replenishment.known import DAY, forecasts, known

SETTINGS = Replenishment()
BALANCE = {"presale_balance": (date(2025, 6, 9),)}  # five days after DAY


def deposits(units: int, day: str = "2025-06-01") -> pd.DataFrame:
    return pd.DataFrame({"day": [day], "sku": ["S1"], "warehouse": ["east"], "quantity": [units]})


def inputs(held: pd.DataFrame, own: dict[str, tuple[date, ...]], promised: int) -> pd.DataFrame:
    """Two units a day, an order is there in ten days, the next one in eleven."""
    some = replace(known(on_hand=50, promised=[promised, 0, 0]), deposits=held)
    protection = protection_of(some, forecasts(some, 2.0), SETTINGS, policy_of(SETTINGS))
    return plan_inputs(some, protection, SETTINGS, own).set_index("warehouse")


@pytest.mark.parametrize(
    ("deposit", "own", "due"),
    [
        (date(2025, 10, 24), {}, date(2025, 11, 11)),
        (date(2025, 5, 20), {}, date(2025, 6, 18)),
        (date(2025, 11, 12), {}, date(2025, 12, 12)),
        (date(2025, 10, 24), {"presale_balance": (date(2024, 10, 31), date(2025, 10, 31))}, date(2025, 10, 31)),
    ],
)
def test_the_balance_is_due_on_the_next_big_sale_or_when_the_merchant_says(
    deposit: date, own: dict[str, tuple[date, ...]], due: date
) -> None:
    assert balance_day(deposit, own) == due


def test_only_balances_after_the_day_and_in_time_are_due() -> None:
    places = pd.DataFrame({"sku": ["S1", "S1"], "warehouse": ["east", "north"]})
    held = pd.concat([deposits(3), deposits(4, "2025-06-03"), deposits(9, "2024-11-01")])
    # As of 4 June, balances of June are due on the 18th, in 14 days; those of last November are long past.
    assert due_units(places, held, DAY, np.array([14.0, 14.0])).tolist() == [7, 0]
    assert due_units(places, held, DAY, np.array([13.9, 14.0])).tolist() == [0, 0]


def test_what_is_promised_already_is_not_forecast_again() -> None:
    without = inputs(deposits(0), BALANCE, promised=6)
    with_deposits = inputs(deposits(6), BALANCE, promised=6)
    east = with_deposits.loc["east"]
    assert east["promised"] == without.loc["east", "promised"] == 6
    assert east["presold"] == 6
    assert east["mean_demand"] == pytest.approx(without.loc["east", "mean_demand"] - 6)
    assert east["q0.9"] == pytest.approx(without.loc["east", "q0.9"] - 6)
    pd.testing.assert_frame_equal(with_deposits.loc[["north", "south"]], without.loc[["north", "south"]])


def test_a_balance_after_the_protection_period_is_promised_and_in_no_forecast_yet() -> None:
    later = inputs(deposits(6), {}, promised=6)  # due on the 18th, after the eleven days
    assert later.loc["east", "presold"] == 0
    assert later.loc["east", "mean_demand"] == pytest.approx(later.loc["north", "mean_demand"])


def test_a_warehouse_that_holds_nothing_for_deposits_promises_them_all_the_same() -> None:
    assert inputs(deposits(6), BALANCE, promised=2).loc["east", "promised"] == 6


def test_the_need_is_the_same_before_and_after_the_balance_is_paid() -> None:
    """Nothing else changes: what is promised and presold today is promised and in no forecast tomorrow."""
    some = replace(known(on_hand=20, promised=[6, 0, 0]), deposits=deposits(6))
    protection = protection_of(some, forecasts(some, 2.0), SETTINGS, policy_of(SETTINGS))
    plan = plan_day(some, protection, SETTINGS, policy_of(SETTINGS), BALANCE, is_excess_wanted=False)
    lines = plan.lines.set_index("warehouse")
    # East and north have 20 units each and want 22 in eleven days; six of east's 22 are the deposits.
    assert (
        lines.loc["east", "protection_demand"] + lines.loc["east", "promised"]
        == lines.loc["north", "protection_demand"]
    )
    assert (lines["need"] == lines.loc["north", "need"]).all()
    assert "6 of the promised units are presold" in explain(lines.reset_index().iloc[0], "en")
