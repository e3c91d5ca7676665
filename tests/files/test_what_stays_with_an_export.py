"""What stays with an export: what its adapter only guesses, and which of a workbook's sheets was read for it."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from include.warehouse.publish import ledger_of
from tests.files.conftest import DAY

FIXTURES = Path(__file__).parents[1] / "platforms" / "fixtures"


def test_an_export_that_rests_on_a_guess_says_so(tmp_path: Path, open_books_of: Callable[..., Any]) -> None:
    # given: 拼多多's after-sale report, of which the names of the columns are known and their order is not
    [file] = (FIXTURES / "pinduoduo").glob("售后数据*.xlsx")
    (tmp_path / DAY).mkdir()
    shutil.copy(file, tmp_path / DAY)
    books = open_books_of(
        {"path": f"{tmp_path}/{{day}}", "settle_seconds": 0},
        platform="pinduoduo",
        reports={"refunds": {"pattern": "售后数据*"}},
    )

    # when
    assert books.ingest().whole

    # then
    (checks,) = ledger_of(books.workspace.books)["checks"]
    notes = [check["title"] for check in json.loads(checks) if check["severity"] == "note"]
    assert len(notes) == 1
    assert "their order is inferred" in notes[0]


def test_one_workbook_with_a_sheet_for_each_report_is_both(tmp_path: Path, open_books_of: Callable[..., Any]) -> None:
    """千牛 gives orders and their lines in one file: the reports name the same pattern."""
    # given
    (tmp_path / DAY).mkdir()
    shutil.copy(FIXTURES / "taobao" / "千牛订单_202608111558.xlsx", tmp_path / DAY)
    pattern = {"pattern": "千牛订单*"}
    books = open_books_of(
        {"path": f"{tmp_path}/{{day}}", "settle_seconds": 0}, reports={"orders": pattern, "order_lines": pattern}
    )

    # when
    done = books.ingest()

    # then
    assert done.whole, list(done.problems())
    ledger = ledger_of(books.workspace.books).set_index("report")
    assert set(ledger.index) == {"orders", "order_lines"}
    assert (ledger["rows_published"] > 0).all()
    assert books.are_whole()
