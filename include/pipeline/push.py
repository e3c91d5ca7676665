"""Pushing what waits in the outbox, and saying what is not on the desk."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import select

from include.calendar.business_days import merchant_now
from include.customers.recall.reach import audiences_of
from include.customers.store import not_to_be_contacted, quiet_until
from include.tasks.answers.hand_back_folder import hand_back_folders
from include.tasks.channels.configured import channels_of, names_for
from include.tasks.channels.delivery import deliver
from include.tasks.task_tables import outbox, task_lists
from include.warehouse.workspace import Office

DUE_KINDS = ("restock", "recall")


def deliver_waiting(office: Office, secrets: Mapping[str, Mapping[str, str]], now: datetime) -> dict[str, Any]:
    """Deliver everything that is due; returns how many stand in which state. `now` is an aware moment.

    postponed: tried, refused for now, to be tried again. Other pending ones are of a list that came meanwhile: its own
    push takes them.
    """
    clock = merchant_now(office.merchant.time_zone, now)
    for folder in hand_back_folders(office.merchant):
        folder.make()
    report = deliver(
        office.books,
        channels_of(office.merchant.channels, audiences_of(office.merchant.customers)),
        secrets,
        lambda: clock,
        screen=partial(not_to_be_contacted, office),
        hold=partial(quiet_until, office),
    )
    states = ("sent", "pending", "sending", "failed", "unknown")
    postponed = sum(one.attempts > 0 for one in report.in_state("pending"))
    return {**{state: len(report.in_state(state)) for state in states}, "postponed": postponed}


def what_is_missing(office: Office, day: str) -> list[str]:
    """What planners and clerks are waiting for: lists of `day` that were not made, deliveries that did not arrive."""
    with office.books.connect() as connection:
        made = set(connection.scalars(select(task_lists.c.kind).where(task_lists.c.day == day).distinct()))
        rows = connection.execute(
            select(outbox.c.channel, outbox.c.kind, outbox.c.state).where(outbox.c.day == day)
        ).all()
    missing = [f"there is no {kind} list for {day}" for kind in DUE_KINDS if kind not in made]
    sent = {(row.channel, row.kind) for row in rows if row.state == "sent"}
    missing += [
        f"the {kind} list of {day} did not reach {channel}"
        for kind in DUE_KINDS
        for channel in names_for(office.merchant.channels, kind)
        if kind in made and (channel, kind) not in sent
    ]
    return missing
