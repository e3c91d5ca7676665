"""Cells that all end with a tab."""

import pytest

from include.files.text.csv_records import find_delimiter


@pytest.mark.parametrize("quote", ["", '"'])
def test_tabs_that_end_cells_part_nothing(quote: str) -> None:
    row = ",".join(f"{quote}{cell}\t{quote}" for cell in ("1", "168.99", "", "待发货")) + "\n"

    assert find_delimiter(["订单号,金额,备注,状态\n", row, row]) == ","


def test_tabs_still_part_cells_that_hold_commas() -> None:
    row = "111-1\tPan, large\t2\tSEATTLE, WA\n"

    assert find_delimiter(["id\tname\tquantity\tcity\n", row, row]) == "\t"
