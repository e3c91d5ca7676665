"""What forecasts' orders would have cost: whoever knows of a change pays less, and chance is the same for all."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from include.demand.forecast import Forecast
from include.demand.panel import Panel
from include.replenishment.planning_frames import PlanningData
from include.replenishment.policy import policy_of, with_levels
from include.settings.stock.replenishment import CLASSES, Replenishment
from include.simulation.order_trials import costs_of, order_trials, trial_rows
from include.simulation.tune_levels import tuned_levels
from tests.replenishment.known import known

DAYS, ORIGIN = 119, 91
LEVELS = (0.1, 0.5, 0.9, 0.975)
SETTINGS = Replenishment(levels_from="cost")


class Says:
    """A model that expects so many units a day of every series."""

    kind = "rule"

    def __init__(self, a_day: float) -> None:
        self.a_day = a_day

    def forecast(self, panel: Panel, span: int, history: object = None, is_promoted: bool = True) -> Forecast:
        count, total = panel.series_count, self.a_day * span
        quantiles = np.tile(total + np.array([-0.15, 0.0, 0.15, 0.25]) * total, (count, 1))
        words = np.full(count, "model"), np.full(count, "high")
        keys, total = panel.keys[["sku", "warehouse"]], np.full(count, total)
        return Forecast(keys, np.full(count, span), LEVELS, total, quantiles, *words)


def merchant(later: float, lead_days: int = 10) -> PlanningData:
    """Two units a day for 13 weeks, then `later` units a day."""
    some = known(("S1", "S2", "S3"), list_price_micros=20_000_000, cost_micros=10_000_000)
    days = pd.date_range("2025-03-01", periods=DAYS)
    units = np.full((some.panel.series_count, DAYS), 2.0, np.float32)
    units[:, ORIGIN:] = later
    whole = np.ones(units.shape, np.float32)
    started = np.zeros(len(units), np.int32)
    panel = replace(some.panel, days=days, units=units, price=20 * whole, in_stock=whole, started=started)
    suppliers = some.suppliers.assign(lead_time_days=lead_days)
    return replace(some, day=str(days[-1].date()), panel=panel, suppliers=suppliers)


def played(merchant: PlanningData, **speakers: Any) -> dict[str, float]:
    trials = order_trials(merchant, SETTINGS, {ORIGIN: speakers})
    return {name: float(by_origin[ORIGIN].sum()) for name, by_origin in costs_of(trials).items()}


@pytest.mark.parametrize(("later", "better"), [(4.0, "knows"), (2.0, "rule"), (0.5, "fewer")])
def test_whoever_forecasts_what_comes_pays_least(later: float, better: str) -> None:
    costs = played(merchant(later), rule=None, knows=Says(4.0), fewer=Says(0.5))
    assert min(costs, key=lambda name: costs[name]) == better


def test_the_same_forecast_costs_the_same_and_a_card_shows_it() -> None:
    trials = order_trials(merchant(3.0), SETTINGS, {ORIGIN: {"one": Says(3.0), "other": Says(3.0)}})
    one, other = trial_rows(trials)
    assert {**one, "name": ""} == {**other, "name": ""}
    assert one["from"] == ["2025-05-30"]
    assert one["cost"] > 0
    # Orders may be placed on the first two looks; the second one's turn ends 24 days on (lead 10, looks 7 days apart).
    assert one["wanted"] == 9 * 3 * 24


def test_what_cannot_arrive_in_time_takes_no_part() -> None:
    assert played(merchant(3.0, lead_days=22), rule=None) == {}


def test_unknown_days_count_for_nobody() -> None:
    """Days with an empty shelf after the origin are neither sold nor lost."""
    some = merchant(3.0)
    some.panel.units[:, ORIGIN + 14 : ORIGIN + 17] = np.nan
    told = order_trials(some, SETTINGS, {ORIGIN: {"rule": None}})
    assert told[0].wanted == 9 * 3 * 21


class Spreads:
    """A model that expects two units a day, and says of every quantile `wide` times what chance makes of it."""

    kind = "rule"

    def __init__(self, wide: float) -> None:
        self.wide = wide

    def forecast(self, panel: Panel, span: int, history: object = None, is_promoted: bool = True) -> Forecast:
        count, total = panel.series_count, 2.0 * span
        steps = np.array([-1.28, 0.0, 1.28, 1.96]) * self.wide * np.sqrt(total)
        words = np.full(count, "model"), np.full(count, "high")
        keys, quantiles = panel.keys[["sku", "warehouse"]], np.tile(total + steps, (count, 1))
        return Forecast(keys, np.full(count, span), LEVELS, np.full(count, total), quantiles, *words)


def noisy_merchant() -> PlanningData:
    some = merchant(2.0)
    generator = np.random.default_rng(5)
    panel = replace(some.panel, units=generator.poisson(2.0, some.panel.units.shape).astype(np.float32))
    return replace(some, panel=panel)


def test_levels_are_tuned_for_what_a_forecasts_quantiles_are_worth() -> None:
    """Whoever's upper quantiles lie too low needs a higher level, and whom holding costs more a lower one."""
    some = noisy_merchant()

    def level(wide: float, weight: float) -> float:
        settings = SETTINGS.model_copy(update={"holding_weight": weight})
        tuned = tuned_levels(some, settings, {ORIGIN: Spreads(wide)}, (0.6, 0.8, 0.95))
        assert set(tuned) <= set(CLASSES)
        return float(np.mean(list(tuned.values())))

    narrow = level(0.3, 20.0)
    assert narrow > level(3.0, 20.0)
    assert narrow > level(0.3, 400.0)


def test_without_a_trial_no_level_is_tuned() -> None:
    assert tuned_levels(merchant(3.0, lead_days=22), SETTINGS, {ORIGIN: None}) == {}
    policy = with_levels(policy_of(SETTINGS), {"AX": 0.97})
    assert policy.service_levels["AX"] == 0.97
    assert policy.service_levels["BX"] == policy_of(SETTINGS).service_levels["BX"]
