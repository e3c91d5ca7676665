"""A line opened: its sum, what stands behind each term, its picture, and what another level or quantity makes of it.

The nightly plan's own code answers, from a session that is kept in memory.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from sqlalchemy import Row

from include.facts.close_day import NotClosedError
from include.lines.behind_the_sum import (
    forecast_basis,
    orders_under_way,
    sold_not_shipped,
    stock_source,
    transfers_under_way,
)
from include.lines.line_sum import FORECAST, KINDS_WITH_SUMS, SOLD, STOCK, TRANSFERS, UNDER_WAY, LineSum, sums_of
from include.lines.plan_session import PlanSession, PlanSessions
from include.tasks.canonical_json import read_json
from include.warehouse.workspace import Workspace
from include.words.texts import Language

MAX_ROWS = 60
# What is shown of each frame behind a term.
COLUMNS: Mapping[str, tuple[str, ...]] = {
    UNDER_WAY: ("order", "supplier", "units", "open", "counted", "expected_day", "counted_day", "overdue_days"),
    TRANSFERS: ("from_warehouse", "warehouse", "quantity"),
    SOLD: ("order", "shop", "day", "units"),
    STOCK: ("shop", "file_name", "day", "exported_at"),
}


@dataclass(frozen=True)
class Behind:
    """facts: name -> value, above the rows. columns, rows: a table; total: rows that there are in all."""

    facts: Mapping[str, Any]
    columns: Sequence[str]
    rows: Sequence[Mapping[str, Any]]
    total: int


def sums_shown(row: Row[Any]) -> list[LineSum]:
    """The sums of a task as its list stored them; none for a kind, or an older list, that has none."""
    if row.kind not in KINDS_WITH_SUMS:
        return []
    try:
        return sums_of(row.kind, read_json(row.payload))
    except (KeyError, TypeError):  # a list of before its payload said all of its terms
        return []


def session_for(sessions: PlanSessions, workspace: Workspace, day: str) -> PlanSession | None:
    """The plan of a list's day; None if the day's close is gone."""
    try:
        return sessions.of(workspace, day)
    except NotClosedError:
        return None


def behind(session: PlanSession, code: str, sku: str, warehouse: str, language: Language) -> Behind | None:
    """What a term is made of; None if nothing is known of it."""
    return _BEHIND[code](session, sku, warehouse, language) if code in _BEHIND else None


def _table(code: str, frame: pd.DataFrame, facts: Mapping[str, Any] | None = None) -> Behind:
    columns = [one for one in COLUMNS[code] if one in frame.columns]
    shown = frame[columns].head(MAX_ROWS).astype(object)
    rows = shown.where(shown.notna(), None).to_dict("records")
    return Behind(facts or {}, columns, [{str(k): v for k, v in one.items()} for one in rows], len(frame))


def _under_way(session: PlanSession, sku: str, warehouse: str, _: Language) -> Behind:
    return _table(UNDER_WAY, orders_under_way(session, sku, warehouse))


def _transfers(session: PlanSession, sku: str, warehouse: str, _: Language) -> Behind:
    return _table(TRANSFERS, transfers_under_way(session, sku, warehouse))


def _sold(session: PlanSession, sku: str, warehouse: str, _: Language) -> Behind:
    return _table(SOLD, sold_not_shipped(session.workspace, session.day, sku, warehouse))


def _stock(session: PlanSession, sku: str, warehouse: str, _: Language) -> Behind | None:
    found = stock_source(session, sku, warehouse)
    if found is None:
        return None
    facts = {
        "stock_day": found.stock_day,
        "on_hand": found.on_hand,
        "promised": found.promised,
        "sold_since": found.sold_since,
        "received_since": found.received_since,
    }
    return _table(STOCK, found.files, facts)


def _forecast(session: PlanSession, sku: str, warehouse: str, language: Language) -> Behind | None:
    found = forecast_basis(session, sku, warehouse)
    if found is None:
        return None
    facts: dict[str, Any] = {"model_id": found.model_id, "days": found.days, "mean": round(found.mean, 1)}
    facts |= {f"q{level}": round(units, 1) for level, units in found.quantiles.items() if level in SHOWN_LEVELS}
    facts |= {"bulk_units": found.bulk_units, "unknown_days": found.unknown_days, "known_days": found.known_days}
    if found.promotions.get(language):
        facts["promotions"] = found.promotions[language]
    if found.events:
        facts["events"] = ", ".join(f"{name} {days[0]}" for name, days in found.events.items())
    return Behind(facts, (), (), 0)


SHOWN_LEVELS = ("0.1", "0.5", "0.9", "0.95", "0.975")
_BEHIND: Mapping[str, Callable[[PlanSession, str, str, Language], Behind | None]] = {
    UNDER_WAY: _under_way,
    TRANSFERS: _transfers,
    SOLD: _sold,
    STOCK: _stock,
    FORECAST: _forecast,
}
