"""Delivering the outbox, each row once in effect.

`sending` is stored before anything leaves the house, the answer after. Who dies in between leaves `sending`, which
becomes `unknown`: nobody can tell whether it arrived, so it is not repeated, unless the receiver makes repeated
deliveries with the same key once in effect.
"""

import json
import logging
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine, Row, or_, select, update

from include.tasks.acts import withdraw
from include.tasks.canonical_json import canonical_json, read_json
from include.tasks.channels.outbox import with_answer
from include.tasks.channels.parcel import Channel, Outcome, Parcel
from include.tasks.channels.secrecy import redacted
from include.tasks.document import Line, read_document, unpack
from include.tasks.moments import moment
from include.tasks.task_tables import outbox, task_lists

log = logging.getLogger(__name__)

Screen = Callable[[str, Sequence[Line]], Mapping[str, str]]
"""(kind, lines) -> task id -> why it may no longer be sent (consent, contact fatigue)."""
Hold = Callable[[str, str, datetime], datetime | None]
"""(kind, channel's name, now) -> the moment until which nothing of the kind goes there (quiet hours); None: it may."""


# Definite failures are repeated after the first wait, then after twice that, and so on.
ATTEMPTS = 6
FIRST_WAIT = timedelta(minutes=1)
# A delivery still `sending` after this is taken for dead: longer than any channel may wait for an answer.
LOST_AFTER = timedelta(minutes=15)


@dataclass(frozen=True)
class Delivery:
    """One outbox row as it stands after `deliver`."""

    delivery_key: str
    channel: str
    kind: str
    day: str
    state: str
    attempts: int
    detail: str


@dataclass(frozen=True)
class DeliveryReport:
    deliveries: tuple[Delivery, ...]

    def in_state(self, *states: str) -> tuple[Delivery, ...]:
        return tuple(one for one in self.deliveries if one.state in states)


def deliver(
    engine: Engine,
    channels: Iterable[Channel],
    secrets: Mapping[str, Mapping[str, str]],
    clock: Callable[[], datetime],
    *,
    screen: Screen | None = None,
    hold: Hold | None = None,
) -> DeliveryReport:
    """Deliver everything that is due, each row in transactions of its own; one channel's trouble stops no other.

    secrets: channel name -> its secrets (e.g. url, secret). clock: the merchant's, naive.
    screen, hold: asked at the last moment. What the screen names is left out and its tasks are withdrawn.
    Returns every row that was tried, and every other one that is still waiting, sending or unknown.
    """
    by_name = {channel.name: channel for channel in channels}
    _find_the_lost(engine, by_name, clock())
    tried: list[str] = []
    for row in _due(engine, clock()):
        channel = by_name.get(row.channel)
        if channel is None:
            log.warning("outbox %s waits for channel %r, which is not configured", row.delivery_key[:12], row.channel)
            continue
        until = hold(row.kind, row.channel, clock()) if hold is not None else None
        if until is not None:
            _put_off(engine, row, until)
            continue
        if _deliver_one(engine, row, channel, secrets.get(row.channel, {}), clock, screen):
            tried.append(row.delivery_key)
    return _report(engine, tried)


def _due(engine: Engine, now: datetime) -> Sequence[Row]:
    with engine.begin() as connection:
        return connection.execute(
            select(outbox)
            .where(outbox.c.state == "pending")
            .where(or_(outbox.c.not_before.is_(None), outbox.c.not_before <= moment(now)))
            .order_by(outbox.c.stored_at, outbox.c.delivery_key)
        ).all()


def _find_the_lost(engine: Engine, channels: Mapping[str, Channel], now: datetime) -> None:
    with engine.begin() as connection:
        rows = connection.execute(
            select(outbox).where(outbox.c.state == "sending", outbox.c.started_at <= moment(now - LOST_AFTER))
        ).all()
    for row in rows:
        channel = channels.get(row.channel)
        if channel is None:
            continue
        again = channel.is_repeatable and row.attempts < ATTEMPTS
        state = "pending" if again else "unknown"
        detail = "the sender died before the answer" + ("; safe to repeat" if again else "; not repeated")
        with engine.begin() as connection:
            connection.execute(
                update(outbox)
                .where(outbox.c.delivery_key == row.delivery_key, outbox.c.state == "sending")
                .where(outbox.c.claim == row.claim)
                .values(state=state, answer=with_answer(row.answer, now, state, detail))
            )


def _deliver_one(
    engine: Engine,
    row: Row,
    channel: Channel,
    secrets: Mapping[str, str],
    clock: Callable[[], datetime],
    screen: Screen | None,
) -> bool:
    """False where another process was faster."""
    claim = uuid.uuid4().hex
    with engine.begin() as connection:
        claimed = connection.execute(
            update(outbox)
            .where(outbox.c.delivery_key == row.delivery_key, outbox.c.state == "pending")
            .where(outbox.c.attempts == row.attempts)
            .values(state="sending", claim=claim, attempts=row.attempts + 1, started_at=moment(clock()))
        )
    if claimed.rowcount != 1:
        return False
    try:
        parcel = _parcel(engine, row, screen, clock())
    except Exception as error:  # nothing has left the house: one list's trouble stops no other's delivery
        outcome = Outcome("failed", f"could not be made up: {type(error).__name__}: {error}", may_repeat=True)
    else:
        outcome = _send(channel, parcel, secrets)
    _record(engine, row, claim, channel, redacted(outcome, secrets), clock())
    return True


def _send(channel: Channel, parcel: Parcel, secrets: Mapping[str, str]) -> Outcome:
    try:
        return channel.send(parcel, secrets)
    except Exception as error:  # a channel that breaks cannot say whether the parcel left the house
        return Outcome("unknown", f"{type(error).__name__}: {error}")


def _put_off(engine: Engine, row: Row, until: datetime) -> None:
    with engine.begin() as connection:
        connection.execute(
            update(outbox)
            .where(outbox.c.delivery_key == row.delivery_key, outbox.c.state == "pending")
            .values(not_before=moment(until))
        )


def _parcel(engine: Engine, row: Row, screen: Screen | None, now: datetime) -> Parcel:
    with engine.begin() as connection:
        stored = connection.execute(select(task_lists).where(task_lists.c.list_id == row.list_id)).one()
    document = read_document(unpack(stored.document))
    withheld = frozenset(read_json(row.withheld))
    if screen is not None:
        reasons = screen(document.kind, document.lines)
        withheld |= frozenset(reasons)
        with engine.begin() as connection:
            if reasons:
                withdraw(connection, reasons, now)
            connection.execute(
                update(outbox)
                .where(outbox.c.delivery_key == row.delivery_key)
                .values(withheld=canonical_json(sorted(withheld)))
            )
    return Parcel(row.delivery_key, stored.revision, stored.edition, document, withheld)


def _record(engine: Engine, row: Row, claim: str, channel: Channel, outcome: Outcome, now: datetime) -> None:
    attempts, not_before = row.attempts + 1, None
    state: str = outcome.state
    may_repeat = (state == "failed" and outcome.may_repeat) or (state == "unknown" and channel.is_repeatable)
    if may_repeat and attempts < ATTEMPTS:
        state = "pending"
        wait = max(FIRST_WAIT * 2 ** (attempts - 1), timedelta(seconds=outcome.wait_seconds))
        not_before = moment(now + wait)
    with engine.begin() as connection:
        connection.execute(
            update(outbox)
            .where(outbox.c.delivery_key == row.delivery_key, outbox.c.claim == claim)
            .where(outbox.c.state.in_(["sending", "unknown"]))  # late, but certain: better than unknown
            .values(
                state=state,
                not_before=not_before,
                finished_at=moment(now),
                answer=with_answer(row.answer, now, outcome.state, outcome.detail),
            )
        )
    level = logging.INFO if state == "sent" else logging.WARNING
    log.log(level, "%s list of %s to %s: %s. %s", row.kind, row.day, row.channel, state, outcome.detail)


def _report(engine: Engine, tried: Sequence[str]) -> DeliveryReport:
    with engine.begin() as connection:
        rows = connection.execute(
            select(outbox)
            .where(or_(outbox.c.delivery_key.in_(tried), outbox.c.state.in_(["pending", "sending", "unknown"])))
            .order_by(outbox.c.stored_at, outbox.c.delivery_key)
        ).all()
    return DeliveryReport(
        tuple(
            Delivery(
                row.delivery_key, row.channel, row.kind, row.day, row.state, row.attempts,
                json.loads(row.answer.split("\n")[-1])["detail"] if row.answer else "",
            )
            for row in rows
        )
    )  # fmt: skip
