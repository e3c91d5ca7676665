"""A merchant of two plain shops and one on Taobao, whose exports are written line by line, person by person."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
from sqlalchemy import Table, select

from include.pipeline import close, ingest
from include.privacy.sealing import customer_key
from include.settings.merchant import Merchant
from include.tasks.drafts import TaskList, drafts_from_frame
from include.tasks.publish_list import publish_list
from include.warehouse.books import read_frame
from include.warehouse.workspace import Keys, Workspace
from tests.copies import new_workspace

SHANGHAI = ZoneInfo("Asia/Shanghai")
HEADER = "order,sku,units,price,at,buyer,phone,mail,person,note"
TAOBAO = (
    "订单编号,买家会员名,总金额,订单状态,收货人姓名,收货地址,"
    "联系手机,虚拟号过期时间,订单创建时间,订单付款时间,退款金额,订单备注"
)
SOLD = {
    "frame": "sales",
    "columns": {
        "order_id": "order",
        "merchant_code": "sku",
        "quantity": "units",
        "unit_price": "price",
        "created_at": "at",
        "buyer": "buyer",
        "phone": "phone",
        "email": "mail",
        "person_name": "person",
        "remark": "note",
    },
}


def merchant(home: Path, **customers: Any) -> Merchant:
    def plain(name: str) -> dict[str, Any]:
        return {
            "name": name,
            "platform": "declared",
            "source": {"path": f"{home}/exports/{name}/{{day}}", "settle_seconds": 0},
            "reports": {"sales": {"pattern": "*.csv", "declared": SOLD}},
            "keep_contacts": name == "alpha",
        }

    return Merchant.model_validate(
        {
            "name": "small",
            "books": f"sqlite:///{home}/books.sqlite",
            "raw": f"{home}/raw",
            "models": f"{home}/models",
            "data_docs": f"{home}/data_docs",
            "running": {"clock_starts": "2100-01-01"},
            "warehouses": [{"name": "w1"}],
            "customers": {"wage_per_hour": 0, **customers},  # orders are small here: a call costs nothing
            "checking": {"quarantine_ceiling": 1.0},
            "channels": [
                {
                    "name": "desk",
                    "kind": "file",
                    "lists": ["recall"],
                    "path": f"{home}/lists",
                    "formats": ["xlsx", "csv"],
                }
            ],
            "shops": [
                plain("alpha"),
                plain("beta"),
                {
                    "name": "tmall",
                    "platform": "taobao",
                    "source": {"path": f"{home}/exports/tmall/{{day}}", "settle_seconds": 0},
                    "reports": {"orders": {"pattern": "ExportOrderList*"}},
                },
            ],
        }
    )


@dataclass(frozen=True)
class SmallDesk:
    workspace: Workspace

    @classmethod
    def at(cls, home: Path, keys: Keys, url: str | None = None, **customers: Any) -> "SmallDesk":
        described = merchant(home, **customers)
        return cls(new_workspace(described, url or described.books, keys, home))

    @property
    def home(self) -> Path:
        return self.workspace.home

    def customer(self, shop: str, buyer: str) -> str:
        return customer_key(shop, buyer, self.workspace.keys.customers)

    def morning_after(self, day: str) -> datetime:
        return datetime.fromisoformat(f"{day} 03:00:00").replace(tzinfo=SHANGHAI) + timedelta(days=1)

    def clock(self, day: str) -> datetime:
        return self.morning_after(day).replace(tzinfo=None)

    def sells(self, shop: str, day: str, *rows: str) -> None:
        """rows: 'order buyer phone [mail [person [note]]]', '-' for nothing."""
        lines = []
        for number, row in enumerate(rows):
            order, buyer, *more = ["" if word == "-" else word for word in row.split(" ")]
            phone, mail, person, note = [*more, "", "", "", ""][:4]
            lines.append(f"{order},S{number + 1},1,50.00,{day} 12:00:0{number},{buyer},{phone},{mail},{person},{note}")
        folder = self.home / "exports" / shop / day
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "sales.csv").write_text("\n".join([HEADER, *lines]) + "\n", encoding="utf-8")

    def sells_on_taobao(self, day: str, *rows: str) -> None:
        """rows: 'order buyer phone person [virtual until]'."""
        lines = []
        for row in rows:
            order, buyer, phone, person, *until = row.split(" ")
            lines.append(
                f'="{order}",{buyer},80.00,交易成功,{person},浙江省 杭州市 文三路 1 号,'
                f"'{phone},{''.join(until)},"
                f"{day} 10:00:00,{day} 10:01:00,0.00,"
            )
        folder = self.home / "exports" / "tmall" / day
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"ExportOrderList{day.replace('-', '')}.csv").write_text(
            "\r\n".join([TAOBAO, *lines]) + "\r\n", encoding="gb18030", newline=""
        )

    def ingest(self, day: str, *shops: str) -> None:
        for shop in shops or ("alpha", "beta", "tmall"):
            done = ingest.ingest_shop(self.workspace, shop, day, self.morning_after(day))
            assert not done.failed, done.failed
            assert not done.stopped, done.stopped

    def close(self, day: str) -> None:
        assert close.close(self.workspace, day, self.morning_after(day), without_late_shops=True) is not None

    def live(self, day: str) -> None:
        self.ingest(day)
        self.close(day)

    def lists(self, day: str, *customers: str) -> None:
        """A recall list of these customers."""
        frame = pd.DataFrame(
            {
                "customer": [one[:12] for one in customers],
                "rank": range(1, len(customers) + 1),
                "shop": "alpha",
                "value_micros": 5_000_000,
                "last_order_id": "1",
                "why_zh": "很久没来",
                "why_en": "silent",
            }
        )
        publish_list(
            self.workspace.books,
            TaskList("recall", day, drafts_from_frame("recall", day, frame), {}),
            self.clock(day),
            channels=["desk"],
            newest_closed_day=day,
        )

    def rows(self, table: Table, *conditions: Any) -> pd.DataFrame:
        return read_frame(self.workspace.books, select(table).where(*conditions).order_by(*table.primary_key.columns))
