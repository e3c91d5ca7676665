"""Which sheet and line of a file is the header, and which of its columns are the fields of a report."""

from collections.abc import Sequence
from dataclasses import dataclass

from include.landing.errors import ExportError
from include.landing.records import Sheet
from include.platforms.declaration import Column, Report
from include.platforms.headers import HEADER_WITHIN, matching, nearest, normalise, told


@dataclass(frozen=True)
class Located:
    """A header found. report: as a file with this header has it. positions: field -> column position."""

    report: Report
    sheet: Sheet
    record: int
    line: int
    header: tuple[str, ...]
    positions: dict[str, int]

    def wanted(self) -> list[int]:
        """The positions of all fields, each once."""
        return sorted(set(self.positions.values()))


def locate(sheets: Sequence[Sheet], report: Report, file: str) -> Located:
    """Find the report's header. Raises ExportError naming the missing column and the header nearest to it."""
    best: Located | None = None
    best_count = 0
    known = report.recognised()
    for sheet in sheets:
        for record, cells in enumerate(sheet.head[:HEADER_WITHIN]):
            header = tuple(normalise(cell) for cell in cells)
            count = sum(matching(name) in known for name in set(header))
            if count <= best_count:
                continue
            fitting = report.for_header(cells)
            positions = match_columns(header, fitting.columns)
            located = Located(fitting, sheet, record, sheet.head_lines[record], header, positions)
            if not _missing(located):
                return located
            best, best_count = located, count
    if best is None or best_count < 2:
        raise ExportError(
            file,
            f"no header of {report.title} within the first {HEADER_WITHIN} lines",
            found=_seen(sheets, report),
            expected="columns such as " + ", ".join(c.headers[0] for c in report.columns if c.required),
        )
    missing = _missing(best)[0]
    alike = nearest(missing.headers[0], best.header) or next(
        (found for alias in missing.headers[1:] if (found := nearest(alias, best.header))), None
    )
    raise ExportError(
        file,
        f"{report.title} cannot be read without a required column",
        line=best.line,
        column=missing.headers[0],
        found=f"no such column; the nearest header is {alike}" if alike else "no such column and none like it",
        expected=" or ".join(missing.headers),
    )


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
        names = told([normalise(cell) for cell in cells if cell.strip()])
        if len(names) > 1 and any(matching(name) in known for name in names):
            return ", ".join(names[:8]) + (", …" if len(names) > 8 else "")
    return f"{len(rows)} lines of up to {max(map(len, rows))} cells, none of them a name that is known"
