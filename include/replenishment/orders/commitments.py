"""What people said they ordered, until the ERP's own export shows it."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sqlalchemy import Connection, select

from include.calendar.business_days import day_after, parse_day
from include.tasks.canonical_json import read_json
from include.tasks.task_tables import BY_PEOPLE, task_events, tasks

COLUMNS: Mapping[str, str] = {
    "sku": "str",
    "warehouse": "str",
    "quantity": "int64",
    "expected_day": "str",
    "task_id": "str",
    "state": "str",
    "acted_day": "str",
    "ordered_from": "str",
    "who": "str",
}
LONGEST_MEMORY_DAYS = 180  # how far back is looked; what was accepted long ago counts for next to nothing long before


def commitments(
    connection: Connection, as_of_day: str, kind: str = "restock", memory_days: int = LONGEST_MEMORY_DAYS
) -> pd.DataFrame:
    """Tasks accepted or done by people's acts of days up to `as_of_day`, oldest first; one row a task.

    quantity: the real one where given, else the suggested one. expected_day: NA where nobody said.
    acted_day: when it was first accepted or done. ordered_from: from which day on a purchase order can be its doing:
        the day after the list's, since the list's planner knew of all earlier orders.
    Commitments older than `memory_days` are not read. who: the last person who acted.
    """
    rows = connection.execute(
        select(
            task_events.c.task_id, task_events.c.day, task_events.c.to_state, task_events.c.data,
            task_events.c.who,
            tasks.c.sku, tasks.c.warehouse, tasks.c.day.label("list_day"),
        )
        .join(tasks, tasks.c.task_id == task_events.c.task_id)
        .where(BY_PEOPLE, tasks.c.kind == kind)
        .where(task_events.c.day <= as_of_day, task_events.c.day >= day_after(as_of_day, -memory_days))
        .order_by(task_events.c.seq)
    )  # fmt: skip
    standing: dict[str, dict[str, Any]] = {}
    for row in rows:
        if row.to_state not in ("accepted", "done"):
            standing.pop(row.task_id, None)
            continue
        data = read_json(row.data)
        acted_day = standing[row.task_id]["acted_day"] if row.task_id in standing else row.day
        standing[row.task_id] = {
            "sku": row.sku,
            "warehouse": row.warehouse,
            "quantity": data.get("quantity") or 0,
            "expected_day": data.get("expected_day"),
            "task_id": row.task_id,
            "state": row.to_state,
            "acted_day": acted_day,
            "ordered_from": min(acted_day, day_after(row.list_day)),
            "who": row.who,
        }
    frame = pd.DataFrame(list(standing.values()), columns=list(COLUMNS)).astype(dict(COLUMNS))
    return frame.sort_values(["acted_day", "task_id"], kind="stable").reset_index(drop=True)


def unmatched(standing: pd.DataFrame, purchase_orders: pd.DataFrame) -> pd.DataFrame:
    """The commitments that no purchase order shows yet, with the quantity that is still not shown.

    standing: a frame of `commitments`. purchase_orders: sku, warehouse, ordered_day, quantity (other columns ignored).
    An order answers the oldest commitment for its sku and warehouse with `ordered_from` <= ordered_day, then the next,
    until its units are used up; several orders may answer one commitment. A cancelled order answers too: the ERP knows
    of it, and knows that nothing comes.
    """
    left, _ = _matched(standing, purchase_orders)
    return standing.assign(quantity=left)[left > 0].reset_index(drop=True)


def seen_after_days(standing: pd.DataFrame, purchase_orders: pd.DataFrame) -> tuple[int, ...]:
    """Days from each commitment's act to the purchase order that first showed it, of those that one shows."""
    _, first_day = _matched(standing, purchase_orders)
    return tuple(
        max((parse_day(seen) - parse_day(acted)).days, 0)
        for seen, acted in zip(first_day, standing["acted_day"], strict=True)
        if seen is not None
    )


def _matched(standing: pd.DataFrame, purchase_orders: pd.DataFrame) -> tuple[NDArray[np.int64], list[str | None]]:
    """(units of each commitment that no purchase order shows, the day of the first order that shows some)."""
    left = standing["quantity"].to_numpy(dtype="int64").copy()
    seen: list[str | None] = [None] * len(standing)
    by_place: dict[tuple[str, str], list[int]] = {}
    for position, key in enumerate(zip(standing["sku"], standing["warehouse"], strict=True)):
        by_place.setdefault(key, []).append(position)
    ordered_from = standing["ordered_from"].to_list()
    orders = purchase_orders[["sku", "warehouse", "ordered_day", "quantity"]].dropna()
    for order in orders.sort_values(["ordered_day", "sku", "warehouse"], kind="stable").itertuples(index=False):
        units = int(order.quantity)
        for position in by_place.get((order.sku, order.warehouse), ()):
            if units <= 0:
                break
            if left[position] > 0 and ordered_from[position] <= order.ordered_day:
                used = min(units, int(left[position]))
                left[position] -= used
                units -= used
                seen[position] = seen[position] or order.ordered_day
    return left, seen


def transfers_under_way(connection: Connection, as_of_day: str, transport_days: int) -> pd.DataFrame:
    """Transfers that people accepted or did and that have not arrived by `as_of_day`.

    Returns sku, from_warehouse, warehouse, quantity, has_left (the giver's stock report of the day holds them no more:
    they were done, or accepted on an earlier day). They arrive on the day that was said, else after `transport_days`.
    """
    standing = commitments(connection, as_of_day, "transfer", memory_days=60)
    usual = [day_after(day, transport_days) for day in standing["acted_day"]]
    arrives = standing["expected_day"].fillna(pd.Series(usual, index=standing.index, dtype="str"))
    standing = standing[(arrives > as_of_day) & (standing["quantity"] > 0)].reset_index(drop=True)
    rows = connection.execute(
        select(tasks.c.task_id, tasks.c.payload).where(tasks.c.task_id.in_(standing["task_id"].to_list()))
    )
    giver = {row.task_id: str(read_json(row.payload)["from_warehouse"]) for row in rows}
    has_left = (standing["state"] == "done") | (standing["acted_day"] < as_of_day)
    moving = standing[["sku", "warehouse", "quantity"]].assign(has_left=has_left.astype(bool))
    moving["from_warehouse"] = standing["task_id"].map(giver).astype("str")
    return moving


def clearances(connection: Connection, as_of_day: str, memory_days: int) -> pd.DataFrame:
    """What people agreed to clear, promote, bundle, return or write off, by acts of up to `memory_days` ago.

    Returns sku, warehouse, task_id, action, quantity, on_hand (when it was suggested), acted_day, state.
    """
    standing = commitments(connection, as_of_day, "excess", memory_days)
    rows = connection.execute(
        select(tasks.c.task_id, tasks.c.payload).where(tasks.c.task_id.in_(standing["task_id"].to_list()))
    )
    said = {row.task_id: read_json(row.payload) for row in rows}
    frame = standing[["sku", "warehouse", "task_id", "quantity", "acted_day", "state"]]
    return frame.assign(
        action=[str(said[task]["action"]) for task in frame["task_id"]],
        on_hand=[int(said[task].get("on_hand") or 0) for task in frame["task_id"]],
    ).astype({"action": "str", "on_hand": "int64"})
