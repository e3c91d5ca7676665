"""`python -m scripts.new_environment > .env` prints .env.example with a fresh value for every secret."""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Callable
from pathlib import Path

from include.cli.keys import new_keys

EXAMPLE = Path(__file__).resolve().parents[1] / ".env.example"


def _password() -> str:
    return secrets.token_urlsafe(24)


def _fernet_key() -> str:
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()


SECRETS: dict[str, Callable[[], str]] = {
    "ADMIN_PASSWORD": _password,
    "POSTGRES_PASSWORD": _password,
    "AIRFLOW_DATABASE_PASSWORD": _password,
    "BOOKS_DATABASE_PASSWORD": _password,
    "REDIS_PASSWORD": _password,
    "AIRFLOW_FERNET_KEY": _fernet_key,
    "AIRFLOW_SECRET_KEY": _password,
    "AIRFLOW_JWT_SECRET": lambda: secrets.token_hex(32),
    "STOREKEEPER_KEYS": lambda: f"'{json.dumps(new_keys())}'",
}


def new_environment(example: str) -> str:
    """The example with secrets filled in; every other line as it is."""
    lines = []
    for line in example.splitlines():
        name = line.removesuffix("=")
        lines.append(f"{line}{SECRETS[name]()}" if line.endswith("=") and name in SECRETS else line)
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(new_environment(EXAMPLE.read_text(encoding="utf-8")), end="")
