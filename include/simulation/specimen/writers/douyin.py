"""Douyin's two reports: orders (layout A, one line a sub-order) and after-sale (50 columns), UTF-8 with BOM."""

from __future__ import annotations

import hashlib
from datetime import datetime

import numpy as np
import pyarrow as pa

from include.simulation.specimen.business import Specimen
from include.simulation.specimen.catalogue import Catalogue
from include.simulation.specimen.lives import BEFORE_SHIPPING, REASONS, REFUND_ONLY, SUCCEEDED
from include.simulation.specimen.orders import PRESALE
from include.simulation.specimen.settings import DOUYIN, SHOPS
from include.simulation.specimen.snapshot import CLOSED, Columns, Snapshot, status_of_lines
from include.simulation.specimen.writers import buyer_cells
from include.simulation.specimen.writers.sheet import Sheet, columns, money, pick, repeated, texts, times, when, whole
from include.simulation.specimen.writers.tmall import remarks

ORDER_HEADER = columns(
    "主订单编号,子订单编号,选购商品,商品规格,商品数量,商品ID,商家编码,商品单价,订单应付金额,运费,优惠总金额,"
    "平台优惠,商家优惠,达人优惠,商家改价,支付优惠,红包抵扣,支付方式,手续费,收件人,收件人手机号,省,市,区,街道,"
    "详细地址,是否修改过地址,地址修改时段,买家留言,订单提交时间,旗帜颜色,商家备注,订单完成时间,支付完成时间,"
    "APP渠道,流量来源,订单状态,承诺发货时间,订单类型,鲁班落地页ID,达人ID,达人昵称,所属门店ID,售后状态,取消原因,"
    "预约发货时间,仓库ID,仓库名称,是否安心购,广告渠道,流量类型,流量体裁,流量渠道,发货主体,发货主体明细,发货时间,"
    "降价类优惠,平台实际承担优惠金额,商家实际承担优惠金额,达人实际承担优惠金额,预计送达时间,是否平台仓自流转,"
    "车型,商品69码,发货SN码,发货IMEI码1,发货IMEI码2,预约送达时间,建议发货时间（起）,建议发货时间（止）,物流SN码,"
    "物流IMEI码1,物流IMEI码2"
)
AFTER_SALE_HEADER = columns(
    "售后单号,订单号,商品单号,商品名称,商品ID,应付金额（元）,商品运费（元）,支付优惠（元）,商品税费（元）,"
    "商品发货状态,售后类型,退商品金额（元）,退运费金额（元）,退支付优惠（元）,退税费金额（元）,售后状态,"
    "售后申请时间,退款方式,是否已上传退款凭证,售后原因,售后原因标签,退货物流单号,退货异常,退货发货时间,"
    "退货物流公司,自动处理截止时间,同意售后申请时间,商家退款时间,用户到账时间,售后关闭时间,商家退货地址,"
    "商家退货联系人姓名,商家退货联系人电话,仲裁状态,纠纷责任方,是否极速退款,是否拒签后退款,发货物流单号,"
    "发货物流状态,换货物流单号,退货物流状态,售后完结时间,订单备注,用户售后说明,售后备注,操作人,协商记录,"
    "换货商品信息,商家编码,门店名称"
)
STATUS = ("待支付", "待发货", "已发货", "已完成", "已关闭")  # by the states of a snapshot
AFTER_SALE_STATE = ("-", "售后待处理", "退款成功", "售后关闭")
_TABBED = ('"\t', '"')
_TABBED_COLUMNS = ("主订单编号", "子订单编号", "选购商品", "商品规格", "商品ID", "商家编码")


def orders(specimen: Specimen, snapshot: Snapshot, exported_at: datetime, part: int = 0) -> Sheet:
    """The order report; one bundle of single units packs its parts as 子1;子2, whose 商品数量 is their sum; several are
    one sub-order of sets."""
    table, lines = snapshot.orders, snapshot.lines
    order, listing = lines["position"], lines["listing"]
    who = table["customer"][order]
    state = lines["refund_state"]
    status = status_of_lines(snapshot)
    paid = ~np.isnat(table["paid"][order])
    full = lines["price_fen"] * lines["quantity"]
    saved = full - lines["payable_fen"]
    freight = np.where(lines["nth"] == 0, table["freight_fen"][order], 0)
    titles, codes = _packed(specimen.catalogue)
    province, city, district = buyer_cells.regions(specimen.customers, who)
    created, gone = table["created"][order], table["shipped"][order]
    first = whole(sub_numbers(table["number"][order], lines["nth"]))
    is_pack = _is_pack(codes, listing, lines["quantity"])
    second = texts(";", whole(sub_numbers(table["number"][order], lines["nth"]) + 1))
    return Sheet(
        name=file_name(exported_at, part),
        header=ORDER_HEADER,
        rows=len(order),
        wrap=dict.fromkeys(_TABBED_COLUMNS, _TABBED),
        roles={"id": ("主订单编号", "子订单编号"), "quantity": ("商品数量",), "time": ("订单提交时间",)},
        ending="\n",
        cells={
            "主订单编号": whole(table["number"][order]),
            "子订单编号": texts(first, when(is_pack, second)),
            "选购商品": pick(titles, listing),
            "商品规格": "默认",
            "商品数量": whole(np.where(is_pack, 2, lines["quantity"])),
            "商品ID": product_ids(listing),
            "商家编码": pick(codes, listing),
            "商品单价": money(lines["price_fen"]),
            "订单应付金额": money(lines["payable_fen"] + freight),
            "运费": money(freight),
            "优惠总金额": money(saved),
            "平台优惠": "0.00",
            "商家优惠": money(saved),
            "达人优惠": "0.00",
            "商家改价": "0.00",
            "支付优惠": "0.00",
            "红包抵扣": "0.00",
            "支付方式": when(paid, "支付宝", "-"),
            "手续费": "0.00",
            "收件人": _cipher("##", table["row"][order], 17),
            "收件人手机号": _cipher("$$", table["row"][order], 29),
            "省": province,
            "市": city,
            "区": district,
            "街道": "-",
            "详细地址": _cipher("##", table["row"][order], 43),
            "是否修改过地址": "否",
            "订单提交时间": times(created),
            "商家备注": remarks(table["kind"][order]),
            "订单完成时间": times(table["completed"][order]),
            "支付完成时间": times(table["paid"][order]),
            "APP渠道": "抖音",
            "流量来源": when(table["row"][order] % 3 == 0, "商品卡", "直播间"),
            "订单状态": pick(STATUS, status),
            "承诺发货时间": times(table["paid"][order] + np.timedelta64(48 * 3600, "s")),
            "订单类型": when(table["kind"][order] == PRESALE, "预售订单", "普通订单"),
            "售后状态": pick(AFTER_SALE_STATE, state),
            "取消原因": when((status == CLOSED) & ~paid, "超时未支付", "-"),
            "仓库名称": "-",
            "是否安心购": "否",
            "发货时间": times(gone),
            "降价类优惠": "0.00",
            "平台实际承担优惠金额": "0.00",
            "商家实际承担优惠金额": money(saved),
            "达人实际承担优惠金额": "0.00",
            "是否平台仓自流转": "否",
        },
    )


def after_sale(specimen: Specimen, table: Columns, exported_at: datetime) -> Sheet:
    """The after-sale report: one line a case; 商品单号 is the order line's 子订单编号."""
    order, line = table["order"], table["line"]
    ledger, goods = specimen.sales.orders, specimen.sales.lines
    listing = goods["listing"][line]
    nth = line - ledger["first_line"][order]
    early, settled = table["kind"] == BEFORE_SHIPPING, table["settled"]
    done = settled & (table["outcome"] == SUCCEEDED)
    freight_back = np.where(early & (nth == 0), ledger["freight_fen"][order], 0)
    freight = np.where(nth == 0, ledger["freight_fen"][order], 0)
    titles, codes = _packed(specimen.catalogue)
    is_pack = _is_pack(codes, listing, goods["quantity"][line])
    number = sub_numbers(ledger["number"][order], nth)
    ended = times(table["completed"])
    return Sheet(
        name=f"售后单_{exported_at:%Y%m%d%H%M}.csv",
        header=AFTER_SALE_HEADER,
        rows=len(order),
        wrap=dict.fromkeys(("售后单号", "订单号", "商品单号", "商品ID", "商家编码"), _TABBED),
        roles={"id": ("售后单号", "订单号"), "time": ("售后申请时间",)},
        ending="\n",
        cells={
            "售后单号": whole(7_100_000_000_000_000_000 + table["number"] * 1_000),
            "订单号": whole(ledger["number"][order]),
            "商品单号": texts(whole(number), when(is_pack, texts(";", whole(number + 1)))),
            "商品名称": pick(titles, listing),
            "商品ID": product_ids(listing),
            "应付金额（元）": money(goods["payable_fen"][line] + freight),
            "商品运费（元）": money(freight),
            "支付优惠（元）": "0.00",
            "商品税费（元）": "0.00",
            "商品发货状态": when(early, "未发货", "已发货"),
            "售后类型": when(early, "未发货退款", when(table["kind"] == REFUND_ONLY, "已发货仅退款", "退货退款")),
            "退商品金额（元）": money(table["amount_fen"] - freight_back),
            "退运费金额（元）": money(freight_back),
            "退支付优惠（元）": "0.00",
            "退税费金额（元）": "0.00",
            "售后状态": when(done, "同意退款，退款成功", when(settled, "售后关闭", "售后处理中")),
            "售后申请时间": times(table["requested"]),
            "退款方式": "原路退款",
            "是否已上传退款凭证": "否",
            "售后原因": pick(REASONS, table["reason"]),
            "商家退款时间": when(done, ended),
            "用户到账时间": when(done, ended),
            "售后关闭时间": when(settled & ~done, ended),
            "仲裁状态": "-",
            "是否极速退款": "否",
            "是否拒签后退款": "否",
            "售后完结时间": ended,
            "商家编码": pick(codes, listing),
            "门店名称": SHOPS[DOUYIN].title,
        },
    )


def file_name(exported_at: datetime, part: int) -> str:
    """<10-digit unix time>_<32 hex>.csv; merchant's time is eight hours ahead of UTC."""
    seconds = int(np.datetime64(exported_at, "s").astype(np.int64)) - 8 * 3600 + part
    return f"{seconds}_{hashlib.md5(str(seconds).encode(), usedforsecurity=False).hexdigest()}.csv"


def product_ids(listing: np.ndarray) -> pa.Array:
    """Douyin's own product ids."""
    return whole(3_400_000_000_000_000_000 + listing.astype(np.int64) * 1_000_003)


def sub_numbers(number: np.ndarray, nth: np.ndarray) -> np.ndarray:
    """Sub-order numbers: the first is the order's own."""
    return number + nth * 10


def _is_pack(codes: list[str], listing: np.ndarray, quantity: np.ndarray) -> np.ndarray:
    """Lines whose two parts are sub-orders of their own: of one bundle."""
    return (np.array([code.count(";") for code in codes])[listing] > 0) & (quantity == 1)


def _packed(catalogue: Catalogue) -> tuple[list[str], list[str]]:
    """Titles and codes by listing as Douyin shows them: bundles of two single units are taken apart by `;`."""
    titles, codes = list(catalogue.listing_titles), list(catalogue.listing_codes)
    for listing in range(catalogue.skus, catalogue.listings):
        parts = slice(catalogue.part_first[listing], catalogue.part_first[listing + 1])
        skus = catalogue.part_sku[parts]
        if len(skus) == 2 and (catalogue.part_quantity[parts] == 1).all():
            titles[listing] = ";".join(f"{catalogue.titles[sku]}-({catalogue.sku_codes[sku]})" for sku in skus)
            codes[listing] = ";".join(catalogue.sku_codes[sku] for sku in skus)
    return titles, codes


def _cipher(mark: str, row: np.ndarray, salt: int) -> pa.Array:
    """Cipher text: another one for every order, so that it is no key to a buyer."""
    scrambled = (row.astype(np.int64) + 1) * 2_654_435_761 * salt % (10**17)
    return repeated(texts(mark, whole(scrambled), "aGVsZA==", mark), np.arange(len(row)))
