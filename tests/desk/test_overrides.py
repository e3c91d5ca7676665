"""What planners set on the desk: kept in the log, asked about when far off, within their part of the merchant."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, insert, select

from include.tasks.by_hand.desk_log import verify_desk_log
from include.tasks.by_hand.overrides import Score, all_overrides, keep_scores
from include.tasks.task_tables import desk_events, overrides, tasks
from include.warehouse.tables import forecasts

FORM = {
    "what": "add", "about": "sku", "name": "SKU002", "warehouse": "华东仓", "value": "40", "first_day": "2025-11-15",
    "last_day": "2025-11-24", "reason": "直播加推",
}  # fmt: skip


@pytest.fixture
def forecast(listed: Engine) -> Engine:
    """Four units a day of SKU002 in the east: forty in ten days."""
    row = {"day": "2025-11-11", "sku": "SKU002", "warehouse": "华东仓", "model_id": "m", "protection_days": 10,
           "mean": 40.0, "quantiles": "{}"}  # fmt: skip
    with listed.begin() as connection:
        connection.execute(insert(forecasts), [row])
    return listed


def kept(engine: Engine) -> list[Any]:
    with engine.connect() as connection:
        assert verify_desk_log(connection) is None
        return all_overrides(connection)


def task_of(engine: Engine, sku: str) -> str:
    with engine.connect() as connection:
        query = select(tasks.c.task_id).where(tasks.c.sku == sku, tasks.c.kind == "restock")
        return str(connection.scalar(query))


def test_one_is_set_on_a_line_and_ended_there(desk: Any, forecast: Engine) -> None:
    client, task = desk.client_of(), task_of(forecast, "SKU002")
    page = client.get(f"/tasks/{task}").text
    assert "这一行没有人工判断" in page
    answer = client.post("/overrides", data={**FORM, "task": task})
    assert (answer.status_code, answer.headers["location"]) == (303, f"/tasks/{task}#judgement")
    [one] = kept(forecast)
    assert (one.code, one.made_by, one.known_day, one.model_units) == ("J1", "小王", "2025-11-12", 40.0)
    page = client.get(f"/tasks/{task}").text
    assert "2025-11-15 至 2025-11-24 共加 40 件" in page
    assert "当时系统预测这段卖 40 件" in page
    assert "共加 40 件" not in client.get(f"/tasks/{task_of(forecast, 'SKU004')}").text
    answer = client.post("/overrides/1/end", data={"task": task})
    assert answer.status_code == 303
    assert kept(forecast)[0].ended_by == "小王"
    assert client.post("/overrides/1/end").status_code == 409
    with forecast.connect() as connection:
        told = connection.execute(select(desk_events.c.what, desk_events.c.subject)).all()
    assert [tuple(row) for row in told] == [("override", "J1"), ("override_end", "J1")]


def test_what_is_far_off_the_model_is_asked_first(desk: Any, forecast: Engine) -> None:
    client = desk.client_of()
    asked = client.post("/overrides", data={**FORM, "value": "81"})
    assert asked.status_code == 200
    assert "这样算是 121，系统的数是 40，相差三倍以上" in asked.text
    assert 'value="81"' in asked.text
    assert client.post("/overrides", data={**FORM, "what": "multiply", "value": "0.3"}).status_code == 200
    assert kept(forecast) == []
    assert client.post("/overrides", data={**FORM, "value": "80"}).status_code == 303, "three times is not more"
    assert client.post("/overrides", data={**FORM, "value": "81", "confirm": "1"}).status_code == 303
    assert len(kept(forecast)) == 2
    unknown = client.post("/overrides", data={**FORM, "name": "SKU003"})
    assert "系统还没有它的预测" in unknown.text


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"name": "SKU0022"}, "SKU002"),
        ({"warehouse": "华东"}, "华东仓"),
        ({"about": "category", "name": "保"}, "保暖"),
        ({"about": "event", "name": "double-11"}, "double_11"),
        ({"what": "supplier", "value": "GYS1O1"}, "GYS101"),
        ({"what": "successor", "value": "SKU09", "warehouse": ""}, "SKU0"),
        ({"what": "successor", "value": "SKU002", "warehouse": ""}, "它自己"),
        ({"what": "successor", "value": "SKU001"}, "把仓库空着"),
        ({"what": "pack", "about": "category", "name": "保暖"}, "只能针对一个商品编码"),
        ({"last_day": ""}, "请写到哪天为止"),
        ({"last_day": "2027-01-01"}, "一年以内"),
        ({"last_day": "2025-11-01"}, "结束日已过，或早于开始日"),
        ({"first_day": "明天"}, "不是日期"),
        ({"value": "很多"}, "请写 -"),
        ({"value": "nan"}, "请写 -"),
        ({"what": "service_level", "value": "20"}, "50% 到 99.9%"),
        ({"what": "pack", "value": "1.5"}, "请写 1 到"),
        ({"reason": "  "}, "请写一句原因"),
        ({"what": "nonsense"}, "请选择"),
    ],
)
def test_what_cannot_be_is_said_beside_the_form(desk: Any, forecast: Engine, change: dict[str, str], told: str) -> None:
    answer = desk.client_of().post("/overrides", data={**FORM, **change})
    assert answer.status_code == 409
    alert = re.search(r'role="alert">(.*?)</p>', answer.text, re.DOTALL)
    assert alert is not None
    assert told in alert[1]
    assert kept(forecast) == []


@pytest.mark.parametrize(
    ("what", "value", "kept_as"),
    [
        ("service_level", "98%", "0.98"), ("lead_time_days", "21", "21"), ("pack", "24", "24"), ("minimum", "0", "0"),
        ("supplier", "GYS102", "GYS102"), ("review_days", "3", "3"), ("block", "", ""),
        ("substitute", "SKU004", "SKU004"),
    ],
)  # fmt: skip
def test_every_kind_can_be_set(desk: Any, forecast: Engine, what: str, value: str, kept_as: str) -> None:
    answer = desk.client_of(language="en").post("/overrides", data={**FORM, "what": what, "value": value})
    assert answer.status_code == 303, answer.text
    assert kept(forecast)[0].value == kept_as
    assert "SKU002" in desk.client_of(language="en").get("/overrides").text


def test_a_person_sets_only_what_is_theirs(listed: Engine, tmp_path: Any, make_desk_on: Callable[..., Any]) -> None:
    south = {"小王": {"warehouses": ["华南仓"], "shops": [], "categories": ["保暖"]}}
    desk = make_desk_on(listed, tmp_path, scopes=south)
    client, other = desk.client_of(), desk.client_of("小李")
    own = {**FORM, "name": "SKU003", "warehouse": "华南仓", "confirm": "1"}
    for change in (
        {"warehouse": "华东仓"},
        {"warehouse": ""},
        {"name": "SKU006"},
        {"about": "event", "name": "double_11"},
    ):
        answer = client.post("/overrides", data={**own, **change})
        assert answer.status_code == 409, change
        assert "超出了您负责的" in answer.text
    assert client.post("/overrides", data=own).status_code == 303
    for change in ({"warehouse": ""}, {"warehouse": "华东仓", "name": "SKU001"}):
        assert other.post("/overrides", data={**own, **change}).status_code == 303
    page = client.get("/overrides").text
    assert page.count("<strong>J") == 2, "those of all warehouses touch the south, too"
    assert [client.post(f"/overrides/{number}/end").status_code for number in (2, 3, 1)] == [409, 409, 303]


def test_a_viewer_looks_and_sets_nothing(desk: Any, forecast: Engine) -> None:
    desk.client_of().post("/overrides", data=FORM)
    viewer = desk.client_of("小赵", "viewer")
    assert viewer.post("/overrides", data=FORM).status_code == 403
    page = viewer.get("/overrides").text
    assert "共加 40 件" in page
    assert '<form method="post" action="/overrides' not in page


def test_all_of_them_by_kind_person_and_state_with_their_worth(desk: Any, forecast: Engine) -> None:
    client = desk.client_of()
    client.post("/overrides", data=FORM)
    desk.client_of("小李").post("/overrides", data={**FORM, "what": "block", "value": ""})
    with forecast.begin() as connection:
        connection.execute(overrides.update().values(last_day="2025-11-11").where(overrides.c.number == 1))
        keep_scores(connection, [Score(1, "2025-11-25", "2025-11-14", 2, 1, 70, 40, 80, 20, 110_000_000)])
        keep_scores(
            connection, [Score(1, "2025-11-20", "2025-11-14", 2, 1, 0, 0, 0, -9, None)]
        )  # an older day's replay
    assert "J1" not in client.get("/overrides").text
    page = client.get("/overrides?state=over").text
    assert "实际卖了 70 件，系统说 40，人说 80。这次判断更准，近了 20 件（按成本 ¥110），谢谢。" in page
    assert "其中 1 处缺货太久" in page
    assert "合起来比系统准了 20 件" in page
    assert client.get("/overrides?state=all&person=小李").text.count("<strong>J") == 1
    assert client.get("/overrides?state=all&what=block").text.count("<strong>J") == 1


def test_the_command_lists_them_with_their_worth(
    desk: Any, forecast: Engine, tmp_path: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    from include.cli.app import main

    desk.client_of().post("/overrides", data=FORM)
    desk.client_of("小李").post("/overrides", data={**FORM, "what": "block", "value": "", "last_day": ""})
    desk.client_of("小李").post("/overrides/2/end")
    with forecast.begin() as connection:
        keep_scores(connection, [Score(1, "2025-11-25", "2025-11-14", 1, 0, 40, 40, 80, -40, -220_000_000)])
    example = str(Path(__file__).parents[2] / "examples" / "specimen")
    place = ["--merchant", example, "--home", str(tmp_path), "--books", str(forecast.url)]
    assert main(["overrides", *place]) == 0
    told = capsys.readouterr().out
    assert "J1  SKU002 · 华东仓  2025-11-15 至 2025-11-24 共加 40 件  小王 2025-11-12 08:30  直播加推" in told
    assert "这次系统更接近，差出 40 件（按成本 ¥220）" in told
    assert "小李 2025-11-12 08:30 结束" in told
    assert "共 2 条判断" in told
    assert main(["overrides", "--live", "--person", "小李", *place]) == 0
    assert "共 0 条判断" in capsys.readouterr().out
    assert main(["overrides", "--what", "nonsense", *place]) == 2
