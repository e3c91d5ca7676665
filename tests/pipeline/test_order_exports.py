"""Purchase order lines that were deleted in the ERP do not stay open for ever."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from include.replenishment.orders.order_exports import with_unnamed_lines
from include.settings.merchant import Merchant
from include.warehouse.as_of import read_lines
from include.warehouse.workspace import Workspace
from tests.pipeline.list_histories import same_keys
from tests.warehouse.histories import Export, day_of


def workspace_of(home: Path, books: Engine, **report: Any) -> Workspace:
    erp = {
        "name": "erp", "platform": "jushuitan", "source": {"path": "/x/{day}"},
        "reports": {"stock": {"pattern": "stock*"}, "purchase_orders": {"pattern": "采购单*", **report}},
    }  # fmt: skip
    merchant = Merchant.model_validate(
        {"name": "m", "running": {"clock_starts": "2100-01-01"}, "warehouses": [{"name": "w1"}], "shops": [erp]}
    )
    return Workspace(merchant, books, same_keys(), home, {})


def exported(workspace: Workspace, number: int, *orders: str, moment: str = "21:00:00") -> None:
    """The day's export of purchase orders, each of one open line and placed long ago."""
    rows = [
        {"purchase_order_id": order, "line_id": "1", "sku": "A", "supplier": "G1", "warehouse": "w1", "quantity": 10,
         "ordered_day": "2025-10-01", "expected_day": "2025-12-20", "status": "open"}
        for order in orders
    ]  # fmt: skip
    Export("erp", day_of(number), f"{day_of(number)} {moment}", {"purchase_orders": rows}).publish(workspace.books)


def told(workspace: Workspace, number: int) -> dict[str, tuple[str, str]]:
    """Order -> (status, the day since which no export names it)."""
    lines = read_lines(workspace.books, "purchase_orders", day_of(number))
    found = with_unnamed_lines(workspace, lines, day_of(number))
    since = found["unnamed_since"].fillna("")
    return dict(zip(found["purchase_order_id"], zip(found["status"], since, strict=True), strict=True))


def test_a_line_that_a_complete_export_lacks_is_closed_and_comes_back_when_it_is_named(
    tmp_path: Path, books: Engine
) -> None:
    workspace = workspace_of(tmp_path, books, holds_all_open=True)
    exported(workspace, 0, "P1", "P2", "P3")
    exported(workspace, 1, "P1")
    exported(workspace, 1, "P2", moment="21:05:00")  # the second page of the same day

    assert {order: status for order, (status, _) in told(workspace, 1).items()} == {
        "P1": "open", "P2": "open", "P3": "closed"
    }  # fmt: skip
    assert told(workspace, 0)["P3"] == ("open", "")  # as of the day before it was there
    exported(workspace, 2)
    assert {status for status, _ in told(workspace, 2).values()} == {"closed"}  # an export without a line says so too
    exported(workspace, 3, "P3")
    assert told(workspace, 3)["P3"] == ("open", "")


def test_a_line_that_others_outlive_is_asked_about_after_a_week(tmp_path: Path, books: Engine) -> None:
    workspace = workspace_of(tmp_path, books)
    exported(workspace, 0, "P1", "P2", "P3")
    for number in range(1, 9):
        exported(workspace, number, "P1", "P2")

    assert told(workspace, 6)["P3"] == ("open", "")
    assert told(workspace, 7)["P3"] == ("open", day_of(0))
    assert told(workspace, 8)["P1"] == ("open", "")


def test_exports_of_what_is_new_alone_say_nothing_of_the_others(tmp_path: Path, books: Engine) -> None:
    workspace = workspace_of(tmp_path, books)
    exported(workspace, 0, "P1", "P2", "P3")
    for number in range(1, 9):
        exported(workspace, number, f"N{number}")

    assert {since for _, since in told(workspace, 8).values()} == {""}


def test_a_late_file_of_an_old_day_closes_nothing(tmp_path: Path, books: Engine) -> None:
    workspace = workspace_of(tmp_path, books, holds_all_open=True)
    exported(workspace, 1, "P1", "P2")
    Export("erp", day_of(0), "2025-12-31 00:00:00", {"purchase_orders": []}).publish(workspace.books)

    assert {status for status, _ in told(workspace, 1).values()} == {"open"}


@pytest.mark.parametrize("says", [True, False])
def test_the_setting_stands_at_the_report(tmp_path: Path, books: Engine, says: bool) -> None:
    workspace = workspace_of(tmp_path, books, holds_all_open=says)
    exported(workspace, 0, "P1", "P2")
    exported(workspace, 1, "P1")

    assert told(workspace, 1)["P2"][0] == ("closed" if says else "open")
