"""What is said of names of warehouses that nobody knows."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import pandas as pd

from include.replenishment.planning_frames import PlanningData
from include.tasks.drafts import Note
from include.words.texts import in_each, joined

MAX_NAMES = 5  # in one sentence: more are counted
RECENT_DAYS = 90  # a receipt for an unknown warehouse is told for so long


def strange_names(frame: pd.DataFrame, known: Collection[str]) -> dict[str, int]:
    """Warehouse -> units (or rows, where there are none) of names that the settings do not know."""
    strange = frame[frame["warehouse"].notna() & ~frame["warehouse"].astype("str").str.strip().isin(list(known))]
    if strange.empty:
        return {}
    counted = next((name for name in ("quantity", "on_hand") if name in strange), None)
    units = strange[counted] if counted else pd.Series(1, index=strange.index)
    return {str(name): int(part.fillna(0).sum()) for name, part in units.groupby(strange["warehouse"])}


def notes_on_places(planning: PlanningData, names: Mapping[str, str]) -> list[Note]:
    """What stands above a list where reports name warehouses that merchant.yaml does not."""
    orders, came = planning.purchase_orders, planning.receipts
    recent = pd.to_datetime(came["received_day"]) > pd.Timestamp(planning.day) - pd.Timedelta(days=RECENT_DAYS)
    parts = {
        "note.in_purchase_orders": orders[orders["status"] == "open"],
        "note.in_receipts": came[recent],
        "note.in_stock_report": planning.stock,
    }
    notes = []
    for where, frame in parts.items():
        strange = strange_names(frame, names)
        if strange:
            shown = list(strange.items())[:MAX_NAMES]
            named = joined("why.and", (in_each("note.units_of", name=name, units=units) for name, units in shown))
            notes.append(Note(*in_each("note.strange_warehouses", where=in_each(where), named=named)))
    return notes
