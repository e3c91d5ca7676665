"""The merchants under examples/ load, their declarations compile, and the real shop's rows go where its YAML says."""

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from examples.online_retail_ii.convert import write_orders, write_warehouse
from include.exports.reading import Reading
from include.platforms.read_export import read_export
from include.platforms.registry import report
from include.settings.loading import load_merchant
from include.settings.merchant import Merchant
from include.settings.shops import Shop

EXAMPLES = Path(__file__).parents[1] / "examples"
FIRST_DAY = date(2011, 10, 10)

# InvoiceNo, StockCode, Quantity, InvoiceDate, UnitPrice, CustomerID, sheet
LINES = [
    ("570001", "22087", 4, "2011-10-07 10:00", 2.5, "17850", "Year 2010-2011"),  # the history: a Friday before
    ("570100", "22087", 6, "2011-10-10 10:00", 2.5, "17850", "Year 2010-2011"),
    ("570101", "85123A", 2, "2011-10-10 11:00", 1.25, None, "Year 2010-2011"),  # anonymous
    ("C570102", "22087", -1, "2011-10-10 12:00", 2.5, "17850", "Year 2010-2011"),  # a cancellation
    ("570103", "POST", 1, "2011-10-10 12:10", 18.0, "17850", "Year 2010-2011"),
    ("570104", "22087", -30, "2011-10-10 12:20", 0.0, None, "Year 2010-2011"),  # a correction of stock
    ("570105", "22087", 3, "2011-10-10 12:30", 0.0, None, "Year 2010-2011"),
    ("A570106", "B", 1, "2011-10-10 12:40", -11062.06, None, "Year 2010-2011"),  # bad debt
]


@pytest.fixture(scope="module")
def lines() -> pd.DataFrame:
    columns = ["InvoiceNo", "StockCode", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "sheet"]
    frame = pd.DataFrame(LINES, columns=columns).assign(Description="A THING", Country="United Kingdom")
    return frame.assign(InvoiceDate=pd.to_datetime(frame["InvoiceDate"]))


@pytest.mark.parametrize("name", ["specimen", "online_retail_ii", "german-shop"])
def test_an_example_loads_and_all_its_reports_are_known(name: str, tmp_path: Path) -> None:
    merchant = load_merchant(EXAMPLES / name, tmp_path)
    for shop in merchant.shops:
        for entry, settings in shop.reports.items():
            assert report(shop.platform, settings.report or entry, settings.declared).columns


def _read(merchant: Merchant, shop: Shop, entry: str, path: Path) -> Reading:
    return read_export(
        path,
        platform=shop.platform,
        report=entry,
        time_zone=merchant.time_zone,
        declared=shop.reports[entry].declared,
    )


def test_the_real_shops_rows_go_where_its_yaml_says(lines: pd.DataFrame, tmp_path: Path) -> None:
    # given
    write_orders(lines, tmp_path, FIRST_DAY, days=1)
    merchant = load_merchant(EXAMPLES / "online_retail_ii", tmp_path)

    # when
    reading = _read(merchant, merchant.shop("retail"), "orders", tmp_path / "retail/2011-10-10/orders_2011-10-10.csv")

    # then
    assert reading.frames["order_lines"]["order_id"].tolist() == ["570100", "570101"]
    assert reading.frames["orders"]["buyer"].isna().tolist() == [False, True]
    assert reading.frames["refunds"]["refunded_micros"].tolist() == [2_500_000]
    assert reading.ignored["reason"].value_counts().to_dict() == {
        "not merchandise: postage, fees, manual entries": 1,
        "not a sale: a correction of stock": 1,
        "not a sale: no price": 1,
        "adjustment of bad debt": 1,
    }
    assert reading.rejected.empty
    assert reading.rows == 7


def test_what_stands_in_both_sheets_counts_once(lines: pd.DataFrame, tmp_path: Path) -> None:
    # given: the first days of December 2010, which the workbook's both sheets hold
    twice = pd.concat([lines.iloc[[1]].assign(sheet=sheet) for sheet in ("Year 2009-2010", "Year 2010-2011")])
    twice = twice.assign(InvoiceDate=pd.Timestamp("2010-12-03 09:00"))
    write_orders(twice, tmp_path, date(2010, 12, 4), days=0)
    merchant = load_merchant(EXAMPLES / "online_retail_ii", tmp_path)
    [path] = (tmp_path / "retail/history").iterdir()

    # when
    reading = _read(merchant, merchant.shop("retail"), "orders", path)

    # then
    assert len(reading.frames["order_lines"]) == 1
    assert reading.ignored["reason"].tolist() == ["stands in both sheets"]


def test_the_simulated_shelf_gives_what_was_sold_and_is_filled_on_mondays(lines: pd.DataFrame, tmp_path: Path) -> None:
    # when
    write_warehouse(lines, tmp_path, FIRST_DAY, days=1)

    # then: 4 units in 91 days make one for three weeks; on Monday the 4 of the week before come, and 6 are sold
    def on_hand(folder: str, day: str) -> dict[str, int]:
        shelf = pd.read_csv(tmp_path / "warehouse" / folder / f"stock_{day}.csv", dtype={"sku": str})
        return dict(zip(shelf["sku"], shelf["on_hand"], strict=True))

    assert on_hand("history", "2011-10-09") == {"22087": 1, "85123A": 0}
    assert on_hand("2011-10-10", "2011-10-10") == {"22087": 0, "85123A": 0}
    merchant = load_merchant(EXAMPLES / "online_retail_ii", tmp_path)
    for entry in ("stock", "products", "suppliers"):
        path = tmp_path / f"warehouse/2011-10-10/{entry}_2011-10-10.csv"
        assert _read(merchant, merchant.shop("warehouse"), entry, path).rejected.empty
