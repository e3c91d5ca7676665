"""Suppliers as a buyer sees them: what is to be ordered from each, how reliable it is, and what is on its way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from sqlalchemy import Connection, Row, select

from include.desk.answering import visible_rows
from include.desk.choosing import in_scope
from include.desk.rights import Person
from include.facts.serving import renamed
from include.replenishment.orders.matching import matched_receipts
from include.replenishment.suppliers.lead_time import lead_time_observations, on_time_shares
from include.settings.desk import Scope
from include.tasks.answers.plausibility import money_of
from include.tasks.by_hand.purchase_drafts import LIVE, PurchaseDraft, drafts_of
from include.tasks.canonical_json import read_json
from include.tasks.holds.held_rows import Holds
from include.tasks.task_tables import newest_list_day, tasks
from include.warehouse.as_of import read_lines
from include.warehouse.workspace import Workspace


@dataclass(frozen=True)
class SupplierFigures:
    """name: None where the books know none. minimum_micros: of an order; None: none. on_time: share of what was due.
    days: from order to receipt, of all units: those of one in ten, half, and nine in ten. by_week: units by these days
    in weeks. overdue: lines of orders whose day has passed, oldest first."""

    name: str | None
    minimum_micros: int | None
    on_time: float | None
    days: tuple[int, int, int] | None
    by_week: Sequence[tuple[str, int]]
    overdue: Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class SupplierRow:
    """open, units, money: of the restock lines that are to be ordered and stand in no live purchase order."""

    supplier: str
    figures: SupplierFigures
    lines: int
    units: int
    money: int
    chase: int
    drafts: int

    @property
    def lacks(self) -> int | None:
        """Micros that are missing to the supplier's minimum; None if it has none, or nothing is to be ordered."""
        if self.figures.minimum_micros is None or not self.lines:
            return None
        return max(self.figures.minimum_micros - self.money, 0)


def suppliers_of(connection: Connection, figures: Mapping[str, SupplierFigures], person: Person) -> list[SupplierRow]:
    """Every supplier with something to order, to chase or on the way to be sent; most money first."""
    orderable = orderable_lines(connection, person)
    live = [one for one in drafts_of(connection, None, *LIVE) if is_seen(connection, one, person)]
    chased = connection.execute(
        select(tasks.c.supplier).where(
            tasks.c.kind == "chase", tasks.c.state == "open", in_scope(person.scope, "chase")
        )
    )
    chase: dict[str, int] = {}
    for row in chased:
        chase[row.supplier or ""] = chase.get(row.supplier or "", 0) + 1
    found = []
    for supplier in sorted({*orderable, *(one for one in chase if one), *(one.supplier for one in live)}):
        lines = orderable.get(supplier, [])
        found.append(
            SupplierRow(
                supplier=supplier,
                figures=figures.get(supplier, NOTHING_KNOWN),
                lines=len(lines),
                units=sum(quantity_wanted(one) for one in lines),
                money=sum(money_of("restock", read_json(one.payload), quantity_wanted(one)) for one in lines),
                chase=chase.get(supplier, 0),
                drafts=sum(one.supplier == supplier for one in live),
            )
        )
    return sorted(found, key=lambda one: (-one.money, one.supplier))


def is_seen(connection: Connection, draft: PurchaseDraft, person: Person) -> bool:
    """Whether all lines of a purchase order are for the person's eyes."""
    wanted = {line.task_id for line in draft.lines}
    return wanted <= set(visible_rows(connection, wanted, person))


def orderable_lines(connection: Connection, person: Person, supplier: str | None = None) -> dict[str, list[Row[Any]]]:
    """Supplier -> its restock lines that are open or accepted, wait for no release and stand in no live purchase order,
    urgent first."""
    taken = {line.task_id for draft in drafts_of(connection, supplier, *LIVE) for line in draft.lines}
    newest = newest_list_day(connection, "restock")
    query = select(tasks).where(
        tasks.c.kind == "restock", tasks.c.day == newest, tasks.c.state.in_(["open", "accepted"]),
        tasks.c.supplier.is_not(None), in_scope(person.scope, "restock"),
    )  # fmt: skip
    if supplier is not None:
        query = query.where(tasks.c.supplier == supplier)
    found: dict[str, list[Row[Any]]] = {}
    rows = connection.execute(query.order_by(tasks.c.rank)).all()
    holds = Holds(connection, rows)
    for row in rows:
        if row.task_id not in taken and not holds.waits(row):
            found.setdefault(row.supplier, []).append(row)
    return found


def quantity_wanted(row: Row[Any]) -> int:
    """As accepted, else as suggested."""
    said = read_json(row.answer).get("quantity") if row.state == "accepted" else None
    return int(said if isinstance(said, int) else row.quantity or 0)


NOTHING_KNOWN = SupplierFigures(None, None, None, None, (), ())


def supplier_figures(workspace: Workspace, day: str | None, scope: Scope) -> Mapping[str, SupplierFigures]:
    """Supplier -> what the books of `day` say of it, by the orders that lie within what a person sees. Reads in bulk:
    not within a connection of the caller's."""
    return {} if day is None else _figures(_Books(workspace), day, scope.warehouses, scope.categories)


@dataclass(frozen=True, eq=False)
class _Books:
    """A workspace as a key: figures of a closed day are read once."""

    workspace: Workspace

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Books) and self.workspace is other.workspace

    def __hash__(self) -> int:
        return id(self.workspace)


@lru_cache(maxsize=16)
def _figures(
    books: _Books, day: str, warehouses: tuple[str, ...], categories: tuple[str, ...]
) -> Mapping[str, SupplierFigures]:
    engine, names = books.workspace.books, books.workspace.merchant.warehouse_names()
    masters = read_lines(engine, "suppliers", day).drop_duplicates("supplier", keep="last").set_index("supplier")
    orders, receipts = read_lines(engine, "purchase_orders", day), read_lines(engine, "receipts", day)
    if warehouses:
        orders, receipts = (one[renamed(one, names)["warehouse"].isin(warehouses)] for one in (orders, receipts))
    if categories:
        goods = read_lines(engine, "products", day).drop_duplicates("sku", keep="last")
        skus = set(goods.loc[goods["category"].isin(categories), "sku"])
        orders, receipts = (one[one["sku"].isin(skus)] for one in (orders, receipts))
    seen = lead_time_observations(orders, matched_receipts(orders, receipts), day)
    on_time = on_time_shares(seen, day)
    found: dict[str, SupplierFigures] = {}
    for supplier in sorted({*masters.index, *orders["supplier"].dropna()}):
        own = seen[(seen["supplier"] == supplier)]
        came = own[own["is_received"].astype(bool)]
        days = np.repeat(came["days"].to_numpy(dtype=int), came["units"].to_numpy(dtype=int))
        weeks, units_of_week = np.unique(days // 7, return_counts=True)
        waiting = own[~own["is_received"].astype(bool) & own["expected_day"].notna() & (own["expected_day"] < day)]
        master = masters.loc[supplier] if supplier in masters.index else None
        found[supplier] = SupplierFigures(
            name=None if master is None or not isinstance(master["title"], str) else master["title"],
            minimum_micros=_whole(None if master is None else master["minimum_order_micros"]) or None,
            on_time=on_time.get(supplier),
            days=tuple(int(np.quantile(days, q, method="inverted_cdf")) for q in (0.1, 0.5, 0.9))
            if len(days)
            else None,  # type: ignore[arg-type]
            by_week=[
                (f"{week * 7}–{week * 7 + 6}", int(units_of_week[weeks == week].sum()))
                for week in range(int(weeks.min()), int(weeks.max()) + 1)
            ]
            if len(days)
            else [],
            overdue=waiting[["purchase_order_id", "line_id", "ordered_day", "expected_day", "units"]]
            .sort_values("expected_day")
            .head(50)
            .to_dict("records"),
        )
    return found


def _whole(value: Any) -> int | None:
    try:
        return None if value is None or value != value else int(value)
    except TypeError:  # pandas' own "unknown" compares to nothing
        return None


@dataclass(frozen=True)
class Progress:
    """What came of a line that was sent. ordered, received: as the ERP's exports show; None: not seen there yet."""

    order: str | None
    ordered: int | None
    received: int | None
    expected_day: str | None


def progress_of(workspace: Workspace, draft: PurchaseDraft, day: str | None) -> dict[str, Progress]:
    """Task -> what the books of `day` show of its line: the first order of its sku and warehouse since it was sent."""
    if draft.state != "sent" or day is None:
        return {}
    orders, receipts = read_lines(workspace.books, "purchase_orders", day), read_lines(workspace.books, "receipts", day)
    names = workspace.merchant.warehouse_names()
    came = matched_receipts(orders, receipts).groupby(["purchase_order_id", "line_id"])["quantity"].sum()
    found = {}
    for line in draft.lines:
        place = orders["warehouse"].map(lambda one: names.get(one, one)) == line.warehouse
        own = orders[
            (orders["sku"] == line.sku) & place & (orders["supplier"] == draft.supplier)
            & (orders["ordered_day"] >= draft.made_at[:10])
        ].sort_values("ordered_day")  # fmt: skip
        if own.empty:
            found[line.task_id] = Progress(None, None, None, None)
            continue
        first = own.iloc[0]
        received = came.get((first["purchase_order_id"], first["line_id"]), 0)
        expected = first["expected_day"]
        found[line.task_id] = Progress(
            str(first["purchase_order_id"]), int(first["quantity"]), int(received),
            expected if isinstance(expected, str) else None,
        )  # fmt: skip
    return found
