"""Random histories of a small merchant: what its shops export from day to day, and what goes wrong on the way."""

import hashlib
import json
import sys
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import Engine, update

from include.demand.bulk import bulk_rule
from include.facts.close_day import close_day, newest_close
from include.settings.stock.demand import Bulk
from include.warehouse.as_of import exports_as_of, inputs_hash, read_facts
from include.warehouse.publish import Landed
from include.warehouse.tables import FACT_TABLES, exports
from tests.warehouse.one_part import publish_export

FIRST = date(2025, 11, 1)
YUAN = 1_000_000
CODES = ("TEA", "CUP", "BOX", "NEW", "LOST")
PROVINCES = ("浙江", "广东", "海外", None)
BULK = Bulk(min_quantity=10, spreads=1.0, min_times=2.0, window_days=4)

Rows = list[dict[str, Any]]


def day_of(number: int) -> str:
    return (FIRST + timedelta(days=number)).isoformat()


@dataclass(frozen=True)
class Export:
    """One file: what a shop's report says, delivered for a day, made by the platform at a moment."""

    shop: str
    day: str
    exported_at: str
    frames: dict[str, Rows]

    def publish(self, books: Engine, misread: bool = False) -> str:
        """misread: only some of its rows, as by settings that are mended later. Returns the export's id."""
        text = json.dumps([self.shop, self.day, self.exported_at, self.frames], sort_keys=True)
        content = hashlib.sha256(text.encode()).hexdigest()
        landed = Landed(
            self.shop,
            "web",
            "+".join(self.frames),
            self.day,
            content,
            "file.csv",
            1,
            self.exported_at,
            self.exported_at,
        )
        count = sum(len(rows) for rows in self.frames.values())
        ledger = {
            f"{what}_micros": 0 for what in ("money_total", "money_published", "money_quarantined", "money_ignored")
        }
        ledger |= {"rows_total": count, "rows_published": count, "rows_quarantined": 0, "rows_ignored": 0}
        frames = {
            name: pd.DataFrame(rows).assign(file_line=range(2, len(rows) + 2)).iloc[:: 2 if misread else 1]
            for name, rows in self.frames.items()
            if rows
        }
        described = {"state": "published"}
        return publish_export(books, landed, frames, {**ledger, "reasons": "{}"}, pd.DataFrame(), described)


@dataclass
class _Order:
    order_id: str
    created_at: str
    paid_at: str | None
    province: str | None
    mark: str | None
    lines: list[tuple[str, int]]  # code, units
    refunded: int = 0


@dataclass
class History:
    """days: of the history; exports: in the order in which their days came."""

    days: list[str]
    exports: list[Export] = field(default_factory=list)


def history(seed: int, days: int = 4) -> History:
    """Two shops of which one numbers its lines, and an ERP: orders told again with other lines, marks, payments and
    refunds; masters that come late, change and leave things out; files that are empty, late or old."""
    rng = np.random.default_rng(seed)
    told = History([day_of(n) for n in range(days)])
    shops: dict[str, list[_Order]] = {"web": [], "tmall": []}
    for number, day in enumerate(told.days):
        for shop, known in shops.items():
            known += [_new_order(rng, shop, day, n) for n in range(int(rng.integers(2, 9)))]
            if rng.random() < 0.1:
                continue  # nothing came that day
            for one in known:
                _happens_to(one, rng, day)
            again = [one for one in known if one.created_at[:10] == day or rng.random() < 0.5]
            told.exports.append(_export(shop, day, f"{day} 23:{rng.integers(0, 60):02d}:00", again, rng))
            if rng.random() < 0.2:  # an older truth, in the same folder
                told.exports.append(_export(shop, day, f"{day} 07:00:00", known[: len(known) // 2], rng))
            if rng.random() < 0.1:
                told.exports.append(Export(shop, day, f"{day} 22:00:00", {"orders": []}))
        told.exports += _of_the_erp(rng, number, day)
    return told


def _new_order(rng: np.random.Generator, shop: str, day: str, number: int) -> _Order:
    at = f"{day} {rng.integers(8, 23):02d}:{rng.integers(0, 60):02d}:00"
    lines = [(str(rng.choice(CODES)), int(rng.integers(1, 4))) for _ in range(int(rng.integers(1, 4)))]
    if rng.random() < 0.2:
        lines[0] = (lines[0][0], int(rng.integers(8, 60)))
    paid = at if rng.random() < 0.8 else None
    if rng.random() < 0.1:  # told ahead of its day
        paid = f"{date.fromisoformat(day) + timedelta(days=1)} 01:00:00"
    province = PROVINCES[int(rng.integers(len(PROVINCES)))]
    return _Order(f"{shop}{day[-2:]}{number}", at, paid, province, None, lines)


def _happens_to(one: _Order, rng: np.random.Generator, day: str) -> None:
    if one.paid_at is None and rng.random() < 0.4:
        one.paid_at = f"{day} 21:00:00"
    if rng.random() < 0.1:
        one.mark = str(rng.choice(["gift", "brushing"]))
    if len(one.lines) > 1 and rng.random() < 0.15:
        one.lines.pop(int(rng.integers(len(one.lines))))
    if rng.random() < 0.1:
        one.lines[0] = (one.lines[0][0], int(rng.integers(1, 30)))
    if rng.random() < 0.15:
        one.refunded = int(rng.integers(1, 30)) * YUAN


def _export(shop: str, day: str, moment: str, some: list[_Order], rng: np.random.Generator) -> Export:
    orders, lines, refunds = [], [], []
    for one in some:
        total = sum(units for _, units in one.lines) * 7 * YUAN
        orders.append(
            {"order_id": one.order_id, "status": "paid" if one.paid_at else "unpaid", "created_at": one.created_at,
             "paid_at": one.paid_at, "total_micros": total, "refunded_micros": one.refunded if shop == "web" else 0,
             "customer": f"buyer {int(one.order_id[-1]) % 4}", "province": one.province, "mark": one.mark}
        )  # fmt: skip
        held = shop == "web" and len(one.lines) > 1 and rng.random() < 0.05
        for number, (code, units) in enumerate(one.lines[held:], 1):
            lines.append(
                {"order_id": one.order_id, "merchant_code": code, "quantity": units, "title": f"title of {code}",
                 "line_id": f"{one.order_id}#{number}" if shop == "web" else f"{one.order_id}{code}{number}",
                 "unit_price_micros": 7 * YUAN, "paid_micros": units * 7 * YUAN, "refunded_micros": 0, "is_gift": False,
                 "paid_at": None, "is_whole": int(not held)}
            )  # fmt: skip
        if one.refunded and shop == "tmall":
            refunds.append(
                {"refund_id": f"R{one.order_id}", "order_id": one.order_id, "refunded_micros": one.refunded,
                 "status": "succeeded"}
            )  # fmt: skip
    return Export(shop, day, moment, {"orders": orders, "order_lines": lines, "refunds": refunds})


def _of_the_erp(rng: np.random.Generator, number: int, day: str) -> list[Export]:
    skus = ["TEA", "CUP", *(["NEW"] if number >= 2 else [])]
    products = [
        {"sku": sku, "title": sku, "category": str(rng.choice(["drinks", "things"])),
         "list_price_micros": int(rng.integers(1, 9)) * YUAN}
        for sku in skus
    ]  # fmt: skip
    listings = [
        {"for_shop": None, "listing_code": "BOX", "sku": sku, "quantity": n} for n, sku in ((1, "TEA"), (2, "CUP"))
    ]
    if number == 2:
        listings.append({"for_shop": "web", "listing_code": "LOST", "sku": "CUP", "quantity": int(rng.integers(1, 3))})
    stock = [
        {"warehouse": warehouse, "sku": sku, "on_hand": int(rng.integers(0, 3)),
         "stock_day": None if rng.random() < 0.5 else day_of(max(0, number - int(rng.integers(0, 3))))}
        for warehouse in ("东", "南") for sku in skus
    ]  # fmt: skip
    found = [Export("erp", day, f"{day} 22:30:00", {"stock": stock})]
    if rng.random() < 0.6 or number == 0:
        found.append(Export("erp", day, f"{day} 22:00:00", {"products": products}))
    if number >= 1 and rng.random() < 0.6:
        found.append(Export("erp", day, f"{day} 22:10:00", {"listings": listings}))
    return found


def _by_mistake(export: Export, rng: np.random.Generator) -> Export:
    """The export as a file of another day, newer than all."""
    other = date.fromisoformat(export.day) + timedelta(days=int(rng.integers(-1, 2)))
    return Export(export.shop, max(other, FIRST).isoformat(), "2025-12-31 00:00:00", export.frames)


def close(books: Engine, day: str) -> None:
    """Close a day with the merchant's own rule of bulk orders, over a short window."""
    close_day(
        books,
        day,
        f"{day} 23:59:59",
        (),
        {"浙江": "东", "广东": "南"},
        "东",
        bulk_rule(BULK),
        bulk_days=BULK.window_days,
    )


def is_up_to_date(books: Engine, day: str) -> bool:
    last = newest_close(books, day)
    return last is not None and last["inputs_hash"] == inputs_hash(exports_as_of(books, day))


def in_order(books: Engine, told: History) -> None:
    """Every day's exports come in time, and every day is closed once."""
    for day in told.days:
        for export in told.exports:
            if export.day == day:
                export.publish(books)
        close(books, day)


def in_any_order(books: Engine, told: History, rng: np.random.Generator) -> None:
    """Exports come in parts, late, twice, misread at first, and by mistake; days are closed before they are whole, in
    any order, and again."""
    waiting = list(told.exports)
    rng.shuffle(waiting)  # type: ignore[arg-type]
    wrong = [_by_mistake(export, rng).publish(books) for export in told.exports if rng.random() < 0.1]
    while waiting:
        for _ in range(int(rng.integers(1, 9))):
            if waiting:
                export = waiting.pop()
                misread = rng.random() < 0.15
                export.publish(books, misread)
                if misread or rng.random() < 0.1:
                    waiting.insert(0, export)
        if rng.random() < 0.7:
            close(books, str(rng.choice(told.days)))
    with books.begin() as connection:
        taken_back = exports.c.export_id.in_(wrong)
        connection.execute(update(exports).where(taken_back).values(state="withdrawn"))
    stale = list(told.days)
    while stale:
        close(books, str(rng.choice(stale)))
        stale = [day for day in told.days if not is_up_to_date(books, day)]


def digest(books: Engine, told: History) -> str:
    """One hash of all facts as of every day of the history."""
    found = hashlib.sha256()
    for as_of in told.days:
        for name in FACT_TABLES:
            found.update(read_facts(books, name, as_of).to_csv(index=False).encode())
    return found.hexdigest()


if __name__ == "__main__":  # SEED DAYS FILE: the digest of a history that came in any order
    from include.warehouse.books import open_books
    from include.warehouse.migrate import migrate

    _seed, _days, _file = sys.argv[1:]
    _books, _told = open_books(f"sqlite:///{_file}"), history(int(_seed), int(_days))
    migrate(_books)
    in_any_order(_books, _told, np.random.default_rng(int(_seed)))
    print(digest(_books, _told))
