"""The desk in Airflow's web server lets nobody in if it cannot tell who asks."""

import sys

import pytest
from fastapi.testclient import TestClient


def test_without_airflows_way_of_telling_who_asks_there_is_no_desk(monkeypatch: pytest.MonkeyPatch) -> None:
    from plugins.storekeeper_airflow import desk_mount

    monkeypatch.setitem(sys.modules, "airflow.api_fastapi.core_api.security", None)
    client = TestClient(desk_mount.DeskOnDemand(), raise_server_exceptions=False, follow_redirects=False)
    for path in ("/", "/lists/restock", "/static/desk.css"):
        answer = client.get(path, headers={"cookie": "_token=x"})
        assert (answer.status_code, answer.text) == (500, "Internal Server Error")
