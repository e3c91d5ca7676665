"""Service levels tuned by simulation: for each ABC x XYZ class the one whose orders would have cost least.

At each day that a backtest looks back on, the model as of then orders once at every level, for the same shelves, by the
plan's own code with the suppliers' own lead times; what customers then wanted decides. So a level pays for what a
forecast's upper quantiles are worth in that class, calibrated or not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from include.demand.forecaster.model import DemandModel
from include.replenishment.day_plan import weekly_variation
from include.replenishment.planning_frames import PlanningData
from include.replenishment.policy import StockPolicy, classify, policy_of
from include.replenishment.quantity.protection_period import Protection
from include.settings.stock.replenishment import CLASSES, Replenishment
from include.simulation.order_trials import TrialField
from include.simulation.tune import tune_levels

LEVELS = (0.6, 0.7, 0.8, 0.87, 0.92, 0.95, 0.97, 0.985)


def tuned_levels(
    planning: PlanningData,
    settings: Replenishment,
    models: Mapping[int, DemandModel | None],
    levels: Sequence[float] = LEVELS,
) -> dict[str, float]:
    """By class 'AX' .. 'CZ' the level of least cost: lost margin, and holding `holding_weight` times.

    models: by origin (days of the panel's history that it knew) who speaks there; None: the 13-week rule.
    Classes are as of the newest day. A class of which no line was tried is left out.
    """
    policy = policy_of(settings)
    segments = classes_of(planning, policy)
    costs: dict[tuple[int, float], NDArray[np.float64]] = {}
    tried = np.zeros(len(segments), dtype=bool)
    windows = 0
    for origin, model in sorted(models.items()):
        field = TrialField.of(planning, settings, origin)
        if not len(field.rows):
            continue
        told: dict[int, Protection] = {}
        for level in levels:
            trial = field.trial("level", model, held_at(field.policy, level), told, settings.holding_weight)
            costs[windows, level] = np.zeros(len(segments))
            costs[windows, level][field.rows] = trial.costs
        tried[field.rows] = True
        windows += 1
    if not windows:
        return {}
    tuning = tune_levels(lambda window, level: costs[window, level][tried], range(windows), segments[tried], levels)
    return tuning.levels


def classes_of(planning: PlanningData, policy: StockPolicy) -> NDArray[np.str_]:
    """The class of each series of the panel, 'AX' .. 'CZ'."""
    frame = planning.panel.keys[["sku", "warehouse"]].reset_index(drop=True)
    frame = frame.merge(
        planning.sold[["sku", "warehouse", "revenue_13_weeks_micros"]], on=["sku", "warehouse"], how="left"
    )
    frame["revenue_13_weeks_micros"] = frame["revenue_13_weeks_micros"].fillna(0)
    frame["weekly_cv"] = weekly_variation(planning.panel)
    classes = classify(frame.assign(category=""), policy)
    return (classes["abc"] + classes["xyz"]).to_numpy(dtype=str)


def held_at(policy: StockPolicy, level: float) -> StockPolicy:
    """The policy with one level for every class."""
    return replace(policy, service_levels=dict.fromkeys(CLASSES, level), level_overrides={}, holding_weight=None)
