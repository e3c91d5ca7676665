"""Pushing what waits in the outbox, and saying what is not on the desk."""

import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import select

from include.calendar.business_days import day_after, merchant_now
from include.customers.recall.reach import audiences_of
from include.customers.store import not_to_be_contacted, quiet_until
from include.tasks.answers.hand_back_folder import hand_back_folders
from include.tasks.channels.configured import channels_of, names_for
from include.tasks.channels.delivery import deliver
from include.tasks.channels.escalation import escalate
from include.tasks.channels.routing import route_of
from include.tasks.kinds import kind_of
from include.tasks.task_tables import outbox, task_lists
from include.warehouse.workspace import Workspace
from include.words.texts import Language, say

DUE_KINDS = ("restock", "recall")


def deliver_waiting(workspace: Workspace, secrets: Mapping[str, Mapping[str, str]], now: datetime) -> dict[str, Any]:
    """Deliver everything that is due; returns how many stand in which state. `now` is an aware moment.

    postponed: refused for now, or about to be, and to be tried again. Other pending ones are of a list that came
    meanwhile: its own push takes them.
    """
    started = time.monotonic()

    def clock() -> datetime:  # it goes on: a claim that lasts from the first delivery would expire during the last
        return merchant_now(workspace.merchant.time_zone, now + timedelta(seconds=time.monotonic() - started))

    for folder in hand_back_folders(workspace.merchant):
        folder.make()
    report = deliver(
        workspace.books,
        channels_of(
            workspace.merchant.channels, audiences_of(workspace.merchant.customers), workspace.merchant.desk.pages
        ),
        secrets,
        clock,
        screen=partial(not_to_be_contacted, workspace),
        hold=partial(quiet_until, workspace),
        routes={one.name: route_of(one, workspace.merchant.closing.lists_due) for one in workspace.merchant.channels},
    )
    states = ("sent", "pending", "sending", "failed", "dead", "unknown")
    postponed = sum(one.attempts > 0 for one in report.in_state("pending")) + report.put_off
    doubtful = sum(one.delivery_key in report.tried for one in report.in_state("unknown"))
    counts = {state: len(report.in_state(state)) for state in states}
    return {**counts, "postponed": postponed, "newly_unknown": doubtful}


def escalate_unseen(workspace: Workspace, now: datetime) -> list[str]:
    """Tell the channel that the merchant names of this morning's lists that nobody has opened, from the set time on;
    returns their kinds. `now` is an aware moment. What is told goes out with the next `deliver_waiting`."""
    desk, clock = workspace.merchant.desk, merchant_now(workspace.merchant.time_zone, now)
    if desk.escalation is None or clock.time() < desk.escalate_at:
        return []
    with workspace.books.begin() as connection:
        return escalate(connection, desk.escalation, day_after(clock.date().isoformat(), -1), clock)


def what_is_missing(workspace: Workspace, day: str) -> list[str]:
    """What planners and clerks are waiting for: lists of `day` that were not made, deliveries that did not arrive;
    in the merchant's language."""
    with workspace.books.connect() as connection:
        made = set(connection.scalars(select(task_lists.c.kind).where(task_lists.c.day == day).distinct()))
        rows = connection.execute(
            select(outbox.c.channel, outbox.c.kind, outbox.c.state).where(
                outbox.c.day == day, outbox.c.purpose == "list"
            )
        ).all()
    language = workspace.merchant.language
    called = {kind: kind_of(kind).called(language) for kind in DUE_KINDS}
    missing = [say(language, "alert.no_list", kind=called[kind], day=day) for kind in DUE_KINDS if kind not in made]
    sent = {(row.channel, row.kind) for row in rows if row.state == "sent"}
    held = {(row.channel, row.kind) for row in rows if row.state == "held"}
    missing += [
        say(
            language,
            "alert.list_waits" if (channel, kind) in held else "alert.list_not_there",
            kind=called[kind],
            day=day,
            channel=channel,
        )
        for kind in DUE_KINDS
        for channel in names_for(workspace.merchant.channels, kind)
        if kind in made and (channel, kind) not in sent
    ]
    return missing


def not_delivered(report: Mapping[str, Any], language: Language) -> str:
    """What `deliver_waiting` returned, as the reason of a failure."""
    counts = [
        say(language, "alert.deliveries", state=say(language, f"command.delivery.{state}"), n=report[state])
        for state in ("failed", "dead", "unknown", "pending")
        if report[state]
    ]
    return say(language, "alert.not_delivered", counts=say(language, "list.between").join(counts))
