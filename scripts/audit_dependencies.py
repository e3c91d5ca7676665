"""`make audit`: does a locked dependency have a known vulnerability?

1. Asks whether the advisory service (OSV) answers. Without it nothing can be said: the audit is skipped, and says so;
   with --strict, as CI has it, that is a failure.
2. Runs pip-audit, of a fixed version and apart from our own environment, over the locks; they are not installed for it.

Exit codes: 0 nothing is known, or it was skipped; 1 an advisory is not among those looked at below; 2 with --strict, if
it could not be asked.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import httpx

from scripts.local_airflow import PROJECT

PIP_AUDIT = "pip-audit==2.10.1"
SERVICE = "https://api.osv.dev/v1/querybatch"
LOCKS = ("requirements-dev.txt",)  # it holds what the other two hold
# Advisories that somebody has looked at: id -> why it does not touch us, and until when.
LOOKED_AT: dict[str, str] = {}


def why_unreachable(service: str) -> str | None:
    """None if the advisory service answers, else what came instead."""
    try:
        httpx.post(service, json={"queries": []}, timeout=10).raise_for_status()
    except httpx.HTTPError as error:
        return f"{type(error).__name__} {error}".strip()
    return None


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--strict", action="store_true", help="fail if the advisory service cannot be asked")
    parser.add_argument("--service", default=SERVICE, help="the address that is asked whether it answers")
    given = parser.parse_args(arguments)
    if why := why_unreachable(given.service):
        print(f"The audit of dependencies is skipped: {given.service} does not answer ({why}).", file=sys.stderr)
        return 2 if given.strict else 0
    uv = Path(sys.executable).with_name("uv")
    command = [str(uv), "tool", "run", "--quiet", "--from", PIP_AUDIT, "pip-audit", "--vulnerability-service", "osv"]
    command += ["--disable-pip", "--no-deps", "--progress-spinner", "off"]
    for lock in LOCKS:
        command += ["--requirement", str(PROJECT / lock)]
    for advisory in LOOKED_AT:
        command += ["--ignore-vuln", advisory]
    return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
