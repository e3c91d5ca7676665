"""Excess and transfer lines in words, Chinese or English, with the numbers behind them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from include.replenishment.explain import amount, checked_language
from include.replenishment.surplus.excess import ACTIONS, DISPOSE
from include.settings.currencies import currency_name

ACTION_WORDS: Mapping[str, tuple[str, str]] = {
    "promote": ("促销", "promote"),
    "return": ("退供应商", "return to the supplier"),
    "bundle": ("搭售", "bundle"),
    "clear": ("清仓", "clear"),
    "hold": ("继续持有", "hold on"),
    "dispose": ("停售报废", "take off sale and write off"),
}
LIMITS: Mapping[str, tuple[str, str]] = {
    "spared": ("能让出的全部调出", "all that can be spared goes"),
    "met": ("缺口补齐", "nothing lacks any more"),
    "full": ("再多就会在调入仓积压", "more would be too much there"),
    "worth": ("再多调，省下的不够运费", "a further unit would save less than its freight"),
}
PARTS = (  # the sum of what a transfer saves
    ("sales_micros", "+", "少断货多赚毛利", "margin of sales saved"),
    ("minimum_micros", "+", "少凑起订量", "spared of a minimum order"),
    ("relief_micros", "+", "调出仓少占用", "holding spared where they lie"),
    ("held_micros", "-", "调入仓多占用", "holding where they go"),
    ("missed_micros", "-", "调出仓可能少卖", "sales that may be missed there"),
    ("cost_micros", "-", "运费", "freight"),
)


def explain_excess(line: Mapping[str, Any], language: str, currency: str = "CNY") -> str:
    """The sentence for one row of `excess_lines`: what is too much, why it is graded so, and what each way costs."""
    chinese, money = checked_language(language) == "zh", currency_name(currency, language)
    place = 0 if chinese else 1
    costs = [
        (ACTION_WORDS[action][place], amount(line[f"cost_{action}_micros"]))
        for action in ACTIONS
        if not pd.isna(line[f"cost_{action}_micros"])
    ]
    age = line["age_days"]
    tied_up, saved = amount(line["tied_up_micros"]), amount(line["saved_micros"])
    margin = f"{100 * float(line['margin']):.0f}%"
    word = ACTION_WORDS[str(line["action"])][place] + _terms(line, chinese, money)
    before = "".join(part for part in _why_too_much(line, chinese) if part)
    is_expired = line["action"] == DISPOSE
    # What may not be sold any more is weighed against nothing.
    gain = None if is_expired else saved
    rest = int(line["quantity"]) - int(line["action_units"])
    lasts = _lasting(line, chinese)
    if chinese:
        aged = "" if pd.isna(age) else f"，库龄 {age} 天"
        ways = f"各方案成本：{'，'.join(f'{name} {cost} {money}' for name, cost in costs)}"
        if is_expired:
            ways = f"已过期 {line['action_units']} 件，不能卖"
            ways += f"；其余 {rest} 件没过期，报废后再列" if rest > 0 else ""
        return (
            f"{before}在库 {line['on_hand']} 件，多出 {line['quantity']} 件（占用 {tied_up} {money}），{lasts}"
            f"{aged}，毛利 {margin}，评为 {line['grade']} 级；"
            f"{ways}；建议{word} {line['action_units']} 件{'' if gain is None else f'，比继续持有省 {gain} {money}'}。"
        )
    aged = "" if pd.isna(age) else f", last came in {age} days ago"
    ways = f"what each way costs: {', '.join(f'{name} {cost} {money}' for name, cost in costs)}"
    if is_expired:
        ways = f"{line['action_units']} units are expired and cannot be sold"
        ways += f"; the other {rest} are not, and are listed when these are written off" if rest > 0 else ""
    return (
        f"{before}{line['on_hand']} on hand, {line['quantity']} too many ({tied_up} {money} tied up), {lasts}"
        f"{aged}, margin {margin}: grade {line['grade']}; "
        f"{ways}; suggested: {word}, {line['action_units']} units"
        f"{'' if gain is None else f', {gain} {money} less than holding on'}."
    )


def _lasting(line: Mapping[str, Any], chinese: bool) -> str:
    """How long it lasts, by the forecast and by what really sold."""
    cover, sold, real = line["cover_days"], line.get("sold_91"), line.get("sold_cover_days")
    if chinese:
        parts = ["按预测卖不动" if pd.isna(cover) else f"按预测够卖 {cover} 天"]
    else:
        parts = ["it is not expected to sell" if pd.isna(cover) else f"enough for {cover} days by the forecast"]
    if sold is not None and not pd.isna(sold):
        month = line["sold_30"]
        if chinese:
            lasts = "" if pd.isna(real) else f"，照此够卖 {real} 天"
            parts.append(f"近 30 天实售 {month} 件、近 91 天 {sold} 件{lasts}")
        else:
            lasts = "" if pd.isna(real) else f": enough for {real} days"
            parts.append(f"{month} really sold in 30 days and {sold} in 91{lasts}")
    return ("，" if chinese else ", ").join(parts)


def _terms(line: Mapping[str, Any], chinese: bool, money: str) -> str:
    """On what terms: price, days, floor, and the shop that sells it best."""
    action, price = line["action"], line.get("action_price_micros")
    each = amount(price) if price is not None and not pd.isna(price) else ""
    shop = line.get(f"best_shop_{'zh' if chinese else 'en'}", line.get("best_shop"))
    best = shop if isinstance(shop, str) and shop else ""
    if action == "promote":
        off, floor, days = 100 * float(line["discount"]), amount(line["floor_price_micros"]), line["action_days"]
        if chinese:
            where = f"，主推店铺 {best}" if best else ""
            return f"（降 {off:.0f}%，{each} {money} 一件，{days} 天，不低于 {floor} {money}{where}）"
        where = f", above all in {best}" if best else ""
        return f" ({off:.0f}% off, {each} {money} each, {days} days, not below {floor} {money}{where})"
    if action == "bundle":
        off = 100 * float(line["discount"])
        return (
            f"（配 {line['companion']}，让利 {off:.0f}%）" if chinese else f" with {line['companion']} ({off:.0f}% off)"
        )
    if action == "clear":
        return f"（约 {each} {money} 一件）" if chinese else f" (about {each} {money} each)"
    if action == "return":
        fee = f"{100 * float(line['return_fee']):.0f}%"
        return f"（在可退期内，手续费 {fee}）" if chinese else f" (within its terms, for a fee of {fee})"
    return ""


def _why_too_much(line: Mapping[str, Any], chinese: bool) -> list[str]:
    """What of the goods themselves makes them too many: off sale, beyond their shelf life, or soon so; and how old the
    number is."""
    ended, left = line.get("ended_day"), line.get("days_left")
    expired, spoiling = int(line.get("expired_units") or 0), int(line.get("spoiling_units") or 0)
    old = int(line.get("stock_age_days") or 0)
    told = []
    if ended is not None and not pd.isna(ended):
        told.append(f"{ended} 下架；" if chinese else f"off sale on {ended}; ")
    if expired:
        told.append(
            f"按入库推算 {expired} 件已过保质期；"
            if chinese
            else f"by the receipts {expired} units are beyond their shelf life; "
        )
    is_ended = ended is not None and not pd.isna(ended)
    if spoiling > expired and left is not None and not pd.isna(left) and not is_ended:
        near = "临期：" if line["is_near_end"] else "保质期："
        told.append(
            f"{near}最早一批还剩 {left} 天，到期前卖不完 {spoiling - expired} 件；"
            if chinese
            else f"{left} days of shelf life left on the oldest, {spoiling - expired} units will not sell before they "
            "spoil; "
        )
    if old:
        told.append(
            f"库存为 {line['stock_day']} 的数（{old} 天前）；"
            if chinese
            else f"the stock is of {line['stock_day']} ({old} days ago); "
        )
    return told


def transfer_reason(line: Mapping[str, Any], language: str) -> str:
    """What a row of `transfer_lines` is for: what lacks where it goes, what is too much where it leaves."""
    chinese = checked_language(language) == "zh"
    parts = []
    if line["lacking_units"]:
        parts.append("缺货调入" if chinese else "lacking there")
    if line["excess_units"]:
        parts.append("积压调出" if chinese else "too much here")
    return ("、" if chinese else ", ").join(parts) or ("库存平衡" if chinese else "balance")


def explain_transfer(line: Mapping[str, Any], language: str, currency: str = "CNY") -> str:
    """The sentence for one row of `DayPlan.transfers`: both sides, why so many, and the sum of what it saves."""
    chinese, money = checked_language(language) == "zh", currency_name(currency, language)
    place = 0 if chinese else 1
    saved = amount(line["saved_micros"])
    total = "".join(
        f" {sign} {(zh, en)[place]} {amount(line[name])}" for name, sign, zh, en in PARTS if int(line[name])
    ).removeprefix(" + ")
    bought, limit = int(line.get("bought", 0)), LIMITS.get(str(line.get("limit")), ("", ""))[place]
    lacks = int(line["shortage"])
    filled, beyond = int(line["lacking_units"]), int(line["quantity"]) - int(line["lacking_units"])
    giver, taker = _side(line, "from_", chinese), _side(line, "", chinese)
    if chinese:
        wants = f"，缺 {lacks} 件" if lacks else "，调入后不会积压"
        rest = f"，另采购 {bought} 件" if bought else ""
        why = f"（{limit}{rest}）" if limit else ""
        split = f"，其中补缺 {filled} 件、因调出仓积压 {beyond} 件" if filled and beyond else ""
        return (
            f"{transfer_reason(line, language)}：{line['from_warehouse']}{giver}，可让出 {line['surplus']} 件；"
            f"{line['warehouse']}{taker}{wants}；调拨 {line['quantity']} 件{split}{why}；"
            f"{total} = 净省 {saved} {money}。"
        )
    wants = f", lacks {lacks}" if lacks else ", would sell them within its cover"
    rest = f", {bought} are bought besides" if bought else ""
    why = f" ({limit}{rest})" if limit else ""
    split = f": {filled} that are lacking, {beyond} that are too much where they lie" if filled and beyond else ""
    return (
        f"{transfer_reason(line, language)}: {line['from_warehouse']}{giver} can spare {line['surplus']}; "
        f"{line['warehouse']}{taker}{wants}; move {line['quantity']}{split}{why}; {total} = {saved} {money} saved."
    )


def _side(line: Mapping[str, Any], end: str, chinese: bool) -> str:
    """Stock, sales and days of cover of one side, if they are known; of the taker, when it is first empty, too."""
    if f"{end}free" not in line:
        return ""
    sold, lasts = line[f"{end}sold_30"], _first_and_last(line, end, chinese)
    if chinese:
        parts = [f"可用 {line[f'{end}free']} 件"]
        parts += [] if pd.isna(sold) else [f"近 30 天售 {sold} 件"]
        parts += [lasts]
        return f"（{'，'.join(parts)}）"
    parts = [f"{line[f'{end}free']} free"]
    parts += [] if pd.isna(sold) else [f"{sold} sold in 30 days"]
    parts += [lasts]
    return f" ({', '.join(parts)})"


def _first_and_last(line: Mapping[str, Any], end: str, chinese: bool) -> str:
    """When the shelf is first empty, and until when it lasts after all under way came: both by the same walk."""
    last, first = line[f"{end}cover_days"], None if end else line.get("empty_in_days")
    if first is None or pd.isna(first) or pd.isna(last):
        if pd.isna(last):
            return "卖不动" if chinese else "does not sell"
        return f"连在途可卖到第 {last} 天" if chinese else f"lasts to day {last} with all under way"
    if chinese:
        parts = ["已断货" if not first else f"{first} 天后断货"]
        parts += [f"在途到齐后可卖到第 {last} 天"] if last > first else []
        return "；".join(parts)
    parts = ["empty now" if not first else f"empty in {first} days"]
    parts += [f"with all under way it lasts to day {last}"] if last > first else []
    return ", ".join(parts)
