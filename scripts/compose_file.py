"""Reads docker-compose.yml as `docker compose` does: YAML with merges, and variables from an environment put in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import yaml

# $$ · ${NAME} · ${NAME:-default} · ${NAME:?message}: the forms that our file uses, which a test holds it to.
_VARIABLE = re.compile(r"\$(?:(?P<dollar>\$)|\{(?P<name>\w+)(?::(?P<operator>[-?])(?P<rest>[^}]*))?\})")


class ComposeError(ValueError):
    """A required variable is missing, with the message that the file gives for it."""


def read_compose(path: Path, environment: Mapping[str, str]) -> dict[str, Any]:
    """The file's content with every variable replaced; ``x-`` extension fields are left out."""
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    plain = {name: value for name, value in content.items() if not name.startswith("x-")}
    replaced: dict[str, Any] = _interpolate(plain, environment)
    return replaced


def start_order(services: Mapping[str, Any]) -> list[str]:
    """Service names, each after those it depends on."""
    return list(
        TopologicalSorter(
            {name: list(service.get("depends_on", {})) for name, service in services.items()}
        ).static_order()
    )


def _interpolate(value: Any, environment: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return _VARIABLE.sub(lambda found: _value_of(found, environment), value)
    if isinstance(value, dict):
        return {key: _interpolate(inner, environment) for key, inner in value.items()}
    if isinstance(value, list):
        return [_interpolate(inner, environment) for inner in value]
    return value


def _value_of(found: re.Match[str], environment: Mapping[str, str]) -> str:
    if found["dollar"]:
        return "$"
    value = environment.get(found["name"], "")
    if value or found["operator"] is None:
        return value
    if found["operator"] == "-":
        return str(found["rest"])
    raise ComposeError(f"{found['name']} is not set: {found['rest']}")
