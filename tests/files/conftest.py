"""A small merchant with one Tmall shop whose orders come from wherever a test puts them, and a real book."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from include.cli.keys import new_keys
from include.pipeline.ingest import Ingested, are_whole, ingest_shop, look_for_exports
from include.settings.merchant import Merchant
from include.warehouse.as_of import read_lines
from include.warehouse.publish import ledger_of
from include.warehouse.workspace import Keys, Workspace
from tests.copies import new_workspace

DAY = "2026-05-01"
NAME = "ExportOrderList202605020010.csv"
HEADER = "订单编号,买家会员名,总金额,订单状态,订单创建时间,订单付款时间,收货地址"


def orders_csv(*numbers: int, money: str = "10.00") -> bytes:
    """An order report with these orders."""
    moments = "2026-05-01 10:00:00,2026-05-01 10:00:05"
    rows = [
        f"3515300000000{number:04d},小树{number},{money},交易成功,{moments},广东省 广州市 某路" for number in numbers
    ]
    return ("\r\n".join([HEADER, *rows]) + "\r\n").encode("gb18030")


@dataclass
class Books:
    """One shop's workspace. `options`: what its connection gives."""

    workspace: Workspace
    options: Mapping[str, Any] | None

    def ingest(self, later_seconds: float = 0, **more: Any) -> Ingested:
        now = datetime.now(UTC) + timedelta(seconds=later_seconds)
        return ingest_shop(self.workspace, "tmall", DAY, now, storage_options=self.options, **more)

    def are_whole(self, later_seconds: float = 0) -> bool:
        now = datetime.now(UTC) + timedelta(seconds=later_seconds)
        shop = self.workspace.merchant.shop("tmall")
        return are_whole(shop, look_for_exports(shop, DAY, now, storage_options=self.options))

    @property
    def orders(self) -> list[str]:
        """The last digits of the day's orders, each as often as it stands in the books' truth."""
        return [order[-4:].lstrip("0") for order in read_lines(self.workspace.books, "orders", DAY)["order_id"]]

    @property
    def exports(self) -> list[tuple[str, str, str, int]]:
        """(day, file, state, published rows) of every export."""
        ledger = ledger_of(self.workspace.books)
        columns = ["day", "file_name", "state", "rows_published"]
        return sorted(ledger[columns].itertuples(index=False, name=None))


@pytest.fixture
def open_books_of(tmp_path: Path) -> Iterator[Callable[..., Books]]:
    """A source's settings and what its connection gives -> books of a shop that is fed from there."""
    opened: list[Books] = []

    def start(source: Mapping[str, Any], options: Mapping[str, Any] | None = None, **shop: Any) -> Books:
        home = tmp_path / f"office{len(opened)}"
        merchant = Merchant.model_validate(
            {
                "name": "one shop",
                "books": f"sqlite:///{home}/books.sqlite",
                "raw": f"{home}/raw",
                "data_docs": f"{home}/data_docs",
                "running": {"clock_starts": "2026-01-01"},
                "warehouses": [{"name": "east"}],
                "shops": [
                    {
                        "name": "tmall",
                        "platform": "tmall",
                        "source": {"settle_seconds": 60, **source},
                        "reports": {"orders": {"pattern": "ExportOrderList*"}},
                        **shop,
                    }
                ],
            }
        )
        opened.append(Books(new_workspace(merchant, merchant.books, Keys.from_mapping(new_keys()), home), options))
        return opened[-1]

    yield start
    for books in opened:
        books.workspace.books.dispose()


@pytest.fixture
def orders_file() -> Callable[..., bytes]:
    return orders_csv
