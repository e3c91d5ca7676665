"""Shopify's inventory export: what its numbers mean, and what is no stock at all."""

from collections.abc import Callable
from pathlib import Path

import pytest

from include.exports.reading import Reading
from include.files.content import Held
from include.files.errors import ExportError
from include.platforms.read_export import read_content

COLUMNS = ["warehouse", "sku", "on_hand", "available", "locked", "in_transit"]
NUMBERS = "Incoming (not editable),Unavailable (not editable),Committed (not editable),Available (not editable)"
HEADER = f"Handle,Title,SKU,Location,{NUMBERS},On hand (current),On hand (new)\n"


def read(content: str | Path) -> Reading:
    source = content.read_bytes() if isinstance(content, Path) else content.encode()
    return read_content(Held(source), platform="shopify", report="stock", name="inventory_export_1.csv")


def stock(reading: Reading) -> list[list[object]]:
    frame = reading.frames["stock"][COLUMNS]
    return frame.astype(object).where(frame.notna(), None).values.tolist()


def test_what_is_committed_or_unavailable_lies_there_and_cannot_be_sold(fixtures: Path) -> None:
    """15 on hand = 10 available + 3 committed + 2 unavailable; 24 more on their way."""
    reading = read(fixtures / "shopify" / "inventory_export_1.csv")

    assert stock(reading) == [["Main Street", "TEA-01", 15, 10, 5, 24], ["Main Street", "CUP-02", 0, -4, 4, 0]]
    assert reading.frames["stock"]["stock_day"].isna().all()  # the export's day
    assert reading.notes == ()


def test_not_stocked_is_no_stock_of_nought_and_a_variant_without_a_sku_is_left_out(
    fixtures: Path, balanced: Callable[[Reading], None]
) -> None:
    reading = read(fixtures / "shopify" / "inventory_export_1.csv")

    assert reading.ignored.values.tolist() == [[3, "not stocked there"], [5, "variant without a SKU"]]
    balanced(reading)


def test_the_oldest_generation_has_a_column_a_location(fixtures: Path, balanced: Callable[[Reading], None]) -> None:
    reading = read(fixtures / "shopify" / "inventory_export_2019.csv")

    assert stock(reading) == [
        ["Main Street", "TEA-01", 10, 10, None, None],
        ["Main Street", "CUP-02", -4, -4, None, None],
        ["Pop-up", "CUP-02", 1, 1, None, None],
    ]
    assert "taken to be a location" in reading.notes[0]
    balanced(reading)


def test_a_location_whose_number_cannot_be_read_holds_its_row_back(balanced: Callable[[Reading], None]) -> None:
    reading = read("Handle,SKU,Berlin,Store\na,A,4,oops\nb,B,not stocked,\nc,C,,\n")

    assert reading.rejected[["file_line", "column", "found"]].values.tolist() == [[2, "Store", "oops"]]
    assert reading.ignored.values.tolist() == [[3, "not stocked there"], [4, "stock that Shopify does not count"]]
    balanced(reading)


def test_stock_that_is_not_counted_is_unknown_and_what_cannot_be_read_is_held_back(
    balanced: Callable[[Reading], None],
) -> None:
    reading = read(HEADER + "a,A,A1,Berlin,0,0,0,,,\nb,B,B1,Berlin,0,0,0,3,oops,\nc,C,C1,Berlin,0,0,0,3,,\n")

    assert reading.frames["stock"].empty
    assert reading.ignored.values.tolist() == [[2, "stock that Shopify does not count"]]
    assert reading.rejected[["file_line", "found"]].values.tolist() == [[3, "oops"], [4, "nothing"]]
    balanced(reading)


def test_what_a_person_wrote_to_be_imported_is_not_read() -> None:
    assert stock(read(HEADER + "a,A,A1,Berlin,0,0,0,3,3,99\n")) == [["Berlin", "A1", 3, 3, 0, 0]]


def test_without_on_hand_it_is_the_sum_of_the_parts_that_are_told() -> None:
    assert stock(read("Handle,SKU,Location,Available\na,A1,Berlin,4\n")) == [["Berlin", "A1", 4, 4, None, None]]
    parts = "Handle,SKU,Location,Incoming,Unavailable,Committed,Available\na,A1,Berlin,7,1,2,4\n"
    assert stock(read(parts)) == [["Berlin", "A1", 7, 4, 3, 7]]


def test_two_variants_of_one_sku_are_one_shelf() -> None:
    reading = read(HEADER + "a,A,A1,Berlin,0,0,1,3,4,\nb,B,A1,Berlin,0,0,0,5,5,\n")

    assert stock(reading) == [["Berlin", "A1", 9, 8, 1, 0]]
    assert reading.ignored.values.tolist() == [[3, "added to the first line of its kind"]]


def test_a_file_without_any_number_is_refused() -> None:
    with pytest.raises(ExportError, match=r"Available \(not editable\)"):
        read("Handle,Title,SKU,Location\na,A,A1,Berlin\n")
    with pytest.raises(ExportError, match=r"Available \(not editable\)"):
        read("Handle,Title,SKU\na,A,A1\n")
