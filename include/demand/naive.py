"""Rules of thumb: what a model must beat, and what speaks when there is too little history for one."""

from __future__ import annotations

import numpy as np

from include.demand.forecast import Forecast
from include.demand.panel import Panel

WINDOW = 91


def recent_totals(panel: Panel, days: int, rows: np.ndarray | None = None) -> np.ndarray:
    """Totals of every run of so many days within the last 13 weeks, float64 [n, runs]; NaN where half is unknown.

    Unknown days inside a run are made up at the run's own mean. A history shorter than the run is scaled up.
    """
    units = panel.units if rows is None else panel.units[rows]
    recent = units[:, max(0, panel.day_count - WINDOW) :]
    length = min(days, recent.shape[1])
    known = np.isfinite(recent)
    sums = np.cumsum(np.pad(np.where(known, recent, 0).astype(float), ((0, 0), (1, 0))), axis=1)
    counts = np.cumsum(np.pad(known, ((0, 0), (1, 0))), axis=1)
    total, count = sums[:, length:] - sums[:, :-length], counts[:, length:] - counts[:, :-length]
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(count * 2 >= length, total * days / count, np.nan)


def thirteen_weeks(panel: Panel, spans: int | np.ndarray, levels: tuple[float, ...]) -> Forecast:
    """The empirical distribution of the last 13 weeks' totals, by series; zero where nothing is known."""
    each = np.broadcast_to(np.asarray(spans, int), (panel.series_count,)).copy()
    mean = np.zeros(panel.series_count)
    quantiles = np.zeros((panel.series_count, len(levels)))
    told = np.zeros(panel.series_count, bool)
    for span in np.unique(each):
        rows = np.flatnonzero(each == span)
        totals = recent_totals(panel, int(span), rows)
        complete = np.isfinite(totals).all(axis=1)
        some = np.isfinite(totals).any(axis=1) & ~complete
        if complete.any():
            mean[rows[complete]] = totals[complete].mean(axis=1)
            quantiles[rows[complete]] = np.quantile(totals[complete], levels, axis=1).T
        if some.any():
            mean[rows[some]] = np.nanmean(totals[some], axis=1)
            quantiles[rows[some]] = np.nanquantile(totals[some], levels, axis=1).T
        told[rows] = complete | some
    told &= ~panel.ended
    mean[~told], quantiles[~told] = 0.0, 0.0
    return Forecast(
        keys=panel.keys[["sku", "warehouse"]],
        spans=each,
        levels=levels,
        mean=mean,
        quantiles=quantiles,
        basis=np.where(told, "rule", "none"),
        confidence=np.full(panel.series_count, "low"),
        note="13-week empirical distribution",
    )


def seasonal_naive(panel: Panel, horizon: int) -> np.ndarray:
    """Each future day sells what its weekday sold when last known, float64 [n, horizon]; zero where never known."""
    out = np.zeros((panel.series_count, horizon))
    last = panel.day_count
    for ahead in range(min(7, horizon)):
        same = panel.units[:, [day for day in range(last - 7 + ahead, -1, -7) if day < last][:8]]
        known = np.isfinite(same)
        first = known.argmax(axis=1)
        value = np.where(known.any(axis=1), same[np.arange(len(same)), first] if same.shape[1] else 0, 0.0)
        out[:, ahead::7] = value[:, None]
    return out


def last_week_again(panel: Panel, spans: int | np.ndarray, levels: tuple[float, ...]) -> Forecast:
    """The seasonal naive as a forecast of totals: each weekday sells what it last sold, and every level says so."""
    each = np.broadcast_to(np.asarray(spans, int), (panel.series_count,)).copy()
    days = seasonal_naive(panel, int(each.max())) if len(each) else np.zeros((0, 1))
    days[panel.ended] = 0.0
    total = np.cumsum(days, axis=1)[np.arange(len(each)), each - 1]
    return Forecast(
        keys=panel.keys[["sku", "warehouse"]],
        spans=each,
        levels=levels,
        mean=total,
        quantiles=np.repeat(total[:, None], len(levels), axis=1),
        basis=np.full(len(each), "rule"),
        confidence=np.full(len(each), "low"),
        note="last week again",
    )
