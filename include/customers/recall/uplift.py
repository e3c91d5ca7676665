"""Whom a contact moves: an uplift model as challenger of the ranking by risk, and the test that it must pass.

The model is an S-learner (Kuenzel et al. 2019): one LightGBM of returning on features and on whether the customer was
listed, asked twice. It is held against the ranking that made the lists by the Qini coefficient (Radcliffe 2007) of
predictions made out of fold, and replaces it only where the bootstrap's interval of the difference lies above zero.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from include.customers.churn.customer_features import YEAR
from include.customers.history import Book

# What a customer's own orders say; nothing about discounts, so that no one is left out for not needing one.
FEATURES = (
    "p_churn", "days_since", "usual_gap", "lateness", "order_days", "orders_in_a_year", "tenure", "money_a_day",
    "refund_share",
)  # fmt: skip
_FOLDS, _ROUNDS, _RESAMPLES = 5, 120, 400  # of cross-validation, of boosting, of the bootstrap: computing, no judgement
# Gaps are shrunk by one of so many days.
_TYPICAL_GAP = 60.0
# Retrained each week, a model is judged many times: proof is asked to hold at 99 %, as of an effect.
_TAIL = 0.005
_PARAMETERS: dict[str, Any] = {
    "objective": "binary",
    "learning_rate": 0.05,
    "num_leaves": 8,
    "lambda_l2": 10.0,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "verbose": -1,
    "deterministic": True,
    "force_row_wise": True,
}


@dataclass(frozen=True)
class Verdict:
    """qini, qini_of_ranking: coefficients out of fold. difference with its interval (99 %): is_better where all of it
    lies above zero."""

    listed: int
    control: int
    qini: float
    qini_of_ranking: float
    difference: float
    low: float
    high: float

    @property
    def is_better(self) -> bool:
        return self.low > 0


@dataclass(frozen=True)
class UpliftModel:
    """text: LightGBM's own, whose last feature is the arm."""

    as_of: str
    text: str

    def rises(self, features: np.ndarray) -> np.ndarray:
        """(customers,) by how much a contact raises the chance to return. features: (customers, FEATURES)."""
        import lightgbm

        return _rises(lightgbm.Booster(model_str=self.text), features)


def uplift_features(book: Book, p_churn: np.ndarray) -> np.ndarray:
    """(customers of the book, FEATURES) float64, of each customer's own orders alone: the same in whatever company."""
    history, days = book.history, (book.end - book.start).astype(np.float64)
    since = (book.as_of - book.last).astype(np.float64)
    gap = (book.last - book.first + _TYPICAL_GAP) / days
    money, paid = book.total(history.kept), book.total(history.amount)
    return np.stack(
        [
            p_churn,
            np.log1p(since),
            np.log1p(gap),
            since / np.maximum(gap, 1.0),
            np.log1p(days),
            np.log1p(book.end - book.since(book.as_of - YEAR)),
            np.log1p(book.as_of - book.first),
            np.log(money / days + 0.01),
            book.total(history.refunded) / np.maximum(paid, 1e-9),
        ],
        axis=1,
    )


def judge_uplift(
    features: np.ndarray, listed: np.ndarray, returned: np.ndarray, present: np.ndarray, seed: int = 0
) -> Verdict:
    """Hold the way of training against the present ranking, out of fold.

    features: (customers, FEATURES). listed, returned: (customers,) bool. present: (customers,) the rise by which the
    lists were ranked.
    """
    rng = np.random.default_rng(seed)
    fold = rng.permutation(len(listed)) % _FOLDS
    predicted = np.zeros(len(listed))
    for number in range(_FOLDS):
        held = fold == number
        predicted[held] = _rises(_booster(features[~held], listed[~held], returned[~held], seed), features[held])
    # Ties (a model that sees no difference) are broken by lot, never by the place in the file.
    lot = rng.random(len(listed))
    challenger, ranking = np.lexsort((lot, -predicted)), np.lexsort((lot, -present))
    differences = np.zeros(_RESAMPLES)
    for number in range(_RESAMPLES):
        weight = rng.multinomial(len(listed), np.full(len(listed), 1 / len(listed))).astype(np.float64)
        differences[number] = _qini(challenger, listed, returned, weight) - _qini(ranking, listed, returned, weight)
    one = np.ones(len(listed))
    own, other = _qini(challenger, listed, returned, one), _qini(ranking, listed, returned, one)
    low, high = np.quantile(differences, [_TAIL, 1 - _TAIL])
    return Verdict(int(listed.sum()), int((~listed).sum()), own, other, own - other, float(low), float(high))


def train_uplift(
    features: np.ndarray, listed: np.ndarray, returned: np.ndarray, as_of: str, seed: int = 0
) -> UpliftModel:
    """Learn from all customers of both arms whose outcome is known by `as_of`."""
    return UpliftModel(as_of, _booster(features, listed, returned, seed).model_to_string())


def _qini(order: np.ndarray, listed: np.ndarray, returned: np.ndarray, weight: np.ndarray) -> float:
    treated, came, counted = listed[order], returned[order], weight[order]
    n1, n0 = np.cumsum(counted * treated), np.cumsum(counted * ~treated)
    y1, y0 = np.cumsum(counted * (treated & came)), np.cumsum(counted * (~treated & came))
    if n1[-1] == 0 or n0[-1] == 0:
        return 0.0
    depth = np.cumsum(counted) / counted.sum()
    # Of the first so many: the rise of their share that returned, times how many of all they are.
    won = depth * (y1 / np.maximum(n1, 1.0) - y0 / np.maximum(n0, 1.0))
    by_lot = depth * won[-1]
    return float(((won - by_lot) * counted).sum() / counted.sum())


def _booster(features: np.ndarray, listed: np.ndarray, returned: np.ndarray, seed: int) -> Any:
    """Both arms weigh the same, or the model would see too little of the small one to tell them apart."""
    import lightgbm

    values = np.column_stack([features, listed.astype(np.float64)])
    weight = np.where(listed, 0.5 / max(listed.mean(), 1e-9), 0.5 / max((~listed).mean(), 1e-9))
    least = int(np.clip(len(listed) // 100, 20, 200))
    data = lightgbm.Dataset(values, returned.astype(np.float64), weight=weight, feature_name=[*FEATURES, "listed"])
    parameters = {**_PARAMETERS, "seed": seed, "min_data_in_leaf": least, "num_threads": 1}
    return lightgbm.train(parameters, data, _ROUNDS)


def _rises(booster: Any, features: np.ndarray) -> np.ndarray:
    arm = np.ones((len(features), 1))
    with_contact = booster.predict(np.hstack([features, arm]))
    without = booster.predict(np.hstack([features, 0 * arm]))
    return np.asarray(with_contact - without, dtype=np.float64)


def save_uplift(model: UpliftModel, path: Path) -> None:
    """One JSON file, LightGBM's trees as text in it."""
    document = {"format": 1, "as_of": model.as_of, "features": list(FEATURES), "text": model.text}
    path.write_text(json.dumps(document, sort_keys=True), encoding="utf-8")


def load_uplift(path: Path) -> UpliftModel:
    """Raises ValueError naming the file when it is not an uplift model of these features."""
    document = json.loads(path.read_text(encoding="utf-8"))
    if document.get("format") != 1 or document.get("features") != list(FEATURES):
        raise ValueError(f"{path}: expected an uplift model of format 1 over {', '.join(FEATURES)}")
    return UpliftModel(document["as_of"], document["text"])


def rises_of(model: UpliftModel, book: Book, scores: pd.DataFrame) -> pd.Series:
    """By customer, how much a contact is expected to raise their chance to return. scores: customer, p_churn of the
    book's customers, in their order."""
    p_churn = scores.set_index("customer")["p_churn"].reindex(book.names.astype(str)).to_numpy(dtype=np.float64)
    return pd.Series(model.rises(uplift_features(book, p_churn)), index=pd.Index(book.names.astype(str)))


def lessons_of(books: Sequence[tuple[Book, pd.DataFrame]]) -> tuple[np.ndarray, pd.DataFrame]:
    """(features, arms) of every list: books are those of the list's customers on its day, arms their rows (customer,
    p_churn, arm, returned, rise), which come back in the order of the features."""
    values, rows = [], []
    for book, arms in books:
        known = arms.set_index("customer").reindex(book.names.astype(str))
        values.append(uplift_features(book, known["p_churn"].to_numpy(dtype=np.float64)))
        rows.append(known.reset_index())
    return np.concatenate(values), pd.concat(rows, ignore_index=True)
