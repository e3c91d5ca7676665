"""Youzan's two reports: orders, with a column that stands twice, and items."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pyarrow as pa

from include.simulation.specimen.business import Specimen
from include.simulation.specimen.snapshot import REFUNDED, Columns, Snapshot
from include.simulation.specimen.writers import buyer_cells
from include.simulation.specimen.writers.sheet import Sheet, columns, money, pick, texts, times, when, whole
from include.simulation.specimen.writers.tmall import remarks

ORDER_HEADER = columns(
    "订单号,销售渠道,归属店铺,订单类型,订单状态,推广方式,订单来源,订单创建时间,买家付款时间,交易成功时间,付款方式,支付流水号,"
    "商品金额合计,运费,店铺优惠合计,应收订单金额,订单实付金额,支付优惠合计,订单实收金额,订单抵用积分数,店铺优惠方式,支付优惠方式,"
    "全部商品名称,商品种类数,订单配送方式,同城送达时间/提货时间,收货人省份,收货人城市,收货人地区,详细收货地址/提货地址,"
    "收货人/提货人,收货人手机号/提货人手机号,买家备注,订单星级,买家昵称,买家是否会员,买家手机号,下单网点,收银员,分销员,"
    "销售导购,专属导购,订单退款状态,订单已退款金额,商家订单备注,桌号,挂账主体,挂账手机号,团长订单,订单风险标签,分销员,分销员手机号"
)
ITEM_HEADER = columns(
    "订单号,外部订单号,订单商品状态,交易成功时间,商品名称,商品类型,商品类目,商品规格,规格编码,商品编码,商品单价,商品数量,"
    "商品金额小计,店铺优惠（分摊）,商品实际成交金额,商品退款状态,商品已退款金额,商家订单备注"
)
STATUS = ("待付款", "待发货", "已发货", "交易完成", "交易关闭")  # by the states of a snapshot


def order_numbers(created: np.ndarray, row: np.ndarray) -> pa.Array:
    """E, the moment of the order, and its row in the ledger in nine digits."""
    moment = [text.translate({45: None, 58: None, 84: None}) for text in created.astype(str).tolist()]
    return texts("E", pa.array(moment, pa.string()), whole(100_000_000 + row))


def orders(specimen: Specimen, snapshot: Snapshot, refunds: Columns, exported_at: datetime, part: int) -> Sheet:
    """The order report."""
    table, lines = snapshot.orders, snapshot.lines
    who, paid = table["customer"], ~np.isnat(table["paid"])
    gross = np.bincount(
        lines["position"], weights=lines["price_fen"] * lines["quantity"], minlength=len(table["row"])
    ).astype(np.int64)
    province, city, district = buyer_cells.regions(specimen.customers, who)
    left = np.where(paid, table["total_fen"], 0)
    return Sheet(
        name=f"订单报表_{exported_at:%Y%m%d%H%M}{part:02d}.csv",
        header=ORDER_HEADER,
        rows=len(who),
        roles={"id": ("订单号",), "time": ("订单创建时间",)},
        cells={
            "订单号": order_numbers(table["created"], table["row"]),
            "销售渠道": "网店",
            "订单状态": pick(STATUS, table["status"]),
            "订单创建时间": times(table["created"]),
            "买家付款时间": times(table["paid"]),
            "交易成功时间": times(table["completed"]),
            "商品金额合计": money(gross),
            "运费": money(table["freight_fen"]),
            "店铺优惠合计": money(gross - table["goods_fen"]),
            "应收订单金额": money(table["total_fen"]),
            "订单实付金额": money(left),
            "支付优惠合计": "0.00",
            "订单实收金额": money(left),
            "商品种类数": whole(table["lines"]),
            "收货人省份": province,
            "收货人城市": city,
            "收货人地区": district,
            "收货人/提货人": buyer_cells.masked_names(who),
            "买家手机号": texts("100******", pick([f"{end:02d}" for end in range(100)], who % 100)),
            "分销员": when(table["row"] % 5 == 0, "样本分销员"),
            "订单退款状态": when(table["refunded_fen"] > 0, "已退款"),
            "订单已退款金额": money(table["refunded_fen"]),
            "商家订单备注": remarks(table["kind"]),
        },
    )


def items(specimen: Specimen, snapshot: Snapshot, refunds: Columns, exported_at: datetime, part: int) -> Sheet:
    """The item report: one line a good."""
    table, lines, goods = snapshot.orders, snapshot.lines, specimen.catalogue
    order = lines["position"]
    full = lines["price_fen"] * lines["quantity"]
    code = pick(goods.listing_codes, lines["listing"])
    return Sheet(
        name=f"商品报表_{exported_at:%Y%m%d%H%M}{part:02d}.csv",
        header=ITEM_HEADER,
        rows=len(order),
        encoding="gb18030",
        roles={"id": ("订单号",), "quantity": ("商品数量",)},
        cells={
            "订单号": order_numbers(table["created"][order], table["row"][order]),
            "订单商品状态": pick(STATUS, table["status"][order]),
            "交易成功时间": times(table["completed"][order]),
            "商品名称": pick(goods.listing_titles, lines["listing"]),
            "规格编码": code,
            "商品编码": code,
            "商品单价": money(lines["price_fen"]),
            "商品数量": whole(lines["quantity"]),
            "商品金额小计": money(full),
            "店铺优惠（分摊）": money(full - lines["payable_fen"]),
            "商品实际成交金额": money(lines["payable_fen"]),
            "商品退款状态": when(lines["refund_state"] == REFUNDED, "退款成功"),
            "商品已退款金额": money(lines["refunded_fen"]),
            "商家订单备注": remarks(table["kind"][order]),
        },
    )
