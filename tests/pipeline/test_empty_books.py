"""Books that hold nothing, or next to nothing: every step ends well and every list says why it is empty."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from include.pipeline.recall import publish_recall_list
from include.pipeline.restock import look_back
from include.pipeline.train import train_churn, train_demand
from include.simulation.what_if import Question, what_if
from include.warehouse.workspace import Keys
from tests.conftest import emptied
from tests.pipeline.plain_merchant import PlainDesk

DAY = "2026-05-12"


def nothing(desk: PlainDesk) -> None:
    """The shops deliver nothing at all."""


def masters_only(desk: PlainDesk) -> None:
    desk.gives(DAY, "products", "A,Tea,tea,20,8,,G1,2024-01-01,")


def stock_only(desk: PlainDesk) -> None:
    desk.gives(DAY, "stock", "A,120,0,w1")


def header_only(desk: PlainDesk) -> None:
    desk.gives(DAY, "sales")


def one_day_of_sales(desk: PlainDesk) -> None:
    desk.sells(DAY, "A")


def one_day_of_sales_with_stock(desk: PlainDesk) -> None:
    desk.sells(DAY, "A")
    desk.gives(DAY, "stock", "A,3,0,w1")


def gifts_only(desk: PlainDesk) -> None:
    desk.gives(DAY, "sales", f"O1,A,1,0.00,{DAY} 10:00:00,b1")


def sales_long_ago(desk: PlainDesk) -> None:
    """The export stopped years ago."""
    desk.gives(DAY, "sales", "O1,A,1,20.00,2019-05-12 10:00:00,b1")


def ended_only(desk: PlainDesk) -> None:
    desk.sells(DAY, "A", days=3)
    desk.gives(DAY, "products", f"A,Tea,tea,20,8,,G1,2024-01-01,{DAY}")
    desk.gives(DAY, "stock", "A,3,0,w1")


BOOKS = (
    nothing, masters_only, stock_only, header_only, one_day_of_sales, one_day_of_sales_with_stock, gifts_only,
    sales_long_ago, ended_only,
)  # fmt: skip
WITHOUT_SALES = (nothing, masters_only, stock_only, header_only, gifts_only, sales_long_ago)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def open_books(request: pytest.FixtureRequest, tmp_path: Path, keys: Keys) -> Iterator[Callable[..., PlainDesk]]:
    opened: list[PlainDesk] = []

    def at(**more: Any) -> PlainDesk:
        url = request.getfixturevalue("postgres_url") if request.param == "postgresql" else None
        if url is not None:
            emptied(url).dispose()
        opened.append(PlainDesk.at(tmp_path / "home", keys, url, **more))
        return opened[-1]

    yield at
    for desk in opened:
        desk.workspace.books.dispose()


@pytest.mark.parametrize("fill", BOOKS, ids=lambda fill: fill.__name__)
def test_every_step_of_a_day_ends_well(open_books: Callable[..., PlainDesk], fill: Callable[[PlainDesk], None]) -> None:
    desk = open_books(checking={"quarantine_ceiling": 1.0, "stale_days": 9999})
    fill(desk)

    desk.live(DAY)
    made = desk.lists(DAY)
    kept = look_back(desk.workspace, DAY)
    recalled = publish_recall_list(desk.workspace, DAY, desk.morning_after(DAY))
    answer = what_if(desk.workspace, DAY, Question())
    train_churn(desk.workspace, DAY, say=lambda text: None)

    assert made["excess"]["lines"] == (1 if fill is ended_only else 0)
    assert recalled["lines"] == 0
    assert answer.lines.empty
    assert kept["forecast_hits"] == 0, "no forecast's days are over"
    if fill in WITHOUT_SALES:
        assert made["restock"]["lines"] == 0
        assert "No sales are known" in desk.notes("restock", DAY)
        assert "没有任何销售" in desk.notes("restock", DAY, "zh")


@pytest.mark.parametrize("fill", [nothing, masters_only, stock_only], ids=lambda fill: fill.__name__)
def test_a_demand_model_of_no_sales_is_none_and_says_so(
    open_books: Callable[..., PlainDesk], fill: Callable[[PlainDesk], None]
) -> None:
    desk = open_books()
    fill(desk)
    desk.live(DAY)

    trained = train_demand(desk.workspace, DAY, say=lambda text: None)

    assert trained["model"] is None
    assert not trained["released"]
    assert "no sales are known" in trained["reasons"][0]


def test_a_demand_model_of_one_day_is_the_rule_and_is_not_released(open_books: Callable[..., PlainDesk]) -> None:
    desk = open_books()
    one_day_of_sales_with_stock(desk)
    desk.live(DAY)

    assert not train_demand(desk.workspace, DAY, say=lambda text: None)["released"]


def test_without_any_stock_file_nothing_is_planned_and_one_note_says_what_is_missing(
    open_books: Callable[..., PlainDesk],
) -> None:
    """Twenty-two skus and no stock: unknown is not none."""
    desk = open_books()
    desk.sells(DAY, *(f"S{n}" for n in range(22)), days=3)
    desk.live(DAY)

    made = desk.lists(DAY)

    assert made["restock"]["lines"] == 0
    assert desk.notes("restock", DAY).startswith("No stock is known: 22 skus are not planned.")
    assert desk.notes("restock", DAY, "zh").startswith("没有任何库存数据：22 个商品")
