"""How a person wants to see the desk. Nothing in the books hangs on it, so it is kept without a log."""

from typing import Any

from sqlalchemy import Connection, delete, select

from include.tasks.canonical_json import canonical_json, read_json
from include.tasks.task_tables import desk_preferences
from include.warehouse.books import insert_new

LONGEST_NAME = 100
GUIDE = "guide"  # the first steps, until they are read


def preference(connection: Connection, person: str, name: str) -> Any:
    """What the person chose under this name; None if nothing."""
    said = connection.scalar(
        select(desk_preferences.c.value).where(desk_preferences.c.person == person, desk_preferences.c.name == name)
    )
    return None if said is None else read_json(said)["value"]


def prefer(connection: Connection, person: str, name: str, value: Any) -> None:
    """Keep a choice; None forgets it."""
    own = (desk_preferences.c.person == person) & (desk_preferences.c.name == name)
    connection.execute(delete(desk_preferences).where(own))
    if value is not None:
        row = {"person": person, "name": name[:LONGEST_NAME], "value": canonical_json({"value": value})}
        insert_new(connection, desk_preferences, row)
