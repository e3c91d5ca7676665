"""`./storekeeper`: help does nothing but help, and wrong input is told in a sentence that says what is right."""

import importlib
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from include.cli import keys
from include.cli.promotions import plans_that_stood
from include.demand.promotion_review import promotion_review
from include.settings.saying import SaidError, in_language, refused, require_writable
from include.warehouse import books, opening
from include.warehouse.opening import BooksError, readable

ROOT = Path(__file__).parents[1]
SCRIPT = ROOT / "storekeeper"
OF_PLATFORMS = ("headers", "scaffold")  # its first word may be a file as well, so its usage does not list them


def typed(*words: str, script: Path = SCRIPT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["sh", str(script), *words], capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture(scope="module")
def modules(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Every command that `./storekeeper help` lists, and the module that a Python in its place is told to run."""
    there = tmp_path_factory.mktemp("checkout")
    python = there / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text('#!/bin/sh\necho "$@"\n')
    python.chmod(0o755)
    (there / "storekeeper").write_bytes(SCRIPT.read_bytes())
    names = re.findall(r"^  ([a-z-]+) ", typed("help").stdout, re.MULTILINE)
    told = {name: typed(name, "--help", script=there / "storekeeper").stdout.split() for name in names}
    assert typed("help", "tasks", script=there / "storekeeper").stdout.split() == told["tasks"]
    assert all(words[0] == "-m" and words[2:] == ["--help"] for words in told.values())
    return {name: words[1] for name, words in told.items()}


@pytest.fixture
def idle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty folder to be in, with a home in it that is not there, and no books that can be opened."""

    def opened(*_: Any, **__: Any) -> None:
        raise AssertionError("books were opened")

    monkeypatch.setattr(books, "create_engine", opened)
    monkeypatch.setattr(keys.secrets, "token_bytes", opened)
    monkeypatch.setenv("STOREKEEPER_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("STOREKEEPER_MERCHANT", str(tmp_path / "merchant"))
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    assert list(tmp_path.iterdir()) == []


def ended(monkeypatch: pytest.MonkeyPatch, module: str, *words: str) -> int:
    """The exit code of a command, in this process."""
    try:
        found = importlib.import_module(f"{module}.__main__")
    except ModuleNotFoundError:
        found = importlib.import_module(module)
    monkeypatch.setattr(sys, "argv", ["storekeeper", *words])
    try:
        return int(found.main())
    except SystemExit as stopped:
        return int(stopped.code or 0)


def test_help_of_every_command_prints_its_usage_as_it_is_typed_and_does_nothing(
    modules: dict[str, str], idle: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert len(modules) == 14
    walked, waiting = [], [(name,) for name in modules]
    while waiting:
        words = waiting.pop()
        assert ended(monkeypatch, modules[words[0]], *words[1:], "--help") == 0, words
        said = capsys.readouterr()
        assert said.out.startswith(f"usage: ./storekeeper {' '.join(words)} "), words
        assert "python -m" not in said.out
        assert said.err == ""
        found = re.search(r"\{([a-z,-]+)\}\s+\.\.\.", said.out)
        inner = OF_PLATFORMS if words == ("platforms",) else found.group(1).split(",") if found else ()
        waiting += [(*words, one) for one in inner]
        walked.append(words)
    assert ("tasks", "settle") in walked
    assert ("people", "access-log") in walked


def test_no_command_and_help_list_the_commands_and_an_unknown_one_is_named() -> None:
    for words in ((), ("help",), ("--help",), ("-h",)):
        done = typed(*words)
        assert (done.returncode, done.stderr) == (0, "")
        assert "what-if" in done.stdout
    done = typed("task")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("./storekeeper: no command is called task · 没有 task 这个命令\n")


@pytest.mark.parametrize("day", ["2025-13-01", "20251112", "", "tomorrow"])
def test_every_day_of_every_command_is_told_how_a_day_is_written(
    day: str, modules: dict[str, str], idle: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for line in (
        "tasks list --day DAY",
        "tasks accept T --who li --day DAY",
        "tasks done T --who li --expected DAY",
        "tasks document restock DAY",
        "what-if --day DAY",
        "looking-back --day DAY",
        "replay-history --out out --since DAY",
        "replay-history --out out --since 2025-11-01 --day DAY",
        "replay --out out --first DAY",
        "listings unmapped --day DAY",
        "listings map file.csv --day DAY",
        "listings dismiss CODE --why x --day DAY",
        "listings restore CODE --why x --day DAY",
        "listings dismissed --day DAY",
        "promotions plan --day DAY",
        "promotions review --day DAY",
        "exports list --day DAY",
        "exports withdraw ID --why x --day DAY",
        "platforms file.csv --day DAY",
        "specimen write --root out --until DAY",
    ):
        command, *words = (day if word == "DAY" else word for word in line.split())
        assert ended(monkeypatch, modules[command], *words) == 2, line
        said = capsys.readouterr().err
        assert f"expected a day such as 2025-11-12, found {day!r} · 日期要写成 2025-11-12 这样" in said, line


@pytest.mark.parametrize(
    "line",
    [
        "tasks list --limit -3",
        "tasks deliveries --limit x",
        "tasks done T --who li --quantity 0",
        "what-if --day 2025-11-01 --top -1",
        "looking-back --day 2025-11-01 --since-days 0",
        "replay-history --out out --since 2025-11-01 --retrain-days 0",
        "replay --out out --days 0",
        "promotions plan --day 2025-11-01 --before-days -2",
        "promotions review --day 2025-11-01 --since-days 1.5",
        "specimen write --root out --skus 0",
    ],
)
def test_what_is_no_count_is_refused(
    line: str, modules: dict[str, str], idle: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    command, *words = line.split()
    assert ended(monkeypatch, modules[command], *words) == 2
    assert re.search(rf"expected a whole number, [01] or more, found '{words[-1]}'", capsys.readouterr().err)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("what-if --day 2025-11-01 --budget nan", "expected a number, 0 or more, found 'nan'"),
        ("win-back 2025-13", "expected a month such as 2025-10, found '2025-13'"),
        ("replay --out out --players habit", "did you mean habits?"),
        ("replay --out out --history-days 177", "--history-days: expected 178 or more"),  # 120 + 30 + 28
        ("platforms file.csv --warehouse-pattern (", "expected a regex with the warehouse in brackets"),
        ("platforms file.csv --warehouse-pattern abc", "expected a regex with the warehouse in brackets"),
        ("specimen write --root out --days 0 --history-days 0", "one day at least is lived"),
        ("specimen write --root out --wrong missing", "expected KIND:SHOP:DAY[:REPORT], found 'missing'"),
        ("keys more", "unrecognized arguments: more"),
    ],
)
def test_other_wrong_words_are_told_with_what_is_right(
    line: str,
    told: str,
    modules: dict[str, str],
    idle: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    command, *words = line.split()
    assert ended(monkeypatch, modules[command], *words) == 2
    said = capsys.readouterr().err
    assert told in said
    assert f"./storekeeper {command}" in said


def test_a_file_that_the_system_refuses_is_named_in_the_merchant_s_language(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    missing, inside, folder = tmp_path / "no.csv", tmp_path / "nowhere" / "no.csv", tmp_path

    def said(path: Path, language: Any) -> str:
        with pytest.raises(OSError, match="Errno") as caught:
            path.read_bytes()
        assert refused(caught.value, language) == 1
        return capsys.readouterr().err

    assert said(missing, "zh") == f"{missing}：没有这个文件或文件夹\n"
    assert said(missing, "en") == f"{missing}: there is no such file or folder\n"
    assert said(missing, None) == f"{missing}: there is no such file or folder\n{missing}：没有这个文件或文件夹\n"
    assert said(inside, "zh") == f"{inside.parent}：没有这个文件夹\n"
    assert said(folder, "zh") == f"{folder}：是文件夹，应为文件\n"
    with pytest.raises(FileExistsError) as caught:
        require_writable(tmp_path / "file")
    assert in_language(caught.value, "zh") == f"{tmp_path / 'file'}：已有同名文件，应为文件夹"
    require_writable(tmp_path / "new" / "newer")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file"], "nothing is made"


def test_a_mistake_is_told_in_the_merchant_s_language_and_in_both_without_one() -> None:
    both = SaidError.of([SaidError("no a", "没有甲"), SaidError("no b", "没有乙")])
    assert in_language(both, "en") == str(both) == "no a; no b"
    assert in_language(both, "zh") == "没有甲；没有乙"
    assert in_language(both, None) == "no a; no b\n没有甲；没有乙"
    assert in_language(ValueError("plain"), "zh") == "plain"


def test_books_that_this_account_may_not_write_are_told_as_such(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "books.sqlite"
    file.touch()

    def told(said: str) -> str:
        with pytest.raises(BooksError) as caught, readable(f"sqlite:///{file}"):
            raise OperationalError("PRAGMA", {}, Exception(said))
        return str(caught.value)

    assert "no such table: tasks. Are they Storekeeper's" in told("no such table: tasks")
    assert "are being written by something else" in told("database is locked")
    monkeypatch.setattr(opening.os, "access", lambda path, _: path != tmp_path)
    assert f"this account may not write {tmp_path}, and SQLite must" in told("unable to open database file")
    monkeypatch.setattr(opening.os, "access", lambda path, _: path != file)
    assert f"this account may not write {file}, and SQLite must" in told("attempt to write a readonly database")


def test_a_merchant_without_promotions_has_none_to_review() -> None:
    seen: Any = SimpleNamespace(day="2025-11-02")
    assert promotion_review(plans_that_stood(None, "2025-11-02", 42), seen).empty


@pytest.mark.parametrize(
    ("does", "code"),
    [("raise KeyboardInterrupt", 130), ("print('x' * 100_000, flush=True)", 141), ("print('x'); return 3", 3)],
)
def test_ctrl_c_and_a_reader_that_goes_away_end_a_command_without_a_traceback(does: str, code: int) -> None:
    program = f"from include.settings.arguments import run_command\ndef main():\n    {does}\nrun_command(main)"
    with subprocess.Popen(
        [sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdout.close() if code == 141 else running.stdout.read()
        assert running.stderr.read() == ""
        assert running.wait(60) == code


def test_the_version_is_the_project_s() -> None:
    version = re.search(r'^version = "([0-9.]+)"$', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    assert version is not None
    assert typed("--version").stdout == f"storekeeper {version[1]}\n"
    assert f"## {version[1]}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
