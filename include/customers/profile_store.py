"""Customers' profiles in the books: kept for each day on which they changed, with the moves between stages of life."""

import pandas as pd
from sqlalchemy import and_, delete, func, select

from include.calendar.business_days import day_after
from include.customers.profile import BEFORE, PROFILE_COLUMNS
from include.people.identity import Persons
from include.people.identity_store import persons_as_of
from include.warehouse.books import publication, read_frame
from include.warehouse.tables import churn_scores, customer_profiles, lifecycle_moves
from include.warehouse.workspace import Workspace

_SAID = [name for name in PROFILE_COLUMNS if name != "customer"]
_AT_ONCE = 500  # values in one statement


def keep_profiles(workspace: Workspace, day: str, before: pd.DataFrame, now: pd.DataFrame, persons: Persons) -> int:
    """Store what of the profiles `now` (PROFILE_COLUMNS as of `day`) differs from those `before`, of the day before,
    and how many customers moved between stages; returns how many changed. persons: of `day`.

    Made again for an older day, later days stay as they are: where a change of this day would shine through to the
    next, the next gets a row that says what it said.
    """
    c = customer_profiles.c
    # A day on which nothing changed has no rows here, but it has its scores.
    newest = [
        read_frame(workspace.books, select(func.max(t.c.day).label("day"))) for t in (customer_profiles, churn_scores)
    ]
    is_older = any((found["day"] > day).any() for found in newest)
    with publication(workspace.books) as change:
        if is_older:
            change.insert(customer_profiles, _kept_for_the_next(workspace, day, now, persons))
        rows = _changed(before, now).assign(day=day)
        change.execute(delete(customer_profiles).where(c.day == day))
        change.insert(customer_profiles, rows)
        change.execute(delete(lifecycle_moves).where(lifecycle_moves.c.day == day))
        change.insert(lifecycle_moves, _moves(before, now).assign(day=day))
    return len(rows)


def profiles_as_of(workspace: Workspace, day: str, persons: Persons) -> pd.DataFrame:
    """PROFILE_COLUMNS of each of `persons` as of `day`, by customer. A customer who was joined to another by then has
    no profile: the person's is the other's."""
    c = customer_profiles.c
    newest = select(c.customer, func.max(c.day).label("day")).where(c.day <= day).group_by(c.customer).subquery()
    statement = (
        select(*(c[name] for name in PROFILE_COLUMNS))
        .join(newest, and_(newest.c.customer == c.customer, newest.c.day == c.day))
        .order_by(c.customer)
    )
    kept = read_frame(workspace.books, statement)
    return kept[persons.of(kept["customer"]) == kept["customer"]].reset_index(drop=True)


def retire_profiles(workspace: Workspace, first_kept: str) -> int:
    """Remove what held before `first_kept` and no longer did on it: rows that a later one had replaced by then, and
    those of customers who had been joined to another. Returns how many."""
    c, later = customer_profiles.c, customer_profiles.alias("later")
    replaced = (
        select(later.c.customer)
        .where(later.c.customer == c.customer, later.c.day > c.day, later.c.day <= first_kept)
        .exists()
    )
    links = persons_as_of(workspace, first_kept).links
    others = sorted(links.loc[links["customer"] != links["person"], "customer"])
    with workspace.books.begin() as connection:
        removed = connection.execute(delete(customer_profiles).where(c.day < first_kept, replaced)).rowcount
        for first in range(0, len(others), _AT_ONCE):
            mine = c.customer.in_(others[first : first + _AT_ONCE])
            removed += connection.execute(delete(customer_profiles).where(c.day < first_kept, mine)).rowcount
    return removed


def _changed(before: pd.DataFrame, now: pd.DataFrame) -> pd.DataFrame:
    """Rows of `now` that are new or differ."""
    known = now.merge(before, on="customer", how="left", suffixes=("", "_before"), indicator=True)
    differs = (known["_merge"] == "left_only").to_numpy()
    for name in _SAID:
        one, other = known[name].astype("object"), known[f"{name}_before"].astype("object")
        both_missing = one.isna() & other.isna()
        differs = differs | ((one != other) & ~both_missing).to_numpy(dtype=bool)
    return now[differs]


def _kept_for_the_next(workspace: Workspace, day: str, now: pd.DataFrame, persons: Persons) -> pd.DataFrame:
    """Rows for the day after `day`: what held on `day` until now, of customers of whom it no longer will and who have
    no row of their own there."""
    held, next_day = profiles_as_of(workspace, day, persons), day_after(day)
    own = read_frame(workspace.books, select(customer_profiles.c.customer).where(customer_profiles.c.day == next_day))
    lost = _changed(now, held)
    return lost[~lost["customer"].isin(own["customer"])].assign(day=next_day)


def _moves(before: pd.DataFrame, now: pd.DataFrame) -> pd.DataFrame:
    then = before.set_index("customer")["stage"]
    moved = pd.DataFrame(
        {"to_stage": now["stage"], "from_stage": now["customer"].map(dict(then)).astype("object").fillna(BEFORE)}
    )
    moved = moved[moved["from_stage"] != moved["to_stage"]]
    return moved.groupby(["from_stage", "to_stage"]).size().rename("customers").reset_index()
