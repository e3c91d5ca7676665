from datetime import date
from pathlib import Path

import pandas as pd
from python_calamine import CalamineWorkbook

from include.simulation.specimen.business import Specimen
from include.simulation.specimen.writers import jushuitan
from tests.simulation.reading import fen, table

DAY = "2025-11-13"


def erp(written: Path, pattern: str) -> pd.DataFrame:
    return table(written / "jushuitan" / DAY, pattern, encoding="utf-8-sig")


def test_the_stock_header_is_the_erps_own(formats: str) -> None:
    assert ",".join(jushuitan.STOCK_HEADER) in formats


def test_stock_is_one_workbook_a_warehouse_and_the_true_stock(written: Path, lived: Specimen) -> None:
    truth = lived.truth("stock")
    for warehouse in ("华东仓", "华南仓", "华北仓"):
        path = written / "jushuitan" / DAY / f"商品库存_{warehouse}_{DAY}.xlsx"
        header, *rows = CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
        shown = pd.DataFrame(rows, columns=header).set_index("商品编码")
        true = truth[(truth["day"] == DAY) & (truth["warehouse"] == warehouse)].set_index("sku").reindex(shown.index)

        assert tuple(header) == jushuitan.STOCK_HEADER
        assert (shown["实际库存数"] == true["on_hand"]).all()
        assert (shown["订单占有数"] == true["promised"]).all()
        assert (shown["采购在途数"] == true["in_transit"]).all()
        assert (shown["公有可用数"] == shown["实际库存数"] + shown["虚拟库存数"] - shown["订单占有数"]).all()


def test_purchase_orders_show_what_is_open_and_receipts_what_came(written: Path, lived: Specimen) -> None:
    purchases, receipts = erp(written, "采购单_*.csv"), erp(written, "采购入库_*.csv")
    truth = lived.truth("stock")
    in_transit = truth[truth["day"] == DAY].groupby("sku")["in_transit"].sum()
    opened = purchases[purchases["状态"] == "已审核"].astype({"采购数量": int})
    key = ["采购单号", "行号"]
    come = lived.truth("receipts")
    come = come[come["day"] <= DAY].groupby("purchase")["quantity"].sum()
    numbers = lived.truth("purchase_orders")
    received = pd.Series(
        come.reindex(numbers.index, fill_value=0).to_numpy(),
        index=pd.MultiIndex.from_arrays(["CG" + numbers["number"].astype(str), numbers["line"].astype(str)]),
    )
    opened["left"] = opened["采购数量"] - received.reindex(pd.MultiIndex.from_frame(opened[key])).to_numpy()

    assert not purchases.duplicated(key).any()
    assert (opened["left"] > 0).all()
    assert opened.groupby("商品编码")["left"].sum().to_dict() == in_transit[in_transit > 0].to_dict()
    assert set(purchases["状态"]) <= {"已审核", "已完成", "作废"}
    assert receipts["入库日期"].between("2025-10-30", DAY).all()
    assert receipts["入库单号"].is_unique


def test_the_erp_tells_whose_each_order_of_the_three_shops_is(written: Path, lived: Specimen) -> None:
    told = erp(written, "订单客户_*.csv")
    truth = lived.truth("orders").set_index("number")
    buyers = lived.truth("customers")["buyer"]
    of = truth.reindex(told["线上订单号"].astype("int64"))

    assert told["线上订单号"].is_unique
    assert set(told["店铺名称"]) == {"掌柜样本旗舰店", "掌柜样本京东店", "掌柜样本抖音店"}
    assert told["买家ID"].tolist() == buyers.reindex(of["customer"]).tolist()
    assert buyers.is_unique


def test_listings_cover_every_code_that_the_shops_sold(written: Path, lived: Specimen) -> None:
    listings = erp(written, "店铺商品_*.csv")
    sold = lived.truth("lines").query("paid <= @DAY")

    assert set(listings["店铺"]) == {"tmall", "jd", "douyin"}
    for shop in ("tmall", "jd", "douyin"):
        assert set(sold["listing"][sold["shop"] == shop]) <= set(listings["平台商品编码"][listings["店铺"] == shop])
    bundles = listings.groupby(["店铺", "平台商品编码"]).size()
    assert (bundles == 2).any()
    assert (listings["数量"].astype(int) > 1).any()


def test_products_hold_packs_minimums_and_money(written: Path) -> None:
    products = erp(written, "商品资料_*.csv")
    pack, moq = products["装箱数"].astype(int), products["起订量"].astype(int)

    assert products["商品编码"].is_unique
    assert (moq % pack == 0).all()
    assert (fen(products["成本价"]) < fen(products["基本售价"])).all()
    assert (products["保质期天数"] == "").any()
    assert (products["保质期天数"] != "").any()


def test_history_keeps_the_stock_of_every_day(lived: Specimen) -> None:
    from datetime import datetime

    sheet = jushuitan.stock_days(lived, date(2025, 9, 1), date(2025, 9, 30), datetime(2025, 11, 15, 1, 0))
    shown = pd.DataFrame({name: sheet.column(name).to_pylist() for name in sheet.header})
    truth = lived.truth("stock").set_index(["day", "warehouse", "sku"])["on_hand"]
    index = pd.MultiIndex.from_frame(shown[["日期", "仓库", "商品编码"]])

    assert sheet.name == "库存日结_2025-09-01_2025-09-30_20251115010000.csv"
    assert shown["日期"].nunique() == 30
    assert (shown["实际库存数"].astype(int).to_numpy() == truth.reindex(index).to_numpy()).all()
