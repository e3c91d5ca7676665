"""Lines and lists that wait for a second person: refused until released, and never released by who changed them."""

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, select

from include.calendar.business_days import day_after
from include.replenishment.guards.guarded_list import Limits, Remembered, held_list
from include.replenishment.guards.spend_guards import Broken
from include.settings.stock.guards import Guards
from include.settings.stock.replenishment import Replenishment
from include.tasks.acts import ActError
from include.tasks.answers.answers import refusal_told
from include.tasks.by_hand.desk_log import verify_desk_log
from include.tasks.by_hand.overrides import NewOverride, set_override
from include.tasks.channels.delivery import deliver
from include.tasks.channels.parcel import Parcel
from include.tasks.document import Document, read_document
from include.tasks.drafts import TaskList, draft, ranked, task_id
from include.tasks.holds.approvals import HoldError, hold_named, reject, release, releases_known, waiting_holds
from include.tasks.holds.hold import HELD, Reason
from include.tasks.holds.list_sums import sums_before
from include.tasks.kinds import kind_of
from include.tasks.memory import rules_of
from include.tasks.publish_list import document_of, publish_list
from include.tasks.sheets.digest import digest_of
from include.tasks.task_tables import outbox, tasks
from include.words.texts import LANGUAGES
from tests.task_books import act

DAY, NEXT = "2025-11-12", "2025-11-13"
MORNING = datetime(2025, 11, 13, 9)
RULES = rules_of(Replenishment())
TOO_MANY = Reason("line", 900, 120)
A = task_id("restock", DAY, "hangzhou/A")


def held(task_list: TaskList, *skus: str, whole: tuple[Reason, ...] = (), **remembered: Any) -> TaskList:
    """The list with these skus' lines held, and all of it for `whole`."""
    broken = Broken({(sku, "hangzhou"): (TOO_MANY,) for sku in skus}, whole)
    return held_list(task_list, broken, Remembered(**remembered), Limits(Guards()))


def publish(books: Engine, task_list: TaskList, at: datetime = MORNING, **more: Any) -> None:
    publish_list(books, task_list, at, rules=RULES, channels=("chat",), **more)


def a_list(make: Any, day: str = DAY, quantity: int = 900, **more: Any) -> TaskList:
    line = make.draft("A", quantity, day=day, cost_micros=9_000_000, **more)
    return make.restock(day, line, make.draft("B", 10, day=day))  # type: ignore[no-any-return]


def newest(connection: Connection, day: str = DAY) -> Document:
    text = document_of(connection, "restock", day)
    assert text is not None
    return read_document(text)


def let(books: Engine, name: str = A, who: str = "boss", day: str = NEXT) -> None:
    with books.begin() as connection:
        release(connection, hold_named(connection, name), "counted it", who, MORNING, day)


def states(books: Engine) -> list[str]:
    with books.begin() as connection:
        return list(connection.scalars(select(outbox.c.state).order_by(outbox.c.stored_at, outbox.c.delivery_key)))


def test_a_held_line_is_on_the_list_and_says_why_and_nothing_else_is_changed(books: Engine, make: Any) -> None:
    plain = a_list(make, why_zh="为什么", why_en="why")
    publish(books, held(plain, "A"))
    with books.begin() as connection:
        document = newest(connection)
    line_a, line_b = sorted(document.lines, key=lambda one: one.subject)
    assert line_a.payload[HELD] == [{"guard": "line", "said": 900, "usual": 120}]
    assert line_a.payload["why_en"].startswith("[Held for a second person: the list orders 900 units")
    assert line_a.payload["why_zh"].startswith("【待审批：")
    assert HELD not in line_b.payload
    assert held(plain) == plain, "of an ordinary list not a byte is another"
    assert "B" in line_b.subject


def test_it_cannot_be_accepted_or_done_until_somebody_releases_it_and_the_rest_can(books: Engine, make: Any) -> None:
    publish(books, held(a_list(make), "A"))
    with books.begin() as connection:
        row = connection.execute(select(tasks).where(tasks.c.task_id == A)).one()
        for state in ("accepted", "done"):
            with pytest.raises(ActError) as refusal:
                act(connection, A, state, "planner", MORNING)  # type: ignore[arg-type]
            assert refusal.value.code == "held"
            assert "900" in refusal_told(refusal.value, row, "en")
            assert "待审批" in refusal_told(refusal.value, row, "zh")
        assert act(connection, task_id("restock", DAY, "hangzhou/B"), "accepted", "planner", MORNING)
    let(books)
    with books.begin() as connection:
        with pytest.raises(ActError) as refusal:
            act(connection, A, "accepted", "planner", MORNING, {"quantity": 901})
        assert refusal.value.code == "held_more"
        assert act(connection, A, "accepted", "planner", MORNING)
        assert act(connection, A, "done", "planner", MORNING, {"quantity": 800})
        assert waiting_holds(connection) == []
        assert verify_desk_log(connection) is None


def test_a_rejected_line_is_refused_with_the_reason(books: Engine, make: Any) -> None:
    publish(books, held(a_list(make), "A"))
    with books.begin() as connection:
        hold = hold_named(connection, A)
        with pytest.raises(HoldError, match="reason"):
            reject(connection, hold, " ", "boss", MORNING, NEXT)
        reject(connection, hold, "cartons", "boss", MORNING, NEXT)
        assert waiting_holds(connection) == []
        row = connection.execute(select(tasks).where(tasks.c.task_id == A)).one()
        assert (row.state, row.changed_by) == ("refused", "boss")
        with pytest.raises(ActError) as refusal:
            act(connection, A, "accepted", "planner", MORNING)
        assert "boss" in refusal_told(refusal.value, row, "en")
        with pytest.raises(HoldError):
            release(connection, hold, "", "boss", MORNING, NEXT)


def test_who_changed_the_line_does_not_release_it(books: Engine, make: Any) -> None:
    with books.begin() as connection:
        asked = NewOverride("add", "sku", "A", "", "800", DAY, "2025-11-30", "a fair")
        code = set_override(connection, asked, "boss", MORNING, DAY).code
    publish(books, held(a_list(make, overrides=[code]), "A"))
    with pytest.raises(HoldError, match="override of yours"):
        let(books)
    let(books, who="other boss")


def test_a_replay_keeps_the_release_of_an_unchanged_line_and_asks_anew_of_another(books: Engine, make: Any) -> None:
    publish(books, held(a_list(make), "A"))
    let(books)
    publish(books, held(a_list(make, why_en="other words"), "A"))
    with books.begin() as connection:
        assert waiting_holds(connection) == []
    publish(books, held(a_list(make, quantity=950), "A"))
    with books.begin() as connection:
        assert [one.quantity for one in waiting_holds(connection)] == [950]
        with pytest.raises(ActError):
            act(connection, A, "accepted", "planner", MORNING)
    publish(books, a_list(make))
    with books.begin() as connection:
        assert waiting_holds(connection) == []
        assert act(connection, A, "accepted", "planner", MORNING)


def test_a_later_list_knows_of_the_release_from_its_day_on(books: Engine, make: Any) -> None:
    publish(books, held(a_list(make), "A"))
    let(books)
    with books.begin() as connection:
        assert releases_known(connection, "restock", DAY, RULES) == {}, "made again, it holds what it held"
        known = releases_known(connection, "restock", NEXT, RULES)
        assert releases_known(connection, "restock", "2026-02-01", RULES) == {}

    def is_held(quantity: int, reason: Reason = TOO_MANY) -> bool:
        broken = Broken({("A", "hangzhou"): (reason,)})
        made = held_list(a_list(make, NEXT, quantity), broken, Remembered(releases=known), Limits(Guards()))
        return any(HELD in line.payload for line in made.lines)

    assert not is_held(900)
    assert is_held(9_000), "much more than was released"
    assert is_held(900, Reason("cost", 100, 1)), "another guard"


class TestWholeLists:
    WHOLE = (Reason("list_money", 9_000_000, 1_000_000),)

    def test_no_channel_gets_it_and_no_line_is_ordered_until_it_is_released(self, books: Engine, make: Any) -> None:
        publish(books, held(a_list(make), whole=self.WHOLE))
        assert states(books) == ["held"]
        assert deliver(books, [], {}, lambda: MORNING).deliveries == ()
        with books.begin() as connection:
            assert "The whole list waits" in newest(connection).told_first("en")[0]
            with pytest.raises(ActError) as refusal:
                act(connection, A, "accepted", "planner", MORNING)
            assert refusal.value.code == "held_list"
            assert act(connection, A, "refused", "planner", MORNING, {"reason": "enough"}), "this needs nobody"
        let(books, f"restock/{DAY}")
        assert states(books) == ["pending"]
        with books.begin() as connection:
            assert act(connection, task_id("restock", DAY, "hangzhou/B"), "accepted", "planner", MORNING)
        publish(books, held(a_list(make), whole=self.WHOLE))
        assert states(books) == ["pending"], "made again, it stays released"

    def test_a_rejected_list_goes_out_to_nobody(self, books: Engine, make: Any) -> None:
        publish(books, held(a_list(make), whole=self.WHOLE))
        with books.begin() as connection:
            reject(connection, hold_named(connection, f"restock/{DAY}"), "a wrong file", "boss", MORNING, NEXT)
        assert states(books) == ["superseded"]
        with books.begin() as connection, pytest.raises(ActError) as refusal:
            act(connection, A, "accepted", "planner", MORNING)
        assert refusal.value.code == "held_rejected"

    def test_a_newer_list_takes_its_place(self, books: Engine, make: Any) -> None:
        publish(books, held(a_list(make), whole=self.WHOLE))
        publish(books, a_list(make, NEXT), datetime(2025, 11, 14, 9))
        assert states(books) == ["superseded", "pending"]
        with books.begin() as connection:
            assert waiting_holds(connection) == []
            with pytest.raises(ActError):
                act(connection, A, "accepted", "planner", datetime(2025, 11, 14, 9))

    def test_it_is_no_measure_of_later_lists_until_it_is_released(self, books: Engine, make: Any) -> None:
        publish(books, held(a_list(make), "B", whole=self.WHOLE))
        with books.begin() as connection:
            assert sums_before(connection, "restock", NEXT) == []
        let(books, f"restock/{DAY}")
        with books.begin() as connection:
            (sums,) = sums_before(connection, "restock", NEXT)
            assert (sums.lines, sums.units, sums.money_micros) == (1, 900, 9_000_000), "B was held by itself"
            assert sums_before(connection, "restock", DAY) == []


def test_a_robot_s_card_says_that_a_line_is_held_and_why(books: Engine, make: Any) -> None:
    publish(books, held(a_list(make), "A"))
    with books.begin() as connection:
        document = newest(connection)
    told = {language: digest_of(Parcel("k", 1, 1, document), language) for language in LANGUAGES}
    texts = {language: [one.text for one in digest.lines] for language, digest in told.items()}
    assert sum("(held)" in text and "900" in text and "120" in text for text in texts["en"]) == 1
    assert sum("〔待审批〕" in text and "900" in text for text in texts["zh"]) == 1
    assert "1 lines" in told["en"].notes[0]


def test_a_recall_list_whose_coupons_cost_a_hundredfold_is_held_and_goes_to_nobody(books: Engine) -> None:
    """Against the fourteen lists before it; the customers of an ordinary list are called as ever."""
    kind = kind_of("recall")

    def coupons(day: str, micros: int) -> TaskList:
        payload = {"customer": "c1", "shop": "tmall", "value_micros": 1, "way": "call", "use_micros": micros}
        return TaskList("recall", day, ranked(kind, [draft(kind, day, payload)]))

    days = [day_after("2025-10-20", n) for n in range(14)]
    for day in days:
        publish(books, coupons(day, 5_000_000))
    with books.begin() as connection:
        before = sums_before(connection, "recall", DAY)
    assert [one.money_micros for one in before] == [5_000_000] * 14
    ordinary = coupons(DAY, 9_000_000)
    assert held_list(ordinary, Broken(), Remembered(before), Limits(Guards())) == ordinary
    dear = held_list(coupons(DAY, 500_000_000), Broken(), Remembered(before), Limits(Guards()))
    assert dear.manifest[HELD] == [{"guard": "list_money", "said": 500_000_000, "usual": 5_000_000}]
    publish(books, dear)
    assert "held" in states(books)
    with books.begin() as connection:
        (hold,) = waiting_holds(connection)
        task = connection.scalars(select(tasks.c.task_id).where(tasks.c.day == DAY)).one()
    assert (hold.kind, hold.is_list, hold.money_micros) == ("recall", True, 500_000_000)
    with pytest.raises(ActError), books.begin() as connection:
        act(connection, task, "done", "li", MORNING, {"outcome": "ordered"})
    let(books, f"recall/{DAY}")
    with books.begin() as connection:
        assert act(connection, task, "done", "li", MORNING, {"outcome": "ordered"})
