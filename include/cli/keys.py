"""A new set of keys, as the extra of the Airflow connection `storekeeper_keys`.

    storekeeper keys --to keys.json
    storekeeper keys

Writes it into a new file that its owner alone can read, or prints it and keeps it nowhere: a file that a shell makes
(`> keys.json`) everybody on the machine may read. Nothing can be read again without the keys: put a copy in a safe.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer

from include.cli import options
from include.cli.command_line import Commands, Session, refusing, session
from include.settings.location import own_folders
from include.settings.saying import BilingualError
from include.words.texts import say

if TYPE_CHECKING:
    from include.warehouse.workspace import Keys, Workspace

KEYS_FILE = "keys.json"
KeysFile = Annotated[Path | None, typer.Option("--keys", metavar="FILE", help="JSON, as `storekeeper keys` prints it")]
Passwords = Annotated[
    Path | None, typer.Option("--passwords", metavar="FILE", help="JSON: shop -> password of its locked workbooks")
]

commands = Commands()


def new_keys() -> dict[str, Any]:
    """A fresh vault with one key, and a key for customers' pseudonyms."""

    def fresh() -> str:
        return base64.b64encode(secrets.token_bytes(32)).decode()

    return {"vault_secret": {"k1": fresh()}, "vault_key_id": "k1", "customers_secret": fresh()}


@commands.command("keys", help=__doc__, short_help="a new set of keys · 一套新密钥")
def keys(
    to: Annotated[Path | None, typer.Option(metavar="FILE", help="a new file, which its owner alone can read")] = None,
    language: options.InLanguage = None,
) -> None:
    if to is None:
        print(json.dumps(new_keys()))
        return
    session().language = language
    with refusing():
        write_keys(to)
    print(say(session().speaks, "command.init.keys", file=to))


def write_keys(file: Path) -> None:
    """A new set of keys in a new file. Raises OSError if there is one."""
    new_file(file, json.dumps(new_keys()) + "\n", 0o600)


def new_file(path: Path, text: str, mode: int) -> None:
    """Written whole or not at all; never over one that is there. Raises OSError."""
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w", encoding="utf-8") as file:
        try:
            file.write(text)
            file.flush()
        except OSError:
            path.unlink()
            raise


def workspace_with_keys(session: Session, file: Path | None, *, may_upgrade: bool = False) -> Workspace:
    """The workspace that a command line names. file: of the keys; by default what STOREKEEPER_KEYS says, then keys.json
    in the home. may_upgrade: older books are backed up and brought to this release's schema, and empty ones made; else
    they are refused. Raises BilingualError if there are none."""
    from include.pipeline.recovery.upgrade import backing_up_first
    from include.warehouse.books import open_books
    from include.warehouse.opening import readable, require_fitting
    from include.warehouse.workspace import Workspace, open_workspace

    place = session.place
    home = place.home.resolve()
    merchant = place.described()
    keys = keys_at(home, file)
    with readable(place.books):
        if may_upgrade:
            now = session.now().replace(tzinfo=ZoneInfo(merchant.time_zone))
            first = backing_up_first(now, own_folders(session.named)[0], lambda: _without(merchant.backups.connection))
            return open_workspace(merchant, place.books, keys, home, before_upgrade=first)
        books = open_books(place.books)
        try:
            require_fitting(books)
        except BilingualError:
            books.dispose()
            raise
        return Workspace(merchant, books, keys, home)


def _without(connection: str | None) -> None:
    """A command line cannot ask Airflow what opens the place of backups."""
    if connection:
        raise BilingualError.named("recovery.error.upgrade_connection", connection=connection)


def keys_at(home: Path, file: Path | None) -> Keys:
    """The keys of a file, by default what STOREKEEPER_KEYS says, then keys.json in the home. Raises BilingualError."""
    from include.warehouse.workspace import Keys

    kept = file or (home / KEYS_FILE if (home / KEYS_FILE).is_file() else None)
    said = os.environ.get("STOREKEEPER_KEYS", "") if not file else ""
    if said:
        kept = None
    elif kept is not None:
        said = kept.read_text(encoding="utf-8")
        if not said.strip():
            raise BilingualError.named("error.keys_file_empty", file=kept)
    if not said:
        raise BilingualError.named("error.no_keys", file=home / KEYS_FILE)
    return Keys.from_mapping(json_object(said, "STOREKEEPER_KEYS" if kept is None else kept))


def passwords_in(file: Path | None) -> dict[str, Any]:
    """Shop -> the password of its locked workbooks; nothing without a file. Raises BilingualError."""
    return json_object(file.read_text(encoding="utf-8"), file) if file else {}


def json_object(text: str, where: Path | str) -> dict[str, Any]:
    """A JSON object. Raises BilingualError without a word of the text, which may be secret."""
    try:
        found = json.loads(text)
    except json.JSONDecodeError:
        found = None
    if not isinstance(found, dict):
        raise BilingualError.named("error.no_json_object", where=where)
    return found
