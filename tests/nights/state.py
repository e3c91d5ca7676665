"""What the books and the home say, in a form in which two worlds can be compared."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from typing import Any

from sqlalchemy import LargeBinary, Table, select
from sqlalchemy.engine import Dialect

from include.warehouse.tables import FACT_TABLES, LINE_TABLES, REPEATS, exports, metadata
from include.warehouse.tellings import as_told, told
from tests.nights.world import World

# Moments, numbers of an order of events, and what is salted or sealed anew each time.
_PASSING = {
    "landed_at", "closed_at", "stored_at", "changed_at", "changed_seq", "at", "sealed_text", "salt", "data_hash",
    "previous_hash", "hash", "attempts", "claim", "leased_until", "not_before", "started_at", "finished_at", "answer",
    "audited_hash", "sealed", "seq", "export_number",
}  # fmt: skip
_KEEP = {"tasks": {"answer"}}
# The ends of chains that are salted, and the word of a person on deliveries of which nothing was known.
_LEFT_OUT = {"task_log_end", "desk_events", *(table.name for table in REPEATS.values())}
_WITHOUT_ORDER = {*FACT_TABLES, *LINE_TABLES}


@dataclass(frozen=True)
class State:
    """tables: name -> rows of `columns`; files: below the home. digest: of all there is, moments, salts and drafts too:
    worlds of one digest are the same world."""

    tables: Mapping[str, list[tuple[Any, ...]]]
    columns: Mapping[str, Sequence[str]]
    files: frozenset[str]
    digest: str = ""

    def first_difference(self, twin: "State", names: Sequence[str] | None = None) -> str | None:
        """The first table, key and column by which this differs from the twin; None if nothing does."""
        for name in names if names is not None else self.tables:
            found, wanted = self.tables[name], twin.tables[name]
            if found != wanted:
                return self._told(name, found, wanted)
        if names is None and self.files != twin.files:
            more, less = sorted(self.files - twin.files), sorted(twin.files - self.files)
            return f"files: only here {more}, only in the twin {less}"
        return None

    def _told(self, name: str, found: list[tuple[Any, ...]], wanted: list[tuple[Any, ...]]) -> str:
        table, columns = metadata.tables[name], list(self.columns[name])
        key = [columns.index(one.name) for one in table.primary_key.columns if one.name in columns]
        if table.name in LINE_TABLES:
            key = [columns.index(one) for one in ("export_id", "file_line", "number")]
        if not key:
            key = [columns.index(one) for one in ("task_id", "from_state", "to_state") if one in columns]
        here, there = ({tuple(row[k] for k in key): row for row in rows} for rows in (found, wanted))
        for one in sorted({*here, *there}, key=repr):
            if here.get(one) == there.get(one):
                continue
            if one not in here or one not in there:
                where = "only in the twin" if one in there else "only here"
                return f"{name} {one}: {where}: {here.get(one) or there[one]}"
            for column, left, right in zip(columns, here[one], there[one], strict=True):
                if left != right:
                    return f"{name} {one} {column}: found {left!r}, expected {right!r}"
        return f"{name}: {len(found)} rows, expected {len(wanted)}"


# What a step puts into the books at once: tables, and the column by whose values they are parts.
_AT_ONCE = {
    "ingest": ([*(table.name for table in LINE_TABLES.values()), "quarantine", "exports"], "export_id"),
    "close": ([*(table.name for table in FACT_TABLES.values()), "fact_versions", "closes"], ""),
    "restock": (["task_lists", "tasks", "outbox"], "kind"),
    # Tasks of earlier lists whose customers came back are taken back after it, as everybody who finds them does.
    "recall": (["task_lists", "tasks", "outbox"], "day"),
}


def first_mix(kind: str, day: str, before: State, now: State, after: State) -> str | None:
    """Where a step that was stopped left neither what was before it nor what it comes to, but some of each."""
    tables, key = _AT_ONCE.get(kind, ([], ""))
    parts = {part for state in (before, now, after) for part in _parts(state, tables, key)}
    parts &= {day} if key == "day" else parts
    for part in sorted(parts):
        found, *whole = (_part(state, tables, key, part) for state in (now, before, after))
        if found not in whole:
            off = next(name for name in tables if found[name] != whole[0][name] or found[name] != whole[1][name])
            counts = [len(one[off]) for one in (whole[0], found, whole[1])]
            return f"{off} {key} {part!r}: a mix of before and after: {counts} rows before, now and after"
    return None


def _parts(state: State, tables: Sequence[str], key: str) -> set[str]:
    if not key:
        return {""}
    return {row[state.columns[name].index(key)] for name in tables for row in state.tables[name]}


def _part(state: State, tables: Sequence[str], key: str, part: str) -> dict[str, list[tuple[Any, ...]]]:
    if not key:
        return {name: state.tables[name] for name in tables}
    return {name: [row for row in state.tables[name] if row[state.columns[name].index(key)] == part] for name in tables}


def state_of(world: World) -> State:
    """Every row is read as the driver gives it: two states are only ever of one database."""
    tables: dict[str, list[tuple[Any, ...]]] = {}
    columns: dict[str, list[str]] = {}
    digest = blake2b()
    with world.workspace.books.connect() as connection:
        for table in metadata.sorted_tables:
            chosen = _columns(table)
            found = connection.exec_driver_sql(_query(table, connection.dialect)).all()
            whole = sorted(((repr(row), row) for row in found), key=lambda both: both[0])
            digest.update(repr((table.name, [text for text, _ in whole])).encode())
            if table.name in LINE_TABLES:  # as exports told them; which said it first may differ
                rows = told(table, as_told(table))
                columns[table.name] = [one.name for one in rows.selected_columns]
                tables[table.name] = sorted((tuple(row) for row in connection.execute(rows)), key=repr)
            elif table.name not in _LEFT_OUT:
                columns[table.name] = [one.name for one in chosen]
                tables[table.name] = [tuple(row[: len(chosen)]) for _, row in whole]
    digest.update(repr(world.contents()).encode())
    return State(tables, columns, frozenset(world.files()), digest.hexdigest())


@cache
def _query(table: Table, dialect: Dialect) -> str:
    """All columns, those that are compared first."""
    chosen = _columns(table)
    compared = {one.name for one in chosen}
    rest = [one for one in table.columns if one.name not in compared]
    return str(select(*chosen, *rest).compile(dialect=dialect))


def _columns(table: Table) -> list[Any]:
    kept = _KEEP.get(table.name, set())
    return [
        column
        for column in table.columns
        if not isinstance(column.type, LargeBinary) and (column.name not in _PASSING or column.name in kept)
    ]


def unaccounted(world: World) -> str | None:
    """An export whose rows are not those that its file has."""
    with world.workspace.books.connect() as connection:
        for row in connection.execute(select(exports)):
            fates = row.rows_published + row.rows_quarantined + row.rows_ignored
            if fates != row.rows_total:
                return f"exports {row.export_id} rows_total: found {row.rows_total}, expected {fates}"
    return None
