"""A kind of list that docs/adding-a-list-kind.md adds is on the desk by itself."""

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from include.tasks.acts import tasks_by_id
from include.tasks.drafts import TaskList, draft, task_id
from include.tasks.publish_list import publish_list
from tests.new_kind import added_kind

DAY = "2025-11-12"


def test_its_list_is_shown_opened_and_answered(
    listed: Engine, desk: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind = added_kind(tmp_path, monkeypatch)
    assert "要先有相关的文件" in desk.client_of("小王").get("/lists/stocktake").text, "while there is none yet"
    line = draft(kind, DAY, {"sku": "A", "title": "乌龙茶", "warehouse": "华东仓", "on_hand": 12, "quantity": 9})
    publish_list(listed, TaskList("stocktake", DAY, [line]), datetime(2025, 11, 13, 7))
    client, task = desk.client_of("小王"), task_id("stocktake", DAY, line.subject)

    assert "盘点" in client.get("/").text
    page = client.get("/lists/stocktake").text
    assert "账上件数" in page
    assert "乌龙茶" in page
    assert client.get(f"/tasks/{task}").status_code == 200
    with listed.connect() as connection:
        (row,) = tasks_by_id(connection, [task]).values()
    client.post("/tasks/act", data={"act": "done", "task": f"{task}:{row.changed_seq}"})
    with listed.connect() as connection:
        (row,) = tasks_by_id(connection, [task]).values()
    assert (row.state, row.changed_by) == ("done", "小王")
