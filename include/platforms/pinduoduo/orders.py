"""Pinduoduo (拼多多): orders and after-sale.

An order is one line of one sku; every cell ends with a tab. The order report holds no refunded amount and no moment of
creation; today's default columns hold no 支付时间 either, only 订单成交时间. The first six digits of an order's number
are the day it was made on.

What a row of orders means:

- 待付款, 待支付: unpaid. 待分享, 待成团: its group is not full yet; unpaid, since the money goes back if it never is.
- 待发货: paid. 已发货，…: shipped. 已签收, 已收货: completed.
- 已取消: closed and never paid, whatever stands in 订单成交时间.
- 未发货，退款成功: closed, paid, and all of it paid back.
- 已发货，…, 已签收，… and 已收货，退款成功: closed, and paid. How much was paid back stands in the after-sale export.
- 未成交，… and 已取消，退款成功: the group never came about. Paid, and all of it paid back, only if a moment of payment
  stands there.
- another word: paid if 支付时间 (or 订单成交时间) says when, else unpaid; the word is told.
- a status that says paid without that moment: counted on the day in the order's number, which is told.
- 商品总价 0, or 是否抽奖或0元试用: a gift.
"""

import pandas as pd

from include.exports.building.after_sale_words import refunds_in_words
from include.exports.building.order_parts import PAID
from include.exports.building.single_lines import one_line_orders
from include.exports.declaration import BY_PAYMENT, Column, Context, Kind, Report, Told, header_list, meanings
from include.files.errors import ExportError

NEVER_PAID, NEVER_GROUPED, UNSENT, REFUNDED = "cancelled unpaid", "never grouped", "refunded unsent", "refunded"
STATUSES = meanings(
    unpaid="待付款,待支付,待分享,待成团",
    paid="待发货",
    shipped="已发货，待签收,已发货，待收货",
    completed="已签收,已收货",
    **{
        NEVER_PAID: "已取消",
        UNSENT: "未发货，退款成功",
        REFUNDED: "已发货，退款成功,已签收，退款成功,已收货，退款成功",
        NEVER_GROUPED: "已取消，退款成功,未成交，退款成功",
    },
)

_ORDER_HEADERS = header_list(
    "商品,订单号,订单状态,商品总价(元),店铺优惠折扣(元),平台优惠折扣(元),邮费(元),上门安装费(元),送货入户费(元),送货入户并安装费(元),"
    "用户实付金额(元),商家实收金额(元),商品数量(件),身份证姓名,身份证号码,收货人,手机,是否异常,省,市,区,街道,支付时间,拼单成功时间,"
    "订单确认时间,承诺发货时间,发货时间,确认收货时间,商品id,商品规格,用户购买手机号,样式ID,商家编码-SKU维度,商家编码-商品维度,快递单号,"
    "快递公司,海淘清关订单号,支付ID,支付方式,是否抽奖或0元试用,是否顺丰加价,商家备注,售后状态,买家留言,关联货品编码,货品名称,货品类型,"
    "子货品,仓库名称,仓库所在地址,是否门店自提,门店名称,门店自定义编码,旅行类信息,多多支付立减金额(元),商家编码-规格维度,订单成交时间,"
    "是否分期,分期期数,手续费承担方,分期方式,是否审核中,承诺送达时间,商品一级类目,商品二级类目,商品三级类目,商品四级类目,消费者资料,"
    "赠品名称,赠品id,赠品规格,赠品数量,团ID,团身份"
)
_AFTER_SALE_HEADERS = header_list(
    "售后编号,订单编号,交易金额,售后状态,退款类型,退款金额,订单状态,发货运单号,商品ID,买家,超时时间,申请时间,退款原因,退货运单号,"
    "退货物流状态,退货物流状态对应时间,同意退款时间,同意退款人,同意退货时间,同意退货人,快递拦截状态,sku信息,订单标记,备注,"
    "店铺名称,售后类型,处理状态,售后申请时间,发货物流状态,包裹拦截状态"
)


def _orders(rows: pd.DataFrame, context: Context) -> dict[str, pd.DataFrame]:
    # 订单成交时间 is no payment where the status says that nobody paid.
    paid_at = rows["paid_at"].mask(rows["status"].isin(["unpaid", NEVER_PAID]))
    pieces = rows["quantity"].where(rows["quantity"] > 0)
    created_at = rows[["paid_at", "grouped_at"]].min(axis=1).fillna(_day_of_number(rows["order_id"]))
    whole = rows.assign(
        status=rows["status"].replace([NEVER_PAID, NEVER_GROUPED, UNSENT, REFUNDED], "closed"),
        paid_back=rows["status"].isin([NEVER_GROUPED, UNSENT]),
        paid_at=paid_at.mask(_undated(rows), created_at),
        created_at=created_at,
        merchant_code=rows["merchant_code"].fillna(rows["item_code"]),
        unit_price_micros=(rows["goods_micros"] + pieces // 2) // pieces,
        is_gift=(rows["goods_micros"] == 0).fillna(False) | (rows["lottery"] == "是"),
    )
    return one_line_orders(whole, context)


def _undated(rows: pd.DataFrame) -> pd.Series:
    """Orders whose status says that they were paid, and that do not say when."""
    return rows["status"].isin([*PAID, UNSENT, REFUNDED]) & rows["paid_at"].isna()


def _told(rows: pd.DataFrame, context: Context) -> Told:
    told = "the status says paid and 订单成交时间 is blank: counted on the day in the order's number"
    return [(_undated(rows), told)]


def _day_of_number(order_id: pd.Series) -> pd.Series:
    """Midnight of the day in an order's number: 260607-400000294410900 was made on 2026-06-07."""
    digits = order_id.str.extract(r"^(\d{6})-")[0]
    return pd.to_datetime("20" + digits, format="%Y%m%d", errors="coerce").astype("datetime64[us]")


def _refunds(rows: pd.DataFrame, context: Context) -> dict[str, pd.DataFrame]:
    if rows["of_shop"].nunique() > 1:
        raise ExportError(
            context.file,
            "the report holds the cases of several shops",
            column="店铺名称",
            found=f"{rows['of_shop'].nunique()} shops",
            expected="one shop; choose it before exporting",
        )
    return refunds_in_words(rows.assign(ended_at=rows["agreed_at"]), context)


ORDERS = Report(
    name="orders",
    title="拼多多 orders (orders_export)",
    columns=(
        Column("order_id", ("订单号",), Kind.ID, required=True, filled=True),
        Column("status", ("订单状态",), Kind.STATUS, required=True, filled=True, words=STATUSES, open_ended=BY_PAYMENT),
        Column("title", ("商品",), Kind.TEXT),
        Column("goods_micros", ("商品总价(元)",), Kind.MONEY, required=True, filled=True),
        Column("freight_micros", ("邮费(元)",), Kind.MONEY),
        Column("total_micros", ("用户实付金额(元)",), Kind.MONEY, required=True, filled=True),
        Column("quantity", ("商品数量(件)",), Kind.QUANTITY, required=True, filled=True),
        Column("paid_at", ("支付时间", "订单成交时间"), Kind.TIME, required=True),
        Column("grouped_at", ("拼单成功时间", "订单成交时间"), Kind.TIME),
        Column("listing_id", ("商品id",), Kind.ID, required=True),
        Column("merchant_code", ("商家编码-规格维度", "商家编码-SKU维度"), Kind.ID, required=True),
        Column("item_code", ("商家编码-商品维度",), Kind.ID),
        Column("lottery", ("是否抽奖或0元试用",), Kind.TEXT),
        Column("province", ("省",), Kind.TEXT),
        Column("city", ("市",), Kind.TEXT),
        Column("remark", ("商家备注",), Kind.TEXT, personal=True),
    ),
    known=_ORDER_HEADERS,
    generations=(
        ("2020", ("商家编码-SKU维度",)),
        ("2023", ("商家编码-规格维度", "支付时间")),
        ("2025", ("商家编码-规格维度", "订单成交时间")),
    ),
    key=("order_id",),
    day="paid_at",
    money="total_micros",
    tell=_told,
    keep_together_by=("order_id",),
    build=_orders,
)

AFTER_SALE = Report(
    name="refunds",
    title="拼多多 after-sale (售后数据)",
    columns=(
        Column("refund_id", ("售后编号",), Kind.ID, required=True, filled=True),
        Column("order_id", ("订单编号",), Kind.ID, required=True, filled=True),
        Column("state", ("售后状态",), Kind.TEXT, required=True, filled=True),
        Column("refunded_micros", ("退款金额",), Kind.MONEY, required=True, filled=True),
        Column("service", ("退款类型", "售后类型"), Kind.TEXT, required=True),
        Column("requested_at", ("申请时间", "售后申请时间"), Kind.TIME, required=True),
        Column("of_shop", ("店铺名称",), Kind.TEXT),
        Column("agreed_at", ("同意退款时间",), Kind.TIME),
        Column("reason", ("退款原因",), Kind.TEXT),
    ),
    known=_AFTER_SALE_HEADERS,
    generations=(("24 columns", ("sku信息", "快递拦截状态")), ("several shops", ("店铺名称", "处理状态"))),
    explanations=("3个月前",),
    key=("refund_id",),
    day="requested_at",
    money="refunded_micros",
    keep_together_by=("refund_id",),
    build=_refunds,
    guessed="the names of its columns come from code that reads them, their order is inferred; columns are found by "
    "name, so only a renamed one would matter. Of the export for several shops only eight names are known: its numbers "
    "of case and order are looked for under the names of the other.",
)

REPORTS = (ORDERS, AFTER_SALE)
