"""What is prepared before Airflow starts: the password file, and modules imported before forking."""

import json
import runpy
import stat
import sys
from pathlib import Path

import pytest

from scripts.local_airflow import PRELOAD
from scripts.set_up_airflow import set_password

LOCAL_SETTINGS = PRELOAD / "airflow_local_settings.py"


def test_a_password_is_set_and_the_others_are_kept(tmp_path: Path):
    passwords = tmp_path / "passwords.json"
    set_password(passwords, "admin", "one")
    passwords.write_text(json.dumps({"admin": "one", "planner": "two"}))

    set_password(passwords, "admin", "three")

    assert json.loads(passwords.read_text()) == {"admin": "three", "planner": "two"}
    assert stat.S_IMODE(passwords.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("command", "is_imported"),
    [
        (["airflow", "scheduler"], True),
        (["airflow", "celery", "worker", "--skip-serve-logs"], True),
        (["airflow", "dag-processor"], False),
        (["airflow", "api-server"], False),
        (["airflow", "db", "migrate"], False),
    ],
)
def test_heavy_modules_are_imported_only_where_tasks_are_forked(
    command: list[str], is_imported: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    (tmp_path / "a_heavy_module.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("STOREKEEPER_PRELOAD", "a_heavy_module")
    monkeypatch.setattr(sys, "argv", command)

    runpy.run_path(str(LOCAL_SETTINGS))

    assert (sys.modules.pop("a_heavy_module", None) is not None) == is_imported
