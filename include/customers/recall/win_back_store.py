"""The arms of win-back in the books: who was listed or left alone, who is in which experiment, and what came of it."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd
from sqlalchemy import delete, select

from include.customers.history import OrderHistory
from include.customers.recall.call_outcomes import DO_NOT_DISTURB, NOT_REACHED
from include.customers.recall.choose import CONTROL_COLUMNS
from include.customers.recall.effect import Effect
from include.customers.recall.win_back_review import effects_by_channel, outcomes, win_back_of
from include.customers.store import contacts_before
from include.people.identity_store import persons_as_of
from include.privacy.pseudonyms import PSEUDONYM_LENGTH
from include.tasks.canonical_json import read_json
from include.tasks.task_tables import task_events, tasks
from include.warehouse.books import publication, read_frame
from include.warehouse.tables import experiment_arms, win_back
from include.warehouse.workspace import Office


@dataclass(frozen=True)
class Review:
    """effects: by channel, of a contact. rows: what was stored in the table `win_back`."""

    effects: Mapping[str, Effect]
    rows: pd.DataFrame


def review_win_back(office: Office, day: str, history: OrderHistory) -> Review:
    """Measure and store what every list before `day` brought by then.

    history: as of `day`. Only what was known on the day counts: it comes out the same whenever it is computed.
    """
    rules = office.merchant.customers
    first = first_entries(office, day, history)
    trials = _trials(office, day, history)
    rows = win_back_of(day, first, trials, reached_until(office, day, history), rules)
    with publication(office.books) as change:
        change.execute(delete(win_back).where(win_back.c.day == day))
        change.insert(win_back, rows)
    return Review(effects_by_channel(first, rules), rows)


def first_entries(office: Office, day: str, history: OrderHistory) -> pd.DataFrame:
    """The first entry of each customer on a list whose days of holdout have passed by `day`, with what came of it."""
    arms = contacts_before(office, day)
    unknown = pd.DataFrame({name: pd.Series(dtype="object") for name in CONTROL_COLUMNS})
    return outcomes(arms if len(arms) else unknown, history, day, office.merchant.customers)


def _trials(office: Office, day: str, history: OrderHistory) -> pd.DataFrame:
    """experiment, arm and the columns of `outcomes`: the first entry of each customer in each experiment."""
    c = experiment_arms.c
    ran = read_frame(office.books, select(experiment_arms).where(c.day < day).order_by(c.day, c.customer))
    ran = ran.assign(customer=persons_as_of(office, day).of(ran["customer"]))
    parts = [
        outcomes(part, history, day, office.merchant.customers) for _, part in ran.groupby("experiment", sort=True)
    ]
    return pd.concat(parts, ignore_index=True) if parts else ran.assign(returned=False, yuan=0.0, margin=0.0)


def reached_until(office: Office, day: str, history: OrderHistory) -> pd.DataFrame:
    """customer, day of every recall task that reached somebody by `day`; customers are the persons of `day`. A call
    that nobody answered, or whose number was nobody's, and a message that could not be delivered reached none; who
    wanted no more contact was reached."""
    statement = (
        select(tasks.c.customer.label("short"), task_events.c.day, task_events.c.to_state, task_events.c.data)
        .join(tasks, tasks.c.task_id == task_events.c.task_id)
        .where(tasks.c.kind == "recall", task_events.c.to_state.in_(["done", "refused"]), task_events.c.day <= day)
        .order_by(task_events.c.seq)
    )
    done = read_frame(office.books, statement)
    outcome = pd.Series([read_json(data).get("outcome") for data in done["data"]], index=done.index, dtype="object")
    reached = (done["to_state"] == "done") & ~outcome.isin(NOT_REACHED) | (outcome == DO_NOT_DISTURB)
    done = done.loc[reached, ["short", "day"]]
    if done.empty:
        return pd.DataFrame({"customer": pd.Series(dtype="str"), "day": pd.Series(dtype="str")})
    # Who was called before they were joined to another is that person now, and no longer a name of the history.
    persons = persons_as_of(office, day)
    names = pd.concat(
        [pd.Series(history.customers.astype(str), dtype="str"), persons.links["customer"]]
    ).drop_duplicates()
    names = names[names.str[:PSEUDONYM_LENGTH].isin(set(done["short"]))]
    whole = pd.DataFrame({"customer": persons.of(names), "short": names.str[:PSEUDONYM_LENGTH]})
    return done.merge(whole, on="short", how="inner")[["customer", "day"]]
