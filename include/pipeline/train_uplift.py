"""The uplift model, challenger of the recall ranking: trained when both arms are large enough, released when better."""

from dataclasses import asdict
from typing import Any

import pandas as pd

from include.customers.history import Book, book_as_of
from include.customers.recall.win_back_store import first_entries
from include.facts.close_day import last_closed_day
from include.pipeline.train import Say, newest_list, scratch
from include.warehouse.model_registry import Champion, register
from include.warehouse.workspace import Workspace, code_version, one_at_a_time

KIND, FILE = "uplift", "uplift.json"


@one_at_a_time("train uplift")
def train_uplift_challenger(workspace: Workspace, day: str, say: Say = print) -> dict[str, Any]:
    """Train, judge and register an uplift model on every contact whose outcome is known as of `day`.

    Returns the model's id (None while there is not enough data), whether it was released, and the reasons. What it is
    held against is the rise by which the lists were ranked: the model in force where one was released before.
    """
    from include.customers.recall.uplift import judge_uplift, lessons_of, save_uplift, train_uplift
    from include.customers.store import customer_orders, history_of, recall_arms_before
    from include.people.identity_store import persons_as_of

    least = workspace.merchant.customers.uplift_in_arm
    day = last_closed_day(workspace.books, day)
    persons = persons_as_of(workspace, day)
    history = history_of(customer_orders(workspace, day), persons, day, workspace.calendar)
    made = recall_arms_before(workspace, day)
    made = made.assign(customer=persons.of(made["customer"]))
    first = first_entries(made, history, day, workspace.merchant.customers)
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
    with scratch(workspace) as folder:
        saved = folder / "model"
        saved.mkdir()
        save_uplift(model, saved / FILE)
        model_id, since = register(workspace, KIND, day, saved, card, verdict.is_better, newest_list(workspace))
    return {"model": model_id, "released": verdict.is_better, "champion_since": since, "reasons": reasons}


def rises_by(uplift: Champion, book: Book, scores: pd.DataFrame) -> pd.Series:
    """By customer, by how much a contact raises the chance to return, as this uplift model has it."""
    from include.customers.recall.uplift import load_uplift, rises_of

    return rises_of(load_uplift(uplift.folder / FILE), book, scores)
