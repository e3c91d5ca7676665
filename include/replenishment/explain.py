"""A plan line in words, Chinese or English, with every number of its sum."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd

from include.replenishment.quantity.protection_period import DAILY_SPAN
from include.settings.currencies import currency_name
from include.words.texts import LANGUAGES, say


def amount(micros: Any) -> str:
    """Micros with two decimals and thousands separators, without passing through a float; '?' if unknown."""
    if pd.isna(micros):
        return "?"
    cents = (abs(int(micros)) + 5_000) // 10_000
    return f"{'-' if micros < 0 and cents else ''}{cents // 100:,}.{cents % 100:02d}"


MAX_CLAUSES = 4  # of a line's reason in brief

# The reasons that decide, in order: what a person has to know before all else, of which one is said first, and what
# follows the dates, the sum in short and the other warehouses.
FIRST = (
    "stock_unreadable", "stock_unsure", "left_out", "only_promised", "first_order", "below_supplier_minimum",
    "budget_cut", "to_the_unit",
)  # fmt: skip
THEN = (
    "sold_while_empty", "demand_uncertain", "overdue_order", "ends", "borrowed_forecast", "promotion", "supplier_raise",
    "moq_raise", "supplier_rests", "emergency_fund", "cycle_raise", "shelf_life_cut",
)  # fmt: skip


def explained(
    lines: pd.DataFrame,
    sentence: Callable[[Mapping[str, Any], str, str], str],
    currency: str = "CNY",
    name: str = "why",
) -> pd.DataFrame:
    """`lines` with why_zh and why_en (or of another `name`), each made by `sentence` (`explain`, `explain_in_brief`,
    `explain_excess`, `explain_transfer`).

    currency: the merchant's, in which the lines' money is.
    """
    records = [{str(column): value for column, value in record.items()} for record in lines.to_dict("records")]
    texts = {
        f"{name}_{language}": [sentence(record, language, currency) for record in records] for language in LANGUAGES
    }
    return lines.assign(**{column: pd.array(text, dtype="str") for column, text in texts.items()})


def explain(line: Mapping[str, Any], language: str, currency: str = "CNY") -> str:
    """The sentence for one row of `plan_lines` (as a mapping): the sum, the dates, the money, all reasons."""
    money, values = currency_name(currency, language), _values(line, language, currency)
    safety, lost = int(line["safety_stock"]), int(line["lost_before_arrival"])
    lost_text = say(language, "restock.why.lost", units=lost) if lost else ""
    safety_text = say(language, f"restock.why.{'safety' if safety >= 0 else 'below_mean'}", units=abs(safety))
    days = _whole(line["protection_days"])
    total = say(language, "restock.why.sum", **line, days=days, lost=lost_text, safety=safety_text)
    dates = [_arrival_text(line, language), *_dates(line, language)]
    told = say(language, "why.comma").join(filter(None, dates))
    parts = [total, _order_text(line, language, money), _sales_text(line, language), told]
    parts.append(_elsewhere_text(line, "elsewhere", language))
    parts += [say(language, f"restock.reason.{code}", **values) for code in str(line["reasons"]).split()]
    return _sentence(parts, language)


def explain_in_brief(line: Mapping[str, Any], language: str, currency: str = "CNY") -> str:
    """What decides the line, in MAX_CLAUSES clauses: what is out of the ordinary, when the shelf is empty and by when
    to order, the sum in short, why the warehouse that has most does not give."""
    values, codes = _values(line, language, currency), str(line["reasons"]).split()
    told = {code: say(language, f"restock.reason.{code}", **values) for code in codes}
    dates = [told["stock_out_now"]] if "stock_out_now" in told else []
    dates += _dates(line, language)
    available = int(line["on_hand"]) + int(line["arriving"]) - int(line["promised"])
    days, level, need = _whole(line["protection_days"]), line["order_up_to"], line["need"]
    if available < 0:
        total = say(language, "restock.brief.owed", days=days, order_up_to=level, owed=-available, need=need)
    else:
        total = say(language, "restock.brief.sum", days=days, order_up_to=level, available=available, need=need)
    parts = [told[code] for code in FIRST if code in told][:1]
    parts += [say(language, "why.comma").join(dates), total, _elsewhere_text(line, "most_elsewhere", language)]
    parts += [told[code] for code in THEN if code in told]
    return _sentence([part for part in parts if part][:MAX_CLAUSES], language)


def _sentence(parts: Sequence[str], language: str) -> str:
    return say(language, "why.semicolon").join(filter(None, parts)) + say(language, "why.stop")


def _elsewhere_text(line: Mapping[str, Any], name: str, language: str) -> str:
    elsewhere = line.get(f"{name}_{language}")
    return say(language, "restock.why.elsewhere", elsewhere=elsewhere) if elsewhere else ""


def _values(line: Mapping[str, Any], language: str, currency: str) -> dict[str, Any]:
    """The line's numbers as its reasons tell them."""
    return {
        **line,
        "money": currency_name(currency, language),
        "budget_cut_amount": amount(line["budget_cut_micros"]),
        "forgone_amount": amount(line["forgone_micros"]),
        "level": _level(line),
        "level_why": _level_why(line, language),
        "overdue": line.get(f"overdue_{language}", ""),
        "promotion": line.get(f"promotion_{language}", ""),
        "cycle": f"{float(line.get('cycle_days', 0)):.0f}",
        "lead_time": _whole(line.get("lead_time_days", 0)),
        "on_time": _percent(line["supplier_on_time_share"]),
        "supplier_minimum": amount(line.get("supplier_minimum_micros", 0)),
    }


def _level(line: Mapping[str, Any]) -> str:
    return f"{100 * float(line['service_level']):.1f}%"


def _level_why(line: Mapping[str, Any], language: str) -> str:
    """Where the service level comes from."""
    return say(language, f"restock.level.{line['level_from']}", kind=f"{line['abc']}{line['xyz']}")


def _percent(share: Any) -> str:
    return "?" if pd.isna(share) else f"{100 * float(share):.0f}%"


def _whole(value: Any) -> str:
    number = float(value)
    return str(int(number)) if number == int(number) else f"{number:.1f}"


def _order_text(line: Mapping[str, Any], language: str, money: str) -> str:
    signs = {"pack_rounding": "+", "cycle_raise": "+", "moq_raise": "+", "shelf_life_cut": "-", "budget_cut": "-"}
    changes = {name: int(line.get(name, 0)) for name in signs}
    steps = "".join(
        f" {signs[name]} {say(language, f'restock.step.{name}')} {units}" for name, units in changes.items() if units
    )
    return say(
        language,
        "restock.why.order",
        wanted=max(int(line["need"]), 0),
        steps=steps,
        quantity=line["quantity"],
        kind=f"{line['abc']}{line['xyz']}",
        level=_level(line),
        level_why=_level_why(line, language),
        cost=amount(line["cost_micros"]),
        risk=amount(line["money_at_risk_micros"]),
        money=money,
    )


def _sales_text(line: Mapping[str, Any], language: str) -> str:
    week, month = line.get("sold_7"), line.get("sold_30")
    if week is None or month is None or pd.isna(week) or pd.isna(month):
        return ""
    pace = f"{float(line['daily_mean']):.1f}"
    return say(language, "restock.why.sales", week=week, month=month, days=DAILY_SPAN, pace=pace)


def _dates(line: Mapping[str, Any], language: str) -> list[str]:
    """When the shelf is empty, and by when to order."""
    if "only_promised" in str(line["reasons"]).split():
        return []
    empty, bare, last = line.get("first_empty_day"), line.get("runs_out_day"), line["last_order_day"]
    parts = []
    spare, lost = line.get("order_spare_days"), int(line["lost_before_arrival"])
    if isinstance(empty, str) and "stock_out_now" not in str(line["reasons"]).split():
        parts.append(say(language, "restock.why.sells_out", day=empty))
    if isinstance(bare, str) and bare != empty:
        parts.append(say(language, "restock.why.all_sold", day=bare))
    if isinstance(last, str) and spare is not None and not pd.isna(spare) and int(spare) <= 0:
        parts.append(say(language, "restock.why.too_late", day=last))
    elif isinstance(last, str) and lost:
        parts.append(say(language, "restock.why.order_by_to_lose_no_more", day=last))
    elif isinstance(last, str):
        parts.append(say(language, "restock.why.order_by", day=last))
    return parts


def _arrival_text(line: Mapping[str, Any], language: str) -> str:
    if "only_promised" in str(line["reasons"]).split():
        return ""
    day, units, late = line.get("next_arrival_day"), line.get("next_arrival_units", 0), line.get("next_overdue_days", 0)
    if not isinstance(day, str) or not units:
        return ""
    due = line.get("next_due_day")
    if not isinstance(due, str):
        return say(language, "restock.why.arrival", day=day, units=units)
    name = "restock.why.arrival_overdue" if late else "restock.why.arrival_late"
    return say(language, name, day=day, units=units, due=due, late=late)
