"""Today's win-back list: whom contacting is worth most, within capacity, fatigue and consent, beside a control group.

High risk alone is not worth a call (Ascarza 2018, "Retention Futility"): the list ranks by the money that a contact is
expected to bring, risk x margin of the orders at stake x the chance that contact helps. That chance is a prior until
`lift` has measured it. A permanent random part of the customers is never contacted, so that it can be measured at all.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass

import numpy as np
import pandas as pd

from include.customers.history import MICROS, OrderHistory, book_as_of, day_number, day_text
from include.customers.segments import usual_gaps
from include.settings.merchant import Customers

LINE_COLUMNS = (
    "customer", "rank", "p_churn", "expected_orders", "order_money_micros", "margin_micros", "effect", "gain_micros",
    "reasons", "offer", "last_shop", "last_order_id", "last_order_day", "days_since", "usual_gap_days", "order_days",
)  # fmt: skip
CONTROL_COLUMNS = ("day", "customer", "arm", "propensity")


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


def recall_lines(
    scores: pd.DataFrame,
    history: OrderHistory,
    as_of: str,
    rules: Customers,
    key: bytes,
    contacts: pd.DataFrame | None = None,
    opted_out: pd.DataFrame | None = None,
    effect: float | None = None,
) -> Recall:
    """Choose the list of `as_of`.

    scores: customer, p_churn, expected_orders, reasons (from `churn.score` as of the same day). contacts: customer, day
    (ISO) of every contact made or listed so far, whoever made it. opted_out: customer. effect: measured chance that a
    contact brings a lost customer back, in place of `rules.effect_of_contact`.

    A customer is a candidate when p_churn reaches rules.min_p_churn, or when the silence exceeds rules.gap_multiple
    usual gaps; never when they opted out, or were contacted within rules.fatigue_days days. Control customers compete
    for the list like everyone, so that both arms are alike, and are then left alone.
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
            "mean_money": book.total(book.history.amount) / np.maximum(book.end - book.start, 1),
        }
    )
    table = scores.merge(known, on="customer", how="inner", validate="one_to_one")
    # Repeat orders are what is at stake: a customer's usual pace over the horizon, were they to stay.
    pace = rules.horizon_days / np.maximum(table["usual_gap_days"].to_numpy(dtype=np.float64), 1.0)
    stake = np.clip(pace, 1.0, 12.0)
    order_money = table["mean_money"].to_numpy(dtype=np.float64)
    margin = order_money * rules.margin * stake
    chance = rules.effect_of_contact if effect is None else effect
    gain = table["p_churn"].to_numpy(dtype=np.float64) * margin * chance
    table["order_money_micros"] = np.round(order_money * MICROS).astype(np.int64)
    table["margin_micros"] = np.round(margin * MICROS).astype(np.int64)
    table["effect"] = chance
    table["gain_micros"] = np.round(gain * MICROS).astype(np.int64)
    late = table["days_since"] > rules.gap_multiple * table["usual_gap_days"]
    candidate = (table["p_churn"] >= rules.min_p_churn) | late
    candidate &= table["days_since"] > 0
    candidate &= ~table["customer"].isin(_refused(opted_out))
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
    if "reasons" not in listed:
        listed["reasons"] = [[] for _ in range(len(listed))]
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


def _refused(opted_out: pd.DataFrame | None) -> pd.Series:
    return pd.Series(dtype=str) if opted_out is None else opted_out["customer"]


def _tired(contacts: pd.DataFrame | None, today: int, days: int) -> pd.Series:
    """Customers contacted in the last `days` days, today's own list not counted (a re-run must repeat itself).

    Rows of the control arm count too: both arms rest alike, or they would no longer be alike.
    """
    if contacts is None or not len(contacts):
        return pd.Series(dtype=str)
    ago = today - contacts["day"].map(day_number)
    return contacts.loc[(ago > 0) & (ago <= days), "customer"]
