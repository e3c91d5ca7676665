"""Taobao's newest order workbook, 已卖出的宝贝: password-protected, a line an item, the order repeated on each.

It has no 子订单编号; lines are numbered within their order. What an order cost is said once an order and shared over
its lines by price. What a status means, orders.py says.
"""

import pandas as pd

from include.exports.building.order_parts import (
    line_amount,
    marks_of,
    numbered_lines,
    order_total_once,
    paid_by_line,
    payments_told,
    with_payments,
)
from include.exports.building.provinces import places_of
from include.exports.canonical import canonical
from include.exports.declaration import BY_PAYMENT, Column, Context, Kind, Report, header_list
from include.platforms.taobao.orders import NO_REFUND, STATUSES


def _sold(rows: pd.DataFrame, context: Context) -> dict[str, pd.DataFrame]:
    rows = with_payments(rows)
    by_order = rows.groupby("order_id", sort=False)
    goods = by_order["total_micros"].transform("first") - by_order["freight_micros"].transform("first").fillna(0)
    code = rows["merchant_code"].fillna(rows["external_code"])
    price = line_amount(rows["unit_price_micros"], rows["quantity"])
    remarks = rows["remark"].fillna("") + "\n" + rows["memo"].fillna("")
    marks = marks_of(remarks, context.remark_marks)
    lines = rows.assign(
        line_id=numbered_lines(rows["order_id"], code, rows["file_line"]),
        merchant_code=code,
        paid_micros=paid_by_line(goods, price, rows["order_id"], context),
        refunded_micros=None,
        is_gift=(rows["unit_price_micros"] == 0).fillna(False) | (marks == "gift"),
    )
    first = ~rows["order_id"].duplicated()
    province, city = places_of(rows["address"])
    orders = rows.assign(
        refunded_micros=by_order["refunded_micros"].transform("first").fillna(0),
        province=province,
        city=city,
        mark=marks,
    )[first]
    return {"orders": canonical("orders", orders), "order_lines": canonical("order_lines", lines)}


SOLD = Report(
    name="sold",
    title="Taobao sold goods (已卖出的宝贝)",
    columns=(
        Column("order_id", ("订单编号", "主订单编号"), Kind.ID, required=True, filled=True),
        Column("title", ("宝贝标题", "商品标题", "宝贝名称", "标题"), Kind.TEXT, required=True),
        Column("quantity", ("购买数量", "宝贝数量", "商品数量", "数量"), Kind.QUANTITY, required=True, filled=True),
        Column("total_micros", ("总金额", "买家应付总金额", "订单金额"), Kind.MONEY, required=True, filled=True),
        Column("created_at", ("订单创建时间",), Kind.TIME, required=True, filled=True),
        Column("paid_at", ("订单付款时间",), Kind.TIME, required=True),
        Column("status", ("订单状态",), Kind.STATUS, required=True, filled=True, words=STATUSES, open_ended=BY_PAYMENT),
        Column("unit_price_micros", ("宝贝单价", "商品价格", "价格", "单价"), Kind.MONEY),
        Column("freight_micros", ("买家应付邮费",), Kind.MONEY),
        Column("refunded_micros", ("退款金额",), Kind.MONEY, words=NO_REFUND),
        Column("merchant_code", ("商家编码",), Kind.ID),
        Column("external_code", ("外部系统编号",), Kind.ID),
        Column("listing_id", ("商品ID", "宝贝ID"), Kind.ID),
        Column("buyer", ("买家会员名", "买家会员昵称"), Kind.TEXT, personal=True),
        Column("address", ("收货地址",), Kind.TEXT, personal=True),
        Column("remark", ("订单备注",), Kind.TEXT, personal=True),
        Column("memo", ("商家备忘", "商家备注"), Kind.TEXT, personal=True),
    ),
    known=header_list(
        "支付单号,支付详情,买家应付货款,买家实际支付金额,买家实付金额,买家留言,收货人姓名,运送方式,联系电话,联系手机,虚拟号过期时间,商品属性,"
        "套餐信息,物流单号,物流公司,店铺名称,订单关闭原因,发货时间,确认收货时间,退款状态,宝贝种类,宝贝总数量,应发货时间"
    ),
    generations=(("已卖出的宝贝", ("订单编号",)),),
    guessed="the names of its columns beside 订单编号, taken to be those of the order and item reports; and that its "
    "amounts are the order's, repeated on each line.",
    key=("order_id", "title"),
    day="created_at",
    money=order_total_once,
    tell=payments_told("订单付款时间"),
    keep_together_by=("order_id",),
    build=_sold,
)

REPORTS = (SOLD,)
