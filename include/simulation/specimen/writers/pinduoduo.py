"""Pinduoduo's two reports: orders (the 27 default columns, a tab at the end of every cell) and after-sale (xlsx)."""

from __future__ import annotations

import hashlib
from datetime import datetime

import numpy as np
import pyarrow as pa

from include.simulation.specimen.business import Specimen
from include.simulation.specimen.lives import BEFORE_SHIPPING, REASONS, RETURN_REFUND, SUCCEEDED
from include.simulation.specimen.snapshot import CLOSED, Columns, Snapshot
from include.simulation.specimen.writers import single
from include.simulation.specimen.writers.sheet import Sheet, columns, money, pick, texts, times, when, whole
from include.simulation.specimen.writers.tmall import remarks

ORDER_HEADER = columns(
    "商品,订单号,订单状态,商品总价(元),邮费(元),店铺优惠折扣(元),平台优惠折扣(元),多多支付立减金额(元),用户实付金额(元),"
    "商家实收金额(元),商品数量(件),发货时间,确认收货时间,商品id,商品规格,样式ID,商家编码-规格维度,商家编码-商品维度,"
    "商家备注,售后状态,快递单号,快递公司,订单成交时间,是否分期,分期期数,手续费承担方,分期方式"
)
AFTER_SALE_HEADER = columns(
    "售后编号,订单编号,交易金额,售后状态,退款类型,退款金额,订单状态,发货运单号,商品ID,买家,超时时间,申请时间,退款原因,"
    "退货运单号,退货物流状态,退货物流状态对应时间,同意退款时间,同意退款人,同意退货时间,同意退货人,快递拦截状态,sku信息,"
    "订单标记,备注"
)
STATUS = ("待支付", "待发货", "已发货，待收货", "已收货", "已取消")  # by the states of a snapshot
REFUND_STATE = ("无售后或售后取消", "售后处理中", "退款成功", "无售后或售后取消")
_BASE = 400_000_000_000_000


def order_numbers(created: np.ndarray, row: np.ndarray, nth: np.ndarray) -> pa.Array:
    """yymmdd-15 digits: the day of the order, its row in the ledger and the place of its line."""
    day = pa.array([text[2:].replace("-", "") for text in created.astype("datetime64[D]").astype(str).tolist()])
    return texts(day, "-", single.numbers(row, nth, _BASE))


def orders(specimen: Specimen, snapshot: Snapshot, refunds: Columns, exported_at: datetime, part: int) -> Sheet:
    """The order report, which says neither when an order was made nor what was paid back."""
    table, lines, goods = snapshot.orders, snapshot.lines, specimen.catalogue
    seen = single.of_snapshot(snapshot)
    order, paid = seen.order, ~np.isnat(table["paid"][seen.order])
    full = lines["price_fen"] * lines["quantity"]
    refunded = when(seen.gone, "已发货，退款成功", "未发货，退款成功")
    status = when((seen.status == CLOSED) & paid, refunded, pick(STATUS, seen.status))
    stamp = f"{exported_at:%Y-%m-%d-%H-%M}-{part:02d}"
    return Sheet(
        name=f"{hashlib.md5(stamp.encode(), usedforsecurity=False).hexdigest()}orders_export{stamp}.csv",
        header=ORDER_HEADER,
        rows=len(order),
        plain=("", "\t"),
        roles={"id": ("订单号",), "quantity": ("商品数量(件)",), "time": ("订单成交时间",)},
        cells={
            "商品": pick(goods.listing_titles, lines["listing"]),
            "订单号": order_numbers(table["created"][order], table["row"][order], lines["nth"]),
            "订单状态": status,
            "商品总价(元)": money(full),
            "邮费(元)": money(seen.freight_fen),
            "店铺优惠折扣(元)": money(full - lines["payable_fen"]),
            "平台优惠折扣(元)": "0.00",
            "多多支付立减金额(元)": "0.00",
            "用户实付金额(元)": money(lines["payable_fen"] + seen.freight_fen),
            "商家实收金额(元)": money(lines["payable_fen"] + seen.freight_fen),
            "商品数量(件)": whole(lines["quantity"]),
            "发货时间": times(table["shipped"][order]),
            "确认收货时间": times(table["completed"][order]),
            "商品id": whole(100_000_000 + lines["listing"].astype(np.int64)),
            "商品规格": "默认",
            "样式ID": whole(900_000_000 + lines["listing"].astype(np.int64)),
            "商家编码-规格维度": pick(goods.listing_codes, lines["listing"]),
            "商家备注": remarks(table["kind"][order]),
            "售后状态": pick(REFUND_STATE, lines["refund_state"]),
            "订单成交时间": times(table["paid"][order]),
            "是否分期": "否",
        },
    )


def after_sale(specimen: Specimen, snapshot: Snapshot, refunds: Columns, exported_at: datetime, part: int) -> Sheet:
    """The after-sale report: one line a case."""
    ledger, goods = specimen.sales.orders, specimen.sales.lines
    order, nth = single.refund_places(specimen, refunds)
    early = refunds["kind"] == BEFORE_SHIPPING
    done = refunds["settled"] & (refunds["outcome"] == SUCCEEDED)
    settled = when(refunds["settled"], "商家拒绝退款，退款关闭", "商家同意退款，退款中")
    return Sheet(
        name=f"售后数据_{exported_at:%Y%m%d%H%M}{part:02d}.xlsx",
        header=AFTER_SALE_HEADER,
        title="售后数据",
        text_columns=len(AFTER_SALE_HEADER),
        rows=len(order),
        roles={"id": ("售后编号", "订单编号"), "time": ("申请时间",)},
        cells={
            "售后编号": whole(90_000_000_000_000 + refunds["number"]),
            "订单编号": order_numbers(ledger["created"][order], order, nth),
            "交易金额": money(goods["payable_fen"][refunds["line"]]),
            "售后状态": when(done, when(early, "未发货，退款成功", "已发货，退款成功"), settled),
            "退款类型": when(refunds["kind"] == RETURN_REFUND, "退货退款", "仅退款"),
            "退款金额": money(refunds["amount_fen"]),
            "商品ID": whole(100_000_000 + goods["listing"][refunds["line"]].astype(np.int64)),
            "申请时间": times(refunds["requested"]),
            "退款原因": pick(REASONS, refunds["reason"]),
            "同意退款时间": when(done, times(refunds["completed"])),
        },
    )
