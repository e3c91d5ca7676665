"""A merchant with a web shop and an ERP, whose exports a test writes line by line; on either database."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
from sqlalchemy import Engine, select

from include.cli.keys import new_keys
from include.pipeline import close
from include.pipeline.ingest import Ingested, ingest_shop
from include.settings.merchant import Merchant
from include.warehouse.as_of import read_facts, read_lines
from include.warehouse.books import read_frame
from include.warehouse.tables import exports, quarantine
from include.warehouse.workspace import Keys, Workspace
from tests.copies import new_workspace

SHANGHAI = ZoneInfo("Asia/Shanghai")
DAY = "2026-05-12"
SALES = {
    "frame": "sales",
    "columns": {
        "order_id": "order", "merchant_code": "sku", "quantity": "units", "unit_price": "price", "created_at": "at",
        "buyer": "buyer",
    },
}  # fmt: skip
PRODUCTS = "商品编码,商品名称,分类,品牌,基本售价,成本价,装箱数,起订量,保质期天数,供应商编码,上架日期,下架日期"
SUPPLIERS = "供应商编码,供应商名称,交期天数,订货周期天数,起订金额"
STOCK = "商品编码,实际库存数,公有可用数,订单占有数,采购在途数,仓库"
SOLD = "order,sku,units,price,at,buyer"


def day_of(number: int) -> str:
    return (date.fromisoformat(DAY) + timedelta(days=number)).isoformat()


@dataclass(frozen=True)
class ErpMerchant:
    """The merchant's workspace and folders. Files are written with `put`, a day is lived with `live`."""

    workspace: Workspace

    @classmethod
    def at(cls, home: Path, books: Engine | None = None, **more: Any) -> "ErpMerchant":
        """In `home`, on `books` (of its own by default)."""
        url = f"sqlite:///{home}/books.sqlite" if books is None else books.url.render_as_string(hide_password=False)
        erp = {
            "stock": {"pattern": "商品库存_*"},
            "products": {"pattern": "商品资料*", "required": False},
            "suppliers": {"pattern": "供应商*", "required": False},
        }
        web = {"sales": {"pattern": "*.csv", "declared": SALES}}
        shops = [
            {
                "name": name,
                "platform": platform,
                "source": {"path": f"{home}/exports/{name}/{{day}}", "settle_seconds": 0},
                "reports": reports,
            }
            for name, platform, reports in (("web", "declared", web), ("erp", "jushuitan", erp))
        ]
        merchant = Merchant.model_validate(
            {
                "name": "erp merchant",
                "books": url,
                "raw": f"{home}/raw",
                "models": f"{home}/models",
                "data_docs": f"{home}/data_docs",
                "backups": {"to": f"{home}/backups"},
                "running": {"clock_starts": "2100-01-01"},
                "warehouses": [{"name": "w1"}],
                "checking": {"quarantine_ceiling": 1.0},
                "shops": shops,
                **more,
            }
        )
        return cls(new_workspace(merchant, url, Keys.from_mapping(new_keys()), home))

    def put(self, shop: str, day: str, name: str, *lines: str) -> Path:
        path = self.workspace.home / "exports" / shop / day / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    def now(self, day: str) -> datetime:
        return datetime.fromisoformat(f"{day} 03:00:00").replace(tzinfo=SHANGHAI) + timedelta(days=1)

    def ingest(self, day: str, shop: str) -> Ingested:
        return ingest_shop(self.workspace, shop, day, self.now(day))

    def close(self, day: str) -> close.Closed | None:
        return close.close(self.workspace, day, self.now(day), without_late_shops=True)

    def live(self, day: str) -> dict[str, Ingested]:
        done = {shop: self.ingest(day, shop) for shop in ("web", "erp")}
        self.close(day)
        return done

    def lines(self, name: str, day: str = DAY) -> pd.DataFrame:
        return read_lines(self.workspace.books, name, day)

    def facts(self, name: str, day: str = DAY) -> pd.DataFrame:
        return read_facts(self.workspace.books, name, day, "2000-01-01", day)

    def exports(self) -> pd.DataFrame:
        return read_frame(self.workspace.books, select(exports).order_by(exports.c.day, exports.c.file_name))

    def quarantine(self) -> pd.DataFrame:
        return read_frame(
            self.workspace.books, select(quarantine).order_by(quarantine.c.file_line, quarantine.c.number)
        )


def product(sku: str, **cells: str) -> str:
    """A line of PRODUCTS; cells: pack, price, cost, shelf, supplier, launched."""
    said = {"pack": "1", "price": "20.00", "cost": "8.00", "shelf": "", "supplier": "G1", "launched": "2024-01-01"}
    c = {**said, **cells}
    return f"{sku},货{sku},茶,牌,{c['price']},{c['cost']},{c['pack']},1,{c['shelf']},{c['supplier']},{c['launched']},"


def sale(order: str, sku: str, units: object = 2, price: object = "20.00", day: str = DAY) -> str:
    return f"{order},{sku},{units},{price},{day} 10:00:00,b{order}"
