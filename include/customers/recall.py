"""Today's win-back list: whom contacting is worth most, within capacity, fatigue and consent, beside a control group.

High risk alone is not worth a call (Ascarza 2018, "Retention Futility"): the list ranks by the money that a contact is
expected to bring, risk x margin of the orders at stake x the chance that contact helps. That chance is a prior until
`lift` has measured it, and falls with the risk: who is surely gone is seldom brought back. A permanent random part of
the customers is never contacted, so that it can be measured at all.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import pandas as pd

from include.customers.history import MICROS, Book, OrderHistory, book_as_of, day_number, day_text
from include.customers.segments import usual_gaps
from include.settings.merchant import Customers

LINE_COLUMNS = (
    "customer", "rank", "p_churn", "expected_orders", "order_money_micros", "margin_micros", "effect", "gain_micros",
    "offer", "last_shop", "last_order_id", "last_order_day", "days_since", "usual_gap_days", "order_days",
)  # fmt: skip
CONTROL_COLUMNS = ("day", "customer", "arm", "propensity")
# Nobody's stake is more orders than this: a daily buyer who left is not won back to every day.
_MOST_ORDERS = 12.0


@dataclass(frozen=True)
class Recall:
    """lines: LINE_COLUMNS, best first.

    control: CONTROL_COLUMNS, one row for every customer who was listed, or would have been but for being in the control
    group (arm listed or control; propensity is the chance of the listed arm).
    """

    lines: pd.DataFrame
    control: pd.DataFrame


def control_group(customers: np.ndarray, key: bytes, share: float) -> np.ndarray:
    """(customers,) bool: the permanent control group, by keyed hash.

    A customer's place depends on nothing but their id and the key, so it never changes; raising `share` only adds.
    """
    limit = round(share * 2**32)
    return np.array(
        [int.from_bytes(hmac.new(key, str(c).encode(), hashlib.sha256).digest()[:4], "big") < limit for c in customers],
        dtype=bool,
    )


def order_values(book: Book) -> np.ndarray:
    """(customers,) yuan that a usual order day of each brings, shrunk by one order of the merchant's median.

    Gifts and one-off bulk orders say nothing about the next order: days of nothing else are left out, and of the others
    their part. Who has no usual order is worth the merchant's median.
    """
    usual = np.maximum(book.history.amount - book.history.exceptional, 0.0)
    counts = ~((book.history.exceptional > 0) & (usual <= 0))
    typical = float(np.median(usual[counts])) if counts.any() else 0.0
    return (book.total(np.where(counts, usual, 0.0)) + typical) / (book.total(counts.astype(np.float64)) + 1.0)


def chance_that_contact_helps(p_churn: np.ndarray, at_even: float) -> np.ndarray:
    """(customers,) chance that contact brings back one who would otherwise be lost.

    Contact multiplies everyone's odds of returning by the same factor 1 + k. With p = 1 - p_churn the chance to return
    rises by (1 - p) x k p / (1 + k p): the second factor is the chance that a lost one is brought back. k is such that
    it is `at_even` where p_churn is 0.5.
    """
    stays = 1.0 - p_churn
    k = at_even / (0.5 * (1.0 - at_even)) if at_even < 1 else np.inf
    return np.ones_like(stays) if np.isinf(k) else np.asarray(k * stays / (1.0 + k * stays))


def recall_lines(
    scores: pd.DataFrame,
    history: OrderHistory,
    as_of: str,
    rules: Customers,
    key: bytes,
    contacts: pd.DataFrame | None = None,
    opted_out: Collection[str] = (),
    effect: float | None = None,
) -> Recall:
    """Choose the list of `as_of`.

    scores: customer, p_churn, expected_orders (from `churn.score` as of the same day). contacts: customer, day
    (ISO) of every contact made or listed so far, whoever made it. opted_out: customers who may not be contacted.
    effect: measured chance that a contact brings back a lost customer who was as likely to stay as to go, in place of
    `rules.effect_of_contact`.

    A customer is a candidate when p_churn reaches rules.min_p_churn, or when the silence exceeds rules.gap_multiple
    usual gaps; never within rules.least_silence_days of an order, when they opted out, or when they were contacted
    within rules.fatigue_days days. Control customers compete for the list like everyone, so that both arms are alike,
    and are then left alone.
    """
    today = day_number(as_of)
    book = book_as_of(history, today)
    names = book.names.astype(str)
    gap = usual_gaps(book)
    known = pd.DataFrame(
        {
            "customer": names,
            "position": book.end - 1,
            "days_since": book.as_of - book.last,
            "usual_gap_days": gap,
            "order_days": book.end - book.start,
            "order_money": order_values(book),
        }
    )
    table = scores.merge(known, on="customer", how="inner", validate="one_to_one")
    # Repeat orders are what is at stake: a customer's own pace over the horizon, were they to stay; one order of those
    # who have shown no pace.
    pace = rules.horizon_days / np.maximum(table["usual_gap_days"].to_numpy(dtype=np.float64), 1.0)
    stake = np.where(table["order_days"] > 1, np.clip(pace, 1.0, _MOST_ORDERS), 1.0)
    order_money = table["order_money"].to_numpy(dtype=np.float64)
    margin = order_money * rules.margin * stake
    # Rounded as they are shown, so that a clerk who multiplies them gets the gain.
    risk = np.round(table["p_churn"].to_numpy(dtype=np.float64), 3)
    chance = np.round(chance_that_contact_helps(risk, rules.effect_of_contact if effect is None else effect), 4)
    gain = risk * margin * chance
    table["order_money_micros"] = np.round(order_money * MICROS).astype(np.int64)
    table["margin_micros"] = np.round(margin * MICROS).astype(np.int64)
    table["effect"] = chance
    table["gain_micros"] = np.round(gain * MICROS).astype(np.int64)
    late = table["days_since"] > rules.gap_multiple * table["usual_gap_days"]
    candidate = (table["p_churn"] >= rules.min_p_churn) | late
    candidate &= table["days_since"] >= rules.least_silence_days
    candidate &= ~table["customer"].isin(list(opted_out))
    candidate &= ~table["customer"].isin(_tired(contacts, today, rules.fatigue_days))
    table = table[candidate & (table["gain_micros"] > 0)]
    table = table.sort_values(["gain_micros", "customer"], ascending=[False, True], kind="stable")
    in_control = control_group(table["customer"].to_numpy(), key, rules.control_share)
    # Walk down the ranking until capacity is full; the controls passed on the way are the comparison.
    reached = np.cumsum(~in_control) - (~in_control) < rules.capacity
    listed = table[reached & ~in_control].copy()
    listed["rank"] = np.arange(1, len(listed) + 1)
    listed["offer"] = rules.offer
    listed["usual_gap_days"] = listed["usual_gap_days"].round().astype("int64")
    position = listed["position"].to_numpy(dtype=np.int64)
    listed["last_order_id"] = book.history.order_id[position].astype(str)
    listed["last_order_day"] = [day_text(number) for number in book.history.day[position]]
    shops = np.array([*book.history.shop_names, ""], dtype=object)
    listed["last_shop"] = shops[book.history.shop[position]].astype(str)
    arms = table[reached]
    control = pd.DataFrame(
        {
            "day": as_of,
            "customer": arms["customer"].to_numpy(),
            "arm": np.where(in_control[reached], "control", "listed"),
            "propensity": 1 - rules.control_share,
        }
    )
    return Recall(listed[list(LINE_COLUMNS)].reset_index(drop=True), control[list(CONTROL_COLUMNS)])


def _tired(contacts: pd.DataFrame | None, today: int, days: int) -> pd.Series:
    """Customers contacted in the last `days` days, today's own list not counted (a re-run must repeat itself).

    Rows of the control arm count too: both arms rest alike, or they would no longer be alike.
    """
    if contacts is None or not len(contacts):
        return pd.Series(dtype=str)
    ago = today - contacts["day"].map(day_number)
    return contacts.loc[(ago > 0) & (ago <= days), "customer"]
