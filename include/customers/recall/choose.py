"""Today's win-back list: whom a contact is worth its cost, within capacity, fatigue and consent, and a control group.

High risk alone is not worth a call (Ascarza 2018, "Retention Futility"): the list ranks by the money that a contact is
expected to bring when all that it costs is taken off (`worth`), and holds nobody for whom that is nothing or less. What
a contact changes is a prior until `lift` has measured it. A permanent random part of the customers is never contacted,
so that it can be measured at all.

Each channel has a capacity, a cost and an effect of its own, and those who may be contacted by it: a customer gets the
channel that gains most among those with room, best customers first.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from include.customers.history import MICROS, Book, OrderHistory, book_as_of, day_number, day_text
from include.customers.recall.control_group import control_group
from include.customers.recall.effect import log_factor
from include.customers.recall.offers import OFFER_FACTS, choose_offers, fitting_offers, offer_called
from include.customers.recall.worth import (
    Sums,
    cost_of_use,
    in_cents,
    margin_rates,
    share_within,
    stakes,
    sums,
    sums_of,
)
from include.customers.segments import stages as stages_of
from include.customers.segments import usual_gaps
from include.settings.people.contacts import NO_OFFER, ContactChannel, Offer
from include.settings.people.customers import Customers, Till

# Of a line: return_chance without contact, odds_factor by which contact and offer multiply its odds, and the chance
# that comes of it; stake_orders (within stake_days) and margin_micros that a return is worth; taken: share of those who
# return that use the offer, and use_micros that it costs each time; then the terms of the sum, see `worth`.
LINE_COLUMNS = (
    "customer", "rank", "p_churn", "expected_orders", "horizon_days", "order_money_micros", "margin_rate",
    "margin_known", "stake_orders", "stake_days", "margin_micros", "return_chance", "odds_factor",
    "return_with_contact", "taken", "use_micros", "brings_micros", "offers_micros", "cost_micros", "gain_micros",
    "channel", "channel_why", "offer", "last_shop", "last_order_id", "last_order_day", "days_since", "usual_gap_days",
    "order_days",
)  # fmt: skip
CONTROL_COLUMNS = (
    "day", "customer", "arm", "propensity", "channel", "offer", "p_churn", "rise", "offer_cost_micros",
    "contact_cost_micros",
)  # fmt: skip
# Why a channel: it gains most, it is the only one allowed, or what gains more is full.
MOST, ONLY, NEXT = "most", "only", "next"
# Why a candidate is left out: a till or reseller, everything sent back, will come back by themselves, silent no longer
# than is usual for them, no channel that reaches them, a contact that costs more than it brings, no room today.
TILL, KEPT_NOTHING, SURELY_BACK, IN_RHYTHM = "till", "kept nothing", "surely back", "in rhythm"
OUT_OF_REACH, NOT_WORTH, FULL = "out of reach", "not worth", "full"


@dataclass(frozen=True)
class Recall:
    """lines: LINE_COLUMNS, best first.

    control: CONTROL_COLUMNS, one row for every customer who was listed, or would have been but for being in the control
    group (arm listed or control; propensity is the chance of the listed arm; rise: of the chance to return, expected of
    a contact; offer_cost_micros for each who returns, as far as the price that they pay does not show it). left_out:
    why -> how many were left out for it: of tills all, else of those who fell silent or are likely lost. within:
    (horizon, days) -> of those who come back within the horizon, the share that comes within the days.
    """

    lines: pd.DataFrame
    control: pd.DataFrame
    left_out: Mapping[str, int] = field(default_factory=dict)
    within: Mapping[tuple[int, int], float] = field(default_factory=dict)


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
    return np.asarray(orders > max_orders(orders, rules))


def max_orders(orders: np.ndarray, rules: Till) -> float:
    """The number of orders beyond which a customer is a till. orders: (customers,) within rules.days."""
    some = orders[orders > 0]
    usual = float(np.quantile(some, 0.95, method="lower")) if len(some) else 0.0
    return max(float(rules.orders), rules.times * usual)


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

    scores: customer, p_churn, expected_orders, and horizon_days where these differ (from `churn.score` as of the same
    day). contacts: customer, day (ISO) of every contact made or listed so far, whoever made it. opted_out: channel ->
    customers who may not be contacted by it. effects: channel -> measured chance that a contact brings back a lost
    customer who was as likely to stay as to go, in place of the prior of `rules`; 0 closes the channel. rises: by
    customer, how much a contact is expected to raise their chance to return (a released uplift model), in place of
    what follows from the risk. out_of_reach: channel -> customers whom it does not reach: by no channel means on no
    list, and counted.

    A customer is a candidate when p_churn reaches rules.min_p_churn, or when the silence exceeds rules.gap_multiple
    usual gaps; never within rules.min_silence_days of an order or within their usual gap, when they come back by
    themselves with rules.max_return_chance, when they opted out of every channel, when they were contacted too lately
    or too often, when they kept nothing of all they bought, or when they are no customer but a till (`tills`). Listed
    is who is worth more than a contact and its offer cost. Control customers compete for the list like everyone, so
    that both arms are alike, and are then left alone.
    """
    today = day_number(as_of)
    book = book_as_of(history, today)
    table, left_out = _candidates(scores, book, today, rules, contacts)
    channels = [one for one in rules.channels_of_contact if rules.cost_of(one) is not None]
    within = {
        (horizon, offer.valid_days): round(share_within(history, as_of, rules, horizon, offer.valid_days), 4)
        for horizon in sorted(set(table["horizon_days"].tolist()))
        for offer in rules.offers
    }
    rates, is_known = margin_rates(book, rules.margin)
    worth = stakes(history, as_of, rules)
    stake = worth.orders(book)[table["book_row"]]
    table["stake_orders"], table["stake_days"] = stake, worth.days
    table["margin_rate"] = np.round(rates, 3)[table["book_row"]]
    table["margin_known"] = is_known
    table["order_money_micros"] = in_cents(order_values(book)[table["book_row"]])
    order_money = table["order_money_micros"].to_numpy(dtype=np.float64) / MICROS
    table["margin_micros"] = in_cents(order_money * table["margin_rate"].to_numpy() * stake)

    # Rounded as they are shown, so that a clerk who multiplies them gets the gain.
    table["return_chance"] = np.round(1.0 - np.round(table["p_churn"].to_numpy(dtype=np.float64), 3), 3)
    factors = _factors(table, channels, rules, effects or {}, rises)
    names = table["customer"]
    allowed, reached_by = (
        np.stack([~names.isin(list(some.get(one.name, ()))).to_numpy() for one in channels], axis=1)
        if channels
        else np.zeros((len(table), 0), dtype=bool)
        for some in (opted_out or {}, out_of_reach or {})
    )
    fits = fitting_offers(table[list(OFFER_FACTS)], rules.offers)
    gains = []
    for place, offer in enumerate((None, *rules.offers)):
        priced = _priced(table, channels, factors, offer, rules, within)
        gain = np.where([one.needs_offer and offer is None for one in channels], -np.inf, priced.gain)
        gains.append(np.where(fits[:, place, None] & (factors > 0), gain, -np.inf))
    all_gains = np.stack(gains, axis=1)  # (customers, offers, channels)
    usable = np.where((allowed & reached_by)[:, None, :], all_gains, -np.inf)
    chosen = choose_offers(fits, usable.max(axis=2, initial=-np.inf))
    rows = np.arange(len(table))
    gain = usable[rows, chosen]
    could = np.where(allowed, all_gains[rows, chosen], -np.inf).max(axis=1, initial=-np.inf) > 0
    table["offer_place"] = chosen
    best = gain.max(axis=1, initial=-np.inf)
    left_out[OUT_OF_REACH] = int((could & (best <= 0)).sum())
    left_out[NOT_WORTH] = int((~could & allowed.any(axis=1)).sum())
    more = -table["margin_micros"].to_numpy()  # of two with the same gain, whoever is worth more comes first
    order = np.lexsort((table["customer"].to_numpy(dtype=object).astype(str), more, -best))
    order = order[best[order] > 0]
    in_control = control_group(table["customer"].to_numpy()[order], key, rules.control_share)
    taken = assign_channels(gain[order], in_control, [one.capacity for one in channels])
    left_out[FULL] = int(((taken < 0) & ~in_control).sum())
    reached = order[taken >= 0]
    arms, by, in_control = table.iloc[reached].copy(), taken[taken >= 0], in_control[taken >= 0]
    costs = np.array([rules.cost_of(one) or 0.0 for one in channels])
    offers = [NO_OFFER, *(one.name for one in rules.offers)]
    arms["channel"] = np.array([one.name for one in channels], dtype=object)[by].astype(str)
    arms["offer"] = np.array(offers, dtype=object)[arms["offer_place"]].astype(str)
    best_there, ways = gain[reached].max(axis=1, initial=-np.inf), (gain[reached] > 0).sum(axis=1)
    arms["channel_why"] = np.where(gain[reached, by] < best_there, NEXT, np.where(ways > 1, MOST, ONLY))
    arms["odds_factor"], arms["cost_micros"] = factors[reached, by], in_cents(costs[by])
    arms["use_micros"], arms["taken"] = 0, 0.0
    arms = _with_offers(arms, rules, within)

    by_gain = ["gain_micros", "margin_micros", "customer"]
    listed = arms[~in_control].sort_values(by_gain, ascending=[False, False, True], kind="stable")
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
            "rise": (arms["return_with_contact"] - arms["return_chance"]).to_numpy(dtype=np.float64),
            "offer_cost_micros": _besides_the_price(arms, rules),
            "contact_cost_micros": arms["cost_micros"].to_numpy(dtype=np.int64),
        }
    )
    return Recall(listed[list(LINE_COLUMNS)].reset_index(drop=True), control[list(CONTROL_COLUMNS)], left_out, within)


def _candidates(
    scores: pd.DataFrame, book: Book, today: int, rules: Customers, contacts: pd.DataFrame | None
) -> tuple[pd.DataFrame, dict[str, int]]:
    """(who may be listed, why others who fell silent are not -> how many). book_row: the place in the book."""
    position = book.end - 1
    categories = np.array([*book.history.category_names, ""], dtype=object)
    known = pd.DataFrame(
        {
            "customer": book.names.astype(str),
            "book_row": np.arange(len(book.names)),
            "position": position,
            "days_since": book.as_of - book.last,
            "usual_gap_days": usual_gaps(book),
            "order_days": book.end - book.start,
            "stage": stages_of(book, rules.segments),
            "category": categories[book.history.category[position]].astype(str),
            "tenure_days": book.as_of - book.first,
            "is_till": tills(book, rules.till),
            "kept": kept_something(book),
        }
    )
    table = scores.merge(known, on="customer", how="inner", validate="one_to_one")
    if "horizon_days" not in table:
        table["horizon_days"] = rules.horizon_days
    late = table["days_since"] > rules.gap_multiple * table["usual_gap_days"]
    candidate = (table["p_churn"] >= rules.min_p_churn) | late
    candidate &= table["days_since"] >= rules.min_silence_days
    candidate &= ~table["customer"].isin(_tired(contacts, today, rules))
    left_out = {TILL: int(table["is_till"].sum())}
    candidate &= ~table["is_till"]
    surely = table["p_churn"].round(3) <= round(1.0 - rules.max_return_chance, 3)
    for why, is_so in (
        (KEPT_NOTHING, ~table["kept"]),
        (SURELY_BACK, surely),
        (IN_RHYTHM, table["days_since"] <= table["usual_gap_days"]),
    ):
        left_out[why] = int((candidate & is_so).sum())
        candidate &= ~is_so
    return table[candidate].reset_index(drop=True), left_out


def _factors(
    table: pd.DataFrame,
    channels: Sequence[ContactChannel],
    rules: Customers,
    effects: Mapping[str, float],
    rises: pd.Series | None,
) -> np.ndarray:
    """(customers, channels) by what a contact without an offer multiplies the odds of returning; 0: the channel does
    harm and is closed."""
    at_even = np.array([effects.get(one.name, rules.prior_of(one)) for one in channels])
    closed = np.array([effects.get(one.name, 1.0) <= 0 for one in channels], dtype=bool)
    factor = np.exp([log_factor(one) for one in at_even]) if len(channels) else np.empty(0)
    factors = np.broadcast_to(factor, (len(table), len(channels)))
    if rises is not None:
        # An uplift model knows customers, not channels: a channel's part is how it compares with the mean of all.
        rise = rises.reindex(table["customer"]).fillna(0.0).to_numpy(dtype=np.float64)
        compared = at_even / max(float(at_even.mean()), 1e-9)
        chance = table["return_chance"].to_numpy(dtype=np.float64)[:, None].clip(1e-3, 0.999)
        moved = np.clip(chance + rise[:, None] * compared, 1e-3, 0.999)
        factors = moved / (1.0 - moved) / (chance / (1.0 - chance))
    return np.where(closed, 0.0, factors)


def _factor_of_offer(offer: Offer | None) -> float:
    return 1.0 if offer is None else float(np.exp(log_factor(offer.effect_of_offer)))


def _priced(
    table: pd.DataFrame,
    channels: Sequence[ContactChannel],
    factors: np.ndarray,
    offer: Offer | None,
    rules: Customers,
    within: Mapping[tuple[int, int], float],
) -> Sums:
    """The sums of every customer by every channel, with this offer."""
    chance, margin, money = (
        table[name].to_numpy(dtype=np.float64) / scale
        for name, scale in (("return_chance", 1), ("margin_micros", MICROS), ("order_money_micros", MICROS))
    )
    costs = np.array([rules.cost_of(one) or 0.0 for one in channels])
    use, taken = cost_of_use(offer, money), _taken(table, offer, within)
    factor = factors * _factor_of_offer(offer)
    return sums(chance[:, None], factor, margin[:, None], use[:, None], taken[:, None], costs)


def _taken(table: pd.DataFrame, offer: Offer | None, within: Mapping[tuple[int, int], float]) -> np.ndarray:
    """(customers,) share of those who return within their horizon that use the offer."""
    if offer is None:
        return np.zeros(len(table))
    horizons = table["horizon_days"].to_numpy(dtype=np.int64)
    shares = {days: within.get((days, offer.valid_days), 1.0) for days in set(horizons.tolist())}
    return np.round([offer.taken_by * shares[days] for days in horizons.tolist()], 4)


def _with_offers(lines: pd.DataFrame, rules: Customers, within: Mapping[tuple[int, int], float]) -> pd.DataFrame:
    """The lines with the terms of the offer that they name. odds_factor: of the contact alone, and becomes that of
    both."""
    lines = lines.copy()
    money = lines["order_money_micros"].to_numpy(dtype=np.float64) / MICROS
    for name in lines["offer"].unique():
        offer, mine = offer_called(name, rules.offers), (lines["offer"] == name).to_numpy()
        lines.loc[mine, "use_micros"] = np.round(cost_of_use(offer, money[mine]) * MICROS).astype(np.int64)
        lines.loc[mine, "taken"] = _taken(lines[mine], offer, within)
        lines.loc[mine, "odds_factor"] *= _factor_of_offer(offer)
    found = sums_of(lines, lines["odds_factor"].to_numpy(dtype=np.float64))
    return lines.assign(
        return_with_contact=found.chance,
        brings_micros=found.brings,
        offers_micros=found.offers,
        cost_micros=found.contact,
        gain_micros=found.gain,
    )


def with_other_offers(
    lines: pd.DataFrame, before: Sequence[str], rules: Customers, within: Mapping[tuple[int, int], float]
) -> pd.DataFrame:
    """The lines, whose offers an experiment has changed, with the sums of the offers that they name now.

    before: the offers by which they were chosen. within: of `Recall`.
    """
    own = [_factor_of_offer(offer_called(name, rules.offers)) for name in before]
    return _with_offers(lines.assign(odds_factor=lines["odds_factor"] / np.array(own)), rules, within)


def arms_as_offered(control: pd.DataFrame, lines: pd.DataFrame, rules: Customers) -> pd.DataFrame:
    """control (CONTROL_COLUMNS) with the rise and the cost of what the lines offer, which an experiment may have
    changed. `offer` stays what both arms were chosen with."""
    listed = lines.set_index("customer")
    mine = control["customer"].isin(listed.index)
    order = control.loc[mine, "customer"]
    control = control.copy()
    control.loc[mine, "rise"] = (listed["return_with_contact"] - listed["return_chance"]).reindex(order).to_numpy()
    control.loc[mine, "offer_cost_micros"] = _besides_the_price(listed.reindex(order), rules)
    return control


def _besides_the_price(arms: pd.DataFrame, rules: Customers) -> np.ndarray:
    """(rows,) micros that the offer costs for each who returns, as far as the price that they pay does not show it."""
    besides = {one.name: one.taken_by for one in rules.offers if not one.off_the_price}
    share = arms["offer"].map(besides).fillna(0.0).to_numpy(dtype=np.float64)
    return np.round(arms["use_micros"].to_numpy(dtype=np.float64) * share).astype(np.int64)


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


def _tired(contacts: pd.DataFrame | None, today: int, rules: Customers) -> pd.Series:
    """Customers contacted within rules.fatigue_days, or as often as rules.max_contacts allows, by whatever channel;
    today's own list not counted (a re-run must repeat itself).

    Rows of the control arm count too: both arms rest alike, or they would no longer be alike.
    """
    if contacts is None or not len(contacts):
        return pd.Series(dtype=str)
    ago = today - contacts["day"].map(day_number)
    lately = contacts.loc[(ago > 0) & (ago <= rules.fatigue_days), "customer"]
    most, days = rules.max_contacts
    times = contacts.loc[(ago > 0) & (ago <= days), "customer"].value_counts()
    return pd.concat([lately, pd.Series(times.index[times >= most], dtype="str")])
