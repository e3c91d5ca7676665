"""The rules by which customers are one person, on frames small enough to check by hand."""

import pandas as pd
import pytest

from include.people.identity import KEY_COLUMNS, persons
from include.settings.people.personal_data import Identity

Row = tuple[str, str, str, str, str, str]


def said(*rows: Row) -> pd.DataFrame:
    """customer, kind, key, whose, shop, day; an export a day."""
    return pd.DataFrame([(*row, f"export of {row[5]}") for row in rows], columns=list(KEY_COLUMNS))


def groups(frame: pd.DataFrame, apart: tuple[str, ...] = (), **rules: object) -> dict[str, str]:
    links = persons(frame, apart, Identity.model_validate(rules)).links
    return dict(zip(links["customer"], links["person"], strict=True))


CHAIN = said(
    ("c", "phone", "p1", "buyer", "s1", "2025-01-03"),
    ("b", "phone", "p1", "buyer", "s2", "2025-01-01"),
    ("b", "member", "m1", "buyer", "s2", "2025-01-05"),
    ("a", "member", "m1", "buyer", "s3", "2025-01-04"),
)


def test_keys_join_along_a_chain_and_the_oldest_names_the_person() -> None:
    assert groups(CHAIN) == {"a": "b", "b": "b", "c": "b"}


def test_a_link_tells_by_what_with_whom_since_when_and_by_which_export() -> None:
    links = persons(CHAIN, (), Identity()).links.set_index("customer")
    told = ["kind", "key_hash", "with_customer", "day", "export_id"]
    assert links.loc["c", told].tolist() == ["phone", "p1", "b", "2025-01-03", "export of 2025-01-03"]
    # a said its number on the 4th; it joined when b said the same, on the 5th.
    assert links.loc["a", told].tolist() == ["member", "m1", "b", "2025-01-05", "export of 2025-01-04"]


def test_the_order_of_rows_does_not_show() -> None:
    whole = persons(CHAIN, (), Identity()).links
    for seed in range(3):
        mixed = persons(CHAIN.sample(frac=1, random_state=seed), (), Identity()).links
        pd.testing.assert_frame_equal(whole, mixed)


def test_who_stands_apart_joins_nobody_and_parts_the_others() -> None:
    assert groups(CHAIN, apart=("b",)) == {}


def test_only_the_kinds_that_the_merchant_names_join() -> None:
    assert groups(CHAIN, keys=("phone",)) == {"b": "b", "c": "b"}
    assert groups(CHAIN, keys=()) == {}


@pytest.mark.parametrize(("limit", "joined"), [(1, {}), (2, {"a": "a", "b": "a", "z": "a"})])
def test_a_key_of_more_buyers_of_one_shop_than_allowed_is_shared(limit: int, joined: dict[str, str]) -> None:
    frame = said(
        ("a", "phone", "p", "buyer", "s1", "2025-01-01"),
        ("b", "phone", "p", "buyer", "s1", "2025-01-02"),
        ("z", "phone", "p", "buyer", "s2", "2025-01-03"),
    )
    assert groups(frame, shared_by=limit) == joined


def test_the_phone_of_a_receiver_joins_only_who_sends_to_no_other() -> None:
    frame = said(
        ("a", "phone", "p", "receiver", "s1", "2025-01-01"),
        ("z", "phone", "p", "buyer", "s2", "2025-01-01"),
    )
    assert groups(frame) == {"a": "a", "z": "a"}
    assert groups(frame, receiver_phones=False) == {}
    other = said(("a", "phone", "q", "receiver", "s1", "2025-01-02"))
    assert groups(pd.concat([frame, other])) == {}
    own = said(("a", "phone", "p", "buyer", "s1", "2025-01-03"))
    assert groups(pd.concat([frame, other, own])) == {"a": "a", "z": "a"}
