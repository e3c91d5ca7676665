"""The Dags as Airflow reads them: all there, light to parse, each with an owner, an impact and a page."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
EXAMPLE = ROOT / "examples" / "specimen"

# Parsed in a process of its own, as the dag-processor does: what other tests imported must not count.
PARSE = """
import json, sys
import airflow.sdk, airflow.triggers.base
from airflow.dag_processing.dagbag import DagBag
heavy = ("great_expectations", "lightgbm", "scipy", "pandas", "numpy", "pyarrow", "xlsxwriter")
with_airflow = [name for name in heavy if name in sys.modules]
bag = DagBag("dags")
heavy_after = [name for name in heavy if name in sys.modules and name not in with_airflow]

from types import SimpleNamespace
from airflow.listeners.listener import get_listener_manager
runs = [SimpleNamespace(partition_key=day, note=note) for day, note in
        (("2025-11-11", None), (None, None), ("2025-11-11", "said by a person"))]
for run in runs:
    get_listener_manager().hook.on_dag_run_running(dag_run=run, msg="started")
print("RESULT" + json.dumps({
    "notes": [run.note for run in runs],
    "errors": {str(k): str(v) for k, v in bag.import_errors.items()},
    "seconds": {stat.file: stat.duration.total_seconds() for stat in bag.dagbag_stats},
    "heavy": heavy_after,
    "dags": {
        dag_id: {
            "owner": dag.owner,
            "tags": sorted(dag.tags),
            "doc": dag.doc_md or "",
            "description": dag.description or "",
            "catchup": dag.catchup,
            "alerts": all(task.on_failure_callback for task in dag.tasks),
        }
        for dag_id, dag in bag.dags.items()
    },
}))
"""


@pytest.fixture(scope="module")
def parsed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    from scripts.local_airflow import clean_environment

    environment = {
        **clean_environment(),
        "AIRFLOW_HOME": str(tmp_path_factory.mktemp("airflow")),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(ROOT / "plugins"),
        "AIRFLOW__CORE__UNIT_TEST_MODE": "False",
        "PYTHONPATH": str(ROOT),
        "STOREKEEPER_MERCHANT": str(EXAMPLE),
        "STOREKEEPER_HOME": str(tmp_path_factory.mktemp("home")),
    }
    done = subprocess.run(
        [sys.executable, "-c", PARSE], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert "RESULT" in done.stdout, done.stderr[-3000:]
    found: dict[str, Any] = json.loads(done.stdout.rpartition("RESULT")[2])
    return found


def test_every_dag_file_imports(parsed: dict[str, Any]) -> None:
    assert parsed["errors"] == {}


def test_the_dags_are_these(parsed: dict[str, Any]) -> None:
    shops = {f"ingest_{path.stem}" for path in (EXAMPLE / "shops").glob("*.yaml")}
    assert set(parsed["dags"]) == shops | {
        "open_day",
        "onboard",
        "close_day",
        "restock",
        "train_demand",
        "recall",
        "train_churn",
        "push",
        "outbox",
        "hand_back",
        "lists_due",
        "upkeep",
    }


def test_nothing_heavy_is_imported_while_dags_are_parsed(parsed: dict[str, Any]) -> None:
    assert parsed["heavy"] == []


def test_dag_files_parse_in_less_than_a_second_together(parsed: dict[str, Any]) -> None:
    assert sum(parsed["seconds"].values()) < 1.0, parsed["seconds"]


def test_every_dag_has_owner_impact_alert_and_a_page(parsed: dict[str, Any]) -> None:
    for dag_id, dag in parsed["dags"].items():
        assert dag["owner"] == "data", dag_id
        assert [tag for tag in dag["tags"] if tag.startswith("impact:")], dag_id
        assert dag["alerts"], f"{dag_id}: a failure must tell the on-call"
        assert "**When it matters**" in dag["doc"], dag_id
        chinese, _, english = dag["description"].partition(" · ")
        assert re.search("[\u4e00-\u9fff]", chinese), f"{dag_id}: described in Chinese"
        assert re.fullmatch("[ -~]+", english), f"{dag_id}: and in English"
        assert "1. " in dag["doc"], f"{dag_id}: the page says the steps"
        assert not dag["catchup"], f"{dag_id}: past days are opened on purpose, by a backfill"


def test_a_run_says_its_business_day_where_a_person_sees_it(parsed: dict[str, Any]) -> None:
    """Airflow finds the listener in the plugins folder; what a person noted stays."""
    assert parsed["notes"] == ["业务日 business day 2025-11-11", None, "said by a person"]


def test_backfill_bounds_need_midnight_partitions(parsed: dict[str, Any]) -> None:
    """Airflow drops the last day of a backfill silently where the cron is not at midnight."""
    source = (ROOT / "dags" / "open_day.py").read_text(encoding="utf-8")
    assert 'CronPartitionTimetable("0 0 * * *"' in source
