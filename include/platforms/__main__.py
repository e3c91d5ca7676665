"""What is this file? `python -m include.platforms FILE`

Prints platform, report and generation, container, encoding and header line; which columns are known, unknown (with the
nearest known name) and missing; the days the rows speak of; and how many rows would be published, ignored and rejected.
Prints no cell of a data row.
"""

import argparse
import sys
from pathlib import Path

from include.landing.errors import ExportError
from include.landing.table import Tables, open_tables
from include.platforms.headers import HEADER_WITHIN, normalise
from include.platforms.reading import Reading, read_export
from include.platforms.registry import Recognised, recognise


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m include.platforms", description="What is this export?")
    parser.add_argument("file", type=Path)
    parser.add_argument("--password", help="of a protected workbook or zip")
    parser.add_argument("--warehouse-pattern", help="regex with the warehouse as group 1, over the file's name")
    given = parser.parse_args(arguments)
    try:
        tables = open_tables(given.file.read_bytes(), given.file.name, given.password)
    except (ExportError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    found = _recognised(tables)
    _row("file", given.file.name)
    _row("container", tables.unpacked.container)
    _row("encoding", tables.encoding or "-")
    if found is None:
        _row("report", "unknown: no line looks like a known header")
        return 1
    recognised, header_line = found
    _row("platform", recognised.platform)
    _row("report", recognised.report)
    _row("generation", recognised.generation)
    _row("header line", str(header_line))
    _row("known", f"{len(recognised.known)} columns")
    for name in recognised.unknown:
        _row("unknown", name + _like(recognised, name))
    for name in recognised.missing:
        _row("missing", name + _like(recognised, name))
    if recognised.missing:
        return 1
    try:
        reading = read_export(
            given.file,
            platform=recognised.platform,
            report=recognised.report,
            password=given.password,
            warehouse_pattern=given.warehouse_pattern,
        )
    except ExportError as error:
        print(error, file=sys.stderr)
        return 1
    _outcome(reading)
    return 0


def _recognised(tables: Tables) -> tuple[Recognised, int] | None:
    """The best of all first lines of all sheets."""
    best: tuple[tuple[bool, int], Recognised, int] | None = None
    for sheet in tables.sheets:
        for cells, line in zip(sheet.head[:HEADER_WITHIN], sheet.head_lines, strict=False):
            recognised = recognise([normalise(cell) for cell in cells])
            if recognised is None:
                continue
            score = (not recognised.missing, len(recognised.known))
            if best is None or score > best[0]:
                best = (score, recognised, line)
    return None if best is None else best[1:]


def _like(recognised: Recognised, name: str) -> str:
    return f" (nearest: {recognised.nearest[name]})" if name in recognised.nearest else ""


def _outcome(reading: Reading) -> None:
    if reading.exported_at:
        _row("exported", reading.exported_at.isoformat(sep=" "))
    if reading.first_day:
        _row("days", f"{reading.first_day} to {reading.last_day}")
    _row("optional", f"{len(reading.missing_columns)} not in this file: {', '.join(reading.missing_columns) or '-'}")
    lost = len(reading.ignored) + reading.rejected["file_line"].nunique()
    _row("rows", f"{reading.rows}: {reading.rows - lost} published, {lost - len(reading.ignored)} rejected")
    for reason, count in reading.ignored["reason"].value_counts().items():
        _row("ignored", f"{count}: {reason}")
    for column, count in reading.rejected["column"].fillna("the whole row").value_counts().items():
        first = reading.rejected.loc[reading.rejected["column"].fillna("the whole row") == column].iloc[0]
        _row("rejected", f"{count}: {column}, first in line {first['file_line']}, expected {first['expected']}")
    for name, frame in reading.frames.items():
        _row("frame", f"{name}: {len(frame)} rows")


def _row(what: str, text: str) -> None:
    print(f"{what:<12} {text}")


if __name__ == "__main__":
    raise SystemExit(main())
