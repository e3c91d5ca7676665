"""Raw files are kept once, encrypted, and come back whole or not at all."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from include.files.content import Held
from include.files.raw_store import Kept, RawStore, UnfitKeysError
from include.privacy.sealing import SealError

OLD, NEW = bytes(range(32)), bytes(range(1, 33))
CONTENT = "订单编号,收货人姓名\n1,张三\n".encode("gb18030")


def sealed(digest: str) -> str:
    """Where a content lies under the root."""
    return f"{digest[:2]}/{digest}.sealed"


def test_a_file_is_kept_once_by_its_content(tmp_path: Path) -> None:
    store = RawStore(str(tmp_path), {"old": OLD}, "old")

    first = store.keep(Held(CONTENT))
    written_at = next(tmp_path.glob("*/*.sealed")).stat().st_mtime_ns
    again = store.keep(Held(bytes(bytearray(CONTENT))))

    digest = hashlib.sha256(CONTENT).hexdigest()
    assert first == again == Kept(store, digest, len(CONTENT))
    assert (tmp_path / sealed(digest)).stat().st_mtime_ns == written_at
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == [f"{digest}.sealed"]
    assert store.read(digest) == CONTENT
    assert list(store.kept()) == [digest]


def test_what_lies_there_is_not_the_text(tmp_path: Path) -> None:
    kept = RawStore(str(tmp_path), {"old": OLD}, "old").keep(Held(CONTENT))

    assert "张三".encode("gb18030") not in (tmp_path / sealed(kept.digest)).read_bytes()


def test_keys_change_and_old_files_stay_readable(tmp_path: Path) -> None:
    digest = RawStore(str(tmp_path), {"old": OLD}, "old").keep(Held(CONTENT)).digest

    store = RawStore(str(tmp_path), {"old": OLD, "new": NEW}, "new")

    assert store.read(digest) == CONTENT
    assert store.key_id_of(digest) == "old"
    assert store.key_id_of(store.keep(Held(CONTENT)).digest) == "old"
    assert store.key_id_of(store.keep(Held(b"another")).digest) == "new"
    with pytest.raises(SealError, match="'old', which is not at hand"):
        RawStore(str(tmp_path), {"new": NEW}, "new").read(digest)


def test_a_content_under_another_name_is_noticed(tmp_path: Path) -> None:
    store = RawStore(str(tmp_path), {"old": OLD}, "old")
    one = store.keep(Held(b"one")).digest
    two = store.keep(Held(b"two")).digest
    (tmp_path / sealed(one)).write_bytes((tmp_path / sealed(two)).read_bytes())

    with pytest.raises(SealError, match="another one"):
        store.read(one)


def test_a_write_that_dies_leaves_nothing_behind(tmp_path: Path) -> None:
    class Dying(Held):
        def chunks(self) -> Iterator[bytes]:
            yield self.data[:3]
            raise OSError("the disk is gone")

    store = RawStore(str(tmp_path), {"old": OLD}, "old")

    with pytest.raises(OSError, match="the disk is gone"):
        store.keep(Dying(CONTENT))

    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_erasure(tmp_path: Path) -> None:
    store = RawStore(str(tmp_path), {"old": OLD}, "old")
    digest = store.keep(Held(CONTENT)).digest

    assert store.erase(digest)
    assert not store.erase(digest)
    assert not store.holds(digest)
    with pytest.raises(FileNotFoundError):
        store.read(digest)


def test_it_stands_behind_any_fsspec_path() -> None:
    store = RawStore("memory://raw-store-test", {"old": OLD}, "old")

    digest = store.keep(Held(CONTENT)).digest

    assert store.read(digest) == CONTENT
    assert list(store.kept()) == [digest]
    store.erase(digest)


def test_keys_that_do_not_fit_are_told_and_damage_is_not_taken_for_them(tmp_path: Path) -> None:
    store = RawStore(str(tmp_path), {"k1": bytes(32), "k2": bytes([2]) * 32}, "k1")
    for number in range(4):
        kept = store.keep_chunks([b"export %d" % number])
    store.note("one", "what it is")
    assert not store.unfit_keys()
    for keys, missing, other in (
        ({"k9": bytes(32)}, ("k1",), ()),  # another set
        ({"k1": bytes([1]) * 32}, (), ("k1",)),  # a new set under the old name
    ):
        strange = RawStore(str(tmp_path), keys, next(iter(keys)))
        found = strange.unfit_keys()
        assert (found.missing, found.other, found.there) == (missing, other, tuple(keys))
        with pytest.raises(UnfitKeysError, match="these keys do not fit"):
            strange.require_fitting_keys()
    path = tmp_path / kept.digest[:2] / f"{kept.digest}.sealed"
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    assert not store.unfit_keys(), "one file is damaged, the key opens the others"
