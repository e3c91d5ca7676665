"""What publishing a list of the day needs, whatever it is about."""

from collections.abc import Sequence
from datetime import datetime

import pandas as pd

from include.facts.close_day import newest_close
from include.pipeline.close import close_note
from include.replenishment.looking_back.day_figures import keep_suggested
from include.tasks.channels.configured import names_for
from include.tasks.drafts import Note, TaskList
from include.tasks.memory import rules_of
from include.tasks.publish_list import Published, Push, publish_list
from include.warehouse.workspace import Workspace

MICROS_A_CENT = 10_000


def publish_lists(
    workspace: Workspace, lists: Sequence[TaskList], clock: datetime, replay: bool, push: bool | None
) -> list[Published]:
    """Publish each of the lists to the channels that take its kind, and store what it suggested. clock: the merchant's.

    A replay is silent, and otherwise the newest closed day alone is pushed; the engineer's word (`push`) goes before
    both.
    """
    settings, newest = workspace.merchant.replenishment, newest_close(workspace.books)
    rules = rules_of(settings)
    way: Push = ("never" if replay else "newest") if push is None else "always" if push else "never"
    published = [
        publish_list(
            workspace.books,
            task_list,
            clock,
            rules=rules,
            channels=names_for(workspace.merchant.channels, task_list.kind),
            push=way,
            newest_closed_day=None if newest is None else str(newest["day"]),
        )
        for task_list in lists
    ]
    for day in {one.day for one in lists}:
        keep_suggested(workspace.books, [one.kind for one in lists if one.day == day], day)
    return published


def list_notes(workspace: Workspace, day: str, last: pd.Series | None = None) -> list[Note]:
    """What stands above every list of the day: which shops are missing from it. last: its newest close, if at hand."""
    missing = close_note(workspace, day, last)
    return [Note(*missing)] if missing else []


def to_cents(micros: pd.Series) -> pd.Series:
    """An estimate in whole cents: more digits would be noise."""
    return (micros.astype("Float64") / MICROS_A_CENT).round().astype("Int64") * MICROS_A_CENT
