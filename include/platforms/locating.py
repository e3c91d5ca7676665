"""Which sheet and line of a file is the header, and which of its columns are the fields of a report."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from include.landing.errors import ExportError
from include.landing.records import Sheet
from include.platforms.declaration import Column, Kind, Report
from include.platforms.headers import HEADER_WITHIN, matching, nearest, normalise, told

_OTHER_MONEY = re.compile(
    r"退|补贴|优惠|折扣|折让|减免|运费|邮费|快递费|佣金|服务费|手续费|税|红包|积分|余额|预估|成本|单价|"
    r"refund|discount|fee|tax|shipping|coupon|tip|balance|cost|unit"
)
"""Words by which an amount of money is another one than the same name without them."""


MOST_TOLD = 30
"""Headers named in a message."""


@dataclass(frozen=True)
class Located:
    """A header found. positions: field -> column position."""

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
            positions = match_columns(header, report.columns)
            located = Located(sheet, record, sheet.head_lines[record], header, positions)
            if not _missing(report, located):
                return located
            best, best_count = located, count
    if best is None or best_count < 2:
        raise ExportError(
            file,
            f"no header of {report.title} within the first {HEADER_WITHIN} lines",
            found=_seen(sheets, report),
            expected="columns such as " + ", ".join(c.headers[0] for c in report.columns if c.required),
        )
    missing = _missing(report, best)[0]
    raise ExportError(
        file,
        f"{report.title} cannot be read without a required column",
        line=best.line,
        column=missing.headers[0],
        found=_instead(missing, best, known),
        expected=" or ".join(missing.headers),
    )


def _instead(missing: Column, located: Located, known: frozenset[str]) -> str:
    """What the header has that nobody knows: a renamed column is among these, never among columns that mean something
    else. All of them are told, since the one most like it need not be it."""
    unknown = [name for name in dict.fromkeys(located.header) if name and matching(name) not in known]
    if not unknown:
        return "no such column, and no header that is unknown"
    names = told(unknown)
    listed = ", ".join(names[:MOST_TOLD]) + (", …" if len(names) > MOST_TOLD else "")
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


def _missing(report: Report, located: Located) -> list[Column]:
    return [column for column in report.columns if column.required and column.name not in located.positions]


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
