"""京东商智: a day's visitors and buyers of each JD sku."""

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

REPORTS = (SKUS,)
