"""Conformal calibration of the quantile heads: what held-out origins showed, by demand class and span.

Split conformal prediction for quantile regression (Romano, Patterson, Candes 2019), one-sided: each level is moved
by the matching quantile of the held-out scores (sold - quantile) / spread.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

LEAST_SCORES = 400  # in a cell; below, the cell takes the whole span's shift


@dataclass
class Calibration:
    """shift: float64 [classes, spans, L], in spreads. spans: the grid's days, ascending."""

    spans: tuple[int, ...]
    shift: np.ndarray

    def apply(self, quantiles: np.ndarray, spread: np.ndarray, span: int, classes: np.ndarray) -> np.ndarray:
        """Shifted quantiles [n, L] (units), sorted, not below zero. classes: demand class number [n]."""
        place = np.interp(span, self.spans, np.arange(len(self.spans)))
        low, share = int(place), place - int(place)
        high = min(low + 1, len(self.spans) - 1)
        shift = (1 - share) * self.shift[:, low] + share * self.shift[:, high]
        moved = quantiles + shift[classes] * spread[:, None]
        return np.maximum(np.sort(moved, axis=1), 0.0)

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {"spans": list(self.spans), "shift": self.shift.tolist()}

    @staticmethod
    def from_json(saved: dict[str, Any]) -> Calibration:
        """What to_json wrote."""
        return Calibration(tuple(saved["spans"]), np.array(saved["shift"], float))


def spread_of(quantiles: np.ndarray) -> np.ndarray:
    """Width of each row's distribution, units [n]: outer levels apart, and at least one unit."""
    return quantiles[:, -1] - quantiles[:, 0] + 1.0


def fit(
    scores: list[tuple[int, np.ndarray, np.ndarray]], levels: tuple[float, ...], spans: tuple[int, ...], classes: int
) -> Calibration:
    """scores: for each held-out (span, scores [m, L], class numbers [m]); NaN scores are left out."""
    shift = np.zeros((classes, len(spans), len(levels)))
    for number, span in enumerate(spans):
        of_span = [(score, group) for days, score, group in scores if days == span]
        if not of_span:
            continue
        score = np.vstack([part for part, _ in of_span])
        group = np.concatenate([part for _, part in of_span])
        for column, level in enumerate(levels):
            values = score[:, column]
            good = np.isfinite(values)
            if good.sum() < LEAST_SCORES:
                continue
            whole = np.quantile(values[good], level)
            for one in range(classes):
                mine = values[good & (group == one)]
                trust = len(mine) / (len(mine) + LEAST_SCORES)
                own = np.quantile(mine, level) if len(mine) else 0.0
                shift[one, number, column] = trust * own + (1 - trust) * whole
    # Rounded as it is saved, so that a loaded model says exactly what the trained one said.
    return Calibration(spans, shift.round(6))
