"""The one way to read an export: in parts that part no rows which belong together, a small file or a workbook in one.

A part is some blocks of the file in its own order. The first is held; if nothing follows, it is read as it is. Else the
file is cut into parts of some megabytes, each set aside in its blocks with a hash of what its rows belong together by
(`Report.keep_together_by`: an order's number). Then part by part is read as if it were a file, without the rows whose
company stands in another part too: those are gathered and come last, some of them at a time. An export keeps an order's
lines beside each other, so these are few; where it does not, they are all of the file, and still come in parts.

What is decided over the whole file is found while it is cut: how the text is written, the currency of most rows,
decimal commas, where another table begins, whether the file was cut off.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from itertools import chain, islice

import numpy as np
import pandas as pd
import pyarrow as pa

from include.exports.classify_rows import fields_with_commas, in_doubt, parse_cells, roundness, table_end
from include.exports.declaration import NO_END, Context, Report
from include.exports.locating import Located, bodies_of, locate
from include.exports.reading import Asked, Reading, limit_note, read_body
from include.exports.truncation import endings, has_short_records, refuse_failed, refuse_truncated
from include.exports.values.ids import Roundness
from include.files.container import Unpacked, unpack
from include.files.content import Content
from include.files.errors import ExportError
from include.files.hashes import distinct, hashed
from include.files.prefetch import prefetch
from include.files.records import Body, joined
from include.files.spill import Spill
from include.files.table import WEB_PAGES, Tables, tables_in
from include.files.text.encoding import Hints
from include.files.text.text_stream import SurpriseError, Writing, examined, likely

PART_BYTES = 1 << 26
"""Of text in UTF-8: what a part is cut by. Working on one takes some five times as much memory; checking it has a cost
that does not depend on its size, so that many small parts are slow."""
BLOCKS = 4
"""In a part. What is cut off in pieces of some megabytes is cut in memory that was used for the piece before."""
OWN_IDS = ("line_id", "refund_id")
"""Ids that stand on one row only, whatever it belongs together with."""


def read(content: Content, asked: Asked, password: str | None = None) -> Reading:
    """Read an export as `asked`, all of it at once. password: for protected workbooks and zips. Raises ExportError if
    the whole export cannot be read."""
    with read_in_parts(content, asked, password, part_bytes=None) as parts:
        (reading,) = parts
    return reading


@contextmanager
def read_in_parts(
    content: Content, asked: Asked, password: str | None = None, part_bytes: int | None = PART_BYTES
) -> Iterator[Iterator[Reading]]:
    """The readings of the parts of an export, one at a time, together its reading.

    Their frames, rows, money, ignored, rejected and raw are the part's; days are the part's; all else is the file's.
    part_bytes: of text in UTF-8; None: one part, whatever its size. Raises ExportError if the whole export cannot be
    read, also while the parts are taken.
    """
    with Spill() as spill:
        unpacked = unpack(content, asked.context.file, password)
        if unpacked.kind == "parquet" and unpacked.member is not None:  # what is packed cannot be gone about in
            unpacked = replace(unpacked, content=spill.keep(unpacked.content.chunks()))
        try:
            parts = _cut(unpacked, asked, part_bytes, spill, likely)
        except SurpriseError:
            parts = _cut(unpacked, asked, part_bytes, spill, examined)
        with closing(prefetch(_readings(parts, spill))) as readings:
            yield readings


@dataclass
class _Parts:
    """The file's rows. held: all of them, in a file of one part; else they are set aside. notes: on the file. numbers:
    by part, its blocks. groups, names: by part, a hash a row of what it belongs together by, and of its own name (0
    where it has none)."""

    asked: Asked
    located: Located
    tables: Tables
    notes: tuple[str, ...]
    rows: int = 0
    held: Body | None = None
    numbers: list[list[int]] = field(default_factory=list)
    groups: list[np.ndarray] = field(default_factory=list)
    names: list[np.ndarray] = field(default_factory=list)


def _cut(
    unpacked: Unpacked,
    asked: Asked,
    part_bytes: int | None,
    spill: Spill,
    how: Callable[[Content, str, Hints], Writing],
) -> _Parts:
    """The file's parts, a single one held. Raises ExportError, and SurpriseError if `how` took the text for another."""
    file = asked.context.file
    block_bytes = None if part_bytes is None else max(1, part_bytes // BLOCKS)
    tables = tables_in(unpacked, file, asked.hints, asked.limits, asked.report.quoted, block_bytes, how)
    located = _located(tables, asked.report, file)
    asked = replace(asked, report=located.report)
    found, notes = bodies_of(located, asked.report, file)
    whole = _Whole(asked, located)
    bodies = whole.watched(found)
    # What is surely more than a part is set aside as it comes; of the rest one block more tells whether a part is all.
    most = None if part_bytes is None else BLOCKS + 1 if unpacked.content.size <= part_bytes else 0
    first = list(islice(bodies, most))
    parts = _Parts(asked, located, tables, (*tables.notes, *located.notes, *notes))
    rounded = None
    if most is None or 0 < len(first) <= BLOCKS:
        parts.held = first[0] if len(first) == 1 else joined(first)
    else:
        rounded = _set_aside(parts, chain((first.pop(0) for _ in range(len(first))), bodies), spill)
    parts.rows = whole.rows
    parts.asked = replace(asked, context=replace(whole.context(), rounded=rounded))
    return parts


def _located(tables: Tables, report: Report, file: str) -> Located:
    try:
        return locate(tables.sheets, report, file)
    except ExportError as error:
        if tables.kind not in WEB_PAGES or error.column is not None:
            raise
        raise ExportError(
            file,
            f"this is no export: no table of the web page has a header of {report.title}",
            found=f"a web page with {len(tables.sheets)} tables ({error.found}); a login page, or another report",
            expected=error.expected,
        ) from error


class _Whole:
    """What is decided over the whole file, found while its bodies go by."""

    def __init__(self, asked: Asked, located: Located) -> None:
        self._asked, self._located = asked, located
        self._currencies: Counter[str] = Counter()
        self._commas: dict[str, np.ndarray] = {}
        self._table_end = NO_END
        self.rows = 0

    def watched(self, bodies: Iterator[Body]) -> Iterator[Body]:
        """The bodies as they come. Raises ExportError if the file was cut off, or its writer failed."""
        located, report, file = self._located, self._asked.report, self._asked.context.file
        last: list[str] = []
        is_short_before = False
        for body in bodies:
            before, last = last, endings(body, last)
            if body.open_end:  # nothing follows
                refuse_failed(last, located, file)
                refuse_truncated(body, located, report, file, is_short_before, before)
            is_short_before |= has_short_records(body, located)
            self._look(body)
            yield body
        refuse_failed(last, located, file)

    def _look(self, body: Body) -> None:
        located, report = self._located, self._asked.report
        self.rows += len(body)
        self._table_end = min(self._table_end, table_end(body, located, report))
        if self._asked.context.currency is None and report.currency in located.positions:
            said = _field(body, located, self._asked, report.currency).dropna()
            self._currencies.update(said.groupby(said, sort=False).size().to_dict())
        for name, counts in fields_with_commas(body, located, report, self.context()).items():
            self._commas[name] = self._commas[name] + counts if name in self._commas else counts

    def context(self) -> Context:
        """With what is known so far."""
        context = replace(self._asked.context, commas=in_doubt(self._commas), table_end=self._table_end)
        if not self._currencies:
            return context
        # Of several with as many rows the one that comes first.
        return replace(context, currency=max(self._currencies, key=self._currencies.__getitem__))


def _set_aside(parts: _Parts, bodies: Iterator[Body], spill: Spill) -> frozenset[str]:
    """Put the bodies into the spill, part by part; returns the fields of which ids have lost digits."""
    located, report = parts.located, parts.asked.report
    # Rows that belong together do so by their ids as they are written, lost digits or not.
    asked = replace(parts.asked, context=replace(parts.asked.context, rounded=frozenset()))
    own = _own_name(asked, located)
    ids: dict[str, Roundness] = {}
    while some := list(islice(bodies, 1)):
        numbers, groups, names = [], [], []
        for body in chain(some, islice(bodies, BLOCKS - 1)):
            numbers.append(spill.put(_as_table(body)))
            ids = roundness(body, located, report, ids)
            if report.keep_together_by is not None:
                groups.append(_group_hashes(body, located, asked))
                if own:
                    names.append(_name_hashes(body, located, asked, own))
        some.clear()
        parts.numbers.append(numbers)
        if groups:
            parts.groups.append(np.concatenate(groups))
        if names:
            parts.names.append(np.concatenate(names))
    return frozenset(name for name, told in ids.items() if told.is_lost)


def _readings(parts: _Parts, spill: Spill) -> Iterator[Reading]:
    def read(body: Body) -> Reading:
        reading = read_body(body, parts.located, parts.asked, parts.tables.container, parts.tables.encoding)
        limit = () if parts.located.further else limit_note(parts.rows)
        reading.notes = (*parts.notes, *limit, *reading.notes)
        return reading

    def taken(numbers: Iterable[int]) -> pa.Table:
        return pa.concat_tables([spill.take(number) for number in numbers])

    if parts.held is not None:
        yield read(parts.held)
        return
    if parts.asked.report.keep_together_by is None:
        _refuse_too_many(parts)
        yield read(_as_body(taken(chain.from_iterable(parts.numbers))))
        return
    moved = _Moved.of(parts)
    waiting: dict[int, list[int]] = {}
    for at, numbers in enumerate(parts.numbers):
        table = taken(numbers)
        to = moved.to(parts.groups[at])
        if (to >= 0).any():
            for place in np.unique(to[to >= 0]).tolist():
                waiting.setdefault(place, []).append(spill.put(table.filter(pa.array(to == place))))
            table = table.filter(pa.array(to < 0))
        if len(table) or (not waiting and at == len(parts.numbers) - 1):
            yield read(_as_body(table))
    for _, numbers in sorted(waiting.items()):
        yield read(_as_body(taken(numbers)))


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
            found=f"{int(counts.max()):,} rows of one {' or '.join(parts.asked.report.keep_together_by or ())}",
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
    together = report.keep_together_by or ()
    if report.key:
        return () if together[:1] and together[0] in report.key else report.key
    return next(((name,) for name in OWN_IDS if name in located.positions and name not in together[:1]), ())


def _group_hashes(body: Body, located: Located, asked: Asked) -> np.ndarray:
    """Of the first filled field of `keep_together_by`; rows without any belong with their own repetitions only."""
    group: pd.Series | None = None
    for name in asked.report.keep_together_by or ():
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
