"""What lists suggested, what people made of it, and what came, day by day.

Suggested counts on the day of the list that asked for it first: a line that is carried on is no new suggestion.
Accepted (which done is too), refused and done count on the business day of the act; what is taken back on a later day
counts against that day. What came counts on the day of the receipt.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from sqlalchemy import Connection, Row, Select, and_, not_, select

from include.calendar.business_days import day_after
from include.replenishment.orders.matching import KEYS
from include.tasks.answers.plausibility import money_of
from include.tasks.canonical_json import read_json
from include.tasks.kinds import kind_of
from include.tasks.task_tables import BY_PEOPLE, task_events, tasks

AGAIN_DAYS = 28  # days whose acts and receipts are counted again each night: receipts may be told late
SINCE_DAYS = 91  # days of acts that a receipt may answer
OF_WORTH = ("saved", "missed")  # sales, of `reckoning`
WHATS = ("suggested", "accepted", "refused", "done", "came", *OF_WORTH)
YES = ("accepted", "done")
STATES: Mapping[str, tuple[str, ...]] = {"accepted": YES, "done": ("done",), "refused": ("refused",)}
COLUMNS = ["day", "kind", "what", "place", "category", "lines", "units", "money_micros"]
_SUBJECT = ("kind", "sku", "warehouse", "shop", "category", "money_micros", "quantity", "payload")


@dataclass(frozen=True)
class Answer:
    """A restock or chase line that somebody said yes to. key: purchase order and line of a chase, else None."""

    kind: str
    day: str
    sku: str
    warehouse: str
    category: str
    units: int
    key: tuple[str, str] | None


Counts = dict[tuple[str, str, str, str, str], list[int]]


def suggested_by(connection: Connection, kinds: Collection[str], day: str) -> Counts:
    """What the newest edition of the lists of `day` asked for and no list had asked for the day before."""
    counts: Counts = defaultdict(lambda: [0, 0, 0])
    for row in connection.execute(_suggested(day, day).where(tasks.c.kind.in_(kinds))):
        _add(counts, (day, "suggested"), row, None, 1)
    return counts


def suggested_before(connection: Connection, day: str) -> Counts:
    """The same of the lists of the AGAIN_DAYS before `day`, and what of it nobody had answered by the end of `day`."""
    counts: Counts = defaultdict(lambda: [0, 0, 0])
    first, last = day_after(day, -AGAIN_DAYS), day_after(day, -1)
    asked = (tasks.c.kind, tasks.c.subject, tasks.c.since_day)
    acts = select(*asked).distinct().join(task_events, tasks.c.task_id == task_events.c.task_id)
    within = tasks.c.since_day >= first, task_events.c.day >= first, task_events.c.day <= day
    answered = {tuple(row) for row in connection.execute(acts.where(BY_PEOPLE, *within))}
    for row in connection.execute(_suggested(first, last)):
        _add(counts, (row.day, "suggested"), row, None, 1)
        if (row.kind, row.subject, row.since_day) not in answered:
            _add(counts, (row.day, "unanswered"), row, None, 1)
    return counts


def _suggested(first: str, last: str) -> Select[Any]:
    """Tasks of the lists of these days that no list had asked for the day before."""
    dropped = and_(tasks.c.state == "withdrawn", tasks.c.changed_day == tasks.c.day)  # by a later edition of its list
    return select(tasks).where(tasks.c.day >= first, tasks.c.day <= last, tasks.c.since_day == tasks.c.day,
                               not_(dropped))  # fmt: skip


def acts_until(connection: Connection, day: str) -> tuple[Counts, list[Answer]]:
    """What people did on AGAIN_DAYS up to `day`, and what of SINCE_DAYS they stand by."""
    columns = [task_events.c[name] for name in ("task_id", "day", "from_state", "to_state", "data")]
    query = (
        select(*columns, *(tasks.c[name] for name in _SUBJECT))
        .join(tasks, tasks.c.task_id == task_events.c.task_id)
        .where(BY_PEOPLE, task_events.c.day > day_after(day, -SINCE_DAYS), task_events.c.day <= day)
        .order_by(task_events.c.seq)
    )
    of_task: dict[str, list[Row[Any]]] = {}
    for row in connection.execute(query):
        of_task.setdefault(row.task_id, []).append(row)
    counts: Counts = defaultdict(lambda: [0, 0, 0])
    answers = []
    for events in of_task.values():
        before, units = events[0].from_state, None  # of an act before SINCE_DAYS: the suggested quantity
        for act_day in sorted({event.day for event in events}):
            last = [event for event in events if event.day == act_day][-1]
            said = read_json(last.data).get("quantity")
            after, now = last.to_state, said if isinstance(said, int) else None
            if act_day > day_after(day, -AGAIN_DAYS):
                for what, states in STATES.items():
                    if before in states:
                        _add(counts, (act_day, what), last, units if before in YES else None, -1)
                    if after in states:
                        _add(counts, (act_day, what), last, now if after in YES else None, 1)
            before, units = after, now
        if before in YES and (answer := _answer(events, units)) is not None:
            answers.append(answer)
    return {key: sums for key, sums in counts.items() if any(sums)}, answers


def _answer(events: Sequence[Row[Any]], units: int | None) -> Answer | None:
    """What goods are expected of a line that was said yes to on the first of these days; None if none are."""
    row, payload = events[-1], read_json(events[-1].payload)
    key = None
    if row.kind == "chase":
        order, line = payload.get("purchase_order"), payload.get("purchase_order_line")
        if not order or not line:
            return None
        key = (str(order), str(line))
    elif row.kind != "restock":
        return None
    yes = next(event for event in events if event.to_state in YES)
    wanted = units if units is not None else int(row.quantity or 0)
    return Answer(row.kind, yes.day, row.sku or "", row.warehouse or "", row.category or "", wanted, key)


@dataclass(frozen=True)
class Arrived:
    """Units of a receipt that answer a line. is_last: whether nothing of it lacks now."""

    answer: Answer
    day: str
    units: int
    is_last: bool


def arrivals_for(answers: Iterable[Answer], orders: pd.DataFrame, received: pd.DataFrame, day: str) -> list[Arrived]:
    """What came until `day` of what people had said yes to, oldest answer first, never more than that.

    orders: purchase_order_id, line_id, ordered_day. received: `matched_receipts` of them. A restock line is met by
    receipts of orders that are no older than the day before its answer, a chase by those of its own order line.
    """
    ordered = orders.drop_duplicates(KEYS).set_index(KEYS)["ordered_day"].to_dict()
    arrivals: dict[Any, list[list[Any]]] = defaultdict(list)
    columns = [*KEYS, "sku", "warehouse", "received_day", "quantity"]
    for row in received[columns].sort_values("received_day", kind="stable").itertuples(index=False):
        key = (row.purchase_order_id, row.line_id)
        arrival = [row.received_day, ordered.get(key), int(row.quantity)]
        arrivals["restock", row.sku, row.warehouse].append([*arrival])
        arrivals["chase", *key].append([*arrival])
    came = []
    for answer in sorted(answers, key=lambda one: (one.day, one.sku, one.warehouse)):
        lacks = answer.units
        found = arrivals["chase", *answer.key] if answer.key else arrivals["restock", answer.sku, answer.warehouse]
        for arrival in found:
            received_day, ordered_day, units = arrival
            is_older = answer.key is None and ordered_day is not None and ordered_day < day_after(answer.day, -1)
            if received_day < answer.day or received_day > day or is_older or lacks <= 0 or units <= 0:
                continue
            used = min(lacks, units)
            lacks, arrival[2] = lacks - used, units - used
            came.append(Arrived(answer, received_day, used, lacks == 0))
    return came


def came_of(arrived: Iterable[Arrived], costs: pd.Series, day: str) -> Counts:
    """What came on AGAIN_DAYS up to `day`. costs: micros a unit by sku; of others no money is counted."""
    counts: Counts = defaultdict(lambda: [0, 0, 0])
    for one in arrived:
        if one.day > day_after(day, -AGAIN_DAYS):
            cost = costs.get(one.answer.sku)
            sums = counts[one.day, one.answer.kind, "came", one.answer.warehouse, one.answer.category]
            sums[0] += one.is_last
            sums[1] += one.units
            sums[2] += 0 if cost is None or pd.isna(cost) else round(one.units * float(cost))
    return counts


def as_frame(counts: Counts) -> pd.DataFrame:
    """The rows of the table `plan_results`."""
    rows = [[*key, *sums] for key, sums in sorted(counts.items())]
    return pd.DataFrame(rows, columns=COLUMNS)


def _add(counts: Counts, when: tuple[str, str], row: Row[Any], units: int | None, sign: int) -> None:
    """Count a line of a task, with so many units; None: as suggested."""
    kind, payload = kind_of(row.kind), read_json(row.payload)
    wanted = int((units if units is not None else row.quantity) or 0) if kind.counted else 0
    money = money_of(row.kind, payload, units) if kind.money_of_units else int(row.money_micros or 0)
    place = (row.shop if row.kind == "recall" else row.warehouse) or ""
    sums = counts[when[0], row.kind, when[1], place, row.category or ""]
    for position, value in enumerate((1, wanted, money)):
        sums[position] += sign * value
