"""Known vulnerabilities are looked for where the advisory service answers, and it is said where it does not."""

import re
import subprocess
from typing import Any

import pytest

from scripts import audit_dependencies
from scripts.local_airflow import PROJECT
from scripts.warden import free_ports


def test_without_the_service_it_is_skipped_with_a_reason_and_strictly_it_fails(
    capsys: pytest.CaptureFixture[str],
) -> None:
    (port,) = free_ports(1)
    nowhere = ["--service", f"http://127.0.0.1:{port}/v1"]
    assert audit_dependencies.main(nowhere) == 0
    said = capsys.readouterr().err
    assert "is skipped" in said
    assert "ConnectError" in said
    assert audit_dependencies.main([*nowhere, "--strict"]) == 2


def test_what_pip_audit_finds_is_the_end_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[str]] = []

    def run(command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        asked.append(command)
        return subprocess.CompletedProcess(command, 1)

    monkeypatch.setattr(audit_dependencies, "why_unreachable", lambda service: None)
    monkeypatch.setattr(audit_dependencies.subprocess, "run", run)
    assert audit_dependencies.main([]) == 1
    assert str(PROJECT / "requirements-dev.txt") in asked[0]


def test_the_lock_that_is_audited_holds_all_that_is_installed_anywhere() -> None:
    def pins(name: str) -> set[str]:
        return set(re.findall(r"^([\w.-]+==[\w.]+)", (PROJECT / name).read_text(), flags=re.MULTILINE))

    assert pins("requirements.txt") | pins("requirements-cluster.txt") <= pins("requirements-dev.txt")
