"""JD's money: the settlement in both layouts and 京东钱包; and refunds, which only the settlement tells for certain.

JD's own after-sale export has never been seen: the settlement's lines are the refunds. What a line means:

- 货款 that comes in (收支方向 收入, or an amount above zero): what JD pays out for goods. A movement of money.
- 货款 that goes out (收支方向 支出, or an amount below zero), with or without 售后服务单号: a refund of its order, and
  a movement of money.
- 货款 with 售后服务单号, or of a 结算单类型 售后…, in a layout without 收支方向: a refund too, whatever its sign.
- any other 费用名称 (佣金, …): a movement of money, out or in. Commission that comes back with a refund is no refund.

The wallet tells the same money once more and makes no refunds: bring in the settlement where refunds matter.
"""

import pandas as pd

from include.exports.building.after_sale_words import services
from include.exports.building.money_rows import money_movements, money_report, named, signed
from include.exports.canonical import canonical
from include.exports.declaration import Column, Context, Kind, Report, header_list, meanings

_AFTER_SALE_STATUSES = meanings(
    open="待审核,待客户反馈,待收货,待处理,处理中,退款中,待用户确认",
    succeeded="已退款,退款成功,完成,已完成",
    closed="取消,已取消,已关闭,审核不通过,审核关闭",
)
_SERVICES = (
    ("退款", "refund_only"),
    ("退货", "return_refund"),
    ("换", "exchange"),
    ("补", "resend"),
    ("维修", "exchange"),
)


def _amount(rows: pd.DataFrame) -> pd.Series:
    return signed(rows["amount"], rows["direction"])


def _settlement(rows: pd.DataFrame, context: Context) -> dict[str, pd.DataFrame]:
    amount = _amount(rows)
    bill = rows["service_id"].fillna(rows["bill_id"])
    movements = rows.assign(
        movement_id=named(rows["order_id"], bill, rows["product_id"], rows["fee"]),
        moved_at=_moment(rows),
        amount_micros=amount,
        kind=rows["bill_kind"].fillna(rows["direction"]),
    )
    return money_movements(movements) | {"refunds": _refunds(rows.assign(amount=amount))}


def _moment(rows: pd.DataFrame) -> pd.Series:
    return rows["completed_at"].fillna(rows["settled_at"]).fillna(rows["arrived_at"]).fillna(rows["billed_at"])


def _refunds(rows: pd.DataFrame) -> pd.DataFrame:
    by_service = rows["service_id"].notna() | rows["completed_at"].notna()
    by_bill = rows["bill_kind"].fillna("").str.contains("售后|退款", regex=True)
    goods = rows["fee"].isna() | rows["fee"].fillna("").str.contains("货款", regex=False)
    taken_back = (rows["amount"] < 0).fillna(False)
    unsigned = (by_service | by_bill) & rows["direction"].isna()
    back = rows[goods & (taken_back | unsigned)]
    service = back["service_id"].fillna(back["bill_id"])
    # Without a number of its own, one refund is told from the next of its order by its product and by when it was
    # billed, which stays what it is when the money arrives.
    billed = back["completed_at"].fillna(back["billed_at"]).dt.strftime("%Y%m%d%H%M%S").astype("str")
    unnumbered = named(back["order_id"] + "/货款", back["product_id"], billed)
    number = back.groupby(service, sort=False).cumcount() + 1
    service = service.mask((number > 1) & service.notna(), service + "#" + number.astype("str")).fillna(unnumbered)
    refunds = back.assign(
        refund_id=service,
        completed_at=_moment(back),
        refunded_micros=back["amount"].abs(),
        kind="unknown",
        status="succeeded",
    )
    return canonical("refunds", refunds)


def _after_sale(rows: pd.DataFrame, context: Context) -> dict[str, pd.DataFrame]:
    return {"refunds": canonical("refunds", rows.assign(kind=services(rows["service"], _SERVICES)))}


SETTLEMENT = Report(
    name="settlement",
    title="JD settlement",
    columns=(
        Column("order_id", ("订单编号",), Kind.ID, required=True, filled=True),
        Column("amount", ("应结金额",), Kind.MONEY, required=True, filled=True),
        Column("fee", ("费用名称",), Kind.TEXT, required=True),
        Column("direction", ("收支方向",), Kind.TEXT),
        Column("product_id", ("商品编号",), Kind.ID),
        Column("service_id", ("售后服务单号",), Kind.ID),
        Column("completed_at", ("售后退款时间",), Kind.TIME),
        Column("bill_kind", ("结算单类型",), Kind.TEXT),
        Column("bill_id", ("结算单号",), Kind.ID),
        Column("settled_at", ("结算时间",), Kind.TIME),
        Column("arrived_at", ("到账时间",), Kind.TIME),
        Column("billed_at", ("账单生成时间",), Kind.TIME),
        Column("quantity", ("商品数量",), Kind.QUANTITY),
    ),
    known=header_list(
        "订单编号,父单号,订单状态,订单下单时间,订单完成时间,售后服务单号,售后退款时间,商品编号,商品名称,商品单价,商品数量,扣点类型,佣金比例,"
        "费用名称,费用分类,应结金额,币种,收支方向,结算状态,预计结算时间,结算时间,账单生成时间,到账时间,商户订单号,资金动账备注,结算单类型,"
        "结算单号,结算主体"
    ),
    generations=(("2026", ("结算单类型", "结算主体")), ("older", ("售后服务单号",))),
    key=("service_id",),
    day="completed_at",
    money=lambda rows, _: _amount(rows),
    keep_together_by=("service_id", "bill_id", "order_id"),
    build=_settlement,
)


def _wallet(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.assign(
        movement_id=named(rows["bill_id"].fillna(rows["order_id"]), rows["product_id"], rows["fee"]),
        moved_at=rows["settled_at"].fillna(rows["billed_at"]).fillna(rows["arisen_at"]),
    )


WALLET = money_report(
    name="wallet",
    title="JD wallet (京东钱包)",
    columns=(
        Column("bill_id", ("单据编号",), Kind.ID, required=True, filled=True),
        Column("order_id", ("订单编号",), Kind.ID, required=True),
        Column("amount", ("金额",), Kind.MONEY, required=True, filled=True),
        Column("fee", ("费用项",), Kind.TEXT, required=True),
        Column("kind", ("单据类型",), Kind.TEXT),
        Column("direction", ("收支方向",), Kind.TEXT),
        Column("due", ("商家应收/应付",), Kind.TEXT),
        Column("product_id", ("商品编号",), Kind.ID),
        Column("settled_at", ("费用结算时间",), Kind.TIME),
        Column("billed_at", ("费用计费时间",), Kind.TIME),
        Column("arisen_at", ("费用发生时间",), Kind.TIME),
    ),
    known="订单编号,单据编号,单据类型,商品编号,商户订单号,商品名称,结算状态,费用发生时间,费用计费时间,费用结算时间,费用项,金额,币种,商家应收/应付,"
    "钱包结算备注,店铺号,京东门店编号,品牌门店编号,门店名称,备注,收支方向,商品数量,对账日期",
    generations=(("钱包", ("单据编号", "对账日期")),),
    day="settled_at",
    amount=lambda rows: signed(rows["amount"], rows["direction"].fillna(rows["due"])),
    keep_together_by=("bill_id",),
    prepare=_wallet,
)

AFTER_SALE = Report(
    name="after_sale",
    title="JD after-sale export",
    columns=(
        Column("refund_id", ("售后服务单号", "服务单号", "退款单号"), Kind.ID, required=True, filled=True),
        Column("order_id", ("订单号", "订单编号"), Kind.ID, required=True, filled=True),
        Column("refunded_micros", ("退款金额", "应退金额", "实退金额"), Kind.MONEY, required=True, filled=True),
        Column("status", ("服务单状态", "售后状态", "退款状态", "状态"), Kind.STATUS, required=True, filled=True,
               words=_AFTER_SALE_STATUSES),
        Column("requested_at", ("售后申请时间", "申请时间"), Kind.TIME),
        Column("completed_at", ("售后退款时间", "退款时间", "售后审核时间", "审核时间"), Kind.TIME),
        Column("merchant_code", ("商家SKUID",), Kind.ID),
        Column("quantity", ("商品数量", "申请数量"), Kind.QUANTITY),
        Column("service", ("服务类型", "售后类型", "客户期望"), Kind.TEXT),
        Column("reason", ("售后原因", "申请原因", "退款原因"), Kind.TEXT),
    ),
    known=header_list("商品编号,商品ID,商品名称,售后审核时间,审核时间,客户账号,下单帐号,审核人,审核结果,处理结果"),
    generations=(("never seen", ("退款金额",)),),
    guessed="the whole header: only 售后服务单号, 售后退款时间 and 售后审核时间 have been seen. The settlement tells "
    "refunds for certain.",
    key=("refund_id",),
    day="requested_at",
    money="refunded_micros",
    keep_together_by=("refund_id",),
    build=_after_sale,
)  # fmt: skip

REPORTS = (SETTLEMENT, WALLET, AFTER_SALE)
