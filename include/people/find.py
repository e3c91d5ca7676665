"""One person in the books: found by phone, e-mail, member number or buyer, and told whole, as the law gives them a
right to."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pandas as pd
from sqlalchemy import ColumnElement, Select, String, Table, and_, or_, select

from include.people.access_log import note_access, read_log
from include.people.contact_vault import opened_contacts
from include.people.identity import NOBODY
from include.people.identity_store import persons_as_of
from include.privacy.contact_keys import key_hash
from include.privacy.pseudonyms import PSEUDONYM_LENGTH
from include.privacy.sealing import customer_keys
from include.settings.saying import BilingualError
from include.tasks.canonical_json import read_json
from include.tasks.task_tables import task_events, tasks
from include.warehouse import tellings
from include.warehouse.books import read_frame
from include.warehouse.tables import (
    LINE_TABLES,
    contact_vault,
    exports,
    facts_customer_orders,
    identity_changes,
    identity_keys,
    metadata,
    order_customers,
    order_lines,
    orders,
    refunds,
)
from include.warehouse.tellings import as_told
from include.warehouse.workspace import Workspace
from include.words.texts import in_each

# Told in their own way, or about the machinery and not the person.
_TOLD_APART = {"orders", "contact_vault", "identity_keys", "identity_changes", "facts_customer_orders", "tasks"}


class UnknownPersonError(BilingualError):
    """Nobody in the books answers to what was asked; the message does not repeat it."""


def find(
    workspace: Workspace,
    who: str,
    why: str,
    now: datetime,
    *,
    phone: str | None = None,
    email: str | None = None,
    member: str | None = None,
    shop: str | None = None,
    buyer: str | None = None,
    customer: str | None = None,
) -> list[str]:
    """Every customer (pseudonym) of the persons that answer to one of these, sorted. Logged.

    customer: a pseudonym, or its beginning of 12 digits as lists show it. buyer: within `shop`. Raises
    UnknownPersonError.
    """
    asked = {"phone": phone, "email": email, "member": member}
    given = [kind for kind, text in asked.items() if text] + ["buyer"] * bool(buyer) + ["customer"] * bool(customer)
    if len(given) != 1 or (buyer and not shop):
        raise BilingualError.named("error.one_person")
    if buyer:
        found = _known(workspace, None) & customer_keys(str(shop), buyer, workspace.keys.customers)
    elif customer:
        found = {one for one in _known(workspace, customer) if one.startswith(customer)}
        if len(found) > 1 and len(customer) < PSEUDONYM_LENGTH:
            raise BilingualError.named("error.short_customer", digits=PSEUDONYM_LENGTH, found=len(customer))
    else:
        (kind,) = given
        hashed = key_hash(kind, str(asked[kind]), workspace.keys.customers)
        if hashed is None:
            raise BilingualError.named("error.no_whole_key", kind=in_each(f"error.key.{kind}"))
        k, v = identity_keys.c, contact_vault.c
        by_key = read_frame(workspace.books, select(k.customer).where(k.key_hash == hashed).distinct())
        by_vault = read_frame(workspace.books, select(v.customer).where(v.lookup == hashed).distinct())
        found = {*by_key["customer"], *by_vault["customer"]}
    joined = persons_as_of(workspace)
    customers = sorted({one for name in found for one in joined.customers_of(name)})
    note_access(workspace, who, why, "find", now, customers[0] if customers else None, {"customers": len(customers)})
    if not customers:
        raise UnknownPersonError.named("error.unknown_person")
    return customers


def _known(workspace: Workspace, beginning: str | None) -> set[str]:
    """Pseudonyms in the books, those of a beginning where one is given."""
    found: set[str] = set()
    for table in (orders, order_customers, facts_customer_orders, identity_keys, contact_vault):
        statement = select(table.c.customer).where(table.c.customer.is_not(None)).distinct()
        if beginning is not None:
            statement = statement.where(table.c.customer.startswith(beginning, autoescape=True))
        found |= set(read_frame(workspace.books, statement)["customer"])
    return found - {NOBODY}


def tables_by_customer() -> list[Table]:
    """Every table with a whole pseudonym in a column `customer`, whoever added it."""
    return [
        table
        for table in metadata.sorted_tables
        if "customer" in table.c and isinstance(table.c.customer.type, String) and table.c.customer.type.length == 64
    ]


def shorts(customers: list[str]) -> list[str]:
    """The pseudonyms as lists and tasks show them."""
    return [one[:PSEUDONYM_LENGTH] for one in customers]


def tell(
    workspace: Workspace, customers: list[str], who: str, why: str, now: datetime, what: str = "show"
) -> dict[str, Any]:
    """Everything that the books hold of a person, in clear where it is sealed: what they may ask for by law. Logged.

    customers: all of the person's, from `find`.
    """
    for customer in customers:
        note_access(workspace, who, why, what, now, customer)
    o, f = orders.c, facts_customer_orders.c
    j = order_customers.c
    joined = (
        select(j.order_id)
        .where(j.for_shop == o.shop, j.order_id == o.order_id, j.customer.in_(customers))
        .correlate(orders)
        .exists()
    )
    mine = read_frame(
        workspace.books,
        _said(orders, ("shop", "order_id"), or_(o.customer.in_(customers), and_(o.customer.is_(None), joined))),
    )
    numbers = sorted(set(mine["order_id"]))
    shops = sorted(set(mine["shop"]))
    told: dict[str, Any] = {
        "customers": customers,
        "contact_vault": opened_contacts(workspace, customers),
        "identity": _records(
            read_frame(
                workspace.books,
                select(
                    identity_keys.c.customer,
                    identity_keys.c.shop,
                    identity_keys.c.kind,
                    identity_keys.c.whose,
                    exports.c.day,
                )
                .join(exports, exports.c.export_id == identity_keys.c.export_id)
                .where(identity_keys.c.customer.in_(customers))
                .order_by(exports.c.day, identity_keys.c.customer, identity_keys.c.kind),
            ).drop_duplicates(["customer", "shop", "kind", "whose"])
        ),
        "joined": _records(
            read_frame(
                workspace.books,
                select(identity_changes)
                .where(or_(identity_changes.c.customer.in_(customers), identity_changes.c.person.in_(customers)))
                .order_by(identity_changes.c.day, identity_changes.c.customer),
            )
        ),
        "orders": _records(mine.drop(columns=["number"])),
        "order_facts": _records(
            read_frame(
                workspace.books,
                select(facts_customer_orders).where(f.customer.in_(customers)).order_by(f.day, f.order_id, f.as_of),
            )
        ),
    }
    for name, table in (("order_lines", order_lines), ("refunds", refunds)):
        told[name] = [
            row
            for first in range(0, len(numbers), 500)
            for row in _records(
                read_frame(
                    workspace.books,
                    _said(
                        table,
                        ("order_id",),
                        table.c.order_id.in_(numbers[first : first + 500]),
                        table.c.shop.in_(shops),
                    ),
                )
            )
        ]
    for table in tables_by_customer():
        if table.name not in _TOLD_APART:
            his = table.c.customer.in_(customers)
            if table.name in LINE_TABLES:
                rows = _said(table, ("order_id",), his)
            else:
                rows = select(table).where(his).order_by(*table.primary_key.columns)
            told[table.name] = _records(read_frame(workspace.books, rows))
    told["tasks"] = _tasks(workspace, customers)
    told["access_log"] = [
        row for customer in customers for row in _records(read_log(workspace, customer)[["at", "who", "what", "why"]])
    ]
    return told


def _said(table: Table, by: Sequence[str], *where: ColumnElement[bool]) -> Select:
    """Every telling of lines of orders, by key, the newest last."""
    of_export = [exports.c.exported_at.label("said_at"), exports.c.day.label("said_for")]
    rows = tellings.told(table, [*as_told(table), *of_export], *where).subquery().c
    order = [*(rows[name] for name in by), rows.said_at, rows.said_for, rows.export_id, rows.file_line, rows.number]
    return select(*(one for one in rows if one.name not in ("said_at", "said_for"))).order_by(*order)


def _tasks(workspace: Workspace, customers: list[str]) -> list[dict[str, Any]]:
    t, e = tasks.c, task_events.c
    mine = read_frame(
        workspace.books,
        select(t.task_id, t.kind, t.day, t.state, t.payload, t.answer)
        .where(t.kind == "recall", t.customer.in_(shorts(customers)))
        .order_by(t.day, t.task_id),
    )
    events = read_frame(
        workspace.books,
        select(e.task_id, e.at, e.who, e.from_state, e.to_state, e.data)
        .where(e.task_id.in_(list(mine["task_id"])))
        .order_by(e.seq),
    )
    return [
        {
            **row,
            "payload": read_json(row["payload"]),
            "answer": read_json(row["answer"]),
            "events": [
                {**one, "data": read_json(one["data"])} for one in _records(events[events["task_id"] == row["task_id"]])
            ],
        }
        for row in _records(mine)
    ]


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as plain values."""
    return [
        {name: None if pd.isna(value) else value for name, value in row.items()}
        for row in frame.astype(object).to_dict("records")
    ]
