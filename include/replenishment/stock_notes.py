"""What stands above the lists about stock that is not known: which skus are not planned, why, and what would help."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from include.replenishment.day_plan import DayPlan, has_sales
from include.replenishment.explain import LANGUAGES, amount
from include.replenishment.knowledge import Known
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
    """What of the plan's excess is best held on to and so on no line: with it the list's money is the plan's."""
    if excess.empty:
        return []
    held = excess[excess["action"] == "hold"]
    if held.empty:
        return []
    worst = held.sort_values(["tied_up_micros", "sku"], ascending=[False, True]).head(NAMED)
    named = [f"{line.sku}（{line.warehouse}）" for line in worst.itertuples()]
    money, whole = amount(held["tied_up_micros"].sum()), amount(excess["tied_up_micros"].sum())
    zh, en = (currency_name(currency, language) for language in LANGUAGES)
    return [
        (
            f"另有 {len(held)} 处积压继续持有最省，占用 {money} {zh}，这里不列出（占用最多的：{'、'.join(named)}）；"
            f"全部积压 {len(excess)} 处，占用 {whole} {zh}。",
            f"{len(held)} more positions, {money} {en} tied up, are best held on to and not listed (most of it: "
            f"{', '.join(f'{line.sku} at {line.warehouse}' for line in worst.itertuples())}); all excess together: "
            f"{len(excess)} positions, {whole} {en}.",
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
