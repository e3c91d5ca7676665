"""The desk as people use it: with keys, mouse and thumb, in both languages, in light and dark."""

import base64
import io
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import uvicorn
from sqlalchemy import Engine, insert, select, update

from include.replenishment.guards.guarded_list import Limits, Remembered, held_list
from include.replenishment.guards.spend_guards import Broken
from include.settings.stock.guards import Guards
from include.tasks.by_hand.purchase_drafts import make_draft, submit
from include.tasks.canonical_json import read_json
from include.tasks.channels.delivery import deliver
from include.tasks.channels.file import FileChannel
from include.tasks.channels.outbox import enqueue
from include.tasks.channels.parcel import Outcome
from include.tasks.holds.hold import Reason
from include.tasks.publish_list import publish_list
from include.tasks.task_tables import list_views, outbox, task_lists, tasks
from include.warehouse.tables import fact_versions, facts_sales, forecast_hits, plan_results, stock_health
from include.warehouse.workspace import Keys
from tests.desk.conftest import lists_of
from tests.list_sheets import codes_of
from tests.planted import PHONE

CHROMIUM = "/usr/bin/chromium"
MORNING = datetime(2025, 11, 12, 8)
PAGES = (
    "/", "/lists/restock", "/lists/transfer", "/lists/chase", "/lists/excess", "/lists/recall",
    "/lists/restock?q=nothing", "/shops/tmall/2025-11-11", "/overrides", "/looking-back",
    "/review", "/review?kind=day&by=category", "/review/targets", "/suppliers", "/suppliers/GYS101",
    "/customers/0a1b2c3d4e5f", "/lift", "/deliveries", "/hand-back", "/approvals", "/days",
)  # fmt: skip


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """Closed with this module: as long as Playwright is open, a loop of asyncio runs in the thread of the tests."""
    from playwright.sync_api import sync_playwright

    if not Path(CHROMIUM).exists():
        pytest.skip("Chromium is not installed on this machine (apt install chromium fonts-noto-cjk)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def address(desk: Any) -> Iterator[str]:
    with served(desk) as at:
        yield at


@contextmanager
def served(desk: Any) -> Iterator[str]:
    """The desk on a free port of this machine."""
    server = uvicorn.Server(uvicorn.Config(desk.app, host="127.0.0.1", port=0, log_level="warning"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()


class Browser:
    """A page of somebody's browser, which notes every request to another host and every complaint."""

    def __init__(
        self, chromium: Any, address: str, *, language: str = "zh", dark: bool = False, width: int = 1440
    ) -> None:
        self.context = chromium.new_context(
            viewport={"width": width, "height": 900},
            color_scheme="dark" if dark else "light",
            extra_http_headers={"x-visitor": "li;admin"},
        )
        self.context.add_cookies([{"name": "storekeeper_language", "value": language, "url": address}])
        self.address, self.elsewhere, self.complaints = address, [], []
        self.page = self.context.new_page()
        self.page.set_default_timeout(20_000)
        self.page.on("request", self._look)
        self.page.on("console", lambda said: self.complaints.append(said.text) if said.type == "error" else None)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _look(self, request: Any) -> None:
        if not request.url.startswith((self.address, "data:")):
            self.elsewhere.append(request.url)

    def open(self, path: str) -> Any:
        self.page.goto(self.address + path)
        self.page.wait_for_load_state("networkidle")
        return self.page

    def settle(self) -> None:
        self.page.wait_for_load_state("networkidle")

    def close(self) -> None:
        self.context.close()
        assert self.elsewhere == [], "a request left the host"
        assert self.complaints == [], "the browser complains"


def task(engine: Engine, sku: str, kind: str = "restock") -> Any:
    with engine.connect() as connection:
        return connection.execute(select(tasks).where(tasks.c.sku == sku, tasks.c.kind == kind)).one()


def wait_for(engine: Engine, sku: str, state: str) -> Any:
    for _ in range(200):
        row = task(engine, sku)
        if row.state == state:
            return row
        time.sleep(0.05)
    raise AssertionError(f"{sku} is {task(engine, sku).state}, expected {state}")


def test_a_planners_morning_by_keyboard(chromium: Any, address: str, listed: Engine) -> None:
    browser = Browser(chromium, address)
    page = browser.open("/lists/restock")
    page.keyboard.press("j")
    assert page.locator("tr.current .sku").inner_text() == "SKU005"
    page.keyboard.press("a")
    wait_for(listed, "SKU005", "accepted")
    page.wait_for_selector("tr.current:not(.accepted)")
    for place in ("#count-restock", "#total strong"):  # the heads follow
        page.wait_for_selector(f"{place}:has-text('19')")
    assert page.locator("tr.current .sku").inner_text() == "SKU004", "the next open line is the next to look at"
    page.keyboard.press("e")
    page.keyboard.type("44")
    page.wait_for_selector("tr.current .live:has-text('比建议多 4')")
    page.keyboard.press("Enter")
    assert read_json(wait_for(listed, "SKU004", "accepted").answer) == {"quantity": 44}
    page.wait_for_selector("tr.current.open")
    page.keyboard.press("r")
    page.keyboard.type("供应商没货")
    page.keyboard.press("Enter")
    assert read_json(wait_for(listed, "SKU003", "refused").answer)["reason"] == "供应商没货"
    page.wait_for_selector("tr.current.open")
    page.keyboard.press("s")
    page.locator("#snooze [data-days='3']").click()
    assert read_json(wait_for(listed, "SKU002", "snoozed").answer)["until"] == "2025-11-15"
    page.wait_for_selector("tr.current.open")
    page.keyboard.press("u")
    wait_for(listed, "SKU002", "open")
    browser.close()


def test_bulk_filter_sort_and_a_line_by_mouse(chromium: Any, address: str, listed: Engine) -> None:
    from playwright.sync_api import expect

    browser = Browser(chromium, address)
    page = browser.open("/lists/restock")
    page.locator("summary", has_text="仓库").click()
    page.locator("label", has_text="华南仓").click()
    expect(page.locator("tr.line")).to_have_count(6)
    assert "warehouse=" in page.url
    page.keyboard.press("Escape")
    page.locator("h1").click()
    page.locator("[data-pick-all]").click()
    page.locator("#bulk button[data-act=accept]").click()
    for sku in ("SKU003", "SKU018"):
        wait_for(listed, sku, "accepted")
    browser.settle()
    page.locator(".toast button").first.click()
    wait_for(listed, "SKU018", "open")
    browser.settle()
    page.locator("th a", has_text="建议订货").click()
    expect(page.locator("tr.line .sku").first).to_have_text("SKU018")
    page.locator(".product").first.click()
    browser.settle()
    assert "商品 018" in page.locator("h1").inner_text()
    page.locator("form.say input").fill("等供应商回话")
    page.locator("form.say button").click()
    page.wait_for_selector("text=等供应商回话")
    browser.close()


def test_what_nobody_expects_is_asked_before_it_counts(chromium: Any, address: str, listed: Engine) -> None:
    browser = Browser(chromium, address)
    page = browser.open("/lists/restock?q=SKU001")
    page.locator("input.quantity").fill("5000")
    page.locator("input.quantity").press("Enter")
    page.wait_for_selector("#ask[open]")
    assert task(listed, "SKU001").state == "open"
    page.locator("#ask button.main").click()
    assert read_json(wait_for(listed, "SKU001", "accepted").answer) == {"quantity": 5000}
    browser.close()


def test_what_cannot_be_taken_back_is_asked_about_first(chromium: Any, address: str, listed: Engine) -> None:
    line = task(listed, "SKU002")
    at = datetime(2025, 11, 12, 9)
    with listed.begin() as connection:
        order = make_draft(connection, line.supplier, {line.task_id: 20}, "li", at)
        submit(connection, order.number, "li", at, order.changed_seq, None)
    browser = Browser(chromium, address)
    page = browser.open(f"/purchases/{order.number}")
    page.get_by_role("button", name="已发给供应商").click()
    assert "不能撤回" in page.locator("#sure").inner_text()
    page.locator("#sure [data-close]").click()
    assert task(listed, "SKU002").state == "accepted"
    page.get_by_role("button", name="已发给供应商").click()
    page.locator("#sure [data-yes]").click()
    wait_for(listed, "SKU002", "done")
    browser.close()


def test_cartons_that_are_broken_are_said_while_an_order_is_written(
    chromium: Any, address: str, listed: Engine
) -> None:
    line = task(listed, "SKU002")
    with listed.begin() as connection:
        packed = line.payload.replace('"quantity":20', '"pack":12,"quantity":20')
        connection.execute(update(tasks).where(tasks.c.task_id == line.task_id).values(payload=packed))
    browser = Browser(chromium, address)
    page = browser.open(f"/suppliers/{line.supplier}")
    row = page.locator("tr", has=page.locator(f"input[name='units-{line.task_id}']"))
    row.locator("input.units").fill("30")
    assert row.locator("[data-broken]").inner_text() == "箱规 12：不是整箱，整箱是 36"
    row.locator("input.units").fill("36")
    assert row.locator("[data-broken]").inner_text() == ""
    browser.close()


def test_a_planner_knows_better(chromium: Any, address: str, listed: Engine) -> None:
    from include.tasks.by_hand.overrides import all_overrides

    browser = Browser(chromium, address)
    page = browser.open(f"/tasks/{task(listed, 'SKU002').task_id}")
    page.locator("#judgement summary").click()
    page.locator("#judgement select[name=what]").select_option("replace")
    page.locator("#judgement input[name=value]").fill("12")
    page.locator("#judgement input[name=last_day]").fill("2025-11-20")
    page.locator("#judgement input[name=reason]").fill("直播加推")
    page.locator("#judgement button", has_text="定下来").click()
    page.wait_for_selector("[role=alert]:has-text('系统还没有它的预测')")
    page.locator("button[name=confirm]").click()
    page.wait_for_selector("#judgement .overrides:has-text('每天按 12 件')")
    assert page.url.endswith("#judgement")
    page.locator("#judgement button", has_text="结束").click()
    page.wait_for_selector("#judgement .overrides:has-text('已结束')")
    with listed.connect() as connection:
        [one] = all_overrides(connection)
    assert (one.made_by, one.ended_by, one.value) == ("li", "li", "12")
    browser.close()


def test_a_clerk_with_a_thumb(chromium: Any, address: str, listed: Engine) -> None:
    browser = Browser(chromium, address, width=390)
    page = browser.open("/lists/recall")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing is cut off at the side"
    page.locator("tr.line").first.locator("button", has_text="未接通").click()
    page.wait_for_selector("tr.line.done")
    browser.close()


def call_of(engine: Engine, rank: int) -> Any:
    with engine.connect() as connection:
        return connection.execute(select(tasks).where(tasks.c.kind == "recall", tasks.c.rank == rank)).one()


def test_a_clerks_calls_by_keyboard(chromium: Any, address: str, listed: Engine) -> None:
    """On one screen, one after the other, and back."""
    from playwright.sync_api import expect

    browser = Browser(chromium, address, language="en")
    page = browser.open("/lists/recall")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    first, second = call_of(listed, 1), call_of(listed, 2)
    page.wait_for_url(f"**/tasks/{first.task_id}*")
    assert page.evaluate("document.documentElement.scrollHeight <= innerHeight"), "a call is one screen"
    page.keyboard.press("n")
    page.wait_for_url(f"**/tasks/{second.task_id}*")
    page.go_back()
    page.locator("#note").fill("away until Monday 3")
    page.keyboard.press("1")  # in a note a figure is a figure
    page.locator("h1").click()
    page.keyboard.press("3")
    page.wait_for_url(f"**/tasks/{second.task_id}*after={first.task_id}")
    expect(page.locator(".entered")).to_contain_text("no answer")
    answered = call_of(listed, 1)
    assert read_json(answered.answer) == {"note": "away until Monday 31", "outcome": "no_answer"}
    page.keyboard.press("u")
    page.wait_for_url(f"**/tasks/{first.task_id}")
    assert call_of(listed, 1).state == "open"
    browser.close()


def test_a_call_by_thumb(chromium: Any, address: str, listed: Engine) -> None:
    browser = Browser(chromium, address, width=390)
    first, second = call_of(listed, 1), call_of(listed, 2)
    page = browser.open(f"/tasks/{first.task_id}")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.locator("button", has_text="勿扰").click()
    page.wait_for_url(f"**/tasks/{second.task_id}*")
    assert call_of(listed, 1).state == "refused"
    browser.close()


def test_a_contact_is_shown_once(
    chromium: Any, known: Engine, tmp_path: Path, make_desk_on: Callable[..., Any]
) -> None:
    keys = Keys({"k1": b"v" * 32}, "k1", b"c" * 32)
    with served(make_desk_on(known, tmp_path, keys=keys, unmask=("li",))) as address:
        browser = Browser(chromium, address, width=390)
        page = browser.open("/customers/0a1b2c3d4e5f")
        page.locator("#contact button").click()
        assert page.locator("input[name=reason]:invalid").count() == 1, "not without a reason"
        page.locator("input[name=reason]").fill("客户要求回电")
        page.locator("#contact button").click()
        page.wait_for_selector(f"#contact td:has-text('{PHONE}') >> nth=0")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        page.reload()
        page.wait_for_selector("#contact input[name=reason]")
        assert PHONE not in page.content()
        browser.close()


def ordered(engine: Engine) -> str:
    """The number of a purchase order of one line."""
    with engine.begin() as books:
        wanted = {task(engine, "SKU002").task_id: 20}
        return make_draft(books, "GYS101", wanted, "li", MORNING).number


def store_figures(engine: Engine) -> None:
    """One night's figures, so that the page of looking back has a table and a chart of each part but judgement's, and a
    day's sales for the review."""
    place = {"day": "2025-11-11", "warehouse": "华东仓", "category": "保暖"}
    health = {one.name: 5 for one in stock_health.c if one.name not in place}
    hits = {one.name: 4 for one in forecast_hits.c if one.name not in place}
    result = {"day": "2025-11-11", "kind": "restock", "place": "华东仓", "category": "保暖", "lines": 3, "units": 4}
    with engine.begin() as books:
        books.execute(insert(stock_health), {**place, **health})
        books.execute(insert(forecast_hits), {**place, **hits})
        books.execute(
            insert(plan_results), [{**result, "what": one, "money_micros": 5} for one in ("suggested", "done")]
        )
        sold = {"shop": "tmall", "day": "2025-11-11", "as_of": "2025-11-11"}
        books.execute(
            insert(facts_sales), {**sold, "sku": "A", "units_paid": 3, "paid_micros": 9, "refunded_micros": 0}
        )
        books.execute(insert(fact_versions), {**sold, "fact": "sales", "content_hash": "0" * 64, "rows": 1})


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize(("language", "width"), [("zh", 1440), ("en", 390)])
def test_screen_readers_and_eyes_find_their_way(
    chromium: Any, address: str, listed: Engine, known: Engine, dark: bool, language: str, width: int
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    browser = Browser(chromium, address, dark=dark, language=language, width=width)
    with listed.connect() as connection:
        opened = [
            f"/tasks/{connection.scalar(select(tasks.c.task_id).where(tasks.c.kind == kind).limit(1))}"
            for kind in ("restock", "recall")
        ]
    order = f"/purchases/{ordered(listed)}"
    store_figures(listed)
    for path in (*PAGES, *opened, order, f"{order}/print"):
        page = browser.open(path)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
        found = Axe().run(page).response["violations"]
        serious = [one for one in found if one["impact"] in ("serious", "critical")]
        assert [(path, one["id"], [node["html"][:120] for node in one["nodes"][:3]]) for one in serious] == []
    browser.close()


def test_what_a_figure_means_opens_by_keyboard_and_by_thumb(
    chromium: Any, address: str, listed: Engine, known: Engine
) -> None:
    from playwright.sync_api import expect

    store_figures(listed)
    browser = Browser(chromium, address, language="en")
    page = browser.open("/looking-back")
    meaning = page.locator("#help-accuracy-wape")
    expect(meaning).to_be_hidden()
    page.get_by_role("button", name="What Error (WAPE) means").focus()
    page.keyboard.press("Enter")
    expect(meaning).to_be_visible()
    expect(meaning).to_contain_text("as a share of what was sold")
    page.keyboard.press("Escape")
    expect(meaning).to_be_hidden()
    page = browser.open("/review")
    page.wait_for_selector("#chart svg, #chart canvas")
    page.locator("#figures").get_by_role("button", name="What Average order value means").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#help-figure-7")).to_contain_text("Paid ÷ paid orders")
    page.locator("#breakdown").get_by_role("link", name="Platform").click()
    page.wait_for_selector("#breakdown th:has-text('Platform')")
    browser.close()

    phone = Browser(chromium, address, language="en", width=390)
    page = phone.open("/lists/restock")
    page.locator("[data-open=meanings]").click()
    expect(page.locator("#meanings")).to_contain_text("sales expected to be lost if nothing is ordered")
    page = phone.open("/")
    page.locator(".card .help").nth(1).click()
    assert page.url.endswith("/"), "the card is a link, the question mark upon it is none"
    expect(page.locator("#help-stake-restock")).to_be_visible()
    phone.close()


def test_airflows_language_is_the_first_one_shown(chromium: Any, address: str) -> None:
    browser = Browser(chromium, address)
    browser.context.clear_cookies()
    browser.context.add_init_script("localStorage.setItem('i18nextLng', 'en')")
    page = browser.open("/")
    page.wait_for_selector("h1:has-text('Today')")
    browser.close()


class Silent:
    """A receiver that does not answer."""

    name, is_repeatable = "chat", False

    def send(self, parcel: Any, secrets: Any) -> Outcome:
        return Outcome("unknown", "no answer in time")


@pytest.fixture
def pushed(listed: Engine, tmp_path: Path) -> bytes:
    """The restock list as it was pushed, with two lines answered, one of them with an unlikely quantity; a delivery of
    it to another channel is in doubt."""
    with listed.begin() as connection:
        stored = connection.execute(select(task_lists).where(task_lists.c.kind == "restock")).one()
        enqueue(connection, stored, ["files", "chat"], [], MORNING)
    deliver(listed, [FileChannel("files", str(tmp_path / "pushed")), Silent()], {}, lambda: MORNING)
    book = openpyxl.load_workbook(tmp_path / "pushed" / "补货_2025-11-11.xlsx")
    sheet = book.worksheets[0]
    header, place = codes_of(sheet)
    for row in list(sheet.iter_rows())[header:]:
        sku = row[place["sku"] - 1].value
        if sku in ("SKU001", "SKU002"):
            sheet.cell(row[0].row, place["answer"]).value = "接受"
        if sku == "SKU002":
            sheet.cell(row[0].row, place["answer_quantity"]).value = 9_000
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


DROP = """([data, name]) => {
  const bytes = Uint8Array.from(atob(data), (sign) => sign.charCodeAt(0)), held = new DataTransfer();
  held.items.add(new File([bytes], name));
  for (const what of ["dragover", "drop"]) {
    const event = new DragEvent(what, { dataTransfer: held, bubbles: true, cancelable: true });
    document.querySelector("main").dispatchEvent(event);
  }
}"""


@pytest.mark.parametrize(("language", "width", "dark"), [("zh", 1440, False), ("en", 390, True)])
def test_a_list_is_dropped_onto_a_page_and_what_is_asked_is_confirmed(
    chromium: Any, address: str, listed: Engine, pushed: bytes, language: str, width: int, dark: bool
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    browser = Browser(chromium, address, language=language, width=width, dark=dark)
    page = browser.open("/lists/restock")
    page.evaluate(DROP, [base64.b64encode(pushed).decode(), "补货_2025-11-11.xlsx"])
    page.wait_for_selector("section.receipt")
    wait_for(listed, "SKU001", "accepted")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    found = [one for one in Axe().run(page).response["violations"] if one["impact"] in ("serious", "critical")]
    assert found == []
    page.locator("ul.asked input").check()
    page.locator("ul.asked + p button").click()
    assert read_json(wait_for(listed, "SKU002", "accepted").answer) == {"quantity": 9_000}
    with listed.connect() as connection:
        assert [row.person for row in connection.execute(select(list_views))] == ["li"], "a shown list is opened"
    browser.close()


@pytest.mark.parametrize(("language", "width", "dark"), [("zh", 1440, True), ("en", 390, False)])
def test_what_is_in_doubt_is_sent_again_only_with_a_tick(
    chromium: Any, address: str, listed: Engine, pushed: bytes, language: str, width: int, dark: bool
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    browser = Browser(chromium, address, language=language, width=width, dark=dark)
    page = browser.open("/deliveries?state=unknown")
    page.locator(".acts summary").click()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    found = [one for one in Axe().run(page).response["violations"] if one["impact"] in ("serious", "critical")]
    assert found == []

    def state() -> Any:
        with listed.connect() as connection:
            return connection.scalar(select(outbox.c.state).where(outbox.c.channel == "chat"))

    page.locator(".acts details button").click()
    assert state() == "unknown", "the browser asks for the tick"
    page.locator(".acts details input[type=checkbox]").check()
    page.locator(".acts details button").click()
    page.wait_for_url("**/deliveries")
    assert state() == "pending"
    browser.close()


@pytest.fixture
def waiting(listed: Engine) -> Engine:
    """The list is held as a whole, and a line of it by itself."""
    broken = Broken({("SKU004", "华东仓"): (Reason("line", 40, 7),)}, (Reason("list_lines", 20, 6),))
    held = held_list(lists_of()[0], broken, Remembered(), Limits(Guards()))
    publish_list(listed, held, MORNING, channels=("chat",))
    return listed


@pytest.mark.parametrize(("language", "width", "dark"), [("zh", 1440, False), ("en", 390, True)])
def test_an_approver_rejects_a_line_and_releases_the_list(
    chromium: Any, address: str, waiting: Engine, language: str, width: int, dark: bool
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    browser = Browser(chromium, address, language=language, width=width, dark=dark)
    for path in ("/lists/restock", f"/tasks/{task(waiting, 'SKU004').task_id}", "/approvals"):
        page = browser.open(path)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
        found = [one for one in Axe().run(page).response["violations"] if one["impact"] in ("serious", "critical")]
        assert [(path, one["id"], [node["html"][:120] for node in one["nodes"][:3]]) for one in found] == []

    line = page.locator("tr", has_text="SKU004")
    line.locator("form[action$=reject] button").click()
    assert task(waiting, "SKU004").state == "open", "the browser asks for the reason"
    line.locator("form[action$=reject] input[name=reason]").fill("cartons")
    line.locator("form[action$=reject] button").click()
    browser.settle()
    wait_for(waiting, "SKU004", "refused")
    page.locator("form[action$=release] button").click()
    browser.settle()
    assert page.locator("form[action$=release]").count() == 0
    with waiting.connect() as connection:
        assert connection.scalars(select(outbox.c.state).where(outbox.c.channel == "chat")).all() == ["pending"]
    browser.close()
