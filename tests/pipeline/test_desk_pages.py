"""The desk on a merchant's real day: a line opened, its pictures, what if, and the shops' files."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fastapi import Request
from fastapi.testclient import TestClient

from include.desk.application import make_desk
from include.desk.host import Host
from include.desk.rights import Visitor
from include.lines.line_what_if import Changes, line_what_if
from include.lines.plan_session import open_session
from include.tasks.task_queries import Task, find_tasks
from tests.pipeline.conftest import FIRST, Desk

DAY = FIRST.isoformat()


@pytest.fixture(scope="module")
def desk(first_day: Path, open_desk: Callable[..., Desk]) -> Iterator[Desk]:
    desk = open_desk(first_day)
    yield desk
    desk.workspace.books.dispose()


@pytest.fixture(scope="module")
def client(desk: Desk) -> TestClient:
    async def visitor(_: Request) -> Visitor:
        return Visitor("li", ("admin",))

    host = Host(
        lambda: desk.workspace, visitor, str, "/", b"a secret for tests", lambda: datetime.now(UTC), lambda _: None
    )
    client = TestClient(make_desk(host), follow_redirects=False)
    client.cookies.set("storekeeper_language", "en")
    return client


def lines(desk: Desk, kind: str, most: int = 500) -> list[Task]:
    with desk.workspace.books.connect() as connection:
        return find_tasks(connection, kind=kind, day=DAY, limit=most)


@pytest.mark.parametrize("kind", ["restock", "transfer", "chase", "excess"])
def test_every_line_of_a_day_can_be_opened(desk: Desk, client: TestClient, kind: str) -> None:
    found = lines(desk, kind, 40)
    assert found
    for task in found:
        page = client.get(f"/tasks/{task.task_id}")
        assert page.status_code == 200
        assert task.rank > 3 or client.get(f"/tasks/{task.task_id}/similar").status_code == 200
        for code in re.findall(r"/behind/(\w+)", page.text)[:2] if task.rank <= 3 else ():
            assert client.get(f"/tasks/{task.task_id}/behind/{code}").status_code == 200


def test_what_stands_behind_each_term(desk: Desk, client: TestClient) -> None:
    task = max(lines(desk, "restock"), key=lambda one: one.payload["arriving"])
    behind = {code: client.get(f"/tasks/{task.task_id}/behind/{code}") for code in ("under_way", "stock", "forecast")}
    assert all(one.status_code == 200 for one in behind.values())
    assert task.payload["stock_day"] in behind["stock"].text
    assert "model" in behind["forecast"].text
    assert "nothing is known" in client.get(f"/tasks/{task.task_id}/behind/nonsense").text


def test_pictures_are_drawn_by_the_browser_from_what_the_plan_knows(desk: Desk, client: TestClient) -> None:
    task = lines(desk, "restock", 1)[0]
    for which in ("demand", "stock"):
        spec = client.get(f"/tasks/{task.task_id}/picture/{which}").json()
        assert spec["width"] == "container"
        assert all(rows for rows in spec["datasets"].values())
    assert client.get(f"/tasks/{task.task_id}/picture/else").status_code == 404


def test_what_if_says_what_the_nightly_code_says(desk: Desk, client: TestClient) -> None:
    session = open_session(desk.workspace, DAY)
    for task in lines(desk, "restock", 3):
        answer = line_what_if(session, task.payload["sku"], task.payload["warehouse"], Changes(service_level=0.8))
        assert answer is not None
        page = client.get(f"/tasks/{task.task_id}/what-if?level=80").text
        assert f"<strong>{answer.what_if.quantity:,}</strong>" in page
        assert answer.as_it_is.quantity == task.payload["quantity"], "and as it is, what the list says"


@pytest.mark.parametrize("query", ["level=many", "level=0", "lead=-1", "quantity=1.5", "level=200"])
def test_what_nobody_can_ask(desk: Desk, client: TestClient, query: str) -> None:
    assert client.get(f"/tasks/{lines(desk, 'restock', 1)[0].task_id}/what-if?{query}").status_code == 400


def test_the_day_and_the_files_of_each_shop(desk: Desk, client: TestClient) -> None:
    page = client.get("/").text
    assert DAY in page
    assert page.count('<div class="card') == 5  # the recall list has no line on this day, and says so
    for shop in desk.workspace.merchant.shops:
        own = client.get(f"/shops/{shop.name}/{DAY}").text
        assert "published" in own
    assert client.get(f"/shops/nowhere/{DAY}").status_code == 404
    assert client.get("/shops/tmall/yesterday").status_code == 404


def test_suppliers_as_the_books_know_them(desk: Desk, client: TestClient) -> None:
    page = client.get("/suppliers").text
    codes = re.findall(r'href="/suppliers/([^"]+)"', page)
    assert codes
    for code in codes:
        own = client.get(f"/suppliers/{code}").text
        assert "usually" in own
