"""A specimen business in one file: its settings and the numbers that have grown; all else follows from the settings."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from include.simulation.specimen.business import Specimen
from include.simulation.specimen.growing_table import GrowingTable
from include.simulation.specimen.parcels import Stock
from include.simulation.specimen.settings import SpecimenSettings


def save(specimen: Specimen, path: Path) -> None:
    """Write the business to `path` (.npz), whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    arrays: dict[str, np.ndarray] = {
        "settings": np.array(specimen.settings.to_json()),
        "on_hand": specimen.stock.on_hand,
        "promised": specimen.stock.promised,
        "trailing": specimen.trailing,
        "closings": np.array(specimen.closings, dtype=np.int32),
        "day_starts": np.array(specimen.sales.day_starts, dtype=np.int64),
    }
    for prefix, table in _tables(specimen).items():
        arrays |= {f"{prefix}/{name}": values for name, values in table.arrays().items()}
    unfinished = path.with_name(path.name + ".part")
    with unfinished.open("wb") as file:
        np.savez(file, allow_pickle=False, **arrays)
    os.replace(unfinished, path)


def load(path: Path) -> Specimen:
    """The business that `save` wrote."""
    with np.load(path, allow_pickle=False) as kept:
        specimen = Specimen(SpecimenSettings.from_json(str(kept["settings"])))
        specimen.stock = Stock(kept["on_hand"], kept["promised"])
        specimen.trailing = kept["trailing"]
        specimen.closings = list(kept["closings"])
        specimen.sales.day_starts = kept["day_starts"].tolist()
        for prefix, table in _tables(specimen).items():
            table.restore({name: kept[f"{prefix}/{name}"] for name in table.types})
    return specimen


def _tables(specimen: Specimen) -> dict[str, GrowingTable]:
    return {
        "orders": specimen.sales.orders,
        "lines": specimen.sales.lines,
        "refunds": specimen.sales.refunds,
        "wanted": specimen.wanted,
        "customers": specimen.customers.table,
        "purchases": specimen.supply.purchases,
        "receipts": specimen.supply.receipts,
        "transfers": specimen.transfers,
    }
