"""Backups in a folder, at a file:// address, on SFTP and (test_s3.py) S3: written once, read back in order, removed."""

from pathlib import Path
from typing import Any

import pytest

from include.pipeline.recovery.backup_place import Backup, BackupError, BackupPlace, name_of, telling_of
from include.warehouse.workspace import Keys
from tests.files.test_sftp import server  # noqa: F401

KEYS = Keys({"k1": bytes(range(32))}, "k1", bytes(32))


def backup(day: str, moment: str, books: str) -> Backup:
    return Backup(
        name=name_of(day, moment), day=day, made_at=moment, code="c", revision="0018", database="sqlite", books=books,
        books_bytes=3, figures={"rows": {}}, raw=(), landings=None, models={}, handed_back={}, settings={"a": "名"},
        verified="restored",
    )  # fmt: skip


def use(address: str, options: Any = None) -> None:
    place = BackupPlace(address, KEYS, options)
    assert place.names() == []
    with pytest.raises(BackupError, match="there is no backup at"):
        place.choose()
    first = place.objects.keep_chunks([b"one", b"two"]).digest
    second = place.objects.keep_chunks([b"x" * 3_000_000]).digest
    assert set(place.objects.kept()) == {first, second}
    older, newer = backup("2025-11-02", "20251102T001000", first), backup("2025-11-01", "20251103T001000", second)
    for one in (newer, older):
        place.write(one)
    # by when they were made, not by their day
    assert place.names() == [older.name, newer.name]
    assert (place.choose(), place.choose("2025-11-02")) == (newer, older)
    assert place.objects.read(first) == b"onetwo"
    place.objects.erase(second)
    place.forget(newer.name)
    again = BackupPlace(address, KEYS, options)
    assert (again.names(), list(again.objects.kept())) == ([older.name], [first])


def test_a_folder_and_its_address(tmp_path: Path) -> None:
    use(str(tmp_path / "plain"))
    use(f"file://{tmp_path / 'url'}")


def test_sftp(server: Any) -> None:  # noqa: F811
    address = f"sftp://127.0.0.1:{server.port}{server.folder}/backups"
    use(address, server.options())
    server.process.terminate()
    server.process.wait(timeout=10)
    with pytest.raises(BackupError, match=r"sftp://127.0.0.1:\d+.* does not answer"), telling_of(address):
        BackupPlace(address, KEYS, server.options())
