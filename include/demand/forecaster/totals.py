"""Daily totals of groups (warehouse x category) forecast by themselves, to reconcile the means of their members.

A single sku is mostly noise; what weekdays, festivals and the season do is plain in its group's total.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from include.demand.forecaster.attributes import class_lists
from include.demand.forecaster.closed import without_closed_days
from include.demand.panel import Panel

MIN_GROUPS = 6
MAX_GROUPS = 200


def choose_groups(panel: Panel, wanted: tuple[str, ...]) -> tuple[str, ...]:
    """Attributes whose combinations make groups: those wanted, else the warehouse and the finest category."""
    if wanted:
        return tuple(name for name in wanted if name in panel.keys)
    classes = class_lists(panel.keys)
    others = sorted((name for name in classes if name != "warehouse"), key=lambda name: -len(classes[name]))
    for names in ([["warehouse", other] for other in others] if "warehouse" in classes else []) + [[o] for o in others]:
        count = len(panel.keys[names].drop_duplicates())
        if MIN_GROUPS <= count <= MAX_GROUPS:
            return tuple(names)
    return ()


def group_panel(panel: Panel, by: tuple[str, ...]) -> tuple[Panel, np.ndarray]:
    """The panel of the groups' totals, and each series' group number, int [n].

    A member's unknown days are made up at its own mean, so that a stock-out does not look like a falling group.
    """
    labels = panel.keys[list(by)].astype("str").fillna("?")
    code = labels.groupby(list(by), sort=True).ngroup().to_numpy()
    groups = int(code.max()) + 1
    open_units = without_closed_days(panel).units
    known = np.isfinite(open_units)
    units = np.where(known, open_units, 0).astype(np.float64)
    mean = units.sum(axis=1) / np.maximum(known.sum(axis=1), 1)
    on_sale = np.arange(panel.day_count) >= panel.started[:, None]
    total = np.zeros((groups, panel.day_count))
    np.add.at(total, code, np.where(known, units, np.where(on_sale, mean[:, None], 0.0)))
    first = labels.drop_duplicates().assign(code=lambda frame: code[frame.index]).sort_values("code")
    keys = first.drop(columns="code").reset_index(drop=True)
    keys["sku"] = keys[[name for name in by if name != "warehouse"]].agg("/".join, axis=1)
    if "warehouse" not in keys:
        keys["warehouse"] = "*"
    for column in panel.events["column"].dropna().unique():
        if column in panel.keys and column not in keys:
            one = pd.DataFrame({"code": code, "v": panel.keys[column].astype("str")}).groupby("code")["v"]
            single = one.nunique() == 1
            keys[column] = one.first().where(single).to_numpy()
    began = np.where((total > 0).any(axis=1), (total > 0).argmax(axis=1), panel.day_count)
    total[np.arange(panel.day_count) < began[:, None]] = np.nan
    nothing = np.full(total.shape, np.nan, np.float32)
    return Panel(
        keys=keys,
        days=panel.days,
        units=total.astype(np.float32),
        price=nothing,
        in_stock=np.ones(total.shape, np.float32),
        started=began.astype(np.int32),
        ended=np.zeros(groups, bool),
        events=panel.events,
    ), code


def reconcile(mean: np.ndarray, code: np.ndarray, total: np.ndarray, strength: float) -> np.ndarray:
    """Members' daily means [n, H] drawn towards their groups' totals [G, H]; strength 0 leaves, 1 makes them add up."""
    sums = np.zeros_like(total)
    np.add.at(sums, code, mean)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(sums > 0, total / sums, 1.0)
    return mean * (np.clip(ratio, 0.5, 2.0) ** strength)[code]
