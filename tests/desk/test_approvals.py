"""Approvals on the desk: what waits, with both figures, released or rejected by who may, and only then ordered."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import Engine, select

from include.replenishment.guards.guarded_list import Limits, Remembered, held_list
from include.replenishment.guards.spend_guards import Broken
from include.settings.stock.guards import Guards
from include.tasks.by_hand.overrides import NewOverride, set_override
from include.tasks.drafts import TaskList
from include.tasks.holds.approvals import waiting_holds
from include.tasks.holds.hold import Reason
from include.tasks.publish_list import publish_list
from include.tasks.task_tables import desk_events, outbox, tasks
from tests.desk.conftest import DAY, lists_of

AT = datetime(2025, 11, 12, 8)
HELD = "SKU004"  # in the east, 40 units
WHOLE = (Reason("list_money", 9_000_000_000, 1_000_000_000),)


@pytest.fixture
def held(listed: Engine) -> Engine:
    """A line of the list is held."""
    return published(listed)


def published(books: Engine, whole: tuple[Reason, ...] = (), code: str = "") -> Engine:
    plain = lists_of()[0]
    if code:
        lines = [
            one.payload | {"overrides": [code]} if one.payload["sku"] == HELD else one.payload for one in plain.lines
        ]
        changed = [
            type(one)(one.subject, own, one.rank, one.urgency) for one, own in zip(plain.lines, lines, strict=True)
        ]
        plain = TaskList(plain.kind, plain.day, changed)
    broken = Broken({(HELD, "华东仓"): (Reason("line", 40, 7),)}, whole)
    publish_list(books, held_list(plain, broken, Remembered(), Limits(Guards())), AT, channels=("chat",))
    return books


def line(engine: Engine, sku: str = HELD) -> Any:
    with engine.connect() as connection:
        return connection.execute(select(tasks).where(tasks.c.sku == sku, tasks.c.kind == "restock")).one()


def form(engine: Engine, number: int = 0, **more: str) -> dict[str, str]:
    """What the page sends about what waits."""
    with engine.connect() as connection:
        hold = waiting_holds(connection)[number]
    return {**dict(zip(("kind", "day", "subject", "fingerprint"), hold.key, strict=True)), **more}


def answered(client: Any, engine: Engine, act: str = "accept", **more: str) -> Any:
    row = line(engine)
    return client.post("/tasks/act", data={"act": act, "task": f"{row.task_id}:{row.changed_seq}", **more})


@pytest.mark.parametrize(
    ("language", "words"), [("zh", ("待审批", "40 件", "7 件")), ("en", ("held", "40 units", "sold 7"))]
)
def test_the_list_and_the_line_say_what_is_held_and_why(desk: Any, held: Engine, language: str, words: Any) -> None:
    client = desk.client_of(language=language)
    for path in ("/lists/restock", f"/tasks/{line(held).task_id}"):
        page = client.get(path).text
        assert all(word in page for word in words), path
    row = client.get("/lists/restock").text.split(f'id="t-{line(held).task_id}"')[1].split("</tr>")[0]
    assert 'data-act="accept"' not in row
    assert 'data-act="refuse"' in row


def test_a_planner_cannot_order_it_before_an_approver_releases_it(desk: Any, held: Engine) -> None:
    planner, boss = desk.client_of("小王"), desk.client_of("店长", "admin")
    assert "待审批" in answered(planner, held).text
    assert line(held).state == "open"
    assert HELD not in planner.get("/suppliers/GYS101").text
    supplier = {"supplier": "GYS101", "task": line(held).task_id, f"units-{line(held).task_id}": "40"}
    assert planner.post("/purchases", data=supplier).status_code == 409
    assert planner.get("/approvals").status_code == 403
    assert planner.post("/approvals/release", data=form(held)).status_code == 403
    page = boss.get("/approvals").text
    assert all(word in page for word in ("40 件", "7 件", "商品 004", "220"))
    assert boss.post("/approvals/release", data=form(held, reason="数过了")).status_code == 303
    assert "数过了" in boss.get("/approvals").text, "among what was lately decided"
    assert "店长 已审批" in planner.get("/lists/restock").text
    assert HELD in planner.get("/suppliers/GYS101").text
    answered(planner, held, confirm="1")
    assert line(held).state == "accepted"
    with held.connect() as connection:
        assert connection.scalars(select(desk_events.c.what)).all() == ["released"]


def test_what_somebody_else_has_decided_is_not_decided_again(desk: Any, held: Engine) -> None:
    boss, asked = desk.client_of("店长", "admin"), form(held)
    assert boss.post("/approvals/reject", data=asked).status_code == 409, "without a reason"
    assert boss.post("/approvals/reject", data={**asked, "reason": "按箱算了"}).status_code == 303
    assert boss.post("/approvals/release", data=asked).status_code == 409
    assert (line(held).state, line(held).changed_by) == ("refused", "店长")
    assert "按箱算了" in answered(desk.client_of(), held).text


def test_the_count_of_what_waits_stands_in_an_approver_s_nav_alone(desk: Any, held: Engine) -> None:
    assert 'href="/approvals"' not in desk.client_of("小王").get("/").text
    nav = desk.client_of("店长", "admin").get("/").text.split('href="/approvals"')[1].split("</a>")[0]
    assert '<span class="count now">1' in nav


def test_purchase_orders_that_wait_stand_there_too(
    held: Engine, tmp_path: Any, make_desk_on: Callable[..., Any]
) -> None:
    desk = make_desk_on(held, tmp_path, approve_above="10")
    planner, boss, own = desk.client_of("小王"), desk.client_of("店长", "admin"), line(held, "SKU002")
    made = {"supplier": "GYS101", "task": own.task_id, f"units-{own.task_id}": "20"}
    address = planner.post("/purchases", data=made).headers["location"]
    with held.connect() as connection:
        from include.tasks.by_hand.purchase_drafts import drafts_of

        seq = drafts_of(connection)[0].changed_seq
    planner.post(f"{address}/submit", data={"seq": str(seq)})
    page = boss.get("/approvals").text
    assert f'href="{address}"' in page
    assert '<span class="count now">2' in page


def test_who_set_the_override_does_not_release_its_line(desk: Any, listed: Engine) -> None:
    with listed.begin() as connection:
        asked = NewOverride("add", "sku", HELD, "", "40", DAY, "2025-11-30", "展会")
        code = set_override(connection, asked, "店长", AT, DAY).code
    published(listed, code=code)
    boss = desk.client_of("店长", "admin")
    assert "另一位审批人" in boss.get("/approvals").text
    assert boss.post("/approvals/release", data=form(listed)).status_code == 409
    assert desk.client_of("老板", "admin").post("/approvals/release", data=form(listed)).status_code == 303


def test_an_approver_of_a_part_sees_that_part_and_no_whole_list(
    listed: Engine, tmp_path: Any, make_desk_on: Callable[..., Any]
) -> None:
    published(listed, WHOLE)
    scopes = {"店长": {"warehouses": ["华南仓"]}, "老板": {"warehouses": ["华东仓"]}}
    desk = make_desk_on(listed, tmp_path, scopes=scopes)
    assert "没有待审批的内容" in desk.client_of("店长", "admin").get("/approvals").text
    assert desk.client_of("店长", "admin").post("/approvals/release", data=form(listed, 1)).status_code == 409
    east = desk.client_of("老板", "admin")
    assert "整张清单" not in east.get("/approvals").text.split("<main")[1]
    assert east.post("/approvals/release", data=form(listed, 0)).status_code == 409
    assert east.post("/approvals/release", data=form(listed, 1)).status_code == 303


def test_a_whole_list_waits_for_its_release(desk: Any, listed: Engine) -> None:
    published(listed, WHOLE)
    planner, boss = desk.client_of("小王"), desk.client_of("店长", "admin")
    page = planner.get("/lists/restock").text
    assert "整张清单待审批" in page
    assert "9,000.00" in page
    assert "1,000.00" in page
    other = line(listed, "SKU002")
    said = {"act": "accept", "task": f"{other.task_id}:{other.changed_seq}"}
    assert "整张清单待审批" in planner.post("/tasks/act", data=said).text
    assert 'name="task"' not in planner.get("/suppliers/GYS101").text
    with listed.connect() as connection:
        assert connection.scalars(select(outbox.c.state)).all() == ["held"]
    boss.post("/approvals/release", data=form(listed))
    with listed.connect() as connection:
        assert connection.scalars(select(outbox.c.state)).all() == ["pending"]
    planner.post("/tasks/act", data=said)
    assert line(listed, "SKU002").state == "accepted"
    assert "整张清单待审批" not in planner.get("/lists/restock").text
