"""A day on which every file is as it should be has no finding: what is red or yellow every day is read by nobody."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from include.warehouse.tables import exports


def test_a_perfect_day_of_the_specimen_is_green(first_day: Path, desk_at: Callable[[Path], Any]) -> None:
    told = desk_at(first_day).rows(exports, exports.c.day == "2025-11-01")
    assert len(told) > 10
    found = [
        (row.file_name, one["title"])
        for row in told.itertuples()
        for one in json.loads(row.checks or "[]")
        if one["severity"] != "note"  # which tells of the file, such as how many buyers it names
    ]
    assert found == []
    assert told["rows_quarantined"].sum() == 0
