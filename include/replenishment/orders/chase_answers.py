"""What people answered about open purchase orders."""

from typing import Any

import pandas as pd
from sqlalchemy import Connection, select

from include.replenishment.planning_frames import CHASED
from include.tasks.canonical_json import read_json
from include.tasks.task_tables import BY_PEOPLE, task_events, tasks


def chase_answers(connection: Connection, as_of_day: str) -> pd.DataFrame:
    """The last answer about each open order by the acts of days up to `as_of_day`, columns of CHASED.

    purchase_order_id, line_id: '' for an accepted suggestion without an order; task_id: that suggestion's, else ''.
    outcome: a code of the outcomes, '' where somebody has only taken it on. new_day: NA where nobody said one.
    quantity: of the answer. told_expected_day ('' for none), told_open: what the books said of the order when it was
    asked about: once they say something else, the answer is of the past.
    """
    rows = connection.execute(
        select(tasks.c.subject, tasks.c.payload, task_events.c.to_state, task_events.c.day, task_events.c.data)
        .join(tasks, tasks.c.task_id == task_events.c.task_id)
        .where(BY_PEOPLE, tasks.c.kind == "chase", task_events.c.day <= as_of_day)
        .order_by(task_events.c.seq)
    )
    last: dict[str, dict[str, Any]] = {}
    for row in rows:
        last.pop(row.subject, None)
        if row.to_state not in ("accepted", "done"):
            continue
        payload, data = read_json(row.payload), read_json(row.data)
        last[row.subject] = {
            "purchase_order_id": payload.get("purchase_order") or "",
            "line_id": payload.get("purchase_order_line") or "",
            "task_id": payload.get("accepted_task") or "",
            "outcome": data.get("outcome") or "",
            "new_day": data.get("expected_day"),
            "quantity": data.get("quantity") or payload.get("quantity") or 0,
            "told_expected_day": payload.get("expected_day") or "",
            "told_open": payload.get("quantity") or 0,
            "acted_day": row.day,
        }
    return pd.DataFrame(list(last.values()), columns=list(CHASED)).astype(CHASED)
