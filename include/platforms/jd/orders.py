"""JD: the order export, a line a sku, the order's totals repeated on each.

What a row means:

- 等待付款, 等待付款确认, 未付款: unpaid. 等待出库, 锁定, 暂停, 等待打印, 正在出库: paid. 等待确认收货, 已发货: shipped.
- 完成, 已完成: completed.
- 已取消: closed; it counts as paid if 付款确认时间 says when, and then all of it was paid back.
- (删除)…, 已删除: ignored, whatever follows. A split order stands in the export beside its children, and the children
  count.
- another word: paid if 付款确认时间 says when, else unpaid; the word is told.
- a status that says paid without 付款确认时间, and 支付方式 货到付款: counted on the day it was ordered.
- 京东价 0: a gift. So is what 订单类型 calls an exchange, a reissue or a repair (换货, 补发, 返修) and costs nothing:
  it leaves the shelf and is no demand.
"""

import pandas as pd

from include.exports.building.order_parts import (
    line_amount,
    marks_of,
    numbered_lines,
    order_total_once,
    paid_back_by_closing,
    paid_by_line,
    payments_told,
    with_payments,
)
from include.exports.building.provinces import places_of
from include.exports.canonical import canonical
from include.exports.declaration import BY_PAYMENT, Column, Context, Ignored, Kind, Report, header_list, meanings

_PLAIN_STATUSES = meanings(
    unpaid="等待付款,等待付款确认,未付款",
    paid="等待出库,锁定,(锁定)等待出库,暂停,暂停订单,等待打印,正在出库",
    shipped="等待确认收货,等待收货,已发货",
    completed="完成,已完成",
    closed="已取消",
)
_DELETED = r"^\s*[(（]删除[)）]|^已删除$"
_SENT_AGAIN = "换货|换新|补发|补寄|返修|调货|重发"
DELETED_PAID, DELETED_UNPAID = "deleted", "deleted unpaid"
STATUSES = _PLAIN_STATUSES | {
    "(删除)" + word: DELETED_UNPAID if meaning == "unpaid" else DELETED_PAID
    for word, meaning in _PLAIN_STATUSES.items()
}

_ORDER_HEADERS = header_list(
    "订单号,商品ID,商品名称,订购数量,支付方式,下单时间,京东价,订单金额,结算金额,余额支付,应付金额,订单状态,订单类型,下单帐号,客户姓名,"
    "客户地址,联系电话,订单备注,发票类型,发票抬头,发票内容,商家备注,商家备注等级（等级1-5为由高到低）,运费金额,付款确认时间,"
    "增值税发票,货号,订单完成时间,订单来源,订单渠道,送装服务,服务费,仓库id,仓库名称,邮政编码,邮箱地址,普通发票纳税编号,商家SKUID,"
    "是否为品牌商订单,是否为toplife订单,纳税人识别号,名称（个人）,单位地址,单位电话,开户银行,银行账号,商家应收,导购员账号"
)


def _ignored_orders(rows: pd.DataFrame, context: Context) -> Ignored:
    return [
        ((rows["status"] == DELETED_PAID).to_numpy(), "deleted split order"),
        ((rows["status"] == DELETED_UNPAID).to_numpy(), "deleted unpaid order"),
        (rows["status_text"].str.contains(_DELETED, regex=True, na=False).to_numpy(), "deleted order"),
    ]


def _orders(rows: pd.DataFrame, context: Context) -> dict[str, pd.DataFrame]:
    rows = with_payments(rows)
    code = rows["merchant_code"].fillna(rows["item_number"])
    total = rows.groupby("order_id", sort=False)["total_micros"].transform("first")
    price = line_amount(rows["unit_price_micros"], rows["quantity"])
    lines = rows.assign(
        line_id=numbered_lines(rows["order_id"], code, rows["file_line"]),
        merchant_code=code,
        paid_micros=paid_by_line(total, price, rows["order_id"], context),
        is_gift=(rows["unit_price_micros"] == 0).fillna(False) | _sent_again(rows),
    )
    first = rows[~rows["order_id"].duplicated()]
    province, city = places_of(first["address"])
    orders = first.assign(
        refunded_micros=paid_back_by_closing(first["status"], first["paid_at"], first["total_micros"]),
        province=province,
        city=city,
        mark=marks_of(first["remark"], context.remark_marks),
    )
    return {"orders": canonical("orders", orders), "order_lines": canonical("order_lines", lines)}


def _sent_again(rows: pd.DataFrame) -> pd.Series:
    """Lines of orders that only send something again."""
    kind = rows["order_kind"].str.contains(_SENT_AGAIN, regex=True, na=False)
    return kind & (rows["total_micros"] == 0).fillna(False)


ORDERS = Report(
    name="orders",
    title="JD order export",
    columns=(
        Column("order_id", ("订单号", "订单编号"), Kind.ID, required=True, filled=True),
        Column("listing_id", ("商品ID",), Kind.ID, required=True),
        Column("title", ("商品名称",), Kind.TEXT),
        Column("quantity", ("订购数量",), Kind.QUANTITY, required=True, filled=True),
        Column("total_micros", ("应付金额", "商家应收"), Kind.MONEY, required=True, filled=True),
        Column("unit_price_micros", ("京东价",), Kind.MONEY),
        Column("status", ("订单状态",), Kind.STATUS, required=True, filled=True, words=STATUSES, open_ended=BY_PAYMENT),
        Column("status_text", ("订单状态",), Kind.TEXT),
        Column("order_kind", ("订单类型",), Kind.TEXT),
        Column("method", ("支付方式",), Kind.TEXT),
        Column("created_at", ("下单时间",), Kind.TIME, required=True, filled=True),
        Column("paid_at", ("付款确认时间",), Kind.TIME),
        Column("merchant_code", ("商家SKUID",), Kind.ID),
        Column("item_number", ("货号",), Kind.ID),
        Column("freight_micros", ("运费金额",), Kind.MONEY, spared=True),
        Column("buyer", ("下单帐号", "下单账号"), Kind.TEXT, personal=True),
        Column("receiver_phone", ("联系电话",), Kind.TEXT, personal=True),
        Column("email", ("邮箱地址",), Kind.TEXT, personal=True),
        Column("person_name", ("客户姓名",), Kind.TEXT, personal=True),
        Column("address", ("客户地址",), Kind.TEXT, personal=True),
        Column("remark", ("商家备注",), Kind.TEXT, personal=True),
    ),
    known=_ORDER_HEADERS,
    generations=(
        ("2026", ("商家应收", "商家SKUID")),
        ("2019", ("纳税人识别号", "商家SKUID")),
        ("2018", ("商家SKUID", "京东价")),
        ("2015", ("货号", "京东价")),
    ),
    guessed={"2026": "its whole header: only 商家应收, 商家SKUID and the columns around them are known."},
    key=("order_id", "listing_id"),
    day="created_at",
    money=order_total_once,
    ignore=_ignored_orders,
    tell=payments_told("付款确认时间"),
    keep_together_by=("order_id",),
    build=_orders,
)

REPORTS = (ORDERS,)
