"""House rules: nothing in include/ knows of Airflow, imports go down only, nothing heavy at import."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
INCLUDE = ROOT / "include"

# From the top down. A folder may import those after it; the specimen only the calendar and the settings, since what it
# tests must not share its code.
FLOORS = [
    "day",
    "review",
    "tasks",
    "replenishment",
    "customers",
    "demand",
    "warehouse",
    "quality",
    "platforms",
    "landing",
    "calendar",
    "settings",
    "pages",
]
MAY_IMPORT = {name: set(FLOORS[position:]) for position, name in enumerate(FLOORS)}
MAY_IMPORT["specimen"] = {"specimen", "calendar", "settings"}
MAY_IMPORT["day"].add("specimen")  # the replay of a policy plays the day's own steps over a simulated merchant

# A program stands on top of what it shows, whichever folder it is called by.
PROGRAMS = {"platforms/__main__.py": {"quality"}}

HEAVY = ("great_expectations", "lightgbm", "scipy", "airflow", "openpyxl", "xlsxwriter", "matplotlib", "sklearn")


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module


def test_every_folder_has_its_floor() -> None:
    folders = {p.name for p in INCLUDE.iterdir() if p.is_dir() and p.name != "__pycache__"}
    assert folders == set(MAY_IMPORT)


@pytest.mark.parametrize("folder", sorted(MAY_IMPORT))
def test_imports_go_down_only(folder: str) -> None:
    for path in sorted((INCLUDE / folder).rglob("*.py")):
        for name in imports(path):
            where = f"{path.relative_to(ROOT)} imports {name}"
            assert name.split(".")[0] not in ("airflow", "dags", "plugins", "tests", "benchmarks", "scripts"), where
            if name.startswith("include."):
                allowed = MAY_IMPORT[folder] | PROGRAMS.get(path.relative_to(INCLUDE).as_posix(), set())
                assert name.split(".")[1] in allowed, where


def test_no_bag_of_helpers() -> None:
    bags = {"utils.py", "util.py", "helpers.py", "common.py", "misc.py"}
    assert [p for p in INCLUDE.rglob("*.py") if p.name in bags] == []


@pytest.mark.parametrize("module", ["include.settings.merchant", "include.calendar.business_days"])
def test_what_dag_files_import_is_light(module: str) -> None:
    code = f"import sys, {module}; print(' '.join(m for m in {HEAVY!r} + ('pandas', 'sqlalchemy') if m in sys.modules))"
    found = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert found.stdout.split() == []


UNITS = {"MICROS", "YUAN_MICROS", "YEAR", "YEAR_DAYS", "WEEK", "FORMAT"}  # what everybody calls so needs no reason


def is_number(value: ast.expr) -> bool:
    """A number, a calculation with numbers, or several numbers."""
    if isinstance(value, ast.Tuple):
        return bool(value.elts) and all(is_number(one) for one in value.elts)
    if isinstance(value, ast.BinOp):
        return is_number(value.left) and is_number(value.right)
    return isinstance(value, ast.Constant) and type(value.value) in (int, float)


@pytest.mark.parametrize("folder", ["customers", "replenishment", "tasks"])
def test_a_number_that_is_no_setting_has_its_reason_beside_it(folder: str) -> None:
    bare = []
    for path in sorted((INCLUDE / folder).rglob("*.py")):
        lines = path.read_text(encoding="utf-8").splitlines()
        for node in ast.parse("\n".join(lines)).body:
            if not isinstance(node, ast.Assign) or not is_number(node.value) or ast.unparse(node.targets[0]) in UNITS:
                continue
            line, above = lines[node.lineno - 1], lines[node.lineno - 2]
            if "#" not in line and not above.startswith("#"):
                bare.append(f"{path.relative_to(ROOT)}: {line}")
    assert bare == []
