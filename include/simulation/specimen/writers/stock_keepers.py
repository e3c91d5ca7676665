"""Stock as other systems than 聚水潭's 库存视角 export it: a file a warehouse, taken at the end of a day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from include.simulation.specimen.business import Specimen
from include.simulation.specimen.regions import WAREHOUSES
from include.simulation.specimen.settings import day_number
from include.simulation.specimen.writers.sheet import Cells, Sheet, columns, pick, repeated, texts, when, whole

WANGDIANTONG = columns(
    "商家编码,货品编号,货品名称,规格名称,规格码,条码,库存,警戒库存,可发货库存,采购量,待审核量,待发货量,未付款量,预订单量,"
    "采购在途量,采购到货量"
)
GUANYIYUN = columns("商品代码,商品名称,规格名称,仓库,数量,可销数,可配数,锁定数,在途数,商品建档日期")
KINGDEE = columns(
    "物料编码,物料名称,规格型号,仓库名称,仓位,批号,库存主单位,库存量(主单位),可用量(主单位),库存量(基本单位)"
)
KUAIMAI = columns(
    "系统商品ID,系统SKU_ID,商品名称,SKU编码,商品编号,条形码,总库存,可配货库存,预占数量,在途库存,退货待处理"
)
JUSHUITAN_GOODS = columns(
    "款式编码,颜色,规格,品牌,商品编码,名称,数量,图片地址链接,订单占有,仓库待发,安全库存下限,安全库存上限,最小备货天数,"
    "最大备货天数,采购在途数,销退仓库存,进货仓库存,虚拟库存,次品库存,调拨在途数,库存锁定,运营云仓可用数,可用数,公有可用数"
)
TOTAL = "合计"


@dataclass(frozen=True)
class Shelf:
    """A warehouse's skus at the end of a day: their places in the catalogue, and units of each."""

    listed: np.ndarray
    on_hand: np.ndarray
    promised: np.ndarray
    in_transit: np.ndarray
    codes: Cells
    titles: Cells

    @classmethod
    def of(cls, specimen: Specimen, day: date, warehouse: int) -> Shelf:
        goods, number = specimen.catalogue, day_number(day)
        listed = np.flatnonzero(goods.launched - 30 <= number)
        closing = specimen.closings[number - day_number(specimen.settings.first_day)]
        on_hand, promised, in_transit = (values[listed, warehouse].astype(np.int64) for values in closing)
        codes, titles = pick(goods.sku_codes, listed), pick(goods.titles, listed)
        return cls(listed, on_hand, promised, in_transit, codes, titles)


def wangdiantong(specimen: Specimen, day: date, warehouse: int) -> Sheet:
    """旺店通: the warehouse stands in the file's name alone."""
    shelf = Shelf.of(specimen, day, warehouse)
    return Sheet(
        name=f"库存_{WAREHOUSES[warehouse]}_{day}.xlsx",
        header=WANGDIANTONG,
        rows=len(shelf.listed),
        text_columns=6,
        roles={"id": ("商家编码",), "quantity": WANGDIANTONG[6:]},
        cells=dict.fromkeys(WANGDIANTONG[6:], "0")
        | {
            "商家编码": shelf.codes,
            "货品编号": shelf.codes,
            "货品名称": shelf.titles,
            "规格名称": "默认",
            "库存": whole(shelf.on_hand),
            "可发货库存": whole(shelf.on_hand - shelf.promised),
            "待发货量": whole(shelf.promised),
            "采购在途量": whole(shelf.in_transit),
        },
    )


def guanyiyun(specimen: Specimen, day: date, warehouse: int) -> Sheet:
    """管易云, the layout with locks."""
    shelf = Shelf.of(specimen, day, warehouse)
    free = whole(shelf.on_hand - shelf.promised)
    return Sheet(
        name=f"库存查询_{WAREHOUSES[warehouse]}_{day}.csv",
        header=GUANYIYUN,
        rows=len(shelf.listed),
        encoding="gb18030",
        roles={"id": ("商品代码",), "quantity": ("数量",)},
        cells={
            "商品代码": shelf.codes,
            "商品名称": shelf.titles,
            "仓库": WAREHOUSES[warehouse],
            "数量": whole(shelf.on_hand),
            "可销数": free,
            "可配数": free,
            "锁定数": whole(shelf.promised),
            "在途数": whole(shelf.in_transit),
        },
    )


def kingdee(specimen: Specimen, day: date, warehouse: int) -> Sheet:
    """金蝶云星空: two batches of whatever there is more than one of, and 合计 at the end."""
    shelf = Shelf.of(specimen, day, warehouse)
    batches = np.where(shelf.on_hand > 1, 2, 1)
    sku = np.repeat(np.arange(len(batches)), batches)
    is_second = np.append(False, sku[1:] == sku[:-1])
    younger = shelf.on_hand // 2
    units = np.where(
        is_second, younger[sku], np.where(batches[sku] == 2, shelf.on_hand[sku] - younger[sku], shelf.on_hand[sku])
    )
    # What is promised is taken from the older batch first.
    from_older = np.minimum(shelf.promised, shelf.on_hand - np.where(batches == 2, younger, 0))
    taken = np.where(is_second, (shelf.promised - from_older)[sku], from_older[sku])
    free = units - taken
    last = np.arange(len(sku) + 1) == len(sku)
    said = whole(np.append(units, units.sum()))
    return Sheet(
        name=f"即时库存_{WAREHOUSES[warehouse]}_{day}.xlsx",
        header=KINGDEE,
        rows=len(last),
        text_columns=7,
        roles={"id": ("物料编码",), "quantity": ("库存量(主单位)",)},
        cells={
            "物料编码": when(last, TOTAL, repeated(shelf.codes, np.append(sku, 0))),
            "物料名称": when(~last, repeated(shelf.titles, np.append(sku, 0))),
            "仓库名称": when(~last, WAREHOUSES[warehouse]),
            "批号": when(~last, texts(f"{day:%Y%m}", whole(np.append(is_second, False) + 1))),
            "库存主单位": when(~last, "件"),
            "库存量(主单位)": said,
            "可用量(主单位)": whole(np.append(free, free.sum())),
            "库存量(基本单位)": said,
        },
    )


def kuaimai(specimen: Specimen, day: date, warehouse: int) -> Sheet:
    """快麦."""
    shelf = Shelf.of(specimen, day, warehouse)
    return Sheet(
        name=f"库存_{WAREHOUSES[warehouse]}_{day}.csv",
        header=KUAIMAI,
        rows=len(shelf.listed),
        roles={"id": ("SKU编码",), "quantity": ("总库存",)},
        cells={
            "系统商品ID": whole(700_000 + shelf.listed),
            "系统SKU_ID": whole(900_000 + shelf.listed),
            "商品名称": shelf.titles,
            "SKU编码": shelf.codes,
            "总库存": whole(shelf.on_hand),
            "可配货库存": whole(shelf.on_hand - shelf.promised),
            "预占数量": whole(shelf.promised),
            "在途库存": whole(shelf.in_transit),
            "退货待处理": "0",
        },
    )


def jushuitan_goods(specimen: Specimen, day: date, warehouse: int) -> Sheet:
    """聚水潭's other view, 商品库存, with the columns that every merchant has."""
    shelf = Shelf.of(specimen, day, warehouse)
    free = whole(shelf.on_hand - shelf.promised)
    return Sheet(
        name=f"商品库存_{WAREHOUSES[warehouse]}_{day}.xlsx",
        header=JUSHUITAN_GOODS,
        rows=len(shelf.listed),
        text_columns=6,
        roles={"id": ("商品编码",), "quantity": ("数量",)},
        cells={
            "款式编码": shelf.codes,
            "规格": "默认",
            "商品编码": shelf.codes,
            "名称": shelf.titles,
            "数量": whole(shelf.on_hand),
            "订单占有": whole(shelf.promised),
            "采购在途数": whole(shelf.in_transit),
            "虚拟库存": "0",
            "可用数": free,
            "公有可用数": free,
        },
    )
