"""What is ordered and not there yet: each open order with the chance that it still comes, and when.

Five things say that goods are under way: open purchase order lines less what was received; suggestions that people
accepted and that no purchase order shows yet; the stock report's own column, where nobody gives purchase orders for a
sku and warehouse; transfers that people agreed to; and those that the stock report alone shows. What counts is whole
units: the open quantity times the chance that it comes at all, rounded once, here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from include.replenishment.orders.matching import matched_receipts
from include.replenishment.orders.projection import Arrivals
from include.replenishment.planning_frames import PlanningData
from include.replenishment.suppliers.closures import opens_at
from include.replenishment.suppliers.delays import POINTS, Delays, delays_of
from include.settings.stock.replenishment import Replenishment
from include.settings.stock.under_way import UnderWay
from include.words.texts import say

Floats = NDArray[np.float64]
Booleans = NDArray[np.bool_]

ORDER, ACCEPTED, REPORTED, MOVING_IN = "purchase_order", "accepted", "stock_report", "transfer_in_stock_report"
CLOSED_BY_PEOPLE = ("cancelled", "received")  # answers after which nothing more is expected of an order
KEYS = ["purchase_order_id", "line_id"]


def open_orders(
    planning: PlanningData,
    places: pd.DataFrame,
    settings: Replenishment,
    closed: Booleans,
    delays: Delays | None = None,
) -> pd.DataFrame:
    """One row for everything that is ordered for one of `places` and not there yet.

    places: sku, warehouse, supplier, lead_time_days, lead_time_spread_days. closed: by day from `known.day` on,
        suppliers rest. delays: `known_delays`, where they are at hand.
    Returns sku, warehouse, row (of places), kind (ORDER, ACCEPTED, REPORTED, MOVING_IN), purchase_order_id, line_id,
    task_id, who, supplier, ordered_day, expected_day (as somebody said it, NA: nobody did), told_day (as the order says
    it), promised_day (the expected day, or the day of the order and the supplier's lead time), quantity (as ordered),
    open (units still lacking), chance (that they come), counted (whole units that this makes), due_days (from today to
    promised_day), overdue_days, ahead_days
    (from today, 1 at the earliest), arrival_0 .. arrival_2: equally likely days from today on which they come if they
    do, and what lists say of it: assumed_days, the middle of these, and assumed_day, its date.
    """
    lines = order_lines(planning, places, settings)
    delays = delays or _delays(planning, lines, settings)
    waiting = lines[(lines["status"] == "open") & (lines["open"] > 0)]
    waiting = waiting.assign(kind=ORDER, task_id="", who="", believed=1.0)
    accepted = _accepted(planning, places, settings)
    reported, moved = _reported(planning, accepted, places), _moved(planning, places, settings)
    together = pd.concat([waiting, accepted, reported, moved], ignore_index=True)
    row = _rows(together, places)
    coming = together.assign(row=row)[row >= 0].reset_index(drop=True)
    ahead = _days_from(planning.day, coming["promised_day"])
    coming["due_days"], coming["overdue_days"] = ahead, np.maximum(-ahead, 0)
    names = coming["supplier"].tolist()
    chance = delays.still_coming(names, coming["overdue_days"].to_numpy(dtype=np.int64))
    # Of what no purchase order shows, whether it was ordered is the question, not the supplier's delays.
    coming["chance"] = np.where(coming["kind"] == ORDER, chance, coming["believed"].to_numpy(dtype=float))
    whole = np.floor(coming["open"].to_numpy(dtype=float) * coming["chance"].to_numpy(dtype=float) + 0.5)
    coming["counted"] = whole.astype(np.int64)
    last = len(closed) - 1
    free = opens_at(closed)
    coming["ahead_days"] = free[np.clip(ahead, 1, last)]
    arrivals = _arrivals(coming, delays, ahead, places)
    is_moved = (coming["kind"] == MOVING_IN).to_numpy()
    arrivals[is_moved] = np.maximum(ahead[is_moved], 1)[:, None]
    for point in range(len(POINTS)):
        coming[f"arrival_{point}"] = free[np.clip(arrivals[:, point], 1, last).astype(np.int64)]
    coming["assumed_days"] = coming[f"arrival_{len(POINTS) // 2}"]
    today = pd.Series(planning.day, index=coming.index, dtype="str")
    coming["assumed_day"] = _days_after(today, coming["assumed_days"])
    return coming.drop(columns=["believed", "believed_from"], errors="ignore").sort_values(
        ["row", "ahead_days", *KEYS], kind="stable", ignore_index=True
    )


def known_delays(planning: PlanningData, places: pd.DataFrame, settings: Replenishment) -> Delays:
    """How late orders come, of all that is known. places: as for `open_orders`."""
    return _delays(planning, order_lines(planning, places, settings), settings)


def _delays(planning: PlanningData, lines: pd.DataFrame, settings: Replenishment) -> Delays:
    came = matched_receipts(planning.purchase_orders, planning.receipts)
    return delays_of(lines, came, planning.day, settings.under_way)


def order_lines(planning: PlanningData, places: pd.DataFrame, settings: Replenishment) -> pd.DataFrame:
    """Every purchase order line known, with `open` units and promised_day, as people's answers changed them; told_day
    is what the purchase order itself says."""
    orders = planning.purchase_orders
    if "supplier" not in orders:
        orders = orders.assign(supplier="")
    if "unnamed_since" not in orders:
        orders = orders.assign(unnamed_since=pd.Series(pd.NA, index=orders.index, dtype="str"))
    came = matched_receipts(orders, planning.receipts)
    came = came[came["received_day"] <= planning.day].groupby(KEYS, as_index=False)["quantity"].sum()
    lines = orders.merge(came.rename(columns={"quantity": "received"}), on=KEYS, how="left")
    lines["open"] = (lines["quantity"] - lines["received"].fillna(0)).clip(lower=0).astype("int64")
    lines["supplier"] = lines["supplier"].astype("str").fillna("")
    lines = _as_answered(lines.assign(told_day=lines["expected_day"]), planning.chased)
    lead = _lead_days(lines, places, settings)
    lines["promised_day"] = lines["expected_day"].astype("str").fillna(_days_after(lines["ordered_day"], lead))
    return lines


def arrivals_of(orders: pd.DataFrame, lines: int, transfers: Arrivals | None = None) -> tuple[Arrivals, ...]:
    """`open_orders` for the walk, one equally likely course of arrivals a point, and in each the goods of other
    warehouses. All orders of a course are as early or as late as each other: who is late is late with all.

    A day's goods are there for that day's demand: the demand of one day less comes before them.
    """
    row, units = orders["row"].to_numpy(dtype=np.int64), orders["counted"].to_numpy(dtype=float)
    besides = Arrivals.of(lines, row[:0], units[:0], units[:0]) if transfers is None else transfers
    days = (orders[f"arrival_{point}"].to_numpy(dtype=float) - 1 for point in range(len(POINTS)))
    return tuple(besides.and_more(row, each, units) for each in days)


def _as_answered(lines: pd.DataFrame, chased: pd.DataFrame) -> pd.DataFrame:
    """A day that the supplier gave goes before the ERP's, and what people called cancelled or received is not waited
    for: until the ERP says another day, or another open quantity, than it did when they were asked."""
    said = chased[chased["purchase_order_id"] != ""].drop_duplicates(KEYS, keep="last")
    if said.empty:
        return lines
    found = lines[KEYS].merge(said, on=KEYS, how="left").set_index(lines.index)
    day_now = lines["expected_day"].astype("str").fillna("")
    is_current = (found["told_expected_day"].fillna("") == day_now) & (found["told_open"] == lines["open"])
    new_day = found["new_day"].where(is_current).astype("str")
    gone = found["quantity"].where(is_current & found["outcome"].isin(CLOSED_BY_PEOPLE), 0).fillna(0).astype("int64")
    return lines.assign(
        expected_day=new_day.fillna(lines["expected_day"]), open=(lines["open"] - gone).clip(lower=0).astype("int64")
    )


def _accepted(planning: PlanningData, places: pd.DataFrame, settings: Replenishment) -> pd.DataFrame:
    """Suggestions that people accepted and that no purchase order shows."""
    rules, said = settings.under_way, planning.ordered
    answers = (
        planning.chased[planning.chased["task_id"] != ""].drop_duplicates("task_id", keep="last").set_index("task_id")
    )
    frame = pd.DataFrame(
        {
            "kind": ACCEPTED,
            "sku": said["sku"].astype("str"),
            "warehouse": said["warehouse"].astype("str"),
            "quantity": said["quantity"].astype("int64"),
            "open": said["quantity"].astype("int64"),
            "expected_day": said["expected_day"].astype("str"),
            "ordered_day": _texts(said, "acted_day").fillna(planning.day),
            "task_id": _texts(said, "task_id").fillna(""),
            "who": _texts(said, "who").fillna(""),
        }
    ).assign(purchase_order_id="", line_id="", status="open")
    # A day that somebody gave when asked makes it as good as accepted on the day of that answer.
    outcome, new_day = (frame["task_id"].map(answers[name]).astype("str") for name in ("outcome", "new_day"))
    frame["told_day"] = frame["expected_day"]
    frame["expected_day"] = new_day.fillna(frame["expected_day"])
    answered_day = frame["task_id"].map(answers["acted_day"]).astype("str").where(new_day.notna())
    frame["believed_from"] = answered_day.fillna(frame["ordered_day"])
    frame["open"] = frame["open"].where(~outcome.isin(CLOSED_BY_PEOPLE), 0)
    frame["supplier"] = _at(frame, places, "supplier").fillna("").astype("str")
    lead = _at(frame, places, "lead_time_days").astype(float).fillna(settings.default_lead_time_days)
    frame["promised_day"] = frame["expected_day"].fillna(_days_after(frame["ordered_day"], np.ceil(lead)))
    frame["believed"] = believed_acceptances(frame, planning, rules)
    return frame[frame["open"] > 0]


def believed_acceptances(accepted: pd.DataFrame, planning: PlanningData, rules: UnderWay) -> Floats:
    """The chance that what was accepted was ordered, and has not come, though no purchase order shows it.

    A merchant who gives purchase orders sees them within days; later the chance halves gradually. Without purchase
    orders there is nothing that could show them: they count until they are to have come, and then lie on the shelf.
    """
    age = -_days_from(planning.day, accepted["believed_from"]).astype(float)
    if planning.purchase_orders.empty:
        return np.where(-_days_from(planning.day, accepted["promised_day"]) <= rules.acceptance_days, 1.0, 0.0)
    late = np.maximum(age - seen_within(planning, rules), 0.0)
    return np.asarray(0.5 ** (late / rules.unseen_half_life_days))


def seen_within(planning: PlanningData, rules: UnderWay) -> float:
    """Days within which an accepted suggestion is seen as a purchase order: as nine of ten were, or the setting."""
    lags = planning.seen_after_days
    return float(rules.acceptance_days) if len(lags) < 20 else float(np.quantile(lags, 0.9))


def _reported(planning: PlanningData, accepted: pd.DataFrame, places: pd.DataFrame) -> pd.DataFrame:
    """What the stock report alone says is on its way. It may hold what was accepted: the two are not added up."""
    stock = planning.stock
    if "in_transit" not in stock:
        return accepted.iloc[:0]
    there = stock[stock["in_transit"].fillna(0) > 0]
    ordered = pd.MultiIndex.from_frame(planning.purchase_orders[["sku", "warehouse"]])
    there = there[~pd.MultiIndex.from_frame(there[["sku", "warehouse"]]).isin(ordered)]
    if there.empty:
        return accepted.iloc[:0]
    said = (accepted["open"] * accepted["believed"]).groupby([accepted["sku"], accepted["warehouse"]]).sum()
    held = said.reindex(pd.MultiIndex.from_frame(there[["sku", "warehouse"]])).fillna(0).to_numpy(dtype=float)
    units = np.maximum(there["in_transit"].to_numpy(dtype=float) - np.floor(held), 0).astype(np.int64)
    frame = _in_stock_report(there, REPORTED, units, places)
    lead = _at(frame, places, "lead_time_days").astype(float).fillna(0.0)
    frame["promised_day"] = _days_after(pd.Series(planning.day, index=frame.index, dtype="str"), np.ceil(lead))
    return frame[frame["open"] > 0]


def _moved(planning: PlanningData, places: pd.DataFrame, settings: Replenishment) -> pd.DataFrame:
    """What the stock report says comes from another warehouse, less the transfers that people agreed to here: these are
    counted by themselves. Nobody knows when it left: it takes as long as a transfer of today."""
    stock = planning.stock if "moving_in" in planning.stock else planning.stock.assign(moving_in=0)
    there = stock[stock["moving_in"].fillna(0) > 0]
    agreed = planning.moving.groupby(["sku", "warehouse"])["quantity"].sum()
    held = agreed.reindex(pd.MultiIndex.from_frame(there[["sku", "warehouse"]])).fillna(0).to_numpy(dtype=np.int64)
    units = np.maximum(there["moving_in"].to_numpy(dtype=np.int64) - held, 0)
    frame = _in_stock_report(there, MOVING_IN, units, places)
    today = pd.Series(planning.day, index=frame.index, dtype="str")
    frame["promised_day"] = _days_after(today, np.full(len(frame), settings.transport.days))
    return frame[frame["open"] > 0]


def _in_stock_report(there: pd.DataFrame, kind: str, units: NDArray[np.int64], places: pd.DataFrame) -> pd.DataFrame:
    frame = there[["sku", "warehouse"]].assign(kind=kind, quantity=units, open=units, believed=1.0, status="open")
    frame = frame.assign(purchase_order_id="", line_id="", task_id="", who="", ordered_day=None, expected_day=None)
    frame["told_day"] = frame["expected_day"]
    frame["supplier"] = _at(frame, places, "supplier").fillna("").astype("str")
    return frame


def _arrivals(coming: pd.DataFrame, delays: Delays, ahead: NDArray[np.int64], places: pd.DataFrame) -> Floats:
    """(rows, points) days from today. Nobody knows when the goods of a stock report were ordered: they take a lead
    time."""
    days = delays.days_until(coming["supplier"].tolist(), ahead)
    lead, spread = (_at(coming, places, name).fillna(0.0).to_numpy(dtype=float) for name in
                    ("lead_time_days", "lead_time_spread_days"))  # fmt: skip
    # Goods ordered before do not come after those of an order of today, as long as they are not overdue.
    with_today = np.maximum(ahead, np.ceil(lead) + 1)[:, None]
    days = np.where((ahead >= 0)[:, None], np.minimum(days, with_today), days)
    gaps = np.sqrt(1.5) * np.array([-1.0, 0.0, 1.0])  # three points with the lead time's own mean and spread
    reported = np.maximum(np.rint(lead[:, None] + spread[:, None] * gaps), 1.0)
    return np.where((coming["kind"] == REPORTED).to_numpy()[:, None], reported, days)


def _lead_days(lines: pd.DataFrame, places: pd.DataFrame, settings: Replenishment) -> Floats:
    lead = _at(lines, places, "lead_time_days").astype(float).fillna(float(settings.default_lead_time_days))
    return np.ceil(lead.to_numpy(dtype=float))


def _at(frame: pd.DataFrame, places: pd.DataFrame, column: str) -> pd.Series:
    """A column of `places` for each row's sku and warehouse; NA: no such place."""
    row = _rows(frame, places)
    values = places[column].to_numpy()
    found = pd.Series(values[np.maximum(row, 0)] if len(values) else np.nan, index=frame.index)
    return found.where(row >= 0)


def _rows(frame: pd.DataFrame, places: pd.DataFrame) -> NDArray[np.int64]:
    keys = pd.MultiIndex.from_frame(places[["sku", "warehouse"]])
    return np.asarray(keys.get_indexer(pd.MultiIndex.from_frame(frame[["sku", "warehouse"]])), dtype=np.int64)


def _texts(frame: pd.DataFrame, column: str) -> pd.Series:
    if column in frame:
        return frame[column].astype("str")
    return pd.Series(pd.NA, index=frame.index, dtype="str")


def _days_from(day: str, days: pd.Series) -> NDArray[np.int64]:
    """Whole days from `day` to each, below zero: before it."""
    return (pd.to_datetime(days) - pd.Timestamp(day)).dt.days.to_numpy(dtype=np.int64)


def _days_after(days: pd.Series, later: Any) -> pd.Series:
    moved = pd.to_datetime(days) + pd.to_timedelta(np.asarray(later, dtype=float), unit="D")
    return moved.dt.strftime("%Y-%m-%d").astype("str")


def told_overdue(orders: pd.DataFrame, language: str) -> Mapping[int, str]:
    """Row of places -> its overdue orders in words: 'P1: 400 units, 428 days overdue, counted as 12 on 2025-06-18'."""
    unseen = (orders["kind"] == ACCEPTED) & (orders["chance"] < 1)
    late = orders[(orders["kind"] == ORDER) & (orders["overdue_days"] > 0) | unseen]
    texts: dict[int, list[str]] = {}
    for one in late.sort_values(["row", "overdue_days"], ascending=[True, False], kind="stable").itertuples():
        units = {"open": one.open, "counted": one.counted}
        if one.kind == ACCEPTED:
            said = say(language, "note.accepted_unseen", day=one.ordered_day, **units)
        else:
            on = say(language, "note.counted_on", day=one.assumed_day) if one.counted else ""
            order, late = one.purchase_order_id, one.overdue_days
            said = say(language, "note.overdue_order", order=order, late=late, on=on, **units)
        texts.setdefault(int(one.row), []).append(said)
    between = say(language, "why.and")
    return {row: between.join(said[:3]) + ("…" if len(said) > 3 else "") for row, said in texts.items()}
