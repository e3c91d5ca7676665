"""A shop that is late, a file that cannot be read, a mapping that is wrong: the others go on, and all of it heals."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from include.pipeline.close import missing_shops, needs_closing_again
from include.warehouse.as_of import read_facts
from include.warehouse.publish import ledger_of
from include.warehouse.tables import quarantine

FIRST, SECOND, THIRD = date(2025, 11, 1), date(2025, 11, 2), date(2025, 11, 3)
FACTS = ("demand", "sales", "customer_orders", "stock")


def facts(desk: Any, as_of: date, shop: str | None = None) -> dict[str, pd.DataFrame]:
    shops = [shop] if shop else None
    return {name: read_facts(desk.workspace.books, name, as_of.isoformat(), shops=shops) for name in FACTS}


def assert_same_facts(found: dict[str, pd.DataFrame], expected: dict[str, pd.DataFrame]) -> None:
    for name in FACTS:
        pd.testing.assert_frame_equal(found[name], expected[name])


def test_a_late_shop_is_named_and_its_coming_revises_every_list(
    jd_awaited: Path, second_day: Path, desk_at: Callable[[Path], Any]
) -> None:
    desk = desk_at(jd_awaited)
    assert missing_shops(desk.workspace, "2025-11-02") == ["jd"]
    assert desk.close(SECOND) is None  # before the cut-off nobody closes without it
    closed = desk.close(SECOND, without_late_shops=True)
    assert (closed.close.revision, closed.close.missing_shops) == (1, ("jd",))
    desk.lists(SECOND)
    for kind in ("restock", "transfer", "excess", "recall"):
        notes = desk.document(kind, SECOND).notes
        assert any("jd" in note["zh"] and "jd" in note["en"] for note in notes)
    assert not needs_closing_again(desk.workspace, "2025-11-02")
    desk.ingest(THIRD, "douyin", "tmall")
    desk.close(THIRD, without_late_shops=True)

    desk.ingest(SECOND, "jd")

    assert needs_closing_again(desk.workspace, "2025-11-02")
    assert needs_closing_again(desk.workspace, "2025-11-03")
    again = desk.close(SECOND)
    assert (again.close.revision, again.close.missing_shops) == (2, ())
    made = desk.lists(SECOND)
    assert [made[kind]["revision"] for kind in ("restock", "transfer", "excess", "recall")] == [2, 2, 2, 2]
    for kind in ("restock", "transfer", "excess", "recall"):
        assert not any("jd" in note["en"] for note in desk.document(kind, SECOND).notes)
    assert not needs_closing_again(desk.workspace, "2025-11-02")
    # As if it had been in time; and the close of the day after knows it as well.
    in_time = facts(desk_at(second_day), SECOND)
    assert_same_facts(facts(desk, SECOND), in_time)
    of_jd = facts(desk, THIRD, "jd")
    assert (of_jd["demand"]["day"] == "2025-11-02").any()
    assert_same_facts(of_jd, facts(desk, SECOND, "jd"))


def test_a_file_that_cannot_be_read_stops_its_shop_and_no_other(
    jd_awaited: Path, second_day: Path, desk_at: Callable[[Path], Any]
) -> None:
    desk = desk_at(jd_awaited)
    (file,) = [path for path in desk.folder("jd", SECOND).glob("*.csv") if path.name[0].isdigit()]
    good = file.read_bytes()
    assert good.count("应付金额".encode("gb18030")) == 1
    file.write_bytes(good.replace("应付金额".encode("gb18030"), "甲乙丙丁".encode("gb18030")))

    broken = desk.ingest(SECOND, "jd")["jd"]
    other = desk.ingest(SECOND, "douyin")["douyin"]

    assert list(broken.stopped) == [file.name]
    assert file.name in broken.stopped[file.name]
    assert "应付金额" in broken.stopped[file.name]
    assert other.whole
    assert other.published > 0
    ledger = ledger_of(desk.workspace.books, "jd", "2025-11-02").set_index("file_name")
    assert ledger.loc[file.name, "state"] == "stopped"
    assert "应付金额" in ledger.loc[file.name, "message"]
    closed = desk.close(SECOND, without_late_shops=True)
    assert closed.close.missing_shops == ("jd",)

    file.write_bytes(good[: len(good) // 2])  # a copy that broke off
    desk.ingest(SECOND, "jd")
    file.write_bytes(good)
    assert desk.ingest(SECOND, "jd")["jd"].whole
    assert missing_shops(desk.workspace, "2025-11-02") == []
    assert desk.close(SECOND).close.missing_shops == ()
    assert_same_facts(facts(desk, SECOND), facts(desk_at(second_day), SECOND))


def test_rows_quarantined_by_a_wrong_mapping_come_back_by_a_replay(
    second_day: Path, desk_at: Callable[[Path], Any]
) -> None:
    desk = desk_at(second_day)
    expected = facts(desk, SECOND)
    shops = [shop.model_dump() for shop in desk.workspace.merchant.shops]
    (tmall,) = [shop for shop in shops if shop["name"] == "tmall"]
    tmall["reports"]["order_lines"]["columns"] = {"quantity": "标题"}
    wrong = desk.with_settings(shops=shops, checking={"quarantine_ceiling": 1.0})
    wrong.ingest(SECOND, "tmall")
    before = ledger_of(desk.workspace.books, "tmall", "2025-11-02").set_index("report")
    assert before.loc["order_lines", "rows_quarantined"] > 0
    held = desk.rows(quarantine, quarantine.c.export_id == before.loc["order_lines", "export_id"])
    assert len(held) == before.loc["order_lines", "rows_quarantined"]
    wrong.close(SECOND, without_late_shops=True)
    assert len(facts(desk, SECOND, "tmall")["demand"]) < len(expected["demand"][expected["demand"]["shop"] == "tmall"])

    assert desk.ingest(SECOND, "tmall")["tmall"].whole

    after = ledger_of(desk.workspace.books, "tmall", "2025-11-02").set_index("report")
    assert after["export_id"].to_dict() == before["export_id"].to_dict()
    assert after.loc["order_lines", "rows_quarantined"] == 0
    assert desk.rows(quarantine, quarantine.c.export_id == after.loc["order_lines", "export_id"]).empty
    assert needs_closing_again(desk.workspace, "2025-11-02")
    desk.close(SECOND)
    assert_same_facts(facts(desk, SECOND), expected)
