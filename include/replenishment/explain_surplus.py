"""Excess and transfer lines in words, Chinese or English, with the numbers behind them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from include.replenishment.excess import ACTIONS
from include.replenishment.explain import amount, checked_language
from include.settings.currencies import currency_name

ACTION_WORDS: Mapping[str, tuple[str, str]] = {
    "promote": ("促销", "promote"),
    "transfer": ("调拨", "transfer"),
    "return": ("退供应商", "return to the supplier"),
    "bundle": ("搭售", "bundle"),
    "clear": ("清仓", "clear"),
    "hold": ("继续持有", "hold on"),
    "dispose": ("停售报废", "take off sale and write off"),
}


def explain_excess(line: Mapping[str, Any], language: str, currency: str = "CNY") -> str:
    """The sentence for one row of `excess_lines`: what is too much, why it is graded so, and what each way costs."""
    chinese, money = checked_language(language) == "zh", currency_name(currency, language)
    cover = line["cover_days"]
    never = pd.isna(cover)
    costs = [
        (ACTION_WORDS[action][0 if chinese else 1], amount(line[f"cost_{action}_micros"]))
        for action in ACTIONS
        if not pd.isna(line[f"cost_{action}_micros"])
    ]
    age = line["age_days"]
    tied_up, saved = amount(line["tied_up_micros"]), amount(line["saved_micros"])
    sell_through, margin = f"{100 * float(line['sell_through']):.0f}%", f"{100 * float(line['margin']):.0f}%"
    word = ACTION_WORDS[str(line["action"])][0 if chinese else 1]
    if line["action"] == "bundle":
        word += f"（配 {line['companion']}）" if chinese else f" with {line['companion']}"
    before = "".join(part for part in _why_too_much(line, chinese) if part)
    # What may not be sold any more is not weighed against holding it.
    gain = saved if line["action"] != "dispose" else None
    if chinese:
        lasts = "目前卖不动" if never else f"够卖 {cover} 天"
        aged = "" if pd.isna(age) else f"，库龄 {age} 天"
        return (
            f"{before}在库 {line['on_hand']} 件，多出 {line['quantity']} 件（占用 {tied_up} {money}），{lasts}，"
            f"30 天动销 {sell_through}{aged}，毛利 {margin}，评为 {line['grade']} 级；"
            f"各办法代价：{'，'.join(f'{name} {cost} {money}' for name, cost in costs)}；"
            f"建议{word} {line['action_units']} 件{'' if gain is None else f'，比继续持有省 {gain} {money}'}。"
        )
    lasts = "it does not sell now" if never else f"enough for {cover} days"
    aged = "" if pd.isna(age) else f", last came in {age} days ago"
    return (
        f"{before}{line['on_hand']} on hand, {line['quantity']} too many ({tied_up} {money} tied up), {lasts}, "
        f"30 days sell {sell_through}{aged}, margin {margin}: grade {line['grade']}; "
        f"what each way costs: {', '.join(f'{name} {cost} {money}' for name, cost in costs)}; "
        f"suggested: {word}, {line['action_units']} units"
        f"{'' if gain is None else f', {gain} {money} less than holding on'}."
    )


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
    if spoiling > expired and not pd.isna(left):
        told.append(
            f"临期：最早一批还剩 {left} 天，到期前卖不完 {spoiling - expired} 件；"
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


def explain_transfer(line: Mapping[str, Any], language: str, currency: str = "CNY") -> str:
    """The sentence for one row of `transfer_lines`."""
    chinese, money = checked_language(language) == "zh", currency_name(currency, language)
    cost, saved = amount(line["cost_micros"]), amount(line["saved_micros"])
    if chinese:
        return (
            f"{line['from_warehouse']} 可让出 {line['surplus']} 件，{line['warehouse']} 缺 {line['shortage']} 件；"
            f"调拨 {line['quantity']} 件，运费 {cost} {money}，比另外采购或断货省 {saved} {money}。"
        )
    return (
        f"{line['from_warehouse']} can spare {line['surplus']} units, "
        f"{line['warehouse']} lacks {line['shortage']} units; "
        f"move {line['quantity']}, freight {cost} {money}, {saved} {money} better than buying or running out."
    )
