"""Erasing one person everywhere, with a certificate of what was removed, what stays and why.

1. What old exports would say again is written down as irreversible marks: from now on it is left out.
2. Files: raw files, source folders, backups, lists, logs. A raw file is rewritten without the person's cells and takes
   the old one's place, so that a replay reads it.
3. The books, in one transaction: contacts, keys, scores and lists go; orders stay, nobody's, because accounts need
   their sums; what the tasks' events said is blanked under a chain that still holds.
4. The space that the rows stood in is given back (VACUUM), and the certificate is stored with its hash.

The books come last: whoever is interrupted starts again, and everything before is done once more on what is left.
"""

import re
import secrets as random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
from sqlalchemy import Connection, Engine, delete, insert, or_, select, text, update

from include.calendar.business_days import MOMENT
from include.exports.redaction import Needles
from include.facts.compute import hash_facts_again
from include.people.access_log import note_access
from include.people.contact_vault import opened_contacts, sealed_rows
from include.people.erase_files import Trail, erase_from_files
from include.people.find import shorts, tables_by_customer
from include.people.identity import KEY_COLUMNS, NOBODY, REWRITTEN, keys_that_join
from include.people.identity_store import persons_as_of
from include.people.not_reached import places_not_reached
from include.people.pseudonymise import CUSTOMER, marks_of
from include.tasks.acts import withdraw
from include.tasks.by_hand.desk_log import erase_desk_events
from include.tasks.canonical_json import canonical_json, content_hash
from include.tasks.document import pack, read_document, unpack, write_document
from include.tasks.privacy import masked
from include.tasks.task_events import ERASED, Change, append, erase_data
from include.tasks.task_tables import MACHINE, task_lists, tasks
from include.warehouse.books import open_books, read_frame
from include.warehouse.lines_hash import hash_again
from include.warehouse.migrate import is_current, migrate
from include.warehouse.tables import (
    erased_keys,
    erasures,
    exports,
    facts_customer_orders,
    identity_changes,
    identity_keys,
    order_customers,
    orders,
    quarantine,
    refunds,
)
from include.warehouse.tellings import told_at_all
from include.warehouse.workspace import Workspace
from include.words.texts import in_each

BEGUN, DONE = "begun", "done"
# Orders and their facts are anonymised, not removed.
_AT_ONCE = 500  # values in one statement
_STAY = {"orders", "order_customers", "facts_customer_orders"}


@dataclass
class Certificate:
    """What an erasure did; nothing in it is personal."""

    erasure_id: str
    at: str
    who: str
    why: str
    customers: int
    tables: dict[str, int] = field(default_factory=dict)
    files: dict[str, int] = field(default_factory=dict)
    kept: list[dict[str, Any]] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    not_reached: list[dict[str, str]] = field(default_factory=list)

    def document(self) -> dict[str, Any]:
        said: dict[str, Any] = {
            "erasure_id": self.erasure_id,
            "at": self.at,
            "who": self.who,
            "why": self.why,
            "customers": self.customers,
            "tables": dict(sorted(self.tables.items())),
            "files": dict(sorted(self.files.items())),
            "kept": self.kept,
            "left": sorted(self.left),
            "not_reached": self.not_reached,
        }
        return {**said, "hash": content_hash(canonical_json(said))}

    def text(self) -> str:
        """For the person, in Chinese and English."""
        said = self.document()
        lines = [
            f"个人信息删除证明 · Certificate of erasure {said['erasure_id']}",
            f"时间 at: {said['at']}    经办 by: {said['who']}    事由 why: {said['why']}",
            f"涉及店铺账号 customers (accounts in shops): {said['customers']}",
            "",
            "已删除或改写的数据行 · rows removed or rewritten:",
            *(f"  {name}: {count}" for name, count in said["tables"].items()),
            "已改写或删除的文件 · files rewritten or removed:",
            *(f"  {name}: {count}" for name, count in said["files"].items()),
            "保留及原因 · what is kept, and why:",
            *(f"  {one['what']} ({one['count']}): {one['why_zh']} · {one['why']}" for one in said["kept"]),
        ]
        if said["left"]:
            lines += ["未能删除，需人工处理 · could not be erased, a person must see to it:"]
            lines += [f"  {one}" for one in said["left"]]
        lines += ["本程序到不了、须由商家处理的地方 · places that this does not reach, for the merchant to see to:"]
        lines += [f"  {one['what']}: {one['why_zh']} · {one['why']}" for one in said["not_reached"]]
        return "\n".join([*lines, f"SHA-256: {said['hash']}"]) + "\n"


def erase(
    workspace: Workspace,
    customers: Sequence[str],
    who: str,
    why: str,
    now: datetime,
    *,
    passwords: Mapping[str, str] | None = None,
    also: Sequence[Path] = (),
    names: Sequence[str] = (),
) -> Certificate:
    """Erase the person of these customers (all of the person's, from `person.find`).

    now: the merchant's clock. passwords: shop -> of its protected workbooks. also: further folders to look through,
    such as Airflow's logs. names: what else names the person in clear (what they were found by): looked for in files
    too.
    """
    joined = persons_as_of(workspace)
    chosen = sorted({one for name in customers for one in joined.customers_of(name)})
    if not chosen or NOBODY in chosen:
        raise ValueError("name the customers of one person")
    found = Certificate(random.token_hex(8), now.strftime(MOMENT), who.strip(), masked(why.strip()), len(chosen))
    for customer in chosen:
        note_access(workspace, who, why, "erase", now, customer, {"erasure": found.erasure_id})
    keys = _own_keys(workspace, chosen)
    found.tables["erased_keys"] = _remember(workspace, found, chosen, keys)
    trail = Trail(
        customers=frozenset(chosen),
        keys=frozenset(keys["key_hash"]),
        orders=_orders_of(workspace, chosen),
        names={*(one["value"] for one in opened_contacts(workspace, chosen) if one["field"] != "name"), *names},
        shops=frozenset(shop.name for shop in workspace.merchant.shops),
    )
    erase_from_files(workspace, trail, found.files, found.left, now, passwords or {}, also)
    rows = _quarantined_rows(workspace, trail)
    _erase_from(workspace.books, chosen, trail.orders, rows, found.erasure_id, now, found.tables)
    if still_read := _give_back(workspace.books):
        found.left.append(still_read)
    found.files["backups"] = _erase_from_backups(workspace, chosen, trail, rows, found.erasure_id, now)
    found.kept = _kept(workspace, trail, found)
    found.not_reached = places_not_reached(workspace)
    said = found.document()
    with workspace.books.begin() as connection:
        connection.execute(
            update(erasures)
            .where(erasures.c.erasure_id == found.erasure_id)
            .values(state=DONE, certificate=canonical_json(said), certificate_hash=said["hash"])
        )
    return found


def _own_keys(workspace: Workspace, customers: list[str]) -> pd.DataFrame:
    """kind, key_hash of keys that are the person's and nobody else's: by which an export that says them again is
    known."""
    k, e = identity_keys.c, exports.c
    carried = select(k.key_hash).where(k.customer.in_(customers))
    said = read_frame(
        workspace.books,
        select(k.customer, k.kind, k.key_hash, k.whose, k.shop, e.day, k.export_id)
        .join(exports, e.export_id == k.export_id)
        .where(k.key_hash.in_(carried)),
    )[list(KEY_COLUMNS)]
    mine = said["customer"].isin(customers)
    others = set(said.loc[~mine, "key_hash"])
    own = keys_that_join(
        said, workspace.merchant.customers.identity.model_copy(update={"keys": ("phone", "member", "email")})
    )
    own = own[own["customer"].isin(customers) & ~own["key_hash"].isin(others) & (own["kind"] != REWRITTEN)]
    return own[["kind", "key_hash"]].drop_duplicates()


def _remember(workspace: Workspace, found: Certificate, customers: list[str], keys: pd.DataFrame) -> int:
    """Write the marks, and that the erasure has begun; returns how many marks are new."""
    hashes = {CUSTOMER: customers, **{str(kind): list(part) for kind, part in keys.groupby("kind")["key_hash"]}}
    marks = marks_of(hashes, workspace.keys.customers)
    with workspace.books.begin() as connection:
        known = set(connection.scalars(select(erased_keys.c.mark).where(erased_keys.c.mark.in_(list(marks)))))
        rows = [
            {"mark": mark, "kind": kind, "erasure_id": found.erasure_id, "at": found.at}
            for mark, kind in marks.items()
            if mark not in known
        ]
        if rows:
            connection.execute(insert(erased_keys), rows)
        connection.execute(
            insert(erasures).values(
                erasure_id=found.erasure_id,
                at=found.at,
                who=found.who,
                state=BEGUN,
                certificate="{}",
                certificate_hash="",
            )
        )
    return len(rows)


def _orders_of(workspace: Workspace, customers: list[str]) -> frozenset[str]:
    return frozenset(
        number
        for table in (orders, order_customers, facts_customer_orders)
        for number in read_frame(
            workspace.books, select(table.c.order_id).where(table.c.customer.in_(customers)).distinct()
        )["order_id"]
    )


def _quarantined_rows(workspace: Workspace, trail: Trail) -> list[dict[str, Any]]:
    needles, nowhere = Needles.of(trail.names, trail.orders), frozenset[int]()
    cells = re.compile(r"[,\t;|]")
    return [row for row in sealed_rows(workspace) if needles.name(cells.split(row["text"]), nowhere, nowhere)]


def _erase_from(
    books: Engine,
    customers: list[str],
    numbers: frozenset[str],
    quarantined: list[dict[str, Any]],
    erasure_id: str,
    now: datetime,
    counts: dict[str, int],
) -> None:
    """The books without the person, in one transaction. counts: table -> rows, filled in."""
    with books.begin() as connection:
        if books.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA secure_delete = ON")
        told_by, counted_in = _touched(connection, customers, numbers)
        _erase_tasks(connection, shorts(customers), erasure_id, now, counts)
        day = now.date().isoformat()
        counts["desk_events"] = erase_desk_events(connection, "recall", shorts(customers), erasure_id, now, day)
        counts["task_lists"] = _erase_documents(connection, frozenset(shorts(customers)))
        for table in tables_by_customer():
            mine = table.c.customer.in_(customers)
            if table.name in _STAY:
                values: dict[str, Any] = {"customer": NOBODY, **({"city": None} if "city" in table.c else {})}
                counts[table.name] = connection.execute(update(table).where(mine).values(**values)).rowcount
            else:
                counts[table.name] = connection.execute(delete(table).where(mine)).rowcount
        # An order whose own report names nobody, but another system did: its city goes, too.
        counts["orders"] += sum(
            connection.execute(
                update(orders)
                .where(orders.c.order_id.in_(part), orders.c.customer.is_(None), orders.c.city.is_not(None))
                .values(city=None)
            ).rowcount
            for part in _in_parts(sorted(numbers))
        )
        c = identity_changes.c
        told = or_(c.person.in_(customers), c.with_customer.in_(customers))
        counts["identity_changes"] += connection.execute(delete(identity_changes).where(told)).rowcount
        counts["refunds"] = sum(
            connection.execute(
                update(refunds).where(refunds.c.order_id.in_(part), refunds.c.reason.is_not(None)).values(reason=None)
            ).rowcount
            for part in _in_parts(sorted(numbers))
        )
        counts["quarantine"] = sum(
            connection.execute(
                update(quarantine)
                .where(
                    quarantine.c.export_id == row["export_id"],
                    quarantine.c.file_line == row["file_line"],
                    quarantine.c.number == row["number"],
                )
                .values(sealed_text=None, found=None)
            ).rowcount
            for row in quarantined
        )
        hash_again(connection, told_by)
        hash_facts_again(connection, "customer_orders", counted_in)


def _touched(
    connection: Connection, customers: list[str], numbers: frozenset[str]
) -> tuple[list[str], list[tuple[str, str, str]]]:
    """(exports, partitions of facts_customer_orders) that tell of the person: an audit must know them again."""
    own = [exports.c.export_id]
    by_name = [told_at_all(t, own, t.c.customer.in_(customers)) for t in (orders, order_customers)]
    by_number = [
        told_at_all(t, own, t.c.order_id.in_(part)) for t in (orders, refunds) for part in _in_parts(sorted(numbers))
    ]
    told_by = {one for query in (*by_name, *by_number) for one in connection.scalars(query)}
    f = facts_customer_orders.c
    rows = connection.execute(select(f.shop, f.day, f.as_of).where(f.customer.in_(customers)).distinct())
    return sorted(told_by), sorted((row.shop, row.day, row.as_of) for row in rows)


def _erase_tasks(
    connection: Connection, names: list[str], erasure_id: str, now: datetime, counts: dict[str, int]
) -> None:
    t = tasks.c
    mine = connection.execute(
        select(t.task_id, t.day, t.state).where(t.kind == "recall", t.customer.in_(names)).order_by(t.day, t.task_id)
    ).all()
    ids = [row.task_id for row in mine]
    counts["tasks"], counts["task_events"] = len(ids), 0
    if not ids:
        return
    withdraw(connection, {row.task_id: ERASED for row in mine if row.state == "open"}, now)
    counts["task_events"] = erase_data(connection, ids, erasure_id)
    why_zh, why_en = in_each("person.erased")
    blank = canonical_json({"customer": ERASED, "why_zh": why_zh, "why_en": why_en})
    connection.execute(
        update(tasks)
        .where(t.task_id.in_(ids))
        .values(
            subject=ERASED,
            customer=None,
            shop=None,
            money_micros=None,
            payload=blank,
            payload_hash=content_hash(blank),
            answer=canonical_json({ERASED: erasure_id}),
        )
    )
    now_in = connection.execute(select(t.task_id, t.state).where(t.task_id.in_(ids)))
    states = {row.task_id: row.state for row in now_in}
    by_day: dict[str, list[Change]] = {}
    for row in mine:
        state = states[row.task_id]
        by_day.setdefault(row.day, []).append(Change(row.task_id, state, state, {ERASED: erasure_id}))
    for day, changes in sorted(by_day.items()):
        append(connection, changes, now, day, MACHINE)


def _erase_documents(connection: Connection, names: frozenset[str]) -> int:
    """Recall lists without the person's lines; returns how many lists were rewritten."""
    changed = 0
    c = task_lists.c
    for list_id in connection.scalars(select(c.list_id).where(c.kind == "recall").order_by(c.list_id)).all():
        said = unpack(connection.execute(select(c.document).where(c.list_id == list_id)).scalar_one())
        if not any(name in said for name in names):
            continue
        whole = read_document(said)
        kept = replace(
            whole,
            lines=tuple(line for line in whole.lines if line.payload.get("customer") not in names),
            held_back=tuple(one for one in whole.held_back if one.get("subject") not in names),
        )
        written = write_document(kept)
        connection.execute(
            update(task_lists)
            .where(c.list_id == list_id)
            .values(
                document=pack(written.text),
                document_hash=written.document_hash,
                content_hash=written.content_hash,
                lines=len(kept.lines),
            )
        )
        changed += 1
    return changed


def _erase_from_backups(
    workspace: Workspace,
    customers: list[str],
    trail: Trail,
    quarantined: list[dict[str, Any]],
    erasure_id: str,
    now: datetime,
) -> int:
    """Every copy of the books that upkeep made, without the person; returns how many."""
    copies = sorted((workspace.home / "backups").glob("books_*.sqlite"))
    for path in copies:
        books = open_books(f"sqlite:///{path}")
        try:
            if not is_current(books):
                migrate(books)
            _erase_from(books, customers, trail.orders, quarantined, erasure_id, now, {})
            _give_back(books)
            with books.connect() as connection:
                connection.exec_driver_sql("PRAGMA journal_mode = DELETE")
        finally:
            books.dispose()
    return len(copies)


def _give_back(books: Engine) -> str | None:
    """Rows that were deleted or rewritten stand in the files until their space is given back: in free pages, in
    statistics of the columns, and on SQLite in its log. Every table is rewritten. Returns what is left for a person
    to do."""
    with books.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if books.dialect.name != "sqlite":
            # Without FULL the space is free, and the old bytes lie in it until something else is written there.
            connection.execute(text("ANALYZE"))
            connection.execute(text("VACUUM (FULL)"))
            return None
        connection.execute(text("VACUUM"))
        is_busy, *_ = connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)")).one()
    if is_busy:
        return f"{books.url.database}-wal: somebody reads the books; stop what does, and erase again"
    return None


def _kept(workspace: Workspace, trail: Trail, found: Certificate) -> list[dict[str, Any]]:
    kept = (
        ("orders, order_lines, refunds, facts", len(trail.orders), "person.kept.orders"),
        ("erased_keys", found.tables["erased_keys"], "person.kept.keys"),
        ("task_events, access_log", found.tables.get("task_events", 0), "person.kept.logs"),
    )
    told = [(what, count, *in_each(why)) for what, count, why in kept]
    return [{"what": what, "count": count, "why_zh": zh, "why": en} for what, count, zh, en in told]


def _in_parts(values: Sequence[str]) -> list[Sequence[str]]:
    return [values[first : first + _AT_ONCE] for first in range(0, len(values), _AT_ONCE)]
