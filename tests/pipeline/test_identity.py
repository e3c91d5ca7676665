"""One person across shops: joined by a key that is theirs, never by a guess, parted for good when somebody says so."""

from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from include.cli.keys import new_keys
from include.customers.customers_as_of import customers_as_of
from include.customers.profile_store import keep_profiles, retire_profiles
from include.customers.recall.win_back_store import review_win_back
from include.customers.store import consents_by_now, history_as_of
from include.people.find import UnknownPersonError, find
from include.people.identity_store import persons_as_of
from include.people.joined_by_hand import merge_again, unmerge
from include.tasks.task_tables import tasks
from include.warehouse.books import publication
from include.warehouse.tables import consents, customer_profiles, identity_changes, identity_keys, recall_arms
from include.warehouse.workspace import Keys
from tests.copies import emptied
from tests.pipeline.small_merchant import SmallDesk
from tests.task_books import act

FIRST, SECOND, THIRD = "2025-11-01", "2025-11-02", "2025-11-03"
PHONE, OTHER = "13961234507", "13761234508"


@pytest.fixture(scope="session")
def keys() -> Keys:
    return Keys.from_mapping(new_keys())


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def desk(request: pytest.FixtureRequest, tmp_path: Path, keys: Keys) -> Iterator[SmallDesk]:
    url = None
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres_url")
        emptied(url).dispose()
    made = SmallDesk.at(tmp_path / "home", keys, url)
    yield made
    made.workspace.books.dispose()


def together(desk: SmallDesk, day: str, *named: tuple[str, str]) -> bool:
    joined = persons_as_of(desk.workspace, day)
    return len({tuple(joined.customers_of(desk.customer(*one))) for one in named}) == 1


def test_two_shops_with_one_phone_are_one_person_from_the_day_both_have_said_it(desk: SmallDesk) -> None:
    """Given one phone in three writings, in two shops on two days."""
    desk.sells("alpha", FIRST, f"a1 anna {PHONE}")
    desk.sells("beta", FIRST, "b1 boss -")
    desk.live(FIRST)
    desk.sells("alpha", SECOND, f"a2 anna +86{PHONE}")
    desk.sells("beta", SECOND, "b2 ann-b ０１３９-x", "b3 anne １３９６１２３４５０７")
    desk.live(SECOND)

    assert not together(desk, FIRST, ("alpha", "anna"), ("beta", "anne"))
    assert together(desk, SECOND, ("alpha", "anna"), ("beta", "anne"))
    # The person is named by whom the merchant knew first, so their place in the control group stays.
    anna, anne = desk.customer("alpha", "anna"), desk.customer("beta", "anne")
    history = history_as_of(desk.workspace, SECOND)
    assert anna in set(history.customers)
    assert anne not in set(history.customers)
    assert int(history.orders[history.owner == list(history.customers).index(anna)].sum()) == 3

    audit = desk.rows(identity_changes)
    assert audit[["day", "customer", "person", "kind", "with_customer"]].to_numpy().tolist() == [
        [SECOND, anne, anna, "phone", anna]
    ]
    assert audit["export_id"].notna().all()


def test_nobody_is_joined_by_what_may_be_several_peoples(desk: SmallDesk) -> None:
    """Given masked, virtual, made-up and shared numbers in two shops."""
    numbers = ["139****4507", f"{PHONE}-7576", "13800138000", "13888888888", "0571-88881234", "139612"]
    for shop in ("alpha", "beta"):
        rows = [f"{shop}{n} {shop}-{n} {number}" for n, number in enumerate(numbers)]
        desk.sells(shop, FIRST, *rows)
    desk.sells_on_taobao(FIRST, f"90001 tina {OTHER} 李雷 2025-12-01", f"90002 tom {PHONE} 韩梅")
    desk.live(FIRST)
    assert len(desk.rows(identity_keys)) == 1  # tom's
    assert persons_as_of(desk.workspace, FIRST).links.empty


def test_a_phone_shared_by_two_of_one_shop_joins_nobody(desk: SmallDesk) -> None:
    """Given a couple with one phone at alpha, and one of them, who knows which, at beta."""
    desk.sells("alpha", FIRST, f"a1 he {PHONE}", f"a2 she {PHONE}")
    desk.sells("beta", FIRST, f"b1 one {PHONE}")
    desk.live(FIRST)
    assert persons_as_of(desk.workspace, FIRST).links.empty

    allowed = desk.workspace.merchant.customers.identity.model_copy(update={"shared_by": 2})
    customers = desk.workspace.merchant.customers.model_copy(update={"identity": allowed})
    generous = SmallDesk(
        type(desk.workspace)(
            desk.workspace.merchant.model_copy(update={"customers": customers}),
            desk.workspace.books,
            desk.workspace.keys,
            desk.workspace.home,
        )
    )
    assert together(generous, FIRST, ("alpha", "he"), ("alpha", "she"), ("beta", "one"))


def test_who_sends_parcels_to_several_phones_has_none_of_them(desk: SmallDesk) -> None:
    desk.sells_on_taobao(FIRST, f"90001 tina {PHONE} 李雷")
    desk.sells("alpha", FIRST, f"a1 anna {PHONE}")
    desk.live(FIRST)
    assert together(desk, FIRST, ("alpha", "anna"), ("tmall", "tina"))

    desk.sells_on_taobao(SECOND, f"90002 tina {OTHER} 韩梅")
    desk.sells("alpha", SECOND, "a2 bob -")
    desk.live(SECOND)
    assert together(desk, FIRST, ("alpha", "anna"), ("tmall", "tina"))  # as of then
    assert not together(desk, SECOND, ("alpha", "anna"), ("tmall", "tina"))
    audit = desk.rows(identity_changes, identity_changes.c.day == SECOND)
    parted = audit.iloc[0]
    assert parted["customer"] == parted["person"]
    assert audit["kind"].isna().all()


def test_parting_holds_against_later_exports_until_it_is_taken_back(desk: SmallDesk) -> None:
    desk.sells("alpha", FIRST, f"a1 anna {PHONE}")
    desk.sells("beta", FIRST, f"b1 anne {PHONE}")
    desk.live(FIRST)
    anne = desk.customer("beta", "anne")
    desk.lists(FIRST, anne)
    unmerge(desk.workspace, anne, "li", "two sisters, as one of them called", desk.clock(FIRST))
    desk.sells("alpha", SECOND, f"a2 anna {PHONE}")
    desk.sells("beta", SECOND, f"b2 anne {PHONE}")
    desk.live(SECOND)

    assert together(desk, FIRST, ("alpha", "anna"), ("beta", "anne"))  # its list was out
    assert not together(desk, SECOND, ("alpha", "anna"), ("beta", "anne"))
    desk.lists(SECOND, anne)
    merge_again(desk.workspace, anne, "li", "they are one after all", desk.clock(SECOND))
    assert not together(desk, SECOND, ("alpha", "anna"), ("beta", "anne"))
    assert together(desk, THIRD, ("alpha", "anna"), ("beta", "anne"))


def test_an_earlier_day_is_what_it_was_after_a_later_merge(desk: SmallDesk) -> None:
    desk.sells("alpha", FIRST, f"a1 anna {PHONE}")
    desk.sells("beta", FIRST, "b1 anne -")
    desk.live(FIRST)
    before = history_as_of(desk.workspace, FIRST)
    desk.sells("beta", SECOND, f"b2 anne {PHONE}")
    desk.live(SECOND)
    desk.ingest(FIRST)
    desk.close(FIRST)
    after = history_as_of(desk.workspace, FIRST)
    for name in ("customers", "owner", "day", "amount", "orders", "shop"):
        assert getattr(before, name).tobytes() == getattr(after, name).tobytes(), name
    assert desk.rows(identity_changes)["day"].tolist() == [SECOND]


def test_contacts_and_consents_of_one_shop_hold_for_the_person(desk: SmallDesk) -> None:
    desk.sells("alpha", FIRST, f"a1 anna {PHONE}")
    desk.sells("beta", FIRST, f"b1 anne {PHONE}")
    desk.live(FIRST)
    anna, anne = desk.customer("alpha", "anna"), desk.customer("beta", "anne")
    said = {"channel": "call", "at": f"{FIRST} 12:00:00", "source": "sms", "state": "out", "day": None}
    with publication(desk.workspace.books) as change:
        change.insert(consents, pd.DataFrame([{"customer": anne, **said}]))
        change.insert(recall_arms, pd.DataFrame([{"day": FIRST, "customer": anne, "arm": "listed", "propensity": 0.9}]))
    person = persons_as_of(desk.workspace, SECOND).customers_of(anne)
    named = persons_as_of(desk.workspace, SECOND).links["person"].iloc[0]
    assert person == sorted([anna, anne])
    known = customers_as_of(desk.workspace, SECOND)
    assert known.arms["customer"].tolist() == [named]
    assert known.consents["customer"].tolist() == [named]
    assert set(known.consents_by_now["customer"]) == {named, anne}
    assert consents_by_now(desk.workspace).equals(known.consents_by_now)


def test_a_person_is_found_by_any_of_their_names_and_the_question_is_not_repeated(desk: SmallDesk) -> None:
    desk.sells("alpha", FIRST, f"a1 anna {PHONE} anna@example.com")
    desk.sells("beta", FIRST, f"b1 anne {PHONE}")
    desk.live(FIRST)
    both = sorted([desk.customer("alpha", "anna"), desk.customer("beta", "anne")])
    told = {"who": "li", "why": "she asked", "now": desk.clock(FIRST)}
    assert find(desk.workspace, phone=f"+86 {PHONE[:3]} {PHONE[3:7]} {PHONE[7:]}", **told) == both
    assert find(desk.workspace, email="Anna@Example.com", **told) == both
    assert find(desk.workspace, shop="beta", buyer="anne", **told) == both
    assert find(desk.workspace, customer=both[0][:12], **told) == both
    with pytest.raises(UnknownPersonError) as error:
        find(desk.workspace, phone=OTHER, **told)
    assert OTHER not in str(error.value)
    with pytest.raises(ValueError, match="no whole phone"):
        find(desk.workspace, phone="139****4507", **told)


def joined_on_the_second_day(desk: SmallDesk) -> tuple[str, str]:
    """Anna of alpha and Anne of beta, one person from the second day on; returns both."""
    desk.sells("alpha", FIRST, f"a1 anna {PHONE}")
    desk.sells("beta", FIRST, "b1 anne -")
    desk.live(FIRST)
    return desk.customer("alpha", "anna"), desk.customer("beta", "anne")


def test_who_was_called_before_they_were_joined_counts_as_called(desk: SmallDesk) -> None:
    anna, anne = joined_on_the_second_day(desk)
    desk.lists(FIRST, anne)
    arm = {"day": FIRST, "customer": anne, "arm": "listed", "propensity": 0.9, "channel": "call"}
    with publication(desk.workspace.books) as change:
        change.insert(recall_arms, pd.DataFrame([arm]))
    (task,) = desk.rows(tasks)["task_id"]
    with desk.workspace.books.begin() as connection:
        act(connection, task, "done", "li", desk.clock(FIRST), {})
    desk.sells("beta", SECOND, f"b2 anne {PHONE}")
    desk.live(SECOND)
    assert persons_as_of(desk.workspace, SECOND).of(pd.Series([anne])).tolist() == [anna]

    later = "2025-12-05"
    rows = review_win_back(desk.workspace, customers_as_of(desk.workspace, later)).rows.set_index(["part", "value"])

    assert rows.loc[("all", ""), ["listed", "contacted"]].tolist() == [1, 1]


def keep(desk: SmallDesk, day: str, profiles: pd.DataFrame) -> None:
    known = customers_as_of(desk.workspace, day)
    keep_profiles(desk.workspace, day, known.profiles_before, profiles, known.persons)


def test_a_joined_customer_has_no_profile_of_their_own_from_then_on(desk: SmallDesk) -> None:
    anna, anne = joined_on_the_second_day(desk)
    said = {"stage": "new", "rfm": "555", "tags": "", "usual_gap_days": 10, "value_micros": 0}
    both = pd.DataFrame(
        [{"customer": one, **said, "next_category": None, "next_due_day": None} for one in (anna, anne)]
    )
    both = both.sort_values("customer", ignore_index=True)
    keep(desk, FIRST, both)
    desk.sells("beta", SECOND, f"b2 anne {PHONE}")
    desk.live(SECOND)
    keep(desk, SECOND, both[both["customer"] == anna])

    assert customers_as_of(desk.workspace, SECOND).profiles_before["customer"].tolist() == sorted([anna, anne])
    assert customers_as_of(desk.workspace, THIRD).profiles_before["customer"].tolist() == [anna]
    assert retire_profiles(desk.workspace, FIRST) == 0
    assert retire_profiles(desk.workspace, THIRD) == 1
    assert desk.rows(customer_profiles)["customer"].tolist() == [anna]
