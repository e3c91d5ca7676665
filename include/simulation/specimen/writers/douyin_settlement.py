"""Douyin's settlement: a line a completed sub-order, the platform's fee and commission taken off, refunds later."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pyarrow as pa

from include.simulation.specimen.business import Specimen
from include.simulation.specimen.lives import SUCCEEDED
from include.simulation.specimen.snapshot import Columns, Snapshot
from include.simulation.specimen.writers.douyin import product_ids, sub_numbers
from include.simulation.specimen.writers.sheet import Cells, Sheet, columns, money, times, whole

HEADER = columns(
    "结算时间,订单号,子订单号,结算金额,结算账户,结算单类型,有结算前退款,下单时间,商品ID,商品数量,业务类型,订单类型,订单总价,"
    "商品总价,运费,店铺劵,结算前退款金额,平台补贴,达人补贴,抖音支付补贴,抖音月付营销补贴,用户实付,收入合计,平台服务费,佣金,"
    "渠道分成,招商服务费,站外推广费,其他分成,其他分成说明,支出合计,是否免佣,免佣金额,备注"
)
EXPLAINED = {
    "结算金额": "收入合计+支出合计",
    "收入合计": "用户实付+平台补贴+达人补贴",
    "支出合计": "平台服务费+佣金+渠道分成+招商服务费+站外推广费+其他分成",
}
SERVICE_PERCENT, COMMISSION_PERCENT = 5, 3


def settlement(specimen: Specimen, snapshot: Snapshot, refunds: Columns, first: date, day: date) -> Sheet:
    """What was settled from `first` to `day`: completed lines, and refunds that ended after their order had.

    The second row of the file explains the columns, as the platform writes it.
    """
    since = np.datetime64(first, "s")
    table, lines, ledger = snapshot.orders, snapshot.lines, specimen.sales
    earned = np.flatnonzero((table["completed"] >= since)[lines["position"]] & ~lines["gift"])
    order = table["row"][lines["position"][earned]]
    late = refunds["settled"] & (refunds["outcome"] == SUCCEEDED) & (refunds["completed"] >= since)
    late &= refunds["completed"] > ledger.orders["completed"][refunds["order"]]
    back = np.flatnonzero(late)

    line = np.concatenate([lines["row"][earned], refunds["line"][back]])
    order = np.concatenate([order, refunds["order"][back]])
    settled = np.concatenate([table["completed"][lines["position"][earned]], refunds["completed"][back]])
    refund = np.arange(len(line)) >= len(earned)
    # What had gone back before the order was completed is not settled any more. A line has at most one refund.
    early = snapshot.refunds["settled"] & (snapshot.refunds["outcome"] == SUCCEEDED)
    early &= snapshot.refunds["completed"] <= ledger.orders["completed"][snapshot.refunds["order"]]
    returned = pd.Series(snapshot.refunds["amount_fen"][early], index=snapshot.refunds["line"][early])
    before = returned.reindex(lines["row"][earned]).fillna(0).to_numpy(np.int64)
    kept = lines["payable_fen"][earned] - before
    income = np.concatenate([kept, -refunds["amount_fen"][back]]).astype(np.int64)
    service, commission = (-(income * percent // 100) for percent in (SERVICE_PERCENT, COMMISSION_PERCENT))
    service[refund] = commission[refund] = 0
    number = ledger.orders["number"][order]
    nth = line - ledger.orders["first_line"][order]
    listing = ledger.lines["listing"][line]
    kinds = pa.array(np.where(refund, "结算后退款", "正常结算").tolist(), pa.string())
    cells: dict[str, Cells] = {
        "结算时间": times(settled),
        "订单号": whole(number),
        "子订单号": whole(sub_numbers(number, nth)),
        "结算金额": money(income + service + commission),
        "结算账户": "聚合账户",
        "结算单类型": kinds,
        "下单时间": times(ledger.orders["created"][order]),
        "商品ID": product_ids(listing),
        "商品数量": whole(ledger.lines["quantity"][line]),
        "业务类型": "普通订单",
        "结算前退款金额": money(np.concatenate([before, np.zeros(len(back), dtype=np.int64)])),
        "用户实付": money(income),
        "收入合计": money(income),
        "平台服务费": money(service),
        "佣金": money(commission),
        "支出合计": money(service + commission),
        "是否免佣": "否",
        "免佣金额": "0.00",
    }
    sheet = Sheet(name="", header=HEADER, rows=len(line), cells=cells)
    explained = {
        name: pa.concat_arrays([pa.array([EXPLAINED.get(name, "")], pa.string()), sheet.column(name)])
        for name in HEADER
    }
    return Sheet(
        name=f"结算账单_{first:%Y%m%d}_{day:%Y%m%d}.csv",
        header=HEADER,
        rows=len(line) + 1,
        roles={"id": ("订单号", "子订单号"), "quantity": ("商品数量",), "time": ("结算时间",)},
        wrap=dict.fromkeys(("订单号", "子订单号"), ("'", "")),
        ending="\n",
        cells=dict(explained),
    )
