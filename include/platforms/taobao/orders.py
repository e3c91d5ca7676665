"""Taobao and Tmall: the order report and the item report.

买家实际支付金额 is net of refunds at the moment of export, so it is never what was paid; 总金额 is, with
退款金额 beside it. What an order's status means:

- 等待买家付款, 0元购合约中, 付款确认中, 没有创建支付宝交易: unpaid.
- 买家已付款，等待卖家发货 and 已付款但禁止发货 (its group is not full yet): paid. 卖家部分发货, 卖家已发货，…: shipped.
- 交易成功, and 买家已签收, which cash on delivery alone has: completed.
- 交易关闭: closed; it counts as paid if 订单付款时间 says when. 退款金额 says what was paid back, 无退款申请 nothing.
- another word: paid if 订单付款时间 says when, else unpaid; the word is told.
- a status that says paid without 订单付款时间 (cash on delivery has none): counted on the day it was ordered.
- 分阶段订单信息, or 预售订单 是: begun with a deposit; unpaid until the balance is paid.
- 价格 0: a gift.

Headers are those of 2017, 2018, 2019-20, 2022 and 2023 on, and the 千牛 workbook,
whose sheets 订单报表 and 销售明细 are the order and the item report in one file (its 发货报表 tells parcels, which
nobody here reads).
"""

import pandas as pd

from include.exports.building.order_parts import (
    line_amount,
    marks_of,
    numbered_lines,
    payment_moments,
    payments_told,
    with_presales,
)
from include.exports.building.provinces import places_of
from include.exports.canonical import canonical
from include.exports.declaration import BY_PAYMENT, Column, Context, Kind, Report, header_list, meanings

STATUSES = meanings(
    unpaid="等待买家付款,没有创建支付宝交易,0元购合约中,付款确认中,国际信用卡支付付款确认中",
    paid="买家已付款，等待卖家发货,已付款但禁止发货",
    shipped="卖家部分发货,卖家已发货，等待买家确认",
    completed="买家已签收,交易成功",
    closed="交易关闭",
)
QIANNIU = "千牛 workbook"
QIANNIU_SHEETS = dict.fromkeys(("订单报表", "销售明细", "发货报表"), QIANNIU)
_WORKBOOK_GUESS = "the columns of the workbook's sheets, taken to be those of the order and item reports."
NO_REFUND = {"无退款申请": "0"}

_ORDER_HEADERS = header_list(
    "订单编号,买家会员名,买家会员昵称,买家支付宝账号,支付单号,支付详情,买家应付货款,买家应付邮费,买家支付积分,总金额,返点积分,"
    "买家实际支付金额,买家实付金额,买家实际支付积分,订单状态,买家留言,收货人姓名,收货地址,运送方式,联系电话,联系手机,虚拟号过期时间,"
    "订单创建时间,订单付款时间,宝贝标题,宝贝种类,物流单号,物流公司,订单备注,宝贝总数量,店铺Id,店铺名称,订单关闭原因,卖家服务费,"
    "买家服务费,发票抬头,是否手机订单,分阶段订单信息,特权订金订单id,是否上传合同照片,是否上传小票,是否代付,定金排名,修改后的sku,"
    "修改后的收货地址,异常信息,天猫卡券抵扣,集分宝抵扣,是否是O2O交易,新零售交易类型,新零售导购门店名称,新零售导购门店id,"
    "新零售发货门店名称,新零售发货门店id,退款金额,预约门店,确认收货时间,打款商家金额,含应开票给个人的个人红包,是否信用购,"
    "体验期结束时间,前N有礼,配送类型,直播返现状态,返现金额,延迟发货自动赔付金额,新零售成交门店昵称,新零售成交门店id,"
    "新零售成交经销商id,预售订单,发货时间,商家备忘,主订单编号,满返红包金额,是否村淘订单"
)
_ITEM_HEADERS = header_list(
    "子订单编号,主订单编号,订单编号,标题,商品标题,价格,商品价格,购买数量,外部系统编号,商品属性,套餐信息,备注,订单状态,商家编码,"
    "支付单号,买家应付货款,买家实际支付金额,买家实付金额,退款状态,退款金额,订单创建时间,订单付款时间,发货时间,物流单号,物流公司,"
    "应发货时间,商品ID"
)


def _orders(rows: pd.DataFrame, context: Context) -> dict[str, pd.DataFrame]:
    refunded = rows["refunded_micros"].fillna(0)
    province, city = places_of(rows["address"])
    remarks = rows["remark"].fillna("") + "\n" + rows["memo"].fillna("")
    status = rows["status"].fillna(_status_by_payment(rows, refunded))
    orders = rows.assign(
        status=status,
        paid_at=payment_moments(status, rows["paid_at"], rows["created_at"]),
        refunded_micros=refunded,
        province=province,
        city=city,
        contact_until=pd.to_datetime(rows["phone_expires"], errors="coerce", format="mixed"),
        mark=with_presales(marks_of(remarks, context.remark_marks), _begun_with_a_deposit(rows)),
    )
    return {"orders": canonical("orders", orders)}


def _begun_with_a_deposit(rows: pd.DataFrame) -> pd.Series:
    stages = rows["stages"].str.contains("阶段", regex=False, na=False)
    return stages | (rows["presale"] == "是").fillna(False)


def _status_by_payment(rows: pd.DataFrame, refunded: pd.Series) -> pd.Series:
    """For exports from which the status column was left out, and for words that nobody has met yet."""
    status = pd.Series("paid", index=rows.index, dtype="str")
    status = status.mask((refunded >= rows["total_micros"]) & (refunded > 0), "closed")
    return status.mask(rows["paid_at"].isna(), "unpaid")


def _items(rows: pd.DataFrame, context: Context) -> dict[str, pd.DataFrame]:
    code = rows["merchant_code"].fillna(rows["external_code"])
    marks = marks_of(rows["remark"], context.remark_marks)
    line_id = rows["line_id"]
    if line_id.isna().any():
        line_id = line_id.fillna(numbered_lines(rows["order_id"], code, rows["file_line"]))
    lines = rows.assign(
        line_id=line_id,
        merchant_code=code,
        paid_micros=_line_paid(rows),
        is_gift=(rows["unit_price_micros"] == 0).fillna(False) | (marks == "gift"),
    )
    return {"order_lines": canonical("order_lines", lines)}


def _line_paid(rows: pd.DataFrame) -> pd.Series:
    return rows["payable_micros"].fillna(line_amount(rows["unit_price_micros"], rows["quantity"]))


ORDERS = Report(
    name="orders",
    title="Taobao order report (ExportOrderList)",
    columns=(
        Column("order_id", ("订单编号",), Kind.ID, required=True, filled=True),
        Column("total_micros", ("总金额",), Kind.MONEY, required=True, filled=True),
        Column("created_at", ("订单创建时间",), Kind.TIME, required=True, filled=True),
        Column("paid_at", ("订单付款时间",), Kind.TIME, required=True),
        Column("status", ("订单状态",), Kind.STATUS, filled=True, words=STATUSES, open_ended=BY_PAYMENT),
        Column("refunded_micros", ("退款金额",), Kind.MONEY, words=NO_REFUND),
        Column("freight_micros", ("买家应付邮费",), Kind.MONEY, spared=True),
        Column("buyer", ("买家会员名", "买家会员昵称"), Kind.TEXT, personal=True),
        Column("receiver_phone", ("联系手机",), Kind.TEXT, personal=True),
        Column("phone_expires", ("虚拟号过期时间",), Kind.TEXT, personal=True),
        Column("person_name", ("收货人姓名",), Kind.TEXT, personal=True),
        Column("address", ("收货地址",), Kind.TEXT, personal=True),
        Column("remark", ("订单备注",), Kind.TEXT, personal=True),
        Column("memo", ("商家备忘",), Kind.TEXT, personal=True),
        Column("stages", ("分阶段订单信息",), Kind.TEXT),
        Column("presale", ("预售订单",), Kind.TEXT),
    ),
    known=_ORDER_HEADERS,
    generations=(
        ("2023", ("买家实付金额",)),
        ("2022", ("买家会员昵称", "虚拟号过期时间")),
        ("2019", ("是否信用购",)),
        ("2018", ("打款商家金额",)),
        ("2017", ("买家支付宝账号",)),
        ("columns chosen by hand", ()),
    ),
    sheets=QIANNIU_SHEETS,
    guessed={QIANNIU: _WORKBOOK_GUESS, "2023": "how buyers' names are masked; a name with * is taken for nobody."},
    key=("order_id",),
    day="created_at",
    money="total_micros",
    tell=payments_told("订单付款时间"),
    keep_together_by=("order_id",),
    build=_orders,
)

ITEMS = Report(
    name="order_lines",
    title="Taobao item report (ExportOrderDetailList, ExportItemlList)",
    columns=(
        Column("order_id", ("主订单编号", "订单编号"), Kind.ID, required=True, filled=True),
        Column("line_id", ("子订单编号",), Kind.ID, filled=True),
        Column("title", ("标题", "商品标题", "宝贝标题"), Kind.TEXT, required=True),
        Column("unit_price_micros", ("价格", "商品价格"), Kind.MONEY, required=True, filled=True),
        Column("quantity", ("购买数量",), Kind.QUANTITY, required=True, filled=True),
        Column("merchant_code", ("商家编码",), Kind.ID),
        Column("external_code", ("外部系统编号",), Kind.ID),
        Column("listing_id", ("商品ID",), Kind.ID),
        Column("status", ("订单状态",), Kind.STATUS, filled=True, words=STATUSES, open_ended=BY_PAYMENT),
        Column("payable_micros", ("买家应付货款",), Kind.MONEY),
        Column("refunded_micros", ("退款金额",), Kind.MONEY, words=NO_REFUND),
        Column("created_at", ("订单创建时间",), Kind.TIME),
        Column("paid_at", ("订单付款时间",), Kind.TIME),
        Column("remark", ("备注",), Kind.TEXT, personal=True),
    ),
    known=_ITEM_HEADERS,
    generations=(
        ("2025", ("子订单编号", "商品标题", "商品ID")),
        ("2022", ("子订单编号", "标题")),
        ("2017", ("订单编号", "套餐信息")),
    ),
    sheets=QIANNIU_SHEETS,
    guessed={
        QIANNIU: _WORKBOOK_GUESS,
        "2025": "the columns between 套餐信息 and 订单状态; 备注 is taken to be one of them.",
    },
    key=("line_id",),
    day="created_at",
    money=lambda rows, _: _line_paid(rows),
    keep_together_by=("line_id", "order_id"),
    build=_items,
)

REPORTS = (ORDERS, ITEMS)
