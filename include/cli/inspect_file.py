"""What is this file? `./storekeeper platforms FILE`

    ./storekeeper platforms FILE [--rows]                   what it is, and what would happen to its rows
    ./storekeeper platforms FILE --shop shops/x.yaml        the same by a shop's own settings, checks included
    ./storekeeper platforms headers FILE                    the names in its header line, and nothing else
    ./storekeeper platforms scaffold FILE --shop NAME       files to begin a new shop with
    ./storekeeper platforms scaffold FILE --shop NAME --platform NEW      and a new platform
    ./storekeeper platforms --list                          every platform and report that can be read

Prints platform, report and generation, container, encoding and header line; which columns are known, unknown (with the
nearest known name) and missing; what of the reading is a guess; the days the rows speak of; and how many rows would be
published, ignored and rejected. Prints no cell of a data row. `--rows`
tells each row's line and fate.

Exit codes: 0 every row is published, ignored or rejected with its reason (or the files were written); 1 it cannot be
read as it is: an unknown header, a required column missing, a file in the way; 2 it cannot be opened, or the command is
wrong.
"""

import argparse
import re
import sys
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from include.cli.guess_columns import header_record
from include.exports.buyers import buyers_note, named_buyers
from include.exports.headers import HEADER_WITHIN, normalise, told
from include.exports.reading import Reading, told_sentences
from include.files.errors import ExportError
from include.files.limits import ReadLimits
from include.files.table import Tables, open_tables
from include.platforms.read_export import read_export
from include.platforms.registry import REPORTS, SAME_AS, Recognised, recognise
from include.privacy.shown_names import readable
from include.settings.arguments import a_day, command_parser, run_command
from include.settings.checking import Checking
from include.settings.loading import shop_beside_merchant
from include.settings.reading import Reading as HowToRead
from include.settings.saying import refused
from include.settings.shops import Shop
from include.settings.yaml.yaml_files import SettingsError, read_yaml

if TYPE_CHECKING:
    from include.quality.verdict import Verdict


def main(arguments: list[str] | None = None) -> int:
    words = sys.argv[1:] if arguments is None else arguments
    if words and words[0] in ("headers", "scaffold"):
        return {"headers": _headers, "scaffold": _scaffold}[words[0]](words[1:])
    parser = command_parser("platforms", __doc__)
    parser.add_argument("file", type=Path, nargs="?")
    parser.add_argument("--list", action="store_true", help="the platforms and reports that can be read")
    parser.add_argument("--password", help="of a protected workbook or zip")
    parser.add_argument(
        "--warehouse-pattern", type=_pattern, help="regex with the warehouse as group 1, over the file's name"
    )
    parser.add_argument("--rows", action="store_true", help="each row's line and what would happen to it")
    parser.add_argument("--shop", type=Path, help="a shop's YAML: read the file as that shop's")
    parser.add_argument("--day", type=a_day, help="with --shop: the business day the file is for (default: its last)")
    parser.add_argument("--report", help="with --shop: which of its reports, where the file's name does not say")
    given = parser.parse_args(words)
    if given.list:
        _list()
        return 0
    if given.file is None:
        parser.error("a file, or --list")
    if given.shop is not None:
        return _as_of_shop(given)
    try:
        tables = open_tables(given.file.read_bytes(), given.file.name, given.password)
    except (ExportError, OSError) as error:
        return refused(error, None, 2)
    found = _recognised(tables)
    _row("file", readable(given.file.name))
    _row("container", tables.unpacked.container)
    _row("encoding", tables.encoding or "-")
    if found is None:
        _row("report", "unknown: no line looks like a known header")
        _row("next", "`scaffold` begins a shop or a platform with this file; `headers` shows its header")
        return 1
    recognised, header_line = found
    names = len(recognised.known) + len(recognised.unknown)
    if recognised.missing and 2 * len(recognised.known) < names:
        near = f"{recognised.platform} {recognised.report} knows {len(recognised.known)} of its {names} columns"
        _row("report", f"unknown; the nearest, {near}")
        _row("next", "`scaffold` begins a shop or a platform with this file; `headers` shows its header")
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
            given.file,
            platform=recognised.platform,
            report=recognised.report,
            password=given.password,
            warehouse_pattern=given.warehouse_pattern,
        )
    except ExportError as error:
        return refused(error, None)
    _outcome(reading)
    if given.rows:
        _fates(reading)
    return 0


def _pattern(text: str) -> str:
    try:
        groups = re.compile(text).groups
    except re.error:
        groups = 0
    if not groups:
        raise argparse.ArgumentTypeError(
            f"expected a regex with the warehouse in brackets, such as 库存_(.+)_, found {text!r} "
            f"· 应为正则表达式，仓库写在括号里，如 库存_(.+)_，写的是 {text!r}"
        )
    return text


def _as_of_shop(given: argparse.Namespace) -> int:
    """The file as the day reads and checks it by the shop's settings, but for what only earlier days can tell."""
    try:
        shop, time_zone = shop_beside_merchant(given.shop)
        checking = Checking.model_validate(_merchant_beside(given.shop).get("checking", {}))
        name = given.report or shop.report_of(readable(given.file.name))
        if name is None or name not in shop.reports:
            there = ", ".join(f"{report} ({about.pattern})" for report, about in shop.reports.items())
            print(f"{given.file.name} fits no report of {shop.name}: {there}; say --report", file=sys.stderr)
            return 1
        about = shop.reports[name]
        reading = read_export(
            given.file,
            platform=shop.platform,
            report=about.report or name,
            time_zone=time_zone,
            password=given.password,
            remark_marks=dict(shop.remark_marks),
            columns=about.columns,
            declared=about.declared,
            warehouse_pattern=given.warehouse_pattern or shop.warehouse_pattern,
            encoding=about.encoding or shop.encoding,
            currency=shop.currency,
            writing=shop.writing_of(name),
            limits=_limits(given.shop),
        )
    except (ExportError, SettingsError, ValueError, KeyError, OSError) as error:
        return refused(error, None)
    _row("file", readable(given.file.name))
    _row("shop", f"{shop.name} ({shop.platform} {name})")
    _row("container", reading.container)
    _row("encoding", reading.encoding or "-")
    _row("header line", str(reading.header_line))
    for column in reading.unknown_columns:
        _row("not read", column)
    verdict = _checked(reading, shop, name, given, checking)
    _outcome(reading, verdict)
    if given.rows:
        _fates(reading, verdict)
    return 1 if verdict.stopped else 0


def _merchant_beside(shop: Path) -> Mapping[str, Any]:
    """What merchant.yaml says, if the shop's YAML lies in a merchant's folder."""
    path = shop.resolve().parent.parent / "merchant.yaml"
    return read_yaml(path).content if path.is_file() else {}


def _limits(shop: Path) -> ReadLimits:
    """How much a file may hold, as the merchant beside the shop's YAML says."""
    return ReadLimits(**HowToRead.model_validate(_merchant_beside(shop).get("reading", {})).limits())


def _checked(reading: Reading, shop: Shop, report: str, given: argparse.Namespace, checking: Checking) -> "Verdict":
    from include.quality.check import check_frames
    from include.quality.verdict import BatchContext

    now = datetime.now()
    day = given.day or reading.last_day or now.date().isoformat()
    known = {"limits": checking, "stale_days": checking.stale_days, "file": given.file.name}
    context = BatchContext.of(reading, shop=shop.name, day=day, checked_at=now, **known)
    return check_frames(reading.frames, replace(context, report=report))


def _headers(words: list[str]) -> int:
    """The names in the header line of each sheet that has one, for asking about a file without showing it."""
    parser = command_parser("platforms headers", _headers.__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--password")
    given = parser.parse_args(words)
    try:
        tables = open_tables(given.file.read_bytes(), given.file.name, given.password)
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


def _scaffold(words: list[str]) -> int:
    from include.cli.scaffold import ROOT, ScaffoldError, register, scaffold

    parser = command_parser("platforms scaffold", sys.modules["include.cli.scaffold"].__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--shop", required=True, help="the new shop's name")
    parser.add_argument("--platform", help="the new platform's name, where more shops will be on it")
    parser.add_argument("--merchant", type=Path, default=Path("merchant"), help="the merchant's folder")
    parser.add_argument("--root", type=Path, default=ROOT, help="where include/ and tests/ are")
    parser.add_argument("--password")
    given = parser.parse_args(words)
    try:
        made = scaffold(given.file, given.shop, given.merchant, given.root, given.platform, given.password)
        made.write()
        if given.platform:
            register(given.platform, made.report, given.root)
    except ScaffoldError as error:
        return refused(error, None)
    except (ExportError, OSError) as error:
        return refused(error, None, 2)
    for path in made.files:
        _row("written", str(path))
    if given.platform:
        _row("registered", f"{given.platform} in include/platforms/registry.py")
    for note in made.notes:
        _row("note", note)
    return 0


def _list() -> None:
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


if __name__ == "__main__":
    run_command(main)
