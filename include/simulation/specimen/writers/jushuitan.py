"""The ERP (聚水潭): stock by warehouse in its own layout, and master data as plain csv with these headers.

- `商品库存_<仓>_<day>.xlsx` stock (库存视角): one file a warehouse, the warehouse's name in the file name
- `商品资料_<day>.csv` products:
  商品编码,名称,分类,品牌,基本售价,成本价,装箱数,起订量,保质期天数,供应商编码,上架日期,下架日期
- `店铺商品_<day>.csv` listings: 店铺,平台商品编码,商品编码,数量
  平台商品编码 is the code that the shop's orders carry as
  商家编码 (商家SKUID on JD); a bundle has several rows
- `供应商_<day>.csv` suppliers: 供应商编码,供应商名称,交期天数,订货周期天数,起订金额
- `采购单_<day>.csv` purchase_orders:
  采购单号,行号,商品编码,供应商编码,仓库,下单日期,预计到货日期,采购数量,单价,状态
  (已审核 open, 已完成 received in full, 作废 cancelled)
- `采购入库_<day>.csv` receipts: 入库单号,采购单号,采购行号,商品编码,仓库,入库日期,入库数量
- `订单客户_<first>_<day>.csv` order_customers: 店铺名称,线上订单号,买家ID,会员等级,是否同意营销
  which customer each order of the shops is of: the platforms' own exports mask their buyers
- `库存日结_<first>_<last>_<export time>.csv` (history only): the stock columns of every day, with 日期 and 仓库
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa

from include.simulation.specimen.business import Specimen
from include.simulation.specimen.catalogue import BRANDS, CATEGORIES
from include.simulation.specimen.lives import RETURN_REFUND, SUCCEEDED
from include.simulation.specimen.regions import WAREHOUSES
from include.simulation.specimen.settings import SHOPS, day_number
from include.simulation.specimen.snapshot import Snapshot
from include.simulation.specimen.writers import buyer_cells
from include.simulation.specimen.writers.sheet import Sheet, columns, days, money, pick, texts, when, whole

STOCK_HEADER = columns(
    "款式编码,商品编码,颜色,规格,实际库存数,订单占有数,销退仓库存,进货仓库存,采购在途数,销退在途数,虚拟库存数,"
    "可用数,公有可用数"
)
PURCHASE_LOOK_BACK = 60


def stock(specimen: Specimen, day: date, warehouse: int) -> Sheet:
    """Stock of one warehouse at the end of `day`."""
    number = day_number(day)
    listed = np.flatnonzero(_listed(specimen, number))
    on_hand, promised, in_transit = (
        values[listed, warehouse].astype(np.int64) for values in specimen.closings[number - _first(specimen)]
    )
    return Sheet(
        name=f"商品库存_{WAREHOUSES[warehouse]}_{day}.xlsx",
        header=STOCK_HEADER,
        rows=len(listed),
        roles={"id": ("商品编码",), "quantity": ("实际库存数",)},
        cells=_stock_cells(specimen, listed, on_hand, promised, in_transit)
        | {"销退仓库存": whole(_returned(specimen, day)[listed, warehouse])},
    )


def stock_days(specimen: Specimen, first: date, last: date, exported_at: datetime) -> Sheet:
    """Stock at the end of every day from `first` to `last`, all warehouses: what an ERP's daily stock ledger keeps."""
    numbers = list(range(day_number(first), day_number(last) + 1))
    closings = np.stack([specimen.closings[number - _first(specimen)] for number in numbers])
    listed = np.stack([_listed(specimen, number) for number in numbers])
    day, sku = np.nonzero(listed)
    day, sku = np.repeat(day, len(WAREHOUSES)), np.repeat(sku, len(WAREHOUSES))
    warehouse = np.tile(np.arange(len(WAREHOUSES)), len(day) // len(WAREHOUSES))
    on_hand, promised, in_transit = (closings[day, kind, sku, warehouse].astype(np.int64) for kind in range(3))
    return Sheet(
        name=f"库存日结_{first}_{last}_{exported_at:%Y%m%d%H%M%S}.csv",
        header=("日期", "仓库", *STOCK_HEADER),
        rows=len(day),
        roles={"id": ("商品编码",), "quantity": ("实际库存数",), "time": ("日期",)},
        cells={"日期": days(np.array(numbers)[day]), "仓库": pick(WAREHOUSES, warehouse)}
        | _stock_cells(specimen, sku, on_hand, promised, in_transit)
        | {"销退仓库存": "0"},
    )


def products(specimen: Specimen, day: date) -> Sheet:
    """The product master of `day`: skus are entered a month before their launch."""
    goods, number = specimen.catalogue, day_number(day)
    listed = np.flatnonzero(_listed(specimen, number))
    leaving = goods.ended[listed] <= number + 14
    shelf_life = goods.shelf_life_days[listed]
    return Sheet(
        name=f"商品资料_{day}.csv",
        header=columns("商品编码,名称,分类,品牌,基本售价,成本价,装箱数,起订量,保质期天数,供应商编码,上架日期,下架日期"),
        rows=len(listed),
        roles={"id": ("商品编码",), "quantity": ("装箱数",), "time": ("上架日期",)},
        cells={
            "商品编码": pick(goods.sku_codes, listed),
            "名称": pick(goods.titles, listed),
            "分类": pick([category.title for category in CATEGORIES], goods.category[listed]),
            "品牌": pick(BRANDS, goods.brand[listed]),
            "基本售价": money(goods.price_fen[listed]),
            "成本价": money(goods.cost_fen[listed]),
            "装箱数": whole(goods.pack[listed]),
            "起订量": whole(goods.moq[listed]),
            "保质期天数": when(shelf_life > 0, whole(shelf_life)),
            "供应商编码": pick(goods.suppliers.codes, goods.supplier[listed]),
            "上架日期": days(goods.launched[listed]),
            "下架日期": when(leaving, days(np.where(leaving, goods.ended[listed], 0))),
        },
    )


def listings(specimen: Specimen, day: date) -> Sheet:
    """Which skus each shop's listing code stands for."""
    goods = specimen.catalogue
    owner = np.repeat(np.arange(goods.listings), np.diff(goods.part_first))
    known = np.flatnonzero(_listed(specimen, day_number(day))[goods.listing_main[owner]])
    shops = specimen.settings.shops
    shop = np.repeat(np.arange(len(shops)), len(known))
    part = np.tile(known, len(shops))
    return Sheet(
        name=f"店铺商品_{day}.csv",
        header=columns("店铺,平台商品编码,商品编码,数量"),
        rows=len(part),
        roles={"id": ("商品编码",), "quantity": ("数量",)},
        cells={
            "店铺": pick(shops, shop),
            "平台商品编码": pick(goods.listing_codes, owner[part]),
            "商品编码": pick(goods.sku_codes, goods.part_sku[part]),
            "数量": whole(goods.part_quantity[part]),
        },
    )


def order_customers(specimen: Specimen, shown: list[Snapshot], first: date, day: date) -> Sheet:
    """Which customer each order of these snapshots is of, one line an order, whichever shop it came from."""
    table = {name: np.concatenate([one.orders[name] for one in shown]) for name in ("shop", "customer", "number")}
    who = table["customer"]
    return Sheet(
        name=f"订单客户_{first}_{day}.csv",
        header=columns("店铺名称,线上订单号,买家ID,会员等级,是否同意营销"),
        rows=len(who),
        roles={"id": ("线上订单号",)},
        cells={
            "店铺名称": pick([shop.title for shop in SHOPS], table["shop"]),
            "线上订单号": whole(table["number"]),
            "买家ID": buyer_cells.customer_keys(who),
            "会员等级": pick(("普通会员", "银卡会员", "金卡会员"), who % 7 // 3),
            "是否同意营销": when(who % 10 < 7, "是"),
        },
    )


def suppliers(specimen: Specimen, day: date) -> Sheet:
    """Suppliers and what they promise."""
    table = specimen.catalogue.suppliers
    place = np.arange(len(table.codes))
    return Sheet(
        name=f"供应商_{day}.csv",
        header=columns("供应商编码,供应商名称,交期天数,订货周期天数,起订金额"),
        rows=len(place),
        roles={"id": ("供应商编码",), "quantity": ("交期天数",)},
        cells={
            "供应商编码": pick(table.codes, place),
            "供应商名称": pick(table.titles, place),
            "交期天数": whole(table.lead_days),
            "订货周期天数": whole(table.review_days),
            "起订金额": money(table.minimum_order_fen),
        },
    )


def purchase_orders(specimen: Specimen, day: date, first: date | None = None) -> Sheet:
    """Purchase lines as of `day`: all that are open, and those ordered from `first` on (default: 60 days back)."""
    number, table = day_number(day), specimen.supply.purchases
    since = number - PURCHASE_LOOK_BACK if first is None else day_number(first)
    cancelled = table["cancelled"] <= number
    full = specimen.supply.received(day) >= table["quantity"]
    shown = (table["ordered"] <= number) & ((table["ordered"] > since) | (~cancelled & ~full))
    rows = np.flatnonzero(shown)
    state = np.where(cancelled, 2, np.where(full, 1, 0))[rows]
    goods = specimen.catalogue
    return Sheet(
        name=f"采购单_{day}.csv",
        header=columns("采购单号,行号,商品编码,供应商编码,仓库,下单日期,预计到货日期,采购数量,单价,状态"),
        rows=len(rows),
        roles={"id": ("采购单号",), "quantity": ("采购数量",), "time": ("下单日期",)},
        cells={
            "采购单号": texts("CG", whole(table["number"][rows])),
            "行号": whole(table["line"][rows]),
            "商品编码": pick(goods.sku_codes, table["sku"][rows]),
            "供应商编码": pick(goods.suppliers.codes, table["supplier"][rows]),
            "仓库": pick(WAREHOUSES, table["warehouse"][rows]),
            "下单日期": days(table["ordered"][rows]),
            "预计到货日期": days(table["expected"][rows]),
            "采购数量": whole(table["quantity"][rows]),
            "单价": money(table["cost_fen"][rows]),
            "状态": pick(("已审核", "已完成", "作废"), state),
        },
    )


def receipts(specimen: Specimen, day: date, first: date) -> Sheet:
    """Goods received from `first` to `day`."""
    table = specimen.supply.receipts
    come = (table["day"] <= day_number(day)) & (table["day"] >= day_number(first)) & (table["quantity"] > 0)
    rows = np.flatnonzero(come)
    rows = rows[np.argsort(table["day"][rows], kind="stable")]
    purchase, purchases = table["purchase"][rows], specimen.supply.purchases
    return Sheet(
        name=f"采购入库_{day}.csv",
        header=columns("入库单号,采购单号,采购行号,商品编码,仓库,入库日期,入库数量"),
        rows=len(rows),
        roles={"id": ("入库单号",), "quantity": ("入库数量",), "time": ("入库日期",)},
        cells={
            "入库单号": texts("RK", whole(table["number"][rows])),
            "采购单号": texts("CG", whole(purchases["number"][purchase])),
            "采购行号": whole(purchases["line"][purchase]),
            "商品编码": pick(specimen.catalogue.sku_codes, purchases["sku"][purchase]),
            "仓库": pick(WAREHOUSES, purchases["warehouse"][purchase]),
            "入库日期": days(table["day"][rows]),
            "入库数量": whole(table["quantity"][rows]),
        },
    )


def write_xlsx(sheet: Sheet, folder: Path) -> Path:
    """Write a sheet as xlsx, figures as numbers, streaming row by row."""
    import xlsxwriter

    folder.mkdir(parents=True, exist_ok=True)
    path = folder / sheet.name
    columns = [sheet.column(name).to_pylist() for name in sheet.header]
    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
        # A fixed date of creation keeps the bytes a function of the business alone.
        book.set_properties({"created": np.datetime64("2020-01-01", "s").item()})
        page = book.add_worksheet(sheet.title)
        page.write_row(0, 0, sheet.header)
        for number, values in enumerate(zip(*columns, strict=True)):
            pages, row = number // sheet.page_rows, number % sheet.page_rows + 1
            if pages and row == 1:
                page = book.add_worksheet(f"{sheet.title}{pages + 1}")
                page.write_row(0, 0, sheet.header)
            for place, text in enumerate(values):
                if place < sheet.text_columns:
                    page.write_string(row, place, text)
                elif text:
                    page.write_number(row, place, float(text) if "." in text else int(text))
    return path


def _stock_cells(
    specimen: Specimen, sku: np.ndarray, on_hand: np.ndarray, promised: np.ndarray, in_transit: np.ndarray
) -> dict[str, str | pa.Array]:
    free = whole(on_hand - promised)
    code = pick(specimen.catalogue.sku_codes, sku)
    return {
        "款式编码": code,
        "商品编码": code,
        "规格": "默认",
        "实际库存数": whole(on_hand),
        "订单占有数": whole(promised),
        "进货仓库存": "0",
        "采购在途数": whole(in_transit),
        "销退在途数": "0",
        "虚拟库存数": "0",
        "可用数": free,
        "公有可用数": free,
    }


def _returned(specimen: Specimen, day: date) -> np.ndarray:
    """Units returned by customers in the last 30 days: they lie in the returns store, never on the shelf again."""
    end = np.datetime64(day + timedelta(days=1), "s")
    table = specimen.sales.refunds
    back = (table["completed"] < end) & (table["completed"] >= end - np.timedelta64(30, "D"))
    back &= (table["kind"] == RETURN_REFUND) & (table["outcome"] == SUCCEEDED)
    rows = np.flatnonzero(back)
    main = specimen.catalogue.listing_main[specimen.sales.lines["listing"][table["line"][rows]]]
    cell = main.astype(np.int64) * len(WAREHOUSES) + specimen.sales.orders["warehouse"][table["order"][rows]]
    units = np.bincount(cell, weights=table["quantity"][rows], minlength=specimen.opening.size)
    return units.astype(np.int64).reshape(specimen.opening.shape)


def _listed(specimen: Specimen, number: int) -> np.ndarray:
    """Which skus the product master holds: from a month before launch, and for ever after the end."""
    return specimen.catalogue.launched - 30 <= number


def _first(specimen: Specimen) -> int:
    return day_number(specimen.settings.first_day)
