"""旺店通: stock, as its pages export it (可发货库存) and as its interface names it (可发库存)."""

from include.exports.declaration import Column, Kind, Report, header_list
from include.platforms.stock_parts import AMOUNTS, SHELF, stock_frame

STOCK = Report(
    platform="wangdiantong",
    name="stock",
    title="旺店通 stock (库存)",
    columns=(
        Column("sku", ("商家编码",), Kind.ID, required=True, filled=True),
        Column("on_hand", ("库存", "库存量"), Kind.QUANTITY, required=True, filled=True),
        Column("available", ("可发货库存", "可发库存"), Kind.QUANTITY, required=True),
        Column("locked", ("锁定量", "待发货量"), Kind.QUANTITY),
        Column("in_transit", ("采购在途量",), Kind.QUANTITY),
        Column("moving_in", ("调拨在途量",), Kind.QUANTITY),
        Column("warehouse", ("仓库名称", "仓库", "仓库编号"), Kind.TEXT, filled=True),
        Column("stock_day", ("日期",), Kind.DAY, filled=True),
    ),
    known=header_list(
        "商家编码,货品编号,货品名称,规格名称,规格码,条码,库存,警戒库存,可发货库存,采购量,待审核量,待发货量,未付款量,预订单量,采购在途量,"
        "采购到货量,库存量,可发库存,锁定量,调拨在途量,仓库编号,仓库名称,残次品"
    ),
    generations=(("interface", ("库存量", "可发库存")), ("export", ("库存", "可发货库存"))),
    warehouse_pattern=r"库存[_-](?P<warehouse>[^_]+?)[_-]\d{4}",
    day="stock_day",
    gathered=(SHELF, AMOUNTS),
    together=("sku",),
    build=stock_frame,
)

REPORTS = (STOCK,)
