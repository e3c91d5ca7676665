"""LightGBM over the features of several earlier cutoffs: the chance of silence, and the orders to expect."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import brentq

from include.customers.churn.customer_features import FeatureMatrix, feature_matrix, fit_btyd
from include.customers.churn.linear import Linear, fit_linear
from include.customers.churn.training_cutoffs import Cutoff, training_cutoffs
from include.customers.history import OrderHistory, book_as_of

# More rows than this teach little more and cost minutes.
TRAINING_ROWS = 60_000
_COMMON: dict[str, Any] = {
    "learning_rate": 0.04,
    "num_leaves": 8,
    "lambda_l2": 20.0,
    "feature_fraction": 0.5,
    "bagging_fraction": 0.7,
    "bagging_freq": 1,
    "verbose": -1,
    "deterministic": True,
    "force_row_wise": True,
}
# Four views of silence. own: by itself. own_levelled: with every training cut set to its own share of silence, so
# that season and growth between cutoffs are not mistaken for traits of customers. over_family: what Pareto/NBD, set to
# each cut's level, misses. linear: the logistic regression, levelled too. mean, median: order days.
QUIET_TARGETS = ("own", "own_levelled", "over_family", "linear")
ORDER_TARGETS = ("mean", "median")
_ROUNDS = {"own": 160, "own_levelled": 160, "over_family": 100, "mean": 200, "median": 200}
_OBJECTIVE: dict[str, dict[str, Any]] = {
    "own": {"objective": "binary", "extra_trees": True},
    "own_levelled": {"objective": "binary", "extra_trees": True},
    "over_family": {"objective": "binary", "num_leaves": 6},
    "mean": {"objective": "tweedie", "tweedie_variance_power": 1.3},
    "median": {"objective": "regression_l1"},
}
_FAMILY = "pareto_nbd_quiet"


@dataclass(frozen=True)
class Lesson:
    """What one cut teaches: features and order days seen in its horizon, (customers,)."""

    cut: Cutoff
    features: FeatureMatrix
    orders: np.ndarray


class Lessons:
    """Lessons of one history, each computed once."""

    def __init__(self, history: OrderHistory, seed: int) -> None:
        self.history = history
        self.seed = seed
        self._known: dict[Cutoff, Lesson] = {}

    def at(self, cut: Cutoff) -> Lesson:
        if cut not in self._known:
            book = book_as_of(self.history, cut.day)
            features = feature_matrix(book, cut.horizon, fit_btyd(book, self.seed))
            self._known[cut] = Lesson(cut, features, book.orders_ahead(cut.horizon))
        return self._known[cut]


@dataclass(frozen=True)
class Learners:
    """Fitted LightGBM texts by target, and the logistic regression."""

    texts: dict[str, str]
    names: tuple[str, ...]
    linear: Linear

    def booster(self, target: str) -> Any:
        import lightgbm

        return lightgbm.Booster(model_str=self.texts[target])

    def predict(self, target: str, features: FeatureMatrix) -> np.ndarray:
        """(customers,) logits of silence, up to a level of its own, for a quiet target; else order days."""
        if target == "linear":
            return self.linear.predict(features.values)
        quiet = target in QUIET_TARGETS
        out = np.asarray(self.booster(target).predict(features.values, raw_score=quiet), dtype=np.float64)
        if target == "over_family":
            return out + features.column(_FAMILY)
        return out if quiet else np.maximum(out, 0.0)


def sigmoid(z: np.ndarray) -> np.ndarray:
    return np.asarray(1 / (1 + np.exp(-np.clip(z, -30, 30))))


def level_between(logits: np.ndarray, quiet: np.ndarray) -> float:
    """What to add to `logits` so that their mean chance is the mean of `quiet` (0/1 or chances), bounded to +-4."""

    def excess(shift: float) -> float:
        return float(np.mean(sigmoid(logits + shift)) - quiet.mean())

    if excess(4.0) <= 0:
        return 4.0
    return -4.0 if excess(-4.0) >= 0 else float(brentq(excess, -4.0, 4.0, xtol=1e-4))


def learn(lessons: Lessons, as_of: int, horizon: int) -> Learners | None:
    """Train on every cut complete by `as_of`; None where the cutoffs hold too few customers of either kind."""
    import lightgbm

    cutoffs = training_cutoffs(lessons.history.first_day, as_of, horizon)
    taken = [lesson for lesson in map(lessons.at, cutoffs) if len(lesson.orders) >= 50]
    if not taken:
        return None
    rng = np.random.default_rng(lessons.seed)
    share = min(1.0, TRAINING_ROWS / sum(len(lesson.orders) for lesson in taken))
    parts = [np.flatnonzero(rng.random(len(lesson.orders)) < share) for lesson in taken]
    values = _joined([lesson.features.values for lesson in taken], parts)
    orders = _joined([lesson.orders for lesson in taken], parts)
    quiet = (orders == 0).astype(np.float64)
    if min(quiet.sum(), (1 - quiet).sum()) < 30:
        return None
    levels = {
        "own_levelled": [_share_of_silence(lesson) for lesson in taken],
        "over_family": [_levelled_family(lesson) for lesson in taken],
    }
    names = taken[0].features.names
    texts: dict[str, str] = {}
    leaf = {"min_data_in_leaf": int(np.clip(len(quiet) // 200, 10, 100)), "num_threads": 1}
    # Sorted into bins once for all targets, which is most of what a small fit costs.
    data = lightgbm.Dataset(values, quiet, feature_name=list(names), params={**_COMMON, **leaf})
    for target in sorted(_ROUNDS, key=lambda name: name in levels):  # a start once set cannot be taken back
        data.set_label(quiet if target in QUIET_TARGETS else orders.astype(np.float64))
        if target in levels:
            data.set_init_score(_joined(levels[target], parts))
        parameters = {**_COMMON, **leaf, **_OBJECTIVE[target], "seed": lessons.seed}
        texts[target] = lightgbm.train(parameters, data, _ROUNDS[target]).model_to_string()
    linear = fit_linear(values, quiet, _joined(levels["own_levelled"], parts), lessons.seed)
    return Learners(texts, names, linear)


def _joined(columns: list[np.ndarray], parts: list[np.ndarray]) -> np.ndarray:
    return np.concatenate([column[part] for column, part in zip(columns, parts, strict=True)])


def _share_of_silence(lesson: Lesson) -> np.ndarray:
    quiet = (lesson.orders == 0).astype(np.float64)
    return np.full(len(quiet), level_between(np.zeros(len(quiet)), quiet))


def _levelled_family(lesson: Lesson) -> np.ndarray:
    logits = lesson.features.column(_FAMILY)
    return logits + level_between(logits, (lesson.orders == 0).astype(np.float64))
