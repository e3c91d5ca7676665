"""聚水潭: stock in both of its views."""

from include.exports.building.stock_parts import stock_report, warehouse_after

STOCK = stock_report(
    "聚水潭 stock (商品库存, 库存视角)",
    {
        "sku": ("商品编码",),
        "on_hand": ("实际库存数", "主仓实际库存数", "数量"),
        "available": ("公有可用数", "可用数"),
        "locked": ("订单占有数", "订单占有"),
        "in_transit": ("采购在途数",),
        "moving_in": ("调拨在途数", "调拨在途"),
        "warehouse": ("仓库", "仓库名称"),
        "stock_day": ("日期",),
    },
    known="款式编码,颜色,规格,品牌,商品编码,名称,数量,图片地址链接,订单占有,仓库待发,安全库存下限,安全库存上限,最小备货天数,最大备货天数,"
    "采购在途数,销退仓库存,进货仓库存,虚拟库存,次品库存,调拨在途数,库存锁定,运营云仓可用数,可用数,公有可用数,实际库存数,订单占有数,"
    "销退在途数,虚拟库存数,主仓实际库存数,仓库,日期",
    generations=(("库存视角", ("实际库存数",)), ("商品库存", ("数量", "商品编码"))),
    required=("sku", "on_hand"),
    warehouse_pattern=warehouse_after("商品库存"),
    sum_rows_by=None,
)

REPORTS = (STOCK,)
