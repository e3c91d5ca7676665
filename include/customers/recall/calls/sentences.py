"""The recall list's sentences in Chinese and English: a line's reason, its sum, how to open; what the head says."""

from __future__ import annotations

import calendar
from collections.abc import Mapping, Sequence
from typing import Any

from include.customers.churn.reasons import that_hold
from include.customers.history import MICROS
from include.customers.recall.calls.occasions import Occasion
from include.customers.recall.choose import FULL, IN_RHYTHM, KEPT_NOTHING, NOT_WORTH, OUT_OF_REACH, SURELY_BACK, TILL
from include.customers.recall.offers import offer_called
from include.settings.currencies import currency_name, currency_names
from include.settings.people.contacts import Offer
from include.settings.people.customers import Customers
from include.words.texts import in_each, joined, say

# Why somebody is on no list, in the order in which the list's head says it.
LEFT_OUT = (NOT_WORTH, SURELY_BACK, IN_RHYTHM, OUT_OF_REACH, FULL, TILL, KEPT_NOTHING)


def reason_in_words(line: Mapping[str, Any], rules: Customers, language: str) -> str:
    """Why this customer is thought lost, as one sentence: their own dates, and the most telling of the model's reasons
    that these bear out. line: days_since, usual_gap_days, order_days, reasons (codes)."""
    days, gap = line["days_since"], line["usual_gap_days"]
    held = [code for code in that_hold(line["reasons"], days, gap, rules) if code not in ("overdue", "few_orders")]
    if line["order_days"] == 1:
        told = say(language, "recall.reason.bought_once", days=days)
    else:
        told = say(language, "recall.reason.rhythm", gap=gap, days=days, times=f"{days / max(gap, 1):.1f}")
    more = [say(language, f"recall.theme.{held[0]}")] if held else []
    return say(language, "why.semicolon").join([told, *more]) + say(language, "why.stop")


def sum_in_words(line: Mapping[str, Any], language: str, currency: str = "CNY") -> str:
    """One line's sum. Every product is rounded to the cent as it is told, so the line adds up as it stands.

    line: LINE_COLUMNS of `recall`.
    """
    order, margin, use, brings, offers, cost, gain = (
        f"{line[f'{name}_micros'] / MICROS:.2f}"
        for name in ("order_money", "margin", "use", "brings", "offers", "cost", "gain")
    )
    rise = line["return_with_contact"] - line["return_chance"]
    with_it, more = _percents(line["return_with_contact"], rise)
    taken, money, has_offer = f"{100 * line['taken']:.2f}%", currency_name(currency, language), line["use_micros"] > 0
    spent = {"with_it": with_it, "taken": taken, "use": use, "offers": offers, "money": money}
    return say(
        language,
        "recall.why.sum",
        days=line["horizon_days"],
        without=f"{100 * line['return_chance']:.1f}%",
        with_it=with_it,
        more=more,
        order=order,
        rate=f"{100 * line['margin_rate']:.1f}%",
        by=say(language, "recall.why.cost_known" if line["margin_known"] else "recall.why.cost_unknown"),
        worth=line["stake_days"],
        stake=f"{line['stake_orders']:.2f}",
        margin=margin,
        brings=brings,
        spent=say(language, "recall.why.spent", **spent) if has_offer else "",
        less_offers=say(language, "recall.why.less_offers", offers=offers) if has_offer else "",
        cost=cost,
        gain=gain,
        money=money,
    )


def _percents(*shares: float) -> tuple[str, ...]:
    return tuple(f"{100 * one:.2f}%" for one in shares)


def offer_with_cost(offer: Offer | None, line: Mapping[str, Any], language: str, currency: str) -> str:
    """What to offer, and what each use costs the merchant; for none, that there is none."""
    if offer is None:
        return say(language, "recall.no_offer")
    name, days, money = offer.called(language), offer.valid_days, currency_name(currency, language)
    return say(language, "recall.offer", offer=name, days=days, use=f"{line['use_micros'] / MICROS:.2f}", money=money)


def opening_in_words(shop: str, occasion: Occasion, offer: Offer | None, language: str) -> str:
    """How to begin: who calls, what happened last, why now, and what is offered. No name: the caller sees it.

    shop: as customers know it. An open case comes before any offer, and after a refund nothing is to be sold.
    """
    year, month, date = (int(part) for part in occasion.day.split("-"))
    names = {"month": month, "month_name": calendar.month_abbr[month]}
    when = say(language, "recall.opening.day", year=year, date=date, **names)
    title = occasion.title
    goods = say(language, "recall.opening.title", title=title) if title else say(language, "recall.opening.goods")
    told = {"shop": shop, "goods": goods, "day": when}
    if occasion.about == "case":
        return say(language, "recall.opening.case", **told)
    parts = [say(language, f"recall.opening.{occasion.about}{'_long_ago' if occasion.is_old else ''}", **told)]
    if occasion.need and occasion.about != "refund":
        parts.append(say(language, "recall.opening.need", need=occasion.need))
    if offer is not None:
        parts.append(say(language, "recall.opening.offer", offer=offer.called(language), days=offer.valid_days))
    return "".join(parts)


def all_left_out_in_words(left_out: Mapping[str, int]) -> tuple[str, str] | None:
    """How many are on no list, though they fell silent, and why, most first, in one short sentence; None if all are."""
    counts = sorted(((left_out.get(why, 0), why) for why in LEFT_OUT), key=lambda one: -one[0])
    parts = [in_each(f"recall.left_out.short.{why.replace(' ', '_')}", n=n) for n, why in counts if n]
    if not parts:
        return None
    return in_each("recall.left_out.all", n=sum(n for n, _ in counts), parts=joined("why.and", parts))


def left_out_in_words(left_out: Mapping[str, int], settings: Customers) -> list[tuple[str, str]]:
    """Who is on no list, though they fell silent, and why: counts only, a pair of sentences a reason."""
    facts = {
        "days": settings.till.days,
        "orders": settings.till.orders,
        "most": f"{100 * settings.max_return_chance:.0f}",
    }
    return [
        in_each(f"recall.left_out.{why.replace(' ', '_')}", n=left_out[why], **facts)
        for why in LEFT_OUT
        if left_out.get(why)
    ]


def expected_in_words(
    lines: Sequence[Mapping[str, Any]], ends: tuple[float, float, float] | None, currency: str
) -> tuple[str, str]:
    """What the list is expected to bring, in Chinese and English. ends: of `worth.totals`; None: a prior."""
    brings, offers, cost, gain = (
        sum(line[f"{name}_micros"] for line in lines) / MICROS for name in ("brings", "offers", "cost", "gain")
    )
    money = currency_names(currency)
    rest = (
        in_each("recall.expected.assumed")
        if ends is None
        else in_each("recall.expected.measured", low=f"{ends[1]:.2f}", high=f"{ends[2]:.2f}", money=money)
    )
    return in_each(
        "recall.expected",
        people=len(lines),
        gain=f"{gain:.2f}",
        brings=f"{brings:.2f}",
        offers=f"{offers:.2f}",
        cost=f"{cost:.2f}",
        money=money,
        rest=rest,
    )


def offers_in_words(names: Sequence[str], settings: Customers) -> tuple[str, str] | None:
    """What the offers made are believed to add to a contact; None where none is made or adds anything."""
    made = [one for one in (offer_called(name, settings.offers) for name in sorted(set(names))) if one is not None]
    told = [(one, f"50% → {100 * (0.5 + 0.5 * one.effect_of_offer):.1f}%") for one in made if one.effect_of_offer]
    if not told:
        return None
    offers = joined("why.and", (in_each("recall.offer_raises", offer=one.names, by=by) for one, by in told))
    return in_each("recall.offers_raise", offers=offers)
