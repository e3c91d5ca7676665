"""Pinduoduo (拼多多): orders, after-sale, the shop's bill, the daily product data and advertising.

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

from include.exports.canonical import canonical
from include.exports.declaration import BY_PAYMENT, Column, Context, Kind, Report, Told, header_list
from include.exports.order_parts import PAID
from include.files.errors import ExportError
from include.platforms.after_sale_words import outcomes, services
from include.platforms.money_rows import balance, money_movements, named
from include.platforms.single_lines import one_line_orders
from include.platforms.traffic_rows import of_the_files_day, part, traffic

NEVER_PAID, NEVER_GROUPED, UNSENT, REFUNDED = "cancelled unpaid", "never grouped", "refunded unsent", "refunded"
STATUSES = {
    "待付款": "unpaid",
    "待支付": "unpaid",
    "待分享": "unpaid",
    "待成团": "unpaid",
    "待发货": "paid",
    "已发货，待签收": "shipped",
    "已发货，待收货": "shipped",
    "已签收": "completed",
    "已收货": "completed",
    "已取消": NEVER_PAID,
    "未发货，退款成功": UNSENT,
    "已发货，退款成功": REFUNDED,
    "已签收，退款成功": REFUNDED,
    "已收货，退款成功": REFUNDED,
    "已取消，退款成功": NEVER_GROUPED,
    "未成交，退款成功": NEVER_GROUPED,
}

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
_TRAFFIC_HEADERS = header_list(
    "商品ID,商品名称,一级类目,二级类目,三级类目,商品访客数,商品浏览量,成交金额,成交件数,成交订单数,成交买家数,成交转化率,商品收藏用户数,"
    "确认订单数,下单用户数,下单率,成交率"
)
_ADS_HEADERS = header_list(
    "日期,商品ID,商品名称,推广场景,推广名称,出价方式,分组,是否已删除,成交花费(元),交易额(元),实际投产比,总花费(元),曝光量,点击量"
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
    status = outcomes(rows["state"])
    refunds = rows.assign(
        status=status, kind=services(rows["service"]), completed_at=rows["agreed_at"].where(status == "succeeded")
    )
    return {"refunds": canonical("refunds", refunds)}


def _bill_amount(rows: pd.DataFrame) -> pd.Series:
    return balance(rows["income_micros"], rows["expense_micros"])


def _movements(rows: pd.DataFrame, context: Context) -> dict[str, pd.DataFrame]:
    """业务描述 is `0010002|交易收入-订单收入`; else 账务类型 is the kind, and a cost is a fee by it."""
    amount = _bill_amount(rows)
    kind = rows["business"].str.replace(r"^\d+\|", "", regex=True).fillna(rows["book"])
    cost = (amount < 0).fillna(False) & ~rows["book"].str.contains("退款|提现", regex=True, na=False)
    moment = rows["moved_at"].dt.strftime("%Y%m%d%H%M%S").astype("str")
    movements = rows.assign(
        movement_id=named(rows["order_id"], moment, rows["business"].fillna(rows["book"])),
        amount_micros=amount,
        kind=kind,
        fee=rows["book"].where(cost),
    )
    return money_movements(movements)


def _traffic(rows: pd.DataFrame, context: Context) -> dict[str, pd.DataFrame]:
    return traffic(of_the_files_day(rows, context) if rows["traffic_day"].isna().any() else rows)


def _ads(rows: pd.DataFrame, context: Context) -> dict[str, pd.DataFrame]:
    return traffic(rows.assign(part=part("ads", (rows["scene"] + " " + rows["promotion"].fillna("")).str.strip())))


ORDERS = Report(
    platform="pinduoduo",
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
    together=("order_id",),
    build=_orders,
)

AFTER_SALE = Report(
    platform="pinduoduo",
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
    together=("refund_id",),
    build=_refunds,
    guessed="the names of its columns come from code that reads them, their order is inferred; columns are found by "
    "name, so only a renamed one would matter. Of the export for several shops only eight names are known: its numbers "
    "of case and order are looked for under the names of the other.",
)

BILL = Report(
    platform="pinduoduo",
    name="bill",
    title="拼多多 bill (账务明细)",
    columns=(
        Column("order_id", ("商户订单号", "商品订单号"), Kind.ID, required=True),
        Column("moved_at", ("发生时间",), Kind.TIME, required=True, filled=True),
        Column("income_micros", ("收入金额(+元)",), Kind.MONEY, required=True, remarks=True),
        Column("expense_micros", ("支出金额(-元)",), Kind.MONEY, required=True, remarks=True),
        Column("book", ("账务类型",), Kind.TEXT, required=True, filled=True),
        Column("business", ("业务描述",), Kind.TEXT),
    ),
    known=header_list("备注"),
    generations=(("商品订单号", ("商品订单号", "账务类型")), ("商户订单号", ("商户订单号", "账务类型"))),
    day="moved_at",
    money=lambda rows, _: _bill_amount(rows),
    together=("order_id", "moved_at"),
    build=_movements,
)

TRAFFIC = Report(
    platform="pinduoduo",
    name="traffic",
    title="拼多多 product data a day (商品数据)",
    columns=(
        Column("listing_id", ("商品ID",), Kind.ID, required=True, filled=True),
        Column("traffic_day", ("统计日期", "日期"), Kind.DAY),
        Column("visitors", ("商品访客数",), Kind.QUANTITY, required=True),
        Column("views", ("商品浏览量",), Kind.QUANTITY),
        Column("favourites", ("商品收藏用户数",), Kind.QUANTITY),
        Column("paid_buyers", ("成交买家数",), Kind.QUANTITY),
        Column("paid_units", ("成交件数",), Kind.QUANTITY),
        Column("paid_micros", ("成交金额",), Kind.MONEY, required=True),
    ),
    known=_TRAFFIC_HEADERS,
    generations=(("product data", ("商品收藏用户数",)),),
    key=("listing_id", "traffic_day"),
    day="traffic_day",
    money="paid_micros",
    build=_traffic,
)

ADS = Report(
    platform="pinduoduo",
    name="ads",
    title="拼多多 advertising by day (商品推广 分天数据)",
    columns=(
        Column("listing_id", ("商品ID",), Kind.ID, required=True),
        Column("traffic_day", ("日期",), Kind.DAY, required=True, filled=True),
        Column("scene", ("推广场景",), Kind.TEXT, required=True),
        Column("promotion", ("推广名称",), Kind.TEXT),
        Column("views", ("点击量",), Kind.QUANTITY),
        Column("paid_micros", ("交易额(元)",), Kind.MONEY, required=True),
        Column("spend_micros", ("总花费(元)",), Kind.MONEY, required=True),
    ),
    known=_ADS_HEADERS,
    generations=(("by day", ("推广场景", "总花费(元)")),),
    day="traffic_day",
    money="spend_micros",
    build=_ads,
)

REPORTS = (ORDERS, AFTER_SALE, BILL, TRAFFIC, ADS)
