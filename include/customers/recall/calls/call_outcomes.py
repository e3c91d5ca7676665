"""What came of contacting the customers of recall lists, and what it means for the next list.

Nobody answered: no contact was made, so the customer may be called again after a few days, a few times. The number is
nobody's: not by phone again, until an order brings another number. A message could not be delivered: not by this
channel again, until another order.
"""

import pandas as pd
from sqlalchemy import select

from include.calendar.business_days import day_after
from include.people.identity import Persons
from include.privacy.pseudonyms import PSEUDONYM_LENGTH
from include.settings.people.customers import Customers
from include.tasks.canonical_json import read_json
from include.tasks.task_tables import BY_PEOPLE, task_events, tasks
from include.warehouse.books import read_frame
from include.warehouse.workspace import Workspace

NO_ANSWER, WRONG_NUMBER, DO_NOT_DISTURB = "no_answer", "wrong_number", "do_not_disturb"
NOT_DELIVERED = "not_delivered"
NOT_REACHED = (NO_ANSWER, WRONG_NUMBER, NOT_DELIVERED)
COLUMNS = ("customer", "list_day", "outcome", "acted_day", "channel")


def calls_until(workspace: Workspace, day: str, made: pd.DataFrame, persons: Persons) -> pd.DataFrame:
    """COLUMNS: what the list of `day` may know of earlier lines, one row a line: the last that people said of it by
    then; customers are the persons of `day`, channel is the line's. Lines that were answered without an outcome are not
    in it. made: day, customer of every list before, as the list named them."""
    rows = read_frame(
        workspace.books,
        select(
            task_events.c.task_id,
            task_events.c.day,
            task_events.c.data,
            tasks.c.customer,
            tasks.c.day.label("of"),
            tasks.c.payload,
        )
        .join(tasks, tasks.c.task_id == task_events.c.task_id)
        .where(BY_PEOPLE, tasks.c.kind == "recall", task_events.c.day <= day)
        .order_by(task_events.c.seq),
    ).drop_duplicates("task_id", keep="last")
    rows = rows.assign(outcome=[read_json(data).get("outcome") for data in rows["data"]]).dropna(subset=["outcome"])
    if rows.empty:
        return pd.DataFrame({name: pd.Series(dtype="str") for name in COLUMNS})
    rows = rows.assign(channel=[read_json(payload).get("channel") or "" for payload in rows["payload"]])
    listed = made.loc[made["day"].isin(rows["of"]), ["day", "customer"]].rename(columns={"day": "of"})
    listed = listed.assign(short=listed["customer"].str[:PSEUDONYM_LENGTH])
    found = rows.rename(columns={"customer": "short", "day": "acted_day"}).merge(listed, on=["of", "short"])
    found = found.assign(customer=persons.of(found["customer"]))
    return found.rename(columns={"of": "list_day"})[list(COLUMNS)].reset_index(drop=True)


def without_unanswered(made: pd.DataFrame, calls: pd.DataFrame, day: str, rules: Customers) -> pd.DataFrame:
    """The contacts without those that nobody answered, of customers who may be tried again on the morning after `day`.

    made: day, customer of every list before; calls: COLUMNS.
    """
    tried = calls[calls["outcome"] == NO_ANSWER]
    if tried.empty:
        return made
    morning = day_after(day)
    by_customer = tried.groupby("customer")["acted_day"].agg(["count", "max"])
    waited = [day_after(last, rules.retry_after_days) <= morning for last in by_customer["max"]]
    again = by_customer.index[(by_customer["count"] < rules.max_attempts) & pd.Series(waited, by_customer.index)]
    dropped = tried[tried["customer"].isin(again)]
    keys = pd.MultiIndex.from_frame(dropped[["list_day", "customer"]])
    return made[~pd.MultiIndex.from_frame(made[["day", "customer"]]).isin(keys)]


def wrong_numbers(calls: pd.DataFrame, last_order_day: pd.Series) -> frozenset[str]:
    """Customers whose number was nobody's, and who have not ordered since. last_order_day: by customer."""
    return _not_since(calls[calls["outcome"] == WRONG_NUMBER], last_order_day)


def undelivered(calls: pd.DataFrame, channel: str, last_order_day: pd.Series) -> frozenset[str]:
    """Customers whom the channel's message could not be delivered to, and who have not ordered since."""
    return _not_since(calls[(calls["outcome"] == NOT_DELIVERED) & (calls["channel"] == channel)], last_order_day)


def _not_since(calls: pd.DataFrame, last_order_day: pd.Series) -> frozenset[str]:
    missed = calls.groupby("customer")["acted_day"].max()
    since = last_order_day.reindex(missed.index)
    return frozenset(missed.index[(since.isna() | (since <= missed)).to_numpy(dtype=bool)])
