"""Purchase orders made on the desk: four eyes, whole lines, and what the lists know of them."""

import csv
import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import Engine, select

from include.tasks.by_hand.desk_log import verify_desk_log
from include.tasks.by_hand.purchase_drafts import drafts_of, one_draft
from include.tasks.canonical_json import read_json
from include.tasks.task_events import tasks_off_the_log, verify_chain
from include.tasks.task_tables import tasks

SUPPLIER = "GYS101"  # of every line with an even number


def line_of(engine: Engine, sku: str) -> Any:
    with engine.connect() as connection:
        return connection.execute(select(tasks).where(tasks.c.sku == sku, tasks.c.kind == "restock")).one()


def form_of(engine: Engine, **units: int) -> dict[str, Any]:
    ids = {line_of(engine, sku).task_id: number for sku, number in units.items()}
    return {"supplier": SUPPLIER, "task": list(ids), **{f"units-{task}": str(number) for task, number in ids.items()}}


def made(client: Any, engine: Engine, **units: int) -> str:
    answer = client.post("/purchases", data=form_of(engine, **(units or {"SKU002": 20, "SKU004": 30})))
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def standing(engine: Engine, address: str) -> Any:
    with engine.connect() as connection:
        draft = one_draft(connection, address.rpartition("/")[2])
    assert draft is not None
    return draft


def step(client: Any, engine: Engine, address: str, action: str, **more: str) -> Any:
    return client.post(f"{address}/{action}", data={"seq": str(standing(engine, address).changed_seq), **more})


def whole(engine: Engine) -> bool:
    with engine.connect() as connection:
        logs = verify_chain(connection), verify_desk_log(connection)
        return logs == (None, None) and not tasks_off_the_log(connection)


def test_from_the_suppliers_lines_to_sent(desk: Any, listed: Engine) -> None:
    client = desk.client_of()
    page = client.get(f"/suppliers/{SUPPLIER}").text
    assert len(re.findall(r'name="task"', page)) == 10
    address = made(client, listed)
    assert (line_of(listed, "SKU004").state, read_json(line_of(listed, "SKU004").answer)) == (
        "accepted",
        {"quantity": 30},
    )
    assert standing(listed, address).money_micros == 50 * 5_500_000
    assert len(re.findall(r'name="task"', client.get(f"/suppliers/{SUPPLIER}").text)) == 8, "they stand in one already"
    step(client, listed, address, "submit")
    assert standing(listed, address).state == "approved", "no limit is set"
    step(client, listed, address, "sent", expected_day="2025-11-25")
    row = line_of(listed, "SKU004")
    assert (row.state, read_json(row.answer)["expected_day"], read_json(row.answer)["quantity"]) == (
        "done",
        "2025-11-25",
        30,
    )
    assert "已下单" in client.get(address).text
    assert whole(listed)


def test_beyond_what_one_person_may_order(listed: Engine, tmp_path: Any, make_desk_on: Callable[..., Any]) -> None:
    desk = make_desk_on(listed, tmp_path, approve_above="100", approver=("小王", "boss"))
    maker, boss = desk.client_of("小王"), desk.client_of("boss", "viewer")
    address = made(maker, listed)
    step(maker, listed, address, "submit")
    assert standing(listed, address).state == "waiting"
    assert step(maker, listed, address, "approve").status_code == 409, "nobody approves their own"
    assert step(maker, listed, address, "sent").status_code == 409
    assert desk.client_of("小李").post(f"{address}/approve", data={"seq": "1"}).status_code == 403
    assert "¥275" in maker.get("/suppliers").text
    step(boss, listed, address, "back", reason="太多了")
    assert standing(listed, address).state == "draft"
    assert "太多了" in maker.get(address).text
    step(maker, listed, address, "submit")
    step(boss, listed, address, "approve")
    assert (standing(listed, address).state, standing(listed, address).approved_by) == ("approved", "boss")
    assert whole(listed)


def test_changed_and_dropped(desk: Any, listed: Engine) -> None:
    client = desk.client_of()
    address = made(client, listed)
    form = {**form_of(listed, SKU002=25), "seq": str(standing(listed, address).changed_seq)}
    client.post(f"{address}/change", data=form)
    assert [(one.sku, one.quantity) for one in standing(listed, address).lines] == [("SKU002", 25)]
    assert line_of(listed, "SKU004").state == "open", "what was left out is to be ordered again"
    step(client, listed, address, "drop")
    assert line_of(listed, "SKU002").state == "open"
    assert standing(listed, address).state == "dropped"
    assert whole(listed)


@pytest.mark.parametrize("units", ["", "0", "-1", "1.5", "many", "99999999999"])
def test_units_that_are_none(desk: Any, listed: Engine, units: str) -> None:
    form = form_of(listed, SKU002=1)
    form[f"units-{line_of(listed, 'SKU002').task_id}"] = units
    assert desk.client_of().post("/purchases", data=form).status_code in (400, 409)
    assert line_of(listed, "SKU002").state == "open"


def test_a_line_stands_in_one_order_of_its_own_supplier(desk: Any, listed: Engine) -> None:
    client = desk.client_of()
    made(client, listed, SKU002=20)
    assert client.post("/purchases", data=form_of(listed, SKU002=20)).status_code == 409
    assert client.post("/purchases", data=form_of(listed, SKU001=20)).status_code == 409, "of another supplier"
    assert client.post("/purchases", data={"supplier": SUPPLIER}).status_code == 409, "no line"
    with listed.connect() as connection:
        assert len(drafts_of(connection)) == 1


def test_units_that_nobody_expects_are_asked_about_first(desk: Any, listed: Engine) -> None:
    """SKU002 is suggested with 20, SKU004 with 40; more than three times that is a slip, until somebody says not."""
    client = desk.client_of()
    form = form_of(listed, SKU002=61, SKU004=120)
    asked = client.post("/purchases", data=form)
    assert asked.status_code == 200
    assert "有 1 行要先确认" in asked.text
    assert "超过建议件数 20 的 3 倍" in asked.text
    assert "over 3 times the suggested 20" in desk.client_of(language="en").post("/purchases", data=form).text
    assert "商品 004" not in asked.text, "three times is not more than three times"
    assert line_of(listed, "SKU002").state == "open"
    kept = dict(re.findall(r'<input type="hidden" name="(units-[^"]+)" value="([^"]*)">', asked.text))
    assert sorted(kept.values()) == ["120", "61"]
    address = str(client.post("/purchases", data={**form, "confirm": "1"}).headers["location"])
    assert [one.quantity for one in standing(listed, address).lines] == [61, 120]

    def change(**more: Any) -> Any:
        return client.post(f"{address}/change", data={**form_of(listed, **more), "seq": str(seq())})

    def seq() -> int:
        return int(standing(listed, address).changed_seq)

    assert change(SKU002=61, SKU004=119).status_code == 303, "what was confirmed is not asked again"
    assert f'action="{address}/change"' in change(SKU002=600, SKU004=119).text
    assert [one.quantity for one in standing(listed, address).lines] == [61, 119]
    assert whole(listed)


def test_two_people_at_one_order(desk: Any, listed: Engine) -> None:
    one, other = desk.client_of("小王"), desk.client_of("小李")
    address = made(one, listed)
    seq = str(standing(listed, address).changed_seq)
    one.post(f"{address}/submit", data={"seq": seq})
    assert other.post(f"{address}/drop", data={"seq": seq}).status_code == 409
    assert standing(listed, address).state == "approved"


def test_the_files(desk: Any, listed: Engine) -> None:
    client = desk.client_of()
    address = made(client, listed)
    book = load_workbook(io.BytesIO(client.get(f"{address}/file").content))
    cells = [[cell.value for cell in row] for row in book.active.iter_rows()]
    assert ["华东仓", "SKU002", "商品 002", 20, 5.5, 110] in cells
    for layout, sku, units in (("聚水潭", "商品编码", "采购数量"), ("旺店通", "商家编码", "采购量")):
        said = client.get(f"{address}/file", params={"layout": layout}).content.decode("utf-8-sig")
        rows = list(csv.DictReader(io.StringIO(said)))
        assert [(row[sku], row[units]) for row in rows] == [("SKU002", "20"), ("SKU004", "30")]
    assert client.get(f"{address}/file?layout=nonsense").status_code == 404


def test_a_page_for_a4_says_whether_it_may_be_sent(desk: Any, listed: Engine) -> None:
    client = desk.client_of()
    address = made(client, listed)
    page = client.get(f"{address}/print").text
    assert f"<title>{address.rpartition('/')[2]}</title>" in page, "the name that a browser proposes for the file"
    for told in ("样品掌柜", "SKU002", "商品 002", "¥110.00", "¥275.00", "请勿发给供应商"):
        assert told in page, told
    step(client, listed, address, "submit")
    assert "请勿发给供应商" not in client.get(f"{address}/print").text
    assert f'href="{address}/print"' in client.get(address).text


def test_a_scope_holds_for_orders_too(listed: Engine, tmp_path: Any, make_desk_on: Callable[..., Any]) -> None:
    south = {"小王": {"warehouses": ["华南仓"], "shops": [], "categories": []}}
    client = make_desk_on(listed, tmp_path, scopes=south).client_of()
    assert len(re.findall(r'name="task"', client.get(f"/suppliers/{SUPPLIER}").text)) == 3
    assert client.post("/purchases", data=form_of(listed, SKU002=20)).status_code == 409


def test_an_order_of_another_warehouse_is_neither_seen_nor_touched(
    desk: Any, listed: Engine, tmp_path: Any, make_desk_on: Callable[..., Any]
) -> None:
    south = {"小王": {"warehouses": ["华南仓"], "shops": [], "categories": []}}
    client = make_desk_on(listed, tmp_path, scopes=south).client_of("小王", "admin")
    address = made(desk.client_of("小李"), listed)  # goods of 华东仓
    assert {client.get(address + end).status_code for end in ("", "/file", "/print")} == {404}
    for action in ("submit", "approve", "back", "sent", "drop"):
        assert step(client, listed, address, action).status_code == 404, action
    own = made(client, listed, SKU006=60)
    form = {**form_of(listed, SKU006=60, SKU008=80), "seq": str(standing(listed, own).changed_seq)}
    assert client.post(f"{own}/change", data=form).status_code == 404, "a line of 华东仓 is not slipped in"
    assert line_of(listed, "SKU008").state == "open"
    assert standing(listed, address).state == "draft"
    assert address.rpartition("/")[2] not in client.get(f"/suppliers/{SUPPLIER}").text


def test_a_day_that_no_supplier_means_is_refused_in_the_readers_language(desk: Any, listed: Engine) -> None:
    client = desk.client_of()
    address = made(client, listed)
    step(client, listed, address, "submit")
    answer = step(client, listed, address, "sent", expected_day="2020-01-01")
    assert (answer.status_code, "两年内的日期" in answer.text) == (409, True)
    assert (standing(listed, address).state, line_of(listed, "SKU002").state) == ("approved", "accepted")
