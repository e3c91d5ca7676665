"""京东 stock by distribution centre (RDC), of which only four columns are known."""

from include.exports.building.stock_parts import stock_report

STOCK = stock_report(
    "京东 stock by RDC (现货库存)",
    {
        "sku": ("商家SKUID", "货号", "SKU", "京东ID", "SKU/京东ID"),
        "on_hand": ("现货库存",),
        "available": ("可订购库存", "可用库存"),
        "locked": ("预占库存",),
        "in_transit": ("采购在途", "在途库存"),
        "warehouse": ("RDC",),
        "stock_day": ("日期", "时间"),
    },
    known="SKU名称,商品名称,全国现货库存",
    generations=(("by RDC", ("现货库存", "RDC")), ("whole country", ("现货库存",))),
    required=("sku", "on_hand"),
    guessed="all but SKU, RDC, 现货库存 and 全国现货库存. Where the file has no code of the merchant's own, JD's "
    "number is the sku: products must then be called by it.",
)

REPORTS = (STOCK,)
