"""Cold start: a sku on sale for days only borrows the launch curve of skus like it, and says so."""

from __future__ import annotations

import numpy as np
import pandas as pd

from include.demand.panel import Panel

MIN_ANALOGUES = 8
OWN_WEIGHT_DAYS = 7.0  # days of own sales that weigh as much as the analogues
BANDS = 3


def pools(panel: Panel) -> list[np.ndarray]:
    """Pool codes [n] from the closest likeness to the widest: category and price band, category, all."""
    name = next((c for c in panel.keys.columns if c.startswith("cat")), None)
    code = pd.factorize(panel.keys[name].astype("str"))[0] if name else np.zeros(panel.series_count, int)
    price = np.full(panel.series_count, np.nan)
    if np.isfinite(panel.price).any():
        known = np.isfinite(panel.price)
        price = np.where(known, panel.price, 0).sum(axis=1) / np.maximum(known.sum(axis=1), 1)
        price[~known.any(axis=1)] = np.nan
    if "list_price_micros" in panel.keys:
        listed = pd.to_numeric(panel.keys["list_price_micros"]).astype("float64").to_numpy() / 1e6
        price = np.where(np.isfinite(price), price, listed)
    rank = pd.Series(price).groupby(code).rank(pct=True).fillna(0.5).to_numpy()
    band = np.minimum((rank * BANDS).astype(int), BANDS - 1)
    return [code * BANDS + band, code, np.zeros(panel.series_count, int)]


def borrow(
    panel: Panel, rows: np.ndarray, spans: np.ndarray, levels: tuple[float, ...]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Totals of young series from their analogues' launch curves.

    rows: series numbers [m]; spans: days [m]. Returns mean [m], quantiles [m, L], number of analogues [m]
    (0: none were found, and the series' own mean speaks with a Poisson-like spread).
    An analogue is a series of the same pool whose launch lies in the panel, as many days before its end as the
    young one's age and span need; its total over the same stretch of its life is one draw.
    """
    mean, quantiles = np.zeros(len(rows)), np.zeros((len(rows), len(levels)))
    counts = np.zeros(len(rows), int)
    known = np.isfinite(panel.units)
    units = np.where(known, panel.units, 0)
    sums = np.cumsum(np.pad(units.astype(float), ((0, 0), (1, 0))), axis=1)
    days = np.cumsum(np.pad(known, ((0, 0), (1, 0))), axis=1)
    age = panel.day_count - panel.started[rows]
    layers = pools(panel)
    frame = pd.DataFrame({"age": age, "span": spans, "pool": layers[0][rows]})
    for (old, span, _), part in frame.groupby(["age", "span", "pool"]).groups.items():
        where = np.asarray(part)
        first = rows[where[0]]
        found = _analogues(panel, layers, first, int(old) + int(span))
        counts[where] = len(found)
        own_units = sums[rows[where], -1]
        own_days = days[rows[where], -1]
        if len(found) == 0:
            rate = (own_units + 0.5) / (own_days + OWN_WEIGHT_DAYS)
            mean[where] = rate * span
            quantiles[where] = _poisson_like(mean[where], levels)
            continue
        start = panel.started[found] + int(old)
        total = _stretch(sums, days, found, start, int(span))
        total = total[np.isfinite(total)]
        if len(total) == 0:
            total = np.zeros(1)
        early = _stretch(sums, days, found, panel.started[found], max(int(old), 1)) / max(int(old), 1)
        usual = max(float(np.nanmean(early)) if np.isfinite(early).any() else 0.0, 0.01)
        ratio = (own_units + OWN_WEIGHT_DAYS * usual) / ((own_days + OWN_WEIGHT_DAYS) * usual)
        mean[where] = total.mean() * ratio
        quantiles[where] = np.quantile(total, levels) * ratio[:, None]
    return mean, quantiles, counts


def _analogues(panel: Panel, layers: list[np.ndarray], row: int, length: int) -> np.ndarray:
    """Series of the narrowest pool that has enough launches followed for `length` days."""
    launched = (panel.started > 0) & (panel.started + length <= panel.day_count)
    found = np.flatnonzero(launched)
    for layer in layers:
        found = np.flatnonzero(launched & (layer == layer[row]))
        found = found[found != row]
        if len(found) >= MIN_ANALOGUES:
            return found
    return found if len(found) >= MIN_ANALOGUES // 2 else np.empty(0, int)


def _stretch(sums: np.ndarray, days: np.ndarray, rows: np.ndarray, start: np.ndarray, span: int) -> np.ndarray:
    """Totals over so many days from each row's start, made up for unknown days; NaN where half is unknown."""
    total = sums[rows, start + span] - sums[rows, start]
    known = days[rows, start + span] - days[rows, start]
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(known * 2 >= span, total * span / known, np.nan)


def _poisson_like(mean: np.ndarray, levels: tuple[float, ...]) -> np.ndarray:
    """Quantiles of a negative binomial with these means and twice the Poisson variance; [m, L]."""
    from scipy.stats import nbinom

    size = np.maximum(mean, 1e-6)
    return nbinom.ppf(np.array(levels)[None, :], size[:, None], 0.5)
