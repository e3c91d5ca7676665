"""Books opened for a command: what the database says of a wrong address or other tables is told in a sentence."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from adbc_driver_manager import Error as BulkError
from sqlalchemy import URL, Engine, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

from include.settings.saying import BilingualError
from include.warehouse.books import open_books
from include.warehouse.migrate import RevisionError, newest_revision, require_known, revision_of
from include.warehouse.world_faults import world_fault

# Faults that say enough by themselves; of the others the database's own words are told.
_TOLD = ("disk_full", "disk_refused", "read_only", "damaged", "too_many", "no_memory", "open_files")


class BooksError(BilingualError):
    """There are no books of Storekeeper at the address; the message says what was found."""


@contextmanager
def books_at(url: str) -> Iterator[Engine]:
    """The books at `url`, disposed of afterwards. Raises BooksError for what the database refuses within the block."""
    try:
        with readable(url):
            books = open_books(url)
    except ArgumentError as error:
        raise BooksError.named("error.no_address_of_books", url=url) from error
    with readable(url):
        try:
            require_fitting(books)
            yield books
        finally:
            books.dispose()


def require_fitting(books: Engine) -> None:
    """Raises RevisionError if the books are of a newer release, or of an older one that no step has brought up to date.

    A database without Storekeeper's tables is let through: whoever reads it is told what is not there."""
    current = revision_of(books)
    require_known(current)
    if current is not None and current != newest_revision():
        raise RevisionError.named("error.older_books", revision=current, newest=newest_revision())


@contextmanager
def readable(url: str) -> Iterator[None]:
    """Tells what the database at `url` refuses within the block as a BooksError."""
    try:
        yield
    except (DBAPIError, BulkError) as error:
        raise _refused(make_url(url), error) from error


def _refused(url: URL, error: Exception) -> BooksError:
    said = str(getattr(error, "orig", None) or error).strip().partition("\n")[0]
    address = url.render_as_string(hide_password=True)
    folder = Path(url.database or "").absolute().parent
    if url.get_backend_name() == "sqlite" and folder.is_dir():
        for place in (folder, folder / Path(url.database or "").name):
            if not os.access(place, os.W_OK):
                return BooksError.named("error.books_not_writable", address=address, place=place)
    fault = world_fault(error)
    if fault is not None and fault.kind in _TOLD:
        return BooksError.named("error.about", about=address, said=fault.both)
    if "locked" in said:
        return BooksError.named("error.books_being_written", address=address, said=said)
    return BooksError.named("error.books_unreadable", address=address, said=said)
