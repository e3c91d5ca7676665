"""The specimen merchant's exports, written by code that shares nothing with the readers, and read by them."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pytest

from include.exports.reading import Reading
from include.platforms.read_export import read_export
from include.platforms.registry import recognise
from include.settings.report_names import SAME_AS
from include.simulation.specimen.business import Specimen
from include.simulation.specimen.faults import DAMAGED_IDS, Fault
from include.simulation.specimen.settings import SpecimenSettings

FIRST, LAST = date(2025, 10, 20), date(2025, 11, 14)
MARKS = {"SD": "brushing", "赠品": "gift"}
# By file name: the platform's folder and the beginning of the name.
KINDS = {
    ("tmall", "ExportOrderList"): "orders",
    ("tmall", "ExportItemlList"): "items",
    ("tmall", "退款报表"): "refunds",
    ("jd", "订单结算"): "settlement",
    ("jd", "1"): "orders",
    ("jd", "2"): "orders",
    ("douyin", "售后单"): "after_sale",
    ("douyin", "1"): "orders",
    ("jushuitan", "商品库存"): "stock",
    ("jushuitan", "库存日结"): "stock_days",
    ("jushuitan", "商品资料"): "products",
    ("jushuitan", "店铺商品"): "listings",
    ("jushuitan", "供应商"): "suppliers",
    ("jushuitan", "采购单"): "purchase_orders",
    ("jushuitan", "采购入库"): "receipts",
    ("jushuitan", "订单客户"): "order_customers",
}


@pytest.fixture(scope="module")
def business() -> Specimen:
    specimen = Specimen(SpecimenSettings(skus=40, first_day=FIRST))
    specimen.run_history((LAST - FIRST).days + 1)
    return specimen


@pytest.fixture(scope="module")
def readings(business: Specimen, tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], list[Reading]]:
    """(shop, kind) -> what was read of the history and the last day."""
    root = tmp_path_factory.mktemp("exports")
    written = business.write_history(root, LAST - timedelta(days=1)) + business.write_day(root, LAST)
    found: dict[tuple[str, str], list[Reading]] = {}
    for path, shop, kind in _named(written):
        reading = read_export(path, platform=shop, report=kind, remark_marks=MARKS)
        found.setdefault((shop, kind), []).append(reading)
    return found


def _named(paths: list[Path]) -> Iterator[tuple[Path, str, str]]:
    for path in paths:
        shop = path.parent.parent.name
        kind = next(kind for (of, begin), kind in KINDS.items() if of == shop and path.name.startswith(begin))
        yield path, shop, kind


def _frame(readings: dict[tuple[str, str], list[Reading]], shop: str, kind: str, name: str) -> pd.DataFrame:
    """The history's rows: one version of each."""
    return pd.concat([r.frames[name] for r in readings[shop, kind][:-1]], ignore_index=True)


def test_every_export_is_read_whole_and_balances(
    readings: dict[tuple[str, str], list[Reading]], balanced: Callable[[Reading], None]
) -> None:
    assert {kind for _, kind in readings} == set(KINDS.values())
    for (shop, kind), found in readings.items():
        for reading in found:
            assert reading.rejected.empty, (shop, kind, reading.rejected.head())
            assert reading.unknown_columns == (), (shop, kind)
            balanced(reading)


def test_every_export_is_recognised_by_its_header(readings: dict[tuple[str, str], list[Reading]]) -> None:
    for (shop, kind), found in readings.items():
        recognised = recognise(found[0].columns)
        assert recognised is not None
        assert recognised.platform == SAME_AS.get(shop, shop), kind
        assert recognised.report == found[0].report


@pytest.mark.parametrize(
    ("shop", "orders", "lines", "freight_in_lines"),
    [("tmall", "orders", "items", False), ("jd", "orders", "orders", True), ("douyin", "orders", "orders", True)],
)
def test_the_lines_money_is_their_orders_money(
    readings: dict[tuple[str, str], list[Reading]], shop: str, orders: str, lines: str, freight_in_lines: bool
) -> None:
    whole = _frame(readings, shop, orders, "orders").set_index("order_id")
    parts = _frame(readings, shop, lines, "order_lines").groupby("order_id")["paid_micros"].sum()

    expected = whole["total_micros"] if freight_in_lines else whole["total_micros"] - whole["freight_micros"]
    assert len(whole) > 100
    assert whole.index.is_unique
    pd.testing.assert_series_equal(parts.sort_index(), expected.sort_index(), check_names=False)


def test_what_was_read_is_what_the_business_did(
    business: Specimen, readings: dict[tuple[str, str], list[Reading]]
) -> None:
    """Against the specimen's own books: the orders created before the last day, their money and their payment."""
    midnight = pd.Timestamp(LAST)
    truth, lines = business.truth("orders"), business.truth("lines")
    truth["total_fen"] = lines.groupby("order")["payable_fen"].sum() + truth["freight_fen"]
    for shop in ("tmall", "jd", "douyin"):
        was = truth[(truth["shop"] == shop) & (truth["created"] < midnight)]
        was = was.set_index(was["number"].astype("str")).sort_index()
        read = _frame(readings, shop, "orders", "orders").set_index("order_id").sort_index()
        assert read.index.tolist() == was.index.tolist()
        assert read["total_micros"].tolist() == (was["total_fen"] * 10_000).tolist()
        assert read["created_at"].tolist() == was["created"].tolist()
        paid = was["paid"].where(was["paid"] < midnight)
        assert read["paid_at"].fillna(midnight).tolist() == paid.fillna(midnight).tolist()
        assert (read["mark"] == "brushing").tolist() == (was["kind"] == "brushing").tolist()


def test_codes_join(readings: dict[tuple[str, str], list[Reading]]) -> None:
    listings = readings["jushuitan", "listings"][0].frames["listings"]
    known = set(listings["listing_code"]) | set(listings["sku"])
    for shop, kind in (("tmall", "items"), ("jd", "orders"), ("douyin", "orders")):
        assert set(_frame(readings, shop, kind, "order_lines")["merchant_code"]) <= known
    lines = set(_frame(readings, "douyin", "orders", "order_lines")["line_id"])
    assert set(_frame(readings, "douyin", "after_sale", "refunds")["line_id"]) <= lines


def test_damaged_ids_are_rejected_and_cost_nothing_else(
    business: Specimen, tmp_path: Path, balanced: Callable[[Reading], None]
) -> None:
    # given a day whose Tmall exports went through Excel
    fault = Fault(DAMAGED_IDS, "tmall", LAST, share=0.1, reports=("orders",))

    written = business.write_day(tmp_path, LAST, [fault])

    path = next(path for path in written if path.name.startswith("ExportOrderList"))
    reading = read_export(path, platform="tmall", report="orders")
    assert 0 < reading.rejected["file_line"].nunique() < reading.rows
    assert set(reading.rejected["column"]) == {"订单编号"}
    assert reading.rejected["found"].str.contains("E+", regex=False).all()
    balanced(reading)
