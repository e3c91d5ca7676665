"""Training: calibrate on held-out days with an early model, then fit every head on the whole history."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from include.demand.classes import PATTERNS, pattern
from include.demand.forecaster.calibration import Calibration, fit, spread_of
from include.demand.forecaster.config import DemandConfig
from include.demand.forecaster.daily import DailyTable, fit_table
from include.demand.forecaster.features import History
from include.demand.forecaster.heads import Fitter, Head, Rows
from include.demand.forecaster.model import DemandModel, day_means, series_names, spread_features
from include.demand.forecaster.model_card import data_hash
from include.demand.forecaster.sampling import TWEEDIE_POWER, columns, day_rows, span_rows
from include.demand.forecaster.totals import choose_groups, group_panel, reconcile
from include.demand.panel import Panel
from include.demand.promotion_effects import without_promotions

MIN_HISTORY = 70  # days
MIN_SERIES_DAYS = 3000  # known
HELD_OUT_SERIES = 8000  # drawn for each held-out origin
HELD_OUT_ORIGINS = 6
# Powers of the level by which an error counts: single series nearly alike, since their scaled errors are summed;
# groups more like units, since their units are.
SERIES_WEIGHT = 0.5
GROUP_WEIGHT = 1.5
HALF_WAY = 0.02
STRENGTHS = (0.0, 0.25, 0.5, 0.75, 1.0)
TWEEDIE = {"objective": "tweedie", "tweedie_variance_power": TWEEDIE_POWER}

Progress = Callable[[str], None]


def quiet(_: str) -> None:
    """No progress shown."""


def train(
    panel: Panel, config: DemandConfig | None = None, progress: Progress = quiet, *, sized: bool = True
) -> DemandModel:
    """A model of this panel; with sized, the settings are first cut to what its size and length can bear.

    A history too short for a model gives a 'rule' model, which says so in its note.
    """
    config = config or DemandConfig()
    if sized:
        config = config.sized_for(panel)
    known = int(np.isfinite(panel.units).sum())
    if panel.day_count < MIN_HISTORY or known < MIN_SERIES_DAYS:
        note = (
            f"too little history for a model ({panel.day_count} days, {known} known series-days; at least "
            f"{MIN_HISTORY} and {MIN_SERIES_DAYS} are needed): the 13-week distribution speaks instead"
        )
        progress(note)
        return DemandModel(config=config, kind="rule", note=note, card={"data_hash": data_hash(panel), "note": note})
    history = History(panel, horizon=max(*config.spans, config.daily_horizon), constant=config.constant)
    model = DemandModel(
        config=config,
        kind="boosted",
        classes=history.classes,
        frequent=sorted(history.calendar.flags),
        totals_by=choose_groups(panel, config.totals_by) if config.single_days else (),
    )
    groups = None
    if model.totals_by:
        group_data, code = group_panel(without_promotions(panel), model.totals_by)
        group_history = History(
            group_data, horizon=history.horizon, constant=config.constant, frequent=model.frequent, class_trends=True
        )
        model.group_classes = group_history.classes
        groups = (group_history, code)

    early = panel.day_count - config.calibration_days
    progress(f"calibrating: an early model of the first {early} of {panel.day_count} days")
    smaller = replace(config, max_rows=config.max_rows // 2, seeds=1)
    rehearsal = replace_heads(model, smaller, history, groups, early, progress)
    model.calibration = _calibrate(rehearsal, history, early, progress)
    if config.single_days:
        model.table, model.spread, model.strength = _held_out_days(rehearsal, history, groups, early, progress)

    model = replace_heads(model, config, history, groups, panel.day_count, progress)
    assert model.mean is not None
    model.card = {
        "data_hash": data_hash(panel),
        "series": panel.series_count,
        "first_day": str(panel.days[0].date()),
        "last_day": str(panel.days[-1].date()),
        "calibrated_from": str(panel.days[early].date()),
        "totals_by": list(model.totals_by),
        "reconcile_strength": model.strength,
        "importance": dict(list(model.mean.importance().items())[:20]),
    }
    return model


def replace_heads(
    model: DemandModel,
    config: DemandConfig,
    history: History,
    groups: tuple[History, np.ndarray] | None,
    end: int,
    progress: Progress,
) -> DemandModel:
    """The model with every head fitted on targets that end by day `end`."""
    rows = span_rows(history, config, end, config.max_rows)
    weight = rows.weight
    progress(f"totals: {len(rows.target):,} rows, {len(rows.names)} features")
    fitter = Fitter(rows, config)
    heads: list[Head] = []
    for level in config.levels:
        heads.append(fitter.fit({"objective": "quantile", "alpha": level}, config.trees))
        progress(f"totals: level {level:g} fitted")
    fitter.data.set_weight(weight * rows.level ** (2 - TWEEDIE_POWER))
    mean = fitter.fit(TWEEDIE, config.trees)
    del rows, fitter
    if not config.single_days:
        return replace(model, heads=heads, mean=mean)
    rows = day_rows(history, config, end, 2 * config.max_rows, step=3)
    rows.weight = rows.level**SERIES_WEIGHT
    progress(f"days: {len(rows.target):,} rows")
    day = Fitter(rows, config).fit(TWEEDIE, config.mean_trees)
    totals = None
    if groups is not None:
        group_config = replace(config, min_leaf=min(config.min_leaf, 60), leaves=min(config.leaves, 31))
        rows = day_rows(groups[0], group_config, end, config.max_rows, step=3, every_day=True)
        rows.weight = rows.level**GROUP_WEIGHT
        totals = Fitter(rows, group_config).fit(TWEEDIE, config.mean_trees)
        progress(f"groups: {len(rows.target):,} rows")
    return replace(model, heads=heads, mean=mean, day=day, totals=totals)


def _spread_out(first: int, last: int, most: int) -> list[int]:
    """At most so many origins, evenly between first and last."""
    if last < first:
        return []
    return sorted({int(origin) for origin in np.linspace(first, last, min(most, last - first + 1)).round()})


def _calibrate(model: DemandModel, history: History, early: int, progress: Progress) -> Calibration:
    """Shifts of the quantiles from the scores of held-out origins."""
    config, end = model.config, history.panel.day_count
    rng = np.random.default_rng(config.seed + 2)
    scores = []
    told = 0
    for span in config.spans:
        for origin in _spread_out(early, end - span, HELD_OUT_ORIGINS):
            good = np.flatnonzero(history.selling(origin, 28))
            rows = np.sort(rng.choice(good, min(len(good), HELD_OUT_SERIES), replace=False))
            if len(rows) == 0:
                continue
            quantiles = model.totals_of(history, origin, span, rows, calibrated=False)[1]
            quantiles = quantiles * history.lift_ahead(origin, span)[rows][:, None]
            sold, share = history.sold_total(origin, span)
            score = (sold[rows][:, None] - quantiles) / spread_of(quantiles)[:, None]
            score[share[rows] < 0.8] = np.nan
            scores.append((span, score, pattern(history.panel.units[rows, max(0, origin - 364) : origin])))
            told += len(rows)
    progress(f"calibrated on {told:,} held-out totals")
    return fit(scores, config.levels, config.spans, len(PATTERNS))


def _held_out_days(
    model: DemandModel, history: History, groups: tuple[History, np.ndarray] | None, early: int, progress: Progress
) -> tuple[DailyTable, Head, float]:
    """From held-out days: the table of their distributions, the head of a series' spread, and how far groups'
    totals may draw their members."""
    config, end = model.config, history.panel.day_count
    assert model.day is not None
    horizon = min(config.daily_horizon, end - early)
    names = series_names(model.day.names)
    means, matrices, sold, errors = [], [], [], []
    for number, origin in enumerate(_spread_out(early, end - horizon, 4)):
        ahead = np.arange(number % 2, horizon, 4 if horizon >= 12 else 1)
        mean = model.day_means(history, origin, ahead)
        actual = np.where(history.known[:, origin + ahead], history.units[:, origin + ahead], np.nan)
        usable = history.selling(origin, 28)
        mean[~usable] = 0.0
        if groups is not None and model.totals is not None:
            errors.append(_group_errors(model.totals, groups, origin, ahead, mean))
        series = columns(history.series(origin), names)[usable]
        for day in range(len(ahead)):
            good = (mean[usable, day] > 0) & np.isfinite(actual[usable, day])
            means.append(mean[usable, day][good])
            sold.append(actual[usable, day][good])
            matrices.append(spread_features(series[good], means[-1]))
    strength = _strength(errors)
    progress(f"groups' totals draw their members by {strength:g}")
    mean, units, matrix = np.concatenate(means), np.concatenate(sold), np.vstack(matrices)
    del matrices
    rows = Rows(matrix, [*names, "log_mean"], np.abs(units - mean) / mean, mean, np.ones(len(mean)))
    calm = replace(config, leaves=15, min_leaf=2 * config.min_leaf, seeds=1)
    head = Fitter(rows, calm).fit({"objective": "tweedie", "tweedie_variance_power": 1.5}, config.trees // 2)
    table = fit_table(mean, head.predict(matrix), units, config.daily_levels)
    progress(f"days' distributions from {len(mean):,} held-out days")
    return table, head, strength


def _group_errors(
    totals: Head, groups: tuple[History, np.ndarray], origin: int, ahead: np.ndarray, mean: np.ndarray
) -> np.ndarray:
    """Errors of the groups' and of everyone's total, over their level, for each strength and day ahead; [S, days]."""
    history, code = groups
    total = day_means(totals, history, origin, ahead, ahead)
    truth = history.units[:, origin + ahead]
    scale = np.maximum(history.level(origin), 1.0)[:, None]
    errors = np.zeros((len(STRENGTHS), len(ahead)))
    for place, strength in enumerate(STRENGTHS):
        miss = -truth.astype(float)
        np.add.at(miss, code, reconcile(mean, code, total, strength))
        errors[place] = np.abs(miss / scale).mean(axis=0) + np.abs(miss.sum(axis=0) / scale.sum())
    return errors


def _strength(errors: list[np.ndarray]) -> float:
    """The strength with the least median error over the held-out days (a closed day is not to decide), half-way
    between none and full unless another is better by HALF_WAY."""
    if not errors:
        return 0.0
    median = np.median(np.hstack(errors), axis=1)
    handicap = 1 + HALF_WAY * 2 * np.abs(np.array(STRENGTHS) - 0.5)
    return STRENGTHS[int((median * handicap).argmin())]
