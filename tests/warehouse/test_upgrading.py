"""The first task of a new release backs older books up before it changes them, or leaves them as they are."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from include.cli.keys import new_keys
from include.pipeline.recovery.backup_place import BackupPlace
from include.pipeline.recovery.upgrade import UpgradeError, backing_up_first
from include.warehouse.migrate import is_current, known_revisions, migrate, revision_of
from include.warehouse.workspace import Keys, Workspace, open_workspace
from tests.pipeline.plain_merchant import merchant

NOW = datetime(2026, 5, 13, 1, tzinfo=UTC)
OLDER = known_revisions()[-2]
KEYS = Keys.from_mapping(new_keys())


def opened(books: Engine, home: Path, **backups: Any) -> Workspace:
    url = books.url.render_as_string(hide_password=False)
    described = merchant(home, backups={"to": f"{home}/spare", **backups})
    return open_workspace(described, url, KEYS, home, before_upgrade=backing_up_first(NOW, None))


def test_older_books_are_backed_up_and_upgraded_once(books: Engine, tmp_path: Path) -> None:
    migrate(books, OLDER)
    for _ in range(2):
        opened(books, tmp_path).books.dispose()
    place = BackupPlace(f"{tmp_path}/spare", KEYS)
    (name,) = place.names()
    kept = place.read(name)
    assert (kept.revision, kept.day, kept.verified) == (OLDER, "2026-05-13", "restored")
    assert is_current(books)


def test_books_that_cannot_be_backed_up_stay_as_they_are(books: Engine, tmp_path: Path) -> None:
    migrate(books, OLDER)
    (tmp_path / "file").write_text("")
    with pytest.raises(UpgradeError, match=rf"at revision {OLDER}.*Nothing was changed.*storekeeper migrate") as told:
        opened(books, tmp_path, to=f"{tmp_path}/file/spare")
    assert "账本没有改动" in told.value.both[0]
    assert revision_of(books) == OLDER


def test_whom_somebody_else_backs_up_is_upgraded_and_new_books_need_no_backup(books: Engine, tmp_path: Path) -> None:
    migrate(books, OLDER)
    opened(books, tmp_path, by="elsewhere").books.dispose()
    assert is_current(books)
    new = merchant(tmp_path, books=f"sqlite:///{tmp_path}/new.sqlite")
    made = open_workspace(new, new.books, KEYS, tmp_path, before_upgrade=backing_up_first(NOW, None))
    assert is_current(made.books)
    made.books.dispose()
    assert not (tmp_path / "spare").exists()
