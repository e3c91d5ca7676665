"""How a person wants to see the desk. Nothing in the books hangs on it, so it is kept without a log."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, delete, select

from include.tasks.canonical_json import canonical_json, read_json
from include.tasks.task_tables import desk_preferences
from include.warehouse.books import insert_new

LONGEST_NAME = 100
GUIDE = "guide"  # the first steps, until they are read


def preferences(connection: Connection, person: str) -> Mapping[str, Any]:
    """Name -> what the person chose under it."""
    c = desk_preferences.c
    rows = connection.execute(select(c.name, c.value).where(c.person == person))
    return {row.name: read_json(row.value)["value"] for row in rows}


def prefer(connection: Connection, person: str, name: str, value: Any) -> None:
    """Keep a choice; None forgets it."""
    own = (desk_preferences.c.person == person) & (desk_preferences.c.name == name)
    connection.execute(delete(desk_preferences).where(own))
    if value is not None:
        row = {"person": person, "name": name[:LONGEST_NAME], "value": canonical_json({"value": value})}
        insert_new(connection, desk_preferences, row)
