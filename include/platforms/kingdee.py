"""金蝶云星空: 即时库存, a row a batch and bin, 合计 as its last row; a sku's shelf is the sum of its rows."""

from include.exports.declaration import Column, Kind, Report, header_list
from include.platforms.stock_parts import AMOUNTS, SHELF, stock_frame

STOCK = Report(
    platform="kingdee",
    name="stock",
    title="金蝶 stock (即时库存)",
    columns=(
        Column("sku", ("物料编码",), Kind.ID, required=True, filled=True),
        Column("warehouse", ("仓库名称",), Kind.TEXT, required=True, filled=True),
        Column("on_hand", ("库存量(主单位)",), Kind.QUANTITY, required=True, filled=True),
        Column("available", ("可用量(主单位)",), Kind.QUANTITY, required=True),
        Column("stock_day", ("日期",), Kind.DAY, filled=True),
    ),
    known=header_list(
        "物料编码,物料名称,规格型号,仓库名称,仓位,批号,库存主单位,库存量(主单位),可用量(主单位),库存基本单位,库存量(基本单位),"
        "可用量(基本单位)"
    ),
    generations=(("即时库存", ("库存主单位", "库存量(主单位)")),),
    day="stock_day",
    gathered=(SHELF, AMOUNTS[:2]),
    together=("sku",),
    build=stock_frame,
)

REPORTS = (STOCK,)
