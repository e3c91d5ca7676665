"""One-off bulk orders: a single order far above what the sku's customers order. Found, shown, left out of demand."""

from __future__ import annotations

import numpy as np
import pandas as pd

LEAST_QUANTITY = 10  # units: below it no order is bulk, however rare
LEAST_LINES = 20  # orders of a sku from which its own distribution speaks; below, its category's, then the merchant's
SPREADS = 3.0  # robust standard deviations of log quantity above the median
LEAST_TIMES = 5.0  # times the sku's 95th percentile of other orders


def find_bulk_orders(
    lines: pd.DataFrame,
    *,
    least_quantity: int = LEAST_QUANTITY,
    spreads: float = SPREADS,
    least_times: float = LEAST_TIMES,
) -> pd.DataFrame:
    """Orders of a sku that are bulk, one row each.

    lines: order_id, sku, quantity, and category if known; lines of one order and sku are added up first.
    An order is bulk when its quantity is at least least_quantity, least_times the 95th percentile of the sku's
    orders (without their top fiftieth), and `spreads` robust deviations (1.4826 x median absolute deviation of log
    quantity, at least 0.25) above the median.
    Returns order_id, sku, quantity, usual (median), limit (units from which an order of the sku is bulk).
    """
    columns = ["order_id", "sku", "quantity", "usual", "limit"]
    lines = lines[lines["sku"].notna() & (lines["quantity"] > 0)]
    if len(lines) == 0:
        return pd.DataFrame(columns=columns)
    has_category = "category" in lines.columns
    by = ["order_id", "sku"]
    orders = lines.groupby(by, sort=True, as_index=False)["quantity"].sum()
    if has_category:
        category = lines.drop_duplicates("sku").set_index("sku")["category"].astype("str").fillna("?")
        orders["category"] = orders["sku"].map(category)
    else:
        orders["category"] = "?"
    orders["quantity"] = orders["quantity"].astype("float64")
    orders["log"] = np.log(orders["quantity"])
    count = orders.groupby("sku")["log"].transform("size")
    kin = orders.groupby("category")["log"].transform("size")
    own, category_limit, all_limit = (
        _limits(orders, "sku", spreads, least_times),
        _limits(orders, "category", spreads, least_times),
        _limits(orders.assign(all="all"), "all", spreads, least_times),
    )
    enough, kin_enough = (count >= LEAST_LINES).to_numpy(), (kin >= LEAST_LINES).to_numpy()
    pick = [
        np.where(enough, a, np.where(kin_enough, b, c)) for a, b, c in zip(own, category_limit, all_limit, strict=True)
    ]
    orders["usual"] = np.exp(pick[0])
    orders["limit"] = np.ceil(np.maximum(pick[1], least_quantity) - 1e-9)
    found = orders[orders["quantity"] >= orders["limit"]]
    found = found.assign(quantity=found["quantity"].astype("int64"), limit=found["limit"].astype("int64"))
    return found[columns].reset_index(drop=True)


def _limits(orders: pd.DataFrame, by: str, spreads: float, times: float) -> tuple[np.ndarray, np.ndarray]:
    """Median of the log quantity and the limit in units, by group, one for each order."""
    groups = orders.groupby(by)["log"]
    middle = groups.transform("median")
    deviation = (orders["log"] - middle).abs().groupby(orders[by]).transform("median") * 1.4826
    # The very biggest orders must not raise the bar they are measured against: the top fiftieth is left out.
    high = groups.transform(lambda log: np.quantile(np.sort(log.to_numpy())[: max(1, int(0.98 * len(log)))], 0.95))
    limit = np.maximum(np.exp(middle + spreads * np.maximum(deviation, 0.25)), times * np.exp(high))
    return middle.to_numpy(), limit.to_numpy()
