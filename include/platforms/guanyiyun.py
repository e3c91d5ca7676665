"""管易云: stock in both of its layouts. 可用数 is taken before 可销数, which may count what is still on its way."""

import pandas as pd

from include.exports.declaration import Column, Context, Kind, Report, header_list
from include.platforms.stock_parts import AMOUNTS, stock_frame


def _stock(rows: pd.DataFrame, context: Context) -> dict[str, pd.DataFrame]:
    return stock_frame(rows.assign(sku=rows["spec_code"].fillna(rows["sku"])), context)


STOCK = Report(
    platform="guanyiyun",
    name="stock",
    title="管易云 stock (库存查询)",
    columns=(
        Column("sku", ("商品代码", "货品代码"), Kind.ID, required=True, filled=True),
        Column("spec_code", ("规格代码",), Kind.ID),
        Column("on_hand", ("库存数", "数量"), Kind.QUANTITY, required=True, filled=True),
        Column("available", ("可用数", "可销数"), Kind.QUANTITY, required=True),
        Column("locked", ("锁定数", "订单占用数"), Kind.QUANTITY),
        Column("in_transit", ("在途数",), Kind.QUANTITY),
        Column("warehouse", ("仓库", "仓库名称"), Kind.TEXT, filled=True),
        Column("stock_day", ("日期",), Kind.DAY, filled=True),
    ),
    known=header_list(
        "商品代码,货品代码,规格代码,商品名称,规格名称,仓库,数量,库存数,可销数,可配数,锁定数,在途数,商品建档日期,已配货数,订单占用数,"
        "调拨占用数,唯品占用数,可用数"
    ),
    generations=(("by occupation", ("订单占用数", "可用数")), ("by lock", ("可销数", "锁定数"))),
    warehouse_pattern=r"库存[^_-]*[_-](?P<warehouse>[^_]+?)[_-]\d{4}",
    day="stock_day",
    gathered=(("warehouse", "sku", "spec_code", "stock_day"), AMOUNTS),
    together=("spec_code", "sku"),
    build=_stock,
)

REPORTS = (STOCK,)
