"""What a message says: the most urgent lines with money, links to the desk, mentions, all within a robot's bytes."""

import json
from dataclasses import replace
from typing import Any

import pytest

from include.settings.desk import Desk
from include.tasks.channels.card import EVERYBODY
from include.tasks.channels.http import Limits
from include.tasks.channels.mail import MailChannel
from include.tasks.channels.parcel import Parcel
from include.tasks.channels.robots import RobotChannel
from include.tasks.document import Document, Line
from include.words.texts import Language
from tests.tasks.robot_server import SECRET, Robot, robot_server

DESK = "https://airflow.example.com/storekeeper"
ROBOTS = ("dingtalk", "wecom", "feishu")


def parcel(kind: str = "restock", lines: int = 8, title: str = "保温杯") -> Parcel:
    """Lines of which every second is urgent."""
    told = tuple(
        Line(
            f"t{n}",
            f"w/{n}",
            n,
            2 * (n % 2 == 0),
            "2025-11-12",
            {
                "sku": f"S{n}",
                "title": title,
                "warehouse": "华东仓",
                "quantity": 10 * n,
                "money_at_risk_micros": n * 100_500_000,
                "customer": f"c{n}",
            },
        )
        for n in range(1, lines + 1)
    )
    notes = ({"zh": "缺一家店", "en": "a shop lacks"},)
    return Parcel("k" * 64, 1, 1, Document(kind, "2025-11-12", told, notes, (), {}))


def sent(make: str, what: Parcel, *, language: Language = "zh", desk: str = DESK, mention: Any = ()) -> dict[str, Any]:
    with robot_server(Robot(make, lambda: 0.0)) as robot:
        channel = RobotChannel("chat", make, language, desk, mention, limits=Limits(1, 1, 2))
        outcome = channel.send(what, {"url": robot.url, "secret": SECRET})
        assert outcome.state == "sent", outcome
        return robot.taken[0]


def text_of(message: dict[str, Any]) -> str:
    """The markdown of a message."""
    if "card" in message:
        return str(message["card"]["elements"][0]["text"]["content"])
    told = message[message["msgtype"]]
    return str(told.get("text") or told["content"])


@pytest.mark.parametrize("make", ROBOTS)
def test_the_most_urgent_lines_come_first_with_their_money_and_links(make: str) -> None:
    text = text_of(sent(make, parcel()))
    lines = [part for part in text.split("\n\n") if "/tasks/" in part]
    assert [line.rpartition("/")[2] for line in lines] == ["t2)", "t4)", "t6)", "t8)", "t1)"]
    assert lines[0] == f"[【急】2. 保温杯（S2）→ 华东仓：20 件，不补货预计损失 ¥201.00]({DESK}/tasks/t2)"
    assert "还有 3 行" in text
    assert f"({DESK}/lists/restock)" in text


def test_each_robot_has_a_button_to_the_list_if_it_knows_buttons() -> None:
    assert sent("dingtalk", parcel())["actionCard"]["singleURL"] == f"{DESK}/lists/restock"
    (action,) = sent("feishu", parcel())["card"]["elements"][1]["actions"]
    assert (action["url"], action["text"]["content"]) == (f"{DESK}/lists/restock", "打开清单")


@pytest.mark.parametrize("make", ROBOTS)
def test_without_the_desks_address_there_is_no_link(make: str) -> None:
    message = json.dumps(sent(make, parcel(), desk=""), ensure_ascii=False)
    assert "http" not in message
    assert "](" not in message


@pytest.mark.parametrize("make", ROBOTS)
@pytest.mark.parametrize(
    "title", ["超长商品名称" * 200, '"\\' * 3_000, "](https://evil.example) <at id=all></at> @all `x`"]
)
def test_no_title_breaks_a_message(make: str, title: str) -> None:
    """The server refuses what is longer than the robot takes."""
    message = sent(make, parcel(title=title, lines=40))
    text = text_of(message)
    assert "https://evil" not in text, "chats make links of addresses"
    assert "<at" not in text
    assert "@" not in text
    assert "/tasks/t2" in text


@pytest.mark.parametrize("make", ROBOTS)
def test_english(make: str) -> None:
    text = text_of(sent(make, parcel(), language="en"))
    assert "Now: 2. 保温杯 (S2) to 华东仓: 20 units" in text
    assert "¥201.00" in text


@pytest.mark.parametrize(
    ("make", "people", "written"),
    [
        ("dingtalk", ("13800138000", "li"), "@13800138000 @li"),
        ("wecom", ("li",), "<@li>"),
        ("feishu", ("ou_1",), "<at id=ou_1></at>"),
    ],
)
def test_people_are_named_on_urgent_lines_alone(make: str, people: tuple[str, ...], written: str) -> None:
    message = sent(make, parcel(), mention=people)
    assert text_of(message).endswith(written)
    if make == "dingtalk":
        assert message["at"] == {"isAtAll": False, "atMobiles": ["13800138000"], "atUserIds": ["li"]}
    calm = parcel()
    calm = replace(calm, document=replace(calm.document, lines=tuple(replace(one, urgency=0) for one in calm.lines)))
    assert written not in text_of(sent(make, calm, mention=people))


def test_everybody_in_dingtalk() -> None:
    message = sent("dingtalk", parcel(), mention=(EVERYBODY,))
    assert message["at"] == {"isAtAll": True}


@pytest.mark.parametrize("make", ROBOTS)
def test_customers_are_linked_to_as_a_list_and_never_told(make: str) -> None:
    text = text_of(sent(make, parcel(kind="recall")))
    assert f"{DESK}/lists/recall" in text
    assert "/tasks/" not in text
    assert "保温杯" not in text


@pytest.mark.parametrize("make", ROBOTS)
def test_one_message_for_all_lists_of_a_morning(make: str) -> None:
    whole = replace(parcel(), also=(parcel("transfer"), parcel("recall"), parcel("excess", lines=0)))
    message = sent(make, whole)
    text = text_of(message)
    assert "今日清单 2025-11-12（3 份）" in text
    for kind in ("restock", "transfer", "recall"):
        assert f"({DESK}/lists/{kind})" in text
    assert "excess" not in text, "an empty list says nothing"
    if make == "dingtalk":
        assert message["actionCard"]["singleURL"] == f"{DESK}/"


def test_a_mail_has_the_same_lines_as_a_page() -> None:
    message = MailChannel("mail", desk=DESK)._message(
        parcel(title="<b>杯</b>"), {"sender": "a@example.com", "recipients": "b@example.com"}
    )
    page = message.get_body(("html",))
    assert page is not None
    assert f'<a href="{DESK}/tasks/t2">【急】2. &lt;b&gt;杯&lt;/b&gt;（S2）' in page.get_content()
    plain = message.get_body(("plain",))
    assert plain is not None
    assert f"{DESK}/lists/restock" in plain.get_content()


def test_the_desks_pages_stand_below_airflows_address() -> None:
    assert Desk(address="https://airflow.example.com/").pages == DESK
    assert Desk().pages == ""
    with pytest.raises(ValueError, match="address"):
        Desk(address="airflow.example.com")
