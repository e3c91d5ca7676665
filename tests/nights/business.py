"""A merchant so small that a night takes a second: two shops and an ERP with three goods in two warehouses.

What they sell and what their exports say is drawn from a seed, day by day; files are plain CSV.
"""

import csv
import io
import random
from base64 import b64encode
from collections.abc import Mapping
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from include.settings.merchant import Merchant
from include.warehouse.workspace import Keys

FIRST = date(2025, 11, 1)  # the opening history ends the day before
OPENING_DAYS = 45
SHOPS = ("web", "app", "erp")
SKUS = ("TEA", "CUP", "POT")
WAREHOUSES = {"东": "浙江", "南": "广东"}
BUYERS = 14
COLUMNS = {
    "sales": {
        "order_id": "order", "merchant_code": "sku", "quantity": "units", "unit_price": "price", "created_at": "at",
        "buyer": "buyer", "province": "province",
    },
    "stock": {"sku": "sku", "on_hand": "here", "locked": "locked", "warehouse": "place"},
    "products": {"sku": "sku", "title": "name", "list_price": "price", "cost": "cost", "supplier": "supplier"},
    "purchase_orders": {
        "purchase_order_id": "po", "line_id": "line", "sku": "sku", "warehouse": "place", "ordered_day": "ordered",
        "expected_day": "due", "quantity": "units", "supplier": "supplier", "status": "status",
    },
}  # fmt: skip
REPORTS = {"web": ("sales",), "app": ("sales",), "erp": ("stock", "products", "purchase_orders")}
Rows = list[dict[str, Any]]


def keys() -> Keys:
    return Keys.from_mapping(raw_keys())


def raw_keys() -> dict[str, Any]:
    """The same on every call: who is left alone as a control is drawn by a key."""
    vault, customers = (b64encode(sha256(name).digest()).decode() for name in (b"vault", b"customers"))
    return {"vault": {"k1": vault}, "vault_key_id": "k1", "customers": customers}


def merchant(home: Path, settings: Mapping[str, Any] | None = None) -> Merchant:
    """Lists go to a folder, and to two receivers: one knows a repeated delivery by its key, the other does not.
    settings: others than the usual."""

    def shop(name: str) -> dict[str, Any]:
        reports = {
            one: {"pattern": f"{one}*", "required": one != "purchase_orders", "declared": _declared(one)}
            for one in REPORTS[name]
        }
        source = {"path": f"{home}/exports/{name}/{{day}}", "settle_seconds": 0}
        return {"name": name, "platform": "declared", "source": source, "reports": reports}

    lists = ["restock", "chase", "recall"]
    receivers = [
        {
            "name": name,
            "kind": "webhook",
            "lists": lists,
            "connection": name,
            "receiver_is_idempotent": name == "patient",
        }
        for name in ("strict", "patient")
    ]
    return Merchant.model_validate(
        {
            "name": "nights",
            "books": f"sqlite:///{home}/books.sqlite",
            "raw": f"{home}/raw",
            "models": f"{home}/models",
            "data_docs": f"{home}/data_docs",
            "running": {"clock_starts": "2100-01-01"},
            "warehouses": [{"name": name, "serves": [province]} for name, province in WAREHOUSES.items()],
            "checking": {"quarantine_ceiling": 0.5},
            # Goods are cheap here: what saves little is worth a line, and a contact pays.
            "replenishment": {"excess": {"min_saving": 0, "cover_days": 30}},
            "customers": {"capacity": 4, "horizon_days": 30, "wage_per_hour": 0},
            "channels": [
                {"name": "folder", "kind": "file", "lists": ["restock"], "path": f"{home}/lists", "formats": ["xlsx"]},
                *receivers,
            ],
            "shops": [shop(name) for name in sorted(SHOPS)],  # in the order of their files, as Airflow reads them
            **(settings or {}),
        }
    )


def _declared(report: str) -> dict[str, Any]:
    same = {"paid_at": "created_at"} if report == "sales" else {}
    return {"frame": report, "columns": COLUMNS[report], "same": same, "constants": {}}


def day_of(number: int) -> str:
    """The business day so many days after the opening history."""
    return (FIRST + timedelta(days=number - 1)).isoformat()


def opening() -> dict[tuple[str, str], bytes]:
    """(shop, report) -> the file of the opening history."""
    rng, files = random.Random(0), {}
    for shop in ("web", "app"):
        rows: Rows = []
        for buyer in range(BUYERS):
            day = rng.randrange(8)
            while day < OPENING_DAYS:
                at = FIRST - timedelta(days=OPENING_DAYS - day)
                rows.append(_sale(rng, f"{shop}{buyer}-{day}", at.isoformat(), buyer))
                silent = buyer >= BUYERS - 3 and day >= 20
                day += OPENING_DAYS if silent else rng.randrange(2, 11)
        files[shop, "sales"] = as_csv(rows)
    return {**files, **_of_the_erp(rng, FIRST.isoformat())}


def exports_of(seed: int, day: str) -> dict[tuple[str, str], bytes]:
    """(shop, report) -> the file of a day."""
    rng = random.Random(f"{seed} {day}")
    files = {}
    for shop in ("web", "app"):
        rows = [_sale(rng, f"{shop}{day[5:]}-{n}", day, rng.randrange(BUYERS)) for n in range(rng.randrange(2, 7))]
        files[shop, "sales"] = as_csv(rows)
    return {**files, **_of_the_erp(rng, day)}


def _sale(rng: random.Random, order: str, day: str, buyer: int) -> dict[str, Any]:
    return {
        "order": order, "sku": SKUS[buyer % 2] if rng.random() < 0.9 else "POT", "units": rng.randrange(1, 5),
        "price": f"{rng.randrange(20, 90)}.00", "at": f"{day} {rng.randrange(9, 22):02d}:{rng.randrange(60):02d}:00",
        "buyer": f"buyer{buyer}", "province": list(WAREHOUSES.values())[buyer % 2],
    }  # fmt: skip


def _of_the_erp(rng: random.Random, day: str) -> dict[tuple[str, str], bytes]:
    stock = [
        {"sku": sku, "here": rng.randrange(60, 90) if sku == "POT" else rng.randrange(9), "locked": 0, "place": place}
        for sku in SKUS
        for place in WAREHOUSES
    ]
    products = [{"sku": sku, "name": sku.lower(), "price": "60.00", "cost": "20.00", "supplier": "S1"} for sku in SKUS]
    ordered = [
        {"po": f"P{number}", "line": 1, "sku": SKUS[number % 2], "place": list(WAREHOUSES)[number % 2],
         "ordered": (date.fromisoformat(day) - timedelta(days=12)).isoformat(),
         "due": (date.fromisoformat(day) + timedelta(days=rng.randrange(-6, 4))).isoformat(),
         "units": rng.randrange(3, 9), "supplier": "S1", "status": "open"}
        for number in range(3)
    ]  # fmt: skip
    return {
        ("erp", "stock"): as_csv(stock),
        ("erp", "products"): as_csv(products),
        ("erp", "purchase_orders"): as_csv(ordered),
    }


def as_csv(rows: Rows) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def with_other_amounts(content: bytes, rng: random.Random) -> bytes:
    """The same rows with other units: the platform has corrected itself."""
    rows = list(csv.DictReader(io.StringIO(content.decode())))
    for row in rows:
        for name in ("units", "here"):
            if name in row and rng.random() < 0.5:
                row[name] = str(int(row[name]) + rng.randrange(1, 4))
    return as_csv(rows)


def in_another_order(content: bytes, rng: random.Random) -> bytes:
    head, *rows = content.splitlines(keepends=True)
    return head + b"".join(rng.sample(rows, len(rows)))


def damaged(content: bytes, rng: random.Random) -> bytes:
    """Cut off, garbled, without a column, or with cells that cannot be read."""
    how = rng.randrange(5)
    if how == 0:
        return content[: rng.randrange(len(content))]
    if how == 1:
        place = rng.randrange(len(content))
        return content[:place] + rng.randbytes(9) + content[place:]
    if how == 2:
        return b"\n".join(line.partition(b",")[2] for line in content.splitlines())
    if how == 3:
        return content.replace(b",1", b",one").replace(b"2025-", b"later-")
    return content.splitlines()[0] + b"\n"  # the header alone
