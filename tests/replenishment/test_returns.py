"""What a supplier takes back, by its terms and what it delivered lately."""

from dataclasses import replace

import pandas as pd
import pytest

from include.replenishment.surplus.returns import returnable_units
from tests.replenishment.known import known, no_receipts

SHELF = pd.DataFrame({"sku": ["S1", "S1"], "warehouse": ["east", "north"], "supplier": "G1", "on_hand": [30, 50]})


def came(*rows: tuple[str, str, int]) -> pd.DataFrame:
    frame = pd.DataFrame(
        [(f"R{n}", "P", "1", "S1", place, day, units) for n, (place, day, units) in enumerate(rows)],
        columns=no_receipts().columns,
    )
    return frame.astype(no_receipts().dtypes.to_dict())


def test_what_came_within_the_window_and_still_lies_there_goes_back_for_the_fee() -> None:
    what = known()
    receipts = came(("east", "2025-05-20", 40), ("north", "2025-05-20", 10), ("north", "2025-03-01", 90))
    terms = what.suppliers.assign(
        return_days=pd.array([60], dtype="Int64"), return_fee_percent=pd.array([15], dtype="Int64")
    )

    units, fee = returnable_units(SHELF, replace(what, receipts=receipts, suppliers=terms))

    # East holds 30 of the 40; in the north the first in went first, so that the 10 are still there.
    assert units.tolist() == [30, 10]
    assert fee.tolist() == pytest.approx([0.15, 0.15])


def test_a_supplier_without_terms_takes_nothing_back() -> None:
    receipts = came(("east", "2025-05-20", 40))
    silent = known().suppliers.assign(
        return_days=pd.array([pd.NA], dtype="Int64"), return_fee_percent=pd.array([pd.NA], dtype="Int64")
    )

    for suppliers in (known().suppliers, silent):
        units, fee = returnable_units(SHELF, replace(known(), receipts=receipts, suppliers=suppliers))
        assert units.tolist() == [0, 0]
        assert pd.isna(fee).all()
