"""Douyin (抖店): the order export by sub-order in two layouts, and the after-sale export.

What a row means:

- 待支付, 待确认: unpaid. 备货中, 待发货, 已支付: paid. 部分发货, 已发货: shipped.
- 已签收, 已收货, 已完成: completed.
- 已关闭, 已取消: closed; it counts as paid if 支付完成时间 says when, and then all of it was paid back. What was paid
  back of other sub-orders stands in the after-sale export.
- another word: paid if 支付完成时间 says when, else unpaid; the word is told.
- a status that says paid without 支付完成时间, and 货到付款: counted on the day it was ordered.
- 子订单编号 '1;2' with codes 'A;B': a row that packs sub-orders. 商品数量 is the sum of theirs, so 2 are one each;
  where it cannot be told how many each is of, the row is held back. One 子订单编号 with codes 'A;B' is a set: as many
  of each.
- 订单应付金额 0: a gift if its price is 0 or it was bound to another sub-order (取消原因 主品…).

Cells begin with a tab. Names, phones and addresses are cipher text (##…, $$…) and are never read; only the province and
city columns are, where they are plain.
"""

import pandas as pd

from include.exports.building.after_sale_words import services
from include.exports.building.order_parts import (
    marks_of,
    paid_back_by_closing,
    payments_told,
    unbundled,
    untold_packs,
    with_payments,
    with_presales,
)
from include.exports.building.provinces import province_names
from include.exports.canonical import canonical
from include.exports.declaration import BY_PAYMENT, Column, Context, Held, Kind, Report, header_list, meanings

STATUSES = meanings(
    unpaid="待支付,待确认",
    paid="已支付,备货中,待发货",
    shipped="部分发货,已发货",
    completed="已签收,已收货,已完成",
    closed="已关闭,已取消",
)
AFTER_SALE_STATUSES = meanings(
    succeeded="同意退款，退款成功,退款成功,换货成功,补寄成功",
    closed="售后关闭,售后已拒绝",
    open="售后处理中,售后待处理,待退货,待收退货,退款中",
)
# An order is as far as its slowest sub-order that is still alive.
_PROGRESS = {"unpaid": 0, "paid": 1, "shipped": 2, "completed": 3, "closed": 9}

_ORDER_HEADERS = header_list(
    "主订单编号,子订单编号,选购商品,商品规格,商品数量,商品ID,商家编码,商品单价,订单应付金额,运费,优惠总金额,平台优惠,商家优惠,达人优惠,"
    "商家改价,支付优惠,红包抵扣,支付方式,手续费,收件人,收件人手机号,省,市,区,街道,详细地址,是否修改过地址,地址修改时段,买家留言,"
    "订单提交时间,旗帜颜色,商家备注,订单完成时间,支付完成时间,APP渠道,流量来源,订单状态,承诺发货时间,订单类型,鲁班落地页ID,达人ID,"
    "达人昵称,所属门店ID,售后状态,取消原因,预约发货时间,仓库ID,仓库名称,序列号,是否安心购,广告渠道,流量类型,流量体裁,流量渠道,"
    "发货主体,发货主体明细,发货时间,降价类优惠,平台实际承担优惠金额,商家实际承担优惠金额,达人实际承担优惠金额,预计送达时间,"
    "是否平台仓自流转,车型,商品69码,发货SN码,发货IMEI码1,发货IMEI码2,预约送达时间,建议发货时间（起）,建议发货时间（止）,物流SN码,"
    "物流IMEI码1,物流IMEI码2,货号,商品金额,是否是以旧换新,换新额外补贴,换新额外补贴发放状态,快递信息,拼团订单团编号,"
    "商品单价是否含税,税费,教育优惠,是否是渠道商品"
)
_AFTER_SALE_HEADERS = header_list(
    "售后单号,订单号,商品单号,商品名称,商品ID,应付金额（元）,商品运费（元）,支付优惠（元）,商品税费（元）,商品发货状态,售后类型,"
    "退商品金额（元）,退运费金额（元）,退支付优惠（元）,退税费金额（元）,售后状态,售后申请时间,退款方式,是否已上传退款凭证,售后原因,"
    "售后原因标签,退货物流单号,退货异常,退货发货时间,退货物流公司,自动处理截止时间,同意售后申请时间,商家退款时间,用户到账时间,"
    "售后关闭时间,商家退货地址,商家退货联系人姓名,商家退货联系人电话,仲裁状态,纠纷责任方,是否极速退款,是否拒签后退款,发货物流单号,"
    "发货物流状态,换货物流单号,退货物流状态,售后完结时间,订单备注,用户售后说明,售后备注,操作人,协商记录,换货商品信息,商家编码,门店名称"
)


def _orders(rows: pd.DataFrame, context: Context) -> dict[str, pd.DataFrame]:
    rows = with_payments(rows)
    amount = rows["payable_micros"]
    bound_to_another = rows["cancel_reason"].str.contains("主品", regex=False, na=False)
    lines = rows.assign(
        paid_micros=amount,
        refunded_micros=paid_back_by_closing(rows["status"], rows["paid_at"], amount),
        is_gift=(amount == 0) & ((rows["unit_price_micros"] == 0).fillna(False) | bound_to_another),
    )
    return {
        "orders": canonical("orders", _whole_orders(rows, context)),
        "order_lines": canonical("order_lines", unbundled(lines)),
    }


def _held(rows: pd.DataFrame, context: Context) -> Held:
    expected = "one piece of each packed sub-order; how many each is of cannot be told"
    return [(untold_packs(rows).to_numpy(dtype=bool), "quantity", expected)]


def _whole_orders(rows: pd.DataFrame, context: Context) -> pd.DataFrame:
    """One row an order: its sub-orders' money together, its first sub-order's line."""
    by_order = rows.assign(
        progress=rows["status"].map(_PROGRESS),
        paid_back=paid_back_by_closing(rows["status"], rows["paid_at"], rows["payable_micros"]),
        province=province_names(_plain_places(rows["province"])),
        city=_plain_places(rows["city"]),
        mark=with_presales(
            marks_of(rows["remark"], context.remark_marks),
            rows["order_kind"].str.contains("预售", regex=False, na=False),
        ),
    ).groupby("order_id", sort=False)
    orders = by_order.agg(
        file_line=("file_line", "first"),
        progress=("progress", "min"),
        created_at=("created_at", "min"),
        paid_at=("paid_at", "min"),
        total_micros=("payable_micros", "sum"),
        refunded_micros=("paid_back", "sum"),
        province=("province", "first"),
        city=("city", "first"),
        mark=("mark", "first"),
    ).reset_index()
    freight = by_order["freight_micros"].sum(min_count=1)  # null, not 0, if no sub-order tells any
    name = {progress: status for status, progress in _PROGRESS.items()}
    return orders.assign(status=orders["progress"].map(name), freight_micros=orders["order_id"].map(freight))


def _plain_places(names: pd.Series) -> pd.Series:
    hidden = names.str.contains(r"^(?:##|\$\$)|\*", regex=True, na=False)
    return names.mask(hidden)


def _refunds(rows: pd.DataFrame, context: Context) -> dict[str, pd.DataFrame]:
    refunds = rows.assign(
        kind=services(rows["service"]),
        refunded_micros=_refunded(rows),
        completed_at=rows["completed_at"].fillna(rows["refunded_at"]),
    )
    return {"refunds": canonical("refunds", unbundled(refunds, numbered="refund_id"))}


def _refunded(rows: pd.DataFrame) -> pd.Series:
    """What the buyer gets back: goods, freight, tax. A payment discount goes back to the platform."""
    return rows["goods_micros"].fillna(0) + rows["freight_micros"].fillna(0) + rows["tax_micros"].fillna(0)


ORDERS = Report(
    name="orders",
    title="Douyin order export",
    columns=(
        Column("order_id", ("主订单编号",), Kind.ID, required=True, filled=True),
        Column("line_id", ("子订单编号",), Kind.ID, required=True, filled=True),
        Column("title", ("选购商品",), Kind.TEXT),
        Column("quantity", ("商品数量",), Kind.QUANTITY, required=True, filled=True),
        Column("listing_id", ("商品ID",), Kind.ID),
        Column("merchant_code", ("商家编码",), Kind.ID, required=True),
        # Layout B's 商品金额 is the price of one piece too.
        Column("unit_price_micros", ("商品单价", "商品金额"), Kind.MONEY),
        Column("payable_micros", ("订单应付金额",), Kind.MONEY, required=True, filled=True),
        Column("freight_micros", ("运费",), Kind.MONEY, spared=True),
        Column("status", ("订单状态",), Kind.STATUS, required=True, filled=True, words=STATUSES, open_ended=BY_PAYMENT),
        Column("method", ("支付方式",), Kind.TEXT),
        Column("created_at", ("订单提交时间",), Kind.TIME, required=True, filled=True),
        Column("paid_at", ("支付完成时间",), Kind.TIME, required=True),
        Column("province", ("省",), Kind.TEXT),
        Column("city", ("市",), Kind.TEXT),
        Column("remark", ("商家备注",), Kind.TEXT, personal=True),
        Column("cancel_reason", ("取消原因",), Kind.TEXT),
        Column("order_kind", ("订单类型",), Kind.TEXT),
    ),
    known=_ORDER_HEADERS,
    generations=(
        ("layout A, 74 columns", ("商品规格", "商品单价", "序列号")),
        ("layout A", ("商品规格", "商品单价")),
        ("layout B", ("货号", "商品金额")),
    ),
    key=("line_id",),
    day="created_at",
    money="payable_micros",
    hold=_held,
    tell=payments_told("支付完成时间"),
    keep_together_by=("order_id",),
    build=_orders,
)

AFTER_SALE = Report(
    name="refunds",
    title="Douyin after-sale export",
    columns=(
        Column("refund_id", ("售后单号",), Kind.ID, required=True, filled=True),
        Column("order_id", ("订单号",), Kind.ID, required=True, filled=True),
        Column("line_id", ("商品单号",), Kind.ID, required=True),
        Column("goods_micros", ("退商品金额(元)",), Kind.MONEY, required=True),
        Column("freight_micros", ("退运费金额(元)",), Kind.MONEY),
        Column("tax_micros", ("退税费金额(元)",), Kind.MONEY),
        Column("status", ("售后状态",), Kind.STATUS, required=True, filled=True, words=AFTER_SALE_STATUSES),
        Column("service", ("售后类型",), Kind.TEXT),
        Column("requested_at", ("售后申请时间",), Kind.TIME, required=True),
        Column("completed_at", ("售后完结时间",), Kind.TIME),
        Column("refunded_at", ("商家退款时间",), Kind.TIME),
        Column("merchant_code", ("商家编码",), Kind.ID),
        Column("reason", ("售后原因",), Kind.TEXT),
    ),
    known=_AFTER_SALE_HEADERS,
    generations=(("50 columns", ("协商记录", "换货商品信息")),),
    key=("refund_id",),
    day="requested_at",
    money=lambda rows, _: _refunded(rows),
    keep_together_by=("refund_id",),
    build=_refunds,
)

REPORTS = (ORDERS, AFTER_SALE)
