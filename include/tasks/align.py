"""Bringing tasks in line with a list, without ever touching one that a person has acted on."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, insert, select, update

from include.tasks.acts import BY_LIST
from include.tasks.canonical_json import canonical_json, content_hash, read_json
from include.tasks.document import Document, Line
from include.tasks.kind import Kind
from include.tasks.kinds import kind_of
from include.tasks.memory import Rules, acted_since, is_older_than
from include.tasks.moments import moment
from include.tasks.task_events import Change, append, lock_log
from include.tasks.task_tables import MACHINE, tasks

FACETS = dict.fromkeys(("sku", "warehouse", "supplier", "shop", "customer", "category"), 100) | {"abc": 1, "title": 200}
"""Fields of the payload that tasks are chosen by, with the letters that are kept."""


def align(connection: Connection, document: Document, revision: int, rules: Rules, at: datetime) -> tuple[str, ...]:
    """Create, update, carry on, withdraw and expire tasks so that the open ones are what `document` asks for.

    Returns the ids of the document's tasks that are not open, because a person acted on them or on an earlier task for
    the same subject: channels leave them out.
    """
    lock_log(connection)
    work = _Work(connection, document, revision, rules, at)
    for line in document.lines:
        work.take(line)
    work.clear_away()
    work.write()
    return tuple(sorted(work.withheld))


class _Work:
    """The changes of one alignment, collected first and written in bulk."""

    def __init__(self, connection: Connection, document: Document, revision: int, rules: Rules, at: datetime) -> None:
        self.connection, self.document, self.revision, self.rules, self.at = (
            connection, document, revision, rules, at,
        )  # fmt: skip
        self.kind: Kind = kind_of(document.kind)
        self.present = self._present()
        self.earlier = self._open_of_earlier_lists()
        self.acted = acted_since(connection, document.kind, document.day, rules)
        self.new: list[dict[str, Any]] = []
        self.rewritten: list[dict[str, Any]] = []
        self.replaced: list[dict[str, Any]] = []
        self.moved: list[dict[str, Any]] = []
        self.changes: list[Change] = []
        self.withheld: list[str] = []

    def take(self, line: Line) -> None:
        """One line of the list."""
        row = self.present.pop(line.task_id, None)
        state = row.state if row is not None else None
        acted_on = self.acted.get(line.subject)
        if row is None:
            self._create(line)
        elif state in ("open", "withdrawn") and not (state == "withdrawn" and acted_on):
            self._rewrite(line, row)
        else:
            self.withheld.append(line.task_id)
        if acted_on and state in (None, "open"):
            self._move(line.task_id, "open", "withdrawn", {"already_acted_on": acted_on})
            self.withheld.append(line.task_id)
        for older in self.earlier.pop(line.subject, ()):
            self._move(older.task_id, "open", "withdrawn", {"carried_on_to": line.task_id})

    def clear_away(self) -> None:
        """Open tasks that the list does not name."""
        for row in self.present.values():
            if row.state == "open":
                self._move(row.task_id, "open", "withdrawn", {"reason": "no longer wanted"})
        for rows in self.earlier.values():
            for row in rows:
                if is_older_than(row.day, self.document.day, self.rules.expiry_days):
                    self._move(row.task_id, "open", "expired", {"after_days": self.rules.expiry_days})
                elif not self.kind.stays:
                    self._move(row.task_id, "open", "withdrawn", {"reason": "no longer wanted"})

    def write(self) -> None:
        last, _ = lock_log(self.connection)
        seq_of = {change.task_id: seq for seq, change in enumerate(self.changes, start=last + 1)}
        stamp = {"changed_at": moment(self.at), "changed_day": self.document.day, "changed_by": MACHINE}
        if self.new:
            rows = [{**row, **stamp, "changed_seq": seq_of[row["task_id"]]} for row in self.new]
            self.connection.execute(insert(tasks), rows)
        content = ("rank", "urgency", "money_micros", "quantity", "due_day", "payload", "payload_hash", *FACETS)
        self._update(self.rewritten, ("state", "answer", "revision", *content), stamp, seq_of)
        self._update(self.replaced, ("rank", "urgency"), {}, {})
        self._update(self.moved, ("state", "answer"), stamp, seq_of)
        append(self.connection, self.changes, self.at, self.document.day, MACHINE)

    def _present(self) -> dict[str, Row[*tuple[Any, ...]]]:
        rows = self.connection.execute(
            select(
                tasks.c.task_id, tasks.c.state, tasks.c.payload_hash, tasks.c.rank, tasks.c.urgency, tasks.c.payload
            ).where(tasks.c.kind == self.document.kind, tasks.c.day == self.document.day)
        )
        return {row.task_id: row for row in rows}

    def _open_of_earlier_lists(self) -> dict[str, list[Row[*tuple[Any, ...]]]]:
        found: dict[str, list[Row[*tuple[Any, ...]]]] = defaultdict(list)
        rows = self.connection.execute(
            select(tasks.c.task_id, tasks.c.subject, tasks.c.day)
            .where(tasks.c.state == "open", tasks.c.kind == self.document.kind)
            .where(tasks.c.day < self.document.day)
            .order_by(tasks.c.day, tasks.c.task_id)
        )
        for row in rows:
            found[row.subject].append(row)
        return dict(found)

    def _create(self, line: Line) -> None:
        self.new.append(
            {
                **self._content(line),
                "kind": self.document.kind,
                "day": self.document.day,
                "subject": line.subject,
                "since_day": line.since_day,
            }
        )
        data = {"revision": self.revision, "since_day": line.since_day}
        self._record(Change(line.task_id, "", "open", data))

    def _rewrite(self, line: Line, row: Row[*tuple[Any, ...]]) -> None:
        content = self._content(line)
        if row.state == "open" and row.payload_hash == content["payload_hash"]:
            if (row.rank, row.urgency) != (line.rank, line.urgency):
                self.replaced.append(content)
            return
        before = read_json(row.payload)
        names = sorted(set(before) | set(line.payload))
        data = {
            "revision": self.revision,
            "changed": [name for name in names if before.get(name) != line.payload.get(name)],
        }
        self.rewritten.append(content)
        self._record(Change(line.task_id, row.state, "open", data))

    def _move(self, task_id: str, from_state: str, to_state: str, data: Mapping[str, Any]) -> None:
        self.moved.append({"task_id": task_id, "state": to_state, "answer": canonical_json(data)})
        self._record(Change(task_id, from_state, to_state, data))

    def _record(self, change: Change) -> None:
        if change.to_state not in BY_LIST.get(change.from_state, frozenset()):
            raise AssertionError(f"a list may not take {change.task_id} from {change.from_state} to {change.to_state}")
        self.changes.append(change)

    def _content(self, line: Line) -> dict[str, Any]:
        text = canonical_json(line.payload)
        return {
            "task_id": line.task_id,
            "state": "open",
            "revision": self.revision,
            "rank": line.rank,
            "urgency": line.urgency,
            "payload": text,
            "payload_hash": content_hash(text),
            "answer": "{}",
            **columns_of(self.kind, line.payload),
        }

    def _update(
        self,
        rows: Sequence[Mapping[str, Any]],
        names: Sequence[str],
        stamp: Mapping[str, Any],
        seq_of: Mapping[str, int],
    ) -> None:
        """Write the named columns, and with a stamp the event that changed them."""
        if not rows:
            return
        values = {name: bindparam(f"new_{name}") for name in names} | dict(stamp)
        if stamp:
            values["changed_seq"] = bindparam("new_seq")
        self.connection.execute(
            update(tasks).where(tasks.c.task_id == bindparam("of_task")).values(values),
            [
                {
                    "of_task": row["task_id"],
                    **({"new_seq": seq_of[row["task_id"]]} if stamp else {}),
                    **{f"new_{name}": row[name] for name in names},
                }
                for row in rows
            ],
        )


def columns_of(kind: Kind, payload: Mapping[str, Any]) -> dict[str, Any]:
    """What tables of tasks are chosen and sorted by, from a line's payload."""
    quantity, due = payload.get("quantity"), payload.get(kind.due) if kind.due else None
    return {
        "money_micros": payload.get(kind.money) if kind.money else None,
        "quantity": quantity if isinstance(quantity, int) else None,
        "due_day": due,
        **{name: _facet(payload.get(name), letters) for name, letters in FACETS.items()},
    }


def _facet(value: Any, letters: int) -> str | None:
    return None if value is None else str(value)[:letters]
