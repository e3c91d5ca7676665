"""What people do with tasks: accept, do, refuse, take back. Checked against the allowed transitions, then logged."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select, update

from include.calendar.business_days import day_after, parse_day
from include.settings.saying import BilingualError
from include.tasks.canonical_json import canonical_json, read_json
from include.tasks.holds.held_rows import Holds
from include.tasks.kind import Kind, Outcome, State
from include.tasks.kinds import kind_of
from include.tasks.moments import moment
from include.tasks.persons import is_person
from include.tasks.privacy import masked
from include.tasks.task_events import Change, append, lock_log
from include.tasks.task_tables import MACHINE, first_day_to_know, newest_list_day, task_events, tasks
from include.words.texts import in_each

# What a person may do, by the state the task is in. Staying in a state with other data is a correction.
BY_PERSON: Mapping[str, frozenset[str]] = {
    "open": frozenset({"accepted", "done", "refused", "snoozed"}),
    "accepted": frozenset({"accepted", "done", "refused", "open"}),
    "done": frozenset({"done", "refused"}),
    "refused": frozenset({"refused", "accepted", "done", "open"}),
    "snoozed": frozenset({"snoozed", "accepted", "done", "refused", "open"}),
    "expired": frozenset({"accepted", "done", "refused"}),
    "withdrawn": frozenset({"accepted", "done"}),
}
# What publishing a list may do. Nothing in it leaves a state that a person chose.
BY_LIST: Mapping[str, frozenset[str]] = {
    "": frozenset({"open"}),
    "open": frozenset({"open", "withdrawn", "expired"}),
    "withdrawn": frozenset({"open"}),
}
UNDONE = "undone"  # in an event's data: the seq of the event that it takes back
LONGEST_SNOOZE = 90  # days; what can wait longer is refused
LONGEST_TEXT = 500  # letters of a note that are kept
MAX_UNITS = 10_000_000  # more is a slip of the hand, whoever writes it; it keeps sums far from overflowing


class ActError(ValueError):
    """An act that cannot be: unknown task, impossible transition, unreadable data. `place` is the field at fault;
    `code` and `facts` let a reader say it in another language."""

    def __init__(self, message: str, place: str = "state", code: str = "", **facts: Any) -> None:
        super().__init__(message)
        self.place, self.code, self.facts = place, code, facts


@dataclass(frozen=True)
class Act:
    """data: quantity (whole units), expected_day (when goods arrive), outcome (a code of the kind's), reason (needed to
    refuse), until (the day on which a snoozed line may be asked for again), note. way: of contact of the line that was
    answered, where a later list may say another than the task's."""

    task_id: str
    to_state: State
    data: Mapping[str, Any] = field(default_factory=dict)
    way: str | None = None


@dataclass(frozen=True)
class Acted:
    """changed: acts that made an event; unchanged: the task already said so; refused: act -> why not."""

    changed: tuple[str, ...]
    unchanged: tuple[str, ...]
    refused: Mapping[str, ActError]


def act_all(connection: Connection, acts: Sequence[Act], who: str, at: datetime, day: str | None = None) -> Acted:
    """Many acts of one person at once; one that cannot be does not stop the others.

    day: the business day of the acts, by default that of `at`. It is never a day whose list is already out: what is
    done after a list was made must not change that list when it is made again.
    """
    if not is_person(who):
        raise BilingualError.named("error.no_person", who=who)
    lock_log(connection)
    found = tasks_by_id(connection, {one.task_id for one in acts})
    holds = Holds(connection, found.values())
    days = {kind: _day_of_act(connection, kind, at, day) for kind in {row.kind for row in found.values()}}
    changes: dict[str, list[tuple[Change, str]]] = {}
    unchanged, refused, seen = [], {}, set()
    for one in acts:
        try:
            if one.task_id in seen:
                raise ActError(f"task {one.task_id} stands twice: expected one act a task", "task_id")
            seen.add(one.task_id)
            row = found.get(one.task_id)
            if row is None:
                raise ActError(f"there is no task {one.task_id!r}", "task_id", "no_task")
            data = _checked(connection, row, one, days[row.kind], holds)
        except ActError as refusal:
            refused[one.task_id] = refusal
            continue
        if row.state == one.to_state and read_json(row.answer) == data:
            unchanged.append(one.task_id)
            continue
        change = Change(one.task_id, row.state, one.to_state, data)
        changes.setdefault(days[row.kind], []).append((change, canonical_json(data)))
    for act_day in sorted(changes):
        _write(connection, changes[act_day], at, act_day, who)
    changed = tuple(change.task_id for group in changes.values() for change, _ in group)
    return Acted(changed, tuple(unchanged), refused)


def withdraw(connection: Connection, reasons: Mapping[str, str], at: datetime) -> tuple[str, ...]:
    """Take back tasks that may no longer be done; reasons: task id -> why. Only open ones are: what a person has chosen
    is left alone. Returns the ids that were taken back."""
    lock_log(connection)
    found = [row for row in tasks_by_id(connection, reasons).values() if row.state == "open"]
    by_day: dict[str, list[tuple[Change, str]]] = {}
    for row in sorted(found, key=lambda one: one.task_id):
        data = {"reason": reasons[row.task_id]}
        change = Change(row.task_id, row.state, "withdrawn", data)
        by_day.setdefault(row.day, []).append((change, canonical_json(data)))
    for day in sorted(by_day):
        _write(connection, by_day[day], at, day, MACHINE)
    return tuple(change.task_id for group in by_day.values() for change, _ in group)


def carried_on(connection: Connection, task_id: str) -> str:
    """The task that this one has become: follows `carried_on_to` from list to list, to itself where it was not."""
    while True:
        row = connection.execute(select(tasks.c.state, tasks.c.answer).where(tasks.c.task_id == task_id)).one_or_none()
        following = read_json(row.answer).get("carried_on_to") if row and row.state == "withdrawn" else None
        if following is None:
            return task_id
        task_id = following


def tasks_by_id(connection: Connection, ids: Iterable[str]) -> dict[str, Row[Any]]:
    """The rows of `tasks` of those ids that there are."""
    wanted, found = sorted(ids), {}
    for start in range(0, len(wanted), 500):
        query = select(tasks).where(tasks.c.task_id.in_(wanted[start : start + 500]))
        found.update({row.task_id: row for row in connection.execute(query)})
    return found


def _day_of_act(connection: Connection, kind: str, at: datetime, day: str | None) -> str:
    if day is None:
        return first_day_to_know(connection, at, kind)
    parse_day(day)
    newest = newest_list_day(connection, kind)
    if newest and day <= newest:
        raise BilingualError.named("error.list_is_out", newest=newest, kind=in_each(f"{kind}.name"), day=day)
    return day


def undo(connection: Connection, task_ids: Sequence[str], who: str, at: datetime) -> Acted:
    """Take back the last thing that this person did to each task: it stands as it stood before, and the log keeps both.

    Only the task's newest event can be taken back, by whom it was, and before a newer list of its kind is out: that
    one counted on it.
    """
    if not is_person(who):
        raise BilingualError.named("error.no_person", who=who)
    lock_log(connection)
    found = tasks_by_id(connection, task_ids)
    changes: dict[str, list[tuple[Change, str]]] = {}
    refused: dict[str, ActError] = {}
    for one in dict.fromkeys(task_ids):
        try:
            row = found.get(one)
            if row is None:
                raise ActError(f"there is no task {one!r}", "task_id", "no_task")
            change, day = _undoing(connection, row, who)
        except ActError as refusal:
            refused[one] = refusal
            continue
        answer = {name: value for name, value in change.data.items() if name != UNDONE}
        changes.setdefault(day, []).append((change, canonical_json(answer)))
    for act_day in sorted(changes):
        _write(connection, changes[act_day], at, act_day, who)
    return Acted(tuple(change.task_id for group in changes.values() for change, _ in group), (), refused)


def _undoing(connection: Connection, row: Row[Any], who: str) -> tuple[Change, str]:
    """The change that takes the task's newest event back, and the business day it counts for."""
    last, before = _last_two(connection, row.task_id)
    if last.who != who:
        raise ActError(f"task {row.task_id}: its last change was {last.who}'s", code="undo_other", who=last.who)
    newest = newest_list_day(connection, row.kind)
    if before is None or (newest is not None and last.day <= newest):
        raise ActError(f"task {row.task_id}: a newer list has counted on it", code="undo_late")
    if last.from_state == "open":
        _alone(connection, row)
    said = {} if last.from_state == "open" else read_json(before.data)
    return Change(row.task_id, row.state, last.from_state, {**said, UNDONE: last.seq}), last.day


def _last_two(connection: Connection, task_id: str) -> tuple[Row[Any], Row[Any] | None]:
    query = select(task_events).where(task_events.c.task_id == task_id).order_by(task_events.c.seq.desc()).limit(2)
    rows = connection.execute(query).all()
    return rows[0], rows[1] if len(rows) > 1 else None


def _checked(connection: Connection, row: Row[Any], one: Act, act_day: str, holds: Holds) -> dict[str, Any]:
    """The act's data, complete and clean."""
    allowed = BY_PERSON[row.state]
    if one.to_state not in allowed:
        expected = ", ".join(sorted(allowed))
        told = f"task {row.task_id} is {row.state}: expected one of {expected}, found {one.to_state!r}"
        raise ActError(told, code="state", state=row.state)
    carried = read_json(row.answer).get("carried_on_to") if row.state == "withdrawn" else None
    if carried:
        raise ActError(f"task {row.task_id} was carried on to {carried}: act on that one", "task_id")
    if one.to_state == "open":
        _alone(connection, row)
    kind, payload = kind_of(row.kind), read_json(row.payload)
    data = _clean(kind, row.day, one)
    if one.to_state == "snoozed":
        data["until"] = _until(one.data.get("until"), act_day)
        data["measures"] = {name: payload.get(name) for name in kind.measures}
    if one.to_state in ("accepted", "done") and kind.counted:
        said = read_json(row.answer) if row.state in ("accepted", "done") else {}
        data.setdefault("quantity", said.get("quantity", payload.get("quantity")))
        if said.get("expected_day"):
            data.setdefault("expected_day", said["expected_day"])
    if one.to_state in ("accepted", "done"):
        _require_released(row, payload, data.get("quantity"), holds)
    outcome = _outcome(kind, one, data, payload) if kind.outcomes else None
    if outcome is not None:
        data["outcome"] = outcome.code
        if not outcome.is_answer:
            data.pop("quantity", None)  # nobody has promised any
    if one.to_state == "refused":
        if outcome is not None:
            data.setdefault("reason", outcome.called("zh"))
        if not data.get("reason"):
            raise ActError(f"task {row.task_id}: a refusal needs a reason", "reason", "reason")
        data["measures"] = {name: payload.get(name) for name in kind.measures}
    return data


def _require_released(row: Row[Any], payload: Mapping[str, Any], quantity: int | None, holds: Holds) -> None:
    """Raises ActError as long as a second person has not released the line, or the whole list of an open one, and for
    more units than were released."""
    of_list, of_line = holds.of_list(row.kind, row.day), holds.of_line(row, payload)
    waits = [one for one in (of_line, of_list if row.state not in ("accepted", "done") else None) if one is not None]
    for hold in waits:
        if hold.is_rejected:
            told = f"task {row.task_id} was rejected by {hold.decided_by}"
            raise ActError(told, code="held_rejected", who=hold.decided_by, why=hold.why)
        if not hold.is_released:
            code = "held_list" if hold.is_list else "held"
            raise ActError(f"task {row.task_id} waits for a second person's release", code=code, reasons=hold.reasons)
    if of_line is not None and quantity is not None and quantity > of_line.quantity:
        told = f"task {row.task_id}: {of_line.quantity} units were released, found {quantity}"
        raise ActError(told, "quantity", "held_more", released=of_line.quantity, who=of_line.decided_by)


def _alone(connection: Connection, row: Row[Any]) -> None:
    other = connection.execute(
        select(tasks.c.task_id).where(
            tasks.c.kind == row.kind,
            tasks.c.subject == row.subject,
            tasks.c.state == "open",
            tasks.c.task_id != row.task_id,
        )
    ).scalar()
    if other:
        raise ActError(f"task {row.task_id} cannot be opened again: {other} is open for the same subject")


def _clean(kind: Kind, list_day: str, one: Act) -> dict[str, Any]:
    given = {name: value for name, value in one.data.items() if value is not None and value != ""}
    outcome, until = ["outcome"] if kind.outcomes else [], ["until"] if one.to_state == "snoozed" else []
    strange = sorted(set(given) - {"quantity", "expected_day", "reason", "note", *outcome, *until})
    if strange:
        raise ActError(f"found {', '.join(strange)}: expected quantity, expected_day, reason or note", strange[0])
    clean: dict[str, Any] = {}
    if "quantity" in given:
        quantity = given["quantity"]
        if not isinstance(quantity, int) or isinstance(quantity, bool) or not 0 < quantity <= MAX_UNITS:
            raise ActError(
                f"quantity: found {quantity!r}, expected a whole number from 1 to {MAX_UNITS}",
                "quantity",
                "quantity",
                most=MAX_UNITS,
            )
        if not kind.counted:
            raise ActError(f"quantity: a {kind.name} task has none", "quantity")
        clean["quantity"] = quantity
    if "expected_day" in given:
        clean["expected_day"] = _expected_day(given["expected_day"], list_day)
    for name in ("reason", "note"):
        if name in given:
            clean[name] = masked(str(given[name]).replace("\x00", "").strip())[:LONGEST_TEXT]
    return clean


def _outcome(kind: Kind, one: Act, data: Mapping[str, Any], payload: Mapping[str, Any]) -> Outcome | None:
    """The outcome said, else what the answer means without one; None where it means none."""
    said = one.data.get("outcome")
    if not said:
        if one.to_state not in ("accepted", "done") or kind.answers_by_outcome:
            return None
        said = "new_day" if data.get("expected_day") else kind.outcomes[0].code if one.to_state == "done" else None
        if said is None:
            return None
    found = kind.outcome_named(str(said))
    if found is None:
        codes = ", ".join(outcome.code for outcome in kind.outcomes)
        raise ActError(f"outcome: found {said!r}, expected one of {codes}", "outcome")
    way = one.way or payload.get("way")
    possible = kind.outcomes_by(way)
    if found not in possible:
        codes = ", ".join(outcome.code for outcome in possible)
        told = f"outcome: found {found.code}, which this way of contact cannot have; expected one of {codes}"
        raise ActError(told, "outcome", "outcome_way", outcome=found.code, kind=kind.name, way=way)
    if kind.answers_by_outcome and found.state != one.to_state:
        told = f"outcome {found.code}: expected with {found.state}, found {one.to_state}"
        raise ActError(told, "outcome", "outcome_state", outcome=found.code, kind=kind.name)
    if found.needs_day and not data.get("expected_day"):
        raise ActError(f"outcome {found.code}: expected the day that was agreed on", "expected_day", "agreed_day")
    return found


def _expected_day(value: Any, list_day: str) -> str:
    try:
        parse_day(value)
    except (ValueError, TypeError) as error:
        raise ActError(f"expected_day: found {value!r}, expected YYYY-MM-DD", "expected_day") from error
    if not list_day <= value <= day_after(list_day, 730):
        told = f"expected_day: found {value}, expected a day within two years of {list_day}"
        raise ActError(told, "expected_day", "day", day=list_day)
    return value


def _until(value: Any, act_day: str) -> str:
    """The first business day whose list may ask for a snoozed line again."""
    try:
        parse_day(value)
    except (ValueError, TypeError) as error:
        raise ActError(f"until: found {value!r}, expected YYYY-MM-DD", "until", "until_unread") from error
    last = day_after(act_day, LONGEST_SNOOZE)
    if not act_day < value <= last:
        told = f"until: found {value}, expected a day after {act_day}, {last} at the latest"
        raise ActError(told, "until", "until", day=act_day, last=last)
    return str(value)


def _write(connection: Connection, group: Sequence[tuple[Change, str]], at: datetime, day: str, who: str) -> None:
    seqs = append(connection, [change for change, _ in group], at, day, who)
    connection.execute(
        update(tasks)
        .where(tasks.c.task_id == bindparam("of_task"))
        .values(
            state=bindparam("new_state"),
            answer=bindparam("new_answer"),
            changed_seq=bindparam("new_seq"),
            changed_at=moment(at),
            changed_day=day,
            changed_by=who,
        ),
        [
            {"of_task": change.task_id, "new_state": change.to_state, "new_answer": answer, "new_seq": seq}
            for (change, answer), seq in zip(group, seqs, strict=True)
        ],
    )
