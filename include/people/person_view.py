"""What the books hold of a person, in words for that person; and how far an erasure would reach, before it is made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, or_, select

from include.people.find import shorts
from include.settings.currencies import currency_name
from include.tasks.kinds import kind_of
from include.tasks.sheets.cells import amount_of
from include.tasks.task_tables import tasks
from include.warehouse.tables import contact_vault, facts_customer_orders, orders
from include.warehouse.workspace import Office

NEWEST_LOOKS = 20  # of the access log, on a screen
_APART = {"customers", "contact_vault", "orders", "order_lines", "refunds", "tasks", "access_log", "joined", "identity"}
WORDS: Mapping[str, Mapping[str, str]] = {
    "zh": {
        "head": "本商家的账本里关于此人的全部内容（账号 {accounts} 个）", "contacts": "联系方式（加密保存，这里解开）",
        "orders": "订单 {count} 个", "paid": "实付", "refunded": "退款", "refunds": "退款记录 {count} 条",
        "tasks": "出现在清单上 {count} 次", "more": "此外每天按订单算出的记录", "log": "谁看过（最近 {count} 次）",
        "none": "没有", "rows": "{count} 行", "whole": "一字不漏的版本：加 --json，或 --out 文件",
        "reach": "将彻底删除此人：{accounts} 个账号、{orders} 个订单、{lists} 张召回清单上的 {tasks} 行、{contacts} 条"
        "联系方式。订单金额和件数会留下，不再认得出是谁；各处文件、清单和备份一并改写。删除后无法恢复。确认请加 --yes",
    },
    "en": {
        "head": "Everything that this merchant's books hold of this person ({accounts} accounts)",
        "contacts": "Contacts (kept sealed, opened here)", "orders": "{count} orders", "paid": "paid",
        "refunded": "refunded", "refunds": "{count} refunds", "tasks": "on a list {count} times",
        "more": "Besides, what is computed from the orders each day", "log": "Who looked (the newest {count})",
        "none": "none", "rows": "{count} rows", "whole": "To the letter: --json, or --out FILE",
        "reach": "this person would be erased for good: {accounts} accounts, {orders} orders, {tasks} lines on {lists} "
        "recall lists, {contacts} contacts. Amounts and units of the orders stay, and nobody can be told from them; "
        "files, lists and backups are written anew. There is no way back. To go on, say --yes",
    },
}  # fmt: skip


@dataclass(frozen=True)
class Reach:
    """Counts of what names a person in the books: accounts, orders, task lines on so many recall lists, contacts."""

    accounts: int
    orders: int
    tasks: int
    lists: int
    contacts: int


def reach_of(office: Office, customers: Sequence[str]) -> Reach:
    """What an erasure of these customers would reach; nothing is changed."""
    o, f, t, v = orders.c, facts_customer_orders.c, tasks.c, contact_vault.c
    with office.books.connect() as connection:
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
    return WORDS[language]["reach"].format(**vars(reach))


def in_words(told: Mapping[str, Any], language: str, currency: str) -> str:
    """What `person.tell` tells, an order a row with its newest state, money in the merchant's currency."""
    words, money = WORDS[language], currency_name(currency, language)
    bought = _newest(told["orders"], "shop", "order_id")
    items: dict[tuple[str, str], list[str]] = {}
    for line in _newest(told["order_lines"], "shop", "order_id", "line_id"):
        items.setdefault((line["shop"], line["order_id"]), []).append(f"{line['title'] or '?'} × {line['quantity']}")
    refunds = _newest(told["refunds"], "shop", "refund_id")
    parts = [
        words["head"].format(accounts=len(told["customers"])),
        "",
        f"{words['contacts']}: " + (_listed(told["contact_vault"], "shop", "field", "value") or words["none"]),
        "",
        words["orders"].format(count=len(bought)),
    ]
    for order in sorted(bought, key=lambda one: str(one["created_at"] or one["paid_at"] or "")):
        refund = order["refunded_micros"] or 0
        parts.append(
            f"  {order['created_at'] or order['paid_at'] or ''}  {order['shop']} {order['order_id']}  "
            f"{words['paid']} {_amount(order['total_micros'])} {money}"
            + (f", {words['refunded']} {_amount(refund)} {money}" if refund else "")
            + f"  {order['province'] or ''} {order['status']}".rstrip()
        )
        parts += [f"      {item}" for item in items.get((order["shop"], order["order_id"]), [])]
    parts += ["", words["refunds"].format(count=len(refunds))]
    parts += [
        f"  {one['requested_at'] or ''}  {one['order_id']}  {_amount(one['refunded_micros'])} {money}  "
        f"{one['reason'] or ''} {one['status']}".rstrip()
        for one in refunds
    ]
    parts += ["", words["tasks"].format(count=len(told["tasks"]))]
    for task in told["tasks"]:
        kind = kind_of(task["kind"])
        parts.append(f"  {task['day']}  {kind.zh if language == 'zh' else kind.en}  {task['state']}")
    derived = {name: rows for name, rows in told.items() if name not in _APART and rows}
    parts += ["", words["more"]]
    parts += [f"  {name}: {words['rows'].format(count=len(rows))}" for name, rows in derived.items()]
    looks = told["access_log"][-NEWEST_LOOKS:]
    parts += ["", words["log"].format(count=len(looks))]
    parts += [f"  {look['at']}  {look['who']}  {look['what']}  {look['why']}" for look in looks]
    return "\n".join([*parts, "", words["whole"]])


def _newest(rows: Sequence[Mapping[str, Any]], *keys: str) -> list[Mapping[str, Any]]:
    """The last row of each key: `tell` gives them in the order in which exports said them."""
    return list({tuple(row[key] for key in keys): row for row in rows}.values())


def _listed(rows: Sequence[Mapping[str, Any]], *names: str) -> str:
    return "; ".join(" ".join(str(row[name]) for name in names) for row in rows)


def _amount(micros: Any) -> str:
    return "?" if micros is None else f"{amount_of(int(micros)):,}"
