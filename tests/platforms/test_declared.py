"""A shop by YAML alone."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

from include.exports.any_platform.declared import DeclarationError, declare
from include.exports.reading import Reading
from include.files.content import Held
from include.platforms.read_export import read_content, read_export

POUND = 1_000_000

ONLINE_RETAIL = yaml.safe_load("""
title: Online Retail II
columns:
  order_id: InvoiceNo
  merchant_code: StockCode
  title: {header: Description, required: false}
  quantity: Quantity
  unit_price: UnitPrice
  created_at: InvoiceDate
  buyer: [CustomerID, Customer ID]
  province: Country
  sheet: {header: sheet, required: false}
constants: {status: completed}
same: {paid_at: created_at}
rows:
  - {when: {sheet: Year 2009-2010, created_at: {at_least: 2010-12-01}}, ignore: stands in both sheets}
  - {when: {unit_price: {at_most: 0}}, ignore: "not a sale: no price"}
  - {when: {order_id: {starts_with: C}, quantity: {above: 0}}, ignore: a cancellation of nothing}
  - {when: {order_id: {starts_with: C}}, read_as: refunds}
  - {when: {quantity: {at_most: 0}}, ignore: "not a sale: stock correction"}
""")
CSV = """InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,Customer ID,Country
489434,85048,GLASS BALL,12,2009-12-01 07:45:00,6.95,13085.0,United Kingdom
489434,79323P,"LIGHTS, PINK",2,2009-12-01 07:45:00,6.75,13085.0,United Kingdom
C489449,22087,PAPER,-12,2009-12-01 10:33:00,2.95,16321.0,Australia
489464,21733,,-96,2009-12-01 10:52:00,0.0,,United Kingdom
489500,85048,GLASS BALL,1,2009-12-01 11:00:00,7.00,,United Kingdom
489500,85048,GLASS BALL,x,2009-12-01 11:00:00,7.00,,United Kingdom
489501,85048,GLASS BALL,-4,2009-12-01 11:00:00,7.00,,United Kingdom
"""


def test_sales_and_cancellations_in_one_file(balanced: Callable[[Reading], None]) -> None:
    # when
    reading = read_content(Held(CSV.encode()), platform="declared", report="sales", declared=ONLINE_RETAIL)

    # then
    orders, lines, refunds = (reading.frames[name] for name in ("orders", "order_lines", "refunds"))
    assert orders["order_id"].tolist() == ["489434", "489500"]
    assert orders["total_micros"].tolist() == [83_400_000 + 13_500_000, 7 * POUND]
    assert orders["buyer"].tolist()[0] == "13085"
    assert pd.isna(orders["buyer"][1])
    assert orders["province"].tolist() == ["United Kingdom", "United Kingdom"]
    assert set(orders["status"]) == {"completed"}
    assert lines["line_id"].tolist() == ["489434#2", "489434#1", "489500#1"]
    assert lines["paid_at"].tolist() == lines["created_at"].tolist()
    assert refunds[["refund_id", "order_id", "merchant_code", "quantity", "refunded_micros"]].values.tolist() == [
        ["C489449#1", "C489449", "22087", 12, 35_400_000]
    ]
    assert reading.ignored[["file_line", "reason"]].values.tolist() == [
        [5, "not a sale: no price"], [8, "not a sale: stock correction"],
    ]  # fmt: skip
    assert reading.rejected[["file_line", "column", "found"]].values.tolist() == [[7, "Quantity", "x"]]
    assert reading.money_micros == 83_400_000 + 13_500_000 - 35_400_000 + 0 + 7 * POUND - 28 * POUND
    balanced(reading)


@pytest.mark.slow
def test_the_whole_of_online_retail_is_accounted_for(balanced: Callable[[Reading], None]) -> None:
    path = Path(__file__).parents[2].parent / "shared" / "data" / "online_retail_ii" / "online_retail_ii.parquet"
    if not path.exists():
        pytest.skip("Online Retail II is not on this machine")

    reading = read_export(path, platform="declared", report="sales", declared=ONLINE_RETAIL)

    assert reading.rows == 1_067_370
    assert reading.ignored["reason"].value_counts().to_dict() == {
        "stands in both sheets": 22_523,
        "not a sale: no price": 6_029,
        "a cancellation of nothing": 1,
    }
    assert len(reading.rejected) == 0
    assert {name: len(frame) for name, frame in reading.frames.items()} == {
        "orders": 40_077,
        "order_lines": 1_019_653,
        "refunds": 19_164,
    }
    table = pd.read_parquet(path)
    # sums of doubles agree with ours, which are exact, to a penny
    assert reading.money_micros == pytest.approx(float((table["Quantity"] * table["UnitPrice"]).sum()) * POUND, abs=1e4)
    for name in ("buyer", "order_id"):
        assert reading.frames["orders"][name].dropna().str.fullmatch(r"[AC]?\d+").all()
    assert reading.frames["order_lines"]["line_id"].is_unique
    balanced(reading)


def test_refunds_may_be_written_above_zero() -> None:
    declared = {
        "columns": {
            "order_id": "id", "merchant_code": "sku", "quantity": "n", "created_at": "at", "unit_price": "p",
            "type": "type",
        },
        "rows": [{"when": {"type": "return"}, "read_as": "refunds", "amounts": "positive"}],
    }  # fmt: skip

    reading = read_content(
        Held(b"id,sku,n,at,p,type\n1,A,2,2026-05-01,3.50,return\n"),
        platform="declared",
        report="sales",
        declared=declared,
    )

    assert reading.frames["refunds"][["quantity", "refunded_micros"]].values.tolist() == [[2, 7 * POUND]]


def test_another_frame_may_be_declared() -> None:
    declared = {
        "frame": "stock",
        "columns": {"sku": "Code", "on_hand": ["Qty", "Stock"]},
        "constants": {"warehouse": "main"},
        "rows": [{"when": {"sku": {"in": ["TEST"]}}, "ignore": "no goods"}],
    }

    reading = read_content(Held(b"Code,Stock\nA,3\nTEST,9\n"), platform="declared", report="shelf", declared=declared)

    assert reading.frames["stock"][["warehouse", "sku", "on_hand"]].values.tolist() == [["main", "A", 3]]
    assert reading.ignored["reason"].tolist() == ["no goods"]


def test_words_of_a_status_may_be_declared() -> None:
    declared = {
        "columns": {
            "order_id": "id", "merchant_code": "sku", "quantity": "n", "created_at": "at",
            "status": {"header": "state", "words": {"Shipped": "shipped", "Void": "closed"}},
        }
    }  # fmt: skip

    reading = read_content(
        Held(b"id;sku;n;at;state\n1;A;1;2026-05-01;Shipped\n2;A;1;2026-05-01;Lost\n"),
        platform="declared",
        report="sales",
        declared=declared,
    )

    assert reading.frames["orders"]["status"].tolist() == ["shipped"]
    assert reading.rejected[["file_line", "found", "expected"]].values.tolist() == [[3, "Lost", "one of Shipped, Void"]]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"colums": {}}, "colums is not known"),
        ({"columns": {"order_id": "a"}}, "columns must say which header is merchant_code, quantity, created_at"),
        ({"frame": "weather"}, "frame 'weather' is none of"),
        ({"rows": [{"when": {"nothing": 1}, "ignore": "x"}]}, "when: no column is nothing"),
        ({"rows": [{"when": {"quantity": {"smaller": 1}}, "ignore": "x"}]}, "smaller is none of"),
        ({"rows": [{"when": {"quantity": 1}}]}, "either `ignore: reason` or `read_as: refunds`"),
        ({"rows": [{"when": {"quantity": 1}, "read_as": "refunds", "amounts": "any"}]}, "not 'any'"),
        ({"rows": [{"ignore": "x"}]}, "would take every row"),
        ({"same": {"paid_at": "completed_at"}}, "like completed_at, which no column is"),
    ],
)
def test_a_declaration_that_cannot_be_says_why(change: dict[str, Any], said: str) -> None:
    base = {"columns": {"order_id": "a", "merchant_code": "b", "quantity": "c", "created_at": "d"}}

    with pytest.raises(DeclarationError, match=re.escape(said)):
        declare("sales", {**base, **change})
