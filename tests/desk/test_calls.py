"""A call: one screen, an outcome, the next customer; and back again."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Engine, insert, select

from include.tasks.canonical_json import read_json
from include.tasks.task_tables import task_events, tasks
from include.warehouse.tables import closes, consents, customer_profiles

DAY = "2025-11-11"
WHOLE = "0a1b2c3d4e5f" + "6" * 52


def lines(engine: Engine) -> list[Any]:
    """The recall lines in the order of their list: c0003, c0001, c0002 and so on by what they are worth."""
    with engine.connect() as connection:
        return list(connection.execute(select(tasks).where(tasks.c.kind == "recall").order_by(tasks.c.rank)))


def line(engine: Engine, customer: str) -> Any:
    return next(one for one in lines(engine) if one.subject == customer)


def answer(client: Any, row: Any, **more: str) -> Any:
    return client.post(f"/calls/{row.task_id}", data={"seq": str(row.changed_seq), **more})


@pytest.fixture
def publish(listed: Engine) -> Callable[..., None]:
    """Another recall list, of the day after."""
    from datetime import datetime

    from include.tasks.drafts import TaskList, draft, ranked
    from include.tasks.kinds import kind_of
    from include.tasks.publish_list import publish_list

    def do(*payloads: dict[str, Any]) -> None:
        kind = kind_of("recall")
        drafts = [draft(kind, "2025-11-12", one) for one in payloads]
        publish_list(listed, TaskList("recall", "2025-11-12", ranked(kind, drafts)), datetime(2025, 11, 13, 7))

    return do


def test_an_outcome_is_entered_and_the_next_customer_opens(desk: Any, listed: Engine) -> None:
    first, second, third = lines(listed)
    client = desk.client_of("小王")

    entered = answer(client, first, outcome="no_answer", note="再打一次")

    assert entered.status_code == 303
    assert entered.headers["location"] == f"/tasks/{second.task_id}?after={first.task_id}"
    now = line(listed, first.subject)
    assert (now.state, read_json(now.answer)) == ("done", {"note": "再打一次", "outcome": "no_answer"})
    page = client.get(entered.headers["location"]).text
    assert f"{first.subject}：未接通" in page
    # undone from the page of the next
    back = client.post(f"/calls/{first.task_id}/undo", data={"seq": str(now.changed_seq)})
    assert back.headers["location"] == f"/tasks/{first.task_id}"
    assert line(listed, first.subject).state == "open"
    # after the last comes the first
    assert answer(client, third, outcome="ordered").headers["location"].startswith(f"/tasks/{first.task_id}?")


def test_the_next_customer_is_the_next_of_the_clerks_filter(desk: Any, listed: Engine) -> None:
    jd = next(one for one in lines(listed) if one.shop == "jd")
    first, second = [one for one in lines(listed) if one.shop == "tmall"]
    client = desk.client_of()
    assert f"/tasks/{first.task_id}?shop=tmall" in client.get("/lists/recall?shop=tmall").text
    page = client.get(f"/tasks/{first.task_id}?shop=tmall").text
    assert f"/tasks/{second.task_id}?shop=tmall" in page
    assert jd.task_id not in page
    entered = answer(client, first, outcome="interested", query="shop=tmall")
    assert entered.headers["location"] == f"/tasks/{second.task_id}?shop=tmall&after={first.task_id}"
    last = answer(client, second, outcome="ordered", query="shop=tmall")
    assert last.headers["location"] == f"/tasks/{second.task_id}?shop=tmall&after={second.task_id}"
    assert "没有别的待办" in client.get(last.headers["location"]).text
    row = line(listed, first.subject)
    form = {"act": "accept", "task": f"{row.task_id}:{row.changed_seq}"}
    rows = client.post("/tasks/act", data=form, headers={"hx-current-url": "http://x/lists/recall?shop=tmall"}).text
    assert f"/tasks/{first.task_id}?shop=tmall" in rows, "a row that was answered keeps the filter of its page"


def test_after_a_days_lines_come_those_of_the_day_before_and_then_the_first(
    desk: Any, listed: Engine, publish: Callable[..., None]
) -> None:
    publish(*({"customer": f"c001{n}", "shop": "jd", "value_micros": n * 1_000_000, "way": "call"} for n in (1, 2)))
    newest = [line(listed, customer) for customer in ("c0012", "c0011")]
    before = [line(listed, customer) for customer in ("c0003", "c0002", "c0001")]
    order, client = [*newest, *before], desk.client_of(language="en")
    for number, (row, following) in enumerate(zip(order, [*order[1:], order[0]], strict=True), start=1):
        page = client.get(f"/tasks/{row.task_id}").text
        assert f"{number} of 5" in page
        assert f'rel="next" href="/tasks/{following.task_id}"' in page


def test_a_customer_who_wants_silence_is_refused_and_one_who_has_no_time_is_put_off(desk: Any, listed: Engine) -> None:
    first, second, _ = lines(listed)
    client = desk.client_of()
    answer(client, first, outcome="do_not_disturb")
    answer(client, second, days="3")
    assert (line(listed, first.subject).state, line(listed, second.subject).state) == ("refused", "snoozed")
    assert read_json(line(listed, second.subject).answer)["until"] == "2025-11-15"


def test_what_a_line_cannot_come_to_is_not_entered(desk: Any, listed: Engine) -> None:
    first, second, _ = lines(listed)
    client = desk.client_of()
    assert answer(client, first, outcome="married").status_code == 400
    assert answer(client, first).status_code == 400
    assert answer(client, first, days="0").status_code == 400
    with listed.connect() as connection:
        restock = connection.execute(select(tasks).where(tasks.c.kind == "restock").limit(1)).one()
    assert answer(client, restock, outcome="ordered").status_code == 404, "a call is a line of the recall list"
    assert line(listed, first.subject).state == "open"
    assert answer(desk.client_of("小赵", "viewer"), second, outcome="ordered").status_code == 403


def test_who_was_slower_is_told_and_keeps_the_note(desk: Any, listed: Engine) -> None:
    first = lines(listed)[0]
    answer(desk.client_of("小李"), first, outcome="interested")
    late = answer(desk.client_of("小王"), first, outcome="no_answer", note="没人接")
    assert late.status_code == 409
    assert "小李" in late.text
    assert "没人接" in late.text
    # looked at again, the other one's answer is asked about before it is replaced
    now = line(listed, first.subject)
    asked = answer(desk.client_of("小王"), now, outcome="no_answer", note="没人接")
    assert asked.status_code == 409
    assert 'name="confirm" value="1"' in asked.text
    assert line(listed, first.subject).changed_by == "小李"
    assert answer(desk.client_of("小王"), now, outcome="no_answer", confirm="1").status_code == 303
    assert line(listed, first.subject).changed_by == "小王"
    # nobody undoes what another has done
    theirs = line(listed, first.subject)
    undone = desk.client_of("小李").post(f"/calls/{first.task_id}/undo", data={"seq": str(theirs.changed_seq)})
    assert undone.status_code == 409


def test_a_line_of_another_shop_is_nobodys_who_does_not_see_it(
    listed: Engine, tmp_path: Any, make_desk_on: Callable[..., Any]
) -> None:
    everything = make_desk_on(listed, tmp_path).client_of("小王")
    client = make_desk_on(listed, tmp_path, scopes={"小王": {"shops": ["jd"]}}).client_of("小王")
    tmall = next(one for one in lines(listed) if one.shop == "tmall")
    jd = next(one for one in lines(listed) if one.shop == "jd")
    assert answer(client, tmall, outcome="ordered").status_code == 404
    assert client.post(f"/calls/{tmall.task_id}/undo", data={"seq": "1"}).status_code == 404
    assert answer(everything, tmall, outcome="ordered").status_code == 303
    assert tmall.subject in everything.get(f"/tasks/{jd.task_id}?after={tmall.task_id}").text
    assert tmall.subject not in client.get(f"/tasks/{jd.task_id}?after={tmall.task_id}").text
    assert answer(client, jd, outcome="ordered").headers["location"] == f"/tasks/{jd.task_id}?after={jd.task_id}"


def test_a_message_has_the_outcomes_of_a_message(desk: Any, listed: Engine, publish: Callable[..., None]) -> None:
    publish({"customer": "c0009", "shop": "jd", "value_micros": 9_000_000, "way": "message"})
    page = desk.client_of(language="en").get(f"/tasks/{line(listed, 'c0009').task_id}").text
    assert 'value="sent" data-key="1"' in page
    assert 'value="no_answer"' not in page


def test_consent_is_what_is_known_now(desk: Any, listed: Engine, publish: Callable[..., None]) -> None:
    """Who asked for silence on an earlier list is not called, whether or not that is in the books of consents yet."""
    short, client = WHOLE[:12], desk.client_of(language="en")
    publish({"customer": short, "shop": "jd", "value_micros": 9_000_000, "way": "call", "channel": "call"})
    with listed.begin() as connection:
        profile = {"customer": WHOLE, "day": DAY, "stage": "mature", "rfm": "555", "tags": "", "usual_gap_days": 7,
                   "value_micros": 0}  # fmt: skip
        connection.execute(insert(customer_profiles), profile)
        close = {"day": "2025-11-12", "revision": 1, "closed_at": "2025-11-13 01:00:00", "missing_shops": "[]",
                 "inputs_hash": "0" * 64, "exports": 1, "touched": "{}"}  # fmt: skip
        connection.execute(insert(closes), close)
    path = f"/tasks/{line(listed, short).task_id}"
    assert "never objected" in client.get(path).text
    said = {"customer": WHOLE, "channel": "call", "state": "in", "at": "2025-10-01 09:00:00", "source": "shop"}
    with listed.begin() as connection:
        connection.execute(insert(consents), said)
    page = client.get(path).text
    assert "the customer agreed" in page
    assert "2025-10-01 09:00" in page
    answer(client, line(listed, short), outcome="do_not_disturb")
    page = client.get(path).text
    assert "Do not contact: the customer objected" in page
    with listed.connect() as connection:
        assert connection.scalars(select(task_events.c.data).order_by(task_events.c.seq.desc())).first() is not None
