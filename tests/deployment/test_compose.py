"""docker-compose.yml is valid, keeps its promises, and is what the native topology runs."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from scripts.compose_file import _VARIABLE, ComposeError, read_compose, start_order
from scripts.local_airflow import PROJECT
from scripts.native_topology import NativeTopology
from scripts.new_environment import EXAMPLE, SECRETS, new_environment
from scripts.postgres_server import find_postgres

COMPOSE_FILE = PROJECT / "docker-compose.yml"
COMPONENTS = {"init", "api-server", "scheduler", "dag-processor", "triggerer", "worker"}
SECRET_WORDS = ("PASSWORD", "SECRET", "KEY", "CONN", "BROKER", "RESULT_BACKEND", "REDISCLI_AUTH")


def variables(text: str) -> dict[str, str | None]:
    """Names of the variables in a compose file, with their defaults; None if one is required."""
    return {
        found["name"]: found["rest"] if found["operator"] == "-" else None
        for found in _VARIABLE.finditer(text)
        if found["name"]
    }


def filled_in() -> dict[str, str]:
    """A value for every variable that the file requires."""
    return {
        name: f"value-of-{name}" for name, default in variables(COMPOSE_FILE.read_text()).items() if default is None
    }


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    return read_compose(COMPOSE_FILE, filled_in())["services"]


def test_it_is_valid_against_the_compose_specification():
    schema = json.loads((Path(__file__).parent / "compose_specification" / "schema.json").read_text())

    jsonschema.validate(read_compose(COMPOSE_FILE, filled_in()), schema)
    jsonschema.validate(yaml.safe_load(COMPOSE_FILE.read_text()), schema)


def test_the_schema_would_notice_a_mistake():
    schema = json.loads((Path(__file__).parent / "compose_specification" / "schema.json").read_text())
    wrong = read_compose(COMPOSE_FILE, filled_in())
    wrong["services"]["worker"]["comand"] = ["airflow"]

    with pytest.raises(jsonschema.ValidationError, match="comand"):
        jsonschema.validate(wrong, schema)


def test_docker_compose_itself_accepts_it(tmp_path: Path):
    if not shutil.which("docker") or subprocess.run(["docker", "compose", "version"], capture_output=True).returncode:
        pytest.skip("docker compose is not installed on this machine")
    environment = tmp_path / ".env"
    environment.write_text("".join(f"{name}={value}\n" for name, value in filled_in().items()))

    result = subprocess.run(
        ["docker", "compose", "--env-file", str(environment), "--file", str(COMPOSE_FILE), "config", "--quiet"],
        capture_output=True,
        text=True,
    )

    assert result.returncode == 0, result.stderr


def test_all_services_are_there(services: dict[str, Any]):
    assert set(services) == COMPONENTS | {"postgres", "redis"}


def test_every_lasting_service_has_a_health_check_and_comes_back(services: dict[str, Any]):
    for name, service in services.items():
        if name == "init":
            assert service["restart"] == "no"
            assert service["healthcheck"] == {"disable": True}
        else:
            assert service["healthcheck"]["test"][0] in {"CMD", "CMD-SHELL"}, name
            assert service["restart"] == "unless-stopped", name


def test_nothing_waits_for_less_than_health(services: dict[str, Any]):
    for name, service in services.items():
        for needed, wanted in service.get("depends_on", {}).items():
            expected = "service_completed_successfully" if needed == "init" else "service_healthy"
            assert wanted == {"condition": expected}, f"{name} on {needed}"


def test_images_are_pinned_to_a_version(services: dict[str, Any]):
    for service in services.values():
        assert re.search(r":\d+(\.\d+)+", service["image"]), service["image"]
    assert services["postgres"]["image"].startswith("postgres:16.")
    assert services["redis"]["image"].startswith("redis:7.")


def test_every_secret_comes_from_the_environment_and_has_no_default():
    text = COMPOSE_FILE.read_text()
    for name, default in variables(text).items():
        if name in SECRETS or name.endswith(("_PASSWORD", "_SECRET", "_KEY", "_KEYS")):
            assert default is None, f"{name} has a default"
    for name in SECRETS:
        uses = re.findall(r"\$\{" + name + r"\b([^}]*)\}", text)
        assert uses, f"{name} is generated but not used"
        assert all(use.startswith(":?") and len(use) > 5 for use in uses), f"{name} may be empty somewhere"


def test_no_service_carries_a_literal_secret(services: dict[str, Any]):
    other = {name: f"other-{value}" for name, value in filled_in().items()}
    changed = read_compose(COMPOSE_FILE, other)["services"]
    for name, service in services.items():
        for variable, value in service.get("environment", {}).items():
            public = variable.endswith(("EXECUTION_API_SERVER_URL", "PASSWORDS_FILE"))
            if any(word in variable for word in SECRET_WORDS) and not public:
                assert changed[name]["environment"][variable] != value, f"{name}: {variable} is written in the file"


def test_a_missing_secret_is_refused_by_name():
    environment = filled_in()
    del environment["REDIS_PASSWORD"]

    with pytest.raises(ComposeError, match="REDIS_PASSWORD"):
        read_compose(COMPOSE_FILE, environment)


def test_only_init_knows_the_admins_password(services: dict[str, Any]):
    knowing = {name for name, service in services.items() if "value-of-ADMIN_PASSWORD" in json.dumps(service)}

    assert knowing == {"init"}


def test_only_the_web_is_published_and_only_on_loopback(services: dict[str, Any]):
    ports = {name: service["ports"] for name, service in services.items() if "ports" in service}

    assert set(ports) == {"api-server"}
    assert all(port.startswith("127.0.0.1:") for port in ports["api-server"])


def test_lasting_data_lies_on_named_volumes(services: dict[str, Any]):
    declared = set(read_compose(COMPOSE_FILE, filled_in())["volumes"])
    mounted = {
        volume.split(":")[0]
        for service in services.values()
        for volume in service.get("volumes", [])
        if not volume.startswith((".", "value-of"))
    }

    assert mounted == declared


def test_airflow_and_the_books_have_databases_of_their_own(services: dict[str, Any]):
    settings = services["worker"]["environment"]
    airflow = settings["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"]
    books = settings["AIRFLOW_CONN_STOREKEEPER_BOOKS"]

    assert airflow.endswith("@postgres:5432/airflow")
    assert books.endswith("@postgres:5432/storekeeper")
    assert "value-of-AIRFLOW_DATABASE_PASSWORD" in airflow
    assert "value-of-BOOKS_DATABASE_PASSWORD" in books


BOOKS = {"AIRFLOW_CONN_STOREKEEPER_BOOKS", "AIRFLOW_CONN_STOREKEEPER_KEYS"}
QUEUE = {"AIRFLOW__CELERY__BROKER_URL", "AIRFLOW__CELERY__RESULT_BACKEND"}


def test_components_differ_in_their_command_and_in_the_secrets_that_they_need(services: dict[str, Any]):
    settings = {name: services[name]["environment"] for name in COMPONENTS - {"init"}}
    common = settings["triggerer"]

    assert all({**one, **common} == one for one in settings.values())
    assert {name: set(one) - set(common) for name, one in settings.items()} == {
        "triggerer": set(),
        "dag-processor": set(),
        "scheduler": QUEUE,
        "api-server": BOOKS,
        "worker": QUEUE | BOOKS,
    }
    assert set(services["init"]["environment"]) - set(common) == {"ADMIN_PASSWORD"}
    assert not any("value-of-STOREKEEPER_KEYS" in json.dumps(services[name]) for name in ("scheduler", "init"))
    commands = {name: services[name]["command"] for name in COMPONENTS - {"init"}}
    assert commands == {
        "api-server": ["airflow", "api-server"],
        "scheduler": ["airflow", "scheduler", "--skip-serve-logs"],
        "dag-processor": ["airflow", "dag-processor"],
        "triggerer": ["airflow", "triggerer", "--skip-serve-logs"],
        "worker": ["airflow", "celery", "worker", "--skip-serve-logs"],
    }


def test_every_container_is_small_read_only_and_not_root(services: dict[str, Any]):
    for name, service in services.items():
        assert service["read_only"] is True, name
        assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", service["user"]), name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert re.fullmatch(r"\d+[gm]", str(service["mem_limit"])), name
        assert float(service["cpus"]) > 0, name
        assert service["pids_limit"] > 0, name
        assert service["logging"]["driver"] == "json-file", name
        assert set(service["logging"]["options"]) == {"max-size", "max-file", "compress"}, name


def test_what_a_container_writes_has_a_place(services: dict[str, Any]):
    """The image is read-only: what Airflow, libraries and servers write lies on volumes, or in memory."""
    for name in COMPONENTS:
        places = [mount.split(":")[0] for mount in services[name]["tmpfs"]]
        assert places == ["/tmp", "/opt/airflow", "/home/storekeeper"], name
        assert all("uid=50000" in mount for mount in services[name]["tmpfs"][1:])
    dockerfile = (PROJECT / "Dockerfile").read_text()
    assert "--uid 50000" in dockerfile, "the account of the image is the one that the file names"


def test_planners_reach_the_lists_and_an_erasure_the_exports():
    environment = {**filled_in(), "LISTS_FOLDER": "/srv/lists", "EXPORTS_ACCESS": "rw", "STOREKEEPER_NAME": "other"}
    told = read_compose(COMPOSE_FILE, environment)

    assert told["name"] == "other"
    volumes = told["services"]["worker"]["volumes"]
    assert "/srv/lists:/var/lib/storekeeper/lists" in volumes
    assert next(one for one in volumes if ":/srv/exports:" in one).endswith(":rw")
    usual = read_compose(COMPOSE_FILE, filled_in())["services"]["worker"]["volumes"]
    assert "lists:/var/lib/storekeeper/lists" in usual
    assert next(one for one in usual if ":/srv/exports:" in one).endswith(":ro")


def test_start_order_follows_depends_on(services: dict[str, Any]):
    order = start_order(services)

    assert order.index("postgres") < order.index("init") < order.index("api-server") < order.index("scheduler")
    assert order.index("redis") < order.index("worker")


@pytest.mark.skipif(find_postgres() is None, reason="PostgreSQL is not installed on this machine")
def test_the_native_topology_runs_the_same_commands_and_settings(services: dict[str, Any], tmp_path: Path):
    """Only addresses and folders may differ: with ours put back into theirs, the files are equal."""
    native = NativeTopology(tmp_path).services

    assert set(native) == set(services)
    for name in COMPONENTS:
        assert native[name]["command"] == services[name]["command"]
        assert set(native[name]["environment"]) == set(services[name]["environment"])
    left = re.findall(r"/opt/|/var/lib/storekeeper|/srv/|[@/](?:postgres|redis|api-server):", json.dumps([
        [service.get("command"), service.get("environment"), service["healthcheck"]] for service in native.values()
    ]))  # fmt: skip
    assert not left, "an address or folder of the containers is not translated"


def test_variables_and_dollars():
    assert variables("${A:?must} ${B:-x} ${C} $$D") == {"A": None, "B": "x", "C": None}


def test_the_example_environment_names_every_variable_and_no_other():
    named = re.findall(r"^([A-Z_]+)=", EXAMPLE.read_text(), flags=re.MULTILINE)

    assert sorted(named) == sorted(variables(COMPOSE_FILE.read_text()))


def test_the_example_holds_no_secret_and_the_generated_one_all():
    example = EXAMPLE.read_text()
    first, second = new_environment(example), new_environment(example)
    for name in SECRETS:
        assert f"\n{name}=\n" in example
        one, other = (re.search(f"^{name}=(.+)$", text, flags=re.MULTILINE) for text in (first, second))
        assert one is not None
        assert other is not None
        assert one[1] != other[1], f"{name} is not random"
        if name.endswith("_PASSWORD"):
            assert re.fullmatch(r"[\w-]{20,}", one[1]), f"{name} must fit into a URL"
