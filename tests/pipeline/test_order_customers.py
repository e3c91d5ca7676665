"""A shop whose exports mask their buyers gets its customers from the ERP; without it lists say why there are none."""

import json
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from include.cli.keys import new_keys
from include.customers.churn.churn import save, train
from include.customers.customers_as_of import customers_as_of
from include.customers.store import consents_by_now, history_as_of, learn_consents
from include.people.erase import erase
from include.people.find import find, tell
from include.pipeline import ingest
from include.pipeline.recall import publish_recall_list
from include.settings.merchant import Merchant
from include.tasks.document import read_document
from include.tasks.publish_list import document_of
from include.tasks.task_tables import tasks
from include.warehouse.as_of import read_facts
from include.warehouse.books import publication
from include.warehouse.model_registry import register
from include.warehouse.tables import consents, exports, fact_versions, order_customers
from include.warehouse.workspace import Keys
from tests.copies import emptied, new_workspace
from tests.pipeline.small_merchant import SOLD, SmallDesk

DAYS = ("2025-09-01", "2025-09-06", "2025-11-01")
CRM = "店铺名称,线上订单号,买家ID,会员等级,是否同意营销,会员手机号"


def merchant(home: Path, **customers: object) -> Merchant:
    def shop(name: str, **more: object) -> dict[str, object]:
        return {
            "name": name,
            "platform": "declared",
            "source": {"path": f"{home}/exports/{name}/{{day}}", "settle_seconds": 0},
            "reports": {"sales": {"pattern": "*.csv", "declared": SOLD}},
            **more,
        }

    return Merchant.model_validate(
        {
            "name": "small",
            "books": f"sqlite:///{home}/books.sqlite",
            "raw": f"{home}/raw",
            "models": f"{home}/models",
            "data_docs": f"{home}/data_docs",
            "running": {"clock_starts": "2100-01-01"},
            "warehouses": [{"name": "w1"}],
            "customers": customers,
            "checking": {"quarantine_ceiling": 1.0},
            "channels": [],
            "shops": [
                shop("alpha", other_names=["阿尔法旗舰店"]),
                shop("beta"),
                shop(
                    "erp",
                    platform="jushuitan",
                    reports={"order_customers": {"pattern": "*", "required": False}},
                    keep_contacts=True,
                ),
            ],
        }
    )


class Desk(SmallDesk):
    @classmethod
    def of(cls, home: Path, url: str | None = None, **customers: object) -> "Desk":
        described = merchant(home, **customers)
        return cls(new_workspace(described, url or described.books, Keys.from_mapping(new_keys()), home))

    def tells(self, day: str, *rows: str, name: str = "crm.csv", header: str = CRM) -> None:
        folder = self.home / "exports" / "erp" / day
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")

    def ingest(self, day: str, *shops: str) -> None:
        for shop in shops or ("alpha", "beta", "erp"):
            done = ingest.ingest_shop(self.workspace, shop, day, self.morning_after(day))
            assert not done.failed, done.failed
            assert not done.stopped, done.stopped

    def customers_of(self, day: str) -> dict[str, str]:
        facts = read_facts(self.workspace.books, "customer_orders", day)
        return dict(zip(facts["order_id"], facts["customer"], strict=True))


def notes_of_the_list(desk: Desk, day: str) -> list[str]:
    with desk.workspace.books.connect() as connection:
        text = document_of(connection, "recall", day)
    assert text is not None
    return [note["en"] for note in read_document(text).notes]


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Desk]:
    url = None
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres_url")
        emptied(url).dispose()
    made = Desk.of(tmp_path / "home", url)
    yield made
    made.workspace.books.dispose()


def test_an_order_of_a_masked_buyer_is_of_the_customer_whom_the_erp_names(desk: Desk) -> None:
    # given two masked orders and one that names its buyer
    desk.sells("alpha", DAYS[0], "a100001 t**3 -", "a100002 t**8 -", "a100003 小树 -")
    # when the ERP tells all three, the first on two lines, the second merged with an order of the other shop's kind
    desk.tells(
        DAYS[0],
        "阿尔法旗舰店,a100001,ouA,金卡,,",
        "阿尔法旗舰店,a100001,ouA,金卡,,",
        '阿尔法旗舰店,"a100002,a100009",ouB,,,',
        "alpha,a100003,ouC,,,",
    )
    desk.live(DAYS[0])
    # then the masked ones are its customers within the shop, and who names themselves stays who they are
    assert desk.customers_of(DAYS[0]) == {
        "a100001": desk.customer("alpha", "ouA"),
        "a100002": desk.customer("alpha", "ouB"),
        "a100003": desk.customer("alpha", "小树"),
    }
    told = desk.rows(order_customers)
    assert told[["for_shop", "order_id", "tier"]].fillna("").values.tolist() == [
        ["alpha", "a100001", "金卡"],
        ["alpha", "a100002", ""],
        ["alpha", "a100009", ""],
        ["alpha", "a100003", ""],
    ]
    ledger = desk.rows(exports, exports.c.shop == "erp").iloc[0]
    assert ledger["rows_total"] == ledger["rows_published"] + ledger["rows_ignored"] + ledger["rows_quarantined"] == 4
    assert json.loads(ledger["reasons"]) == {"another line of the same order": {"rows": 1, "money_micros": 0}}


def test_a_mapping_that_comes_later_changes_the_days_of_its_orders_and_not_what_was_known_before(desk: Desk) -> None:
    desk.sells("alpha", DAYS[0], "a100001 t**3 -")
    desk.live(DAYS[0])
    desk.tells(DAYS[1], "阿尔法旗舰店,a100001,ouA,,,")

    desk.live(DAYS[1])

    assert desk.customers_of(DAYS[0]) == {}
    assert desk.customers_of(DAYS[1]) == {"a100001": desk.customer("alpha", "ouA")}
    # and a replay of both closes leaves every version as it was
    versions = desk.rows(fact_versions)
    for day in reversed(DAYS[:2]):
        desk.close(day)
    assert desk.rows(fact_versions).equals(versions)


def test_the_erp_may_tell_first_and_the_order_come_later(desk: Desk) -> None:
    desk.tells(DAYS[0], "阿尔法旗舰店,a100001,ouA,,,")
    desk.live(DAYS[0])
    desk.sells("alpha", DAYS[1], "a100001 t**3 -")

    desk.live(DAYS[1])

    assert desk.customers_of(DAYS[1]) == {"a100001": desk.customer("alpha", "ouA")}


def test_what_joins_nothing_is_ignored_with_its_reason(desk: Desk) -> None:
    desk.tells(
        DAYS[0],
        "阿尔法旗舰店,a100001,t**3,,,",  # masked here, too
        "阿尔法旗舰店,,ouA,,,",
        "伽马旗舰店,g1000001,ouB,,,",
        ",g1000002,ouB,,,",
    )
    desk.live(DAYS[0])

    reasons = json.loads(desk.rows(exports, exports.c.shop == "erp").iloc[0]["reasons"])
    assert {name: about["rows"] for name, about in reasons.items()} == {
        "names no customer": 1,
        "names no order of a platform": 1,
        "of the shop 伽马旗舰店, which no shop of the YAML is called: add it to other_names of the shop it is": 1,
        "names no shop: add the shop's column, or for_shop to the report's YAML": 1,
    }


def test_a_key_that_spans_shops_joins_the_customers_of_both(desk: Desk) -> None:
    desk.sells("alpha", DAYS[0], "a100001 t**3 -")
    desk.sells("beta", DAYS[0], "b100001 t**8 -")
    desk.tells(
        DAYS[0],
        "阿尔法旗舰店,a100001,ouA,omid-77",
        "beta,b100001,ouB,omid-77",
        header="店铺名称,线上订单号,买家ID,omid",
    )
    desk.live(DAYS[0])

    assert len(set(desk.customers_of(DAYS[0]).values())) == 2
    assert len(history_as_of(desk.workspace, DAYS[0]).customers) == 1


def test_consent_of_the_report_counts_when_it_changes_and_never_undoes_a_refusal(desk: Desk) -> None:
    customer = desk.customer("alpha", "ouA")

    def state() -> list[list[str]]:
        learn_consents(desk.workspace)
        said = consents_by_now(desk.workspace)
        return said.loc[said["customer"] == customer, ["state", "source"]].values.tolist()

    # given a refusal that the books know, and a report that has said yes all along
    with publication(desk.workspace.books) as change:
        refusal = {"customer": customer, "channel": "any", "at": "2025-08-01 10:00:00", "source": "recall list"}
        change.insert(consents, pd.DataFrame([{**refusal, "state": "out", "day": None}]))
    desk.tells(DAYS[0], "阿尔法旗舰店,a100001,ouA,,是,")
    desk.live(DAYS[0])
    assert sorted(state()) == [["in", "customers of erp"], ["out", "recall list"]]
    said = consents_by_now(desk.workspace).sort_values("at")
    assert said["state"].iloc[-1] == "out"
    # when the report repeats itself nothing is added; when it turns to no, that is a statement
    desk.tells(DAYS[1], "阿尔法旗舰店,a100001,ouA,,是,", name="again.csv")
    desk.live(DAYS[1])
    assert len(state()) == 2
    desk.tells(DAYS[2], "阿尔法旗舰店,a100001,ouA,,退订,", name="third.csv")
    desk.live(DAYS[2])
    assert len(state()) == 3


def test_erasure_and_answers_to_a_person_reach_orders_that_the_erp_names(desk: Desk) -> None:
    now = desk.clock(DAYS[1])
    desk.sells("alpha", DAYS[0], "a100001 t**3 -", "a100002 t**8 -")
    desk.tells(DAYS[0], "阿尔法旗舰店,a100001,ouA,,是,13961234507", "阿尔法旗舰店,a100002,ouB,,是,13961234508")
    desk.live(DAYS[0])

    found = find(desk.workspace, "me", "asked", now, phone="139 6123 4507")
    assert [row["order_id"] for row in tell(desk.workspace, found, "me", "asked", now)["orders"]] == ["a100001"]

    erase(desk.workspace, found, "me", "asked", now, passwords={})
    gone = desk.customer("alpha", "ouA")
    assert gone not in set(desk.rows(order_customers)["customer"])
    assert gone not in set(desk.customers_of(DAYS[0]).values())
    crm = desk.home / "exports" / "erp" / DAYS[0] / "crm.csv"
    assert "ouA" not in crm.read_text(encoding="utf-8")
    assert "ouB" in crm.read_text(encoding="utf-8")
    # an old copy of the file brings nobody back
    desk.tells(DAYS[1], "阿尔法旗舰店,a100001,ouA,,是,13961234507")
    desk.ingest(DAYS[1])
    desk.close(DAYS[1])
    assert gone not in {*desk.rows(order_customers)["customer"], *desk.customers_of(DAYS[1]).values()}


def test_a_shop_that_names_nobody_says_so_with_the_cause_and_the_shares(desk: Desk) -> None:
    # given one shop that masks its two buyers and one that names its only one
    desk.sells("alpha", DAYS[0], "a100001 t**3 -", "a100002 t**8 -")
    desk.sells("beta", DAYS[0], "b100001 小树 -")
    desk.live(DAYS[0])
    known = customers_as_of(desk.workspace, DAYS[0]).known
    assert known.fillna(-1).values.tolist() == [["alpha", 2, 0, 0.0, 0.0], ["beta", 1, 1, 1.0, 1.0]]
    # when the list is made, its head tells it, and the ledger does
    publish_recall_list(desk.workspace, DAYS[0], desk.morning_after(DAYS[0]))
    notes = notes_of_the_list(desk, DAYS[0])
    assert any(note.startswith("alpha: 2 orders, 0 with a customer (") for note in notes)
    assert "Orders of 90 days with a customer: alpha 0.0% (0.0% of money), beta 100.0% (100.0% of money)." in notes
    checks = desk.rows(exports, exports.c.shop == "alpha").iloc[0]["checks"]
    assert "2 orders, 0 buyers named" in checks
    assert "the report order_customers of erp says whose they are" in checks


def test_where_no_shop_names_anybody_that_is_the_reason_and_not_a_missing_model(desk: Desk) -> None:
    desk.sells("alpha", DAYS[0], "a100001 t**3 -")
    desk.live(DAYS[0])

    publish_recall_list(desk.workspace, DAYS[0], desk.morning_after(DAYS[0]))

    notes = notes_of_the_list(desk, DAYS[0])
    assert any("No order has a customer" in note for note in notes)
    assert not any("no churn model" in note for note in notes)


@pytest.mark.parametrize("told", [True, False])
def test_the_list_holds_customers_of_masked_shops_only_if_the_erp_tells_them(tmp_path: Path, told: bool) -> None:
    # given eight buyers of a shop that masks them, eight of one that names them, a till, and a model of the second day
    rules = {"horizon_days": 30, "capacity": 100, "till": {"orders": 5, "times": 2}, "control_share": 0.0}
    desk = Desk.of(tmp_path / "home", **rules, wage_per_hour=0)  # these goods' margin would not pay for a call
    for visit, (day, some) in enumerate(zip(DAYS, (range(8), range(0, 6, 2), range(7, 8)), strict=True)):
        tills = [f"b9{visit}{n}00 收银一号 -" for n in range(8)] if visit < 2 else []
        desk.sells("alpha", day, *(f"a1{visit}{n}000 t**3 -" for n in some))
        desk.sells("beta", day, *(f"b1{visit}{n}000 buyer{n} -" for n in some), *tills)
        if told:
            desk.tells(day, *(f"阿尔法旗舰店,a1{visit}{n}000,ou{n},,," for n in some), name=f"crm{visit}.csv")
        desk.live(day)
    saved = tmp_path / "model"
    saved.mkdir()
    save(train(history_as_of(desk.workspace, DAYS[1]), DAYS[1], 30, seed=1), saved / "churn.json")
    register(desk.workspace, "churn", DAYS[1], saved, {}, is_released=True)

    publish_recall_list(desk.workspace, DAYS[2], desk.morning_after(DAYS[2]))

    listed = desk.rows(tasks, tasks.c.kind == "recall")
    shops = [json.loads(payload)["shop"] for payload in listed["payload"]]
    notes = notes_of_the_list(desk, DAYS[2])
    assert set(shops) == ({"alpha", "beta"} if told else {"beta"})
    assert any(note.startswith("alpha: ") for note in notes) == (not told)
    assert any(note.startswith("1 with orders far beyond anybody's (more than 5 in 365 days)") for note in notes)
    assert desk.customer("beta", "收银一号")[:12] not in set(listed["customer"])
