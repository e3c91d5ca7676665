"""Tmall's three reports: orders and items (GB18030 csv as of 2022), refunds (true BIFF .xls as of 2020)."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import numpy as np
import pyarrow as pa

from include.simulation.specimen.business import Specimen
from include.simulation.specimen.lives import BEFORE_SHIPPING, REASONS, RETURN_REFUND, SUCCEEDED
from include.simulation.specimen.orders import BRUSHING, GIFT, PRESALE
from include.simulation.specimen.settings import SHOPS, TMALL
from include.simulation.specimen.snapshot import CLOSED, COMPLETED, NO_REFUND, Columns, Snapshot, status_of_lines
from include.simulation.specimen.writers import buyer_cells
from include.simulation.specimen.writers.sheet import Sheet, columns, money, pick, repeated, texts, times, when, whole

ORDER_HEADER = columns(
    "订单编号,买家会员名,买家会员昵称,支付单号,支付详情,买家应付货款,买家应付邮费,买家支付积分,总金额,返点积分,"
    "买家实际支付金额,买家实际支付积分,订单状态,买家留言,收货人姓名,收货地址,运送方式,联系电话,联系手机,"
    "虚拟号过期时间,订单创建时间,订单付款时间,宝贝标题,宝贝种类,物流单号,物流公司,订单备注,宝贝总数量,店铺Id,"
    "店铺名称,订单关闭原因,卖家服务费,买家服务费,发票抬头,是否手机订单,分阶段订单信息,特权订金订单id,"
    "是否上传合同照片,是否上传小票,是否代付,定金排名,修改后的sku,修改后的收货地址,异常信息,天猫卡券抵扣,"
    "集分宝抵扣,是否是O2O交易,新零售交易类型,新零售导购门店名称,新零售导购门店id,新零售发货门店名称,"
    "新零售发货门店id,退款金额,预约门店,确认收货时间,打款商家金额,含应开票给个人的个人红包,是否信用购,"
    "体验期结束时间,前N有礼,配送类型,直播返现状态,返现金额,延迟发货自动赔付金额,新零售成交门店昵称,"
    "新零售成交门店id,新零售成交经销商id,预售订单,发货时间,商家备忘,主订单编号"
)
# Taobao writes these with a blank inside the header cell.
BLANK_TAILED = ("收货地址", "联系电话", "订单付款时间", "宝贝标题", "宝贝种类", "物流单号")
ITEM_HEADER = columns(
    "子订单编号,主订单编号,标题,价格,购买数量,外部系统编号,商品属性,套餐信息,备注,订单状态,商家编码,支付单号,"
    "买家应付货款,买家实际支付金额,退款状态,退款金额,订单创建时间,订单付款时间"
)
REFUND_HEADER = columns(
    "订单编号,退款编号,支付宝交易号,订单付款时间,商品编码,退款完结时间,买家实际支付金额,宝贝标题,买家退款金额,"
    "手工退款/系统退款,是否需要退货,退款的申请时间,超时时间,退款状态,货物状态,退货物流信息,发货物流信息,"
    "客服介入状态,卖家真实姓名,卖家真实姓名(新),卖家退货地址,卖家邮编,卖家电话,卖家手机,退货物流单号,"
    "退货物流公司,买家退款原因,买家退款说明,买家退货时间,责任方,售中或售后,商家备注,完结时间,部分退款/全部退款,"
    "审核操作人,举证超时,是否零秒响应,退款操作人,退款原因标签,业务类型,是否帮他退款,帮他退款操作账号"
)
# How long the number that stands for the buyer's goes on ringing; a guess, nobody publishes it.
VIRTUAL_DAYS = 90
# By the states of a snapshot.
STATUS = ("等待买家付款", "买家已付款，等待卖家发货", "卖家已发货，等待买家确认", "交易成功", "交易关闭")
REFUND_STATE = ("没有申请退款", "买家已经申请退款，等待卖家同意", "退款成功", "退款关闭")
_QUOTED, _FORMULA = ('"', '"'), ('="', '"')


def remarks(kind: np.ndarray) -> pa.Array:
    """The merchant's remark: SD on brushing, 赠品 on gifts."""
    return when(kind == BRUSHING, "SD", when(kind == GIFT, "赠品"))


def orders(specimen: Specimen, snapshot: Snapshot, exported_at: datetime) -> Sheet:
    """The order report; 买家实际支付金额 is what is left of 总金额 after refunds at the time of the export."""
    table, who = snapshot.orders, snapshot.orders["customer"]
    paid = ~np.isnat(table["paid"])
    left = np.where(paid, table["total_fen"] - table["refunded_fen"], 0)
    province, city, district = buyer_cells.regions(specimen.customers, who)
    number = whole(table["number"])
    status, presale = table["status"], table["kind"] == PRESALE
    titles, kinds = _titles(specimen, snapshot)
    gone = ~np.isnat(table["shipped"])
    remark = remarks(table["kind"])
    return Sheet(
        name=f"ExportOrderList{exported_at:%Y%m%d%H%M}.csv",
        header=ORDER_HEADER,
        header_text={name: name + " " for name in BLANK_TAILED},
        rows=len(who),
        encoding="gb18030",
        plain=_QUOTED,
        header_wrap=_QUOTED,
        wrap={"订单编号": _FORMULA, "特权订金订单id": _FORMULA},
        roles={"id": ("订单编号",), "quantity": ("宝贝总数量",), "time": ("订单创建时间",)},
        cells={
            "订单编号": number,
            "买家会员名": buyer_cells.masked_nicks(who),
            "买家会员昵称": buyer_cells.masked_nicks(who),
            "支付单号": _payments(table),
            "买家应付货款": money(table["goods_fen"]),
            "买家应付邮费": money(table["freight_fen"]),
            "买家支付积分": "0",
            "总金额": money(table["total_fen"]),
            "返点积分": "0",
            "买家实际支付金额": money(left),
            "买家实际支付积分": "0",
            "订单状态": pick(STATUS, status),
            "收货人姓名": buyer_cells.masked_names(who),
            "收货地址": texts(province, " ", city, " ", district, " ", buyer_cells.houses(who)),
            "运送方式": "快递",
            "联系手机": texts("'", buyer_cells.virtual_phones(who)),
            "虚拟号过期时间": when(paid, times(table["created"] + np.timedelta64(VIRTUAL_DAYS * 86_400, "s"))),
            "订单创建时间": times(table["created"]),
            "订单付款时间": times(table["paid"]),
            "宝贝标题": titles,
            "宝贝种类": whole(kinds),
            "物流单号": when(gone, texts("No:YB", whole(table["row"] + 70_000_000_000))),
            "物流公司": when(gone, "样本快递"),
            "订单备注": remark,
            "宝贝总数量": whole(table["quantity"]),
            "店铺Id": "0",
            "店铺名称": SHOPS[TMALL].title,
            "订单关闭原因": when(status == CLOSED, when(paid, "退款", "买家未付款"), "订单未关闭"),
            "卖家服务费": "0",
            "买家服务费": "0元",
            "是否手机订单": when(table["row"] % 7 != 0, "手机订单"),
            "分阶段订单信息": when(presale, when(paid, "阶段1：已付款；阶段2：已付款", "阶段1：已付款；阶段2：未付款")),
            "是否上传合同照片": "否",
            "是否上传小票": "否",
            "是否代付": "否",
            "退款金额": money(table["refunded_fen"]),
            "确认收货时间": times(table["completed"]),
            "打款商家金额": when(status == COMPLETED, texts(money(left), "元")),
            "含应开票给个人的个人红包": "0",
            "预售订单": when(presale, "是"),
            "发货时间": times(table["shipped"]),
            "商家备忘": remark,
            "主订单编号": number,
        },
    )


def items(specimen: Specimen, snapshot: Snapshot, exported_at: datetime) -> Sheet:
    """The item report: one line a sub-order."""
    table, lines = snapshot.orders, snapshot.lines
    order, goods = lines["position"], specimen.catalogue
    number = table["number"][order]
    single = table["lines"][order] == 1
    price_paid = lines["payable_fen"] + np.where(lines["nth"] == 0, table["freight_fen"][order], 0)
    paid = ~np.isnat(table["paid"][order])
    state = lines["refund_state"]
    code = pick(goods.listing_codes, lines["listing"])
    return Sheet(
        name=f"ExportItemlList{exported_at:%Y%m%d%H%M}.csv",
        header=ITEM_HEADER,
        rows=len(order),
        encoding="gb18030",
        plain=_QUOTED,
        header_wrap=_QUOTED,
        wrap={"子订单编号": _FORMULA, "主订单编号": _FORMULA},
        roles={"id": ("子订单编号", "主订单编号"), "quantity": ("购买数量",), "time": ("订单创建时间",)},
        cells={
            "子订单编号": whole(np.where(single, number, number + (lines["nth"] + 1) * 10_000)),
            "主订单编号": whole(number),
            "标题": pick(goods.listing_titles, lines["listing"]),
            "价格": money(lines["price_fen"]),
            "购买数量": whole(lines["quantity"]),
            "外部系统编号": code,
            "备注": remarks(table["kind"][order]),
            "订单状态": pick(STATUS, status_of_lines(snapshot)),
            "商家编码": code,
            "支付单号": repeated(_payments(table), order),
            "买家应付货款": money(lines["payable_fen"]),
            "买家实际支付金额": money(np.where(paid, price_paid - lines["refunded_fen"], 0)),
            "退款状态": pick(REFUND_STATE, state),
            "退款金额": when(state == NO_REFUND, "无退款申请", money(lines["refunded_fen"])),
            "订单创建时间": repeated(times(table["created"]), order),
            "订单付款时间": repeated(times(table["paid"]), order),
        },
    )


def refunds(specimen: Specimen, table: Columns, exported_at: datetime) -> Sheet:
    """The refund report: one line a refund."""
    order, line = table["order"], table["line"]
    ledger, goods = specimen.sales.orders, specimen.sales.lines
    early, settled = table["kind"] == BEFORE_SHIPPING, table["settled"]
    done = settled & (table["outcome"] == SUCCEEDED)
    payable = goods["payable_fen"][line]
    return Sheet(
        name=f"退款报表{exported_at:%Y%m%d%H%M}.xls",
        title="退款报表",
        header=REFUND_HEADER,
        rows=len(order),
        roles={"id": ("订单编号", "退款编号"), "time": ("退款的申请时间",)},
        cells={
            "订单编号": whole(ledger["number"][order]),
            "退款编号": texts("26", whole(table["number"] + 1_000_000_000_000)),
            "支付宝交易号": texts("20", whole(ledger["number"][order] % 10**16 + 10**16)),
            "订单付款时间": times(ledger["paid"][order]),
            "商品编码": pick(specimen.catalogue.listing_codes, goods["listing"][line]),
            "退款完结时间": times(table["completed"]),
            "买家实际支付金额": money(payable),
            "宝贝标题": pick(specimen.catalogue.listing_titles, goods["listing"][line]),
            "买家退款金额": money(table["amount_fen"]),
            "手工退款/系统退款": "手工退款",
            "是否需要退货": when(table["kind"] == RETURN_REFUND, "是", "否"),
            "退款的申请时间": times(table["requested"]),
            "退款状态": when(done, "退款成功", when(settled, "退款关闭", "买家已经申请退款，等待卖家同意")),
            "货物状态": when(early, "买家未收到货", "买家已收到货"),
            "客服介入状态": "不需要客服介入",
            "买家退款原因": pick(REASONS, table["reason"]),
            "售中或售后": when(early, "售中", "售后"),
            "完结时间": times(table["completed"]),
            "部分退款/全部退款": when(table["amount_fen"] >= payable, "全部退款", "部分退款"),
        },
    )


def write_xls(sheet: Sheet, folder: Path) -> Path:
    """Write a sheet as BIFF .xls, empty cells left out."""
    import xlwt

    folder.mkdir(parents=True, exist_ok=True)
    book = xlwt.Workbook(encoding="utf-8")
    page = book.add_sheet(sheet.title)
    for row, text in enumerate(sheet.preamble):
        page.write(row, 0, text)
    top = len(sheet.preamble)
    for place, name in enumerate(sheet.header):
        page.write(top, place, name)
        if sheet.cells.get(name, "") == "":
            continue
        for row, text in enumerate(sheet.column(name).to_pylist(), start=top + 1):
            if text:
                page.write(row, place, text)
    path = folder / sheet.name
    book.save(str(path))
    return path


def _payments(table: Columns) -> pa.Array:
    """Alipay's payment number of a paid order."""
    return when(~np.isnat(table["paid"]), texts("20", whole(table["number"] % 10**16 + 10**16)))


def _titles(specimen: Specimen, snapshot: Snapshot) -> tuple[pa.Array, np.ndarray]:
    """Titles of an order joined by a full-width comma, and how many kinds of goods it has."""
    lines = snapshot.lines
    count = snapshot.orders["lines"].astype(np.int64)
    first = np.cumsum(count) - count
    titles = pick(("", *specimen.catalogue.listing_titles), lines["listing"] + 1)
    joined = repeated(titles, first)
    for nth in range(1, int(count.max(initial=1))):
        has = count > nth
        next_line = np.where(has, first + nth, 0)
        joined = texts(joined, when(has, texts("，", repeated(titles, next_line))))
    return joined, count
