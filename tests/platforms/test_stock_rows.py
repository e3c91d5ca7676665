"""Stock rows that cannot be read leave a shelf unknown, and say which; fractions are whole units below."""

from typing import Any

import pandas as pd
import pytest

from include.exports.reading import Reading
from include.files.content import Held
from include.platforms.read_export import read_content
from include.settings.writing import Writing

HEADER = "商品编码,实际库存数,公有可用数,订单占有数,采购在途数,仓库"
BATCHES = "商家编码,库存量,可发库存,仓库"


def stock(*rows: str, name: str = "商品库存_w1_2026-05-12.csv", header: str = HEADER, **more: Any) -> Reading:
    text = "\n".join([header, *rows]) + "\n"
    return read_content(Held(text.encode()), **{"platform": "jushuitan", "report": "stock", "name": name, **more})


def shelves(reading: Reading) -> list[list[Any]]:
    frame = reading.unread_shelves.astype(object)
    return frame.where(frame.notna(), None).to_numpy().tolist()


def test_goods_by_weight_are_counted_in_whole_units_with_a_note() -> None:
    reading = stock('A,100.5,99.9,0.4,"1,000.25",w1', "B,130,130,0,0,w1", "C,-0.5,.5,0,0,w1")

    rows = reading.frames["stock"].set_index("sku")
    assert rows.loc["A", ["on_hand", "available", "locked", "in_transit"]].tolist() == [100, 99, 0, 1000]
    assert rows.loc["B", "on_hand"] == 130
    assert rows.loc["C", ["on_hand", "available"]].tolist() == [-1, 0]  # what is not whole cannot be sold
    assert reading.rejected.empty
    told = next(sentence for sentence in reading.row_notes if sentence.startswith("实际库存数"))
    assert reading.row_notes[told] == 2
    assert "line 2: found 100.5, expected whole units" in told


def test_whole_numbers_with_zeros_behind_the_point_are_no_fractions() -> None:
    assert not stock("A,100.0,100.00,0,0,w1").row_notes


def test_a_fraction_with_a_declared_decimal_comma_is_rounded_down_and_one_in_doubt_is_not() -> None:
    row = '"A","1.100,5","99","0","0","w1"'

    assert stock(row, writing=Writing(decimal=",")).frames["stock"]["on_hand"].tolist() == [1100]
    doubtful = stock(row, '"B","1.250","9","0","0","w1"')
    assert set(doubtful.rejected["found"]) == {"1.100,5", "1.250"}


def test_a_part_of_a_carton_is_not_rounded_down() -> None:
    reading = stock("A,2.5箱,1,0,0,w1", writing=Writing(units={"箱": 12}))

    assert reading.rejected["found"].tolist() == ["2.5箱"]


def test_a_fraction_of_an_order_is_still_no_quantity() -> None:
    columns = {"order_id": "order", "merchant_code": "sku", "quantity": "units", "unit_price": "price"}
    declared = {"frame": "sales", "columns": {**columns, "created_at": "at"}}
    reading = read_content(
        Held(b"order,sku,units,price,at\nO1,A,1.5,20.00,2026-05-12 10:00:00\n"),
        platform="declared", report="sales", name="sales.csv", declared=declared,
    )  # fmt: skip
    assert reading.rejected["found"].tolist() == ["1.5"]


def test_a_declared_stock_file_is_stock_too() -> None:
    declared = {"frame": "stock", "columns": {"sku": "SKU", "on_hand": "On hand", "warehouse": "Location"}}
    reading = read_content(
        Held(b"SKU,On hand,Location\nA,2.5,w1\nB,n/a,w1\n"),
        platform="declared", report="stock", name="stock.csv", declared=declared,
    )  # fmt: skip

    assert reading.frames["stock"]["on_hand"].tolist() == [2]
    assert shelves(reading) == [[3, "w1", "B", None]]


def test_a_row_that_cannot_be_read_says_whose_stock_is_unknown() -> None:
    reading = stock("A,很多,0,0,0,w1", "B,130,130,0,0,w1", "C,,0,0,0,w1")

    assert shelves(reading) == [[2, "w1", "A", "2026-05-12"], [4, "w1", "C", "2026-05-12"]]
    assert reading.frames["stock"]["sku"].tolist() == ["B"]


@pytest.mark.parametrize("row", ["6.91793E+18,5,5,0,0,w1", "A,5,5,0"])
def test_a_row_without_a_readable_sku_may_be_of_any(row: str) -> None:
    """A spoilt id, and a row that lacks cells: nobody can tell whose they are."""
    assert shelves(stock(row, "B,130,130,0,0,w1")) == [[2, "w1", None, "2026-05-12"]]


def test_of_a_shelf_told_in_parts_all_are_held_back_when_one_cannot_be_read() -> None:
    """The sum of the readable batches would say less than there is."""
    reading = stock(
        "A,30,30,w1", "A,?,?,w1", "B,7,7,w1", "B,5,5,w1",
        name="库存_w1_2026-05-12.csv", header=BATCHES, platform="wangdiantong",
    )  # fmt: skip

    rows = reading.frames["stock"]
    assert rows[["sku", "on_hand"]].to_numpy().tolist() == [["B", 12]]
    assert set(reading.rejected["file_line"]) == {2, 3}
    assert [sku for _, _, sku, _ in shelves(reading)] == ["A", "A"]
    assert isinstance(reading.rejected, pd.DataFrame)
