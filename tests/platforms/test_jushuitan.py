"""聚水潭: stock and masters."""

from pathlib import Path

import pandas as pd
import pytest

from include.files.content import Held
from include.files.errors import ExportError
from include.platforms.read_export import read_content, read_export


def test_stock_takes_its_warehouse_and_day_from_the_files_name(fixtures: Path) -> None:
    reading = read_export(
        fixtures / "jushuitan" / "商品库存_华东仓_2026-05-01.xlsx", platform="jushuitan", report="stock"
    )

    stock = reading.frames["stock"]
    assert set(stock["warehouse"]) == {"华东仓"}
    assert set(stock["stock_day"]) == {"2026-05-01"}
    assert stock["on_hand"].tolist() == [120, 1_005, -2]
    assert stock["available"].tolist()[0] == 97  # 公有可用数, the ERP's own figure
    assert stock["locked"].tolist() == [20, 0, 5]
    assert stock["in_transit"].isna().tolist() == [False, True, True]
    assert reading.ignored[["file_line", "reason"]].values.tolist() == [[5, "total line"]]


def test_number_cells_are_codes_too(fixtures: Path) -> None:
    path = fixtures / "jushuitan" / "库存视角-商品库存_华南仓_2026-05-01.xlsx"

    stock = read_export(path, platform="jushuitan", report="stock").frames["stock"]

    assert stock["sku"].tolist() == ["1001", "1002"]
    assert stock[["on_hand", "available", "locked", "in_transit"]].values.tolist() == [[12, 10, 2, 6], [0, 0, 0, 0]]


def test_a_shop_may_say_where_the_warehouse_stands_in_its_names(fixtures: Path) -> None:
    content = (fixtures / "jushuitan" / "商品库存_华东仓_2026-05-01.xlsx").read_bytes()

    reading = read_content(
        Held(content), name="华北-stock.xlsx", platform="jushuitan", report="stock", warehouse_pattern="^(.+?)-stock"
    )

    assert set(reading.frames["stock"]["warehouse"]) == {"华北"}


def test_stock_without_a_warehouse_is_refused(fixtures: Path) -> None:
    content = (fixtures / "jushuitan" / "商品库存_华东仓_2026-05-01.xlsx").read_bytes()

    with pytest.raises(ExportError, match="stock of which warehouse"):
        read_content(Held(content), name="stock.xlsx", platform="jushuitan", report="stock")


def test_stock_of_many_days_has_columns_for_warehouse_and_day() -> None:
    content = "日期,仓库,商品编码,实际库存数\n2026-05-01,华东仓,A,3\n2026-05-02,,A,4\n".encode()

    reading = read_content(Held(content), platform="jushuitan", report="stock_days")

    assert reading.frames["stock"][["warehouse", "stock_day", "on_hand"]].values.tolist() == [
        ["华东仓", "2026-05-01", 3]
    ]
    assert reading.rejected[["file_line", "column", "found"]].values.tolist() == [[3, "仓库", "nothing"]]


def test_products_have_exact_costs_and_a_pack_of_at_least_one(fixtures: Path) -> None:
    products = read_export(
        fixtures / "jushuitan" / "商品资料_2026-05-01.csv", platform="jushuitan", report="products"
    ).frames["products"]

    assert products["cost_micros"].tolist() == [100_005_000, 4_000_000]
    assert products["list_price_micros"].tolist() == [239_000_000, 10_000_000]
    assert products[["pack", "moq"]].values.tolist() == [[12, 24], [1, 1]]
    assert products["launched_day"].tolist()[0] == "2025-03-01"
    assert products["ended_day"].tolist()[1] == "2026-04-30"


def test_a_listing_may_be_a_bundle_and_may_be_for_every_shop(fixtures: Path) -> None:
    listings = read_export(
        fixtures / "jushuitan" / "店铺商品_2026-05-01.csv", platform="jushuitan", report="listings"
    ).frames["listings"]

    assert listings[["listing_code", "sku", "quantity"]].values.tolist() == [
        ["TZ-01", "YO-PAN-20", 1], ["TZ-01", "YO-CHAN", 2], ["YO-CHAN", "YO-CHAN", 1],
    ]  # fmt: skip
    assert listings["for_shop"].isna().tolist() == [False, False, True]


def test_purchase_orders_and_receipts(fixtures: Path) -> None:
    folder = fixtures / "jushuitan"
    bought = read_export(folder / "采购单_2026-05-01.csv", platform="jushuitan", report="purchase_orders")
    come = read_export(folder / "采购入库_2026-05-01.csv", platform="jushuitan", report="receipts").frames["receipts"]

    orders = bought.frames["purchase_orders"]
    assert orders["status"].tolist() == ["open", "cancelled", "closed"]
    assert orders["expected_day"].tolist()[0] == "2026-04-27"
    assert pd.isna(orders["expected_day"][1])
    assert orders["ordered_day"].tolist()[2] == "2026-03-19"  # an Excel serial
    assert bought.money_micros == (60 * 100 + 10 * 4 + 100 * 4) * 1_000_000
    assert come[["receipt_id", "line_id", "quantity"]].values.tolist() == [["RK1", "1", 60], ["RK2", "1", 40]]


def test_suppliers(fixtures: Path) -> None:
    suppliers = read_export(
        fixtures / "jushuitan" / "供应商_2026-05-01.csv", platform="jushuitan", report="suppliers"
    ).frames["suppliers"]

    assert suppliers.drop(columns="file_line").values.tolist() == [
        ["GYS1", "样本厂", 7, 3, 2_000_000_000, pd.NA, pd.NA]
    ]


def test_goods_on_transfer_stand_apart_from_goods_bought() -> None:
    content = (
        "商品编码,仓库,日期,数量,采购在途数,调拨在途数\nA,华东仓,2026-05-01,3,5,7\nB,华东仓,2026-05-01,3,,-\n".encode()
    )

    stock = read_content(Held(content), platform="jushuitan", report="stock").frames["stock"]

    assert stock[["in_transit", "moving_in"]].fillna(-1).values.tolist() == [[5, 7], [-1, -1]]


def test_lots_of_one_sku_on_a_receipt_without_line_numbers_are_lines_of_their_own() -> None:
    header = "入库单号,采购单号,采购行号,商品编码,仓库,入库日期,入库数量\n"
    rows = "R1,P1,,A,w1,2026-05-01,5\nR1,P1,,A,w1,2026-05-01,7\nR1,P1,,B,w1,2026-05-01,1\nR1,P1,3,A,w1,2026-05-01,2\n"

    receipts = read_content(Held((header + rows).encode()), platform="jushuitan", report="receipts").frames["receipts"]

    assert receipts["line_id"].fillna("").tolist() == ["", "#2", "", "3"]
    assert receipts["quantity"].tolist() == [5, 7, 1, 2]
