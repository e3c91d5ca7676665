"""A backup holds what cannot be computed again, counts only once it was restored, and brings an empty machine back."""

import os
import sqlite3
import stat
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, make_url, select, text, update
from sqlalchemy.pool import NullPool

from include.demand.forecaster.config import DemandConfig
from include.demand.forecaster.model import DemandModel
from include.pipeline.audit.whole_audit import audit
from include.pipeline.recovery import back_up as backing_up
from include.pipeline.recovery import books_dump
from include.pipeline.recovery.back_up import back_up
from include.pipeline.recovery.backup_place import BackupError, BackupPlace, lies_on_disk_of
from include.pipeline.recovery.restore import is_filled, require_whole, restore, restore_settings
from include.pipeline.upkeep import back_up as nightly
from include.pipeline.watching.marks import set_mark
from include.privacy.sealed_stream import MAGIC
from include.settings.loading import load_merchant
from include.tasks.task_tables import outbox
from include.warehouse.books import open_books
from include.warehouse.model_registry import champion_of, register
from include.warehouse.tables import exports, metadata
from include.warehouse.workspace import Keys, open_workspace
from tests.pipeline.conftest import EXAMPLE, SECOND, Desk

NIGHT = datetime(2025, 11, 3, 0, 5, tzinfo=UTC)
DAY = "2025-11-03"


def at(desk: Desk, place: Path | str, **more: Any) -> Desk:
    return desk.with_settings(backups={"to": str(place), **more})


def place_of(desk: Desk) -> BackupPlace:
    return BackupPlace(desk.workspace.merchant.backups.to, desk.workspace.keys)


def rows_of(books: Engine) -> dict[str, list[Any]]:
    with books.connect() as connection:
        return {
            table.name: sorted(map(repr, connection.execute(select(table)).all())) for table in metadata.sorted_tables
        }


@pytest.fixture
def new_books(desk: Desk, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of an empty database of the desk's kind."""
    if desk.workspace.books.dialect.name == "sqlite":
        yield f"sqlite:///{tmp_path / 'new' / 'books.sqlite'}"
        return
    url = make_url(request.getfixturevalue("postgres_url"))
    server = create_engine(url.set(database="postgres"), isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with server.connect() as connection:
        connection.execute(text("DROP DATABASE IF EXISTS restored WITH (FORCE)"))
        connection.execute(text("CREATE DATABASE restored TEMPLATE template0"))
    yield url.set(database="restored").render_as_string(hide_password=False)
    with server.connect() as connection:
        connection.execute(text("DROP DATABASE IF EXISTS restored WITH (FORCE)"))


def test_a_backup_brings_an_empty_machine_back(desk: Desk, new_books: str, tmp_path: Path) -> None:
    # given a day with lists, an answered task, a model and a spreadsheet that was handed back
    desk.lists(SECOND)
    saved = desk.home / "saved"
    DemandModel(DemandConfig(), kind="rule", note="kept").save(saved)
    register(desk.workspace, "demand", "2025-11-02", saved, {"note": "kept"}, True, "2025-11-02")
    handed = desk.home / "lists" / "交回" / "已处理" / "补货.xlsx"
    handed.parent.mkdir(parents=True)
    handed.write_bytes(b"a spreadsheet")
    here = at(desk, tmp_path / "elsewhere")
    # when it is backed up and put back elsewhere
    done = back_up(here.workspace, DAY, NIGHT, EXAMPLE)
    home, keys = tmp_path / "new", desk.workspace.keys
    place = place_of(here)
    backup = place.choose()
    assert backup == done.backup
    assert restore_settings(backup, tmp_path / "merchant")[0] == "merchant.yaml"
    merchant = load_merchant(tmp_path / "merchant", home)
    restored = restore(backup, place, merchant, keys, home, new_books, datetime(2025, 11, 3, 9))
    # then the dump was restored to verify it, and everything is there and as it was
    assert backup.verified == "restored"
    workspace = open_workspace(merchant, new_books, keys, home)
    before, after = rows_of(desk.workspace.books), rows_of(workspace.books)
    assert {name for name in before if before[name] != after[name]} == {"outbox"}
    with workspace.books.connect() as connection:
        assert set(connection.scalars(select(outbox.c.state))) == {"unknown", "superseded"}
    assert restored.waiting == 5
    assert set(workspace.raw_store().kept()) == set(desk.workspace.raw_store().kept()) != set()
    assert dict(workspace.raw_store().notes()) == dict(desk.workspace.raw_store().notes()) != {}
    assert champion_of(workspace, "demand", "2025-11-03").damage() is None
    assert (home / "lists" / "交回" / "已处理" / "补货.xlsx").read_bytes() == b"a spreadsheet"
    assert audit(workspace, datetime(2025, 11, 3, 9)).findings == ()
    workspace.books.dispose()


def test_what_is_backed_up_says_nothing_to_whoever_has_no_keys(
    second_day: Path, desk_at: Callable[[Path], Desk], tmp_path: Path
) -> None:
    desk = at(desk_at(second_day), tmp_path / "elsewhere")
    back_up(desk.workspace, DAY, NIGHT, EXAMPLE)
    files = [path for path in (tmp_path / "elsewhere").rglob("*") if path.is_file()]
    assert len(files) > 20
    assert all(path.read_bytes().startswith(MAGIC) for path in files)
    stranger = Keys({"k1": bytes(32)}, "k1", bytes(32))
    with pytest.raises(BackupError, match="does not open with these keys"):
        BackupPlace(str(tmp_path / "elsewhere"), stranger).choose()


def test_a_damaged_backup_names_the_one_before_and_writes_nothing(
    second_day: Path, desk_at: Callable[[Path], Desk], tmp_path: Path
) -> None:
    desk = at(desk_at(second_day), tmp_path / "elsewhere")
    older = back_up(desk.workspace, DAY, NIGHT, EXAMPLE).backup
    set_mark(desk.workspace.books, "audit", DAY, datetime(2025, 11, 3, 9), True)  # other books
    newer = back_up(desk.workspace, DAY, NIGHT + timedelta(minutes=5), EXAMPLE).backup
    place, called = place_of(desk), older.name.removesuffix(".json.sealed")
    require_whole(newer, place)

    manifest = tmp_path / "elsewhere" / "backups" / newer.name
    whole = manifest.read_bytes()
    for damaged in (whole[:50], b""):
        manifest.write_bytes(damaged)
        with pytest.raises(BackupError, match=f"it is damaged; the one before it is {called}|--backup {called}"):
            place.choose()
    assert place.choose(name=called) == older
    with pytest.raises(BackupError, match=f"there is no backup nothing; the last ones are {called}"):
        place.choose(name="nothing")
    manifest.write_bytes(whole)

    own = next(iter(newer.objects - older.objects))  # the dump of its books
    (kept,) = [path for path in (tmp_path / "elsewhere" / "objects").rglob(f"{own}*") if path.is_file()]
    content = kept.read_bytes()
    for damage in (content[:-9] + b"x" + content[-8:], None):
        kept.unlink() if damage is None else kept.write_bytes(damage)
        with pytest.raises(BackupError, match=f"{own} is .*nothing was written.*{called}"):
            require_whole(newer, place)
    require_whole(older, place)


def test_a_damaged_note_costs_nobody_else_the_backup(
    second_day: Path, desk_at: Callable[[Path], Desk], tmp_path: Path
) -> None:
    desk = at(desk_at(second_day), tmp_path / "elsewhere")
    every = dict(desk.workspace.raw_store().notes())
    note = sorted((desk.home / "raw" / "landings").iterdir())[0]
    note.write_bytes(note.read_bytes()[:-1])
    assert len(dict(desk.workspace.raw_store().notes())) == len(every) - 1
    assert back_up(desk.workspace, DAY, NIGHT, EXAMPLE).backup.verified == "restored"


def test_each_content_is_written_once_and_old_backups_go_after_a_newer_one(
    second_day: Path, desk_at: Callable[[Path], Desk], tmp_path: Path
) -> None:
    desk = at(desk_at(second_day), tmp_path / "elsewhere", days=30)
    raw = len(list(desk.workspace.raw_store().kept()))
    first = back_up(desk.workspace, DAY, NIGHT)
    assert first.copied == raw + 2  # the books, and what each raw file is
    with desk.workspace.books.begin() as connection:
        connection.execute(update(exports).values(message="changed"))
    second = back_up(desk.workspace, "2025-11-04", NIGHT + timedelta(days=1))
    assert (second.copied, second.removed) == (1, 0)
    place = place_of(desk)
    # A raw file that retention removed goes with the last backup that names it.
    gone = sorted(second.backup.raw or ())[0]
    desk.workspace.raw_store().erase(gone)
    third = back_up(desk.workspace, "2025-12-04", NIGHT + timedelta(days=31))
    assert (third.removed, place.names()) == (1, [second.backup.name, third.backup.name])
    assert place.objects.holds(gone)
    assert not place.objects.holds(first.backup.books)
    fourth = back_up(desk.workspace, "2026-02-01", NIGHT + timedelta(days=90))
    assert place.names() == [fourth.backup.name]
    assert set(place.objects.kept()) == fourth.backup.objects
    assert gone not in fourth.backup.objects


def test_a_backup_that_cannot_be_restored_counts_for_nothing(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = at(desk, tmp_path / "elsewhere", days=1)
    kept = back_up(here.workspace, DAY, NIGHT).backup.name
    real = books_dump.dump

    def lossy(books: Engine, file: Path) -> dict[str, Any]:
        figures = real(books, file)
        figures["rows"]["exports"] += 1
        return figures

    monkeypatch.setattr(backing_up, "dump", lossy)
    with pytest.raises(BackupError, match=r"not those that were backed up: rows.exports: \d+, \d+"):
        back_up(here.workspace, "2025-12-03", NIGHT + timedelta(days=30))
    assert place_of(here).names() == [kept]
    # A dump that is cut off is found, too.
    monkeypatch.undo()

    def short(books: Engine, file: Path) -> dict[str, Any]:
        figures = real(books, file)
        os.truncate(file, file.stat().st_size // 2)
        return figures

    monkeypatch.setattr(backing_up, "dump", short)
    with pytest.raises(BackupError, match=r"damaged|failed"):
        back_up(here.workspace, "2025-12-03", NIGHT + timedelta(days=30))
    assert place_of(here).names() == [kept]
    assert not list((here.home / "backups").iterdir())


def test_what_changes_while_the_books_are_copied_is_in_no_figure(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = at(desk, tmp_path / "elsewhere")
    real = books_dump.figures_of
    late = create_engine(desk.workspace.books.url, poolclass=NullPool)
    wrote: list[bool] = []

    def then_written(*arguments: Any) -> dict[str, Any]:
        figures = real(*arguments)
        if not wrote:
            wrote.append(True)
            with late.begin() as connection:
                connection.execute(update(exports).values(rows_total=exports.c.rows_total + 1))
        return figures

    monkeypatch.setattr(books_dump, "figures_of", then_written)
    backup = back_up(here.workspace, DAY, NIGHT).backup
    with late.connect() as connection:
        count = len(connection.execute(select(exports.c.export_id)).all())
        total = sum(connection.scalars(select(exports.c.rows_total)))
    assert backup.figures["sums"]["rows_total"] == total - count
    assert backup.verified == "restored"


@pytest.mark.parametrize("harm", ["gone", "changed"])
def test_harm_at_the_place_is_found_in_the_night_and_mended_in_the_next(
    harm: str, second_day: Path, desk_at: Callable[[Path], Desk], tmp_path: Path
) -> None:
    desk = at(desk_at(second_day), tmp_path / "elsewhere")
    back_up(desk.workspace, DAY, NIGHT)
    objects = place_of(desk).objects
    digest = sorted(desk.workspace.raw_store().kept())[0]
    path = tmp_path / "elsewhere" / "objects" / digest[:2] / f"{digest}.sealed"
    if harm == "gone":
        path.unlink()
        assert back_up(desk.workspace, "2025-11-04", NIGHT + timedelta(days=1)).copied >= 1
        assert objects.holds(digest)
        return
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(bytes(content))
    found = []
    for night in range(1, backing_up.ROUND + 1):  # each object is read once in so many nights
        try:
            back_up(desk.workspace, "2025-11-04", NIGHT + timedelta(days=night))
        except BackupError as error:
            found.append(str(error))
    assert found == [f"{digest} is damaged at the place of backups; the next backup writes it again"]
    assert objects.read(digest)


def test_books_that_are_there_are_not_written_over_unless_they_are_put_aside(
    desk: Desk, new_books: str, tmp_path: Path
) -> None:
    here = at(desk, tmp_path / "elsewhere")
    backup = back_up(here.workspace, DAY, NIGHT).backup
    merchant = desk.workspace.merchant
    arguments = (backup, place_of(here), merchant, desk.workspace.keys, desk.home, new_books, datetime(2025, 11, 3, 9))
    restore(*arguments)
    books = open_books(new_books)
    with books.begin() as connection:
        connection.execute(update(exports).values(message="later"))
    books.dispose()
    with pytest.raises(BackupError, match="nothing was written over"):
        restore(*arguments)
    aside = restore(*arguments, keep_aside=True).aside
    assert aside is not None
    with open_books(new_books).connect() as connection:
        assert "later" not in set(connection.scalars(select(exports.c.message)))
    if new_books.startswith("sqlite"):
        with closing(sqlite3.connect(aside)) as old:
            assert old.execute("SELECT DISTINCT message FROM exports").fetchall() == [("later",)]
    else:
        with open_books(new_books).connect() as connection:
            found = connection.execute(text(f'SELECT DISTINCT message FROM "{aside}".exports')).all()
            assert found == [("later",)]


def test_a_backup_of_another_database_or_of_a_newer_release_is_refused(
    second_day: Path, desk_at: Callable[[Path], Desk], tmp_path: Path
) -> None:
    desk = at(desk_at(second_day), tmp_path / "elsewhere")
    backup = back_up(desk.workspace, DAY, NIGHT).backup
    now, merchant, keys = datetime(2025, 11, 3, 9), desk.workspace.merchant, desk.workspace.keys
    url = f"sqlite:///{tmp_path / 'new.sqlite'}"
    with pytest.raises(BackupError, match="of postgresql and cannot be restored into sqlite"):
        restore(replace(backup, database="postgresql"), place_of(desk), merchant, keys, desk.home, url, now)
    with pytest.raises(ValueError, match="at revision 9999, which a newer release"):
        restore(replace(backup, revision="9999"), place_of(desk), merchant, keys, desk.home, url, now)
    assert not is_filled(url)


def test_the_night_is_red_without_a_backup_unless_the_settings_say_that_somebody_else_makes_it(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = at(desk, tmp_path / "elsewhere", by="elsewhere")
    assert nightly(elsewhere.workspace, DAY, NIGHT) == {"backed_up": False, "by": "elsewhere"}
    assert not (tmp_path / "elsewhere").exists()
    monkeypatch.setattr(books_dump, "_version", lambda program: None)
    here = at(desk, tmp_path / "elsewhere")
    if desk.workspace.books.dialect.name == "sqlite":
        assert nightly(here.workspace, DAY, NIGHT)["backed_up"]
        return
    with pytest.raises(BackupError, match=r"pg_dump is not installed: install postgresql-client-\d+ or later"):
        nightly(here.workspace, DAY, NIGHT)
    monkeypatch.setattr(books_dump, "_version", lambda program: 9)
    with pytest.raises(BackupError, match=r"need pg_dump \d+ or later, found pg_dump 9: install postgresql-client-"):
        nightly(here.workspace, DAY, NIGHT)


@pytest.mark.postgres
def test_a_role_that_may_make_no_database_has_its_backup_read_and_is_told_so(
    second_day: Path, open_desk: Callable[..., Desk], tmp_path: Path, postgres_url: str
) -> None:
    from tests.copies import copied

    lived = open_desk(second_day)
    copied(lived.workspace.books, postgres_url)
    lived.workspace.books.dispose()
    plain = make_url(postgres_url).set(username="plain", password="plain")
    owner = create_engine(postgres_url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with owner.connect() as connection:
        connection.execute(text("DROP ROLE IF EXISTS plain"))
        connection.execute(text("CREATE ROLE plain LOGIN PASSWORD 'plain'"))
        connection.execute(text("GRANT ALL ON ALL TABLES IN SCHEMA public TO plain"))
        connection.execute(text("GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO plain"))
    desk = open_desk(tmp_path / "home", plain.render_as_string(hide_password=False))
    here = at(desk, tmp_path / "elsewhere")
    try:
        done = back_up(here.workspace, DAY, NIGHT)
    finally:
        desk.workspace.books.dispose()
        with owner.connect() as connection:
            connection.execute(text("DROP OWNED BY plain"))
            connection.execute(text("DROP ROLE plain"))
    assert done.backup.verified == "read"
    told = " ".join(done.describe("en"))
    assert "not by restoring it" in told
    assert "CREATEDB" in told


def test_the_same_disk_is_said_and_raw_files_elsewhere_are_left_there(
    second_day: Path, desk_at: Callable[[Path], Desk], tmp_path: Path
) -> None:
    desk = desk_at(second_day)
    done = back_up(desk.workspace, DAY, NIGHT)  # by default beside the books
    assert done.same_disk
    assert "same disk as the books" in " ".join(done.describe("en"))
    assert desk.workspace.merchant.backups.to == f"{desk.home}/backups"
    assert not lies_on_disk_of("sftp://backup.example/srv", tmp_path)
    assert not lies_on_disk_of("/proc/1", tmp_path)
    modes = {stat.S_IMODE(path.stat().st_mode) & 0o007 for path in (desk.home / "backups").rglob("*")}
    assert modes == {0}
    away = desk.with_settings(raw="memory://raw-elsewhere")
    there = back_up(away.workspace, DAY, NIGHT + timedelta(hours=1))
    assert there.backup.raw is None
    assert "Raw files lie at memory://raw-elsewhere" in " ".join(there.describe("en"))


def test_plain_copies_of_earlier_releases_go_once_they_are_too_old(
    second_day: Path, desk_at: Callable[[Path], Desk], tmp_path: Path
) -> None:
    desk = at(desk_at(second_day), tmp_path / "elsewhere")
    folder = desk.home / "backups"
    folder.mkdir()
    for day in ("2025-09-30", "2025-11-01"):
        (folder / f"books_{day}.sqlite").write_bytes(b"")
    assert back_up(desk.workspace, DAY, NIGHT).removed == 1
    assert [path.name for path in folder.iterdir()] == ["books_2025-11-01.sqlite"]
