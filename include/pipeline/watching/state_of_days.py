"""How each day stands, shop by shop and list by list: the one source of `storekeeper status` and the desk's pages."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Connection, Row, func, select

from include.calendar.business_days import cut_off_of, day_after, days_between, parse_day
from include.pipeline.push import DUE_KINDS
from include.pipeline.watching.alert_book import StandingAlert, standing_alerts
from include.pipeline.watching.marks import Mark, marks
from include.settings.merchant import Merchant
from include.settings.shops import Shop
from include.tasks.channels.configured import names_for
from include.tasks.kinds import in_order
from include.tasks.moments import moment
from include.tasks.task_tables import outbox, task_lists
from include.warehouse.tables import closes, exports
from include.words.texts import LANGUAGES, Language, say

ShopState = Literal["published", "part", "stopped", "late", "waiting", "none"]
"""none: a day that was never opened, or that came with a history."""
DAYS_SHOWN = 7
# A backup and an audit are made each night: after two nights without one something is wrong.
NIGHTS_WITHOUT = 2
BROKEN = ("dead", "failed", "unknown")  # deliveries that wait for a person


@dataclass(frozen=True)
class ShopOnDay:
    """files: that arrived, of which published. rows: that were read, of which published, held back and ignored.
    stopped: (file, why) of what was not published."""

    day: str
    state: ShopState
    files: int = 0
    published_files: int = 0
    rows: int = 0
    published: int = 0
    held: int = 0
    ignored: int = 0
    stopped: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True)
class StateOfShop:
    """called: language -> its name. days: oldest first."""

    name: str
    called: Mapping[str, str]
    days: Sequence[ShopOnDay]


@dataclass(frozen=True)
class ListOnDay:
    """late_minutes: after it was due; None: in time. deliveries: channel -> state of the newest one."""

    kind: str
    lines: int
    edition: int
    made_at: str
    late_minutes: int | None
    deliveries: Mapping[str, str]

    @property
    def is_there(self) -> bool:
        return all(state in ("sent", "superseded") for state in self.deliveries.values())


@dataclass(frozen=True)
class StateOfDay:
    """closed_at: None as long as it is not closed. missing: shops it was closed without. lists: by their kind.
    is_overdue: it should be closed by now."""

    day: str
    closed_at: str | None = None
    revision: int = 0
    missing: Sequence[str] = ()
    lists: Mapping[str, ListOnDay] = field(default_factory=dict)
    is_overdue: bool = False


@dataclass(frozen=True)
class Wrong:
    """What somebody must look at: the text `status.wrong.NAME` with its values, some of them language -> value.
    day, shop, kind: "" for none."""

    name: str
    values: Mapping[str, Any]
    day: str = ""
    shop: str = ""
    kind: str = ""

    def describe(self, language: Language) -> str:
        own = {name: one[language] if isinstance(one, Mapping) else one for name, one in self.values.items()}
        return say(language, f"status.wrong.{self.name}", **own)


@dataclass(frozen=True)
class StateOfDays:
    days: Sequence[StateOfDay]
    shops: Sequence[StateOfShop]
    marks: Mapping[str, Mark]
    alerts: Sequence[StandingAlert]
    wrong: Sequence[Wrong]


def state_of_days(
    connection: Connection,
    merchant: Merchant,
    clock: datetime,
    last: str | None = None,
    count: int = DAYS_SHOWN,
    sees: Callable[[str], bool] = lambda _: True,
) -> StateOfDays:
    """The days up to `last`, by default the newest that has ended or is closed; empty if there is none.

    clock: the merchant's. sees: whether a shop is for the reader's eyes.
    """
    first_closed, newest = connection.execute(select(func.min(closes.c.day), func.max(closes.c.day))).one()
    expected = expected_day(merchant, clock, newest)
    end = last or max((one for one in (expected, newest) if one), default=None)
    days = days_between(day_after(end, 1 - count), end) if end else []
    overdue = [day for day in days if _is_overdue(merchant, clock, day, expected, first_closed)]
    told = _days(connection, merchant, days, overdue, sees)
    shops = shops_on_days(connection, merchant, days, newest, overdue, sees)
    marked = marks(connection)
    heard = standing_alerts(connection, moment(clock - timedelta(days=count)))
    wrong = _wrong(merchant, clock, told, shops, marked, heard, expected)
    return StateOfDays(told, shops, marked, heard, wrong)


def expected_day(merchant: Merchant, clock: datetime, newest: str | None) -> str | None:
    """The day that the clock opened last; where days are opened by hand, the newest closed one."""
    if merchant.running.clock_starts < clock.date():
        return day_after(clock.date().isoformat(), -1)
    return newest


def _is_overdue(merchant: Merchant, clock: datetime, day: str, expected: str | None, first_closed: str | None) -> bool:
    if expected is None or day > expected or (first_closed is not None and day < first_closed):
        return False
    return clock >= cut_off_of(day, merchant.closing.cut_off, merchant.time_zone).replace(tzinfo=None)


def _days(
    connection: Connection,
    merchant: Merchant,
    days: Sequence[str],
    overdue: Sequence[str],
    sees: Callable[[str], bool],
) -> list[StateOfDay]:
    if not days:
        return []
    closed: dict[str, Any] = {}
    for row in connection.execute(
        select(closes.c.day, closes.c.revision, closes.c.closed_at, closes.c.missing_shops)
        .where(closes.c.day >= days[0], closes.c.day <= days[-1])
        .order_by(closes.c.revision)
    ):
        closed[row.day] = row
    lists = _lists(connection, merchant, days)
    return [
        StateOfDay(
            day,
            closed[day].closed_at,
            closed[day].revision,
            [one for one in json.loads(closed[day].missing_shops) if sees(one)],
            lists.get(day, {}),
        )
        if day in closed
        else StateOfDay(day, lists=lists.get(day, {}), is_overdue=day in overdue)
        for day in days
    ]


def _lists(connection: Connection, merchant: Merchant, days: Sequence[str]) -> dict[str, dict[str, ListOnDay]]:
    c = task_lists.c
    made: dict[tuple[str, str], Any] = {}
    first: dict[tuple[str, str], str] = {}
    for row in connection.execute(
        select(c.list_id, c.day, c.kind, c.lines, c.edition, c.stored_at)
        .where(c.day >= days[0], c.day <= days[-1])
        .order_by(c.revision)
    ):
        made[row.day, row.kind] = row
        first.setdefault((row.day, row.kind), row.stored_at)
    sent: dict[tuple[str, str], dict[str, str]] = {}
    for one in connection.execute(
        select(outbox.c.day, outbox.c.kind, outbox.c.channel, outbox.c.state)
        .where(outbox.c.day >= days[0], outbox.c.day <= days[-1], outbox.c.purpose == "list")
        .order_by(outbox.c.stored_at)
    ):
        sent.setdefault((one.day, one.kind), {})[one.channel] = one.state
    found: dict[str, dict[str, ListOnDay]] = {}
    for kind in in_order():
        for day in days:
            newest = made.get((day, kind.name))
            if newest is not None:
                late = late_by(merchant, day, first[day, kind.name])
                told = sent.get((day, kind.name), {})
                own = ListOnDay(kind.name, newest.lines, newest.edition, newest.stored_at, late, told)
                found.setdefault(day, {})[kind.name] = own
    return found


def late_by(merchant: Merchant, day: str, made_at: str) -> int | None:
    """Minutes after the hour at which lists are due, the morning after their day; days run again long after are not."""
    due = datetime.combine(parse_day(day_after(day)), merchant.closing.lists_due)
    minutes = int((datetime.fromisoformat(made_at) - due).total_seconds() // 60)
    return minutes if 0 < minutes < 24 * 60 else None


def shops_on_days(
    connection: Connection,
    merchant: Merchant,
    days: Sequence[str],
    newest: str | None,
    overdue: Sequence[str] = (),
    sees: Callable[[str], bool] = lambda _: True,
) -> list[StateOfShop]:
    """How each shop's files stand on each of the days. newest: the newest closed day. overdue: days whose cut-off has
    passed."""
    if not days:
        return []
    within = (exports.c.day >= days[0], exports.c.day <= days[-1])
    closed = set(connection.scalars(select(closes.c.day).where(closes.c.day >= days[0], closes.c.day <= days[-1])))
    c = exports.c
    rows = connection.execute(
        select(
            c.shop,
            c.day,
            c.report,
            func.count().label("files"),
            func.count().filter(c.state == "published").label("published_files"),
            func.count().filter(c.state == "stopped").label("stopped_files"),
            func.coalesce(func.sum(c.rows_total), 0).label("rows"),
            func.coalesce(func.sum(c.rows_published), 0).label("published"),
            func.coalesce(func.sum(c.rows_quarantined), 0).label("held"),
            func.coalesce(func.sum(c.rows_ignored), 0).label("ignored"),
        )
        .where(*within)
        .group_by(c.shop, c.day, c.report)
    )
    came: dict[tuple[str, str], dict[str, Row[Any]]] = {}
    for row in rows:
        came.setdefault((row.shop, row.day), {})[row.report] = row
    why: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for row in connection.execute(
        select(c.shop, c.day, c.file_name, c.message).where(*within, c.state == "stopped").order_by(c.landed_at)
    ):
        why.setdefault((row.shop, row.day), []).append((row.file_name, row.message or ""))
    return [
        StateOfShop(
            shop.name,
            {one: shop.called(one) for one in LANGUAGES},
            [
                _on_day(shop, day, came.get((shop.name, day), {}), why.get((shop.name, day), []),
                        is_closed=day in closed, is_late=day in closed or day in overdue,
                        is_next=newest is None or day > newest)
                for day in days
            ],
        )
        for shop in merchant.shops
        if sees(shop.name)
    ]  # fmt: skip


def _on_day(
    shop: Shop,
    day: str,
    came: Mapping[str, Row[Any]],
    stopped: Sequence[tuple[str, str]],
    *,
    is_closed: bool,
    is_late: bool,
    is_next: bool,
) -> ShopOnDay:
    needed = {name: report.at_least for name, report in shop.reports.items() if report.required}
    lacking = [name for name, files in needed.items() if name not in came or came[name].published_files < files]
    state: ShopState
    if any(one.stopped_files and not one.published_files for one in came.values()):
        state = "stopped"
    elif not lacking:
        state = "published"
    elif is_late and (is_closed or not came):
        state = "late"
    else:
        state = "part" if came else "waiting" if is_next else "none"
    sums = {
        name: sum(int(getattr(one, name)) for one in came.values())
        for name in ("files", "published_files", "rows", "published", "held", "ignored")
    }
    return ShopOnDay(day, state, **sums, stopped=stopped)


def _wrong(
    merchant: Merchant,
    clock: datetime,
    days: Sequence[StateOfDay],
    shops: Sequence[StateOfShop],
    marked: Mapping[str, Mark],
    heard: Sequence[StandingAlert],
    expected: str | None,
) -> list[Wrong]:
    found = [Wrong("not_closed", {"day": one.day}, one.day) for one in days if one.is_overdue]
    for shop in shops:
        for one in shop.days:
            if one.state == "stopped":
                file, why = one.stopped[-1] if one.stopped else ("", "")
                values = {"day": one.day, "shop": shop.called, "file": file, "why": " ".join(why.split())}
                found.append(Wrong("stopped", values, one.day, shop.name))
            elif one.state == "late":
                found.append(Wrong("late", {"day": one.day, "shop": shop.called}, one.day, shop.name))
    for day in days:
        found += _wrong_with_lists(merchant, clock, day, expected)
    found += [
        Wrong("alert", {"step": one.alarm.step, "channel": one.channel, "at": one.last_at, "answer": one.answer})
        for one in heard
        if one.state == "dead"
    ]
    return found + _wrong_marks(merchant, clock, marked, expected)


def _wrong_with_lists(merchant: Merchant, clock: datetime, day: StateOfDay, expected: str | None) -> list[Wrong]:
    is_due = clock >= datetime.combine(parse_day(day_after(day.day)), merchant.closing.lists_due)
    found = []
    if day.closed_at is not None and is_due and (day.lists or day.day == expected):  # a history's days have none
        for kind in DUE_KINDS:
            if kind not in day.lists:
                values = {"day": day.day, "kind": _each(f"{kind}.name")}
                found.append(Wrong("no_list", values, day.day, kind=kind))
    for kind, one in day.lists.items():
        lacking = [name for name in names_for(merchant.channels, kind) if name not in one.deliveries]
        if is_due and day.day == expected and kind in DUE_KINDS:  # older days may have been replayed in silence
            values = {"day": day.day, "kind": _each(f"{kind}.name")}
            found += [Wrong("not_pushed", {**values, "channel": name}, day.day, kind=kind) for name in lacking]
        for channel, state in one.deliveries.items():
            if state in BROKEN or (is_due and state in ("pending", "sending", "held") and kind in DUE_KINDS):
                values = {
                    "day": day.day,
                    "kind": _each(f"{kind}.name"),
                    "channel": channel,
                    "state": _each(f"command.delivery.{state}"),
                }
                found.append(Wrong("delivery", values, day.day, kind=kind))
    return found


def _each(name: str) -> Mapping[str, str]:
    """A text in each language."""
    return {one: say(one, name) for one in LANGUAGES}


def _wrong_marks(merchant: Merchant, clock: datetime, marked: Mapping[str, Mark], expected: str | None) -> list[Wrong]:
    found = [
        Wrong(f"{name}_failed", {"day": one.day, "at": one.at, "why": one.detail}, one.day)
        for name, one in marked.items()
        if not one.is_well
    ]
    beat, runs_by_clock = marked.get("heartbeat"), merchant.running.clock_starts < clock.date()
    is_due = clock.time() >= merchant.closing.lists_due
    if merchant.alerts.heartbeat and runs_by_clock and is_due and expected and (beat is None or beat.day < expected):
        found.append(Wrong("no_heartbeat", {"day": expected}, expected))
    oldest = moment(clock - timedelta(days=NIGHTS_WITHOUT))
    for name in ("backup", "audit"):
        mark = marked.get(name)
        if runs_by_clock and mark is not None and mark.at < oldest:
            found.append(Wrong(f"no_{name}", {"at": mark.at}, mark.day))
    return found
