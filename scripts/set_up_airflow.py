"""What a cluster needs once before its components start: the `init` service of docker-compose.yml.

1. Brings Airflow's metadata database to this version's schema.
2. Writes the web login's password file from ADMIN_PASSWORD; other users of AIRFLOW_USERS keep theirs.

May be run again at any time, as every `docker compose up` does.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

ADMIN = "admin"


def set_password(passwords: Path, user: str, password: str) -> None:
    """Set one user's password, keep the others', let nobody but the owner read."""
    known = json.loads(passwords.read_text() or "{}") if passwords.exists() else {}
    passwords.parent.mkdir(parents=True, exist_ok=True)
    replacement = passwords.with_suffix(".new")
    replacement.touch(mode=0o600)
    replacement.write_text(json.dumps({**known, user: password}) + "\n")
    replacement.replace(passwords)


def main() -> None:
    subprocess.run(["airflow", "db", "migrate"], check=True)
    passwords = Path(os.environ["AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE"])
    set_password(passwords, ADMIN, os.environ["ADMIN_PASSWORD"])
    print(f"Airflow's database is migrated; the password of {ADMIN} is set.")


if __name__ == "__main__":
    main()
