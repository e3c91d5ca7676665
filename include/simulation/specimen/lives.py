"""What becomes of an order: shipped, received, refunded, closed, with the time of each step."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from include.simulation.specimen import sale_days
from include.simulation.specimen.growing_table import NEVER
from include.simulation.specimen.orders import BRUSHING, GIFT, NewOrders
from include.simulation.specimen.settings import SpecimenSettings, day_number, day_of

BEFORE_SHIPPING, RETURN_REFUND, REFUND_ONLY = 0, 1, 2
SUCCEEDED, TURNED_DOWN = 1, 2
REASONS = ("拍错/多拍/不想要", "七天无理由退换货", "质量问题", "少件/漏发", "与描述不符", "物流太慢", "缺货")
OUT_OF_STOCK = len(REASONS) - 1

REFUND_COLUMNS = {
    "order": "int64",  # rows of the ledger
    "line": "int64",
    "kind": "int8",
    "outcome": "int8",
    "requested": "datetime64[s]",
    "completed": "datetime64[s]",  # when it succeeded or was turned down
    "amount_fen": "int64",
    "quantity": "int32",
    "reason": "int8",
}


@dataclass(frozen=True)
class Lives:
    """Times by order, and refunds (`refund_line` is the line's position among the new lines)."""

    shipped: np.ndarray
    completed: np.ndarray
    closed: np.ndarray
    refund_line: np.ndarray
    refund_kind: np.ndarray
    outcome: np.ndarray
    requested: np.ndarray
    refund_completed: np.ndarray
    amount_fen: np.ndarray
    refund_quantity: np.ndarray
    reason: np.ndarray


def plan_lives(settings: SpecimenSettings, rng: np.random.Generator, new: NewOrders) -> Lives:
    """Draw the future of new orders. Shipping is a plan: a parcel that lacks goods on the day goes later."""
    rows, goods = len(new), len(new.line_order)
    paid = ~np.isnat(new.paid)
    shipped = _shipping_times(rng, new)
    completed = shipped + _days(rng.gamma(9, 7.5 / 9, rows) + 1.5)
    closed = new.closed.copy()
    honest = paid & (new.kind != BRUSHING) & (new.kind != GIFT)

    # Second thoughts before the parcel has left: the whole order, its freight too.
    waiting = (shipped - new.paid).astype("timedelta64[s]").astype(np.int64)
    regret = honest & (rng.random(rows) < settings.refund_before_shipping) & (waiting > 3600)
    asked = new.paid + _seconds(600 + rng.random(rows) * np.where(paid, np.minimum(waiting - 1200, 36_000), 0))
    settled = asked + _seconds(rng.integers(300, 21_600, rows))
    shipped[regret], completed[regret] = NEVER, NEVER
    closed[regret] = settled[regret]

    luck, kind_luck, part = rng.random(goods), rng.random(goods), rng.random(goods)
    late = (luck < settings.refund_after_shipping) & (honest & ~regret)[new.line_order] & ~new.gift
    early = regret[new.line_order] & ~new.gift
    kept = kind_luck < settings.partial_refund_share
    turned_down = late & (rng.random(goods) < settings.refund_turned_down)
    fewer = rng.integers(1, np.maximum(new.quantity, 1) + 1)
    returned = np.where(rng.random(goods) < 0.3, fewer, new.quantity)
    after_ask = shipped[new.line_order] + _days(rng.uniform(1.5, 12, goods))
    after_end = after_ask + _days(np.where(kept, rng.uniform(0.2, 3, goods), rng.uniform(2, 7, goods)))
    first_of_order = np.ones(goods, dtype=bool)
    first_of_order[1:] = new.line_order[1:] != new.line_order[:-1]
    freight = np.where(first_of_order, new.freight_fen[new.line_order], 0)
    amount = np.where(
        early,
        new.payable_fen + freight,
        np.where(
            kept,
            np.round(new.payable_fen * (0.1 + 0.5 * part)).astype(np.int64),
            np.where(
                returned == new.quantity, new.payable_fen, new.payable_fen * returned // np.maximum(new.quantity, 1)
            ),
        ),
    )
    has = (early | late) & (amount > 0)
    whole = late & ~turned_down & (amount == new.payable_fen)
    back = np.zeros(rows, dtype=np.int64)
    np.add.at(back, new.line_order, (~whole & ~new.gift).astype(np.int64))
    end = np.full(rows, NEVER)
    np.fmax.at(end, new.line_order[whole], after_end[whole])
    all_back = (back == 0) & ~np.isnat(end)
    before_received = all_back & (end < completed)
    closed[before_received] = end[before_received]
    completed[before_received] = NEVER
    line = np.flatnonzero(has)
    order = new.line_order[line]
    return Lives(
        shipped=shipped,
        completed=completed,
        closed=closed,
        refund_line=line,
        refund_kind=np.where(early[line], BEFORE_SHIPPING, np.where(kept[line], REFUND_ONLY, RETURN_REFUND)).astype(
            np.int8
        ),
        outcome=np.where(turned_down[line], TURNED_DOWN, SUCCEEDED).astype(np.int8),
        requested=np.where(early[line], asked[order], after_ask[line]),
        refund_completed=np.where(early[line], settled[order], after_end[line]),
        amount_fen=amount[line],
        refund_quantity=np.where(early[line], new.quantity[line], np.where(kept[line], 0, returned[line])),
        reason=rng.integers(0, 6, len(line)).astype(np.int8),
    )


def _shipping_times(rng: np.random.Generator, new: NewOrders) -> np.ndarray:
    """When each paid order is planned to leave: the same afternoon, the next day, later after a big sale."""
    rows = len(new)
    shipped = np.full(rows, NEVER)
    paid = ~np.isnat(new.paid)
    luck, minute, jam = rng.random(rows), rng.integers(0, 6 * 3600, rows), rng.random(rows)
    if not paid.any():
        return shipped
    paid_day = new.paid[paid].astype("datetime64[D]").astype(np.int64)
    hour = (new.paid[paid] - new.paid[paid].astype("datetime64[D]")).astype("timedelta64[h]").astype(np.int64)
    wait = np.where((hour < 14) & (luck[paid] < 0.7), 0, np.where(luck[paid] < 0.9, 1, 2))
    days, place = np.unique(paid_day, return_inverse=True)
    busy = np.array([sale_days.effects(day_of(day)).sales > 2 for day in days])[place]
    wait = wait + np.where(busy, (jam[paid] * 3).astype(np.int64), 0)
    leaves, where = np.unique(paid_day + wait, return_inverse=True)
    working = np.array([day_number(sale_days.next_working_day(day_of(day))) for day in leaves])[where]
    shipped[paid] = (working * 86400 + 15 * 3600 + minute[paid]).astype("datetime64[s]")
    return shipped


def _days(days: np.ndarray) -> np.ndarray:
    return (days * 86400).astype("timedelta64[s]")


def _seconds(seconds: np.ndarray) -> np.ndarray:
    return np.asarray(seconds, dtype=np.int64).astype("timedelta64[s]")


ONE_DAY = np.timedelta64(timedelta(days=1), "s")
