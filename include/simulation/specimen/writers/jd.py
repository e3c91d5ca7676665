"""JD's two reports: orders, one line a sku with the order's totals repeated, and the settlement that tells refunds."""

from __future__ import annotations

from datetime import date, datetime

import numpy as np
import pandas as pd
import pyarrow as pa

from include.simulation.specimen.business import Specimen
from include.simulation.specimen.lives import SUCCEEDED
from include.simulation.specimen.settings import JD, SHOPS, day_number
from include.simulation.specimen.snapshot import CLOSED, COMPLETED, PAID, REFUND_OPEN, Columns, Snapshot
from include.simulation.specimen.writers import buyer_cells
from include.simulation.specimen.writers.sheet import Sheet, columns, money, pick, repeated, texts, times, when, whole
from include.simulation.specimen.writers.tmall import remarks

ORDER_HEADER = columns(
    "订单号,商品ID,商品名称,订购数量,支付方式,下单时间,京东价,订单金额,结算金额,余额支付,应付金额,订单状态,"
    "订单类型,下单帐号,客户姓名,客户地址,联系电话,订单备注,发票类型,发票抬头,发票内容,商家备注,"
    "商家备注等级（等级1-5为由高到低）,运费金额,付款确认时间,增值税发票,货号,订单完成时间,订单来源,订单渠道,"
    "送装服务,服务费,仓库id,仓库名称,邮政编码,邮箱地址,普通发票纳税编号,商家SKUID,是否为品牌商订单,"
    "是否为toplife订单"
)
SETTLEMENT_HEADER = columns(
    "订单编号,父单号,订单状态,订单下单时间,订单完成时间,售后服务单号,售后退款时间,商品编号,商品名称,商品数量,"
    "扣点类型,佣金比例,费用名称,应结金额,币种,收支方向,结算状态,预计结算时间,账单生成时间,到账时间,商户订单号,"
    "资金动账备注"
)
STATUS = ("等待付款", "等待出库", "等待确认收货", "完成", "已取消")  # by the states of a snapshot
COMMISSION_PERCENT = 8
_QUOTED = ('"', '"')


def product_ids(listing: np.ndarray) -> pa.Array:
    """JD's own sku ids."""
    return whole(100_012_000_000 + listing.astype(np.int64) * 13)


def orders(specimen: Specimen, snapshot: Snapshot, day: date, part: int = 0) -> Sheet:
    """The order report; a split order stands there as a deleted parent and again as its children."""
    table, lines = snapshot.orders, snapshot.lines
    order = lines["position"]
    gross = np.bincount(order, weights=lines["price_fen"] * lines["quantity"], minlength=len(table["row"]))
    gross = gross.astype(np.int64) + table["freight_fen"]
    cancelled = np.isnat(table["paid"]) | np.isnat(table["shipped"])
    status = np.where((table["status"] == CLOSED) & ~cancelled, COMPLETED, table["status"])
    asked = np.bincount(order, weights=lines["refund_state"] == REFUND_OPEN, minlength=len(status)) > 0
    words = texts(when(asked & (status == PAID), "(锁定)"), pick(STATUS, status))
    # Whole orders and children first, then their deleted parents: (order shown, number, totals, status, remark).
    family = _families(table)
    child = np.flatnonzero(family["place"][order] >= 0)
    shown = np.concatenate([np.arange(len(order)), child])
    deleted = np.arange(len(shown)) >= len(order)
    of, parent = order[shown], np.maximum(family["place"][order[shown]], 0)
    if not len(family["number"]):
        family = {**family, "number": np.zeros(1, dtype=np.int64), "remark": np.array([""], dtype=object)}

    def either(own: np.ndarray) -> pa.Array:
        """An order's own sum, or its family's on the deleted parent."""
        together = np.bincount(
            np.maximum(family["place"], 0),
            weights=np.where(family["place"] >= 0, own, 0),
            minlength=len(family["number"]),
        ).astype(np.int64)
        return money(np.where(deleted, together[parent], own[of]))

    payable = either(table["total_fen"])
    turn = np.lexsort((lines["nth"][shown], ~deleted, np.where(deleted, family["number"][parent], table["number"][of])))
    turn = turn[np.argsort(-table["created"][of[turn]].astype(np.int64), kind="stable")]
    who = table["customer"][of]
    listing = lines["listing"][shown]
    sheet = Sheet(
        name=f"{19_000_000 + day_number(day) * 40 + part}.csv",
        header=ORDER_HEADER,
        rows=len(shown),
        encoding="gb18030",
        wrap=dict.fromkeys(("客户姓名", "客户地址", "联系电话", "订单备注", "商家备注"), _QUOTED),
        roles={"id": ("订单号", "商品ID"), "quantity": ("订购数量",), "time": ("下单时间",)},
        cells={
            "订单号": whole(np.where(deleted, family["number"][parent], table["number"][of])),
            "商品ID": product_ids(listing),
            "商品名称": pick(specimen.catalogue.listing_titles, listing),
            "订购数量": whole(lines["quantity"][shown]),
            "支付方式": "在线支付",
            "下单时间": repeated(times(table["created"]), of),
            "京东价": money(lines["price_fen"][shown]),
            "订单金额": either(gross),
            "结算金额": payable,
            "余额支付": "0.00",
            "应付金额": payable,
            "订单状态": when(deleted, "(删除)等待出库", texts(" ", repeated(words, of))),
            "订单类型": "销售订单",
            "下单帐号": buyer_cells.masked_nicks(who),
            "客户姓名": buyer_cells.masked_names(who),
            "客户地址": texts(buyer_cells.jd_regions(specimen.customers, who), buyer_cells.houses(who)),
            "联系电话": texts("1******", whole(who * 37 % 9_000 + 1_000)),
            "商家备注": when(deleted, pa.array(family["remark"][parent], pa.string()), remarks(table["kind"][of])),
            "运费金额": either(table["freight_fen"]),
            "付款确认时间": repeated(times(table["paid"]), of),
            "增值税发票": "否",
            "货号": pick(specimen.catalogue.sku_codes, specimen.catalogue.listing_main[listing]),
            "订单完成时间": repeated(times(table["completed"]), of),
            "订单来源": "移动端订单",
            "订单渠道": "京东",
            "商家SKUID": pick(specimen.catalogue.listing_codes, listing),
            "是否为品牌商订单": "否",
            "是否为toplife订单": "否",
        },
    )
    sheet.cells = {
        name: cells if isinstance(cells, str) else repeated(cells, turn) for name, cells in sheet.cells.items()
    }
    return sheet


def settlement(
    specimen: Specimen, snapshot: Snapshot, refunds: Columns, first: date, day: date, exported_at: datetime
) -> Sheet:
    """The settlement from `first` to `day`: income and commission of completed orders, and each refund paid."""
    since = np.datetime64(first, "s")
    table, lines = snapshot.orders, snapshot.lines
    earned = np.flatnonzero((table["completed"] >= since)[lines["position"]] & ~lines["gift"])
    position = lines["position"][earned]
    back = np.flatnonzero(refunds["settled"] & (refunds["outcome"] == SUCCEEDED) & (refunds["completed"] >= since))
    ledger = specimen.sales.orders
    rows = pd.concat(
        [
            _settled(lines["row"][earned], table["row"][position], table["completed"][position], "货款", +100),
            _settled(
                lines["row"][earned], table["row"][position], table["completed"][position], "佣金", -COMMISSION_PERCENT
            ),
            _settled(refunds["line"][back], refunds["order"][back], refunds["completed"][back], "货款", -100),
        ],
        ignore_index=True,
    )
    of, line = rows["order"].to_numpy(), rows["line"].to_numpy()
    refund = np.zeros(len(rows), dtype=bool)
    refund[2 * len(earned) :] = True
    amount = specimen.sales.lines["payable_fen"][line] * rows["percent"].to_numpy() // 100
    amount[refund] = -refunds["amount_fen"][back]
    service, quantity = np.zeros(len(rows), dtype=np.int64), specimen.sales.lines["quantity"][line].copy()
    service[refund] = 1_200_000_000 + refunds["number"][back]
    quantity[refund] = refunds["quantity"][back]
    listing = specimen.sales.lines["listing"][line]
    bill = times(rows["billed"].to_numpy())
    done = np.where(ledger["completed"][of] < snapshot.instant, ledger["completed"][of], np.datetime64("NaT"))
    parent = ledger["parent"][of]
    return Sheet(
        name=f"订单结算明细_{first}_{day}_{exported_at:%Y%m%d%H%M%S}.csv",
        header=SETTLEMENT_HEADER,
        rows=len(rows),
        encoding="gb18030",
        roles={"id": ("订单编号", "售后服务单号"), "quantity": ("商品数量",), "time": ("账单生成时间",)},
        cells={
            "订单编号": whole(ledger["number"][of]),
            "父单号": when(parent > 0, whole(parent), whole(ledger["number"][of])),
            "订单状态": when(np.isnat(done), "已取消", "已完成"),
            "订单下单时间": times(ledger["created"][of]),
            "订单完成时间": times(done),
            "售后服务单号": when(refund, whole(service)),
            "售后退款时间": when(refund, bill),
            "商品编号": product_ids(listing),
            "商品名称": pick(specimen.catalogue.listing_titles, listing),
            "商品数量": whole(quantity),
            "扣点类型": "比例",
            "佣金比例": f"{COMMISSION_PERCENT}.00%",
            "费用名称": pa.array(rows["fee"], pa.string()),
            "应结金额": money(amount),
            "币种": "人民币",
            "收支方向": when(amount >= 0, "收入", "支出"),
            "结算状态": "已结算",
            "预计结算时间": bill,
            "账单生成时间": bill,
            "到账时间": bill,
            "商户订单号": whole(ledger["number"][of]),
            "资金动账备注": SHOPS[JD].title,
        },
    )


def _settled(line: np.ndarray, order: np.ndarray, billed: np.ndarray, fee: str, percent: int) -> pd.DataFrame:
    return pd.DataFrame({"line": line, "order": order, "billed": billed, "fee": fee, "percent": percent})


def _families(table: Columns) -> dict[str, np.ndarray]:
    """Split orders: by order the place of its family (-1: none); by family the parent's number and its remark."""
    parents, inverse = np.unique(table["parent"], return_inverse=True)
    split = parents > 0
    place = np.where(split, np.cumsum(split) - 1, -1)[inverse]
    members = pd.DataFrame({"place": place, "number": table["number"].astype(str)})
    members = members[members["place"] >= 0].sort_values(["place", "number"])
    remark = members.groupby("place")["number"].agg("    ".join)
    return {"place": place, "number": parents[split], "remark": ("订单拆分为  " + remark).to_numpy(dtype=object)}
