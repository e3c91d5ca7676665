"""Customers of orders whose platform report names no buyer, as an ERP or CRM names them (`order_customers`), as of a
day. An order's own buyer key goes first: it is what the platform says."""

import pandas as pd
from sqlalchemy import Select

from include.warehouse.as_of import latest_lines
from include.warehouse.books import Publication
from include.warehouse.tables import order_customers


def customers_told(change: Publication, shop: str, as_of: str, chosen: Select) -> pd.DataFrame:
    """order_id, customer (null: nobody) of orders of `shop`. One row per order; if several systems name a customer, the
    newest export wins. Orders that no system names are missing.

    chosen: a select of the order numbers wanted.
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
