"""The chance that a customer places no order within a horizon, and the orders to expect from them.

`train` learns as of a day from that day's books alone; `score` applies what was learned on any later day. The model
is one JSON file with LightGBM's own text in it: nothing is pickled, so a model file cannot run code when it is read.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from include.customers.blend import Blend, fit_blend, order_members, quiet_members, season_change
from include.customers.btyd import MbgCnbd, ParetoNbd
from include.customers.cuts import season_cuts
from include.customers.features import BtydFits, FeatureMatrix, feature_matrix, fit_btyd
from include.customers.history import OrderHistory, book_as_of, day_number
from include.customers.learners import Learners, Lessons, learn
from include.customers.linear import Linear
from include.customers.reasons import reasons

# A score's error no longer falls with more of them, its cost does not stop rising.
TRAINING_CUSTOMERS = 50_000


@dataclass(frozen=True)
class ChurnModel:
    """What was learned as of a day for one horizon (days)."""

    as_of: str
    horizon: int
    seed: int
    btyd: BtydFits
    learners: Learners | None
    blend: Blend

    @property
    def model_id(self) -> str:
        return hashlib.sha256(json.dumps(_document(self), sort_keys=True).encode()).hexdigest()[:16]


def train(history: OrderHistory, as_of: str, horizon: int, seed: int = 0, threads: int = 1) -> ChurnModel:
    """Learn from orders on or before `as_of`. Raises ValueError when nobody ordered by then."""
    today = day_number(as_of)
    history = history.until(today).sample(TRAINING_CUSTOMERS, seed)
    if not len(history.customers):
        raise ValueError(f"no customer ordered on or before {as_of}: there is nothing to learn from")
    lessons = Lessons(history, seed)
    learners = learn(lessons, today, horizon, threads=threads)
    book = book_as_of(history, today)
    fits = fit_btyd(book, seed)
    blend = fit_blend(feature_matrix(book, horizon, fits), learners, _season(lessons, today, horizon))
    return ChurnModel(as_of, horizon, seed, fits, learners, blend)


def _season(lessons: Lessons, today: int, horizon: int) -> float | None:
    cuts = season_cuts(lessons.history.first_day, today, horizon)
    if cuts is None:
        return None
    season, before = ((one.features.column("pareto_nbd_quiet"), one.orders) for one in map(lessons.at, cuts))
    return season_change(season, before)


def score(model: ChurnModel, history: OrderHistory, as_of: str) -> pd.DataFrame:
    """One row a customer seen by `as_of`, in the order of their ids.

    customer, p_churn (0..1), expected_orders (order days within the model's horizon: a point between mean and median,
    made to miss one customer's number by least, so its sum over customers is too low for a total).
    """
    book = book_as_of(history, as_of)
    features = feature_matrix(book, model.horizon, model.btyd)
    frame = pd.DataFrame({"customer": book.names.astype(str)})
    frame["p_churn"] = model.blend.p_quiet(quiet_members(features, model.learners))
    frame["expected_orders"] = model.blend.order_days(order_members(features, model.learners))
    return frame


def explain(model: ChurnModel, history: OrderHistory, as_of: str, customers: Sequence[str]) -> list[list[str]]:
    """Why each of `customers` (seen by `as_of`) is thought lost: codes of `reasons`, most telling first."""
    book = book_as_of(history, as_of)
    features = feature_matrix(book, model.horizon, model.btyd)
    rows = np.searchsorted(book.names, np.asarray(customers, dtype=book.names.dtype))
    return reasons(FeatureMatrix(features.values[rows], features.names), model.learners)


def _document(model: ChurnModel) -> dict[str, Any]:
    return {
        "format": 2,
        "as_of": model.as_of,
        "horizon": model.horizon,
        "seed": model.seed,
        "btyd": model.btyd.parameters(),
        "blend": model.blend.to_dict(),
        "learners": None if model.learners is None else asdict(model.learners),
    }


def save(model: ChurnModel, path: Path) -> None:
    """One JSON file, LightGBM's trees as text in it."""
    path.write_text(json.dumps(_document(model), ensure_ascii=False, sort_keys=True), encoding="utf-8")


def load(path: Path) -> ChurnModel:
    """Raises ValueError naming the file when it is not a churn model of this format."""
    document = json.loads(path.read_text(encoding="utf-8"))
    if document.get("format") != 2:
        raise ValueError(f"{path}: expected a churn model of format 2, found {document.get('format')!r}")
    btyd, blend, learners = document["btyd"], document["blend"], document["learners"]
    return ChurnModel(
        as_of=document["as_of"],
        horizon=document["horizon"],
        seed=document["seed"],
        btyd=BtydFits(ParetoNbd(**btyd["pareto_nbd"]), MbgCnbd(**btyd["mbg_nbd"]), MbgCnbd(**btyd["regular"])),
        learners=None
        if learners is None
        else Learners(learners["texts"], tuple(learners["names"]), Linear(**learners["linear"])),
        blend=Blend(tuple(blend["shifts"]), tuple(blend["factors"])),
    )
