"""The arms of win-back in the books: who was listed or left alone, who is in which experiment, and what came of it."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd
from sqlalchemy import delete, select

from include.customers.customers_as_of import CustomersAsOf
from include.customers.history import OrderHistory
from include.customers.recall.choose import CONTROL_COLUMNS
from include.customers.recall.effect import Effect
from include.customers.recall.win_back_review import MONTH, brought_in_words, effects_by_channel, outcomes, win_back_of
from include.settings.people.customers import Customers
from include.settings.saying import BilingualError
from include.warehouse.books import publication, read_frame
from include.warehouse.tables import win_back
from include.warehouse.workspace import Workspace


@dataclass(frozen=True)
class Review:
    """effects: by channel, of a contact. rows: what was stored in the table `win_back`."""

    effects: Mapping[str, Effect]
    rows: pd.DataFrame


def review_win_back(workspace: Workspace, customers: CustomersAsOf) -> Review:
    """Measure and store what every list before the day brought by then.

    Only what was known on the day counts: it comes out the same whenever it is computed.
    """
    rules, day = workspace.merchant.customers, customers.day
    first = first_entries(customers.arms, customers.history, day, rules)
    rows = win_back_of(day, first, _trials(customers, rules), customers.reached, rules)
    with publication(workspace.books) as change:
        change.execute(delete(win_back).where(win_back.c.day == day))
        change.insert(win_back, rows)
    return Review(effects_by_channel(first, rules), rows)


def first_entries(arms: pd.DataFrame, history: OrderHistory, day: str, rules: Customers) -> pd.DataFrame:
    """The first entry of each customer on a list whose days of holdout have passed by `day`, with what came of it.
    arms: rows of the table `recall_arms` of every list before, of persons."""
    unknown = pd.DataFrame({name: pd.Series(dtype="object") for name in CONTROL_COLUMNS})
    return outcomes(arms if len(arms) else unknown, history, day, rules)


def _trials(customers: CustomersAsOf, rules: Customers) -> pd.DataFrame:
    """experiment, arm and the columns of `outcomes`: the first entry of each customer in each experiment."""
    ran = customers.trials
    parts = [
        outcomes(part, customers.history, customers.day, rules) for _, part in ran.groupby("experiment", sort=True)
    ]
    return pd.concat(parts, ignore_index=True) if parts else ran.assign(returned=False, yuan=0.0, margin=0.0)


def month_report(workspace: Workspace, month: str, language: str) -> str:
    """One sentence. Raises BilingualError where no list of the month (YYYY-MM) has a review yet."""
    c = win_back.c
    reviews = read_frame(
        workspace.books, select(win_back).where(c.part == MONTH, c.value == month).order_by(c.day.desc()).limit(1)
    )
    if reviews.empty:
        days = workspace.merchant.customers.holdout_days
        raise BilingualError.named("error.not_reviewed", month=month, days=days)
    return brought_in_words(
        reviews.to_dict("records")[0], workspace.merchant.customers, language, workspace.merchant.currency
    )
