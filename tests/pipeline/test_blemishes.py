"""A blemish costs a cell, not a row; what sells and lies on the shelf is known whatever its master row says."""

import json
from pathlib import Path

import pandas as pd
import pytest
from sqlalchemy import Engine

from include.warehouse.tables import longest_texts
from tests.pipeline.erp_merchant import DAY, PRODUCTS, SOLD, STOCK, SUPPLIERS, ErpMerchant, product, sale

MUCH = 999_999_999_999


@pytest.fixture
def shop(tmp_path: Path, books: Engine) -> ErpMerchant:
    merchant = ErpMerchant.at(tmp_path, books)
    merchant.put("erp", DAY, "商品库存_w1_2026-05-12.csv", STOCK, "A,30,30,0,0,w1", "B,30,30,0,0,w1")
    merchant.put("web", DAY, "sales.csv", SOLD, sale("1", "A"), sale("2", "B"))
    return merchant


def demand(merchant: ErpMerchant) -> dict[str, int]:
    facts = merchant.facts("demand")
    return dict(zip(facts["sku"], facts["units"], strict=True))


def test_optional_cells_that_cannot_be_read_cost_no_product_its_price_supplier_and_demand(shop: ErpMerchant) -> None:
    # given goods whose shelf life, pack, cost and day of launch are written as people write them
    shop.put(
        "erp", DAY, "商品资料_x.csv", PRODUCTS,
        product("A", shelf="约一年", pack="一箱十二", launched="去年春天"), product("B", cost="面议"),
    )  # fmt: skip
    # when the day is lived
    done = shop.live(DAY)["erp"]
    # then both are products, the cells are unknown, and what else the rows say stands
    assert (done.rows, done.published, done.quarantined) == (4, 4, 0)
    goods = shop.lines("products").set_index("sku")
    assert goods.loc["A", ["supplier", "list_price_micros", "cost_micros"]].tolist() == ["G1", 20_000_000, 8_000_000]
    assert goods.loc[["A", "B"], ["shelf_life_days", "launched_day"]].isna().to_numpy()[0].all()
    assert pd.isna(goods.loc["B", "cost_micros"])
    assert demand(shop) == {"A": 2, "B": 2}
    # and a warning names line, column, what was found and what was expected
    (export,) = [e for e in shop.exports().to_dict("records") if e["report"] == "products"]
    notes = {n["column"]: n for n in json.loads(export["checks"]) if n["title"] == "An optional cell can be read"}
    assert set(notes) == {"保质期天数", "装箱数", "上架日期", "成本价"}
    assert (notes["成本价"]["file_lines"], notes["成本价"]["found"]) == ("[3]", "面议")
    assert "1,234.50" in notes["成本价"]["expected"]


def test_goods_that_stand_twice_count_as_the_later_line_says(shop: ErpMerchant) -> None:
    shop.put("erp", DAY, "商品资料_x.csv", PRODUCTS, product("A"), product("A", pack="12"), product("B"))
    done = shop.live(DAY)["erp"]
    assert (done.rows, done.published, done.quarantined, done.ignored) == (5, 4, 0, 1)
    assert shop.lines("products").set_index("sku")["pack"].to_dict() == {"A": 12, "B": 1}
    assert demand(shop) == {"A": 2, "B": 2}


def test_what_sells_and_lies_on_the_shelf_has_demand_though_no_goods_file_names_it(shop: ErpMerchant) -> None:
    # given a goods file without A, which is in stock and sold; C is sold and known to nobody
    shop.put("erp", DAY, "商品资料_x.csv", PRODUCTS, product("B"))
    shop.put("web", DAY, "sales.csv", SOLD, sale("1", "A"), sale("2", "B"), sale("3", "C"))
    shop.live(DAY)
    # then A counts as itself, and only C is unmapped
    assert demand(shop) == {"A": 2, "B": 2}


def test_a_supplier_keeps_its_goods_when_its_least_order_cannot_be_read(shop: ErpMerchant) -> None:
    shop.put("erp", DAY, "供应商_x.csv", SUPPLIERS, "G1,供一,7,1,五百起", "G2,供二,400,1,100")
    shop.live(DAY)
    suppliers = shop.lines("suppliers").set_index("supplier")
    assert suppliers.loc["G1", "lead_time_days"] == 7
    assert pd.isna(suppliers.loc["G1", "minimum_order_micros"])
    assert pd.isna(suppliers.loc["G2", "lead_time_days"])  # 400 days is beyond what a lead time can be


def test_a_code_longer_than_the_books_hold_is_held_back_alone_on_both_databases(shop: ErpMerchant) -> None:
    # given a merchant code and an order number that no table of the books takes
    longest = longest_texts()
    code, number = "C" * (longest["merchant_code"] + 1), "9" * (longest["order_id"] + 1)
    shop.put("web", DAY, "sales.csv", SOLD, sale("1", "A"), sale("2", code), sale(number, "B"), sale("4", "B"))
    # when the day is lived
    done = shop.live(DAY)["web"]
    # then the two rows are in quarantine and the close of the merchant has the others
    assert (done.published, done.quarantined, done.failed) == (2, 2, {})
    assert demand(shop) == {"A": 2, "B": 2}
    held = shop.quarantine()
    assert set(held["file_line"]) == {3, 4}
    assert "Merchant code is no longer than the books hold" in set(held["expectation"])


def test_a_nul_costs_an_id_its_row_and_a_text_only_itself_on_both_databases(shop: ErpMerchant) -> None:
    # given a NUL within an order number, one within a code, and control signs within the name of a product
    shop.put(
        "web", DAY, "sales.csv", SOLD, sale("1", "A"), sale("2\x00", "A"), sale("3", "B\x00"), sale("4", "B"),
    )  # fmt: skip
    shop.put("erp", DAY, "商品资料_x.csv", PRODUCTS, product("A").replace("货A", "货\x00\x07A"), product("B"))
    # when the day is lived
    done = shop.live(DAY)
    # then the file is not lost: two rows are held back, the name is clean
    assert (done["web"].published, done["web"].quarantined, done["web"].failed) == (2, 2, {})
    assert shop.lines("products").set_index("sku")["title"].to_dict() == {"A": "货A", "B": "货B"}
    assert not shop.quarantine()["found"].str.contains("\x00").any()


def test_absurd_amounts_are_held_back_and_the_ledger_does_not_turn_negative(shop: ErpMerchant) -> None:
    # given fourteen orders of a trillion yuan, and one with more units than there are
    absurd = [sale(f"9{number}", "A", price=MUCH) for number in range(14)]
    shop.put("web", DAY, "sales.csv", SOLD, sale("1", "A"), *absurd, sale("80", "A", units="9" * 12), sale("2", "B"))
    done = shop.live(DAY)["web"]
    assert (done.rows, done.published, done.quarantined, done.failed) == (17, 2, 15, {})
    (export,) = [e for e in shop.exports().to_dict("records") if e["report"] == "sales"]
    assert export["money_published_micros"] == 80_000_000
    assert export["money_total_micros"] >= 80_000_000


def test_an_order_above_the_merchant_s_own_bound_is_held_back(tmp_path: Path) -> None:
    merchant = ErpMerchant.at(tmp_path, checking={"max_money_per_row": 50.0, "quarantine_ceiling": 1.0})
    merchant.put("web", DAY, "sales.csv", SOLD, sale("1", "A"), sale("2", "A", price="50.01"))
    done = merchant.ingest(DAY, "web")
    assert (done.published, done.quarantined) == (1, 1)
    assert set(merchant.quarantine()["file_line"]) == {3}
