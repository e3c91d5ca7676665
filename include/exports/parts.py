"""A csv or Parquet export too large to hold, read in parts that part no rows which belong together.

First the file is cut in its own order, into parts of some megabytes, each set aside in a few blocks with a hash of what
its rows belong together by (`Report.together`: an order's number). Then part by part is read as if it were a file,
without the rows whose company stands in another part too: those are gathered and come last, some of them at a time. An
export keeps an order's lines beside each other, so these are few; where it does not, they are all of the file, and
still come in parts.

What would be decided over the whole file is decided so here: how the text is written, and the currency of most rows.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from itertools import chain, islice
from typing import Protocol, cast

import numpy as np
import pandas as pd
import pyarrow as pa

from include.exports.locating import Located, locate
from include.exports.reading import Asked, Reading, limit_note, read_body
from include.exports.sorting import NO_END, fields_with_commas, in_doubt, parse_cells, roundness, table_end
from include.exports.truncation import endings, has_short_records, refuse_failed, refuse_truncated
from include.exports.values.ids import Roundness
from include.files.ahead import one_ahead
from include.files.content import Content
from include.files.errors import ExportError
from include.files.hashes import distinct, hashed
from include.files.records import Body, Sheet
from include.files.spill import Spill
from include.files.text.csv_records import CsvStream
from include.files.text.text_stream import Source, SurpriseError, Writing, examined, likely
from include.files.workbooks.workbook import ParquetStream

PART_BYTES = 1 << 26
"""Of text in UTF-8: what a part is cut by. Working on one takes some five times as much memory; checking it has a cost
that does not depend on its size, so that many small parts are slow."""
BLOCKS = 4
"""In a part. What is cut off in pieces of some megabytes is cut in memory that was used for the piece before."""
OWN_IDS = ("line_id", "refund_id")
"""Ids that stand on one row only, whatever it belongs together with."""


@contextmanager
def read_in_parts(
    source: Source, asked: Asked, container: str = "csv", part_bytes: int = PART_BYTES
) -> Iterator[Iterator[Reading]]:
    """The readings of the parts of a csv, one at a time: together what `read` makes of the whole file.

    Their frames, rows, money, ignored, rejected and raw are the part's; days are the
    part's; all else is the file's. Raises ExportError as `read` does, also while the parts are taken.
    """
    name = asked.context.file
    writing = likely(source, name, asked.hints)
    with Spill() as spill:
        try:
            parts = _set_aside(
                CsvStream(source, writing, name, _block_bytes(part_bytes), asked.report.quoted, asked.limits),
                asked,
                spill,
            )
        except SurpriseError:
            writing = examined(source, name, asked.hints)
            parts = None
        if parts is not None:
            with closing(one_ahead(_readings(parts, spill, container, writing))) as readings:
                yield readings
            return
    with Spill() as spill:
        parts = _set_aside(
            CsvStream(source, writing, name, _block_bytes(part_bytes), asked.report.quoted, asked.limits), asked, spill
        )
        with closing(one_ahead(_readings(parts, spill, container, writing))) as readings:
            yield readings


@contextmanager
def parquet_in_parts(
    table: Content, asked: Asked, container: str = "parquet", part_bytes: int = PART_BYTES
) -> Iterator[Iterator[Reading]]:
    """The readings of the parts of a Parquet file, as `read_in_parts` gives those of a csv."""
    with Spill() as spill, table.open() as file:
        parts = _set_aside(ParquetStream(file, asked.context.file, _block_bytes(part_bytes)), asked, spill)
        with closing(one_ahead(_readings(parts, spill, container, None))) as readings:
            yield readings


class _Stream(Protocol):
    """A table of which no more than the head is held, else as a Sheet."""

    name: str | None
    head: list[list[str]]
    head_lines: list[int]

    def bodies(self, header: int, wanted: Sequence[int]) -> Iterator[Body]:
        """The records after `head[header]`, once, block by block; at least one body, be it empty."""


@dataclass
class _Parts:
    """The file's rows set aside. numbers: by part, its blocks. groups, names: by part, a hash a row of what it belongs
    together by, and of its own name (0 where it has none)."""

    asked: Asked
    located: Located
    numbers: list[list[int]] = field(default_factory=list)
    groups: list[np.ndarray] = field(default_factory=list)
    names: list[np.ndarray] = field(default_factory=list)
    rows: int = 0


def _block_bytes(part_bytes: int) -> int:
    return max(1, part_bytes // BLOCKS)


def _set_aside(stream: _Stream, asked: Asked, spill: Spill) -> _Parts:
    located = locate([cast(Sheet, stream)], asked.report, asked.context.file)  # which looks at heads only
    # Rows that belong together do so by their ids as they are written, lost digits or not.
    asked = replace(asked, report=located.report, context=replace(asked.context, rounded=frozenset()))
    parts = _Parts(asked, located)
    own = _own_name(asked, located)
    currencies: Counter[str] = Counter()
    commas: dict[str, np.ndarray] = {}
    ids: dict[str, Roundness] = {}
    bodies = stream.bodies(located.record, located.wanted())
    is_short_before = False
    last: list[str] = []
    end = NO_END
    while some := list(islice(bodies, 1)):
        numbers, groups, names = [], [], []
        for body in chain(some, islice(bodies, BLOCKS - 1)):
            refuse_truncated(body, located, asked.report, asked.context.file, is_short_before, last)
            last = endings(body, last)
            end = min(end, table_end(body, located, asked.report))
            is_short_before |= has_short_records(body, located)
            numbers.append(spill.put(_as_table(body)))
            parts.rows += len(body)
            for name, counts in fields_with_commas(body, located, asked.report, asked.context).items():
                commas[name] = commas[name] + counts if name in commas else counts
            ids = roundness(body, located, asked.report, ids)
            if asked.report.together is not None:
                groups.append(_group_hashes(body, located, asked))
                if own:
                    names.append(_name_hashes(body, located, asked, own))
            if asked.context.currency is None and asked.report.currency in located.positions:
                said = _field(body, located, asked, asked.report.currency).dropna()
                currencies.update(said.groupby(said, sort=False).size().to_dict())
        some.clear()
        parts.numbers.append(numbers)
        if groups:
            parts.groups.append(np.concatenate(groups))
        if names:
            parts.names.append(np.concatenate(names))
    refuse_failed(last, located, asked.context.file)
    if currencies:  # of several with as many rows the one that comes first, as over the whole file
        usual = max(currencies, key=currencies.__getitem__)
        parts.asked = replace(asked, context=replace(asked.context, currency=usual))
    rounded = frozenset(name for name, told in ids.items() if told.is_lost)
    parts.asked = replace(
        parts.asked, context=replace(parts.asked.context, commas=in_doubt(commas), rounded=rounded, table_end=end)
    )
    return parts


def _readings(parts: _Parts, spill: Spill, container: str, writing: Writing | None) -> Iterator[Reading]:
    encoding, note = (None, None) if writing is None else (writing.encoding, writing.note)

    def read(tables: list[pa.Table]) -> Reading:
        reading = read_body(_as_body(pa.concat_tables(tables)), parts.located, parts.asked, container, encoding)
        reading.notes = (*([note] if note else ()), *parts.located.notes, *limit_note(parts.rows), *reading.notes)
        return reading

    if parts.asked.report.together is None:
        _refuse_too_many(parts)
        yield read([spill.take(number) for numbers in parts.numbers for number in numbers])
        return
    moved = _Moved.of(parts)
    waiting: dict[int, list[int]] = {}
    for at, numbers in enumerate(parts.numbers):
        table = pa.concat_tables([spill.take(number) for number in numbers])
        to = moved.to(parts.groups[at])
        if (to >= 0).any():
            for place in np.unique(to[to >= 0]).tolist():
                waiting.setdefault(place, []).append(spill.put(table.filter(pa.array(to == place))))
            table = table.filter(pa.array(to < 0))
        if len(table) or (not waiting and at == len(parts.numbers) - 1):
            yield read([table])
    for _, numbers in sorted(waiting.items()):
        yield read([spill.take(number) for number in numbers])


@dataclass(frozen=True)
class _Moved:
    """Which groups are not read with their part. joined: those that share a row's own name, to be read at once."""

    groups: np.ndarray  # sorted
    joined: np.ndarray  # sorted
    places: int

    @classmethod
    def of(cls, parts: _Parts) -> "_Moved":
        there = np.concatenate([distinct(groups) for groups in parts.groups])
        scattered = _repeated(there)
        joined = _sharing_a_name(parts)
        groups = distinct(np.concatenate([scattered, joined]))
        rows = sum(len(part) for part in parts.groups)
        moved_rows = sum(int(_among(part, groups).sum()) for part in parts.groups)
        _refuse_too_large_a_group(parts, groups)
        in_a_part = max(1, rows // len(parts.groups))
        return cls(groups, joined, max(1, -(-moved_rows // in_a_part)))

    def to(self, groups: np.ndarray) -> np.ndarray:
        """The number of the late part each row goes to; -1 where it stays."""
        places = np.where(_among(groups, self.joined), 0, (groups % np.uint64(self.places)).astype(np.int64))
        return np.where(_among(groups, self.groups), places, -1)


def _refuse_too_large_a_group(parts: _Parts, groups: np.ndarray) -> None:
    """Rows that belong together are read together: so many of them are no order's lines."""
    most = parts.asked.limits.max_together_rows
    counts = np.zeros(len(groups), dtype=np.int64)
    for part in parts.groups:
        among = part[_among(part, groups)]
        counts += np.bincount(np.searchsorted(groups, among), minlength=len(groups)) if len(among) else 0
    if len(counts) and counts.max() > most:
        raise ExportError(
            parts.asked.context.file,
            "too many rows belong together",
            found=f"{int(counts.max()):,} rows of one {' or '.join(parts.asked.report.together or ())}",
            expected=f"at most {most:,} (reading.max_together_rows)",
        )


def _refuse_too_many(parts: _Parts) -> None:
    """A report any of whose rows may belong with any other is read whole."""
    rows, most = parts.rows, parts.asked.limits.max_cells
    if rows * len(parts.located.wanted()) > most:
        raise ExportError(
            parts.asked.context.file,
            f"{parts.asked.report.title} is read whole, and this file holds too much for that",
            found=f"{rows:,} rows",
            expected=f"at most {most:,} cells (reading.max_sheet_cells)",
        )


def _sharing_a_name(parts: _Parts) -> np.ndarray:
    """Groups with a row whose own name stands on a row of another group."""
    if not parts.names:
        return np.empty(0, dtype=np.uint64)
    names, groups = np.concatenate(parts.names), np.concatenate(parts.groups)
    order = np.lexsort((groups, names))
    names, groups = names[order], groups[order]
    differ = (names[1:] == names[:-1]) & (groups[1:] != groups[:-1]) & (names[1:] != 0)
    shared = distinct(names[1:][differ])
    return distinct(groups[_among(names, shared)])


def _repeated(values: np.ndarray) -> np.ndarray:
    ordered = np.sort(values)
    return distinct(ordered[1:][ordered[1:] == ordered[:-1]])


def _among(values: np.ndarray, ordered: np.ndarray) -> np.ndarray:
    if not len(ordered):
        return np.zeros(len(values), dtype=bool)
    places = np.minimum(np.searchsorted(ordered, values), len(ordered) - 1)
    return ordered[places] == values


def _own_name(asked: Asked, located: Located) -> tuple[str, ...]:
    """The fields that name a row, where rows of one name may belong to several groups."""
    report = asked.report
    together = report.together or ()
    if report.key:
        return () if together[:1] and together[0] in report.key else report.key
    return next(((name,) for name in OWN_IDS if name in located.positions and name not in together[:1]), ())


def _group_hashes(body: Body, located: Located, asked: Asked) -> np.ndarray:
    """Of the first field of `together` that is filled; rows without any belong with their own repetitions only."""
    group: pd.Series | None = None
    for name in asked.report.together or ():
        if name in located.positions:
            values = _field(body, located, asked, name).astype("str")
            group = values if group is None else group.fillna(values)
    if group is None or group.hasnans:
        raw = body.raw.to_pandas().astype("str")
        group = raw if group is None else group.fillna(raw)
    return hashed(group)


def _name_hashes(body: Body, located: Located, asked: Asked, own: tuple[str, ...]) -> np.ndarray:
    if not set(own) <= set(located.positions):
        return np.zeros(len(body), dtype=np.uint64)
    fields = [_field(body, located, asked, name).astype("str") for name in own]
    whole = np.all([values.notna().to_numpy() for values in fields], axis=0)
    return np.where(whole, hashed(*(values.fillna("") for values in fields)) | np.uint64(1), np.uint64(0))


def _field(body: Body, located: Located, asked: Asked, name: str) -> pd.Series:
    column = next(column for column in asked.report.columns if column.name == name)
    return parse_cells(column, body.cells[located.positions[name]], asked.context).series


def _as_table(body: Body) -> pa.Table:
    cells: list[tuple[str, ...] | None] = [None] * len(body)
    for place, some in body.misshapen.items():
        cells[place] = some
    return pa.table(
        {
            "file_line": body.lines,
            "raw": body.raw.cast(pa.large_string()),
            "damaged": body.damaged,
            "misshapen": pa.array(cells, pa.list_(pa.string())),
            **{f"cell {position}": texts.cast(pa.large_string()) for position, texts in body.cells.items()},
        }
    )


def _as_body(table: pa.Table) -> Body:
    misshapen = table.column("misshapen")
    broken = np.flatnonzero(misshapen.is_valid().to_numpy(zero_copy_only=False))
    return Body(
        lines=table.column("file_line").to_numpy(),
        raw=table.column("raw"),
        cells={int(name[5:]): table.column(name) for name in table.column_names if name.startswith("cell ")},
        damaged=table.column("damaged").to_numpy(zero_copy_only=False),
        misshapen={int(place): tuple(misshapen[int(place)].as_py()) for place in broken},
    )
