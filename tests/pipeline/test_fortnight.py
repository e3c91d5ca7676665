"""Lists, books and manifests of two replayed fortnights are byte for byte what they were.

A change that is to change nothing leaves fortnight.json as it is. One that changes lists or books on purpose writes it
anew (`python -m tests.pipeline.fortnight`) and says in docs/data-changes.md what became different.
"""

import json
from pathlib import Path

import pytest

from tests.pipeline.fortnight import DAYS, Digests, online_retail_fortnight, specimen_fortnight

KEPT = Path(__file__).with_name("fortnight.json")
RETAIL = Path(__file__).parents[3] / "shared" / "data" / "online_retail_ii" / "online_retail_ii.parquet"


def differences(name: str, lived: Digests) -> list[str]:
    """The day and thing of each digest that is another than the kept one, on the days that were lived."""
    kept = json.loads(KEPT.read_text(encoding="utf-8"))[name]
    return [
        f"{day} {thing}"
        for day, found in lived.items()
        for thing in sorted({*kept[day], *found})
        if kept[day].get(thing) != found.get(thing)
    ]


def test_the_first_days_of_the_specimen_s_fortnight_are_what_they_were(tmp_path: Path) -> None:
    lived = specimen_fortnight(tmp_path, days=2)
    assert all(int(of_day["restock lines"]) > 0 for of_day in lived.values())
    assert differences("specimen", lived) == []


@pytest.mark.thorough
def test_the_specimen_s_fortnight_is_what_it_was(tmp_path: Path) -> None:
    lived = specimen_fortnight(tmp_path)
    assert len(lived) == DAYS
    assert differences("specimen", lived) == []


@pytest.mark.thorough
@pytest.mark.skipif(not RETAIL.exists(), reason="the data of Online Retail II is not here")
def test_the_real_shop_s_fortnight_is_what_it_was(tmp_path: Path) -> None:
    lived = online_retail_fortnight(tmp_path, RETAIL)
    assert len(lived) == DAYS
    assert differences("online-retail", lived) == []
