"""快麦 and its like: stock by SKU编码. 预占数量 is what is promised."""

from include.exports.building.stock_parts import stock_report

STOCK = stock_report(
    "快麦 stock (库存)",
    {
        "sku": ("SKU编码",),
        "on_hand": ("总库存",),
        "available": ("可配货库存",),
        "locked": ("预占数量",),
        "in_transit": ("在途库存",),
        "warehouse": ("仓库", "仓库名称"),
        "stock_day": ("日期",),
    },
    known="系统商品ID,系统SKU_ID,商品名称,SKU编码,商品编号,条形码,总库存,可配货库存,预占数量,在途库存,退货待处理",
    generations=(("stock", ("可配货库存", "预占数量")),),
)

REPORTS = (STOCK,)
