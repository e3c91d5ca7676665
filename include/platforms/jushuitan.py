"""聚水潭: stock in both of its views, and the master data that a merchant exports from it as csv."""

from collections.abc import Callable

import pandas as pd

from include.exports.canonical import canonical
from include.exports.declaration import Column, Context, Kind, Report, header_list
from include.platforms.stock_parts import stock_frame

PURCHASE_STATUSES = {"已审核": "open", "已完成": "closed", "作废": "cancelled"}

_STOCK_HEADERS = header_list(
    "款式编码,颜色,规格,品牌,商品编码,名称,数量,图片地址链接,订单占有,仓库待发,安全库存下限,安全库存上限,最小备货天数,最大备货天数,"
    "采购在途数,销退仓库存,进货仓库存,虚拟库存,次品库存,调拨在途数,库存锁定,运营云仓可用数,可用数,公有可用数,实际库存数,订单占有数,"
    "销退在途数,虚拟库存数,主仓实际库存数,仓库,日期"
)

_GUESS = "the whole header: no export of this report has been seen."


def _frame(name: str) -> Callable[[pd.DataFrame, Context], dict[str, pd.DataFrame]]:
    """Rows that are canonical already, but for their types."""
    return lambda rows, _: {name: canonical(name, rows)}


def _products(rows: pd.DataFrame, context: Context) -> dict[str, pd.DataFrame]:
    """A pack or minimum that is not told is one piece."""
    whole = rows.assign(pack=rows["pack"].fillna(1).clip(lower=1), moq=rows["moq"].fillna(1).clip(lower=1))
    return {"products": canonical("products", whole)}


STOCK = Report(
    platform="jushuitan",
    name="stock",
    title="聚水潭 stock (商品库存, 库存视角)",
    columns=(
        Column("sku", ("商品编码",), Kind.ID, required=True, filled=True),
        Column("on_hand", ("实际库存数", "主仓实际库存数", "数量"), Kind.QUANTITY, required=True, filled=True),
        Column("available", ("公有可用数", "可用数"), Kind.QUANTITY),
        Column("locked", ("订单占有数", "订单占有"), Kind.QUANTITY),
        Column("in_transit", ("采购在途数",), Kind.QUANTITY),
        Column("moving_in", ("调拨在途数", "调拨在途"), Kind.QUANTITY),
        Column("warehouse", ("仓库", "仓库名称"), Kind.TEXT, filled=True),
        Column("stock_day", ("日期",), Kind.DAY, filled=True),
    ),
    known=_STOCK_HEADERS,
    generations=(("库存视角", ("实际库存数",)), ("商品库存", ("数量", "商品编码"))),
    warehouse_pattern=r"商品库存[_-](?P<warehouse>[^_]+?)[_-]\d{4}",
    day="stock_day",
    together=("sku",),
    build=stock_frame,
)

PRODUCTS = Report(
    platform="jushuitan",
    name="products",
    title="聚水潭 products",
    columns=(
        Column("sku", ("商品编码",), Kind.ID, required=True, filled=True),
        Column("title", ("商品名称", "名称"), Kind.TEXT, required=True),
        Column("category", ("分类",), Kind.TEXT),
        Column("brand", ("品牌",), Kind.TEXT),
        Column("list_price_micros", ("基本售价",), Kind.MONEY, required=True),
        Column("cost_micros", ("成本价",), Kind.MONEY, required=True),
        Column("pack", ("装箱数",), Kind.QUANTITY),
        Column("moq", ("起订量",), Kind.QUANTITY),
        Column("shelf_life_days", ("保质期天数",), Kind.QUANTITY),
        Column("supplier", ("供应商编码",), Kind.ID),
        Column("launched_day", ("上架日期",), Kind.DAY),
        Column("ended_day", ("下架日期",), Kind.DAY),
    ),
    generations=(("csv", ("基本售价",)),),
    key=("sku",),
    together=("sku",),
    build=_products,
    guessed=_GUESS,
)

LISTINGS = Report(
    platform="jushuitan",
    name="listings",
    title="聚水潭 listings",
    columns=(
        Column("listing_code", ("平台商品编码",), Kind.ID, required=True, filled=True),
        Column("sku", ("商品编码",), Kind.ID, required=True, filled=True),
        Column("quantity", ("数量",), Kind.QUANTITY, required=True, filled=True),
        Column("for_shop", ("店铺",), Kind.TEXT),
    ),
    generations=(("csv", ("平台商品编码",)),),
    key=("listing_code", "sku"),
    together=("listing_code",),
    build=_frame("listings"),
    guessed=_GUESS,
)

SUPPLIERS = Report(
    platform="jushuitan",
    name="suppliers",
    title="聚水潭 suppliers",
    columns=(
        Column("supplier", ("供应商编码",), Kind.ID, required=True, filled=True),
        Column("title", ("供应商名称",), Kind.TEXT, required=True),
        Column("lead_time_days", ("交期天数",), Kind.QUANTITY, required=True),
        Column("review_period_days", ("订货周期天数",), Kind.QUANTITY),
        Column("minimum_order_micros", ("起订金额",), Kind.MONEY),
        Column("return_days", ("可退天数", "退货期天数"), Kind.QUANTITY),
        Column("return_fee_percent", ("退货手续费%", "退货手续费(%)"), Kind.QUANTITY),
    ),
    generations=(("csv", ("交期天数",)),),
    key=("supplier",),
    together=("supplier",),
    build=_frame("suppliers"),
    guessed=_GUESS,
)

PURCHASE_ORDERS = Report(
    platform="jushuitan",
    name="purchase_orders",
    title="聚水潭 purchase orders",
    columns=(
        Column("purchase_order_id", ("采购单号",), Kind.ID, required=True, filled=True),
        Column("line_id", ("行号",), Kind.ID, required=True, filled=True),
        Column("sku", ("商品编码",), Kind.ID, required=True, filled=True),
        Column("supplier", ("供应商编码",), Kind.ID, required=True),
        Column("warehouse", ("仓库",), Kind.TEXT, required=True, filled=True),
        Column("ordered_day", ("下单日期",), Kind.DAY, required=True, filled=True),
        Column("expected_day", ("预计到货日期",), Kind.DAY),
        Column("quantity", ("采购数量",), Kind.QUANTITY, required=True, filled=True),
        Column("unit_cost_micros", ("单价",), Kind.MONEY),
        Column("status", ("状态",), Kind.STATUS, required=True, filled=True, words=PURCHASE_STATUSES),
    ),
    generations=(("csv", ("预计到货日期",)),),
    key=("purchase_order_id", "line_id"),
    day="ordered_day",
    money=lambda rows, _: (rows["unit_cost_micros"] * rows["quantity"]).astype("Int64"),
    together=("purchase_order_id",),
    build=_frame("purchase_orders"),
    guessed=_GUESS,
)

RECEIPTS = Report(
    platform="jushuitan",
    name="receipts",
    title="聚水潭 receipts",
    columns=(
        Column("receipt_id", ("入库单号",), Kind.ID, required=True, filled=True),
        Column("purchase_order_id", ("采购单号",), Kind.ID),
        Column("line_id", ("采购行号",), Kind.ID),
        Column("sku", ("商品编码",), Kind.ID, required=True, filled=True),
        Column("warehouse", ("仓库",), Kind.TEXT, required=True, filled=True),
        Column("received_day", ("入库日期",), Kind.DAY, required=True, filled=True),
        Column("quantity", ("入库数量",), Kind.QUANTITY, required=True, filled=True),
    ),
    generations=(("csv", ("入库单号",)),),
    key=("receipt_id", "line_id", "sku"),
    day="received_day",
    together=("receipt_id",),
    build=_frame("receipts"),
    guessed=_GUESS,
)

REPORTS = (STOCK, PRODUCTS, LISTINGS, SUPPLIERS, PURCHASE_ORDERS, RECEIPTS)
