"""Taobao and Tmall: the refund report."""

import pandas as pd

from include.exports.building.after_sale_words import services
from include.exports.canonical import canonical
from include.exports.declaration import Column, Context, Kind, Report, header_list, meanings

STATUSES = meanings(
    open="买家已经申请退款，等待卖家同意,卖家已经同意退款，等待买家退货,买家已经退货，等待卖家确认收货,卖家拒绝退款,"
    "待商家处理,待买家发货,待商家收货,退款中",
    succeeded="退款成功",
    closed="退款关闭",
)
_SERVICES = (("仅退款", "refund_only"), ("退货退款", "return_refund"), ("换货", "exchange"), ("补寄", "resend"))

_HEADERS = header_list(
    "订单编号,退款编号,支付宝交易号,支付单号,订单付款时间,商品编码,商品id,退款完结时间,买家会员名称,买家实际支付金额,宝贝标题,"
    "买家退款金额,退款总额,手工退款/系统退款,是否需要退货,退款的申请时间,退款申请时间,超时时间,退款状态,货物状态,退货物流信息,"
    "发货物流信息,客服介入状态,卖家真实姓名,卖家真实姓名(新),卖家退货地址,卖家邮编,卖家电话,卖家手机,退货物流单号,退货物流公司,"
    "买家退款原因,买家退款说明,买家退货时间,责任方,售中或售后,售后类型,商家备注,备注标签,完结时间,部分退款/全部退款,审核操作人,"
    "举证超时,是否零秒响应,退款操作人,退款原因标签,业务类型,是否帮他退款,帮他退款操作账号"
)


def _refunds(rows: pd.DataFrame, context: Context) -> dict[str, pd.DataFrame]:
    goods_back = rows["goods_back"].fillna("")
    kind = pd.Series("unknown", index=rows.index, dtype="str")
    kind = kind.mask(goods_back.isin(["否", "不需要", "不需要退货", "无需退货"]), "refund_only")
    kind = kind.mask(goods_back.isin(["是", "需要", "需要退货"]), "return_refund")
    return {"refunds": canonical("refunds", rows.assign(kind=services(rows["service"], _SERVICES, kind)))}


REFUNDS = Report(
    name="refunds",
    title="Taobao refund report (退款报表)",
    columns=(
        Column("refund_id", ("退款编号",), Kind.ID, required=True, filled=True),
        Column("order_id", ("订单编号",), Kind.ID, required=True, filled=True),
        Column("refunded_micros", ("买家退款金额", "退款总额"), Kind.MONEY, required=True, filled=True),
        Column("status", ("退款状态",), Kind.STATUS, required=True, filled=True, words=STATUSES),
        Column("requested_at", ("退款的申请时间", "退款申请时间"), Kind.TIME),
        Column("completed_at", ("退款完结时间", "完结时间"), Kind.TIME),
        Column("merchant_code", ("商品编码", "商家编码"), Kind.ID),
        Column("goods_back", ("是否需要退货",), Kind.TEXT),
        Column("service", ("售后类型",), Kind.TEXT),
        Column("reason", ("买家退款原因",), Kind.TEXT),
    ),
    known=_HEADERS,
    generations=(
        ("2026, 53 columns", ("退款总额", "退款申请时间")),
        ("2026", ("支付单号", "商品id")),
        ("older", ("支付宝交易号", "买家会员名称")),
        ("2020", ("支付宝交易号",)),
    ),
    guessed={
        "2026, 53 columns": "of its 53 columns only 退款总额, 退款申请时间 and 商品id are known; the others are "
        "taken to be those of the report before it."
    },
    key=("refund_id",),
    day="requested_at",
    money="refunded_micros",
    keep_together_by=("refund_id",),
    build=_refunds,
)

REPORTS = (REFUNDS,)
