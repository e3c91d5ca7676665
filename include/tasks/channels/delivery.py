"""Delivering the outbox, each row once in effect.

A process claims a row for a while (a lease) and makes up what is sent. `sending` is stored before anything leaves the
house, the answer after. Who dies before `sending` has sent nothing: when the lease expires, another takes over. Who
dies after it leaves `sending`, which becomes `unknown` when the lease expires: nobody can tell whether it arrived, so
it is not repeated, unless the receiver makes repeated deliveries with the same key once in effect.
"""

import json
import logging
import random
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Row, or_, select, update

from include.tasks.acts import withdraw
from include.tasks.canonical_json import canonical_json, content_hash, read_json
from include.tasks.channels.outbox import with_answer
from include.tasks.channels.parcel import Channel, Outcome, Parcel
from include.tasks.channels.routing import Route
from include.tasks.channels.secrecy import redacted
from include.tasks.document import Line, read_document, unpack
from include.tasks.kinds import in_order
from include.tasks.moments import moment
from include.tasks.task_tables import outbox, task_lists

log = logging.getLogger(__name__)

Screen = Callable[[str, Sequence[Line]], Mapping[str, str]]
"""(kind, lines) -> task id -> why it may no longer be sent (consent, contact fatigue)."""
Hold = Callable[[str, str, datetime], datetime | None]
"""(kind, channel's name, now) -> the moment until which nothing of the kind goes there (quiet hours); None: it may."""


NO_ROUTES: Mapping[str, Route] = {}
# Definite failures are repeated after the first wait, then after twice that, and so on; after so many attempts they are
# dead, and a person says what becomes of them.
ATTEMPTS = 6
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(minutes=16)
# A receiver that says when to come again is no broken one: it is asked for so long, however often.
PATIENCE = timedelta(hours=12)
# A wait is longer by up to this part of itself, so that what failed together does not come again together.
JITTER = 0.25
# A list is made up within seconds; whoever takes longer is taken for dead.
LEASE = timedelta(minutes=5)
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
    """put_off: how many were not tried, since their channel had asked to wait. tried: keys of the others."""

    deliveries: tuple[Delivery, ...]
    put_off: int = 0
    tried: frozenset[str] = frozenset()

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
    routes: Mapping[str, Route] = NO_ROUTES,
    jitter: Callable[[], float] = random.random,
) -> DeliveryReport:
    """Deliver everything that is due, each message in transactions of its own; one channel's trouble stops no other.

    secrets: channel name -> its secrets (e.g. url, secret). clock: the merchant's, naive.
    screen, hold: asked at the last moment. What the screen names is left out and its tasks are withdrawn.
    routes: channel name -> what it takes of a list, and when; a channel without one takes all at once.
    jitter: a number from 0 to 1, by which a wait is longer.
    Returns every row that was tried, and every other one that is still waiting, sending or unknown.
    """
    by_name = {channel.name: channel for channel in channels}
    _find_the_lost(engine, by_name, clock())
    tried: list[str] = []
    put_off = 0
    busy: dict[str, datetime] = {}  # channel -> when it may be asked again
    for rows in _together(_due(engine, clock()), routes):
        name, channel = rows[0].channel, by_name.get(rows[0].channel)
        if channel is None:
            log.warning("outbox %s waits for channel %r, which is not configured", rows[0].delivery_key[:12], name)
            continue
        route, now = routes.get(name), clock()
        if route is not None and _waits_for_more(engine, rows, route, now):
            continue
        waits = [hold(row.kind, name, now) for row in rows] if hold is not None else []
        until = max((one for one in (*waits, route.quiet_until(now) if route else None) if one), default=None)
        if until is not None:
            _put_off(engine, rows, until)
            continue
        if name in busy:
            _put_off(engine, rows, busy[name])
            put_off += len(rows)
            continue
        outcome = _deliver_together(engine, rows, channel, secrets.get(name, {}), clock, screen, jitter, route)
        if outcome is not None:
            tried += [row.delivery_key for row in rows]
            if outcome.may_repeat and outcome.wait_seconds:
                busy[name] = clock() + timedelta(seconds=outcome.wait_seconds)
    return DeliveryReport(_standing(engine, tried), put_off, frozenset(tried))


def _together(rows: Sequence[Row], routes: Mapping[str, Route]) -> list[list[Row]]:
    """The rows by message: each alone, but all lists of a morning for a channel that gets one message of them."""
    messages: dict[tuple[str, ...], list[Row]] = {}
    for row in rows:
        route = routes.get(row.channel)
        is_shared = route is not None and route.is_digest and row.purpose == "list"
        key = (row.channel, row.day) if is_shared else (row.delivery_key,)
        messages.setdefault(key, []).append(row)
    order = [kind.name for kind in in_order()]
    return [sorted(rows, key=lambda row: order.index(row.kind)) for rows in messages.values()]


def _waits_for_more(engine: Engine, rows: Sequence[Row], route: Route, now: datetime) -> bool:
    if not route.is_digest or rows[0].purpose != "list":
        return False
    query = select(outbox.c.kind).where(
        outbox.c.channel == rows[0].channel, outbox.c.day == rows[0].day, outbox.c.purpose == "list"
    )
    with engine.begin() as connection:
        there = frozenset(connection.scalars(query))
    return route.waits_for_more(rows[0].day, there, now)


def _due(engine: Engine, now: datetime) -> Sequence[Row]:
    with engine.begin() as connection:
        return connection.execute(
            select(outbox)
            .where(outbox.c.state == "pending", _is_free(now))
            .where(or_(outbox.c.not_before.is_(None), outbox.c.not_before <= moment(now)))
            .order_by(outbox.c.stored_at, outbox.c.delivery_key)
        ).all()


def _is_free(now: datetime) -> ColumnElement[bool]:
    """Nobody is making it up, or whoever did has died."""
    return or_(outbox.c.leased_until.is_(None), outbox.c.leased_until <= moment(now))


def _find_the_lost(engine: Engine, channels: Mapping[str, Channel], now: datetime) -> None:
    with engine.begin() as connection:
        rows = connection.execute(
            select(outbox).where(outbox.c.state == "sending", outbox.c.leased_until <= moment(now))
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
                .values(state=state, leased_until=None, answer=with_answer(row.answer, now, state, detail))
            )


class _TakenError(Exception):
    """Another process has a row, or it was taken back."""


def _deliver_together(
    engine: Engine,
    rows: Sequence[Row],
    channel: Channel,
    secrets: Mapping[str, str],
    clock: Callable[[], datetime],
    screen: Screen | None,
    jitter: Callable[[], float] = random.random,
    route: Route | None = None,
) -> Outcome | None:
    """One message of these rows. None if another process was faster with one of them, or it was taken back before
    anything was sent."""
    claim, now = uuid.uuid4().hex, clock()
    try:
        with engine.begin() as connection:
            for row in rows:
                is_ours = _is_free(now) & (outbox.c.attempts == row.attempts)
                _change(connection, row, is_ours, claim=claim, leased_until=moment(now + LEASE))
        try:
            parcel = _whole(engine, rows, screen, clock(), route)
        except Exception as error:  # nothing has left the house: one list's trouble stops no other's delivery
            outcome = Outcome("failed", f"could not be made up: {type(error).__name__}: {error}", may_repeat=True)
        else:
            if parcel is None:
                outcome = Outcome("sent", "no line is for this channel: nothing was sent")
            else:
                _begin_to_send(engine, rows, claim, clock())
                outcome = _send(channel, parcel, secrets)
    except _TakenError:
        return None
    _record(engine, rows, claim, channel, redacted(outcome, secrets), clock(), jitter)
    return outcome


def _begin_to_send(engine: Engine, rows: Sequence[Row], claim: str, now: datetime) -> None:
    """Raises _TakenError if the lease expired and another process has a row, or it was taken back: nothing may be
    sent."""
    with engine.begin() as connection:
        for row in rows:
            lost_after = {"started_at": moment(now), "leased_until": moment(now + LOST_AFTER)}
            _change(connection, row, outbox.c.claim == claim, state="sending", attempts=row.attempts + 1, **lost_after)


def _change(connection: Connection, row: Row, if_so: ColumnElement[bool], **values: Any) -> None:
    """Raises _TakenError where the row no longer waits, or it is not so."""
    changed = connection.execute(
        update(outbox)
        .where(outbox.c.delivery_key == row.delivery_key, outbox.c.state == "pending", if_so)
        .values(values)
    )
    if changed.rowcount != 1:
        raise _TakenError


def _send(channel: Channel, parcel: Parcel, secrets: Mapping[str, str]) -> Outcome:
    try:
        return channel.send(parcel, secrets)
    except Exception as error:  # a channel that breaks cannot say whether the parcel left the house
        return Outcome("unknown", f"{type(error).__name__}: {error}")


def _put_off(engine: Engine, rows: Sequence[Row], until: datetime) -> None:
    keys = [row.delivery_key for row in rows]
    with engine.begin() as connection:
        connection.execute(
            update(outbox)
            .where(outbox.c.delivery_key.in_(keys), outbox.c.state == "pending")
            .values(not_before=moment(until))
        )


def _whole(
    engine: Engine, rows: Sequence[Row], screen: Screen | None, now: datetime, route: Route | None
) -> Parcel | None:
    """The parcel of these rows; None if the channel takes lines of certain goods, and there is none."""
    parcels = [_parcel(engine, row, screen, now) for row in rows]
    if route is not None and route.is_narrow:
        parcels = [route.narrowed(one) for one in parcels]
        parcels = [one for one in parcels if one.lines]
    if not parcels:
        return None
    first, *others = parcels
    if not others:
        return first
    key = content_hash(canonical_json([one.delivery_key for one in parcels]))
    return replace(first, delivery_key=key, also=tuple(others))


def _parcel(engine: Engine, row: Row, screen: Screen | None, now: datetime) -> Parcel:
    with engine.begin() as connection:
        stored = connection.execute(select(task_lists).where(task_lists.c.list_id == row.list_id)).one()
    document = read_document(unpack(stored.document))
    withheld = frozenset(read_json(row.withheld))
    if screen is not None:
        reasons = screen(document.kind, document.lines)
        withheld |= frozenset(reasons)
        if reasons:
            with engine.begin() as connection:
                withdraw(connection, reasons, now)
                connection.execute(
                    update(outbox)
                    .where(outbox.c.delivery_key == row.delivery_key)
                    .values(withheld=canonical_json(sorted(withheld)))
                )
    return Parcel(row.delivery_key, stored.revision, stored.edition, document, withheld, row.purpose)


def _record(
    engine: Engine,
    rows: Sequence[Row],
    claim: str,
    channel: Channel,
    outcome: Outcome,
    now: datetime,
    jitter: Callable[[], float],
) -> None:
    states = []
    with engine.begin() as connection:
        for row in rows:
            state, not_before = _state_after(row, channel, outcome, now, jitter)
            states.append((row, state))
            connection.execute(
                update(outbox)
                .where(outbox.c.delivery_key == row.delivery_key, outbox.c.claim == claim)
                # Late, but certain: better than unknown, and than a repetition that has not begun.
                .where(outbox.c.state.in_(["pending", "sending", "unknown"]))
                .values(
                    state=state,
                    attempts=row.attempts + 1,
                    leased_until=None,
                    not_before=not_before,
                    finished_at=moment(now),
                    answer=with_answer(row.answer, now, outcome.state, outcome.detail),
                )
            )
    for row, state in states:
        level = logging.INFO if state == "sent" else logging.WARNING
        log.log(level, "%s list of %s to %s: %s. %s", row.kind, row.day, row.channel, state, outcome.detail)


def _state_after(
    row: Row, channel: Channel, outcome: Outcome, now: datetime, jitter: Callable[[], float]
) -> tuple[str, str | None]:
    """(the row's state after an attempt, before which it is not tried again)."""
    attempts = row.attempts + 1
    is_certain = outcome.state == "failed" and outcome.may_repeat
    may_repeat = is_certain or (outcome.state == "unknown" and channel.is_repeatable)
    is_asked_to_wait = bool(outcome.wait_seconds) and row.stored_at > moment(now - PATIENCE)
    if may_repeat and (attempts < ATTEMPTS or is_asked_to_wait):
        own = min(FIRST_WAIT * 2 ** min(attempts - 1, ATTEMPTS), LONGEST_WAIT) * (1 + JITTER * jitter())
        return "pending", moment(now + max(own, timedelta(seconds=outcome.wait_seconds)))
    return ("dead" if is_certain else outcome.state), None


def _standing(engine: Engine, tried: Sequence[str]) -> tuple[Delivery, ...]:
    with engine.begin() as connection:
        rows = connection.execute(
            select(outbox)
            .where(or_(outbox.c.delivery_key.in_(tried), outbox.c.state.in_(["pending", "sending", "unknown"])))
            .order_by(outbox.c.stored_at, outbox.c.delivery_key)
        ).all()
    return tuple(
        Delivery(
            row.delivery_key, row.channel, row.kind, row.day, row.state, row.attempts,
            json.loads(row.answer.split("\n")[-1])["detail"] if row.answer else "",
        )
        for row in rows
    )  # fmt: skip
