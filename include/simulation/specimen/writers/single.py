"""What Pinduoduo and Kuaishou share: an order there is one line, so each line of an order is an order of its own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from include.simulation.specimen.business import Specimen
from include.simulation.specimen.snapshot import Columns, Snapshot, status_of_lines
from include.simulation.specimen.writers.sheet import whole

MAX_ORDER_LINES = 10


@dataclass(frozen=True)
class Lines:
    """A snapshot's lines with what their orders say: `order` is the position of each line's order in the snapshot."""

    order: np.ndarray
    status: np.ndarray
    freight_fen: np.ndarray
    gone: np.ndarray  # whether the parcel has left


def of_snapshot(snapshot: Snapshot) -> Lines:
    """Freight is paid with an order's first line."""
    table, lines = snapshot.orders, snapshot.lines
    order = lines["position"]
    return Lines(
        order=order,
        status=status_of_lines(snapshot),
        freight_fen=np.where(lines["nth"] == 0, table["freight_fen"][order], 0),
        gone=~np.isnat(table["shipped"][order]),
    )


def numbers(row: np.ndarray, nth: np.ndarray, base: int) -> pa.Array:
    """A number for each line: `base` and ten times its order's row in the ledger and its place in the order."""
    return whole(base + row.astype(np.int64) * MAX_ORDER_LINES + nth)


def refund_places(specimen: Specimen, refunds: Columns) -> tuple[np.ndarray, np.ndarray]:
    """The ledger row of each refund's order and the place of its line in it."""
    order = refunds["order"]
    return order, refunds["line"] - specimen.sales.orders["first_line"][order]
