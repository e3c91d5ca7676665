"""The deliveries as people see them: on the desk and from the command line."""

import json
from dataclasses import dataclass

from sqlalchemy import Connection, Row, select

from include.tasks.channels.outbox import TO_SETTLE
from include.tasks.kinds import kind_of
from include.tasks.task_tables import outbox, task_lists


@dataclass(frozen=True)
class Attempt:
    """What came of one attempt, or what a person said of it; without secrets."""

    at: str
    state: str
    detail: str


@dataclass(frozen=True)
class StandingDelivery:
    """A delivery as it stands. lines, edition: of its list. is_escalation: it tells that nobody has opened the list.
    next_at: before which it is not tried again."""

    key: str
    channel: str
    kind: str
    day: str
    edition: int
    lines: int
    is_escalation: bool
    state: str
    attempts: int
    stored_at: str
    next_at: str | None
    answers: tuple[Attempt, ...]

    def kind_called(self, language: str) -> str:
        return kind_of(self.kind).called(language)

    @property
    def can_be_sent_again(self) -> bool:
        return self.state in TO_SETTLE

    @property
    def can_be_given_up(self) -> bool:
        return self.state in ("pending", "dead", "unknown")

    @property
    def may_have_arrived(self) -> bool:
        return self.state == "unknown"


def newest_deliveries(connection: Connection, limit: int, state: str = "") -> list[StandingDelivery]:
    """The newest first; of one state, if one is named."""
    query = select(outbox, task_lists.c.edition, task_lists.c.lines).join(
        task_lists, task_lists.c.list_id == outbox.c.list_id
    )
    if state:
        query = query.where(outbox.c.state == state)
    newest = query.order_by(outbox.c.stored_at.desc(), outbox.c.delivery_key).limit(limit)
    return [_standing(row) for row in connection.execute(newest)]


def _standing(row: Row) -> StandingDelivery:
    as_stored = ("channel", "kind", "day", "edition", "lines", "state", "attempts", "stored_at")
    return StandingDelivery(
        key=row.delivery_key,
        is_escalation=row.purpose == "escalation",
        next_at=row.not_before if row.state == "pending" else None,
        answers=_attempts(row.answer),
        **{name: getattr(row, name) for name in as_stored},
    )


def _attempts(answers: str) -> tuple[Attempt, ...]:
    """Oldest first; the first line may have been cut when the answers grew too long."""
    found = []
    for line in answers.split("\n"):
        try:
            found.append(Attempt(**json.loads(line)))
        except ValueError:
            continue
    return tuple(found)
