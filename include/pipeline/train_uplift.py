"""The uplift model, challenger of the recall ranking: trained when both arms are large enough, released when better."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import pandas as pd

from include.customers.recall.win_back_store import first_entries
from include.facts.close_day import last_closed_day
from include.pipeline.train import Say, newest_list, scratch
from include.warehouse.books import step_lock
from include.warehouse.model_registry import champion_of, damage_of, register
from include.warehouse.workspace import Office, code_version

KIND, FILE = "uplift", "uplift.json"


def train_uplift_challenger(office: Office, day: str, say: Say = print) -> dict[str, Any]:
    """Train, judge and register an uplift model on every contact whose outcome is known as of `day`.

    Returns the model's id (None while there is not enough data), whether it was released, and the reasons. What it is
    held against is the rise by which the lists were ranked: the model in force where one was released before.
    """
    with step_lock(office.books, "train uplift"):
        return _train_uplift_challenger(office, day, say)


def _train_uplift_challenger(office: Office, day: str, say: Say) -> dict[str, Any]:
    from include.customers.history import book_as_of
    from include.customers.recall.uplift import judge_uplift, lessons_of, save_uplift, train_uplift
    from include.customers.store import history_as_of

    least = office.merchant.customers.uplift_in_arm
    day = last_closed_day(office.books, day)
    history = history_as_of(office, day)
    first = first_entries(office, day, history)
    first = first[first["p_churn"].notna() & first["rise"].notna() & first["customer"].isin(history.customers)]
    counts = {arm: int((first["arm"] == arm).sum()) for arm in ("listed", "control")}
    if min(counts.values()) < least:
        reason = f"not enough data yet: {counts['listed']} listed and {counts['control']} left alone, {least} needed"
        say(f"  {reason}")
        return {"model": None, "released": False, "champion_since": None, "reasons": [reason]}
    books = [
        (book_as_of(history.of(part["customer"].tolist()), list_day), part) for list_day, part in first.groupby("day")
    ]
    features, arms = lessons_of(books)
    listed, returned = (arms["arm"] == "listed").to_numpy(dtype=bool), arms["returned"].to_numpy(dtype=bool)
    verdict = judge_uplift(features, listed, returned, arms["rise"].to_numpy(dtype=float))
    model = train_uplift(features, listed, returned, day)
    reasons = [
        f"Qini {verdict.qini:.4f} against {verdict.qini_of_ranking:.4f} of the present ranking: difference "
        f"{verdict.low:.4f} to {verdict.high:.4f} (99 %)"
    ]
    card = {"trained_as_of": day, "judged": asdict(verdict), "reasons": reasons, "code": code_version()}
    with scratch(office) as folder:
        saved = folder / "model"
        saved.mkdir()
        save_uplift(model, saved / FILE)
        model_id, since = register(office, KIND, day, saved, card, verdict.is_better, newest_list(office))
    return {"model": model_id, "released": verdict.is_better, "champion_since": since, "reasons": reasons}


def uplift_in_force(office: Office, day: str) -> tuple[str, Callable[[Any, pd.DataFrame], pd.Series]] | None:
    """(model id, (book, scores) -> rises by customer) of the uplift model that ranks the list of `day`; None while the
    ranking follows the risk."""
    from include.customers.recall.uplift import load_uplift, rises_of

    standing = champion_of(office, KIND, day)
    if standing is None or damage_of(office, KIND, day):
        return None
    model = load_uplift(standing[1] / FILE)
    return standing[0], lambda book, scores: rises_of(model, book, scores)
