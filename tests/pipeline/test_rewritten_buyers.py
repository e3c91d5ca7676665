"""One buyer in two writings is one customer: from now on by the key, in older books by joining what they hold."""

from pathlib import Path

import pandas as pd
import pytest

from include.cli.keys import new_keys
from include.customers.customers_as_of import customers_as_of
from include.customers.store import history_as_of
from include.privacy.sealing import customer_key, former_customer_key
from include.warehouse.books import publication
from include.warehouse.tables import consents, identity_keys, orders, recall_arms
from include.warehouse.workspace import Keys
from tests.pipeline.small_merchant import SmallDesk

FIRST, SECOND, THIRD = "2025-09-01", "2025-09-10", "2025-09-20"


@pytest.fixture
def keys() -> Keys:
    return Keys.from_mapping(new_keys())


def test_one_buyer_written_in_two_ways_is_one_customer_over_files_and_days(tmp_path: Path, keys: Keys) -> None:
    desk = SmallDesk.at(tmp_path / "home", keys)
    desk.sells("alpha", FIRST, "1 li@x.com -", "2 Li@X.com -", "3 ｌｉ@x.com -")
    desk.live(FIRST)
    desk.sells("alpha", SECOND, "4 LI@X.COM -", "5 ann@x.com -")
    desk.live(SECOND)

    history = history_as_of(desk.workspace, SECOND)

    assert history.customers.tolist() == sorted(
        [desk.customer("alpha", "li@x.com"), desk.customer("alpha", "ann@x.com")]
    )
    # and nothing had to be joined
    assert desk.rows(identity_keys, identity_keys.c.kind == "rewritten").empty


def test_a_refusal_and_a_place_in_the_control_group_outlive_the_new_form(
    tmp_path: Path, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given books of an earlier release, in which Li@X.com was listed and then refused
    desk = SmallDesk.at(tmp_path / "home", keys)
    key = desk.workspace.keys.customers
    with monkeypatch.context() as earlier:
        earlier.setattr("include.people.pseudonymise.customer_key", former_customer_key)
        desk.sells("alpha", FIRST, "1 Li@X.com -", "2 ann@x.com -")
        desk.live(FIRST)
    former, today = former_customer_key("alpha", "Li@X.com", key), customer_key("alpha", "Li@X.com", key)
    assert former != today
    with publication(desk.workspace.books) as change:
        said = {"customer": former, "channel": "any", "at": f"{FIRST} 10:00:00", "source": "recall list"}
        change.insert(consents, pd.DataFrame([{**said, "state": "out", "day": SECOND}]))
        arm = {"day": FIRST, "customer": former, "arm": "listed", "propensity": 0.9, "channel": "call", "offer": "x"}
        change.insert(recall_arms, pd.DataFrame([{**arm, "p_churn": 0.8, "rise": 0.1}]))
    # when the buyer comes again, in the same writing and in another
    desk.sells("alpha", SECOND, "3 Li@X.com -", "4 li@x.com -")
    desk.live(SECOND)
    # then all of it is one person, who is named as before: the control group and the fatigue know them
    history = history_as_of(desk.workspace, SECOND)
    assert former in history.customers
    assert today not in history.customers
    assert len(history.customers) == 2
    assert customers_as_of(desk.workspace, SECOND).arms["customer"].tolist() == [former]
    # and the refusal holds for the person, and for either name by itself
    assert customers_as_of(desk.workspace, SECOND).consents["customer"].tolist() == [former]
    # also once the old export is read again, after which no order holds the old pseudonym
    desk.ingest(FIRST, "alpha")
    desk.close(FIRST)
    desk.close(SECOND)
    again = history_as_of(desk.workspace, SECOND)
    assert again.customers.tolist() == history.customers.tolist()
    assert again.day.tolist() == history.day.tolist()
    assert customers_as_of(desk.workspace, SECOND).consents["customer"].tolist() == [former]


def test_words_for_nobody_are_nobody_in_old_books_too_and_the_merchants_own_at_once(
    tmp_path: Path, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = SmallDesk.at(tmp_path / "home", keys)
    with monkeypatch.context() as earlier:
        earlier.setattr("include.people.pseudonymise.is_nobody", lambda *_: False)
        earlier.setattr("include.exports.building.order_parts.is_nobody", lambda *_: False)
        desk.sells("alpha", FIRST, "1 散客 -", "2 Guest -", "3 门店收银 -", "4 小树 -")
        desk.live(FIRST)
    somebody = [desk.customer("alpha", name) for name in ("小树", "门店收银")]
    assert history_as_of(desk.workspace, FIRST).customers.tolist() == sorted(somebody)
    # given the merchant's own word
    told = SmallDesk.at(tmp_path / "home", keys, nobody=["门店收银"])
    assert history_as_of(told.workspace, FIRST).customers.tolist() == [desk.customer("alpha", "小树")]
    # then a new order of that name has no customer, and stays in the books
    told.sells("alpha", SECOND, "5 门店收银 -", "6 (散客) -", "7 小树 -")
    told.live(SECOND)
    rows = told.rows(orders).set_index("order_id")["customer"]
    assert rows[["5", "6", "7"]].isna().tolist() == [True, True, False]
