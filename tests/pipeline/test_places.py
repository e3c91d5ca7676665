"""A warehouse has one name in the books, whatever each report calls it; names that nobody knows are told."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from pydantic import ValidationError
from sqlalchemy import Engine

from include.facts.serving import renamed, renamed_stock
from include.replenishment.warehouse_notes import notes_on_places, strange_names
from include.settings.merchant import Merchant
from include.settings.warehouses import Warehouse
from tests.pipeline.erp_merchant import DAY, SOLD, STOCK, ErpMerchant, sale
from tests.replenishment.known import known
from tests.replenishment.test_under_way import bought

NAMES = {"w1": "w1", "w1仓": "w1", "主仓": "w1", "w2": "w2"}


def stock(*rows: tuple[str, str, int, int | None]) -> pd.DataFrame:
    """Facts of one day: (warehouse, sku, on hand, in transit)."""
    frame = pd.DataFrame(rows, columns=["warehouse", "sku", "on_hand", "in_transit"])
    frame = frame.assign(shop="erp", day="2026-05-12", locked=0, available=pd.NA, in_stock_share=1.0)
    return frame.astype({"in_transit": "Int64", "available": "Int64", "locked": "Int64"})


def test_other_names_become_the_warehouses_own() -> None:
    orders = bought(("P1", "2025-06-01", "2025-06-10", 5), ("P2", "2025-06-01", "2025-06-10", 5))
    orders = orders.assign(warehouse=["w1仓 ", "nowhere"])
    assert renamed(orders, NAMES)["warehouse"].tolist() == ["w1", "nowhere"]


def test_what_a_report_keeps_under_two_names_of_a_warehouse_is_added_up() -> None:
    facts = renamed_stock(stock(("w1", "A", 30, None), ("主仓", "A", 12, 7), ("w2", "A", 5, None)), NAMES)
    by_place = facts.set_index("warehouse")
    assert by_place["on_hand"].to_dict() == {"w1": 42, "w2": 5}
    assert by_place.loc["w1", "in_transit"] == 7
    assert pd.isna(by_place.loc["w2", "in_transit"])  # unknown stays unknown
    same = stock(("w1", "A", 30, None))
    pd.testing.assert_frame_equal(renamed_stock(same, NAMES), same)


def test_unknown_names_are_told_with_their_units_above_the_list() -> None:
    what = replace(known(), purchase_orders=bought(("P1", "2025-06-01", "2025-06-10", 300)).assign(warehouse="East"))
    assert strange_names(what.purchase_orders, ["east", "north", "south"]) == {"East": 300}
    notes = notes_on_places(what, {"east": "east", "north": "north", "south": "south"})
    assert len(notes) == 1
    assert "“East”300 件" in notes[0].zh
    assert "open purchase orders name warehouses that the settings do not know: 'East' 300 units" in notes[0].en
    assert notes_on_places(known(), {"east": "east", "north": "north", "south": "south"}) == []


def test_two_warehouses_may_not_share_a_name() -> None:
    described: dict[str, Any] = {
        "name": "m", "running": {"clock_starts": "2100-01-01"},
        "warehouses": [{"name": "w1", "other_names": ["仓一"]}, {"name": "w2", "other_names": ["仓一"]}],
        "shops": [{"name": "web", "platform": "declared", "source": {"path": "/tmp/{day}"},
                   "reports": {"sales": {"pattern": "*"}}}],
    }  # fmt: skip
    with pytest.raises(ValidationError, match="two warehouses are called 仓一"):
        Merchant.model_validate(described)
    described["warehouses"][1]["other_names"] = []
    assert Merchant.model_validate(described).warehouse_names() == {"w1": "w1", "仓一": "w1", "w2": "w2"}
    assert Warehouse(name="w1").other_names == ()


def test_facts_know_a_warehouse_by_its_own_name_alone(tmp_path: Path, books: Engine) -> None:
    # given an empty shelf that the ERP keeps under other names of the warehouse which serves the buyers, in two parts
    warehouses = [{"name": "w1", "other_names": ["主仓", "主仓二区"]}]
    shop = ErpMerchant.at(tmp_path, books, warehouses=warehouses)
    shop.put("erp", DAY, "商品库存_2026-05-12.csv", STOCK, "A,0,0,0,3,主仓", "A,0,0,0,4,主仓二区", "B,5,5,0,0,主仓")
    shop.put("web", DAY, "sales.csv", SOLD, sale("1", "A"))
    shop.live(DAY)
    # then its facts are the warehouse's, and what sold says until when it could be bought
    facts = shop.facts("stock").set_index("sku")
    assert set(facts["warehouse"]) == {"w1"}
    assert facts["in_transit"].to_dict() == {"A": 7, "B": 0}
    assert 0 < facts.loc["A", "in_stock_share"] < 1
    assert facts.loc["B", "in_stock_share"] == 1
    # and a name that is written down later brings the old days along
    strange = [{"name": "w1", "other_names": ["主仓"]}]
    renamed_later = ErpMerchant(replace(shop.workspace, merchant=Merchant.model_validate(
        {**shop.workspace.merchant.model_dump(), "warehouses": strange})))  # fmt: skip
    renamed_later.close(DAY)
    assert set(renamed_later.facts("stock")["warehouse"]) == {"w1", "主仓二区"}
