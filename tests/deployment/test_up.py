"""Storekeeper on one machine: what `make up` hears and keeps, and the units of the service manager."""

import json
import os
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from scripts import clean_airflow, up
from scripts.local_airflow import PROJECT, QUICK_SETTINGS, LocalAirflow
from scripts.merchant_days import Place
from scripts.up import KEYS, read_environment, settings_for

DEPLOY = PROJECT / "deploy"
UNITS = sorted((DEPLOY / "systemd").iterdir())


def lasting(home: Path) -> LocalAirflow:
    return LocalAirflow(home, PROJECT / "dags", is_lasting=True, settings={"STOREKEEPER_HOME": str(home)})


def test_what_the_environment_says_of_airflow_is_heard_and_wins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW__METRICS__STATSD_ON", "True")
    monkeypatch.setenv("AIRFLOW__API__BASE_URL", "https://airflow.example.com")
    monkeypatch.setenv("AIRFLOW__CORE__PARALLELISM", "7")
    monkeypatch.setenv("AIRFLOW_CONN_DESK", "http://example.com")
    heard = lasting(tmp_path).environment
    assert heard["AIRFLOW__METRICS__STATSD_ON"] == "True"
    assert heard["AIRFLOW__API__BASE_URL"] == "https://airflow.example.com"
    assert heard["AIRFLOW__CORE__PARALLELISM"] == "7"
    assert heard["AIRFLOW_CONN_DESK"] == "http://example.com"
    assert set(heard) & set(QUICK_SETTINGS) == set(), "a demo's haste is none of production's"
    # the demo and the tests hear nobody
    assert "AIRFLOW__METRICS__STATSD_ON" not in LocalAirflow(tmp_path, PROJECT / "dags").environment


def test_password_and_secrets_are_those_of_the_first_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ADMIN_PASSWORD", raising=False)
    first, second = lasting(tmp_path), lasting(tmp_path)
    names = ("AIRFLOW__API__SECRET_KEY", "AIRFLOW__API_AUTH__JWT_SECRET", "AIRFLOW__CORE__FERNET_KEY")
    assert first.password == second.password
    assert [first.environment[name] for name in names] == [second.environment[name] for name in names]
    made = [path for path in tmp_path.iterdir() if path.is_file()]
    assert len(made) == 2
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in made)
    assert lasting(tmp_path / "other").password != first.password
    monkeypatch.setenv("ADMIN_PASSWORD", "said")
    assert lasting(tmp_path).password == "said"


def test_an_environment_file_is_read_as_systemd_reads_it(tmp_path: Path) -> None:
    file = tmp_path / "env"
    file.write_text(
        '# a comment\n\nAIRFLOW__A__B=1\nexport X="two words"\n'
        'AIRFLOW_CONN_K=\'{"conn_type": "generic"}\'\nEMPTY=\nEQUALS=a=b\n'
    )
    assert read_environment(file) == {
        "AIRFLOW__A__B": "1", "X": "two words", "AIRFLOW_CONN_K": '{"conn_type": "generic"}', "EMPTY": "",
        "EQUALS": "a=b",
    }  # fmt: skip
    file.write_text("A=1\nPASSWORD secret\n")
    with pytest.raises(ValueError, match="line 2: expected NAME=VALUE, found 'PASSWORD'") as told:
        read_environment(file)
    assert "secret" not in str(told.value)


def test_keys_are_made_for_new_books_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = Place(tmp_path / "merchant", tmp_path / "home")
    assert KEYS in settings_for(place, {})
    assert "keep a copy of" in capsys.readouterr().out
    keys = (place.home / "keys.json").read_text()
    (place.home / "books.sqlite").touch()
    assert json.loads(settings_for(place, {})[KEYS])["extra"] == json.loads(keys), "the same at the next start"
    # of books whose keys are elsewhere none are made, and none take the place of those that are said
    (place.home / "keys.json").unlink()
    assert KEYS not in settings_for(place, {})
    assert KEYS not in settings_for(place, {KEYS: "{}"})
    assert not (place.home / "keys.json").exists()
    assert settings_for(place, {})["STOREKEEPER_PRELOAD"]


def test_wrong_settings_are_told_before_anything_starts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert up.main(["--merchant", str(tmp_path), "--home", str(tmp_path / "home")]) == 1
    assert "merchant.yaml" in capsys.readouterr().err
    assert not (tmp_path / "home").exists()


def test_too_short_a_memory_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SystemExit):
        clean_airflow.main(["--home", str(tmp_path), "--keep-days", "1"])
    assert clean_airflow.main(["--home", str(tmp_path)]) == 1


def test_units_are_what_systemd_understands(tmp_path: Path) -> None:
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd-analyze is not installed on this machine")
    for unit in UNITS:
        # The program of this machine in place of the installed one's.
        text = unit.read_text(encoding="utf-8").replace("/opt/storekeeper/.venv/bin/python", sys.executable)
        (tmp_path / unit.name).write_text(text, encoding="utf-8")
    for unit in UNITS:
        done = subprocess.run(
            ["systemd-analyze", "verify", "--man=no", str(tmp_path / unit.name)],
            capture_output=True,
            text=True,
            env={**os.environ, "SYSTEMD_UNIT_PATH": f"{tmp_path}:"},
        )
        own = [line for line in done.stderr.splitlines() if "storekeeper" in line]
        assert own == [], unit.name


def test_units_start_what_there_is() -> None:
    for unit in UNITS:
        for module in re.findall(r"-m (scripts\.\w+)", unit.read_text(encoding="utf-8")):
            assert (PROJECT / module.replace(".", "/")).with_suffix(".py").exists(), unit.name
    service = (DEPLOY / "systemd" / "storekeeper.service").read_text(encoding="utf-8")
    for wanted in ("NoNewPrivileges=yes", "ProtectSystem=strict", "UMask=0077", "MemoryMax=", "Restart=always"):
        assert wanted in service


def test_the_example_environment_can_be_read() -> None:
    assert set(read_environment(DEPLOY / "storekeeper.env")) == {"AIRFLOW__API__BASE_URL", "AIRFLOW__API__PORT"}


def test_logrotate_takes_its_file(tmp_path: Path) -> None:
    if not shutil.which("logrotate"):
        pytest.skip("logrotate is not installed on this machine")
    done = subprocess.run(
        ["logrotate", "--debug", "--state", str(tmp_path / "state"), str(DEPLOY / "logrotate" / "storekeeper")],
        capture_output=True,
        text=True,
    )
    assert "error:" not in done.stderr.replace("unknown user", "").replace("unknown group", "")
