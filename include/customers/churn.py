"""The chance that a customer places no order within a horizon, and the orders to expect from them.

`train` learns as of a day from that day's books alone; `score` applies what was learned on any later day. The model
is one JSON file with LightGBM's own text in it: nothing is pickled, so a model file cannot run code when it is read.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from include.customers.blend import Blend, Replay, Replays, fit_blend, order_members, quiet_members
from include.customers.btyd import MbgCnbd, ParetoNbd
from include.customers.cuts import Cut, replay_plan
from include.customers.features import BtydFits, feature_matrix, fit_btyd
from include.customers.history import OrderHistory, book_as_of, day_number, day_text
from include.customers.learners import ORDER_TARGETS, QUIET_TARGETS, Learners, Lessons, learn
from include.customers.reasons import reasons

# A replay measures a handful of weights: fewer rows than the fit itself needs.
REPLAY_ROWS = 20_000


@dataclass(frozen=True)
class ChurnModel:
    """What was learned as of a day for one horizon (days)."""

    as_of: str
    horizon: int
    seed: int
    btyd: BtydFits
    learners: Learners | None
    blend: Blend
    replays: tuple[dict[str, Any], ...]

    @property
    def model_id(self) -> str:
        return hashlib.sha256(json.dumps(_document(self), sort_keys=True).encode()).hexdigest()[:16]


def train(history: OrderHistory, as_of: str, horizon: int, seed: int = 0, threads: int = 1) -> ChurnModel:
    """Learn from orders on or before `as_of`. Raises ValueError when nobody ordered by then."""
    today = day_number(as_of)
    history = history.until(today)
    if not len(history.customers):
        raise ValueError(f"no customer ordered on or before {as_of}: there is nothing to learn from")
    lessons = Lessons(history, seed)
    learners = learn(lessons, today, horizon, (*QUIET_TARGETS, *ORDER_TARGETS), threads=threads)
    plan = replay_plan(history.first_day, today, horizon)
    replays = Replays(
        newest=[_replay(lessons, cut, threads) for cut in plan.newest],
        season=None if plan.season is None else _families_at(lessons, plan.season),
        before_season=None if plan.before_season is None else _families_at(lessons, plan.before_season),
    )
    book = book_as_of(history, today)
    fits = fit_btyd(book, seed)
    blend = fit_blend(replays, quiet_members(feature_matrix(book, horizon, fits), learners))
    tried = [cut for cut in (*plan.newest, plan.season, plan.before_season) if cut is not None]
    notes = tuple({"day": day_text(cut.day), "horizon": cut.horizon} for cut in tried)
    return ChurnModel(as_of, horizon, seed, fits, learners, blend, notes)


def _replay(lessons: Lessons, cut: Cut, threads: int) -> Replay:
    """Train as of the cut, predict its horizon, and set what happened beside it."""
    learners = learn(lessons, cut.day, cut.horizon, QUIET_TARGETS, rows=REPLAY_ROWS, threads=threads)
    lesson = lessons.at(cut)
    return Replay(quiet_members(lesson.features, learners), lesson.orders)


def _families_at(lessons: Lessons, cut: Cut) -> Replay:
    lesson = lessons.at(cut)
    return Replay(quiet_members(lesson.features, None), lesson.orders)


def score(model: ChurnModel, history: OrderHistory, as_of: str, explain: bool = True) -> pd.DataFrame:
    """One row a customer seen by `as_of`, in the order of their ids.

    customer, p_churn (0..1), expected_orders (order days within the model's horizon: a point between mean and median,
    made to miss one customer's number by least, so its sum over customers is too low for a total) and, with `explain`,
    reasons (list of codes, most telling first).
    """
    book = book_as_of(history, as_of)
    features = feature_matrix(book, model.horizon, model.btyd)
    frame = pd.DataFrame({"customer": book.names.astype(str)})
    quiet = quiet_members(features, model.learners)
    frame["p_churn"] = model.blend.p_quiet(quiet)
    frame["expected_orders"] = model.blend.order_days(order_members(features, model.learners), quiet)
    if explain:
        frame["reasons"] = reasons(features, model.learners)
    return frame


def _document(model: ChurnModel) -> dict[str, Any]:
    return {
        "format": 1,
        "as_of": model.as_of,
        "horizon": model.horizon,
        "seed": model.seed,
        "btyd": model.btyd.parameters(),
        "blend": model.blend.to_dict(),
        "replays": list(model.replays),
        "learners": None if model.learners is None else asdict(model.learners),
    }


def save(model: ChurnModel, path: Path) -> None:
    """One JSON file, LightGBM's trees as text in it."""
    path.write_text(json.dumps(_document(model), ensure_ascii=False, sort_keys=True), encoding="utf-8")


def load(path: Path) -> ChurnModel:
    """Raises ValueError naming the file when it is not a churn model of this format."""
    document = json.loads(path.read_text(encoding="utf-8"))
    if document.get("format") != 1:
        raise ValueError(f"{path}: expected a churn model of format 1, found {document.get('format')!r}")
    btyd, blend, learners = document["btyd"], document["blend"], document["learners"]
    return ChurnModel(
        as_of=document["as_of"],
        horizon=document["horizon"],
        seed=document["seed"],
        btyd=BtydFits(ParetoNbd(**btyd["pareto_nbd"]), MbgCnbd(**btyd["mbg_nbd"]), MbgCnbd(**btyd["regular"])),
        learners=None if learners is None else Learners(learners["texts"], tuple(learners["names"])),
        blend=Blend(tuple(blend["quiet_weights"]), blend["slope"], blend["level"]),
        replays=tuple(document["replays"]),
    )
