"""Whole days with a fault in an export: what rests on it is held, the rest goes out, and a replay holds the same."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from include.tasks.holds.approvals import hold_named, release
from include.tasks.holds.hold import HELD
from include.tasks.publish_list import document_of
from include.tasks.task_tables import outbox
from include.warehouse.workspace import Keys
from tests.pipeline.plain_merchant import PlainDesk

BEFORE, DAY, NEXT = "2026-05-11", "2026-05-12", "2026-05-13"
SKUS = ("A", "B", "C", "D", "E", "F")
CHANNEL = {"name": "chat", "kind": "file", "lists": ["restock"], "path": "{day}"}


def products(**costs: str) -> list[str]:
    return [f"{sku},{sku},care,20.00,{costs.get(sku, '10.00')},,G1,2026-01-01," for sku in SKUS]


def stock(units: int, **others: int) -> list[str]:
    return [f"{sku},{others.get(sku, units)},0,w1" for sku in SKUS]


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory, keys: Keys) -> Path:
    """Each of six skus sells ten a day and costs ten yuan, and 70 of each lie there on the day before."""
    desk = PlainDesk.at(tmp_path_factory.mktemp("plain"), keys)
    desk.sells(BEFORE, *SKUS, days=60)
    desk.gives(BEFORE, "products", *products())
    desk.gives(BEFORE, "stock", *stock(70))
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
        opened.append(PlainDesk.at(home, keys, channels=[CHANNEL], **more))
        opened[-1].sells(DAY, *SKUS)
        return opened[-1]

    yield at
    for desk in opened:
        desk.workspace.books.dispose()


def held(desk: PlainDesk, day: str = DAY) -> dict[str, list[str]]:
    """sku -> the guards that its line broke, of all lines."""
    lines = desk.document("restock", day).lines
    return {line.payload["sku"]: [one["guard"] for one in line.payload.get(HELD, ())] for line in lines}


def states(desk: PlainDesk) -> list[str]:
    with desk.workspace.books.connect() as connection:
        return list(connection.scalars(select(outbox.c.state).where(outbox.c.kind == "restock")))


def text(desk: PlainDesk) -> str:
    with desk.workspace.books.connect() as connection:
        return str(document_of(connection, "restock", DAY))


def let(desk: PlainDesk, name: str) -> None:
    with desk.workspace.books.begin() as connection:
        found = hold_named(connection, name)
        release(connection, found, "", "boss", desk.morning_after(DAY).replace(tzinfo=None), NEXT)


def test_an_ordinary_day_holds_nothing(desk_with: Any) -> None:
    desk = desk_with()
    desk.gives(DAY, "products", *products())
    desk.gives(DAY, "stock", *stock(60))
    desk.live(DAY)
    desk.lists(DAY)
    assert held(desk) == {sku: [] for sku in SKUS}
    assert f'"{HELD}":' not in text(desk)
    assert states(desk) == ["pending"]


def test_a_cost_in_fen_holds_exactly_its_line_and_the_rest_goes_out(desk_with: Any) -> None:
    desk = desk_with()
    desk.gives(DAY, "products", *products(A="1000.00"))
    desk.gives(DAY, "stock", *stock(60))
    desk.live(DAY)
    desk.lists(DAY)
    assert held(desk) == {sku: ["cost"] if sku == "A" else [] for sku in SKUS}
    assert states(desk) == ["pending"]
    assert "1 lines" in desk.notes("restock", DAY)

    before = text(desk)
    line = next(one for one in desk.document("restock", DAY).lines if one.payload["sku"] == "A")
    assert "1,000.00" in line.payload["why_en"]
    let(desk, line.task_id)
    desk.lists(DAY)
    assert text(desk) == before, "made again, the list holds what it held, whoever released it since"

    desk.sells(NEXT, *SKUS)
    desk.gives(NEXT, "stock", *stock(50))
    desk.live(NEXT)
    desk.lists(NEXT)
    assert held(desk, NEXT)["B"] == []
    quantities = {one.payload["sku"]: one.payload["quantity"] for one in desk.document("restock", NEXT).lines}
    assert (held(desk, NEXT)["A"] == []) == (quantities["A"] <= line.payload["quantity"] * 1.25)


def test_an_empty_stock_file_holds_the_warehouse_s_lines(desk_with: Any) -> None:
    desk = desk_with()
    desk.gives(DAY, "stock", *stock(0))
    desk.live(DAY)
    desk.lists(DAY)
    assert held(desk) == {sku: ["stock_file"] for sku in SKUS}


def test_a_list_above_the_sum_waits_as_a_whole(desk_with: Any) -> None:
    desk = desk_with(desk={"approve_plans_above": 1})
    desk.gives(DAY, "stock", *stock(60))
    desk.live(DAY)
    desk.lists(DAY)
    assert held(desk) == {sku: [] for sku in SKUS}
    assert [one["guard"] for one in desk.document("restock", DAY).manifest[HELD]] == ["above"]
    assert states(desk) == ["held"]
    let(desk, f"restock/{DAY}")
    assert states(desk) == ["pending"]
