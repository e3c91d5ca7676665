"""Who is one person in the books, as of a day: what exports up to it said, and what people said about it.

A customer of the books is a buyer within one shop; a person is one or several of them. Histories, scores, lists,
fatigue and consents are of persons; orders and facts stay those of customers, so that joining and parting rewrite
nothing.
"""

from collections.abc import Sequence
from datetime import datetime

import pandas as pd
from sqlalchemy import case, delete, func, or_, select

from include.calendar.business_days import MOMENT
from include.people.identity import KEY_COLUMNS, REWRITTEN, Persons, persons
from include.tasks.privacy import masked
from include.tasks.task_tables import next_list_day
from include.warehouse.as_of import known_on
from include.warehouse.books import publication, read_frame
from include.warehouse.tables import exports, identity_changes, identity_keys, identity_statements
from include.warehouse.workspace import Workspace

APART, JOINED = "apart", "joined"
END_OF_TIME = "9999-12-31"


def persons_as_of(workspace: Workspace, day: str | None = None) -> Persons:
    """The persons that exports up to `day` and statements known to its list allow; by default all that is known by
    now."""
    return persons_of_days(workspace, [day])[0]


def persons_of_days(workspace: Workspace, days: Sequence[str | None]) -> list[Persons]:
    """`persons_as_of` each of `days`, from one reading of the keys."""
    rules = workspace.merchant.customers.identity
    k, e = identity_keys.c, exports.c
    known = [known_on(day or END_OF_TIME) for day in days]
    several = (
        select(k.key_hash)
        .join(exports, e.export_id == k.export_id)
        .where(or_(*known), k.kind.in_([*rules.keys, REWRITTEN]))
        .group_by(k.kind, k.key_hash)
        .having(func.count(k.customer.distinct()) > 1)
    )
    carriers = select(k.customer).where(k.key_hash.in_(several))
    flags = [case((each, 1), else_=0).label(f"known_{place}") for place, each in enumerate(known)]
    said = read_frame(
        workspace.books,
        select(k.customer, k.kind, k.key_hash, k.whose, k.shop, e.day, k.export_id, *flags)
        .join(exports, e.export_id == k.export_id)
        .where(or_(*known), k.customer.in_(carriers)),
    )
    c = identity_statements.c
    stated = read_frame(workspace.books, select(c.customer, c.at, c.state, c.day).order_by(c.customer, c.at))
    return [
        persons(said.loc[said[f"known_{place}"] == 1, list(KEY_COLUMNS)], _apart(stated, day), rules)
        for place, day in enumerate(days)
    ]


def _apart(stated: pd.DataFrame, day: str | None) -> list[str]:
    """Customers who were said to be joined to nobody, as far as known to the list of `day`."""
    known = stated if day is None else stated[stated["day"].isna() | (stated["day"] <= day)]
    last = known.drop_duplicates("customer", keep="last")
    return sorted(last.loc[last["state"] == APART, "customer"])


def state_identity(
    workspace: Workspace, customers: Sequence[str], state: str, who: str, why: str, now: datetime
) -> int:
    """Write down that customers are joined to nobody (`apart`), or may be again (`joined`); returns how many.

    It holds for the first list that is not out yet and for all after it, whatever exports say. now: the merchant's
    clock. why: a reason, masked before it is kept.
    """
    if state not in (APART, JOINED):
        raise ValueError(f"customers are said to be {APART} or {JOINED}, found {state!r}")
    with workspace.books.connect() as connection:
        first = next_list_day(connection, "recall")
    at = now.strftime(MOMENT)
    rows = pd.DataFrame({"customer": sorted(set(customers))})
    c = identity_statements.c
    with publication(workspace.books) as change:
        change.execute(delete(identity_statements).where(c.customer.in_(list(rows["customer"])), c.at == at))
        change.insert(identity_statements, rows.assign(at=at, state=state, who=who, why=masked(why), day=first))
    return len(rows)


def record_changes(workspace: Workspace, day: str) -> int:
    """Write down whose person became another one with `day`: the audit of merges. Repeatable; returns how many.

    A later day that was recorded already keeps its own rows: they say what was found then.
    """
    now = persons_as_of(workspace, day).links
    c = identity_changes.c
    before = read_frame(
        workspace.books,
        select(c.day, c.customer, c.person, c.kind, c.key_hash, c.with_customer)
        .where(c.day < day)
        .order_by(c.day, c.customer),
    ).drop_duplicates("customer", keep="last")
    stood = before.set_index("customer")["person"].to_dict()
    was = [stood.get(one, one) for one in now["customer"]]
    joined = now[now["person"] != pd.Series(was, index=now.index, dtype="str")]
    # Who is no longer of several stands alone again.
    over = before[(before["person"] != before["customer"]) & ~before["customer"].isin(now["customer"])]
    rows = pd.concat(
        [
            joined[["customer", "person", "kind", "key_hash", "with_customer", "export_id"]],
            pd.DataFrame({"customer": over["customer"], "person": over["customer"]}),
        ],
        ignore_index=True,
    )
    with publication(workspace.books) as change:
        change.execute(delete(identity_changes).where(c.day == day))
        change.insert(identity_changes, rows.assign(day=day))
    return len(rows)
