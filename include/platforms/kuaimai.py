"""快麦 and its like: stock by SKU编码. 预占数量 is what is promised."""

from include.exports.declaration import Column, Kind, Report, header_list
from include.platforms.stock_parts import AMOUNTS, SHELF, stock_frame

STOCK = Report(
    platform="kuaimai",
    name="stock",
    title="快麦 stock (库存)",
    columns=(
        Column("sku", ("SKU编码",), Kind.ID, required=True, filled=True),
        Column("on_hand", ("总库存",), Kind.QUANTITY, required=True, filled=True),
        Column("available", ("可配货库存",), Kind.QUANTITY, required=True),
        Column("locked", ("预占数量",), Kind.QUANTITY),
        Column("in_transit", ("在途库存",), Kind.QUANTITY),
        Column("warehouse", ("仓库", "仓库名称"), Kind.TEXT, filled=True),
        Column("stock_day", ("日期",), Kind.DAY, filled=True),
    ),
    known=header_list(
        "系统商品ID,系统SKU_ID,商品名称,SKU编码,商品编号,条形码,总库存,可配货库存,预占数量,在途库存,退货待处理"
    ),
    generations=(("stock", ("可配货库存", "预占数量")),),
    warehouse_pattern=r"库存[_-](?P<warehouse>[^_]+?)[_-]\d{4}",
    day="stock_day",
    gathered=(SHELF, AMOUNTS),
    together=("sku",),
    build=stock_frame,
)

REPORTS = (STOCK,)
