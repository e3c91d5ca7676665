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
    if chinese:
        lasts = "目前卖不动" if never else f"够卖 {cover} 天"
        aged = "" if pd.isna(age) else f"，库龄 {age} 天"
        return (
            f"在库 {line['on_hand']} 件，多出 {line['quantity']} 件（占用 {tied_up} {money}），{lasts}，"
            f"30 天动销 {sell_through}{aged}，毛利 {margin}，评为 {line['grade']} 级；"
            f"各办法代价：{'，'.join(f'{name} {cost} {money}' for name, cost in costs)}；"
            f"建议{word} {line['action_units']} 件，比继续持有省 {saved} {money}。"
        )
    lasts = "it does not sell now" if never else f"enough for {cover} days"
    aged = "" if pd.isna(age) else f", last came in {age} days ago"
    return (
        f"{line['on_hand']} on hand, {line['quantity']} too many ({tied_up} {money} tied up), {lasts}, "
        f"30 days sell {sell_through}{aged}, margin {margin}: grade {line['grade']}; "
        f"what each way costs: {', '.join(f'{name} {cost} {money}' for name, cost in costs)}; "
        f"suggested: {word}, {line['action_units']} units, {saved} {money} less than holding on."
    )


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
