"""A what-if answer as people read it: titles, yuan, days with one decimal, no figure that both sides share."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pandas as pd

from include.pages.aligned import aligned, shortened
from include.replenishment.policy import YUAN_MICROS
from include.settings.currencies import currency_name

SIDES = ("as_it_is", "what_if")
LONGEST_TITLE = 28
WORDS: Mapping[str, Mapping[str, str]] = {
    "zh": {
        "what": "项目", "as_it_is": "原计划", "what_if": "改后", "difference": "差额", "sku": "商家编码",
        "warehouse": "仓库", "title": "商品", "service_level": "服务水平", "protection_days": "备货周期(天)",
        "need": "需要(件)", "quantity": "建议订货(件)", "budget_cut": "预算削减(件)", "cost_micros": "金额({money})",
        "differ": "{count} 行订货不同", "same": "没有一行订货不同", "more": "另有 {count} 行（--out 写出全部）",
        "supplier": "供应商",
    },
    "en": {
        "what": "what", "as_it_is": "as it is", "what_if": "what if", "difference": "difference", "sku": "sku",
        "warehouse": "warehouse", "title": "product", "service_level": "service level",
        "protection_days": "protection days", "need": "need", "quantity": "order", "budget_cut": "cut by budget",
        "cost_micros": "cost, {money}", "differ": "{count} lines differ", "same": "no line differs",
        "more": "... and {count} more (--out writes them all)", "supplier": "supplier",
    },
}  # fmt: skip
TOTALS_ZH = {
    "lines to order": "订货行数",
    "units to order": "订货件数",
    "cost of orders, {money}": "订货金额，{money}",
    "lines the budget cut": "被预算削减的行数",
    "cut by the budget, {money}": "被预算削减的金额，{money}",
    "would have earned, {money}": "被削减的部分预计少赚，{money}",
    "transfers": "调拨行数",
    "units to move": "调拨件数",
    "expected lost sales, units": "预计缺货，件",
    "expected lost sales, {money}": "预计缺货的销售额，{money}",
    "stock and orders, units": "库存加订货，件",
    "stock and orders, {money} at cost": "库存加订货的成本，{money}",
}


def told(totals: pd.DataFrame, lines: pd.DataFrame, top: int, language: str = "en", currency: str = "CNY") -> str:
    """Totals and the first lines of an `Answer`, for a terminal."""
    words, money = WORDS[language], currency_name(currency, language)
    named = {
        en.format(money=currency_name(currency, "en")): zh.format(money=money) if language == "zh" else None
        for en, zh in TOTALS_ZH.items()
    }
    rows = [
        [named.get(str(row["what"])) or str(row["what"]), *(_number(row[side]) for side in (*SIDES, "difference"))]
        for row in totals.to_dict("records")
    ]
    head = [words[name] for name in ("what", *SIDES, "difference")]
    parts = [aligned(head, rows, [False, True, True, True])]
    if lines.empty:
        return "\n\n".join([*parts, words["same"]])
    parts.append(words["differ"].format(count=len(lines)))
    parts.append(_lines(lines.head(top), words, money))
    if len(lines) > top:
        parts.append(words["more"].format(count=len(lines) - top))
    return "\n\n".join(parts)


def for_a_file(lines: pd.DataFrame) -> pd.DataFrame:
    """The lines of an `Answer` with money in the merchant's currency, and days and needs to one decimal."""
    out = lines.copy()
    for side in SIDES:
        out[f"cost_{side}"] = (out.pop(f"cost_micros_{side}").astype("Float64") / YUAN_MICROS).round(2)
        for name in ("protection_days", "need"):
            out[f"{name}_{side}"] = out[f"{name}_{side}"].astype("Float64").round(1)
        out[f"service_level_{side}"] = out[f"service_level_{side}"].astype("Float64").round(4)
    return out


def _lines(lines: pd.DataFrame, words: Mapping[str, str], money: str) -> str:
    """One row a line: sku, warehouse, title, and each figure that differs anywhere as 'before → after'."""
    shown = {
        name: [_both(row[f"{name}_as_it_is"], row[f"{name}_what_if"], write) for row in lines.to_dict("records")]
        for name, write in WRITE.items()
    }
    changed = [name for name, cells in shown.items() if any(" → " in cell for cell in cells)]
    head = [words[name].format(money=money) for name in ("sku", "warehouse", "title", *changed)]
    rows = [
        [
            str(line.sku),
            str(line.warehouse),
            shortened("" if pd.isna(line.title) else str(line.title), LONGEST_TITLE),
            *(shown[name][k] for name in changed),
        ]
        for k, line in enumerate(lines.itertuples())
    ]
    return aligned(head, rows, [False, False, False, *[True] * len(changed)])


def _both(before: object, after: object, write: Callable[[float], str]) -> str:
    sides = ["–" if pd.isna(side) else write(float(side)) for side in (before, after)]  # type: ignore[arg-type]
    return sides[0] if sides[0] == sides[1] else " → ".join(sides)


def _number(value: float) -> str:
    text = f"{value:,.0f}" if abs(value) >= 100 or float(value).is_integer() else f"{value:,.1f}"
    return "0" if text in ("-0", "-0.0") else text


WRITE: Mapping[str, Callable[[float], str]] = {
    "service_level": lambda value: f"{100 * value:.1f}%",
    "protection_days": lambda value: f"{value:.1f}",
    "need": lambda value: _number(round(value, 1)),
    "quantity": lambda value: f"{value:,.0f}",
    "budget_cut": lambda value: f"{value:,.0f}",
    "cost_micros": lambda value: f"{value / YUAN_MICROS:,.2f}",
}
