"""Kuaishou's two reports: orders (64 columns, a locked workbook) and after-sale (csv, the four columns known of it)."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from include.simulation.specimen.business import Specimen
from include.simulation.specimen.lives import SUCCEEDED
from include.simulation.specimen.snapshot import Columns, Snapshot
from include.simulation.specimen.writers import buyer_cells, single
from include.simulation.specimen.writers.sheet import Cells, Sheet, columns, money, pick, texts, times, when, whole
from include.simulation.specimen.writers.tmall import remarks

ORDER_HEADER = columns(
    "订单号,赠品订单号,活动订单编号,订单创建时间,订单支付时间,预售定金支付时间,订单状态,实付款,快递费,店铺优惠,平台补贴,"
    "主播补贴,混资活动优惠,支付优惠,支付方式,成交数量,买家留言,账号类型,账号明细,订单备注,旗帜颜色,售后状态,活动订单,"
    "预售/承诺发货时间,订单载体,国补类型,商品名称,商品ID,商品规格,SKU编码,商品单价,渠道,CPS达人ID,CPS达人昵称,"
    "预估推广佣金,预估推广者分佣比例,团长ID,团长昵称,快赚客ID,快赚客昵称,授权推广者ID,授权推广者昵称,收货人姓名,收货人电话,"
    "收货地址-省,收货地址-市,收货地址-区,收货地址-街道,收货地址,发货时间,快递公司,快递单号,物流信息,集运类型,直邮类型,仓库名称,"
    "仓库地址,发货类型,实名姓名,服务门店ID,服务门店名称,服务门店地址,国补/类国补/消费券,订单销售主体"
)
AFTER_SALE_HEADER = columns("售后单号,订单编号,退款金额,售后状态")
STATUS = ("待付款", "待发货", "已发货", "交易成功", "交易关闭")  # by the states of a snapshot
REFUND_STATE = ("-", "售后处理中", "售后成功", "-")
PASSWORD = "ks-specimen"  # noqa: S105 - of the order workbooks; a real shop's stands in its connection
PAGE_ROWS = 5_000
_BASE = 2_600_000_000_000


def order_numbers(row: np.ndarray, nth: np.ndarray) -> pa.Array:
    """Thirteen digits: an order's row in the ledger and the place of its line."""
    return single.numbers(row, nth, _BASE)


def orders(specimen: Specimen, snapshot: Snapshot, refunds: Columns, exported_at: datetime, part: int) -> Sheet:
    """The order report, locked and of several sheets where it is long: times with slashes, money with its sign, `-`
    where there is nothing."""
    table, lines, goods = snapshot.orders, snapshot.lines, specimen.catalogue
    seen = single.of_snapshot(snapshot)
    order = seen.order
    who = table["customer"][order]
    province, city, district = buyer_cells.regions(specimen.customers, who)
    return Sheet(
        name=f"订单_{exported_at:%Y%m%d%H%M}{part:02d}.xlsx",
        header=ORDER_HEADER,
        rows=len(order),
        text_columns=len(ORDER_HEADER),
        page_rows=PAGE_ROWS,
        password=PASSWORD,
        roles={"id": ("订单号",), "quantity": ("成交数量",), "time": ("订单创建时间",)},
        cells={
            "订单号": order_numbers(table["row"][order], lines["nth"]),
            "订单创建时间": _slashed(table["created"][order]),
            "订单支付时间": _slashed(table["paid"][order]),
            "订单状态": pick(STATUS, seen.status),
            "实付款": _signed(lines["payable_fen"] + seen.freight_fen),
            "快递费": _signed(seen.freight_fen),
            "店铺优惠": _signed(lines["price_fen"] * lines["quantity"] - lines["payable_fen"]),
            "平台补贴": "￥0",
            "支付优惠": "--",
            "成交数量": whole(lines["quantity"]),
            "订单备注": remarks(table["kind"][order]),
            "售后状态": pick(REFUND_STATE, lines["refund_state"]),
            "商品名称": pick(goods.listing_titles, lines["listing"]),
            "商品ID": whole(88_000_000 + lines["listing"].astype(np.int64)),
            "商品规格": "默认",
            "SKU编码": pick(goods.listing_codes, lines["listing"]),
            "商品单价": _signed(lines["price_fen"]),
            "收货人姓名": buyer_cells.masked_names(who),
            "收货地址-省": province,
            "收货地址-市": city,
            "收货地址-区": district,
            "发货时间": _slashed(table["shipped"][order]),
        },
    )


def after_sale(specimen: Specimen, snapshot: Snapshot, refunds: Columns, exported_at: datetime, part: int) -> Sheet:
    """The after-sale report: one line a case."""
    order, nth = single.refund_places(specimen, refunds)
    done = refunds["settled"] & (refunds["outcome"] == SUCCEEDED)
    return Sheet(
        name=f"售后_{exported_at:%Y%m%d%H%M}{part:02d}.csv",
        header=AFTER_SALE_HEADER,
        rows=len(order),
        roles={"id": ("售后单号", "订单编号")},
        cells={
            "售后单号": whole(7_700_000_000_000 + refunds["number"]),
            "订单编号": order_numbers(order, nth),
            "退款金额": _signed(refunds["amount_fen"]),
            "售后状态": when(done, "售后成功", when(refunds["settled"], "售后关闭", "售后处理中")),
        },
    )


def _slashed(moments: np.ndarray) -> pa.Array:
    text = pc.replace_substring(times(moments), "-", "/")
    return pc.if_else(pc.equal(text, ""), "-", text)


def _signed(fen: np.ndarray) -> Cells:
    return texts("¥", money(fen))
