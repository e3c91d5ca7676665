"""Warehouses under their own names, whatever a report calls them, and what is said of names that nobody knows."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import pandas as pd

from include.replenishment.knowledge import Known
from include.tasks.drafts import Note

MOST_NAMES = 5
RECENT_DAYS = 90  # a receipt for an unknown warehouse is told for so long
STOCK_SUMS = ("on_hand", "available", "locked", "in_transit")


def renamed(frame: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    """`frame` with its warehouses under their own names; unknown names stay as they are.

    names: `Merchant.warehouse_names`."""
    written = frame["warehouse"].astype("str").str.strip()
    return frame.assign(warehouse=written.map(names).astype("str").fillna(frame["warehouse"]))


def renamed_stock(facts: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    """`renamed` for stock facts; what one report keeps under several names of a warehouse is added up."""
    own = renamed(facts, names)
    keys = ["shop", "day", "sku", "warehouse"]
    if own["warehouse"].equals(facts["warehouse"]) or not own.duplicated(keys).any():
        return own
    together = own.groupby(keys, as_index=False, sort=False)
    sums = {name: (name, lambda units: units.sum(min_count=1)) for name in STOCK_SUMS if name in own}
    rest = {name: (name, "max") for name in own.columns if name not in (*keys, *sums)}
    return together.agg(**sums, **rest).astype({name: own[name].dtype for name in sums})[list(own.columns)]


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
