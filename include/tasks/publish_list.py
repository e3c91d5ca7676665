"""Publishing a list: the document, the tasks and the outbox in one transaction, or nothing.

1. The document is made from the drafts and from what the log says as of the list's day; the same content makes no new
   revision.
2. Where a newer list of the kind is out already, that is all: a replay is silent.
3. Otherwise tasks are brought in line (align.py), what is held for a second person is kept, and the channels get their
   outbox rows, which wait if the whole list is held.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, Engine, Row, insert, select

from include.calendar.business_days import nearest_days, parse_day
from include.settings.saying import BilingualError
from include.settings.stock.replenishment import Replenishment
from include.tasks.align import align
from include.tasks.canonical_json import short_hash
from include.tasks.channels.outbox import enqueue, supersede
from include.tasks.document import Document, Line, pack, unpack, write_document
from include.tasks.drafts import Draft, TaskList, task_id
from include.tasks.holds.held_rows import is_list_held, keep_holds
from include.tasks.holds.list_sums import keep_sums
from include.tasks.kinds import kind_of
from include.tasks.memory import Rules, hold_back, open_since, refusals, rules_of
from include.tasks.moments import moment
from include.tasks.task_events import in_transaction, lock_log
from include.tasks.task_tables import newest_list_day, task_lists
from include.words.texts import in_each, listed

# newest: only the newest closed day pushes. always: the engineer says so. never: nothing is pushed.
Push = Literal["newest", "always", "never"]


@dataclass(frozen=True)
class Published:
    """list_id, revision: of the list that now stands. is_new: a new revision was stored. is_silent: a newer list is
    out, nothing but the document was touched. queued: delivery keys written to the outbox."""

    list_id: str
    revision: int
    content_hash: str
    document_hash: str
    is_new: bool
    is_silent: bool
    lines: int
    held_back: int
    queued: tuple[str, ...]


def publish_list(
    books: Engine | Connection,
    task_list: TaskList,
    at: datetime,
    *,
    rules: Rules | None = None,
    channels: Sequence[str] = (),
    push: Push = "newest",
    newest_closed_day: str | None = None,
) -> Published:
    """Store the list, bring its tasks in line and queue its deliveries. `at` is the merchant's clock.

    rules: the settings' own by default.
    channels: names of those that take this kind of list. With push='newest' they get it only if no newer list of the
        kind is out, and, where `newest_closed_day` is given, only if it is this list's day.
    Raises ValueError on an unknown kind or on two lines about the same subject.
    """
    rules = rules or rules_of(Replenishment())
    kind_of(task_list.kind)
    parse_day(task_list.day)
    _each_subject_once(task_list.lines)
    with in_transaction(books) as connection:
        lock_log(connection)
        document = compose(connection, task_list, rules)
        stored, is_new = _store(connection, document, at)
        is_silent = newest_list_day(connection, task_list.kind) != task_list.day
        withheld = () if is_silent else align(connection, document, stored.revision, rules, at)
        if not is_silent:
            supersede(connection, stored)
        keep_sums(connection, document)
        if not is_silent:
            keep_holds(connection, document)
        is_held = is_list_held(connection, document)
        wanted = push == "always" or (push == "newest" and not is_silent and newest_closed_day in (None, task_list.day))
        queued = enqueue(connection, stored, channels, withheld, at, is_held) if wanted else ()
        return Published(
            list_id=stored.list_id,
            revision=stored.revision,
            content_hash=stored.content_hash,
            document_hash=stored.document_hash,
            is_new=is_new,
            is_silent=is_silent,
            lines=len(document.lines),
            held_back=len(document.held_back),
            queued=queued,
        )


def compose(connection: Connection, task_list: TaskList, rules: Rules) -> Document:
    """The list's document: refused subjects held back, ages carried on, ranks counted from 1. Writes nothing."""
    kind, day = task_list.kind, task_list.day
    ordered = sorted(task_list.lines, key=lambda one: (one.rank, one.subject))
    kept, held = hold_back(ordered, refusals(connection, kind, day, rules), rules)
    since = open_since(connection, kind, day)
    lines = tuple(
        Line(
            task_id=task_id(kind, day, one.subject),
            subject=one.subject,
            rank=rank,
            urgency=one.urgency,
            since_day=since.get(one.subject, day),
            payload=one.payload,
        )
        for rank, one in enumerate(kept, start=1)
    )
    notes = tuple(note.as_stored() for note in task_list.notes)
    return Document(kind, day, lines, notes, tuple(held), task_list.manifest, task_list.tables)


def document_of(connection: Connection, kind: str, day: str, revision: int | None = None) -> str | None:
    """The stored document's text, of the last revision unless one is named; None where there is no such list."""
    query = select(task_lists.c.document).where(task_lists.c.kind == kind, task_lists.c.day == day)
    if revision is not None:
        query = query.where(task_lists.c.revision == revision)
    blob = connection.execute(query.order_by(task_lists.c.revision.desc()).limit(1)).scalar_one_or_none()
    return None if blob is None else unpack(blob)


def no_list(connection: Connection, kind: str | None, day: str) -> BilingualError:
    """What to say of a day without a list (of a kind): the nearest days that have one."""
    days = select(task_lists.c.day).distinct()
    if kind is not None:
        days = days.where(task_lists.c.kind == kind)
    near = nearest_days(day, set(connection.execute(days).scalars()))
    there = in_each("error.nearest_lists", days=listed(near)) if near else in_each("error.no_lists_yet")
    if kind is None:
        return BilingualError.named("error.no_list", day=day, there=there)
    return BilingualError.named("error.no_list_of_kind", kind=in_each(f"{kind}.name"), day=day, there=there)


def _each_subject_once(lines: Sequence[Draft]) -> None:
    seen: set[str] = set()
    for line in lines:
        if line.subject in seen:
            raise ValueError(f"two lines are about {line.subject!r}: expected one line a subject")
        seen.add(line.subject)


def _store(connection: Connection, document: Document, at: datetime) -> tuple[Row, bool]:
    """(the list's row in force, whether it is new)."""
    last = connection.execute(
        select(task_lists)
        .where(task_lists.c.kind == document.kind, task_lists.c.day == document.day)
        .order_by(task_lists.c.revision.desc())
        .limit(1)
    ).one_or_none()
    written = write_document(document)
    if last is not None and last.document_hash == written.document_hash:
        return last, False
    revision = last.revision + 1 if last else 1
    edition = 1 if last is None else last.edition + (written.content_hash != last.content_hash)
    list_id = short_hash(document.kind, document.day, str(revision))
    connection.execute(
        insert(task_lists).values(
            list_id=list_id,
            kind=document.kind,
            day=document.day,
            revision=revision,
            edition=edition,
            content_hash=written.content_hash,
            document_hash=written.document_hash,
            document=pack(written.text),
            lines=len(document.lines),
            stored_at=moment(at),
        )
    )
    return connection.execute(select(task_lists).where(task_lists.c.list_id == list_id)).one(), True
