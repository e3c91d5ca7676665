# ruff: noqa: E501 - a file stays on its line
"""One fixture a header generation: what each file is, and that each of its rows is accounted for."""

from collections.abc import Callable
from pathlib import Path

import pytest

from include.platforms.reading import Reading, read_export
from include.platforms.registry import recognise

MARKS = {"SD": "brushing", "赠品": "gift"}

# file, platform, report, generation, encoding, container, rows, ignored
FILES = [
    ("taobao/ExportOrderList201709021818.csv", "taobao", "orders", "2017", "gb18030", "csv", 4, 0),
    ("taobao/ExportOrderList201809021818.csv", "taobao", "orders", "2018", "gb18030", "csv", 4, 0),
    ("taobao/ExportOrderList202003121048.csv", "taobao", "orders", "2019", "gb18030", "csv", 4, 0),
    ("taobao/ExportOrderList202205011200.csv", "taobao", "orders", "2022", "gb18030", "csv", 4, 0),
    ("taobao/ExportOrderList202305011200.xlsx", "taobao", "orders", "2023", None, "xlsx", 4, 0),
    ("taobao/ExportOrderDetailList201709021818.csv", "taobao", "order_lines", "2017", "gb18030", "csv", 3, 0),
    ("taobao/ExportItemlList202205011200.csv", "taobao", "order_lines", "2022", "gb18030", "csv", 3, 0),
    ("taobao/ExportItemlList202608111558.csv", "taobao", "order_lines", "2025", "gb18030", "csv", 3, 0),
    ("taobao/退款报表202003121050.xls", "taobao", "refunds", "2020", None, "xls", 3, 0),
    ("jd/15453840.csv", "jd", "orders", "2015", "gb18030", "csv", 7, 3),
    ("jd/18453840.csv", "jd", "orders", "2018", "gb18030", "csv", 7, 3),
    ("jd/19453840.csv", "jd", "orders", "2019", "gb18030", "csv", 7, 3),
    ("jd/26453840.csv", "jd", "orders", "2026", "gb18030", "csv", 7, 3),
    ("jd/订单结算明细_2016-01-01_2016-01-31.csv", "jd", "settlement", "older", "gb18030", "csv", 4, 3),
    ("jd/结算明细_2026-08.csv", "jd", "settlement", "2026", "utf-8-sig", "csv", 2, 1),
    ("douyin/1790059200_0123456789abcdef0123456789abcdef.csv", "douyin", "orders", "layout A", "utf-8-sig", "csv", 5, 0),
    ("douyin/1790059201_0123456789abcdef0123456789abcdef.csv", "douyin", "orders", "layout B", "utf-8-sig", "csv", 5, 0),
    ("douyin/售后单_202609270215.csv", "douyin", "refunds", "50 columns", "utf-8-sig", "csv", 3, 0),
    ("jushuitan/商品库存_华东仓_2026-05-01.xlsx", "jushuitan", "stock", "商品库存", None, "xlsx", 4, 1),
    ("jushuitan/库存视角-商品库存_华南仓_2026-05-01.xlsx", "jushuitan", "stock", "库存视角", None, "xlsx", 2, 0),
    ("jushuitan/商品资料_2026-05-01.csv", "jushuitan", "products", "csv", "utf-8-sig", "csv", 2, 0),
    ("jushuitan/店铺商品_2026-05-01.csv", "jushuitan", "listings", "csv", "gb18030", "csv", 3, 0),
    ("jushuitan/供应商_2026-05-01.csv", "jushuitan", "suppliers", "csv", "utf-8-sig", "csv", 1, 0),
    ("jushuitan/采购单_2026-05-01.csv", "jushuitan", "purchase_orders", "csv", "utf-8-sig", "csv", 3, 0),
    ("jushuitan/采购入库_2026-05-01.csv", "jushuitan", "receipts", "csv", "utf-8-sig", "csv", 2, 0),
]  # fmt: skip


@pytest.mark.parametrize(
    ("file", "platform", "report", "generation", "encoding", "container", "rows", "ignored"), FILES
)
def test_every_generation_is_read_and_balances(
    fixtures: Path,
    balanced: Callable[[Reading], None],
    file: str,
    platform: str,
    report: str,
    generation: str,
    encoding: str | None,
    container: str,
    rows: int,
    ignored: int,
) -> None:
    # when
    reading = read_export(fixtures / file, platform=platform, report=report, remark_marks=MARKS)

    # then
    assert (reading.platform, reading.report, reading.generation) == (platform, report, generation)
    assert (reading.encoding, reading.container, reading.header_line) == (encoding, container, 1)
    assert (reading.rows, len(reading.ignored), len(reading.rejected)) == (rows, ignored, 0)
    assert reading.unknown_columns == () or file.startswith("jushuitan/商品库存")
    balanced(reading)


@pytest.mark.parametrize("case", FILES, ids=lambda case: case[0])
def test_every_generation_is_recognised_by_its_header_alone(fixtures: Path, case: tuple[str, str, str, str]) -> None:
    # given a header without the name of the file
    reading = read_export(fixtures / case[0], platform=case[1], report=case[2])

    # when
    found = recognise(reading.columns)

    # then
    assert found is not None
    assert (found.platform, found.report, found.generation, found.missing) == (*case[1:4], ())


def test_all_fixtures_are_in_the_list(fixtures: Path) -> None:
    there = {str(path.relative_to(fixtures)) for path in fixtures.rglob("*.*") if path.suffix != ".py"}

    assert there == {case[0] for case in FILES}
