"""The log of everything that ever happened to a task: appended, numbered without a gap, each event carrying the hash of
the one before.

The chain goes over a salted digest of what an event says. So the text itself can be erased, as the law may ask, and the
chain still holds: an event whose text is gone must name an erasure, and that erasure be an event of the same task.
"""

import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, Row, func, insert, select, update

from include.calendar.business_days import parse_day
from include.tasks.canonical_json import canonical_json, content_hash, read_json
from include.tasks.moments import moment
from include.tasks.task_tables import task_events, task_log_end, tasks
from include.warehouse.books import insert_new

GENESIS = "0" * 64
TASKS_LOG = 1  # rows of task_log_end
ACCESS_LOG = 2  # the same of the access log
ACCESS_LOG_START = 3  # what retention has removed ends here
DESK_LOG = 4  # what people do on the desk besides answering lines
ERASED = "erased"
_LOCKED = "locked logs"  # in a connection's info: its transaction, and the logs that it holds


@dataclass(frozen=True)
class Change:
    """One task's step from a state ('' when new) to a state."""

    task_id: str
    from_state: str
    to_state: str
    data: Mapping[str, Any] = field(default_factory=dict)


@contextmanager
def in_transaction(books: Engine | Connection) -> Iterator[Connection]:
    """A connection in a transaction: a new one of the engine's, or the caller's own, which the caller commits."""
    if isinstance(books, Engine):
        with books.begin() as connection:
            yield connection
    else:
        yield books


def lock_log(connection: Connection, log: int = TASKS_LOG) -> tuple[int, str]:
    """(last seq, its hash) of a log, and the right to append until this transaction ends; other writers wait.

    Call it before anything is read that decides what is written.
    """
    if not _is_locked(connection, log):
        touch = update(task_log_end).where(task_log_end.c.log == log).values(log=log)
        if connection.execute(touch).rowcount == 0:
            first = {"log": log, "seq": 0, "hash": GENESIS}
            insert_new(connection, task_log_end, first)
            connection.execute(touch)
    row = connection.execute(select(task_log_end.c.seq, task_log_end.c.hash).where(task_log_end.c.log == log)).one()
    return row.seq, row.hash


def _is_locked(connection: Connection, log: int) -> bool:
    """Whether this transaction has the log's lock already; if not, the caller takes it. What a savepoint has locked is
    let go with it, so that nothing is remembered within one."""
    transaction = connection.get_transaction()
    if transaction is None or connection.in_nested_transaction():
        return False
    locked_by, logs = connection.info.get(_LOCKED, (None, set()))
    if locked_by is not transaction:
        connection.info[_LOCKED] = (transaction, {log})
        return False
    if log in logs:
        return True
    logs.add(log)
    return False


def move_end(connection: Connection, seq: int, hash_of_last: str, log: int = TASKS_LOG) -> None:
    """The log ends with this event now."""
    connection.execute(update(task_log_end).where(task_log_end.c.log == log).values(seq=seq, hash=hash_of_last))


def append(connection: Connection, changes: Sequence[Change], at: datetime, day: str, who: str) -> range:
    """Append one event for each change, in order; returns their seqs. Takes the log's lock itself."""
    seq, previous = lock_log(connection)
    if not changes:
        return range(seq + 1, seq + 1)
    parse_day(day)
    when, rows = moment(at), []
    for change in changes:
        seq += 1
        said, salt = canonical_json(change.data), secrets.token_hex(16)
        row: dict[str, Any] = {
            "seq": seq,
            "task_id": change.task_id,
            "at": when,
            "day": day,
            "who": who,
            "from_state": change.from_state,
            "to_state": change.to_state,
            "data": said,
            "salt": salt,
            "data_hash": content_hash(salt + said),
            "previous_hash": previous,
        }
        row["hash"] = previous = _hash_of(row)
        rows.append(row)
    connection.execute(insert(task_events), rows)
    move_end(connection, seq, previous)
    return range(rows[0]["seq"], seq + 1)


def verify_chain(connection: Connection) -> int | None:
    """The seq of the first event that was changed, removed, inserted or reordered; None when the log is whole.

    An end that was cut off is found too: its first missing seq is returned. Data that were erased are no change where
    the erasure itself stands in the log.
    """
    expected, previous = 1, GENESIS
    erased: dict[tuple[str, str], int] = {}  # (task, erasure) -> the first event whose data it took
    told: set[tuple[str, str]] = set()
    # Options of the statement: of the connection, they would stay with it.
    rows = connection.execute(
        select(task_events).order_by(task_events.c.seq).execution_options(stream_results=True, yield_per=5_000)
    )
    for row in rows:
        event = dict(row._mapping)
        if event["seq"] != expected or event["previous_hash"] != previous or event["hash"] != _hash_of(event):
            return expected
        erasure = None if event["salt"] else _erasure_of(event["data"])
        if erasure is not None:
            erased.setdefault((event["task_id"], erasure), expected)
        elif event["data_hash"] != content_hash(event["salt"] + event["data"]):
            return expected
        elif (named := _erasure_of(event["data"])) is not None:
            told.add((event["task_id"], named))
        expected, previous = expected + 1, event["hash"]
    unfounded = [seq for key, seq in erased.items() if key not in told]
    if unfounded:
        return min(unfounded)
    end = connection.execute(
        select(task_log_end.c.seq, task_log_end.c.hash).where(task_log_end.c.log == TASKS_LOG)
    ).one_or_none()
    if end is None:
        return None if expected == 1 else expected
    if (end.seq, end.hash) != (expected - 1, previous):
        return min(expected, end.seq + 1)
    return None


def tasks_off_the_log(connection: Connection) -> list[str]:
    """Ids of tasks whose state is not what the log says last: changed behind its back. Empty when all is well."""
    last = (
        select(task_events.c.task_id, func.max(task_events.c.seq).label("seq"))
        .group_by(task_events.c.task_id)
        .subquery()
    )
    strange = (
        select(tasks.c.task_id)
        .outerjoin(last, last.c.task_id == tasks.c.task_id)
        .outerjoin(task_events, task_events.c.seq == last.c.seq)
        .where(func.coalesce(task_events.c.to_state, "") != tasks.c.state)
    )
    return list(connection.execute(strange.order_by(tasks.c.task_id)).scalars())


def history(connection: Connection, task_id: str) -> list[Row[Any]]:
    """All events of one task, oldest first."""
    return list(
        connection.execute(select(task_events).where(task_events.c.task_id == task_id).order_by(task_events.c.seq))
    )


def erase_data(connection: Connection, task_ids: Sequence[str], erasure_id: str) -> int:
    """Blank what the events of these tasks say, for good; returns how many. `append` must tell of it for each task,
    with the data {"erased": erasure_id}, in the same transaction."""
    lock_log(connection)
    blanked = connection.execute(
        update(task_events)
        .where(task_events.c.task_id.in_(list(task_ids)))
        .values(data=canonical_json({ERASED: erasure_id}), salt="")
    )
    return blanked.rowcount


def _erasure_of(data: str) -> str | None:
    """The erasure that an event's data name; None where they are anything else."""
    if not data.startswith(f'{{"{ERASED}":'):
        return None
    found = read_json(data)
    return found[ERASED] if set(found) == {ERASED} and isinstance(found[ERASED], str) else None


def _hash_of(event: Mapping[str, Any]) -> str:
    names = ("seq", "task_id", "at", "day", "who", "from_state", "to_state", "data_hash")
    return content_hash(event["previous_hash"] + "\n" + canonical_json([event[name] for name in names]))
