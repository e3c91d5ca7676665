"""Taking an export back: it was the wrong file, another shop's, or another month's.

    storekeeper exports list [--shop tmall] [--day 2025-11-12]
    storekeeper exports withdraw ID --why "another shop's" [--day 2025-11-12] [--who NAME]
    storekeeper exports restore ID --why "it was right after all"

`list` tells the ids. What is taken back is known from the newest closed day on (or from --day): that day is to be
closed again, its lists are revised, and lists of earlier days come out as they did. Nothing is deleted; who, when and
why stays. Take the file out of its folder too, so that nobody wonders. A file brought in again stays taken back until
`restore`.
Exit codes: 0 done, 1 nothing was changed because something is wrong.
"""

from typing import Annotated

import typer

from include.cli import options
from include.cli.command_line import Commands, Session, account, at_merchant, refusing
from include.pages.frame_table import table_in_words
from include.words.texts import say

UNCHANGED = "error.nothing_changed"
Id = Annotated[str, typer.Argument(metavar="ID")]
Why = Annotated[str, typer.Option()]
KnownFrom = Annotated[str | None, options.day("the day it is known from; the newest closed day by default")]
Who = Annotated[str | None, typer.Option(metavar="NAME", help="who says so; the account by default")]

commands = Commands("exports", __doc__, "which files are in the books; take one back · 账本里的文件，撤回文件")


@commands.command("list")
@at_merchant
def list_exports(
    session: Session,
    shop: Annotated[str | None, typer.Option()] = None,
    day: Annotated[str | None, options.day()] = None,
) -> None:
    """The exports and their ids."""
    from include.settings.names import require_known
    from include.warehouse.opening import books_at
    from include.warehouse.withdrawals import said_of_exports

    place = session.place
    with books_at(place.books) as books:
        if shop:
            described = {one.name for one in place.merchant.shops} if place.merchant else set()
            require_known("shop", [shop], set(said_of_exports(books)["shop"]) | described)
        found = said_of_exports(books, shop, day)
    if found.empty:
        print(say(place.language, "command.exports.none"))
        return
    found["state"] = [say(place.language, f"command.exports.state.{state}") for state in found["state"]]
    headings = [say(place.language, f"command.exports.column.{name}") for name in found.columns]
    print(table_in_words(found, headings))


@commands.command("withdraw")
@at_merchant
def withdraw(session: Session, export_id: Id, why: Why, day: KnownFrom = None, who: Who = None) -> None:
    """Take an export back."""
    known_from = _changed(session, export_id, why, day, who, undo=False)
    print(say(session.place.language, "command.exports.withdrawn", export=export_id, day=known_from))


@commands.command("restore")
@at_merchant
def restore(session: Session, export_id: Id, why: Why, day: KnownFrom = None, who: Who = None) -> None:
    """Let an export count again."""
    known_from = _changed(session, export_id, why, day, who, undo=True)
    print(say(session.place.language, "command.exports.restored", export=export_id, day=known_from))


def _changed(session: Session, export_id: str, why: str, day: str | None, who: str | None, *, undo: bool) -> str:
    """The day from which it is known."""
    from include.warehouse.opening import books_at
    from include.warehouse.withdrawals import withdraw

    with refusing(before=UNCHANGED), books_at(session.place.books) as books:
        return withdraw(books, export_id, who or account(), why, session.now(), day, undo)
