"""Raw files alone make the same books again, and where they do not, the first place that differs is named."""

import base64
import json
import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from include.facts.close_day import newest_close
from include.pipeline.recovery.backup_place import BackupError
from include.pipeline.recovery.compare_books import differences
from include.pipeline.recovery.rebuild import rebuild
from include.warehouse.books import open_books
from include.warehouse.tables import exports, fact_versions, facts_demand, order_lines
from include.warehouse.withdrawals import withdraw
from tests.command_lines import storekeeper
from tests.copies import copied
from tests.pipeline.conftest import EXAMPLE, FIRST, Desk


@pytest.fixture(scope="module")
def rebuilt(first_day: Path, open_desk: Callable[..., Desk], tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The first day, and its books made anew without a look at them: (home, address of the rebuilt, what was done)."""
    home = tmp_path_factory.mktemp("rebuilding")
    shutil.copytree(first_day, home, dirs_exist_ok=True)
    workspace = open_desk(home).workspace
    url = f"sqlite:///{home / 'rebuilt.sqlite'}"
    done = rebuild(workspace.merchant, workspace.keys, home, url, None, {})
    workspace.books.dispose()
    return home, url, done


def test_books_of_raw_files_alone_are_the_same_books(rebuilt: Any, open_desk: Callable[..., Desk]) -> None:
    home, url, done = rebuilt
    desk, again = open_desk(home), open_books(url)
    assert (done.not_brought, done.by_ledger, done.found) == ({}, 0, None)
    assert done.days == ["2025-10-31", "2025-11-01"]
    # every export, line, quarantined row, fact, close and person
    assert list(differences(desk.workspace.books, again)) == []
    hashes = select(fact_versions).order_by(*fact_versions.primary_key.columns)
    with desk.workspace.books.connect() as one, again.connect() as other:
        assert one.execute(hashes).all() == other.execute(hashes).all() != []
    first, second = newest_close(desk.workspace.books), newest_close(again)
    assert first is not None
    assert second is not None
    assert first["inputs_hash"] == second["inputs_hash"]
    assert not (home / "rebuilding").exists()
    for one in (desk.workspace.books, again):
        one.dispose()


@pytest.mark.parametrize(
    ("change", "table", "column"),
    [
        (
            lambda: update(exports).where(exports.c.report == "settlement").values(rows_ignored=7),
            "exports",
            "rows_ignored",
        ),
        (lambda: update(order_lines).values(quantity=order_lines.c.quantity + 1), "order_lines", "quantity"),
        (lambda: update(facts_demand).values(units=facts_demand.c.units + 1), "facts_demand", "units"),
    ],
)
def test_the_first_place_that_differs_is_named(
    change: Callable[[], Any], table: str, column: str, rebuilt: Any, open_desk: Callable[..., Desk], tmp_path: Path
) -> None:
    home, url, _ = rebuilt
    shutil.copytree(home, tmp_path / "home")
    desk, again = open_desk(tmp_path / "home"), open_books(url)
    with desk.workspace.books.begin() as connection:
        connection.execute(change())
    (found,) = differences(desk.workspace.books, again)
    assert (found.table, found.column) == (table, column)
    assert found.present != found.rebuilt
    assert found.key
    again.dispose()
    desk.workspace.books.dispose()


@pytest.mark.postgres
def test_present_books_on_postgresql_equal_what_is_rebuilt(
    rebuilt: Any, open_desk: Callable[..., Desk], postgres_url: str
) -> None:
    home, url, _ = rebuilt
    desk = open_desk(home)
    copied(desk.workspace.books, postgres_url)
    desk.workspace.books.dispose()
    present, again = open_books(postgres_url), open_books(url)
    assert list(differences(present, again)) == []
    with present.begin() as connection:
        connection.execute(update(facts_demand).values(units=facts_demand.c.units + 1))
    (found,) = differences(present, again)
    assert (found.table, found.column) == ("facts_demand", "units")
    present.dispose()
    again.dispose()


def test_a_database_with_something_in_it_is_not_rebuilt_into(
    rebuilt: Any, open_desk: Callable[..., Desk], tmp_path: Path
) -> None:
    home, url, _ = rebuilt
    workspace = open_desk(home).workspace
    with pytest.raises(BackupError, match=r"rebuilt\.sqlite is not empty"):
        rebuild(workspace.merchant, workspace.keys, home, url, None, {})
    workspace.books.dispose()


def test_the_command_takes_over_what_people_said_and_knows_files_without_notes_by_the_ledger(
    rebuilt: Any,
    open_desk: Callable[..., Desk],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # given an export that was taken back, notes of an earlier release (none), and a raw file that is gone
    home = tmp_path / "home"
    shutil.copytree(rebuilt[0], home)
    (home / "rebuilt.sqlite").unlink()
    desk = open_desk(home)
    store, books = desk.workspace.raw_store(), desk.workspace.books
    with books.connect() as connection:
        day = exports.c.day == FIRST.isoformat()
        query = select(exports).where(exports.c.state == "published", day).order_by(exports.c.export_id)
        taken_back = connection.execute(query.where(exports.c.report == "refunds")).first()
        gone = connection.execute(query.where(exports.c.report == "suppliers")).first()
        count = len(connection.execute(select(exports.c.export_id)).all())
    assert taken_back is not None
    assert gone is not None
    withdraw(books, taken_back.export_id, "li", "another shop's", datetime(2025, 11, 2, 9))
    assert desk.close(FIRST) is not None
    for name, _ in list(store.notes()):
        store.forget_note(name)
    store.erase(gone.content_hash)
    books.dispose()
    keys = {"vault": {"k1": _text(1)}, "vault_key_id": "k1", "customers": _text(2)}
    monkeypatch.setenv("STOREKEEPER_KEYS", json.dumps(keys))
    # when
    code = storekeeper("rebuild")(["--merchant", str(EXAMPLE), "--home", str(home)])
    # then
    told = capsys.readouterr().out
    assert code == 1
    assert f"{count} 份导出文件，结账 2 天（2025-10-31 到 2025-11-01）" in told
    assert f"其中 {count} 份没有自己的说明" in told
    assert "从现有记录带入 withdrawals 1 行" in told
    assert f"erp 2025-11-01 {gone.file_name}" in told
    assert f"exports 只在现有账本里：export_id={gone.export_id}" in told
    assert "任务和大家的答复" in told


def _text(number: int) -> str:
    return base64.b64encode(bytes([number] * 32)).decode()
