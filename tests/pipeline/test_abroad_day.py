"""A day of merchants abroad: their regions, two writings of a code, a shop in another currency."""

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from include.cli.keys import new_keys
from include.pipeline import close, ingest
from include.replenishment.mapping_notes import doubts
from include.replenishment.planning_data import known_on
from include.settings.merchant import Merchant
from include.warehouse.as_of import read_facts
from include.warehouse.workspace import Keys, Workspace
from tests.copies import new_workspace

DAY = date(2026, 5, 12)
SALES = {
    "frame": "sales",
    "columns": {
        "order_id": "order", "merchant_code": "sku", "quantity": "units", "unit_price": "price", "created_at": "at",
        "province": "land",
    },
}  # fmt: skip
STOCK = {"frame": "stock", "columns": {"sku": "sku", "on_hand": "pieces", "warehouse": "warehouse"}}


def shop(home: Path, name: str, **said: Any) -> dict[str, Any]:
    return {
        "name": name,
        "platform": "declared",
        "source": {"path": f"{home}/exports/{name}/{{day}}", "settle_seconds": 0},
        "reports": {
            "sales": {"pattern": "sales*", "declared": SALES},
            "stock": {"pattern": "stock*", "declared": STOCK, "required": False},
        },
        **said,
    }


def workspace(home: Path, shops: list[dict[str, Any]], **said: Any) -> Workspace:
    described = Merchant.model_validate(
        {
            "name": "abroad", "books": f"sqlite:///{home}/books.sqlite", "raw": f"{home}/raw",
            "models": f"{home}/models", "data_docs": f"{home}/docs", "running": {"clock_starts": "2100-01-01"},
            "time_zone": "Europe/Berlin",
            "warehouses": [{"name": "Leipzig", "serves": ["DE"]}, {"name": "Wien", "serves": ["AT"]}], "shops": shops,
            "checking": {"quarantine_ceiling": 1.0}, **said,
        }
    )  # fmt: skip
    return new_workspace(described, described.books, Keys.from_mapping(new_keys()), home)


def live(workspace: Workspace, files: dict[str, str]) -> None:
    """files: shop/name -> content."""
    now = datetime(DAY.year, DAY.month, DAY.day, 3, tzinfo=ZoneInfo("Europe/Berlin")) + timedelta(days=1)
    for place, text in files.items():
        name, file = place.split("/")
        folder = workspace.home / "exports" / name / DAY.isoformat()
        folder.mkdir(parents=True, exist_ok=True)
        (folder / file).write_text(text, encoding="utf-8")
    for one in workspace.merchant.shops:
        ingest.ingest_shop(workspace, one.name, DAY.isoformat(), now)
    close.close(workspace, DAY.isoformat(), now, without_late_shops=True)


def sales(*rows: str) -> str:
    return "order,sku,units,price,at,land\n" + "\n".join(rows) + "\n"


def test_demand_of_places_that_nobody_serves_is_told_once(tmp_path: Path) -> None:
    # given four orders: one from Austria, which Wien serves, one from Germany, and two from nobody knows where
    abroad = workspace(tmp_path, [shop(tmp_path, "web", currency="EUR")], calendar="DE")
    live(abroad, {"web/sales.csv": sales(
        "1,A,1,10.00,2026-05-12 10:00:00,AT", "2,A,1,10.00,2026-05-12 10:00:00,DE",
        "3,A,1,10.00,2026-05-12 10:00:00,CH", "4,A,1,10.00,2026-05-12 10:00:00,",
    )})  # fmt: skip

    # then each place's demand is its warehouse's, and the strays are told with the warehouse they count for
    demand = read_facts(abroad.books, "demand", DAY.isoformat(), DAY.isoformat(), DAY.isoformat())
    assert demand.groupby("warehouse")["units"].sum().to_dict() == {"Leipzig": 3, "Wien": 1}
    (note,) = doubts(abroad, DAY.isoformat(), known_on(abroad, DAY.isoformat()))
    assert "2 of 4 orders of the last 28 days are from places that no warehouse serves" in note.en
    assert "counts for Leipzig" in note.en


def test_stock_under_another_writing_of_a_code_is_told_and_not_taken(tmp_path: Path) -> None:
    # given a shop that sells 00123 and abc-1, and a stock file out of a spreadsheet
    abroad = workspace(tmp_path, [shop(tmp_path, "web", currency="EUR")])
    live(abroad, {
        "web/sales.csv": sales("1,00123,1,10.00,2026-05-12 10:00:00,DE", "2,abc-1,1,10.00,2026-05-12 10:00:00,DE"),
        "web/stock.csv": "sku,pieces,warehouse\n123,40,Leipzig\nABC 1,7,Leipzig\nZZZ,5,Leipzig\n",
    })  # fmt: skip

    (note,) = doubts(abroad, DAY.isoformat(), known_on(abroad, DAY.isoformat()))

    assert "2 codes of the stock files differ from a sku only in case, signs or leading zeros" in note.en
    assert "123 (00123?), ABC 1 (abc-1?)" in note.en


def test_shops_in_two_currencies_are_added_up_at_the_declared_rate(tmp_path: Path) -> None:
    # given one sale of 10.00 euros and one of $20.00, at 0.9 euros the dollar
    abroad = workspace(
        tmp_path,
        [shop(tmp_path, "web"), shop(tmp_path, "us", currency="USD")],
        currency="EUR",
        exchange_rates={"USD": 0.9},
    )
    live(abroad, {
        "web/sales.csv": sales("1,A,1,10.00 €,2026-05-12 10:00:00,DE"),
        "us/sales.csv": sales("1,A,1,$20.00,2026-05-12 10:00:00,DE", "2,A,1,€20.00,2026-05-12 10:00:00,DE"),
    })  # fmt: skip

    # then euros in the dollar shop are held back, and the books hold 10 + 18 euros
    facts = read_facts(abroad.books, "sales", DAY.isoformat(), DAY.isoformat(), DAY.isoformat())
    assert facts.set_index("shop")["paid_micros"].to_dict() == {"us": 18_000_000, "web": 10_000_000}


@pytest.mark.parametrize(("code", "like"), [("123", "00123"), ("abc 1", "ABC-1"), ("X", None)])
def test_an_unmapped_code_is_shown_beside_the_sku_that_it_resembles(
    code: str, like: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    from include.facts import listing_map

    monkeypatch.setattr(listing_map, "_known_skus", lambda books, day: {"00123", "ABC-1", "Y-1", "Y1"})

    assert listing_map.similar_skus(None, DAY.isoformat(), pd.Series([code, "y 1"])) == ({code: like} if like else {})  # type: ignore[arg-type]
