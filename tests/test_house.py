"""House rules: the floors hold, folders stay small, names are found once, nothing heavy at import."""

import ast
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
INCLUDE = ROOT / "include"
SPECIMEN = INCLUDE / "simulation" / "specimen"

MAX_MODULES = 15
# One module a migration, one a part of the simulated merchant.
LARGE_FOLDERS = {
    SPECIMEN,
    SPECIMEN / "writers",
    INCLUDE / "warehouse" / "migrations" / "versions",
}

HEAVY = ("great_expectations", "lightgbm", "scipy", "airflow", "openpyxl", "xlsxwriter", "matplotlib", "sklearn",
         "babel")  # fmt: skip


def modules_of(folder: Path) -> list[Path]:
    return [path for path in folder.glob("*.py") if path.name not in ("__init__.py", "__main__.py")]


def test_imports_go_down_only() -> None:
    found = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"], cwd=ROOT, capture_output=True, text=True
    )
    assert found.returncode == 0, found.stdout + found.stderr


def test_no_folder_is_too_large_to_read() -> None:
    folders = [path for path in (INCLUDE, *INCLUDE.rglob("*")) if path.is_dir() and path not in LARGE_FOLDERS]
    assert {path: count for path in folders if (count := len(modules_of(path))) > MAX_MODULES} == {}


def test_a_module_name_is_found_once() -> None:
    # A writer of the simulated merchant has the name of its platform, a section of the settings that of its subject, a
    # kind of list that of its step, an adapter that of what it reads, in the folder of its platform.
    named_alike = {
        SPECIMEN / "writers",
        INCLUDE / "tasks" / "lists",
        INCLUDE / "settings",
        *(INCLUDE / "settings").iterdir(),
        *(INCLUDE / "platforms").iterdir(),
    }
    names = Counter(path.stem for path in INCLUDE.rglob("*.py") if path.parent not in named_alike)
    del names["__init__"], names["__main__"]
    assert {name for name, count in names.items() if count > 1} == set()


def test_command_lines_are_of_one_kind() -> None:
    assert [path for path in INCLUDE.rglob("*.py") if "import argparse" in path.read_text(encoding="utf-8")] == []


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


def test_every_module_that_our_code_starts_can_be_started() -> None:
    """A process that is started by its module's name: a rename leaves no trace that types could see."""
    started = set()
    for folder in ("benchmarks", "dags", "include", "plugins", "scripts", "tests"):
        for path in (ROOT / folder).rglob("*.py"):
            started |= set(re.findall(r'"-m",\s*"((?:include|scripts|benchmarks)[\w.]*)"', path.read_text("utf-8")))
    assert "include.cli" in started
    for name in sorted(started):
        module = ROOT / name.replace(".", "/")
        assert module.with_suffix(".py").exists() or (module / "__main__.py").exists(), name
