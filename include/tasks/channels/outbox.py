"""The outbox: what is to be pushed, written with the list in one transaction, and delivered once in effect.

    pending -> sending -> sent | failed | dead | unknown         pending -> superseded (a newer list came first)
    held -> pending (a second person released the list) | superseded (they rejected it, or a newer list came first)

delivery.py takes it from there. A person settles what failed, is dead (failed too often) or unknown (`settle`).
"""

import json
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, Row, insert, select, update

from include.settings.saying import BilingualError
from include.tasks.by_hand.desk_log import Doing, note_doings
from include.tasks.canonical_json import canonical_json, content_hash
from include.tasks.moments import moment
from include.tasks.persons import is_person
from include.tasks.task_tables import first_day_to_know, outbox, task_lists

LONGEST_ANSWER = 4_000  # letters of the answers to a delivery that are kept, the newest
ABOUT = "delivery"  # what events in the desk's log are about
TO_SETTLE = ("failed", "dead", "unknown")


def delivery_key(channel: str, kind: str, day: str, seen_hash: str, edition: int) -> str:
    """The same list to the same channel has the same key, whoever computes it. `edition` tells a list that was changed
    and changed back from the first one: the reader holds the one in between."""
    return content_hash(canonical_json([channel, kind, day, seen_hash, edition]))


def enqueue(
    connection: Connection,
    stored: Row,
    channels: Sequence[str],
    withheld: Sequence[str],
    at: datetime,
    is_held: bool = False,
) -> tuple[str, ...]:
    """Outbox rows for a stored list, one a channel; a key that exists already is left alone. Returns the new keys.

    is_held: they wait until somebody releases the list."""
    keys = {
        delivery_key(channel, stored.kind, stored.day, stored.content_hash, stored.edition): channel
        for channel in channels
    }
    known = set(connection.execute(select(outbox.c.delivery_key).where(outbox.c.delivery_key.in_(keys))).scalars())
    rows = [
        {
            "delivery_key": key,
            "list_id": stored.list_id,
            "channel": channel,
            "kind": stored.kind,
            "day": stored.day,
            "state": "held" if is_held else "pending",
            "withheld": canonical_json(sorted(withheld)),
            "attempts": 0,
            "stored_at": moment(at),
            "answer": "",
        }
        for key, channel in keys.items()
        if key not in known
    ]
    if rows:
        connection.execute(insert(outbox), rows)
    return tuple(row["delivery_key"] for row in rows)


def supersede(connection: Connection, stored: Row) -> int:
    """Take back what is still waiting to be sent of other lists of this kind; returns how many."""
    same = select(task_lists.c.list_id).where(
        task_lists.c.kind == stored.kind, task_lists.c.day == stored.day, task_lists.c.edition == stored.edition
    )
    taken = connection.execute(
        update(outbox)
        .where(outbox.c.kind == stored.kind, outbox.c.state.in_(["pending", "held"]), outbox.c.list_id.not_in(same))
        .values(state="superseded")
    )
    return taken.rowcount


def free_held(connection: Connection, kind: str, day: str) -> None:
    """Let a list out that was held."""
    _move_held(connection, kind, day, "pending")


def supersede_held(connection: Connection, kind: str, day: str) -> None:
    """Let nobody have a list that was held."""
    _move_held(connection, kind, day, "superseded")


def _move_held(connection: Connection, kind: str, day: str, state: str) -> None:
    own = (outbox.c.kind == kind, outbox.c.day == day, outbox.c.state == "held")
    connection.execute(update(outbox).where(*own).values(state=state))


def settle(connection: Connection, key: str, state: str, who: str, at: datetime, *, seen: str | None = None) -> None:
    """A person's word on a failed, dead or unknown delivery: 'sent' (it arrived), 'pending' (send it again) or 'failed'
    (give it up, which can be said of a waiting one too). It is an event of the desk's log.

    `key` may be shortened as long as it is unique. seen: the state that the person saw. Raises ValueError."""
    if not is_person(who):
        raise ValueError(f"a delivery is settled by a person, by name; found {who!r}")
    if state not in ("sent", "pending", "failed"):
        raise ValueError(f"a delivery is settled as sent, pending or failed, found {state!r}")
    rows = connection.execute(select(outbox).where(outbox.c.delivery_key.startswith(key, autoescape=True))).all()
    if len(rows) != 1:
        raise BilingualError.named("error.several_deliveries", count=len(rows), key=key)
    row = rows[0]
    from_states = (*TO_SETTLE, "pending") if state == "failed" else TO_SETTLE
    changed = connection.execute(
        update(outbox)
        .where(outbox.c.delivery_key == row.delivery_key, outbox.c.state == (seen or row.state))
        .where(outbox.c.state.in_(from_states))
        .values(
            state=state,
            attempts=0 if state == "pending" else outbox.c.attempts,
            not_before=None,
            claim=None,
            leased_until=None,
            answer=with_answer(row.answer, at, state, f"settled by {who}"),
        )
    )
    if not changed.rowcount:
        raise BilingualError.named("error.delivery_not_settled", delivery=row.delivery_key[:12], state=row.state)
    data = {"channel": row.channel, "kind": row.kind, "day": row.day, "from_state": row.state, "to_state": state}
    doing = Doing("settle", ABOUT, row.delivery_key, data)
    note_doings(connection, [doing], who, at, first_day_to_know(connection, at))


def with_answer(answers: str, at: datetime, state: str, detail: str) -> str:
    """The row's answers and one more, a line of JSON each; the oldest are forgotten when they grow too long."""
    line = json.dumps({"at": moment(at), "state": state, "detail": detail[:500]}, ensure_ascii=False)
    return f"{answers}\n{line}".lstrip("\n")[-LONGEST_ANSWER:]
