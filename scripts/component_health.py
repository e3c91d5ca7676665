"""`python -m scripts.component_health NAME` ends with 0 if that Airflow component is well: a container's health check.

NAME is api-server, scheduler, dag_processor or triggerer. The api-server knows of all of them by their heartbeats, so
one HTTP request answers; `airflow jobs check` costs five seconds of imports each time. Standard library only.
"""

from __future__ import annotations

import json
import os
import sys
import urllib.error
import urllib.parse
import urllib.request

WEB_SERVER = "api-server"


def health_url(execution_api_url: str) -> str:
    """The public health page of the api-server whose execution API is known to every component."""
    return urllib.parse.urljoin(execution_api_url, "/api/v2/monitor/health")


def problem_with(component: str, url: str) -> str | None:
    """What is wrong with a component, or None."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # never through a proxy
    try:
        with opener.open(url, timeout=8) as response:
            health = json.load(response)
    except (urllib.error.URLError, TimeoutError, ValueError) as error:
        return f"{url} does not answer: {error}"
    part = "metadatabase" if component == WEB_SERVER else component
    if part not in health:
        return f"no component {component!r}; there are {WEB_SERVER}, {', '.join(sorted(health))}"
    status = health[part]["status"]
    return None if status == "healthy" else f"{part} is {status or 'not running'}"


if __name__ == "__main__":
    _problem = problem_with(sys.argv[1], health_url(os.environ["AIRFLOW__CORE__EXECUTION_API_SERVER_URL"]))
    if _problem:
        sys.exit(_problem)
