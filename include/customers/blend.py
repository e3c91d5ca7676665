"""Blend LightGBM with the buy-till-you-die models, and set the level, by what earlier replays showed.

Every figure is learned out of time: the whole scorer is trained again as of earlier days, and its answers there are
held against what then happened. Few replays are weak evidence, so every figure is shrunk towards a prior.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
from scipy.optimize import minimize

from include.customers.features import FeatureMatrix
from include.customers.learners import ORDER_TARGETS, QUIET_TARGETS, Learners, level_between

FAMILIES = ("pareto_nbd", "mbg_nbd", "regular")
# Weights of the members of silence (LightGBM's own, own_greedy, over_family, then each family) before any evidence,
# and how many customers that belief counts for: two replays of one merchant are a poor reason to leave it.
_QUIET_PRIOR = (0.45, 0.3, 0.13, 0.04, 0.04, 0.04)
_PRIOR_CUSTOMERS = 3000.0
# Order days: halfway between the median, which misses least, and the mean, which ranks the heavy buyers best; the mean
# half LightGBM's, half the regular family's. Without LightGBM the mean of the families.
_ORDER_WEIGHTS = (0.25, 0.5, 0.0, 0.0, 0.25)
# How far the level of the newest replays holds for the next horizon: over earlier cuts of the merchants measured, a
# level and the one a horizon later have little more than half in common. Last year's same season holds in full.
_TRUST_NEWEST = 0.6


def sigmoid(z: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-np.clip(z, -30, 30)))


@dataclass(frozen=True)
class Blend:
    """p_churn = sigmoid(level + slope * sum(weights * logits)); order days move with the level."""

    quiet_weights: tuple[float, ...]
    slope: float
    level: float

    def to_dict(self) -> dict[str, object]:
        return asdict(self)

    def logits(self, members: np.ndarray) -> np.ndarray:
        """Of silence, before the level. members: (customers, members)."""
        return np.asarray(self.slope * (members @ np.array(self.quiet_weights)))

    def p_quiet(self, members: np.ndarray) -> np.ndarray:
        return sigmoid(self.level + self.logits(members))

    def order_days(self, members: np.ndarray, quiet: np.ndarray) -> np.ndarray:
        """The level moves orders as it moves the share of customers who come. quiet: members of p_quiet."""
        weights = np.array(_ORDER_WEIGHTS) if members.shape[1] > len(FAMILIES) else np.full(len(FAMILIES), 1 / 3)
        logits = self.logits(quiet)
        moved = np.mean(1 - sigmoid(logits + self.level)) / max(float(np.mean(1 - sigmoid(logits))), 1e-9)
        return np.asarray(moved * (members @ weights))


def quiet_members(features: FeatureMatrix, learners: Learners | None) -> np.ndarray:
    """(customers, members) logits of silence: LightGBM's first where there are some, then the families'."""
    columns = [] if learners is None else [learners.predict(target, features) for target in QUIET_TARGETS]
    columns += [features.column(f"{family}_quiet") for family in FAMILIES]
    return np.stack(columns, axis=1)


def order_members(features: FeatureMatrix, learners: Learners | None) -> np.ndarray:
    """(customers, members) order days expected: LightGBM's mean and median first, then the families' means."""
    columns = [] if learners is None else [learners.predict(target, features) for target in ORDER_TARGETS]
    columns += [np.exp(features.column(f"{family}_orders")) for family in FAMILIES]
    return np.stack(columns, axis=1)


@dataclass(frozen=True)
class Replay:
    """What the scorer, trained as of an earlier day, said then, and the order days that followed.

    quiet: (customers, members) logits. seen: (customers,).
    """

    quiet: np.ndarray
    seen: np.ndarray


@dataclass(frozen=True)
class Replays:
    newest: list[Replay]
    season: Replay | None
    before_season: Replay | None


def fit_blend(replays: Replays, with_lightgbm: bool) -> Blend:
    """Weights, slope and level for a final fit `with_lightgbm` or without."""
    prior = np.array(_QUIET_PRIOR) if with_lightgbm else np.full(len(FAMILIES), 1 / len(FAMILIES))
    usable = [replay for replay in replays.newest if replay.quiet.shape[1] == len(prior)]
    weights, slope = _fit_quiet(usable, prior)
    unlevelled = Blend(tuple(weights), slope, 0.0)
    return Blend(tuple(weights), slope, _level(replays, unlevelled, len(prior)))


def _share(replay: Replay) -> float:
    """Evidence is a replay's customers, but ten times the customers do not make ten times the evidence."""
    return float(np.sqrt(len(replay.seen) * 1000.0))


def _softmax(theta: np.ndarray) -> np.ndarray:
    weights = np.exp(theta - theta.max())
    return np.asarray(weights / weights.sum())


def _fit_quiet(replays: list[Replay], prior: np.ndarray) -> tuple[list[float], float]:
    """Log loss over the replays, each with a level of its own, plus the priors."""
    if not replays:
        return prior.tolist(), 1.0
    count = len(prior)

    def loss(theta: np.ndarray) -> float:
        weights, slope, levels = _softmax(theta[:count]), float(theta[count]), theta[count + 1 :]
        value = 0.0
        for replay, level in zip(replays, levels, strict=True):
            z = slope * (replay.quiet @ weights) + level
            value += _share(replay) * float(np.mean(np.logaddexp(0, z) - (replay.seen == 0) * z))
        value += 0.5 * _PRIOR_CUSTOMERS * 0.05 * float(((weights - prior) ** 2).sum() * count)
        value += 0.05 * _PRIOR_CUSTOMERS * (slope - 1) ** 2
        return value

    start = np.concatenate([np.log(prior), [1.0], np.zeros(len(replays))])
    bounds = [(-8.0, 1.0)] * count + [(0.6, 1.4)] + [(-4.0, 4.0)] * len(replays)
    best = minimize(loss, start, method="L-BFGS-B", bounds=bounds, options={"maxiter": 100}).x
    return _softmax(best[:count]).tolist(), float(best[count])


def _level(replays: Replays, blend: Blend, count: int) -> float:
    """The level to expect: the newest replays', moved as last year moved into the same season, or else in part.

    Last year's move tells the season from the growth of the books; last year's level alone holds the season too, but
    also how young the books were then: the mean of both is used.
    """

    def of(replay: Replay | None) -> float | None:
        if replay is None:
            return None
        columns = replay.quiet
        if columns.shape[1] != count:  # a replay without LightGBM speaks for the families only
            columns = np.repeat(columns.mean(axis=1, keepdims=True), count, axis=1)
        return level_between(blend.logits(columns), (replay.seen == 0).astype(np.float64))

    newest = [level for level in map(of, replays.newest) if level is not None]
    recent = float(np.mean(newest)) if newest else 0.0
    season, before = of(replays.season), of(replays.before_season)
    if season is None:
        return _TRUST_NEWEST * recent
    moved = season if before is None or not newest else newest[-1] + season - before
    return 0.5 * season + 0.5 * moved
