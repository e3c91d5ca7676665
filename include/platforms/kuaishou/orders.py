"""Kuaishou (快手小店): orders (an encrypted workbook, often of several sheets, or csv) and after-sale.

An order is one line of one sku. Money is written ¥1,299.90, nothing as `-`, `--`, `—` or `/`.

What a row means:

- 待付款: unpaid. 待发货, 已支付, 部分发货: paid or on its way. 已发货: shipped. 已收货, 已签收, 交易成功: completed.
- 交易关闭, 已取消: closed; it counts as paid if 订单支付时间 says when, and then all of it was paid back. What was paid
  back of other orders stands in the after-sale export.
- another word: paid if 订单支付时间 says when, else unpaid; the word is told.
- a status that says paid without 订单支付时间, and 货到付款: counted on the day it was ordered.
- 预售定金支付时间: begun with a deposit; unpaid until the balance is paid.
- 实付款 0 and 商品单价 0: a gift.
"""

import pandas as pd

from include.exports.building.after_sale_words import refunds_in_words
from include.exports.building.order_parts import payments_told
from include.exports.building.single_lines import one_line_orders
from include.exports.declaration import BY_PAYMENT, Column, Context, Kind, Report, header_list, meanings

STATUSES = meanings(
    unpaid="待付款",
    paid="已支付,待发货",
    shipped="部分发货,已发货",
    completed="已签收,已收货,交易成功",
    closed="交易关闭,已取消",
)
_ORDER_HEADERS = header_list(
    "订单号,订单编号,赠品订单号,活动订单编号,订单创建时间,订单支付时间,预售定金支付时间,订单状态,实付款,订单应付金额,快递费,店铺优惠,"
    "平台补贴,主播补贴,混资活动优惠,支付优惠,支付方式,成交数量,买家留言,账号类型,账号明细,订单备注,旗帜颜色,售后状态,活动订单,"
    "预售/承诺发货时间,订单载体,国补类型,商品名称,商品ID,商品规格,SKU编码,商品单价,渠道,CPS达人ID,CPS达人昵称,预估推广佣金,"
    "预估推广者分佣比例,团长ID,团长昵称,快赚客ID,快赚客昵称,授权推广者ID,授权推广者昵称,收货人姓名,收货人电话,收货地址-省,收货地址-市,"
    "收货地址-区,收货地址-街道,收货地址,发货时间,快递公司,快递单号,运单号,物流信息,集运类型,直邮类型,仓库名称,仓库地址,发货类型,"
    "实名姓名,服务门店ID,服务门店名称,服务门店地址,国补/类国补/消费券,订单销售主体"
)


def _orders(rows: pd.DataFrame, context: Context) -> dict[str, pd.DataFrame]:
    free = (rows["total_micros"] == 0) & (rows["unit_price_micros"] == 0).fillna(False)
    is_presale = rows["deposit_paid_at"].notna()
    closed = rows["status"] == "closed"
    return one_line_orders(rows.assign(is_gift=free.fillna(False), is_presale=is_presale, paid_back=closed), context)


ORDERS = Report(
    name="orders",
    title="快手 orders",
    columns=(
        Column("order_id", ("订单号", "订单编号"), Kind.ID, required=True, filled=True),
        Column("status", ("订单状态",), Kind.STATUS, required=True, filled=True, words=STATUSES, open_ended=BY_PAYMENT),
        Column("method", ("支付方式",), Kind.TEXT),
        Column("created_at", ("订单创建时间",), Kind.TIME, required=True, filled=True),
        Column("paid_at", ("订单支付时间",), Kind.TIME, required=True),
        Column("deposit_paid_at", ("预售定金支付时间",), Kind.TIME),
        Column("total_micros", ("实付款", "订单应付金额"), Kind.MONEY, required=True, filled=True),
        Column("freight_micros", ("快递费",), Kind.MONEY),
        Column("quantity", ("成交数量",), Kind.QUANTITY, required=True, filled=True),
        Column("title", ("商品名称",), Kind.TEXT),
        Column("listing_id", ("商品ID",), Kind.ID, required=True),
        Column("merchant_code", ("SKU编码",), Kind.ID, required=True),
        Column("unit_price_micros", ("商品单价",), Kind.MONEY),
        Column("province", ("收货地址-省",), Kind.TEXT),
        Column("city", ("收货地址-市",), Kind.TEXT),
        Column("remark", ("订单备注",), Kind.TEXT, personal=True),
    ),
    known=_ORDER_HEADERS,
    generations=(("older", ("订单编号", "SKU编码")), ("64 columns", ("订单号", "SKU编码"))),
    key=("order_id",),
    day="created_at",
    money="total_micros",
    tell=payments_told("订单支付时间"),
    keep_together_by=("order_id",),
    build=_orders,
)

AFTER_SALE = Report(
    name="refunds",
    title="快手 after-sale",
    columns=(
        Column("refund_id", ("售后单号",), Kind.ID, required=True, filled=True),
        Column("order_id", ("订单编号", "订单号"), Kind.ID, required=True, filled=True),
        Column("refunded_micros", ("退款金额",), Kind.MONEY, required=True, filled=True),
        Column("state", ("售后状态",), Kind.TEXT, required=True, filled=True),
        Column("service", ("售后类型",), Kind.TEXT),
        Column("requested_at", ("申请时间", "售后申请时间"), Kind.TIME),
        Column("ended_at", ("退款成功时间", "退款时间"), Kind.TIME),
        Column("reason", ("售后原因", "申请原因"), Kind.TEXT),
    ),
    generations=(("partly known", ("售后单号", "订单编号", "退款金额", "售后状态")),),
    key=("refund_id",),
    day="requested_at",
    money="refunded_micros",
    keep_together_by=("refund_id",),
    build=refunds_in_words,
    guessed="only 售后单号, 订单编号, 退款金额 and 售后状态 are known of this report; the names by which its times, "
    "its kind and its reason are looked for are guesses, and its other columns are unknown.",
)

REPORTS = (ORDERS, AFTER_SALE)
