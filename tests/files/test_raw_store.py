"""Raw files are kept once, encrypted, and come back whole or not at all."""

import hashlib
import io
from datetime import datetime
from pathlib import Path

import pytest

from include.files.raw_store import RawStore
from include.privacy.sealing import SealError

OLD, NEW = bytes(range(32)), bytes(range(1, 33))
NOW = datetime(2026, 5, 2, 0, 30)
CONTENT = "订单编号,收货人姓名\n1,张三\n".encode("gb18030")


def test_a_file_is_kept_once_by_its_content(tmp_path: Path) -> None:
    store = RawStore(str(tmp_path), {"old": OLD}, "old")

    first = store.keep(CONTENT, "ExportOrderList.csv", NOW)
    again = store.keep(io.BytesIO(CONTENT), "copy (1).csv", NOW)

    digest = hashlib.sha256(CONTENT).hexdigest()
    assert first == {
        "name": "ExportOrderList.csv",
        "sha256": digest,
        "size_bytes": len(CONTENT),
        "path": f"{digest[:2]}/{digest}.sealed",
        "key_id": "old",
        "landed_at": "2026-05-02 00:30:00",
        "new": True,
    }
    assert (again["sha256"], again["new"]) == (digest, False)
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == [f"{digest}.sealed"]
    assert store.read(digest) == CONTENT
    assert list(store.kept()) == [digest]


def test_what_lies_there_is_not_the_text(tmp_path: Path) -> None:
    entry = RawStore(str(tmp_path), {"old": OLD}, "old").keep(CONTENT, "x.csv", NOW)

    assert "张三".encode("gb18030") not in (tmp_path / entry["path"]).read_bytes()


def test_keys_change_and_old_files_stay_readable(tmp_path: Path) -> None:
    digest = RawStore(str(tmp_path), {"old": OLD}, "old").keep(CONTENT, "x.csv", NOW)["sha256"]

    store = RawStore(str(tmp_path), {"old": OLD, "new": NEW}, "new")

    assert store.read(digest) == CONTENT
    assert store.key_id_of(digest) == "old"
    assert store.keep(CONTENT, "x.csv", NOW)["key_id"] == "old"
    assert store.keep(b"another", "y.csv", NOW)["key_id"] == "new"
    with pytest.raises(SealError, match="'old', which is not at hand"):
        RawStore(str(tmp_path), {"new": NEW}, "new").read(digest)


def test_a_content_under_another_name_is_noticed(tmp_path: Path) -> None:
    store = RawStore(str(tmp_path), {"old": OLD}, "old")
    one = store.keep(b"one", "1.csv", NOW)
    two = store.keep(b"two", "2.csv", NOW)
    (tmp_path / one["path"]).write_bytes((tmp_path / two["path"]).read_bytes())

    with pytest.raises(SealError, match="another one"):
        store.read(one["sha256"])


def test_a_write_that_dies_leaves_nothing_behind(tmp_path: Path) -> None:
    class Dying(io.BytesIO):
        reads = 0

        def read(self, size: int | None = -1, /) -> bytes:
            self.reads += 1
            if self.reads > 3:
                raise OSError("the disk is gone")
            return super().read(size)

    store = RawStore(str(tmp_path), {"old": OLD}, "old")

    with pytest.raises(OSError, match="the disk is gone"):
        store.keep(Dying(CONTENT), "x.csv", NOW)

    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_erasure(tmp_path: Path) -> None:
    store = RawStore(str(tmp_path), {"old": OLD}, "old")
    digest = store.keep(CONTENT, "x.csv", NOW)["sha256"]

    assert store.erase(digest)
    assert not store.erase(digest)
    assert not store.holds(digest)
    with pytest.raises(FileNotFoundError):
        store.read(digest)


def test_it_stands_behind_any_fsspec_path() -> None:
    store = RawStore("memory://raw-store-test", {"old": OLD}, "old")

    digest = store.keep(CONTENT, "x.csv", NOW)["sha256"]

    assert store.read(digest) == CONTENT
    assert list(store.kept()) == [digest]
    store.erase(digest)
