"""旺店通: stock, as its pages export it (可发货库存) and as its interface names it (可发库存)."""

from include.exports.building.stock_parts import stock_report

STOCK = stock_report(
    "旺店通 stock (库存)",
    {
        "sku": ("商家编码",),
        "on_hand": ("库存", "库存量"),
        "available": ("可发货库存", "可发库存"),
        "locked": ("锁定量", "待发货量"),
        "in_transit": ("采购在途量",),
        "moving_in": ("调拨在途量",),
        "warehouse": ("仓库名称", "仓库", "仓库编号"),
        "stock_day": ("日期",),
    },
    known="商家编码,货品编号,货品名称,规格名称,规格码,条码,库存,警戒库存,可发货库存,采购量,待审核量,待发货量,未付款量,预订单量,采购在途量,"
    "采购到货量,库存量,可发库存,锁定量,调拨在途量,仓库编号,仓库名称,残次品",
    generations=(("interface", ("库存量", "可发库存")), ("export", ("库存", "可发货库存"))),
)

REPORTS = (STOCK,)
