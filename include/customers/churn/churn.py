"""The chance that a customer places no order within their horizon, and the orders to expect from them.

`train` learns as of a day from that day's books alone; `score` applies what was learned on any later day. The model
is one JSON file with LightGBM's own text in it: nothing is pickled, so a model file cannot run code when it is read.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from include.customers.churn.blend import Blend, fit_blend, order_members, quiet_members, season_change
from include.customers.churn.btyd import MbgCnbd, ParetoNbd
from include.customers.churn.customer_features import BtydFits, FeatureMatrix, feature_matrix, fit_btyd
from include.customers.churn.horizons import Horizons
from include.customers.churn.learners import Learners, Lessons, learn
from include.customers.churn.linear import Linear
from include.customers.churn.reasons import reasons
from include.customers.churn.training_cutoffs import season_cutoffs
from include.customers.history import Book, OrderHistory, book_as_of, day_number

# A score's error no longer falls with more of them, its cost does not stop rising.
TRAINING_CUSTOMERS = 50_000


@dataclass(frozen=True)
class ChurnModel:
    """What was learned as of a day. blends: by horizon (days)."""

    as_of: str
    horizons: Horizons
    seed: int
    btyd: BtydFits
    learners: Learners | None
    blends: Mapping[int, Blend]

    @property
    def model_id(self) -> str:
        return hashlib.sha256(json.dumps(_document(self), sort_keys=True).encode()).hexdigest()[:16]

    def features(self, book: Book) -> tuple[np.ndarray, FeatureMatrix]:
        """(customers,) each one's horizon, days, and all customers' features at theirs."""
        days = self.horizons.of(book)
        return days, feature_matrix(book, days, self.btyd)


def train(history: OrderHistory, as_of: str, horizon: int | Horizons, seed: int = 0) -> ChurnModel:
    """Learn from orders on or before `as_of`, for one horizon (days) or for each customer's own: what is learned is the
    merchant's, with a level for each. Raises ValueError when nobody ordered by then."""
    today = day_number(as_of)
    history = history.until(today).sample(TRAINING_CUSTOMERS, seed)
    if not len(history.customers):
        raise ValueError(f"no customer ordered on or before {as_of}: there is nothing to learn from")
    horizons = Horizons(horizon) if isinstance(horizon, int) else horizon
    lessons = Lessons(history, seed)
    learners = learn(lessons, today, horizons.of_merchant)
    book = book_as_of(history, today)
    fits = fit_btyd(book, seed)
    # What is learned is free of scale, levels are not: each is set on all customers, seen at that horizon, since those
    # alone who have it were chosen by their rhythm.
    blends = {
        days: fit_blend(feature_matrix(book, days, fits), learners, _season(lessons, today, days))
        for days in horizons.lengths
    }
    return ChurnModel(as_of, horizons, seed, fits, learners, blends)


def _season(lessons: Lessons, today: int, horizon: int) -> float | None:
    cutoffs = season_cutoffs(lessons.history.first_day, today, horizon)
    if cutoffs is None:
        return None
    season, before = ((one.features.column("pareto_nbd_quiet"), one.orders) for one in map(lessons.at, cutoffs))
    return season_change(season, before)


def score(model: ChurnModel, history: OrderHistory, as_of: str) -> pd.DataFrame:
    """One row a customer seen by `as_of`, in the order of their ids.

    customer, p_churn (0..1), expected_orders (order days within the horizon: a point between mean and median, made to
    miss one customer's number by least, so its sum over customers is too low for a total), horizon_days (the
    customer's own).
    """
    book = book_as_of(history, as_of)
    days, features = model.features(book)
    quiet, orders = quiet_members(features, model.learners), order_members(features, model.learners)
    frame = pd.DataFrame({"customer": book.names.astype(str), "p_churn": np.nan, "expected_orders": np.nan})
    frame["horizon_days"] = days
    for length in np.unique(days).tolist():
        mine, blend = days == length, model.blends[length]
        frame.loc[mine, "p_churn"] = blend.p_quiet(quiet[mine])
        frame.loc[mine, "expected_orders"] = blend.order_days(orders[mine])
    return frame


def explain(model: ChurnModel, history: OrderHistory, as_of: str, customers: Sequence[str]) -> list[list[str]]:
    """Why each of `customers` (seen by `as_of`) is thought lost: codes of `reasons`, most telling first."""
    book = book_as_of(history, as_of)
    _, features = model.features(book)
    rows = np.searchsorted(book.names, np.asarray(customers, dtype=book.names.dtype))
    return reasons(features.of(rows), model.learners)


def _document(model: ChurnModel) -> dict[str, Any]:
    of_merchant = model.horizons.of_merchant
    document = {
        "format": 2,
        "as_of": model.as_of,
        "horizon": of_merchant,
        "seed": model.seed,
        "btyd": model.btyd.parameters(),
        "blend": model.blends[of_merchant].to_dict(),
        "learners": None if model.learners is None else asdict(model.learners),
    }
    if len(model.blends) > 1:
        own = {str(days): blend.to_dict() for days, blend in model.blends.items() if days != of_merchant}
        document |= {"horizons": asdict(model.horizons), "blends": own}
    return document


def save(model: ChurnModel, path: Path) -> None:
    """One JSON file, LightGBM's trees as text in it."""
    path.write_text(json.dumps(_document(model), ensure_ascii=False, sort_keys=True), encoding="utf-8")


def load(path: Path) -> ChurnModel:
    """Raises ValueError naming the file when it is not a churn model of this format."""
    document = json.loads(path.read_text(encoding="utf-8"))
    if document.get("format") != 2:
        raise ValueError(f"{path}: expected a churn model of format 2, found {document.get('format')!r}")
    btyd, learners, of_merchant = document["btyd"], document["learners"], int(document["horizon"])
    own = document.get("horizons", {"of_merchant": of_merchant})
    blends = {of_merchant: document["blend"]} | {int(days): one for days, one in document.get("blends", {}).items()}
    return ChurnModel(
        as_of=document["as_of"],
        horizons=Horizons(**own | {"steps": tuple(own.get("steps", ()))}),
        seed=document["seed"],
        btyd=BtydFits(ParetoNbd(**btyd["pareto_nbd"]), MbgCnbd(**btyd["mbg_nbd"]), MbgCnbd(**btyd["regular"])),
        learners=None
        if learners is None
        else Learners(learners["texts"], tuple(learners["names"]), Linear(**learners["linear"])),
        blends={days: Blend(tuple(one["shifts"]), tuple(one["factors"])) for days, one in sorted(blends.items())},
    )
