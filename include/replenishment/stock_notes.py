"""What stands above the lists about stock that is not known: which skus are not planned, why, and what would help."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from include.replenishment.day_plan import DayPlan
from include.replenishment.explain import amount
from include.replenishment.planning_frames import PlanningData, has_sales
from include.replenishment.quantity.waiting import catch_up_units
from include.settings.currencies import currency_names
from include.words.texts import in_each, joined

Words = tuple[str, str]  # Chinese and English
MICROS_A_CENT = 10_000  # notes tell money in hundredths
NAMED = 5  # skus that a note names


def stock_notes(plan: DayPlan, planning: PlanningData) -> list[Words]:
    """A sentence for each thing that a planner must know of the stock, the gravest first."""
    files = planning.stock_files
    if files is None:
        return []
    if not has_sales(planning):
        return [in_each("note.no_sales")]
    selling = plan.unplanned[plan.unplanned["daily_mean"] > 0]
    if files.empty:
        return [_no_files(planning)]
    notes = [_unplanned(str(name), part, files, planning.day) for name, part in selling.groupby("warehouse")]
    for file in files.to_dict("records"):
        fault = _fault(file)
        if fault:
            notes.append(in_each(f"note.stock_file.{fault}", **{str(name): value for name, value in file.items()}))
    return notes


def _fault(file: Mapping[str, Any]) -> str:
    if file["state"] != "told":
        return str(file["state"]) if file["state"] in ("unsure", "unreadable") else ""
    return "seems_to_leave_out" if file["seems_to_leave_out"] and not file["is_said"] else ""


def _no_files(planning: PlanningData) -> Words:
    skus = planning.panel.keys.loc[~planning.panel.ended, "sku"].nunique()
    return in_each("note.no_stock_files", skus=skus)


def _unplanned(warehouse: str, part: pd.DataFrame, files: pd.DataFrame, day: str) -> Words:
    ordered = part.sort_values(["daily_mean", "sku"], ascending=[False, True])
    some, count = ordered["sku"].head(NAMED).tolist(), len(part)
    own = files.loc[files["warehouse"] == warehouse, "stock_day"]
    if own.empty:
        why = in_each("note.no_stock_file")
    elif str(own.max()) < day:
        why = in_each("note.newest_stock_file", day=own.max())
    else:
        why = in_each("note.stock_file_silent")
    return in_each("note.unplanned", warehouse=warehouse, count=count, why=why, skus=_named(some, count))


def _named(some: Sequence[str], count: int) -> Words:
    """Some of so many names, with what says that there are more."""
    named = joined("why.and", ((one, one) for one in some))
    return in_each("note.and_more", named=named) if count > len(some) else named


def launch_notes(planning: PlanningData) -> list[Words]:
    """The launches that nothing is like: a person has to say how many of them to order."""
    alone = planning.launches_alone
    if not alone:
        return []
    return [in_each("note.launches_alone", count=len(alone), skus=_named(alone[:NAMED], len(alone)))]


def held_notes(excess: pd.DataFrame, currency: str = "CNY") -> list[Words]:
    """The plan's whole excess with its money: what is asked for, what is best held on to and so on no line, and what of
    it is off sale. With it the list's money is the plan's."""
    if excess.empty:
        return []
    fresh = int(excess["too_fresh"].sum())
    excess = excess[excess["quantity"] > 0]
    held = excess[excess["action"] == "hold"]
    asked = excess[excess["action"] != "hold"]
    ended = excess[excess["ended_day"].notna() & (excess["daily_mean"] <= 0)]
    whole, asked_for, kept = (_positions(part, currency) for part in (excess, asked, held))
    notes = [in_each("note.excess_in_all", whole=whole, asked=asked_for, held=kept)]
    if len(held):
        worst = held.sort_values(["tied_up_micros", "sku"], ascending=[False, True]).head(NAMED)
        bought = int(held["is_bought"].sum())
        why = in_each("note.held_since_bought", count=bought) if bought else ""
        named = joined("why.and", (_held_line(line) for line in worst.to_dict("records")))
        notes.append(in_each("note.held_most", named=named, why=why))
    if len(ended):
        notes.append(in_each("note.excess_ended", positions=_positions(ended, currency)))
    if fresh:
        notes.append(in_each("note.excess_fresh", units=fresh))
    working = int(excess["in_work"].sum())
    if working:
        notes.append(in_each("note.excess_in_work", units=working))
    return notes


def freed_notes(planning: PlanningData, currency: str = "CNY") -> list[Words]:
    """What came of the excess that people agreed to get rid of in the last weeks: units and money then, and what of it
    has left its shelf since."""
    if planning.cleared.empty:
        return []
    cost = planning.products.drop_duplicates("sku", keep="last").set_index("sku")["cost_micros"]
    stock = planning.stock[["sku", "warehouse", "on_hand"]]
    met = planning.cleared.merge(stock, on=["sku", "warehouse"], suffixes=("_then", ""))
    if met.empty:
        return []
    gone = np.minimum((met["on_hand_then"] - met["on_hand"]).clip(lower=0), met["quantity"])
    each = met["sku"].map(cost).astype("Float64").fillna(0)
    asked, freed = amount(round(float((each * met["quantity"]).sum()))), amount(round(float((each * gone).sum())))
    since, units, left = str(met["acted_day"].min()), int(met["quantity"].sum()), int(gone.sum())
    return [
        in_each(
            "note.excess_freed",
            since=since,
            positions=len(met),
            units=units,
            asked=asked,
            left=left,
            freed=freed,
            money=currency_names(currency),
        )
    ]


def _positions(part: pd.DataFrame, currency: str) -> Words:
    units, money = int(part["quantity"].sum()), amount(part["tied_up_micros"].sum())
    return in_each("note.positions", count=len(part), units=units, amount=money, money=currency_names(currency))


def _held_line(line: Mapping[str, Any]) -> Words:
    cover = line["cover_days"]
    lasts = in_each("note.does_not_sell") if pd.isna(cover) else in_each("note.lasts", days=cover)
    return in_each(
        "note.held_line",
        sku=line["sku"],
        warehouse=line["warehouse"],
        units=line["quantity"],
        amount=amount(line["tied_up_micros"]),
        grade=line["grade"],
        lasts=lasts,
    )


def catch_up_notes(plan: DayPlan, share: float, lists: int = 0, currency: str = "CNY") -> list[Words]:
    """What of the day's orders makes up for earlier days: a merchant that follows the lists orders about what sells
    between two looks, so what a line needs beyond that was missing before.

    share: of the orders; less is the usual to and fro. lists: over which it is still spread, see `waits_to_catch_up`;
    then what waits of it is named, too."""
    lines = plan.lines[plan.lines["quantity"] > 0]
    needed = np.minimum(lines["need"], lines["quantity"]).to_numpy(dtype=np.int64)
    units = catch_up_units(lines, needed)
    cost = (lines["cost_micros"].astype("Float64") / lines["quantity"] * units).sum()
    waiting = plan.lines[plan.lines["waits_for"] == "catch_up"]
    if len(waiting):
        later = catch_up_units(waiting, waiting["need"].to_numpy(dtype=np.int64))
        cost_later = (waiting["unit_cost_micros"].astype("Float64") * later).sum()
        cents, cents_later = (round(float(one) / MICROS_A_CENT) for one in (cost, cost_later))
        told = {"today": cents, "later": cents_later, "whole": cents + cents_later}
        return [
            in_each(
                "note.catch_up_spread",
                **{name: amount(each * MICROS_A_CENT) for name, each in told.items()},
                count=len(waiting),
                lists=lists,
                last=waiting["order_day"].max(),
                money=currency_names(currency),
            )
        ]
    whole = lines["cost_micros"].sum()
    if not units.sum() or cost < share * whole:
        return []
    first, total = amount(round(float(cost))), amount(whole)
    return [in_each("note.catch_up", total=total, first=first, money=currency_names(currency))]


def waiting_notes(plan: DayPlan, currency: str = "CNY") -> list[Words]:
    """What is needed and waits, by what it waits for: these lines are on no list yet."""
    waiting = plan.lines[plan.lines["waits_for"] != ""]
    notes = []
    for (kind, day), part in waiting.groupby(["waits_for", waiting["order_day"].fillna("")], sort=True):
        count, units = len(part), int(part["deferred"].sum())
        cost = amount(part["waiting_cost_micros"].sum())
        why = in_each(f"note.waits.{kind}", day=day, cost=cost, money=currency_names(currency))
        notes.append(in_each("note.waiting", count=count, units=units, why=why))
    return notes
