"""Telling somebody that nobody has looked: once a list, however often it is asked."""

from datetime import datetime

from sqlalchemy import Connection, insert, select

from include.tasks.by_hand.views import was_opened
from include.tasks.canonical_json import canonical_json, content_hash
from include.tasks.document import read_document, unpack
from include.tasks.kind import NOW
from include.tasks.kinds import KINDS
from include.tasks.moments import moment
from include.tasks.task_events import lock_log
from include.tasks.task_tables import MACHINE, outbox, task_lists, tasks


def escalate(connection: Connection, channel: str, day: str, at: datetime) -> list[str]:
    """Put a message into the outbox for each list of `day` that has urgent lines, all of them open, and that nobody has
    opened; returns the kinds. A list that was told of is not told of again."""
    lock_log(connection)  # of two that ask at once, the second sees what the first has written
    return [kind for kind in KINDS if KINDS[kind].has_urgency and _escalated(connection, kind, channel, day, at)]


def _escalated(connection: Connection, kind: str, channel: str, day: str, at: datetime) -> bool:
    key = content_hash(canonical_json(["escalation", channel, kind, day]))
    if connection.execute(select(outbox.c.delivery_key).where(outbox.c.delivery_key == key)).first() is not None:
        return False
    stored = connection.execute(
        select(task_lists)
        .where(task_lists.c.kind == kind, task_lists.c.day == day)
        .order_by(task_lists.c.revision.desc())
        .limit(1)
    ).one_or_none()
    if stored is None or was_opened(connection, kind, day):
        return False
    urgent = connection.execute(
        select(tasks.c.task_id, tasks.c.state, tasks.c.changed_by).where(
            tasks.c.kind == kind, tasks.c.day == day, tasks.c.urgency == NOW
        )
    ).all()
    still_open = {row.task_id for row in urgent if row.state == "open"}
    if not still_open or any(row.changed_by != MACHINE for row in urgent):
        return False
    lines = read_document(unpack(stored.document)).lines
    connection.execute(
        insert(outbox).values(
            delivery_key=key,
            list_id=stored.list_id,
            channel=channel,
            kind=kind,
            day=day,
            purpose="escalation",
            state="pending",
            withheld=canonical_json(sorted(line.task_id for line in lines if line.task_id not in still_open)),
            attempts=0,
            stored_at=moment(at),
            answer="",
        )
    )
    return True
