"""Releasing and rejecting what is held: an event of the desk's log each, by somebody who did not change the line.

A release holds as a refusal does: a later list does not hold the same subject again for `refusal_days`, unless it broke
another guard or grew by more than `refusal_change`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection, and_, func, or_, select, update

from include.calendar.business_days import day_after
from include.settings.saying import BilingualError
from include.tasks.acts import Act, act_all, tasks_by_id
from include.tasks.answers.answers import refusal_told
from include.tasks.by_hand.desk_log import Doing, note_doings
from include.tasks.by_hand.overrides import all_overrides
from include.tasks.canonical_json import read_json
from include.tasks.channels.outbox import free_held, supersede_held
from include.tasks.holds.held_rows import STANDS, WHOLE, Hold, Verdict, hold_of, read_holds
from include.tasks.holds.hold import Reason, as_kept
from include.tasks.memory import Rules
from include.tasks.moments import moment
from include.tasks.privacy import masked
from include.tasks.task_events import DESK_LOG, lock_log
from include.tasks.task_tables import approvals, task_lists, tasks
from include.words.texts import LANGUAGES

ABOUT = "approval"
LONGEST_WHY = 200  # letters


class HoldError(BilingualError):
    """What cannot be released or rejected."""


def waiting_holds(connection: Connection) -> list[Hold]:
    """What a second person has to look at: of the newest lists, those that are held, and lines that nobody has
    answered; lists first, then by money."""
    c, same = approvals.c, task_lists.alias()
    newest = select(func.max(same.c.day)).where(same.c.kind == c.kind).scalar_subquery()
    asked = select(tasks.c.task_id).where(tasks.c.task_id == c.task_id, tasks.c.state.in_(["open", "snoozed"])).exists()
    waits = or_(and_(c.subject == WHOLE, c.verdict == ""), and_(c.subject != WHOLE, asked))
    found = read_holds(connection, STANDS, c.verdict != "released", c.day == newest, waits)
    return sorted(found, key=lambda one: (not one.is_list, -one.money_micros, one.kind, one.subject))


def makers_of(connection: Connection, holds: list[Hold]) -> Mapping[str, frozenset[str]]:
    """Task -> who set an override that its line heeds: they changed it, and do not release it."""
    rows = tasks_by_id(connection, [one.task_id for one in holds if one.task_id])
    codes = {task: set(read_json(row.payload).get("overrides") or ()) for task, row in rows.items()}
    if not any(codes.values()):
        return {}
    made_by = {one.code: one.made_by for one in all_overrides(connection)}
    return {task: frozenset(made_by[code] for code in own if code in made_by) for task, own in codes.items()}


def release(connection: Connection, hold: Hold, reason: str, who: str, at: datetime, day: str) -> None:
    """Let a line be ordered, or a list go out. day: the business day whose list is the first to know of it.

    Raises HoldError if it no longer waits as its reader saw it, or if they have changed it themselves."""
    lock_log(connection)
    _require_waiting(connection, hold)
    if hold.task_id and who in makers_of(connection, [hold]).get(hold.task_id, ()):
        raise HoldError.named("error.hold.own")
    _decide(connection, hold, "released", _clean(reason), who, at, day)
    if hold.is_list:
        free_held(connection, hold.kind, hold.day)


def reject(connection: Connection, hold: Hold, reason: str, who: str, at: datetime, day: str) -> None:
    """Say that it is not to be. A line is refused, with the reason; a list goes out to nobody, and none of its lines
    can be ordered. Raises HoldError if it no longer waits, or no reason is given."""
    lock_log(connection)
    _require_waiting(connection, hold)
    why = _clean(reason)
    if not why:
        raise HoldError.named("error.hold.no_reason")
    _decide(connection, hold, "rejected", why, who, at, day)
    if hold.task_id is None:
        supersede_held(connection, hold.kind, hold.day)
        return
    for task, refusal in act_all(connection, [Act(hold.task_id, "refused", {"reason": why})], who, at).refused.items():
        row = tasks_by_id(connection, [task]).get(task)
        told = tuple(refusal_told(refusal, row, language) for language in LANGUAGES)
        raise HoldError.named("error.hold.refused", why=told)


def hold_named(connection: Connection, name: str) -> Hold:
    """What waits by this name: a task, or KIND/DAY of a whole list. Raises HoldError."""
    found = [one for one in waiting_holds(connection) if name in (one.task_id, f"{one.kind}/{one.day}")]
    if not found:
        raise HoldError.named("error.hold.none", name=name)
    return next((one for one in found if one.is_list == ("/" in name)), found[0])


def _require_waiting(connection: Connection, hold: Hold) -> None:
    if all(one != hold for one in waiting_holds(connection)):
        raise HoldError.named("error.hold.changed")


def _decide(connection: Connection, hold: Hold, verdict: Verdict, why: str, who: str, at: datetime, day: str) -> None:
    lock_log(connection, DESK_LOG)
    said = {name: getattr(hold, name) for name in ("kind", "day", "fingerprint", "quantity", "money_micros")}
    said |= {"held": as_kept(hold.reasons), "reason": why}
    note_doings(connection, [Doing(verdict, ABOUT, hold.task_id or f"{hold.kind}/{hold.day}", said)], who, at, day)
    decided = replace(hold, verdict=verdict, decided_by=who, decided_day=day, why=why)
    values = {name: getattr(decided, name) for name in ("verdict", "decided_by", "decided_day", "why")}
    connection.execute(update(approvals).where(hold.is_key).values(decided_at=moment(at), **values))


def _clean(reason: str) -> str:
    return masked(reason.replace("\x00", "").strip())[:LONGEST_WHY]


@dataclass(frozen=True)
class Release:
    """What was released of a subject: so many units, although these guards were broken."""

    guards: frozenset[str]
    max_units: int

    def covers(self, reasons: tuple[Reason, ...], quantity: int) -> bool:
        return {one.guard for one in reasons} <= self.guards and quantity <= self.max_units


def releases_known(connection: Connection, kind: str, day: str, rules: Rules) -> dict[str, Release]:
    """Subject -> the newest release of a line of an earlier list that the list of `day` knows of and that still
    holds."""
    c = approvals.c
    rows = connection.execute(
        select(approvals)
        .where(c.kind == kind, c.day < day, c.subject != WHOLE, c.verdict == "released")
        .where(and_(c.decided_day <= day, c.decided_day > day_after(day, -rules.refusal_days)))
        .order_by(c.day, c.decided_at, c.fingerprint)
    )
    found = {}
    for one in map(hold_of, rows):
        most = one.quantity + one.quantity * rules.refusal_change_per_mille // 1000
        found[one.subject] = Release(frozenset(reason.guard for reason in one.reasons), most)
    return found


def decided_lately(connection: Connection, most: int) -> list[Hold]:
    """The newest decisions."""
    query = select(approvals).where(approvals.c.verdict != "")
    return [hold_of(row) for row in connection.execute(query.order_by(approvals.c.decided_at.desc()).limit(most))]
