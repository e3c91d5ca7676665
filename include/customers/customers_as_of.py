"""What the books say of customers as of a day's close: the one value that a recall run rests on, read once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import pandas as pd
from sqlalchemy import and_, func, or_, select

from include.calendar.business_days import day_after
from include.customers.churn.horizons import horizons_of
from include.customers.history import Book, OrderHistory, book_as_of
from include.customers.known_customers import known_customers
from include.customers.profile_store import profiles_as_of
from include.customers.recall.calls.call_outcomes import DO_NOT_DISTURB, NOT_REACHED, calls_until
from include.customers.store import (
    all_consents,
    consents_until,
    customer_orders,
    history_of,
    recall_arms_before,
    with_their_persons,
)
from include.people.identity import BUYER, Persons
from include.people.identity_store import persons_of_days
from include.privacy.contact_keys import PHONE
from include.privacy.pseudonyms import PSEUDONYM_LENGTH
from include.settings.people.customers import Customers
from include.tasks.canonical_json import read_json
from include.tasks.task_tables import task_events, tasks
from include.warehouse.books import read_frame
from include.warehouse.tables import churn_scores, experiment_arms, exports, identity_keys, orders
from include.warehouse.tellings import told_at_all
from include.warehouse.workspace import Workspace


@dataclass(frozen=True)
class CustomersAsOf:
    """Everything as the list of `day` may know it; customers are the persons of the day.

    persons: who of several customers is one person. known: `known_customers`, the share of each shop's orders that have
    a customer. history: every person's orders. profiles_before: PROFILE_COLUMNS as of the day before. consents: what
    was said about being contacted. consents_by_now: the same with what is known by now, under each name of a person.
    arms: rows of the table `recall_arms` of every list before. calls: what came of earlier lines (`calls_until`).
    reached: customer, day of every recall task that reached somebody. trials: rows of `experiment_arms` of every list
    before. matured_scores: rows of `churn_scores` whose horizon ends with the day. own_phones: customers whose own
    number an export told, of shops that keep contacts. numbers_until: by (shop, order_id), until when the number shown
    with an order is valid, the latest that was told; orders of which nothing was told are not in it.
    """

    day: str
    persons: Persons
    known: pd.DataFrame
    history: OrderHistory
    profiles_before: pd.DataFrame
    consents: pd.DataFrame
    consents_by_now: pd.DataFrame
    arms: pd.DataFrame
    calls: pd.DataFrame
    reached: pd.DataFrame
    trials: pd.DataFrame
    matured_scores: pd.DataFrame
    own_phones: frozenset[str]
    numbers_until: pd.Series

    @cached_property
    def book(self) -> Book:
        return book_as_of(self.history, self.day)


def customers_as_of(workspace: Workspace, day: str) -> CustomersAsOf:
    """Read everything that the recall list of `day` rests on."""
    rules, before = workspace.merchant.customers, day_after(day, -1)
    persons, persons_before, persons_by_now = persons_of_days(workspace, [day, before, None])
    bought, said = customer_orders(workspace, day), all_consents(workspace)
    history = history_of(bought, persons, day, workspace.calendar)
    arms = recall_arms_before(workspace, day)
    return CustomersAsOf(
        day=day,
        persons=persons,
        known=known_customers(workspace, day, bought),
        history=history,
        profiles_before=profiles_as_of(workspace, before, persons_before),
        consents=consents_until(said, day, persons),
        consents_by_now=with_their_persons(said, persons_by_now),
        arms=arms.assign(customer=persons.of(arms["customer"])),
        calls=calls_until(workspace, day, arms, persons),
        reached=_reached(workspace, day, history, persons),
        trials=_trials(workspace, day, persons),
        matured_scores=_matured_scores(workspace, day, rules, persons),
        own_phones=_own_phones(workspace, day, persons),
        numbers_until=_numbers_until(workspace, day),
    )


def _trials(workspace: Workspace, day: str, persons: Persons) -> pd.DataFrame:
    c = experiment_arms.c
    ran = read_frame(workspace.books, select(experiment_arms).where(c.day < day).order_by(c.day, c.customer))
    return ran.assign(customer=persons.of(ran["customer"]))


def _matured_scores(workspace: Workspace, day: str, rules: Customers, persons: Persons) -> pd.DataFrame:
    c = churn_scores.c
    matured = [and_(c.day == day_after(day, -days), c.horizon_days == days) for days in horizons_of(rules).lengths]
    told = read_frame(workspace.books, select(churn_scores).where(or_(*matured)).order_by(c.day, c.customer))
    return told.assign(customer=persons.of(told["customer"]))


def _reached(workspace: Workspace, day: str, history: OrderHistory, persons: Persons) -> pd.DataFrame:
    """A call that nobody answered, or whose number was nobody's, and a message that could not be delivered reached
    none; who wanted no more contact was reached."""
    statement = (
        select(tasks.c.customer.label("short"), task_events.c.day, task_events.c.to_state, task_events.c.data)
        .join(tasks, tasks.c.task_id == task_events.c.task_id)
        .where(tasks.c.kind == "recall", task_events.c.to_state.in_(["done", "refused"]), task_events.c.day <= day)
        .order_by(task_events.c.seq)
    )
    done = read_frame(workspace.books, statement)
    outcome = pd.Series([read_json(data).get("outcome") for data in done["data"]], index=done.index, dtype="object")
    reached = (done["to_state"] == "done") & ~outcome.isin(NOT_REACHED) | (outcome == DO_NOT_DISTURB)
    done = done.loc[reached, ["short", "day"]]
    if done.empty:
        return pd.DataFrame({"customer": pd.Series(dtype="str"), "day": pd.Series(dtype="str")})
    # Who was called before they were joined to another is that person now, and no longer a name of the history.
    names = pd.concat(
        [pd.Series(history.customers.astype(str), dtype="str"), persons.links["customer"]]
    ).drop_duplicates()
    names = names[names.str[:PSEUDONYM_LENGTH].isin(set(done["short"]))]
    whole = pd.DataFrame({"customer": persons.of(names), "short": names.str[:PSEUDONYM_LENGTH]})
    return done.merge(whole, on="short", how="inner")[["customer", "day"]]


def _own_phones(workspace: Workspace, day: str, persons: Persons) -> frozenset[str]:
    """By the keys, which know their day: the vault knows the newest only."""
    k, e = identity_keys.c, exports.c
    keepers = [shop.name for shop in workspace.merchant.shops if shop.keep_contacts]
    held = read_frame(
        workspace.books,
        select(k.customer)
        .join(exports, e.export_id == k.export_id)
        .where(k.kind == PHONE, k.whose == BUYER, e.day <= day, e.state == "published", e.shop.in_(keepers))
        .distinct(),
    )["customer"]
    return frozenset({*held, *persons.of(held)})


def _numbers_until(workspace: Workspace, day: str) -> pd.Series:
    c = orders.c
    known = (exports.c.state == "published", exports.c.day <= day, c.contact_until.is_not(None))
    said = told_at_all(orders, [c.shop, c.order_id, c.contact_until], *known).subquery().c
    latest = select(said.shop, said.order_id, func.max(said.contact_until).label("until"))
    found = read_frame(workspace.books, latest.group_by(said.shop, said.order_id))
    return found.set_index(["shop", "order_id"])["until"]
