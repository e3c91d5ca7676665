"""Open orders that need a person (催货): to expedite, confirm, cancel, postpone or pull forward.

Each open purchase order line, and each accepted suggestion that no purchase order shows, is held against its shelf:
what is missing there until it comes, and what a day of waiting costs. If nothing is to be done, there is no line.
Transfers and orders of the same day are taken to be made: what is missing here is what the restock list calls lost in
any case, as far as both look at the same days.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from include.replenishment.explain import amount
from include.replenishment.orders.projection import Arrivals, expected, expected_loss, outlook
from include.replenishment.orders.under_way import ACCEPTED, MOVING_IN, ORDER, REPORTED, order_lines, seen_within
from include.replenishment.planning_frames import PlanningData
from include.replenishment.policy import YUAN_MICROS
from include.replenishment.quantity.protection_period import Protection
from include.replenishment.quantity.urgency import chase_urgency
from include.settings.currencies import currency_name
from include.settings.stock.replenishment import Replenishment
from include.words.texts import say

Floats = NDArray[np.float64]

SOONER = ("expedite", "pull_forward")
COLUMNS = [
    "reference", "purchase_order", "purchase_order_line", "accepted_task", "supplier", "sku", "title", "warehouse",
    "action", "quantity", "overdue_days", "money_at_risk_micros", "ordered_day", "expected_day", "counted_day",
    "counted", "held_back", "a_day_micros", "on_hand", "lasts_days", "cover_days", "who", "is_empty", "unnamed_since",
    "transfer_in", "ordered_today", "order_arrival_day", "asked_day", "urgency", "reasons",
]  # fmt: skip


def chase_lines(
    planning: PlanningData,
    orders: pd.DataFrame,
    inputs: pd.DataFrame,
    plan: pd.DataFrame,
    protection: Protection,
    settings: Replenishment,
    besides: Arrivals,
) -> pd.DataFrame:
    """Open orders with something to do about, one row each, columns of COLUMNS.

    orders: `open_orders` for the rows of `inputs`, the planner's, and of `plan`, its lines; besides: what other
    warehouses send, and what is ordered today. What these bring in time is not called forward. quantity: open units;
    counted_day: on which the order is taken to come; lasts_days: what lies there alone; held_back: units missing until
    that day; a_day_micros: sales lost a day while the shelf is empty; asked_day: since when an answer is awaited;
    money_at_risk_micros: of the units held back; action: as in the texts chase.action; urgency: see `chase_urgency`;
    reasons: as in chase.reason.
    """
    rules = settings.under_way
    asked = orders[~orders["kind"].isin([REPORTED, MOVING_IN])].reset_index(drop=True)
    row = asked["row"].to_numpy(dtype=np.int64)
    about, today = inputs.iloc[row].reset_index(drop=True), plan.iloc[row].reset_index(drop=True)
    price = about["unit_price_micros"].astype("Float64").to_numpy(dtype=float, na_value=np.nan)
    until = asked["assumed_days"].to_numpy(dtype=float) - 1
    without = _Without.of(asked, orders, inputs, protection, besides)
    missing = without.missing_until(until)
    # No supplier brings goods forward to a day that even a transfer of today misses.
    soonest = np.minimum(until, float(settings.transport.days))
    can_save = missing - without.missing_until(soonest)
    held_back = np.floor(np.round(missing, 6)).astype(np.int64)
    rate = np.maximum(about["daily_mean"].to_numpy(dtype=float), 0.0)
    free = (about["on_hand"] - about["promised"]).to_numpy(dtype=float)
    coming = np.bincount(orders["row"], weights=orders["counted"], minlength=len(inputs))[row]
    coming = coming + about["transfer_in"].to_numpy(dtype=float)
    others = np.maximum(free + coming - asked["counted"].to_numpy(dtype=float), 0.0)
    # What sells nothing lasts for ever if any lies there; if none does, nothing lasts.
    cover = np.divide(others, rate, out=np.where(others > 0, np.inf, 0.0), where=rate > 0)
    ended_in = (pd.to_datetime(about["ended_day"], errors="coerce") - pd.Timestamp(planning.day)).dt.days
    ends = (ended_in <= asked["assumed_days"]).fillna(False).to_numpy(dtype=bool)
    late = asked["overdue_days"].to_numpy(dtype=np.int64)
    age = -(pd.to_datetime(asked["ordered_day"]) - pd.Timestamp(planning.day)).dt.days.to_numpy(dtype=float)
    unseen = (asked["kind"] == ACCEPTED).to_numpy() & (age > seen_within(planning, rules))
    hurts = held_back > 0
    # Goods of an unknown price are worth asking about: unknown is not nothing.
    worth = (can_save >= 1) & ~(can_save * price < rules.min_held_back * YUAN_MICROS)
    # What a shelf gives away today was weighed against what it misses.
    if "given_today" in about:
        worth &= ~about["given_today"].to_numpy(dtype=bool)
    hopeless = (late > 0) & (asked["chance"].to_numpy(dtype=float) < rules.cancel_below) & ~unseen
    waits = (late > 0) & (asked["kind"] == ORDER).to_numpy()
    unnamed = asked["unnamed_since"].notna().to_numpy()
    action = np.select(
        [ends, unseen, unnamed, hopeless, waits & hurts, waits, worth, cover >= rules.postpone_cover_days],
        ["cancel", "confirm", "confirm", "cancel", "expedite", "confirm", "pull_forward", "postpone"],
        default="",
    )
    is_empty = free <= 0
    asks = np.isin(action, ("expedite", "confirm", "pull_forward"))
    urgency = chase_urgency(
        rate * price,
        without.first_lost(),
        is_empty,
        np.where(asks & hurts, can_save, 0.0),
        action == "expedite",
        settings,
    )
    frame = pd.DataFrame(
        {
            "reference": _reference(asked),
            "purchase_order": asked["purchase_order_id"],
            "purchase_order_line": asked["line_id"],
            "accepted_task": asked["task_id"],
            "supplier": asked["supplier"],
            "sku": about["sku"],
            "title": about["title"],
            "warehouse": about["warehouse"],
            "action": action,
            "quantity": asked["open"].astype("int64"),
            "overdue_days": late,
            "money_at_risk_micros": _micros(np.where(hurts, missing * price, 0.0)),
            "ordered_day": asked["ordered_day"],
            "expected_day": asked["told_day"],
            "counted_day": asked["assumed_day"],
            "counted": asked["counted"],
            "held_back": held_back,
            "a_day_micros": _micros(np.where(hurts, rate * price, 0.0)),
            "on_hand": about["on_hand"].astype("int64"),
            "lasts_days": _lasting(np.maximum(free, 0.0), rate),
            "cover_days": np.floor(np.minimum(cover, 9999.0)).astype(np.int64),
            "who": asked["who"],
            "is_empty": is_empty & hurts,
            "unnamed_since": asked["unnamed_since"],
            "transfer_in": about["transfer_in"].astype("int64"),
            "ordered_today": today["quantity"].astype("int64"),
            "order_arrival_day": today["order_arrival_day"],
            "asked_day": _asked_days(asked, planning),
            "urgency": urgency,
        }
    )
    codes = {
        "ended": ends,
        "unseen": unseen,
        "unnamed": unnamed,
        "beyond_belief": hopeless & ~ends,
        "overdue": waits & ~hopeless,
        "asked_before": frame["asked_day"].notna().to_numpy(),
        "shelf_empty": is_empty & hurts,
        "held_back": hurts,
        "moved_in": hurts & (frame["transfer_in"] > 0).to_numpy(),
        "ordered_besides": hurts
        & ((frame["ordered_today"] > 0) & (frame["order_arrival_day"] < frame["counted_day"])).to_numpy(dtype=bool),
        "enough_without": (action == "postpone") & np.isfinite(cover),
        "sells_nothing": (action == "postpone") & ~np.isfinite(cover),
        "counted": (asked["counted"] < asked["open"]).to_numpy(),
    }
    frame["reasons"] = _joined(codes, len(frame))
    listed = pd.concat([frame[action != ""], _homeless(planning, inputs, settings)], ignore_index=True)
    return _not_just_answered(listed, planning, rules.ask_again_days)[COLUMNS].reset_index(drop=True)


def called_forward(lines: pd.DataFrame) -> frozenset[str]:
    """The skus of which some warehouse waits for goods that are to come sooner."""
    return frozenset(lines.loc[lines["action"].isin(SOONER), "sku"])


def explain_chase(line: Mapping[str, Any], language: str, currency: str = "CNY") -> str:
    """The sentence for one row of `chase_lines`."""
    a_day, money = amount(line["a_day_micros"]), currency_name(currency, language)
    values = {**line, "a_day": a_day, "money": money, "who": line["who"] or say(language, "chase.why.somebody")}
    reasons = [say(language, f"chase.reason.{code}", **values) for code in str(line["reasons"]).split()]
    action = say(language, f"chase.action.{line['action']}")
    return say(language, "chase.why.sum", action=action, reasons=say(language, "why.semicolon").join(reasons))


@dataclass(frozen=True)
class _Without:
    """The shelf of each asked order without it, all other goods under way on their days: stock (lines,), the
    equally likely courses of what comes, and the lines' series."""

    stock: Floats
    courses: tuple[Arrivals, ...]
    series: NDArray[np.int64]
    protection: Protection

    @classmethod
    def of(
        cls, asked: pd.DataFrame, orders: pd.DataFrame, inputs: pd.DataFrame, protection: Protection, besides: Arrivals
    ) -> _Without:
        row = asked["row"].to_numpy(dtype=np.int64)
        points = [name for name in orders.columns if name.startswith("arrival_")]
        keys = ["kind", "purchase_order_id", "line_id", "task_id"]
        mine = asked[["row", *keys]].assign(place=np.arange(len(asked)))
        pairs = mine.merge(orders, on="row", suffixes=("", "_other"))
        is_own = np.logical_and.reduce([(pairs[key] == pairs[f"{key}_other"]).to_numpy() for key in keys])
        pairs = pairs[~is_own]
        place, units = pairs["place"].to_numpy(dtype=np.int64), pairs["counted"].to_numpy(dtype=float)
        line, nth = np.nonzero(np.isfinite(besides.days[row]))
        coming = Arrivals.of(len(asked), line, besides.days[row][line, nth], besides.units[row][line, nth])
        courses = tuple(coming.and_more(place, pairs[point].to_numpy(dtype=float) - 1, units) for point in points)
        about = inputs.iloc[row]
        stock = (about["on_hand"] - about["promised"] + about["presold_in_lead"]).to_numpy(dtype=float)
        return cls(stock, courses, about["series"].to_numpy(dtype=np.int64), protection)

    def missing_until(self, until: Floats) -> Floats:
        """Units that each shelf will turn away in `until` days."""
        return expected_loss(self.stock, self.courses, until, self.protection.paths(self.series))

    def first_lost(self) -> Floats:
        """Days until sales are lost at the expected pace; inf: not in sight."""
        return outlook(self.stock, expected(self.courses), *self.protection.expected_totals(self.series)).first_empty


def _micros(money: Floats) -> pd.Series:
    """Whole micros, NA where no price is known."""
    return pd.Series(np.rint(money)).astype("Float64").astype("Int64")


def _lasting(free: Floats, rate: Floats) -> pd.Series:
    days = np.divide(free, rate, out=np.full(len(rate), np.nan), where=rate > 0)
    return pd.Series(np.floor(np.minimum(days, 9999.0))).astype("Float64").astype("Int64")


def _homeless(planning: PlanningData, inputs: pd.DataFrame, settings: Replenishment) -> pd.DataFrame:
    """Open order lines for goods that are not sold any more, or for a sku or warehouse that nobody knows."""
    places = inputs[["sku", "warehouse", "supplier", "lead_time_days", "lead_time_spread_days"]]
    lines = order_lines(planning, places, settings)
    lines = lines[(lines["status"] == "open") & (lines["open"] > 0)]
    planned = pd.MultiIndex.from_frame(lines[["sku", "warehouse"]]).isin(
        pd.MultiIndex.from_frame(places[["sku", "warehouse"]])
    )
    lines = lines[~planned].reset_index(drop=True)
    goods = planning.products.drop_duplicates("sku", keep="last").set_index("sku")
    ended = lines["sku"].map(goods["ended_day"]).astype("str")
    is_ended = (ended <= planning.day).fillna(False).to_numpy(dtype=bool)
    late = (pd.Timestamp(planning.day) - pd.to_datetime(lines["promised_day"])).dt.days.clip(lower=0)
    return pd.DataFrame(
        {
            "reference": _reference(lines.assign(kind=ORDER, task_id="")),
            "purchase_order": lines["purchase_order_id"],
            "purchase_order_line": lines["line_id"],
            "accepted_task": "",
            "supplier": lines["supplier"],
            "sku": lines["sku"],
            "title": lines["sku"].map(goods["title"]).astype("str").fillna(""),
            "warehouse": lines["warehouse"],
            "action": np.where(is_ended, "cancel", "confirm"),
            "quantity": lines["open"].astype("int64"),
            "overdue_days": late.astype("int64"),
            "money_at_risk_micros": 0,
            "ordered_day": lines["ordered_day"],
            "expected_day": lines["told_day"],
            "counted_day": pd.NA,
            "counted": 0,
            "held_back": 0,
            "a_day_micros": 0,
            "on_hand": pd.array([pd.NA] * len(lines), dtype="Int64"),
            "lasts_days": pd.array([pd.NA] * len(lines), dtype="Int64"),
            "cover_days": 0,
            "who": "",
            "is_empty": False,
            "unnamed_since": pd.NA,
            "transfer_in": 0,
            "ordered_today": 0,
            "order_arrival_day": pd.NA,
            "asked_day": pd.NA,
            "urgency": 0,
            "reasons": np.where(is_ended, "ended", "no_place"),
        }
    )


def _not_just_answered(listed: pd.DataFrame, planning: PlanningData, ask_again_days: int) -> pd.DataFrame:
    """Without the orders that somebody answered for lately: what was asked takes some days."""
    since = pd.Timestamp(planning.day) - pd.Timedelta(days=ask_again_days)
    recent = planning.chased[pd.to_datetime(planning.chased["acted_day"]) > since]
    order = pd.MultiIndex.from_frame(listed[["purchase_order", "purchase_order_line", "accepted_task"]])
    answered = pd.MultiIndex.from_frame(recent[["purchase_order_id", "line_id", "task_id"]])
    return listed[~order.isin(answered)]


def _asked_days(asked: pd.DataFrame, planning: PlanningData) -> pd.Series:
    """The day on which the supplier was last asked about each order and gave no answer, NA: it was not, or it did."""
    keys = ["purchase_order_id", "line_id", "task_id"]
    last = planning.chased.drop_duplicates(keys, keep="last")
    last = last[last["outcome"] == "asked"]
    found = asked[keys].merge(last[[*keys, "acted_day"]], on=keys, how="left")
    return found["acted_day"].astype("str")


def _reference(orders: pd.DataFrame) -> pd.Series:
    """What a line is called: purchase order and line, or the task that was accepted."""
    line = orders["purchase_order_id"] + "-" + orders["line_id"]
    return line.where(orders["kind"] == ORDER, orders["task_id"]).astype("str")


def _joined(codes: Mapping[str, NDArray[np.bool_]], count: int) -> list[str]:
    text = np.full(count, "", dtype=object)
    for code, holds in codes.items():
        text = np.where(np.asarray(holds, dtype=bool), text + (code + " "), text)
    return [value.rstrip() for value in text]
