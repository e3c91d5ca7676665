"""Blend LightGBM, the logistic regression and the buy-till-you-die families, and set the level of their answers.

Everything here was chosen on earlier windows of three merchants (benchmarks/customers_earlier.py). Weights fitted for
each merchant on replays of its own did no better there than equal ones: two outcomes are a poor reason to leave those.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np

from include.customers.churn.customer_features import FeatureMatrix
from include.customers.churn.learners import ORDER_TARGETS, QUIET_TARGETS, Learners, level_between, sigmoid

FAMILIES = ("pareto_nbd", "mbg_nbd", "regular")
# Order days: between the median, which misses least, and the mean, which ranks the heavy buyers best; the mean
# half LightGBM's, half the regular family's. Without LightGBM the mean of the families.
_ORDER_WEIGHTS = (0.2, 0.6, 0.2)
# LightGBM takes its level from cuts that have ended: as much of what they say is believed to hold for the next horizon.
_TRUST_OWN = 0.5
# Of the change that last year's season brought, as much is expected to come again.
_TRUST_SEASON = 0.5


@dataclass(frozen=True)
class Blend:
    """p_churn: the mean chance of the members, each moved by its shift (logits) to the level that is expected.
    Order days: the sum of their members, each times its factor (its weight, and how far it is off that level).

    Chances are averaged, not their logits: a family is too sure that a frequent buyer long silent is gone, and in
    logits that certainty would outvote everything else at the top of the ranking.
    """

    shifts: tuple[float, ...]
    factors: tuple[float, ...]

    def to_dict(self) -> dict[str, object]:
        return asdict(self)

    def p_quiet(self, members: np.ndarray) -> np.ndarray:
        """members: (customers, members) of `quiet_members`."""
        return np.asarray(sigmoid(members + np.array(self.shifts)).mean(axis=1))

    def order_days(self, members: np.ndarray) -> np.ndarray:
        """members: (customers, members) of `order_members`."""
        return np.asarray(members @ np.array(self.factors))


def quiet_members(features: FeatureMatrix, learners: Learners | None) -> np.ndarray:
    """(customers, members) logits of silence: of what was learned, or of the families where nothing could be."""
    if learners is None:
        return np.stack([features.column(f"{family}_quiet") for family in FAMILIES], axis=1)
    return np.stack([learners.predict(target, features) for target in QUIET_TARGETS], axis=1)


def order_members(features: FeatureMatrix, learners: Learners | None) -> np.ndarray:
    """(customers, members) order days: LightGBM's mean and median and the regular family's mean, or all families'."""
    if learners is None:
        return np.stack([np.exp(features.column(f"{family}_orders")) for family in FAMILIES], axis=1)
    learned = [learners.predict(target, features) for target in ORDER_TARGETS]
    return np.stack([*learned, np.exp(features.column("regular_orders"))], axis=1)


def fit_blend(features: FeatureMatrix, learners: Learners | None, season: float | None) -> Blend:
    """The shifts and factors that bring every member to the level expected of `features`' customers.

    That level is MBG/NBD's, moved by half of what LightGBM's own lies above Pareto/NBD's, and by half of `season`: how
    much last year's season moved it. Measured in Pareto/NBD's logits.
    """
    family = features.column("pareto_nbd_quiet")
    level = level_between(family, sigmoid(features.column("mbg_nbd_quiet")))
    quiet = quiet_members(features, learners)
    if learners is not None:
        own = quiet[:, QUIET_TARGETS.index("own")]
        level += _TRUST_OWN * level_between(family, sigmoid(own))
    level += _TRUST_SEASON * (season or 0.0)
    expected = sigmoid(family + level)
    shifts = tuple(level_between(member, expected) for member in quiet.T)
    # Orders rise and fall with the share of customers who come, as the member's own kin of silence sees it.
    regular = features.column("regular_quiet")
    kin = [features.column(f"{name}_quiet") for name in FAMILIES] if learners is None else [own, own, regular]
    weights = (1 / 3, 1 / 3, 1 / 3) if learners is None else _ORDER_WEIGHTS
    come = float(np.mean(1 - expected))
    factors = tuple(
        weight * come / max(float(np.mean(1 - sigmoid(logits))), 1e-9)
        for weight, logits in zip(weights, kin, strict=True)
    )
    return Blend(shifts, factors)


def season_change(season: tuple[np.ndarray, np.ndarray], before: tuple[np.ndarray, np.ndarray]) -> float:
    """By how much (logits) last year's season moved the level of silence from the half horizon before it.

    Each a pair (Pareto/NBD's logits of silence, order days seen) as of a cut.
    """
    now, then = (level_between(family, (seen == 0).astype(np.float64)) for family, seen in (season, before))
    return now - then
