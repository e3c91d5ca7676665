"""The day's figures: computed from the books, emitted by Airflow's own settings, named rightly in rules and pages."""

import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import Engine, insert

from include.cli.keys import new_keys
from include.pipeline.watching.measurements import FIGURES, measurements
from include.warehouse.tables import forecast_hits
from tests.docs.test_links import anchors
from tests.watching.conftest import EXAMPLE
from tests.watching.lived import THIRD, live

ROOT = Path(__file__).parents[2]
MORNING = datetime(2025, 11, 12, 8, 10)
PREFIX = "airflow_"
# As a task's process does it: Airflow's factory by the settings, then what the Dag `outbox` calls.
EMIT = """
import os, sys
os.environ.setdefault("_AIRFLOW_PROCESS_CONTEXT", "server")
from airflow.sdk.observability import stats
from airflow.sdk.observability.metrics import stats_utils
stats.initialize(factory=stats_utils.get_stats_factory(), export_legacy_names=True)
from plugins.storekeeper_airflow.metrics import emit_if_on
print("EMITTED", emit_if_on(), flush=True)
os._exit(0)
"""
# The client library is none of ours; this one sends the same datagrams.
STATSD = """
import socket

class StatsClient:
    def __init__(self, host, port, prefix, ipv6):
        self.to, self.prefix = (host, port), prefix
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)

    def gauge(self, stat, value, rate=1, delta=False):
        self.socket.sendto(f"{self.prefix}.{stat}:{value}|g".encode(), self.to)
"""


@pytest.fixture
def lived(sqlite_books: Engine, merchant_with: Callable[..., Any]) -> Any:
    merchant = merchant_with()
    merchant = merchant.model_copy(
        update={"running": merchant.running.model_copy(update={"clock_starts": date(2025, 1, 1)})}
    )
    with sqlite_books.begin() as connection:
        live(connection, merchant)
        hits = {"day": THIRD, "warehouse": "华东仓", "forecasts": 1, "unknown": 0, "mean": 1.0}
        connection.execute(
            insert(forecast_hits),
            [{**hits, "weeks": 4, "category": "a", "sold": 30.0, "error": 6.0},
             {**hits, "weeks": 4, "category": "b", "sold": 10.0, "error": 4.0},
             {**hits, "weeks": 12, "category": "a", "sold": 1.0, "error": 9.0}],
        )  # fmt: skip
    return merchant


def test_figures_are_those_of_the_newest_day(lived: Any, sqlite_books: Engine) -> None:
    with sqlite_books.connect() as connection:
        found = {(one.name, one.tags.get("shop")): one.value for one in measurements(connection, lived, MORNING)}
    assert {name for name, _ in found} == set(FIGURES)
    assert found["storekeeper.rows.published", "jd"] == 100
    assert (found["storekeeper.rows.read", "tmall"], found["storekeeper.rows.published", "tmall"]) == (200, 0)
    assert [found["storekeeper.shop.trouble", shop] for shop in ("tmall", "jd")] == [1, 0]
    assert found["storekeeper.close.age_hours", None] == 8.2  # 23:58 to 08:10
    assert found["storekeeper.lists.minutes_to_due", None] == 480.5  # 23:59:30 to 08:00
    assert found["storekeeper.forecast.error_share", None] == 0.25
    assert [found[f"storekeeper.outbox.{one}", None] for one in ("waiting", "unknown", "dead")] == [0, 1, 0]
    assert found["storekeeper.alerts.dead", None] == 1


def test_empty_books_have_few_figures(sqlite_books: Engine, merchant_with: Callable[..., Any]) -> None:
    with sqlite_books.connect() as connection:
        names = {one.name for one in measurements(connection, merchant_with(), MORNING)}
    assert "storekeeper.close.age_hours" not in names
    assert "storekeeper.outbox.unknown" in names


def emitted(tmp_path: Path, **settings: str) -> str:
    """What a process says that emits the figures of the books in `tmp_path`."""
    keys = json.dumps({"conn_type": "generic", "extra": new_keys()})
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "OTEL"))},
        "AIRFLOW_HOME": str(tmp_path / "airflow"),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{tmp_path}/airflow.db",
        "AIRFLOW_CONN_STOREKEEPER_KEYS": keys,
        "STOREKEEPER_MERCHANT": str(EXAMPLE),
        "STOREKEEPER_HOME": str(tmp_path),
        "PYTHONPATH": os.pathsep.join([str(tmp_path / "client"), str(ROOT)]),
        "NO_PROXY": "127.0.0.1",
        **settings,
    }
    done = subprocess.run(
        [sys.executable, "-c", EMIT], env=environment, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert "EMITTED" in done.stdout, done.stderr[-3000:]
    return done.stdout.rpartition("EMITTED ")[2].split()[0]


@pytest.mark.usefixtures("lived")
def test_nothing_is_computed_while_metrics_are_off(tmp_path: Path) -> None:
    assert emitted(tmp_path) == "0"


@pytest.mark.usefixtures("lived")
def test_statsd_gets_every_figure_with_its_shop(tmp_path: Path) -> None:
    (tmp_path / "client").mkdir()
    (tmp_path / "client" / "statsd.py").write_text(STATSD)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listening:
        listening.bind(("127.0.0.1", 0))
        listening.settimeout(0.2)
        count = emitted(
            tmp_path,
            AIRFLOW__METRICS__STATSD_ON="True",
            AIRFLOW__METRICS__STATSD_HOST="127.0.0.1",
            AIRFLOW__METRICS__STATSD_PORT=str(listening.getsockname()[1]),
            AIRFLOW__METRICS__STATSD_INFLUXDB_ENABLED="True",
        )
        got = [listening.recv(4096).decode() for _ in range(int(count))]
    assert "airflow.storekeeper.rows.published,shop=jd:100|g" in got
    assert "airflow.storekeeper.outbox.unknown:1|g" in got
    assert {re.split("[,:]", one)[0].removeprefix("airflow.") for one in got} == set(FIGURES)


@pytest.mark.usefixtures("lived")
def test_a_collector_gets_every_figure_before_the_process_ends(tmp_path: Path, receiver: Any) -> None:
    from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest

    count = emitted(
        tmp_path,
        AIRFLOW__METRICS__OTEL_ON="True",
        OTEL_EXPORTER_OTLP_METRICS_ENDPOINT=receiver.url,
        OTEL_EXPORTER_OTLP_METRICS_PROTOCOL="http/protobuf",
    )
    assert int(count) > len(FIGURES)
    found: dict[str, list[Any]] = {}
    for _, _, _, body in receiver.got:
        for resource in ExportMetricsServiceRequest.FromString(body).resource_metrics:
            for scope in resource.scope_metrics:
                for metric in scope.metrics:
                    found.setdefault(metric.name, []).extend(metric.gauge.data_points)
    names = {name.removeprefix("airflow.") for name in found if "storekeeper" in name}
    assert names == set(FIGURES)
    rows = {
        point.attributes[0].value.string_value: point.as_double or point.as_int
        for point in found["airflow.storekeeper.rows.published"]
    }
    assert rows == {"douyin": 100, "erp": 800, "jd": 100, "tmall": 0}


def in_prometheus(name: str) -> str:
    return PREFIX + name.replace(".", "_")


@pytest.mark.parametrize("file", ["prometheus-rules.yaml", "grafana-dashboard.json"])
def test_rules_and_dashboard_name_what_is_emitted(file: str) -> None:
    text = (ROOT / "monitoring" / file).read_text(encoding="utf-8")
    named = set(re.findall(r"airflow_storekeeper_[a-z_]+", text))
    assert named <= {in_prometheus(name) for name in FIGURES}
    assert len(named) > 8


def test_a_rule_says_what_is_wrong_and_where_to_read_on() -> None:
    there = anchors((ROOT / "docs" / "runbook.md").read_text(encoding="utf-8"))
    (group,) = yaml.safe_load((ROOT / "monitoring" / "prometheus-rules.yaml").read_text(encoding="utf-8"))["groups"]
    for rule in group["rules"]:
        assert rule["expr"]
        assert rule["annotations"]["summary"].endswith(".")
        assert rule["annotations"]["runbook"].partition("#")[2] in there, rule["alert"]


def test_the_dashboard_can_be_imported() -> None:
    board = json.loads((ROOT / "monitoring" / "grafana-dashboard.json").read_text(encoding="utf-8"))
    assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])
    assert all(panel["targets"][0]["expr"] for panel in board["panels"])
    from airflow._shared.observability.metrics.metrics_registry import MetricsRegistry

    assert MetricsRegistry().get(name="task.duration"), "Airflow's own figure, which one panel shows"


def test_the_page_has_every_figure() -> None:
    page = (ROOT / "docs" / "monitoring.md").read_text(encoding="utf-8")
    for name, meaning in FIGURES.items():
        assert re.search(rf"^\| `{re.escape(name)}`.*\| {re.escape(meaning)} \|$", page, re.MULTILINE), name
