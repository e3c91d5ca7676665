"""The desk behind Airflow's own login, and what the next day makes of what was done on it."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from include.tasks.by_hand.purchase_drafts import one_draft
from scripts.merchant_days import run_day
from tests.scheduler.world import DAYS, SECOND_PERSON, World

pytestmark = pytest.mark.scheduler
CHROMIUM = "/usr/bin/chromium"


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    if not Path(CHROMIUM).exists():
        pytest.skip("Chromium is not installed on this machine (apt install chromium fonts-noto-cjk)")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()


def logged_in(browser: Any, world: World, path: str, who: str = "admin", language: str = "", width: int = 1440) -> Any:
    """A page of somebody who asked for `path`, was sent to Airflow's login, and came back."""
    context = browser.new_context(viewport={"width": width, "height": 900})
    if language:
        context.add_cookies([{"name": "storekeeper_language", "value": language, "url": world.airflow.url}])
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.goto(world.airflow.url + path)
    page.wait_for_selector("input[name=username]")
    page.locator("input[name=username]").fill(who)
    page.locator("input[name=password]").fill(world.airflow.password)
    page.locator("button[type=submit]").click()
    page.wait_for_url(f"**{path}")
    page.wait_for_load_state("networkidle")
    return page


def task_of(world: World, kind: str, rank: int, day: str) -> dict[str, Any]:
    rows = world.rows(
        "SELECT task_id, subject, state, payload, answer FROM tasks WHERE kind = :kind AND day = :day"
        f" AND rank = {rank} AND state <> 'withdrawn'",
        kind=kind,
        day=day,
    )
    names = ("task_id", "subject", "state", "payload", "answer")
    return dict(zip(names, rows[0], strict=True))


def test_a_strangers_request_is_sent_to_airflows_login(lived: World) -> None:
    address = f"{lived.airflow.url}/storekeeper"
    answer = httpx.get(f"{address}/lists/restock?tab=all", timeout=60)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/api/v2/auth/login?next=%2Fstorekeeper%2Flists%2Frestock%3Ftab%3Dall"
    assert httpx.post(f"{address}/tasks/act", data={"act": "accept"}, timeout=60).status_code == 401
    forged = {"Authorization": "Bearer eyJhbGciOiJIUzUxMiJ9.eyJzdWIiOiJhZG1pbiIsInJvbGUiOiJhZG1pbiJ9.x"}
    assert httpx.get(f"{address}/", headers=forged, timeout=60).status_code == 303


def test_what_is_done_on_the_desk_is_what_the_next_day_knows(lived: World, browser: Any) -> None:
    day, following = DAYS[-1].isoformat(), DAYS[-1] + timedelta(days=1)
    page = logged_in(browser, lived, "/storekeeper/lists/restock")
    ranks = [int(re.findall(r"\d+", one)[0]) for one in page.locator("tr.line td.rank").all_inner_texts()]
    done, refused, snoozed = (task_of(lived, "restock", rank, day) for rank in ranks[:3])
    page.keyboard.press("j")
    page.keyboard.press("d")  # done, as suggested
    page.wait_for_selector(f"#t-{done['task_id']}.done")
    page.keyboard.press("r")
    page.keyboard.type("season is over")
    page.keyboard.press("Enter")
    page.wait_for_selector(f"#t-{refused['task_id']}.refused")
    page.keyboard.press("s")
    page.locator("#snooze [data-days='7']").click()
    page.wait_for_selector(f"#t-{snoozed['task_id']}.snoozed")
    page.context.close()
    states = dict(lived.rows("SELECT task_id, state FROM tasks WHERE day = :day", day=day))
    assert [states[one["task_id"]] for one in (done, refused, snoozed)] == ["done", "refused", "snoozed"]
    lived.put(following)
    run_day(lived.airflow.api, following.isoformat(), print)
    rows = lived.rows(
        "SELECT subject, payload FROM tasks WHERE kind = 'restock' AND day = :day", day=following.isoformat()
    )
    again = {subject: json.loads(payload) for subject, payload in rows}
    assert refused["subject"] not in again or _changed(again[refused["subject"]], refused)
    assert snoozed["subject"] not in again or _changed(again[snoozed["subject"]], snoozed)
    ordered = json.loads(done["payload"])["quantity"]
    if done["subject"] in again:
        line = again[done["subject"]]
        assert line["quantity"] < ordered, "what was ordered is not suggested again, only the day's news"
        assert line["arriving"] + line["arriving_later"] >= ordered


def _changed(line: dict[str, Any], before: dict[str, Any]) -> bool:
    """Whether the suggestion is another one, by the share that `refusal_change` sets by itself."""
    old = json.loads(before["payload"])
    return any(abs(line[name] - old[name]) > 0.25 * max(abs(old[name]), 1) for name in ("quantity", "need"))


@pytest.mark.parametrize(("language", "width"), [("zh", 1440), ("en", 390)])
def test_a_morning_of_a_planner_a_second_person_and_a_clerk(
    lived: World, browser: Any, language: str, width: int
) -> None:
    page = logged_in(browser, lived, "/storekeeper/lists/restock", language=language, width=width)
    _filter_by_warehouse(page)
    _open_a_line(page)
    page.goto(f"{lived.airflow.url}/storekeeper/lists/restock?tab=open")
    changed, refused, left = (page.locator("tr.line.open").nth(n).get_attribute("data-task") for n in range(3))
    field = page.locator(f"#t-{changed} input.quantity")
    wanted = int(field.input_value()) + 1
    field.fill(str(wanted))
    field.press("Enter")
    page.wait_for_selector(f"#t-{changed}.accepted")
    page.locator(f"#t-{refused} [data-act=refuse]").click()
    page.locator("#refuse input[name=reason]").fill("season is over")
    page.locator("#refuse button.main").click()
    page.wait_for_selector(f"#t-{refused}.refused")
    page.locator(f"#t-{left} [data-act=snooze]").click()
    page.locator("#snooze [data-days='3']").click()
    page.wait_for_selector(f"#t-{left}.snoozed")
    page.locator(f"#t-{left} [data-undo]").click()
    page.wait_for_selector(f"#t-{left}.open")
    answers = dict(lived.rows("SELECT task_id, answer FROM tasks WHERE kind = 'restock'"))
    assert json.loads(answers[changed]) == {"quantity": wanted}

    order = _purchase_order(page, lived)
    assert page.locator("form[action$='/approve']").count() == 0, "nobody releases what they made"
    second = logged_in(browser, lived, f"/storekeeper/purchases/{order}", SECOND_PERSON, language, width)
    second.locator("form[action$='/approve'] button").click()
    second.wait_for_load_state("networkidle")
    second.context.close()
    page.reload()
    page.locator("form[action$='/sent'] button").click()
    with page.expect_navigation():  # it is asked about first
        page.locator("#sure [data-yes]").click()
    page.wait_for_load_state("networkidle")
    with lived.books.connect() as connection:
        sent = one_draft(connection, order)
    assert sent is not None
    assert (sent.state, sent.approved_by) == ("sent", SECOND_PERSON)
    states = dict(lived.rows("SELECT task_id, state FROM tasks WHERE kind = 'restock'"))
    assert {states[line.task_id] for line in sent.lines} == {"done"}

    page.goto(f"{lived.airflow.url}/storekeeper/lists/recall?tab=open")
    call = page.locator("tr.line.open").first.get_attribute("data-task")
    page.locator(f"#t-{call} td.c-customer a").click()
    page.locator("button[name=outcome]").first.click()
    page.wait_for_selector(".entered")
    [(state,)] = lived.rows("SELECT state FROM tasks WHERE task_id = :task", task=str(call))
    assert state in ("done", "refused")
    page.context.close()


def _filter_by_warehouse(page: Any) -> None:
    """Only lines of the warehouse that was chosen are left."""
    from playwright.sync_api import expect

    menu = page.locator("details.pickone").filter(has=page.locator("input[name=warehouse]"))
    menu.locator("summary").click()
    chosen = menu.locator("input[name=warehouse]").first.get_attribute("value")
    menu.locator("label").first.click()
    expect(page).to_have_url(re.compile("warehouse="))
    page.wait_for_load_state("networkidle")
    expect(page.locator("tr.line td.c-warehouse").first).to_have_text(chosen)
    assert set(page.locator("tr.line td.c-warehouse").all_inner_texts()) == {chosen}


def _open_a_line(page: Any) -> None:
    """The sum of the line that is opened adds up."""
    page.locator("tr.line .product").first.click()
    page.wait_for_selector("table.sum")
    total = 0
    for sign, amount in zip(
        page.locator("table.sum").first.locator("td.sign").all_inner_texts(),
        page.locator("table.sum").first.locator("td.n").all_inner_texts(),
        strict=True,
    ):
        units = int(amount.replace(",", ""))
        if sign == "=":
            assert units == total
        else:
            total += units if sign == "+" else -units
    page.wait_for_selector("[data-picture$=demand] canvas, [data-picture$=demand] svg")


def _purchase_order(page: Any, world: World) -> str:
    """A supplier's lines made into an order, which now waits for a second person."""
    [(supplier,)] = world.rows(
        "SELECT supplier FROM tasks WHERE kind = 'restock' AND state = 'open' AND supplier IS NOT NULL"
        " AND day = (SELECT MAX(day) FROM tasks) GROUP BY supplier ORDER BY count(*) DESC LIMIT 1"
    )
    page.goto(f"{world.airflow.url}/storekeeper/suppliers/{supplier}")
    page.locator("form[action$='/purchases'] button.main").click()
    page.wait_for_url("**/purchases/*")
    page.locator("form[action$='/submit'] button").click()
    page.wait_for_load_state("networkidle")
    return str(page.url.rpartition("/")[2])
