"""Training a challenger as of a day, judging it, and releasing it where it is better."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from include.calendar.business_days import day_after
from include.customers.history import OrderHistory
from include.customers.known_customers import known_customers, nobody_is_known
from include.facts.close_day import last_closed_day
from include.tasks.task_tables import newest_list_day
from include.warehouse.model_registry import champion_of, register
from include.warehouse.workspace import Workspace, code_version, one_at_a_time

Say = Callable[[str], None]
JUDGED_CUSTOMERS = 3000


@one_at_a_time("train demand")
def train_demand(workspace: Workspace, day: str, say: Say = print) -> dict[str, Any]:
    """Train a demand model as of `day`, backtest it against the naive rules and the champion, register it.

    Returns the model's id, whether it was released, and the reasons.
    """
    from include.demand.forecaster.backtest import backtest
    from include.demand.forecaster.config import DemandConfig
    from include.demand.forecaster.model import DemandModel
    from include.demand.forecaster.model_card import html, markdown
    from include.demand.forecaster.release import full_card, release
    from include.demand.forecaster.training import train
    from include.replenishment.planning_data import known_on
    from include.replenishment.planning_frames import has_sales
    from include.simulation.order_trials import costs_of, order_trials, trial_rows
    from include.simulation.tune_levels import tuned_levels

    settings = workspace.merchant.demand
    day = last_closed_day(workspace.books, day)
    known = known_on(workspace, day)
    panel = known.panel
    if not has_sales(known):
        why = f"no sales are known on or before {day}: nothing to train"
        say(why)
        return {"model": None, "released": False, "champion_since": None, "reasons": [why]}
    config = replace(DemandConfig(), seeds=settings.seeds, max_rows=min(DemandConfig().max_rows, settings.max_rows))

    @cache
    def loaded(folder: Path) -> DemandModel:
        return DemandModel.load(folder)

    def champion_at(then: str) -> DemandModel | None:
        standing = champion_of(workspace, "demand", day_after(then))
        return loaded(standing.folder) if standing else None

    judged = backtest(
        panel, config, count=settings.backtest_origins, champion_at=champion_at, progress=lambda text: say(f"  {text}")
    )
    say("  simulating the orders that each forecast leads to")
    speakers: dict[int, dict[str, DemandModel | None]] = {
        origin: {"challenger": challenger, "13-week": None} for origin, challenger in judged.challengers.items()
    }
    for origin, champion in judged.champions.items():
        speakers[origin]["champion"] = champion
    trials = order_trials(known, workspace.merchant.replenishment, speakers)
    verdict = release(judged.scores, costs_of(trials))
    model = train(panel, config, lambda text: say(f"  {text}"))
    model.card = {**full_card(model, judged.scores, verdict, trial_rows(trials)), "code": code_version()}
    if workspace.merchant.replenishment.levels_from == "simulation":
        say("  simulating the orders of every service level")
        model.card["service_levels"] = tuned_levels(known, workspace.merchant.replenishment, judged.challengers)
    released = verdict.released and model.kind != "rule"
    with scratch(workspace) as folder:
        model.save(folder / "model")
        (folder / "model" / "card.md").write_text(markdown(model.card), encoding="utf-8")
        (folder / "model" / "card.html").write_text(html(model.card), encoding="utf-8")
        model_id, since = register(
            workspace, "demand", day, folder / "model", model.card, released, newest_list(workspace)
        )
    return {"model": model_id, "released": released, "champion_since": since, "reasons": list(verdict.reasons)}


@one_at_a_time("train churn")
def train_churn(workspace: Workspace, day: str, say: Say = print) -> dict[str, Any]:
    """Train a churn model as of `day`. It is judged on the last cut whose horizon has ended, against the champion and
    the gap since the last order; released where its ranking and its calibration are no worse."""
    from include.customers.churn.churn import save, train
    from include.customers.churn.churn_card import calibration_svg, card_of, markdown
    from include.customers.churn.drift_watch import write_reference
    from include.customers.churn.horizons import horizons_of
    from include.customers.store import customer_orders, history_as_of

    day = last_closed_day(workspace.books, day)
    history = history_as_of(workspace, day)
    if not len(history.customers):
        why = "no customer is known"
        if nobody_is_known(known := known_customers(workspace, day, customer_orders(workspace, day))):
            why += f": none of {known['orders'].sum():,} orders has one (docs/customers.md)"
        say(f"{why}: nothing to train")
        return {"model": None, "released": False, "champion_since": None, "reasons": [why]}
    judged = judge_churn(workspace, day, history, say)
    say(f"  training on {len(history.customers):,} customers")
    model = train(history, day, horizons_of(workspace.merchant.customers))
    card = {**card_of(model, history, judged), "code": code_version()}
    with scratch(workspace) as folder:
        saved = folder / "model"
        saved.mkdir()
        save(model, saved / "churn.json")
        write_reference(model, history, day, saved)
        (saved / "card.md").write_text(markdown(card), encoding="utf-8")
        if judged["calibration"]:
            plot = calibration_svg(pd.DataFrame(judged["calibration"]), f"Customers of {judged['judged']['cut']}")
            (saved / "calibration.svg").write_text(plot, encoding="utf-8")
        model_id, since = register(
            workspace, "churn", day, saved, card, bool(judged["released"]), newest_list(workspace)
        )
    return {"model": model_id, "released": judged["released"], "champion_since": since, "reasons": judged["reasons"]}


def judge_churn(workspace: Workspace, day: str, history: OrderHistory, say: Say) -> dict[str, Any]:
    """Figures and verdict of the way of training, on the newest cut with a whole horizon behind it, and on a sample of
    the customers: a verdict needs thousands, not all.

    AUC of the challenger, of the gap since the last order (as a share of the customer's horizon) and of the champion;
    mean chance against what came of it, and the same in bins. Where horizons differ, everyone is judged at their own,
    from the day that lies the longest of them back; customers with horizons so long that the history is too short for
    them are left out.
    """
    from include.customers.churn.churn import load, score, train
    from include.customers.churn.drift import calibration_bins, calibration_of, lost_between
    from include.customers.churn.horizons import horizons_of
    from include.customers.history import book_as_of, day_number

    horizons = horizons_of(workspace.merchant.customers)
    # Pseudonyms are hashes, so the first of them in order are a sample that nobody chose, the same each time.
    whole = history.of(history.customers[:JUDGED_CUSTOMERS].tolist())
    unjudged = {
        "released": True,
        "reasons": ["the history is too short to judge: released unjudged"],
        "judged": None,
        "calibration": [],
    }
    in_use = np.unique(horizons.of(book_as_of(whole, day))).tolist()
    judged = [days for days in in_use if whole.first_day <= day_number(day) - days - days // 2]
    if not judged:
        return unjudged
    cut = day_after(day, -judged[-1])
    say(f"  judging on the customers of {cut}")
    past = whole.until(day_number(cut))
    scored = score(train(past, cut, horizons), past, cut)
    book = book_as_of(past, day_number(cut))
    own = scored["horizon_days"].to_numpy()
    seen = np.isin(own, judged)
    if not seen.any():
        return unjudged
    lost = np.zeros(len(own), dtype=np.int64)
    for days in judged:
        mine = own == days
        lost[mine] = lost_between(book.names[mine], whole, cut, day_after(cut, days))
    scored, own, lost = scored[seen], own[seen], lost[seen]
    gap = (book.as_of - book.last)[seen] / own
    figures: dict[str, Any] = {
        "customers": float(len(lost)),
        "auc": round(area(lost, scored["p_churn"].to_numpy()), 4),
        "auc_of_gap": round(area(lost, gap), 4),
        "mean_chance": round(float(scored["p_churn"].mean()), 4),
        "lost_share": round(float(lost.mean()), 4),
    }
    chances = scored["p_churn"].to_numpy()
    off = calibration_of(chances, lost, cut).set_index("measure").loc["calibration_error"]
    figures |= {"calibration_error": round(off["value"], 4), "by_chance": round(off["by_chance"], 4)}
    bins = calibration_bins(chances, lost).round(4).to_dict("records")
    standing = champion_of(workspace, "churn", cut)
    if standing:
        try:
            champion = score(load(standing.folder / "churn.json"), past, cut)[seen]
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
    verdict = {"released": bool(better and honest), "reasons": reasons}
    if len(horizons.lengths) > 1:
        verdict["by_horizon"] = [
            {
                "horizon_days": days,
                "customers": int((own == days).sum()),
                "mean_chance": round(float(chances[own == days].mean()), 4),
                "lost_share": round(float(lost[own == days].mean()), 4),
            }
            for days in np.unique(own).tolist()
        ]
    return {**verdict, "judged": {"cut": cut, **figures}, "calibration": bins}


def area(outcome: np.ndarray, score: np.ndarray) -> float:
    """Area under the ROC curve (Mann and Whitney 1947), ties counted half; 0.5 where only one outcome is there."""
    from scipy.stats import rankdata

    positive = int(outcome.sum())
    negative = len(outcome) - positive
    if not positive or not negative:
        return 0.5
    ranks = rankdata(score)
    return float((ranks[outcome == 1].sum() - positive * (positive + 1) / 2) / (positive * negative))


@contextmanager
def scratch(workspace: Workspace) -> Iterator[Path]:
    """A folder beside the models, removed afterwards: a model is moved into place whole or not at all."""
    parent = Path(workspace.merchant.models)
    parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".training-", dir=parent, ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def newest_list(workspace: Workspace) -> str | None:
    """The newest day of which there is a list: a model serves the lists after it."""
    with workspace.books.connect() as connection:
        return newest_list_day(connection)
