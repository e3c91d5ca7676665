"""Customers' orders as of a business day, from the facts in the books."""

import pandas as pd
from sqlalchemy import select

from include.customers.history import OrderHistory, order_history
from include.day.office import Office
from include.warehouse.as_of import read_facts
from include.warehouse.books import read_frame
from include.warehouse.tables import contacts


def history_as_of(office: Office, day: str, at_most: int | None = None) -> OrderHistory:
    """Every customer's orders up to `day`, as its close knew them; of so many customers at most, where that is given.

    Pseudonyms are hashes, so the first of them in order are a sample that nobody chose, the same each time.
    """
    orders = read_facts(office.books, "customer_orders", day, last_day=day)
    if at_most is not None:
        customers = orders["customer"].drop_duplicates().sort_values()
        orders = orders[orders["customer"].isin(customers.head(at_most))]
    return order_history(orders, as_of=day)


def contacts_before(office: Office, day: str) -> pd.DataFrame:
    """day, customer, arm, propensity of every list before the one of `day`."""
    return read_frame(office.books, select(contacts).where(contacts.c.day < day).order_by(contacts.c.day))
