"""What a later day's files say changes nothing that an earlier day says, through files, books and lists."""

import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from include.demand.forecaster.model_card import data_hash
from include.demand.panel_store import panel_as_of
from include.warehouse.as_of import read_facts
from include.warehouse.tables import forecasts

FIRST, SECOND, THIRD = date(2025, 11, 1), date(2025, 11, 2), date(2025, 11, 3)
KINDS = ("restock", "transfer", "excess", "recall")
FACTS = ("demand", "sales", "stock", "customer_orders")


def changed(desk: Any) -> None:
    """On disk: every line of tmall's second day sells seven units more, and its shelves are those of the third."""
    (items,) = desk.folder("tmall", SECOND).glob("ExportItemlList*.csv")
    lines = pd.read_csv(items, encoding="gb18030", dtype=str, keep_default_na=False)
    name = next(column for column in lines.columns if "购买数量" in column)
    lines[name] = (pd.to_numeric(lines[name]) + 7).astype(str)
    lines.to_csv(items, index=False, encoding="gb18030")
    for shelf in desk.folder("erp", SECOND).glob("商品库存*.xlsx"):
        later = desk.folder("erp", THIRD) / shelf.name.replace(SECOND.isoformat(), THIRD.isoformat())
        shutil.copy(later, shelf)


def said_of_first(desk: Any) -> dict[str, Any]:
    """Everything that stands in the books and on the lists as of the first day, made anew."""
    made = desk.lists(FIRST, replay=True)
    told: dict[str, Any] = {kind: desk.text(kind, FIRST) for kind in KINDS}
    told |= {name: read_facts(desk.workspace.books, name, FIRST.isoformat()).to_csv() for name in FACTS}
    told["forecasts"] = desk.rows(forecasts, forecasts.c.day == FIRST.isoformat()).to_csv()
    told["panel"] = data_hash(panel_as_of(desk.workspace, FIRST.isoformat()))
    told["revisions"] = [made[kind]["revision"] for kind in KINDS]
    return told


def test_a_future_value_changed_on_disk_changes_nothing_in_the_past(
    first_day: Path, desk_at: Callable[[Path], Any]
) -> None:
    as_it_was, other = desk_at(first_day), desk_at(first_day)
    before = said_of_first(other)
    changed(other)
    for desk in (as_it_was, other):
        desk.ingest(SECOND)
        assert desk.close(SECOND) is not None
    # The change is felt on its own day ...
    units = [
        read_facts(desk.workspace.books, "demand", SECOND.isoformat())["units"].sum() for desk in (as_it_was, other)
    ]
    assert units[1] > units[0] + 100
    shelves = [read_facts(desk.workspace.books, "stock", SECOND.isoformat()).to_csv() for desk in (as_it_was, other)]
    assert shelves[0] != shelves[1]
    # ... and nowhere before.
    assert said_of_first(as_it_was) == said_of_first(other) == before
