"""管易云: stock in both of its layouts. 可用数 is taken before 可销数, which may count what is still on its way."""

import pandas as pd

from include.exports.building.stock_parts import AMOUNTS, stock_frame, stock_report, warehouse_after
from include.exports.declaration import Context


def _stock(rows: pd.DataFrame, context: Context) -> dict[str, pd.DataFrame]:
    return stock_frame(rows.assign(sku=rows["spec_code"].fillna(rows["sku"])), context)


STOCK = stock_report(
    "管易云 stock (库存查询)",
    {
        "sku": ("商品代码", "货品代码"),
        "spec_code": ("规格代码",),
        "on_hand": ("库存数", "数量"),
        "available": ("可用数", "可销数"),
        "locked": ("锁定数", "订单占用数"),
        "in_transit": ("在途数",),
        "warehouse": ("仓库", "仓库名称"),
        "stock_day": ("日期",),
    },
    known="商品代码,货品代码,规格代码,商品名称,规格名称,仓库,数量,库存数,可销数,可配数,锁定数,在途数,商品建档日期,已配货数,订单占用数,"
    "调拨占用数,唯品占用数,可用数",
    generations=(("by occupation", ("订单占用数", "可用数")), ("by lock", ("可销数", "锁定数"))),
    warehouse_pattern=warehouse_after("库存[^_-]*"),
    sum_rows_by=(("warehouse", "sku", "spec_code", "stock_day"), AMOUNTS),
    keep_together_by=("spec_code", "sku"),
    build=_stock,
)

REPORTS = (STOCK,)
