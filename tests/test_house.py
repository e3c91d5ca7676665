"""House rules: the floors hold, folders stay small, names are found once, nothing heavy at import."""

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
INCLUDE = ROOT / "include"
SPECIMEN = INCLUDE / "simulation" / "specimen"

MOST_MODULES = 15
# One module a platform, one a migration, one a part of the simulated merchant.
LARGE_FOLDERS = {
    INCLUDE / "platforms",
    SPECIMEN,
    SPECIMEN / "writers",
    INCLUDE / "warehouse" / "migrations" / "versions",
}

HEAVY = ("great_expectations", "lightgbm", "scipy", "airflow", "openpyxl", "xlsxwriter", "matplotlib", "sklearn")


def modules_of(folder: Path) -> list[Path]:
    return [path for path in folder.glob("*.py") if path.name not in ("__init__.py", "__main__.py")]


def test_imports_go_down_only() -> None:
    found = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"], cwd=ROOT, capture_output=True, text=True
    )
    assert found.returncode == 0, found.stdout + found.stderr


def test_no_folder_is_too_large_to_read() -> None:
    folders = [path for path in (INCLUDE, *INCLUDE.rglob("*")) if path.is_dir() and path not in LARGE_FOLDERS]
    assert {path: count for path in folders if (count := len(modules_of(path))) > MOST_MODULES} == {}


def test_a_module_name_is_found_once() -> None:
    # A writer of the simulated merchant has the name of the platform whose export it writes.
    names = Counter(
        path.stem
        for path in INCLUDE.rglob("*.py")
        if path.name not in ("__init__.py", "__main__.py") and path.parent != SPECIMEN / "writers"
    )
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
