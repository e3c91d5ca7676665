"""Customers in the books: their orders as of a business day, whom the lists named, and what they said about it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pandas as pd
from sqlalchemy import select

from include.calendar.events import Calendar
from include.calendar.quiet_hours import end_of_quiet
from include.customers.consents import ANY, COLUMNS, IN, OUT, asks_for_silence, read_consent_file, why_not
from include.customers.history import OrderHistory, order_history
from include.people.identity import NOBODY, Persons
from include.people.identity_store import persons_as_of
from include.people.pseudonymise import erased_among
from include.privacy.contact_keys import NOBODY_WORDS
from include.privacy.pseudonyms import PSEUDONYM_LENGTH
from include.privacy.sealing import customer_key, customer_keys
from include.settings.people.customers import Customers
from include.tasks.acts import withdraw
from include.tasks.canonical_json import read_json
from include.tasks.document import Line
from include.tasks.task_tables import next_list_day, task_events, tasks
from include.warehouse.as_of import read_facts
from include.warehouse.books import publication, read_frame
from include.warehouse.tables import consents, recall_arms
from include.warehouse.workspace import Workspace

EARLIEST = "1970-01-01 00:00:00"


def customer_orders(workspace: Workspace, day: str) -> pd.DataFrame:
    """The facts of customers' orders up to `day`, as its close knew them, without orders of nobody."""
    found = read_facts(workspace.books, "customer_orders", day, last_day=day)
    return found[~found["customer"].isin(nobodies(workspace))]


def history_of(orders: pd.DataFrame, persons: Persons, day: str, calendar: Calendar) -> OrderHistory:
    """Every person's orders up to `day`: a person is one customer, or those of several shops whom exports join. orders:
    `customer_orders`."""
    orders = orders.assign(customer=persons.of(orders["customer"]))
    return replace(order_history(orders, as_of=day), calendar=calendar)


def history_as_of(workspace: Workspace, day: str) -> OrderHistory:
    """`history_of` what the close of `day` knew."""
    return history_of(customer_orders(workspace, day), persons_as_of(workspace, day), day, workspace.calendar)


def nobodies(workspace: Workspace) -> set[str]:
    """Pseudonyms in the books that stand for nobody: of whoever was erased, and of words for nobody that were taken for
    a buyer's name before they were known as such. What is added to `customers.nobody` so holds for the past at once."""
    said = workspace.merchant.customers.nobody
    written = {form for word in NOBODY_WORDS for form in (word, word.capitalize(), word.upper())} | set(said)
    shops = [shop.name for shop in workspace.merchant.shops]
    return {NOBODY} | {
        one for shop in shops for word in written for one in customer_keys(shop, word, workspace.keys.customers)
    }


def recall_arms_before(workspace: Workspace, day: str) -> pd.DataFrame:
    """day, customer, arm, propensity, .. of every list before the one of `day`; customers as their list named them."""
    return read_frame(workspace.books, select(recall_arms).where(recall_arms.c.day < day).order_by(recall_arms.c.day))


def learn_consents(workspace: Workspace) -> int:
    """Store what is new in the merchant's consent file and in refusals on the recall list; returns how many statements.

    What is learned now is known to the first recall list that is not out yet, never to one that is: made again, that
    one must come out the same. Sending asks for what is known by then.
    """
    settings = workspace.merchant.customers
    said = _refusals(workspace)
    if settings.consents and Path(settings.consents).is_file():
        of_file = read_consent_file(
            Path(settings.consents), lambda shop, buyer: customer_key(shop, buyer, workspace.keys.customers)
        )
        said = pd.concat([said, of_file], ignore_index=True)
    said = said[~said["customer"].isin(list(erased_among(workspace, said["customer"].unique())))]
    keys = ["customer", "channel", "at", "source"]
    known = pd.MultiIndex.from_frame(all_consents(workspace)[keys])
    said = said.drop_duplicates(keys, keep="last")
    said = said[~pd.MultiIndex.from_frame(said[keys]).isin(known)]
    _store(workspace, said)
    return len(said)


def learn_from_report(workspace: Workspace, shop: str, told: pd.DataFrame, exported_at: str) -> int:
    """Store what an export of `shop` newly says of consent, on any channel; returns how many statements.

    A report repeats its state day after day, which is no new statement: only a change counts, at the moment of the
    export that brought it. Consent that a report has said from the start is older than any refusal we know of.

    told: customer, consent (in, out; null: nothing).
    """
    said = told[told["consent"].notna() & told["customer"].notna() & (told["customer"] != NOBODY)]
    said = said.drop_duplicates("customer", keep="last").rename(columns={"consent": "state"})
    if said.empty:
        return 0
    source = f"customers of {shop}"[:100]
    before = all_consents(workspace)
    before = before[(before["source"] == source) & (before["channel"] == ANY)]
    last = before[before["at"] <= exported_at].sort_values("at").drop_duplicates("customer", keep="last")
    was = said["customer"].map(last.set_index("customer")["state"])
    said = said.assign(channel=ANY, source=source, at=exported_at)[was.isna() | (was != said["state"])]
    said["at"] = said["at"].mask(was.isna() & (said["state"] == IN), EARLIEST)
    keys = ["customer", "at"]
    said = said[~pd.MultiIndex.from_frame(said[keys]).isin(pd.MultiIndex.from_frame(before[keys]))]
    _store(workspace, said[list(COLUMNS)])
    return len(said)


def _store(workspace: Workspace, said: pd.DataFrame) -> None:
    """said: COLUMNS. Known to the first recall list that is not out yet."""
    if said.empty:
        return
    with workspace.books.connect() as connection:
        day = next_list_day(connection, "recall")
    with publication(workspace.books) as change:
        change.insert(consents, said.assign(day=day))


def all_consents(workspace: Workspace) -> pd.DataFrame:
    """Rows of the table `consents`."""
    return read_frame(workspace.books, select(consents).order_by(*consents.primary_key.columns))


def consents_until(said: pd.DataFrame, day: str, persons: Persons) -> pd.DataFrame:
    """What was said and could be known to the recall list of `day`. What one of a person's customers said holds for the
    person. said: `all_consents`; persons: of `day`."""
    known = said[said["day"].isna() | (said["day"] <= day)]
    return known.assign(customer=persons.of(known["customer"]))


def with_their_persons(said: pd.DataFrame, persons: Persons) -> pd.DataFrame:
    """What was said holds for the customer who said it, whom a list of before may name, and for the person as well."""
    person = persons.of(said["customer"])
    return pd.concat([said, said.assign(customer=person)[person != said["customer"]]], ignore_index=True)


def consents_by_now(workspace: Workspace) -> pd.DataFrame:
    """`with_their_persons` all that was said by now."""
    return with_their_persons(all_consents(workspace), persons_as_of(workspace))


def _refusals(workspace: Workspace) -> pd.DataFrame:
    """Statements of customers who, as the clerk wrote beside the line, want no contact."""
    refused = read_frame(
        workspace.books,
        select(task_events.c.at, task_events.c.data, tasks.c.customer, tasks.c.day)
        .join(tasks, tasks.c.task_id == task_events.c.task_id)
        .where(tasks.c.kind == "recall", task_events.c.to_state == "refused")
        .order_by(task_events.c.seq),
    )
    said = [read_json(data) for data in refused["data"]]
    asked = [one.get("outcome") == "do_not_disturb" or asks_for_silence(str(one.get("reason", ""))) for one in said]
    whole = _customers_behind(workspace, refused[pd.Series(asked, index=refused.index, dtype=bool)])
    whole = whole.assign(channel="any", state=OUT, source="recall list")
    return whole[list(COLUMNS)]


def _customers_behind(workspace: Workspace, rows: pd.DataFrame) -> pd.DataFrame:
    """Rows with `day` and a shortened `customer` of the recall list of that day, the customer's whole key in place."""
    if rows.empty:
        return rows
    listed = read_frame(
        workspace.books,
        select(recall_arms.c.day, recall_arms.c.customer).where(recall_arms.c.day.in_(sorted(set(rows["day"])))),
    )
    listed = listed.assign(short=listed["customer"].str[:PSEUDONYM_LENGTH])
    found = rows.rename(columns={"customer": "short"}).merge(listed, on=["day", "short"], how="inner")
    return found.drop(columns="short")


def not_to_be_contacted(workspace: Workspace, kind: str, lines: Sequence[Line]) -> dict[str, str]:
    """Task id -> why its customer may not be contacted any more, as far as known by now."""
    if kind != "recall" or not lines:
        return {}
    learn_consents(workspace)
    asked = [(line.task_id, str(line.payload["customer"]), line.payload.get("channel")) for line in lines]
    return _why_not_by_channel(asked, consents_by_now(workspace), workspace.merchant.customers)


def _why_not_by_channel(
    asked: Sequence[tuple[str, str, str | None]], said: pd.DataFrame, settings: Customers
) -> dict[str, str]:
    """Task id -> why its customer may not be contacted by its channel, as far as `said` tells. asked: task id,
    shortened customer, channel (None on lists of before there were several)."""
    said = said.assign(customer=said["customer"].str[:PSEUDONYM_LENGTH])
    reasons: dict[str, str] = {}
    for channel in sorted({one[2] or settings.channels_of_contact[0].name for one in asked}):
        mine = {task: who for task, who, by in asked if (by or settings.channels_of_contact[0].name) == channel}
        why = why_not(set(mine.values()), said, channel, settings.consent_needed)
        reasons |= {task: why[who] for task, who in mine.items() if who in why}
    return reasons


def withdraw_recalls(
    workspace: Workspace, said: pd.DataFrame, now: datetime, ordered: Mapping[str, str] | None = None
) -> int:
    """Take back every open recall task, of whatever day, whose customer may not be contacted any more, or has ordered
    since its list; returns how many. said: `consents_by_now`; now: the merchant's clock. ordered: shortened customer ->
    day of the last order."""
    still_open = read_frame(
        workspace.books,
        select(tasks.c.task_id, tasks.c.customer, tasks.c.payload, tasks.c.day)
        .where(tasks.c.kind == "recall", tasks.c.state == "open")
        .order_by(tasks.c.task_id),
    )
    channels = [read_json(payload).get("channel") for payload in still_open["payload"]]
    asked = list(zip(still_open["task_id"], still_open["customer"], channels, strict=True))
    came_back = {
        task: "ordered"
        for task, who, day in zip(still_open["task_id"], still_open["customer"], still_open["day"], strict=True)
        if (ordered or {}).get(who, "") > day
    }
    reasons = came_back | _why_not_by_channel(asked, said, workspace.merchant.customers)
    if not reasons:
        return 0
    with workspace.books.begin() as connection:
        return len(withdraw(connection, reasons, now))


def quiet_until(workspace: Workspace, kind: str, channel: str, now: datetime) -> datetime | None:
    """When a recall list may go to a channel that contacts customers by itself; None: at once. now: the merchant's."""
    reaches = {one.name for one in workspace.merchant.channels if one.contacts_customers}
    if kind != "recall" or channel not in reaches:
        return None
    return end_of_quiet(now, workspace.merchant.customers.quiet_hours)
