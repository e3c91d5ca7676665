"""What platforms' columns mean, as far as the day's facts: demand, sales, and what the export's checks tell of it."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from include.cli.keys import new_keys
from include.pipeline import close, ingest
from include.settings.merchant import Merchant
from include.warehouse.as_of import read_facts
from include.warehouse.books import read_frame
from include.warehouse.tables import exports
from include.warehouse.workspace import Keys, Workspace
from tests.copies import new_workspace

DAY = "2026-05-12"
NOW = datetime(2026, 5, 13, 3, tzinfo=ZoneInfo("Asia/Shanghai"))
AMAZON = (
    "amazon-order-id\tpurchase-date\torder-status\tsales-channel\tsku\titem-status\tquantity\tcurrency\titem-price\n"
)
SENT = f"S01-1\t{DAY}T01:00:00+00:00\tShipped\tNon-Amazon\tTEA\tShipped\t3\t\t\n"
PINDUODUO = "商品,订单号,订单状态,商品总价(元),用户实付金额(元),商品数量(件),商品id,商家编码-规格维度,订单成交时间\n"
INVENTORY = (
    "Handle,SKU,Location,Unavailable (not editable),Committed (not editable),Available (not editable),"
    "On hand (current)\n"
)


def workspace_of(home: Path, shops: dict[str, dict[str, Any]]) -> Workspace:
    merchant = Merchant.model_validate(
        {
            "name": "meanings",
            "books": f"sqlite:///{home}/books.sqlite",
            "raw": f"{home}/raw",
            "models": f"{home}/models",
            "data_docs": f"{home}/docs",
            "running": {"clock_starts": "2100-01-01"},
            "warehouses": [{"name": "Berlin"}],
            "checking": {"quarantine_ceiling": 1.0},
            "channels": [],
            "shops": [
                {"name": name, "source": {"path": f"{home}/exports/{name}/{{day}}", "settle_seconds": 0}, **shop}
                for name, shop in shops.items()
            ],
        }
    )
    return new_workspace(merchant, merchant.books, Keys.from_mapping(new_keys()), home)


def live(workspace: Workspace, files: dict[str, tuple[str, str]]) -> None:
    """shop -> (file, content), brought in and closed."""
    for shop, (name, content) in files.items():
        folder = workspace.home / "exports" / shop / DAY
        folder.mkdir(parents=True)
        (folder / name).write_text(content, encoding="utf-8")
        ingest.ingest_shop(workspace, shop, DAY, NOW)
    close.close(workspace, DAY, NOW, without_late_shops=True)


def demand(workspace: Workspace, shop: str) -> list[list[Any]]:
    facts = read_facts(workspace.books, "demand", DAY, "2026-05-01", DAY)
    return facts.loc[facts["shop"] == shop, ["day", "sku", "units", "gift_units"]].values.tolist()


@pytest.mark.parametrize("counts", [False, True])
def test_amazons_parcels_for_another_channel_are_demand_only_where_the_report_says_so(
    tmp_path: Path, counts: bool
) -> None:
    report = {"pattern": "*", "counts_other_channels": counts}
    workspace = workspace_of(
        tmp_path, {"amz": {"platform": "amazon", "currency": "USD", "reports": {"orders": report}}}
    )

    live(workspace, {"amz": ("all.txt", AMAZON + SENT)})

    assert demand(workspace, "amz") == ([[DAY, "TEA", 3, 0]] if counts else [])


def test_what_was_supplied_stands_among_the_exports_checks(tmp_path: Path) -> None:
    """Two of three orders lack their moment of payment; the third has a status that nobody has met."""
    workspace = workspace_of(tmp_path, {"pdd": {"platform": "pinduoduo", "reports": {"orders": {"pattern": "*"}}}})
    rows = "".join(f"茶,260511-60719897434226{n},已收货,10,10,1,7,TEA,\n" for n in (1, 2))
    rows += f"茶,260512-607198974342263,神秘,10,10,1,7,TEA,{DAY} 09:00:00\n"

    live(workspace, {"pdd": ("orders_export2026-05-13-02-00-00.csv", PINDUODUO + rows)})

    assert demand(workspace, "pdd") == [["2026-05-11", "TEA", 2, 0], [DAY, "TEA", 1, 0]]
    checks = json.loads(read_frame(workspace.books, select(exports.c.checks))["checks"].iloc[0])
    notes = [check["title"] for check in checks if check["severity"] == "note"]
    assert notes[0].startswith("2 rows: the status says paid and 订单成交时间 is blank")
    assert notes[1].startswith("1 row: 订单状态 says 神秘, which is not known")


def test_shopifys_inventory_is_the_stock_of_its_locations(tmp_path: Path) -> None:
    """9 on hand, of which 2 are sold and 1 is set aside: 6 can be sold."""
    workspace = workspace_of(
        tmp_path, {"web": {"platform": "shopify", "reports": {"stock": {"pattern": "inventory*"}}}}
    )

    live(
        workspace,
        {"web": ("inventory_export_1.csv", INVENTORY + "tea,TEA,Berlin,1,2,6,9\ncup,CUP,Berlin,,,not stocked,\n")},
    )

    facts = read_facts(workspace.books, "stock", DAY, DAY, DAY)
    assert facts[["warehouse", "sku", "on_hand", "available", "locked"]].values.tolist() == [["Berlin", "TEA", 9, 6, 3]]
