"""Pinduoduo (拼多多): the daily product data and advertising."""

import pandas as pd

from include.exports.building.traffic_rows import part, traffic_report
from include.exports.declaration import Column, Kind

_TRAFFIC_HEADERS = (
    "商品ID,商品名称,一级类目,二级类目,三级类目,商品访客数,商品浏览量,成交金额,成交件数,成交订单数,成交买家数,成交转化率,商品收藏用户数,"
    "确认订单数,下单用户数,下单率,成交率"
)
_ADS_HEADERS = (
    "日期,商品ID,商品名称,推广场景,推广名称,出价方式,分组,是否已删除,成交花费(元),交易额(元),实际投产比,总花费(元),曝光量,"
    "点击量"
)


def _ads(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.assign(part=part("ads", (rows["scene"] + " " + rows["promotion"].fillna("")).str.strip()))


TRAFFIC = traffic_report(
    name="traffic",
    title="拼多多 product data a day (商品数据)",
    columns=(
        Column("listing_id", ("商品ID",), Kind.ID, required=True, filled=True),
        Column("traffic_day", ("统计日期", "日期"), Kind.DAY),
        Column("visitors", ("商品访客数",), Kind.QUANTITY, required=True),
        Column("views", ("商品浏览量",), Kind.QUANTITY),
        Column("favourites", ("商品收藏用户数",), Kind.QUANTITY),
        Column("paid_buyers", ("成交买家数",), Kind.QUANTITY),
        Column("paid_units", ("成交件数",), Kind.QUANTITY),
        Column("paid_micros", ("成交金额",), Kind.MONEY, required=True),
    ),
    known=_TRAFFIC_HEADERS,
    generations=(("product data", ("商品收藏用户数",)),),
    key=("listing_id", "traffic_day"),
)

ADS = traffic_report(
    name="ads",
    title="拼多多 advertising by day (商品推广 分天数据)",
    columns=(
        Column("listing_id", ("商品ID",), Kind.ID, required=True),
        Column("traffic_day", ("日期",), Kind.DAY, required=True, filled=True),
        Column("scene", ("推广场景",), Kind.TEXT, required=True),
        Column("promotion", ("推广名称",), Kind.TEXT),
        Column("impressions", ("曝光量",), Kind.QUANTITY),
        Column("views", ("点击量",), Kind.QUANTITY),
        Column("paid_micros", ("交易额(元)",), Kind.MONEY, required=True),
        Column("spend_micros", ("总花费(元)",), Kind.MONEY, required=True),
    ),
    known=_ADS_HEADERS,
    generations=(("by day", ("推广场景", "总花费(元)")),),
    money="spend_micros",
    prepare=_ads,
)

REPORTS = (TRAFFIC, ADS)
