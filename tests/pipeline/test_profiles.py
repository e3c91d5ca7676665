"""Profiles are kept where they changed, and an older day made again leaves later days as they were."""

from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import Engine, select

from include.calendar.business_days import day_after
from include.customers.profile import PROFILE_COLUMNS
from include.customers.profile_store import keep_profiles, profiles_as_of, retire_profiles
from include.people.identity_store import persons_as_of
from include.settings.people.customers import Customers
from include.warehouse.books import publication, read_frame
from include.warehouse.tables import churn_scores, customer_profiles, lifecycle_moves


def profiles(**stages: str) -> pd.DataFrame:
    rows = []
    for name, stage in stages.items():
        due = (None, None) if stage == "new" else ("tea", "2025-11-20")
        rows.append((name, stage, "555", "regular", 10, 1_000_000, *due))
    return pd.DataFrame(rows, columns=list(PROFILE_COLUMNS))


@pytest.fixture
def workspace(books: Engine) -> Any:
    return SimpleNamespace(books=books, merchant=SimpleNamespace(customers=Customers()))


def stages(workspace: Any, day: str) -> dict[str, str]:
    found = profiles_as_of(workspace, day, persons_as_of(workspace, day))
    return dict(zip(found["customer"], found["stage"], strict=True))


def keep(workspace: Any, day: str, now: pd.DataFrame) -> int:
    persons, before = persons_as_of(workspace, day), day_after(day, -1)
    return keep_profiles(
        workspace, day, profiles_as_of(workspace, before, persons_as_of(workspace, before)), now, persons
    )


def test_a_row_only_where_something_changed(workspace: Any) -> None:
    assert keep(workspace, "2025-11-01", profiles(a="new", b="mature")) == 2
    assert keep(workspace, "2025-11-02", profiles(a="new", b="mature")) == 0
    assert keep(workspace, "2025-11-03", profiles(a="growing", b="mature", c="new")) == 2

    assert stages(workspace, "2025-11-02") == {"a": "new", "b": "mature"}
    assert stages(workspace, "2025-11-04") == {"a": "growing", "b": "mature", "c": "new"}
    moves = read_frame(workspace.books, select(lifecycle_moves).order_by(*lifecycle_moves.primary_key.columns))
    assert moves.to_numpy().tolist() == [
        ["2025-11-01", "not yet a customer", "mature", 1],
        ["2025-11-01", "not yet a customer", "new", 1],
        ["2025-11-03", "new", "growing", 1],
        ["2025-11-03", "not yet a customer", "new", 1],
    ]


def test_an_older_day_made_again_does_not_shine_through_days_on_which_nothing_changed(workspace: Any) -> None:
    keep(workspace, "2025-11-01", profiles(a="new", b="mature"))
    keep(workspace, "2025-11-02", profiles(a="new", b="mature"))
    score = {"day": "2025-11-02", "customer": "a", "model_id": "m", "horizon_days": 60}
    with publication(workspace.books) as change:
        change.insert(churn_scores, pd.DataFrame([{**score, "p_churn": 0.5, "expected_orders": 1.0}]))

    keep(workspace, "2025-11-01", profiles(a="growing", b="mature"))

    assert stages(workspace, "2025-11-01") == {"a": "growing", "b": "mature"}
    assert stages(workspace, "2025-11-02") == {"a": "new", "b": "mature"}


def test_what_was_kept_of_later_days_stays(workspace: Any) -> None:
    keep(workspace, "2025-11-01", profiles(a="new", b="mature"))
    keep(workspace, "2025-11-03", profiles(a="new", b="declining"))

    keep(workspace, "2025-11-01", profiles(a="growing", b="growing"))

    assert stages(workspace, "2025-11-01") == {"a": "growing", "b": "growing"}
    assert stages(workspace, "2025-11-02") == {"a": "new", "b": "mature"}
    assert stages(workspace, "2025-11-03") == {"a": "new", "b": "declining"}
    rows = read_frame(workspace.books, select(customer_profiles))
    assert not rows.duplicated(["day", "customer"]).any()


def test_retention_keeps_what_held_on_its_first_day(workspace: Any) -> None:
    """Given a who changed three times and b who never did."""
    for day, stage in (("2025-11-01", "new"), ("2025-11-03", "growing"), ("2025-11-05", "mature")):
        keep(workspace, day, profiles(a=stage, b="mature"))

    assert retire_profiles(workspace, "2025-11-04") == 1

    assert stages(workspace, "2025-11-02") == {"b": "mature"}
    assert stages(workspace, "2025-11-04") == {"a": "growing", "b": "mature"}
    assert stages(workspace, "2025-11-05") == {"a": "mature", "b": "mature"}
