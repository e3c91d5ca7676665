"""金蝶云星空: 即时库存, a row a batch and bin, 合计 as its last row; a sku's shelf is the sum of its rows."""

from include.exports.building.stock_parts import stock_report

STOCK = stock_report(
    "金蝶 stock (即时库存)",
    {
        "sku": ("物料编码",),
        "warehouse": ("仓库名称",),
        "on_hand": ("库存量(主单位)",),
        "available": ("可用量(主单位)",),
        "stock_day": ("日期",),
    },
    known="物料编码,物料名称,规格型号,仓库名称,仓位,批号,库存主单位,库存量(主单位),可用量(主单位),库存基本单位,库存量(基本单位),"
    "可用量(基本单位)",
    generations=(("即时库存", ("库存主单位", "库存量(主单位)")),),
    required=("sku", "on_hand", "available", "warehouse"),
    warehouse_pattern=None,
)

REPORTS = (STOCK,)
