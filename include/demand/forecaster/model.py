"""The demand model: quantiles and mean of the total over any protection period, and of single days."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from include.demand.classes import pattern
from include.demand.forecast import DailyForecast, Forecast
from include.demand.forecaster import analogues
from include.demand.forecaster.calibration import Calibration, spread_of
from include.demand.forecaster.config import DemandConfig
from include.demand.forecaster.daily import DailyTable
from include.demand.forecaster.features import History
from include.demand.forecaster.heads import Head
from include.demand.forecaster.sampling import MIN_DAYS, columns
from include.demand.forecaster.totals import group_panel, reconcile
from include.demand.naive import seasonal_naive, thirteen_weeks
from include.demand.panel import Panel
from include.demand.promotion_effects import lifted, with_promotions, without_promotions

FORMAT = 1


@dataclass
class DemandModel:
    """A trained model. kind 'boosted', or 'rule' where the history was too short for one (note says so).

    heads: one Head a level, in order; mean: totals' mean; day: single days' mean; totals: groups' single days;
    spread: a series' expected absolute daily error over its mean.
    """

    config: DemandConfig
    kind: str
    note: str = ""
    heads: list[Head] = field(default_factory=list)
    mean: Head | None = None
    day: Head | None = None
    totals: Head | None = None
    spread: Head | None = None
    totals_by: tuple[str, ...] = ()
    strength: float = 0.0
    calibration: Calibration | None = None
    table: DailyTable | None = None
    classes: dict[str, list[str]] = field(default_factory=dict)
    group_classes: dict[str, list[str]] = field(default_factory=dict)
    frequent: list[str] = field(default_factory=list)
    card: dict[str, Any] = field(default_factory=dict)

    # -- totals over a protection period ----------------------------------------------------------------------

    def history(self, panel: Panel, longest: int) -> History:
        """The panel prepared with this model's categories and events; make it once for several forecasts."""
        return History(
            panel,
            horizon=max(longest, self.config.daily_horizon),
            constant=self.config.constant,
            classes=self.classes,
            frequent=self.frequent,
        )

    def forecast(
        self,
        panel: Panel,
        spans: int | list[int] | np.ndarray,
        history: History | None = None,
        *,
        is_promoted: bool = True,
    ) -> Forecast:
        """Totals from the day after the panel's last over each row's own span (days, >= 1).

        is_promoted: with the lift of the promotions planned for the span; else what would sell without them.
        """
        each = np.broadcast_to(np.asarray(spans, int), (panel.series_count,)).copy()
        if panel.series_count and each.min() < 1:
            raise ValueError("a span is at least one day")
        if self.kind == "rule":
            rule = thirteen_weeks(panel, each, self.config.levels)
            told = Forecast(**{**rule.__dict__, "note": self.note})
            return with_promotions([told], panel)[0] if is_promoted else told
        longest = int(each.max()) if len(each) else 1
        history = history or self.history(panel, longest)
        mean = np.zeros(panel.series_count)
        quantiles = np.zeros((panel.series_count, len(self.config.levels)))
        for span in np.unique(each):
            rows = np.flatnonzero(each == span)
            mean[rows], quantiles[rows] = self.totals_of(history, panel.day_count, int(span), rows)
            doors = history.open_share(panel.day_count, int(span))[rows]
            mean[rows] *= doors
            quantiles[rows] *= doors[:, None]
        basis, confidence = self._basis(panel)
        young = np.flatnonzero(basis == "analogue")
        if len(young):
            found = analogues.borrow(panel, young, each[young], self.config.levels)
            mean[young], quantiles[young] = found[0], found[1]
        silent = basis == "none"
        mean[silent], quantiles[silent] = 0.0, 0.0
        keys = panel.keys[["sku", "warehouse"]]
        told = Forecast(keys, each, self.config.levels, mean, quantiles, basis, confidence, self.note)
        if not is_promoted or history.promoted is None:
            return told
        return lifted(told, history.promoted, panel.day_count)

    def totals_of(
        self, history: History, origin: int, span: int, rows: np.ndarray, *, calibrated: bool = True
    ) -> tuple[np.ndarray, np.ndarray]:
        """Mean [m] and quantiles [m, L] of the given series' totals over one span, in units, by the heads alone: what
        would sell without the promotions that are planned.

        A span beyond the trained grid takes the grid's end, with the mean growing with the days and the spread
        with their root.
        """
        assert self.mean is not None
        inside = int(np.clip(span, min(self.config.spans), max(self.config.spans)))
        features = {**history.series(origin), **history.span(origin, inside)}
        matrix = columns(features, self.mean.names, rows)
        unit = history.level(origin)[rows].astype(float) * inside
        mean = self.mean.predict(matrix) * unit
        quantiles = np.column_stack([head.predict(matrix) for head in self.heads]) * unit[:, None]
        quantiles.sort(axis=1)
        if calibrated and self.calibration is not None:
            groups = pattern(history.panel.units[rows, max(0, origin - 364) : origin])
            quantiles = self.calibration.apply(quantiles, spread_of(quantiles), inside, groups)
        if inside != span:
            stretch = span / inside
            quantiles = np.maximum(mean[:, None] * stretch + (quantiles - mean[:, None]) * np.sqrt(stretch), 0.0)
            mean = mean * stretch
        return mean, quantiles

    def _basis(self, panel: Panel) -> tuple[np.ndarray, np.ndarray]:
        """What speaks for each series, and how surely."""
        known = np.isfinite(panel.units).sum(axis=1)
        sales = (np.nan_to_num(panel.units[:, -91:]) > 0).sum(axis=1)
        basis = np.full(panel.series_count, "model", dtype=object)
        basis[known < MIN_DAYS] = "analogue"
        basis[(panel.started >= panel.day_count) | panel.ended] = "none"
        confidence = np.where((known >= 91) & (sales >= 10), "high", np.where(known >= 28, "medium", "low"))
        confidence[basis != "model"] = "low"
        return basis.astype(str), confidence.astype(str)

    # -- single days ------------------------------------------------------------------------------------------

    def daily(self, panel: Panel, horizon: int | None = None, history: History | None = None) -> DailyForecast:
        """The next days one by one: means reconciled with their groups' totals, quantiles by the held-out table.

        Raises ValueError if the model was trained without `DemandConfig.single_days`.
        """
        horizon = horizon or self.config.daily_horizon
        levels = self.config.daily_levels
        days = panel.days[-1] + np.arange(1, horizon + 1) * np.timedelta64(1, "D")
        if self.kind == "rule":
            mean = seasonal_naive(panel, horizon)
            each = np.repeat(thirteen_weeks(panel, 1, levels).quantiles[:, None, :], horizon, axis=1)
            return DailyForecast(panel.keys, days, levels, mean, each)
        if self.table is None or self.spread is None:
            raise ValueError("this model knows no single days: train it with DemandConfig(single_days=True)")
        history = history or self.history(panel, horizon)
        origin = panel.day_count
        ahead = np.arange(horizon)
        mean = self.day_means(history, origin, ahead)
        mean[(panel.started >= origin) | panel.ended] = 0.0
        if self.totals is not None and self.strength > 0:
            mean = reconcile(mean, *self.group_means(panel, origin, ahead), self.strength)
        mean *= history.calendar.open[history.calendar.group][:, origin + ahead]
        if history.promoted is not None:
            mean *= history.promoted.day_lifts(origin, horizon)
        series = columns(history.series(origin), self.spread.names[:-1])
        spread = self.spread.predict(spread_features(series, mean.mean(axis=1)))
        quantiles = np.empty((panel.series_count, horizon, len(levels)), np.float32)
        for day in range(horizon):
            quantiles[:, day] = self.table.quantiles(mean[:, day], spread)
        return DailyForecast(panel.keys, days, levels, mean, quantiles)

    def day_means(self, history: History, origin: int, ahead: np.ndarray) -> np.ndarray:
        """Expected units of each series on the given days ahead (0: the first), [n, len(ahead)], unreconciled."""
        assert self.day is not None
        return day_means(self.day, history, origin, np.minimum(ahead, self.config.daily_horizon - 1), ahead)

    def group_means(self, panel: Panel, origin: int, ahead: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Each series' group number [n], and the groups' expected units on the given days ahead [G, len(ahead)]."""
        assert self.totals is not None
        groups, code = group_panel(without_promotions(panel), self.totals_by)
        history = History(
            groups,
            horizon=max(int(ahead.max()) + 1, self.config.daily_horizon),
            constant=self.config.constant,
            classes=self.group_classes,
            frequent=self.frequent,
            class_trends=True,
        )
        return code, day_means(self.totals, history, origin, ahead, ahead)

    # -- files ------------------------------------------------------------------------------------------------

    def save(self, folder: Path) -> None:
        """Writes the boosters as LightGBM text and everything else as model.json; same model, same bytes."""
        folder.mkdir(parents=True, exist_ok=True)
        for name, head in self._named_heads().items():
            head.save(folder, name)
        saved = {
            "format": FORMAT,
            "config": self.config.to_json(),
            "kind": self.kind,
            "note": self.note,
            "totals_by": list(self.totals_by),
            "strength": self.strength,
            "calibration": self.calibration.to_json() if self.calibration else None,
            "table": self.table.to_json() if self.table else None,
            "classes": self.classes,
            "group_classes": self.group_classes,
            "frequent": self.frequent,
            "heads": sorted(self._named_heads()),
            "card": self.card,
        }
        text = json.dumps(saved, ensure_ascii=False, sort_keys=True, indent=1)
        (folder / "model.json").write_text(text + "\n", encoding="utf-8")

    @staticmethod
    def load(folder: Path) -> DemandModel:
        """The model that save() wrote into the folder."""
        saved = json.loads((folder / "model.json").read_text(encoding="utf-8"))
        if saved["format"] != FORMAT:
            raise ValueError(f"{folder}/model.json has format {saved['format']}; this code reads {FORMAT}: train anew")
        config = DemandConfig.from_json(saved["config"])
        heads = {name: Head.load(folder, name, config.threads) for name in saved["heads"]}
        return DemandModel(
            config=config,
            kind=saved["kind"],
            note=saved["note"],
            heads=[heads[_level_name(level)] for level in config.levels if _level_name(level) in heads],
            mean=heads.get("mean"),
            day=heads.get("day"),
            totals=heads.get("totals"),
            spread=heads.get("spread"),
            totals_by=tuple(saved["totals_by"]),
            strength=saved["strength"],
            calibration=Calibration.from_json(saved["calibration"]) if saved["calibration"] else None,
            table=DailyTable.from_json(saved["table"]) if saved["table"] else None,
            classes=saved["classes"],
            group_classes=saved["group_classes"],
            frequent=saved["frequent"],
            card=saved["card"],
        )

    def _named_heads(self) -> dict[str, Head]:
        named = {_level_name(level): head for level, head in zip(self.config.levels, self.heads, strict=False)}
        for name in ("mean", "day", "totals", "spread"):
            head = getattr(self, name)
            if head is not None:
                named[name] = head
        return named


def _level_name(level: float) -> str:
    return f"q{10000 * level:05.0f}"


def day_means(head: Head, history: History, origin: int, asked: np.ndarray, ahead: np.ndarray) -> np.ndarray:
    """Days beyond the trained horizon are asked as its last one, on their own weekday and events."""
    rows = np.arange(len(history.units))
    series = columns(history.series(origin), head.names)
    level = history.level(origin)
    out = np.empty((len(rows), len(ahead)))
    for number, day in enumerate(ahead):
        features = history.day(origin, np.full(len(rows), day), rows)
        features["ahead"] = np.full(len(rows), asked[number], np.float32)
        matrix = series
        for place, name in enumerate(head.names):
            if name in features:
                matrix[:, place] = features[name]
        out[:, number] = head.predict(matrix) * level
    return out


def series_names(names: list[str]) -> list[str]:
    """The features among a day head's that describe the series, not the day."""
    of_day = ("ahead", "weekday", "month_day", "day_", "days_", "event_offset")
    return [name for name in names if not name.startswith(of_day)]


def spread_features(series: np.ndarray, mean: np.ndarray) -> np.ndarray:
    """The spread head's input: series features [m, F] and the logarithm of the expected units a day."""
    return np.column_stack([series, np.log(np.maximum(mean, 1e-3))]).astype(np.float32)
