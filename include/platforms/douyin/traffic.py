"""抖音罗盘: a day of the Douyin shop, its products, live rooms and short videos; 千川 (its advertising).

Two kinds of file. The self-service extract (自助取数) has a column for the day; its 统计日期 is a range
(20260730-20260730) and 日期 the business day. A page's own export has none: the day is in the file's name only.
成交金额 (what the platform counts) and 用户支付金额 (what buyers paid) are two measures and kept apart.
"""

import pandas as pd

from include.exports.building.traffic_rows import part, traffic_report
from include.exports.declaration import Column, Kind

_PAGE_GUESS = "the columns of this page's own export beside its signature: its full header has not been seen."
_DAY = ("日期", "统计日期")


def _live_page(rows: pd.DataFrame) -> pd.DataFrame:
    room = rows["host"].mask(rows["room"].notna(), rows["room"])
    again = rows["room"].isna() & rows["host"].duplicated(keep=False)  # a host may go live several times a day
    started = rows["started_at"].dt.strftime(" %H:%M").fillna("")
    return rows.assign(part=part("live", room.mask(again, room + started)))


SHOP = traffic_report(
    name="shop_traffic",
    title="抖音罗盘 shop by day (自助取数)",
    columns=(
        Column("traffic_day", _DAY, Kind.DAY, required=True, filled=True),
        Column("shop", ("店铺名称",), Kind.TEXT, required=True),
        Column("turnover_micros", ("成交金额",), Kind.MONEY, required=True),
        Column("paid_micros", ("用户支付金额",), Kind.MONEY, required=True),
        Column("paid_buyers", ("成交人数",), Kind.QUANTITY),
        Column("impressions", ("商品曝光人数",), Kind.QUANTITY),
        Column("visitors", ("商品点击人数",), Kind.QUANTITY),
        Column("spend_micros", ("投放消耗(店铺被投)",), Kind.MONEY),
    ),
    known="统计日期,日期,店铺名称,成交金额,用户支付金额,成交订单数,成交人数,结算金额,退款金额（支付时间）,退款金额（退款时间）,"
    "退款订单数（支付时间）,退款订单数（退款时间）,商品曝光人数,商品点击人数,投放消耗（店铺被投）,支出金额（店铺被投）,平台佣金（财务已结算）,"
    "达人佣金（财务已结算）,投放贡献成交金额,净成交金额",
    generations=(("self-service", ("统计日期",)),),
    key=("traffic_day", "shop"),
)

PRODUCTS = traffic_report(
    name="traffic",
    title="抖音罗盘 products by day (自助取数)",
    columns=(
        Column("listing_id", ("商品ID",), Kind.ID, required=True, filled=True),
        Column("traffic_day", _DAY, Kind.DAY, required=True, filled=True),
        Column("paid_micros", ("用户支付金额",), Kind.MONEY, required=True),
        Column("paid_buyers", ("成交人数",), Kind.QUANTITY),
        Column("paid_units", ("成交件数",), Kind.QUANTITY, required=True),
    ),
    known="统计日期,日期,商品ID,商品名称,用户支付金额,成交订单数,成交人数,成交件数",
    generations=(("self-service", ("统计日期",)),),
    key=("traffic_day", "listing_id"),
)

LIVE = traffic_report(
    name="live_traffic",
    title="抖音罗盘 live rooms by day (自助取数)",
    columns=(
        Column("room", ("直播间ID",), Kind.ID, required=True, filled=True),
        Column("traffic_day", _DAY, Kind.DAY, required=True, filled=True),
        Column("paid_micros", ("用户支付金额",), Kind.MONEY, required=True),
        Column("paid_buyers", ("成交人数",), Kind.QUANTITY),
    ),
    known="统计日期,直播间ID,直播间名称,店铺名称,直播开始时间,用户支付金额,成交订单数,成交人数",
    generations=(("self-service", ("统计日期",)),),
    key=("traffic_day", "room"),
    prepare=lambda rows: rows.assign(part=part("live", rows["room"])),
)

VIDEOS = traffic_report(
    name="video_traffic",
    title="抖音罗盘 short videos by day (自助取数)",
    columns=(
        Column("video", ("短视频ID",), Kind.ID, required=True, filled=True),
        Column("traffic_day", _DAY, Kind.DAY, required=True, filled=True),
        Column("paid_micros", ("短视频用户支付金额",), Kind.MONEY, required=True),
    ),
    known="统计日期,成交订单数,短视频ID,店铺名称,视频类型,短视频用户支付金额",
    generations=(("self-service", ("统计日期",)),),
    key=("traffic_day", "video"),
    prepare=lambda rows: rows.assign(part=part("video", rows["video"])),
)

# The page tells what came through product cards, not through live rooms and videos: a part of the listing.
PRODUCT_PAGE = traffic_report(
    name="traffic_page",
    title="抖音罗盘 products, the page's own export",
    columns=(
        Column("listing_id", ("商品ID",), Kind.ID, required=True, filled=True),
        Column("title", ("商品标题",), Kind.TEXT, required=True),
        Column("paid_micros", ("商品卡用户支付金额",), Kind.MONEY, required=True),
        Column("turnover_micros", ("商品卡成交金额",), Kind.MONEY),
        Column("visitors", ("商品卡点击人数", "商品点击人数"), Kind.QUANTITY),
        Column("paid_buyers", ("商品卡成交人数",), Kind.QUANTITY),
        Column("paid_units", ("商品卡成交件数",), Kind.QUANTITY),
    ),
    known="商品ID,商品标题,商品卡用户支付金额,商品卡成交金额,商品卡成交订单数,商品卡曝光人数,商品曝光人数",
    generations=(("page", ("商品标题", "商品卡用户支付金额")),),
    guessed=_PAGE_GUESS,
    key=("listing_id",),
    prepare=lambda rows: rows.assign(part="source 商品卡"),
)

LIVE_PAGE = traffic_report(
    name="live_page",
    title="抖音罗盘 live rooms, the page's own export",
    columns=(
        Column("host", ("主播抖音号",), Kind.ID, required=True, filled=True),
        Column("room", ("直播间ID",), Kind.ID),
        Column("started_at", ("直播开始时间", "开播时间"), Kind.TIME),
        Column("turnover_micros", ("直播间成交金额",), Kind.MONEY, required=True),
        Column("paid_micros", ("直播间用户支付金额", "用户支付金额"), Kind.MONEY),
        Column("visitors", ("直播间观看人数", "观看人数"), Kind.QUANTITY),
        Column("views", ("直播间观看次数", "观看次数"), Kind.QUANTITY),
        Column("paid_buyers", ("直播间成交人数", "成交人数"), Kind.QUANTITY),
        Column("paid_units", ("直播间成交件数", "成交件数"), Kind.QUANTITY),
    ),
    known="主播抖音号,主播昵称,直播间名称,直播标题,直播结束时间,直播时长,直播间成交订单数,成交订单数",
    generations=(("page", ("主播抖音号", "直播间成交金额")),),
    guessed=_PAGE_GUESS,
    money="turnover_micros",
    prepare=_live_page,
)

VIDEO_PAGE = traffic_report(
    name="video_page",
    title="抖音罗盘 short videos, the page's own export",
    columns=(
        Column("video", ("短视频ID", "视频ID"), Kind.ID),
        Column("title", ("短视频标题", "视频标题"), Kind.TEXT),
        Column("views", ("视频观看次数",), Kind.QUANTITY, required=True),
        Column("paid_micros", ("用户支付金额(元)",), Kind.MONEY, required=True),
        Column("turnover_micros", ("成交金额(元)",), Kind.MONEY),
        Column("visitors", ("视频观看人数",), Kind.QUANTITY),
        Column("paid_buyers", ("成交人数",), Kind.QUANTITY),
    ),
    known="视频发布时间,发布时间,视频时长,成交订单数,抖音号,达人昵称",
    generations=(("page", ("视频观看次数", "用户支付金额(元)")),),
    guessed=_PAGE_GUESS,
    prepare=lambda rows: rows.assign(part=part("video", rows["video"].fillna(rows["title"]))),
)

ADS = traffic_report(
    name="ads",
    title="巨量千川 products by day (商品推广)",
    columns=(
        Column("traffic_day", ("日期", "时间"), Kind.DAY, required=True, filled=True),
        Column("listing_id", ("商品ID",), Kind.ID, required=True, filled=True),
        Column("impressions", ("展示次数", "整体展示次数"), Kind.QUANTITY),
        Column("views", ("点击次数", "整体点击次数"), Kind.QUANTITY),
        Column("spend_micros", ("消耗(元)", "消耗", "整体消耗(元)"), Kind.MONEY, required=True),
        Column("paid_micros", ("直接成交金额(元)", "直接成交金额", "整体成交金额(元)"), Kind.MONEY),
    ),
    known="商品名称,点击率,转化率,千次展现费用(元),直接成交订单数,整体成交订单数,直接支付ROI,整体支付ROI,成交订单成本(元)",
    generations=(("products by day", ("消耗(元)", "展示次数")), ("columns chosen by hand", ())),
    guessed="its whole header: no export of 千川 has been seen.",
    key=("traffic_day", "listing_id"),
    money="spend_micros",
    prepare=lambda rows: rows.assign(part="ads 千川"),
)

REPORTS = (SHOP, PRODUCTS, LIVE, VIDEOS, PRODUCT_PAGE, LIVE_PAGE, VIDEO_PAGE, ADS)
