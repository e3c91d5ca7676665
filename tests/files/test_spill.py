"""Tables and files set aside, and contents kept as they come."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from include.files.content import Held
from include.files.errors import SourceError
from include.files.prefetch import prefetch
from include.files.raw_store import Kept, RawStore, held_or_kept
from include.files.spill import Spill


def test_a_table_set_aside_comes_back_once(tmp_path: Path) -> None:
    table = pa.table({"name": ["张三", None], "n": [1, 2]})
    with Spill(tmp_path) as spill:
        first, second = spill.put(table), spill.put(table.slice(1))
        assert spill.take(second).to_pylist() == [{"name": None, "n": 2}]
        assert spill.take(first).equals(table)
        with pytest.raises(FileNotFoundError):
            spill.take(first)


def test_the_folder_goes_even_where_work_fails(tmp_path: Path) -> None:
    def work() -> None:
        with Spill(tmp_path) as spill:
            spill.put(pa.table({"n": [1]}))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        work()
    assert not list(tmp_path.iterdir())


def test_a_content_is_kept_as_it_comes(tmp_path: Path) -> None:
    # given three megabytes in chunks of odd sizes
    content = bytes(range(256)) * 12_345
    store = RawStore(str(tmp_path), {"a": bytes(32)}, "a")

    kept = store.keep_chunks(content[at : at + 70_001] for at in range(0, len(content), 70_001))

    assert kept == Kept(store, hashlib.sha256(content).hexdigest(), len(content))
    assert store.read(kept.digest) == content
    # the same content held whole is the same file, and once more is nothing new
    assert store.keep(Held(content)) == kept
    assert store.keep_chunks([content]) == kept
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 1


def test_a_content_that_breaks_off_is_not_kept(tmp_path: Path) -> None:
    def broken() -> Iterator[bytes]:
        yield b"abc"
        raise SourceError("cut off")

    store = RawStore(str(tmp_path), {"a": bytes(32)}, "a")
    with pytest.raises(SourceError):
        store.keep_chunks(broken())
    assert list(store.kept()) == []
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_a_small_content_is_held_and_a_large_one_kept(tmp_path: Path) -> None:
    store = RawStore(str(tmp_path), {"a": bytes(32)}, "a")
    assert held_or_kept([b"ab", b"c"], store, most=3) == Held(b"abc")
    assert not list(store.kept())

    kept = held_or_kept(iter([b"ab", b"c", b"d"]), store, most=3)

    assert isinstance(kept, Kept)
    assert (kept.size, kept.read(), list(store.kept())) == (4, b"abcd", [kept.digest])
    assert store.kept_as(kept.digest) == kept
    with kept.open() as file:
        file.seek(2)
        assert file.read() == b"cd"


def test_a_file_set_aside_is_read_as_often_as_one_likes(tmp_path: Path) -> None:
    content = bytes(range(256)) * 9_000  # three chunks
    with Spill(tmp_path) as spill:
        held = spill.keep(content[at : at + 70_001] for at in range(0, len(content), 70_001))
        assert (held.size, held.digest) == (len(content), hashlib.sha256(content).hexdigest())
        assert held.read() == held.read() == content
        with held.open() as file:
            assert file.seek(-300, 2) == len(content) - 300
            assert file.read(400) == content[-300:]
            file.seek((1 << 20) - 2)
            assert file.read(4) == content[(1 << 20) - 2 :][:4]
        assert not any(bytes(range(200)) in path.read_bytes() for path in tmp_path.rglob("*.sealed"))
        assert "keys" not in repr(held)
    assert not list(tmp_path.iterdir())


def test_one_ahead_keeps_order_and_tells_errors() -> None:
    def series() -> Iterator[int | None]:
        yield 1
        yield None
        raise KeyError("broken")

    taken = prefetch(series())
    assert [next(taken), next(taken)] == [1, None]
    with pytest.raises(KeyError, match="broken"):
        next(taken)
    assert list(prefetch(iter([]))) == []
