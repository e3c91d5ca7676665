"""What is on the shelf when a customer asks: lines served, cut short or lost, in the order in which they ask."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from include.simulation.specimen.catalogue import Catalogue


@dataclass(frozen=True)
class Served:
    """`quantity` served by line. The cells are the (sku, warehouse) pairs asked for, as `sku * 3 + warehouse`:
    units `wanted`, `lost` because that shelf was empty, `lost_with_bundle` because another part of a bundle was
    missing, and `empty_from`, the second of the day at which the first buyer was turned away (-1: nobody was)."""

    quantity: np.ndarray
    cell: np.ndarray
    wanted: np.ndarray
    lost: np.ndarray
    lost_with_bundle: np.ndarray
    empty_from: np.ndarray


def serve(
    catalogue: Catalogue,
    available: np.ndarray,
    listing: np.ndarray,
    warehouse: np.ndarray,
    quantity: np.ndarray,
    second: np.ndarray,
) -> Served:
    """Serve lines from `available` (skus x warehouses, not changed), earliest `second` of the day first.

    A buyer takes what is left when it is less than they wanted; a bundle is sold whole or not at all.
    """
    line, sku, units = parts_of(catalogue, listing, quantity)
    cell_of_part = sku.astype(np.int64) * 3 + warehouse[line]
    cell, place = np.unique(cell_of_part, return_inverse=True)
    wanted = np.bincount(place, weights=units, minlength=len(cell)).astype(np.int64)
    left = np.maximum(available.ravel()[cell], 0)
    tight = left < wanted
    served = quantity.astype(np.int64).copy()
    lost = np.zeros(len(cell), dtype=np.int64)
    with_bundle = np.zeros(len(cell), dtype=np.int64)
    empty_from = np.full(len(cell), -1, dtype=np.int32)
    touched = np.zeros(len(listing), dtype=bool)
    touched[line[tight[place]]] = True
    part_first = np.searchsorted(line, np.arange(len(listing) + 1))
    each = units // np.maximum(quantity[line], 1)
    remaining = left.tolist()
    asking = np.flatnonzero(touched)
    for one in asking[np.argsort(second[asking], kind="stable")].tolist():
        parts = range(part_first[one], part_first[one + 1])
        asked = int(quantity[one])
        got = min(asked, *(remaining[place[part]] // int(each[part]) for part in parts)) if parts else asked
        short = [part for part in parts if remaining[place[part]] // int(each[part]) < asked]
        for part in parts:
            where, of_each = place[part], int(each[part])
            if got < asked:
                missing = (asked - got) * of_each
                if part in short:
                    lost[where] += missing
                    empty_from[where] = second[one] if empty_from[where] < 0 else empty_from[where]
                else:
                    with_bundle[where] += missing
            remaining[where] -= got * of_each
        served[one] = got
    return Served(served, cell, wanted, lost, with_bundle, empty_from)


def parts_of(
    catalogue: Catalogue, listing: np.ndarray, quantity: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Lines taken apart into skus: the line each part belongs to (ascending), its sku and its units."""
    first = catalogue.part_first[listing]
    count = catalogue.part_first[listing + 1] - first
    line = np.repeat(np.arange(len(listing)), count)
    offset = np.arange(len(line)) - np.repeat(np.cumsum(count) - count, count)
    part = first[line] + offset
    return line, catalogue.part_sku[part], catalogue.part_quantity[part].astype(np.int64) * quantity[line]
