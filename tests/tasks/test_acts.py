"""What people may do with a task, and the log that remembers it."""

import json
import threading
from typing import Any

import pytest
from sqlalchemy import Engine, delete, select, update

from include.tasks.acts import BY_LIST, BY_PERSON, Act, ActError, act_all, carried_on, undo
from include.tasks.drafts import TaskList, draft, task_id
from include.tasks.kinds import kind_of
from include.tasks.publish_list import publish_list
from include.tasks.task_events import Change, append, history, tasks_off_the_log, verify_chain
from include.tasks.task_queries import one_task
from include.tasks.task_tables import MACHINE, task_events, task_log_end, tasks
from tests.task_books import act

DAY = "2025-11-12"
TASK = task_id("restock", DAY, "hangzhou/A")


@pytest.fixture
def listed(books: Engine, make: Any) -> Engine:
    """Books with open restock tasks for A, B and C, 10 units each."""
    publish_list(books, make.restock(DAY, *(make.draft(sku) for sku in "ABC")), make.at("2025-11-13", 2))
    return books


def test_an_act_is_an_event_with_who_and_when(listed: Engine, make: Any) -> None:
    with listed.begin() as connection:
        assert act(connection, TASK, "done", "li", make.at("2025-11-13"), {"quantity": 8, "expected_day": "2025-11-20"})
        task, event = one_task(connection, TASK), history(connection, TASK)[-1]
    assert task is not None
    assert (task.state, task.changed_by, task.answer) == ("done", "li", {"quantity": 8, "expected_day": "2025-11-20"})
    assert (event.from_state, event.to_state, event.who, event.at) == ("open", "done", "li", "2025-11-13 08:00:00")


def test_without_a_quantity_it_is_the_suggested_and_later_the_accepted_one(listed: Engine, make: Any) -> None:
    with listed.begin() as connection:
        act(connection, TASK, "accepted", "li", make.at("2025-11-13"))
        assert json.loads(history(connection, TASK)[-1].data) == {"quantity": 10}
        act(connection, TASK, "accepted", "li", make.at("2025-11-13"), {"quantity": 6, "expected_day": "2025-11-21"})
        act(connection, TASK, "done", "li", make.at("2025-11-14"))
        assert json.loads(history(connection, TASK)[-1].data) == {"quantity": 6, "expected_day": "2025-11-21"}


def test_the_same_act_twice_is_one_event(listed: Engine, make: Any) -> None:
    with listed.begin() as connection:
        assert act(connection, TASK, "accepted", "li", make.at("2025-11-13"))
        assert not act(connection, TASK, "accepted", "wang", make.at("2025-11-14"))
        assert len(history(connection, TASK)) == 2


@pytest.mark.parametrize("from_state", ["open", "accepted", "done", "refused"])
@pytest.mark.parametrize("to_state", ["open", "accepted", "done", "refused", "expired", "withdrawn"])
def test_only_allowed_transitions_happen(listed: Engine, make: Any, from_state: Any, to_state: Any) -> None:
    data = {"reason": "no"}
    with listed.begin() as connection:
        if from_state != "open":
            act(connection, TASK, from_state, "li", make.at("2025-11-13"), data)
        if to_state in BY_PERSON[from_state]:
            changed = act(connection, TASK, to_state, "li", make.at("2025-11-14"), data)
            assert changed == (to_state != from_state)
        else:
            with pytest.raises(ActError, match=f"is {from_state}: expected one of .* found '{to_state}'"):
                act(connection, TASK, to_state, "li", make.at("2025-11-14"), data)


def test_lists_never_leave_a_state_that_a_person_chose() -> None:
    assert not {"accepted", "done", "refused", "expired"} & set(BY_LIST)
    assert not {"withdrawn", "expired"} & set().union(*BY_PERSON.values())


@pytest.mark.parametrize(
    ("to_state", "data", "place", "said"),
    [
        ("refused", {}, "reason", "a refusal needs a reason"),
        ("done", {"quantity": 0}, "quantity", "found 0, expected a whole number from 1 to"),
        ("done", {"quantity": "12"}, "quantity", "found '12'"),
        ("done", {"quantity": 1.5}, "quantity", "found 1.5"),
        ("done", {"expected_day": "20.11.2025"}, "expected_day", "found '20.11.2025', expected YYYY-MM-DD"),
        ("done", {"expected_day": "2024-11-20"}, "expected_day", "within two years of 2025-11-12"),
        ("done", {"phone": "1"}, "phone", "expected quantity, expected_day, reason or note"),
    ],
)
def test_unreadable_data_is_refused_by_name(
    listed: Engine, make: Any, to_state: Any, data: dict[str, Any], place: str, said: str
) -> None:
    with listed.begin() as connection, pytest.raises(ActError, match=said) as caught:
        act(connection, TASK, to_state, "li", make.at("2025-11-13"), data)
    assert caught.value.place == place


def test_one_bad_act_does_not_stop_the_others(listed: Engine, make: Any) -> None:
    acts = [Act(TASK, "accepted"), Act("nobody", "accepted"), Act(task_id("restock", DAY, "hangzhou/B"), "refused")]
    with listed.begin() as connection:
        acted = act_all(connection, acts, "li", make.at("2025-11-13"))
    assert acted.changed == (TASK,)
    assert set(acted.refused) == {"nobody", task_id("restock", DAY, "hangzhou/B")}


def test_a_reason_keeps_no_phone_number_and_a_person_is_not_the_machine(listed: Engine, make: Any) -> None:
    with listed.begin() as connection:
        act(connection, TASK, "refused", "li", make.at("2025-11-13"), {"reason": "打13800138000没接"})
        assert "13800138000" not in history(connection, TASK)[-1].data
        with pytest.raises(ValueError, match="needs a person's name"):
            act(connection, TASK, "open", MACHINE, make.at("2025-11-13"))


def test_a_recall_has_no_quantity(books: Engine, make: Any) -> None:
    line = draft(kind_of("recall"), DAY, {"customer": "c1", "value_micros": 1, "why_zh": "-"})
    publish_list(books, TaskList("recall", DAY, [line]), make.at("2025-11-13", 2))
    task = task_id("recall", DAY, "c1")
    with books.begin() as connection:
        with pytest.raises(ActError, match="a recall task has none"):
            act(connection, task, "done", "li", make.at("2025-11-13"), {"quantity": 1})
        act(connection, task, "done", "li", make.at("2025-11-13"), {"note": "will order"})
        assert json.loads(history(connection, task)[-1].data) == {"note": "will order"}


def test_a_carried_on_task_names_its_successor(listed: Engine, make: Any) -> None:
    publish_list(listed, make.restock("2025-11-13", make.draft("A")), make.at("2025-11-14", 2))
    publish_list(listed, make.restock("2025-11-14", make.draft("A")), make.at("2025-11-15", 2))
    last = task_id("restock", "2025-11-14", "hangzhou/A")
    with listed.begin() as connection:
        assert carried_on(connection, TASK) == last
        assert carried_on(connection, last) == last
        with pytest.raises(ActError, match="was carried on to"):
            act(connection, TASK, "accepted", "li", make.at("2025-11-15"))
        # Withdrawn since no longer wanted is another matter: the order may have been placed by then.
        act(connection, task_id("restock", DAY, "hangzhou/B"), "done", "li", make.at("2025-11-15"))


def test_a_refused_task_is_not_opened_again_beside_an_open_one(listed: Engine, make: Any) -> None:
    with listed.begin() as connection:
        act(connection, TASK, "refused", "li", make.at("2025-11-13"), {"reason": "no"})
    publish_list(listed, make.restock("2025-11-13", make.draft("A", 100)), make.at("2025-11-14", 2))
    with listed.begin() as connection, pytest.raises(ActError, match="is open for the same subject"):
        act(connection, TASK, "open", "li", make.at("2025-11-14"))


def test_a_clock_with_a_time_zone_is_refused(listed: Engine, make: Any) -> None:
    from datetime import UTC

    with listed.begin() as connection, pytest.raises(ValueError, match="naive moment"):
        act(connection, TASK, "accepted", "li", make.at("2025-11-13").replace(tzinfo=UTC))


@pytest.fixture
def logged(listed: Engine, make: Any) -> Engine:
    """Six events: A, B, C opened (1-3), then each accepted (4-6)."""
    ids = [task_id("restock", DAY, f"hangzhou/{sku}") for sku in "ABC"]
    with listed.begin() as connection:
        act_all(connection, [Act(one, "accepted") for one in ids], "li", make.at("2025-11-13"))
        assert verify_chain(connection) is None
    return listed


@pytest.mark.parametrize(
    ("column", "value"),
    [("who", "wang"), ("data", '{"quantity":1}'), ("at", "2025-11-13 08:00:01"), ("day", "2025-11-14"),
     ("to_state", "done"), ("from_state", "refused"), ("hash", "0" * 64)],
)  # fmt: skip
def test_a_changed_event_is_found(logged: Engine, column: str, value: str) -> None:
    with logged.begin() as connection:
        connection.execute(update(task_events).where(task_events.c.seq == 4).values({column: value}))
        assert verify_chain(connection) == 4


def test_an_event_rewritten_with_a_matching_hash_breaks_the_next_one(logged: Engine) -> None:
    from include.tasks.task_events import _hash_of

    with logged.begin() as connection:
        event = dict(connection.execute(select(task_events).where(task_events.c.seq == 4)).one()._mapping)
        event["who"] = "wang"
        values = {"who": "wang", "hash": _hash_of(event)}
        connection.execute(update(task_events).where(task_events.c.seq == 4).values(values))
        assert verify_chain(connection) == 5


@pytest.mark.parametrize(("removed", "broken"), [(1, 1), (3, 3), (6, 6)])
def test_a_removed_event_is_found_also_at_the_end(logged: Engine, removed: int, broken: int) -> None:
    with logged.begin() as connection:
        connection.execute(delete(task_events).where(task_events.c.seq == removed))
        assert verify_chain(connection) == broken


def test_a_log_cut_off_with_its_end_mark_forged_is_still_off(logged: Engine) -> None:
    """Given a forger who also moves the end back, tasks are no longer in the state that the log says."""
    with logged.begin() as connection:
        connection.execute(delete(task_events).where(task_events.c.seq == 6))
        fifth = connection.execute(select(task_events.c.hash).where(task_events.c.seq == 5)).scalar_one()
        connection.execute(update(task_log_end).values(seq=5, hash=fifth))
        assert verify_chain(connection) is None
        assert len(tasks_off_the_log(connection)) == 1


def test_a_task_changed_behind_the_logs_back_is_found(logged: Engine) -> None:
    with logged.begin() as connection:
        connection.execute(update(tasks).where(tasks.c.task_id == TASK).values(state="done"))
        assert verify_chain(connection) is None
        assert tasks_off_the_log(connection) == [TASK]


def test_writers_at_the_same_time_make_one_chain(listed: Engine, make: Any) -> None:
    errors: list[BaseException] = []

    def write(who: str) -> None:
        try:
            for _ in range(10):
                with listed.begin() as connection:
                    append(connection, [Change(TASK, "open", "open", {"by": who})], make.at("2025-11-13"), DAY, who)
        except BaseException as error:
            errors.append(error)

    writers = [threading.Thread(target=write, args=(who,)) for who in ("li", "wang", "zhao")]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert errors == []
    with listed.begin() as connection:
        assert verify_chain(connection) is None
        assert len(history(connection, TASK)) == 31


def test_a_snoozed_line_is_asked_for_again_on_its_day_or_when_it_changes(listed: Engine, make: Any) -> None:
    with listed.begin() as connection:
        act(connection, TASK, "snoozed", "li", make.at("2025-11-13"), {"until": "2025-11-16"})
        said = json.loads(history(connection, TASK)[-1].data)
    assert said == {"until": "2025-11-16", "measures": {"quantity": 10, "need": 10}}

    def lines_of(day: str, **changes: Any) -> tuple[int, int]:
        published = publish_list(listed, make.restock(day, make.draft("A", **changes)), make.at(day, 23))
        return published.lines, published.held_back

    assert lines_of("2025-11-13") == (0, 1)
    assert lines_of("2025-11-14", quantity=30) == (1, 0)  # it changed
    assert lines_of("2025-11-15") == (0, 1)
    assert lines_of("2025-11-16") == (1, 0)
    assert lines_of("2025-11-15") == (0, 1), "a replay knows no more than the day did"


@pytest.mark.parametrize("until", ["2025-11-13", "2025-11-01", "2026-11-13", "next week", None, 7])
def test_a_snooze_needs_a_day_that_comes(listed: Engine, make: Any, until: Any) -> None:
    with listed.begin() as connection, pytest.raises(ActError) as refused:
        act(connection, TASK, "snoozed", "li", make.at("2025-11-13"), {"until": until})
    assert refused.value.place == "until"


def test_what_was_done_last_can_be_taken_back(listed: Engine, make: Any) -> None:
    with listed.begin() as connection:
        act(connection, TASK, "accepted", "li", make.at("2025-11-13"), {"quantity": 6})
        act(connection, TASK, "done", "li", make.at("2025-11-13"), {"quantity": 8, "expected_day": "2025-11-20"})
        for state, answer in (("accepted", {"quantity": 6}), ("done", {"quantity": 8, "expected_day": "2025-11-20"})):
            taken_back = undo(connection, [TASK], "li", make.at("2025-11-13"))  # the second time: what was taken back
            task = one_task(connection, TASK)
            assert task is not None
            assert (taken_back.changed, task.state, task.answer) == ((TASK,), state, answer)
        assert json.loads(history(connection, TASK)[-1].data)["undone"] == history(connection, TASK)[-2].seq
        assert verify_chain(connection) is None
        assert tasks_off_the_log(connection) == []


def test_taking_back_opens_a_line_again_that_was_refused(listed: Engine, make: Any) -> None:
    with listed.begin() as connection:
        act(connection, TASK, "refused", "li", make.at("2025-11-13"), {"reason": "no"})
        undo(connection, [TASK], "li", make.at("2025-11-13"))
        task = one_task(connection, TASK)
        assert task is not None
        assert (task.state, task.answer) == ("open", {})
    again = publish_list(listed, make.restock("2025-11-13", make.draft("A")), make.at("2025-11-13", 23))
    assert again.lines == 1, "a refusal that was taken back holds nothing back"


def test_nobody_takes_back_what_is_not_theirs_or_what_a_list_has_counted_on(listed: Engine, make: Any) -> None:
    with listed.begin() as connection:
        act(connection, TASK, "done", "li", make.at("2025-11-13"))
        assert undo(connection, [TASK], "wang", make.at("2025-11-13")).refused[TASK].code == "undo_other"
        fresh = task_id("restock", DAY, "hangzhou/B")
        assert undo(connection, [fresh], "li", make.at("2025-11-13")).refused[fresh].code == "undo_other"
        assert undo(connection, ["nothing"], "li", make.at("2025-11-13")).refused["nothing"].code == "no_task"
    publish_list(listed, make.restock("2025-11-13", make.draft("B")), make.at("2025-11-13", 23))
    with listed.begin() as connection:
        assert undo(connection, [TASK], "li", make.at("2025-11-14")).refused[TASK].code == "undo_late"
        task = one_task(connection, TASK)
    assert task is not None
    assert task.state == "done"
