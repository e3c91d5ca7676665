"""Whom a list may name, asked when it is made and again when it is sent."""

from collections.abc import Callable
from datetime import date, time, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from include.customers import store
from include.customers.customers_as_of import customers_as_of
from include.customers.profile import PROFILE_COLUMNS
from include.customers.store import consents_by_now, learn_consents
from include.pipeline import recall
from include.pipeline.push import deliver_waiting
from include.privacy.sealing import customer_key
from include.tasks.acts import Act
from include.tasks.task_tables import tasks
from include.warehouse.tables import recall_arms

SECOND, THIRD = date(2025, 11, 2), date(2025, 11, 3)
BUYERS = [f"buyer {n}" for n in range(6)]


@pytest.fixture
def calling(second_day: Path, desk_at: Callable[[Path], Any], monkeypatch: pytest.MonkeyPatch) -> Any:
    """A desk with six customers who are all worth a call, and a consent file that nobody has written yet."""
    desk = desk_at(second_day)
    desk = desk.with_settings(
        customers={
            "consents": str(desk.home / "consents.csv"),
            "control_share": 0.0,
            "min_p_churn": 0.5,
            "contact_channels": [],  # calls alone
            "wage_per_hour": 0,
            "virtual_number_days": 90,  # two months after their orders their numbers still reach them
        }
    )
    names = [customer_key("tmall", buyer, desk.workspace.keys.customers) for buyer in BUYERS]
    rows = [(name, f"2025-0{month}-0{1 + n}", 100.0 + n) for n, name in enumerate(names) for month in (8, 9)]
    history = store.order_history(
        pd.DataFrame(rows, columns=["customer", "day", "yuan"]).assign(
            revenue_micros=lambda frame: (frame["yuan"] * 1e6).astype("int64"), shop="tmall", order_id="1"
        )
    )
    scores = pd.DataFrame(
        {
            "customer": sorted(names),
            "p_churn": 0.8,
            "expected_orders": 0.2,
            "horizon_days": desk.workspace.merchant.customers.horizon_days,
        }
    )
    monkeypatch.setattr("include.customers.customers_as_of.history_of", lambda *known: history)
    model = SimpleNamespace(model_id="churn-test", folder=desk.home, damage=lambda: None)
    monkeypatch.setattr(recall, "champion_of", lambda workspace, kind, day: model if kind == "churn" else None)
    monkeypatch.setattr(recall, "load", lambda path: None)
    monkeypatch.setattr(recall, "score", lambda model, history, day: scores)
    monkeypatch.setattr(recall, "watch_churn", lambda *known: [])
    profiles = pd.DataFrame({name: pd.Series(dtype="object") for name in PROFILE_COLUMNS})
    monkeypatch.setattr(recall, "profiles_of", lambda model, book, rules: profiles)
    monkeypatch.setattr(recall, "explain", lambda model, history, day, customers: [["overdue"] for _ in customers])
    return desk


def say(desk: Any, buyer: str, state: str = "out", at: str = "2025-11-02 12:00:00", channel: str = "call") -> None:
    path = Path(desk.workspace.merchant.customers.consents)
    if not path.exists():
        path.write_text("shop,buyer,channel,state,at,source\n", encoding="utf-8")
    with path.open("a", encoding="utf-8") as file:
        file.write(f"tmall,{buyer},{channel},{state},{at},sms\n")


def short(desk: Any, buyer: str) -> str:
    return str(customer_key("tmall", buyer, desk.workspace.keys.customers)[:12])


def recalled(desk: Any, day: date, **more: Any) -> list[str]:
    """Publish the recall list of `day`; the customers on it."""
    recall.publish_recall_list(desk.workspace, day.isoformat(), desk.morning_after(day), **more)
    return sorted(str(line.payload["customer"]) for line in desk.document("recall", day).lines)


def states(desk: Any) -> dict[str, tuple[str, str]]:
    rows = desk.rows(tasks, tasks.c.kind == "recall")
    return {row.customer: (row.state, row.answer) for row in rows.itertuples()}


def sent(desk: Any, day: date) -> str:
    (path,) = (desk.home / "lists").rglob(f"召回*{day.isoformat()}*.csv")
    return str(path.read_text(encoding="utf-8-sig"))


def test_who_opted_out_between_scoring_and_sending_is_not_sent(calling: Any) -> None:
    listed = recalled(calling, SECOND)
    assert listed == sorted(short(calling, buyer) for buyer in BUYERS)
    say(calling, BUYERS[2], at="2025-11-03 02:00:00")

    deliver_waiting(calling.workspace, {}, calling.morning_after(SECOND))

    gone = short(calling, BUYERS[2])
    written = sent(calling, SECOND)
    assert gone not in written
    assert all(name in written for name in listed if name != gone)
    assert states(calling)[gone] == ("withdrawn", '{"reason":"opted out"}')
    assert [name for name, (state, _) in states(calling).items() if state != "open"] == [gone]


def test_the_next_list_leaves_them_out_and_the_one_that_is_out_stays_as_it_was(calling: Any) -> None:
    first = recalled(calling, SECOND)
    before = calling.text("recall", SECOND)
    say(calling, BUYERS[0])
    deliver_waiting(calling.workspace, {}, calling.morning_after(SECOND))

    assert recalled(calling, SECOND) == first
    assert calling.text("recall", SECOND) == before
    assert states(calling)[short(calling, BUYERS[0])][0] == "withdrawn"
    calling.ingest(THIRD)
    calling.close(THIRD)
    calling = calling.with_settings(customers={"fatigue_days": 0})
    assert short(calling, BUYERS[0]) not in recalled(calling, THIRD)


def test_an_opt_out_known_before_the_list_keeps_them_off_it(calling: Any) -> None:
    say(calling, BUYERS[1])
    say(calling, BUYERS[3])
    say(calling, BUYERS[3], "in", "2025-11-02 13:00:00")

    listed = recalled(calling, SECOND)

    assert short(calling, BUYERS[1]) not in listed
    assert short(calling, BUYERS[3]) in listed
    assert learn_consents(calling.workspace) == 0


def test_a_refusal_that_asks_for_silence_is_an_opt_out(calling: Any) -> None:
    recalled(calling, SECOND)
    lines = {line.payload["customer"]: line.task_id for line in calling.document("recall", SECOND).lines}
    calling.act(
        THIRD,
        Act(lines[short(calling, BUYERS[4])], "refused", {"reason": "客户说勿扰"}),
        Act(lines[short(calling, BUYERS[5])], "refused", {"reason": "line was busy"}),
    )

    assert learn_consents(calling.workspace) == 1

    known = consents_by_now(calling.workspace)
    known = known[known["source"] == "recall list"]  # the specimen's ERP tells consent too
    assert known["customer"].tolist() == [customer_key("tmall", BUYERS[4], calling.workspace.keys.customers)]
    assert (known["state"].item(), known["channel"].item(), known["source"].item()) == ("out", "any", "recall list")
    by_day = [
        customers_as_of(calling.workspace, day).consents["source"].tolist() for day in ("2025-11-02", "2025-11-03")
    ]
    assert [sources.count("recall list") for sources in by_day] == [0, 1]


def test_where_consent_is_needed_silence_is_not_consent(calling: Any) -> None:
    strict = calling.with_settings(customers={"consent_needed": True})
    say(strict, BUYERS[3], "in")

    assert recalled(strict, SECOND) == [short(strict, BUYERS[3])]
    assert len(strict.rows(recall_arms, recall_arms.c.day == "2025-11-02")) == 1


def test_a_consent_file_that_cannot_be_read_keeps_the_recall_list_and_no_other(calling: Any) -> None:
    recalled(calling, SECOND)
    say(calling, BUYERS[0], "perhaps")

    report = deliver_waiting(calling.workspace, {}, calling.morning_after(SECOND))

    assert report["postponed"] == 1
    assert not list((calling.home / "lists").rglob("召回*2025-11-02*"))


def test_quiet_hours_hold_what_reaches_customers_by_itself(calling: Any) -> None:
    channels = [{**calling.workspace.merchant.channels[0].model_dump(), "contacts_customers": True}]
    quiet = calling.with_settings(customers={"quiet_hours": (time(21), time(8))}, channels=channels)
    recalled(quiet, SECOND)
    three_in_the_morning = quiet.morning_after(SECOND)

    assert deliver_waiting(quiet.workspace, {}, three_in_the_morning)["pending"] == 1
    assert deliver_waiting(quiet.workspace, {}, three_in_the_morning + timedelta(hours=4))["pending"] == 1
    assert deliver_waiting(quiet.workspace, {}, three_in_the_morning + timedelta(hours=5))["sent"] == 1


def test_a_model_of_an_earlier_release_suggests_nobody_and_says_why(calling: Any, monkeypatch: Any) -> None:
    def too_old(path: Path) -> None:
        raise ValueError("expected a churn model of format 2, found 1")

    monkeypatch.setattr(recall, "load", too_old)

    assert recalled(calling, SECOND) == []
    assert "train it again" in calling.document("recall", SECOND).notes[-1]["en"]


def test_an_opt_out_from_one_channel_leaves_the_other(calling: Any) -> None:
    """Whoever refuses calls before the list gets a message, and a refusal of messages after it takes back messages
    only."""
    ways = [{"name": name, "zh": name, "en": name, "capacity": 60} for name in ("call", "sms")]
    calling = calling.with_settings(customers={"contact_channels": ways})
    say(calling, BUYERS[0])
    recalled(calling, SECOND)
    by = {line.payload["customer"]: line.payload["channel"] for line in calling.document("recall", SECOND).lines}
    assert by == {short(calling, buyer): "sms" if buyer == BUYERS[0] else "call" for buyer in BUYERS}
    for buyer in BUYERS[:2]:
        say(calling, buyer, channel="sms", at="2025-11-03 02:00:00")

    deliver_waiting(calling.workspace, {}, calling.morning_after(SECOND))

    gone = [name for name, (state, _) in states(calling).items() if state == "withdrawn"]
    assert gone == [short(calling, BUYERS[0])]
    assert short(calling, BUYERS[0]) not in sent(calling, SECOND)
    assert short(calling, BUYERS[1]) in sent(calling, SECOND)


@pytest.fixture
def called(calling: Any) -> Any:
    """The six were on the list of the second day, four were called the next morning, and the third day is closed."""
    recalled(calling, SECOND)
    lines = {line.payload["customer"]: line.task_id for line in calling.document("recall", SECOND).lines}
    outcomes = ("no_answer", "wrong_number", "interested", "do_not_disturb")
    calling.act(
        THIRD,
        *(
            Act(
                lines[short(calling, buyer)],
                "refused" if outcome == "do_not_disturb" else "done",
                {"outcome": outcome},
            )
            for buyer, outcome in zip(BUYERS, outcomes, strict=False)
        ),
    )
    calling.ingest(THIRD)
    calling.close(THIRD)
    return calling


@pytest.mark.parametrize(
    ("rules", "listed"),
    [
        ({"retry_after_days": 1}, BUYERS[:1]),
        ({"retry_after_days": 3}, []),
        ({"retry_after_days": 1, "max_attempts": 1}, []),
        ({"fatigue_days": 0}, [BUYERS[n] for n in (0, 2, 4, 5)]),
    ],
)
def test_who_did_not_answer_is_tried_again_and_a_wrong_number_is_not_called(
    called: Any, rules: dict[str, int], listed: list[str]
) -> None:
    assert recalled(called.with_settings(customers=rules), THIRD) == sorted(short(called, buyer) for buyer in listed)


def test_a_wrong_number_leaves_the_ways_that_need_none(called: Any) -> None:
    ways = [
        {"name": "call", "zh": "电话", "en": "phone", "capacity": 60},
        {"name": "sms", "zh": "短信", "en": "text", "capacity": 60, "reach": "audience", "effect_of_contact": 0.01},
    ]
    rested = called.with_settings(customers={"fatigue_days": 0, "contact_channels": ways})
    recalled(rested, THIRD)
    by = {line.payload["customer"]: line.payload["channel"] for line in rested.document("recall", THIRD).lines}
    assert by[short(called, BUYERS[1])] == "sms"
    assert by[short(called, BUYERS[2])] == "call"


def test_do_not_disturb_is_an_opt_out_at_once(called: Any) -> None:
    learn_consents(called.workspace)
    known = consents_by_now(called.workspace)
    mine = known[known["source"] == "recall list"]
    assert mine["customer"].tolist() == [customer_key("tmall", BUYERS[3], called.workspace.keys.customers)]
    assert (mine["state"].item(), mine["channel"].item()) == ("out", "any")


def test_only_calls_that_reached_somebody_count_as_contacts(called: Any) -> None:
    reached = customers_as_of(called.workspace, "2025-11-03").reached
    assert sorted(name[:12] for name in reached["customer"]) == sorted(short(called, b) for b in BUYERS[2:4])
