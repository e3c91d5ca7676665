"""What a contact is worth: the margin that it brings, less the offer on everyone who takes it, less the contact.

    (chance to return with contact - without) x margin at stake
    - chance to return with contact x share that uses the offer x what one use costs
    - what the contact costs

The second term is paid for those too who would have come anyway: it is what makes most coupons a loss. Contact and
offer multiply everyone's odds of returning, each by a factor of its own. Figures are rounded as a line shows them, and
each term to the cent, so that whoever adds a line up gets its result.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from include.customers.history import MICROS, Book, OrderHistory, book_as_of, day_number
from include.customers.recall.effect import Effect, log_factor
from include.customers.segments import usual_gaps
from include.settings.people.contacts import Offer
from include.settings.people.customers import Customers

# Who comes back comes, for all that is known beforehand, halfway through the horizon. So many customers outweigh that.
_HALF, _RETURNERS = 0.5, 20.0


@dataclass(frozen=True)
class Sums:
    """chance: to return with contact. brings, offers, contact, gain: whole micros, cents. All of one shape."""

    chance: np.ndarray
    brings: np.ndarray
    offers: np.ndarray
    contact: np.ndarray

    @property
    def gain(self) -> np.ndarray:
        return np.asarray(self.brings - self.offers - self.contact)


def chance_with_contact(chance: np.ndarray, factor: np.ndarray | float) -> np.ndarray:
    """The chance to return when its odds are multiplied by `factor`."""
    return np.asarray(factor * chance / (1.0 - chance + factor * chance))


def sums(
    chance: np.ndarray,
    factor: np.ndarray,
    margin: np.ndarray,
    offer_cost: np.ndarray | float,
    taken: np.ndarray | float,
    contact_cost: np.ndarray | float,
) -> Sums:
    """The terms of each line; arguments broadcast.

    chance: to return without contact, in whole tenths of a per cent. margin, offer_cost (of one use), contact_cost:
    money. taken: share of those who return that use the offer within its days.
    """
    together = np.round(chance_with_contact(chance, factor), 4)
    shape = np.broadcast_shapes(*(np.shape(one) for one in (together, margin, offer_cost, taken, contact_cost)))
    spent = in_cents(together * taken * offer_cost)
    terms = (in_cents((together - chance) * margin), spent, in_cents(contact_cost))
    return Sums(np.broadcast_to(together, shape), *(np.broadcast_to(one, shape) for one in terms))


def in_cents(money: np.ndarray | float) -> np.ndarray:
    """Whole micros of the nearest cent. What is half a cent but for the machine's last digit counts as half."""
    return (np.floor(np.round(np.asarray(money, dtype=np.float64) * 100, 6) + 0.5) * (MICROS // 100)).astype(np.int64)


def margin_rates(book: Book, assumed: float) -> tuple[np.ndarray, bool]:
    """((customers,) margin as a share of what each keeps, whether costs are known at all).

    Of a customer's own orders whose goods' cost is known, shrunk by one usual order at the merchant's rate; `assumed`
    where no order's cost is known.
    """
    history = book.history
    known = np.isfinite(history.cost) & (history.kept > 0)
    kept = np.where(known, history.kept, 0.0)
    earned = np.where(known, history.kept - np.nan_to_num(history.cost), 0.0)
    if not known.any():
        return np.full(len(book.start), assumed), False
    usual, rate = float(np.median(history.kept[known])), float(earned.sum() / kept.sum())
    return (book.total(earned) + rate * usual) / (book.total(kept) + usual), True


@dataclass(frozen=True)
class Stakes:
    """What a return has been worth, in orders within `days`: of repeat buyers as a share of their pace over the days
    (pace_share), of one-time buyers as a number (once). max_orders: no pace counts for more."""

    days: int
    pace_share: float
    once: float
    max_orders: float

    def orders(self, book: Book) -> np.ndarray:
        """(customers,) orders that a return of each is worth, at least the one that it is."""
        repeat = np.where(book.frequency > 0, _pace(book, self.days, self.max_orders) * self.pace_share, self.once)
        return np.round(np.maximum(repeat, 1.0), 2)


def _pace(book: Book, days: int, most: float) -> np.ndarray:
    return np.clip(days / np.maximum(usual_gaps(book), 1.0), 1.0, most)


def stakes(history: OrderHistory, as_of: str, rules: Customers) -> Stakes:
    """What the past tells of returns: of those who had fallen silent `days` before `as_of`, the orders of who came back
    within the horizon less those of who did not, since some come later without having been won back.

    The days are rules.value_days, or as many as leave the books a past as long before them; one horizon at least.
    Little data is drawn to half a pace over one horizon, and to one order.
    """
    horizon, today = rules.horizon_days, day_number(as_of)
    days = int(np.clip((today - history.first_day) // 2, horizon, max(rules.value_days, horizon)))
    book, silent = _silent(history, today - days, rules)
    back, ahead = book.orders_ahead(horizon) > 0, book.orders_ahead(days)
    pace = _pace(book, days, rules.max_orders_of_return)
    repeat = book.frequency > 0

    def share(mine: np.ndarray, weight: float, prior: float) -> float:
        """Orders a unit of weight: of pace, or of customers."""
        each = pace if weight else np.ones(len(pace))
        drawn = _RETURNERS * (float(each[mine].mean()) if mine.any() else 1.0)
        return float((ahead[mine].sum() + drawn * prior) / (each[mine].sum() + drawn))

    came, stayed = (silent & repeat & mask for mask in (back, ~back))
    pace_share = share(came, 1.0, _HALF * horizon / days) - share(stayed, 1.0, 0.0)
    came, stayed = (silent & ~repeat & mask for mask in (back, ~back))
    once = share(came, 0.0, 1.0) - share(stayed, 0.0, 0.0)
    return Stakes(days, float(np.clip(pace_share, 0.0, 1.0)), max(once, 1.0), rules.max_orders_of_return)


def share_within(history: OrderHistory, as_of: str, rules: Customers, horizon: int, days: int) -> float:
    """Of the silent who come back within `horizon` days, the share that comes within the first `days`: the last horizon
    before `as_of` tells, drawn to the days' own share."""
    if days >= horizon:
        return 1.0
    book, silent = _silent(history, day_number(as_of) - horizon, rules)
    soon, all_of_them = ((silent & (book.orders_ahead(n) > 0)).sum() for n in (days, horizon))
    return float((soon + _RETURNERS * days / horizon) / (all_of_them + _RETURNERS))


def _silent(history: OrderHistory, day: int, rules: Customers) -> tuple[Book, np.ndarray]:
    """The book of that day, and who in it had been silent for longer than they use to be."""
    book = book_as_of(history, day)
    silence = book.as_of - book.last
    return book, (silence >= rules.min_silence_days) & (silence > usual_gaps(book))


def cost_of_use(offer: Offer | None, order_money: np.ndarray) -> np.ndarray:
    """(customers,) money that one use of the offer costs on an order of so much money, in whole cents."""
    if offer is None:
        return np.zeros(len(order_money))
    return in_cents((offer.cost or 0.0) + (offer.share_of_order or 0.0) * order_money) / MICROS


def totals(lines: pd.DataFrame, effects: Mapping[str, Effect]) -> tuple[float, float, float] | None:
    """What the lines are expected to bring, all costs off, and the same at both ends of what was measured of the
    channels' effects; None where a channel of theirs has not been measured.

    lines: LINE_COLUMNS of `recall`. effects: by channel.
    """
    if lines.empty or any(name not in effects or not effects[name].is_measured for name in lines["channel"].unique()):
        return None
    said = [float(lines["gain_micros"].sum()) / MICROS]
    for end in ("low", "high"):
        other = {name: np.exp(_log(getattr(effects[name], end)) - _log(effects[name].at_even)) for name in effects
                 if effects[name].is_measured}  # fmt: skip
        factor = lines["odds_factor"].to_numpy() * lines["channel"].map(other).to_numpy(dtype=np.float64)
        said.append(float(sums_of(lines, factor).gain.sum()) / MICROS)
    return said[0], said[1], said[2]


def sums_of(lines: pd.DataFrame, factor: np.ndarray) -> Sums:
    """The sums of lines (LINE_COLUMNS of `recall`) at these factors of the odds."""
    money = {name: lines[f"{name}_micros"].to_numpy(dtype=np.float64) / MICROS for name in ("margin", "use", "cost")}
    chance, taken = lines["return_chance"].to_numpy(dtype=np.float64), lines["taken"].to_numpy(dtype=np.float64)
    return sums(chance, factor, money["margin"], money["use"], taken, money["cost"])


def _log(at_even: float | None) -> float:
    return log_factor(at_even or 0.0)
