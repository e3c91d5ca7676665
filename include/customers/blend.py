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
# Weights of the members of silence (LightGBM's own, own_levelled, over_family, then each family) before any evidence,
# and how many customers that belief counts for: two replays of one merchant are a poor reason to leave it.
_QUIET_PRIOR = (0.3, 0.25, 0.25, 0.1, 0.05, 0.05)
_PRIOR_CUSTOMERS = 3000.0
# Order days: halfway between the median, which misses least, and the mean, which ranks the heavy buyers best; the mean
# half LightGBM's, half the regular family's. Without LightGBM the mean of the families.
_ORDER_WEIGHTS = (0.25, 0.5, 0.0, 0.0, 0.25)
# How far the level of the newest replays is believed to hold for the next horizon.
_TRUST_NEWEST = 0.8
# Where the Pareto/NBD family stands among the members.
_ANCHOR = -len(FAMILIES)


def sigmoid(z: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-np.clip(z, -30, 30)))


def _logit(p: np.ndarray) -> np.ndarray:
    p = np.clip(p, 1e-9, 1 - 1e-9)
    return np.asarray(np.log(p / (1 - p)))


@dataclass(frozen=True)
class Blend:
    """p_churn = sigmoid(level + slope * logit(sum(weights * p))); order days move with the level.

    Chances are averaged, not their logits: a family is too sure that a frequent buyer long silent is gone, and in
    logits that certainty would outvote everything else at the top of the ranking.
    """

    quiet_weights: tuple[float, ...]
    slope: float
    level: float

    def to_dict(self) -> dict[str, object]:
        return asdict(self)

    def logits(self, members: np.ndarray) -> np.ndarray:
        """Of silence, before the level. members: (customers, members)."""
        return self.slope * _logit(sigmoid(members) @ np.array(self.quiet_weights))

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
    """newest: newest last. season, before_season: last year's (see ReplayPlan); the families are enough there."""

    newest: list[Replay]
    season: Replay | None
    before_season: Replay | None


def fit_blend(replays: Replays, now: np.ndarray) -> Blend:
    """Weights, slope and level. now: (customers, members) of the final fit on its own day."""
    count = now.shape[1]
    prior = np.array(_QUIET_PRIOR) if count > len(FAMILIES) else np.full(count, 1 / count)
    usable = [replay for replay in replays.newest if replay.quiet.shape[1] == count]
    weights, slope = _fit_quiet(usable, prior)
    unlevelled = Blend(tuple(weights), slope, 0.0)
    return Blend(tuple(weights), slope, _level(replays, usable, unlevelled, now))


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
    told = [sigmoid(replay.quiet) for replay in replays]

    def loss(theta: np.ndarray) -> float:
        weights, slope, levels = _softmax(theta[:count]), float(theta[count]), theta[count + 1 :]
        value = 0.0
        for replay, chances, level in zip(replays, told, levels, strict=True):
            z = slope * _logit(chances @ weights) + level
            value += _share(replay) * float(np.mean(np.logaddexp(0, z) - (replay.seen == 0) * z))
        value += 0.5 * _PRIOR_CUSTOMERS * 0.05 * float(((weights - prior) ** 2).sum() * count)
        value += 0.05 * _PRIOR_CUSTOMERS * (slope - 1) ** 2
        return value

    start = np.concatenate([np.log(prior), [1.0], np.zeros(len(replays))])
    bounds = [(-8.0, 1.0)] * count + [(0.6, 1.4)] + [(-4.0, 4.0)] * len(replays)
    best = minimize(loss, start, method="L-BFGS-B", bounds=bounds, options={"maxiter": 100}).x
    return _softmax(best[:count]).tolist(), float(best[count])


def _level(replays: Replays, usable: list[Replay], blend: Blend, now: np.ndarray) -> float:
    """The level to expect on the blend's logits `now`.

    The anchor is Pareto/NBD: what LightGBM takes for the level depends on which cuts it saw, the family's few
    parameters are steady. Where the books hold last year's same season, the family's level then says what the season
    does: as it was, and as it moved from half a horizon before, added to today's newest level, half and half (the
    first also holds how young the books were then). Without that season, the newest levels of the family and of the
    blend, half and half.
    """

    def of_family(replay: Replay) -> float:
        return level_between(replay.quiet[:, _ANCHOR], (replay.seen == 0).astype(np.float64))

    def on_blend(family_level: float) -> float:
        return level_between(blend.logits(now), sigmoid(now[:, _ANCHOR] + family_level))

    newest = [of_family(replay) for replay in replays.newest]
    if replays.season is not None:
        level = of_family(replays.season)
        if replays.before_season is not None and newest:
            level = 0.5 * level + 0.5 * (newest[-1] + level - of_family(replays.before_season))
        return on_blend(level)
    family = on_blend(_TRUST_NEWEST * float(np.mean(newest)) if newest else 0.0)
    if not usable:
        return family
    own = [level_between(blend.logits(r.quiet), (r.seen == 0).astype(np.float64)) for r in usable]
    return 0.5 * family + 0.5 * _TRUST_NEWEST * float(np.mean(own))
