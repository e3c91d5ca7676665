"""Working a list: what is shown, what is entered, what is asked, and two people at once."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from markupsafe import Markup
from sqlalchemy import Engine, select, update

from include.desk.choosing import Choice
from include.lines.recent import Recent
from include.tasks.by_hand.desk_log import verify_desk_log
from include.tasks.canonical_json import content_hash, read_json
from include.tasks.drafts import Note, TaskList
from include.tasks.publish_list import publish_list
from include.tasks.task_events import history, tasks_off_the_log, verify_chain
from include.tasks.task_tables import tasks

_LINE = re.compile(r'<tr id="t-(\w+)" class="line (\w+) [^>]*data-seq="(\d+)"')


def shown(client: Any, address: str) -> list[str]:
    """The skus of the lines on a page, in order."""
    return re.findall(r'<span class="sku">([^<]+)</span>', client.get(address).text)


def line_of(engine: Engine, sku: str, kind: str = "restock") -> Any:
    with engine.connect() as connection:
        return connection.execute(select(tasks).where(tasks.c.sku == sku, tasks.c.kind == kind)).one()


def said(engine: Engine, *skus: str) -> list[str]:
    return [f"{row.task_id}:{row.changed_seq}" for row in (line_of(engine, sku) for sku in skus)]


def whole(engine: Engine) -> bool:
    with engine.connect() as connection:
        return (
            verify_chain(connection) is None
            and not tasks_off_the_log(connection)
            and verify_desk_log(connection) is None
        )


class TestWhatIsShown:
    def test_the_list_as_it_is_ranked(self, desk: Any) -> None:
        skus = shown(desk.client_of(), "/lists/restock")
        assert skus == ["SKU005", "SKU004", "SKU003", "SKU002", "SKU001", *(f"SKU{n:03}" for n in range(20, 5, -1))]

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ("warehouse=华南仓", {3, 6, 9, 12, 15, 18}),
            ("warehouse=华南仓&category=保暖", {3, 9, 15}),
            ("supplier=GYS101&supplier=GYS102", set(range(1, 21))),
            ("abc=A", {3, 6, 9, 12, 15, 18}),
            ("urgency=2", {1, 2, 3, 4, 5}),
            ("min_money=1500", {16, 17, 18, 19, 20}),
            ("q=SKU007", {7}),
            ("q=SKU001, SKU002%0ASKU019；SKU020", {1, 2, 19, 20}),
            ("q=商品 01", {1, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19}),
            ("q=100%25", set()),
            ("mine=1", set()),
            ("tab=handled", set()),
            ("sort=drop table&page=x&urgency=many&tab=nonsense", set(range(1, 21))),
        ],
    )
    def test_filters(self, desk: Any, query: str, expected: set[int]) -> None:
        assert {int(sku[3:]) for sku in shown(desk.client_of(), f"/lists/restock?{query}")} == expected

    def test_orders(self, desk: Any) -> None:
        assert shown(desk.client_of(), "/lists/restock?sort=sku")[:3] == ["SKU001", "SKU002", "SKU003"]
        assert shown(desk.client_of(), "/lists/restock?sort=quantity")[:2] == ["SKU020", "SKU019"]

    def test_pages(self, listed: Engine, tmp_path: Any, make_desk_on: Callable[..., Any]) -> None:
        client = make_desk_on(listed, tmp_path, page_lines=10).client_of()
        first, second = shown(client, "/lists/restock?page=1"), shown(client, "/lists/restock?page=2")
        assert len(first) == len(second) == 10
        assert not set(first) & set(second)
        assert shown(client, "/lists/restock?page=99") == second

    def test_a_choice_reads_back_as_it_was_written(self) -> None:
        choice = Choice.read([("q", "a, b"), ("warehouse", "华南仓"), ("urgency", "2"), ("mine", "1"), ("page", "3")])
        assert Choice.read(choice.pairs()) == choice
        assert "page" not in choice.address(sort="sku")

    def test_head_counts_all_pages(self, listed: Engine, tmp_path: Any, make_desk_on: Callable[..., Any]) -> None:
        page = make_desk_on(listed, tmp_path, page_lines=10).client_of().get("/lists/restock").text
        assert "<strong>20</strong>" in page
        assert "¥20,790" in page  # 9.9 yuan x 10 x (1 + .. + 20)

    def test_a_part_of_the_page_for_a_browser_that_has_the_rest(self, desk: Any) -> None:
        part = desk.client_of().get("/lists/restock?tab=open", headers={"hx-request": "true"}).text
        assert "<html" not in part
        assert part.count('class="line ') == 20

    def test_both_languages(self, desk: Any) -> None:
        zh, en = (desk.client_of(language=one).get("/lists/restock").text for one in ("zh", "en"))
        assert "需要 200 件" in zh
        assert "need 200 units" in en
        values = r"<tbody>.*?</tbody>|<label>.*?</label>|<title>.*?</title>|<button name.*?</button>"
        assert re.findall(r"[一-鿿]+", re.sub(r"<[^>]+>", "", re.sub(values, "", en, flags=re.S))) == ["小王"]

    def test_chosen_columns_and_saved_filters_stay_with_the_person(self, desk: Any) -> None:
        client, other = desk.client_of("小王"), desk.client_of("小李")
        client.post("/lists/restock/columns", data={"column": ["title", "quantity", "nonsense"]})
        assert client.get("/lists/restock").text.count("<th scope") == 4
        assert other.get("/lists/restock").text.count("<th scope") > 4
        client.post("/lists/restock/filters", data={"name": "南", "query": "warehouse=华南仓&page=2", "usual": "1"})
        to = client.get("/lists/restock")
        assert to.status_code == 303
        assert len(shown(client, to.headers["location"])) == 6
        assert other.get("/lists/restock").status_code == 200
        client.post("/lists/restock/filters/remove", data={"name": "南"})
        assert client.get("/lists/restock").status_code == 200

    def test_names_of_filters_and_comments_are_text(self, desk: Any, listed: Engine) -> None:
        client, evil = desk.client_of(), "<script>alert(1)</script>\"'"
        client.post("/lists/restock/filters", data={"name": evil, "query": "tab=open"})
        client.post(f"/tasks/{line_of(listed, 'SKU001').task_id}/comment", data={"text": evil})
        for page in (client.get("/lists/restock").text, client.get(f"/tasks/{line_of(listed, 'SKU001').task_id}").text):
            assert "<script>alert" not in page
            assert "&lt;script&gt;alert" in page


class TestWhatIsEntered:
    @pytest.mark.parametrize(
        ("form", "state", "answer"),
        [
            ({"act": "accept"}, "accepted", {"quantity": 10}),
            ({"act": "accept", "quantity": "7"}, "accepted", {"quantity": 7}),
            ({"act": "done", "expected_day": "2025-11-20"}, "done", {"quantity": 10, "expected_day": "2025-11-20"}),
            (
                {"act": "refuse", "reason": "季节已过"},
                "refused",
                {"reason": "季节已过", "measures": {"quantity": 10, "need": 10}},
            ),
            (
                {"act": "snooze", "days": "3"},
                "snoozed",
                {"until": "2025-11-15", "measures": {"quantity": 10, "need": 10}},
            ),
            (
                {"act": "snooze", "until": "2025-11-20"},
                "snoozed",
                {"until": "2025-11-20", "measures": {"quantity": 10, "need": 10}},
            ),
        ],
    )
    def test_one_line(
        self, desk: Any, listed: Engine, form: dict[str, str], state: str, answer: dict[str, Any]
    ) -> None:
        page = desk.client_of().post("/tasks/act", data={**form, "task": said(listed, "SKU001")}).text
        row = line_of(listed, "SKU001")
        assert (row.state, read_json(row.answer), row.changed_by) == (state, answer, "小王")
        assert f'id="t-{row.task_id}" class="line {state}' in page
        with listed.connect() as connection:
            assert history(connection, row.task_id)[-1].at == "2025-11-12 08:30:00"
        assert whole(listed)

    def test_many_lines_and_all_of_a_list(self, desk: Any, listed: Engine) -> None:
        client = desk.client_of()
        client.post("/tasks/act", data={"act": "accept", "task": said(listed, "SKU001", "SKU002", "SKU003")})
        assert len(shown(client, "/lists/restock?tab=handled")) == 3
        client.post(
            "/tasks/act", data={"act": "refuse", "reason": "x", "list": "restock", "choice": "warehouse=华南仓"}
        )
        assert len(shown(client, "/lists/restock?tab=handled")) == 3 + 5
        assert len(shown(client, "/lists/restock")) == 12
        assert whole(listed)

    def test_undo_and_again(self, desk: Any, listed: Engine) -> None:
        client = desk.client_of()
        client.post("/tasks/act", data={"act": "done", "quantity": "8", "task": said(listed, "SKU001")})
        client.post("/tasks/undo", data={"task": said(listed, "SKU001")})
        assert (line_of(listed, "SKU001").state, line_of(listed, "SKU001").answer) == ("open", "{}")
        assert "撤销" in desk.client_of("小李").post("/tasks/undo", data={"task": said(listed, "SKU001")}).text
        assert whole(listed)

    def test_a_customer_is_answered_by_an_outcome(self, desk: Any, listed: Engine) -> None:
        with listed.connect() as connection:
            row = connection.execute(select(tasks).where(tasks.c.kind == "recall").limit(1)).one()
        form = {"act": "done", "outcome": "no_answer", "task": f"{row.task_id}:{row.changed_seq}"}
        assert "未接通" in desk.client_of().post("/tasks/act", data=form).text

    @pytest.mark.parametrize(
        ("form", "text"),
        [
            ({"act": "refuse"}, "原因"),
            ({"act": "snooze", "until": "2025-11-12"}, "2025-11-12 之后"),
            ({"act": "accept", "quantity": "0"}, "1 到"),
        ],
    )
    def test_what_cannot_be_is_said_beside_the_line(
        self, desk: Any, listed: Engine, form: dict[str, str], text: str
    ) -> None:
        answer = desk.client_of().post("/tasks/act", data={**form, "task": said(listed, "SKU001")})
        assert answer.status_code == 200
        assert text in answer.text
        assert "商品 001" in answer.text
        assert line_of(listed, "SKU001").state == "open"

    @pytest.mark.parametrize(
        "form",
        [
            {"act": "explode"},
            {"act": "accept", "quantity": "-3"},
            {"act": "accept", "quantity": "1e3"},
            {"act": "snooze", "days": "0"},
        ],
    )
    def test_what_cannot_be_read_enters_nothing(self, desk: Any, listed: Engine, form: dict[str, str]) -> None:
        assert desk.client_of().post("/tasks/act", data={**form, "task": said(listed, "SKU001")}).status_code == 400
        assert line_of(listed, "SKU001").state == "open"

    def test_a_quantity_that_nobody_expects_is_asked_about(self, desk: Any, listed: Engine) -> None:
        client, form = desk.client_of(), {"act": "accept", "quantity": "31", "task": said(listed, "SKU001")}
        answer = client.post("/tasks/act", data=form).text
        assert 'id="ask-title"' in answer
        assert line_of(listed, "SKU001").state == "open"
        client.post("/tasks/act", data={**form, "confirm": "1"})
        assert read_json(line_of(listed, "SKU001").answer) == {"quantity": 31}


class TestTwoPeople:
    def test_what_somebody_changed_meanwhile_is_not_overwritten(self, desk: Any, listed: Engine) -> None:
        before = said(listed, "SKU001")
        desk.client_of("小李").post("/tasks/act", data={"act": "refuse", "reason": "没货", "task": before})
        answer = desk.client_of("小王").post("/tasks/act", data={"act": "accept", "task": before, "confirm": "1"}).text
        assert "小李" in answer
        assert line_of(listed, "SKU001").state == "refused"

    def test_another_persons_answer_is_asked_about(self, desk: Any, listed: Engine) -> None:
        desk.client_of("小李").post(
            "/tasks/act", data={"act": "refuse", "reason": "没货", "task": said(listed, "SKU001")}
        )
        answer = desk.client_of("小王").post("/tasks/act", data={"act": "accept", "task": said(listed, "SKU001")}).text
        assert 'id="ask-title"' in answer
        assert "小李" in answer
        assert line_of(listed, "SKU001").state == "refused"

    def test_a_list_that_was_made_anew_meanwhile(self, desk: Any, listed: Engine) -> None:
        before = said(listed, "SKU001")
        payload = read_json(line_of(listed, "SKU001").payload)
        from include.tasks.drafts import draft
        from include.tasks.kinds import kind_of

        fewer = draft(kind_of("restock"), "2025-11-11", {**payload, "quantity": 3, "need": 3})
        publish_list(listed, TaskList("restock", "2025-11-11", [fewer]), datetime(2025, 11, 12, 9))
        answer = desk.client_of().post("/tasks/act", data={"act": "accept", "task": before}).text
        assert "系统 刚改过这一行" in answer
        assert line_of(listed, "SKU001").state == "open"


def test_comments_and_assignments_are_kept_and_shown(desk: Any, listed: Engine) -> None:
    client = desk.client_of()
    task = line_of(listed, "SKU001").task_id
    assert "供应商周一到" in client.post(f"/tasks/{task}/comment", data={"text": "供应商周一到"}).text
    assert client.post(f"/tasks/{task}/comment", data={"text": " "}).status_code == 400
    client.post("/tasks/assign", data={"task": said(listed, "SKU001"), "person": "小李"})
    assert shown(desk.client_of("小李"), "/lists/restock?mine=1") == ["SKU001"]
    assert "小李" in client.get(f"/tasks/{task}").text
    assert whole(listed)


def test_today_says_what_lies_to_be_done(desk: Any, listed: Engine) -> None:
    desk.client_of().post("/tasks/act", data={"act": "accept", "task": said(listed, "SKU001")})
    page = desk.client_of().get("/").text
    assert "还没有结过账的日子" in page  # no day was closed in these books: the lists were made by hand


def test_the_language_and_where_it_leads_back_to(desk: Any) -> None:
    client = desk.client_of()
    to = client.post("/language", data={"language": "en", "back": "/lists/restock?tab=all"})
    assert to.headers["location"] == "/lists/restock?tab=all"
    assert "storekeeper_language=en" in to.headers["set-cookie"]
    for elsewhere in ("https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)"):
        assert client.post("/language", data={"language": "en", "back": elsewhere}).headers["location"] == "/"


def test_the_first_steps_are_shown_until_they_are_read(desk: Any) -> None:
    client, other = desk.client_of("小王"), desk.client_of("小李")
    assert 'id="guide-title"' in client.get("/").text
    client.post("/guide")
    assert 'id="guide-title"' not in client.get("/").text
    assert 'id="guide-title"' in other.get("/").text
    client.post("/guide", data={"open_again": "1"})
    assert 'id="guide-title"' in client.get("/").text


def test_what_a_list_says_beside_its_lines_is_told_to_who_sees_all(
    listed: Engine, tmp_path: Path, make_desk_on: Callable[..., Any]
) -> None:
    notes = [Note("天猫店没到齐", "tmall is not in"), Note("按 13 周规则", "by the rule of 13 weeks", is_detail=True)]
    row = {"promotion": "双12", "shop": "tmall", "supplier": "GYS101", "lines": 3, "units": 1200,
           "cost_micros": 9_900_000, "order_by": "2025-11-12", "late": 1}  # fmt: skip
    told = TaskList("restock", "2025-11-13", [], notes=notes, tables={"suppliers": [row]})
    publish_list(listed, told, datetime(2025, 11, 14, 7))
    desk = make_desk_on(listed, tmp_path, scopes={"yu": {"warehouses": ["华南仓"], "shops": [], "categories": []}})
    page = desk.client_of().get("/lists/restock/notes").text
    assert "天猫店没到齐" in page
    assert "按 13 周规则" in page
    assert "双12" in page
    assert "1,200" in page
    assert 'hx-get="/lists/restock/notes"' in desk.client_of().get("/lists/restock").text
    part = desk.client_of("yu").get("/lists/restock/notes").text
    assert "1,200" not in part
    assert "全公司" in part
    assert "没有别的说明" in desk.client_of().get("/lists/transfer/notes").text


def test_a_row_that_was_kept_shows_what_has_changed_since(desk: Any, listed: Engine) -> None:
    """By anybody, in any way; each reader has their own."""
    mine, hers = desk.client_of("li"), desk.client_of("wang")

    def row(client: Any, sku: str = "SKU002", tab: str = "all") -> str:
        found = re.search(
            rf'<tr id="t-{line_of(listed, sku).task_id}".*?</tr>', client.get(f"/lists/restock?tab={tab}").text, re.S
        )
        assert found is not None
        return found[0]

    assert row(mine) == row(hers)
    kept = len(desk.app.state.rows)
    assert kept >= 20
    assert row(desk.client_of("zhou")) == row(mine)
    assert len(desk.app.state.rows) == kept, "who sees the same is shown the same"
    assert "need 20 units" in row(desk.client_of("zhou", language="en"))
    mine.post("/tasks/assign", data={"task": said(listed, "SKU002"), "person": "老赵"})
    assert "老赵" in row(hers)
    mine.post(f"/tasks/{line_of(listed, 'SKU002').task_id}/comment", data={"text": "催一下"})
    assert "✎ 1" in row(hers)
    mine.post("/tasks/act", data={"act": "accept", "task": said(listed, "SKU002"), "quantity": "25"})
    assert "data-undo" in row(mine)
    assert "data-undo" not in row(hers), "only who answered takes it back"
    assert "建议 20" in row(hers)
    mine.post("/tasks/undo", data={"task": said(listed, "SKU002")})
    assert 'data-act="accept"' in row(hers)
    mine.post("/lists/restock/columns", data={"column": ["title", "abc"]})
    assert "c-abc" in row(mine)
    assert "c-abc" not in row(hers)
    with listed.begin() as connection:
        other = line_of(listed, "SKU002").payload.replace("需要 20 件", "需要 21 件")
        connection.execute(
            update(tasks)
            .where(tasks.c.sku == "SKU002", tasks.c.kind == "restock")
            .values(payload=other, payload_hash=content_hash(other))
        )
    assert "需要 21 件" in row(hers)


def test_kept_rows_are_bounded() -> None:
    rows = Recent[Markup](most=2)
    for number in range(3):
        rows.keep(number, Markup(number))
        rows.get(0)
    assert len(rows) == 2
    assert rows.get(0) == "0"
    assert rows.get(1) is None


def test_a_line_says_that_its_history_has_two_clocks_where_days_are_opened_by_hand(
    listed: Engine, make_desk_on: Any, tmp_path: Path
) -> None:
    by_hand, by_clock = make_desk_on(listed, tmp_path), make_desk_on(listed, tmp_path, datetime(2199, 1, 2, tzinfo=UTC))
    address = f"/tasks/{line_of(listed, 'SKU002').task_id}"
    said = "由人手动打开"
    assert said in by_hand.client_of().get(address).text
    assert said not in by_clock.client_of().get(address).text
