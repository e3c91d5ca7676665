"""`storekeeper`: help does nothing but help, and wrong input is told in a sentence that says what is right."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError
from typer.core import TyperGroup
from typer.main import get_command

from include.cli import keys, specimen
from include.cli.app import RENAMED, app, main
from include.demand.promotion_review import promotion_review
from include.replenishment.promotions.promotion_figures import plans_that_stood
from include.settings.saying import BilingualError, in_language, refused, require_writable
from include.warehouse import books, opening
from include.warehouse.opening import BooksError, readable

ROOT = Path(__file__).parents[1]
SCRIPT = ROOT / "storekeeper"
EXAMPLE = ROOT / "examples" / "specimen"
HEAVY = (
    "pandas", "numpy", "pyarrow", "sqlalchemy", "scipy", "lightgbm", "great_expectations", "xlsxwriter", "holidays",
    "cryptography", "httpx", "rich", "airflow", "scripts",
)  # fmt: skip


def typed(*words: str, script: Path = SCRIPT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["sh", str(script), *words], capture_output=True, text=True, timeout=600, check=False)


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


def every_command() -> list[tuple[str, ...]]:
    """The words of every command and of every group, the groups' own commands included."""
    found, waiting = [], [((), get_command(app))]
    while waiting:
        words, command = waiting.pop()
        found.append(words)
        if isinstance(command, TyperGroup):
            waiting += [((*words, name), one) for name, one in command.commands.items()]
    return found


def test_help_of_every_command_prints_its_usage_as_it_is_typed_and_does_nothing(
    idle: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    walked = every_command()
    assert len({words[0] for words in walked if words}) == 25
    assert {("tasks", "settle"), ("people", "access-log"), ("day",)} <= set(walked)
    for words in walked:
        for asked in (["--help"], ["-h"]):
            assert main([*words, *asked]) == 0, words
            said = capsys.readouterr()
            assert said.out.startswith(f"Usage: {' '.join(('storekeeper', *words))} "), words
            assert "python -m" not in said.out
            assert said.err == ""
    assert main(["help", "tasks"]) == 0
    assert "storekeeper tasks settle KEY" in capsys.readouterr().out


def test_no_command_and_help_list_the_commands_in_both_languages_and_an_unknown_one_is_told_with_the_nearest(
    idle: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for words in ([], ["help"], ["--help"], ["-h"]):
        assert main(words) == 0
        said = capsys.readouterr()
        assert said.err == ""
        commands = said.out.split("Commands:\n")[1]
        assert len(re.findall(r"^  ([a-z-]+) ", commands, re.MULTILINE)) == 25
        assert commands.count(" ·") == 25, "each in Chinese, too"
    assert main(["task"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "no command is called 'task': did you mean tasks? · 没有叫 'task' 的命令：是不是 tasks？" in said.err
    assert main(["tasks", "acept"]) == 2
    assert "did you mean accept?" in capsys.readouterr().err


def test_help_answers_without_what_only_the_work_needs() -> None:
    program = (
        "import sys; from include.cli.app import main; main(['tasks', '--help']); "
        f"print(*[name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stderr.split() == []
    assert "storekeeper tasks settle" in done.stdout


@pytest.mark.parametrize("day", ["2025-13-01", "20251112", "", "tomorrow"])
def test_every_day_of_every_command_is_told_how_a_day_is_written(
    day: str, idle: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for line in (
        "day --day DAY",
        "day --day 2025-11-01 --until DAY",
        "tasks list --day DAY",
        "tasks accept T --who li --day DAY",
        "tasks done T --who li --expected DAY",
        "tasks document restock DAY",
        "what-if --day DAY",
        "accuracy --day DAY",
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
        "inspect file.csv --day DAY",
        "specimen write --root out --until DAY",
        "specimen german --root out --until DAY",
    ):
        assert main([day if word == "DAY" else word for word in line.split()]) == 2, line
        said = capsys.readouterr().err
        assert f"expected a day such as 2025-11-12, found {day!r} · 日期要写成 2025-11-12 这样" in said, line


@pytest.mark.parametrize(
    "line",
    [
        "tasks list --limit -3",
        "tasks deliveries --limit x",
        "tasks done T --who li --quantity 0",
        "what-if --day 2025-11-01 --top -1",
        "accuracy --day 2025-11-01 --since-days 0",
        "replay-history --out out --since 2025-11-01 --retrain-days 0",
        "replay --out out --days 0",
        "promotions plan --day 2025-11-01 --before-days -2",
        "promotions review --day 2025-11-01 --since-days 1.5",
        "specimen write --root out --skus 0",
    ],
)
def test_what_is_no_count_is_refused(line: str, idle: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = line.split()
    assert main(words) == 2
    assert re.search(rf"expected a whole number, [01] or more, found '{words[-1]}'", capsys.readouterr().err)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("what-if --day 2025-11-01 --budget nan", "expected a number, 0 or more, found 'nan'"),
        ("win-back 2025-13", "expected a month such as 2025-10, found '2025-13'"),
        ("replay --out out --players habit", "did you mean habits?"),
        ("replay --out out --history-days 177", "--history-days: expected 178 or more"),  # 120 + 30 + 28
        ("inspect file.csv --warehouse-pattern (", "expected a regex with the warehouse in brackets"),
        ("inspect file.csv --warehouse-pattern abc", "expected a regex with the warehouse in brackets"),
        ("inspect", "expected a file, or --list; found nothing · 要写文件，或 --list"),
        ("specimen write --root out --days 0 --history-days 0", "one day at least is lived"),
        ("specimen write --root out --wrong missing", "expected KIND:SHOP:DAY[:REPORT], found 'missing'"),
        ("keys more", "expected nothing more, found 'more' · 后面多写了 'more'"),
        ("tasks", "tasks: expected one of list, show, accept"),
        ("tasks show", "expected TASK, found nothing · 缺少 TASK"),
        ("tasks accept T", "expected --who, found nothing · 缺少 --who"),
        ("tasks accept T --who", "--who: expected a value, found nothing · --who 后面要写值"),
        ("tasks accept T --who li --confirm=yes", "--confirm: expected no value after it · --confirm 后面不写值"),
        ("tasks lists", "no command is called 'lists': did you mean list?"),
        ("tasks list --knd x", "there is no option --knd: did you mean --kind? · 没有 --knd 这个选项：是不是 --kind？"),
        (
            "tasks show T --language fr",
            "--language: expected one of zh, en, found 'fr' · 应为 zh, en 之一，写的是 'fr'",
        ),
        ("tasks settle KEY lost --who li", "STATE: expected one of sent, pending, failed, found 'lost'"),
        (
            "accuracy --day 2025-11-01 --by sku",
            "expected one of demand_class, category, warehouse, model_id, span_days, day, found 'sku'",
        ),
        ("people find --phone 139", "expected --as before find, found nothing · 缺少 --as"),
        ("day --day 2025-11-02 --until 2025-11-01", "--until: expected 2025-11-02 or later, found '2025-11-01'"),
        ("day --day 2025-11-02 --step open", "expected one of ingest, close, restock, recall, push, found 'open'"),
    ],
)
def test_other_wrong_words_are_told_with_what_is_right_in_both_languages(
    line: str, told: str, idle: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = line.split()
    assert main(words) == 2
    said = capsys.readouterr().err
    assert told in said
    assert re.search("[一-鿿]", said)
    assert said.startswith(f"Usage: storekeeper {words[0]} ")
    assert f"storekeeper {words[0]}" in said.splitlines()[-1]
    assert said.endswith("--help · 加 --help 看用法\n")


def test_old_names_say_the_new_one_and_go_on(idle: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for old, new in RENAMED.items():
        assert main([*old, "--help"]) == 0
        said = capsys.readouterr()
        assert said.out.startswith(f"Usage: storekeeper {new[0]} ")
        renamed = f"storekeeper {' '.join(old)} is now storekeeper {' '.join(new)}"
        assert said.err == f"{renamed} · {' '.join(old)} 现在叫 {' '.join(new)}\n"
    assert not {old[0] for old in RENAMED if len(old) == 1} & {words[0] for words in every_command() if words}


def test_the_merchant_may_be_named_anywhere_and_what_is_said_last_counts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    here, there = ["--books", f"sqlite:///{tmp_path}/here"], ["--books", f"sqlite:///{tmp_path}/there"]
    for words in ([*here, "tasks", "list"], ["tasks", *here, "list"], ["tasks", "list", *here]):
        assert main(words) == 1
        assert f"no books at sqlite:///{tmp_path}/here" in capsys.readouterr().err
    assert main([*there, "tasks", *there, "list", *here]) == 1
    assert f"no books at sqlite:///{tmp_path}/here" in capsys.readouterr().err


def test_an_option_takes_several_values_at_once_or_one_by_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = ["--merchant", str(EXAMPLE), "--home", str(tmp_path)]
    at_once = ["--by", "day", "model_id", "colour", *place]
    one_by_one = ["--by", "day", "--by", "model_id", *place, "--by", "colour"]
    for words in (at_once, one_by_one):
        assert main(["accuracy", "--day", "2025-11-01", *words]) == 2
        assert "found 'colour'" in capsys.readouterr().err


def test_an_image_without_the_simulated_merchant_says_so(
    idle: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(specimen, "find_spec", lambda name: None)
    for line in ("replay --out out", "specimen write --root out", "specimen go-on --root out"):
        assert main(line.split()) == 2
        said = capsys.readouterr().err
        assert "the simulated merchant is not in this image; run it in a checkout · 镜像里没有模拟商家" in said


def test_the_launcher_says_what_to_do_if_nothing_is_installed(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "dirname").symlink_to(shutil.which("dirname") or "/usr/bin/dirname")
    shutil.copy(SCRIPT, tmp_path)
    shell = shutil.which("sh") or "/bin/sh"
    done = subprocess.run(
        [shell, str(tmp_path / "storekeeper"), "tasks"],
        env={"PATH": str(tmp_path / "bin")}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    said = f"{tmp_path}/.venv is not there: run `make demo` first · 还没有 .venv，请先运行 make demo\n"
    assert (done.returncode, done.stdout, done.stderr) == (1, "", said)


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
def test_bash_completes_commands_and_options() -> None:
    program = f"""
        storekeeper() {{ "{sys.executable}" -m include.cli "$@"; }}
        python=(env _STOREKEEPER_COMPLETE=source_bash "{sys.executable}" -m include.cli)
        eval "$("${{python[@]}}" | sed 's|\\$1|"{sys.executable}" -m include.cli|')"
        asked() {{ COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _storekeeper_completion; echo "${{COMPREPLY[@]}}"; }}
        asked storekeeper re
        asked storekeeper tasks ac
        asked storekeeper tasks show T --lang
    """
    kept = {name: value for name, value in os.environ.items() if name != "BASH_ENV"}
    done = subprocess.run(["bash", "-c", program], cwd=ROOT, env=kept, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    assert done.stdout.splitlines() == ["replay-history replay restore rebuild", "accept", "--language"]


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
    both = BilingualError.of([BilingualError("no a", "没有甲"), BilingualError("no b", "没有乙")])
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
    program = (
        "from include.cli.command_line import Commands, end_with, run\ncommands = Commands()\n"
        f"@commands.command()\ndef work():\n    {does}\nend_with(lambda: run(commands, []))"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdout.close() if code == 141 else running.stdout.read()
        assert running.stderr.read() == ""
        assert running.wait(600) == code


def test_the_version_is_the_project_s() -> None:
    version = re.search(r'^version = "([0-9.]+)"$', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    assert version is not None
    assert typed("--version").stdout == f"storekeeper {version[1]}\n"
    assert f"## {version[1]}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
