"""Other systems report by webhook what was done: signed, entered once, doubted as sheets are, and nothing is lost."""

import json
import re
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from fastapi.testclient import TestClient
from pydantic import ValidationError
from sqlalchemy import Engine, func, select

from include.settings.desk import Desk as Settings
from include.tasks.acts import Act, act_all
from include.tasks.answers import reported
from include.tasks.by_hand.desk_log import verify_desk_log
from include.tasks.canonical_json import read_json
from include.tasks.channels.webhook import signature
from include.tasks.publish_list import publish_list
from include.tasks.task_events import tasks_off_the_log, verify_chain
from include.tasks.task_tables import desk_events, task_events, tasks
from tests.desk.conftest import lists_of

SECRET = "a secret of the erp alone"
NOW = datetime(2025, 11, 12, 0, 30, tzinfo=UTC)
SENDERS = [
    {"name": "erp", "role": "planner", "connection": "of_erp", "scope": {"warehouses": ["华东仓"]}, "language": "en"},
    {"name": "calls", "role": "clerk", "connection": "of_calls"},
    {"name": "bare", "role": "planner", "connection": "without_password"},
]
SECRETS = {"of_erp": SECRET, "of_calls": "a secret of the call centre", "without_password": ""}
ROOT = Path(__file__).parents[2]


@pytest.fixture
def reporting(listed: Engine, tmp_path: Path, make_desk_on: Callable[..., Any]) -> Any:
    return make_desk_on(listed, tmp_path, secrets=SECRETS, senders=SENDERS)


def send(desk: Any, body: Any, at: int | None = None, sender: str = "erp", **headers: str) -> Any:
    data = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
    stamp = str(int(NOW.timestamp()) if at is None else at)
    secret = SECRETS.get({"erp": "of_erp", "calls": "of_calls"}.get(sender, ""), "")
    signed = {
        "x-storekeeper-sender": sender,
        "x-storekeeper-timestamp": stamp,
        "x-storekeeper-signature": signature(secret, stamp, data),
    }
    client = TestClient(desk.app, follow_redirects=False)
    return client.post("/api/answers", content=data, headers={**signed, **headers})


def report(*answers: dict[str, Any], key: str = "k1") -> dict[str, Any]:
    return {"delivery_key": key, "answers": list(answers)}


def task_of(books: Engine, sku: str = "SKU001", kind: str = "restock") -> str:
    with books.connect() as connection:
        name = tasks.c.sku if kind != "recall" else tasks.c.customer
        return str(connection.scalar(select(tasks.c.task_id).where(name == sku, tasks.c.kind == kind)))


def state(books: Engine, task: str) -> tuple[str, str, dict[str, Any]]:
    with books.connect() as connection:
        row = connection.execute(select(tasks).where(tasks.c.task_id == task)).one()
        assert verify_chain(connection) is None
        assert verify_desk_log(connection) is None
        assert not tasks_off_the_log(connection)
    return row.state, row.changed_by, read_json(row.answer)


def events(books: Engine) -> tuple[Any, ...]:
    with books.connect() as connection:
        return tuple(connection.scalar(select(func.count()).select_from(one)) for one in (task_events, desk_events))


def test_each_answer_is_entered_asked_or_refused_and_the_receipt_says_which(listed: Engine, reporting: Any) -> None:
    done, many, south, elsewhere, unsaid = (
        task_of(listed, sku) for sku in ("SKU001", "SKU002", "SKU003", "SKU004", "SKU005")
    )
    taken = send(
        reporting,
        report(
            {"task_id": done, "answer": "done", "quantity": 24, "expected_day": "2025-11-20", "by": "王敏",
             "at": "2025-11-12T08:05:00+08:00", "subject": {"sku": "SKU001", "warehouse": "华东仓"}},
            {"task_id": many, "answer": "接受", "quantity": 9_000, "reason": "confirm: the machine says so"},
            {"task_id": south, "answer": "done"},
            {"task_id": elsewhere, "answer": "done", "subject": {"sku": "SKU999"}},
            {"task_id": unsaid, "answer": "refuse"},
            {"task_id": "nothing", "answer": "done"},
            {"task_id": unsaid, "answer": "done", "colour": "red"},
            "done",
            {"task_id": task_of(listed, "c0001", "recall"), "answer": "interested"},
        ),
    )  # fmt: skip
    assert taken.status_code == 200
    receipt = taken.json()
    assert receipt["totals"] == {"answers": 9, "entered": 1, "changed": 1, "asked": 1, "refused": 7}
    assert [one["row"] for one in receipt["answers"]] == list(range(1, 10))
    assert [one["result"] for one in receipt["answers"]] == ["entered", "asked", *["refused"] * 7]
    assert [one.get("field") for one in receipt["answers"][1:]] == [
        "quantity", "task_id", "subject.sku", "reason", "task_id", "colour", "", "task_id",
    ]  # fmt: skip
    assert receipt["answers"][1]["message"] == "over 3 times the suggested 20"
    assert "SKU004" in receipt["answers"][3]["message"], "the refusal names what the task is about"
    told = state(listed, done)
    assert told[:2] == ("done", "erp")
    assert told[2] == {"quantity": 24, "expected_day": "2025-11-20", "note": "王敏, 2025-11-12T08:05:00+08:00"}
    for task in (many, south, elsewhere, unsaid):
        assert state(listed, task)[0] == "open"


def test_a_call_centre_reports_what_came_of_calls(listed: Engine, reporting: Any) -> None:
    called, restock = task_of(listed, "c0001", "recall"), task_of(listed)
    taken = send(
        reporting,
        report({"task_id": called, "outcome": "not_interested"}, {"task_id": restock, "answer": "done"}),
        sender="calls",
    ).json()
    assert [one["result"] for one in taken["answers"]] == ["entered", "refused"]
    assert "role" in taken["answers"][1]["message"]
    assert state(listed, called)[2]["outcome"] == "not_interested"
    assert state(listed, restock)[0] == "open"


def test_another_persons_word_stands_until_a_person_confirms_the_report(listed: Engine, reporting: Any) -> None:
    task = task_of(listed)
    with listed.begin() as connection:
        act_all(connection, [Act(task, "refused", {"reason": "换季"})], "小李", datetime(2025, 11, 12, 8))
    answer = send(reporting, report({"task_id": task, "answer": "done", "quantity": 12})).json()["answers"][0]
    assert (answer["result"], state(listed, task)[1]) == ("asked", "小李")
    assert "小李" in answer["message"]
    client = reporting.client_of("小王")
    assert "没有录入" in client.get(f"/tasks/{task}").text
    page = client.get("/hand-back").text
    assert "erp" in page
    number = re.search(r'name="number" value="(\d+)"', page)
    assert number
    assert client.post("/hand-back/reported", data={"number": number[1]}).status_code == 303
    assert state(listed, task)[:2] == ("done", "小王"), "it is the word of who confirmed it"
    assert 'name="number"' not in client.get("/hand-back").text
    assert client.post("/hand-back/reported", data={"number": number[1]}).status_code == 409
    assert 'name="number"' not in reporting.client_of("小赵", "viewer").get("/hand-back").text


def test_an_answer_that_comes_late_does_not_change_a_later_one(listed: Engine, reporting: Any) -> None:
    task = task_of(listed)
    send(reporting, report({"task_id": task, "answer": "accept", "quantity": 12, "at": "2025-11-12T08:20:00+08:00"}))
    late = {"task_id": task, "answer": "accept", "quantity": 10, "at": "2025-11-12T07:00:00+08:00"}
    told = send(reporting, report(late, key="k2")).json()["answers"][0]
    assert (told["result"], state(listed, task)[2]["quantity"]) == ("asked", 12)
    ahead = {"task_id": task, "answer": "done", "at": "2025-11-12T09:00:00+08:00"}
    assert send(reporting, report(ahead, key="k3")).json()["answers"][0]["field"] == "at"


@pytest.mark.parametrize(
    "fault", ["signature", "body", "timestamp", "old", "early", "sender", "secret", "none", "empty secret"]
)
def test_nothing_is_entered_without_a_right_and_fresh_signature(listed: Engine, reporting: Any, fault: str) -> None:
    before, now = events(listed), int(NOW.timestamp())
    body = json.dumps(report({"task_id": task_of(listed), "answer": "done"})).encode()
    good = signature(SECRET, str(now), body)
    assert {
        "signature": lambda: send(reporting, body, **{"x-storekeeper-signature": "sha256=" + "0" * 64}),
        "body": lambda: send(reporting, body + b" ", **{"x-storekeeper-signature": good}),
        "timestamp": lambda: send(reporting, body, at=now + 1, **{"x-storekeeper-signature": good}),
        "old": lambda: send(reporting, body, at=now - 301),
        "early": lambda: send(reporting, body, at=now + 301),
        "sender": lambda: send(reporting, body, **{"x-storekeeper-sender": "calls"}),
        "secret": lambda: send(reporting, body, sender="nobody"),
        "none": lambda: TestClient(reporting.app).post("/api/answers", content=body),
        "empty secret": lambda: send(reporting, body, sender="bare"),
    }[fault]().status_code == 401
    assert events(listed) == before


def test_what_cannot_be_read_is_told_with_its_place(listed: Engine, reporting: Any) -> None:
    before, answer = events(listed), {"task_id": task_of(listed), "answer": "done"}
    for body, place in (
        (b'{"delivery_key": "k",\n "answers": [}', {"line": 2, "column": 14}),
        (b"\xff", {}),
        (b"[]", {"field": ""}),
        (b'{"answers": [NaN], "delivery_key": "k"}', {}),
        (b'{"answers": ["\\ud800"], "delivery_key": "k"}', {}),
        (b"[" * 100_000, {}),
        ({"answers": [answer]}, {"field": "delivery_key"}),
        ({"delivery_key": "a b", "answers": [answer]}, {"field": "delivery_key"}),
        ({"delivery_key": "k", "answers": []}, {"field": "answers"}),
        ({"delivery_key": "k", "answers": [answer], "more": 1}, {"field": "more"}),
    ):
        told = send(reporting, body)
        assert (told.status_code, told.json()["error"]["code"]) == (400, "malformed"), body
        assert told.json()["error"].items() >= place.items()
    assert send(reporting, report(*[answer] * 1_001)).status_code == 413
    assert send(reporting, b" " * 1_000_001).status_code == 413
    assert events(listed) == before


def test_too_many_at_once_are_asked_to_come_again(listed: Engine, reporting: Any) -> None:
    places, body = reporting.app.state.reports, report({"task_id": task_of(listed), "answer": "done"})
    held = 0
    while places.acquire(blocking=False):
        held += 1
    told = send(reporting, body)
    assert (told.status_code, told.headers["retry-after"]) == (429, "5")
    places.release(held)
    assert send(reporting, body).status_code == 200


@pytest.fixture
def reported_on(books: Engine, tmp_path: Path, make_desk_on: Callable[..., Any]) -> Any:
    """Two desks on the same books, as two workers of a web server are, on each database."""
    for one in lists_of(lines=4):
        publish_list(books, one, datetime(2025, 11, 12, 7))
    return [make_desk_on(books, tmp_path, secrets=SECRETS, senders=SENDERS) for _ in range(2)]


def test_a_delivery_is_entered_once_whoever_takes_it_and_however_often(books: Engine, reported_on: Any) -> None:
    body = report({"task_id": task_of(books), "answer": "done", "quantity": 12}, {"task_id": "x", "answer": "done"})
    with ThreadPoolExecutor(6) as pool:
        taken = list(pool.map(lambda n: send(reported_on[n % 2], body), range(6)))
    assert {one.status_code for one in taken} <= {200, 429}
    receipts = {one.content for one in taken if one.status_code == 200}
    assert len(receipts) == 1
    assert sum("idempotent-replayed" not in one.headers for one in taken if one.status_code == 200) == 1
    after = events(books)
    again = send(reported_on[1], body, at=int(NOW.timestamp()) + 60)
    assert (again.content, again.headers["idempotent-replayed"]) == (receipts.pop(), "true")
    assert events(books) == after
    other = send(reported_on[0], report({"task_id": task_of(books), "answer": "refuse", "reason": "no"}))
    assert (other.status_code, events(books)) == (409, after)
    assert state(books, task_of(books))[:2] == ("done", "erp")


def test_a_delivery_whose_process_died_has_entered_nothing_and_comes_again(
    books: Engine, reported_on: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    body, before = report({"task_id": task_of(books), "answer": "done", "quantity": 12}), events(books)

    def dies(*_: Any) -> None:
        raise RuntimeError("killed")

    monkeypatch.setattr(reported, "note_doings", dies)  # after the answers were written, before their receipt is
    with pytest.raises(RuntimeError, match="killed"):
        send(reported_on[0], body)
    assert events(books) == before
    monkeypatch.undo()
    assert send(reported_on[1], body).json()["totals"]["changed"] == 1
    assert state(books, task_of(books))[0] == "done"


def test_a_sender_has_a_name_and_a_secret_of_its_own() -> None:
    one = {"name": "erp", "role": "planner", "connection": "of_erp"}
    for wrong in ([one, {**one, "connection": "b"}], [one, {**one, "name": "wms"}], [{**one, "name": "storekeeper"}]):
        with pytest.raises(ValidationError):
            Settings.model_validate({"senders": wrong})
    with pytest.raises(ValidationError):
        Settings.model_validate({"senders": [one], "planner": ["erp"]})
    with pytest.raises(ValidationError):
        Settings.model_validate({"senders": [{**one, "role": "approver"}]})


@pytest.fixture
def served(listed: Engine, tmp_path: Path, make_desk_on: Callable[..., Any]) -> Iterator[str]:
    """The desk on a port of this machine, at the time that it is now."""
    desk = make_desk_on(listed, tmp_path, now=datetime.now(UTC), secrets=SECRETS, senders=SENDERS)
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(desk.app, log_level="warning"))
    thread = threading.Thread(target=server.run, args=([listening],))
    thread.start()
    while not server.started and thread.is_alive():
        time.sleep(0.02)
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    server.should_exit = True
    thread.join()
    listening.close()


@pytest.mark.skipif(not (shutil.which("curl") and shutil.which("openssl")), reason="curl or openssl is not installed")
def test_the_example_of_the_documentation_is_taken(listed: Engine, served: str) -> None:
    text = (ROOT / "docs" / "webhook.md").read_text(encoding="utf-8")
    example = text.split("```sh\n")[1].split("```")[0]
    task = task_of(listed, "SKU002")
    for name, value in (
        ("https://airflow.example.com/storekeeper", served),
        ("THE_SECRET", f"'{SECRET}'"),
        ("TASK_ID", task),
    ):
        assert name in example
        example = example.replace(name, value)
    run = subprocess.run(["bash", "-c", example], capture_output=True, check=True, text=True)
    assert json.loads(run.stdout)["totals"] == {"answers": 1, "entered": 1, "changed": 1, "asked": 0, "refused": 0}
    assert state(listed, task)[:2] == ("done", "erp")


@pytest.mark.parametrize(
    "said",
    [
        '"quantity": 1e400', '"quantity": 1e308', '"quantity": -3', '"quantity": 12.5', '"quantity": 0',
        f'"quantity": {10**30}', '"quantity": "1_000"', '"quantity": true', '"expected_day": "2025-02-30"',
        '"at": "0001-01-01T00:00:00+14:00"', '"at": "9999-12-31T23:59:59-12:00"', '"by": "storekeeper"',
        '"subject": {"sku": {"a": 1}}', '"subject": {"sku": [1e400]}', '"reason": "\\u0000=cmd()", "outcome": "done"',
        '"outcome": ["done"]',
    ],
)  # fmt: skip
def test_no_value_of_an_answer_is_too_odd_to_be_told(listed: Engine, reporting: Any, said: str) -> None:
    task = task_of(listed)
    body = f'{{"delivery_key": "k", "answers": [{{"task_id": "{task}", "answer": "done", {said}}}]}}'
    taken = send(reporting, body.encode())
    assert taken.status_code == 200, taken.text
    (told,) = taken.json()["answers"]
    assert told["result"] in ("refused", "asked")
    assert told["field"]
    assert state(listed, task)[0] == "open"
    assert reporting.client_of("小王").get("/hand-back").status_code == 200


def test_nobody_can_log_in_as_a_system(listed: Engine, reporting: Any) -> None:
    """Airflow's users are not known to the settings: one may be called as a sender is."""
    assert reporting.client_of("erp", "admin").get("/lists/restock").status_code == 403


def test_a_receipt_names_no_customer_and_when_it_was_done_is_kept(listed: Engine, reporting: Any) -> None:
    call, order = task_of(listed, "c0001", "recall"), task_of(listed)
    other = {"task_id": call, "answer": "interested", "subject": {"customer": "c0002"}}
    assert "c0001" not in send(reporting, report(other), sender="calls").text
    assert state(listed, call)[0] == "open"
    at = "2025-11-12T08:05:00+08:00"
    send(reporting, report({"task_id": order, "answer": "done", "quantity": 12, "at": at}, key="k2"))
    assert state(listed, order)[2]["note"] == at
