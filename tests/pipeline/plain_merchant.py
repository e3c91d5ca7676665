"""A merchant of one web shop and one ERP, each with plain declared files: sales, products, stock, receipts."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from include.pipeline import close, ingest
from include.pipeline.restock import publish_restock_lists
from include.replenishment.day_plan import DayPlan, plan_day
from include.replenishment.planning_data import plan_basis
from include.settings.merchant import Merchant
from include.tasks.document import Document, read_document
from include.tasks.publish_list import document_of
from include.warehouse.workspace import Keys, Workspace
from tests.copies import new_workspace

SHANGHAI = ZoneInfo("Asia/Shanghai")
SALES = "order,sku,units,price,at,buyer"
STOCK = "sku,here,locked,place"
PRODUCTS = "sku,name,kind,price,cost,life,supplier,start,end"
RECEIPTS = "receipt,sku,place,day,units"


def _declared(frame: str, **columns: str) -> dict[str, Any]:
    return {"frame": frame, "columns": columns}


FILES = {
    "sales": _declared(
        "sales", order_id="order", merchant_code="sku", quantity="units", unit_price="price", created_at="at",
        buyer="buyer",
    ),
    "stock": _declared("stock", sku="sku", on_hand="here", locked="locked", warehouse="place"),
    "products": _declared(
        "products", sku="sku", title="name", category="kind", list_price="price", cost="cost", shelf_life_days="life",
        supplier="supplier", launched_day="start", ended_day="end",
    ),
    "receipts": _declared(
        "receipts", receipt_id="receipt", sku="sku", warehouse="place", received_day="day", quantity="units"
    ),
}  # fmt: skip


def merchant(home: Path, stock: dict[str, Any] | None = None, **more: Any) -> Merchant:
    """stock: of the stock report, beside its pattern and declaration."""

    def shop(name: str, *reports: str) -> dict[str, Any]:
        described = {
            report: {"pattern": f"{report}*", "required": False, "declared": FILES[report]} for report in reports
        }
        if "stock" in described:
            described["stock"] |= stock or {}
        source = {"path": f"{home}/exports/{name}/{{day}}", "settle_seconds": 0}
        return {"name": name, "platform": "declared", "source": source, "reports": described}

    return Merchant.model_validate(
        {
            "name": "plain",
            "books": f"sqlite:///{home}/books.sqlite",
            "raw": f"{home}/raw",
            "models": f"{home}/models",
            "data_docs": f"{home}/data_docs",
            "running": {"clock_starts": "2100-01-01"},
            "warehouses": [{"name": "w1"}],
            "checking": {"quarantine_ceiling": 1.0},
            "shops": [shop("web", "sales"), shop("erp", "stock", "products", "receipts")],
            **more,
        }
    )


@dataclass(frozen=True)
class PlainDesk:
    workspace: Workspace

    @classmethod
    def at(cls, home: Path, keys: Keys, url: str | None = None, **more: Any) -> "PlainDesk":
        described = merchant(home, **more)
        return cls(new_workspace(described, url or described.books, keys, home))

    def morning_after(self, day: str) -> datetime:
        return datetime.fromisoformat(f"{day} 03:00:00").replace(tzinfo=SHANGHAI) + timedelta(days=1)

    def gives(self, day: str, report: str, *rows: str, file: str = "") -> None:
        """A file of a report for `day`; file: what its name has besides."""
        shop, header = {
            "sales": ("web", SALES), "stock": ("erp", STOCK), "products": ("erp", PRODUCTS),
            "receipts": ("erp", RECEIPTS),
        }[report]  # fmt: skip
        folder = self.workspace.home / "exports" / shop / day
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{report}{file}.csv").write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")

    def sells(self, day: str, *skus: str, days: int = 1, units: int = 10) -> None:
        """So many units of each sku, in five orders a day, on each of the days up to `day`."""
        last = pd.Timestamp(day)
        rows = [
            f"{sku}{back}{hour},{sku},{units // 5},20.00,{last - timedelta(days=back):%Y-%m-%d} 1{hour}:00:00,b{hour}"
            for back in range(days)
            for sku in skus
            for hour in range(5)
        ]
        self.gives(day, "sales", *rows)

    def live(self, day: str) -> None:
        for shop in self.workspace.merchant.shops:
            done = ingest.ingest_shop(self.workspace, shop.name, day, self.morning_after(day))
            assert not done.failed, done.failed
            assert not done.stopped, done.stopped
        assert close.close(self.workspace, day, self.morning_after(day), without_late_shops=True) is not None

    def plan(self, day: str) -> DayPlan:
        basis, merchant = plan_basis(self.workspace, day), self.workspace.merchant
        return plan_day(basis.planning, basis.protection, merchant.replenishment, basis.policy, merchant.promotions)

    def lists(self, day: str) -> dict[str, Any]:
        return publish_restock_lists(self.workspace, day, self.morning_after(day))

    def document(self, kind: str, day: str) -> Document:
        with self.workspace.books.connect() as connection:
            written = document_of(connection, kind, day)
        assert written is not None, f"there is no {kind} list of {day}"
        return read_document(written)

    def notes(self, kind: str, day: str, language: str = "en") -> str:
        return "\n".join(note[language] for note in self.document(kind, day).notes)
