"""What-ifs of many people at once: each needs the whole processor, so that they are answered one after the other."""

import asyncio
from threading import Event, Lock
from typing import Any

import httpx
import pytest
from fastapi.responses import HTMLResponse
from sqlalchemy import Engine, select

from include.desk.csrf import token_for
from include.desk.routes import line_pages
from include.tasks.task_tables import tasks
from tests.desk.conftest import SECRET, WHO

PEOPLE = 50  # more than the threads that all other pages share


def test_they_take_turns_and_other_pages_need_not_wait(
    desk: Any, listed: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock, running, most, goes_on = Lock(), [0], [0], Event()

    def slow(*asked: Any) -> HTMLResponse:
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        goes_on.wait()
        with lock:
            running[0] -= 1
        return HTMLResponse("")

    monkeypatch.setattr(line_pages, "_what_if", slow)
    with listed.connect() as connection:
        task = connection.scalars(select(tasks.c.task_id).where(tasks.c.kind == "restock")).first()

    async def ask() -> list[int]:
        transport = httpx.ASGITransport(app=desk.app)
        headers = {WHO: "li;user", "x-csrf-token": token_for("li", SECRET)}
        async with httpx.AsyncClient(transport=transport, base_url="http://desk", headers=headers) as client:
            asked = [asyncio.create_task(client.get(f"/tasks/{task}/what-if?level=90")) for _ in range(PEOPLE)]
            while not running[0] and not any(one.done() for one in asked):
                await asyncio.sleep(0.01)
            page = await client.get(f"/tasks/{task}/sum?quantity=3")
            assert not any(one.done() for one in asked), "the page was answered while all of them wait"
            goes_on.set()
            return [page.status_code, *(one.status_code for one in await asyncio.gather(*asked))]

    assert asyncio.run(ask()) == [200] * (PEOPLE + 1)
    assert most == [1]
