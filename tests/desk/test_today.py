"""The page of the day: what is counted is what the person sees, and money below zero is written as people write it."""

import re
import shutil
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import Engine, insert, select

from include.settings.currencies import with_currency
from include.tasks.sheets.layout import shown_text
from include.tasks.task_tables import tasks
from include.warehouse.books import open_books, publication
from include.warehouse.tables import closes, purchase_orders, receipts

SOUTH = {"小南": {"warehouses": ["华南仓"]}, "小京": {"shops": ["jd"]}, "小清": {"categories": ["清洁"]}}


@pytest.fixture
def closed(listed: Engine) -> Engine:
    """11-11 was closed without jd and douyin."""
    with listed.begin() as books:
        books.execute(
            insert(closes),
            {"day": "2025-11-11", "revision": 1, "closed_at": "2025-11-12 06:30:00", "exports": 1, "touched": "{}",
             "missing_shops": '["douyin", "jd"]', "inputs_hash": "0" * 64},
        )  # fmt: skip
    return listed


def card(page: str, kind: str) -> str:
    """The card of a list on the page of the day, as text."""
    found = re.search(rf'<div class="card[^"]*">\s*<h2><a href="/lists/{kind}">(.*?)</div>', page, re.DOTALL)
    assert found is not None, kind
    bare = re.sub(r"<button.*?</button><span.*?</span>", " ", found[1], flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", bare).split())


def test_counts_are_of_what_a_person_sees(closed: Engine, tmp_path: Any, make_desk_on: Callable[..., Any]) -> None:
    """20 restock lines: 6 of the south, 10 of 清洁; three customers, one of jd."""
    desk = make_desk_on(closed, tmp_path, scopes=SOUTH)
    for who, restock, recall in (("小王", 20, 3), ("小南", 6, 3), ("小清", 10, 3), ("小京", 20, 1)):
        page = desk.client_of(who).get("/").text
        assert card(page, "restock").startswith(f"补货 {restock}"), who
        assert f"已处理 0 / {restock} 行" in card(page, "restock"), who
        assert card(page, "recall").startswith(f"召回 {recall}"), who
        nav = re.sub(r"\s+", " ", re.search(r'<nav class="lists".*?</nav>', page, re.DOTALL)[0])  # type: ignore[index]
        assert re.search(rf"补货 <span id=\"count-\w+\" class=\"count[^\"]*\">{restock}<", nav), who
        assert re.search(rf"召回 <span id=\"count-\w+\" class=\"count[^\"]*\">{recall}<", nav), who


def test_shops_files_are_for_those_who_see_the_shop(
    closed: Engine, tmp_path: Any, make_desk_on: Callable[..., Any]
) -> None:
    desk = make_desk_on(closed, tmp_path, scopes=SOUTH)
    every, jd = desk.client_of(), desk.client_of("小京")
    assert {f"/shops/{one}/2025-11-11" in every.get("/").text for one in ("tmall", "jd", "douyin")} == {True}
    page = jd.get("/").text
    assert [f"/shops/{one}/2025-11-11" in page for one in ("tmall", "jd", "douyin")] == [False, True, False]
    assert [jd.get(f"/shops/{one}/2025-11-11").status_code for one in ("jd", "tmall")] == [200, 404]
    assert every.get("/shops/tmall/2025-11-11").status_code == 200


def delivered(engine: Engine) -> None:
    """GYS101: an order of the south came in ten days as promised, one of the east is overdue."""
    order = {"export_number": 1, "number": 1, "shop": "erp", "line_id": "1", "supplier": "GYS101", "sku": "SKU002",
             "quantity": 10, "ordered_day": "2025-10-01", "expected_day": "2025-10-11", "status": "open"}  # fmt: skip
    lines = [
        {**order, "file_line": 1, "purchase_order_id": "SOUTH-1", "warehouse": "华南仓"},
        {**order, "file_line": 2, "purchase_order_id": "EAST-1", "warehouse": "华东仓"},
    ]
    came = {"export_number": 1, "file_line": 1, "number": 1, "shop": "erp", "receipt_id": "R1", "line_id": "1",
            "purchase_order_id": "SOUTH-1", "sku": "SKU002", "warehouse": "华南仓", "quantity": 10,
            "received_day": "2025-10-11"}  # fmt: skip
    with publication(engine) as change:
        for table, rows in ((purchase_orders, lines), (receipts, [came])):
            known = {column.name for column in table.c}
            change.insert(table, pd.DataFrame([{k: v for k, v in row.items() if k in known} for row in rows]))


def test_a_suppliers_figures_are_of_what_a_person_sees(
    known: Engine, tmp_path: Any, make_desk_on: Callable[..., Any]
) -> None:
    delivered(known)
    desk = make_desk_on(known, tmp_path, scopes=SOUTH)
    every, south = (desk.client_of(who).get("/suppliers/GYS101").text for who in ("小王", "小南"))
    assert "EAST-1" in every
    assert "<dd>50%</dd>" in every
    assert "EAST-1" not in south
    assert "<dd>100%</dd>" in south


def test_an_order_that_is_not_seen_is_not_counted(
    listed: Engine, tmp_path: Any, make_desk_on: Callable[..., Any]
) -> None:
    desk = make_desk_on(listed, tmp_path, scopes=SOUTH)
    with listed.connect() as books:
        of_east = select(tasks.c.task_id).where(tasks.c.sku == "SKU002", tasks.c.kind == "restock")
        task = books.execute(of_east).scalar_one()
    form = {"supplier": "GYS101", "task": task, f"units-{task}": "20"}
    assert desk.client_of().post("/purchases", data=form).status_code == 303

    def drafts(who: str) -> str:
        row = re.search(r"GYS101.*?</tr>", desk.client_of(who).get("/suppliers").text, re.DOTALL)
        assert row is not None
        return re.findall(r"<td[^>]*>(.*?)</td>", row[0], re.DOTALL)[-1]

    assert (drafts("小王"), drafts("小南")) == ("1", "0")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_money_below_zero_has_its_sign_in_front(language: str) -> None:
    assert with_currency("-2.76", "CNY", language) == "−¥2.76"
    assert with_currency("-2.76", "EUR", language) == "−2.76 EUR"
    assert with_currency("2.76", "CNY", language) == "¥2.76"
    assert shown_text(-2_760_000, "money") == "−2.76"
    assert shown_text(-1_234, "signed") == "−1,234"


HELP = re.compile(r'<button type="button" class="help" popovertarget="([^"]+)" aria-label="[^"]+">\?</button>')


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("kind", ["restock", "transfer", "chase", "excess", "recall"])
def test_every_column_says_what_it_means(desk: Any, listed: Engine, kind: str, language: str) -> None:
    page = desk.client_of(language=language).get(f"/lists/{kind}").text
    told = HELP.findall(page)
    heads = len(re.findall(r'<th scope="col" title', page))
    assert len(told) == heads > 5
    assert len(set(told)) == len(told)
    assert all(f'id="{one}" popover' in page for one in told)
    assert page.count("<dt>") >= heads, "a phone, which has no headings, finds them in a dialog"


def test_figures_of_today_of_suppliers_and_of_a_sum_say_what_they_mean(desk: Any, closed: Engine) -> None:
    client = desk.client_of(language="en")
    with closed.connect() as books:
        task = books.scalar(select(tasks.c.task_id).where(tasks.c.kind == "restock").limit(1))
    for path, least in (("/", 13), ("/suppliers", 8), ("/suppliers/GYS101", 5), (f"/tasks/{task}", 20)):
        page = client.get(path).text
        told = HELP.findall(page)
        assert len(told) >= least, path
        assert len(set(told)) == len(told), path
    assert "by the line&#39;s service level" in page


@pytest.mark.parametrize(
    ("path", "what_to_do"),
    [
        ("/", "trigger onboard"),
        ("/lists/restock", "orders and stock reports"),
        ("/lists/recall", "train_churn"),
        ("/suppliers", "name it in the product data"),
        ("/overrides", "the next list heeds it"),
        ("/deliveries", "channels of merchant.yaml"),
        ("/looking-back", "./storekeeper day --step restock"),
    ],
)
def test_an_empty_page_says_what_to_do(
    migrated: Any, tmp_path: Any, make_desk_on: Callable[..., Any], path: str, what_to_do: str
) -> None:
    shutil.copy(migrated, tmp_path / "books.sqlite")
    engine = open_books(f"sqlite:///{tmp_path}/books.sqlite")
    page = make_desk_on(engine, tmp_path).client_of(role="admin", language="en").get(path)
    engine.dispose()
    assert page.status_code == 200
    assert 'class="empty"' in page.text
    assert what_to_do in page.text
