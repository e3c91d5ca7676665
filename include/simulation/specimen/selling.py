"""A day at the counter: what customers wanted meets what is on the shelf."""

from __future__ import annotations

from datetime import date

import numpy as np

from include.simulation.specimen import extras, orders, shelf
from include.simulation.specimen.baskets import Baskets
from include.simulation.specimen.catalogue import Catalogue
from include.simulation.specimen.customers import Customers
from include.simulation.specimen.growing_table import GrowingTable
from include.simulation.specimen.orders import SHOPPING, NewOrders
from include.simulation.specimen.settings import JD, SpecimenSettings, day_number, stream
from include.simulation.specimen.shelf import Served

# What customers wanted, by day of payment and (sku, warehouse); a day and cell may stand in several rows.
WANTED_COLUMNS = {
    "day": "int32",
    "sku": "int32",
    "warehouse": "int8",
    "wanted": "int32",
    "lost": "int32",
    "lost_with_bundle": "int32",
    "empty_from": "int32",  # second of the day at which the first buyer was turned away, -1: nobody was
}


def sell(
    settings: SpecimenSettings,
    catalogue: Catalogue,
    customers: Customers,
    today: Baskets,
    prices: np.ndarray,
    available: np.ndarray,
    wanted: GrowingTable,
    day: date,
) -> tuple[NewOrders, np.ndarray]:
    """All new orders of the day, and the units sold to shoppers (skus x warehouses).

    `prices` are the listings' prices in fen; what was wanted and what was lost is booked into `wanted`.
    """
    shopping, served = _shopping(settings, catalogue, customers, today, prices, available, wanted, day)
    sold_units = served.wanted - served.lost - served.lost_with_bundle
    sold = np.zeros(available.shape, dtype=np.int64)
    sold.reshape(-1)[served.cell] = sold_units
    left = available - sold
    bulk = extras.bulk_orders(settings, catalogue, left, customers, prices, day)
    np.subtract.at(left, (bulk.listing, bulk.warehouse), bulk.quantity)
    batches = [
        shopping,
        bulk,
        extras.gift_orders(settings, catalogue, today, left, day),
        extras.unpaid_orders(settings, today, customers, prices, day),
        extras.brushing_orders(settings, catalogue, today.orders, customers, prices, day),
        extras.presale_orders(settings, catalogue, today, customers, day),
    ]
    return orders.concat_orders(batches), sold


def book_balances(wanted: GrowingTable, day: date, cell: np.ndarray, units: np.ndarray) -> None:
    """Deposits whose balance is paid today are today's demand, and sold."""
    cells, place = np.unique(cell, return_inverse=True)
    units = np.bincount(place, weights=units, minlength=len(cells)).astype(np.int64)
    _book(wanted, day_number(day), cells, units)


def _shopping(
    settings: SpecimenSettings,
    catalogue: Catalogue,
    customers: Customers,
    today: Baskets,
    prices: np.ndarray,
    available: np.ndarray,
    wanted: GrowingTable,
    day: date,
) -> tuple[NewOrders, Served]:
    """Ordinary orders after the shelf has had its say."""
    rng = stream(settings.seed, "times", day_number(day))
    count, owner = today.orders, today.order_of_line
    second = orders.seconds_of_day(rng, day, count)
    late = (rng.random(count) < settings.late_payment_share) & (second > 20 * 3600)
    soon = np.minimum(second + rng.integers(8, 400, count), 86_399)
    pays_at = np.where(late, 86_400 + rng.integers(600, 32_000, count), soon)
    coupon = rng.choice([0.0, 0.05, 0.08, 0.12], size=count, p=[0.55, 0.2, 0.15, 0.1])
    pays_freight = rng.random(count) < 0.5
    splits = rng.random(count) < settings.split_share
    served = shelf.serve(
        catalogue, available, today.lines.listing, today.warehouse[owner], today.lines.quantity, second[owner]
    )
    _book_served(catalogue, wanted, day, today, served, late[owner])
    kept = served.quantity > 0
    listing, quantity, owner = today.lines.listing[kept], served.quantity[kept], owner[kept]
    price = prices[listing]
    payable = np.round(price * quantity * (1 - coupon[owner])).astype(np.int64)
    goods = np.bincount(owner, weights=payable, minlength=count)
    off = customers.use_coupons(today.customer, goods.astype(np.int64), day)
    if off.any():
        payable -= np.floor(off[owner] * payable / np.maximum(goods[owner], 1)).astype(np.int64)
    # A JD order of several lines may leave in two parcels: its first line apart from the others.
    first = np.ones(len(owner), dtype=bool)
    first[1:] = owner[1:] != owner[:-1]
    several = np.bincount(owner, minlength=count) > 1
    family = np.where((today.shop == JD) & several & splits, np.arange(count), -1)
    parcel = np.where((family[owner] >= 0) & ~first, 1, 0)
    parcels, line_order = np.unique(owner * 2 + parcel, return_inverse=True)
    source = parcels // 2
    goods_fen = np.bincount(owner, weights=payable, minlength=count)
    freight = np.where((goods_fen < 5900) & pays_freight, 800, 0)
    new = NewOrders(
        shop=today.shop[source],
        kind=np.full(len(source), SHOPPING, dtype=np.int8),
        customer=today.customer[source],
        warehouse=today.warehouse[source],
        created=orders.moment(day, second)[source],
        paid=orders.moment(day, pays_at)[source],
        closed=orders.no_moment(len(source)),
        freight_fen=np.where(parcels % 2 == 0, freight[source], 0),
        family=family[source],
        line_order=line_order,
        listing=listing,
        quantity=quantity.astype(np.int32),
        price_fen=price,
        payable_fen=payable,
        gift=np.zeros(len(listing), dtype=bool),
    )
    return new, served


def _book_served(
    catalogue: Catalogue, wanted: GrowingTable, day: date, today: Baskets, served: Served, pays_tomorrow: np.ndarray
) -> None:
    """Book demand by day of payment: what is sold to late payers is tomorrow's demand, what is lost today's."""
    lines = np.flatnonzero(pays_tomorrow & (served.quantity > 0))
    line, sku, units = shelf.parts_of(catalogue, today.lines.listing[lines], served.quantity[lines])
    cell = sku.astype(np.int64) * 3 + today.lines.warehouse[lines][line]
    later = np.zeros(len(served.cell), dtype=np.int64)
    np.add.at(later, np.searchsorted(served.cell, cell), units)
    number = day_number(day)
    _book(wanted, number, served.cell, served.wanted - later, served.lost, served.lost_with_bundle, served.empty_from)
    _book(wanted, number + 1, served.cell[later > 0], later[later > 0])


def _book(
    wanted: GrowingTable,
    number: int,
    cell: np.ndarray,
    units: np.ndarray,
    lost: np.ndarray | int = 0,
    lost_with_bundle: np.ndarray | int = 0,
    empty_from: np.ndarray | int = -1,
) -> None:
    wanted.append(
        len(cell),
        {
            "day": number,
            "sku": cell // 3,
            "warehouse": cell % 3,
            "wanted": units,
            "lost": lost,
            "lost_with_bundle": lost_with_bundle,
            "empty_from": empty_from,
        },
    )
