"""The books' schema: at which revision it is, what is to come, and bringing the books there.

    storekeeper migrate --dry-run
    storekeeper migrate
    storekeeper migrate --to 0017

Stop everything that works on the books first. A backup is made and verified before anything is changed. --dry-run tells
each migration and the SQL that these books need: it is run and taken back. --to goes to a revision, up or down, with
the data; before an older release is started, take the books down to its revision with the newer one.
Where there are no books yet, it makes empty ones.
Ends with 0 when the books are there, 1 when something was refused.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from include.cli import options
from include.cli.care.backups import Connection, Keys, place_options
from include.cli.command_line import Commands, Session, at_merchant, refusing
from include.cli.keys import keys_at
from include.settings.loading import load_merchant
from include.settings.location import SQLITE, has_books, no_books, own_folders
from include.settings.saying import BilingualError
from include.words.texts import Language, has_text, say

if TYPE_CHECKING:
    from include.warehouse.migrate import Step

commands = Commands()


@commands.command("migrate", help=__doc__, short_help="the books' schema, up and down · 账本结构升级与回退")
@at_merchant
def migrate_books(
    session: Session,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="tell what would be done, and the SQL")] = False,
    to: Annotated[str | None, typer.Option(metavar="REVISION", help="such as 17; default: the newest")] = None,
    backup: Annotated[bool, typer.Option("--backup/--no-backup", help="whether a backup is made first")] = True,
    connection: Connection = None,
    keys: Keys = None,
    language: options.InLanguage = None,
) -> int:
    from include.pipeline.recovery.back_up import back_up
    from include.warehouse.books import open_books
    from include.warehouse.migrate import known_revisions, migrate, newest_revision, revision_of, sql_of, steps
    from include.warehouse.opening import readable
    from include.warehouse.workspace import Workspace

    with refusing(ValueError, OSError, RuntimeError):
        folder, home = own_folders(session.named)
        merchant = load_merchant(folder, home)
        url = session.named.books or merchant.books
        language = session.language = language or merchant.language
        if url.startswith("connection:"):
            raise BilingualError.named("error.books_behind_connection", connection=url)
        known = known_revisions()
        to = to.zfill(len(known[0])) if to and to.isdecimal() else to  # 17 is 0017
        if to is not None and to not in known:
            raise BilingualError.named("recovery.error.no_revision", revision=to, first=known[0], last=known[-1])
        end = to or newest_revision()
        if url.startswith(SQLITE) and not dry_run:
            Path(url.removeprefix(SQLITE)).parent.mkdir(parents=True, exist_ok=True)
        elif not has_books(url):
            raise no_books(url)
        books = open_books(url)
        with readable(url):
            try:
                start = revision_of(books)
                values = {"books": start or "-", "code": newest_revision()}
                print(say(language, "recovery.migrate.at", **values))
                coming = steps(start, end)
                for step in coming:
                    print(say(language, "recovery.migrate.step", revision=step.revision, about=_about(step, language)))
                if not coming:
                    print(say(language, "recovery.migrate.nothing"))
                    return 0
                if dry_run:
                    for statement, times in sql_of(books, end):
                        print(f"\n{statement};" + (f"  -- x{times}" if times > 1 else ""))
                    return 0
                if backup and start is not None:
                    said = merchant.backups
                    if said.by == "elsewhere":
                        print(say(language, "recovery.migrate.by_elsewhere"))
                    else:
                        workspace = Workspace(merchant, books, keys_at(home, keys), home)
                        now = session.now().replace(tzinfo=ZoneInfo(merchant.time_zone))
                        opening = place_options(said.to, said.connection, connection)
                        made = back_up(workspace, now.date().isoformat(), now, folder, opening)
                        for sentence in made.describe(language):
                            print(sentence)
                migrate(books, end)
                print(say(language, "recovery.migrate.done", books=revision_of(books) or "-"))
            finally:
                books.dispose()
    return 0


def _about(step: Step, language: Language) -> str:
    """What a migration does; one without a text is told as its file says it."""
    name = f"recovery.schema.{step.revision}"
    return say(language, name) if has_text(name) else step.about
