"""What people who saw the desk for the first time stumbled over."""

import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select, update

from include.customers.store import consents_by_now, withdraw_recalls
from include.tasks.by_hand.purchase_drafts import make_draft, mark_sent, submit
from include.tasks.task_tables import tasks
from tests.desk.test_lists import line_of, said, shown

AT = datetime(2025, 11, 12, 9)


def test_what_a_person_sorts_by_goes_over_the_lists_of_all_days(desk: Any, listed: Engine) -> None:
    """Of a kind whose open lines stay; by rank, the newest list comes first."""
    with listed.begin() as connection:
        ids = list(connection.scalars(select(tasks.c.task_id).where(tasks.c.kind == "recall").order_by(tasks.c.rank)))
        assert len(ids) >= 2
        last = ids[-1]
        connection.execute(update(tasks).where(tasks.c.task_id == last).values(day="2025-11-09", money_micros=10**12))
    page = desk.client_of()
    first = re.findall(r'id="t-(\w+)"', page.get("/lists/recall?sort=money").text)[0]
    assert first == last
    assert re.findall(r'id="t-(\w+)"', page.get("/lists/recall?tab=open").text)[-1] == last
    call = page.get(f"/tasks/{last}?sort=money").text
    assert re.search(rf"第 1 位，共 {len(ids)} 位", call)


def test_a_line_of_a_purchase_order_is_not_taken_back_behind_it(desk: Any, listed: Engine) -> None:
    line = line_of(listed, "SKU002")
    with listed.begin() as connection:
        order = make_draft(connection, line.supplier, {line.task_id: 20}, "li", AT)
        order = submit(connection, order.number, "li", AT, order.changed_seq, None)
        mark_sent(connection, order.number, "2025-11-20", "li", AT, order.changed_seq)
    page = desk.client_of("li")
    answer = page.post("/tasks/undo", data={"task": said(listed, "SKU002")})
    assert order.number in answer.text
    assert line_of(listed, "SKU002").state == "done"


def test_money_is_filtered_by_what_the_label_says(desk: Any) -> None:
    page = desk.client_of().get("/lists/restock?tab=open").text
    assert re.search(r"不补货预计损失 ≥ <input type=\"number\" name=\"min_money\"", page)
    assert shown(desk.client_of(), "/lists/restock?min_money=1900") == ["SKU020"]


def test_a_chased_order_is_done_with_the_suppliers_answer(desk: Any, listed: Engine) -> None:
    client = desk.client_of("li")
    assert '<dialog id="outcome"' in client.get("/lists/chase").text
    assert '<dialog id="outcome"' not in client.get("/lists/restock").text
    with listed.connect() as connection:
        row = connection.execute(select(tasks).where(tasks.c.kind == "chase").limit(1)).one()
    form = {
        "act": "done",
        "task": f"{row.task_id}:{row.changed_seq}",
        "outcome": "new_day",
        "expected_day": "2025-12-01",
    }
    assert client.post("/tasks/act", data=form).status_code == 200
    with listed.connect() as connection:
        now = connection.execute(select(tasks).where(tasks.c.task_id == row.task_id)).one()
    assert now.state == "done"
    assert '"expected_day":"2025-12-01"' in now.answer
    assert '"outcome":"new_day"' in now.answer


def test_pieces_of_a_supplier_are_those_that_were_accepted(desk: Any, listed: Engine) -> None:
    client = desk.client_of("li")
    line = line_of(listed, "SKU002")

    def units() -> int:
        row = re.search(rf"<tr>(?:(?!</tr>).)*{line.supplier}.*?</tr>", client.get("/suppliers").text, re.DOTALL)
        assert row is not None
        return max(int(one.replace(",", "")) for one in re.findall(r'class="n">([\d,]+)<', row[0]))

    before = units()
    form = {"act": "accept", "task": said(listed, "SKU002"), "quantity": "25"}
    client.post("/tasks/act", data=form)
    assert units() == before + 5


def test_who_has_ordered_since_a_list_is_called_no_more(desk: Any, listed: Engine) -> None:
    workspace = desk.app.state.host.workspace()
    with listed.connect() as connection:
        rows = connection.execute(select(tasks).where(tasks.c.kind == "recall", tasks.c.state == "open")).all()
    back, of_the_day = rows[0], rows[1]
    ordered = {back.customer: "2025-11-12", of_the_day.customer: of_the_day.day}
    assert withdraw_recalls(workspace, consents_by_now(workspace), AT, ordered) == 1
    with listed.connect() as connection:
        now = {row.task_id: row for row in connection.execute(select(tasks).where(tasks.c.kind == "recall"))}
    assert (now[back.task_id].state, now[of_the_day.task_id].state) == ("withdrawn", "open")
    assert "ordered" in now[back.task_id].answer


def test_an_emptied_quantity_is_no_word_for_the_suggested_one(desk: Any, listed: Engine) -> None:
    client = desk.client_of("li")
    form = {"act": "accept", "task": said(listed, "SKU002"), "quantity": ""}
    answer = client.post("/tasks/act", data=form)
    assert answer.status_code == 400
    assert "数量空着" in answer.text
    assert line_of(listed, "SKU002").state == "open"
    del form["quantity"]
    assert client.post("/tasks/act", data=form).status_code == 200
    assert line_of(listed, "SKU002").state == "accepted"


def test_the_heads_count_what_is_open_now(desk: Any, listed: Engine) -> None:
    client = desk.client_of("li")
    client.post("/tasks/act", data={"act": "accept", "task": said(listed, "SKU002")})
    now = client.get("/lists/restock/counts?warehouse=华东仓&tab=open").text
    counts = dict(re.findall(r'id="count-(\w+)"[^>]*hx-swap-oob="true">(\d+)<', now))
    assert counts["restock"] == "19"
    assert counts["recall"] == "3"
    east = sum(number % 3 != 0 for number in range(1, 21)) - 1
    assert re.search(rf'<p id="total"[^>]*hx-swap-oob="true"><strong>{east}</strong>', now)


def test_a_customers_line_is_found_by_its_order_and_by_what_was_bought(
    known: Engine, tmp_path: Any, make_desk_on: Any
) -> None:
    with known.begin() as connection:
        row = connection.execute(select(tasks).where(tasks.c.subject.contains("0a1b2c3d4e5f"))).one()
        order = row.payload.replace('"last_order_id":"T2"', '"last_order_id":"4212700000011","bought_zh":"电热毯"')
        connection.execute(update(tasks).where(tasks.c.task_id == row.task_id).values(payload=order))
    client = make_desk_on(known, tmp_path).client_of("li")

    def found(words: str) -> list[str]:
        return re.findall(r'id="t-(\w+)"', client.get("/lists/recall", params={"q": words}).text)

    assert found("4212700000011") == found("27000000") == found("电热毯") == [row.task_id]
    assert found("49999999") == []
    assert found("last_order_id") == found("payload") == []  # names of fields are no words of a line


def test_a_line_leads_to_its_order_and_is_worth_what_was_answered(desk: Any, listed: Engine) -> None:
    line, client = line_of(listed, "SKU002"), desk.client_of("li")
    with listed.begin() as connection:
        order = make_draft(connection, line.supplier, {line.task_id: 40}, "li", AT)
    page = client.get(f"/tasks/{line.task_id}").text
    assert f'/purchases/{order.number}">{order.number}</a>' in page
    assert "220.00" in page  # 40 at 5.50, where 20 were suggested
    other = line_of(listed, "SKU004")
    assert "/purchases/" not in client.get(f"/tasks/{other.task_id}").text


def test_broken_cartons_are_said_where_the_quantity_is_written(desk: Any, listed: Engine) -> None:
    line, client = line_of(listed, "SKU002"), desk.client_of("li", language="en")
    with listed.begin() as connection:
        packed = line.payload.replace('"quantity":20', '"pack":12,"quantity":20')
        connection.execute(update(tasks).where(tasks.c.task_id == line.task_id).values(payload=packed))
    assert "packs of 12: not whole ones, 24 would be" in client.get(f"/tasks/{line.task_id}/sum?quantity=20").text
    assert "packs of" not in client.get(f"/tasks/{line.task_id}/sum?quantity=24").text
    assert 'data-pack="12"' in client.get(f"/suppliers/{line.supplier}").text


@pytest.mark.parametrize(("who", "role", "list_of"), [("小赵", "nobody", "recall"), ("小钱", "user", "restock")])
def test_the_first_tour_is_of_the_list_that_the_person_answers(
    listed: Engine, tmp_path: Path, make_desk_on: Callable[..., Any], who: str, role: str, list_of: str
) -> None:
    client = make_desk_on(listed, tmp_path, clerk=["小赵"], planner=["role:user"]).client_of(who, role, "en")
    tour = client.get("/").text.partition('id="guide-title"')[2].partition("</section>")[0]
    assert f'/lists/{list_of}"' in tour
    assert ("Click a customer" in tour) == (list_of == "recall")
    assert ("snoozed" in tour) == (list_of == "restock")


def test_the_first_tour_of_a_viewer_asks_for_nothing(desk: Any) -> None:
    tour = (
        desk.client_of("小孙", "viewer", "en").get("/").text.partition('id="guide-title"')[2].partition("</section>")[0]
    )
    assert "Planners and clerks answer" in tour
    assert "Accept (will do)" not in tour
    assert "you did" not in tour


def test_a_customers_page_says_in_a_sentence_what_the_gap_means(
    known: Engine, tmp_path: Path, make_desk_on: Callable[..., Any]
) -> None:
    client = make_desk_on(known, tmp_path).client_of(language="en")
    page = client.get("/customers/0a1b2c3d4e5f").text
    assert re.search(r"buys about every 15 days, has been away for \d+ days", page)
