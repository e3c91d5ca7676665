"""A full disk, a read-only one and a database that is gone are told as what they are, and heal on the next try."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fsspec.implementations.local import LocalFileSystem
from sqlalchemy import Engine, event, text

from include.files.raw_store import RawStore
from include.pipeline.recovery import free_space
from include.pipeline.recovery.free_space import NoRoomError, require_room, room_for_a_day
from include.settings.saying import in_language
from include.tasks.channels.file import _write
from include.warehouse.books import open_books
from include.warehouse.opening import BooksError, books_at
from include.warehouse.world_faults import world_fault
from tests.pipeline.erp_merchant import DAY, PRODUCTS, SOLD, STOCK, ErpMerchant, product, sale

SMALL = "4m"


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of four megabytes."""
    place = tmp_path / "disk"
    place.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SMALL}", "tmpfs", place], capture_output=True).returncode:
        pytest.skip("no disk can be mounted here")
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", place], check=True)


def fill(disk: Path, leave: int = 0) -> Path:
    """No more than `leave` bytes fit onto it."""
    file = disk / "filler"
    with file.open("wb", buffering=0) as filler, suppress(OSError):
        while True:
            filler.write(bytes(4096))
    if leave:
        os.truncate(file, file.stat().st_size - leave)
    return file


def brought(shop: ErpMerchant) -> ErpMerchant:
    shop.put("erp", DAY, "商品库存_w1_2026-05-12.csv", STOCK, "A,30,30,0,0,w1")
    shop.put("erp", DAY, "商品资料_x.csv", PRODUCTS, product("A"))
    shop.put("web", DAY, "sales.csv", SOLD, *(sale(str(n), "A") for n in range(300)))
    return shop


@pytest.fixture
def shop(tmp_path: Path, books: Engine) -> ErpMerchant:
    return brought(ErpMerchant.at(tmp_path, books))


def test_a_full_disk_of_raw_files_is_told_and_heals(shop: ErpMerchant, disk: Path) -> None:
    full = ErpMerchant(
        replace(shop.workspace, merchant=shop.workspace.merchant.model_copy(update={"raw": f"{disk}/raw"}))
    )
    filler = fill(disk)
    (why,) = full.ingest(DAY, "web").failed.values()
    assert why.startswith(f"磁盘已满（No space left on device: {disk}")
    assert why.endswith("）：请清理磁盘后重试；文件还没有存入原始库，请留在原处")
    assert list(full.workspace.raw_store().kept()) == []
    filler.unlink()
    done = full.ingest(DAY, "web")
    assert (done.whole, done.published) == (True, 300)


def test_a_full_disk_of_the_books_is_told_and_heals(disk: Path, tmp_path: Path, migrated: Path) -> None:
    shutil.copy(migrated, disk / "books.sqlite")
    shop = brought(ErpMerchant.at(tmp_path, open_books(f"sqlite:///{disk / 'books.sqlite'}")))
    filler = fill(disk, leave=150_000)
    (why,) = shop.ingest(DAY, "web").failed.values()
    assert why.startswith("磁盘已满（database or disk is full）：请清理磁盘后重试；文件已存入原始库")
    assert len(list(shop.workspace.raw_store().kept())) == 1
    filler.unlink()
    assert shop.ingest(DAY, "web").whole
    filler = fill(disk)
    with pytest.raises(Exception, match=r"full|I/O") as raised:  # whichever library meets it first
        shop.close(DAY)
    fault = world_fault(raised.value)
    assert fault is not None
    assert fault.kind in ("disk_full", "disk_refused")
    filler.unlink()
    shop.live(DAY)
    assert len(shop.facts("demand")) == 1


def test_a_place_of_lists_or_backups_that_is_full_is_named(disk: Path) -> None:
    filler = fill(disk, leave=20_000)
    with pytest.raises(OSError, match="No space left") as raised:
        _write(LocalFileSystem(), str(disk), "restock.csv", bytes(100_000), "key")
    fault = world_fault(raised.value)
    assert fault is not None
    assert fault.cause == f"No space left on device: {disk}"
    store = RawStore(f"{disk}/objects", {"k1": bytes(32)}, "k1")
    with pytest.raises(OSError, match=f"No space left on device: '{disk}/objects'"):
        store.keep_chunks(os.urandom(8192) for _ in range(100))
    assert "objects：磁盘已满" in in_language(raised_by(store), "zh")
    filler.unlink()


def raised_by(store: RawStore) -> Exception:
    with pytest.raises(OSError, match="No space left") as raised:
        store.note("a", os.urandom(60_000).hex())
    return raised.value


def test_a_disk_that_turned_read_only_is_told(disk: Path, tmp_path: Path, migrated: Path) -> None:
    shutil.copy(migrated, disk / "books.sqlite")
    shop = brought(ErpMerchant.at(tmp_path, open_books(f"sqlite:///{disk / 'books.sqlite'}")))
    subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
    with pytest.raises(OSError, match="Read-only") as raised:
        shop.ingest(DAY, "web")
    fault = world_fault(raised.value)
    assert fault is not None
    assert fault.kind == "read_only"


def test_what_postgresql_refuses_is_told_by_its_codes(shop: ErpMerchant) -> None:
    if shop.workspace.books.dialect.name != "postgresql":
        pytest.skip("of PostgreSQL alone")
    told = {}
    for code in ("53100", "53200", "53300", "25006", "42501", "57P01", "08006", "58030", "22001"):
        with pytest.raises(Exception, match="refused") as raised, shop.workspace.books.begin() as connection:
            connection.execute(
                text(f"DO $$ BEGIN RAISE EXCEPTION 'refused 13800138000' USING ERRCODE = '{code}'; END $$")
            )
        told[code] = world_fault(raised.value)
    assert told.pop("22001") is None
    assert {code: fault.kind for code, fault in told.items() if fault} == {
        "53100": "disk_full", "53200": "no_memory", "53300": "too_many", "25006": "read_only", "42501": "not_allowed",
        "57P01": "database_gone", "08006": "database_gone", "58030": "disk_refused",
    }  # fmt: skip
    assert not any("13800138000" in fault.describe("en") for fault in told.values() if fault)


def test_a_connection_that_is_lost_in_the_middle_is_told_and_heals(shop: ErpMerchant) -> None:
    if shop.workspace.books.dialect.name != "postgresql":
        pytest.skip("of PostgreSQL alone")
    ended: list[int] = []

    @event.listens_for(shop.workspace.books, "before_cursor_execute")
    def end(connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith("DELETE FROM identity_keys"):  # orders and their lines are written by then
            own = connection.connection.driver_connection.info.backend_pid
            if not ended:
                ended.append(own)
                other = open_books(shop.workspace.books.url.render_as_string(hide_password=False))
                with other.connect() as server:
                    server.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": own})
                other.dispose()

    (why,) = shop.ingest(DAY, "web").failed.values()
    assert ended
    assert why.startswith("数据库连不上（")
    assert "文件已存入原始库" in why
    assert shop.ingest(DAY, "web").whole


def test_a_server_that_is_not_there_is_told() -> None:
    with pytest.raises(Exception, match="connection") as raised:
        open_books("postgresql://nobody:x@127.0.0.1:1/none").connect()
    fault = world_fault(raised.value)
    assert fault is not None
    assert fault.kind == "database_gone"


def test_commands_tell_a_full_disk_in_the_reader_s_words(disk: Path, migrated: Path) -> None:
    shutil.copy(migrated, disk / "books.sqlite")
    fill(disk, leave=150_000)
    big = text("CREATE TABLE big AS SELECT hex(randomblob(1000000)) AS x")
    with (
        pytest.raises(BooksError, match=r"no space is left on the disk \(.*\): make room") as raised,
        books_at(f"sqlite:///{disk / 'books.sqlite'}") as books,
        books.begin() as connection,
    ):
        connection.execute(big)
    assert "磁盘已满" in raised.value.both[0]


def test_books_on_a_disk_without_a_free_byte_are_not_said_to_be_damaged(disk: Path, migrated: Path) -> None:
    shutil.copy(migrated, disk / "books.sqlite")
    fill(disk)
    with (
        pytest.raises(BooksError, match="see first whether it is full"),
        books_at(f"sqlite:///{disk / 'books.sqlite'}") as books,
        books.begin() as connection,
    ):
        connection.execute(text("DELETE FROM exports"))


def test_books_that_reached_their_largest_size_are_told_as_a_full_disk(tmp_path: Path, migrated: Path) -> None:
    shutil.copy(migrated, tmp_path / "books.sqlite")
    engine = open_books(f"sqlite:///{tmp_path / 'books.sqlite'}")
    with engine.begin() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 1")
        with pytest.raises(Exception, match="full") as raised:
            connection.execute(text("CREATE TABLE big AS SELECT hex(randomblob(1000000)) AS x"))
        connection.rollback()
    fault = world_fault(raised.value)
    assert fault is not None
    assert (fault.kind, fault.cause) == ("disk_full", "database or disk is full")


def test_the_fault_of_an_error_that_came_of_another_is_found_and_no_cell_is_quoted() -> None:
    try:
        try:
            raise OSError(28, "No space left on device", "/raw/13800138000.csv")
        except OSError as error:
            raise RuntimeError("张三 13800138000") from error
    except RuntimeError as error:
        fault = world_fault(error)
    assert fault is not None
    assert (
        fault.describe("en")
        == "no space is left on the disk (No space left on device: /raw): make room, then try again"
    )
    assert world_fault(ValueError("张三 13800138000")) is None


# ---- room before a day


def with_disk(shop: ErpMerchant, free: Callable[[Path], int], monkeypatch: pytest.MonkeyPatch, **said: Any) -> Any:
    monkeypatch.setattr(free_space.shutil, "disk_usage", lambda path: type("Usage", (), {"free": free(Path(path))})())
    merchant = shop.workspace.merchant
    disk = merchant.disk.model_copy(update=said)
    return replace(shop.workspace, merchant=merchant.model_copy(update={"disk": disk}))


def test_no_room_for_a_day_is_told_before_it(shop: ErpMerchant, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.live(DAY)
    now, size = shop.now(DAY), free_space._books_bytes(shop.workspace)
    monkeypatch.setattr(free_space, "_books_bytes", lambda _: size)  # the server tidies up meanwhile
    (room,) = room_for_a_day(with_disk(shop, lambda _: 10**12, monkeypatch, min_free_gb=0), now)
    assert room.state == "enough"
    assert room.needed > 2 * sum(path.stat().st_size for path in shop.workspace.home.rglob("sales.csv"))
    assert room.wanted > room.needed
    some = with_disk(shop, lambda _: room.needed, monkeypatch, min_free_gb=0)
    (warning,) = require_room(some, now)
    assert "磁盘空间快不够了" in warning
    none = with_disk(shop, lambda _: room.needed - 1, monkeypatch, min_free_gb=0)
    with pytest.raises(NoRoomError, match=r"No room for a day on the disk of .*home") as raised:
        require_room(none, now)
    assert "磁盘空间不够跑一天" in raised.value.both[0]
    floor = with_disk(shop, lambda _: 10**9, monkeypatch, min_free_gb=1.5)
    with pytest.raises(NoRoomError, match=r"1\.00 GB free, 1\.50 GB needed"):
        require_room(floor, now)


def test_a_small_disk_of_the_books_is_found_by_itself(disk: Path, tmp_path: Path, migrated: Path) -> None:
    shutil.copy(migrated, disk / "books.sqlite")
    shop = brought(
        ErpMerchant.at(tmp_path, open_books(f"sqlite:///{disk / 'books.sqlite'}"), disk={"min_free_gb": 0.01})
    )
    with pytest.raises(NoRoomError, match=str(disk)):
        require_room(shop.workspace, shop.now(DAY))
    rooms = {room.path: room.holds for room in room_for_a_day(shop.workspace, shop.now(DAY))}
    assert rooms[str(disk / "books.sqlite")] == ("books",)
    assert len(rooms) >= 2
