"""The books rebuilt from raw files alone, and where they differ from the present ones.

    storekeeper rebuild
    storekeeper rebuild --into sqlite:////srv/rebuilt.sqlite
    storekeeper rebuild --alone

Brings every kept raw file in again, in the order in which they came and as of their own days, and closes the days
again, in a new database. Present books, if there are any, are only read: what people said about exports and persons is
taken over from them, and the first difference of each table is told, by key and column. --alone leaves them out.
Not in raw files, and so not there afterwards: lists, tasks and people's answers, forecasts and scores, deliveries.
Ends with 0 when all was brought in and nothing differs, 1 otherwise.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from include.cli.care.backups import Connection, Keys, place_options
from include.cli.command_line import Commands, Session, at_merchant, refusing
from include.cli.keys import Passwords, keys_at, passwords_in
from include.settings.loading import load_merchant
from include.settings.location import SQLITE, has_books, own_folders
from include.words.texts import Language, say

if TYPE_CHECKING:
    from include.pipeline.recovery.rebuild import Rebuilt

MAX_TOLD = 20  # files that were not brought in; more are counted

commands = Commands()


@commands.command("rebuild", help=__doc__, short_help="the books anew, of raw files alone · 只用原始文件重建账本")
@at_merchant
def rebuild_books(
    session: Session,
    into: Annotated[
        str | None, typer.Option(metavar="URL", help="an empty database; default: rebuilt.sqlite in the home")
    ] = None,
    alone: Annotated[bool, typer.Option("--alone", help="without a look at the present books")] = False,
    passwords: Passwords = None,
    raw_connection: Connection = None,
    keys: Keys = None,
) -> int:
    from include.files.errors import ExportError, SourceError
    from include.pipeline.recovery.rebuild import rebuild
    from include.privacy.sealing import SealError
    from include.warehouse.opening import books_at

    with refusing(ValueError, OSError, RuntimeError, SealError, ExportError, SourceError):
        folder, home = own_folders(session.named)
        merchant = load_merchant(folder, home)
        held = keys_at(home, keys)
        locked = passwords_in(passwords)
        raw = place_options(merchant.raw, merchant.raw_connection, raw_connection)
        target = into or f"{SQLITE}{home / 'rebuilt.sqlite'}"
        books = session.named.books or merchant.books
        language = merchant.language

        def tell(step: str, done: int, of: int) -> None:
            if sys.stderr.isatty():
                print(f"\r{say(language, f'recovery.rebuilding.{step}', done=done, of=of)}", end="", file=sys.stderr)

        if alone or books.startswith("connection:") or not has_books(books):
            done = rebuild(merchant, held, home, target, None, locked, raw, tell)
        else:
            with books_at(books) as present:
                done = rebuild(merchant, held, home, target, present, locked, raw, tell)
    for sentence in _told(done, target, language):
        print(sentence)
    return 1 if done.not_brought or done.found else 0


def _told(done: Rebuilt, target: str, language: Language) -> list[str]:
    days = (done.days[0], done.days[-1]) if done.days else ("-", "-")
    told = [
        say(
            language,
            "recovery.rebuilt",
            books=target,
            exports=f"{done.exports:,}",
            days=len(done.days),
            first=days[0],
            last=days[1],
        )
    ]
    if done.by_ledger:
        told.append(say(language, "recovery.rebuilt.by_ledger", n=done.by_ledger))
    if done.unnamed:
        told.append(say(language, "recovery.rebuilt.unnamed", n=done.unnamed))
    for table, rows in done.taken_over.items():
        told.append(say(language, "recovery.rebuilt.taken_over", table=table, n=rows))
    for file, why in list(done.not_brought.items())[:MAX_TOLD]:
        told.append(say(language, "command.day.not_published", file=file, why=why))
    if len(done.not_brought) > MAX_TOLD:
        told.append(say(language, "audit.more", n=len(done.not_brought) - MAX_TOLD))
    if done.found is None:
        told.append(say(language, "recovery.rebuilt.not_compared"))
    elif not done.found:
        told.append(say(language, "recovery.rebuilt.equal"))
    else:
        for one in done.found:
            about = {"table": one.table, "key": one.key}
            if one.column is not None:
                values = {"column": one.column, "present": one.present, "rebuilt": one.rebuilt}
                told.append(say(language, "recovery.differs.column", **about, **values))
            else:
                name = "recovery.differs.present_only" if one.present == "1" else "recovery.differs.rebuilt_only"
                told.append(say(language, name, **about))
    told.append(say(language, "recovery.rebuilt.without_answers"))
    return told
