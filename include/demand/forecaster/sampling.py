"""Training rows: many origins rolling back through the history, sampled, recent ones more often."""

from __future__ import annotations

import numpy as np

from include.demand.forecaster.config import DemandConfig
from include.demand.forecaster.features import History
from include.demand.forecaster.heads import Rows

MIN_DAYS = 14  # known days before an origin, below which a series teaches nothing
MIN_SHARE = 0.5  # of a span's days known, below which its total is a guess
MIN_PRESENT = 0.3  # of the rows in which a feature must be known to be used
TWEEDIE_POWER = 1.1


def columns(features: dict[str, np.ndarray], names: list[str], rows: np.ndarray | None = None) -> np.ndarray:
    """The named features side by side, float32 [m, F]; NaN where the origin is too early to know one."""
    count = len(next(iter(features.values()))) if rows is None else len(rows)
    out = np.full((count, len(names)), np.nan, np.float32)
    for number, name in enumerate(names):
        if name in features:
            out[:, number] = features[name] if rows is None else features[name][rows]
    for number, name in enumerate(names):
        if name.startswith("is_"):
            out[out[:, number] < 0, number] = np.nan
    return out


def origins(config: DemandConfig, end: int, span: int, step: int | None = None) -> list[int]:
    """Origins whose span of so many days ends by day `end`, the latest first."""
    return list(range(end - span, config.first_origin - 1, -(step or config.origin_step)))


def span_rows(history: History, config: DemandConfig, end: int, max_rows: int) -> Rows:
    """Rows whose target is the total over a span, a day and level; spans as in the configuration."""
    rng = np.random.default_rng(config.seed)
    plan = [(origin, span) for span in config.spans for origin in origins(config, end, span)]
    weight = np.array([0.5 ** ((end - o - s) / config.half_life) for o, s in plan])
    share = _share(weight, history.panel.series_count, max_rows)
    chosen: list[np.ndarray] = []
    for (origin, span), kept in zip(plan, share, strict=True):
        good = history.selling(origin, MIN_DAYS) & (history.target(origin, span)[1] >= MIN_SHARE)
        chosen.append(np.flatnonzero(good & (rng.random(len(good)) < kept)))
    names = _present([{**history.series(o), **history.span(o, s)} for o, s in _probes(plan)])
    size = sum(len(rows) for rows in chosen)
    matrix = np.empty((size, len(names)), np.float32)
    target, level, known = np.empty(size), np.empty(size), np.empty(size)
    at = 0
    kept_origin, series = -1, {}
    for number in sorted(range(len(plan)), key=lambda i: plan[i]):
        (origin, span), rows = plan[number], chosen[number]
        if origin != kept_origin:
            kept_origin, series = origin, history.series(origin)
        part = slice(at, at + len(rows))
        matrix[part] = columns({**series, **history.span(origin, span)}, names, rows)
        total, known_share = history.target(origin, span)
        level[part] = history.level(origin)[rows]
        target[part] = total[rows] / span / level[part]
        known[part] = known_share[rows]
        at += len(rows)
    return Rows(matrix, names, target, known, level)


def day_rows(
    history: History, config: DemandConfig, end: int, max_rows: int, *, step: int | None = None, every_day: bool = False
) -> Rows:
    """Rows whose target is one future day's units over the level; the day ahead is drawn, or all are taken."""
    rng = np.random.default_rng(config.seed + 1)
    plan = origins(config, end, 1, step)
    weight = np.array([0.5 ** ((end - origin) / config.half_life) for origin in plan])
    repeats = config.daily_horizon if every_day else 1
    share = _share(weight, history.panel.series_count * repeats, max_rows)
    picked: list[tuple[np.ndarray, np.ndarray]] = []
    for origin, kept in zip(plan, share, strict=True):
        reach = min(config.daily_horizon, end - origin)
        candidates = np.flatnonzero(history.selling(origin, MIN_DAYS))
        if every_day:
            rows = np.repeat(candidates, reach)
            ahead = np.tile(np.arange(reach), len(candidates))
        else:
            rows, ahead = candidates, rng.integers(0, reach, len(candidates))
        good = history.known[rows, origin + ahead] & (rng.random(len(rows)) < kept)
        picked.append((rows[good], ahead[good]))
    some = np.arange(min(2, history.panel.series_count))
    names = _present([_both(history, plan[i], np.zeros(len(some), int), some) for i in (0, len(plan) // 2)])
    size = sum(len(rows) for rows, _ in picked)
    matrix = np.empty((size, len(names)), np.float32)
    target, level = np.empty(size), np.empty(size)
    at = 0
    for origin, (rows, ahead) in zip(plan, picked, strict=True):
        if len(rows) == 0:
            continue
        part = slice(at, at + len(rows))
        matrix[part] = columns(_both(history, origin, ahead, rows), names)
        level[part] = history.level(origin)[rows]
        target[part] = history.units[rows, origin + ahead] / level[part]
        at += len(rows)
    return Rows(matrix, names, target, np.ones(size), level)


def _both(history: History, origin: int, ahead: np.ndarray, rows: np.ndarray) -> dict[str, np.ndarray]:
    series = {name: value[rows] for name, value in history.series(origin).items()}
    return {**series, **history.day(origin, ahead, rows)}


def _share(weight: np.ndarray, candidates: int, max_rows: int) -> np.ndarray:
    """Share of each origin's rows to keep, so that about max_rows are kept in all."""
    share = weight / max(weight.sum(), 1e-9) * max_rows / max(candidates, 1)
    return np.minimum(share, 1.0)


def _probes(plan: list[tuple[int, int]]) -> list[tuple[int, int]]:
    ordered = sorted(plan)
    return [ordered[len(ordered) * part // 10] for part in range(10)]


def _present(probes: list[dict[str, np.ndarray]]) -> list[str]:
    """Names of the features that are there, and known, in enough of the probed origins."""
    counts: dict[str, int] = {}
    for probe in probes:
        for name, value in probe.items():
            counts[name] = counts.get(name, 0) + bool(np.isfinite(value).any())
    return [name for name, count in counts.items() if count >= max(1, MIN_PRESENT * len(probes))]
