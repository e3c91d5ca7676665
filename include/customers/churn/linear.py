"""A logistic regression over normal scores of the features: the steady neighbour of the trees.

Every feature becomes its normal score within the training rows, with its square and, where it may be unknown, a flag of
its own. Trees cut such data into steps and need many rows; this one draws a smooth line through few.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit, ndtri

_LEVELS = np.arange(1, 64) / 64
_RIDGE = 200.0  # weight of the penalty, as if so many customers had said that nothing matters
# More rows say no more about a line; predictions go by so many, too, since every row becomes a hundred terms.
ROWS = 30_000


@dataclass(frozen=True)
class Linear:
    """knots, scores: (features) lists of the values and normal scores between which a feature is read off. flagged:
    features with a flag for unknown. coefficients: (terms,), the intercept first."""

    knots: list[list[float]]
    scores: list[list[float]]
    flagged: list[int]
    coefficients: list[float]

    def predict(self, values: np.ndarray) -> np.ndarray:
        """Logits, up to a level, (rows,). values: (rows, features), NaN where unknown."""
        coefficients = np.array(self.coefficients)
        parts = [
            _terms(self.knots, self.scores, self.flagged, values[start : start + ROWS]) @ coefficients
            for start in range(0, len(values), ROWS)
        ]
        return np.concatenate(parts) if parts else np.zeros(0)


def fit_linear(values: np.ndarray, outcome: np.ndarray, offset: np.ndarray, seed: int) -> Linear:
    """values: (rows, features); outcome: (rows,) 0 or 1; offset: (rows,) logits that are known beforehand."""
    if len(outcome) > ROWS:
        keep = np.sort(np.random.default_rng(seed).choice(len(outcome), ROWS, replace=False))
        values, outcome, offset = values[keep], outcome[keep], offset[keep]
    knots, scores = [], []
    for column in values.astype(np.float64).T:
        known = column[~np.isnan(column)]
        at = np.quantile(known, _LEVELS) if len(known) >= 10 else np.zeros(1)
        # Ties get the mean score of their levels.
        distinct, group = np.unique(at, return_inverse=True)
        normal = ndtri(_LEVELS) if len(at) > 1 else np.zeros(1)
        knots.append(distinct.tolist())
        scores.append((np.bincount(group, normal) / np.bincount(group)).tolist())
    unknown = np.isnan(values).mean(axis=0)
    flagged = np.flatnonzero((unknown > 0.02) & (unknown < 0.98)).tolist()
    terms = _terms(knots, scores, flagged, values)

    def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
        logits = terms @ weights + offset
        value = float((np.logaddexp(0, logits) - outcome * logits).sum() + 0.5 * _RIDGE * (weights @ weights))
        return value, terms.T @ (expit(logits) - outcome) + _RIDGE * weights

    best = minimize(loss, np.zeros(terms.shape[1]), jac=True, method="L-BFGS-B", options={"maxiter": 80})
    return Linear(knots, scores, flagged, best.x.tolist())


def _terms(knots: list[list[float]], scores: list[list[float]], flagged: list[int], values: np.ndarray) -> np.ndarray:
    """(rows, 1 + 2 x features + flags)."""
    unknown = np.isnan(values)
    normal = np.zeros(values.shape)
    for index, (at, score) in enumerate(zip(knots, scores, strict=True)):
        normal[:, index] = np.interp(values[:, index], at, score)
    normal[unknown] = 0.0
    square = np.where(unknown, 0.0, normal**2 - 1)
    return np.concatenate([np.ones((len(values), 1)), normal, square, unknown[:, flagged]], axis=1)
