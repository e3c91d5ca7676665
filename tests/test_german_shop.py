"""A German shop on Shopify from its first hour: an orders and an inventory export, and lists a planner can use."""

import csv
import io
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from include.cli.keys import new_keys
from include.demand.panel_store import calendar_events
from include.pipeline import close, ingest, recall, restock
from include.settings.loading import load_merchant
from include.simulation.specimen.german import LOCATION, GermanShop, write_german_shop
from include.tasks.channels.parcel import Parcel
from include.tasks.document import Document, read_document
from include.tasks.publish_list import document_of
from include.tasks.sheets.comma_separated import write_csv
from include.tasks.sheets.digest import digest_of
from include.warehouse.as_of import read_facts
from include.warehouse.workspace import Keys, Workspace
from tests.copies import new_workspace

EXAMPLE = Path(__file__).parents[1] / "examples" / "german-shop"
DAY = date(2025, 11, 26)  # two days before Black Friday


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> tuple[Workspace, GermanShop]:
    """The example merchant with 200 days of history and three days of its own, the last of them planned."""
    home = tmp_path_factory.mktemp("german")
    shop = write_german_shop(home / "exports", DAY, days=3, history_days=200, skus=12)
    merchant = load_merchant(EXAMPLE, home)
    workspace = new_workspace(merchant, merchant.books, Keys.from_mapping(new_keys()), home)
    for back in (3, 2, 1, 0):
        day = DAY - timedelta(days=back)
        now = datetime(day.year, day.month, day.day, 3, tzinfo=ZoneInfo("Europe/Berlin")) + timedelta(days=1)
        if back == 3:
            assert ingest.ingest_shop(workspace, "shopify", day.isoformat(), now, history=True).whole
            continue
        assert ingest.ingest_shop(workspace, "shopify", day.isoformat(), now).whole
        assert close.close(workspace, day.isoformat(), now) is not None
    restock.publish_restock_lists(workspace, DAY.isoformat(), now)
    recall.publish_recall_list(workspace, DAY.isoformat(), now)
    return workspace, shop


@pytest.fixture
def document(lived: tuple[Workspace, GermanShop]) -> Callable[[str], Document]:
    def of(kind: str) -> Document:
        with lived[0].books.connect() as connection:
            text = document_of(connection, kind, DAY.isoformat())
        assert text is not None
        return read_document(text)

    return of


def rows_of(document: Document) -> list[dict[str, str]]:
    text = write_csv(Parcel("key", 1, 1, document), "en").decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def test_every_list_is_in_euros_and_in_english(document: Callable[[str], Document]) -> None:
    rows = rows_of(document("restock"))

    assert rows
    assert "Sales at risk (EUR)" in rows[0]
    for kind in ("restock", "excess", "recall"):
        parcel = Parcel("key", 1, 1, document(kind))
        said = " ".join([*digest_of(parcel, "en").paragraphs(), write_csv(parcel, "en").decode()])
        assert not [word for word in ("yuan", "元", "¥") if word in said]


def test_files_for_the_desk_are_named_and_headed_in_the_merchants_language(lived: tuple[Workspace, GermanShop]) -> None:
    workspace, _ = lived

    assert workspace.merchant.channels[0].language == "en"
    assert workspace.merchant.shops[0].currency == "EUR"


def test_the_clock_is_berlins(lived: tuple[Workspace, GermanShop]) -> None:
    # given the orders of one day as their customers placed them, at +0100
    workspace, _ = lived
    file = workspace.home / "exports" / "shopify" / DAY.isoformat() / f"orders_export_{DAY}.csv"
    placed = pd.read_csv(file)["Lineitem quantity"].sum()

    # then the day has them all, none slips into the next
    facts = read_facts(workspace.books, "demand", DAY.isoformat(), DAY.isoformat(), DAY.isoformat())
    assert facts["units"].sum() == placed


def test_the_suggested_quantities_are_what_a_planner_would_order(
    lived: tuple[Workspace, GermanShop], document: Callable[[str], Document]
) -> None:
    workspace, shop = lived
    pace = {shop.sku(number): float(units) for number, units in enumerate(shop.pace)}
    days = workspace.merchant.replenishment.default_lead_time_days + workspace.merchant.replenishment.review_period_days

    for line in document("restock").lines:
        about = line.payload
        # The week of Black Friday sells more than usual; nobody needs three times as much for it.
        assert about["warehouse"] == LOCATION
        assert 0 < about["quantity"] <= 3 * pace[about["sku"]] * days + 5
        assert about["quantity"] + about["on_hand"] >= 0.5 * pace[about["sku"]] * days


def test_the_model_learns_from_the_german_calendar(lived: tuple[Workspace, GermanShop]) -> None:
    events = calendar_events(lived[0], date(2025, 1, 1), DAY)

    assert {"black_friday", "christmas", "german_unity_day"} <= set(events["event"])
    assert not {"double_11", "618", "lunar_new_year"} & set(events["event"])
