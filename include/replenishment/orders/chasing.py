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

from include.replenishment.explain import amount, checked_language
from include.replenishment.knowledge import Known
from include.replenishment.orders.projection import Arrivals, outlook, walk
from include.replenishment.orders.under_way import ACCEPTED, MOVING_IN, ORDER, REPORTED, order_lines, seen_within
from include.replenishment.policy import YUAN_MICROS
from include.replenishment.quantity.protection_period import Protection
from include.replenishment.quantity.urgency import chase_urgency
from include.settings.currencies import currency_name
from include.settings.stock.replenishment import Replenishment

Floats = NDArray[np.float64]

ACTIONS: Mapping[str, tuple[str, str]] = {
    "cancel": ("取消", "cancel"),
    "expedite": ("催货", "expedite"),
    "confirm": ("确认交期", "confirm"),
    "pull_forward": ("提前", "pull forward"),
    "postpone": ("延后", "postpone"),
}
SOONER = ("expedite", "pull_forward")
REASONS: Mapping[str, tuple[str, str]] = {
    "ended": ("商品已下架或将在到货前下架", "the product is off sale, or will be before it comes"),
    "beyond_belief": (
        "已逾期 {overdue_days} 天，超出供应商历来的延误，多半不会来",
        "{overdue_days} days overdue, beyond the supplier's delays: it is not likely to come",
    ),
    "unseen": (
        "{ordered_day} 由 {who} 接受，至今未见采购单：下单了吗？",
        "accepted by {who} on {ordered_day}, no purchase order seen: was it ordered?",
    ),
    "asked_before": (
        "{asked_day} 已催，至今未答复",
        "asked on {asked_day}, no answer yet",
    ),
    "overdue": ("已逾期 {overdue_days} 天", "{overdue_days} days overdue"),
    "shelf_empty": ("现在已无可卖库存", "nothing is left to sell now"),
    "held_back": (
        "按 {counted_day} 到货计，到货前预计缺 {held_back} 件，空着每天少卖 {a_day} {money}",
        "counted as arriving on {counted_day}: about {held_back} units will be missing until then, {a_day} {money} of "
        "sales a day on an empty shelf",
    ),
    "moved_in": (
        "已算上其他仓调来的 {transfer_in} 件",
        "{transfer_in} units that another warehouse sends are counted",
    ),
    "ordered_besides": (
        "已算上今天建议订的 {ordered_today} 件，按 {order_arrival_day} 到货计",
        "{ordered_today} units that are to be ordered today are counted, as arriving on {order_arrival_day}",
    ),
    "sells_nothing": (
        "现有库存预计卖不动，不用再到货",
        "what lies there is not expected to sell, and no more of it is wanted",
    ),
    "enough_without": ("不算它库存也够卖 {cover_days} 天", "without it, stock lasts {cover_days} days"),
    "no_place": (
        "商家设置里没有这个仓库，或商品资料里没有这个商品：不计入任何在途",
        "the settings know no such warehouse, or the masters no such sku: it counts for nothing",
    ),
    "unnamed": (
        "最近的采购单导出里已没有这一行（上次见于 {unnamed_since}）：是否已在 ERP 里删除？",
        "the newest exports of purchase orders no longer name it (last on {unnamed_since}): was it deleted in the ERP?",
    ),
    "counted": ("补货时按 {counted} 件计", "the restock plan counts it as {counted}"),
}
COLUMNS = [
    "reference", "purchase_order", "purchase_order_line", "accepted_task", "supplier", "sku", "title", "warehouse",
    "action", "quantity", "overdue_days", "money_at_risk_micros", "ordered_day", "expected_day", "counted_day",
    "counted", "held_back", "a_day_micros", "on_hand", "lasts_days", "cover_days", "who", "is_empty", "unnamed_since",
    "transfer_in", "ordered_today", "order_arrival_day", "asked_day", "urgency", "reasons",
]  # fmt: skip


def chase_lines(
    known: Known,
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
    money_at_risk_micros: of the units held back; action: a key of ACTIONS; urgency: see `chase_urgency`; reasons: keys
    of REASONS.
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
    ended_in = (pd.to_datetime(about["ended_day"], errors="coerce") - pd.Timestamp(known.day)).dt.days
    ends = (ended_in <= asked["assumed_days"]).fillna(False).to_numpy(dtype=bool)
    late = asked["overdue_days"].to_numpy(dtype=np.int64)
    age = -(pd.to_datetime(asked["ordered_day"]) - pd.Timestamp(known.day)).dt.days.to_numpy(dtype=float)
    unseen = (asked["kind"] == ACCEPTED).to_numpy() & (age > seen_within(known, rules))
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
            "asked_day": _asked_days(asked, known),
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
    listed = pd.concat([frame[action != ""], _homeless(known, inputs, settings)], ignore_index=True)
    return _not_just_answered(listed, known, rules.ask_again_days)[COLUMNS].reset_index(drop=True)


def called_forward(lines: pd.DataFrame) -> frozenset[str]:
    """The skus of which some warehouse waits for goods that are to come sooner."""
    return frozenset(lines.loc[lines["action"].isin(SOONER), "sku"])


def explain_chase(line: Mapping[str, Any], language: str, currency: str = "CNY") -> str:
    """The sentence for one row of `chase_lines`."""
    place = 0 if checked_language(language) == "zh" else 1
    a_day, money = amount(line["a_day_micros"]), currency_name(currency, language)
    values = {**line, "a_day": a_day, "money": money, "who": line["who"] or ("?" if place else "某人")}
    parts = [REASONS[code][place].format(**values) for code in str(line["reasons"]).split()]
    text = ("；" if place == 0 else "; ").join(parts)
    action = ACTIONS[str(line["action"])][place]
    return f"{action}：{text}。" if place == 0 else f"{action}: {text}."


@dataclass(frozen=True)
class _Without:
    """The shelf of each asked order without it, all other goods under way on their days: stock (lines,), what comes,
    and the lines' series."""

    stock: Floats
    arrivals: Arrivals
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
        place = pairs["place"].to_numpy(dtype=np.int64)
        days = np.concatenate([pairs[point].to_numpy(dtype=float) - 1 for point in points])
        units = np.tile(pairs["counted"].to_numpy(dtype=float) / len(points), len(points))
        line, nth = np.nonzero(np.isfinite(besides.days[row]))
        arrivals = Arrivals.of(
            len(asked),
            np.concatenate([np.tile(place, len(points)), line]),
            np.concatenate([days, besides.days[row][line, nth]]),
            np.concatenate([units, besides.units[row][line, nth]]),
        )
        about = inputs.iloc[row]
        stock = (about["on_hand"] - about["promised"] + about["presold_in_lead"]).to_numpy(dtype=float)
        return cls(stock, arrivals, about["series"].to_numpy(dtype=np.int64), protection)

    def missing_until(self, until: Floats) -> Floats:
        """Units that each shelf will turn away in `until` days."""
        return walk(self.stock, self.arrivals, until, self.protection.paths(self.series)).lost.mean(axis=1)

    def first_lost(self) -> Floats:
        """Days until sales are lost at the expected pace; inf: not in sight."""
        return outlook(self.stock, self.arrivals, *self.protection.expected_totals(self.series)).first_empty


def _micros(money: Floats) -> pd.Series:
    """Whole micros, NA where no price is known."""
    return pd.Series(np.rint(money)).astype("Float64").astype("Int64")


def _lasting(free: Floats, rate: Floats) -> pd.Series:
    days = np.divide(free, rate, out=np.full(len(rate), np.nan), where=rate > 0)
    return pd.Series(np.floor(np.minimum(days, 9999.0))).astype("Float64").astype("Int64")


def _homeless(known: Known, inputs: pd.DataFrame, settings: Replenishment) -> pd.DataFrame:
    """Open order lines for goods that are not sold any more, or for a sku or warehouse that nobody knows."""
    places = inputs[["sku", "warehouse", "supplier", "lead_time_days", "lead_time_spread_days"]]
    lines = order_lines(known, places, settings)
    lines = lines[(lines["status"] == "open") & (lines["open"] > 0)]
    planned = pd.MultiIndex.from_frame(lines[["sku", "warehouse"]]).isin(
        pd.MultiIndex.from_frame(places[["sku", "warehouse"]])
    )
    lines = lines[~planned].reset_index(drop=True)
    goods = known.products.drop_duplicates("sku", keep="last").set_index("sku")
    ended = lines["sku"].map(goods["ended_day"]).astype("str")
    is_ended = (ended <= known.day).fillna(False).to_numpy(dtype=bool)
    late = (pd.Timestamp(known.day) - pd.to_datetime(lines["promised_day"])).dt.days.clip(lower=0)
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


def _not_just_answered(listed: pd.DataFrame, known: Known, ask_again_days: int) -> pd.DataFrame:
    """Without the orders that somebody answered for lately: what was asked takes some days."""
    since = pd.Timestamp(known.day) - pd.Timedelta(days=ask_again_days)
    recent = known.chased[pd.to_datetime(known.chased["acted_day"]) > since]
    order = pd.MultiIndex.from_frame(listed[["purchase_order", "purchase_order_line", "accepted_task"]])
    answered = pd.MultiIndex.from_frame(recent[["purchase_order_id", "line_id", "task_id"]])
    return listed[~order.isin(answered)]


def _asked_days(asked: pd.DataFrame, known: Known) -> pd.Series:
    """The day on which the supplier was last asked about each order and gave no answer, NA: it was not, or it did."""
    keys = ["purchase_order_id", "line_id", "task_id"]
    last = known.chased.drop_duplicates(keys, keep="last")
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
