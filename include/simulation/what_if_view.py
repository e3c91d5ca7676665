"""A what-if answer as people read it: titles, yuan, days with one decimal, no figure that both sides share."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping

import pandas as pd

from include.pages.aligned import aligned, shortened
from include.replenishment.policy import YUAN_MICROS
from include.settings.currencies import currency_name
from include.words.texts import say

SIDES = ("as_it_is", "what_if")
LONGEST_TITLE = 28
TOTALS = (
    "lines", "units", "cost", "lines_cut", "cut", "forgone", "transfers", "moved", "lost_units", "lost_sales",
    "stock_units", "stock_cost",
)  # fmt: skip


def report_text(
    totals: pd.DataFrame, lines: pd.DataFrame, top: int, language: str = "en", currency: str = "CNY"
) -> str:
    """Totals and the first lines of an `Answer`, for a terminal."""
    money, words = currency_name(currency, language), functools.partial(say, language)
    # The answer's totals are named in English.
    english = currency_name(currency, "en")
    named = {
        say("en", f"what_if.total.{one}", money=english): words(f"what_if.total.{one}", money=money) for one in TOTALS
    }
    rows = [
        [named.get(str(row["what"])) or str(row["what"]), *(_number(row[side]) for side in (*SIDES, "difference"))]
        for row in totals.to_dict("records")
    ]
    head = [words(f"what_if.head.{name}") for name in ("what", *SIDES, "difference")]
    parts = [aligned(head, rows, [False, True, True, True])]
    if lines.empty:
        return "\n\n".join([*parts, words("what_if.same")])
    parts.append(words("what_if.differ", count=len(lines)))
    parts.append(_lines(lines.head(top), language, money))
    if len(lines) > top:
        parts.append(words("what_if.more", count=len(lines) - top))
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


def _lines(lines: pd.DataFrame, language: str, money: str) -> str:
    """One row a line: sku, warehouse, title, and each figure that differs anywhere as 'before → after'."""
    shown = {
        name: [_both(row[f"{name}_as_it_is"], row[f"{name}_what_if"], write) for row in lines.to_dict("records")]
        for name, write in WRITE.items()
    }
    changed = [name for name, cells in shown.items() if any(" → " in cell for cell in cells)]
    head = [say(language, f"what_if.head.{name}", money=money) for name in ("sku", "warehouse", "title", *changed)]
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
