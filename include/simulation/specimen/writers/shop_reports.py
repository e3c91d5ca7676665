"""Visitors of a whole shop, advertising and live sessions, as their platforms export them, for one day or many.

生意参谋 店铺 (BIFF .xls), 京东商智 交易概况 (xlsx), 抖音罗盘 店铺 and 直播 (csv); 万相台 (csv, GBK), 京准通 and 千川
(csv) and 多多推广 (BIFF .xls). The headers of 京准通, 千川 and 京东商智's 交易概况 are guesses, as their readers say.
"""

from __future__ import annotations

from datetime import date, datetime

import numpy as np
import pandas as pd
import pyarrow as pa

from include.simulation.specimen import marketing
from include.simulation.specimen.business import Specimen
from include.simulation.specimen.settings import SHOPS
from include.simulation.specimen.writers import douyin, jd
from include.simulation.specimen.writers.sheet import Sheet, columns, days, money, pick, texts, whole
from include.simulation.specimen.writers.traffic import tmall_product_ids

TMALL_SHOP = columns(
    "统计日期,店铺名称,访客数,加购人数,支付金额,支付买家数,支付子订单数,支付件数,全站推广花费,关键词推广花费,精准人群推广花费,"
    "智能场景花费,成功退款金额,评价数,有图评价数,描述相符评分"
)
TMALL_ADS = columns("日期,主体ID,主体名称,展现量,点击量,花费,点击率,投入产出比,总购物车数,总成交金额,成交人数")
JD_SHOP = columns("时间,店铺名称,访客数,浏览量,商品曝光次数,加购客户数,成交客户数,成交单量,成交商品件数,成交金额")
JD_ADS = columns("日期,SKU,SKU名称,推广计划,展现数,点击数,花费,总订单行,总订单金额,投产比")
DOUYIN_SHOP = columns(
    "统计日期,日期,店铺名称,成交金额,用户支付金额,成交订单数,成交人数,商品曝光人数,商品点击人数,投放消耗（店铺被投）"
)
DOUYIN_LIVE = columns("统计日期,直播间ID,直播间名称,店铺名称,直播开始时间,用户支付金额,成交订单数,成交人数")
DOUYIN_ADS = columns("日期,商品ID,商品名称,展示次数,点击次数,消耗(元),直接成交金额(元),直接支付ROI")
PINDUODUO_ADS = columns(
    "日期,商品ID,商品名称,推广场景,推广名称,出价方式,分组,是否已删除,成交花费(元),交易额(元),实际投产比,总花费(元),曝光量,"
    "点击量"
)
ROOMS = 7_310_000_000_000_000_000  # the first live room's number


def tmall_shop(specimen: Specimen, shop: int, first: date, last: date, taken: datetime) -> Sheet:
    """生意参谋's shop by day: two lines above the header, what was spent on advertising among its columns."""
    seen = marketing.shop_traffic(specimen, shop, first, last)
    spent = _spent(specimen, shop, first, last)
    return Sheet(
        name=f"【生意参谋平台】店铺_{first}_{last}.xls",
        title="店铺",
        preamble=("【生意参谋】店铺", f"统计日期：{first}至{last}"),
        header=TMALL_SHOP,
        rows=len(seen),
        roles={"quantity": ("支付件数",), "time": ("统计日期",)},
        cells={
            "统计日期": days(_of(seen, "day")),
            "店铺名称": SHOPS[0].title,
            "访客数": whole(_of(seen, "visitors")),
            "加购人数": whole(_of(seen, "carts")),
            "支付金额": money(_of(seen, "paid_fen")),
            "支付买家数": whole(_of(seen, "buyers")),
            "支付件数": whole(_of(seen, "units")),
            "关键词推广花费": money(seen["day"].map(spent).fillna(0).to_numpy(np.int64)),
        },
    )


def tmall_ads(specimen: Specimen, shop: int, first: date, last: date, taken: datetime) -> Sheet:
    """万相台's products by day, in GBK; the file's name is the time of the export."""
    told = marketing.advertising(specimen, shop, first, last)
    return Sheet(
        name=f"商品报表_{taken:%Y%m%d_%H%M%S}.csv",
        encoding="gb18030",
        header=TMALL_ADS,
        rows=len(told),
        roles={"id": ("主体ID",), "quantity": ("点击量",), "time": ("日期",)},
        cells={
            "日期": days(_of(told, "day")),
            "主体ID": tmall_product_ids(_of(told, "listing")),
            "主体名称": pick(specimen.catalogue.listing_titles, _of(told, "listing")),
            "展现量": whole(_of(told, "impressions")),
            "点击量": whole(_of(told, "clicks")),
            "花费": money(_of(told, "spend_fen")),
            "投入产出比": _ratio(told),
            "总成交金额": money(_of(told, "paid_fen")),
            "成交人数": whole(_of(told, "buyers")),
        },
    )


def jd_shop(specimen: Specimen, shop: int, first: date, last: date, taken: datetime) -> Sheet:
    """京东商智's shop by day."""
    seen = marketing.shop_traffic(specimen, shop, first, last)
    return Sheet(
        name=f"京东商智_交易概况_{first}_{last}.xlsx",
        title="交易概况",
        text_columns=2,
        header=JD_SHOP,
        rows=len(seen),
        roles={"quantity": ("成交商品件数",), "time": ("时间",)},
        cells={
            "时间": days(_of(seen, "day")),
            "店铺名称": SHOPS[1].title,
            "访客数": whole(_of(seen, "visitors")),
            "商品曝光次数": whole(_of(seen, "impressions")),
            "加购客户数": whole(_of(seen, "carts")),
            "成交客户数": whole(_of(seen, "buyers")),
            "成交单量": whole(_of(seen, "orders")),
            "成交商品件数": whole(_of(seen, "units")),
            "成交金额": money(_of(seen, "paid_fen")),
        },
    )


def jd_ads(specimen: Specimen, shop: int, first: date, last: date, taken: datetime) -> Sheet:
    """京准通's skus by day."""
    told = marketing.advertising(specimen, shop, first, last)
    return Sheet(
        name=f"京准通_SKU_{first}_{last}.csv",
        header=JD_ADS,
        rows=len(told),
        roles={"id": ("SKU",), "quantity": ("点击数",), "time": ("日期",)},
        cells={
            "日期": days(_of(told, "day")),
            "SKU": jd.product_ids(_of(told, "listing")),
            "SKU名称": pick(specimen.catalogue.listing_titles, _of(told, "listing")),
            "推广计划": "京东快车",
            "展现数": whole(_of(told, "impressions")),
            "点击数": whole(_of(told, "clicks")),
            "花费": money(_of(told, "spend_fen")),
            "总订单金额": money(_of(told, "paid_fen")),
            "投产比": _ratio(told),
        },
    )


def douyin_shop(specimen: Specimen, shop: int, first: date, last: date, taken: datetime) -> Sheet:
    """抖音罗盘's shop by day, as self-service extracts it."""
    seen = marketing.shop_traffic(specimen, shop, first, last)
    spent = _spent(specimen, shop, first, last)
    return Sheet(
        name=f"采集-shop-{first:%Y%m%d}-{last:%Y%m%d}.csv",
        header=DOUYIN_SHOP,
        rows=len(seen),
        roles={"quantity": ("成交人数",), "time": ("日期",)},
        ending="\n",
        cells={
            "统计日期": f"{first:%Y%m%d}-{last:%Y%m%d}",
            "日期": _plain(seen),
            "店铺名称": SHOPS[2].title,
            "成交金额": money(_of(seen, "paid_fen")),
            "用户支付金额": money(_of(seen, "paid_fen")),
            "成交订单数": whole(_of(seen, "orders")),
            "成交人数": whole(_of(seen, "buyers")),
            "商品曝光人数": whole(_of(seen, "impressions")),
            "商品点击人数": whole(_of(seen, "visitors")),
            "投放消耗（店铺被投）": money(seen["day"].map(spent).fillna(0).to_numpy(np.int64)),
        },
    )


def douyin_live(specimen: Specimen, shop: int, first: date, last: date, taken: datetime) -> Sheet:
    """抖音罗盘's live rooms by day: 统计日期 is a range of one day."""
    told = marketing.live_sessions(specimen, shop, first, last)
    day = _plain(told)
    with_slashes = pa.array([one.replace("-", "/") for one in days(_of(told, "day")).to_pylist()], pa.string())
    hour = pa.array([f" {one:02}:00:00" for one in told["hour"]], pa.string())
    return Sheet(
        name=f"采集-live-{first:%Y%m%d}-{last:%Y%m%d}.csv",
        header=DOUYIN_LIVE,
        rows=len(told),
        roles={"id": ("直播间ID",), "quantity": ("成交人数",), "time": ("直播开始时间",)},
        ending="\n",
        cells={
            "统计日期": texts(day, "-", day),
            "直播间ID": whole(ROOMS + _of(told, "day") * len(marketing.SESSIONS) + _of(told, "room")),
            "直播间名称": SHOPS[2].title,
            "店铺名称": SHOPS[2].title,
            "直播开始时间": texts(with_slashes, hour),
            "用户支付金额": money(_of(told, "paid_fen")),
            "成交订单数": whole(_of(told, "orders")),
            "成交人数": whole(_of(told, "buyers")),
        },
    )


def douyin_ads(specimen: Specimen, shop: int, first: date, last: date, taken: datetime) -> Sheet:
    """千川's products by day."""
    told = marketing.advertising(specimen, shop, first, last)
    return Sheet(
        name=f"千川_商品推广_{first:%Y%m%d}-{last:%Y%m%d}.csv",
        header=DOUYIN_ADS,
        rows=len(told),
        roles={"id": ("商品ID",), "quantity": ("点击次数",), "time": ("日期",)},
        cells={
            "日期": days(_of(told, "day")),
            "商品ID": douyin.product_ids(_of(told, "listing")),
            "商品名称": pick(specimen.catalogue.listing_titles, _of(told, "listing")),
            "展示次数": whole(_of(told, "impressions")),
            "点击次数": whole(_of(told, "clicks")),
            "消耗(元)": money(_of(told, "spend_fen")),
            "直接成交金额(元)": money(_of(told, "paid_fen")),
            "直接支付ROI": _ratio(told),
        },
    )


def pinduoduo_ads(specimen: Specimen, shop: int, first: date, last: date, taken: datetime) -> Sheet:
    """多多推广 by product and day, a 总计 row last."""
    told = marketing.advertising(specimen, shop, first, last)
    sums = {name: int(told[name].sum()) for name in ("spend_fen", "paid_fen", "impressions", "clicks")}

    def with_sum(column: pa.Array, name: str) -> pa.Array:
        last_cell = money(np.array([sums[name]])) if name.endswith("fen") else whole(np.array([sums[name]]))
        return pa.concat_arrays([column, last_cell])

    def with_dash(column: pa.Array, text: str = "-") -> pa.Array:
        return pa.concat_arrays([column, pa.array([text], pa.string())])

    spend = with_sum(money(_of(told, "spend_fen")), "spend_fen")
    return Sheet(
        name=f"商品推广_账户_分天数据_{first:%Y%m%d}至{last:%Y%m%d}.xls",
        title="分天数据",
        header=PINDUODUO_ADS,
        rows=len(told) + 1,
        roles={"id": ("商品ID",), "quantity": ("点击量",), "time": ("日期",)},
        cells={
            "日期": with_dash(days(_of(told, "day")), "总计"),
            "商品ID": with_dash(whole(500_000_000_000 + _of(told, "listing"))),
            "推广场景": with_dash(pa.array(["商品推广"] * len(told), pa.string())),
            "成交花费(元)": spend,
            "总花费(元)": spend,
            "交易额(元)": with_sum(money(_of(told, "paid_fen")), "paid_fen"),
            "曝光量": with_sum(whole(_of(told, "impressions")), "impressions"),
            "点击量": with_sum(whole(_of(told, "clicks")), "clicks"),
        },
    )


def _of(table: pd.DataFrame, name: str) -> np.ndarray:
    return table[name].to_numpy(np.int64)


def _plain(table: pd.DataFrame) -> pa.Array:
    """Days as 20251111."""
    return pa.array([one.replace("-", "") for one in days(_of(table, "day")).to_pylist()], pa.string())


def _spent(specimen: Specimen, shop: int, first: date, last: date) -> dict[int, int]:
    """Day -> fen spent on advertising."""
    told = marketing.advertising(specimen, shop, first, last)
    return {int(day): int(fen) for day, fen in told.groupby("day")["spend_fen"].sum().items()}


def _ratio(told: pd.DataFrame) -> pa.Array:
    """What each yuan spent brought, with two decimals."""
    ratio = told["paid_fen"] / told["spend_fen"]
    return pa.array([f"{one:.2f}" for one in ratio], pa.string())
