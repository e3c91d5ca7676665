"""What a list of a day may know of earlier lists: only what the log says up to that day.

A list of day D sees people's acts of days up to D, and what the lists of days before D did. Acts of a later day, and
what the list of D itself did when it was first made, are hidden: so that making it again gives the same bytes.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Subquery, and_, func, or_, select

from include.calendar.business_days import day_after, parse_day
from include.settings.stock.replenishment import Replenishment
from include.tasks.acts import LONGEST_SNOOZE
from include.tasks.canonical_json import read_json
from include.tasks.drafts import Draft
from include.tasks.task_tables import BY_PEOPLE, task_events, tasks


@dataclass(frozen=True)
class Rules:
    """The merchant's judgements.

    refusal_days: a refused subject is not suggested again for so many days,
    refusal_change_per_mille: unless one of the kind's measures changed by more than this share of what was refused.
    expiry_days: an open task of a list older than this expires.
    """

    refusal_days: int
    refusal_change_per_mille: int
    expiry_days: int


def rules_of(settings: Replenishment) -> Rules:
    """What the merchant's YAML says."""
    return Rules(
        refusal_days=settings.refusal_days,
        refusal_change_per_mille=round(settings.refusal_change * 1000),
        expiry_days=settings.task_expiry_days,
    )


@dataclass(frozen=True)
class Refusal:
    """until: the first day whose list may ask again. is_snoozed: the person chose that day (稍后提醒)."""

    day: str
    reason: str
    measures: Mapping[str, int | None]
    until: str
    is_snoozed: bool = False


def visible_on(day: str) -> ColumnElement[bool]:
    """Events that the list of `day` may know of."""
    return or_(task_events.c.day < day, and_(task_events.c.day == day, BY_PEOPLE))


def open_since(connection: Connection, kind: str, day: str) -> dict[str, str]:
    """Subject -> since_day, of the tasks of earlier lists that were open as of `day`."""
    candidates = (
        select(tasks.c.task_id)
        .where(tasks.c.kind == kind, tasks.c.day < day)
        .where(or_(tasks.c.state == "open", tasks.c.changed_day >= day))
    )
    last = _last_visible(candidates, day)
    rows = connection.execute(
        select(tasks.c.subject, func.min(tasks.c.since_day).label("since_day"))
        .select_from(last)
        .join(task_events, task_events.c.seq == last.c.seq)
        .join(tasks, tasks.c.task_id == last.c.task_id)
        .where(task_events.c.to_state == "open")
        .group_by(tasks.c.subject)
    )
    return {row.subject: row.since_day for row in rows}


def refusals(connection: Connection, kind: str, day: str, rules: Rules) -> dict[str, Refusal]:
    """Subject -> its refusal, or its snooze, where that was the last thing people did about it as of `day` and still
    holds."""
    first = day_after(day, 1 - max(rules.refusal_days, LONGEST_SNOOZE))
    rows = connection.execute(
        select(tasks.c.subject, task_events.c.to_state, task_events.c.day, task_events.c.data)
        .join(tasks, tasks.c.task_id == task_events.c.task_id)
        .where(BY_PEOPLE, task_events.c.day >= first, task_events.c.day <= day, tasks.c.kind == kind)
        .order_by(task_events.c.seq)
    )
    last = {row.subject: row for row in rows}
    found = {}
    for subject, row in last.items():
        if row.to_state not in ("refused", "snoozed"):
            continue
        data, is_snoozed = read_json(row.data), row.to_state == "snoozed"
        until = data["until"] if is_snoozed else day_after(row.day, rules.refusal_days)
        if day < until:
            found[subject] = Refusal(row.day, data.get("reason", ""), data.get("measures", {}), until, is_snoozed)
    return found


def acted_since(connection: Connection, kind: str, day: str, rules: Rules) -> dict[str, str]:
    """Subject -> task of an earlier list that people answered after `day`: too late for this list to know of it, yet
    reason enough not to ask for the same again. A task answered before, and corrected since, is not one of these."""
    answered = ["accepted", "done", "refused", "snoozed"]
    since = (
        select(tasks.c.task_id)
        .where(tasks.c.kind == kind, tasks.c.day < day, tasks.c.day >= day_after(day, -rules.expiry_days))
        .where(tasks.c.state.in_(answered), tasks.c.changed_day > day)
    )
    last = _last_visible(since, day)
    known = (
        select(task_events.c.task_id)
        .join(last, last.c.seq == task_events.c.seq)
        .where(task_events.c.to_state.in_(answered))
    )
    rows = connection.execute(
        select(tasks.c.subject, tasks.c.task_id)
        .where(tasks.c.task_id.in_(since), tasks.c.task_id.not_in(known))
        .order_by(tasks.c.changed_seq)
    )
    return {row.subject: row.task_id for row in rows}


def hold_back(
    drafts: Iterable[Draft], refused: Mapping[str, Refusal], rules: Rules
) -> tuple[list[Draft], list[dict[str, Any]]]:
    """(drafts to suggest, what is held back and why), by the refusals of `refusals`."""
    kept: list[Draft] = []
    held: list[dict[str, Any]] = []
    for draft in drafts:
        refusal = refused.get(draft.subject)
        if refusal is None or _changed(refusal.measures, draft.payload, rules.refusal_change_per_mille):
            kept.append(draft)
        else:
            acted = "snoozed_day" if refusal.is_snoozed else "refused_day"
            held.append({"subject": draft.subject, acted: refusal.day, "until_day": refusal.until})
    return kept, sorted(held, key=lambda one: one["subject"])


def is_older_than(list_day: str, day: str, days: int) -> bool:
    return (parse_day(day) - parse_day(list_day)).days > days


def _last_visible(task_ids: Select[tuple[str]], day: str) -> Subquery:
    """task_id, seq: the last event of each of these tasks that the list of `day` may know of."""
    return (
        select(task_events.c.task_id, func.max(task_events.c.seq).label("seq"))
        .where(task_events.c.task_id.in_(task_ids), visible_on(day))
        .group_by(task_events.c.task_id)
        .subquery()
    )


def _changed(before: Mapping[str, int | None], now: Mapping[str, Any], per_mille: int) -> bool:
    names: Sequence[str] = sorted(before)
    for name in names:
        old, new = before[name], now.get(name)
        if (old is None) != (new is None):
            return True
        if old is not None and new is not None and abs(int(new) - old) * 1000 > per_mille * max(abs(old), 1):
            return True
    return False
