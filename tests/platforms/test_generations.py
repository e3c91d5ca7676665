# ruff: noqa: E501 - a file stays on its line
"""One fixture a header generation: what each file is, and that each of its rows is accounted for."""

from collections.abc import Callable
from pathlib import Path

import pytest

from include.exports.reading import Reading
from include.platforms.read_export import read_export
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
    ("taobao/ExportOrderList2013-10-10.csv", "taobao", "orders", "2017", "gb18030", "csv", 1, 0),
    ("taobao/ExportOrderList201903121048.csv", "taobao", "orders", "2019", "gb18030", "csv", 1, 0),
    ("taobao/ExportOrderList202408111558.xltx", "taobao", "orders", "2023", None, "xlsx", 2, 0),
    ("taobao/千牛订单_202608111558.xlsx", "taobao", "orders", "千牛 workbook", None, "xlsx", 2, 0),
    ("taobao/已卖出的宝贝_202608111600.xlsx", "taobao", "sold", "已卖出的宝贝", None, "encrypted > xlsx", 3, 0),
    ("taobao/退款报表201811121050.xls", "taobao", "refunds", "older", None, "xls", 1, 0),
    ("taobao/退款报表202605021050.xls", "taobao", "refunds", "2026", None, "xls", 1, 0),
    ("taobao/退款单202608121050.xls", "taobao", "refunds", "2026, 53 columns", None, "xls", 1, 0),
    ("taobao/20880000000000000156_账务明细_20260810.csv", "taobao", "bill", "Alipay", "gb18030", "csv", 7, 4),
    ("taobao/交易货款_202607_202607.csv", "taobao", "goods_payments", "month", "utf-8-sig", "csv", 2, 0),
    ("taobao/商家中心_商品信息_20260811.xlsx", "taobao", "listings", "商品信息", None, "xlsx", 6, 4),
    ("taobao/【生意参谋平台】商品_全部_2022-06-18_2022-06-18.xls", "taobao", "traffic", "2022", None, "xls", 3, 1),
    ("taobao/【生意参谋平台】商品_全部_2026-06-18_2026-06-18.xls", "taobao", "traffic", "2025", None, "xls", 3, 1),
    ("taobao/【生意参谋平台】SKU_2026-06-18_2026-06-18 (1).xls", "taobao", "sku_traffic", "skus", None, "xls", 2, 0),
    ("taobao/【生意参谋平台】店铺_2026-06-18_2026-06-18.xls", "taobao", "shop_traffic", "shop", None, "xls", 1, 0),
    ("taobao/【生意参谋平台】无线流量来源_2026-06-18_2026-06-18.xls", "taobao", "traffic_sources", "wireless", None, "xls", 3, 1),
    ("taobao/【生意参谋平台】客服绩效_2026-06-18_2026-06-18.xls", "taobao", "service", "客服绩效", None, "xls", 8, 7),
    ("taobao/商品报表_20260619_110309.csv", "taobao", "ads", "75 columns", "gb18030", "csv", 1, 0),
    ("jd/15453840.csv", "jd", "orders", "2015", "gb18030", "csv", 7, 3),
    ("jd/18453840.csv", "jd", "orders", "2018", "gb18030", "csv", 7, 3),
    ("jd/19453840.csv", "jd", "orders", "2019", "gb18030", "csv", 7, 3),
    ("jd/26453840.csv", "jd", "orders", "2026", "gb18030", "csv", 7, 3),
    ("jd/订单结算明细_2016-01-01_2016-01-31.csv", "jd", "settlement", "older", "gb18030", "csv", 4, 0),
    ("jd/结算明细_2026-08.csv", "jd", "settlement", "2026", "utf-8-sig", "csv", 2, 0),
    ("jd/钱包明细_2026-08.csv", "jd", "wallet", "钱包", "gb18030", "csv", 3, 0),
    ("jd/售后服务单_2026-08-05.csv", "jd", "after_sale", "never seen", "gb18030", "csv", 2, 0),
    ("jd/现货库存_2026-08-05.csv", "jd", "stock", "by RDC", "gb18030", "csv", 2, 0),
    ("jd/京东商智_商品明细_SKU_2026-08-03.xlsx", "jd", "traffic", "sku by day", None, "xlsx", 2, 0),
    ("jd/京东商智_交易概况_2026-08-03_2026-08-03.csv", "jd", "shop_traffic", "shop by day", "utf-8-sig", "csv", 1, 0),
    ("jd/京准通_SKU_2026-08-03.csv", "jd", "ads", "skus by day", "utf-8-sig", "csv", 3, 1),
    ("douyin/千川_商品推广_20260730.csv", "douyin", "ads", "products by day", "utf-8-sig", "csv", 2, 0),
    ("douyin/1790059200_0123456789abcdef0123456789abcdef.csv", "douyin", "orders", "layout A", "utf-8-sig", "csv", 5, 0),
    ("douyin/1790059201_0123456789abcdef0123456789abcdef.csv", "douyin", "orders", "layout B", "utf-8-sig", "csv", 5, 0),
    ("douyin/售后单_202609270215.csv", "douyin", "refunds", "50 columns", "utf-8-sig", "csv", 3, 0),
    ("douyin/1790059202_0123456789abcdef0123456789abcdef.csv", "douyin", "orders", "layout A, 74 columns", "utf-8-sig", "csv", 1, 0),
    ("douyin/结算账单_20260930.csv", "douyin", "settlement", "34 columns", "utf-8-sig", "csv", 3, 1),
    ("douyin/资金流水_20261001.csv", "douyin", "fund_flow", "30 columns", "utf-8-sig", "csv", 3, 0),
    ("douyin/资金流水_20261002.csv", "douyin", "fund_flow", "39 columns", "utf-8-sig", "csv", 3, 0),
    ("douyin/采集-shop-20260730-20260730.csv", "douyin", "shop_traffic", "self-service", "utf-8-sig", "csv", 1, 0),
    ("douyin/采集-product-20260730-20260730.csv", "douyin", "traffic", "self-service", "utf-8-sig", "csv", 3, 1),
    ("douyin/采集-live-20260730-20260730.csv", "douyin", "live_traffic", "self-service", "utf-8-sig", "csv", 1, 0),
    ("douyin/采集-video-20260730-20260730.csv", "douyin", "video_traffic", "self-service", "utf-8-sig", "csv", 1, 0),
    ("douyin/商品列表_2026-07-30.xlsx", "douyin", "traffic_page", "page", None, "xlsx", 1, 0),
    ("douyin/直播列表_20260730.csv", "douyin", "live_page", "page", "utf-8-sig", "csv", 3, 1),
    ("douyin/短视频列表_20260730.csv", "douyin", "video_page", "page", "utf-8-sig", "csv", 1, 0),
    ("jushuitan/商品库存_华东仓_2026-05-01.xlsx", "jushuitan", "stock", "商品库存", None, "xlsx", 4, 1),
    ("jushuitan/库存视角-商品库存_华南仓_2026-05-01.xlsx", "jushuitan", "stock", "库存视角", None, "xlsx", 2, 0),
    ("jushuitan/商品资料_2026-05-01.csv", "jushuitan", "products", "csv", "utf-8-sig", "csv", 2, 0),
    ("jushuitan/店铺商品_2026-05-01.csv", "jushuitan", "listings", "csv", "gb18030", "csv", 3, 0),
    ("jushuitan/供应商_2026-05-01.csv", "jushuitan", "suppliers", "csv", "utf-8-sig", "csv", 1, 0),
    ("jushuitan/采购单_2026-05-01.csv", "jushuitan", "purchase_orders", "csv", "utf-8-sig", "csv", 3, 0),
    ("jushuitan/采购入库_2026-05-01.csv", "jushuitan", "receipts", "csv", "utf-8-sig", "csv", 2, 0),
]  # fmt: skip

# Where the header does not stand in the first line.
HEADER_LINES = {
    "taobao/20880000000000000156_账务明细_20260810.csv": 5,
    "taobao/【生意参谋平台】商品_全部_2022-06-18_2022-06-18.xls": 5,
    "taobao/【生意参谋平台】商品_全部_2026-06-18_2026-06-18.xls": 5,
    "taobao/【生意参谋平台】SKU_2026-06-18_2026-06-18 (1).xls": 5,
    "taobao/【生意参谋平台】客服绩效_2026-06-18_2026-06-18.xls": 5,
    "taobao/【生意参谋平台】店铺_2026-06-18_2026-06-18.xls": 2,
    "taobao/【生意参谋平台】无线流量来源_2026-06-18_2026-06-18.xls": 6,
    "douyin/商品列表_2026-07-30.xlsx": 3,
}
PASSWORDS = {"taobao/已卖出的宝贝_202608111600.xlsx": "taobao-2026"}
# Columns that nobody has told the names of; they cost nothing but a warning.
UNTOLD = {"taobao/退款单202608121050.xls": 8, "taobao/商品报表_20260619_110309.csv": 58, "jd/19453840.csv": 2}
# Of whose header or cells something is not known for certain: the reading says so.
GUESSED = {
    "taobao/ExportOrderList202305011200.xlsx",
    "taobao/ExportOrderList202408111558.xltx",
    "taobao/ExportItemlList202608111558.csv",
    "taobao/千牛订单_202608111558.xlsx",
    "taobao/已卖出的宝贝_202608111600.xlsx",
    "taobao/退款单202608121050.xls",
    "taobao/【生意参谋平台】客服绩效_2026-06-18_2026-06-18.xls",
    "taobao/商品报表_20260619_110309.csv",
    "jd/26453840.csv",
    "jd/现货库存_2026-08-05.csv",
    "jd/售后服务单_2026-08-05.csv",
    "jd/京东商智_交易概况_2026-08-03_2026-08-03.csv",
    "jd/京准通_SKU_2026-08-03.csv",
    "douyin/千川_商品推广_20260730.csv",
    "douyin/商品列表_2026-07-30.xlsx",
    "douyin/直播列表_20260730.csv",
    "douyin/短视频列表_20260730.csv",
    *(f"jushuitan/{name}_2026-05-01.csv" for name in ("商品资料", "店铺商品", "供应商", "采购单", "采购入库")),
}


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
    reading = read_export(
        fixtures / file, platform=platform, report=report, remark_marks=MARKS, password=PASSWORDS.get(file)
    )

    # then
    assert (reading.platform, reading.report, reading.generation) == (platform, report, generation)
    assert (reading.encoding, reading.container) == (encoding, container)
    assert reading.header_line == HEADER_LINES.get(file, 1)
    assert (reading.rows, len(reading.ignored), len(reading.rejected)) == (rows, ignored, 0)
    if not file.startswith("jushuitan/商品库存"):
        assert len(reading.unknown_columns) == UNTOLD.get(file, 0)
    balanced(reading)


@pytest.mark.parametrize("case", FILES, ids=lambda case: case[0])
def test_every_generation_is_recognised_by_its_header_alone(fixtures: Path, case: tuple[str, str, str, str]) -> None:
    # given a header without the name of the file
    reading = read_export(fixtures / case[0], platform=case[1], report=case[2], password=PASSWORDS.get(case[0]))

    # when
    found = recognise(reading.columns)

    # then
    assert found is not None
    assert (found.platform, found.report, found.missing) == (*case[1:3], ())
    assert found.generation == case[3] or reading.sheet == "订单报表"  # the workbook is known by its sheets


@pytest.mark.parametrize("case", FILES, ids=lambda case: case[0])
def test_what_is_guessed_is_said_and_nothing_else(fixtures: Path, case: tuple[str, str, str]) -> None:
    notes = read_export(fixtures / case[0], platform=case[1], report=case[2], password=PASSWORDS.get(case[0])).notes

    assert [note.split(":")[0] for note in notes] == ["Read by best knowledge, not confirmed"] * (case[0] in GUESSED)


def test_all_fixtures_are_in_the_list(fixtures: Path) -> None:
    """Of these platforms; the others' fixtures are listed in test_other_generations.py."""
    listed = {case[0] for case in FILES}
    there = {str(path.relative_to(fixtures)) for path in fixtures.rglob("*.*") if path.suffix != ".py"}

    assert {file for file in there if file.split("/")[0] in {file.split("/")[0] for file in listed}} == listed
