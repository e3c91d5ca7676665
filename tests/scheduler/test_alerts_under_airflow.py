"""A task that really fails is heard of: a robot is told, from connections of Airflow's own, and linked to its run."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
import yaml

from include.cli.keys import new_keys
from scripts.airflow_api import AirflowApi
from scripts.local_airflow import LocalAirflow
from tests.scheduler.world import ROOT
from tests.tasks.robot_server import SECRET, Robot, robot_server

pytestmark = pytest.mark.scheduler
DAY = "2025-11-11"


@pytest.fixture
def robot() -> Iterator[Robot]:
    with robot_server(Robot("dingtalk", lambda: 0.0)) as told:
        yield told


@pytest.fixture
def airflow(tmp_path: Path, migrated: Path, robot: Robot) -> Iterator[LocalAirflow]:
    """Airflow on the example merchant, whose alerts go to the robot; there are no lists."""
    folder = tmp_path / "merchant"
    shutil.copytree(ROOT / "examples" / "specimen", folder)
    said = yaml.safe_load((folder / "merchant.yaml").read_text(encoding="utf-8"))
    said["channels"].append({"name": "duty", "kind": "dingtalk", "lists": [], "connection": "duty"})
    said["alerts"] = {"channels": ["duty"]}
    (folder / "merchant.yaml").write_text(yaml.safe_dump(said, allow_unicode=True), encoding="utf-8")
    shutil.copy(migrated, tmp_path / "books.sqlite")
    settings = {
        "STOREKEEPER_MERCHANT": str(folder),
        "STOREKEEPER_HOME": str(tmp_path),
        "AIRFLOW_CONN_STOREKEEPER_KEYS": json.dumps({"conn_type": "generic", "extra": new_keys()}),
        "AIRFLOW_CONN_DUTY": json.dumps({"conn_type": "generic", "host": robot.url, "password": SECRET}),
    }
    with LocalAirflow(tmp_path / "airflow", ROOT / "dags", plugins=ROOT / "plugins", settings=settings) as running:
        yield running


def test_a_failure_is_told_with_a_link_to_its_run(airflow: LocalAirflow, robot: Robot) -> None:
    api: AirflowApi = airflow.api
    api.wait_for_dags("lists_due")
    run = api.trigger("lists_due", DAY)
    api.wait_for("lists_due", DAY, expect="failed")
    (message,) = robot.taken
    card = message["actionCard"]
    for part in ("样品掌柜", "lists_due", DAY, f"{DAY} 没有补货清单", "怎么办", "docs/runbook.md#no-list-at-0800"):
        assert part in card["text"], part
    link = urlsplit(card["singleURL"])
    assert card["singleURL"].startswith(airflow.url)
    assert unquote(link.path) == f"/dags/lists_due/runs/{run}/tasks/look"
    assert SECRET not in json.dumps(message)
