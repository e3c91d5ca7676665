"""Files to begin a new shop or platform with: written from one export, holding none of its cells but state words.

What is written: the shop's YAML; a fixture with made-up rows of the file's shape; a test that reads the fixture. With
--platform also the platform's folder, which the registry finds by itself. The rules of each frame (suites) are there
already, since every report yields the same frames. Nothing that exists is overwritten.
"""

import random
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from include.cli.unknown_files.guess_columns import (
    KIND_OF,
    Guessed,
    Shape,
    guess,
    header_record,
    is_personal,
    status_meaning,
)
from include.exports.any_platform.declared import SALES
from include.files.content import Held
from include.files.errors import ExportError
from include.files.table import open_tables
from include.platforms.read_export import read_content
from include.settings.saying import BilingualError
from include.settings.writing import Writing
from include.settings.yaml_reading.yaml_files import parse_yaml
from include.words.texts import in_each, listed

ROWS = 4
SEED = 1


class ScaffoldError(BilingualError):
    """Nothing was written; the message says why."""


@dataclass
class Scaffold:
    """path -> text, and what a person should know, in Chinese and in English."""

    files: dict[Path, str] = field(default_factory=dict)
    notes: list[tuple[str, str]] = field(default_factory=list)

    def write(self) -> None:
        """Raises ScaffoldError where one of the files is there already; none is written then."""
        there = [str(path) for path in self.files if path.exists()]
        if there:
            raise ScaffoldError.named("error.already_there", files=listed(there))
        for path, text in self.files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")


def scaffold(
    file: Path, shop: str, merchant: Path, root: Path, platform: str | None = None, password: str | None = None
) -> Scaffold:
    """What to write for an unknown file. Raises ExportError where the file cannot be opened or has no header."""
    for name in filter(None, (shop, platform)):
        if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
            raise ScaffoldError.named("error.no_plain_name", name=repr(name))
    content = file.read_bytes()
    if _describes_a_shop(file, content):
        raise ScaffoldError.named("error.scaffold.yaml", file=file)
    tables = open_tables(Held(content), file.name, password)
    sheet = max(tables.sheets, key=lambda one: -1 if (at := header_record(one)) is None else len(one.head[at]))
    found = guess(sheet, file.name, tables.sheets)
    made = Scaffold()
    if found.lacking:
        free = ", ".join(found.rest) or "none"
        made.notes.append(in_each("command.scaffold.no_column", columns=listed(found.lacking), free=free))
    report = found.frame
    fixture_name = re.sub(r"\d", "0", file.stem) + ".csv"
    fixture = _fixture(found)
    # A guess is no shop yet: in shops/ it would be waited for by the next day.
    draft, shops = merchant / "drafts" / f"{shop}.yaml", merchant / "shops"
    if (shops / draft.name).exists():
        raise ScaffoldError.named("error.already_there", files=str(shops / draft.name))
    if platform is None:
        tests = root / "tests" / "shops"
        fixture_path = tests / "fixtures" / shop / fixture_name
        declared = _declaration_yaml(found, "      ")
        reading = _try(fixture, fixture_name, found, made)
        test = _shop_test(shop, report, _between(tests, merchant), fixture_name, reading)
        made.files[tests / f"test_{shop}.py"] = test
        made.files[draft] = _shop_yaml(shop, "declared", report, file.name, declared)
    else:
        fixture_path = root / "tests" / "platforms" / "fixtures" / platform / fixture_name
        reading = _try(fixture, fixture_name, found, made)
        folder = root / "include" / "platforms" / platform
        made.files[folder / "__init__.py"] = _package(platform, report)
        made.files[folder / "names.yaml"] = f"reports:\n  {report}:\n"
        made.files[folder / f"{report}.py"] = _module(platform, report, found)
        made.files[root / "tests" / "platforms" / f"test_{platform}.py"] = _platform_test(
            platform, report, fixture_name, reading
        )
        made.files[draft] = _shop_yaml(shop, platform, report, file.name, None)
    made.files[fixture_path] = fixture
    made.notes.append(in_each("command.scaffold.draft", shops=str(shops)))
    if found.frame == "order_lines":
        made.notes.append(in_each("command.scaffold.no_payment"))
    frames = ("orders", "order_lines", "refunds") if report == SALES else (report,)
    made.notes.append(in_each("command.scaffold.suites", suites=listed(frames)))
    return made


def _describes_a_shop(file: Path, content: bytes) -> bool:
    """Whether this is YAML of ours, or a file that its name calls so, and no export."""
    if file.suffix.lower() in (".yaml", ".yml"):
        return True
    try:
        return bool(parse_yaml(file, content.decode()).content.keys() & {"platform", "reports", "warehouses"})
    except (ValueError, RecursionError):
        return False


def _between(folder: Path, target: Path) -> str:
    import os

    return Path(os.path.relpath(target.resolve(), folder.resolve())).as_posix()


def _declaration(found: Guessed) -> dict[str, object]:
    """The declaration as `declared` reads it."""
    columns: dict[str, object] = {}
    for one in found.guesses:
        said: dict[str, object] = {"header": one.header}
        if one.field == "status":
            said["words"] = {word: status_meaning(word) or "completed" for word in found.shapes[one.header].words}
        if one.field not in _needs(found):
            said["required"] = False
        columns[one.field] = said if len(said) > 1 else one.header
    for name in found.lacking:
        columns[name] = f"??? the header of {name}"
    declaration: dict[str, object] = {**found.writing.model_dump(exclude_none=True), "columns": columns}
    fields = {one.field for one in found.guesses}
    if found.frame == SALES:
        if "status" not in fields:
            declaration["constants"] = {"status": "completed"}
        if "paid_at" not in fields:
            declaration["same"] = {"paid_at": "created_at"}
    rules: list[dict[str, object]] = [{"when": {field: word}, "ignore": "total line"} for field, word in found.totals]
    if found.frame == SALES and _has_returns(found):
        rules.append({"when": {"quantity": {"at_most": 0}}, "read_as": "refunds"})
    if rules:
        declaration["rows"] = rules
    return declaration


def _needs(found: Guessed) -> set[str]:
    from include.exports.any_platform.declared import needs_of

    return {name.removesuffix("_micros") for name in needs_of(found.frame)}


def _has_returns(found: Guessed) -> bool:
    return any(one.field == "quantity" and found.shapes[one.header].any_below_zero for one in found.guesses)


def _declaration_yaml(found: Guessed, indent: str) -> str:
    """With the reason of every guess beside it."""
    said = _declaration(found)
    why = {one.field: one.why for one in found.guesses}
    lines = [f"frame: {found.frame}   # guessed: these columns fit it best" if found.frame != SALES else "", "columns:"]
    for name, column in said["columns"].items():  # type: ignore[attr-defined]
        reason = f"guessed {why[name]}" if name in why else "no column was found for it: name its header"
        text = yaml.safe_dump(column, allow_unicode=True, default_flow_style=True, width=10_000).strip()
        lines.append(f"  {name}: {text.removesuffix('...').strip()}   # {reason}")
    lines += [f"  # not read: {name}" for name in found.rest]
    for key, comment in (
        ("decimal", "guessed: most amounts have a comma before the cents"),
        ("day_first", "guessed by days beyond the twelfth"),
        ("constants", "guessed: no column says it"),
        ("same", "guessed: the first is as the second says, since no column says it; name its header if one does"),
        ("rows", "guessed: the first rule that fits decides"),
    ):
        if key in said:
            text = yaml.safe_dump(said[key], allow_unicode=True, default_flow_style=True, width=10_000).strip()
            lines.append(f"{key}: {text.removesuffix('...').strip()}   # {comment}")
    return "".join(f"{indent}{line}\n" for line in lines if line)


def _shop_yaml(shop: str, platform: str, report: str, file: str, declared: str | None) -> str:
    pattern = re.sub(r"\d+(?:[-_. ]\d+)*", "*", file)
    text = (
        f"# Begun from {re.sub(chr(92) + 'd', '0', file)}. Every guess says so: confirm it, or mend it.\n"
        f"name: {shop}\n"
        f"platform: {platform}\n"
        "source:\n"
        f'  path: "{{home}}/exports/{shop}/{{day}}"   # where each business day\'s files are put\n'
        f'  history: "{{home}}/exports/{shop}/history"\n'
        "  settle_seconds: 60   # a file changed less than a minute ago is still being written\n"
        "reports:\n"
        f"  {report}:\n"
        f'    pattern: "{pattern}"   # guessed from the file\'s name\n'
    )
    return text if declared is None else f"{text}    declared:\n{declared}"


def _fixture(found: Guessed) -> str:
    """A few rows of the file's shape. Of its cells only the words of a state are taken over."""
    rng = random.Random(SEED)
    of = {one.header: one.field for one in found.guesses}
    lines = [",".join(_quoted(name) for name in found.header)]
    for row in range(ROWS):
        back = _has_returns(found) and row == ROWS - 1
        cells = (
            _cell(of.get(name), name, found.shapes.get(name), row, back, rng, found.writing) for name in found.header
        )
        lines.append(",".join(map(_quoted, cells)))
    return "\n".join(lines) + "\n"


def _cell(
    name: str | None, header: str, shape: Shape | None, row: int, back: bool, rng: random.Random, writing: Writing
) -> str:
    if shape is None:
        return ""
    # A column that happens to be empty in this file is filled where a field was guessed for it.
    kind = shape.kind if shape.kind != "blank" else KIND_OF.get(name, "text") if name else "blank"
    if kind == "blank":
        return ""
    if name == "order_id":
        return f"100000{row // 2 + 1}"
    if name == "status":
        return shape.words[row % len(shape.words)] if shape.words else "x"
    if name == "quantity":
        return "-1" if back else str(row + 1)
    if kind == "time":
        return f"2026-05-01 10:0{row}:00"
    if kind == "whole":
        return str(rng.randrange(1, 9))
    if kind == "money":
        return f"{10 * (row + 1)}{writing.decimal_sign}50"
    if kind == "id":
        return f"{'S' if is_personal(header) else 'A'}{row + 1:03d}"
    return f"{'someone' if is_personal(header) else 'text'} {row + 1}"


def _quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"' if re.search(r'[",\n]', cell) else cell


@dataclass(frozen=True)
class _Expected:
    """What reading the fixture gave when it was written."""

    rows: int
    frames: Mapping[str, int]
    money_micros: int
    lacking: tuple[str, ...] = ()


def _try(fixture: str, name: str, found: Guessed, made: Scaffold) -> _Expected:
    if found.lacking:
        return _Expected(ROWS, {}, 0, tuple(found.lacking))
    try:
        read = read_content(
            Held(fixture.encode()), name, platform="declared", report=found.frame, declared=_declaration(found)
        )
    except ExportError as error:
        raise ScaffoldError(f"the made-up rows cannot be read, so the guess is wrong somewhere: {error}") from error
    for rejected in read.rejected.itertuples():
        facts = {"column": rejected.column, "expected": rejected.expected}
        made.notes.append(in_each("command.scaffold.rejected", **facts))
    return _Expected(read.rows, {frame: len(rows) for frame, rows in read.frames.items()}, read.money_micros)


_ASSERTIONS = """
    assert reading.rows == {rows}
    assert reading.rejected.empty
    assert {{name: len(frame) for name, frame in reading.frames.items()}} == {frames}
    assert reading.money_micros == {money_micros}
"""


def _assertions(expected: _Expected) -> str:
    if expected.lacking:
        return f'\n    raise AssertionError("name a header for {", ".join(expected.lacking)} in the declaration")\n'
    return _ASSERTIONS.format(
        rows=expected.rows, frames=str(dict(expected.frames)).replace("'", '"'), money_micros=expected.money_micros
    )


def _shop_test(shop: str, report: str, merchant: str, fixture: str, expected: _Expected) -> str:
    return f'''"""The shop {shop}: its declaration reads a file of its shape. Its rows are made up."""

from pathlib import Path

import yaml

from include.platforms.read_export import read_export
from include.settings.shops import Shop

HERE = Path(__file__).parent


def test_every_row_of_the_fixture_is_read() -> None:
    folder = HERE / "{merchant}"
    settings, *_ = (*folder.glob("shops/{shop}.yaml"), *folder.glob("drafts/{shop}.yaml"))
    shop = Shop.model_validate(yaml.safe_load(settings.read_text(encoding="utf-8")))
    file = HERE / "fixtures" / "{shop}" / "{fixture}"

    reading = read_export(file, platform=shop.platform, report="{report}", declared=shop.reports["{report}"].declared)
{_assertions(expected)}'''


def _platform_test(platform: str, report: str, fixture: str, expected: _Expected) -> str:
    # Where returns stand among the sales, what is published is their difference.
    balance = "" if expected.frames.get("refunds") else "    balanced(reading)\n"
    return f'''"""{platform}: its declaration reads a file of its shape. The fixture's rows are made up."""

from collections.abc import Callable
from pathlib import Path

from include.exports.reading import Reading
from include.platforms.read_export import read_export
from include.platforms.registry import recognise


def test_every_row_of_the_fixture_is_read(fixtures: Path, balanced: Callable[[Reading], None]) -> None:
    file = fixtures / "{platform}" / "{fixture}"

    reading = read_export(file, platform="{platform}", report="{report}")
{_assertions(expected)}{balance}

def test_its_header_is_recognised(fixtures: Path) -> None:
    header = (fixtures / "{platform}" / "{fixture}").read_text(encoding="utf-8").splitlines()[0]

    found = recognise(header.replace('"', "").split(","))

    assert found is not None
    assert (found.platform, found.report) == ("{platform}", "{report}")
'''


def _package(platform: str, report: str) -> str:
    return f'''"""{platform}."""

from include.platforms.{platform} import {report}

REPORTS = {report}.REPORTS
'''


def _module(platform: str, report: str, found: Guessed) -> str:
    said = _declaration(found)
    why = {one.field: f"guessed {one.why}" for one in found.guesses}
    columns = "".join(
        f'    "{name}": {_python(column)},  # {why.get(name, "no column was found for it")}\n'
        for name, column in said["columns"].items()  # type: ignore[attr-defined]
    )
    more = "".join(f'    "{key}": {_python(said[key])},\n' for key in ("constants", "same", "rows") if key in said)
    known = "".join(f'        "{name}",\n' for name in found.rest)
    return f'''"""{platform}: say here what the platform is, which of its pages gives this file, what its money means.

Every guess below says so: confirm it, or mend it. Where the declaration's words are not enough (a total that stands on
an order's first line only, bundles in one cell), write the report's columns and `build` as the other modules do.
"""

from dataclasses import replace

from include.exports.any_platform.declared import declare

COLUMNS = {{
{columns}}}
DECLARATION = {{
    "frame": "{found.frame}",
    "columns": COLUMNS,
{more}}}
# Headers that are known and not read.
KNOWN = frozenset(
    {{
{known}    }}
)
REPORTS = (
    replace(
        declare("{report}", DECLARATION),
        title="{platform} {report}",
        known=KNOWN,
        generations=(("first seen", ()),),
    ),
)
'''


def _python(value: object) -> str:
    return repr(value).replace("'", '"') if '"' not in repr(value) else repr(value)
