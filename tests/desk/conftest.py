"""A desk on books with lists of every kind, and visitors who are whoever a header says."""

import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import pytest
from fastapi import FastAPI, Request
from fastapi.testclient import TestClient
from sqlalchemy import Engine, insert

from include.desk.application import make_desk
from include.desk.csrf import token_for
from include.desk.host import Host
from include.desk.rights import Visitor
from include.people.pseudonymise import seal_contact
from include.settings.loading import load_merchant
from include.tasks.drafts import Draft, TaskList, draft, ranked
from include.tasks.kinds import kind_of
from include.tasks.publish_list import publish_list
from include.warehouse.books import open_books
from include.warehouse.tables import (
    churn_scores,
    closes,
    consents,
    contact_vault,
    customer_profiles,
    exports,
    fact_versions,
    facts_customer_orders,
    identity_changes,
    order_lines,
    recall_arms,
)
from include.warehouse.workspace import Keys, Workspace
from tests.planted import MAIL, NAME, PHONE
from tests.task_books import restock_sum

DAY = "2025-11-11"
SECRET = b"for tests alone"
WHO = "x-visitor"  # header: NAME or NAME;ROLE
MORNING = datetime(2025, 11, 12, 0, 30, tzinfo=UTC)  # 08:30 where the merchant is
ROOT = Path(__file__).parents[2]
NO_KEYS = Keys({}, "", b"")
KEYS = Keys({"k1": b"v" * 32}, "k1", b"c" * 32)
ANNA, HER_OTHER, BEN = ("0a1b2c3d4e5f" + "6" * 52, "ffff00001111" + "7" * 52, "222233334444" + "8" * 52)


def restock_draft(number: int, **more: object) -> Draft:
    """A restock line whose sum holds: need = quantity, nothing on hand. Every third is in the south."""
    quantity = 10 * number
    payload = {
        "sku": f"SKU{number:03}",
        "title": f"商品 {number:03}",
        "warehouse": "华南仓" if number % 3 == 0 else "华东仓",
        "supplier": f"GYS{101 + number % 2}",
        "supplier_name": f"样本嘉禾{1 + number % 2}厂",
        "category": "保暖" if number % 2 else "清洁",
        **restock_sum(quantity),
        "sold_7": number,
        "sold_30": 4 * number,
        "last_order_day": "2025-11-12" if number <= 5 else "2025-11-20",
        "abc": "ABC"[number % 3],
        "brief_zh": f"需要 {quantity} 件",
        "brief_en": f"need {quantity} units",
        **more,
    }
    return draft(kind_of("restock"), DAY, payload)


def lists_of(day: str = DAY, lines: int = 20) -> list[TaskList]:
    def made(kind: str, payloads: list[dict[str, Any]]) -> TaskList:
        drafts = [draft(kind_of(kind), day, one) for one in payloads]
        return TaskList(kind, day, ranked(kind_of(kind), drafts))

    goods = {"sku": "SKU001", "title": "商品 001", "category": "保暖", "abc": "A", "why_zh": "为什么", "why_en": "why"}
    money = {"cost_micros": 9_000_000, "saved_micros": 8_000_000, "money_at_risk_micros": 30_000_000}
    return [
        TaskList("restock", day, ranked(kind_of("restock"), [restock_draft(n) for n in range(1, lines + 1)])),
        made("transfer", [{**goods, **money, "from_warehouse": "华北仓", "warehouse": "华南仓", "quantity": 6,
                           "surplus": 9}]),
        made("chase", [{**goods, "reference": "PO-7#1", "supplier": "GYS101", "warehouse": "华东仓", "quantity": 40,
                        "money_at_risk_micros": 50_000_000, "action_zh": "催", "action_en": "expedite"}]),
        made("excess", [{**goods, "warehouse": "华北仓", "grade": "A", "action": "clear", "action_zh": "清仓",
                         "action_en": "clear", "quantity": 12, "tied_up_micros": 66_000_000}]),
        made("recall", [
            {"customer": f"c{n:04}", "shop": shop, "shop_zh": called, "shop_en": shop, "reason_zh": "好久没来",
             "reason_en": "long away", "value_micros": 1_000_000 * n, "way": "call"}
            for n, (shop, called) in enumerate([("tmall", "天猫店"), ("jd", "京东店"), ("tmall", "天猫店")], start=1)
        ]),
    ]  # fmt: skip


@dataclass
class Desk:
    """client_of: a browser of somebody who is called so, with the token of their pages."""

    app: FastAPI
    workspace: Workspace
    client_of: Callable[..., TestClient]


async def visitor(request: Request) -> Visitor | None:
    said = request.headers.get(WHO, "")
    if not said:
        return None
    name, _, role = said.partition(";")
    return Visitor(unquote(name), (role,) if role else ())


def merchant_with(home: Path, **desk: Any) -> Any:
    merchant = load_merchant(ROOT / "examples" / "specimen", home)
    return merchant.model_copy(update={"desk": merchant.desk.model_validate({**merchant.desk.model_dump(), **desk})})


def desk_on(
    books: Engine,
    home: Path,
    now: datetime = MORNING,
    keys: Keys = NO_KEYS,
    secrets: Mapping[str, str] | None = None,
    **settings: Any,
) -> Desk:
    """secrets: connection -> password, as Airflow would know it."""
    workspace = Workspace(merchant_with(home, **settings), books, keys, home)
    app = make_desk(
        Host(
            workspace=lambda: workspace,
            visitor=visitor,
            login=lambda path: f"/login?next={path}",
            home="/",
            secret=SECRET,
            now=lambda: now,
            sender_secret=(secrets or {}).get,
        )
    )

    def client_of(name: str = "小王", role: str = "user", language: str = "zh") -> TestClient:
        headers = {WHO: f"{quote(name)};{role}", "x-csrf-token": token_for(name, SECRET)}
        client = TestClient(app, headers=headers, follow_redirects=False)
        client.cookies.set("storekeeper_language", language)
        return client

    return Desk(app, workspace, client_of)


@pytest.fixture
def listed(tmp_path: Path, migrated: Path) -> Iterator[Engine]:
    """Books with a list of each kind."""
    file = tmp_path / "books.sqlite"
    shutil.copy(migrated, file)
    engine = open_books(f"sqlite:///{file}")
    for one in lists_of():
        publish_list(engine, one, datetime(2025, 11, 12, 7))
    yield engine
    engine.dispose()


@pytest.fixture
def desk(listed: Engine, tmp_path: Path) -> Desk:
    return desk_on(listed, tmp_path)


@pytest.fixture
def make_desk_on() -> Callable[..., Desk]:
    """For tests: modules are imported one by one and share nothing but fixtures."""
    return desk_on


@pytest.fixture
def known(listed: Engine) -> Engine:
    """Anna buys at tmall, and as another customer at jd; Ben at jd, and is left alone. Both are in the vault."""
    publish_list(
        listed,
        TaskList(
            "recall",
            "2025-11-12",
            ranked(
                kind_of("recall"),
                [
                    draft(
                        kind_of("recall"),
                        "2025-11-12",
                        {"customer": ANNA[:12], "shop": "tmall", "value_micros": 9_000_000, "way": "call",
                         "channel": "call", "last_order_id": "T2", "reasons": "slowing"},
                    )
                ],
            ),
        ),
        datetime(2025, 11, 13, 7),
    )  # fmt: skip
    export = {
        "export_id": "e" * 64, "export_number": 1, "shop": "tmall", "platform": "taobao", "report": "order_lines",
        "day": "2025-11-01",
        "content_hash": "f" * 64, "file_name": "x.csv", "size_bytes": 1, "exported_at": "2025-11-02 01:00:00",
        "landed_at": "2025-11-02 01:00:00", "state": "published", "rows_total": 1, "rows_published": 1,
        "rows_quarantined": 0, "rows_ignored": 0, "money_total_micros": 0, "money_published_micros": 0,
        "money_quarantined_micros": 0, "money_ignored_micros": 0,
    }  # fmt: skip

    def order(shop: str, day: str, order_id: str, customer: str, paid: int, refunded: int = 0, as_of: str = DAY) -> Any:
        return {
            "shop": shop, "day": day, "as_of": as_of, "order_id": order_id, "customer": customer, "units": 1,
            "revenue_micros": paid * 1_000_000, "exceptional_micros": 0, "discount_micros": 0,
            "refunded_micros": refunded * 1_000_000,
        }  # fmt: skip

    def line(order_id: str, number: int, **more: Any) -> dict[str, Any]:
        return {"export_number": 1, "file_line": number, "number": 1, "shop": "tmall", "order_id": order_id,
                "line_id": f"{order_id}-{number}", "quantity": 2, "is_gift": 0, "paid_micros": 1, "is_whole": 1,
                **more}  # fmt: skip

    versions = [("tmall", "2025-10-01"), ("tmall", "2025-10-31"), ("jd", "2025-10-20"), ("jd", "2025-09-01")]
    with listed.begin() as books:
        books.execute(insert(closes), {"day": "2025-11-12", "revision": 1, "closed_at": "2025-11-13 01:00:00",
                                       "missing_shops": "[]", "inputs_hash": "0" * 64, "exports": 1,
                                       "touched": "{}"})  # fmt: skip
        books.execute(insert(exports), export)
        books.execute(
            insert(fact_versions),
            [
                {
                    "fact": "customer_orders",
                    "shop": shop,
                    "day": day,
                    "as_of": as_of,
                    "content_hash": "0" * 64,
                    "rows": 1,
                }
                for shop, day in versions
                for as_of in ("2025-11-01", DAY)
            ],
        )
        books.execute(
            insert(facts_customer_orders),
            [
                order("tmall", "2025-10-01", "T1", ANNA, 50),
                order("tmall", "2025-10-31", "T2", ANNA, 70, refunded=30),
                order("tmall", "2025-10-31", "T2", ANNA, 90, as_of="2025-11-01"),  # what was known before
                order("tmall", "2025-10-31", "GONE", ANNA, 11, as_of="2025-11-01"),
                order("jd", "2025-10-20", "J1", HER_OTHER, 25),
                order("jd", "2025-09-01", "J2", BEN, 60),
            ],
        )
        books.execute(insert(order_lines), [line("T2", 1, title="热水袋"), line("T2", 2, title="赠品扇子", is_gift=1)])
        books.execute(
            insert(identity_changes),
            [{"day": "2025-11-01", "customer": one, "person": ANNA, "kind": "phone"} for one in (ANNA, HER_OTHER)],
        )
        profile = {"day": DAY, "rfm": "535", "tags": "repeat_buyer", "usual_gap_days": 15, "value_micros": 250_000_000}
        books.execute(
            insert(customer_profiles),
            [
                {
                    **profile,
                    "customer": ANNA,
                    "stage": "growing",
                    "next_category": "保暖",
                    "next_due_day": "2025-11-20",
                },
                {**profile, "customer": BEN, "stage": "dormant", "next_category": None, "next_due_day": None},
            ],
        )
        score = {"day": DAY, "model_id": "0" * 64, "horizon_days": 60, "expected_orders": 1.0}
        books.execute(
            insert(churn_scores),
            [{**score, "customer": ANNA, "p_churn": 0.253}, {**score, "customer": BEN, "p_churn": 0.9}],
        )
        arm = {"day": DAY, "propensity": 0.9, "channel": "call", "offer": "none"}
        books.execute(
            insert(recall_arms),
            [{**arm, "customer": ANNA, "arm": "listed"}, {**arm, "customer": BEN, "arm": "control"}],
        )
        books.execute(insert(consents), {"customer": HER_OTHER, "channel": "any", "state": "out", "source": "phone",
                                         "at": "2025-11-05 12:00:00"})  # fmt: skip
        for customer, shop in ((ANNA, "tmall"), (HER_OTHER, "jd")):
            for field, value in (("phone", PHONE), ("name", NAME), ("email", MAIL)):
                books.execute(
                    insert(contact_vault),
                    {"customer": customer, "field": field, "sealed": seal_contact(customer, field, value, KEYS),
                     "key_id": "k1", "shop": shop, "export_id": "e" * 64, "exported_at": "2025-11-02 01:00:00",
                     "day": "2025-11-01"},
                )  # fmt: skip
    return listed
