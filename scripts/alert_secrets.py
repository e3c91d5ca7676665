"""What Airflow's connections hold for the channels that alerts go to: for `./storekeeper alerts test`, through a pipe.

    python -m scripts.alert_secrets

The last line of its output is a JSON object: channel -> what `plugins.storekeeper_airflow.workplace.channel_secrets`
says, or {"error": why}. Connections are read as the scheduler reads them: from the environment, a secrets backend, the
database.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

from scripts.airflow_command import airflow_environment


def asked(merchant: str, home: str) -> dict[str, Any]:
    """The channels' secrets by a process of Airflow's. Raises RuntimeError with what it said."""
    environment = {**airflow_environment(), "STOREKEEPER_MERCHANT": merchant, "STOREKEEPER_HOME": home}
    words = [sys.executable, "-m", "scripts.alert_secrets"]
    done = subprocess.run(words, env=environment, capture_output=True, text=True, timeout=120, check=False)
    try:
        found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    except (IndexError, ValueError):
        raise RuntimeError(done.stderr.strip()[-500:] or f"exit code {done.returncode}") from None
    if "error" in found:
        raise RuntimeError(found["error"])
    return found


def main() -> int:
    # Airflow asks its database for connections in processes of the server alone.
    os.environ.setdefault("_AIRFLOW_PROCESS_CONTEXT", "server")
    from plugins.storekeeper_airflow.alerts import channels_told
    from plugins.storekeeper_airflow.workplace import address_in, channel_secrets, merchant

    settings = merchant()
    try:
        found: dict[str, Any] = channel_secrets(channels_told(settings))
        if settings.alerts.heartbeat and settings.alerts.heartbeat.connection:
            from airflow.sdk import Connection

            found["heartbeat"] = {"url": address_in(Connection.get(settings.alerts.heartbeat.connection))}
    except Exception as error:
        found = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
