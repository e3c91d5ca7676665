"""The merchant's own sheet of promotions, kept in the ERP's folder: `活动计划_<day>.csv`

活动名称,商家编码,开始日期,结束日期,活动价,状态: every promotion of a sku since the first day, and those that begin
within four weeks. Shop-wide sales (Double 11) are not in it.
"""

from __future__ import annotations

from datetime import date

import numpy as np

from include.simulation.specimen.business import Specimen
from include.simulation.specimen.settings import day_number
from include.simulation.specimen.writers.sheet import Sheet, columns, days, money, pick, texts, whole

PLANNED_AHEAD = 28


def promotions(specimen: Specimen, day: date) -> Sheet:
    """What is planned as of the night after `day`."""
    goods, number = specimen.catalogue, day_number(day)
    first = day_number(specimen.settings.first_day) - 10
    sku, begin, end, depth = specimen.demand.promotions(first, number + PLANNED_AHEAD)
    there = (goods.launched[sku] <= begin) & (goods.ended[sku] > end)
    sku, begin, end, depth = sku[there], begin[there], end[there], depth[there]
    month = begin.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    price = np.maximum(np.round(goods.price_fen[sku] * (1 - depth) / 10), 10).astype(np.int64) * 10
    return Sheet(
        name=f"活动计划_{day}.csv",
        header=columns("活动名称,商家编码,开始日期,结束日期,活动价,状态"),
        rows=len(sku),
        roles={"id": ("商家编码",), "time": ("开始日期",)},
        cells={
            "活动名称": texts(whole(1970 + month // 12), "年", whole(month % 12 + 1), "月单品促销"),
            "商家编码": pick(goods.sku_codes, sku),
            "开始日期": days(begin),
            "结束日期": days(end),
            "活动价": money(price),
            "状态": "已报名",
        },
    )
