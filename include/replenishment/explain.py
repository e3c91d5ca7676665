"""A plan line in words, Chinese or English, with every number of its sum."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from include.replenishment.quantity.protection_period import DAILY_SPAN
from include.settings.currencies import currency_name

LANGUAGES = ("zh", "en")

REASONS: Mapping[str, tuple[str, str]] = {
    "stock_out_now": ("现在已无可卖库存", "nothing is left to sell now"),
    "stock_unreadable": (
        "最新库存文件中这一行无法识别，已隔离",
        "its row in the newest stock file cannot be read and was held back",
    ),
    "stock_unsure": (
        "最新库存文件疑似不完整，没有列出它",
        "the newest stock file does not name it and seems to be cut off",
    ),
    "stock_old": (
        "库存为 {stock_day} 的数（{stock_age_days} 天前），其后售出 {sold_since} 件、入库 {received_since} 件",
        "the stock is of {stock_day} ({stock_age_days} days ago), since when {sold_since} were sold "
        "and {received_since} came in",
    ),
    "left_out": (
        "{stock_day} 的库存文件没有列出它，按 0 件计",
        "the stock file of {stock_day} does not name it, so that 0 lie there",
    ),
    "late_already": ("今天下单也会断货", "even an order today comes after the stock runs out"),
    "hot_seller": ("爆款", "a hot seller"),
    "emergency_fund": (
        "动用应急资金 {from_emergency_fund} 件",
        "{from_emergency_fund} units are paid from the emergency fund",
    ),
    "below_order_up_to": (
        "低于补货点 {order_up_to} 件（备货周期预测 − 补不上 + 安全库存）",
        "below the reorder level of {order_up_to} units (forecast of the period - lost in any case + safety stock)",
    ),
    "promotion": ("活动拉高需求：{promotion}", "a promotion raises it: {promotion}"),
    "enough_stock": ("库存足够，不需补货", "there is enough stock, nothing to order"),
    "promised_units": ("有 {promised} 件已售未发", "{promised} units are sold and not yet shipped"),
    "supplier_rests": (
        "须撑过供应商休假，多 {rest_days} 天",
        "it has to last through the supplier's holiday, {rest_days} days more",
    ),
    "lead_time_varies": (
        "供应商交期波动约 {lead_time_spread_days:.1f} 天",
        "the supplier's lead time varies by about {lead_time_spread_days:.1f} days",
    ),
    "lead_time_assumed": (
        "供应商未填交期，按 {lead_time} 天计",
        "the supplier states no lead time: {lead_time} days assumed",
    ),
    "overdue_order": ("逾期未到：{overdue}，请催货", "chase what is overdue: {overdue}"),
    "arriving_reported": (
        "在途中 {arriving_reported} 件只见于库存表的采购在途数，没有采购单，按交期计到货",
        "{arriving_reported} of what arrives is known from the stock report alone: no purchase order, "
        "a lead time from now",
    ),
    "arriving_moved": (
        "在途中 {arriving_moved} 件是库存表的调拨在途，从其他仓库调来",
        "{arriving_moved} of what arrives is on transfer from another warehouse, says the stock report",
    ),
    "pack_rounding": (
        "按箱规 {pack} 件取整，多 {pack_rounding} 件",
        "rounded up to packs of {pack}, {pack_rounding} more",
    ),
    "to_the_unit": (
        "要下架的商品不凑整箱（箱规 {pack} 件）和起订量，请先问供应商能否拆零",
        "it ends, so that no whole packs of {pack} and no minimum are ordered: ask the supplier for single units",
    ),
    "cycle_raise": (
        "一次备足约 {cycle} 天的量，多 {cycle_raise} 件，少下几次单",
        "{cycle_raise} more, so that one order lasts about {cycle} days and saves order lines",
    ),
    "moq_raise": (
        "补足起订量 {moq} 件，多 {moq_raise} 件",
        "raised to the supplier's minimum of {moq}, {moq_raise} more",
    ),
    "supplier_raise": (
        "供应商起订金额 {supplier_minimum} {money}，为凑足多订 {supplier_raise} 件",
        "{supplier_raise} more to reach the supplier's least order of {supplier_minimum} {money}",
    ),
    "below_supplier_minimum": (
        "未达供应商起订金额 {supplier_minimum} {money}，请先与供应商确认",
        "below the supplier's least order of {supplier_minimum} {money}: ask it first",
    ),
    "shelf_life_cut": (
        "保质期内卖不完，减 {shelf_life_cut} 件",
        "{shelf_life_cut} units less, since they would not sell within their shelf life",
    ),
    "borrowed_forecast": (
        "新品，需求借自相似款",
        "too new for a forecast of its own: demand is borrowed from similar skus",
    ),
    "first_order": (
        "首批建议：{launched_day} 上架，还没有销售，需求借自同类商品上市初期的销量，服务水平封顶 {level}",
        "a first order: launched on {launched_day} and not sold yet, its demand is borrowed from the launches of "
        "similar skus, for a service level of {level} at most",
    ),
    "only_promised": (
        "{ended_day} 下架，只补已售未发的 {promised} 件；也可以改为退款",
        "it is taken off sale on {ended_day}: only the {promised} units sold and not shipped are ordered; a refund is "
        "the other way",
    ),
    "ends": (
        "{ended_day} 下架，只备到下架前的需求",
        "it is taken off sale on {ended_day}: only what sells before is ordered",
    ),
    "lost_before_arrival": (
        "今天下单按 {order_arrival_day} 到货计，此前预计缺货 {lost_before_arrival} 件（补不上，未计入订货）",
        "an order of today is counted as arriving on {order_arrival_day}: about {lost_before_arrival} units before it "
        "are lost whatever is ordered, and not ordered for",
    ),
    "lost_by_risk": (
        "按日均预测此前不会断货，这几件是卖得快或在途晚到时才会缺的",
        "at the expected pace nothing runs out before then: these are missed if more sells, or if goods are late",
    ),
    "presold": (
        "已售未发中有 {presold} 件预售待付尾款，需求中不再重复计算",
        "{presold} of the promised units are presold and await their balance: they are left out of the demand",
    ),
    "transfer_in": ("其中调拨调入 {transfer_in} 件", "{transfer_in} of what arrives comes from another warehouse"),
    "transfer_out": (
        "其中 {transfer_out} 件调给别的仓",
        "{transfer_out} of what is promised goes to another warehouse",
    ),
    "supplier_often_late": (
        "供应商按时到货率 {on_time}",
        "the supplier keeps its day for {on_time} of its units",
    ),
    "fallback_suppliers": ("备选供应商 {fallback_suppliers}", "fallback suppliers: {fallback_suppliers}"),
    "cost_unknown": ("进价未知，未计入预算", "the unit cost is unknown, so the order is not in the budget"),
    "budget_cut": (
        "预算不足，减 {budget_cut} 件（{budget_cut_amount} {money}），预计少赚 {forgone_amount} {money}",
        "the budget cut {budget_cut} units ({budget_cut_amount} {money}), "
        "which would have earned {forgone_amount} {money}",
    ),
    "arriving_later": (
        "另有 {arriving_later} 件在备货周期之后到货",
        "{arriving_later} more units arrive after the protection period",
    ),
}


def amount(micros: Any) -> str:
    """Micros with two decimals and thousands separators, without passing through a float; '?' if unknown."""
    if pd.isna(micros):
        return "?"
    cents = (abs(int(micros)) + 5_000) // 10_000
    return f"{'-' if micros < 0 and cents else ''}{cents // 100:,}.{cents % 100:02d}"


def checked_language(language: str) -> str:
    if language not in LANGUAGES:
        raise ValueError(f"language {language!r}: expected one of {', '.join(LANGUAGES)}")
    return language


def explained(
    lines: pd.DataFrame, sentence: Callable[[Mapping[str, Any], str, str], str], currency: str = "CNY"
) -> pd.DataFrame:
    """`lines` with why_zh and why_en, each made by `sentence` (`explain`, `explain_excess`, `explain_transfer`).

    currency: the merchant's, in which the lines' money is.
    """
    records = [{str(name): value for name, value in record.items()} for record in lines.to_dict("records")]
    texts = {f"why_{language}": [sentence(record, language, currency) for record in records] for language in LANGUAGES}
    return lines.assign(**{name: pd.array(text, dtype="str") for name, text in texts.items()})


def explain(line: Mapping[str, Any], language: str, currency: str = "CNY") -> str:
    """The sentence for one row of `plan_lines` (as a mapping): the sum, the dates, the money, the reasons."""
    chinese = checked_language(language) == "zh"
    money = currency_name(currency, language)
    values = {
        **line,
        "money": money,
        "budget_cut_amount": amount(line["budget_cut_micros"]),
        "forgone_amount": amount(line["forgone_micros"]),
        "level": _percent(line["service_level"]),
        "overdue": line.get(f"overdue_{language}", ""),
        "promotion": line.get(f"promotion_{language}", ""),
        "cycle": f"{float(line.get('cycle_days', 0)):.0f}",
        "lead_time": _whole(line.get("lead_time_days", 0)),
        "on_time": _percent(line["supplier_on_time_share"]),
        "supplier_minimum": amount(line.get("supplier_minimum_micros", 0)),
    }
    safety = int(line["safety_stock"])
    lost_units = int(line["lost_before_arrival"])
    lost = f" - {'补不上' if chinese else 'lost in any case'} {lost_units}" if lost_units else ""
    if chinese:
        safety_text = f"+ 安全库存 {safety}" if safety >= 0 else f"- 少备（目标低于均值）{-safety}"
        total = (
            f"备货周期 {_whole(line['protection_days'])} 天预测 {line['period_forecast']}{lost} {safety_text}"
            f" - 在库 {line['on_hand']} - 在途 {line['arriving']} + 已售未发 {line['promised']}"
            f" = 需要 {line['need']} 件"
        )
    else:
        safety_text = f"+ safety stock {safety}" if safety >= 0 else f"- {-safety} deliberately not held"
        total = (
            f"forecast over {_whole(line['protection_days'])} days {line['period_forecast']}{lost} {safety_text}"
            f" - on hand {line['on_hand']} - arriving {line['arriving']} + promised {line['promised']}"
            f" = need {line['need']} units"
        )
    parts = [total, _order_text(line, chinese, money), _sales_text(line, chinese), _date_text(line, chinese)]
    parts += [REASONS[code][0 if chinese else 1].format(**values) for code in str(line["reasons"]).split()]
    stop = "；" if chinese else "; "
    return stop.join(part for part in parts if part) + ("。" if chinese else ".")


def _percent(share: Any) -> str:
    return "?" if pd.isna(share) else f"{100 * float(share):.0f}%"


def _whole(value: Any) -> str:
    number = float(value)
    return str(int(number)) if number == int(number) else f"{number:.1f}"


def _order_text(line: Mapping[str, Any], chinese: bool, money: str) -> str:
    changes = [
        ("箱规取整", "packs", int(line["pack_rounding"]), "+"),
        ("下单周期", "order cycle", int(line.get("cycle_raise", 0)), "+"),
        ("起订量", "minimum order", int(line["moq_raise"]), "+"),
        ("保质期", "shelf life", int(line["shelf_life_cut"]), "-"),
        ("预算", "budget", int(line["budget_cut"]), "-"),
    ]
    steps = "".join(f" {sign} {zh if chinese else en} {units}" for zh, en, units, sign in changes if units)
    level = f"{100 * float(line['service_level']):.1f}%"
    kind = f"{line['abc']}{line['xyz']}"
    cost, risk = amount(line["cost_micros"]), amount(line["money_at_risk_micros"])
    wanted = max(int(line["need"]), 0)
    if chinese:
        return (
            f"{wanted}{steps} = 订 {line['quantity']} 件（{kind} 类，服务水平 {level}），"
            f"货款 {cost} {money}，不订约损失销售额 {risk} {money}"
        )
    return (
        f"{wanted}{steps} = order {line['quantity']} units (class {kind}, service level {level}), cost {cost} {money}, "
        f"about {risk} {money} of sales at risk without it"
    )


def _sales_text(line: Mapping[str, Any], chinese: bool) -> str:
    week, month = line.get("sold_7"), line.get("sold_30")
    if week is None or month is None or pd.isna(week) or pd.isna(month):
        return ""
    pace = f"{float(line['daily_mean']):.1f}"
    if chinese:
        return f"近 7 天售 {week} 件、近 30 天售 {month} 件，未来 {DAILY_SPAN} 天日均预测 {pace} 件"
    return f"{week} sold in 7 days, {month} in 30, {pace} a day expected over the next {DAILY_SPAN} days"


def _date_text(line: Mapping[str, Any], chinese: bool) -> str:
    if "only_promised" in str(line["reasons"]).split():
        return ""
    empty, bare, last = line.get("first_empty_day"), line.get("runs_out_day"), line["last_order_day"]
    coming = _arrival_text(line, chinese)
    parts = [coming] if coming else []
    spare, lost = line.get("order_spare_days"), int(line["lost_before_arrival"])
    if isinstance(empty, str) and "stock_out_now" not in str(line["reasons"]).split():
        parts.append(f"预计 {empty} 断货" if chinese else f"sells out on {empty}")
    if isinstance(bare, str) and bare != empty:
        parts.append(f"在途到齐后 {bare} 卖完" if chinese else f"after all that arrives on {bare}")
    if isinstance(last, str) and spare is not None and not pd.isna(spare) and int(spare) <= 0:
        parts.append(
            f"不断货的最晚下单日 {last} 已过" if chinese else f"the last day to order without a lost sale was {last}"
        )
    elif isinstance(last, str) and lost:
        parts.append(
            f"补不上的之外，最晚 {last} 下单才不再断货"
            if chinese
            else f"beside what is lost in any case, order by {last} to lose no more"
        )
    elif isinstance(last, str):
        parts.append(f"最晚 {last} 下单才不断货" if chinese else f"order by {last} to lose no sale")
    return ("，" if chinese else ", ").join(parts)


def _arrival_text(line: Mapping[str, Any], chinese: bool) -> str:
    day, units, late = line.get("next_arrival_day"), line.get("next_arrival_units", 0), line.get("next_overdue_days", 0)
    if not isinstance(day, str) or not units:
        return ""
    due = line.get("next_due_day")
    if not isinstance(due, str):
        return f"下次到货 {day}，{units} 件" if chinese else f"next arrival {day}, {units} units"
    if chinese:
        return f"下次到货按 {day} 计，{units} 件（应 {due} 到" + (f"，已逾期 {late} 天）" if late else "）")
    overdue = f", {late} days overdue)" if late else ")"
    return f"next arrival counted as {day}, {units} units (due on {due}{overdue}"
