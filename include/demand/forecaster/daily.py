"""Distribution of a single day given its expected units: what held-out days with the same mean and spread sold.

The spread of a series is its expected absolute error over its mean, itself forecast by a head (see training). Below
SMALL expected units a day the table holds whole units (slow movers sell in pieces); above, multiples of the mean.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

SMALL = 4.0
MEANS = 60
SPREADS = 8


@dataclass
class DailyTable:
    """edges: inner edges of the mean's bins [B-1]; inner edges of the spread in each bin [B, D-1];
    value [B, D, L]: quantiles in units (bins below SMALL) or in multiples of the mean."""

    levels: tuple[float, ...]
    edges: np.ndarray
    spread_edges: np.ndarray
    value: np.ndarray
    small: np.ndarray

    def quantiles(self, mean: np.ndarray, spread: np.ndarray) -> np.ndarray:
        """Quantiles [m, L], units a day, of days with these means and their series' spreads."""
        at = np.searchsorted(self.edges, mean)
        which = (spread[:, None] > self.spread_edges[at]).sum(axis=1)
        value = self.value[at, which]
        out = np.where(self.small[at][:, None], value, value * mean[:, None])
        out = np.where((mean < SMALL)[:, None] | (out < 6), np.round(out), out)
        return np.sort(np.where((mean > 0)[:, None], out, 0.0), axis=1)

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "levels": list(self.levels),
            "edges": self.edges.tolist(),
            "spread_edges": self.spread_edges.tolist(),
            "value": self.value.tolist(),
            "small": self.small.tolist(),
        }

    @staticmethod
    def from_json(saved: dict[str, Any]) -> DailyTable:
        """What to_json wrote."""
        return DailyTable(
            tuple(saved["levels"]),
            np.array(saved["edges"], float),
            np.array(saved["spread_edges"], float),
            np.array(saved["value"], float),
            np.array(saved["small"], bool),
        )


def fit_table(mean: np.ndarray, spread: np.ndarray, sold: np.ndarray, levels: tuple[float, ...]) -> DailyTable:
    """The table of held-out days: expected units [m], the series' spread [m], units sold [m]."""
    good = np.isfinite(sold) & np.isfinite(mean) & (mean > 0)
    mean, spread, sold = mean[good], np.nan_to_num(spread[good]), sold[good]
    bins = int(np.clip(len(mean) // 3000, 1, MEANS))
    parts = int(np.clip(len(mean) // (bins * 500), 1, SPREADS))
    edges = np.unique(np.quantile(mean, np.arange(1, bins) / bins)) if bins > 1 else np.empty(0)
    at = np.searchsorted(edges, mean)
    bins = len(edges) + 1
    spread_edges = np.zeros((bins, parts - 1))
    value = np.zeros((bins, parts, len(levels)))
    small = np.zeros(bins, bool)
    order = np.argsort(at, kind="stable")
    starts = np.searchsorted(at[order], np.arange(bins + 1))
    for number in range(bins):
        inside = order[starts[number] : starts[number + 1]]
        if len(inside) == 0:
            continue
        middle = float(np.median(mean[inside]))
        small[number] = middle < SMALL
        target = sold[inside] if small[number] else sold[inside] / mean[inside]
        spread_edges[number] = np.quantile(spread[inside], np.arange(1, parts) / parts)
        which = (spread[inside][:, None] > spread_edges[number]).sum(axis=1)
        for part in range(parts):
            mine = target[which == part]
            value[number, part] = np.quantile(mine if len(mine) >= 30 else target, levels)
    return DailyTable(levels, edges, spread_edges, value.round(5), small)
