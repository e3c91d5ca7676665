"""Lists, tasks and the logs: documents as they were stored, tasks as lists and events say, logs unbroken."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from sqlalchemy import Connection, select

from include.people.access_log import verify_access_log
from include.pipeline.audit.finding import Finding, Looked
from include.tasks.acts import UNDONE
from include.tasks.by_hand.desk_log import verify_desk_log
from include.tasks.canonical_json import canonical_json, content_hash, read_json
from include.tasks.document import read_document, unpack
from include.tasks.task_events import ERASED, tasks_off_the_log, verify_chain
from include.tasks.task_tables import outbox, task_events, task_lists, tasks
from include.warehouse.workspace import Workspace

AT_ONCE = 5_000


def audit_lists(workspace: Workspace, since_day: str = "") -> Looked:
    """since_day: the first list day whose documents and tasks are compared; the logs are looked at whole."""
    with workspace.books.connect() as connection:
        found = list(_logs(connection))
        written = dict(_documents(connection, since_day, found))
        count = 0
        for finding in _tasks(connection, since_day, written):
            if finding is None:
                count += 1
            else:
                found.append(finding)
        found += _outbox(connection)
        events = connection.scalar(select(task_events.c.seq).order_by(task_events.c.seq.desc()).limit(1)) or 0
    return Looked(tuple(found), {"events": int(events), "documents": len(written), "tasks": count})


def _logs(connection: Connection) -> Iterator[Finding]:
    for check, verified in (
        ("task_log_broken", verify_chain),
        ("access_log_broken", verify_access_log),
        ("desk_log_broken", verify_desk_log),
    ):
        broken = verified(connection)
        if broken is not None:
            yield Finding(check, {"event": broken})
    for task in tasks_off_the_log(connection):
        yield Finding("task_off_the_log", {"task": task})


def _documents(
    connection: Connection, since_day: str, found: list[Finding]
) -> Iterator[tuple[tuple[str, str, int], dict[str, str]]]:
    """(kind, day, revision) -> task -> hash of its payload, of the documents that are whole; others are findings."""
    c = task_lists.c
    rows = connection.execute(
        select(c.kind, c.day, c.revision, c.document, c.document_hash, c.lines)
        .where(c.day >= since_day)
        .execution_options(stream_results=True, yield_per=50)
    )
    for row in rows:
        about = {"kind": row.kind, "day": row.day, "revision": row.revision}
        try:
            text = unpack(row.document)
        except (zlib.error, UnicodeDecodeError):
            found.append(Finding("document_damaged", about))
            continue
        if content_hash(text) != row.document_hash:
            found.append(Finding("document_changed", about))
            continue
        lines = read_document(text).lines
        if len(lines) != row.lines:
            found.append(Finding("document_changed", about))
        yield (
            (row.kind, row.day, row.revision),
            {line.task_id: content_hash(canonical_json(dict(line.payload))) for line in lines},
        )


def _tasks(
    connection: Connection, since_day: str, written: dict[tuple[str, str, int], dict[str, str]]
) -> Iterator[Finding | None]:
    """None of a task that is as its list and its newest event say."""
    t = tasks.c
    rows = connection.execute(
        select(
            t.task_id,
            t.kind,
            t.day,
            t.subject,
            t.revision,
            t.payload,
            t.payload_hash,
            t.answer,
            t.state,
            task_events.c.data,
        )
        .outerjoin(task_events, task_events.c.seq == t.changed_seq)
        .where(t.day >= since_day)
        .execution_options(stream_results=True, yield_per=AT_ONCE)
    )
    for row in rows:
        about = {"task": row.task_id, "kind": row.kind, "day": row.day}
        lines = written.get((row.kind, row.day, row.revision))
        if row.subject == ERASED:
            yield None
        elif content_hash(row.payload) != row.payload_hash:
            yield Finding("task_changed", about)
        elif lines is not None and lines.get(row.task_id) != row.payload_hash:
            yield Finding("task_not_of_its_list", about)
        elif row.data is None or not _is_of(row.state, row.answer, row.data):
            yield Finding("answer_changed", about)
        else:
            yield None


def _is_of(state: str, answer: str, data: str) -> bool:
    """Whether a task's answer is what its newest event says. An open one has none; of what was taken back, the event
    names that, too."""
    if answer == data or (state == "open" and answer == "{}"):
        return True
    said = read_json(data)
    return bool(set(said) == {ERASED} or {k: v for k, v in said.items() if k != UNDONE} == read_json(answer))


def _outbox(connection: Connection) -> Iterator[Finding]:
    """Deliveries of lists that are not there."""
    known = select(task_lists.c.list_id)
    gone = select(outbox.c.channel, outbox.c.kind, outbox.c.day)
    for row in connection.execute(gone.where(outbox.c.list_id.not_in(known), outbox.c.purpose == "list")):
        yield Finding("delivery_without_list", {"channel": row.channel, "kind": row.kind, "day": row.day})
