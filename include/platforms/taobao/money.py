"""Taobao's and Tmall's money: the Alipay bill and 天猫货款; and 商家中心_商品信息, which tells a product id's code."""

import pandas as pd

from include.exports.building.money_rows import balance, money_report
from include.exports.canonical import canonical
from include.exports.declaration import Column, Context, Ignored, Kind, Report, header_list

# Alipay's merchant order number of a Taobao order: T200P and the order's own number.
_ALIPAY_PREFIX = r"^T\d+P(?=\d)"


def _ignored_listings(rows: pd.DataFrame, context: Context) -> Ignored:
    code_there = rows["sku"].notna()
    codes = rows[code_there].groupby("listing_code")["sku"].nunique()
    several = rows["listing_code"].map(codes).fillna(0) > 1
    again = rows["listing_code"].notna() & rows[["listing_code", "sku"]].duplicated() & ~several
    return [
        ((~code_there).to_numpy(), "product without a code"),
        (several.to_numpy(), "product of several codes: its order lines say which"),
        (again.to_numpy(), "product named before"),
    ]


def _listings(rows: pd.DataFrame, context: Context) -> dict[str, pd.DataFrame]:
    return {"listings": canonical("listings", rows.assign(quantity=1))}


def _of_order(rows: pd.DataFrame) -> pd.DataFrame:
    order = rows["merchant_order"].fillna(rows["base_order"])
    return rows.assign(order_id=order.str.replace(_ALIPAY_PREFIX, "", regex=True).astype("str"))


BILL = money_report(
    name="bill",
    title="Alipay bill",
    columns=(
        Column("movement_id", ("账务流水号",), Kind.ID, required=True, filled=True),
        Column("moved_at", ("发生时间",), Kind.TIME, required=True, filled=True),
        Column("income_micros", ("收入金额(+元)",), Kind.MONEY, required=True, remarks=True),
        Column("spending_micros", ("支出金额(-元)",), Kind.MONEY, required=True, remarks=True),
        Column("merchant_order", ("商户订单号",), Kind.ID),
        Column("base_order", ("业务基础订单号",), Kind.ID),
        Column("kind", ("业务类型",), Kind.TEXT),
        Column("fee", ("业务描述",), Kind.TEXT),
    ),
    known="账务流水号,业务流水号,商品名称,发生时间,收入金额（+元）,支出金额（-元）,账户余额（元）,业务类型,备注,商户订单号,对方账号,业务描述,"
    "业务基础订单号",
    generations=(("Alipay", ("账务流水号", "业务流水号")),),
    key=("movement_id",),
    amount=lambda rows: balance(rows["income_micros"], rows["spending_micros"]),
    keep_together_by=("movement_id",),
    prepare=_of_order,
)

# The report is of a month and has no times: moved_at stays unknown.
GOODS_PAYMENTS = money_report(
    name="goods_payments",
    title="Tmall goods payments (交易货款)",
    columns=(
        Column("line_id", ("子订单号",), Kind.ID, required=True, filled=True),
        Column("order_id", ("订单号",), Kind.ID, required=True, filled=True),
        Column("income_micros", ("订单实际金额(元)",), Kind.MONEY, required=True),
        Column("refunded_micros", ("退款金额(元)",), Kind.MONEY, required=True),
    ),
    known="子订单号,订单号,数量,订单实际金额（元）,退款金额（元）,商品名称",
    day=None,
    generations=(("month", ("子订单号", "订单实际金额(元)")),),
    key=("line_id",),
    amount=lambda rows: balance(rows["income_micros"], rows["refunded_micros"]),
    keep_together_by=("line_id",),
    prepare=lambda rows: rows.assign(movement_id="货款/" + rows["line_id"], kind="交易货款"),
)

# For shops whose item reports lack 商家编码: their lines are known by 商品ID. Where the ERP's own table of listings
# names the same product ids, bring in one of the two.
LISTINGS = Report(
    name="listings",
    title="Tmall products (商家中心_商品信息)",
    columns=(
        Column("listing_code", ("商品id",), Kind.ID, required=True, filled=True),
        Column("sku", ("商品编码",), Kind.ID, required=True),
        Column("title", ("商品名称",), Kind.TEXT),
    ),
    known=header_list("商品id,发布时间,商品名称,品牌,系列,规格,商品编码,条形码,商品价格,颜色分类"),
    generations=(("商品信息", ("商品id", "条形码")),),
    keep_together_by=("listing_code",),
    build=_listings,
    ignore=_ignored_listings,
)

REPORTS = (BILL, GOODS_PAYMENTS, LISTINGS)
