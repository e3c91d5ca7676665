"""What a file is, and what would happen to its rows: printed without a cell of a data row."""

import sys
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from include.calendar.business_days import merchant_now
from include.cli.unknown_files.guess_columns import header_record
from include.exports.buyers import buyers_note, named_buyers
from include.exports.headers import HEADER_WITHIN, normalise, shareable_names
from include.exports.reading import Reading, most_first
from include.files.content import Held
from include.files.errors import ExportError
from include.files.limits import ReadLimits
from include.files.table import Tables, open_tables
from include.pages.aligned import padded
from include.platforms.read_export import read_export
from include.platforms.registry import REPORTS, Recognised, recognise
from include.privacy.display_names import readable
from include.settings.checking import Checking
from include.settings.loading import shop_beside_merchant
from include.settings.location import described_language
from include.settings.reading import Reading as HowToRead
from include.settings.report_names import SAME_AS
from include.settings.saying import refused
from include.settings.shops import Shop
from include.settings.yaml_reading.yaml_files import SettingsError, read_yaml
from include.words.texts import Language, say, say_number

if TYPE_CHECKING:
    from include.quality.verdict import Verdict


def inspect_file(
    file: Path,
    password: str | None = None,
    warehouse_pattern: str | None = None,
    rows: bool = False,
    language: Language = "en",
) -> int:
    """Print what a file is, in the language; returns 0, 1 if it cannot be read as it is, 2 if it cannot be opened.

    warehouse_pattern: a regex with the warehouse as group 1, over the file's name. rows: each row's line and fate, too.
    """
    try:
        tables = open_tables(Held(file.read_bytes()), file.name, password)
    except (ExportError, OSError) as error:
        return refused(error, language, 2)
    found, out = _recognised(tables), _Printed(language)
    out.row("file", readable(file.name))
    out.row("container", tables.container)
    out.row("encoding", tables.encoding or "-")
    if found is None:
        out.say("report", "unknown_report")
        out.say("next", "scaffold")
        return 1
    recognised, header_line = found
    names = len(recognised.known) + len(recognised.unknown)
    if recognised.missing and 2 * len(recognised.known) < names:
        near = {"platform": recognised.platform, "report": recognised.report, "known": len(recognised.known)}
        out.say("report", "nearest_report", columns=names, **near)
        out.say("next", "scaffold")
        return 1
    out.row("platform", recognised.platform)
    out.row("report", recognised.report)
    out.row("generation", recognised.generation)
    out.row("header_line", str(header_line))
    out.say("known", "columns", count=len(recognised.known))
    for name in recognised.unknown:
        out.row("unknown", name + _like(recognised, name, language))
    for name in recognised.missing:
        out.row("missing", name + _like(recognised, name, language))
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
        return refused(error, language)
    _outcome(reading, out)
    if rows:
        _fates(reading, out)
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
    language: Language | None = None,
) -> int:
    """The file as the day reads and checks it by the shop's settings, but for what only earlier days can tell.

    language: of what is printed, if no merchant is described beside the shop's YAML.
    """
    told = described_language(shop_file.resolve().parent.parent) or language
    out = _Printed(told or "en")
    try:
        shop, time_zone = shop_beside_merchant(shop_file)
        checking = Checking.model_validate(_merchant_beside(shop_file).get("checking", {}))
        name = report or shop.report_of(readable(file.name))
        if name is None or name not in shop.reports:
            there = ", ".join(f"{one} ({about.pattern})" for one, about in shop.reports.items())
            facts = {"file": file.name, "shop": shop.name, "there": there}
            print(say(out.language, "command.inspect.no_report", **facts), file=sys.stderr)
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
        return refused(error, told)
    out.row("file", readable(file.name))
    out.say("shop", "shop", shop=shop.name, platform=shop.platform, report=name)
    out.row("container", reading.container)
    out.row("encoding", reading.encoding or "-")
    out.row("header_line", str(reading.header_line))
    for column in reading.unknown_columns:
        out.row("not_read", column)
    verdict = _checked(reading, shop, name, file.name, day, merchant_now(time_zone), checking)
    _outcome(reading, out, verdict)
    if rows:
        _fates(reading, out, verdict)
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
    from include.quality.check_export import ExportCheck
    from include.quality.verdict import BatchContext

    known = {"limits": checking, "stale_days": checking.stale_days, "file": file}
    day = day or reading.last_day or now.date().isoformat()
    context = BatchContext.of(reading, shop=shop.name, day=day, checked_at=now, **known)
    check = ExportCheck(replace(context, report=report))
    part = check.part(reading.frames, reading.rejected, reading.blemished)
    whole = check.whole(reading.rows, reading.money_micros)
    return replace(whole, quarantined=part.quarantined, ignored=part.ignored)


def print_headers(file: Path, password: str | None = None, language: Language = "en") -> int:
    """The names in the header line of each sheet that has one, for asking about a file without showing it."""
    try:
        tables = open_tables(Held(file.read_bytes()), file.name, password)
    except (ExportError, OSError) as error:
        return refused(error, language, 2)
    found = [(sheet, record) for sheet in tables.sheets if (record := header_record(sheet)) is not None]
    for sheet, record in found:
        name = "command.inspect.header_of_sheet" if sheet.name else "command.inspect.header_at"
        where = {"line": sheet.head_lines[record], "sheet": sheet.name}
        print(say(language, name, container=tables.container, encoding=tables.encoding or "-", **where))
        names = [normalise(cell) for cell in sheet.head[record]]
        of_a_report = recognise(names)
        if shareable_names([name for name in names if name]) == tuple(name for name in names if name):
            print(",".join(names))
        else:  # cells of a row stand among the names, which may name somebody
            print(",".join([*(of_a_report.known if of_a_report else ()), *shareable_names(names)]))
    if not found:
        print(say(language, "command.inspect.no_header"), file=sys.stderr)
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


def _like(recognised: Recognised, name: str, language: Language) -> str:
    near = recognised.nearest.get(name)
    return say(language, "command.inspect.near", near=near) if near else ""


class _Printed:
    """What is printed: rows of a label and a text, in one language."""

    def __init__(self, language: Language) -> None:
        self.language = language

    def row(self, label: str, text: str) -> None:
        print(f"{padded(say(self.language, f'command.inspect.label.{label}'), 12)} {text}")

    def say(self, label: str, name: str, **values: object) -> None:
        self.row(label, self.text(name, **values))

    def text(self, name: str, **values: object) -> str:
        return say(self.language, f"command.inspect.{name}", **values)


def _outcome(reading: Reading, out: _Printed, verdict: "Verdict | None" = None) -> None:
    """What becomes of the rows: by the reader alone, or with the verdict of the checks."""
    if reading.exported_at:
        out.row("exported", reading.exported_at.isoformat(sep=" "))
    for note in reading.notes:
        out.row("note", note)
    for sentence, count in most_first(reading.row_notes):
        out.row("note", say_number(out.language, "command.inspect.rows_with", count, sentence=sentence))
    if buyers := buyers_note(reading.platform, *named_buyers(reading.frames), language=out.language):
        out.row("note", buyers)
    if reading.first_day:
        out.say("days", "from_to", first=reading.first_day, last=reading.last_day)
    lacking = ", ".join(reading.missing_columns) or "-"
    out.say("optional", "not_in_file", count=len(reading.missing_columns), columns=lacking)
    ignored = len(reading.ignored) + (0 if verdict is None else len(verdict.ignored))
    rejected = (reading.rejected if verdict is None else verdict.quarantined)["file_line"].nunique()
    published = 0 if verdict is not None and verdict.stopped else reading.rows - ignored - rejected
    out.say("rows", "of_rows", rows=reading.rows, published=published, rejected=rejected)
    if verdict is not None and verdict.stopped:
        out.row("stopped", verdict.why_stopped(out.language))
    for reason, count in reading.ignored["reason"].value_counts().items():
        out.row("ignored", f"{count}: {reason}")
    whole = out.text("whole_row")
    for column, count in reading.rejected["column"].fillna(whole).value_counts().items():
        first = reading.rejected.loc[reading.rejected["column"].fillna(whole) == column].iloc[0]
        facts = {"line": first["file_line"], "expected": first["expected"]}
        out.say("rejected", "first_in_line", count=count, column=column, **facts)
    for column, count in reading.blemished["column"].value_counts().items():
        first = reading.blemished.loc[reading.blemished["column"] == column].iloc[0]
        facts = {"line": first["file_line"], "expected": first["expected"]}
        out.say("warning", "cell_unknown", count=count, column=column, **facts)
    if verdict is not None:
        from include.quality.verdict import title_column

        title = title_column(out.language)
        held = verdict.quarantined[verdict.quarantined["frame"] != "file"].drop_duplicates(["file_line", "title"])
        for said, rows in held.groupby(title, sort=False):
            out.say("held_back", "held_back", count=len(rows), title=said, line=rows["file_line"].iloc[0])
        for note in verdict.warnings.query("frame != 'file'").to_dict("records"):
            facts = {"title": note[title], "rows": note["rows"] or 1, "frame": note["frame"], "column": note["column"]}
            out.say("warning", "rule_broken", **facts)
        out.say("unchecked", "unchecked")
    for name, frame in reading.frames.items():
        out.say("frame", "frame", frame=name, rows=len(frame))


def _fates(reading: Reading, out: _Printed, verdict: "Verdict | None" = None) -> None:
    """line, and what would happen to it; of its cells nothing."""
    ignored = reading.ignored.set_index("file_line")["reason"].to_dict()
    rejected: dict[int, list[str]] = {}

    def reject(row: Any) -> None:
        column = row.column if isinstance(row.column, str) else out.text("whole_row")
        told = out.text("expected", column=column, expected=row.expected)
        rejected.setdefault(row.file_line, []).append(told)

    for row in reading.rejected.itertuples():
        reject(row)
    if verdict is not None:
        ignored |= verdict.ignored.set_index("file_line")["reason"].to_dict()
        for row in verdict.quarantined[verdict.quarantined["frame"] != "file"].itertuples():
            reject(row)
    into: dict[int, list[str]] = {}
    for name, frame in reading.frames.items() if verdict is None or not verdict.stopped else ():
        for line, count in frame["file_line"].value_counts().items():
            told = name if count == 1 else out.text("several_rows", frame=name, rows=count)
            into.setdefault(int(line), []).append(told)
    for line in reading.row_money["file_line"]:
        if line in ignored:
            fate = out.text("fate.ignored", why=ignored[line])
        elif line in rejected:
            fate = out.text("fate.rejected", why="; ".join(rejected[line]))
        elif line not in into:
            fate = out.text("fate.stopped")
        else:
            fate = out.text("fate.published", frames=", ".join(into[line]))
        print(f"{padded(out.text('line', line=line), 12)} {fate}")
