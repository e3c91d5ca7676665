"""Youzan (有赞), the merchant's own site: the order report and the item report.

The order report has two columns called 分销员; fields are found by name, so the second costs nothing. A buyer is known
by phone, and a masked phone (186******05) is many people's, so nobody's.

What an order's status means:

- 待付款: unpaid. 待成团: its group is not full yet; unpaid, since the money goes back if it never is.
- 待接单, 待发货, 待核销: paid. 部分发货, 已发货: shipped. 交易完成, 已完成: completed.
- 交易关闭: closed; it counts as paid if 买家付款时间 says when. 订单已退款金额 says what was paid back.
- another word: paid if 买家付款时间 says when, else unpaid; the word is told.
- a status that says paid without 买家付款时间, and 付款方式 货到付款: counted on the day it was ordered.
- 商品单价 0: a gift.
"""

import pandas as pd

from include.exports.building.order_parts import line_amount, marks_of, numbered_lines, payments_told, with_payments
from include.exports.building.provinces import province_names
from include.exports.canonical import canonical
from include.exports.declaration import BY_PAYMENT, Column, Context, Kind, Report, header_list, meanings

STATUSES = meanings(
    unpaid="待付款,待成团",
    paid="待接单,待发货,待核销",
    shipped="部分发货,已发货",
    completed="已完成,交易完成",
    closed="交易关闭",
)

_ORDER_HEADERS = header_list(
    "订单号,销售渠道,归属店铺,订单类型,订单状态,推广方式,订单来源,订单创建时间,买家付款时间,交易成功时间,付款方式,支付流水号,商品金额合计,"
    "运费,店铺优惠合计,应收订单金额,订单实付金额,支付优惠合计,订单实收金额,订单抵用积分数,店铺优惠方式,支付优惠方式,全部商品名称,"
    "商品种类数,订单配送方式,同城送达时间/提货时间,收货人省份,收货人城市,收货人地区,详细收货地址/提货地址,收货人/提货人,"
    "收货人手机号/提货人手机号,买家备注,订单星级,买家昵称,买家是否会员,买家手机号,下单网点,收银员,分销员,销售导购,专属导购,"
    "订单退款状态,订单已退款金额,商家订单备注,桌号,挂账主体,挂账手机号,团长订单,订单风险标签,分销员手机号"
)
_ITEM_HEADERS = header_list(
    "订单号,外部订单号,订单商品状态,交易成功时间,商品名称,商品类型,商品类目,商品规格,规格编码,商品编码,商品单价,商品数量,商品金额小计,"
    "店铺优惠（分摊）,商品实际成交金额,商品退款状态,商品已退款金额,商家订单备注"
)


def _orders(rows: pd.DataFrame, context: Context) -> dict[str, pd.DataFrame]:
    orders = with_payments(rows).assign(
        refunded_micros=rows["refunded_micros"].fillna(0),
        province=province_names(rows["province"]),
        mark=marks_of(rows["remark"], context.remark_marks),
    )
    return {"orders": canonical("orders", orders)}


def _line_paid(rows: pd.DataFrame) -> pd.Series:
    return rows["paid_micros"].fillna(line_amount(rows["unit_price_micros"], rows["quantity"]))


def _items(rows: pd.DataFrame, context: Context) -> dict[str, pd.DataFrame]:
    code = rows["merchant_code"].fillna(rows["item_code"])
    lines = rows.assign(
        merchant_code=code,
        line_id=numbered_lines(rows["order_id"], code, rows["file_line"]),
        paid_micros=_line_paid(rows),
        status=rows["state"].map(STATUSES),
        is_gift=(rows["unit_price_micros"] == 0).fillna(False)
        | (marks_of(rows["remark"], context.remark_marks) == "gift"),
    )
    return {"order_lines": canonical("order_lines", lines)}


ORDERS = Report(
    name="orders",
    title="有赞 order report",
    columns=(
        Column("order_id", ("订单号",), Kind.ID, required=True, filled=True),
        Column("status", ("订单状态",), Kind.STATUS, required=True, filled=True, words=STATUSES, open_ended=BY_PAYMENT),
        Column("method", ("付款方式",), Kind.TEXT),
        Column("created_at", ("订单创建时间",), Kind.TIME, required=True, filled=True),
        Column("paid_at", ("买家付款时间",), Kind.TIME, required=True),
        # What is to be paid; 订单实付金额 is nothing yet while an order waits for its payment.
        Column("total_micros", ("应收订单金额", "订单实付金额"), Kind.MONEY, required=True, filled=True),
        Column("freight_micros", ("运费",), Kind.MONEY, spared=True),
        Column("refunded_micros", ("订单已退款金额",), Kind.MONEY),
        Column("buyer", ("买家手机号",), Kind.ID, personal=True),
        Column("phone", ("买家手机号",), Kind.TEXT, personal=True),
        Column("receiver_phone", ("收货人手机号/提货人手机号",), Kind.TEXT, personal=True),
        Column("person_name", ("收货人/提货人",), Kind.TEXT, personal=True),
        Column("province", ("收货人省份",), Kind.TEXT),
        Column("city", ("收货人城市",), Kind.TEXT),
        Column("remark", ("商家订单备注",), Kind.TEXT, personal=True),
    ),
    known=_ORDER_HEADERS,
    generations=(("order report", ("应收订单金额", "销售渠道")),),
    key=("order_id",),
    day="created_at",
    money="total_micros",
    tell=payments_told("买家付款时间"),
    keep_together_by=("order_id",),
    build=_orders,
)

ITEMS = Report(
    name="order_lines",
    title="有赞 item report",
    columns=(
        Column("order_id", ("订单号",), Kind.ID, required=True, filled=True),
        Column("title", ("商品名称",), Kind.TEXT, required=True),
        Column("merchant_code", ("规格编码",), Kind.ID, required=True),
        Column("item_code", ("商品编码",), Kind.ID),
        Column("unit_price_micros", ("商品单价",), Kind.MONEY, required=True, filled=True),
        Column("quantity", ("商品数量",), Kind.QUANTITY, required=True, filled=True),
        Column("paid_micros", ("商品实际成交金额",), Kind.MONEY, required=True),
        Column("refunded_micros", ("商品已退款金额",), Kind.MONEY),
        Column("state", ("订单商品状态",), Kind.TEXT),
        Column("remark", ("商家订单备注",), Kind.TEXT, personal=True),
    ),
    known=_ITEM_HEADERS,
    generations=(("item report", ("规格编码", "商品实际成交金额")),),
    money=lambda rows, _: _line_paid(rows),
    keep_together_by=("order_id",),
    build=_items,
    guessed="the item report's columns are known in part; those that are read are among the known ones.",
)

REPORTS = (ORDERS, ITEMS)
