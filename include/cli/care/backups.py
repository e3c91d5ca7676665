"""Backups: making one now, and putting one back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer

from include.cli import options
from include.cli.command_line import Commands, Session, at_merchant, refusing
from include.cli.keys import json_object, keys_at, workspace_with_keys
from include.settings.loading import load_merchant
from include.settings.location import MERCHANT_FILE, own_folders
from include.settings.saying import BilingualError, in_language
from include.words.texts import say

if TYPE_CHECKING:
    from include.files.locations.credentials import StorageOptions
    from include.pipeline.recovery.restore import Restored
    from include.settings.merchant import Merchant
    from include.words.texts import Language

BACKUP = """A backup now, as the Dag `upkeep` makes one each night, and what backups there are.

    storekeeper backup
    storekeeper backup --list [--from URL]
    storekeeper backup --connection FILE

It goes to `backups.to` of the merchant's YAML, sealed with the merchant's keys: the books, the raw files, the models,
handed-back spreadsheets and the merchant's YAML. It is fetched again and restored beside the books before it counts.
--connection: JSON of what opens the place, {"login": …, "password": …, "host": …, "port": …, "extra": {…}}, as an
Airflow connection has it. Keep the keys elsewhere: they are in no backup.
Ends with 0 when it was made and verified, 1 when it was not.
"""

RESTORE = """A backup put back, also on an empty machine.

    storekeeper restore --from URL --keys FILE
    storekeeper restore --day 2025-11-11
    storekeeper restore --backup 2025-11-11_20251112T001500
    storekeeper restore --force

Stop everything that works on the books first. Without --from, the place that the merchant's YAML names; without --day,
the newest backup; --backup names one of `storekeeper backup --list`. All of it is fetched and checked before anything
is written. If the merchant's folder is empty, its YAML comes out of the backup, too. Books that are there are
not written over: --force puts them aside. --into names another database. The audit is run afterwards. --connection and
--raw-connection: JSON of what opens the place of the backups, and of the raw files, as `storekeeper backup` says.
Ends with 0 when the books are restored and whole, 1 otherwise.
"""

Keys = Annotated[Path | None, typer.Option(metavar="FILE", help="JSON, as `storekeeper keys` prints it")]
From = Annotated[str | None, typer.Option("--from", metavar="URL", help="the place; default: backups.to of the YAML")]
Connection = Annotated[Path | None, typer.Option(metavar="FILE", help="JSON of what opens the place")]

commands = Commands()


@commands.command("backup", help=BACKUP, short_help="a verified backup now; what there is · 立即备份并校验，列出备份")
@at_merchant
def backup(
    session: Session,
    list_: Annotated[bool, typer.Option("--list", help="what backups there are, and nothing else")] = False,
    from_: From = None,
    connection: Connection = None,
    keys: Keys = None,
    language: options.InLanguage = None,
) -> None:
    from include.pipeline.recovery.back_up import BackedUp, back_up
    from include.pipeline.watching.marks import marked
    from include.privacy.sealing import SealError

    session.language = language
    if list_:
        _list(session, from_, connection, keys)
        return
    with refusing(ValueError, OSError, RuntimeError, SealError):
        workspace = workspace_with_keys(session, keys)
        try:
            merchant = workspace.merchant
            options = place_options(merchant.backups.to, merchant.backups.connection, connection)
            now = session.now().replace(tzinfo=ZoneInfo(merchant.time_zone))
            folder, _ = own_folders(session.named)
            made: list[BackedUp] = []

            def make() -> dict[str, Any]:
                made.append(back_up(workspace, now.date().isoformat(), now, folder, options))
                return made[-1].summary()

            marked(workspace, "backup", now.date().isoformat(), now, make)
        finally:
            workspace.books.dispose()
    for sentence in made[-1].describe(session.language or merchant.language):
        print(sentence)


def _list(session: Session, from_: str | None, connection: Path | None, keys: Path | None) -> None:
    from include.pipeline.recovery.backup_place import ENDING, BackupError, BackupPlace, folder_of

    with refusing():
        folder, home = own_folders(session.named)
        merchant = load_merchant(folder, home) if (folder / MERCHANT_FILE).is_file() else None
        address = from_ or _place_of(merchant)
        place = BackupPlace(address, keys_at(home, keys), _options_of(address, merchant, connection))
        language = session.language or (merchant.language if merchant else session.speaks)
        own = folder_of(address)
        if from_ and own is not None and not own.is_dir():
            raise BilingualError.named("recovery.error.no_place", place=address)
        names = place.names()
        for name in names:
            try:
                one = place.read(name)
            except BackupError as error:
                print(f"{name.removesuffix(ENDING)}: {in_language(error, language)}")
                continue
            print(
                say(
                    language,
                    "recovery.listed",
                    name=name.removesuffix(ENDING),
                    newest=one.figures.get("newest_day") or "-",
                    exports=f"{one.figures['rows'].get('exports', 0):,}",
                    size=f"{one.books_bytes / 1e6:,.1f}",
                    verified=say(language, f"recovery.verified.{one.verified}"),
                )
            )
        if not names:
            print(say(language, "recovery.none_listed", place=address))


@commands.command("restore", help=RESTORE, short_help="put a backup back, also on an empty machine · 从备份恢复")
@at_merchant
def restore(
    session: Session,
    from_: From = None,
    day: Annotated[str | None, options.day("of the backup; the newest by default")] = None,
    into: Annotated[str | None, typer.Option(metavar="URL", help="of the books; default: the merchant's")] = None,
    name: Annotated[str | None, typer.Option("--backup", metavar="NAME", help="one that `backup --list` tells")] = None,
    force: Annotated[bool, typer.Option("--force", help="put books that are there aside")] = False,
    connection: Connection = None,
    raw_connection: Connection = None,
    keys: Keys = None,
    language: options.InLanguage = None,
) -> int:
    from include.pipeline.audit.whole_audit import audit
    from include.pipeline.recovery.backup_place import BackupPlace, telling_of
    from include.pipeline.recovery.restore import require_whole, restore, restore_settings
    from include.privacy.sealing import SealError
    from include.warehouse.opening import readable
    from include.warehouse.workspace import open_workspace

    session.language = language
    with refusing(ValueError, OSError, RuntimeError, SealError):
        folder, home = own_folders(session.named)
        held = keys_at(home, keys)
        merchant = load_merchant(folder, home) if (folder / MERCHANT_FILE).is_file() else None
        address = from_ or _place_of(merchant)
        with telling_of(address):
            place = BackupPlace(address, held, _options_of(address, merchant, connection))
            place.objects.require_fitting_keys()
            backup = place.choose(day, name)
            require_whole(backup, place)
            written: list[str] = []
            if merchant is None:
                if not backup.settings:
                    raise BilingualError.named("recovery.error.no_settings", folder=folder)
                written = restore_settings(backup, folder)
                merchant = load_merchant(folder, home)
            url = into or session.named.books or merchant.books
            if url.startswith("connection:"):
                raise BilingualError.named("recovery.error.which_books", connection=url)
            raw = place_options(merchant.raw, merchant.raw_connection, raw_connection)
            now = session.clock(merchant.time_zone)
            with readable(url):
                done = restore(backup, place, merchant, held, home, url, now, raw, keep_aside=force)
        speaks = session.language or merchant.language
        _tell(done, merchant, written, folder, speaks)
        with readable(url):
            workspace = open_workspace(merchant, url, held, home, raw)
            try:
                found = audit(workspace, now)
            finally:
                workspace.books.dispose()
    print(found.page(speaks))
    print(say(speaks, "recovery.next", day=backup.figures.get("newest_day") or "-"))
    return 1 if found.findings else 0


def _tell(done: Restored, merchant: Merchant, written: list[str], folder: Path, language: Language) -> None:
    rows = done.backup.figures["rows"]
    if written:
        print(say(language, "recovery.restored.settings", n=len(written), folder=folder))
    print(
        say(
            language,
            "recovery.restored.books",
            books=done.books,
            day=done.backup.day,
            newest=done.backup.figures.get("newest_day") or "-",
            exports=f"{rows.get('exports', 0):,}",
            tasks=f"{rows.get('tasks', 0):,}",
            events=f"{rows.get('task_events', 0):,}",
        )
    )
    if done.aside:
        print(say(language, "recovery.restored.aside", aside=done.aside))
    if done.raw is None:
        print(say(language, "recovery.raw_elsewhere", place=merchant.raw))
    print(
        say(
            language,
            "recovery.restored.files",
            raw=f"{done.raw or 0:,}",
            models=f"{done.models:,}",
            handed_back=f"{done.handed_back:,}",
        )
    )
    if done.waiting:
        print(say(language, "recovery.restored.waiting", n=done.waiting))


def _place_of(merchant: Merchant | None) -> str:
    if merchant is None:
        raise BilingualError.named("recovery.error.no_from")
    return merchant.backups.to


def _options_of(address: str, merchant: Merchant | None, file: Path | None) -> StorageOptions | None:
    own = merchant is not None and merchant.backups.to == address
    return place_options(address, merchant.backups.connection if own and merchant else None, file)


def place_options(address: str, connection: str | None, file: Path | None) -> StorageOptions | None:
    """What opens a place. connection: the Airflow connection that the YAML names, which a command cannot ask for. file:
    that says the same. Raises BilingualError if it is needed and not given."""
    from include.files.locations.credentials import storage_options

    if file is None:
        if connection:
            raise BilingualError.named("recovery.error.needs_connection", connection=connection, place=address)
        return None
    said: dict[str, Any] = json_object(file.read_text(encoding="utf-8"), file)
    parts = {name: said.get(name) for name in ("host", "port", "login", "password", "extra")}
    return storage_options(address, **parts)
