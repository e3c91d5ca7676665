"""旺店通's stock export: one workbook a warehouse, the warehouse's name in the file's name."""

from __future__ import annotations

from datetime import date

import numpy as np

from include.specimen.business import Specimen
from include.specimen.places import WAREHOUSES
from include.specimen.settings import day_number
from include.specimen.writers.sheet import Sheet, columns, pick, whole

HEADER = columns(
    "商家编码,货品编号,货品名称,规格名称,规格码,条码,库存,警戒库存,可发货库存,采购量,待审核量,待发货量,未付款量,预订单量,"
    "采购在途量,采购到货量"
)
_FIGURES = HEADER[6:]


def stock(specimen: Specimen, day: date, warehouse: int) -> Sheet:
    """Stock of one warehouse at the end of `day`."""
    place, goods = day_number(day) - day_number(specimen.settings.first_day), specimen.catalogue
    listed = np.flatnonzero(goods.launched - 30 <= day_number(day))
    on_hand, promised, in_transit = (values[listed, warehouse].astype(np.int64) for values in specimen.closings[place])
    return Sheet(
        name=f"库存_{WAREHOUSES[warehouse]}_{day}.xlsx",
        header=HEADER,
        rows=len(listed),
        text_columns=6,
        roles={"id": ("商家编码",), "quantity": _FIGURES},
        cells=dict.fromkeys(_FIGURES, "0")
        | {
            "商家编码": pick(goods.sku_codes, listed),
            "货品编号": pick(goods.sku_codes, listed),
            "货品名称": pick(goods.titles, listed),
            "规格名称": "默认",
            "库存": whole(on_hand),
            "可发货库存": whole(on_hand - promised),
            "待发货量": whole(promised),
            "采购在途量": whole(in_transit),
        },
    )
