"""Alerts, kept in the books until somebody has taken them.

    waiting -> told | dead            told -> waiting (more failures for the same reason came within the time)

The first failure is told at once. Those that follow for the same reason within `alerts.join_minutes` are joined: when
the time is over one message names them all. A failure to tell is tried again, since an alert that comes twice does no
harm; after ATTEMPTS it is dead, which `storekeeper status` and the desk show.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, Row, delete, insert, select, update

from include.calendar.quiet_hours import end_of_quiet
from include.pipeline.watching.alarms import MAX_PLACES, Alarm, notice_of, reason_hash
from include.settings.channels import Channel as ChannelSettings
from include.settings.merchant import Merchant
from include.tasks.canonical_json import canonical_json, content_hash, read_json
from include.tasks.channels.configured import tellers_of
from include.tasks.channels.notice import Notice, Teller
from include.tasks.channels.parcel import Outcome
from include.tasks.channels.secrecy import redacted
from include.tasks.moments import moment
from include.warehouse.books import step_lock
from include.warehouse.tables import alerts
from include.words.texts import Language

log = logging.getLogger("storekeeper.alerts")
ALERT_CONNECTION = "storekeeper_alerts"  # Airflow's, of a webhook that hears of every failure; from before
Secrets = Mapping[str, Mapping[str, str]]
Clock = Callable[[], datetime]
# The Dag `outbox` looks every ten minutes: after an hour it is no news, and the desk shows it.
ATTEMPTS = 6
# Whoever is telling may die: another tries after the time that no channel may take.
LEASE = timedelta(minutes=15)
KEPT = timedelta(days=90)  # as long as somebody may ask how often it happened


def alert_channels(merchant: Merchant, hears_before: bool) -> list[ChannelSettings]:
    """The channels that hear of failures. hears_before: the connection of earlier releases is there, and hears too."""
    told = [one for one in merchant.channels if one.name in merchant.alerts.channels]
    if not hears_before or any(one.connection == ALERT_CONNECTION for one in told):
        return told
    before = {"name": ALERT_CONNECTION, "kind": "webhook", "lists": (), "connection": ALERT_CONNECTION}
    return [*told, ChannelSettings.model_validate({**before, "language": merchant.language})]


@dataclass(frozen=True)
class StandingAlert:
    """An alert as `status` and the desk show it."""

    channel: str
    alarm: Alarm
    failures: int
    state: str
    first_at: str
    last_at: str
    answer: str


def raise_alarm(
    books: Engine, merchant: Merchant, told: Sequence[ChannelSettings], alarm: Alarm, now: datetime
) -> None:
    """Keep the alarm for each of these channels. now: the merchant's clock."""
    found = reason_hash(alarm, merchant)
    since = moment(now - timedelta(minutes=merchant.alerts.join_minutes))
    with step_lock(books, "alerts"), books.begin() as connection:
        for one in told:
            newest = connection.execute(
                select(alerts)
                .where(alerts.c.channel == one.name, alerts.c.reason_hash == found, alerts.c.first_at > since)
                .order_by(alerts.c.first_at.desc())
                .limit(1)
            ).one_or_none()
            if newest is None:
                _keep(connection, one, alarm, found, now)
            else:
                _join(connection, newest, alarm, merchant, now)
        connection.execute(delete(alerts).where(alerts.c.last_at < moment(now - KEPT)))


def _keep(connection: Connection, one: ChannelSettings, alarm: Alarm, found: str, now: datetime) -> None:
    quiet = end_of_quiet(now, one.quiet_hours)
    connection.execute(
        insert(alerts).values(
            alert_id=content_hash(canonical_json([one.name, found, *alarm.place, moment(now)])),
            channel=one.name,
            reason_hash=found,
            first_at=moment(now),
            last_at=moment(now),
            failures=1,
            told=0,
            state="waiting",
            attempts=0,
            not_before=None if quiet is None else moment(quiet),
            alarm=canonical_json(alarm.as_json()),
            places=canonical_json([list(alarm.place)]),
            answer="",
        )
    )


def _join(connection: Connection, row: Row[Any], alarm: Alarm, merchant: Merchant, now: datetime) -> None:
    over = datetime.fromisoformat(row.first_at) + timedelta(minutes=merchant.alerts.join_minutes)
    places = read_json(row.places)
    if len(places) < MAX_PLACES:
        places.append(list(alarm.place))
    waits = {} if row.state == "waiting" else {"state": "waiting", "attempts": 0, "not_before": moment(over)}
    connection.execute(
        update(alerts)
        .where(alerts.c.alert_id == row.alert_id)
        .values(failures=row.failures + 1, last_at=moment(now), places=canonical_json(places), **waits)
    )


def tell_waiting(
    books: Engine, merchant: Merchant, told: Sequence[ChannelSettings], secrets: Secrets, clock: Clock
) -> list[str]:
    """Tell what is due; returns what was not taken, channel by channel, and logs it. clock: the merchant's, naive."""
    tellers = {one.name: one for one in tellers_of(told)}
    by_name = {one.name: one for one in told}
    missed = []
    for row in _due(books, clock()):
        teller = tellers.get(row.channel)
        if teller is None:
            _note(books, row, "dead", "no such channel is named under alerts", clock(), row.told)
            continue
        now = clock()
        until = end_of_quiet(now, by_name[row.channel].quiet_hours)
        if until is not None or not _claimed(books, row, now):
            if until is not None:
                _change(books, row, not_before=moment(until))
            continue
        outcome = _say(merchant, teller, row, by_name[row.channel].language, secrets.get(row.channel, {}))
        if outcome.state == "sent":
            _note(books, row, "told", outcome.detail, clock(), row.failures)
            continue
        missed.append(f"{row.channel}: {outcome.detail}")
        log.error(
            "the alert about %s was not taken by %s: %s", read_json(row.alarm)["dag"], row.channel, outcome.detail
        )
        is_dead = row.attempts + 1 >= ATTEMPTS or (outcome.state == "failed" and not outcome.may_repeat)
        _note(books, row, "dead" if is_dead else "waiting", outcome.detail, clock(), row.told)
    return missed


def _due(books: Engine, now: datetime) -> Sequence[Row[Any]]:
    with books.connect() as connection:
        rows = connection.execute(select(alerts).where(alerts.c.state == "waiting").order_by(alerts.c.first_at)).all()
    return [row for row in rows if row.not_before is None or row.not_before <= moment(now)]


def _claimed(books: Engine, row: Row[Any], now: datetime) -> bool:
    """False if another process was faster."""
    with books.begin() as connection:
        done = connection.execute(
            update(alerts)
            .where(alerts.c.alert_id == row.alert_id, alerts.c.state == "waiting", alerts.c.attempts == row.attempts)
            .values(attempts=row.attempts + 1, not_before=moment(now + LEASE))
        )
    return done.rowcount == 1


def _say(merchant: Merchant, teller: Teller, row: Row[Any], language: Language, secrets: Mapping[str, str]) -> Outcome:
    key = content_hash(f"{row.alert_id} {row.failures}")
    notice = notice_of(Alarm.of(read_json(row.alarm)), merchant, language, key, read_json(row.places), row.failures)
    return said_by(teller, notice, secrets)


def said_by(teller: Teller, notice: Notice, secrets: Mapping[str, str]) -> Outcome:
    """What came of telling it, without secrets; a channel that breaks is an outcome like others."""
    try:
        outcome = teller.tell(notice, secrets)
    except Exception as error:
        outcome = Outcome("unknown", f"{type(error).__name__}: {error}", may_repeat=True)
    return redacted(outcome, secrets)


def _note(books: Engine, row: Row[Any], state: str, answer: str, now: datetime, told: int) -> None:
    """More failures that were joined meanwhile wait for their own message."""
    with books.begin() as connection:
        joined = connection.scalar(select(alerts.c.failures).where(alerts.c.alert_id == row.alert_id))
        waits = state == "told" and joined is not None and joined > told
        connection.execute(
            update(alerts)
            .where(alerts.c.alert_id == row.alert_id)
            .values(state="waiting" if waits else state, told=told, answer=f"{moment(now)} {answer}"[:500],
                    not_before=moment(now) if waits or state != "waiting" else moment(now + timedelta(minutes=1)))
        )  # fmt: skip


def _change(books: Engine, row: Row[Any], **values: Any) -> None:
    with books.begin() as connection:
        connection.execute(update(alerts).where(alerts.c.alert_id == row.alert_id).values(**values))


def tell_directly(
    merchant: Merchant, told: Sequence[ChannelSettings], secrets: Secrets, alarm: Alarm, key: str
) -> list[str]:
    """Tell it at once and keep nothing: for a failure that keeps the books themselves from opening. Returns what was
    not taken."""
    missed = []
    languages = {one.name: one.language for one in told}
    for teller in tellers_of(told):
        notice = notice_of(alarm, merchant, languages[teller.name], key, [alarm.place], 1)
        outcome = said_by(teller, notice, secrets.get(teller.name, {}))
        if outcome.state != "sent":
            missed.append(f"{teller.name}: {outcome.detail}")
            log.error("the alert about %s was not taken by %s: %s", alarm.dag, teller.name, outcome.detail)
    return missed


def standing_alerts(connection: Connection, since: str, limit: int = 50) -> list[StandingAlert]:
    """The newest first, of those since a moment and those that nobody has taken."""
    query = select(alerts).where((alerts.c.last_at >= since) | (alerts.c.state != "told"))
    return [
        StandingAlert(
            row.channel, Alarm.of(read_json(row.alarm)), row.failures, row.state, row.first_at, row.last_at, row.answer
        )
        for row in connection.execute(query.order_by(alerts.c.last_at.desc()).limit(limit))
    ]
