"""The whole day under Airflow's own scheduler: exports to pushed lists, a late shop, a broken shop, and a backfill."""

import json
from datetime import date

import openpyxl
import pytest

from include.replenishment.policy import policy_of
from include.settings.loading import load_merchant
from include.warehouse.workspace import Keys, open_workspace
from scripts.merchant_days import run_day, wait_until_pushed
from tests.leaks import contents
from tests.list_sheets import codes_of
from tests.planted import PLANTED
from tests.replenishment.contradictions import contradictions, planned, unbalanced
from tests.scheduler.world import DAYS, World

pytestmark = pytest.mark.scheduler


def test_days_go_from_exports_to_pushed_lists(world: World) -> None:
    """The first two days, opened one after the other as the clock would."""
    for day in DAYS[:2]:
        world.put(day)
        run_day(world.airflow.api, day.isoformat(), print)
        assert world.rows("SELECT DISTINCT state FROM outbox WHERE day = :day", day=day.isoformat()) == [("sent",)]
        desk = world.place.home / "lists"
        assert {p.name for p in desk.glob(f"*{day}.xlsx")} == {
            f"补货_{day}.xlsx",
            f"调拨_{day}.xlsx",
            f"催货_{day}.xlsx",
            f"积压_{day}.xlsx",
            f"召回_{day}.xlsx",
        }
        assert (world.place.home / "data_docs" / day.isoformat() / "index.html").is_file()
    broken = world.rows(
        "SELECT file_name FROM exports WHERE state = 'published' AND"
        " rows_total <> rows_published + rows_quarantined + rows_ignored"
    )
    assert broken == []


def test_no_list_of_a_day_contradicts_another(world: World) -> None:
    """With the model that the day's own lists were planned by, over Double 11's days."""
    merchant = load_merchant(world.place.merchant, world.place.home)
    keys = Keys.from_mapping(json.loads((world.place.home / "keys.json").read_text()))
    workspace = open_workspace(merchant, merchant.books, keys, world.place.home)
    closed = [row[0] for row in world.rows("SELECT DISTINCT day FROM task_lists ORDER BY day")]
    assert len(closed) >= 2
    for day in closed:
        plan = planned(workspace, day)
        assert len(plan.restock)
        assert contradictions(plan, policy_of(merchant.replenishment)) == [], day
        assert unbalanced(plan) == [], day
    workspace.books.dispose()


def test_a_late_shop_does_not_stop_the_merchant_and_is_taken_in_when_it_comes(world: World) -> None:
    """The cut-off closes without it and says so on the lists; its coming closes and revises them."""
    day = DAYS[2]
    world.put(day)
    folder = world.exports / "jd" / day.isoformat()
    held_back = world.exports / "held back"
    folder.rename(held_back)
    run_day(world.airflow.api, day.isoformat(), print)
    assert world.rows("SELECT missing_shops FROM closes WHERE day = :day", day=day.isoformat()) == [('["jd"]',)]
    assert all("jd" in note for note in _notes(world, day))

    held_back.rename(folder)
    world.airflow.api.wait_for("close_day", day.isoformat(), count=2, timeout=240)
    for dag_id in ("restock", "recall"):
        world.airflow.api.wait_for(dag_id, day.isoformat(), count=2)
    wait_until_pushed(world.airflow.api, day.isoformat())
    closes = world.rows("SELECT revision, missing_shops FROM closes WHERE day = :day ORDER BY 1", day=day.isoformat())
    assert closes == [(1, '["jd"]'), (2, "[]")]
    assert _notes(world, day) == [], "the newest revision of each list has no missing shop to tell of"


def test_a_broken_shop_fails_alone(world: World) -> None:
    """A file that cannot be read stops its shop, with a message that names it; the day closes without it."""
    day = DAYS[3]
    world.put(day)
    (orders,) = [p for p in (world.exports / "douyin" / day.isoformat()).glob("*.csv") if "售后" not in p.name]
    whole = orders.read_bytes()
    orders.write_text("no,such,header\n1,2,3\n", encoding="utf-8")
    world.airflow.api.trigger("open_day", partition_key=day.isoformat())
    world.airflow.api.wait_for("ingest_douyin", day.isoformat(), expect="failed", timeout=240)
    for dag_id in ("close_day", "restock", "recall"):
        world.airflow.api.wait_for(dag_id, day.isoformat(), timeout=240)
    ((message,),) = world.rows(
        "SELECT message FROM exports WHERE day = :day AND state = 'stopped'", day=day.isoformat()
    )
    assert orders.name in message
    assert world.rows("SELECT missing_shops FROM closes WHERE day = :day", day=day.isoformat()) == [('["douyin"]',)]

    orders.write_bytes(whole)
    world.airflow.api.trigger("ingest_douyin", partition_key=day.isoformat())
    world.airflow.api.wait_for("close_day", day.isoformat(), count=2, timeout=240)
    world.airflow.api.wait_until_quiet(timeout=240)
    last = world.rows("SELECT missing_shops FROM closes WHERE day = :day ORDER BY revision", day=day.isoformat())[-1]
    assert last == ("[]",)


def test_a_backfill_replays_exactly_its_days_and_is_silent(world: World) -> None:
    """Three days by Airflow's own command: three openings, the cascade behind each, the same bytes, nothing pushed."""
    documents = _documents(world)
    sent = world.rows("SELECT delivery_key, state, attempts FROM outbox ORDER BY 1")
    events = world.rows("SELECT count(*) FROM task_events")
    before = {dag_id: len(world.airflow.api.runs(dag_id)) for dag_id in ("open_day", "close_day", "restock", "recall")}
    world.airflow.cli(
        *("backfill", "create", "--dag-id", "open_day", "--reprocess-behavior", "completed", "--max-active-runs", "1"),
        *("--from-date", DAYS[0].isoformat(), "--to-date", DAYS[2].isoformat()),
    )
    for day in DAYS[:3]:
        already = 2 if day == DAYS[2] else 1  # the late shop had its day closed twice
        for dag_id in ("close_day", "restock", "recall"):
            world.airflow.api.wait_for(dag_id, day.isoformat(), count=already + 1, timeout=300)
    world.airflow.api.wait_until_quiet(timeout=240)
    assert {dag_id: len(world.airflow.api.runs(dag_id)) - n for dag_id, n in before.items()} == dict.fromkeys(before, 3)
    opened = [run.partition_key for run in world.airflow.api.runs("open_day") if run.run_type == "backfill"]
    assert sorted(opened) == [day.isoformat() for day in DAYS[:3]]
    assert _documents(world) == documents
    assert world.rows("SELECT delivery_key, state, attempts FROM outbox ORDER BY 1") == sent
    assert world.rows("SELECT count(*) FROM task_events") == events


def test_a_list_that_is_handed_back_is_entered_and_answered(world: World) -> None:
    """Nobody needs a shell: the file goes into a folder, a receipt comes back; while nothing lies there, no run is."""
    assert world.airflow.api.runs("hand_back") == []
    desk = world.place.home / "lists"
    book = openpyxl.load_workbook(max(desk.glob(f"补货_{DAYS[3]}*.xlsx"), key=lambda path: path.stat().st_mtime))
    sheet = book.worksheets[0]
    header, place = codes_of(sheet)
    sheet.cell(header + 1, place["answer"]).value = "接受"
    task = sheet.cell(header + 1, 1).value
    folder = desk / "交回" / "小王"
    folder.mkdir(parents=True)
    book.save(folder / "补货.xlsx")

    world.airflow.api.wait_for("hand_back", timeout=240)

    assert world.rows("SELECT state, changed_by FROM tasks WHERE task_id = :task", task=task) == [("accepted", "小王")]
    assert [path.name.rpartition("_")[0] for path in folder.iterdir()] == ["回执_补货"]
    world.airflow.api.wait_until_quiet(timeout=120)


def test_the_watch_is_content_when_lists_are_there_and_fails_when_not(world: World) -> None:
    run_id = world.airflow.api.trigger("lists_due", partition_key=DAYS[1].isoformat())
    world.airflow.api.wait_for("lists_due", run_id=run_id)
    run_id = world.airflow.api.trigger("lists_due", partition_key="2025-12-24")
    world.airflow.api.wait_for("lists_due", run_id=run_id, expect="failed")


def test_upkeep_runs(world: World) -> None:
    run_id = world.airflow.api.trigger("upkeep", partition_key=DAYS[3].isoformat())
    world.airflow.api.wait_for("upkeep", run_id=run_id)
    assert list((world.place.home / "backups" / "backups").glob(f"{DAYS[3]}_*.json.sealed"))


def test_planted_people_stand_in_no_place_but_the_exports(world: World) -> None:
    """After all the days above, a broken shop and a backfill among them: books, Airflow's own database with its XCom,
    logs, lists, Data Docs, backups and temporary files under the merchant's home."""
    there = {text for found in PLANTED.leaks(contents(world.exports)).values() for text in found}
    assert len({text.split(" as ")[0] for text in there}) >= 5

    left = contents(world.place.home, leave_out=[world.exports])

    names = "\n".join(left)
    for part in (
        ".sealed",
        "books.sqlite: orders",
        "airflow.db: xcom",
        "airflow.db: dag_run",
        ".log",
        ".xlsx > ",
        "data_docs",
    ):
        assert part in names, f"nothing was looked at in {part}"
    assert PLANTED.leaks(left) == {}


def _notes(world: World, day: date) -> list[str]:
    """The notes of the newest revision of each list of a day."""
    from include.tasks.document import read_document
    from include.tasks.publish_list import document_of

    notes = []
    with world.books.connect() as connection:
        for kind in ("restock", "transfer", "excess", "recall"):
            document = document_of(connection, kind, day.isoformat())
            assert document is not None
            notes += [note["zh"] for note in read_document(document).notes]
    return [note for note in notes if "未到" in note]


def _documents(world: World) -> list[tuple]:
    return world.rows("SELECT kind, day, revision, document_hash FROM task_lists ORDER BY 1, 2, 3")
