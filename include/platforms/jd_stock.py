"""京东 stock by distribution centre (RDC), of which only four columns are known."""

from include.exports.declaration import Column, Kind, Report, header_list
from include.platforms.stock_parts import AMOUNTS, SHELF, stock_frame

STOCK = Report(
    platform="jd",
    name="stock",
    title="京东 stock by RDC (现货库存)",
    columns=(
        Column("sku", ("商家SKUID", "货号", "SKU", "京东ID", "SKU/京东ID"), Kind.ID, required=True, filled=True),
        Column("on_hand", ("现货库存",), Kind.QUANTITY, required=True, filled=True),
        Column("available", ("可订购库存", "可用库存"), Kind.QUANTITY),
        Column("locked", ("预占库存",), Kind.QUANTITY),
        Column("in_transit", ("采购在途", "在途库存"), Kind.QUANTITY),
        Column("warehouse", ("RDC",), Kind.TEXT, filled=True),
        Column("stock_day", ("日期", "时间"), Kind.DAY, filled=True),
    ),
    known=header_list("SKU名称,商品名称,全国现货库存"),
    generations=(("by RDC", ("现货库存", "RDC")), ("whole country", ("现货库存",))),
    warehouse_pattern=r"库存[_-](?P<warehouse>[^_]+?)[_-]\d{4}",
    day="stock_day",
    gathered=(SHELF, AMOUNTS),
    together=("sku",),
    build=stock_frame,
    guessed="all but SKU, RDC, 现货库存 and 全国现货库存. Where the file has no code of the merchant's own, JD's "
    "number is the sku: products must then be called by it.",
)

REPORTS = (STOCK,)
