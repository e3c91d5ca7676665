"""Orders beyond ordinary shopping: deposits for Double 11, unpaid orders, brushing, company orders, gifts."""

from __future__ import annotations

from datetime import date

import numpy as np

from include.simulation.specimen import sale_days
from include.simulation.specimen.baskets import Baskets
from include.simulation.specimen.catalogue import STEADY, Catalogue
from include.simulation.specimen.customers import BRUSHER, COMPANY, Customers
from include.simulation.specimen.orders import (
    BRUSHING,
    BULK,
    GIFT,
    PRESALE,
    SHOPPING,
    NewOrders,
    moment,
    no_moment,
    seconds_of_day,
    single_line_orders,
)
from include.simulation.specimen.settings import SpecimenSettings, day_number, stream


def unpaid_orders(
    settings: SpecimenSettings, baskets: Baskets, customers: Customers, prices: np.ndarray, day: date
) -> NewOrders:
    """Orders that are placed, never paid and closed by the platform after one to three days. Not demand."""
    rng = stream(settings.seed, "extras", day_number(day), 1)
    rows = int(rng.poisson(settings.unpaid_share * baskets.orders))
    if not rows:
        return _none()
    buyer = baskets.customer[rng.integers(baskets.orders, size=rows)]
    listing = baskets.lines.listing[rng.integers(len(baskets.lines), size=rows)]
    created = moment(day, seconds_of_day(rng, day, rows))
    return single_line_orders(
        kind=SHOPPING,
        shop=customers.table["shop"][buyer],
        customer=buyer,
        warehouse=customers.table["warehouse"][buyer],
        created=created,
        paid=no_moment(rows),
        closed=created + rng.choice([24, 48, 72], size=rows).astype("timedelta64[h]"),
        listing=listing,
        quantity=np.ones(rows, dtype=np.int32),
        price_fen=prices[listing],
        payable_fen=prices[listing],
    )


def brushing_orders(
    settings: SpecimenSettings, catalogue: Catalogue, orders: int, customers: Customers, prices: np.ndarray, day: date
) -> NewOrders:
    """Orders that the merchant has placed to look busy: paid by hired hands, an empty parcel, no goods moved.

    They push what was launched lately and a few slow sellers, and the merchant marks them in the remark.
    """
    rng = stream(settings.seed, "extras", day_number(day), 2)
    rows = int(rng.poisson(settings.brushing_share * orders))
    hands = np.flatnonzero(customers.table["kind"] == BRUSHER)
    if not rows or not len(hands):
        return _none()
    number = day_number(day)
    age = number - catalogue.launched
    pushed = np.flatnonzero((age >= 0) & (age < 45))
    slow = np.flatnonzero((catalogue.launched <= number) & (catalogue.ended > number))
    pushed = pushed if len(pushed) else slow
    listing = np.where(rng.random(rows) < 0.7, rng.choice(pushed, size=rows), slow[(number // 10 * 7) % len(slow)])
    hand = rng.choice(hands, size=rows)
    created = moment(day, np.minimum(seconds_of_day(rng, day, rows), 86_000))
    price = prices[listing]
    return single_line_orders(
        kind=BRUSHING,
        shop=customers.table["shop"][hand],
        customer=hand,
        warehouse=customers.table["warehouse"][hand],
        created=created,
        paid=created + rng.integers(20, 300, rows).astype("timedelta64[s]"),
        closed=no_moment(rows),
        listing=listing.astype(np.int32),
        quantity=np.ones(rows, dtype=np.int32),
        price_fen=price,
        payable_fen=price,
    )


def bulk_orders(
    settings: SpecimenSettings,
    catalogue: Catalogue,
    available: np.ndarray,
    customers: Customers,
    prices: np.ndarray,
    day: date,
) -> NewOrders:
    """A company's one-off order of dozens of one sku; it goes elsewhere when the stock does not cover it at once."""
    rng = stream(settings.seed, "extras", day_number(day), 3)
    rows = int(rng.poisson(settings.bulk_orders_per_day))
    shop = rng.choice(3, size=rows, p=settings.shop_shares).astype(np.int8)
    warehouse = rng.integers(0, 3, rows).astype(np.int8)
    number = day_number(day)
    sells = (catalogue.launched <= number) & (catalogue.ended > number) & (catalogue.kind == STEADY)
    stocked = np.where(sells, np.maximum(available, 0).sum(axis=1), 0)
    if not rows or not stocked.any():
        return _none()
    listing = rng.choice(catalogue.skus, size=rows, p=stocked / stocked.sum())
    quantity = rng.integers(2, 9, rows) * 10
    buyer = customers.born(rng, day, shop, warehouse, kind=COMPANY)
    created = moment(day, rng.integers(9 * 3600, 18 * 3600, rows))
    taken = np.zeros_like(available)
    fits = np.zeros(rows, dtype=bool)
    for place in range(rows):
        cell = listing[place], warehouse[place]
        fits[place] = available[cell] - taken[cell] >= quantity[place]
        taken[cell] += quantity[place] if fits[place] else 0
    price = prices[listing]
    payable = price * quantity * 9 // 10
    return single_line_orders(
        kind=BULK,
        shop=shop[fits],
        customer=buyer[fits],
        warehouse=warehouse[fits],
        created=created[fits],
        paid=created[fits] + np.timedelta64(600, "s"),
        closed=no_moment(int(fits.sum())),
        listing=listing[fits].astype(np.int32),
        quantity=quantity[fits].astype(np.int32),
        price_fen=price[fits],
        payable_fen=payable[fits],
    )


def gift_orders(
    settings: SpecimenSettings, catalogue: Catalogue, baskets: Baskets, available: np.ndarray, day: date
) -> NewOrders:
    """Orders over nothing, sent as a present to a buyer of the day while stock lasts. Not demand, but goods move."""
    rng = stream(settings.seed, "extras", day_number(day), 4)
    rows = int(rng.poisson(settings.gift_share * baskets.orders))
    number = day_number(day)
    onsale = np.flatnonzero((catalogue.launched <= number) & (catalogue.ended > number))
    if not rows or not len(onsale):
        return _none()
    presents = onsale[np.argsort(catalogue.price_fen[onsale], kind="stable")[:5]]
    place = rng.integers(baskets.orders, size=rows)
    sku = rng.choice(presents, size=rows)
    warehouse = baskets.warehouse[place]
    created = moment(day, rng.integers(10 * 3600, 21 * 3600, rows))
    cell = sku * 3 + warehouse
    turn = np.argsort(cell, kind="stable")
    sorted_cell = cell[turn]
    before = np.arange(rows) - np.searchsorted(sorted_cell, sorted_cell)
    fits = np.zeros(rows, dtype=bool)
    fits[turn] = before < available.ravel()[sorted_cell]
    kept = int(fits.sum())
    return single_line_orders(
        kind=GIFT,
        shop=baskets.shop[place][fits],
        customer=baskets.customer[place][fits],
        warehouse=warehouse[fits],
        created=created[fits],
        paid=created[fits],
        closed=no_moment(kept),
        listing=sku[fits].astype(np.int32),
        quantity=np.ones(kept, dtype=np.int32),
        price_fen=np.zeros(kept, dtype=np.int64),
        payable_fen=np.zeros(kept, dtype=np.int64),
        gift=True,
    )


def presale_orders(
    settings: SpecimenSettings, catalogue: Catalogue, baskets: Baskets, customers: Customers, day: date
) -> NewOrders:
    """Deposits for Double 11: ordered today, the balance paid in the first hours of the day of the sale.

    They are taken whatever is on the shelf, so that more may be promised than there is.
    """
    rng = stream(settings.seed, "presale", day_number(day))
    rows = int(rng.poisson(settings.presale_orders_share * baskets.orders))
    wished = baskets.lines.listing
    wished = wished[(catalogue.sales_feeling[catalogue.listing_main[wished]] > 0.85)]
    if not sale_days.effects(day).presale or not rows or not len(wished):
        return _none()
    buyer = baskets.customer[rng.integers(baskets.orders, size=rows)]
    listing = wished[rng.integers(len(wished), size=rows)]
    balance = sale_days.balance_day(day)
    discount = sale_days.effects(balance).discount
    price = np.maximum(np.round(catalogue.listing_price_fen[listing] * (1 - discount) / 10), 10).astype(np.int64) * 10
    created = moment(day, seconds_of_day(rng, day, rows))
    paid = moment(balance, (rng.random(rows) ** 2.5 * 72_000).astype(np.int64) + 60)
    never = rng.random(rows) < settings.presale_unpaid_share
    end = moment(balance, np.full(rows, 3 * 86_400))
    paid[never] = np.datetime64("NaT")
    quantity = np.minimum(rng.geometric(0.8, rows), 4).astype(np.int32)
    return single_line_orders(
        kind=PRESALE,
        shop=customers.table["shop"][buyer],
        customer=buyer,
        warehouse=customers.table["warehouse"][buyer],
        created=created,
        paid=paid,
        closed=np.where(never, end, np.datetime64("NaT")),
        listing=listing,
        quantity=quantity,
        price_fen=price,
        payable_fen=price * quantity,
    )


def _none() -> NewOrders:
    nothing = np.zeros(0, dtype=np.int64)
    times = no_moment(0)
    return single_line_orders(
        kind=SHOPPING,
        shop=nothing.astype(np.int8),
        customer=nothing,
        warehouse=nothing.astype(np.int8),
        created=times,
        paid=times,
        closed=times,
        listing=nothing.astype(np.int32),
        quantity=nothing.astype(np.int32),
        price_fen=nothing,
        payable_fen=nothing,
    )
