"""Whether 300 lines can be worked in five minutes: `python -m benchmarks.desk_session`.

A scripted planner in Chromium, with keys and mouse alone: looks at the 30 most urgent lines one by one (accepts, writes
another quantity, refuses, snoozes, takes back), then supplier by supplier accepts what is left with two clicks, and the
rest of the list at once. Between two doings the planner waits `--pause` seconds. Tells how long it took, what is left
open, and how long the server needed for each kind of page.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Engine, func, select

from benchmarks.desk import books_at, fill, served
from include.tasks.task_tables import tasks
from include.warehouse.migrate import migrate

CHROMIUM = "/usr/bin/chromium"
ONE_BY_ONE, SUPPLIERS = 30, 8


class Planner:
    """A person at a browser: every doing is followed by a pause."""

    def __init__(self, page: Any, pause: float) -> None:
        self.page, self.pause, self.doings = page, pause, Counter[str]()

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)
            self._rest(f"key {key}" if len(key) == 1 else "key")

    def write(self, text: str) -> None:
        self.page.keyboard.type(text)
        self._rest("typed")

    def click(self, query: str, **more: Any) -> None:
        self.page.locator(query, **more).first.click()
        self._rest("click")

    def _rest(self, doing: str) -> None:
        self.doings[doing] += 1
        self.page.wait_for_timeout(self.pause * 1000)


def one_by_one(planner: Planner) -> None:
    """The most urgent lines by keyboard."""
    planner.press("j")
    for place in range(ONE_BY_ONE):
        kind = place % 6
        if kind == 3:
            planner.press("e")
            planner.write("7")
            planner.press("Enter")
            if planner.page.locator("#ask[open]").count():
                planner.click("#ask button.main")
        elif kind == 4:
            planner.press("r")
            planner.write("供应商没货")
            planner.press("Enter")
        elif kind == 5:
            planner.press("s")
            planner.click("#snooze [data-days='3']")
            planner.press("u", "a")
        else:
            planner.press("a")
        planner.page.wait_for_selector("tr.current.open")


def by_supplier(planner: Planner) -> None:
    """What is left of some suppliers, each with a filter and two clicks."""
    for place in range(SUPPLIERS):
        planner.click("details.pickone summary", has_text="供应商")
        boxes = planner.page.locator("details.pickone input[name=supplier]")
        if place:
            boxes.nth(place - 1).uncheck()
        boxes.nth(place).check()
        planner.click("h1")
        planner.page.wait_for_load_state("networkidle")
        if planner.page.locator("tr.line.open").count():
            planner.click("[data-pick-all]")
            planner.click("#bulk button[data-act=accept]")
            planner.page.wait_for_load_state("networkidle")


def the_rest(planner: Planner, address: str) -> None:
    """All pages of the list at once."""
    planner.page.goto(f"{address}/lists/restock?tab=open")
    planner.click("[data-pick-all]")
    if planner.page.locator("[data-pick-list]").is_visible():
        planner.click("[data-pick-list]")
    planner.click("#bulk button[data-act=accept]")
    planner.page.wait_for_load_state("networkidle")


def left(books: Engine) -> dict[str, int]:
    with books.connect() as connection:
        rows = connection.execute(select(tasks.c.state, func.count()).group_by(tasks.c.state))
        return {str(state): int(lines) for state, lines in rows}


def main() -> None:
    from playwright.sync_api import sync_playwright

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=300)
    parser.add_argument("--pause", type=float, default=0.5, help="seconds between two doings")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, books_at(Path(folder)) as books:
        migrate(books)
        fill(books, options.lines)
        with served(books, Path(folder)) as (address, _), sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
            context = browser.new_context(extra_http_headers={"x-visitor": "newcomer"})
            context.add_cookies([{"name": "storekeeper_language", "value": "zh", "url": address}])
            page, took = context.new_page(), dict[str, list[float]]()

            def note(request: Any) -> None:
                path, times = urlsplit(request.url).path, request.timing
                what = f"{request.method} /{path.split('/')[1]}"
                if not path.startswith("/static") and times["responseStart"] > 0:
                    took.setdefault(what, []).append(times["responseStart"] - times["requestStart"])

            page.on("requestfinished", note)
            page.goto(f"{address}/lists/restock")
            page.wait_for_load_state("networkidle")
            planner, began = Planner(page, options.pause), time.perf_counter()
            one_by_one(planner)
            by_supplier(planner)
            the_rest(planner, address)
            seconds = time.perf_counter() - began
            browser.close()
        states = left(books)
    print(
        f"{options.lines} lines worked in {seconds:.0f} s with {planner.doings.total()} doings of {options.pause} s; "
        f"now {', '.join(f'{lines} {state}' for state, lines in sorted(states.items()))}"
    )
    for what, milliseconds in sorted(took.items()):
        print(
            f"  {what:14} {len(milliseconds):4} requests, median {statistics.median(milliseconds):4.0f} ms, "
            f"longest {max(milliseconds):4.0f} ms until the first byte"
        )


if __name__ == "__main__":
    main()
