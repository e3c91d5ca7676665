"""Kuaishou (快手小店): the fund flow."""

from include.exports.building.money_rows import money_report, signed
from include.exports.declaration import Column, Kind

_DIRECTIONS = {"收入": "收入", "入账": "收入", "支出": "支出", "出账": "支出"}


FUND_FLOW = money_report(
    name="fund_flow",
    title="快手 fund flow (账务流水)",
    columns=(
        Column("movement_id", ("账务流水号",), Kind.ID, required=True, filled=True),
        Column("order_id", ("关联业务单号",), Kind.ID, required=True),
        Column("moved_at", ("入账时间",), Kind.TIME, required=True, filled=True),
        Column("direction", ("账务方向",), Kind.STATUS, required=True, filled=True, words=_DIRECTIONS),
        Column("amount_micros", ("发生额(元)",), Kind.MONEY, required=True, filled=True, remarks=True),
        Column("kind", ("业务类型",), Kind.TEXT, required=True),
    ),
    known="期末余额(元),描述,备注",
    generations=(("fund flow", ("期末余额(元)",)),),
    key=("movement_id",),
    amount=lambda rows: signed(rows["amount_micros"], rows["direction"]),
    keep_together_by=("movement_id",),
)

REPORTS = (FUND_FLOW,)
