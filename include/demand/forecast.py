"""A forecast: the distribution of each series' total over its own protection period."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class Forecast:
    """Totals of n series.

    keys: sku, warehouse. spans: int [n], days. levels: L quantile levels, ascending. mean: float64 [n], units.
    quantiles: float64 [n, L], units, ascending in each row, not rounded. basis: str [n], what spoke: 'model';
    'analogue' (too new: borrowed from similar skus); 'rule' (13-week distribution); 'none' (not on sale).
    confidence: str [n], 'high', 'medium' or 'low'. note: said once for the whole forecast, or ''.
    """

    keys: pd.DataFrame
    spans: np.ndarray
    levels: tuple[float, ...]
    mean: np.ndarray
    quantiles: np.ndarray
    basis: np.ndarray
    confidence: np.ndarray
    note: str = ""

    def quantile(self, level: float | np.ndarray) -> np.ndarray:
        """Total that is not exceeded with the given probability (one, or one a row); float64 [n], units.

        Between levels it is interpolated; below the lowest, towards zero; above the highest, the upper tail is
        taken as exponential through the two highest levels.
        """
        wanted = np.broadcast_to(np.asarray(level, float), self.mean.shape)
        if ((wanted <= 0) | (wanted >= 1)).any():
            raise ValueError("a quantile level lies between 0 and 1, both excluded")
        levels = np.array(self.levels)
        if len(levels) == 1:
            return self.quantiles[:, 0].copy()
        right = np.clip(np.searchsorted(levels, wanted), 1, len(levels) - 1)
        left = right - 1
        rows = np.arange(len(wanted))
        low, high = self.quantiles[rows, left], self.quantiles[rows, right]
        share = (wanted - levels[left]) / (levels[right] - levels[left])
        inside = low + np.clip(share, 0, 1) * (high - low)
        under = self.quantiles[:, 0] * wanted / levels[0]
        tail = np.log((1 - levels[-2]) / (1 - wanted)) / np.log((1 - levels[-2]) / (1 - levels[-1]))
        over = self.quantiles[:, -2] + tail * (self.quantiles[:, -1] - self.quantiles[:, -2])
        return np.where(wanted < levels[0], under, np.where(wanted > levels[-1], over, inside))

    def frame(self) -> pd.DataFrame:
        """One row a series: sku, warehouse, span_days, mean, one column a level (q50 ...), basis, confidence."""
        out = self.keys[["sku", "warehouse"]].reset_index(drop=True).copy()
        out["span_days"] = self.spans.astype("int64")
        out["mean"] = self.mean
        for number, level in enumerate(self.levels):
            out[f"q{100 * level:g}"] = self.quantiles[:, number]
        out["basis"] = self.basis
        out["confidence"] = self.confidence
        return out


@dataclass(frozen=True)
class DailyForecast:
    """Single days ahead: mean [n, H] units a day; quantiles [n, H, L] units a day at the levels."""

    keys: pd.DataFrame
    days: pd.DatetimeIndex
    levels: tuple[float, ...]
    mean: np.ndarray
    quantiles: np.ndarray
