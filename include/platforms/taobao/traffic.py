"""生意参谋 (Taobao's and Tmall's shop reports) and 万相台 (their advertising): a day's visitors, buyers and spending.

The workbooks are true BIFF .xls with a preamble; their header stands in row 5 (some reports: 2 or 6), a 总计 row may
follow, and numbers are text with thousands commas. The report of traffic sources says its day only in its file's name.
客服绩效 ends with six summary rows; it is read for what the shop's service sold as a whole.
"""

import pandas as pd

from include.exports.building.traffic_rows import part, traffic_report
from include.exports.declaration import Column, Kind

_PRODUCT_HEADERS = (
    "统计日期,商品id,商品名称,主商品ID,商品类型,货号,商品状态,商品标签,商品访客数,商品浏览量,平均停留时长,商品详情页跳出率,商品收藏人数,"
    "商品加购件数,商品加购人数,下单买家数,下单件数,下单金额,下单转化率,支付买家数,支付件数,支付金额,商品支付转化率,支付新买家数,支付老买家数,"
    "老买家支付金额,聚划算支付金额,访客平均价值,成功退款金额,竞争力评分,年累计支付金额,月累计支付金额,月累计支付件数,搜索引导支付转化率,"
    "搜索引导访客数,搜索引导支付买家数,结构化详情引导转化率,结构化详情引导成交占比"
)
_SHOP_HEADERS = (
    "统计日期,店铺名称,访客数,加购人数,支付金额,支付买家数,支付子订单数,支付件数,全站推广花费,关键词推广花费,精准人群推广花费,智能场景花费,"
    "成功退款金额,评价数,有图评价数,描述相符评分"
)
_SOURCE_HEADERS = (
    "流量来源,来源明细,访客数,浏览量,支付金额,浏览量占比,店内跳转人数,跳出本店人数,收藏人数,加购人数,下单买家数,下单转化率,支付件数,支付买家数,"
    "支付转化率,直接支付买家数,收藏商品-支付买家数,粉丝支付买家数,加购商品-支付买家数"
)
_ADS_HEADERS = (
    "日期,主体ID,主体类型,主体名称,展现量,点击量,花费,点击率,平均点击花费,千次展现花费,总预售成交金额,总预售成交笔数,直接预售成交金额,"
    "直接预售成交笔数,间接预售成交金额,间接预售成交笔数,直接成交金额,间接成交金额,总成交金额,总成交笔数,直接成交笔数,间接成交笔数,点击转化率,"
    "投入产出比,总成交成本,总购物车数,直接购物车数,间接购物车数,加购率,收藏宝贝数,收藏店铺数,店铺收藏成本,总收藏加购数,总收藏加购成本,"
    "宝贝收藏加购数,宝贝收藏加购成本,总收藏数,宝贝收藏成本,宝贝收藏率,加购成本,拍下订单笔数,拍下订单金额,直接收藏宝贝数,间接收藏宝贝数,"
    "优惠券领取量,购物金充值笔数,购物金充值金额,旺旺咨询量,引导访问量,引导访问人数,引导访问潜客数,引导访问潜客占比,入会率,入会量,引导访问率,"
    "深度访问量,平均访问页面数,成交新客数,成交新客占比,会员首购人数,会员成交金额,会员成交笔数,成交人数,人均成交笔数,人均成交金额"
)
_SERVICE_HEADERS = (
    "统计日期,日期,客服昵称,客服名称,客服,旺旺昵称,旺旺,子账号,咨询人数,接待人数,询单人数,销售金额,销售额,支付金额,销售件数,销售量,支付件数,"
    "销售人数,支付人数,支付买家数,客单价,询单转化率,平均响应时长,首次响应时长,退款金额"
)
_SPENDING = ("全站推广花费", "关键词推广花费", "精准人群推广花费", "智能场景花费")


def _shop(rows: pd.DataFrame) -> pd.DataFrame:
    spent = rows[[f"spend_{number}" for number in range(len(_SPENDING))]]
    return rows.assign(spend_micros=spent.sum(axis=1, min_count=1).astype("Int64"))


def _sources(rows: pd.DataFrame) -> pd.DataFrame:
    """A source and, below it, its details; a detail of 汇总 is the source itself."""
    detail = rows["detail"].mask(rows["detail"].isin(["汇总", "全部"]))
    name = rows["source"].mask(detail.notna(), rows["source"] + "/" + detail.fillna(""))
    return rows.assign(part=part("source", name))


PRODUCTS = traffic_report(
    name="traffic",
    title="生意参谋 products by day",
    columns=(
        Column("traffic_day", ("统计日期",), Kind.DAY, required=True, filled=True),
        Column("listing_id", ("商品id",), Kind.ID, required=True, filled=True),
        Column("visitors", ("商品访客数",), Kind.QUANTITY, required=True),
        Column("views", ("商品浏览量",), Kind.QUANTITY),
        Column("favourites", ("商品收藏人数",), Kind.QUANTITY),
        Column("cart_units", ("商品加购件数",), Kind.QUANTITY),
        Column("cart_people", ("商品加购人数",), Kind.QUANTITY),
        Column("paid_buyers", ("支付买家数",), Kind.QUANTITY),
        Column("paid_units", ("支付件数",), Kind.QUANTITY),
        Column("paid_micros", ("支付金额",), Kind.MONEY, required=True),
    ),
    known=_PRODUCT_HEADERS,
    generations=(
        ("2025", ("主商品ID", "商品类型")),
        ("2022", ("商品id", "竞争力评分")),
        ("columns chosen by hand", ()),
    ),
    key=("traffic_day", "listing_id"),
    prepare=lambda rows: rows.assign(carts=rows["cart_units"].fillna(rows["cart_people"])),
)

SKUS = traffic_report(
    name="sku_traffic",
    title="生意参谋 skus by day",
    columns=(
        Column("platform_sku", ("skuid",), Kind.ID, required=True, filled=True),
        Column("traffic_day", ("统计日期",), Kind.DAY, required=True, filled=True),
        Column("listing_id", ("商品id",), Kind.ID, required=True, filled=True),
        Column("carts", ("加购件数",), Kind.QUANTITY),
        Column("paid_units", ("支付件数",), Kind.QUANTITY, required=True),
        Column("paid_buyers", ("支付买家数",), Kind.QUANTITY),
        Column("paid_micros", ("支付金额",), Kind.MONEY, required=True),
    ),
    known="统计日期,商品id,skuid,sku信息,加购件数,支付件数,支付买家数,支付金额",
    generations=(("skus", ("skuid",)),),
    key=("traffic_day", "platform_sku"),
    prepare=lambda rows: rows.assign(part=part("sku", rows["platform_sku"])),
)

SHOP = traffic_report(
    name="shop_traffic",
    title="生意参谋 shop by day",
    columns=(
        Column("traffic_day", ("统计日期",), Kind.DAY, required=True, filled=True),
        Column("visitors", ("访客数",), Kind.QUANTITY, required=True),
        Column("carts", ("加购人数",), Kind.QUANTITY),
        Column("paid_buyers", ("支付买家数",), Kind.QUANTITY),
        Column("paid_units", ("支付件数",), Kind.QUANTITY),
        Column("paid_micros", ("支付金额",), Kind.MONEY, required=True),
        *(Column(f"spend_{number}", (header,), Kind.MONEY) for number, header in enumerate(_SPENDING)),
    ),
    known=_SHOP_HEADERS,
    generations=(("shop", ("店铺名称", "支付子订单数")), ("columns chosen by hand", ())),
    key=("traffic_day",),
    prepare=_shop,
)

SOURCES = traffic_report(
    name="traffic_sources",
    title="生意参谋 traffic sources (无线)",
    columns=(
        Column("source", ("流量来源",), Kind.TEXT, required=True, filled=True),
        Column("detail", ("来源明细",), Kind.TEXT),
        Column("visitors", ("访客数",), Kind.QUANTITY, required=True),
        Column("views", ("浏览量",), Kind.QUANTITY),
        Column("favourites", ("收藏人数",), Kind.QUANTITY),
        Column("carts", ("加购人数",), Kind.QUANTITY),
        Column("paid_buyers", ("支付买家数",), Kind.QUANTITY),
        Column("paid_units", ("支付件数",), Kind.QUANTITY),
        Column("paid_micros", ("支付金额",), Kind.MONEY),
    ),
    known=_SOURCE_HEADERS,
    generations=(("wireless", ("流量来源",)),),
    key=("source", "detail"),
    prepare=_sources,
)

ADS = traffic_report(
    name="ads",
    title="万相台 products by day (商品报表)",
    columns=(
        Column("listing_id", ("主体ID",), Kind.ID, required=True, filled=True),
        Column("traffic_day", ("日期",), Kind.DAY, required=True, filled=True),
        Column("impressions", ("展现量",), Kind.QUANTITY),
        Column("views", ("点击量",), Kind.QUANTITY, required=True),
        Column("spend_micros", ("花费",), Kind.MONEY, required=True),
        Column("favourites", ("收藏宝贝数",), Kind.QUANTITY),
        Column("carts", ("总购物车数",), Kind.QUANTITY),
        Column("paid_buyers", ("成交人数",), Kind.QUANTITY),
        Column("paid_micros", ("总成交金额",), Kind.MONEY),
    ),
    known=_ADS_HEADERS,
    generations=(("75 columns", ("主体ID", "投入产出比")), ("columns chosen by hand", ())),
    guessed={"75 columns": "the names of the 67 columns after 投入产出比, 总成交金额 and 成交人数 among them."},
    key=("traffic_day", "listing_id"),
    money="spend_micros",
    prepare=lambda rows: rows.assign(part="ads 万相台"),
)

# The agents' rows come added up to one a day: what the shop's service sold, and no agent's name.
SERVICE = traffic_report(
    name="service",
    title="生意参谋 service agents' sales (客服绩效)",
    columns=(
        Column(
            "agent",
            ("客服昵称", "客服名称", "客服", "旺旺昵称", "旺旺", "子账号"),
            Kind.TEXT,
            required=True,
            filled=True,
            personal=True,
        ),
        Column("traffic_day", ("统计日期", "日期"), Kind.DAY),
        Column("visitors", ("接待人数", "咨询人数"), Kind.QUANTITY),
        Column("paid_buyers", ("销售人数", "支付人数", "支付买家数"), Kind.QUANTITY),
        Column("paid_units", ("销售件数", "销售量", "支付件数"), Kind.QUANTITY),
        Column("paid_micros", ("销售金额", "销售额", "支付金额"), Kind.MONEY, required=True),
    ),
    known=_SERVICE_HEADERS,
    generations=(("客服绩效", ()),),
    sum_rows_by=(("traffic_day",), ("visitors", "paid_buyers", "paid_units", "paid_micros")),
    prepare=lambda rows: rows.assign(part="service 客服"),
    guessed="its whole header: only the six summary rows at its end are known.",
)

REPORTS = (PRODUCTS, SKUS, SHOP, SOURCES, ADS, SERVICE)
