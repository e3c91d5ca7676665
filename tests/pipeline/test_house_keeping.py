"""Models and their days, upkeep, and knowing what is missing from the desk."""

import os
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from time import time
from typing import Any

import pytest
from sqlalchemy import update

from include.demand.forecaster.config import DemandConfig
from include.demand.forecaster.model import DemandModel
from include.files.content import Held
from include.pipeline.audit.stored_files import audit_files
from include.pipeline.push import deliver_waiting, what_is_missing
from include.pipeline.train import newest_list, train_demand
from include.pipeline.upkeep import retire_raw_files, verify
from include.replenishment.planning_data import policy_from
from include.simulation import tune_levels
from include.tasks.task_tables import task_events
from include.warehouse.model_registry import card_of, champion_of, register
from include.warehouse.publish import ledger_of
from include.warehouse.tables import exports

FIRST, SECOND = date(2025, 11, 1), date(2025, 11, 2)


def release(desk: Any, day: str, note: str) -> tuple[str, str | None]:
    folder = desk.home / note
    DemandModel(DemandConfig(), kind="rule", note=note).save(folder)
    return register(desk.workspace, "demand", day, folder, {"note": note}, True, newest_list(desk.workspace))


def test_a_champion_serves_no_day_whose_list_is_made(second_day: Path, desk_at: Callable[[Path], Any]) -> None:
    desk = desk_at(second_day)
    of_first = desk.text("restock", FIRST)
    old, since = release(desk, "2025-10-31", "old")  # trained before, released after the first day's list
    assert since == "2025-11-02"
    assert champion_of(desk.workspace, "demand", "2025-11-01") is None
    assert desk.lists(SECOND)["model"] == old
    of_second = desk.text("restock", SECOND)
    new, since = release(desk, "2025-11-02", "new")
    assert since == "2025-11-03"
    assert champion_of(desk.workspace, "demand", "2025-11-03").model_id == new
    assert desk.lists(FIRST, replay=True)["model"] == "rule-13-weeks"
    assert desk.lists(SECOND, replay=True)["model"] == old
    assert desk.text("restock", FIRST) == of_first
    assert desk.text("restock", SECOND) == of_second


def test_levels_that_were_tuned_with_a_champion_serve_the_days_that_it_serves(
    second_day: Path, desk_at: Callable[[Path], Any]
) -> None:
    desk = desk_at(second_day)
    folder = desk.home / "tuned"
    DemandModel(DemandConfig(), kind="rule", note="tuned").save(folder)
    released = {"service_levels": {"AX": 0.77}}
    register(desk.workspace, "demand", "2025-10-31", folder, released, True, newest_list(desk.workspace))
    stock = desk.workspace.merchant.replenishment

    def levels(day: str, source: str) -> Mapping[str, float]:
        settings = stock.model_copy(update={"levels_from": source})
        merchant = desk.workspace.merchant.model_copy(update={"replenishment": settings})
        policy = policy_from(
            replace(desk.workspace, merchant=merchant), champion_of(desk.workspace, "demand", day), None
        )
        assert (policy.holding_weight is None) == (source != "cost")
        return policy.service_levels

    assert levels("2025-11-02", "simulation") == {**stock.service_levels, "AX": 0.77}
    assert levels("2025-11-01", "simulation") == stock.service_levels
    assert levels("2025-11-02", "classes") == levels("2025-11-02", "cost") == stock.service_levels


@pytest.mark.thorough
def test_training_keeps_tuned_levels_in_the_card_where_they_come_from_simulation(
    second_day: Path, desk_at: Callable[[Path], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = desk_at(second_day)
    stock = desk.workspace.merchant.replenishment
    # The history of these days is too short for a backtest, whose models the levels are tuned with.
    monkeypatch.setattr(tune_levels, "tuned_levels", lambda known, settings, models: {"AX": 0.92})
    for source in ("cost", "simulation"):
        settings = stock.model_copy(update={"levels_from": source})
        merchant = desk.workspace.merchant.model_copy(update={"replenishment": settings})
        told = train_demand(replace(desk.workspace, merchant=merchant), "2025-11-01", say=lambda _: None)
        kept = card_of(desk.workspace, told["model"]).get("service_levels")
        assert kept == ({"AX": 0.92} if source == "simulation" else None)


def test_the_same_model_registered_again_keeps_its_day(second_day: Path, desk_at: Callable[[Path], Any]) -> None:
    desk = desk_at(second_day)
    first = release(desk, "2025-10-31", "old")
    desk.lists(SECOND)
    assert release(desk, "2025-10-31", "old") == first


def test_verification_finds_a_changed_event_and_a_lost_row(first_day: Path, desk_at: Callable[[Path], Any]) -> None:
    desk = desk_at(first_day)
    now = desk.morning_after(FIRST)
    assert verify(desk.workspace, now)["events"] > 0
    with desk.workspace.books.begin() as connection:
        connection.execute(update(exports).where(exports.c.report == "settlement").values(rows_published=0))
    with pytest.raises(RuntimeError, match=r"结算.*行数或金额加不起来"):
        verify(desk.workspace, now)
    with desk.workspace.books.begin() as connection:
        connection.execute(
            update(exports)
            .where(exports.c.report == "settlement")
            .values(rows_published=exports.c.rows_total - exports.c.rows_quarantined - exports.c.rows_ignored)
        )
        connection.execute(update(task_events).where(task_events.c.seq == 3).values(who="somebody else"))
    with pytest.raises(RuntimeError, match="任务日志从第 3 条起被改过"):
        verify(desk.workspace, now)


def test_what_a_killed_run_left_is_cleared_away_and_no_fault_of_the_books(
    first_day: Path, desk_at: Callable[[Path], Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    desk = desk_at(first_day)
    left = {hours: tmp_path / f"storekeeper-{hours}" for hours in (1, 48)}
    for hours, folder in left.items():
        folder.mkdir()
        (folder / "alive").touch()
        os.utime(folder, (time() - hours * 3600,) * 2)
    found = {finding.values["path"] for finding in audit_files(desk.workspace, FIRST.isoformat()).findings}
    assert found == {str(left[48])}  # nothing cleared that away for two days: somebody should know
    assert verify(desk.workspace, desk.morning_after(FIRST))["events"] > 0
    assert not any(folder.exists() for folder in left.values())


def test_only_raw_files_older_than_the_retention_are_removed(first_day: Path, desk_at: Callable[[Path], Any]) -> None:
    desk = desk_at(first_day).with_settings(retention_days=30, retention={"data_docs": 30})
    store = desk.workspace.raw_store()
    fresh = store.keep(Held(b"landing right now")).digest
    ledger = ledger_of(desk.workspace.books)
    young = set(ledger.loc[ledger["day"] == "2025-11-01", "content_hash"])
    old = set(ledger["content_hash"]) - young
    assert old
    none = retire_raw_files(desk.workspace, "2025-11-30")
    assert (none["kept"], none["removed"], none["docs_removed"]) == (len(young | old) + 1, 0, 0)
    some = retire_raw_files(desk.workspace, "2025-12-01")
    assert (some["kept"], some["removed"], some["docs_removed"]) == (len(young) + 1, len(old), 1)
    assert set(store.kept()) == young | {fresh}


def test_what_is_missing_is_said(second_day: Path, desk_at: Callable[[Path], Any]) -> None:
    desk = desk_at(second_day)
    assert what_is_missing(desk.workspace, "2025-11-02") == [
        "2025-11-02 没有补货清单",
        "2025-11-02 没有召回清单",
    ]
    desk.lists(SECOND)
    assert what_is_missing(desk.workspace, "2025-11-02") == [
        "2025-11-02 的补货清单没有送到 desk",
        "2025-11-02 的召回清单没有送到 desk",
    ]
    report = deliver_waiting(desk.workspace, {}, desk.morning_after(SECOND))
    assert (report["sent"], report["failed"], report["pending"]) == (5, 0, 0)
    assert what_is_missing(desk.workspace, "2025-11-02") == []
    assert {path.suffix for path in (desk.home / "lists").rglob("*2025-11-02*")} == {".xlsx", ".csv"}
