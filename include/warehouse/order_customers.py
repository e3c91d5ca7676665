"""Which customer an order is of, where its own report names none: what an ERP or CRM told (`order_customers`), as of a
day. An order's own buyer key goes first: it is what the platform says."""

import pandas as pd
from sqlalchemy import Select, func, select

from include.warehouse.as_of import latest_lines
from include.warehouse.books import Publication
from include.warehouse.tables import exports, order_customers, order_lines, orders


def customers_told(change: Publication, shop: str, as_of: str, chosen: Select) -> pd.DataFrame:
    """order_id, customer (null: nobody) of orders of `shop`, one row an order: of several systems the newest says it.

    chosen: a select of the order numbers wanted. Raises nothing; an order of which nobody told is not in it.
    """
    t = order_customers
    lines = change.read(latest_lines(t, as_of, t.c.for_shop == shop, t.c.order_id.in_(chosen)))
    lines = lines.sort_values(["order_id", "export_day", "shop"], kind="stable")
    return lines.drop_duplicates("order_id", keep="last")[["order_id", "customer"]].reset_index(drop=True)


def with_customers(orders: pd.DataFrame, told: pd.DataFrame) -> pd.DataFrame:
    """The orders with `customer` filled where their own report names nobody. told: of `customers_told`."""
    if told.empty:
        return orders
    said = orders["order_id"].map(told.set_index("order_id")["customer"])
    return orders.assign(customer=orders["customer"].where(orders["customer"].notna(), said))


def newly_told_days(change: Publication, day: str) -> dict[str, list[str]]:
    """Shop -> the days on which orders were paid whose customers the exports of `day` tell, up to `day`."""
    t = order_customers.c
    of_day = select(exports.c.export_id).where(exports.c.day == day, exports.c.state == "published")
    days: dict[str, set[str]] = {}
    for table in (orders, order_lines):
        paid_day = func.substr(table.c.paid_at, 1, 10).label("day")
        found = change.read(
            select(t.for_shop, paid_day)
            .join(table, (table.c.shop == t.for_shop) & (table.c.order_id == t.order_id))
            .where(t.export_id.in_(of_day), table.c.paid_at.is_not(None))
            .distinct()
        )
        for shop, some in found.groupby("for_shop")["day"]:
            days.setdefault(str(shop), set()).update(one for one in some if one <= day)
    return {shop: sorted(some) for shop, some in days.items() if some}
