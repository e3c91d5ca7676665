"""The books' schema: at which revision it is, and bringing it to another with Alembic. When several processes ask at
once, the others wait for one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from inspect import cleandoc
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, event, inspect, text

from include.settings.saying import BilingualError

if TYPE_CHECKING:
    from alembic.config import Config
    from alembic.script import Script, ScriptDirectory

MIGRATIONS = Path(__file__).parent / "migrations"
_LOCK = 7_205_114  # any number, the same in every process: PostgreSQL's advisory locks are named by number


class RevisionError(BilingualError):
    """The books are at a revision that this release does not know, or does not work with; the message says what to
    do."""


@dataclass(frozen=True)
class Step:
    """One migration. about: its docstring's first line."""

    revision: str
    about: str


def migrate(books: Engine, revision: str = "head") -> None:
    """Upgrade to the newest revision, or take the books to another, up or down; does nothing if they are there.

    Raises RevisionError if the books are newer than this release.
    """
    with _alone(books) as connection:
        _run(connection, revision)
        connection.commit()


def sql_of(books: Engine, revision: str = "head") -> list[tuple[str, int]]:
    """(statement, how often) of what `migrate` would run on these books: run and taken back, so that it is what these
    very rows need. Statements that only read are left out."""
    ran: dict[str, int] = {}

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, many: bool) -> None:
        said = statement.strip()
        if not said.upper().startswith(("SELECT", "PRAGMA", "BEGIN", "SHOW", "WITH")):
            ran[said] = ran.get(said, 0) + (len(parameters) if many else 1)

    with _alone(books) as connection:
        event.listen(connection, "before_cursor_execute", note)
        try:
            _run(connection, revision)
        finally:
            event.remove(connection, "before_cursor_execute", note)
            connection.rollback()
    return list(ran.items())


def _run(connection: Connection, revision: str) -> None:
    """The migrations to a revision, up or down. Raises RevisionError if the books are newer than this release."""
    from alembic import command

    config, current = _config(), _revision(connection)
    require_known(current)
    config.attributes["connection"] = connection
    back = revision != "head" and current is not None and revision in _below(current)
    (command.downgrade if back else command.upgrade)(config, revision)


def is_current(books: Engine) -> bool:
    """The books stand at the newest revision. Raises RevisionError if they are newer than this release."""
    current = revision_of(books)
    require_known(current)
    return current == newest_revision()


def revision_of(books: Engine) -> str | None:
    """At which the books are; None of a database without tables of Storekeeper's."""
    with books.connect() as connection:
        return _revision(connection)


def newest_revision() -> str:
    """The code's."""
    return known_revisions()[-1]


@cache
def known_revisions() -> tuple[str, ...]:
    """Of all migrations, the oldest first, by their files' names: Alembic takes a second to read the files, and every
    command asks."""
    return tuple(sorted(path.stem.partition("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*.py")))


def steps(start: str | None, end: str) -> list[Step]:
    """The migrations between two revisions, in the order in which they run; backwards if `end` is the older.

    Raises RevisionError if one of them is not known.
    """
    require_known(start)
    require_known(end)
    known = _revisions()
    places = {one.revision: place + 1 for place, one in enumerate(known)}
    first, last = places[start] if start else 0, places[end]
    return list(known[first:last]) if first <= last else list(reversed(known[last:first]))


def require_known(revision: str | None) -> None:
    """Raises RevisionError if this release has no such revision: the books were opened by a newer one."""
    if revision is not None and revision not in known_revisions():
        raise RevisionError.named("error.newer_books", revision=revision, newest=newest_revision())


@cache
def _revisions() -> tuple[Step, ...]:
    """All migrations, the oldest first."""
    found = [Step(one.revision, _about(one)) for one in _scripts().walk_revisions()]
    return tuple(reversed(found))


def _about(script: Script) -> str:
    return cleandoc(script.doc or script.revision).splitlines()[0]


def _below(revision: str) -> set[str]:
    return {one for one in known_revisions() if one < revision}


@contextmanager
def _alone(books: Engine) -> Iterator[Connection]:
    """A connection that holds the lock of migrations."""
    with books.connect() as connection:
        if books.dialect.name == "postgresql":
            connection.execute(text(f"SELECT pg_advisory_lock({_LOCK})"))
        else:
            # SQLite has one writer at a time: hold the lock from before the look at the revision until the end.
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        try:
            yield connection
        finally:
            if books.dialect.name == "postgresql":
                connection.rollback()
                connection.execute(text(f"SELECT pg_advisory_unlock({_LOCK})"))
                connection.commit()


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.exec_driver_sql("SELECT version_num FROM alembic_version").first()
    return None if found is None else str(found[0])


def _scripts() -> ScriptDirectory:
    from alembic.script import ScriptDirectory

    return ScriptDirectory.from_config(_config())


def _config() -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return config
