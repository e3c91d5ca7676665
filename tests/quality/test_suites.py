"""The suites as documents: complete, consistent, loadable, and nothing written beside them."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
import yaml

from include.exports.frames.all_frames import FRAMES
from include.quality.suites import PROJECT, great_expectations, open_project

SUITES = sorted(path.stem for path in (PROJECT / "expectations").glob("*.json"))
REPORTS = set(FRAMES)
FACTS = {"facts_demand", "facts_sales", "facts_stock", "facts_customer_orders"}


def document(folder: str, name: str) -> dict:
    return json.loads((PROJECT / folder / f"{name}.json").read_text(encoding="utf-8"))


def test_every_report_and_fact_table_has_a_suite_and_the_export_as_a_whole_too() -> None:
    assert set(SUITES) == REPORTS | FACTS | {"export"}


@pytest.mark.parametrize("name", sorted(FRAMES))
def test_the_good_rows_of_these_tests_have_every_declared_column(name: str, frame: Callable) -> None:
    assert set(frame(name, 1)) == {"file_line", *FRAMES[name].kinds}


@pytest.mark.parametrize("suite", SUITES)
def test_every_expectation_says_how_bad_whose_and_what_to_do(suite: str) -> None:
    for expectation in document("expectations", suite)["expectations"]:
        meta, where = expectation["meta"], f"{suite}: {expectation['description']}"
        assert meta["severity"] in {"critical", "warning"}, where
        assert meta["severity"] == expectation["severity"], where
        assert meta["about"] in {"row", "batch"}, where
        assert all(meta[key].strip() for key in ("owner", "action", "title", "title_zh")), where
        assert any("一" <= letter <= "鿿" for letter in meta["title_zh"]), where
        assert expectation["description"] == f"{meta['title']} · {meta['title_zh']}"


@pytest.mark.parametrize("suite", SUITES)
def test_titles_and_ids_tell_expectations_of_a_suite_apart(suite: str) -> None:
    expectations = document("expectations", suite)["expectations"]
    assert len({e["id"] for e in expectations}) == len(expectations)
    named = [(e["meta"]["title"], e["kwargs"].get("column")) for e in expectations]
    assert len(set(named)) == len(named)


@pytest.mark.parametrize("suite", SUITES)
def test_each_suite_has_its_validation_and_its_checkpoint(suite: str) -> None:
    expectations, validation, checkpoint = (
        document(folder, suite) for folder in ("expectations", "validation_definitions", "checkpoints")
    )
    assert expectations["name"] == validation["name"] == checkpoint["name"] == suite
    assert validation["suite"] == {"name": suite, "id": expectations["id"]}
    assert checkpoint["validation_definitions"] == [{"name": suite, "id": validation["id"]}]
    assert checkpoint["result_format"]["unexpected_index_column_names"] == ["file_line"]
    config = yaml.safe_load((PROJECT / "great_expectations.yml").read_text(encoding="utf-8"))
    assert suite in config["fluent_datasources"]["frames"]["assets"]


def test_great_expectations_loads_every_suite() -> None:
    project = open_project()
    for suite in SUITES:
        loaded = project.suites.get(suite)
        written = document("expectations", suite)["expectations"]
        assert [e.severity.value for e in loaded.expectations] == [e["severity"] for e in written]


def test_a_person_can_open_the_project_by_hand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # given the project as it is committed
    copy = Path(shutil.copytree(PROJECT, tmp_path / "great_expectations"))
    monkeypatch.setenv("STOREKEEPER_DATA_DOCS", str(tmp_path / "docs"))
    context = great_expectations().get_context(context_root_dir=copy)
    # when a checkpoint runs over a supplier of 400 days
    suppliers = pd.DataFrame({"file_line": [2], "supplier": ["S1"], "title": ["茶厂"], "lead_time_days": [400]})
    result = context.checkpoints.get("suppliers").run(
        batch_parameters={"dataframe": suppliers},
        expectation_parameters={"max_money_per_row": 10**13, "longest_supplier": 100},
    )
    # then it fails, and the folder holds what it held
    assert not result.success
    assert sorted(p.name for p in copy.rglob("*")) == sorted(p.name for p in PROJECT.rglob("*"))


def test_the_project_folder_shadows_no_package_and_gets_no_files(tmp_path: Path) -> None:
    # given the repository root on the path, as Airflow and pytest have it
    before = sorted(PROJECT.rglob("*"))
    code = (
        "import sys; from include.quality.suites import open_project, great_expectations; open_project();"
        "gx = great_expectations(); print(gx.__version__, 'scipy.stats' in sys.modules, 'altair' in sys.modules);"
        "from scipy import stats; print(stats.norm.cdf(0))"
    )
    # when a fresh process opens the project
    answer = subprocess.run(
        [sys.executable, "-c", code], cwd=PROJECT.parent, capture_output=True, text=True, check=True
    )
    # then it is the real package, without the modules put off, which still work for others; and the tree is as it was
    assert answer.stdout.split() == ["1.24.1", "False", "False", "0.5"]
    assert sorted(PROJECT.rglob("*")) == before
    assert not list(PROJECT.rglob("*.py"))
