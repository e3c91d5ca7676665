"""What stands above the lists about stock that is not known: which skus are not planned, why, and what would help."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from include.replenishment.day_plan import DayPlan
from include.replenishment.explain import LANGUAGES, amount
from include.replenishment.knowledge import Known, has_sales
from include.settings.currencies import currency_name

Words = tuple[str, str]  # Chinese and English
NAMED = 5  # skus that a note names

NO_SALES: Words = (
    "账上没有任何销售，没有可以建议的商品；请检查订单导出是否已到、商品编码是否已对应。",
    "No sales are known, so nothing is suggested. Look whether the order exports came and their codes are mapped.",
)

FILES: Mapping[str, Words] = {
    "unsure": (
        "{shop} {stock_day} 的 {warehouse} 库存文件只列出 {named} 个商品，之前有货的 {missing} 个不见了，"
        "疑似不完整：没有按 0 计。",
        "The stock file of {warehouse} from {shop} of {stock_day} names {named} skus and lacks {missing} that had "
        "stock before. It seems to be cut off: these are not taken to be empty.",
    ),
    "unreadable": (
        "{shop} {stock_day} 的 {warehouse} 库存文件有看不出商品编码的行，已隔离：没有列出的商品可能在其中，"
        "没有按 0 计。",
        "Rows of the stock file of {warehouse} from {shop} of {stock_day} were held back without a readable sku: what "
        "the file does not name may be among them, and is not taken to be empty.",
    ),
    "seems_to_leave_out": (
        "{shop} 的 {warehouse} 库存文件似乎不列出空库存（近几周没有出现过 0，商品时有时无）：没有列出的按 0 件计。"
        "请在该店铺的库存报表里写明 leaves_out: zeros；如果文件可能不全，写 parts。",
        "The stock files of {warehouse} from {shop} seem to leave out empty skus (no 0 for weeks, and skus come and "
        "go): what they do not name counts as 0. Say so with leaves_out: zeros at the shop's stock report, or parts if "
        "its files may be partial.",
    ),
}


def stock_notes(plan: DayPlan, known: Known) -> list[Words]:
    """A sentence for each thing that a planner must know of the stock, the gravest first."""
    files = known.stock_files
    if files is None:
        return []
    if not has_sales(known):
        return [NO_SALES]
    selling = plan.unplanned[plan.unplanned["daily_mean"] > 0]
    if files.empty:
        return [_no_files(known)]
    notes = [_unplanned(str(name), part, files, known.day) for name, part in selling.groupby("warehouse")]
    for file in files.to_dict("records"):
        words = FILES.get(_fault(file))
        if words:
            notes.append((words[0].format(**file), words[1].format(**file)))
    return notes


def _fault(file: Mapping[str, Any]) -> str:
    if file["state"] != "told":
        return str(file["state"])
    return "seems_to_leave_out" if file["seems_to_leave_out"] and not file["is_said"] else ""


def _no_files(known: Known) -> Words:
    skus = known.panel.keys.loc[~known.panel.ended, "sku"].nunique()
    return (
        f"没有任何库存数据：{skus} 个商品都没有列入补货、调拨和积压建议。库存未知不等于 0，照此下单会重复订货；"
        "请接入库存文件（ERP 或平台的库存导出，或自行声明的 CSV）。",
        f"No stock is known: {skus} skus are not planned. Unknown stock is not none, and orders without it would be "
        "made on top of what lies there. Give a stock file (of the ERP, of the platform, or a declared CSV).",
    )


def _unplanned(warehouse: str, part: pd.DataFrame, files: pd.DataFrame, day: str) -> Words:
    ordered = part.sort_values(["daily_mean", "sku"], ascending=[False, True])
    some, count = ordered["sku"].head(NAMED).tolist(), len(part)
    more_zh, more_en = (" 等", " and others") if count > NAMED else ("", "")
    own = files.loc[files["warehouse"] == warehouse, "stock_day"]
    if own.empty:
        zh, en = "该仓没有库存文件", "it has no stock file"
    elif str(own.max()) < day:
        zh, en = f"最近一份库存文件是 {own.max()} 的", f"its newest stock file is of {own.max()}"
    else:
        zh, en = "库存文件没有给出可用的数", "its stock file does not tell"
    return (
        f"{warehouse}：{count} 个在售商品库存未知（{zh}），没有列入建议：{'、'.join(some)}{more_zh}。",
        f"{count} skus not planned: no stock known for {warehouse} ({en}): {', '.join(some)}{more_en}.",
    )


def launch_notes(known: Known) -> list[Words]:
    """The launches that nothing is like: a person has to say how many of them to order."""
    alone = known.launches_alone
    if not alone:
        return []
    more_zh, more_en = (" 等", " and others") if len(alone) > NAMED else ("", "")
    return [
        (
            f"{len(alone)} 个新品没有足够的同类商品可以参照，没有首批建议：{'、'.join(alone[:NAMED])}{more_zh}。",
            f"{len(alone)} launches have too few skus like them to suggest a first order: "
            f"{', '.join(alone[:NAMED])}{more_en}.",
        )
    ]


def held_notes(excess: pd.DataFrame, currency: str = "CNY") -> list[Words]:
    """The plan's whole excess with its money: what is asked for, what is best held on to and so on no line, and what of
    it is off sale. With it the list's money is the plan's."""
    if excess.empty:
        return []
    fresh = int(excess["too_fresh"].sum())
    excess = excess[excess["quantity"] > 0]
    held = excess[excess["action"] == "hold"]
    asked = excess[excess["action"] != "hold"]
    ended = excess[excess["ended_day"].notna() & (excess["daily_mean"] <= 0)]
    whole_zh, whole_en = _positions(excess, currency)
    asked_zh, asked_en = _positions(asked, currency)
    held_zh, held_en = _positions(held, currency)
    notes = [
        (
            f"积压合计 {whole_zh}；其中建议处理 {asked_zh}，继续持有最省、这里不列出 {held_zh}。",
            f"All excess: {whole_en}; asked for here: {asked_en}; best held on to, and not listed: {held_en}.",
        )
    ]
    if len(held):
        worst = held.sort_values(["tied_up_micros", "sku"], ascending=[False, True]).head(NAMED)
        bought = int(held["is_bought"].sum())
        why_zh = f"，其中 {bought} 处同款在别的仓还要补货或正在催货，不宜降价" if bought else ""
        why_en = (
            f"; {bought} are of skus that another warehouse orders or waits for, and not sold off" if bought else ""
        )
        named = worst.to_dict("records")
        zh, en = (stop.join(_held_line(line, lang) for line in named) for stop, lang in (("、", "zh"), (", ", "en")))
        notes.append((f"继续持有占用最多的：{zh}{why_zh}。", f"Held, most money first: {en}{why_en}."))
    if len(ended):
        zh, en = _positions(ended, currency)
        notes.append((f"积压中已下架商品 {zh}。", f"Of the excess, off sale: {en}."))
    if fresh:
        notes.append(
            (
                f"另有 {fresh} 件刚到货不久，先不处理，未计入。",
                f"{fresh} more units came only lately: they are left alone for now, and not counted.",
            )
        )
    working = int(excess["in_work"].sum())
    if working:
        notes.append(
            (f"另有 {working} 件已有人在处理，未计入。", f"{working} more units are being dealt with, and not counted.")
        )
    return notes


def freed_notes(known: Known, currency: str = "CNY") -> list[Words]:
    """What came of the excess that people agreed to get rid of in the last weeks: units and money then, and what of it
    has left its shelf since."""
    if known.cleared.empty:
        return []
    cost = known.products.drop_duplicates("sku", keep="last").set_index("sku")["cost_micros"]
    stock = known.stock[["sku", "warehouse", "on_hand"]]
    met = known.cleared.merge(stock, on=["sku", "warehouse"], suffixes=("_then", ""))
    if met.empty:
        return []
    gone = np.minimum((met["on_hand_then"] - met["on_hand"]).clip(lower=0), met["quantity"])
    each = met["sku"].map(cost).astype("Float64").fillna(0)
    asked, freed = amount(round(float((each * met["quantity"]).sum()))), amount(round(float((each * gone).sum())))
    since, units, left = str(met["acted_day"].min()), int(met["quantity"].sum()), int(gone.sum())
    zh, en = (currency_name(currency, language) for language in LANGUAGES)
    return [
        (
            f"{since} 以来已处理积压 {len(met)} 处、{units} 件（占用 {asked} {zh}）：库存已减少 {left} 件，"
            f"释放资金 {freed} {zh}。",
            f"Since {since}, {len(met)} positions of excess were dealt with, {units} units ({asked} {en} tied up): "
            f"{left} have left their shelves, {freed} {en} freed.",
        )
    ]


def _positions(part: pd.DataFrame, currency: str) -> Words:
    units, money = int(part["quantity"].sum()), amount(part["tied_up_micros"].sum())
    zh, en = (currency_name(currency, language) for language in LANGUAGES)
    return (
        f"{len(part)} 处 {units} 件，占用 {money} {zh}",
        f"{len(part)} positions, {units} units, {money} {en} tied up",
    )


def _held_line(line: Mapping[str, Any], language: str) -> str:
    cover, money = line["cover_days"], amount(line["tied_up_micros"])
    if language == "zh":
        lasts = "按预测卖不动" if pd.isna(cover) else f"够卖 {cover} 天"
        return f"{line['sku']} {line['warehouse']} {line['quantity']} 件 {money}（{line['grade']} 级，{lasts}）"
    lasts = "does not sell" if pd.isna(cover) else f"{cover} days of cover"
    return f"{line['sku']} at {line['warehouse']}, {line['quantity']} units, {money} (grade {line['grade']}, {lasts})"


def catch_up_notes(plan: DayPlan, share: float, currency: str = "CNY") -> list[Words]:
    """What of the day's orders makes up for earlier days: a merchant that follows the lists orders about what sells
    between two looks, so what a line needs beyond that was missing before.

    share: of the orders; less is the usual to and fro."""
    lines = plan.lines[plan.lines["quantity"] > 0]
    between = np.ceil(lines["daily_mean"] * lines["review_period_days"].astype(float))
    usual = np.maximum(between, lines["moq"])
    units = (np.minimum(lines["need"], lines["quantity"]) - usual).clip(lower=0)
    cost = (lines["cost_micros"].astype("Float64") / lines["quantity"] * units).sum()
    whole = lines["cost_micros"].sum()
    if not units.sum() or cost < share * whole:
        return []
    zh, en = (currency_name(currency, language) for language in LANGUAGES)
    first, total = amount(round(float(cost))), amount(whole)
    return [
        (
            f"建议订货合计 {total} {zh}，其中 {first} {zh} 为首次补足（把以前的缺口补到目标库存，"
            f"照单下单后会降下来），其余为日常补货。资金紧张时可设每日采购预算，分几天下单，先订最值得订的。",
            f"Suggested orders come to {total} {en}; {first} {en} of it make up for what was missing before, most of "
            f"it in the first days of following the lists. `budget` spreads it over days, the most profitable first.",
        )
    ]


WAITS: Mapping[str, Words] = {
    "rest": ("供应商休假，晚一天下单也同样到货", "their supplier rests, and an order of the next look comes as soon"),
    "minimum": ("还没凑足供应商的起订金额", "their supplier's least order is not reached yet"),
    "turn": (
        "清单已满，排到明天，晚一天预计共少赚 {cost} {money}",
        "the list is full, and a day's wait is expected to lose {cost} {money} of margin in all",
    ),
    "order_day": ("等供应商下单日 {day}", "they wait for their supplier's order day, {day}"),
}


def waiting_notes(plan: DayPlan, currency: str = "CNY") -> list[Words]:
    """What is needed and waits, by what it waits for: these lines are on no list yet."""
    waiting = plan.lines[plan.lines["waits_for"] != ""]
    notes = []
    for (kind, day), part in waiting.groupby(["waits_for", waiting["order_day"].fillna("")], sort=True):
        count, units = len(part), int(part["deferred"].sum())
        cost = amount(part["waiting_cost_micros"].sum())
        zh, en = (
            text.format(day=day, cost=cost, money=currency_name(currency, language))
            for text, language in zip(WAITS[str(kind)], LANGUAGES, strict=True)
        )
        notes.append(
            (
                f"另有 {count} 行（需要 {units} 件）今天不列出：{zh}。",
                f"{count} more lines ({units} units needed) are not listed today: {en}.",
            )
        )
    return notes
