"""Tasks of earlier lists that were like this one: what was suggested, what people answered, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from sqlalchemy import ColumnElement, Connection, Select, select

from include.calendar.business_days import day_after, parse_day
from include.lines.plan_session import PlanSession
from include.replenishment.orders.matching import matched_receipts
from include.tasks.task_queries import Task, task_of
from include.tasks.task_tables import tasks

MAX_TASKS = 10
READ_AT_ONCE = 100  # tasks, of which those of one run of lists count once
CATEGORY_DAYS = 90  # how far back tasks of the same category are looked for
ORDERED_WITHIN_DAYS = 14  # a purchase order so soon after a suggestion is taken to be its own
SEEN_DAYS = 28  # after a task, in which stock-outs count


@dataclass(frozen=True)
class PastTask:
    """task: as it stands now, with its payload and people's answer. is_same_sku: else of the same category.

    came_units, came_day: what came of it up to the day of the session and when first; None: nothing can be said
    (nothing was ordered, or it is no matter of receipts), 0 and None: ordered and not there. stock_out_days: on which
    the shelf was empty in the SEEN_DAYS after it, of seen_days that are known."""

    task: Task
    is_same_sku: bool
    came_units: int | None
    came_day: str | None
    stock_out_days: int
    seen_days: int


def similar_tasks(
    connection: Connection, session: PlanSession, kind: str, sku: str, limit: int = MAX_TASKS
) -> list[PastTask]:
    """Tasks of lists before the session's day, newest first: of the sku, and as far as there is room, of its category.

    A task that was carried on from list to list counts once, as it stood last."""
    same = _read(connection, kind, [sku], session.day, limit)
    room = limit - len(same)
    category = _others_of_category(session, sku)
    since = tasks.c.day >= day_after(session.day, -CATEGORY_DAYS)
    others = _read(connection, kind, category, session.day, room, since) if room and category else []
    return [_past(session, one, is_same_sku=place < len(same)) for place, one in enumerate([*same, *others])]


def earlier_tasks(kind: str, skus: Sequence[str], day: str, *more: ColumnElement[bool]) -> Select:
    """The newest READ_AT_ONCE tasks of some skus on lists before a day."""
    # Ordered by the day itself, SQLite would go through all tasks of the kind by day until it has found enough.
    newest = tasks.c.day.concat("").desc()
    return (
        select(tasks)
        .where(tasks.c.sku.in_(skus), tasks.c.kind == kind, tasks.c.day < day, *more)
        .order_by(newest, tasks.c.rank, tasks.c.task_id)
        .limit(READ_AT_ONCE)
    )


def _read(
    connection: Connection, kind: str, skus: Sequence[str], day: str, most: int, *more: ColumnElement[bool]
) -> list[Task]:
    newest: dict[tuple[str, str], Task] = {}
    for row in connection.execute(earlier_tasks(kind, skus, day, *more)):
        newest.setdefault((row.subject, row.since_day), task_of(row))
    return list(newest.values())[:most]


def _others_of_category(session: PlanSession, sku: str) -> list[str]:
    products = session.basis.planning.products.drop_duplicates("sku", keep="last")
    own = products.loc[products["sku"] == sku, "category"].dropna()
    if own.empty or not own.iloc[0]:
        return []
    return sorted(set(products.loc[products["category"] == own.iloc[0], "sku"]) - {sku})


def _past(session: PlanSession, task: Task, is_same_sku: bool) -> PastTask:
    units, first = _came(session, task)
    out, seen = _stock_outs(session, task)
    return PastTask(task, is_same_sku, units, first, out, seen)


def _came(session: PlanSession, task: Task) -> tuple[int | None, str | None]:
    """(units, first day) of the receipts of the orders that the task was about."""
    known, payload = session.basis.planning, task.payload
    orders = known.purchase_orders
    if task.kind == "restock":
        until = day_after(task.day, ORDERED_WITHIN_DAYS)
        its = (orders["sku"] == payload["sku"]) & (orders["warehouse"] == payload["warehouse"])
        its &= (orders["ordered_day"] > task.day) & (orders["ordered_day"] <= until)
    elif task.kind == "chase" and payload.get("purchase_order"):
        its = orders["purchase_order_id"] == payload["purchase_order"]
        its &= orders["line_id"] == str(payload.get("purchase_order_line"))
    else:
        return None, None
    if task.state not in ("accepted", "done") or not its.any():
        return None, None
    of_sku = known.receipts[known.receipts["sku"] == payload["sku"]]
    came = matched_receipts(orders[orders["sku"] == payload["sku"]], of_sku)
    keys = pd.MultiIndex.from_frame(orders.loc[its, ["purchase_order_id", "line_id"]])
    mine = came[pd.MultiIndex.from_frame(came[["purchase_order_id", "line_id"]]).isin(keys)]
    mine = mine[(mine["received_day"] <= session.day) & (mine["received_day"] > task.day)]
    return int(mine["quantity"].sum()), None if mine.empty else str(mine["received_day"].min())


def _stock_outs(session: PlanSession, task: Task) -> tuple[int, int]:
    """(days with an empty shelf, days known) after the task."""
    panel = session.basis.planning.panel
    row = session.series_of(str(task.payload.get("sku", "")), str(task.payload.get("warehouse", "")))
    if row is None:
        return 0, 0
    start = panel.day_count - (parse_day(session.day) - parse_day(task.day)).days
    share = panel.in_stock[row, max(start, 0) : start + SEEN_DAYS]
    known = np.isfinite(share)
    least = session.workspace.merchant.demand.known_in_stock_share
    return int((share[known] < least).sum()), int(known.sum())
