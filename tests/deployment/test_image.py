"""The image holds the code and what it needs, runs as nobody special, and no secret gets in."""

import re

from scripts.local_airflow import PROJECT

DOCKERFILE = (PROJECT / "Dockerfile").read_text()
IGNORED = (PROJECT / ".dockerignore").read_text().splitlines()


def test_it_does_not_run_as_root():
    users = re.findall(r"^USER (\S+)", DOCKERFILE, flags=re.MULTILINE)

    assert users
    assert users[-1] not in {"root", "0"}


def test_packages_come_from_the_lock_alone():
    installs = [line for line in DOCKERFILE.splitlines() if "pip install" in line]

    assert len(installs) == 2
    assert '"uv==${UV_VERSION}"' in installs[0]
    assert installs[1].rstrip().endswith("-r /tmp/requirements-cluster.txt")


def test_base_images_are_versions_and_the_same():
    bases = re.findall(r"^FROM (\S+)", DOCKERFILE, flags=re.MULTILINE)

    assert bases == ["python:${PYTHON_VERSION}-slim-bookworm"] * 2
    assert re.search(r"^ARG PYTHON_VERSION=3\.1[12]$", DOCKERFILE, flags=re.MULTILINE)


def test_it_has_a_health_check():
    assert "HEALTHCHECK" in DOCKERFILE


def test_everything_is_kept_out_but_what_is_copied():
    assert IGNORED[[line.startswith("#") for line in IGNORED].index(False)] == "*"
    allowed = {line[1:] for line in IGNORED if line.startswith("!")}
    copied = set()
    for line in re.findall(r"^COPY (?!--from)(.+)$", DOCKERFILE, flags=re.MULTILINE):
        copied |= set(line.split()[:-1])

    assert allowed == copied
    assert not any(name.startswith((".env", ".git", "var", "tests")) for name in allowed)
