"""What a copy of the books must have in common with them: rows of every table, sums of the ledger, ends of the logs."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import Any

Rows = Callable[[str], Sequence[Sequence[Any]]]

_TABLES = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name",
    "postgresql": "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() ORDER BY tablename",
}
_SUMS = ("rows_total", "rows_published", "money_total_micros", "money_published_micros")


def tables_of(rows: Rows, database: str) -> list[str]:
    """The names of all tables."""
    return [str(row[0]) for row in rows(_TABLES[database])]


def figures_of(rows: Rows, database: str) -> dict[str, Any]:
    """rows: runs a query. {'rows': {table: count}, 'sums': {...}, 'log_end': hash, 'facts': hash, 'newest_day': day}.

    They are the same for two books only if these hold the same exports, facts and answers.
    """
    tables = tables_of(rows, database)
    # S608: the names are those of tables.
    counts = {table: int(rows(f'SELECT count(*) FROM "{table}"')[0][0]) for table in tables}  # noqa: S608
    found: dict[str, Any] = {"rows": counts, "sums": {}, "log_end": None, "facts": None, "newest_day": None}
    if "exports" in counts:
        added = ", ".join(f"CAST(coalesce(sum({name}), 0) AS BIGINT)" for name in _SUMS)
        sums = rows(f"SELECT {added} FROM exports")  # noqa: S608
        found["sums"] = dict(zip(_SUMS, map(int, sums[0]), strict=True))
    if "task_events" in counts:
        last = rows("SELECT hash FROM task_events ORDER BY seq DESC LIMIT 1")
        found["log_end"] = str(last[0][0]) if last else None
    if "fact_versions" in counts:
        keys = "fact, shop, day, as_of, content_hash"
        # Ordered here: databases order texts by rules of their own.
        said = sorted(tuple(map(str, row)) for row in rows(f"SELECT {keys} FROM fact_versions"))  # noqa: S608
        found["facts"] = hashlib.sha256(repr(said).encode()).hexdigest()
    if "closes" in counts:
        found["newest_day"] = rows("SELECT max(day) FROM closes")[0][0]
    return found


def difference(before: dict[str, Any], after: dict[str, Any]) -> str | None:
    """The first figure that is not the same, as 'name: before, after'; None if all are."""
    for name in before:
        one, other = before[name], after.get(name)
        if one == other:
            continue
        if isinstance(one, dict) and isinstance(other, dict):
            key = next(key for key in sorted({*one, *other}) if one.get(key) != other.get(key))
            return f"{name}.{key}: {one.get(key)}, {other.get(key)}"
        return f"{name}: {one}, {other}"
    return None
