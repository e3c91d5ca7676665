"""What a file is, and what would happen to its rows: printed without a cell of a data row."""

import sys
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from include.calendar.business_days import merchant_now
from include.exports.buyers import buyers_note, named_buyers
from include.exports.headers import HEADER_WITHIN, normalise, told
from include.exports.reading import Reading, told_sentences
from include.files.errors import ExportError
from include.files.limits import ReadLimits
from include.files.table import Tables, open_tables
from include.platforms.guess_columns import header_record
from include.platforms.read_export import read_export
from include.platforms.registry import REPORTS, SAME_AS, Recognised, recognise
from include.privacy.shown_names import readable
from include.settings.checking import Checking
from include.settings.loading import shop_beside_merchant
from include.settings.reading import Reading as HowToRead
from include.settings.saying import refused
from include.settings.shops import Shop
from include.settings.yaml_reading.yaml_files import SettingsError, read_yaml

if TYPE_CHECKING:
    from include.quality.verdict import Verdict


def inspect_file(
    file: Path, password: str | None = None, warehouse_pattern: str | None = None, rows: bool = False
) -> int:
    """Print what a file is; returns 0, 1 if it cannot be read as it is, 2 if it cannot be opened.

    warehouse_pattern: a regex with the warehouse as group 1, over the file's name. rows: each row's line and fate, too.
    """
    try:
        tables = open_tables(file.read_bytes(), file.name, password)
    except (ExportError, OSError) as error:
        return refused(error, None, 2)
    found = _recognised(tables)
    _row("file", readable(file.name))
    _row("container", tables.unpacked.container)
    _row("encoding", tables.encoding or "-")
    if found is None:
        _row("report", "unknown: no line looks like a known header")
        _row("next", "`scaffold` begins a shop or a platform with this file; `inspect --headers` shows its header")
        return 1
    recognised, header_line = found
    names = len(recognised.known) + len(recognised.unknown)
    if recognised.missing and 2 * len(recognised.known) < names:
        near = f"{recognised.platform} {recognised.report} knows {len(recognised.known)} of its {names} columns"
        _row("report", f"unknown; the nearest, {near}")
        _row("next", "`scaffold` begins a shop or a platform with this file; `inspect --headers` shows its header")
        return 1
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
            file,
            platform=recognised.platform,
            report=recognised.report,
            password=password,
            warehouse_pattern=warehouse_pattern,
        )
    except ExportError as error:
        return refused(error, None)
    _outcome(reading)
    if rows:
        _fates(reading)
    return 0


def inspect_as_shop(
    file: Path,
    shop_file: Path,
    *,
    report: str | None = None,
    day: str | None = None,
    password: str | None = None,
    warehouse_pattern: str | None = None,
    rows: bool = False,
) -> int:
    """The file as the day reads and checks it by the shop's settings, but for what only earlier days can tell."""
    try:
        shop, time_zone = shop_beside_merchant(shop_file)
        checking = Checking.model_validate(_merchant_beside(shop_file).get("checking", {}))
        name = report or shop.report_of(readable(file.name))
        if name is None or name not in shop.reports:
            there = ", ".join(f"{one} ({about.pattern})" for one, about in shop.reports.items())
            print(f"{file.name} fits no report of {shop.name}: {there}; say --report", file=sys.stderr)
            return 1
        about = shop.reports[name]
        reading = read_export(
            file,
            platform=shop.platform,
            report=about.report or name,
            time_zone=time_zone,
            password=password,
            remark_marks=dict(shop.remark_marks),
            columns=about.columns,
            declared=about.declared,
            warehouse_pattern=warehouse_pattern or shop.warehouse_pattern,
            encoding=about.encoding or shop.encoding,
            currency=shop.currency,
            writing=shop.writing_of(name),
            limits=_limits(shop_file),
        )
    except (ExportError, SettingsError, ValueError, KeyError, OSError) as error:
        return refused(error, None)
    _row("file", readable(file.name))
    _row("shop", f"{shop.name} ({shop.platform} {name})")
    _row("container", reading.container)
    _row("encoding", reading.encoding or "-")
    _row("header line", str(reading.header_line))
    for column in reading.unknown_columns:
        _row("not read", column)
    verdict = _checked(reading, shop, name, file.name, day, merchant_now(time_zone), checking)
    _outcome(reading, verdict)
    if rows:
        _fates(reading, verdict)
    return 1 if verdict.stopped else 0


def _merchant_beside(shop: Path) -> Mapping[str, Any]:
    """What merchant.yaml says, if the shop's YAML lies in a merchant's folder."""
    path = shop.resolve().parent.parent / "merchant.yaml"
    return read_yaml(path).content if path.is_file() else {}


def _limits(shop: Path) -> ReadLimits:
    """How much a file may hold, as the merchant beside the shop's YAML says."""
    return ReadLimits(**HowToRead.model_validate(_merchant_beside(shop).get("reading", {})).limits())


def _checked(
    reading: Reading, shop: Shop, report: str, file: str, day: str | None, now: datetime, checking: Checking
) -> "Verdict":
    from include.quality.check_export import check_frames
    from include.quality.verdict import BatchContext

    known = {"limits": checking, "stale_days": checking.stale_days, "file": file}
    day = day or reading.last_day or now.date().isoformat()
    context = BatchContext.of(reading, shop=shop.name, day=day, checked_at=now, **known)
    return check_frames(reading.frames, replace(context, report=report))


def print_headers(file: Path, password: str | None = None) -> int:
    """The names in the header line of each sheet that has one, for asking about a file without showing it."""
    try:
        tables = open_tables(file.read_bytes(), file.name, password)
    except (ExportError, OSError) as error:
        return refused(error, None, 2)
    found = [(sheet, record) for sheet in tables.sheets if (record := header_record(sheet)) is not None]
    for sheet, record in found:
        where = f"line {sheet.head_lines[record]}" + (f" of sheet {sheet.name}" if sheet.name else "")
        print(f"{tables.unpacked.container}, {tables.encoding or 'no encoding'}, {where}:")
        names = [normalise(cell) for cell in sheet.head[record]]
        of_a_report = recognise(names)
        if told([name for name in names if name]) == tuple(name for name in names if name):
            print(",".join(names))
        else:  # cells of a row stand among the names, which may name somebody
            print(",".join([*(of_a_report.known if of_a_report else ()), *told(names)]))
    if not found:
        print("no line looks like a header", file=sys.stderr)
    return 0 if found else 1


def list_reports() -> None:
    """platform, report, title: a line a report."""
    for platform, reports in REPORTS.items():
        names = " = ".join([platform, *(other for other, same in SAME_AS.items() if same == platform)])
        for report in reports.values():
            print(f"{names:<16} {report.name:<16} {report.title}")


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


def _outcome(reading: Reading, verdict: "Verdict | None" = None) -> None:
    """What becomes of the rows: by the reader alone, or with the verdict of the checks."""
    if reading.exported_at:
        _row("exported", reading.exported_at.isoformat(sep=" "))
    buyers = buyers_note(reading.platform, *named_buyers(reading.frames))
    for note in (*reading.notes, *told_sentences(reading.told), *([buyers] if buyers else [])):
        _row("note", note)
    if reading.first_day:
        _row("days", f"{reading.first_day} to {reading.last_day}")
    _row("optional", f"{len(reading.missing_columns)} not in this file: {', '.join(reading.missing_columns) or '-'}")
    ignored = len(reading.ignored) + (0 if verdict is None else len(verdict.ignored))
    rejected = (reading.rejected if verdict is None else verdict.quarantined)["file_line"].nunique()
    published = 0 if verdict is not None and verdict.stopped else reading.rows - ignored - rejected
    _row("rows", f"{reading.rows}: {published} published, {rejected} rejected")
    if verdict is not None and verdict.stopped:
        _row("stopped", verdict.why_stopped())
    for reason, count in reading.ignored["reason"].value_counts().items():
        _row("ignored", f"{count}: {reason}")
    for column, count in reading.rejected["column"].fillna("the whole row").value_counts().items():
        first = reading.rejected.loc[reading.rejected["column"].fillna("the whole row") == column].iloc[0]
        _row("rejected", f"{count}: {column}, first in line {first['file_line']}, expected {first['expected']}")
    for column, count in reading.blemished["column"].value_counts().items():
        first = reading.blemished.loc[reading.blemished["column"] == column].iloc[0]
        _row("warning", f"{count}: {column} unknown, first in line {first['file_line']}, expected {first['expected']}")
    if verdict is not None:
        held = verdict.quarantined[verdict.quarantined["frame"] != "file"].drop_duplicates(["file_line", "title"])
        for title, rows in held.groupby("title", sort=False):
            _row("held back", f"{len(rows)}: {title}, first in line {rows['file_line'].iloc[0]}")
        for note in verdict.warnings.query("frame != 'file'").itertuples():
            _row("warning", f"{note.title}: {note.rows or 1}, {note.frame}.{note.column}")
        _row("unchecked", "rows, money and age against earlier days; the day does that")
    for name, frame in reading.frames.items():
        _row("frame", f"{name}: {len(frame)} rows")


def _fates(reading: Reading, verdict: "Verdict | None" = None) -> None:
    """line, and what would happen to it; of its cells nothing."""
    ignored = reading.ignored.set_index("file_line")["reason"].to_dict()
    rejected: dict[int, list[str]] = {}
    for row in reading.rejected.itertuples():
        column = row.column if isinstance(row.column, str) else "the whole row"
        rejected.setdefault(row.file_line, []).append(f"{column}, expected {row.expected}")
    if verdict is not None:
        ignored |= verdict.ignored.set_index("file_line")["reason"].to_dict()
        for row in verdict.quarantined[verdict.quarantined["frame"] != "file"].itertuples():
            rejected.setdefault(row.file_line, []).append(f"{row.column}, expected {row.expected}")
    into: dict[int, list[str]] = {}
    for name, frame in reading.frames.items() if verdict is None or not verdict.stopped else ():
        for line, count in frame["file_line"].value_counts().items():
            into.setdefault(int(line), []).append(name if count == 1 else f"{name} ({count} rows)")
    for line in reading.row_money["file_line"]:
        if line in ignored:
            fate = f"ignored: {ignored[line]}"
        elif line in rejected:
            fate = f"rejected: {'; '.join(rejected[line])}"
        elif line not in into:
            fate = "held back: the export is stopped"
        else:
            fate = f"published: {', '.join(into[line])}"
        _row(f"line {line}", fate)


def _row(what: str, text: str) -> None:
    print(f"{what:<12} {text}")
