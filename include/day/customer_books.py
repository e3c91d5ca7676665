"""Customers' orders as of a business day, from the facts in the books."""

import pandas as pd
from sqlalchemy import select

from include.customers.history import OrderHistory, order_history
from include.day.office import Office
from include.warehouse.as_of import read_facts
from include.warehouse.books import read_frame
from include.warehouse.tables import contacts


def history_as_of(office: Office, day: str) -> OrderHistory:
    """Every customer's orders up to `day`, as its close knew them."""
    return order_history(read_facts(office.books, "customer_orders", day, last_day=day), as_of=day)


def contacts_before(office: Office, day: str) -> pd.DataFrame:
    """day, customer, arm, propensity of every list before the one of `day`."""
    return read_frame(office.books, select(contacts).where(contacts.c.day < day).order_by(contacts.c.day))
