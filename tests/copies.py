"""Books put on another database, so that a state is lived once and tested on each."""

from sqlalchemy import Engine, insert, select, text

from include.warehouse.books import open_books
from include.warehouse.migrate import migrate
from include.warehouse.tables import metadata


def emptied(url: str) -> Engine:
    """The PostgreSQL database without anything in it."""
    books = open_books(url)
    with books.begin() as change:
        change.execute(text("DROP SCHEMA public CASCADE"))
        change.execute(text("CREATE SCHEMA public"))
    return books


def copied(source: Engine, url: str) -> None:
    """The PostgreSQL database with everything that the source's books hold, and nothing else."""
    target = emptied(url)
    migrate(target)
    with source.connect() as reading, target.begin() as writing:
        for table in metadata.sorted_tables:
            rows = [dict(row) for row in reading.execute(select(table)).mappings()]
            if rows:
                writing.execute(insert(table), rows)
    target.dispose()
