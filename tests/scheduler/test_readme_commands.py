"""Every command of both READMEs runs as it is written, from a checkout whose demo is made."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.docs.commands import commands_of
from tests.scheduler.world import DAYS, ROOT, World

pytestmark = pytest.mark.scheduler

READMES = ("README.md", "README.zh-CN.md")
CODE = ("include", "scripts", "dags", "plugins", "great_expectations", "examples")
# These only read the books, so two at a time cost nothing but the processor.
READING = ("what-if", "accuracy", "replay", "listings", "people", "inspect", "help")


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout as `make demo` leaves it, without its demo."""
    folder = tmp_path_factory.mktemp("checkout")
    for name in CODE:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "uncommitted"))
    for name in ("Makefile", "storekeeper", "requirements.txt", "requirements-dev.txt"):
        shutil.copy(ROOT / name, folder / name)
    (folder / ".venv").symlink_to(sys.prefix)
    (folder / "var").mkdir()
    return folder


@pytest.fixture
def after_the_demo(checkout: Path, lived: World) -> Iterator[Path]:
    (checkout / "var" / "demo").symlink_to(lived.place.home)
    yield checkout
    (checkout / "var" / "demo").unlink()


def run(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """As a person would type it, in a shell of their own without a word of ours in its environment."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "STOREKEEPER"))}
    if command.startswith("make "):
        command = command.replace("make ", "make --dry-run ", 1)  # the demo is made, and this is the test
    return subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env={**kept, "HOME": str(folder), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=1800,
        check=False,
    )


def test_every_command_of_both_readmes_runs_as_it_is_written(after_the_demo: Path, lived: World) -> None:
    told = [commands_of((ROOT / name).read_text(encoding="utf-8")) for name in READMES]
    commands = list(dict.fromkeys(command for page in told for command in page))
    assert len(commands) >= 18
    reading = [command for command in commands if any(f"./storekeeper {name}" in command for name in READING)]
    acting = [command for command in commands if command not in reading]
    with ThreadPoolExecutor(2) as both:
        later = [both.submit(run, command, after_the_demo) for command in reading]
        done = dict(zip(acting, [run(command, after_the_demo) for command in acting], strict=True))
        done |= dict(zip(reading, [one.result() for one in later], strict=True))
    failed = {
        command: f"exit code {one.returncode}: {one.stdout[-500:]} {one.stderr[-2000:]}"
        for command, one in done.items()
        if one.returncode != 0 or "Traceback" in one.stderr
    }
    assert failed == {}
    assert {path.name for path in (after_the_demo / "var").iterdir()} <= {"demo", "replay", "replay-history"}
    assert not (after_the_demo / "airflow").exists(), "Airflow made a home of its own"
    backfills = [one for one in lived.airflow.api.runs("open_day") if one.run_type == "backfill"]
    assert {run.partition_key for run in backfills} >= {day.isoformat() for day in DAYS[2:]}


def test_nothing_but_a_sentence_comes_without_a_demo(checkout: Path) -> None:
    """Before the demo, at a wrong address and without a virtual environment: what to do, and no file left behind."""
    there = sorted((checkout / "var").iterdir())  # what the README's commands were told to write
    missing = run("./storekeeper tasks list", checkout)
    wrong = run("./storekeeper tasks --books sqlite:///var/books.sqlite list", checkout)
    airflow = run("./storekeeper airflow dags list", checkout)
    unknown = run("./storekeeper task", checkout)
    assert (missing.returncode, wrong.returncode, airflow.returncode, unknown.returncode) == (1, 1, 1, 2)
    # One of the README's commands has described a merchant, who speaks Chinese.
    assert "没有账本；make demo 会在 var/demo 里做一套" in missing.stderr
    assert "没有账本；make demo 会在 var/demo 里做一套" in wrong.stderr
    assert "make demo UP=1" in airflow.stderr
    assert not any("Traceback" in one.stderr for one in (missing, wrong, airflow, unknown))
    assert sorted((checkout / "var").iterdir()) == there
