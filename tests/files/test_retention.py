"""Raw files, which hold people, go after the retention: whatever brought them, and whether or not it was published."""

import dataclasses
import io
import os
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from include.files.content import Held
from include.people.raw_replacements import replace
from include.pipeline.upkeep import retire_raw_files
from include.platforms import registry
from tests.files.conftest import DAY, NAME, orders_csv

LATER = "2026-07-01"  # sixty-one days after DAY


@pytest.fixture
def books(tmp_path: Path, open_books_of: Callable[..., Any]) -> Any:
    found = open_books_of({"path": str(tmp_path / "exports" / "{day}"), "settle_seconds": 0, "archives": "*.zip"})
    workspace = found.workspace
    workspace.merchant.__dict__["retention_days"] = 60
    return found


@pytest.fixture
def lay(tmp_path: Path) -> Callable[[str, bytes], None]:
    def one(name: str, content: bytes) -> None:
        (tmp_path / "exports" / DAY).mkdir(parents=True, exist_ok=True)
        (tmp_path / "exports" / DAY / name).write_bytes(content)

    return one


def written_on(books: Any, day: str) -> None:
    """All that lies in the raw store was written on a day."""
    moment = datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp()
    for path in Path(books.workspace.merchant.raw).rglob("*.*"):
        os.utime(path, (moment, moment))


def test_a_published_file_goes_by_its_day(books: Any, lay: Callable[..., None]) -> None:
    lay(NAME, orders_csv(1, 2))
    assert books.ingest().whole
    assert list(books.workspace.raw_store().kept())

    assert retire_raw_files(books.workspace, "2026-06-30")["removed"] == 0
    assert retire_raw_files(books.workspace, LATER)["removed"] == 1

    assert list(books.workspace.raw_store().kept()) == []
    assert books.orders == ["1", "2"]  # what was read of it stays


def test_a_stopped_file_goes_by_its_day(books: Any, lay: Callable[..., None]) -> None:
    lay(NAME, orders_csv(1).replace("总金额".encode("gb18030"), b"x"))
    assert books.ingest().stopped

    assert retire_raw_files(books.workspace, LATER)["removed"] == 1


def test_a_zip_of_several_exports_goes_with_them(books: Any, lay: Callable[..., None]) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(NAME, orders_csv(1))
        archive.writestr(NAME.replace("0010", "0020"), orders_csv(2))
    lay("day.zip", packed.getvalue())
    assert books.ingest().whole
    books.workspace.raw_store().keep(Held(packed.getvalue()))  # as a download is remembered
    written_on(books, "2026-05-02")

    assert retire_raw_files(books.workspace, LATER)["kept"] == 1  # the zip, written a day later
    assert retire_raw_files(books.workspace, "2026-07-03")["kept"] == 0


def test_a_file_over_which_we_stumbled_goes_by_when_it_was_written(
    books: Any, lay: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    def stumble(*_: Any) -> Any:
        raise KeyError("a cell")

    report = registry.REPORTS["taobao"]["orders"]
    monkeypatch.setitem(registry.REPORTS["taobao"], "orders", dataclasses.replace(report, build=stumble))
    lay(NAME, orders_csv(1))
    assert books.ingest().failed
    assert books.exports == []  # the books know nothing of it
    (sealed,) = Path(books.workspace.merchant.raw).rglob("*.sealed")
    (sealed.parent / f"{sealed.name}.abc.unfinished").write_bytes(b"a write that died")
    written_on(books, DAY)

    assert retire_raw_files(books.workspace, "2026-06-20")["removed"] == 1  # the write that died, after two days
    assert retire_raw_files(books.workspace, LATER)["removed"] == 1

    assert not [path for path in Path(books.workspace.merchant.raw).rglob("*.*") if path.is_file()]


def test_what_took_a_file_s_place_goes_with_the_export_it_stands_for(books: Any, lay: Callable[..., None]) -> None:
    lay(NAME, orders_csv(1, 2))
    assert books.ingest().whole
    store = books.workspace.raw_store()
    (digest,) = store.kept()
    after = replace(books.workspace, store, digest, Held(orders_csv(1)), datetime(2026, 6, 20))
    assert list(store.kept()) == [after]

    assert retire_raw_files(books.workspace, "2026-06-30")["removed"] == 0
    assert retire_raw_files(books.workspace, LATER)["removed"] == 1


def test_a_file_that_lands_right_now_stays(books: Any) -> None:
    store = books.workspace.raw_store()
    store.keep(Held(b"landing right now"))

    assert retire_raw_files(books.workspace, LATER) == {
        "kept": 1, "removed": 0, "docs_removed": 0, "handed_back_removed": 0,
    }  # fmt: skip
