"""Weekly demand ahead: the mean by LightGBM on top of level times season, the spread from the item's own history.

One model for all items and weeks ahead. It is given the logarithm of level × season as its start and learns, by
Poisson's likelihood, only what that gets wrong; so scale and yearly season, which trees handle badly, are no features.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks.vn2_season import EVENTS, YEAR, Season, WeeklyHistory, days_to_event

Floats = NDArray[np.float64]

FIRST_ORIGIN = YEAR + 2
HORIZONS = (0, 1, 2, 3)
HALF_LIFE_WEEKS = 78.0  # an origin a year and a half older counts half
DISPERSION = 0.3  # of a usual item: large ones are not as certain as Poisson says, so they weigh less
ROUNDS = 150
SEEDS = (1, 2, 3)
PARAMETERS = {
    "objective": "poisson",
    "learning_rate": 0.1,
    "num_leaves": 15,
    "min_data_in_leaf": 200,
    "feature_fraction": 0.3,
    "bagging_fraction": 0.5,
    "bagging_freq": 1,
    "lambda_l2": 5.0,
    "max_bin": 63,
    "num_threads": 1,
    "force_row_wise": True,
    "deterministic": True,
    "verbosity": -1,
}


@dataclass(frozen=True)
class Rows:
    """features: one row a (horizon, item), horizons outermost; start: log of level × season; horizon: weeks ahead."""

    features: pd.DataFrame
    start: Floats


def rows_at(history: WeeklyHistory, season: Season, origin: int, horizons: tuple[int, ...]) -> Rows:
    """What is known before week `origin` about the weeks origin + horizon."""
    usual = float(np.median(season.expected[:, origin - YEAR : origin].mean(axis=1)))
    level, shared = _at_origin(history, season, origin, usual)
    tables, starts = [], []
    for horizon in horizons:
        ahead = _week_ahead(history, season, origin + horizon, level, usual)
        tables.append(pd.DataFrame({**shared, **ahead, "horizon": np.full(len(level), float(horizon))}))
        starts.append(np.log(level * season.expected[:, origin + horizon] / usual))
    return Rows(pd.concat(tables, ignore_index=True).astype(np.float32), np.concatenate(starts))


def train(history: WeeklyHistory, season: Season) -> list[str]:
    """The models of all SEEDS as LightGBM's own text, trained on all weeks of the history."""
    import lightgbm

    weeks = history.units.shape[1]
    features, starts, targets, ages = [], [], [], []
    for origin in range(FIRST_ORIGIN, weeks):
        horizons = tuple(h for h in HORIZONS if origin + h < weeks)
        rows = rows_at(history, season, origin, horizons)
        target = np.concatenate([history.units[:, origin + h] for h in horizons])
        known = ~np.isnan(target)
        features.append(rows.features[known])
        starts.append(rows.start[known])
        targets.append(target[known])
        ages.append(np.full(int(known.sum()), weeks - origin))
    start = np.concatenate(starts)
    weight = 0.5 ** (np.concatenate(ages) / HALF_LIFE_WEEKS) / (1 + DISPERSION * np.exp(start))
    data = lightgbm.Dataset(
        pd.concat(features), np.concatenate(targets), weight=weight, init_score=start, free_raw_data=False
    )
    return [lightgbm.train({**PARAMETERS, "seed": seed}, data, ROUNDS).model_to_string() for seed in SEEDS]


def mean_ahead(models: list[str], rows: Rows, horizons: int) -> Floats:
    """Mean demand, (horizons, items): the seeds averaged in the logarithm."""
    import lightgbm

    corrections = [lightgbm.Booster(model_str=text).predict(rows.features, raw_score=True) for text in models]
    return np.exp(rows.start + np.mean(corrections, axis=0)).reshape(horizons, -1)


def dispersion_of(history: WeeklyHistory, weeks: int = 78, usual: float = 0.25, strength: float = 20.0) -> Floats:
    """Excess of variance over the mean, a unit of squared mean, (items,): each item's own, pulled to the usual one.

    Part of an item's variance is season and trend that the mean foresees, so its own figure counts for four fifths.
    """
    recent = history.units[:, -weeks:]
    known = (~np.isnan(recent)).sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.nansum(recent, axis=1) / np.maximum(known, 1)
        variance = np.nansum((recent - mean[:, None]) ** 2, axis=1) / np.maximum(known, 1)
    own = (variance - mean) / np.maximum(mean, 0.3) ** 2
    return np.clip((0.8 * known * own + strength * usual) / (known + strength), 0.03, 2.5)


def _at_origin(history: WeeklyHistory, season: Season, origin: int, usual: float) -> tuple[Floats, dict[str, Floats]]:
    """(level, features that are the same for every week ahead)."""
    units = history.units[:, :origin]
    known = ~np.isnan(units)
    calm = units / np.maximum(season.expected[:, :origin] / usual, 0.2)

    def decayed(half_life: float) -> tuple[Floats, Floats]:
        weight = 0.5 ** (np.arange(origin)[::-1] / half_life)
        total = known @ weight
        return (np.where(known, calm, 0.0) @ weight) / np.maximum(total, 1e-9), total

    quarter, quarter_weight = decayed(13)
    long, _ = decayed(40)
    level = np.maximum((quarter * quarter_weight + 2 * long + 0.1) / (quarter_weight + 2.1), 0.05)
    features = {"level": np.log(level), "recent_weeks": quarter_weight}
    for name, half_life in (("week", 1.5), ("month", 4.0), ("year", 40.0)):
        features[f"calm_{name}"] = np.log((decayed(half_life)[0] + 0.05) / level)
    features |= _recent_shape(units, level)
    features |= _of_others(history, season, calm, known, level, origin, usual)
    return level, features


def _recent_shape(units: Floats, level: Floats) -> dict[str, Floats]:
    features: dict[str, Floats] = {}
    for weeks in (2, 4, 8, 13, 26, 52):
        features[f"mean_{weeks}"] = np.log((_mean(units[:, -weeks:]) + 0.05) / level)
    for back in (1, 2, 3, 4):
        features[f"lag_{back}"] = units[:, -back] / (level + 0.3)
    half, year = units[:, -26:], units[:, -52:]
    half_mean = _mean(half)
    known = ~np.isnan(half)
    features["zero_share"] = np.divide(
        (half == 0).sum(axis=1), known.sum(axis=1), out=np.full(len(half), np.nan), where=known.any(axis=1)
    )
    features["variation"] = np.sqrt(_mean((half - half_mean[:, None]) ** 2)) / (half_mean + 0.1)
    features["largest"] = np.log((np.where(known, half, 0.0).max(axis=1) + 0.5) / level)
    year_mean = _mean(year)
    features["lumpiness"] = np.log((_mean((year - year_mean[:, None]) ** 2) + 0.2) / (year_mean + 0.2))
    ever = ~np.isnan(units)
    features["age"] = np.where(ever.any(axis=1), units.shape[1] - ever.argmax(axis=1), 0).astype(float)
    features["weeks_known"] = ever.sum(axis=1).astype(float)
    features["in_stock_share"] = ever[:, -8:].mean(axis=1)
    sold = np.where(ever, units, 0.0) > 0
    features["weeks_since_sale"] = np.where(sold.any(axis=1), sold[:, ::-1].argmax(axis=1), 99).astype(float)
    return features


def _of_others(
    history: WeeklyHistory,
    season: Season,
    calm: Floats,
    known: NDArray[np.bool_],
    level: Floats,
    origin: int,
    usual: float,
) -> dict[str, Floats]:
    """How the item's product, store and category do against their levels, and the whole against its season."""
    features: dict[str, Floats] = {}
    for name in ("product", "store", "group", "department"):
        code = history.attributes[name]
        for weeks in (1, 4, 13):
            sold = np.where(known, calm, 0.0)[:, -weeks:].sum(axis=1)
            should = known[:, -weeks:].sum(axis=1) * level
            ratio = (np.bincount(code, sold) + 2) / (np.bincount(code, should) + 2)
            features[f"{name}_{weeks}"] = np.log(ratio)[code]
        features[f"{name}_level"] = (np.log(np.bincount(code, level) / np.bincount(code)))[code] - np.log(level)
    against = season.total[:origin] / (np.median(season.expected[:, :origin], axis=0) / usual)
    trailing = season.total[origin - YEAR : origin].mean()
    for weeks in (1, 4, 13):
        features[f"all_{weeks}"] = np.full(len(level), np.log(against[-weeks:].mean() / trailing))
    for name, code in history.attributes.items():
        if name != "product":
            features[f"code_{name}"] = code.astype(float)
    return features


def _week_ahead(history: WeeklyHistory, season: Season, week: int, level: Floats, usual: float) -> dict[str, Floats]:
    """Features of one week to come: its season, the same weeks of earlier years, and the days to events."""
    units, expected = history.units, season.expected
    last = season.reference[week]
    before = season.reference[last] if last >= 0 else -1
    index = expected[:, week] / usual
    unknown = np.full(len(level), np.nan)
    features = {
        "season": np.log(index),
        "season_generous": np.log(season.generous[:, week] / expected[:, week]),
        "season_around": np.log((expected[:, week - 1] + expected[:, week + 1]) / 2 / usual),
        "season_before": np.log(expected[:, week - 1] / usual),
        "season_all": np.full(len(level), np.log(season.total[last])),
        "season_department": np.log(season.department[:, last]),
        "season_store": np.log(season.store[:, last]),
        "last_year": units[:, last] / (level * index + 0.3),
        "last_year_before": units[:, last - 1] / (level + 0.3) if last > 0 else unknown,
        "last_year_after": units[:, last + 1] / (level + 0.3),
        "last_year_around": _mean(units[:, max(last - 1, 0) : last + 2]) / (season.level[:, last] + 0.1),
        "last_year_lift": units[:, last] / (season.level[:, last] + 0.1),
        "year_before_lift": units[:, before] / (season.level[:, before] + 0.1) if before >= 0 else unknown,
    }
    monday = season.mondays[week]
    for name in EVENTS:
        features[f"to_{name}"] = np.full(len(level), days_to_event(name, season.mondays[week : week + 1])[0])
    features["day_of_year"] = np.full(len(level), float((monday - monday.astype("datetime64[Y]")).astype(int)))
    features["day_of_month"] = np.full(len(level), float((monday - monday.astype("datetime64[M]")).astype(int)))
    return features


def _mean(values: Floats) -> Floats:
    """Row means of what is known; NaN where nothing is."""
    known = ~np.isnan(values)
    count = known.sum(axis=1)
    total = np.where(known, values, 0.0).sum(axis=1)
    return np.divide(total, count, out=np.full(len(values), np.nan), where=count > 0)
