"""Nobody sees or does on the desk what is not theirs to see or do: every address, as everybody, with every token."""

from collections.abc import Callable, Iterator
from typing import Any, ClassVar

import pytest
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from sqlalchemy import Engine, func, select

from include.desk.csrf import token_for
from include.desk.page import Needs
from include.desk.reporting.signing import FromSender
from include.desk.rights import RIGHTS, Visitor, person_of
from include.settings.desk import Desk as Settings
from include.tasks.task_tables import desk_events, task_events, tasks


def routes_of(desk: Any) -> Iterator[APIRoute]:
    for route in desk.app.routes:
        assert isinstance(route, APIRoute), f"{route} is no route of ours: it would not ask who comes"
        yield route


def needs_of(route: APIRoute) -> Needs | FromSender:
    found = [one.call for one in route.dependant.dependencies if isinstance(one.call, (Needs, FromSender))]
    assert len(found) == 1, f"{route.path} does not say what it needs"
    return found[0]


def is_for_systems(route: APIRoute) -> bool:
    """Whether a signature opens it, and no person's login."""
    return isinstance(needs_of(route), FromSender)


def address(route: APIRoute, engine: Engine) -> str:
    with engine.connect() as connection:
        task = connection.scalar(select(tasks.c.task_id).where(tasks.c.kind == "restock").limit(1))
    values = {
        "kind": "restock",
        "task_id": task,
        "shop": "tmall",
        "day": "2025-11-11",
        "name": "desk.css",
        "supplier": "GYS101",
        "number": "none",
        "code": "stock",
        "which": "demand",
        "short": "0a1b2c3d4e5f",
        "delivery": "none",
        "part": "plan",
        "chart_name": "plan",
        "period": "2025-11",
    }
    return route.path.replace(":path", "").format(**values)


def test_every_address_says_what_it_needs_and_no_write_goes_by_get(desk: Any) -> None:
    paths = set()
    for route in routes_of(desk):
        needs = needs_of(route)
        assert isinstance(needs, FromSender) or needs.rights
        assert route.methods in ({"GET"}, {"POST"})
        paths.add((route.path, *sorted(route.methods)))
    assert len(paths) > 10
    assert [one.path for one in routes_of(desk) if is_for_systems(one)] == ["/api/answers"]


def test_without_a_login_there_is_only_the_way_to_it(desk: Any, listed: Engine) -> None:
    stranger = TestClient(desk.app, follow_redirects=False)
    for route in routes_of(desk):
        path = address(route, listed)
        if "GET" in route.methods:
            answer = stranger.get(path)
            assert (answer.status_code, answer.headers["location"]) == (303, f"/login?next={path}")
            assert stranger.get(path, headers={"hx-request": "true"}).status_code == 401
        else:
            assert stranger.post(path, headers={"x-csrf-token": token_for("", b"x")}).status_code == 401


@pytest.mark.parametrize("role", ["nobody", "viewer", "user", "op", "admin"])
def test_each_role_reaches_what_its_rights_say_and_no_more(desk: Any, listed: Engine, role: str) -> None:
    client = desk.client_of("somebody", role)
    rights = person_of(Visitor("somebody", (role,)), Settings()).rights
    for route in routes_of(desk):
        path = address(route, listed)
        answer = client.get(path) if "GET" in route.methods else client.post(path)
        needs = needs_of(route)
        if isinstance(needs, FromSender):
            assert answer.status_code == 401, "whoever is logged in is no system"
            continue
        allowed = bool(rights & set(needs.rights))
        assert (answer.status_code == 403) == (not allowed), (role, path, answer.status_code, answer.text)


@pytest.mark.parametrize("whose", ["nobody's", "forged", "another person's", "of another secret"])
def test_a_write_without_a_token_of_its_own_writes_nothing(desk: Any, listed: Engine, whose: str) -> None:
    token = {
        "nobody's": "",
        "forged": "forged",
        "another person's": token_for("小李", b"for tests alone"),
        "of another secret": token_for("小王", b"another secret"),
    }[whose]
    client = desk.client_of("小王", "admin")
    before = _events(listed)
    for route in routes_of(desk):
        if "POST" in route.methods:
            path, refused = address(route, listed), 401 if is_for_systems(route) else 403
            assert client.post(path, headers={"x-csrf-token": token}).status_code == refused
            assert client.post(path, headers={"x-csrf-token": ""}, data={"csrf_token": token}).status_code == refused
            own = token_for("小王", b"for tests alone")
            crossed = {"x-csrf-token": own, "sec-fetch-site": "cross-site"}
            assert client.post(path, headers=crossed).status_code == refused
    assert _events(listed) == before


def _events(engine: Engine) -> tuple[int, int]:
    with engine.connect() as connection:
        return tuple(connection.scalar(select(func.count()).select_from(one)) for one in (task_events, desk_events))  # type: ignore[return-value]


def test_looking_changes_nothing(desk: Any, listed: Engine) -> None:
    client, before = desk.client_of("小王", "admin"), _events(listed)
    for route in routes_of(desk):
        if "GET" in route.methods:
            client.get(address(route, listed))
    assert _events(listed) == before


def test_a_name_cannot_pretend_to_be_a_role() -> None:
    assert person_of(Visitor("role:admin"), Settings()).roles == frozenset()
    assert person_of(Visitor("storekeeper", ("admin",)), Settings()).roles == frozenset(), (
        "the log could not tell them apart"
    )
    assert person_of(Visitor("小王"), Settings(planner=("小王",))).roles == {"planner"}
    assert set(RIGHTS) == set(Settings.model_fields) - {
        "scopes",
        "senders",
        "page_lines",
        "approve_above",
        "approve_plans_above",
        "order_layouts",
        "address",
        "escalation",
        "escalate_at",
    }


def test_every_answer_forbids_what_is_not_ours(desk: Any) -> None:
    answer = desk.client_of().get("/")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["cache-control"] == "no-store"
    assert "<script>" not in answer.text
    assert " style=" not in answer.text
    assert " onclick=" not in answer.text


class TestScopes:
    """A person who sees a part of the merchant."""

    SOUTH: ClassVar[dict[str, Any]] = {"小王": {"warehouses": ["华南仓"], "shops": ["jd"], "categories": []}}

    def ids(self, engine: Engine, *conditions: Any) -> list[tuple[str, int]]:
        with engine.connect() as connection:
            return [(r.task_id, r.changed_seq) for r in connection.execute(select(tasks).where(*conditions))]

    def test_only_what_lies_within_is_seen(
        self, listed: Engine, tmp_path: Any, make_desk_on: Callable[..., Any]
    ) -> None:
        client = make_desk_on(listed, tmp_path, scopes=self.SOUTH).client_of()
        page = client.get("/lists/restock").text
        assert "SKU003" in page
        assert "SKU001" not in page
        assert page.count('class="line ') == 6
        assert client.get("/lists/transfer").text.count('class="line ') == 1, "goods go to the south"
        assert client.get("/lists/excess").text.count('class="line ') == 0
        assert client.get("/lists/recall").text.count('class="line ') == 1
        outside, _ = self.ids(listed, tasks.c.sku == "SKU001", tasks.c.kind == "restock")[0]
        assert client.get(f"/tasks/{outside}").status_code == 404

    def test_only_what_lies_within_is_answered(
        self, listed: Engine, tmp_path: Any, make_desk_on: Callable[..., Any]
    ) -> None:
        client = make_desk_on(listed, tmp_path, scopes=self.SOUTH).client_of()
        for task, seq in self.ids(listed, tasks.c.warehouse == "华东仓"):
            client.post("/tasks/act", data={"act": "accept", "task": f"{task}:{seq}"})
        assert len(self.ids(listed, tasks.c.state != "open")) == 0
        client.post("/tasks/act", data={"act": "accept", "list": "restock", "choice": "tab=open", "confirm": "1"})
        assert len(self.ids(listed, tasks.c.state == "accepted")) == 6


def test_a_viewer_sees_no_customers(desk: Any) -> None:
    client = desk.client_of("小赵", "viewer")
    assert client.get("/lists/restock").status_code == 200
    assert client.get("/lists/recall").status_code == 404
    assert "recall" not in client.get("/").text
