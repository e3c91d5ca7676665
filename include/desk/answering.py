"""Entering what people do on the desk: the same acts, doubts and refusals as a handed-back sheet has.

A page says which event of each line it showed. If somebody, or a new list, has changed a line since, nothing is entered
for it: what its reader saw is no longer so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Row, select

from include.desk.choosing import in_scope
from include.desk.page import Page
from include.desk.rights import Person
from include.tasks.acts import Act, act_all, tasks_by_id, undo
from include.tasks.answers.answers import refusal_told
from include.tasks.answers.plausibility import Spending, doubts_about
from include.tasks.by_hand.purchase_drafts import KIND, orders_of
from include.tasks.canonical_json import read_json
from include.tasks.kind import State
from include.tasks.kinds import kind_of
from include.tasks.task_events import lock_log
from include.tasks.task_tables import MACHINE, tasks
from include.words.texts import Language, say

_LINE = re.compile(r"([a-z0-9]{1,32}):(\d{1,18})")
MAX_LINES = 1_000  # answered at once


@dataclass(frozen=True)
class Said:
    """One line of a page that is answered. seq: of the newest event that the page showed."""

    task_id: str
    seq: int

    @classmethod
    def read(cls, text: str) -> Said | None:
        found = _LINE.fullmatch(text)
        return None if found is None else cls(found[1], int(found[2]))


@dataclass
class Entered:
    """changed: ids of lines that were changed; unchanged: that already stood so. refused: id -> why not, in words.
    asked: id -> what has to be confirmed first, in words."""

    changed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    asked: dict[str, str] = field(default_factory=dict)


def enter(
    connection: Connection,
    page: Page,
    said: Sequence[Said],
    to_state: State,
    data: Mapping[str, Any],
    *,
    is_confirmed: bool,
) -> Entered:
    """One act on each of these lines, entered for those of which nothing is doubted, else asked about."""
    lock_log(connection)
    entered, acts = Entered(), []
    rows = _checked(connection, page, said, entered)
    spending, times = Spending(connection), page.workspace.merchant.hand_back.doubtful_times
    for task_id, row in rows.items():
        own = {**data}
        if not kind_of(row.kind).counted:
            own.pop("quantity", None)
        act = Act(task_id, to_state, own)
        # No quantity is the suggested one, which is held against the budget too.
        doubts = () if is_confirmed else doubts_about(row, act, page.person.name, times, spending)
        if doubts:
            entered.asked[task_id] = " ".join(doubt.asked(page.language) for doubt in doubts)
            continue
        spending.add(row, act)
        acts.append(act)
    acted = act_all(connection, acts, page.person.name, page.now)
    entered.changed, entered.unchanged = list(acted.changed), list(acted.unchanged)
    entered.refused |= {one: refusal_told(error, rows[one], page.language) for one, error in acted.refused.items()}
    return entered


def take_back(connection: Connection, page: Page, said: Sequence[Said]) -> Entered:
    """Undo the last act on each of these lines; of what stands in a purchase order, its page must decide."""
    lock_log(connection)
    entered = Entered()
    rows = _checked(connection, page, said, entered)
    for task_id, number in orders_of(connection, (one for one, row in rows.items() if row.kind == KIND)).items():
        del rows[task_id]
        entered.refused[task_id] = say(page.language, "desk.error.in_purchase", number=number)
    acted = undo(connection, list(rows), page.person.name, page.now)
    entered.changed = list(acted.changed)
    entered.refused |= {one: refusal_told(error, rows[one], page.language) for one, error in acted.refused.items()}
    return entered


def visible_rows(connection: Connection, ids: Iterable[str], person: Person) -> dict[str, Row[Any]]:
    """Id -> row, of the tasks that the person may see."""
    found = tasks_by_id(connection, ids)
    seen: dict[str, Row[Any]] = {}
    for kind in {row.kind for row in found.values()}:
        if person.may_see(kind):
            own = [one for one, row in found.items() if row.kind == kind]
            for start in range(0, len(own), 500):
                within = select(tasks.c.task_id).where(
                    tasks.c.task_id.in_(own[start : start + 500]), in_scope(person.scope, kind)
                )
                seen |= {one: found[one] for one in connection.scalars(within)}
    return seen


def _checked(connection: Connection, page: Page, said: Sequence[Said], entered: Entered) -> dict[str, Row[Any]]:
    """The lines that may be acted on, in the order of the page; of the others it is told why not."""
    found, rows = visible_rows(connection, {one.task_id for one in said}, page.person), {}
    for one in said:
        row = found.get(one.task_id)
        if row is None:
            entered.refused[one.task_id] = say(page.language, "answer.refused.no_task")
        elif not page.person.may_answer(row.kind):
            entered.refused[one.task_id] = say(page.language, "desk.error.may_not_answer")
        elif row.changed_seq != one.seq:
            entered.refused[one.task_id] = say(page.language, "desk.error.changed_since", who=_who(row, page.language))
        else:
            rows[one.task_id] = row
    return rows


def _who(row: Row[Any], language: Language) -> str:
    return say(language, "task.machine") if row.changed_by == MACHINE else str(row.changed_by)


def quantity_of(row: Row[Any]) -> int | None:
    """What a line says now: as answered, else as suggested."""
    said = read_json(row.answer).get("quantity") if row.state in ("accepted", "done") else None
    suggested = read_json(row.payload).get("quantity")
    return said if isinstance(said, int) else suggested if isinstance(suggested, int) else None
