"""All that a clerk needs of one call, on one screen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, select

from include.desk.choosing import Choice, Place, in_scope, may_see_line, place_among_open
from include.desk.crm.contact_right import ContactRight, contact_right, shorts_of
from include.desk.crm.whose import customers_behind, newest_closed_day
from include.desk.page import Page
from include.tasks.canonical_json import read_json
from include.tasks.kind import Outcome, state_word
from include.tasks.kinds import kind_of
from include.tasks.task_tables import tasks
from include.words.texts import LANGUAGES

CONTACTS_TOLD = 3


@dataclass(frozen=True)
class Contact:
    """What came of an earlier line of the same customer."""

    task_id: str
    day: str
    at: str
    who: str
    state: str
    outcome: str
    note: str


@dataclass(frozen=True)
class CallCard:
    """texts: the payload's texts in the person's language, by their names without it. outcomes: of this way of contact,
    in the order of their keys 1, 2, ... has_page: whether the books hold more of the customer than this line."""

    texts: Mapping[str, Any]
    outcomes: Sequence[Outcome]
    right: ContactRight
    earlier: Sequence[Contact]
    place: Place
    choice: Choice
    has_page: bool


def call_card(connection: Connection, page: Page, row: Row[Any], choice: Choice) -> CallCard:
    """row: of `tasks`, a recall line that the person may see."""
    kind, payload, rules = kind_of(row.kind), read_json(row.payload), page.workspace.merchant.customers
    customers = customers_behind(connection, row.subject, newest_closed_day(connection) or row.day)
    channel = str(payload.get("channel") or rules.channels_of_contact[0].name)
    shorts = sorted({row.subject, *shorts_of(customers)})
    return CallCard(
        texts=_in_language(payload, page.language),
        outcomes=kind.outcomes_by(payload.get("way")),
        right=contact_right(connection, customers, shorts, channel, rules),
        earlier=contacts_of(connection, page, shorts, but=row.task_id)[:CONTACTS_TOLD],
        place=place_among_open(connection, kind, choice, page.person, row.task_id),
        choice=choice,
        has_page=bool(customers),
    )


def contacts_of(connection: Connection, page: Page, shorts: Sequence[str], but: str = "") -> list[Contact]:
    """What people did with the recall lines of a person, newest first, as far as `page.person` may see them."""
    kind = kind_of("recall")
    query = select(tasks).where(
        tasks.c.kind == "recall",
        tasks.c.subject.in_(shorts),
        tasks.c.task_id != but,
        tasks.c.state.in_(["accepted", "done", "refused"]),
        in_scope(page.person.scope, "recall"),
    )
    found = []
    for row in connection.execute(query.order_by(tasks.c.changed_at.desc(), tasks.c.task_id)):
        said = read_json(row.answer)
        outcome = said.get("outcome")
        word = kind.outcome_word(page.language, str(outcome)) if outcome else ""
        note = str(said.get("note") or said.get("reason") or "")
        found.append(Contact(row.task_id, row.day, row.changed_at, row.changed_by, row.state, word, note))
    return found


def _in_language(payload: Mapping[str, Any], language: str) -> dict[str, Any]:
    texts = {name: value for name, value in payload.items() if not name.endswith(tuple(f"_{one}" for one in LANGUAGES))}
    ours = f"_{language}"
    return texts | {name.removesuffix(ours): value for name, value in payload.items() if name.endswith(ours)}


def call_values(connection: Connection, page: Page, row: Row[Any]) -> dict[str, Any]:
    """What the page of a call shows besides its line: `call`, and `entered`, the line that was answered before it, if
    the address names one that this person answered."""
    asked = page.request.query_params
    choice = Choice.read(asked.multi_items())
    before = may_see_line(connection, page.person, asked.get("after", ""))
    is_mine = before is not None and before.kind == "recall" and before.changed_by == page.person.name
    return {
        "call": call_card(connection, page, row, choice),
        "entered": _entered(before, page) if before is not None and is_mine and before.state != "open" else None,
    }


@dataclass(frozen=True)
class Answered:
    """An answer that was just entered, which can be taken back. word: its outcome or state."""

    task_id: str
    seq: int
    customer: str
    word: str


def _entered(row: Row[Any], page: Page) -> Answered:
    outcome = read_json(row.answer).get("outcome")
    kind = kind_of(row.kind)
    word = kind.outcome_word(page.language, str(outcome)) if outcome else state_word(page.language, row.state)
    return Answered(row.task_id, row.changed_seq, row.subject, word)
