"""Today's win-back list: whom contacting is worth most, within capacity, fatigue and consent, beside a control group.

High risk alone is not worth a call (Ascarza 2018, "Retention Futility"): the list ranks by the money that a contact is
expected to bring, risk x margin of the orders at stake x the chance that contact helps. That chance is a prior until
`lift` has measured it, and falls with the risk: who is surely gone is seldom brought back. A permanent random part of
the customers is never contacted, so that it can be measured at all.

Each channel has a capacity, a cost and an effect of its own, and those who may be contacted by it: a customer gets the
channel that gains most among those with room, best customers first.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from include.customers.history import MICROS, Book, OrderHistory, book_as_of, day_number, day_text
from include.customers.offers import OFFER_FACTS, choose_offers
from include.customers.segments import stages, usual_gaps
from include.settings.merchant import Customers, Till

LINE_COLUMNS = (
    "customer", "rank", "p_churn", "expected_orders", "order_money_micros", "margin_micros", "effect", "cost_micros",
    "gain_micros", "channel", "channel_why", "offer", "last_shop", "last_order_id", "last_order_day", "days_since",
    "usual_gap_days", "order_days",
)  # fmt: skip
CONTROL_COLUMNS = ("day", "customer", "arm", "propensity", "channel", "offer", "p_churn", "rise")
# Why a channel: it gains most, it is the only one allowed, or what gains more is full.
MOST, ONLY, NEXT = "most", "only", "next"
# Why a candidate is left out: a till or reseller, everything sent back, no channel that reaches them.
TILL, KEPT_NOTHING, OUT_OF_REACH = "till", "kept nothing", "out of reach"
# Nobody's stake is more orders than this: a daily buyer who left is not won back to every day.
_MOST_ORDERS = 12.0


@dataclass(frozen=True)
class Recall:
    """lines: LINE_COLUMNS, best first.

    control: CONTROL_COLUMNS, one row for every customer who was listed, or would have been but for being in the control
    group (arm listed or control; propensity is the chance of the listed arm; rise: of the chance to return, expected of
    a contact). left_out: why -> how many were left out for it: of tills all, else candidates.
    """

    lines: pd.DataFrame
    control: pd.DataFrame
    left_out: Mapping[str, int] = field(default_factory=dict)


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
    """(customers,) yuan that the merchant keeps of a usual order day of each, shrunk by one order of the merchant's
    median.

    What was sent back brought nothing, so such a day counts with what was kept of it. Gifts and one-off bulk orders say
    nothing about the next order: days of nothing else are left out, and of the others their part. A customer without a
    usual order is worth the merchant's median.
    """
    history = book.history
    counts = ~((history.exceptional > 0) & (history.amount - history.exceptional <= 0))
    typical = float(np.median(history.kept[counts])) if counts.any() else 0.0
    return (book.total(np.where(counts, history.kept, 0.0)) + typical) / (book.total(counts.astype(np.float64)) + 1.0)


def kept_something(book: Book) -> np.ndarray:
    """(customers,) bool: not all that they ever paid was given back to them, or given to them for nothing."""
    return np.asarray(book.total(np.maximum(book.history.amount - book.history.refunded, 0.0)) > 0)


def tills(book: Book, rules: Till) -> np.ndarray:
    """(customers,) bool: orders far beyond anybody's, more than `rules.orders` within `rules.days` and more than
    `rules.times` as many as 19 of 20 customers have at most. So a till that writes one name for everybody is found
    whatever the name is, and a reseller."""
    recent = book.history.day > book.as_of - rules.days
    orders = book.total(np.where(recent, book.history.orders, 0).astype(np.float64))
    return np.asarray(orders > most_orders(orders, rules))


def most_orders(orders: np.ndarray, rules: Till) -> float:
    """The number of orders beyond which a customer is a till. orders: (customers,) within rules.days."""
    some = orders[orders > 0]
    usual = float(np.quantile(some, 0.95, method="lower")) if len(some) else 0.0
    return max(float(rules.orders), rules.times * usual)


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
    opted_out: Mapping[str, Collection[str]] | None = None,
    effects: Mapping[str, float] | None = None,
    rises: pd.Series | None = None,
    out_of_reach: Mapping[str, Collection[str]] | None = None,
) -> Recall:
    """Choose the list of `as_of`.

    scores: customer, p_churn, expected_orders (from `churn.score` as of the same day). contacts: customer, day
    (ISO) of every contact made or listed so far, whoever made it. opted_out: channel -> customers who may not be
    contacted by it. effects: channel -> measured chance that a contact brings back a lost customer who was as likely to
    stay as to go, in place of the prior of `rules`. rises: by customer, how much a contact is expected to raise their
    chance to return (a released uplift model), in place of what follows from the risk. out_of_reach: channel ->
    customers whom it does not reach: by no channel means on no list, and counted.

    A customer is a candidate when p_churn reaches rules.min_p_churn, or when the silence exceeds rules.gap_multiple
    usual gaps; never within rules.least_silence_days of an order, when they opted out of every channel, when they were
    contacted too lately or too often, when they kept nothing of all they bought, or when they are no customer but a
    till (`tills`). Control customers compete for the list like everyone, so that both arms are
    alike, and are then left alone.
    """
    today = day_number(as_of)
    book = book_as_of(history, today)
    gap = usual_gaps(book)
    known = pd.DataFrame(
        {
            "customer": book.names.astype(str),
            "position": book.end - 1,
            "days_since": book.as_of - book.last,
            "usual_gap_days": gap,
            "order_days": book.end - book.start,
            "order_money": order_values(book),
            "stage": stages(book),
            "tenure_days": book.as_of - book.first,
            "is_till": tills(book, rules.till),
            "kept": kept_something(book),
        }
    )
    table = scores.merge(known, on="customer", how="inner", validate="one_to_one")
    # Repeat orders are what is at stake: a customer's own pace over the merchant's horizon, were they to stay; one of
    # those who have shown no pace. Whatever their own horizons, all are compared over that one time.
    pace = rules.horizon_days / np.maximum(table["usual_gap_days"].to_numpy(dtype=np.float64), 1.0)
    stake = np.where(table["order_days"] > 1, np.clip(pace, 1.0, _MOST_ORDERS), 1.0)
    order_money = table["order_money"].to_numpy(dtype=np.float64)
    margin = order_money * rules.margin * stake
    table["order_money_micros"] = np.round(order_money * MICROS).astype(np.int64)
    table["margin_micros"] = np.round(margin * MICROS).astype(np.int64)
    late = table["days_since"] > rules.gap_multiple * table["usual_gap_days"]
    candidate = (table["p_churn"] >= rules.min_p_churn) | late
    candidate &= table["days_since"] >= rules.least_silence_days
    candidate &= ~table["customer"].isin(_tired(contacts, today, rules))
    left_out = {
        TILL: int(table["is_till"].sum()),
        KEPT_NOTHING: int((candidate & ~table["is_till"] & ~table["kept"]).sum()),
    }
    candidate &= ~table["is_till"] & table["kept"]
    table, margin = table[candidate].reset_index(drop=True), margin[candidate.to_numpy()]

    # Rounded as they are shown, so that a clerk who multiplies them gets the gain.
    risk = np.round(table["p_churn"].to_numpy(dtype=np.float64), 3)
    chance = np.round(_chances(risk, table["customer"], rules, effects or {}, rises), 4)
    costs = np.array([channel.cost_per_contact for channel in rules.channels_of_contact])
    gain = np.round((risk[:, None] * margin[:, None] * chance - costs) * MICROS)
    names = table["customer"]
    allowed, reached_by = (
        np.stack([~names.isin(list(some.get(one.name, ()))).to_numpy() for one in rules.channels_of_contact], axis=1)
        for some in (opted_out or {}, out_of_reach or {})
    )
    worth = np.where(allowed, gain, -np.inf).max(axis=1) > 0
    gain[~(allowed & reached_by)] = -np.inf
    left_out[OUT_OF_REACH] = int((worth & ~(gain > 0).any(axis=1)).sum())
    best = gain.max(axis=1)
    order = np.lexsort((table["customer"].to_numpy(dtype=object).astype(str), -best))
    order = order[best[order] > 0]
    table, gain, chance, risk = table.iloc[order].reset_index(drop=True), gain[order], chance[order], risk[order]
    in_control = control_group(table["customer"].to_numpy(), key, rules.control_share)
    taken = assign_channels(gain, in_control, [one.capacity for one in rules.channels_of_contact])
    reached = np.flatnonzero(taken >= 0)
    arms, by, in_control = table.iloc[reached].copy(), taken[reached], in_control[reached]
    channels = np.array([one.name for one in rules.channels_of_contact])
    arms["channel"], arms["effect"] = channels[by], chance[reached, by]
    arms["cost_micros"] = np.round(costs[by] * MICROS).astype(np.int64)
    arms["gain_micros"] = gain[reached, by].astype(np.int64)
    usable = (gain[reached] > 0).sum(axis=1)
    arms["channel_why"] = np.where(
        gain[reached, by] < gain[reached].max(axis=1, initial=-np.inf), NEXT, np.where(usable > 1, MOST, ONLY)
    )
    position = arms["position"].to_numpy(dtype=np.int64)
    categories = np.array([*book.history.category_names, ""], dtype=object)
    arms["category"] = categories[book.history.category[position]].astype(str)
    arms["offer"] = choose_offers(arms[list(OFFER_FACTS)], rules.offers, rules.offer)

    listed = arms[~in_control].sort_values(["gain_micros", "customer"], ascending=[False, True], kind="stable")
    listed["rank"] = np.arange(1, len(listed) + 1)
    listed["usual_gap_days"] = listed["usual_gap_days"].round().astype("int64")
    position = listed["position"].to_numpy(dtype=np.int64)
    listed["last_order_id"] = book.history.order_id[position].astype(str)
    listed["last_order_day"] = [day_text(number) for number in book.history.day[position]]
    shops = np.array([*book.history.shop_names, ""], dtype=object)
    listed["last_shop"] = shops[book.history.shop[position]].astype(str)
    control = pd.DataFrame(
        {
            "day": as_of,
            "customer": arms["customer"].to_numpy(),
            "arm": np.where(in_control, "control", "listed"),
            "propensity": 1 - rules.control_share,
            "channel": arms["channel"].to_numpy(),
            "offer": arms["offer"].to_numpy(),
            "p_churn": arms["p_churn"].to_numpy(dtype=np.float64),
            "rise": risk[reached] * arms["effect"].to_numpy(dtype=np.float64),
        }
    )
    return Recall(listed[list(LINE_COLUMNS)].reset_index(drop=True), control[list(CONTROL_COLUMNS)], left_out)


def assign_channels(gain: np.ndarray, in_control: np.ndarray, capacities: Sequence[int]) -> np.ndarray:
    """(customers,) index of the channel each is given, -1 where none is left for them.

    gain: (customers, channels), best customers first; what is not above zero is not worth it. Walks down the ranking
    until all are full. The controls passed on the way are given what they would have had, and take no room: they are
    the comparison.
    """
    room = np.array(capacities, dtype=np.int64)
    taken = np.full(len(gain), -1, dtype=np.int64)
    wanted = np.argsort(-gain, axis=1, kind="stable")
    for row in range(len(gain)):
        if not (room > 0).any():
            break
        for channel in wanted[row]:
            if gain[row, channel] > 0 and room[channel] > 0:
                taken[row] = channel
                room[channel] -= not in_control[row]
                break
    return taken


def _chances(
    risk: np.ndarray,
    customers: pd.Series,
    rules: Customers,
    effects: Mapping[str, float],
    rises: pd.Series | None,
) -> np.ndarray:
    """(customers, channels) chance that a contact brings back one who would be lost."""
    at_even = np.array([effects.get(one.name, rules.prior_of(one)) for one in rules.channels_of_contact])
    if rises is None:
        return np.stack([chance_that_contact_helps(risk, one) for one in at_even], axis=1)
    # An uplift model knows customers, not channels: a channel's part is how it compares with the mean of all.
    rise = rises.reindex(customers).fillna(0.0).to_numpy(dtype=np.float64)
    compared = at_even / max(float(at_even.mean()), 1e-9)
    return np.clip((rise / np.maximum(risk, 1e-3))[:, None] * compared, 0.0, 1.0)


def _tired(contacts: pd.DataFrame | None, today: int, rules: Customers) -> pd.Series:
    """Customers contacted within rules.fatigue_days, or as often as rules.most_contacts allows, by whatever channel;
    today's own list not counted (a re-run must repeat itself).

    Rows of the control arm count too: both arms rest alike, or they would no longer be alike.
    """
    if contacts is None or not len(contacts):
        return pd.Series(dtype=str)
    ago = today - contacts["day"].map(day_number)
    lately = contacts.loc[(ago > 0) & (ago <= rules.fatigue_days), "customer"]
    most, days = rules.most_contacts
    times = contacts.loc[(ago > 0) & (ago <= days), "customer"].value_counts()
    return pd.concat([lately, pd.Series(times.index[times >= most], dtype="str")])
