"""聚水潭: the master data that a merchant exports from it as csv."""

from collections.abc import Callable

import pandas as pd

from include.exports.canonical import canonical
from include.exports.declaration import Column, Context, Kind, Report

PURCHASE_STATUSES = {"已审核": "open", "已完成": "closed", "作废": "cancelled"}

_GUESS = "the whole header: no export of this report has been seen."


def _frame(name: str) -> Callable[[pd.DataFrame, Context], dict[str, pd.DataFrame]]:
    """Rows that are canonical already, but for their types."""
    return lambda rows, _: {name: canonical(name, rows)}


def _products(rows: pd.DataFrame, context: Context) -> dict[str, pd.DataFrame]:
    """A pack or minimum that is not told is one piece."""
    whole = rows.assign(pack=rows["pack"].fillna(1).clip(lower=1), moq=rows["moq"].fillna(1).clip(lower=1))
    return {"products": canonical("products", whole)}


PRODUCTS = Report(
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
    keep_together_by=("sku",),
    build=_products,
    guessed=_GUESS,
)

LISTINGS = Report(
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
    keep_together_by=("listing_code",),
    build=_frame("listings"),
    guessed=_GUESS,
)

SUPPLIERS = Report(
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
    keep_together_by=("supplier",),
    build=_frame("suppliers"),
    guessed=_GUESS,
)

PURCHASE_ORDERS = Report(
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
    keep_together_by=("purchase_order_id",),
    build=_frame("purchase_orders"),
    guessed=_GUESS,
)

RECEIPTS = Report(
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
    keep_together_by=("receipt_id",),
    build=_frame("receipts"),
    guessed=_GUESS,
)

REPORTS = (PRODUCTS, LISTINGS, SUPPLIERS, PURCHASE_ORDERS, RECEIPTS)
