"""What the ERPs' stock reports share: whose warehouse, of which day; and parts of one shelf added up."""

import pandas as pd

from include.exports.canonical import canonical
from include.exports.declaration import Context
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
