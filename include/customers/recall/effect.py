"""What a contact brings, as the control group has measured it, shrunk to what was believed before.

Contact is taken to multiply everyone's odds of returning by one factor (see `worth.chance_with_contact`), so
what is measured is the logarithm of that factor: a logistic regression of returning on the arm, with an intercept for
each band of risk, since pooling people of different risk makes a factor look smaller than it is for any of them (Gail,
Wieand and Piantadosi 1984). The prior is normal. It weighs as much as a test of `prior_customers` listed and
`prior_customers` left alone, all at even odds. The estimate is the mode of the posterior (empirical Bayes with the
merchant's own prior).
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import pandas as pd

from include.customers.recall.lift import MIN_IN_ARM, PROOF

# Fewest control customers in a band of risk, below which it says little about its own level; most bands.
_CONTROLS_IN_A_BAND, _MAX_BANDS = 50, 10
# Added to each cell, so that a band in which nobody or everybody returned has finite log odds.
_HALF = 0.5


@dataclass(frozen=True)
class Effect:
    """at_even: of customers with an even chance of returning by themselves, the share of those who would not have
    returned whom a contact brings back. The lists use this number.

    measured, low, high: the same from the two arms alone with its 95 % interval, not shrunk; it may be below zero. None
    while either arm is too small: at_even is the prior then. listed, control: customers it is measured on.
    is_harm: proven, at the level that `lift` asks of a proof; at_even is 0 then.
    """

    at_even: float
    listed: int
    control: int
    measured: float | None = None
    low: float | None = None
    high: float | None = None
    is_harm: bool = False

    @property
    def is_measured(self) -> bool:
        return self.measured is not None


def measured_effect(
    outcomes: pd.DataFrame, prior: float, prior_customers: float, floor: float = 0.0, of_offers: float = 0.0
) -> Effect:
    """The contact's own effect. The arms show contact and offer together; `of_offers`, the mean log odds factor assumed
    for the offers made, is subtracted.

    outcomes: arm ('listed' or 'control'), returned (bool), p_churn (the score they were listed with, NaN where it is
    not known).

    prior: the chance at even odds believed before. floor: the lowest `at_even` unless harm is proven; at zero nobody
    would be listed, and the estimate could never be corrected.
    """
    listed = (outcomes["arm"] == "listed").to_numpy(dtype=bool)
    counts = (int(listed.sum()), int((~listed).sum()))
    if min(counts) < MIN_IN_ARM:
        return Effect(prior, *counts)
    table = _counts(listed, outcomes["returned"].to_numpy(dtype=bool), outcomes["p_churn"].to_numpy(dtype=np.float64))
    unshrunk, error = _log_odds_ratio(table, 0.0, 0.0)
    weight = prior_customers / 8.0  # the variance of a log odds ratio of two arms of n at even odds is 8 / n
    shrunk, _ = _log_odds_ratio(table, log_factor(prior) + of_offers, weight)
    own, low, high = (at_even(unshrunk - of_offers + z * error) for z in (0.0, -1.959964, 1.959964))
    is_harm = unshrunk + NormalDist().inv_cdf((1 + PROOF) / 2) * error < 0
    return Effect(0.0 if is_harm else max(at_even(shrunk - of_offers), floor), *counts, own, low, high, is_harm)


def at_even(log_factor: float) -> float:
    """The chance that contact brings back a lost customer at even odds, from the logarithm of the odds' factor 1 + k:
    0.5 k / (1 + 0.5 k); below zero where contact drives away."""
    k = float(np.expm1(log_factor))
    return 0.5 * k / (1.0 + 0.5 * k)


def log_factor(chance: float) -> float:
    """The inverse of `at_even`. A negative chance means that contact drives away; the odds factor is at least 0.001."""
    k = chance / (0.5 * (1.0 - min(chance, 0.999)))
    return float(np.log1p(max(k, -0.999)))


def _counts(listed: np.ndarray, returned: np.ndarray, risk: np.ndarray) -> np.ndarray:
    """(bands, 4): listed, of them returned, control, of them returned; bands of equal numbers of controls by risk."""
    known = np.nan_to_num(risk, nan=float(np.nanmedian(risk)) if np.isfinite(risk).any() else 0.5)
    controls = np.sort(known[~listed])
    bands = int(np.clip(len(controls) // _CONTROLS_IN_A_BAND, 1, _MAX_BANDS))
    borders = np.unique(np.quantile(controls, np.arange(1, bands) / bands)) if bands > 1 else np.empty(0)
    band = np.searchsorted(borders, known, side="right")
    columns = [
        np.bincount(band[mask], minlength=len(borders) + 1)
        for mask in (listed, listed & returned, ~listed, ~listed & returned)
    ]
    table = np.stack(columns, axis=1).astype(np.float64)
    return table[(table[:, 0] > 0) & (table[:, 2] > 0)]


def _log_odds_ratio(table: np.ndarray, mean: float, weight: float) -> tuple[float, float]:
    """(log factor, its standard error): logistic regression with an intercept a band, a normal prior of `mean` and
    precision `weight` on the log factor, and half a customer on either side of every cell (Haldane 1956)."""
    n1, y1, n0, y0 = table.T
    n1, n0, y1, y0 = n1 + 2 * _HALF, n0 + 2 * _HALF, y1 + _HALF, y0 + _HALF
    base, theta = np.log(y0 / (n0 - y0)), mean
    for _ in range(100):
        p0, p1 = _chance(base), _chance(base + theta)
        of_base, of_theta = y0 + y1 - n0 * p0 - n1 * p1, float((y1 - n1 * p1).sum()) - weight * (theta - mean)
        w0, w1 = n0 * p0 * (1 - p0), n1 * p1 * (1 - p1)
        # Newton's step; the bands' part of the information is diagonal and eliminated first.
        information = float((w1 - w1**2 / (w0 + w1)).sum()) + weight
        step = (of_theta - float((w1 * of_base / (w0 + w1)).sum())) / information
        step = float(np.clip(step, -1.0, 1.0))
        base = base + np.clip((of_base - w1 * step) / (w0 + w1), -2.0, 2.0)
        theta += step
        if abs(step) < 1e-10:
            break
    return theta, float(1 / np.sqrt(information))


def _chance(logit: np.ndarray) -> np.ndarray:
    return np.asarray(1 / (1 + np.exp(-logit)))
