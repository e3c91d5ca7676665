"""A list handed back on the desk: entered as who is logged in, doubted as in the folder, kept, and within rights."""

import io
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlalchemy import Engine, select, update

from include.tasks.acts import Act, act_all
from include.tasks.answers.hand_back_folder import folders_of_the_desk
from include.tasks.channels.delivery import deliver
from include.tasks.channels.file import FileChannel
from include.tasks.channels.outbox import enqueue
from include.tasks.task_events import tasks_off_the_log, verify_chain
from include.tasks.task_tables import outbox, task_lists, tasks
from tests.list_sheets import codes_of

MORNING = datetime(2025, 11, 12, 8)
Fill = Callable[..., bytes]


@pytest.fixture
def fill(listed: Engine, tmp_path: Path) -> Fill:
    """A list as it was pushed, with cells typed into, by sku and column code."""
    with listed.begin() as connection:
        for stored in connection.execute(select(task_lists)).all():
            enqueue(connection, stored, ["files"], [], MORNING)
    deliver(listed, [FileChannel("files", str(tmp_path / "pushed"), formats=("xlsx",))], {}, lambda: MORNING)

    def filled(answers: dict[str, dict[str, Any]], name: str = "补货_2025-11-11.xlsx", key: str = "sku") -> bytes:
        book = openpyxl.load_workbook(tmp_path / "pushed" / name)
        sheet = book.worksheets[0]
        header, place = codes_of(sheet)
        for row in list(sheet.iter_rows())[header:]:
            for code, value in answers.get(str(row[place[key] - 1].value), {}).items():
                sheet.cell(row[0].row, place[code]).value = value
        out = io.BytesIO()
        book.save(out)
        return out.getvalue()

    return filled


def send(client: Any, content: bytes, name: str = "补货_2025-11-11.xlsx", **more: Any) -> Any:
    return client.post("/hand-back", files={"file": (name, content)}, **more)


def state(books: Engine, sku: str) -> tuple[str, str]:
    with books.connect() as connection:
        row = connection.execute(select(tasks).where(tasks.c.kind == "restock", tasks.c.sku == sku)).one()
        assert verify_chain(connection) is None
        assert not tasks_off_the_log(connection)
    return row.state, row.changed_by


def kept(desk: Any) -> list[Path]:
    return sorted(one for one in desk.workspace.home.rglob("*") if one.is_file() and "已处理" in one.parts)


def test_a_dropped_list_is_entered_as_who_is_logged_in_and_kept(listed: Engine, desk: Any, fill: Fill) -> None:
    content = fill(
        {
            "SKU001": {"answer": "接受"},
            "SKU002": {"answer": "完成", "answer_quantity": 24, "answer_expected_day": "11月20日"},
            "SKU003": {"answer": "拒绝"},
        }
    )
    answer = send(desk.client_of("小王"), content)
    assert answer.status_code == 200
    assert state(listed, "SKU001") == ("accepted", "小王")
    assert state(listed, "SKU002") == ("done", "小王")
    assert state(listed, "SKU003")[0] == "open", "a refusal says why"
    assert "未录入的行" in answer.text
    assert "SKU003" in answer.text
    (file,) = kept(desk)
    assert file.parent.name == "小王"
    assert file.read_bytes() == content
    assert file.name in answer.text


def test_the_same_file_is_entered_once(listed: Engine, desk: Any, fill: Fill) -> None:
    content, client = fill({"SKU001": {"answer": "接受"}}), desk.client_of("小王")
    send(client, content)
    assert "2025-11-12 08:30" in send(client, content).text
    assert len(kept(desk)) == 1
    assert state(listed, "SKU001")[0] == "accepted"


def test_another_persons_answer_is_asked_about_and_confirmed_on_the_page(listed: Engine, desk: Any, fill: Fill) -> None:
    with listed.begin() as connection:
        task = connection.scalar(select(tasks.c.task_id).where(tasks.c.sku == "SKU001", tasks.c.kind == "restock"))
        act_all(connection, [Act(str(task), "refused", {"reason": "换季"})], "小李", MORNING)
    client = desk.client_of("小王")
    page = send(
        client, fill({"SKU001": {"answer": "接受"}, "SKU002": {"answer": "接受", "answer_quantity": 9_000}})
    ).text
    assert state(listed, "SKU001") == ("refused", "小李")
    assert state(listed, "SKU002")[0] == "open"
    assert "请先确认" in page
    assert "小李" in page
    digest = page.partition('name="digest" value="')[2].partition('"')[0]
    rows = [part.partition('"')[0] for part in page.split('name="row" value="')[1:]]
    assert len(rows) == 2
    assert client.post("/hand-back/confirm", data={"digest": digest, "row": rows[:1]}).status_code == 200
    assert [state(listed, sku)[0] for sku in ("SKU001", "SKU002")].count("accepted") == 1, "only what was ticked"
    client.post("/hand-back/confirm", data={"digest": digest, "row": rows})
    assert state(listed, "SKU001") == ("accepted", "小王")
    assert state(listed, "SKU002") == ("accepted", "小王")


def test_nobody_confirms_what_another_person_handed_back(listed: Engine, desk: Any, fill: Fill) -> None:
    page = send(desk.client_of("小王"), fill({"SKU002": {"answer": "接受", "answer_quantity": 9_000}})).text
    digest = page.partition('name="digest" value="')[2].partition('"')[0]
    row = page.partition('name="row" value="')[2].partition('"')[0]
    for who in ("小李", "../小王"):
        answer = desk.client_of(who).post("/hand-back/confirm", data={"digest": digest, "row": row})
        assert answer.status_code == 404
    assert state(listed, "SKU002")[0] == "open"


def test_lines_beyond_a_persons_part_are_refused(
    listed: Engine, tmp_path: Path, make_desk_on: Callable[..., Any], fill: Fill
) -> None:
    south = {"小王": {"warehouses": ["华南仓"], "shops": [], "categories": []}}
    client = make_desk_on(listed, tmp_path, scopes=south).client_of("小王")
    page = send(client, fill({"SKU001": {"answer": "接受"}, "SKU003": {"answer": "接受"}})).text
    assert (state(listed, "SKU001")[0], state(listed, "SKU003")[0]) == ("open", "accepted")
    assert "不在您负责的范围内" in page


def test_who_may_not_answer_a_kind_enters_nothing(
    listed: Engine, tmp_path: Path, make_desk_on: Callable[..., Any], fill: Fill
) -> None:
    desk = make_desk_on(listed, tmp_path, planner=["小王"], clerk=["小周"])
    content = fill({"SKU001": {"answer": "接受"}})
    assert "没有处理这种清单的权限" in send(desk.client_of("小周", "none"), content).text
    assert state(listed, "SKU001")[0] == "open"
    assert send(desk.client_of("小赵", "viewer"), content).status_code == 403
    assert "未录入" in kept(desk)[0].name, "it is kept all the same"


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("photo.xlsx", b"\x89PNG\r\n\x1a\n123", "图片"),
        ("orders.csv", "商品,数量\nA,1\n".encode(), ""),
        ("broken.xlsx", b"PK\x03\x04" + b"x" * 100, ""),
        ("../../etc/passwd", b"", ""),
    ],
)
def test_what_is_no_list_is_told_and_kept(desk: Any, name: str, content: bytes, told: str) -> None:
    answer = send(desk.client_of("小王"), content, name)
    assert answer.status_code == 200
    assert told in answer.text
    (file,) = kept(desk)
    assert (file.parent.name, file.read_bytes()) == ("小王", content)


def test_an_older_list_is_entered_and_says_so(listed: Engine, desk: Any, fill: Fill) -> None:
    content = fill({"SKU001": {"answer": "接受"}})
    with listed.begin() as connection:
        newer = dict(connection.execute(select(task_lists).where(task_lists.c.kind == "restock")).one()._mapping)
        connection.execute(task_lists.insert().values({**newer, "list_id": "newer", "day": "2025-11-12"}))
    page = send(desk.client_of("小王"), content).text
    assert "2025-11-12" in page
    assert state(listed, "SKU001")[0] == "accepted"


def test_a_list_of_other_books_is_refused(listed: Engine, desk: Any, fill: Fill) -> None:
    content = fill({"SKU001": {"answer": "接受"}})
    with listed.begin() as connection:
        connection.execute(update(outbox).values(kind="chase"))
    send(desk.client_of("小王"), content)
    assert state(listed, "SKU001")[0] == "open"


def test_what_cannot_be_kept_is_not_entered(
    listed: Engine, desk: Any, fill: Fill, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.write_bytes", full)
    answer = send(desk.client_of("小王"), fill({"SKU001": {"answer": "接受"}}))
    assert answer.status_code == 500
    assert "No space left" in answer.text
    assert state(listed, "SKU001")[0] == "open"


def test_too_much_is_refused_before_it_is_read(desk: Any) -> None:
    client = desk.client_of("小王")
    assert client.post("/hand-back", headers={"content-length": "900000000"}).status_code == 413
    assert client.post("/hand-back").status_code == 400


def test_a_list_page_has_a_place_to_drop_it_for_whoever_may_answer(desk: Any) -> None:
    assert "data-drop" in desk.client_of("小王").get("/lists/restock").text
    assert "data-drop" not in desk.client_of("小赵", "viewer").get("/lists/restock").text
    assert desk.client_of("小王", language="en").get("/hand-back").text.count("Drop a list") == 1


def test_without_a_hand_back_folder_it_is_kept_in_one_of_its_own_and_forgotten_like_the_others(
    listed: Engine, desk: Any, fill: Fill
) -> None:
    merchant = desk.workspace.merchant
    closed = merchant.model_copy(update={"hand_back": merchant.hand_back.model_copy(update={"open": False})})
    place = replace(desk.workspace, merchant=closed)
    (folder,) = folders_of_the_desk(closed, place.home)
    assert folder.folder == place.home / "交回"
    desk.app.state.host = replace(desk.app.state.host, workspace=lambda: place)
    send(desk.client_of("小王"), fill({"SKU001": {"answer": "接受"}}))
    assert len(kept(desk)) == 1
    assert folder.forget(time.time() + 60) == 1
    assert kept(desk) == []
