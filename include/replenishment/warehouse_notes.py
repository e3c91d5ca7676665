"""What is said of names of warehouses that nobody knows."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import pandas as pd

from include.replenishment.knowledge import Known
from include.tasks.drafts import Note

MOST_NAMES = 5  # in one sentence: more are counted
RECENT_DAYS = 90  # a receipt for an unknown warehouse is told for so long


def strange_names(frame: pd.DataFrame, known: Collection[str]) -> dict[str, int]:
    """Warehouse -> units (or rows, where there are none) of names that the settings do not know."""
    strange = frame[frame["warehouse"].notna() & ~frame["warehouse"].astype("str").str.strip().isin(list(known))]
    if strange.empty:
        return {}
    counted = next((name for name in ("quantity", "on_hand") if name in strange), None)
    units = strange[counted] if counted else pd.Series(1, index=strange.index)
    return {str(name): int(part.fillna(0).sum()) for name, part in units.groupby(strange["warehouse"])}


def notes_on_places(known: Known, names: Mapping[str, str]) -> list[Note]:
    """What stands above a list where reports name warehouses that merchant.yaml does not."""
    orders, came = known.purchase_orders, known.receipts
    recent = pd.to_datetime(came["received_day"]) > pd.Timestamp(known.day) - pd.Timedelta(days=RECENT_DAYS)
    parts = {
        ("未完成的采购单", "open purchase orders"): orders[orders["status"] == "open"],
        ("采购入库", "receipts"): came[recent],
        ("库存表", "the stock report"): known.stock,
    }
    notes = []
    for (zh, en), frame in parts.items():
        strange = strange_names(frame, names)
        if strange:
            shown = list(strange.items())[:MOST_NAMES]
            told_zh = "、".join(f"“{name}”{units} 件" for name, units in shown)
            told_en = ", ".join(f"{name!r} {units} units" for name, units in shown)
            notes.append(
                Note(
                    f"{zh}里有设置不认识的仓库：{told_zh}，未计入任何仓库。"
                    "请在 merchant.yaml 的 warehouses 中用 other_names 写明。",
                    f"{en} name warehouses that the settings do not know: {told_en}; they count for none. "
                    "Name them in merchant.yaml under `other_names` of their warehouse.",
                )
            )
    return notes
