"""The page of days: every day and shop at a glance, and one click to the reason."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Engine

from include.settings.loading import load_merchant
from tests.desk.conftest import ROOT
from tests.watching.lived import REASON, THIRD, live


@pytest.fixture
def lived(listed: Engine, tmp_path: Any) -> Engine:
    """Lists of 11-11 are those of `listed`."""
    merchant = load_merchant(ROOT / "examples" / "specimen", tmp_path)
    with listed.begin() as connection:
        live(connection, merchant, lists=False)
    return listed


def test_a_cell_leads_to_the_reason_and_the_rows(desk: Any, lived: Engine) -> None:
    client = desk.client_of("小赵", "op", language="en")
    page = client.get("/days").text
    assert f'class="state stopped" href="/shops/tmall/{THIRD}"' in page
    assert "&lt;b&gt;" in page, "a reason is text"
    reason = client.get(f"/shops/tmall/{THIRD}")
    assert reason.status_code == 200
    assert "a required column is missing" in reason.text
    assert "a required column is missing" in page
    assert "HTTP 404" in page, "an alert that nobody took"
    assert 'href="https://airflow.example.com/dags/ingest_tmall"' in page


def test_today_and_days_show_the_same(desk: Any, lived: Engine) -> None:
    client = desk.client_of()
    for path in ("/", "/days"):
        page = client.get(path).text
        assert f'class="state stopped" href="/shops/tmall/{THIRD}"' in page, path
        assert 'class="state late" href="/shops/jd/2025-11-10"' in page, path
    assert 'href="/days"' in client.get("/").text


def test_who_only_looks_sees_no_alerts_and_no_acts(desk: Any, lived: Engine) -> None:
    page = desk.client_of("小看", "viewer").get("/days")
    assert page.status_code == 200
    assert "HTTP 404" not in page.text.split("心跳、备份、审计")[1]
    assert "/deliveries" not in page.text
    assert "/lists/recall" not in page.text, "customers' lists are not for everybody's eyes"


def test_a_scope_narrows_the_shops(lived: Engine, tmp_path: Any, make_desk_on: Callable[..., Any]) -> None:
    desk = make_desk_on(lived, tmp_path, scopes={"小京": {"shops": ["jd"]}})
    page = desk.client_of("小京").get("/days").text
    assert "/shops/jd/" in page
    assert "/shops/tmall/" not in page
    assert REASON.partition(":")[0] not in page


def test_earlier_days_are_there(desk: Any, lived: Engine) -> None:
    page = desk.client_of().get("/days?until=2025-11-10").text
    assert "11-04" in page
    assert "11-11" not in page.partition("<tbody>")[0].partition("<thead>")[2]
    assert desk.client_of().get("/days?until=nonsense").status_code == 200
