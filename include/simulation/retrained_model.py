"""The demand model of a replay: retrained every so many days on what is known then."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from include.calendar.business_days import parse_day
from include.settings.stock.replenishment import Replenishment
from include.simulation.tune_levels import tuned_levels

if TYPE_CHECKING:
    from include.demand.forecaster.model import DemandModel
    from include.replenishment.planning_frames import PlanningData

TRIAL_DAYS, TRIALS = 42, 2  # levels are tuned on the orders that would have been placed so many days ago, so often

ModelSource = Callable[["PlanningData"], "DemandModel | None"]


class RetrainedModel:
    """One model for several players, trained on what the first of them knows, every so many days."""

    def __init__(self, every_days: int) -> None:
        self.every_days = every_days
        self.trained_on: str | None = None
        self.model: DemandModel | None = None
        self.tuned: dict[tuple[str | None, float], Mapping[str, float]] = {}

    def __call__(self, planning: PlanningData) -> DemandModel | None:
        from include.demand.forecaster.config import DemandConfig
        from include.demand.forecaster.training import train

        age = None if self.trained_on is None else (parse_day(planning.day) - parse_day(self.trained_on)).days
        if age is None or age >= self.every_days:
            self.model = train(planning.panel, DemandConfig(threads=1))
            self.trained_on = planning.day
        return self.model

    def levels(self, planning: PlanningData, settings: Replenishment) -> Mapping[str, float]:
        """The levels by class that models of some weeks ago would have done best with; as old as the model."""
        from include.demand.forecaster.config import DemandConfig
        from include.demand.forecaster.training import train

        tuned_for = (self.trained_on, settings.holding_weight)
        if tuned_for not in self.tuned:
            config = DemandConfig(threads=1)
            origins = [planning.panel.day_count - TRIAL_DAYS * ago for ago in range(1, TRIALS + 1)]
            models = {origin: train(planning.panel.until(origin), config) for origin in origins}
            self.tuned[tuned_for] = tuned_levels(planning, settings, models)
        return self.tuned[tuned_for]
