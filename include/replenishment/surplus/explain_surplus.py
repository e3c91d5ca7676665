"""Excess and transfer lines in words, Chinese or English, with the numbers behind them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from include.replenishment.explain import amount
from include.replenishment.surplus.excess import ACTIONS, DISPOSE
from include.settings.currencies import currency_name
from include.words.texts import say

SIGNS = {  # of the sum of what a transfer saves
    "sales_micros": "+",
    "minimum_micros": "+",
    "relief_micros": "+",
    "held_micros": "-",
    "missed_micros": "-",
    "cost_micros": "-",
}


def explain_excess(line: Mapping[str, Any], language: str, currency: str = "CNY") -> str:
    """The sentence for one row of `excess_lines`: what is too much, why it is graded so, and what each way costs."""
    money, age = currency_name(currency, language), line["age_days"]
    is_expired = line["action"] == DISPOSE
    action = say(language, f"excess.action.{line['action']}")
    # What may not be sold any more is weighed against nothing.
    saved = {"saved": amount(line["saved_micros"]), "money": money}
    return say(
        language,
        "excess.why.sum",
        before="".join(_why_too_much(line, language)),
        on_hand=line["on_hand"],
        quantity=line["quantity"],
        tied_up=amount(line["tied_up_micros"]),
        money=money,
        lasts=_lasting(line, language),
        aged="" if pd.isna(age) else say(language, "excess.why.aged", days=age),
        margin=f"{100 * float(line['margin']):.0f}%",
        grade=line["grade"],
        ways=_expired(line, language) if is_expired else _costs(line, language, money),
        action=action + _terms(line, language, money),
        units=line["action_units"],
        gain="" if is_expired else say(language, "excess.why.gain", **saved),
    )


def _costs(line: Mapping[str, Any], language: str, money: str) -> str:
    """What each way costs, of those that there are."""
    known = [action for action in ACTIONS if not pd.isna(line[f"cost_{action}_micros"])]
    costs = [
        f"{say(language, f'excess.action.{action}')} {amount(line[f'cost_{action}_micros'])} {money}"
        for action in known
    ]
    return say(language, "excess.why.ways", costs=say(language, "why.comma").join(costs))


def _expired(line: Mapping[str, Any], language: str) -> str:
    rest = int(line["quantity"]) - int(line["action_units"])
    told = say(language, "excess.why.expired", units=line["action_units"])
    return told + (say(language, "excess.why.not_expired", units=rest) if rest > 0 else "")


def _lasting(line: Mapping[str, Any], language: str) -> str:
    """How long it lasts, by the forecast and by what really sold."""
    cover, sold, real = line["cover_days"], line.get("sold_91"), line.get("sold_cover_days")
    does_sell = not pd.isna(cover)
    parts = [say(language, "excess.why.lasts" if does_sell else "excess.why.does_not_sell", days=cover)]
    if sold is not None and not pd.isna(sold):
        lasts = "" if pd.isna(real) else say(language, "excess.why.sold_lasts", days=real)
        parts.append(say(language, "excess.why.sold", month=line["sold_30"], sold=sold, lasts=lasts))
    return say(language, "why.comma").join(parts)


def _terms(line: Mapping[str, Any], language: str, money: str) -> str:
    """On what terms: price, days, floor, and the shop that sells it best."""
    action, price = str(line["action"]), line.get("action_price_micros")
    each = amount(price) if price is not None and not pd.isna(price) else ""
    if action == "promote":
        shop = line.get(f"best_shop_{language}", line.get("best_shop"))
        where = say(language, "excess.terms.where", shop=shop) if isinstance(shop, str) and shop else ""
        floor, off = amount(line["floor_price_micros"]), f"{100 * float(line['discount']):.0f}%"
        days = line["action_days"]
        return say(
            language, "excess.terms.promote", off=off, each=each, money=money, days=days, floor=floor, where=where
        )
    if action == "bundle":
        off = f"{100 * float(line['discount']):.0f}%"
        return say(language, "excess.terms.bundle", companion=line["companion"], off=off)
    if action == "clear":
        return say(language, "excess.terms.clear", each=each, money=money)
    if action == "return":
        return say(language, "excess.terms.return", fee=f"{100 * float(line['return_fee']):.0f}%")
    return ""


def _why_too_much(line: Mapping[str, Any], language: str) -> list[str]:
    """What of the goods themselves makes them too many: off sale, beyond their shelf life, or soon so; and how old the
    number is."""
    ended, left = line.get("ended_day"), line.get("days_left")
    expired, spoiling = int(line.get("expired_units") or 0), int(line.get("spoiling_units") or 0)
    old = int(line.get("stock_age_days") or 0)
    is_ended = ended is not None and not pd.isna(ended)
    told = []
    if is_ended:
        told.append(say(language, "excess.before.ended", day=ended))
    if expired:
        told.append(say(language, "excess.before.expired", units=expired))
    if spoiling > expired and left is not None and not pd.isna(left) and not is_ended:
        name = "excess.before.near_end" if line["is_near_end"] else "excess.before.spoiling"
        told.append(say(language, name, days=left, units=spoiling - expired))
    if old:
        told.append(say(language, "excess.before.old_stock", day=line["stock_day"], days=old))
    return told


def transfer_reason(line: Mapping[str, Any], language: str) -> str:
    """What a row of `transfer_lines` is for: what lacks where it goes, what is too much where it leaves."""
    reasons = {"transfer.reason.lacking": line["lacking_units"], "transfer.reason.excess": line["excess_units"]}
    parts = [say(language, name) for name, units in reasons.items() if units]
    return say(language, "why.and").join(parts) or say(language, "transfer.reason.balance")


def explain_transfer(line: Mapping[str, Any], language: str, currency: str = "CNY") -> str:
    """The sentence for one row of `DayPlan.transfers`: both sides, why so many, and the sum of what it saves."""
    total = "".join(
        f" {sign} {say(language, f'transfer.part.{name}')} {amount(line[name])}"
        for name, sign in SIGNS.items()
        if int(line[name])
    ).removeprefix(" + ")
    bought, limit, lacks = int(line.get("bought", 0)), line.get("limit"), int(line["shortage"])
    filled, beyond = int(line["lacking_units"]), int(line["quantity"]) - int(line["lacking_units"])
    why = ""
    if isinstance(limit, str) and limit:
        rest = say(language, "transfer.why.bought", units=bought) if bought else ""
        why = say(language, "transfer.why.limit", limit=say(language, f"transfer.limit.{limit}"), rest=rest)
    return say(
        language,
        "transfer.why.sum",
        reason=transfer_reason(line, language),
        giver=f"{line['from_warehouse']}{_side(line, 'from_', language)}",
        surplus=line["surplus"],
        taker=f"{line['warehouse']}{_side(line, '', language)}",
        wants=say(language, "transfer.why.lacks" if lacks else "transfer.why.would_sell", units=lacks),
        quantity=line["quantity"],
        split=say(language, "transfer.why.split", filled=filled, beyond=beyond) if filled and beyond else "",
        why=why,
        total=total,
        saved=amount(line["saved_micros"]),
        money=currency_name(currency, language),
    )


def _side(line: Mapping[str, Any], end: str, language: str) -> str:
    """Stock, sales and days of cover of one side, if they are known; of the taker, when it is first empty, too."""
    if f"{end}free" not in line:
        return ""
    sold = line[f"{end}sold_30"]
    parts = [say(language, "transfer.side.free", units=line[f"{end}free"])]
    parts += [] if pd.isna(sold) else [say(language, "transfer.side.sold", units=sold)]
    parts += [_first_and_last(line, end, language)]
    return say(language, "transfer.side", parts=say(language, "why.comma").join(parts))


def _first_and_last(line: Mapping[str, Any], end: str, language: str) -> str:
    """When the shelf is first empty, and until when it lasts after all under way came: both by the same walk."""
    last, first = line[f"{end}cover_days"], None if end else line.get("empty_in_days")
    if pd.isna(last):
        return say(language, "transfer.side.does_not_sell")
    if first is None or pd.isna(first):
        return say(language, "transfer.side.lasts", day=last)
    parts = [say(language, "transfer.side.empty_in" if first else "transfer.side.empty_now", days=first)]
    parts += [say(language, "transfer.side.lasts_with_all", day=last)] if last > first else []
    return say(language, "transfer.side.between").join(parts)
