"""A container's health check: one request, one answer."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from scripts.component_health import health_url, problem_with

HEALTH = {
    "metadatabase": {"status": "healthy"},
    "scheduler": {"status": "healthy"},
    "dag_processor": {"status": "unhealthy"},
    "triggerer": {"status": None},
}


@pytest.fixture(scope="module")
def web_server() -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200 if self.path == "/api/v2/monitor/health" else 404)
            self.end_headers()
            self.wfile.write(json.dumps(HEALTH).encode())

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/execution/"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("component", "problem"),
    [
        ("api-server", None),
        ("scheduler", None),
        ("dag_processor", "dag_processor is unhealthy"),
        ("triggerer", "triggerer is not running"),
        ("schedular", "no component 'schedular'"),
    ],
)
def test_problem(web_server: str, component: str, problem: str | None, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")  # must not be asked

    found = problem_with(component, health_url(web_server))

    assert (found and found.split(";")[0]) == problem


def test_a_silent_server_is_a_problem():
    assert "does not answer" in (problem_with("api-server", "http://127.0.0.1:9/") or "")
