"""The week's reckoning (对账), which goes along with the restock list of one day of the week: what the lists suggested,
what people did, what came of it, and what it brought, in the week and in the four weeks up to the list's day.

The lists of a week are those that lay on the desk in it, so they are of the days before. All is as the list of the day
may know it, so that a replay tells the same.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import pandas as pd
from sqlalchemy import func, select

from include.calendar.business_days import day_after, parse_day
from include.replenishment.looking_back.day_figures import Done, told_as_of, what_was_done
from include.replenishment.looking_back.plan_results import AGAIN_DAYS, suggested_before
from include.settings.currencies import with_currency
from include.settings.yaml_reading.clock import Weekday
from include.tasks.kinds import kind_of
from include.tasks.sheets.cells import amount_of
from include.tasks.task_tables import task_lists
from include.warehouse.workspace import Workspace
from include.words.texts import LANGUAGES, in_each

WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
WEEK_DAYS = 7  # of a week
# The recall list has a review of its own, against customers who were left alone; and who works the restock list need
# not be told of customers.
KINDS = ("restock", "transfer", "chase", "excess")
ANSWERS = ("suggested", "accepted", "done", "refused", "unanswered")
ROWS = {"restock": (*ANSWERS, "came", "saved", "missed"), "chase": (*ANSWERS, "came")}
NOTHING = (0, 0, 0, 0, 0, 0)  # lines, units and micros of the week, and of the four weeks
COLUMNS = ["list", "what", "lines", "units", "money_micros", "lines_before", "units_before", "money_before_micros"]
FEW_LINES = 20  # of lines whose goods came: below it a single one is often most of what they brought


@dataclass(frozen=True)
class Reckoning:
    """rows: COLUMNS, a row a kind of list and what was counted, of the week and (`_before`) of the four weeks. since:
    the first day that has lists, if it is within the four weeks. arrived_lines: restock lines of which goods came in
    them. uncosted: skus among those that were ordered or missed whose cost nobody knows, so that no money counts."""

    day: str
    rows: pd.DataFrame
    since: str | None
    arrived_lines: int
    uncosted: int

    def of(self, what: str, column: str) -> int:
        """A figure of the restock list."""
        row = self.rows[(self.rows["list"] == "restock") & (self.rows["what"] == what)]
        return 0 if row.empty or pd.isna(row[column].iloc[0]) else int(row[column].iloc[0])


def is_due(day: str, weekday: Weekday | None) -> bool:
    """Whether the list of `day`, which is worked the next morning, is that of this weekday."""
    return weekday is not None and WEEKDAYS[parse_day(day_after(day)).weekday()] == weekday


def weekly_reckoning(workspace: Workspace, day: str) -> Reckoning | None:
    """None as long as no list was on the desk."""
    told = told_as_of(workspace, day)
    with workspace.books.connect() as connection:
        suggested = suggested_before(connection, day)
        done = what_was_done(connection, told, day)
        of_goods = task_lists.c.kind.in_(KINDS)
        first = connection.execute(select(func.min(task_lists.c.day)).where(of_goods)).scalar_one()
    # The list of a day is worked on the day after it.
    counts = {(day_after(on), *more): sums for (on, *more), sums in suggested.items()} | done.counts
    rows = _rows(counts, day)
    if rows.empty:
        return None
    since = first if first is not None and first > day_after(day, -AGAIN_DAYS) else None
    lately = {one.answer for one in done.arrived if one.day > day_after(day, -AGAIN_DAYS)}
    return Reckoning(day, rows, since, sum(one.kind == "restock" for one in lately), _uncosted(done, told.costs))


def _rows(counts: dict[tuple[str, ...], list[int]], day: str) -> pd.DataFrame:
    sums: dict[tuple[str, str], list[int]] = defaultdict(lambda: [*NOTHING])
    for (on, kind, what, *_), three in counts.items():
        is_of_week = on > day_after(day, -WEEK_DAYS)
        of_both = [*(three if is_of_week else (0, 0, 0)), *three]
        sums[kind, what] = [known + more for known, more in zip(sums[kind, what], of_both, strict=True)]
    rows = []
    for kind in KINDS:
        if not any(found == kind for found, _ in sums):
            continue
        counted = kind_of(kind).counted
        for what in ROWS.get(kind, ANSWERS):
            lines, units, money, *before = sums.get((kind, what), NOTHING)
            own = (units, before[1]) if counted else (None, None)
            rows.append([kind, what, lines, own[0], money, before[0], own[1], before[2]])
    frame = pd.DataFrame(rows, columns=COLUMNS)
    return frame.astype(dict.fromkeys(COLUMNS[2:], "Int64"))


def _uncosted(done: Done, costs: pd.Series) -> int:
    skus = {one.answer.sku for one in done.arrived} | {one.sku for one in done.not_done}
    return int(pd.to_numeric(costs).reindex(sorted(skus)).isna().sum())


def reckoning_note(found: Reckoning, currency: str) -> tuple[str, str]:
    """What stands above the list: what was done, what it brought, and how far that can be trusted: a few lines prove
    nothing."""

    def money(what: str, column: str) -> tuple[str, str]:
        amount = f"{amount_of(found.of(what, column)):,.2f}"
        return with_currency(amount, currency, LANGUAGES[0]), with_currency(amount, currency, LANGUAGES[1])

    is_worth = any(found.of(what, "units_before") for what in ("saved", "missed"))
    is_little = is_worth and found.arrived_lines < FEW_LINES
    if is_worth:
        worth = in_each(
            "reckoning.note.worth",
            saved=f"{found.of('saved', 'units'):,}",
            saved_money=money("saved", "money_micros"),
            missed=f"{found.of('missed', 'units'):,}",
            missed_money=money("missed", "money_micros"),
            saved_before=money("saved", "money_before_micros"),
            missed_before=money("missed", "money_before_micros"),
        )
    elif found.arrived_lines:
        worth = in_each("reckoning.note.came_unsold")
    else:
        is_ordered = found.of("accepted", "lines_before") > 0
        worth = in_each("reckoning.note.nothing_came" if is_ordered else "reckoning.note.nothing_ordered")
    lines = {name: f"{found.of(name, 'lines'):,}" for name in ("suggested", "accepted", "refused", "unanswered")}
    return in_each(
        "reckoning.note",
        first=day_after(found.day, 1 - WEEK_DAYS),
        last=found.day,
        **lines,
        came=f"{found.of('came', 'units'):,}",
        worth=worth,
        few=in_each("reckoning.note.few", lines=found.arrived_lines) if is_little else "",
        since=in_each("reckoning.note.since", day=found.since) if found.since else "",
        uncosted=in_each("reckoning.note.uncosted", count=found.uncosted) if found.uncosted else "",
    )
