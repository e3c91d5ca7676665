"""What tests of tasks share: the tables of tasks alone, and one person's act on one task."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from include.tasks.acts import Act, act_all
from include.tasks.kind import State
from include.tasks.task_tables import (
    approvals,
    assignments,
    desk_events,
    list_sums,
    list_views,
    outbox,
    overrides,
    task_events,
    task_lists,
    task_log_end,
    tasks,
)

TABLES = (
    task_lists, tasks, task_events, task_log_end, desk_events, assignments, overrides, list_views, approvals, list_sums,
    outbox,
)  # fmt: skip


def restock_sum(quantity: int) -> dict[str, Any]:
    """What a restock line says of its quantity: need = quantity, nothing on hand."""
    return {
        "quantity": quantity,
        "protection_days": 10,
        "period_forecast": quantity,
        "lost_before_arrival": 0,
        "protection_demand": quantity,
        "safety_stock": 0,
        "on_hand": 0,
        "arriving": 0,
        "promised": 0,
        "need": quantity,
        "pack_rounding": 0,
        "cycle_raise": 0,
        "moq_raise": 0,
        "shelf_life_cut": 0,
        "budget_cut": 0,
        "cost_micros": quantity * 5_500_000,
        "money_at_risk_micros": quantity * 9_900_000,
        "service_level": 950,
        "xyz": "X",
        "why_zh": f"需要 {quantity} 件",
        "why_en": f"need {quantity} units",
    }


def act(
    connection: Connection,
    task_id: str,
    to_state: State,
    who: str,
    at: datetime,
    data: Mapping[str, Any] | None = None,
    day: str | None = None,
) -> bool:
    """True if the act changed the task. Raises the ActError that `act_all` refuses it with."""
    acted = act_all(connection, [Act(task_id, to_state, data or {})], who, at, day)
    for refusal in acted.refused.values():
        raise refusal
    return bool(acted.changed)
