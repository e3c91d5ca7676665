"""Stock files as ERPs write them, from the folder to the list: left out, held back, partial, late."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from include.replenishment.planning_data import known_on
from include.warehouse.workspace import Keys
from tests.pipeline.plain_merchant import PlainDesk

BEFORE, DAY = "2026-05-11", "2026-05-12"


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory, keys: Keys) -> Path:
    """A and B sell ten a day, and 120 of each lie there on the day before."""
    desk = PlainDesk.at(tmp_path_factory.mktemp("plain"), keys)
    desk.sells(BEFORE, "A", "B", days=60)
    desk.gives(BEFORE, "stock", "A,120,0,w1", "B,120,0,w1")
    desk.live(BEFORE)
    desk.workspace.books.dispose()
    return desk.workspace.home


@pytest.fixture
def desk_with(lived: Path, tmp_path: Path, keys: Keys) -> Iterator[Any]:
    """A desk that starts from there under given settings, with the day's sales in their folder."""
    opened: list[PlainDesk] = []

    def at(**more: Any) -> PlainDesk:
        home = tmp_path / "home"
        shutil.copytree(lived, home)
        desk = PlainDesk.at(home, keys, **more)
        opened.append(desk)
        desk.sells(DAY, "A", "B")
        return desk

    yield at
    for desk in opened:
        desk.workspace.books.dispose()


def shelf(desk: PlainDesk, sku: str = "A", day: str = DAY) -> list[Any] | None:
    """on_hand, promised, stock_day, state as the planner takes them; None: unknown."""
    stock = known_on(desk.workspace, day).stock
    rows = stock.loc[stock["sku"] == sku, ["on_hand", "promised", "stock_day", "state"]]
    return None if rows.empty else rows.iloc[0].tolist()


def test_a_sold_out_sku_that_the_file_leaves_out_is_ordered_as_empty_and_its_day_is_no_full_day(
    desk_with: Any,
) -> None:
    desk = desk_with()
    desk.gives(DAY, "stock", "B,110,0,w1")
    desk.live(DAY)
    desk.lists(DAY)

    lines = {line.payload["sku"]: line.payload for line in desk.document("restock", DAY).lines}
    assert lines["A"]["on_hand"] == 0
    assert lines["A"]["stock_day"] == DAY
    assert lines["A"]["quantity"] > 40
    assert {"stock_out_now", "left_out"} <= set(lines["A"]["reasons"].split())
    # The last of the five orders came at 14:00: the ten of the day sold in 14 of its 24 hours.
    panel = known_on(desk.workspace, DAY).panel
    row = panel.keys.index[panel.keys["sku"] == "A"][0]
    assert panel.units[row, -1] == pytest.approx(10 * 24 / 14, rel=1e-3)


def test_a_partial_file_leaves_the_last_number_with_its_age_and_what_sold_since(desk_with: Any) -> None:
    desk = desk_with(stock={"leaves_out": "parts"})
    desk.gives(DAY, "stock", "B,110,0,w1")
    desk.live(DAY)

    assert shelf(desk) == [120, 10, BEFORE, "not_told"]  # ten sold on the day itself
    assert shelf(desk, "B") == [110, 0, DAY, "told"]


@pytest.mark.parametrize("cell", ["unbekannt", "", "10箱"])
def test_a_number_that_cannot_be_read_is_not_none(desk_with: Any, cell: str) -> None:
    desk = desk_with()
    desk.gives(DAY, "stock", f"A,{cell},0,w1", "B,110,0,w1")
    desk.live(DAY)

    assert shelf(desk) == [120, 10, BEFORE, "unreadable"]
    line = desk.plan(DAY).lines.set_index("sku").loc["A"]
    assert {"stock_unreadable", "stock_old"} <= set(line["reasons"].split())


def test_held_back_it_is_on_no_line_and_in_the_notes(desk_with: Any) -> None:
    desk = desk_with(replenishment={"unknown_stock": "hold_back"})
    desk.gives(DAY, "stock", "A,?,0,w1", "B,5,0,w1")
    desk.live(DAY)
    desk.lists(DAY)

    assert shelf(desk) is None
    assert [line.payload["sku"] for line in desk.document("restock", DAY).lines] == ["B"]
    assert "1 skus not planned: no stock known for w1" in desk.notes("restock", DAY)
    assert "w1：1 个在售商品库存未知" in desk.notes("restock", DAY, "zh")


def test_two_files_of_a_day_complement_each_other(desk_with: Any) -> None:
    desk = desk_with()
    desk.gives(DAY, "stock", "A,7,0,w1", file="_tea")
    desk.gives(DAY, "stock", "B,9,0,w1", file="_cups")
    desk.live(DAY)

    assert shelf(desk) == [7, 0, DAY, "told"]
    assert shelf(desk, "B") == [9, 0, DAY, "told"]


def test_a_warehouse_that_gave_no_file_keeps_its_numbers_until_they_are_too_old(desk_with: Any) -> None:
    desk = desk_with(replenishment={"max_stock_age_days": 1})
    desk.gives(DAY, "receipts", f"R1,A,w1,{DAY},30")
    desk.live(DAY)
    desk.live("2026-05-13")

    assert shelf(desk) == [150, 10, BEFORE, "told"]  # what came in since lies there, what sold since is promised
    assert shelf(desk, day="2026-05-13") is None


def test_many_skus_that_no_stock_file_ever_names_are_codes_of_another_kind(desk_with: Any) -> None:
    """Six sell and none of them is named: their codes differ, they are not all sold out."""
    desk = desk_with()
    desk.sells(DAY, *(f"S{n}" for n in range(6)))
    desk.gives(DAY, "stock", "A,110,0,w1", "B,110,0,w1")
    desk.live(DAY)

    assert shelf(desk, "S0") is None
    assert {"S0", "S5"} <= set(desk.plan(DAY).unplanned["sku"])


def test_one_sku_that_no_file_names_is_empty_where_files_leave_out_what_is(desk_with: Any) -> None:
    desk = desk_with()
    desk.sells(DAY, "A", "B", "S0")
    desk.gives(DAY, "stock", "A,110,0,w1", "B,110,0,w1")
    desk.live(DAY)

    assert shelf(desk, "S0") == [0, 0, DAY, "left_out"]


def test_a_late_mended_file_is_heard_from_its_own_day_on_and_changes_no_day_before(desk_with: Any) -> None:
    desk = desk_with()
    desk.gives(DAY, "stock", "A,?,0,w1", "B,110,0,w1")
    desk.live(DAY)
    before = shelf(desk)
    desk.gives(DAY, "stock", "A,99,0,w1", "B,110,0,w1", file="_again")
    desk.live(DAY)

    assert before == [120, 10, BEFORE, "unreadable"]
    assert shelf(desk) == [99, 0, DAY, "told"]
    assert shelf(desk, day=BEFORE) == [120, 0, BEFORE, "told"]


def test_the_lists_say_in_words_what_to_do_and_not_in_codes(desk_with: Any) -> None:
    desk = desk_with()
    desk.gives(DAY, "products", f"E,Old,tea,20.00,8.00,,G1,2024-01-01,{BEFORE}")
    desk.gives(DAY, "stock", "A,110,0,w1", "B,110,0,w1", "E,42,0,w1")
    desk.live(DAY)
    desk.lists(DAY)

    line = desk.document("excess", DAY).lines[0].payload
    assert [line["sku"], line["quantity"], line["action_zh"], line["action_en"]] == ["E", 42, "清仓", "clear"]
    assert line["tied_up_micros"] == 42 * 8_000_000
    assert f"{BEFORE} 下架" in line["why_zh"]
