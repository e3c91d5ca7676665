"""What the books hold of a person, in words for that person; and how far an erasure would reach, before it is made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, or_, select

from include.people.find import shorts
from include.settings.currencies import currency_name
from include.tasks.kind import state_word
from include.tasks.kinds import kind_of
from include.tasks.sheets.cells import amount_of
from include.tasks.task_tables import tasks
from include.warehouse.tables import contact_vault, facts_customer_orders, orders
from include.warehouse.workspace import Workspace
from include.words.texts import has_text, say

NEWEST_LOOKS = 20  # of the access log, on a screen
_APART = {"customers", "contact_vault", "orders", "order_lines", "refunds", "tasks", "access_log", "joined", "identity"}


@dataclass(frozen=True)
class Reach:
    """Counts of what names a person in the books: accounts, orders, task lines on so many recall lists, contacts."""

    accounts: int
    orders: int
    tasks: int
    lists: int
    contacts: int


def reach_of(workspace: Workspace, customers: Sequence[str]) -> Reach:
    """What an erasure of these customers would reach; nothing is changed."""
    o, f, t, v = orders.c, facts_customer_orders.c, tasks.c, contact_vault.c
    with workspace.books.connect() as connection:
        bought = {
            (row.shop, row.order_id)
            for row in connection.execute(select(o.shop, o.order_id).where(o.customer.in_(customers)).distinct())
        } | {
            (row.shop, row.order_id)
            for row in connection.execute(select(f.shop, f.order_id).where(f.customer.in_(customers)).distinct())
        }
        named = or_(t.customer.in_(shorts(list(customers))), t.customer.in_(customers))
        lines, lists = connection.execute(
            select(func.count(), func.count(t.day.distinct())).where(t.kind == "recall", named)
        ).one()
        contacts = connection.execute(
            select(func.count()).select_from(contact_vault).where(v.customer.in_(customers))
        ).scalar_one()
    return Reach(len(customers), len(bought), int(lines), int(lists), int(contacts))


def reach_in_words(reach: Reach, language: str) -> str:
    return say(language, "person.reach", **vars(reach))


def in_words(told: Mapping[str, Any], language: str, currency: str) -> str:
    """What `person.tell` tells, an order a row with its newest state, money in the merchant's currency."""
    money = currency_name(currency, language)
    bought = _newest(told["orders"], "shop", "order_id")
    items: dict[tuple[str, str], list[str]] = {}
    for line in _newest(told["order_lines"], "shop", "order_id", "line_id"):
        items.setdefault((line["shop"], line["order_id"]), []).append(f"{line['title'] or '?'} × {line['quantity']}")
    refunds = _newest(told["refunds"], "shop", "refund_id")
    parts = [
        say(language, "person.head", accounts=len(told["customers"])),
        "",
        f"{say(language, 'person.contacts')}: "
        + (_listed(told["contact_vault"], "shop", "field", "value") or say(language, "person.none")),
        "",
        say(language, "person.orders", count=len(bought)),
    ]
    for order in sorted(bought, key=lambda one: str(one["created_at"] or one["paid_at"] or "")):
        refund = order["refunded_micros"] or 0
        parts.append(
            f"  {order['created_at'] or order['paid_at'] or ''}  {order['shop']} {order['order_id']}  "
            f"{say(language, 'person.paid')} {_amount(order['total_micros'])} {money}"
            + (f", {say(language, 'person.refunded')} {_amount(refund)} {money}" if refund else "")
            + f"  {order['province'] or ''} {_status(order['status'], language)}".rstrip()
        )
        parts += [f"      {item}" for item in items.get((order["shop"], order["order_id"]), [])]
    parts += ["", say(language, "person.refunds", count=len(refunds))]
    parts += [
        f"  {one['requested_at'] or ''}  {one['order_id']}  {_amount(one['refunded_micros'])} {money}  "
        f"{one['reason'] or ''} {_status(one['status'], language)}".rstrip()
        for one in refunds
    ]
    parts += ["", say(language, "person.tasks", count=len(told["tasks"]))]
    for task in told["tasks"]:
        parts.append(
            f"  {task['day']}  {kind_of(task['kind']).called(language)}  {state_word(language, task['state'])}"
        )
    derived = {name: rows for name, rows in told.items() if name not in _APART and rows}
    parts += ["", say(language, "person.more")]
    parts += [
        f"  {_called(name, language)}: {say(language, 'person.rows', count=len(rows))}"
        for name, rows in derived.items()
    ]
    looks = told["access_log"][-NEWEST_LOOKS:]
    parts += ["", say(language, "person.log", count=len(looks))]
    parts += [
        f"  {look['at']}  {look['who']}  {look_in_words(look['what'], language)}  {look['why']}" for look in looks
    ]
    return "\n".join([*parts, "", say(language, "person.whole")])


def look_in_words(what: str, language: str) -> str:
    """What was done to a person's data, as the access log has it."""
    return _word(f"person.look.{what}", what, language)


def _called(table: str, language: str) -> str:
    """What people call a table of the books."""
    return _word(f"person.table.{table}", table, language)


def _status(status: str | None, language: str) -> str:
    return _word(f"person.status.{status}", status, language) if status else ""


def _word(name: str, code: str, language: str) -> str:
    return say(language, name) if has_text(name) else code


def _newest(rows: Sequence[Mapping[str, Any]], *keys: str) -> list[Mapping[str, Any]]:
    """The last row of each key: `tell` gives them in the order in which exports said them."""
    return list({tuple(row[key] for key in keys): row for row in rows}.values())


def _listed(rows: Sequence[Mapping[str, Any]], *names: str) -> str:
    return "; ".join(" ".join(str(row[name]) for name in names) for row in rows)


def _amount(micros: Any) -> str:
    return "?" if micros is None else f"{amount_of(int(micros)):,}"
