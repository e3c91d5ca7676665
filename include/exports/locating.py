"""Which sheet and line of a file is the header, which of its columns are the fields of a report, and which further
sheets go on with it."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from include.exports.declaration import Column, Kind, Report
from include.exports.headers import HEADER_WITHIN, matching, nearest, normalise, shareable_names
from include.files.errors import ExportError
from include.files.hashes import hashed
from include.files.records import Body, Sheet, joined
from include.files.workbooks.workbook import GridSheet
from include.privacy.display_names import display_name

# Sheets that end here were most likely filled up, and the next one goes on without a header.
FULL_SHEETS = (65_535, 65_536, 1_048_575, 1_048_576)
LARGEST_SHARED = 0.5  # of a sheet's rows or orders; more of them in another sheet is no continuation but a copy
_OTHER_MONEY = re.compile(
    r"退|补贴|优惠|折扣|折让|减免|运费|邮费|快递费|佣金|服务费|手续费|税|红包|积分|余额|预估|成本|单价|"
    r"refund|discount|fee|tax|shipping|coupon|tip|balance|cost|unit"
)
"""Words by which an amount of money is another one than the same name without them."""


MAX_TOLD = 30
"""Headers named in a message."""


@dataclass(frozen=True)
class Located:
    """A header found. report: as a file with this header has it. positions: field -> column position. further: the
    sheets that go on, each with the record of its header (-1: without one). notes: which sheets and rows were not read
    as they stand, a sentence each."""

    report: Report
    sheet: Sheet
    record: int
    line: int
    header: tuple[str, ...]
    positions: dict[str, int]
    further: tuple[tuple[GridSheet, int], ...] = ()
    notes: tuple[str, ...] = ()

    def wanted(self) -> list[int]:
        """The positions of all fields, each once."""
        return sorted(set(self.positions.values()))


def locate(sheets: Sequence[Sheet], report: Report, file: str) -> Located:
    """Find the report's header, and the sheets that go on under the same one. Raises ExportError naming the missing
    column and the header nearest to it."""
    found: list[Located] = []
    best: Located | None = None
    best_count = 0
    known = report.recognised()
    for sheet in sheets:
        complete: Located | None = None
        for record, cells in enumerate(sheet.head[:HEADER_WITHIN]):
            header = tuple(normalise(cell) for cell in cells)
            count = sum(matching(name) in known for name in set(header))
            if complete is not None or not count:
                continue
            fitting = report.for_header(cells)
            positions = match_columns(header, fitting.columns)
            located = Located(fitting, sheet, record, sheet.head_lines[record], header, positions)
            if not _missing(located):
                complete = located
            elif count > best_count:
                best, best_count = located, count
        if complete is not None:
            found.append(complete)
    if found:
        chosen = _with_further(found, sheets, report)
        return replace(chosen, notes=(*chosen.notes, *_told_of_doubles(chosen)))
    if best is None or best_count < 2:
        raise ExportError(
            file,
            f"no header of {report.title} within the first {HEADER_WITHIN} lines",
            found=_seen(sheets, report),
            expected="columns such as " + ", ".join(c.headers[0] for c in report.columns if c.required),
        )
    missing = _missing(best)[0]
    raise ExportError(
        file,
        f"{report.title} cannot be read without a required column",
        line=best.line,
        column=missing.headers[0],
        found=_instead(missing, best, known),
        expected=" or ".join(missing.headers),
    )


def _with_further(found: Sequence[Located], sheets: Sequence[Sheet], report: Report) -> Located:
    """The sheet that is read, with those that go on under its header, and a note on every other that holds rows."""
    seen = [one for one in found if not _is_hidden(one.sheet)] or found
    first = max(seen, key=lambda one: len(one.positions))  # the first of those that tell as much
    grids = [sheet for sheet in sheets if isinstance(sheet, GridSheet)]
    if len(grids) < 2:
        return replace(first, notes=_told_of_hidden(first.sheet, "read"))
    headers = {id(one.sheet): one for one in found}
    needed = sum(column.required for column in report.columns)  # a narrower sheet is an explanation
    further: list[tuple[GridSheet, int]] = []
    notes = [*_told_of_hidden(first.sheet, "read: no other sheet holds the report")]
    before = first.sheet
    for sheet in grids:
        if sheet is first.sheet or ((sheet.name or "").strip() in report.sheets and id(sheet) not in headers):
            continue
        other = headers.get(id(sheet))
        name = display_name(sheet.name or "")
        if other is not None and _is_hidden(sheet) and not _is_hidden(first.sheet):
            notes.append(f"Sheet {name} is hidden and was not read ({sheet.height - other.record - 1} rows)")
        elif other is not None and _bare(other.header) == _bare(first.header):
            further.append((sheet, other.record))
            before = sheet
            notes += _told_of_hidden(sheet, "read")
        elif other is not None:
            notes.append(
                f"Sheet {name} was not read ({sheet.height - other.record - 1} rows): it holds the report too, under "
                "other columns"
            )
        elif (
            isinstance(before, GridSheet)
            and before.height in FULL_SHEETS
            and grids.index(sheet) == grids.index(before) + 1
            and len(_bare(tuple(sheet.head[0]))) <= len(_bare(first.header))
        ):
            further.append((sheet, -1))
            before = sheet
            notes.append(f"Sheet {name} was read as going on, without a header, where a full sheet ends")
        elif max(sum(bool(cell.strip()) for cell in row) for row in sheet.head) >= needed:
            notes.append(f"Sheet {name} was not read ({sheet.height} rows): it has no header of {report.title}")
    return replace(first, further=tuple(further), notes=tuple(notes))


def bodies_of(located: Located, report: Report, file: str) -> tuple[Iterator[Body], tuple[str, ...]]:
    """The rows under the header, those of further sheets below, counted on; and notes on what was left out of them.

    Rows that a sheet repeats of those before are read once. Raises ExportError when sheets share many rows or orders
    and differ in others: one is a copy that somebody worked on, and which is right cannot be told.
    """
    found = located.sheet.bodies(located.record, located.wanted())
    if not located.further:
        return found, ()
    notes: list[str] = []
    bodies = [*found]
    below = getattr(located.sheet, "height", 0)
    for sheet, record in located.further:
        has_header = record >= 0
        more = joined([*sheet.bodies(record - has_header, located.wanted())])  # a header again is a row that is ignored
        more.lines = more.lines + below
        below += sheet.height
        kept, note = _unlike(more, has_header, bodies, sheet, located, report, file)
        if note is not None:
            notes.append(note)
        if len(kept):
            bodies.append(kept)
    return iter([joined(bodies)]), tuple(notes)


def _unlike(
    more: Body, has_header: bool, bodies: Sequence[Body], sheet: GridSheet, located: Located, report: Report, file: str
) -> tuple[Body, str | None]:
    """The rows of a further sheet that those before do not hold."""
    own, there = _row_hashes(more), np.concatenate([_row_hashes(body) for body in bodies])
    own[:has_header] = 0
    filled = own != 0
    repeats = filled & np.isin(own, there)
    rows, shared = int(filled.sum()), int(repeats.sum())
    name = display_name(sheet.name or "")
    others_too = int(np.isin(there[there != 0], own).sum()) == int((there != 0).sum())
    if rows and shared == rows:
        return _taken(
            more, ~filled & False
        ), f"Sheet {name} repeats {shared} rows of the sheets before and was not read"
    if shared and others_too:
        return _taken(more, ~repeats), f"Sheet {name} repeats {shared} rows of the sheets before, which were read once"
    counted, of, what = shared, rows, "rows"
    if (
        shared <= LARGEST_SHARED * rows
        and report.sum_rows_by is None
        and (at := _named_by(located, report)) is not None
    ):
        names = _distinct(more, at)
        counted = len(names & set().union(*(_distinct(body, at) for body in bodies)))
        of, what = len(names), f"values of {located.header[at]}"
    if counted > 1 and counted > LARGEST_SHARED * of:
        raise ExportError(
            file,
            "two sheets hold much the same and differ: one is a copy, and which is right cannot be told",
            found=f"{counted} of {of} {what} of sheet {name} stand in a sheet before it too",
            expected="one sheet, or sheets that go on",
        )
    return more, None


def _named_by(located: Located, report: Report) -> int | None:
    """Where the name stands that rows belong together by, such as an order's number."""
    return next((located.positions[name] for name in report.keep_together_by or () if name in located.positions), None)


def _distinct(body: Body, position: int) -> set[str]:
    return set(pc.unique(pc.utf8_trim_whitespace(body.cells[position])).to_pylist()) - {""}


def _row_hashes(body: Body) -> np.ndarray:
    """A hash a row, 0 for a blank one."""
    texts = pc.utf8_trim_whitespace(body.raw).to_pandas().astype("str")
    return np.where(texts == "", np.uint64(0), hashed(texts) | np.uint64(1)) if len(texts) else np.empty(0, np.uint64)


def _taken(body: Body, rows: np.ndarray) -> Body:
    mask = pa.array(rows)
    return Body(
        lines=body.lines[rows],
        raw=body.raw.filter(mask),
        cells={position: texts.filter(mask) for position, texts in body.cells.items()},
        damaged=body.damaged[rows],
        merged={position: merged[rows] for position, merged in body.merged.items()},
    )


def _bare(header: tuple[str, ...]) -> tuple[str, ...]:
    """A header in matching form, without the blank cells behind it."""
    return tuple(matching(name) for name in "\t".join(header).rstrip().split("\t"))


def _is_hidden(sheet: Sheet) -> bool:
    return isinstance(sheet, GridSheet) and sheet.is_hidden


def _told_of_hidden(sheet: Sheet, what: str) -> tuple[str, ...]:
    if not isinstance(sheet, GridSheet):
        return ()
    name = display_name(sheet.name or "")
    notes = [f"Sheet {name} is hidden and was {what}"] if sheet.is_hidden else []
    if sheet.hidden_rows:
        notes.append(f"{sheet.hidden_rows} rows of sheet {name} are hidden (a filter, most likely) and were read")
    return tuple(notes)


def _instead(missing: Column, located: Located, known: frozenset[str]) -> str:
    """What the header has that nobody knows: a renamed column is among these, never among columns that mean something
    else. All of them are told, since the one most like it need not be it."""
    unknown = [name for name in dict.fromkeys(located.header) if name and matching(name) not in known]
    if not unknown:
        return "no such column, and no header that is unknown"
    names = shareable_names(unknown)
    listed = ", ".join(names[:MAX_TOLD]) + (", …" if len(names) > MAX_TOLD else "")
    alike = likely_new_name(missing, unknown)
    if alike is None or alike not in names:
        return f"no such column; unknown headers: {listed}"
    return f"no such column; unknown headers: {listed}; the nearest is {alike}"


def likely_new_name(column: Column, unknown: Sequence[str]) -> str | None:
    """The unknown header that a column may be called now. Money is not offered for money of another meaning: a refund,
    a discount or a fee for a total."""
    if column.kind is Kind.MONEY:
        own = {word for header in column.headers for word in _OTHER_MONEY.findall(header.casefold())}
        unknown = [name for name in unknown if set(_OTHER_MONEY.findall(name.casefold())) <= own]
    return next((found for header in column.headers if (found := nearest(header, unknown))), None)


def match_columns(header: Sequence[str], columns: Sequence[Column]) -> dict[str, int]:
    """Field -> position, by the first of the field's names that the header holds (the leftmost of equal names)."""
    at: dict[str, int] = {}
    for position, name in enumerate(header):
        at.setdefault(matching(name), position)
    positions = {}
    for column in columns:
        for alias in column.headers:
            if matching(alias) in at:
                positions[column.name] = at[matching(alias)]
                break
    return positions


def _told_of_doubles(located: Located) -> tuple[str, ...]:
    """A note for each column that is read and stands in the header again: somebody may have put in another."""
    names = [matching(name) for name in located.header]
    twice = [located.header[at] for at in located.wanted() if names.count(names[at]) > 1]
    return tuple(
        f"Column {name} stands in the header {names.count(matching(name))} times: the first was read" for name in twice
    )


def _missing(located: Located) -> list[Column]:
    return [column for column in located.report.columns if column.required and column.name not in located.positions]


def _seen(sheets: Sequence[Sheet], report: Report) -> str:
    """What stands there instead: the first line that has a name in common with the report's headers. No other line is
    shown, it may be a data row and name somebody."""
    known = report.recognised()
    rows = [cells for sheet in sheets for cells in sheet.head[:HEADER_WITHIN]]
    if not rows:
        return "no line at all"
    for cells in rows:
        names = shareable_names([normalise(cell) for cell in cells if cell.strip()])
        if len(names) > 1 and any(matching(name) in known for name in names):
            return ", ".join(names[:8]) + (", …" if len(names) > 8 else "")
    return f"{len(rows)} lines of up to {max(map(len, rows))} cells, none of them a name that is known"
