"""Goods moved between the specimen's warehouses."""

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from include.simulation.specimen.business import Specimen
from include.simulation.specimen.regions import WAREHOUSES
from include.simulation.specimen.settings import SpecimenSettings

SETTINGS = SpecimenSettings(seed=5, skus=12, first_day=date(2025, 4, 1), transfer_days=2)
NO_ORDERS = pd.DataFrame({"sku": [], "warehouse": [], "quantity": []})


def move(sku: str, quantity: int, giver: int = 0, taker: int = 1) -> pd.DataFrame:
    row = (sku, WAREHOUSES[giver], WAREHOUSES[taker], quantity)
    return pd.DataFrame([row], columns=["sku", "from_warehouse", "warehouse", "quantity"])


def test_units_leave_at_once_arrive_days_later_and_none_is_lost() -> None:
    moved, left_alone = Specimen(SETTINGS), Specimen(SETTINGS)
    sku = int(np.argmax(moved.stock.available[:, 0]))
    code = moved.catalogue.sku_codes[sku]
    for past in range(4):
        day = SETTINGS.first_day + timedelta(days=past)
        moved.step(day, NO_ORDERS, move(code, 7) if past == 0 else None)
        left_alone.step(day, NO_ORDERS)
        here, there = (
            int(moved.closings[past][0, sku, warehouse]) - int(left_alone.closings[past][0, sku, warehouse])
            for warehouse in (0, 1)
        )
        assert here == -7
        assert (there >= 7) if past >= 2 else (there == 0)


def test_nobody_gives_what_it_does_not_have() -> None:
    business = Specimen(SETTINGS)
    free = int(business.stock.available[3, 0])
    business.step(SETTINGS.first_day, NO_ORDERS, move(business.catalogue.sku_codes[3], free + 100))
    assert business.transfers["quantity"].tolist() == ([free] if free > 0 else [])
    with pytest.raises(ValueError, match="unknown warehouse"):
        business.step(
            business.next_day, NO_ORDERS, move("x", 1).assign(sku=business.catalogue.sku_codes[3], warehouse="?")
        )


def test_what_is_on_its_way_survives_saving(tmp_path: Path) -> None:
    business = Specimen(SETTINGS)
    sku = int(np.argmax(business.stock.available[:, 0]))
    business.step(SETTINGS.first_day, NO_ORDERS, move(business.catalogue.sku_codes[sku], 5))
    business.save(tmp_path / "kept.npz")
    again = Specimen.load(tmp_path / "kept.npz")
    for _ in range(3):
        for one in (business, again):
            one.step(one.next_day, NO_ORDERS)
    assert (business.closings[-1] == again.closings[-1]).all()
