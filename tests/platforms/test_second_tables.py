"""What stands in a sheet besides its table: totals, notes, units, other tables."""

import pytest

from include.exports.reading import Reading
from include.files.content import Held
from include.platforms.read_export import read_content

STOCK = {"frame": "stock", "columns": {"sku": "sku", "on_hand": "库存", "warehouse": "仓库"}}


def stock(*rows: str) -> Reading:
    content = "\n".join(["sku,库存,仓库", *rows]) + "\n"
    return read_content(
        Held(content.encode()), platform="declared", report="stock", declared=STOCK, name="stock_2026-05-12.csv"
    )


def shelves(reading: Reading) -> dict[str, int]:
    return dict(zip(reading.frames["stock"]["sku"], reading.frames["stock"]["on_hand"], strict=True))


@pytest.mark.parametrize(
    "row",
    ["本页小计,12,", "合计数量：,12,", "共 2 条,12,", "T1 汇总,12,w1", "T1 Total,12,w1", "Grand Total,12,", "Summe,12,",
     "累计,12,", "库存合计,12,"],
)  # fmt: skip
def test_a_total_is_no_sku(row: str) -> None:
    assert shelves(stock("T1,5,w1", "T2,7,w1", row)) == {"T1": 5, "T2": 7}


@pytest.mark.parametrize(
    "row", ["制表人：张三,,审核：李四", "打印时间：2026-05-12,,", "第1页,共1页,", "* 数据仅供参考,,"]
)
def test_who_made_the_sheet_is_no_row_of_it(row: str) -> None:
    reading = stock("T1,5,w1", row)

    assert reading.ignored["reason"].tolist() == ["explanation line"]
    assert reading.rejected.empty


def test_a_row_of_units_under_the_header_is_no_row() -> None:
    declared = {"columns": {"order_id": "单号", "merchant_code": "编码", "quantity": "数量", "unit_price": "单价",
                            "created_at": "时间"}}  # fmt: skip
    content = "单号,编码,数量,单价,时间\n,,件,元,\n1,T1,2,5.00,2026-05-12 10:00:00\n"
    reading = read_content(
        Held(content.encode()), platform="declared", report="sales", declared=declared, name="sales.csv"
    )

    assert reading.rejected.empty
    assert len(reading.frames["order_lines"]) == 1


def test_what_stands_under_another_header_is_not_added_to_the_shelf() -> None:
    # given what is on its way, in a table below
    reading = stock("T1,5,w1", "T2,7,w1", "", "sku,在途,仓库", "T1,300,w1")

    assert shelves(reading) == {"T1": 5, "T2": 7}
    assert reading.rejected["expected"].str.contains("another table begins at line 5").any()


def test_the_same_header_under_a_title_of_returns_begins_another_table() -> None:
    reading = stock("T1,5,w1", "", "退货仓,,", "sku,库存,仓库", "T2,300,w1")

    assert shelves(reading) == {"T1": 5}


def test_a_file_that_says_that_it_is_not_whole_is_told() -> None:
    reading = stock("T1,5,w1", "导出数据超过10000条，仅显示前10000条")

    assert any("not whole" in sentence for sentence in reading.row_notes)


def test_a_file_of_a_round_number_of_rows_is_told() -> None:
    reading = stock(*[f"T{n},5,w1" for n in range(5000)])

    assert any("exactly 5,000 rows" in note for note in reading.notes)
