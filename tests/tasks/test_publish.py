"""Lists from day to day: revisions, tasks, carrying on, refusals, expiry, replays."""

import threading
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import Engine, func, select

from include.settings.stock.replenishment import Replenishment
from include.tasks.canonical_json import read_json
from include.tasks.drafts import Note, TaskList, draft, task_id
from include.tasks.kinds import kind_of
from include.tasks.memory import rules_of
from include.tasks.moments import moment
from include.tasks.publish_list import document_of, publish_list
from include.tasks.task_events import history, tasks_off_the_log, verify_chain
from include.tasks.task_queries import find_tasks, one_task
from include.tasks.task_tables import outbox, task_events, task_lists, tasks
from tests.task_books import act


def state_of(books: Engine, day: str, subject: str, kind: str = "restock") -> str | None:
    with books.begin() as connection:
        task = one_task(connection, task_id(kind, day, subject))
    return task.state if task else None


def answer_of(books: Engine, day: str, subject: str) -> dict[str, Any]:
    with books.begin() as connection:
        task = one_task(connection, task_id("restock", day, subject))
    assert task is not None
    return dict(task.answer)


def document(books: Engine, day: str, kind: str = "restock") -> str | None:
    with books.begin() as connection:
        return document_of(connection, kind, day)


def events_at(books: Engine, at: datetime) -> list[tuple[str, str, str]]:
    """(subject, from_state, to_state) of what happened to tasks at this moment."""
    query = select(tasks.c.subject, task_events.c.from_state, task_events.c.to_state).join(tasks)
    with books.begin() as connection:
        return sorted(tuple(row) for row in connection.execute(query.where(task_events.c.at == moment(at))))


def test_a_list_becomes_open_tasks_in_rank_order(books: Engine, make: Any) -> None:
    done = publish_list(
        books,
        make.restock("2025-11-12", make.draft("B", 5), make.draft("A", 50)),
        make.at("2025-11-13", 2),
    )
    assert (done.revision, done.is_new, done.is_silent) == (1, True, False)
    with books.begin() as connection:
        found = find_tasks(connection, kind="restock", state="open")
        assert [(t.payload["sku"], t.rank, t.since_day) for t in found] == [
            ("A", 1, "2025-11-12"),
            ("B", 2, "2025-11-12"),
        ]
        assert verify_chain(connection) is None
        assert tasks_off_the_log(connection) == []


def test_the_same_list_again_changes_nothing(books: Engine, make: Any) -> None:
    one = make.restock("2025-11-12", make.draft("A"))
    first = publish_list(books, one, make.at("2025-11-13", 2), channels=["desk"])
    second = publish_list(books, one, make.at("2025-11-13", 9), channels=["desk"])
    assert (second.revision, second.is_new, second.queued) == (1, False, ())
    assert second.list_id == first.list_id
    with books.begin() as connection:
        assert connection.execute(select(func.count()).select_from(task_events)).scalar_one() == 1
        assert connection.execute(select(func.count()).select_from(outbox)).scalar_one() == 1


def test_a_revision_updates_creates_withdraws_and_leaves_peoples_work_alone(books: Engine, make: Any) -> None:
    day = "2025-11-12"
    lines = [make.draft(sku) for sku in ("kept", "changed", "gone", "accepted", "done", "refused")]
    publish_list(books, make.restock(day, *lines), make.at("2025-11-13", 2))
    with books.begin() as connection:
        for state in ("accepted", "done", "refused"):
            act(
                connection, task_id("restock", day, f"hangzhou/{state}"), state, "li", make.at("2025-11-13"),
                {"reason": "no room"} if state == "refused" else {"quantity": 7},
            )  # fmt: skip
    revised = [make.draft("kept"), make.draft("changed", 99), make.draft("new")]
    revised += [make.draft(state, 1000) for state in ("accepted", "refused")]

    done = publish_list(books, make.restock(day, *revised), make.at("2025-11-13", 11))

    assert done.revision == 2
    assert events_at(books, make.at("2025-11-13", 11)) == [
        ("hangzhou/changed", "open", "open"),
        ("hangzhou/gone", "open", "withdrawn"),
        ("hangzhou/new", "", "open"),
    ]
    states = {s: state_of(books, day, f"hangzhou/{s}") for s in ("kept", "changed", "gone", "new")}
    assert states == {"kept": "open", "changed": "open", "gone": "withdrawn", "new": "open"}
    for state in ("accepted", "done", "refused"):
        assert state_of(books, day, f"hangzhou/{state}") == state
    assert answer_of(books, day, "hangzhou/accepted") == {"quantity": 7}
    with books.begin() as connection:
        task = one_task(connection, task_id("restock", day, "hangzhou/accepted"))
        assert task is not None
        assert task.payload["quantity"] == 10  # what the person saw when accepting
        changed = one_task(connection, task_id("restock", day, "hangzhou/changed"))
        assert changed is not None
        assert changed.payload["quantity"] == 99


def test_a_withdrawn_task_that_is_wanted_again_opens_again(books: Engine, make: Any) -> None:
    day = "2025-11-12"
    publish_list(books, make.restock(day, make.draft("A"), make.draft("B")), make.at("2025-11-13", 2))
    publish_list(books, make.restock(day, make.draft("A")), make.at("2025-11-13", 3))
    publish_list(books, make.restock(day, make.draft("A"), make.draft("B")), make.at("2025-11-13", 4))
    assert state_of(books, day, "hangzhou/B") == "open"
    with books.begin() as connection:
        steps = [e.to_state for e in history(connection, task_id("restock", day, "hangzhou/B"))]
    assert steps == ["open", "withdrawn", "open"]


def test_an_open_subject_is_carried_on_with_its_age_and_not_doubled(books: Engine, make: Any) -> None:
    for day in ("2025-11-10", "2025-11-11", "2025-11-12"):
        publish_list(books, make.restock(day, make.draft("A", day=day)), make.at(day, 23))
    with books.begin() as connection:
        (only,) = find_tasks(connection, state="open")
    assert (only.day, only.since_day) == ("2025-11-12", "2025-11-10")
    following = task_id("restock", "2025-11-11", "hangzhou/A")
    assert state_of(books, "2025-11-10", "hangzhou/A") == "withdrawn"
    assert answer_of(books, "2025-11-10", "hangzhou/A") == {"carried_on_to": following}


def test_age_starts_anew_after_the_subject_was_not_wanted_for_a_day(books: Engine, make: Any) -> None:
    publish_list(books, make.restock("2025-11-10", make.draft("A")), make.at("2025-11-11", 2))
    publish_list(books, make.restock("2025-11-11"), make.at("2025-11-12", 2))
    publish_list(books, make.restock("2025-11-12", make.draft("A")), make.at("2025-11-13", 2))
    with books.begin() as connection:
        (only,) = find_tasks(connection, state="open")
    assert only.since_day == "2025-11-12"


def test_a_restock_no_longer_needed_is_withdrawn_and_a_recall_stays_until_it_expires(books: Engine, make: Any) -> None:
    def recall(day: str, *customers: str) -> TaskList:
        lines = [
            draft(kind_of("recall"), day, {"customer": c, "value_micros": 5_000_000, "why_zh": "久未下单"})
            for c in customers
        ]
        return TaskList("recall", day, lines)

    publish_list(books, make.restock("2025-11-10", make.draft("A")), make.at("2025-11-11", 2))
    publish_list(books, make.restock("2025-11-11"), make.at("2025-11-12", 2))
    publish_list(books, recall("2025-11-10", "c1"), make.at("2025-11-11", 2))
    rules = rules_of(Replenishment(task_expiry_days=2))
    publish_list(books, recall("2025-11-12", "c2"), make.at("2025-11-13", 2), rules=rules)

    assert state_of(books, "2025-11-10", "hangzhou/A") == "withdrawn"
    assert state_of(books, "2025-11-10", "c1", "recall") == "open"

    publish_list(books, recall("2025-11-13", "c2"), make.at("2025-11-14", 2), rules=rules)
    assert state_of(books, "2025-11-10", "c1", "recall") == "expired"
    assert state_of(books, "2025-11-13", "c2", "recall") == "open"


@pytest.mark.parametrize(
    ("list_day", "quantity", "is_suggested"),
    [
        ("2025-11-13", 10, False),  # refused on the 13th: this list may know
        ("2025-11-19", 12, False),  # seven days hold up to the 19th; 20 % more is not enough
        ("2025-11-19", 13, True),  # 30 % more is
        ("2025-11-19", 7, True),  # and so is 30 % less
        ("2025-11-20", 10, True),  # forgotten
    ],
)
def test_a_refusal_holds_until_it_is_old_or_the_need_has_changed(
    books: Engine, make: Any, list_day: str, quantity: int, is_suggested: bool
) -> None:
    publish_list(books, make.restock("2025-11-12", make.draft("A", 10)), make.at("2025-11-13", 2))
    with books.begin() as connection:
        act(
            connection, task_id("restock", "2025-11-12", "hangzhou/A"), "refused", "li",
            make.at("2025-11-13"), {"reason": "ends soon"},
        )  # fmt: skip

    rules = rules_of(Replenishment(refusal_days=7, refusal_change=0.25))
    done = publish_list(books, make.restock(list_day, make.draft("A", quantity)), make.at(list_day, 23), rules=rules)

    assert (done.lines, done.held_back) == ((1, 0) if is_suggested else (0, 1))
    assert state_of(books, list_day, "hangzhou/A") == ("open" if is_suggested else None)


def test_a_refusal_followed_by_an_acceptance_no_longer_holds(books: Engine, make: Any) -> None:
    publish_list(books, make.restock("2025-11-12", make.draft("A")), make.at("2025-11-13", 2))
    task = task_id("restock", "2025-11-12", "hangzhou/A")
    with books.begin() as connection:
        act(connection, task, "refused", "li", make.at("2025-11-13", 8), {"reason": "mistake"})
        act(connection, task, "accepted", "li", make.at("2025-11-13", 9))
    done = publish_list(books, make.restock("2025-11-13", make.draft("A")), make.at("2025-11-14", 2))
    assert (done.lines, done.held_back) == (1, 0)


def test_a_replay_is_silent(books: Engine, make: Any) -> None:
    publish_list(books, make.restock("2025-11-11", make.draft("A")), make.at("2025-11-12", 2), channels=["desk"])
    publish_list(books, make.restock("2025-11-12", make.draft("A")), make.at("2025-11-13", 2), channels=["desk"])

    def everything() -> list[Any]:
        with books.begin() as connection:
            return [connection.execute(select(t).order_by(*t.primary_key)).all() for t in (tasks, task_events, outbox)]

    before = everything()
    again = publish_list(
        books, make.restock("2025-11-11", make.draft("A", 77), make.draft("Z")), make.at("2025-11-14", 2),
        channels=["desk", "erp"],
    )  # fmt: skip
    never_seen = publish_list(books, make.restock("2025-11-09", make.draft("A")), make.at("2025-11-14", 2))

    assert (again.is_silent, again.is_new, again.revision, again.queued) == (True, True, 2, ())
    assert (never_seen.is_silent, never_seen.revision) == (True, 1)
    assert everything() == before


def test_an_older_list_is_pushed_whole_when_the_engineer_says_so(books: Engine, make: Any) -> None:
    publish_list(books, make.restock("2025-11-12", make.draft("A")), make.at("2025-11-13", 2))
    done = publish_list(
        books, make.restock("2025-11-11", make.draft("A")), make.at("2025-11-14"), channels=["desk"], push="always"
    )
    assert done.is_silent
    assert len(done.queued) == 1


@pytest.mark.parametrize(
    ("push", "newest_closed_day", "queued"),
    [("newest", None, 1), ("newest", "2025-11-12", 1), ("newest", "2025-11-20", 0), ("never", None, 0)],
)
def test_only_the_newest_closed_day_pushes(
    books: Engine, make: Any, push: Any, newest_closed_day: str | None, queued: int
) -> None:
    done = publish_list(
        books, make.restock("2025-11-12", make.draft("A")), make.at("2025-11-13"), channels=["desk"], push=push,
        newest_closed_day=newest_closed_day,
    )  # fmt: skip
    assert len(done.queued) == queued


def test_a_replay_after_later_acts_gives_equal_bytes(books: Engine, make: Any) -> None:
    """Given lists of three days with acts in between, making each again later gives the documents as first made."""
    days = ("2025-11-10", "2025-11-11", "2025-11-12")
    listed = {
        days[0]: make.restock(days[0], make.draft("A"), make.draft("B"), make.draft("C")),
        days[1]: make.restock(days[1], make.draft("A"), make.draft("B"), make.draft("C", 11)),
        days[2]: make.restock(days[2], make.draft("A"), make.draft("B", 12), make.draft("C")),
    }
    first: dict[str, str | None] = {}
    for day, following in zip(days, ("2025-11-11", "2025-11-12", "2025-11-13"), strict=True):
        publish_list(books, listed[day], make.at(following, 2))
        first[day] = document(books, day)
        with books.begin() as connection:
            for sku, state, data in (("B", "refused", {"reason": "no"}), ("C", "done", {"quantity": 3})):
                task = one_task(connection, task_id("restock", day, f"hangzhou/{sku}"))
                if task is not None and task.state == "open" and (sku, day) != ("C", days[0]):
                    act(connection, task.task_id, state, "li", make.at(following, 9), data)  # type: ignore[arg-type]
    assert '"since_day":"2025-11-10"' in (first[days[2]] or "")
    assert '"refused_day":"2025-11-12"' not in (first[days[1]] or "")

    for day in days:
        again = publish_list(books, listed[day], make.at("2026-01-01"))
        assert not again.is_new
        assert document(books, day) == first[day]


def test_an_act_after_a_list_is_out_never_belongs_to_its_day(books: Engine, make: Any) -> None:
    """Given a list that was out before its day was over, an act on that same day counts as the next day's."""
    publish_list(books, make.restock("2025-11-12", make.draft("A")), make.at("2025-11-12", 20))
    task = task_id("restock", "2025-11-12", "hangzhou/A")
    with books.begin() as connection:
        act(connection, task, "accepted", "li", make.at("2025-11-12", 21))
        assert history(connection, task)[-1].day == "2025-11-13"
        with pytest.raises(ValueError, match="is out already"):
            act(connection, task, "done", "li", make.at("2025-11-13"), day="2025-11-12")


def test_what_a_person_did_after_the_day_is_not_asked_for_again_by_its_late_list(books: Engine, make: Any) -> None:
    """Given yesterday's task accepted this morning, a list of yesterday's evening that comes late cannot know of it:
    its document has the line, but no task is opened and nothing of it is pushed."""
    publish_list(books, make.restock("2025-11-11", make.draft("A"), make.draft("B")), make.at("2025-11-12", 2))
    with books.begin() as connection:
        act(connection, task_id("restock", "2025-11-11", "hangzhou/A"), "accepted", "li", make.at("2025-11-13", 9))

    done = publish_list(
        books,
        make.restock("2025-11-12", make.draft("A"), make.draft("B")),
        make.at("2025-11-13", 11),
        channels=["desk"],
    )

    assert done.lines == 2
    with books.begin() as connection:
        withheld = connection.execute(select(outbox.c.withheld)).scalar_one()
    assert read_json(withheld) == [task_id("restock", "2025-11-12", "hangzhou/A")]
    assert state_of(books, "2025-11-12", "hangzhou/A") == "withdrawn"
    assert state_of(books, "2025-11-12", "hangzhou/B") == "open"
    with books.begin() as connection:
        withheld = connection.execute(select(outbox.c.withheld)).scalar_one()
    assert task_id("restock", "2025-11-12", "hangzhou/A") in withheld


def test_a_correction_of_an_old_answer_does_not_withdraw_the_new_need(books: Engine, make: Any) -> None:
    publish_list(books, make.restock("2025-11-11", make.draft("A")), make.at("2025-11-12", 2))
    with books.begin() as connection:
        act(connection, task_id("restock", "2025-11-11", "hangzhou/A"), "accepted", "li", make.at("2025-11-12", 9))
    publish_list(books, make.restock("2025-11-12", make.draft("A", 4)), make.at("2025-11-13", 2))
    with books.begin() as connection:
        act(connection, task_id("restock", "2025-11-11", "hangzhou/A"), "done", "li", make.at("2025-11-13", 9))

    publish_list(books, make.restock("2025-11-12", make.draft("A", 5)), make.at("2025-11-13", 11))

    assert state_of(books, "2025-11-12", "hangzhou/A") == "open"


def test_the_document_is_a_function_of_its_inputs(books: Engine, make: Any) -> None:
    """Row order and the clock leave no trace; a changed manifest makes a revision, but no new edition."""
    a, b = make.draft("A"), make.draft("B", 20)
    note = Note("缺少店铺 x", "shop x is missing")
    first = publish_list(books, make.restock("2025-11-12", a, b, notes=[note]), make.at("2025-11-13"), channels=["d"])
    text = document(books, "2025-11-12")
    second = publish_list(books, make.restock("2025-11-12", b, a, notes=[note]), make.at("2025-11-14"), channels=["d"])
    assert second.document_hash == first.document_hash
    assert document(books, "2025-11-12") == text
    assert text is not None
    assert "2025-11-14" not in text

    other = TaskList("restock", "2025-11-12", [a, b], manifest={"code": "v2"}, notes=[note])
    third = publish_list(books, other, make.at("2025-11-15"), channels=["d"])
    assert (third.is_new, third.revision, third.queued) == (True, 2, ())
    assert third.content_hash == first.content_hash
    with books.begin() as connection:
        assert connection.execute(select(outbox.c.state)).scalars().all() == ["pending"]
        assert connection.execute(select(task_lists.c.edition).order_by(task_lists.c.revision)).scalars().all() == [
            1,
            1,
        ]


def test_a_list_changed_and_changed_back_is_pushed_each_time(books: Engine, make: Any) -> None:
    queued = [
        publish_list(
            books, make.restock("2025-11-12", make.draft("A", n)), make.at("2025-11-13"), channels=["d"]
        ).queued
        for n in (10, 20, 10)
    ]
    assert [len(keys) for keys in queued] == [1, 1, 1]
    with books.begin() as connection:
        states = dict(connection.execute(select(outbox.c.delivery_key, outbox.c.state)).all())  # type: ignore[arg-type]
    assert [states[keys[0]] for keys in queued] == ["superseded", "superseded", "pending"]


def test_two_lines_about_one_subject_are_an_error_and_leave_nothing(books: Engine, make: Any) -> None:
    with pytest.raises(ValueError, match="two lines are about 'hangzhou/A'"):
        publish_list(books, make.restock("2025-11-12", make.draft("A"), make.draft("A")), make.at("2025-11-13"))
    assert document(books, "2025-11-12") is None


def test_publishing_is_one_transaction(books: Engine, make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def dies(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("include.tasks.publish_list.enqueue", dies)
    with pytest.raises(KeyboardInterrupt):
        publish_list(books, make.restock("2025-11-12", make.draft("A")), make.at("2025-11-13"), channels=["d"])
    with books.begin() as connection:
        for table in (task_lists, tasks, task_events, outbox):
            assert connection.execute(select(func.count()).select_from(table)).scalar_one() == 0


def test_two_runs_of_one_day_at_once_make_one_list(books: Engine, make: Any) -> None:
    """Given a scheduler that starts the same day twice, as Airflow may, the second waits and finds nothing to do."""
    one = make.restock("2025-11-12", *(make.draft(f"S{n}") for n in range(50)))
    gate, done, errors = threading.Barrier(2), [], []

    def run() -> None:
        try:
            gate.wait()
            done.append(publish_list(books, one, make.at("2025-11-13"), channels=["desk"]))
        except BaseException as error:
            errors.append(error)

    runs = [threading.Thread(target=run) for _ in range(2)]
    for each in runs:
        each.start()
    for each in runs:
        each.join()
    assert errors == []
    assert sorted((p.is_new, len(p.queued)) for p in done) == [(False, 0), (True, 1)]
    with books.begin() as connection:
        assert connection.execute(select(func.count()).select_from(tasks)).scalar_one() == 50
        assert verify_chain(connection) is None
