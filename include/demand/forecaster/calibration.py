"""Conformal calibration of the quantile heads: what held-out origins showed, by demand class and span.

Split conformal prediction for quantile regression (Romano, Patterson, Candes 2019), one-sided: each level is moved
by the matching quantile of the held-out scores (sold - quantile) / spread.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

MIN_SCORES = 200  # of an origin; classes with few lean on everyone's
DISAGREEMENT = 2.0  # neighbouring origins overlap: their variance counts double
ALONE = 0.01  # spreads: doubt that one origin leaves, however alike its series


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
    """scores: for each held-out origin (span, scores [m, L], class numbers [m]); NaN scores are left out.

    All series of an origin share the market's mood, so one origin is one observation: a level's shift is the
    median over the origins, shrunk by how much the origins disagree (empirical Bayes). What only one season
    showed is not carried into the next. Spans too long for the held-out days take the nearest span's shift.
    """
    shift = np.full((classes, len(spans), len(levels)), np.nan)
    for number, span in enumerate(spans):
        each = [
            _shifts(score, group, levels, classes)
            for days, score, group in scores
            if days == span and np.isfinite(score).all(axis=1).sum() >= MIN_SCORES
        ]
        if each:
            seen = np.stack(each)
            middle = np.median(seen, axis=0)
            doubt = DISAGREEMENT * seen.var(axis=0) / len(each) + ALONE**2 / len(each)
            shift[:, number] = middle * middle**2 / (middle**2 + doubt)
    told = np.flatnonzero(np.isfinite(shift[0, :, 0]))
    for number in range(len(spans)):
        nearest = told[np.abs(told - number).argmin()] if len(told) else None
        shift[:, number] = 0.0 if nearest is None else shift[:, nearest]
    # Rounded as it is saved, so that a loaded model says exactly what the trained one said.
    return Calibration(spans, shift.round(6))


def _shifts(score: np.ndarray, group: np.ndarray, levels: tuple[float, ...], classes: int) -> np.ndarray:
    """One origin's shift by class and level [classes, L]; small classes lean on everyone's."""
    out = np.zeros((classes, len(levels)))
    good = np.isfinite(score).all(axis=1)
    for column, level in enumerate(levels):
        whole = np.quantile(score[good, column], level)
        for one in range(classes):
            mine = score[good & (group == one), column]
            trust = len(mine) / (len(mine) + MIN_SCORES)
            own = np.quantile(mine, level) if len(mine) else 0.0
            out[one, column] = trust * own + (1 - trust) * whole
    return out
