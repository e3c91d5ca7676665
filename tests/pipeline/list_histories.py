"""Random histories of a small merchant with lists: two months of orders to begin with, then days on which exports come
in time or in any order, and the lists of every day."""

import shutil
import sys
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
from sqlalchemy import Engine

from include.customers.churn.churn import save, train
from include.customers.store import history_as_of
from include.pipeline.recall import publish_recall_list
from include.pipeline.restock import publish_restock_lists
from include.settings.merchant import Merchant
from include.tasks.document import Document, read_document
from include.tasks.publish_list import document_of
from include.warehouse.model_registry import register
from include.warehouse.workspace import Keys, Workspace
from tests.warehouse.histories import BULK, FIRST, YUAN, Export, History, Rows, history, in_any_order, in_order

OPENING_DAYS, BUYERS = 60, 12
LISTS = ("restock", "transfer", "chase", "excess", "recall")
MODEL_DAY = (FIRST - timedelta(days=20)).isoformat()


def same_keys() -> Keys:
    """The same on every call: who is left alone is drawn by a key."""
    one, other = (b64encode(sha256(name).digest()).decode() for name in (b"vault", b"customers"))
    return Keys.from_mapping({"vault": {"k1": one}, "vault_key_id": "k1", "customers": other})


def merchant(home: Path) -> Merchant:
    def shop(name: str, platform: str, **reports: str) -> dict:
        described = {report: {"pattern": pattern} for report, pattern in reports.items()}
        return {"name": name, "platform": platform, "source": {"path": "/x/{day}"}, "reports": described}

    return Merchant.model_validate(
        {
            "name": "small",
            "raw": f"{home}/raw",
            "models": f"{home}/models",
            "running": {"clock_starts": "2100-01-01"},
            "warehouses": [{"name": "东", "serves": ["浙江"]}, {"name": "南", "serves": ["广东"]}],
            "demand": {"bulk": BULK.model_dump()},
            # Goods are cheap here: what saves little is worth a line, and a contact pays.
            "replenishment": {"excess": {"min_saving": 0, "cover_days": 30}},
            "customers": {"capacity": 4, "horizon_days": 30, "wage_per_hour": 0},
            "shops": [
                shop("web", "taobao", orders="*"),
                shop("tmall", "taobao", orders="*"),
                shop("erp", "jushuitan", stock="*"),
            ],
        }
    )


def pseudonym(buyer: int) -> str:
    return sha256(f"buyer {buyer}".encode()).hexdigest()


def opening(seed: int) -> Export:
    """Two months of orders of a dozen buyers, each with a rhythm of their own, in one file of the first day."""
    rng = np.random.default_rng(seed + 1000)
    orders: Rows = []
    lines: Rows = []
    for buyer in range(BUYERS):
        day = int(rng.integers(0, 10))
        while day < OPENING_DAYS:
            at = f"{FIRST - timedelta(days=OPENING_DAYS - day)} {rng.integers(9, 22):02d}:00:00"
            number, units = f"old{buyer}-{day}", int(rng.integers(1, 5))
            orders.append(
                {"order_id": number, "status": "paid", "created_at": at, "paid_at": at, "mark": None,
                 "total_micros": units * 7 * YUAN, "refunded_micros": 0, "customer": pseudonym(buyer),
                 "province": "浙江" if buyer % 2 else "广东"}
            )  # fmt: skip
            lines.append(
                {"order_id": number, "line_id": f"{number}#1", "merchant_code": ("TEA", "CUP")[buyer % 2], "title": "x",
                 "quantity": units, "unit_price_micros": 7 * YUAN, "paid_micros": units * 7 * YUAN,
                 "refunded_micros": 0, "is_gift": False, "paid_at": None, "is_whole": 1}
            )  # fmt: skip
            day += int(rng.integers(2, 12)) if buyer < BUYERS - 3 or day < 20 else OPENING_DAYS  # three fall silent
    return Export("web", FIRST.isoformat(), f"{FIRST} 00:30:00", {"orders": orders, "order_lines": lines})


def goods_ordered(seed: int, told: History) -> Iterator[Export]:
    """Purchase orders, told again day by day with other quantities and days, and what of them was received."""
    rng = np.random.default_rng(seed + 2000)
    ordered: Rows = []
    for number, day in enumerate(told.days):
        for sku in ("TEA", "CUP"):
            if rng.random() < 0.5:
                due = date.fromisoformat(day) + timedelta(days=int(rng.integers(-4, 9)))
                ordered.append(
                    {"purchase_order_id": f"P{number}{sku}", "line_id": "1", "sku": sku, "supplier": "G1",
                     "warehouse": ("东", "南")[int(rng.integers(2))], "quantity": int(rng.integers(1, 20)),
                     "ordered_day": str(FIRST - timedelta(days=9)), "expected_day": str(due), "status": "open"}
                )  # fmt: skip
        for one in ordered:
            if rng.random() < 0.3:
                one |= {"quantity": int(rng.integers(1, 20))}
        yield Export("erp", day, f"{day} 21:00:00", {"purchase_orders": [dict(one) for one in ordered]})
        if ordered and rng.random() < 0.6:
            one = ordered[int(rng.integers(len(ordered)))]
            receipt = {"receipt_id": f"R{number}", "received_day": day, "quantity": int(rng.integers(1, 5))}
            named = ("purchase_order_id", "line_id", "sku", "warehouse")
            yield Export("erp", day, f"{day} 21:30:00", {"receipts": [receipt | {k: one[k] for k in named}]})


def with_slow_goods(told: History) -> None:
    """Goods that nobody buys lie in one warehouse, more or fewer of them from export to export."""
    for number, export in enumerate(told.exports):
        for stock in (export.frames[name] for name in export.frames if name == "stock"):
            stock.append({"warehouse": "东", "sku": "SLOW", "on_hand": 90 + number % 3, "stock_day": None})
        for products in (export.frames[name] for name in export.frames if name == "products"):
            products.append({"sku": "SLOW", "title": "SLOW", "category": "things", "list_price_micros": 9 * YUAN})


def list_history(seed: int, days: int = 3) -> History:
    told = history(seed, days)
    with_slow_goods(told)
    told.exports += [opening(seed), *goods_ordered(seed, told)]
    for export in told.exports:
        for order in export.frames.get("orders", []):
            if order["customer"].startswith("buyer"):
                order["customer"] = pseudonym(int(order["customer"][-1]))
    return told


@dataclass(frozen=True)
class Listed:
    """A workspace in whose books a history comes in, and its lists are made."""

    workspace: Workspace

    @classmethod
    def at(cls, home: Path, books: Engine, keys: Keys) -> "Listed":
        return cls(Workspace(merchant(home), books, keys, home, {}))

    def learns(self, folder: Path) -> None:
        """The churn model that lies in `folder` is the champion from the first day on."""
        copy = self.workspace.home / "learnt"
        shutil.copytree(folder, copy)
        register(self.workspace, "churn", FIRST.isoformat(), copy, {}, is_released=True)

    def train(self, folder: Path) -> None:
        known = history_as_of(self.workspace, FIRST.isoformat())
        save(train(known, MODEL_DAY, 10, seed=1), folder / "churn.json")

    def lists(self, day: str) -> None:
        now = datetime.fromisoformat(f"{day} 03:00:00").replace(tzinfo=ZoneInfo("Asia/Shanghai")) + timedelta(days=1)
        publish_restock_lists(self.workspace, day, now)
        publish_recall_list(self.workspace, day, now)

    def document(self, kind: str, day: str) -> Document:
        with self.workspace.books.connect() as connection:
            written = document_of(connection, kind, day)
        assert written is not None, f"there is no {kind} list of {day}"
        return read_document(written)


def in_turn(told: History, listed: Listed, model: Path) -> None:
    """Every day's exports come in time, its close and its lists follow; the churn model is trained on the first day."""
    in_order(listed.workspace.books, told)
    listed.train(model)
    listed.learns(model)
    for day in told.days:
        listed.lists(day)


def anyhow(told: History, listed: Listed, model: Path, seed: int) -> None:
    """Exports come and days are closed in any order, then the lists of all days are made, and of one day again.

    The lists follow the days: a list that is made before the one of the day before counts its lines' age from itself.
    """
    in_any_order(listed.workspace.books, told, np.random.default_rng(seed))
    listed.learns(model)
    rng = np.random.default_rng(seed)
    for day in (*told.days, str(rng.choice(told.days))):
        listed.lists(day)


def digest_of_lists(told: History, listed: Listed) -> str:
    found = sha256()
    for day in told.days:
        for kind in LISTS:
            found.update(repr(listed.document(kind, day).lines).encode())
    return found.hexdigest()


if __name__ == "__main__":  # SEED DAYS FOLDER: the digest of a history's lists
    from include.warehouse.books import open_books
    from include.warehouse.migrate import migrate

    _home = Path(sys.argv[3])
    _books, _told = open_books(f"sqlite:///{_home}/books.sqlite"), list_history(int(sys.argv[1]), int(sys.argv[2]))
    migrate(_books)
    (_home / "model").mkdir()
    _listed = Listed.at(_home, _books, same_keys())
    in_turn(_told, _listed, _home / "model")
    print(digest_of_lists(_told, _listed))
