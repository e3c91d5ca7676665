"""Training a challenger as of a day, judging it, and releasing it where it is better."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import func, select

from include.calendar.business_days import day_after
from include.day.models import champion_of, register
from include.day.office import Office, code_version
from include.day.panels import panel_as_of
from include.warehouse.as_of import read_facts
from include.warehouse.books import read_frame
from include.warehouse.tables import closes

Say = Callable[[str], None]
JUDGED_CUSTOMERS = 3000


def train_demand(office: Office, day: str, say: Say = print) -> dict[str, Any]:
    """Train a demand model as of `day`, backtest it against the 13-week rule and the champion, register it.

    Returns the model's id, whether it was released, and the reasons.
    """
    from include.demand.backtest import backtest
    from include.demand.card import markdown
    from include.demand.config import DemandConfig
    from include.demand.model import DemandModel
    from include.demand.release import full_card, release
    from include.demand.training import train

    settings = office.merchant.demand
    day = last_closed_day(office, day)
    panel = panel_as_of(office, day)
    if panel.series_count == 0:
        raise ValueError(f"there is no demand on or before {day}: onboard the history first")
    config = replace(DemandConfig(), seeds=settings.seeds, most_rows=min(DemandConfig().most_rows, settings.max_rows))
    standing = champion_of(office, "demand", day_after(day))
    champion = DemandModel.load(standing[1]) if standing else None
    scores, _ = backtest(
        panel, config, count=settings.backtest_origins, champion=champion, progress=lambda text: say(f"  {text}")
    )
    verdict = release(scores)
    model = train(panel, config, lambda text: say(f"  {text}"))
    model.card = {**full_card(model, scores, verdict), "code": code_version()}
    released = verdict.released and model.kind != "rule"
    with _scratch(office) as folder:
        model.save(folder / "model")
        (folder / "model" / "card.md").write_text(markdown(model.card), encoding="utf-8")
        model_id, since = register(office, "demand", day, folder / "model", model.card, released)
    return {"model": model_id, "released": released, "champion_since": since, "reasons": list(verdict.reasons)}


def train_churn(office: Office, day: str, say: Say = print) -> dict[str, Any]:
    """Train a churn model as of `day`. It is judged on the last cut whose horizon has ended, against the champion and
    the gap since the last order; released where its ranking and its calibration are no worse."""
    from include.customers.churn import save, train
    from include.day.customer_books import history_as_of

    settings = office.merchant.customers
    day = last_closed_day(office, day)
    history = history_as_of(office, day)
    if not len(history.customers):
        say("no customer is known: nothing to train")
        return {"model": None, "released": False, "champion_since": None, "reasons": ["no customer is known"]}
    judged = judge_churn(office, day, say)
    say(f"  training on {len(history.customers):,} customers")
    model = train(history, day, settings.horizon_days)
    card = {
        "customers": len(history.customers),
        "horizon_days": settings.horizon_days,
        "code": code_version(),
        **judged,
    }
    with _scratch(office) as folder:
        (folder / "model").mkdir()
        save(model, folder / "model" / "churn.json")
        model_id, since = register(office, "churn", day, folder / "model", card, bool(judged["released"]))
    return {"model": model_id, "released": judged["released"], "champion_since": since, "reasons": judged["reasons"]}


def last_closed_day(office: Office, day: str) -> str:
    """The newest closed day up to `day`: what is trained on has ended and is whole."""
    statement = select(func.max(closes.c.day).label("day")).where(closes.c.day <= day)
    found = read_frame(office.books, statement)["day"].iloc[0]
    if pd.isna(found):
        raise ValueError(f"no day is closed up to {day}: onboard the history first")
    return str(found)


def judge_churn(office: Office, day: str, say: Say) -> dict[str, Any]:
    """Figures and verdict of the way of training, on the newest cut with a whole horizon behind it, and on a sample of
    the customers: a verdict needs thousands, not all.

    AUC of the challenger, of the gap since the last order and of the champion; mean chance against what came of it.
    """
    from include.customers.churn import load, score, train
    from include.customers.history import book_as_of, day_number
    from include.day.customer_books import history_as_of

    horizon = office.merchant.customers.horizon_days
    cut = day_after(day, -horizon)
    whole = history_as_of(office, day, JUDGED_CUSTOMERS)
    if whole.first_day > day_number(cut) - horizon // 2:
        return {"released": True, "reasons": ["the history is too short to judge: released unjudged"], "judged": None}
    say(f"  judging on the customers of {cut}")
    past = whole.until(day_number(cut))
    scored = score(train(past, cut, horizon), past, cut)
    book = book_as_of(past, day_number(cut))
    came_back = np.isin(book.names.astype(str), _buyers_between(office, day, cut))
    lost = (~came_back).astype(int)
    gap = (book.as_of - book.last).astype(float)
    figures = {
        "customers": float(len(lost)),
        "auc": round(area(lost, scored["p_churn"].to_numpy()), 4),
        "auc_of_gap": round(area(lost, gap), 4),
        "mean_chance": round(float(scored["p_churn"].mean()), 4),
        "lost_share": round(float(lost.mean()), 4),
    }
    standing = champion_of(office, "churn", cut)
    if standing:
        try:
            champion = score(load(standing[1] / "churn.json"), past, cut)
        except ValueError as error:  # of an earlier release, which nobody can use any more
            say(f"  the champion cannot be read: {error}")
        else:
            figures["auc_of_champion"] = round(area(lost, champion["p_churn"].to_numpy()), 4)
    rivals = [figures["auc_of_gap"], figures.get("auc_of_champion", 0.0)]
    better = figures["auc"] >= max(rivals)
    honest = abs(figures["mean_chance"] - figures["lost_share"]) <= 0.1
    reasons = [
        f"AUC {figures['auc']:.4f} against {max(rivals):.4f} of the better of gap and champion",
        f"mean chance {figures['mean_chance']:.3f} where {figures['lost_share']:.3f} were lost",
    ]
    return {"released": bool(better and honest), "reasons": reasons, "judged": {"cut": cut, **figures}}


def area(outcome: np.ndarray, score: np.ndarray) -> float:
    """Area under the ROC curve (Mann and Whitney 1947), ties counted half; 0.5 where only one outcome is there."""
    from scipy.stats import rankdata

    positive = int(outcome.sum())
    negative = len(outcome) - positive
    if not positive or not negative:
        return 0.5
    ranks = rankdata(score)
    return float((ranks[outcome == 1].sum() - positive * (positive + 1) / 2) / (positive * negative))


def _buyers_between(office: Office, day: str, cut: str) -> np.ndarray:
    """Customers with an order in (cut, day]."""
    orders = read_facts(office.books, "customer_orders", day, day_after(cut), day)
    return orders["customer"].unique().astype(str)


@contextmanager
def _scratch(office: Office) -> Iterator[Path]:
    """A folder beside the models, removed afterwards: a model is moved into place whole or not at all."""
    parent = Path(office.merchant.models)
    parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".training-", dir=parent, ignore_cleanup_errors=True) as folder:
        yield Path(folder)
