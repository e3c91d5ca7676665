"""京东商智: a day's visitors and buyers of each JD sku and of the shop; 京准通: its advertising."""

from include.exports.building.traffic_rows import traffic_report
from include.exports.declaration import Column, Kind

SKUS = traffic_report(
    name="traffic",
    title="京东商智 skus by day",
    columns=(
        Column("listing_id", ("SKU",), Kind.ID, required=True, filled=True),
        Column("traffic_day", ("时间",), Kind.DAY, required=True, filled=True),
        Column("visitors", ("商品访客数",), Kind.QUANTITY, required=True),
        Column("views", ("商品浏览量",), Kind.QUANTITY),
        Column("impressions", ("商品曝光次数",), Kind.QUANTITY),
        Column("carts", ("加购客户数",), Kind.QUANTITY),
        Column("paid_buyers", ("成交客户数",), Kind.QUANTITY),
        Column("paid_units", ("成交商品件数",), Kind.QUANTITY),
        Column("paid_micros", ("成交金额",), Kind.MONEY, required=True),
    ),
    known="时间,SKU,SKU名称,一级类目,二级类目,三级类目,成交金额,成交商品件数,成交单量,成交客户数,商品访客数,商品浏览量,搜索曝光次数,搜索点击次数,"
    "商品曝光次数,商品曝光人数,加购客户数,下单金额,下单单量,下单客户数,取消及售后退款金额",
    generations=(("sku by day", ("SKU", "成交商品件数")),),
    key=("traffic_day", "listing_id"),
)

SHOP = traffic_report(
    name="shop_traffic",
    title="京东商智 shop by day (交易概况)",
    columns=(
        Column("traffic_day", ("时间", "日期"), Kind.DAY, required=True, filled=True),
        Column("visitors", ("访客数",), Kind.QUANTITY, required=True),
        Column("views", ("浏览量",), Kind.QUANTITY),
        Column("impressions", ("曝光次数", "商品曝光次数"), Kind.QUANTITY),
        Column("carts", ("加购客户数",), Kind.QUANTITY),
        Column("paid_buyers", ("成交客户数",), Kind.QUANTITY, required=True),
        Column("paid_units", ("成交商品件数",), Kind.QUANTITY),
        Column("paid_micros", ("成交金额",), Kind.MONEY, required=True),
    ),
    known="店铺名称,成交单量,成交转化率,客单价,UV价值,下单金额,下单单量,下单客户数,下单转化率,取消及售后退款金额",
    generations=(("shop by day", ("访客数", "成交客户数")),),
    guessed="its whole header: of 京东商智 only the skus by day have been seen.",
    key=("traffic_day",),
)

ADS = traffic_report(
    name="ads",
    title="京准通 skus by day (京东快车)",
    columns=(
        Column("traffic_day", ("日期", "时间"), Kind.DAY, required=True, filled=True),
        Column("listing_id", ("SKU", "SKUID", "推广SKU"), Kind.ID, required=True, filled=True),
        Column("impressions", ("展现数", "展现量"), Kind.QUANTITY),
        Column("views", ("点击数", "点击量"), Kind.QUANTITY),
        Column("spend_micros", ("花费", "总费用", "总费用(元)"), Kind.MONEY, required=True),
        Column("carts", ("总加购数",), Kind.QUANTITY),
        Column("paid_micros", ("总订单金额", "总订单金额(元)"), Kind.MONEY),
    ),
    known="SKU名称,推广计划,推广单元,点击率,平均点击成本,千次展现成本,总订单行,直接订单行,直接订单金额,间接订单行,间接订单金额,"
    "总转化率,投产比",
    generations=(("skus by day", ("展现数", "总订单行")), ("columns chosen by hand", ())),
    guessed="its whole header: no export of 京准通 has been seen.",
    key=("traffic_day", "listing_id"),
    money="spend_micros",
    prepare=lambda rows: rows.assign(part="ads 京准通"),
)

REPORTS = (SKUS, SHOP, ADS)
