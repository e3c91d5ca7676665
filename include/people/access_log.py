"""The log of who looked at a person's data: appended, numbered without a gap, each row with the hash of the one before.

A person stands in it by an irreversible mark, so that the log outlives an erasure: whoever knows the pseudonym can ask
who looked, and nobody can ask the log who somebody was.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pandas as pd
from sqlalchemy import Connection, delete, insert, select

from include.calendar.business_days import MOMENT, day_after
from include.people.pseudonymise import CUSTOMER
from include.privacy.contact_keys import erased_mark
from include.settings.saying import BilingualError
from include.tasks.canonical_json import canonical_json, content_hash
from include.tasks.privacy import masked
from include.tasks.task_events import ACCESS_LOG, ACCESS_LOG_START, GENESIS, lock_log, move_end
from include.tasks.task_tables import task_log_end
from include.warehouse.books import read_frame
from include.warehouse.tables import access_log
from include.warehouse.workspace import Workspace

_NAMES = ("seq", "at", "who", "what", "subject", "why", "data")


def subject_of(workspace: Workspace, customer: str) -> str:
    """The mark by which a customer stands in the log."""
    return erased_mark(CUSTOMER, customer, workspace.keys.customers)


def note_access(
    workspace: Workspace,
    who: str,
    why: str,
    what: str,
    now: datetime,
    customer: str | None = None,
    data: Mapping[str, Any] | None = None,
) -> int:
    """Append one row; returns its number. who and why must be given. now: the merchant's clock. data: counts."""
    if not who.strip() or not why.strip():
        raise BilingualError.named("error.who_and_why")
    row: dict[str, Any] = {
        "at": now.strftime(MOMENT),
        "who": who.strip()[:100],
        "what": what,
        "subject": None if customer is None else subject_of(workspace, customer),
        "why": masked(why.strip())[:500],
        "data": canonical_json(dict(data or {})),
    }
    with workspace.books.begin() as connection:
        last, previous = lock_log(connection, ACCESS_LOG)
        row |= {"seq": last + 1, "previous_hash": previous}
        row["hash"] = _hash_of(row)
        connection.execute(insert(access_log), row)
        move_end(connection, row["seq"], row["hash"], ACCESS_LOG)
    return int(row["seq"])


def read_log(workspace: Workspace, customer: str | None = None) -> pd.DataFrame:
    """Rows of the log, oldest first; those about one customer where one is named."""
    statement = select(access_log).order_by(access_log.c.seq)
    if customer is not None:
        statement = statement.where(access_log.c.subject == subject_of(workspace, customer))
    return read_frame(workspace.books, statement)


def verify_access_log(connection: Connection) -> int | None:
    """The number of the first row that was changed, removed or inserted; None when the log is whole."""
    ends = {
        row.log: (row.seq, row.hash)
        for row in connection.execute(
            select(task_log_end).where(task_log_end.c.log.in_([ACCESS_LOG, ACCESS_LOG_START]))
        )
    }
    start, previous = ends.get(ACCESS_LOG_START, (0, GENESIS))
    expected = start + 1
    for row in connection.execute(select(access_log).order_by(access_log.c.seq)):
        said = dict(row._mapping)
        if said["seq"] != expected or said["previous_hash"] != previous or said["hash"] != _hash_of(said):
            return expected
        expected, previous = expected + 1, said["hash"]
    if ACCESS_LOG not in ends:
        return None if expected == 1 else expected
    return None if ends[ACCESS_LOG] == (expected - 1, previous) else min(expected, ends[ACCESS_LOG][0] + 1)


def retire_access_log(workspace: Workspace, day: str, days: int) -> int:
    """Remove rows older than so many days before `day`; returns how many. The chain begins after them then."""
    first_kept = day_after(day, -days)
    with workspace.books.begin() as connection:
        lock_log(connection, ACCESS_LOG)
        old = access_log.c.at < first_kept
        last = connection.execute(
            select(access_log.c.seq, access_log.c.hash).where(old).order_by(access_log.c.seq.desc()).limit(1)
        ).one_or_none()
        if last is None:
            return 0
        lock_log(connection, ACCESS_LOG_START)
        move_end(connection, last.seq, last.hash, ACCESS_LOG_START)
        return connection.execute(delete(access_log).where(access_log.c.seq <= last.seq)).rowcount


def _hash_of(row: Mapping[str, Any]) -> str:
    return content_hash(row["previous_hash"] + "\n" + canonical_json([row[name] for name in _NAMES]))
