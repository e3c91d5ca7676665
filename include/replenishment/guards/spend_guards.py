"""Orders and moves beyond all usual: a sku's against its best ninety days, a list's against the lists before it and
the budget."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from include.demand.panel import Panel
from include.replenishment.guards.unit_faults import Earlier, by_sku, is_other_unit, unit_faults, usual_cost
from include.replenishment.planning_frames import PlanningData
from include.settings.stock.guards import Guards
from include.tasks.holds.held_rows import ListSums
from include.tasks.holds.hold import Reason

SPAN_DAYS = 90  # as `line_times` says
MIN_DAYS = 14  # on sale: what sold in fewer is not stretched to ninety
Place = tuple[str, str]


@dataclass(frozen=True)
class Broken:
    """lines: (sku, warehouse) -> why the line is held; of a move (sku, from/to). whole: why the whole list is. quiet:
    `unit_faults` that no line of the list is about."""

    lines: Mapping[Place, tuple[Reason, ...]] = field(default_factory=dict)
    whole: tuple[Reason, ...] = ()
    quiet: Sequence[tuple[Place, Reason]] = ()


def broken_by_lines(lines: pd.DataFrame, planning: PlanningData, earlier: Earlier, guards: Guards) -> Broken:
    """lines: sku, warehouse, quantity, unit_cost_micros, pack, moq of the restock list."""
    faults = [
        ((str(one["sku"]), str(one["warehouse"])), Reason(str(one["guard"]), int(one["said"]), int(one["usual"])))
        for one in unit_faults(planning, earlier, guards).to_dict("records")
    ]
    by_place: dict[Place, list[Reason]] = {}
    for place, fault in faults:
        by_place.setdefault(place, []).append(fault)
    dear, large = _dear(lines, earlier, guards), _outsized(lines, planning, guards)
    broken: dict[Place, tuple[Reason, ...]] = {}
    told: set[Place] = set()
    for number, (sku, warehouse) in enumerate(zip(lines["sku"], lines["warehouse"], strict=True)):
        about = [place for place in ((sku, warehouse), (sku, ""), ("", warehouse)) if place in by_place]
        told.update(about)
        found = [one for place in about for one in by_place[place]]
        if number in dear and all(one.guard != "cost" for one in found):
            found.append(dear[number])
        if sku in large and lines["quantity"].iat[number] > _least(lines, number):
            found.append(large[sku])
        if found:
            broken[sku, warehouse] = tuple(found)
    whole = tuple(by_place.get(("", ""), ()))
    quiet = [(place, one) for place, one in faults if place != ("", "") and place not in told]
    return Broken(broken, whole, quiet)


def broken_by_moves(transfers: pd.DataFrame, planning: PlanningData, earlier: Earlier, guards: Guards) -> Broken:
    """transfers: sku, from_warehouse, warehouse, quantity. A move rests on the numbers of both its ends, so that the
    place of a line is `from/to` here."""
    both = [
        transfers[["sku", "quantity", "warehouse"]],
        transfers[["sku", "quantity"]].assign(warehouse=transfers["from_warehouse"]),
    ]
    none = {"unit_cost_micros": pd.array([None] * len(transfers), dtype="Int64"), "pack": 1, "moq": 0}
    there, here = (broken_by_lines(one.assign(**none), planning, earlier, guards) for one in both)
    lines: dict[Place, tuple[Reason, ...]] = {}
    ends = zip(transfers["sku"], transfers["from_warehouse"], transfers["warehouse"], strict=True)
    for sku, giver, taker in ends:
        found = dict.fromkeys([*there.lines.get((sku, taker), ()), *here.lines.get((sku, giver), ())])
        if found:
            told = (replace(one, guard="moved") if one.guard == "line" else one for one in found)
            lines[sku, f"{giver}/{taker}"] = tuple(told)
    return Broken(lines, there.whole)


def _dear(lines: pd.DataFrame, earlier: Earlier, guards: Guards) -> dict[int, Reason]:
    """Row -> why, of lines whose own cost, as an order or a price list says it, looks like another unit."""
    if guards.money_factor is None or earlier.products.empty:
        return {}
    usual = lines["sku"].map(usual_cost(earlier.products)).to_numpy(dtype=float)
    said = lines["unit_cost_micros"].astype("Float64").to_numpy(dtype=float, na_value=np.nan)
    rows = np.flatnonzero(is_other_unit(said, usual, guards.money_factor))
    return {int(row): Reason("cost", round(said[row]), round(usual[row])) for row in rows}


def _least(lines: pd.DataFrame, number: int) -> int:
    """One order of the line at least: its supplier's minimum, or a pack."""
    sizes = [lines[name].iat[number] for name in ("pack", "moq")]
    return max([int(one) for one in sizes if not pd.isna(one)], default=0)


def _outsized(lines: pd.DataFrame, planning: PlanningData, guards: Guards) -> dict[str, Reason]:
    """sku -> why, of those of which the list orders more than `line_times` their best ninety days."""
    if guards.line_times is None or lines.empty:
        return {}
    ordered = lines.groupby("sku")["quantity"].sum()
    best = best_ninety_days(planning.panel, planning.products).reindex(ordered.index)
    # Of what never sold and is like nothing that did, a person has set how much is ordered.
    beyond = ordered[(ordered > guards.line_times * best) & best.notna()]
    return {str(sku): Reason("line", int(units), round(float(best[sku]))) for sku, units in beyond.items()}


def best_ninety_days(panel: Panel, products: pd.DataFrame) -> pd.Series:
    """By sku: most units that it sold in all warehouses in any ninety days; of a shorter life, as many as ninety days
    of it would have been. Of a sku that never sold, that of the best seller of its category; NaN if there is none."""
    skus, units = by_sku(panel)
    sums = np.cumsum(np.nan_to_num(units, nan=0.0), axis=1)
    before = np.hstack([np.zeros((len(skus), 1)), sums[:, :-SPAN_DAYS]]) if panel.day_count > SPAN_DAYS else 0.0
    best = (sums[:, SPAN_DAYS - 1 :] - before).max(axis=1) if panel.day_count > SPAN_DAYS else sums[:, -1]
    known = np.isfinite(units)
    alive = np.where(known.any(axis=1), panel.day_count - known.argmax(axis=1), 0)
    stretched = sums[:, -1] * SPAN_DAYS / np.clip(alive, MIN_DAYS, SPAN_DAYS)
    best = np.where(alive < SPAN_DAYS, np.maximum(best, stretched), best)
    found = pd.Series(best, index=skus)
    category = products.drop_duplicates("sku", keep="last").set_index("sku")["category"]
    every = found.index.union(category.index)
    found, category = found.reindex(every, fill_value=0.0), category.reindex(every)
    alike = found.groupby(category.to_numpy()).max()
    return found.where(found > 0, category.map(alike)).where(lambda one: one > 0)


def broken_by_sums(
    sums: ListSums, before: Sequence[ListSums], budget_micros: int | None, above_micros: int | None, guards: Guards
) -> tuple[Reason, ...]:
    """Why a whole list is held. before: the lists of the ninety days before. budget_micros: all that is left of it,
    with the emergency fund; None: there is none. above_micros: `approve_plans_above`."""
    found = []
    if guards.list_times is not None and len(before) >= guards.min_earlier_lists:
        for name in ("money_micros", "units", "lines"):
            said, largest = getattr(sums, name), max(getattr(one, name) for one in before)
            if said > guards.list_times * largest > 0:
                found.append(Reason(_LIST_GUARDS[name], said, largest))
    if guards.stays_within_budget and budget_micros is not None and sums.money_micros > budget_micros:
        found.append(Reason("budget", sums.money_micros, budget_micros))
    if above_micros is not None and sums.money_micros > above_micros:
        found.append(Reason("above", sums.money_micros, above_micros))
    return tuple(found)


_LIST_GUARDS: Mapping[str, str] = {"money_micros": "list_money", "units": "list_units", "lines": "list_lines"}
