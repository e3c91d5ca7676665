"""Pinduoduo (拼多多): the shop's bill."""

import pandas as pd

from include.exports.building.money_rows import balance, money_report, named
from include.exports.declaration import Column, Kind


def _movements(rows: pd.DataFrame) -> pd.DataFrame:
    """业务描述 is `0010002|交易收入-订单收入`; else 账务类型 is the kind, and a cost is a fee by it."""
    kind = rows["business"].str.replace(r"^\d+\|", "", regex=True).fillna(rows["book"])
    is_back = rows["book"].str.contains("退款|提现", regex=True, na=False)
    cost = (rows["amount_micros"] < 0).fillna(False) & ~is_back
    moment = rows["moved_at"].dt.strftime("%Y%m%d%H%M%S").astype("str")
    return rows.assign(
        movement_id=named(rows["order_id"], moment, rows["business"].fillna(rows["book"])),
        kind=kind,
        fee=rows["book"].where(cost),
    )


BILL = money_report(
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
    known="备注",
    generations=(("商品订单号", ("商品订单号", "账务类型")), ("商户订单号", ("商户订单号", "账务类型"))),
    amount=lambda rows: balance(rows["income_micros"], rows["expense_micros"]),
    keep_together_by=("order_id", "moved_at"),
    prepare=_movements,
)

REPORTS = (BILL,)
