"""Whoever may put a file into a shop's folder reaches the engineer's browser through Data Docs, by the file's name."""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from include.pipeline.write_data_docs import draw_data_docs
from include.quality.data_docs import LEFT_BEHIND_SECONDS
from tests.desk.test_in_chromium import CHROMIUM
from tests.pipeline.erp_merchant import DAY, SOLD, ErpMerchant, sale

RAN = "document.documentElement.dataset.ran='yes'"
NAMES = (
    f"1<svg onload={RAN}>.csv",
    f"2'\"><img src=x onerror={RAN}>.csv",
    f"3<details open ontoggle={RAN}>.csv",
    f"4<style onload={RAN}>.csv",
    f"5<script>{RAN}<script>.csv",
)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    if not Path(CHROMIUM).exists():
        pytest.skip("Chromium is not installed on this machine (apt install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The pages of a day with a good and a bad row under each hostile name, and hostile cells."""
    shop = ErpMerchant.at(tmp_path_factory.mktemp("home"))
    for number, name in enumerate(NAMES):
        rows = sale(f"7{number}", "A"), sale(f"8{number}", "A", units=0), sale(f"9{number}", f"<svg onload={RAN}>")
        shop.put("web", DAY, name, SOLD, *rows)
    shop.live(DAY)
    index = draw_data_docs(shop.workspace, DAY)
    shop.workspace.books.dispose()
    assert index is not None
    return sorted(Path(index).parent.rglob("*.html"))


def has_run(browser: Any, page: Path) -> bool:
    """Whether the page ran a script of a file's name, or asked another place for anything."""
    asked: list[str] = []
    tab = browser.new_page()
    tab.on("request", lambda request: asked.append(request.url))
    tab.goto(page.as_uri())
    tab.wait_for_timeout(50)
    ran = tab.evaluate("document.documentElement.dataset.ran")
    tab.close()
    return ran is not None or any(not url.startswith(("file:", "data:")) for url in asked)


def test_nothing_runs_in_the_pages_of_files_with_hostile_names(chromium: Any, pages: list[Path]) -> None:
    assert len(pages) > len(NAMES)
    assert any("onload=" in page.read_text(encoding="utf-8") for page in pages), "the names are shown, as text"
    assert [page.name for page in pages if has_run(chromium, page)] == []


def test_the_policy_stops_what_would_not_be_escaped(chromium: Any, pages: list[Path], tmp_path: Path) -> None:
    spoiled = tmp_path / "spoiled.html"
    text = pages[0].read_text(encoding="utf-8")
    hostile = "".join(name.removesuffix(".csv") for name in NAMES)
    spoiled.write_text(text.replace("</body>", f"{hostile}</body>"), encoding="utf-8")
    assert not has_run(chromium, spoiled)
    # without the policy it does run: the test would see it
    without = tmp_path / "without.html"
    without.write_text(f"<html><body>{hostile}</body></html>", encoding="utf-8")
    assert has_run(chromium, without)


def test_pages_that_a_killed_process_was_drawing_go_with_the_next_ones(tmp_path: Path) -> None:
    shop = ErpMerchant.at(tmp_path)
    shop.put("web", DAY, "a.csv", SOLD, sale("7", "A"))
    shop.live(DAY)
    docs = Path(shop.workspace.merchant.data_docs)
    long_ago = time.time() - LEFT_BEHIND_SECONDS - 60
    for name in (f".{DAY}.7.draft", f".{DAY}.7.old", f".{DAY}.8.draft"):
        (docs / name / "validations").mkdir(parents=True)
        if ".7." in name:
            os.utime(docs / name, (long_ago, long_ago))
    draw_data_docs(shop.workspace, DAY)
    assert sorted(one.name for one in docs.iterdir()) == [f".{DAY}.8.draft", DAY, "results"]
    shop.workspace.books.dispose()
