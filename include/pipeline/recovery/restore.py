"""A backup put back: the settings, books, raw files, models and handed-back spreadsheets of a day."""

from __future__ import annotations

import json
import logging
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, inspect, make_url, select, update
from sqlalchemy.pool import NullPool

from include.calendar.business_days import MOMENT
from include.files.raw_store import RawStore
from include.pipeline.recovery.backup_place import ENDING, MAX_NAMED, Backup, BackupError, BackupPlace
from include.pipeline.recovery.books_dump import POSTGRESQL, SQLITE, check_sqlite, restore_postgres, write_expanded
from include.pipeline.recovery.books_figures import difference, figures_of
from include.privacy.own_files import write_for_owner_alone
from include.privacy.sealing import SealError
from include.settings.merchant import Merchant
from include.tasks.task_tables import outbox
from include.warehouse.migrate import require_known
from include.warehouse.workspace import Keys
from include.words.texts import in_each

WAITING = ("pending", "sending")  # deliveries of which nobody knows whether they went out after the backup
log = logging.getLogger("storekeeper.restore")


@dataclass(frozen=True)
class Restored:
    """aside: where the books that were there lie now. waiting: deliveries that are unknown now. raw: files brought
    back, of `raw_kept` that the backup names; None if they lie elsewhere."""

    backup: Backup
    books: str
    aside: str | None
    raw: int | None
    models: int
    handed_back: int
    waiting: int


def restore_settings(backup: Backup, folder: Path) -> list[str]:
    """Write the merchant's YAML of a backup into a folder that has none; returns the files' names."""
    for name, text in backup.settings.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return sorted(backup.settings)


def require_whole(backup: Backup, place: BackupPlace) -> None:
    """Fetch and compare every content of a backup. Raises BackupError, which names the backups made before it."""
    lacks = sorted(backup.objects - set(place.objects.kept()))
    damaged = next((digest for digest in sorted(backup.objects - set(lacks)) if not _is_whole(place, digest)), None)
    if not lacks and damaged is None:
        return
    names = place.names()
    older = [one.removesuffix(ENDING) for one in names[: names.index(backup.name)]][-MAX_NAMED:]
    raise BackupError.named(
        "recovery.error.not_whole",
        name=backup.name.removesuffix(ENDING),
        digest=lacks[0] if lacks else damaged,
        what=in_each("recovery.lacks" if lacks else "recovery.damaged"),
        older=", ".join(reversed(older)) or "-",
    )


def _is_whole(place: BackupPlace, digest: str) -> bool:
    passing = sha256()
    try:
        for piece in place.objects.chunks(digest):
            passing.update(piece)
    except (SealError, ValueError):
        return False
    return passing.hexdigest() == digest


def restore(
    backup: Backup,
    place: BackupPlace,
    merchant: Merchant,
    keys: Keys,
    home: Path,
    books_url: str,
    now: datetime,
    raw_options: Mapping[str, Any] | None = None,
    keep_aside: bool = False,
) -> Restored:
    """Put a backup back. now: the merchant's clock. keep_aside: books that are there are put aside, not refused.

    Everything is fetched and verified before the books are put in their place. Raises BackupError.
    """
    write_for_owner_alone()
    url = make_url(books_url)
    if url.get_backend_name() != backup.database:
        raise BackupError.named("recovery.error.other_database", database=backup.database, found=url.get_backend_name())
    require_known(backup.revision)
    if is_filled(books_url) and not keep_aside:
        raise BackupError.named("recovery.error.not_empty", books=url.render_as_string(hide_password=True))
    home.mkdir(parents=True, exist_ok=True)
    raw = _restore_raw(backup, place, RawStore(merchant.raw, keys.vault, keys.vault_key_id, raw_options))
    models = _restore_files(place, backup.models, Path(merchant.models))
    handed_back = _restore_files(place, backup.handed_back, home)
    with _dump_of(backup, place, home) as file:
        stamp = now.strftime("%Y%m%dT%H%M%S")
        aside = (_put_sqlite if backup.database == SQLITE else _put_postgres)(books_url, file, backup, stamp)
    books = create_engine(
        books_url if backup.database == SQLITE else url.set(drivername="postgresql+psycopg"), poolclass=NullPool
    )
    waiting = _settle_waiting(books, now)
    books.dispose()
    return Restored(backup, url.render_as_string(hide_password=True), aside, raw, models, handed_back, waiting)


def is_filled(books_url: str) -> bool:
    """Whether something is in a database: any table."""
    url = make_url(books_url)
    if url.get_backend_name() == SQLITE:
        file = Path(str(url.database))
        return file.is_file() and file.stat().st_size > 0
    engine = create_engine(url.set(drivername="postgresql+psycopg"), poolclass=NullPool)
    with engine.connect() as connection:
        return bool(inspect(connection).get_table_names())


@contextmanager
def _dump_of(backup: Backup, place: BackupPlace, home: Path) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="restoring-", dir=home))
    try:
        file = folder / "books"
        pieces = place.objects.chunks(backup.books)
        if backup.database == SQLITE:
            write_expanded(pieces, file)
        else:
            with file.open("wb") as plain:
                plain.writelines(pieces)
        yield file
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _put_sqlite(books_url: str, file: Path, backup: Backup, stamp: str) -> str | None:
    check_sqlite(file, dict(backup.figures))
    target = Path(str(make_url(books_url).database))
    target.parent.mkdir(parents=True, exist_ok=True)
    aside = None
    if is_filled(books_url):
        aside = target.with_name(f"{target.name}.before_{stamp}")
        for ending in ("-wal", "-shm", ""):  # the book last: a log without its book is nobody's
            part = target.with_name(target.name + ending)
            if part.exists():
                part.rename(aside.with_name(aside.name + ending))
    beside = target.with_name(f"{target.name}.restoring")
    shutil.copyfile(file, beside)  # the home may be on another disk
    beside.replace(target)
    return None if aside is None else str(aside)


def _put_postgres(books_url: str, file: Path, backup: Backup, stamp: str) -> str | None:
    url = make_url(books_url).set(drivername="postgresql+psycopg")
    engine = create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    aside = None
    with engine.connect() as connection:
        schema = str(connection.exec_driver_sql("SELECT current_schema()").scalar_one())
        if inspect(connection).get_table_names():
            aside = f"before_{stamp.lower()}"
            connection.exec_driver_sql(f'ALTER SCHEMA "{schema}" RENAME TO "{aside}"')
            connection.exec_driver_sql(f'CREATE SCHEMA "{schema}"')
    try:
        restore_postgres(url, file)
        with engine.connect() as connection:
            there = figures_of(lambda query: connection.exec_driver_sql(query).all(), POSTGRESQL)
        if differs := difference(dict(backup.figures), there):
            raise BackupError.named("recovery.error.other_copy", what=differs)
    except BackupError:
        if aside is not None:
            with engine.connect() as connection:
                connection.exec_driver_sql(f'DROP SCHEMA "{schema}" CASCADE')
                connection.exec_driver_sql(f'ALTER SCHEMA "{aside}" RENAME TO "{schema}"')
        raise
    return aside


def _restore_raw(backup: Backup, place: BackupPlace, store: RawStore) -> int | None:
    """Raw files that are not there yet, and what each of them is."""
    if backup.landings is not None:
        for name, text in json.loads(place.objects.read(backup.landings)).items():
            store.note(name, text, anew=False)
    if backup.raw is None:
        return None
    there = set(store.kept())
    for digest in backup.raw:
        if digest not in there and store.keep_chunks(place.objects.chunks(digest)).digest != digest:
            raise BackupError.named("recovery.error.object_damaged", digest=digest)
    return len(set(backup.raw) - there)


def _restore_files(place: BackupPlace, files: Mapping[str, str], folder: Path) -> int:
    """Files that are not there yet: what lies there is not written over."""
    count = 0
    for name, digest in files.items():
        path = folder / name
        if path.exists() or not path.resolve().is_relative_to(folder.resolve()):
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_name(f"{path.name}.unfinished")
        unfinished.write_bytes(place.objects.read(digest))
        unfinished.replace(path)
        count += 1
    return count


def _settle_waiting(books: Engine, now: datetime) -> int:
    """Deliveries that waited when the backup was made may have gone out since: a person says whether they did."""
    with books.begin() as connection:
        if not inspect(connection).has_table(outbox.name):
            return 0
        c = outbox.c
        keys = list(connection.scalars(select(c.delivery_key).where(c.state.in_(WAITING))))
        connection.execute(
            update(outbox)
            .where(c.delivery_key.in_(keys))
            .values(state="unknown", claim=None, leased_until=None, finished_at=now.strftime(MOMENT))
        )
    return len(keys)
