"""Who has opened a list on the desk: noted by a page once it is shown."""

from datetime import datetime

from sqlalchemy import Connection, select

from include.tasks.moments import moment
from include.tasks.task_tables import list_views
from include.warehouse.books import insert_new


def note_view(connection: Connection, kind: str, day: str, person: str, at: datetime) -> None:
    """That a person has opened a list; only the first time is kept."""
    row = {"kind": kind, "day": day, "person": person, "at": moment(at)}
    insert_new(connection, list_views, row)


def was_opened(connection: Connection, kind: str, day: str) -> bool:
    query = select(list_views.c.person).where(list_views.c.kind == kind, list_views.c.day == day).limit(1)
    return connection.execute(query).first() is not None
