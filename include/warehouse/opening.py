"""Books opened for a command: what the database says of a wrong address or other tables is told in a sentence."""

from collections.abc import Iterator
from contextlib import contextmanager

from adbc_driver_manager import Error as BulkError
from sqlalchemy import Engine
from sqlalchemy.exc import ArgumentError, DBAPIError

from include.settings.saying import SaidError
from include.warehouse.books import open_books


class BooksError(SaidError):
    """There are no books of Storekeeper at the address; the message says what was found."""


@contextmanager
def books_at(url: str) -> Iterator[Engine]:
    """The books at `url`, disposed of afterwards. Raises BooksError for what the database refuses within the block."""
    try:
        books = open_books(url)
    except ArgumentError as error:
        raise BooksError(
            f"{url!r} is no address of books: expected e.g. sqlite:///var/books.sqlite",
            f"{url!r} 不是账本的地址：应写成 sqlite:///var/books.sqlite 这样",
        ) from error
    with readable(books):
        try:
            yield books
        finally:
            books.dispose()


@contextmanager
def readable(books: Engine) -> Iterator[None]:
    """Tells what the database refuses within the block as a BooksError."""
    try:
        yield
    except (DBAPIError, BulkError) as error:
        said = str(getattr(error, "orig", None) or error).strip().partition("\n")[0]
        address = books.url.render_as_string(hide_password=True)
        raise BooksError(
            f"the books at {address} cannot be read: {said}. Are they Storekeeper's, and of this version?",
            f"{address} 的账本读不了：{said}。是掌柜的账本、而且是这个版本的吗？",
        ) from error
