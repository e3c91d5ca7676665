"""What the ERPs' stock reports share: whose warehouse, of which day; and parts of one shelf added up."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from include.exports.canonical import canonical
from include.exports.declaration import Column, Context, Kind, Report, header_list
from include.files.errors import ExportError

# Batches, bins and conditions of a sku in a warehouse are rows of their own in some ERPs; the shelf is their sum.
SHELF = ("warehouse", "sku", "stock_day")
AMOUNTS = ("on_hand", "available", "locked", "in_transit", "moving_in")


def stock_frame(rows: pd.DataFrame, context: Context) -> dict[str, pd.DataFrame]:
    """The frame `stock`; warehouse and day come from the file's name where its columns do not say them.

    Raises ExportError where neither says which warehouse it is. What is sellable is the source's own figure or null,
    never reckoned here: the systems define it differently.
    """
    warehouse = rows["warehouse"] if context.warehouse is None else rows["warehouse"].fillna(context.warehouse)
    if warehouse.isna().any():
        raise ExportError(
            context.file,
            "stock of which warehouse?",
            column="仓库",
            found="neither such a column nor a warehouse in the file's name",
            expected="a name like 商品库存_华东仓_2026-05-01.xlsx, or the shop's own warehouse_pattern",
        )
    day = rows["stock_day"] if context.file_day is None else rows["stock_day"].fillna(context.file_day)
    return {"stock": canonical("stock", rows.assign(warehouse=warehouse, stock_day=day))}


def warehouse_after(words: str) -> str:
    """Where the name of a stock file says its warehouse: 库存_华东仓_2026-05-01. words: what stands before it."""
    return rf"{words}[_-](?P<warehouse>[^_]+?)[_-]\d{{4}}"


_KINDS = {"sku": Kind.ID, "spec_code": Kind.ID, "warehouse": Kind.TEXT, "stock_day": Kind.DAY}
_FILLED = ("sku", "on_hand", "warehouse", "stock_day")


def stock_report(
    title: str,
    headers: Mapping[str, tuple[str, ...]],
    *,
    known: str,
    required: tuple[str, ...] = ("sku", "on_hand", "available"),
    warehouse_pattern: str | None = warehouse_after("库存"),
    sum_rows_by: tuple[tuple[str, ...], tuple[str, ...]] | None = (SHELF, AMOUNTS),
    **more: Any,
) -> Report:
    """The report `stock` of an ERP. headers: field -> every name of its column. required: fields without which a file
    cannot be read. more: what else its `Report` has."""
    columns = (
        Column(name, names, _KINDS.get(name, Kind.QUANTITY), required=name in required, filled=name in _FILLED)
        for name, names in headers.items()
    )
    declared = {"day": "stock_day", "keep_together_by": ("sku",), "build": stock_frame, **more}
    return Report(
        name="stock",
        title=title,
        columns=tuple(columns),
        known=header_list(known),
        warehouse_pattern=warehouse_pattern,
        sum_rows_by=sum_rows_by,
        **declared,
    )
