"""By what a customer of the recall list can be reached today: what a channel needs of them, and who has it."""

import numpy as np
import pandas as pd

from include.calendar.business_days import day_after
from include.customers.consents import consented
from include.customers.customers_as_of import CustomersAsOf
from include.customers.history import Book, day_text
from include.customers.recall.calls.call_outcomes import undelivered, wrong_numbers
from include.settings.merchant import Merchant
from include.settings.people.contacts import MASKING, ContactChannel
from include.settings.people.customers import Customers
from include.warehouse.as_of import read_lines
from include.warehouse.tables import orders
from include.warehouse.workspace import Workspace

OWN_PHONE, ORDER_PHONE, AUDIENCE = "own_phone", "order_phone", "audience"
BY_ORDER = (ORDER_PHONE, "order_message")  # what is reached by the last order, as long as that is young enough


def out_of_reach(customers: CustomersAsOf, merchant: Merchant) -> dict[str, frozenset[str]]:
    """Channel -> customers of the book whom it does not reach the morning after the day.

    A channel of some platforms reaches whose last order is on one of these. An own number counts if a shop keeps it and
    its owner has agreed to be contacted. A number that the platform shows with an order counts until it expires
    (虚拟号过期时间); where a platform masks its buyers and no export says until when, for
    customers.virtual_number_days. An order reaches somebody as long as it is young enough. A number that was
    nobody's is not called again, and a channel that could not deliver a message is not used again, until another order.
    """
    book, calls = customers.book, customers.calls
    last = _last_orders(book)
    ordered = pd.Series([day_text(book.as_of - days) for days in last["days"]], index=last["customer"], dtype="str")
    wrong = wrong_numbers(calls, ordered)
    platform = last["shop"].map({shop.name: shop.platform for shop in merchant.shops})
    missed = {}
    for channel in merchant.customers.channels_of_contact:
        elsewhere = ~platform.isin(channel.platforms) if channel.platforms else platform.isin([])
        if channel.reach == OWN_PHONE:
            able = customers.own_phones & consented(customers.consents, channel.name)
            missed[channel.name] = frozenset(last["customer"]) - able
        else:
            missed[channel.name] = _too_late(customers, last, platform.isin(MASKING), channel, merchant.customers)
        if channel.reach in (OWN_PHONE, ORDER_PHONE):
            missed[channel.name] |= wrong
        missed[channel.name] |= undelivered(calls, channel.name, ordered)
        missed[channel.name] |= frozenset(last.loc[elsewhere, "customer"])
    return missed


def audiences_of(rules: Customers) -> list[str]:
    """The channels that a platform's own marketing tool carries out."""
    return [channel.name for channel in rules.channels_of_contact if channel.reach == AUDIENCE]


def contact_until(workspace: Workspace, day: str, shop_orders: pd.DataFrame) -> pd.Series:
    """By (shop, order_id) of `shop_orders` (some), until when the number shown with the order is valid; orders of which
    nothing is known are not in it."""
    known = read_lines(workspace.books, "orders", day, orders.c.order_id.in_(sorted(set(shop_orders["order_id"]))))
    return known.dropna(subset=["contact_until"]).set_index(["shop", "order_id"])["contact_until"]


def _last_orders(book: Book) -> pd.DataFrame:
    """customer, shop, order_id, days (since it) of every customer's last order day."""
    history, place = book.history, book.end - 1
    shops = pd.Series([*history.shop_names, ""], dtype="str")
    return pd.DataFrame(
        {
            "customer": book.names.astype(str),
            "shop": shops.iloc[history.shop[place]].to_numpy(),
            "order_id": pd.Series(history.order_id[place], dtype="str"),
            "days": book.as_of - book.last,
        }
    )


def _too_late(
    customers: CustomersAsOf, last: pd.DataFrame, is_masked: pd.Series, channel: ContactChannel, rules: Customers
) -> frozenset[str]:
    late = np.zeros(len(last), dtype=bool)
    if channel.max_order_days is not None:
        late |= last["days"].to_numpy() > channel.max_order_days
    if channel.reach == ORDER_PHONE:
        until = customers.numbers_until.reindex(pd.MultiIndex.from_frame(last[["shop", "order_id"]])).to_numpy()
        is_told = pd.notna(until)
        old = last["days"].to_numpy() > rules.virtual_number_days
        late |= np.where(is_told, np.where(is_told, until, "") < day_after(customers.day), is_masked.to_numpy() & old)
    return frozenset(last.loc[late, "customer"])
