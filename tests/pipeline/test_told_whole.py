"""Orders exported again, from the shops' own files to the facts: lines taken off, held back, deleted, told twice."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from include.cli.keys import new_keys
from include.pipeline import close, ingest
from include.settings.merchant import Merchant
from include.warehouse.as_of import read_facts
from include.warehouse.publish import ledger_of
from include.warehouse.workspace import Keys, Workspace
from tests.copies import new_workspace

FIRST, SECOND = "2026-05-11", "2026-05-12"
SHANGHAI = ZoneInfo("Asia/Shanghai")
YUAN = 1_000_000
JD = "订单号,商品ID,商品名称,订购数量,下单时间,京东价,应付金额,订单状态,下单帐号,付款确认时间,商家SKUID\n"
SOLD = {
    "frame": "sales",
    "columns": {
        "order_id": "order", "merchant_code": "sku", "quantity": "units", "unit_price": "price", "created_at": "at",
    },
}  # fmt: skip


class Desk:
    """A merchant with one shop, whose files a test writes."""

    def __init__(self, home: Path, platform: str, reports: dict[str, Any]) -> None:
        self.home = home
        source = {"path": f"{home}/exports/{{day}}", "settle_seconds": 0}
        described = {
            "name": "m", "books": f"sqlite:///{home}/books.sqlite", "raw": f"{home}/raw", "models": f"{home}/models",
            "data_docs": f"{home}/docs", "running": {"clock_starts": "2100-01-01"}, "warehouses": [{"name": "w1"}],
            "checking": {"quarantine_ceiling": 1.0},
            "shops": [{"name": "shop", "platform": platform, "source": source, "reports": reports}],
        }  # fmt: skip
        merchant = Merchant.model_validate(described)
        self.workspace: Workspace = new_workspace(merchant, merchant.books, Keys.from_mapping(new_keys()), home)

    def day(self, day: str, **files: str) -> None:
        """Write the day's files, take them in and close the day."""
        folder = self.home / "exports" / day
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            (folder / f"{name}.csv").write_text(text, encoding="utf-8")
        now = datetime.fromisoformat(f"{day} 03:00:00").replace(tzinfo=SHANGHAI) + timedelta(days=1)
        done = ingest.ingest_shop(self.workspace, "shop", day, now)
        assert done.whole, (done.stopped, done.failed)
        close.close(self.workspace, day, now, without_late_shops=True)

    def sold(self, as_of: str) -> dict[tuple[str, str], tuple[int, int]]:
        """(day, sku) -> units and yuan paid, as of a day."""
        facts = read_facts(self.workspace.books, "sales", as_of)
        return {(row.day, row.sku): (row.units_paid, row.paid_micros // YUAN) for row in facts.itertuples()}


@pytest.fixture
def declared(tmp_path: Path) -> Desk:
    return Desk(tmp_path, "declared", {"sales": {"pattern": "*", "declared": SOLD}})


def sales(*rows: str) -> str:
    """rows: 'order sku units price'."""
    return "order,sku,units,price,at\n" + "".join(",".join(row.split()) + f",{FIRST} 10:00:00\n" for row in rows)


def test_a_line_taken_off_an_order_is_gone_from_the_books(declared: Desk) -> None:
    declared.day(FIRST, sales=sales("7 CUP 1 15", "7 TEA 1 20", "8 TEA 2 20"))
    declared.day(SECOND, sales=sales("7 TEA 1 20"))
    assert declared.sold(FIRST) == {(FIRST, "CUP"): (1, 15), (FIRST, "TEA"): (3, 60)}
    assert declared.sold(SECOND) == {(FIRST, "TEA"): (3, 60)}


@pytest.mark.parametrize("held", ["7 CUP many 15", "? CUP 1 15"], ids=["a damaged cell", "a damaged order number"])
def test_a_line_that_was_held_back_takes_nothing_away(declared: Desk, held: str) -> None:
    # given an order told whole, and told again with a row that cannot be read
    declared.day(FIRST, sales=sales("7 CUP 1 15", "7 TEA 1 20", "8 POT 1 9"))
    declared.day(SECOND, sales=sales("7 TEA 1 19", held.replace("?", ""), "9 POT 1 8"))

    # then the order is as it was told whole, and its note says so
    assert declared.sold(SECOND) == {(FIRST, "CUP"): (1, 15), (FIRST, "TEA"): (1, 20), (FIRST, "POT"): (2, 17)}
    ledger = ledger_of(declared.workspace.books, day=SECOND).iloc[0]
    assert ledger["rows_quarantined"] == 1
    assert "held back" in ledger["checks"]


def test_an_order_that_jd_split_counts_by_its_parts_alone(tmp_path: Path) -> None:
    # given an order of two skus that is split in the night: the parent is then deleted, its children stand beside it
    desk = Desk(tmp_path, "jd", {"orders": {"pattern": "*"}})

    def row(order: str, code: str, yuan: int, status: str) -> str:
        return (
            f"{order},1{code},货{code},1,{FIRST} 10:00:00,{yuan}.00,{{total}},{status},buyer,{FIRST} 10:01:00,{code}\n"
        )

    whole = [row("100", code, yuan, "等待出库") for code, yuan in (("A", 30), ("B", 50))]
    desk.day(FIRST, orders=JD + "".join(whole).format(total="80.00"))
    assert desk.sold(FIRST) == {(FIRST, "A"): (1, 30), (FIRST, "B"): (1, 50)}
    parent = [row("100", code, yuan, "(删除)等待出库") for code, yuan in (("A", 30), ("B", 50))]
    children = [
        row("101", "A", 30, "等待出库").format(total="30.00"),
        row("102", "B", 50, "完成").format(total="50.00"),
    ]
    desk.day(SECOND, orders=JD + "".join(parent).format(total="80.00") + "".join(children))

    assert desk.sold(SECOND) == {(FIRST, "A"): (1, 30), (FIRST, "B"): (1, 50)}
    ledger = ledger_of(desk.workspace.books, day=SECOND).iloc[0]
    assert (ledger["rows_total"], ledger["rows_published"], ledger["rows_ignored"]) == (4, 2, 2)


def test_an_order_that_the_merchant_s_rules_ignore_by_now_is_gone(tmp_path: Path) -> None:
    columns = {**SOLD["columns"], "state": {"header": "state", "kind": "text"}}  # type: ignore[dict-item]
    ignoring = {**SOLD, "columns": columns, "rows": [{"when": {"state": "void"}, "ignore": "void"}]}
    desk = Desk(tmp_path, "declared", {"sales": {"pattern": "*", "declared": ignoring}})
    told = (
        "order,sku,units,price,at,state\n"
        + f"7,CUP,1,15,{FIRST} 10:00:00,{{state}}\n8,TEA,1,20,{FIRST} 10:00:00,paid\n"
    )
    desk.day(FIRST, sales=told.format(state="paid"))
    desk.day(SECOND, sales=told.format(state="void"))
    assert desk.sold(SECOND) == {(FIRST, "TEA"): (1, 20)}
