"""Working the codes that nobody has mapped, as a spreadsheet.

    storekeeper listings unmapped --day 2025-11-12 [--out unmapped.csv]
    storekeeper listings map unmapped.csv --day 2025-11-12
    storekeeper listings dismiss CODE --why 补差价 --day 2025-11-12 [--shop tmall] [--who NAME]
    storekeeper listings restore CODE --why "it is sold again" --day 2025-11-12 [--shop tmall]
    storekeeper listings dismissed --day 2025-11-12

`unmapped` writes shop, listing_code, title, first_seen, units, revenue (of the last 28 days), like (a sku that differs
only in case, signs or leading zeros, which a spreadsheet eats), and sku, quantity and dismiss to be filled in; for a
bundle the line is repeated for each sku. `dismiss` takes the reason why a code is no merchandise. Lines where sku and
dismiss stay empty are left for another time. An emptied shop speaks of the code in every shop. After `map`, replay the
close of that day: it counts the old sales too.
A dismissed code leaves the list and nothing else: its lines keep their money and stand in no demand. `restore` takes it
back, `dismissed` tells who dismissed what, when and why.
Exit codes: 0 done, 1 nothing was changed because something is wrong, 2 the file cannot be read.
"""

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from include.cli import options
from include.cli.command_line import Commands, Session, account, at_merchant, refusing
from include.settings.names import require_known
from include.words.texts import say

if TYPE_CHECKING:
    from sqlalchemy import Engine

UNCHANGED = "error.nothing_changed"
Code = Annotated[str, typer.Argument(metavar="CODE")]
Why = Annotated[str, typer.Option()]
KnownFrom = Annotated[str, options.day("the day from which it is known")]
SeenDay = Annotated[str | None, options.day("the newest closed day by default")]
Shop = Annotated[str, typer.Option(help="every shop by default")]
Who = Annotated[str | None, typer.Option(metavar="NAME", help="who says so; the account by default")]

commands = Commands("listings", __doc__, "codes that nobody has mapped · 没有对应的编码")


@commands.command("unmapped")
@at_merchant
def unmapped(
    session: Session,
    day: SeenDay = None,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="a CSV file; the screen by default")] = None,
) -> None:
    """Write what nobody has mapped."""
    from include.facts.listing_map import similar_skus, unmapped_listings
    from include.tasks.sheets.listing_sheet import as_csv

    with _books(session) as books:
        seen, language = _seen_day(books, session, day), session.place.language
        found = unmapped_listings(books, seen)
        if found.empty:
            print(say(language, "command.listings.all_mapped", day=seen))
            if not out:
                return
        content = as_csv(found, similar_skus(books, seen, found["listing_code"]))
    if not out:
        print(content.decode("utf-8-sig"), end="")
        return
    out.write_bytes(content)
    if count := len(found):
        print(say(language, "command.listings.written", count=count, file=out))


@commands.command("map")
@at_merchant
def map_codes(
    session: Session,
    file: Annotated[Path, typer.Argument(metavar="FILE")],
    day: Annotated[str, options.day("the day from which the mapping is known")],
    who: Who = None,
) -> None:
    """Take over the lines whose sku or dismiss was filled in."""
    from include.facts.listing_map import MappingError, dismiss_listings, map_listings
    from include.tasks.sheets.listing_sheet import from_csv

    with _books(session) as books:
        now, language = session.now(), session.place.language
        rows, dismissed, left = from_csv(file.read_bytes(), file.name)
        if rows.empty and dismissed.empty:
            raise MappingError.named("error.nothing_filled_in")
        _require_shops(books, session, [*rows["for_shop"], *dismissed["for_shop"]])
        if not rows.empty:
            map_listings(books, rows, day, now)
            print(say(language, "command.listings.mapped", lines=len(rows), day=day))
        if not dismissed.empty:
            count = dismiss_listings(books, dismissed, day, now, who or account())
            print(say(language, "command.listings.dismissed_codes", count=count))
    print(say(language, "command.listings.left_open", lines=left))


@commands.command("dismiss")
@at_merchant
def dismiss(session: Session, code: Code, why: Why, day: KnownFrom, shop: Shop = "", who: Who = None) -> None:
    """Say that a code is no merchandise."""
    changed = _dismiss(session, code, why, day, shop, who)
    _tell(session, code, "command.listings.dismissed" if changed else "command.listings.unchanged")


@commands.command("restore")
@at_merchant
def restore(session: Session, code: Code, why: Why, day: KnownFrom, shop: Shop = "", who: Who = None) -> None:
    """Take a dismissal back."""
    changed = _dismiss(session, code, why, day, shop, who, undo=True)
    _tell(session, code, "command.listings.restored" if changed else "command.listings.unchanged")


@commands.command("dismissed")
@at_merchant
def dismissed(session: Session, day: SeenDay = None) -> None:
    """Who dismissed what, when and why."""
    from include.facts.listing_map import dismissed_listings

    with _books(session) as books:
        language, found = session.place.language, dismissed_listings(books, _seen_day(books, session, day))
    if found.empty:
        print(say(language, "command.listings.none_dismissed"))
    for said in found.itertuples():
        shop = said.for_shop if isinstance(said.for_shop, str) else say(language, "command.listings.every_shop")
        by = {"why": said.why, "who": said.who, "at": said.at, "day": said.day}
        print(say(language, "command.listings.dismissal", code=said.listing_code, shop=shop, **by))


@contextmanager
def _books(session: Session) -> "Iterator[Engine]":
    from include.facts.listing_map import MappingError
    from include.files.errors import ExportError
    from include.warehouse.opening import books_at

    with (
        refusing(ExportError, OSError, code=2),
        refusing(MappingError, before=UNCHANGED),
        books_at(session.place.books) as books,
    ):
        yield books


def _dismiss(session: Session, code: str, why: str, day: str, shop: str, who: str | None, undo: bool = False) -> bool:
    import pandas as pd

    from include.facts.listing_map import dismiss_listings, sold_codes

    with _books(session) as books:
        _require_shops(books, session, [shop])
        if not undo and (sold := sold_codes(books, day)):
            require_known("sold code", [code], sold)
        one = pd.DataFrame([{"file_line": 1, "for_shop": shop, "listing_code": code, "why": why}])
        return bool(dismiss_listings(books, one, day, session.now(), who or account(), undo=undo))


def _tell(session: Session, code: str, said: str) -> None:
    language = session.place.language
    print(say(language, "error.about", about=code, said=say(language, said)))


def _seen_day(books: "Engine", session: Session, day: str | None) -> str:
    """The day asked for, or the newest closed one before: the last 28 days must be days that somebody has seen."""
    from include.facts.close_day import last_closed_day, newest_close

    if day and newest_close(books) is None:  # before the onboarding there is nothing to see
        return day
    seen = last_closed_day(books, day)
    if day and seen < day:
        print(say(session.place.language, "command.listings.not_closed", day=day, seen=seen), file=sys.stderr)
    return seen


def _require_shops(books: "Engine", session: Session, names: Iterable[str | None]) -> None:
    """Raises UnknownNameError for a shop that neither the merchant's YAML nor the books know."""
    from sqlalchemy import select

    from include.warehouse.books import read_frame
    from include.warehouse.tables import exports

    merchant = session.place.merchant
    told = set(read_frame(books, select(exports.c.shop).distinct())["shop"])
    known = told | {shop.name for shop in merchant.shops} if merchant else told
    if known:
        require_known("shop", [name for name in names if name], known)
