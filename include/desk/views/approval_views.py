"""What waits for a second person: held lists, held lines and purchase orders, with why and for how much."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from include.desk.answering import visible_rows
from include.desk.rights import Person
from include.tasks.by_hand.purchase_drafts import PurchaseDraft, drafts_of
from include.tasks.holds.approvals import decided_lately, makers_of, waiting_holds
from include.tasks.holds.held_rows import Hold
from include.tasks.kinds import kind_of

MAX_DECIDED = 30  # decisions that the page shows, the newest


@dataclass(frozen=True)
class HoldRow:
    """title: of the product. about: what the line is about, or which list. is_own: the person changed the line, and
    does not decide about it."""

    hold: Hold
    title: str
    about: str
    is_own: bool = False


def waiting_count(connection: Connection, person: Person) -> int:
    return len(_seen(connection, person, waiting_holds(connection))) + len(waiting_drafts(connection, person))


def waiting_rows(connection: Connection, person: Person, language: str) -> list[HoldRow]:
    """What an approver sees of what is held, lists first."""
    holds = _seen(connection, person, waiting_holds(connection))
    makers = makers_of(connection, holds)
    rows = visible_rows(connection, {one.task_id for one in holds if one.task_id}, person)
    found = []
    for one in holds:
        row = rows.get(one.task_id or "")
        is_own = person.name in makers.get(one.task_id or "", ())
        found.append(HoldRow(one, (row.title if row else None) or "", _about(one, language), is_own))
    return found


def decided_rows(connection: Connection, person: Person, language: str) -> list[HoldRow]:
    """What was decided lately, newest first."""
    seen = _seen(connection, person, decided_lately(connection, MAX_DECIDED))
    return [HoldRow(one, "", _about(one, language)) for one in seen]


def waiting_drafts(connection: Connection, person: Person) -> list[PurchaseDraft]:
    """Purchase orders that wait, of which the person sees every line."""
    drafts = drafts_of(connection, None, "waiting")
    wanted = {line.task_id for one in drafts for line in one.lines}
    seen = visible_rows(connection, wanted, person) if wanted else {}
    return [one for one in drafts if all(line.task_id in seen for line in one.lines)]


def _seen(connection: Connection, person: Person, holds: Sequence[Hold]) -> list[Hold]:
    """Those of lines within the person's part of the merchant; of whole lists, if they see all of it."""
    scope = person.scope
    sees_all = not (scope.warehouses or scope.categories)
    lines = {one.task_id for one in holds if one.task_id}
    rows = visible_rows(connection, lines, person) if lines else {}
    return [one for one in holds if (one.task_id in rows if one.task_id else sees_all and person.may_see(one.kind))]


def _about(hold: Hold, language: str) -> str:
    if hold.is_list:
        return f"{kind_of(hold.kind).called(language)} {hold.day}"
    return " ".join(part.replace("%2F", "/") for part in hold.subject.split("/"))
