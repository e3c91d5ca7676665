"""Douyin's money: the settlement and the fund flow. They tell the same money twice: bring in one of the two.

The settlement's second row explains its columns (收入+支出…) and is no data. 店铺劵 and 动帐流水号 are the platform's
own spelling. A settled line gives a movement for the goods and one for each fee, which sum to its 结算金额.
"""

import pandas as pd

from include.exports.building.money_rows import money_movements, money_report, named, signed
from include.exports.declaration import Column, Context, Kind, Report, header_list

FEES = ("平台服务费", "佣金", "渠道分成", "招商服务费", "站外推广费", "其他分成")
_FEE_FIELDS = tuple(f"fee_{number}" for number in range(len(FEES)))


def _settlement(rows: pd.DataFrame, context: Context) -> dict[str, pd.DataFrame]:
    """The goods' movement is what the fees leave of 结算金额, so that a line's movements sum to it whatever it says.

    Fees are written below zero in some files and above in others: above, where income less spending is the amount.
    """
    settled, income, spending = rows["settled_micros"], rows["income_micros"], rows["spending_micros"]
    written_above = ((income - spending == settled) & (income + spending != settled)).fillna(False)
    line = named(rows["line_id"], rows["bill_kind"], rows["moved_at"].dt.strftime("%Y%m%d%H%M%S"))
    parts = [rows.assign(movement_id=line, amount_micros=settled, fee=None, place=-1)]
    for place, (field, fee) in enumerate(zip(_FEE_FIELDS, FEES, strict=True)):
        charged = rows[field].fillna(0)
        charged = charged.mask(written_above, -charged)
        parts[0]["amount_micros"] = parts[0]["amount_micros"] - charged
        part = rows.assign(movement_id=line + "/" + fee, amount_micros=charged, fee=fee, place=place)
        parts.append(part[charged != 0])
    movements = pd.concat(parts).sort_values(["file_line", "place"], kind="stable", ignore_index=True)
    return money_movements(movements.assign(kind=movements["bill_kind"].fillna(movements["business"])))


SETTLEMENT = Report(
    name="settlement",
    title="Douyin settlement",
    columns=(
        Column("line_id", ("子订单号",), Kind.ID, required=True, filled=True),
        Column("order_id", ("订单号",), Kind.ID, required=True, filled=True),
        Column("moved_at", ("结算时间",), Kind.TIME, required=True, filled=True),
        Column("settled_micros", ("结算金额",), Kind.MONEY, required=True, filled=True, remarks=True),
        Column("income_micros", ("收入合计",), Kind.MONEY, remarks=True),
        Column("spending_micros", ("支出合计",), Kind.MONEY, remarks=True),
        Column("bill_kind", ("结算单类型",), Kind.TEXT),
        Column("business", ("业务类型",), Kind.TEXT),
        *(Column(field, (fee,), Kind.MONEY, remarks=True) for field, fee in zip(_FEE_FIELDS, FEES, strict=True)),
    ),
    known=header_list(
        "结算时间,订单号,子订单号,结算金额,结算账户,结算单类型,有结算前退款,下单时间,商品ID,商品数量,业务类型,订单类型,订单总价,商品总价,运费,"
        "店铺劵,店铺券,结算前退款金额,平台补贴,达人补贴,抖音支付补贴,抖音月付营销补贴,用户实付,收入合计,平台服务费,佣金,渠道分成,招商服务费,"
        "站外推广费,其他分成,其他分成说明,支出合计,是否免佣,免佣金额,备注"
    ),
    generations=(("34 columns", ("结算单类型", "其他分成说明")),),
    explanations=(r"收入\s*[+＋]\s*支出", r"收入合计\s*[+＋-]\s*支出合计", r"实际结算.*金额.*[=＝]"),
    key=("line_id",),
    day="moved_at",
    money="settled_micros",
    keep_together_by=("line_id", "moved_at"),
    build=_settlement,
)

FUND_FLOW = money_report(
    name="fund_flow",
    title="Douyin fund flow",
    columns=(
        Column("movement_id", ("动帐流水号", "动账流水号"), Kind.ID, required=True, filled=True),
        Column("moved_at", ("动账时间", "动帐时间"), Kind.TIME, required=True, filled=True),
        Column("amount", ("动账金额",), Kind.MONEY, required=True, filled=True, remarks=True),
        Column("direction", ("动账方向",), Kind.TEXT, required=True, filled=True),
        Column("kind", ("动账场景",), Kind.TEXT),
        Column("fee", ("计费类型",), Kind.TEXT),
        Column("line_id", ("子订单号",), Kind.ID),
        Column("order_id", ("订单号",), Kind.ID),
    ),
    known="动账时间,动帐流水号,动账方向,动账金额,动账账户,动账场景,计费类型,子订单号,订单号,售后编号,下单时间,商品ID,订单类型,订单实付应结,运费实付,"
    "实际平台补贴_运费,实际平台补贴,实际达人补贴,实际抖音支付补贴,实际抖音月付营销补贴,订单退款,平台服务费,佣金,渠道分成,招商服务费,站外推广费,"
    "其他分成,是否免佣,免佣金额,备注,商品名称,达人ID,达人名称,其他平台补贴,以旧换新抵扣,政府补贴平台垫资,银行补贴,服务商佣金,商户主体名称",
    generations=(("39 columns", ("动账场景", "商户主体名称")), ("30 columns", ("动账场景",))),
    key=("movement_id",),
    amount=lambda rows: signed(rows["amount"], rows["direction"]),
    keep_together_by=("movement_id",),
)

REPORTS = (SETTLEMENT, FUND_FLOW)
