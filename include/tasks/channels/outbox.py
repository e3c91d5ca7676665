"""The outbox: what is to be pushed, written with the list in one transaction, and delivered once in effect.

    pending -> sending -> sent | failed | unknown         pending -> superseded (a newer list came first)

delivery.py takes it from there. A person settles what failed or is unknown (`settle`).
"""

import json
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, Row, insert, select, update

from include.settings.saying import SaidError
from include.tasks.canonical_json import canonical_json, content_hash
from include.tasks.moments import moment
from include.tasks.persons import is_person
from include.tasks.task_tables import outbox, task_lists

LONGEST_ANSWER = 4_000  # letters of the answers to a delivery that are kept, the newest


def delivery_key(channel: str, kind: str, day: str, seen_hash: str, edition: int) -> str:
    """The same list to the same channel has the same key, whoever computes it. `edition` tells a list that was changed
    and changed back from the first one: the reader holds the one in between."""
    return content_hash(canonical_json([channel, kind, day, seen_hash, edition]))


def enqueue(
    connection: Connection, stored: Row, channels: Sequence[str], withheld: Sequence[str], at: datetime
) -> tuple[str, ...]:
    """Outbox rows for a stored list, one a channel; a key that exists already is left alone. Returns the new keys."""
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
            "state": "pending",
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
        task_lists.c.kind == stored.kind,
        task_lists.c.day == stored.day,
        task_lists.c.edition == stored.edition,
    )
    taken = connection.execute(
        update(outbox)
        .where(outbox.c.kind == stored.kind, outbox.c.state == "pending", outbox.c.list_id.not_in(same))
        .values(state="superseded")
    )
    return taken.rowcount


def settle(connection: Connection, key: str, state: str, who: str, at: datetime) -> None:
    """A person's word on a failed or unknown delivery: 'sent' (it arrived), 'pending' (send it again) or 'failed'.
    `key` may be shortened as long as it is unique. Raises ValueError."""
    if not is_person(who):
        raise ValueError(f"a delivery is settled by a person, by name; found {who!r}")
    if state not in ("sent", "pending", "failed"):
        raise ValueError(f"a delivery is settled as sent, pending or failed, found {state!r}")
    rows = connection.execute(
        select(outbox.c.delivery_key, outbox.c.state, outbox.c.answer).where(
            outbox.c.delivery_key.startswith(key, autoescape=True)
        )
    ).all()
    if len(rows) != 1:
        raise SaidError(
            f"{len(rows)} deliveries begin with {key!r}: expected one",
            f"有 {len(rows)} 次推送以 {key!r} 开头：应正好一次",
        )
    row = rows[0]
    changed = connection.execute(
        update(outbox)
        .where(outbox.c.delivery_key == row.delivery_key, outbox.c.state.in_(["failed", "unknown"]))
        .values(
            state=state,
            attempts=0 if state == "pending" else outbox.c.attempts,
            not_before=None,
            claim=None,
            answer=with_answer(row.answer, at, state, f"settled by {who}"),
        )
    )
    if not changed.rowcount:
        raise SaidError(
            f"delivery {row.delivery_key[:12]} is {row.state}: only failed and unknown ones are settled",
            f"推送 {row.delivery_key[:12]} 的状态是 {row.state}：只有 failed 和 unknown 的才需要认定",
        )


def with_answer(answers: str, at: datetime, state: str, detail: str) -> str:
    """The row's answers and one more, a line of JSON each; the oldest are forgotten when they grow too long."""
    line = json.dumps({"at": moment(at), "state": state, "detail": detail[:500]}, ensure_ascii=False)
    return f"{answers}\n{line}".lstrip("\n")[-LONGEST_ANSWER:]
