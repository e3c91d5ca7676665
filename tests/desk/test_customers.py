"""A customer's page: what is known of them without who they are, and how to reach them for who may, once, for a
reason."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi.routing import APIRoute
from sqlalchemy import Engine, select

from include.people.access_log import subject_of, verify_access_log
from include.tasks.task_tables import tasks
from include.warehouse.tables import access_log, contact_vault
from include.warehouse.workspace import Keys
from tests.planted import MAIL, NAME, PHONE, PLANTED

DAY = "2025-11-11"
ANNA, HER_OTHER, BEN = ("0a1b2c3d4e5f" + "6" * 52, "ffff00001111" + "7" * 52, "222233334444" + "8" * 52)
KEYS = Keys({"k1": b"v" * 32}, "k1", b"c" * 32)


def desk_of(make: Callable[..., Any], books: Engine, home: Path, **settings: Any) -> Any:
    """A desk that has the keys."""
    return make(books, home, keys=KEYS, **settings)


PATH = f"/customers/{ANNA[:12]}"


def test_all_that_is_known_stands_on_one_page(known: Engine, tmp_path: Path, make_desk_on: Callable[..., Any]) -> None:
    page = desk_of(make_desk_on, known, tmp_path).client_of(language="en").get(PATH).text
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))
    assert "growing" in text
    assert "535" in text
    assert "25.3%" in text
    assert "data up to 2025-11-12" in text
    assert "2 accounts are one person" in text, "of two shops"
    # T1 + T2 + J1, as the newest close knows them: 50 + 70 + 25
    assert "145" in text
    assert "3 orders" in text
    assert "GONE" not in text
    assert "¥70.00 ¥30.00" in text.replace("CN¥", "¥")
    assert "热水袋 × 2" in text
    assert "赠品扇子" not in text
    # 31 October and 15 days is the 15th of November; the books end on the 12th
    assert "2025-11-15 not due yet" in text
    assert "Usually buys every 15 days and has not for 12" in text, "by the dates of the page's day"
    assert "orders less often than before" in text, "and by what the model saw when she was listed"
    assert "objected" in text, "what her other account said holds for her"
    assert "listed" in text


def test_the_control_group_is_to_be_left_alone(known: Engine, tmp_path: Path, make_desk_on: Callable[..., Any]) -> None:
    client = desk_of(make_desk_on, known, tmp_path).client_of()
    assert "请不要主动联系" in client.get(f"/customers/{BEN[:12]}").text
    assert "请不要主动联系" not in client.get(PATH).text


@pytest.mark.parametrize("short", ["0a1b2c3d4e5e", "0a1b2c3d4e5", "0a1b2c3d4e5f6", "c0001", "%25", "0A1B2C3D4E5F"])
def test_nobody_is_guessed(known: Engine, tmp_path: Path, make_desk_on: Callable[..., Any], short: str) -> None:
    client = desk_of(make_desk_on, known, tmp_path, unmask=("小王",)).client_of("小王")
    assert client.get(f"/customers/{short}").status_code == 404
    assert client.post(f"/customers/{short}/contact", data={"reason": "回电"}).status_code == 404


def test_a_customer_of_other_shops_is_nobody(known: Engine, tmp_path: Path, make_desk_on: Callable[..., Any]) -> None:
    scopes = {"小王": {"shops": ["tmall"]}, "小李": {"shops": ["jd"]}, "小赵": {"shops": ["douyin"]}}
    desk = desk_of(make_desk_on, known, tmp_path, scopes=scopes, unmask=("小王", "小李", "小赵"))
    assert desk.client_of("小王").get(f"/customers/{BEN[:12]}").status_code == 404
    assert desk.client_of("小赵").get(PATH).status_code == 404
    assert desk.client_of("小赵").post(f"{PATH}/contact", data={"reason": "回电"}).status_code == 404
    hers, theirs = desk.client_of("小王").get(PATH).text, desk.client_of("小李").get(PATH).text
    assert (">T2<" in hers, ">J1<" in hers) == (True, False)
    assert (">T2<" in theirs, ">J1<" in theirs) == (False, True)
    shown = desk.client_of("小李").post(f"{PATH}/contact", data={"reason": "回电"}).text
    rows = re.findall(r"<th scope=\"row\">(.*?)</th><td>(.*?)</td><td>(.*?)</td>", shown)
    assert {shop for _, _, shop in rows} == {"jd"}


class TestInClear:
    """Phone, name and mail address."""

    def ask(self, client: Any, reason: str = "客户要求回电", path: str = PATH) -> Any:
        return client.post(f"{path}/contact", data={"reason": reason})

    def log(self, books: Engine) -> list[Any]:
        with books.connect() as connection:
            assert verify_access_log(connection) is None
            return list(connection.execute(select(access_log).order_by(access_log.c.seq)))

    def test_it_is_shown_to_who_may_and_the_log_says_so(
        self, known: Engine, tmp_path: Path, make_desk_on: Callable[..., Any]
    ) -> None:
        desk = desk_of(make_desk_on, known, tmp_path, unmask=("小王",))
        client = desk.client_of("小王")
        shown = self.ask(client)
        assert shown.status_code == 200
        assert shown.headers["cache-control"] == "no-store"
        for value in (PHONE, NAME, MAIL):
            assert value in shown.text
        entries = self.log(known)
        assert {one.subject for one in entries} == {subject_of(desk.workspace, one) for one in (ANNA, HER_OTHER)}
        assert {(one.who, one.why, one.what) for one in entries} == {("小王", "客户要求回电", "unmask")}
        assert {one.at[:16] for one in entries} == {"2025-11-12 08:30"}
        assert PLANTED.found_in(client.get(PATH).content) == set(), "once"
        part = client.post(f"{PATH}/contact", data={"reason": "再看一次"}, headers={"hx-request": "true"})
        assert PHONE in part.text
        assert "<html" not in part.text
        assert len(self.log(known)) == 4, "and asking again is another entry"

    def test_nobody_may_until_the_settings_name_them(
        self, known: Engine, tmp_path: Path, make_desk_on: Callable[..., Any]
    ) -> None:
        desk = desk_of(make_desk_on, known, tmp_path)
        for role in ("user", "op", "admin"):
            answer = self.ask(desk.client_of("小王", role))
            assert answer.status_code == 403
            assert PLANTED.found_in(answer.content) == set()
        planner = desk_of(make_desk_on, known, tmp_path, unmask=("小王",), clerk=(), approver=())
        assert self.ask(planner.client_of("小王")).status_code == 403, "who sees no customers sees no phone of theirs"
        assert self.log(known) == []

    def test_without_a_reason_nothing_is_shown(
        self, known: Engine, tmp_path: Path, make_desk_on: Callable[..., Any]
    ) -> None:
        answer = self.ask(desk_of(make_desk_on, known, tmp_path, unmask=("小王",)).client_of("小王"), reason="  ")
        assert answer.status_code == 400
        assert PLANTED.found_in(answer.content) == set()
        assert self.log(known) == []

    def test_without_keys_it_says_what_is_missing(
        self, known: Engine, tmp_path: Path, make_desk_on: Callable[..., Any]
    ) -> None:
        answer = self.ask(make_desk_on(known, tmp_path, unmask=("小王",)).client_of("小王"))
        assert answer.status_code == 400
        assert "密钥" in answer.text
        assert self.log(known) == []

    def test_the_log_comes_first(
        self, known: Engine, tmp_path: Path, make_desk_on: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """If it cannot be written down, it is not opened; if it cannot be opened, it was written down."""
        client = desk_of(make_desk_on, known, tmp_path, unmask=("小王",)).client_of("小王")
        opened: list[Any] = []
        with monkeypatch.context() as broken:
            broken.setattr("include.desk.crm.unmasking.opened_contacts", lambda *said: opened.append(said) or [])
            broken.setattr("include.desk.crm.unmasking.note_access", lambda *_: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                self.ask(client)
        assert opened == []
        with known.begin() as connection:
            connection.execute(contact_vault.update().values(sealed=contact_vault.c.sealed + "AAAA"))
        answer = self.ask(client)
        assert answer.status_code == 409
        assert "数据工程师" in answer.text
        assert len(self.log(known)) == 2


def test_no_page_holds_what_says_who_somebody_is(
    known: Engine, tmp_path: Path, make_desk_on: Callable[..., Any]
) -> None:
    """Every address, by GET, for somebody with every right there is."""
    desk = desk_of(make_desk_on, known, tmp_path, unmask=("小王",))
    client = desk.client_of("小王", "admin")
    with known.connect() as connection:
        lines = connection.scalars(select(tasks.c.task_id)).all()
    values: dict[str, list[str]] = {
        "kind": [*dict.fromkeys(("restock", "transfer", "chase", "excess", "recall"))],
        "task_id": list(lines),
        "shop": ["tmall"],
        "day": ["2025-11-01", DAY],
        "name": ["desk.js"],
        "supplier": ["GYS101"],
        "number": ["none"],
        "short": [ANNA[:12], HER_OTHER[:12], BEN[:12]],
    }
    looked = 0
    for route in desk.app.routes:
        if isinstance(route, APIRoute) and "GET" in route.methods:
            paths = [route.path.replace(":path", "")]
            for name, known_values in values.items():
                paths = [one.replace(f"{{{name}}}", value) for one in paths for value in known_values]
            for path in dict.fromkeys(paths):
                answer = client.get(path)
                looked += answer.status_code == 200
                assert PLANTED.found_in(answer.content) == set(), path
    assert looked > 40
    # and the same search finds them where they are shown
    shown = client.post(f"{PATH}/contact", data={"reason": "回电"})
    assert len({one.split(" as ")[0] for one in PLANTED.found_in(shown.content)}) == 3


def test_indexes_find_a_customer(known: Engine) -> None:
    """No table is read from end to end for one customer."""
    from include.desk.crm import one_customer as view
    from include.desk.crm import whose

    asked: list[tuple[str, Any]] = []
    from sqlalchemy import event

    with known.connect() as connection:
        event.listen(connection, "before_cursor_execute", lambda _, __, sql, args, *___: asked.append((sql, args)))
        customers = whose.customers_behind(connection, ANNA[:12], DAY)
        view._orders(connection, customers, DAY)
        view._arms(connection, customers, DAY)
        view._newest_score(connection, ANNA, DAY)
    assert customers == (ANNA, HER_OTHER)
    seen = asked.copy()
    with known.connect() as connection:
        for sql, args in seen:
            plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", args)]
            assert [step for step in plan if step.startswith("SCAN")] == [], (sql, json.dumps(plan))
