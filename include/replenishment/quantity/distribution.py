"""A demand distribution given as quantiles, read at any level; vectorised over lines.

Between the given levels the quantile function is linear, and it begins at zero demand at level 0. Above the highest
quantile it follows the exponential tail through the two highest, as a forecast itself is read there, by a few levels
between which it is linear again. So the distribution function is piecewise linear and its integrals are exact sums, no
sampling.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# Where the exponential tail beyond a forecast's highest quantile is written down; any finer changes nothing.
TAIL_LEVELS = (0.95, 0.975, 0.99, 0.995, 0.998)
QUANTILE_COLUMN = re.compile(r"^q(0\.\d+)$")


@dataclass(frozen=True)
class DemandDistribution:
    """levels: (k,) rising from 0 to 1; values: (lines, k) units, not falling along a line."""

    levels: Floats
    values: Floats

    def at(self, level: Floats) -> Floats:
        """Quantiles at one level a line, shape (lines,)."""
        position = np.clip(np.searchsorted(self.levels, level, side="right") - 1, 0, len(self.levels) - 2)
        rows = np.arange(len(self.values))
        low, high = self.values[rows, position], self.values[rows, position + 1]
        left, right = self.levels[position], self.levels[position + 1]
        return low + (high - low) * (level - left) / (right - left)

    def expected_met(self, units: Floats, rows: NDArray[np.int64] | None = None) -> Floats:
        """E[min(demand, units)], for each of `rows` (all lines by default), shape of `units`."""
        values = self.values if rows is None else self.values[rows]
        stock = np.maximum(units, 0.0)
        met = np.zeros(len(stock))
        for k in range(len(self.levels) - 1):
            mass = self.levels[k + 1] - self.levels[k]
            low, high = values[:, k], values[:, k + 1]
            width = high - low
            # Demand is uniform on [low, high] with this mass: E[min(D, s)] in closed form.
            share = np.divide(stock - low, width, out=(stock >= high).astype(float), where=width > 0)
            share = np.clip(share, 0.0, 1.0)
            met += mass * (share * (low + share * width / 2) + (1 - share) * np.minimum(stock, high))
        return met

    def lost(self, units: Floats) -> Floats:
        """Expected demand that so many units do not meet, for all lines, (lines,)."""
        return np.maximum(self.mean() - self.expected_met(units), 0.0)

    def strata(self, count: int) -> Floats:
        """Means of `count` equally likely slices of each line's distribution, lowest first, (lines, count).

        Their mean is `mean()`: a distribution as so many equally likely paths, nothing drawn.
        """
        edges = np.linspace(0.0, 1.0, count + 1)
        cuts = np.union1d(self.levels, edges)
        middle, width = (cuts[1:] + cuts[:-1]) / 2, np.diff(cuts)
        part = np.clip(np.searchsorted(self.levels, middle, side="right") - 1, 0, len(self.levels) - 2)
        share = (middle - self.levels[part]) / (self.levels[part + 1] - self.levels[part])
        weights = np.zeros((len(self.levels), count))
        piece = np.clip((middle * count).astype(np.int64), 0, count - 1)
        np.add.at(weights, (part, piece), width * count * (1 - share))
        np.add.at(weights, (part + 1, piece), width * count * share)
        return self.values @ weights

    def mean(self) -> Floats:
        """The mean that these quantiles imply."""
        steps = np.diff(self.levels)
        return ((self.values[:, 1:] + self.values[:, :-1]) / 2) @ steps


def distribution_through(levels: Floats, quantiles: Floats) -> DemandDistribution:
    """From quantiles (lines, k) at two or more rising levels (k,); crossing quantiles are put in order.

    The end, at level 1, lies so far out that the mean beyond the last level is that of the exponential tail.
    """
    given = np.maximum.accumulate(np.maximum(quantiles, 0.0), axis=1)
    high = levels[-1]
    scale = (given[:, -1] - given[:, -2]) / np.log((1 - levels[-2]) / (1 - high))
    tail = np.array([level for level in TAIL_LEVELS if level > high])
    beyond = given[:, -1:] + scale[:, None] * np.log((1 - high) / (1 - tail))
    last = np.hstack([given, beyond])[:, -1:] + 2 * scale[:, None]
    return DemandDistribution(
        np.concatenate([[0.0], levels, tail, [1.0]]), np.hstack([np.zeros((len(given), 1)), given, beyond, last])
    )


def distribution_of(inputs: pd.DataFrame) -> DemandDistribution:
    """From the columns q0.5, q0.9 ... of `inputs`; crossing quantiles are put in order."""
    columns = sorted(
        (float(match.group(1)), name) for name in inputs.columns if (match := QUANTILE_COLUMN.match(str(name)))
    )
    if len(columns) < 2:
        raise ValueError(
            f"found quantile columns {[name for _, name in columns]}: expected two or more, like q0.5, q0.9"
        )
    levels = np.array([level for level, _ in columns])
    return distribution_through(levels, inputs[[name for _, name in columns]].to_numpy(dtype=float))
