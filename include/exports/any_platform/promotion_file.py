"""Promotions as rows: which sku is sold from when to when at which price (活动计划, 活动报名).

A row is a sku in a promotion. Its price may be said, or as a discount from the list price; what people expect it to
sell, as a multiple of ordinary days; how many pieces it is limited to. All rows of a promotion stand in one file: the
newest export that names the promotion replaces them, so that a row it leaves out is withdrawn. A promotion that is
called off as a whole says so in its status.

    活动名称,商家编码,店铺,开始日期,结束日期,活动价,折扣,预计倍数,活动库存,状态
"""

import re
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from include.exports.canonical import canonical
from include.exports.declaration import Column, Context, Held, Kind, Report, header_list
from include.exports.headers import matching

FRAME = "promotions"
PLANNED, CANCELLED = "planned", "cancelled"
_PLANNED = (
    "计划中 已计划 报名中 已报名 报名成功 待审核 审核中 审核通过 已通过 未开始 待开始 预热中 进行中 已开始 已结束 有效 "
    "planned confirmed running ended"
)
_CANCELLED = (
    "已取消 取消 已撤销 撤销 已撤回 撤回 报名失败 审核不通过 审核未通过 未通过 已驳回 驳回 作废 已作废 已终止 无效 "
    "cancelled canceled withdrawn"
)
STATUSES = {**dict.fromkeys(_PLANNED.split(), PLANNED), **dict.fromkeys(_CANCELLED.split(), CANCELLED)}
DISCOUNT_EXPECTED = "what is paid, such as 8.5折, or what is taken off, such as -15% or 15% off"
LIFT_EXPECTED = "a multiple of ordinary days, such as 1.5 or 1.5倍, or what comes on top, such as +50%"
LARGEST_LIFT = 100

COLUMNS = (
    Column(
        "promotion", ("活动名称", "活动", "促销活动", "促销名称", "活动主题", "营销活动", "promotion"), Kind.TEXT,
        required=True, filled=True,
    ),
    Column(
        "sku", ("商家编码", "商品编码", "SKU编码", "商家SKU", "规格编码", "sku"), Kind.ID, required=True, filled=True
    ),
    Column("for_shop", ("店铺", "店铺名称", "活动店铺", "报名店铺", "shop"), Kind.TEXT),
    Column(
        "first_day",
        ("开始日期", "活动开始日期", "开始时间", "活动开始时间", "活动开始", "起始日期", "生效日期", "from"),
        Kind.DAY, required=True, filled=True,
    ),
    Column(
        "last_day",
        ("结束日期", "活动结束日期", "结束时间", "活动结束时间", "活动结束", "截止日期", "失效日期", "to"),
        Kind.DAY, required=True, filled=True,
    ),
    Column("price_micros", ("活动价", "活动价格", "促销价", "报名价", "到手价", "预计到手价", "price"), Kind.MONEY),
    Column("discount_per_mille", ("折扣", "活动折扣", "优惠幅度", "降价幅度", "discount"), Kind.TEXT),
    Column(
        "lift_per_mille",
        ("预计倍数", "预计销量倍数", "预计爆发系数", "爆发系数", "预计增长", "预计提升", "预期销量", "expected_lift"),
        Kind.TEXT,
    ),
    Column("stock_limit", ("活动库存", "报名库存", "活动限量", "限量", "活动数量", "stock_limit"), Kind.QUANTITY),
    Column(
        "status", ("状态", "活动状态", "报名状态", "status"), Kind.STATUS, words=STATUSES,
        open_ended="such rows count as planned",
    ),
)  # fmt: skip

_NUMBER = r"(\d+(?:\.\d+)?)"
_OFF = re.compile(rf"(?:-\s*{_NUMBER}\s*%|{_NUMBER}\s*%\s*off|(?:减|降|立减|直降)\s*{_NUMBER}\s*%)", re.IGNORECASE)
_PAID = re.compile(rf"{_NUMBER}\s*折")
_TIMES = re.compile(rf"(?:[x×*]\s*)?{_NUMBER}\s*(?:倍|x|×|times)?", re.IGNORECASE)
_ON_TOP = re.compile(rf"(?:(?P<sign>[+-])\s*|(?:增长|增加|提升|上涨|涨)\s*){_NUMBER}\s*%", re.IGNORECASE)
_SIGNS = str.maketrans("－−＋％．", "--+%.")


def discount_of(text: str) -> int | None:
    """Per mille of the list price that is taken off: 8.5折 and 85折 are 150, -15% is 150; None: not one or the other.

    A bare `85%` or `0.85` may be what is paid or what is taken off, and is neither.
    """
    text = text.translate(_SIGNS).strip()
    if found := _PAID.fullmatch(text):
        number = Decimal(found.group(1))
        paid = number * 100 if number < 10 else number * 10  # 8.5折 and 85折 alike
        return round(1000 - paid) if 0 < paid <= 1000 else None
    if found := _OFF.fullmatch(text):
        off = round(10 * Decimal(next(filter(None, found.groups()))))
        return off if 0 <= off < 1000 else None
    return None


def lift_of(text: str) -> int | None:
    """Per mille of what ordinary days sell: 1.5, 1.5倍 and +50% are 1500; None: a bare `50%`, which may be either."""
    text = text.translate(_SIGNS).strip()
    if found := _TIMES.fullmatch(text):
        lift = round(1000 * Decimal(found.group(1)))
    elif found := _ON_TOP.fullmatch(text):
        share = 10 * Decimal(found.group(2))
        lift = round(1000 - share if found.group("sign") == "-" else 1000 + share)
    else:
        return None
    return lift if 0 < lift <= 1000 * LARGEST_LIFT else None


def held(rows: pd.DataFrame, context: Context) -> Held:
    """Rows whose discount or expected sales can be read in two ways, or in none, and rows of a shop that nobody knows:
    they would count for no sale."""
    shops = context.shop_names or {}
    named = _column(rows, "for_shop")
    strange = [name for name in named.dropna().unique() if shops and matching(name) not in shops]
    told: Held = [
        (
            named.isin(strange).to_numpy(dtype=bool),
            "for_shop",
            f"one of the shops {', '.join(sorted(set(shops.values())))}, or a name among the other_names of one",
        ),
        (_unread(rows, "discount_per_mille", discount_of), "discount_per_mille", DISCOUNT_EXPECTED),
        (_unread(rows, "lift_per_mille", lift_of), "lift_per_mille", LIFT_EXPECTED),
    ]
    return [one for one in told if one[0].any()]


def build(rows: pd.DataFrame, context: Context) -> dict[str, pd.DataFrame]:
    """One row a sku of a promotion. Who names no shop means all, or the shop that the report is said to be for."""
    status = _column(rows, "status").fillna(PLANNED)
    whole = rows.assign(
        for_shop=_column(rows, "for_shop").fillna(context.shop),
        discount_per_mille=_read(rows, "discount_per_mille", discount_of),
        lift_per_mille=_read(rows, "lift_per_mille", lift_of),
        status=status,
    )
    return {FRAME: canonical(FRAME, whole)}


def _column(rows: pd.DataFrame, name: str) -> pd.Series:
    return rows[name].astype("str") if name in rows else pd.Series(None, index=rows.index, dtype="str")


def _read(rows: pd.DataFrame, name: str, parse: Any) -> pd.Series:
    said = _column(rows, name)
    known = {text: parse(text) for text in said.dropna().unique()}
    return said.map(known).astype("Int64")


def _unread(rows: pd.DataFrame, name: str, parse: Any) -> np.ndarray:
    return (_column(rows, name).notna() & _read(rows, name, parse).isna()).to_numpy(dtype=bool)


def report(title: str) -> Report:
    """The report of a platform called `title`."""
    return Report(
        name=FRAME,
        title=f"{title} promotions as rows (活动计划, 活动报名)",
        columns=COLUMNS,
        known=header_list("商品名称,商品标题,名称,商品ID,商品id,日常价,原价,吊牌价,活动类型,负责人,备注"),
        generations=(("a sheet of the merchant's own", ()),),
        day="first_day",
        keep_together_by=("promotion",),
        hold=held,
        build=build,
        guessed="the columns are those of merchants' own sheets; no platform's 活动报名 export was seen: say under "
        "`columns` of the report where yours are called otherwise.",
    )
