"""Whether a customer may be contacted, since when, and what they have said about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import pandas as pd
from sqlalchemy import Connection, select

from include.customers.consents import ANY, COLUMNS, OUT, asks_for_silence, consented, opted_out
from include.customers.recall.calls.call_outcomes import DO_NOT_DISTURB
from include.customers.store import EARLIEST
from include.privacy.pseudonyms import PSEUDONYM_LENGTH
from include.settings.people.customers import Customers
from include.tasks.canonical_json import read_json
from include.tasks.task_tables import tasks
from include.warehouse.tables import consents

Standing = Literal["agreed", "nothing_said", "refused", "not_agreed"]
"""not_agreed: nothing was said, and the merchant contacts nobody without consent."""
RECALL_LIST = "recall list"  # the source of what a clerk entered as the customer's wish


@dataclass(frozen=True)
class Statement:
    """What a customer said about a channel, or about any. state: in or out."""

    channel: str
    state: str
    at: str
    source: str


@dataclass(frozen=True)
class ContactRight:
    """since: the moment of the statement that decides; None where nothing was said, or from the start. said: newest
    first."""

    standing: Standing
    since: str | None
    said: Sequence[Statement]

    @property
    def is_allowed(self) -> bool:
        return self.standing in ("agreed", "nothing_said")


def contact_right(
    connection: Connection, customers: Sequence[str], shorts: Sequence[str], channel: str, rules: Customers
) -> ContactRight:
    """By what is known now, answers of today among it: who asked for silence ten minutes ago is not called.

    customers: all pseudonyms of one person; shorts: the same as lists show them. channel: by which they would be
    contacted.
    """
    c = consents.c
    query = select(c.channel, c.state, c.at, c.source).where(c.customer.in_(customers))
    said = {Statement(row.channel, row.state, row.at, row.source) for row in connection.execute(query)}
    said |= {Statement(ANY, OUT, at, RECALL_LIST) for at in _asked_for_silence(connection, shorts)}
    newest_first = sorted(said, key=lambda one: (one.at, one.state, one.channel, one.source), reverse=True)
    deciding = next((one for one in newest_first if one.channel in (ANY, channel)), None)
    # One person: what one of their customers said holds for all.
    frame = pd.DataFrame(
        [("person", one.channel, one.state, one.at, one.source) for one in newest_first], columns=list(COLUMNS)
    )
    standing: Standing
    if opted_out(frame, channel):
        standing = "refused"
    elif consented(frame, channel):
        standing = "agreed"
    else:
        standing = "not_agreed" if rules.consent_needed else "nothing_said"
    since = None if deciding is None or deciding.at == EARLIEST else deciding.at
    return ContactRight(standing, since, newest_first)


def _asked_for_silence(connection: Connection, shorts: Sequence[str]) -> list[str]:
    """When a clerk entered on a recall list that the customer wants no contact, of answers that still stand."""
    refused = select(tasks.c.changed_at, tasks.c.answer).where(
        tasks.c.kind == "recall", tasks.c.subject.in_(shorts), tasks.c.state == "refused"
    )
    answers = [(row.changed_at, read_json(row.answer)) for row in connection.execute(refused)]
    return [
        at
        for at, said in answers
        if said.get("outcome") == DO_NOT_DISTURB or asks_for_silence(str(said.get("reason", "")))
    ]


def shorts_of(customers: Sequence[str]) -> list[str]:
    return [one[:PSEUDONYM_LENGTH] for one in customers]
