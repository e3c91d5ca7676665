"""What training may spend and what it must deliver; sized by the data unless told."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from include.demand.panel import Panel

LEVELS = (0.1, 0.25, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.975)
DAILY_LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)
TINY = 50_000  # series-days
SPANS = (3, 5, 7, 10, 14, 21, 28, 35, 45, 60, 90)


# Names in models that were saved earlier.
_NOW = {"most_rows": "max_rows", "least_leaf": "min_leaf"}


@dataclass(frozen=True)
class DemandConfig:
    """Settings of one training run.

    levels: quantile levels of totals. spans: days, the grid of protection periods that heads are trained on.
    single_days: whether to learn single days as well, for `DemandModel.daily`. No list reads them.
    daily_levels, daily_horizon: the daily forecast's levels and its length in days.
    first_origin: days of history before the first training origin. origin_step: days between origins.
    max_rows: rows sampled for a head. half_life: days after which an origin counts half.
    calibration_days: the last days of history, kept from the model that calibrates the quantiles.
    totals_by: attributes whose daily totals are forecast by themselves and reconcile the means; () chooses.
    """

    levels: tuple[float, ...] = LEVELS
    spans: tuple[int, ...] = SPANS
    single_days: bool = False
    daily_levels: tuple[float, ...] = DAILY_LEVELS
    daily_horizon: int = 28
    first_origin: int = 91
    origin_step: int = 7
    max_rows: int = 500_000
    half_life: float = 365.0
    calibration_days: int = 84
    totals_by: tuple[str, ...] = ()
    constant: float = 0.1
    trees: int = 120
    mean_trees: int = 150
    leaves: int = 63
    min_leaf: int = 100
    learning_rate: float = 0.07
    seeds: int = 1
    threads: int = 2
    seed: int = 20

    def sized_for(self, panel: Panel) -> DemandConfig:
        """These settings with the effort and the spans that this panel's size and length can bear."""
        days, cells = panel.day_count, panel.series_count * panel.day_count
        longest = max(7, (days - 56) // 3)
        spans = tuple(span for span in self.spans if span <= longest) or (min(self.spans),)
        first = min(self.first_origin, max(28, days // 3))
        fitted = replace(
            self,
            spans=spans,
            daily_horizon=min(self.daily_horizon, max(spans)),
            first_origin=first,
            calibration_days=min(self.calibration_days, max(14, (days - first) // 3)),
        )
        if cells >= 2_000_000:
            return fitted
        small = cells < 300_000
        return replace(
            fitted,
            trees=min(self.trees, 50 if small else 80),
            mean_trees=min(self.mean_trees, 70 if small else 120),
            leaves=min(self.leaves, 15 if small else 31),
            min_leaf=min(self.min_leaf, 40 if small else 60),
            learning_rate=0.1,
            max_rows=min(self.max_rows, 60_000 if small else 200_000),
            seeds=1 if small else self.seeds,
            threads=1 if cells < TINY else self.threads,  # threads would wait for each other longer than they work
        )

    def to_json(self) -> dict[str, Any]:
        """Plain values for the model's JSON."""
        return asdict(self)

    @staticmethod
    def from_json(saved: dict[str, Any]) -> DemandConfig:
        """The settings a saved model was trained with."""
        known = {field.name for field in fields(DemandConfig)}
        saved = {_NOW.get(name, name): value for name, value in saved.items()}
        values: dict[str, Any] = {
            name: tuple(v) if isinstance(v, list) else v for name, v in saved.items() if name in known
        }
        return DemandConfig(**values)
