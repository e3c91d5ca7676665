# ruff: noqa: E501 - a file stays on its line
"""One fixture a header generation of the platforms that test_generations.py leaves out, and what every file is taken for."""

import importlib.util
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from include.exports.reading import Reading
from include.platforms.read_export import read_export
from include.platforms.registry import REPORTS, recognise
from tests.command_lines import storekeeper
from tests.platforms import test_generations as first

main = storekeeper("inspect")

PASSWORD = "ks-20260601"
FORMATS = Path(__file__).parents[2].parent / "shared" / "FORMATS.md"
MARKS = {"SD": "brushing", "赠品": "gift"}
_PDD = "pinduoduo/0123456789abcdef0123456789abcdeforders_export"
_BILL = "pinduoduo/pdd-mall-bill-detail(0f1e2d3c)_2026-07-20-10-09-55_2175"

# file, platform, report, generation, encoding, container, header line, rows, ignored
FILES = [
    (_PDD + "2020-12-01-10-09-23.csv", "pinduoduo", "orders", "2020", "gb18030", "csv", 1, 4, 0),
    (_PDD + "2024-05-01-10-09-23.xlsx", "pinduoduo", "orders", "2023", None, "xlsx", 1, 6, 0),
    (_PDD + "2026-07-20-10-09-23.csv", "pinduoduo", "orders", "2025", "utf-8-sig", "csv", 1, 6, 0),
    ("pinduoduo/售后数据.xlsx", "pinduoduo", "refunds", "24 columns", None, "xlsx", 1, 4, 1),
    ("pinduoduo/售后管理_20260801101500.xlsx", "pinduoduo", "refunds", "several shops", None, "xlsx", 1, 1, 0),
    (_BILL + ".csv", "pinduoduo", "bill", "商户订单号", "gb18030", "csv", 5, 8, 4),
    (_BILL + ".zip", "pinduoduo", "bill", "商户订单号", "gb18030", "zip > csv", 5, 8, 4),
    (_BILL + "_xlsx.zip", "pinduoduo", "bill", "商品订单号", None, "zip > xlsx", 5, 8, 4),
    (_BILL + "_xls.zip", "pinduoduo", "bill", "商户订单号", None, "zip > xls", 5, 8, 4),
    ("pinduoduo/商品数据_2026-07-19.csv", "pinduoduo", "traffic", "product data", "utf-8-sig", "csv", 1, 2, 0),
    ("pinduoduo/商品推广_账户_分天数据_20260601至20260630.xls", "pinduoduo", "ads", "by day", None, "xls", 1, 3, 1),
    ("kuaishou/订单_20260603101500.xlsx", "kuaishou", "orders", "64 columns", None, "encrypted > xlsx", 1, 5, 1),
    ("kuaishou/订单_20260603102000.csv", "kuaishou", "orders", "64 columns", "utf-8-sig", "csv", 1, 4, 0),
    ("kuaishou/订单_20230603101500.csv", "kuaishou", "orders", "older", "gb18030", "csv", 1, 2, 0),
    ("kuaishou/售后_20260605101500.csv", "kuaishou", "refunds", "partly known", "utf-8-sig", "csv", 1, 3, 0),
    ("kuaishou/账务流水_20260611.csv", "kuaishou", "fund_flow", "fund flow", "gb18030", "csv", 1, 3, 0),
    ("youzan/订单报表_20220402.csv", "youzan", "orders", "order report", "utf-8-sig", "csv", 1, 4, 0),
    ("youzan/商品报表_20220402.csv", "youzan", "order_lines", "item report", "gb18030", "csv", 1, 3, 0),
    ("shopify/orders_export.csv", "shopify", "orders", "79 columns", "utf-8", "csv", 1, 6, 0),
    ("shopify/inventory_export_1.csv", "shopify", "stock", "on hand", "utf-8", "csv", 1, 4, 2),
    ("shopify/inventory_export_2019.csv", "shopify", "stock", "a column a location", "utf-8", "csv", 1, 2, 0),
    ("amazon/all_orders_20260513.txt", "amazon", "orders", "all orders", "utf-8", "csv", 1, 5, 1),
    ("amazon/unshipped_20260513.txt", "amazon", "unshipped", "unshipped", "utf-8", "csv", 1, 2, 0),
    ("amazon/ledger_summary.txt", "amazon", "stock", "summary", "utf-8", "csv", 1, 4, 2),
    ("amazon/ledger_detail.csv", "amazon", "receipts", "detail", "utf-8", "csv", 1, 4, 2),
    ("woocommerce/orders-2025-03-02.csv", "woocommerce", "orders", "net sales", "utf-8", "csv", 1, 4, 0),
    ("woocommerce/orders-2023-03-02.csv", "woocommerce", "orders", "net revenue", "utf-8", "csv", 1, 4, 0),
    ("wangdiantong/库存_华东仓_2026-05-01.xlsx", "wangdiantong", "stock", "export", None, "xlsx", 1, 2, 0),
    ("wangdiantong/stock_spec_20260501.csv", "wangdiantong", "stock", "interface", "utf-8", "csv", 1, 2, 0),
    ("guanyiyun/库存查询_2026-05-01.csv", "guanyiyun", "stock", "by lock", "gb18030", "csv", 1, 2, 0),
    ("guanyiyun/库存状态_2026-05-01.csv", "guanyiyun", "stock", "by occupation", "utf-8-sig", "csv", 1, 1, 0),
    ("kingdee/即时库存_2026-05-01.xlsx", "kingdee", "stock", "即时库存", None, "xlsx", 1, 5, 2),
    ("kuaimai/库存_华南仓_2026-05-01.csv", "kuaimai", "stock", "stock", "utf-8-sig", "csv", 1, 1, 0),
]  # fmt: skip
# file -> (platform, its reports, password), of every platform
EVERY: dict[str, tuple[str, set[str], str]] = {}
for _file, _platform, _report, *_ in (*first.FILES, *FILES):
    _password = first.PASSWORDS.get(_file, PASSWORD)
    EVERY.setdefault(_file, (_platform, set(), _password))[1].add(_report)
PLATFORMS = sorted({case[1] for case in FILES})


@pytest.mark.parametrize(
    ("file", "platform", "report", "generation", "encoding", "container", "header_line", "rows", "ignored"), FILES
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
    header_line: int,
    rows: int,
    ignored: int,
) -> None:
    # when
    reading = read_export(fixtures / file, platform=platform, report=report, remark_marks=MARKS, password=PASSWORD)

    # then
    assert (reading.platform, reading.report, reading.generation) == (platform, report, generation)
    assert (reading.encoding, reading.container, reading.header_line) == (encoding, container, header_line)
    assert (reading.rows, len(reading.ignored), len(reading.rejected)) == (rows, ignored, 0)
    assert reading.unknown_columns == ()
    balanced(reading)


@pytest.mark.parametrize("case", FILES, ids=lambda case: case[0])
def test_every_generation_is_recognised_by_its_header_alone(fixtures: Path, case: tuple[str, ...]) -> None:
    # given a header without the name of the file
    reading = read_export(fixtures / case[0], platform=case[1], report=case[2], password=PASSWORD)

    # when
    found = recognise(reading.columns)

    # then
    assert found is not None
    assert (found.platform, found.report, found.generation, found.missing) == (*case[1:4], ())


@pytest.mark.parametrize("file", EVERY)
def test_no_file_is_taken_for_another_platforms(fixtures: Path, capsys: pytest.CaptureFixture[str], file: str) -> None:
    platform, reports, password = EVERY[file]

    code = main([str(fixtures / file), "--password", password])

    told = dict(line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines())
    assert code == 0
    assert told["platform"] == platform
    assert told["report"] in reports


def test_headers_are_the_platforms_own(fixtures: Path) -> None:
    if not FORMATS.exists():
        pytest.skip("FORMATS.md is not at hand, headers cannot be compared with it")
    text, writer = FORMATS.read_text(encoding="utf-8"), _writer(fixtures)

    for name in ("PDD_2025", "PDD_AFTER_SALE", "PDD_BILL", "PDD_ADS", "KUAISHOU_64", "KUAISHOU_FUNDS", "YOUZAN"):
        assert getattr(writer, name) in text, name
    for name in ("SHOPIFY", "WDT", "FBA_DETAIL", "WOO", "KUAIMAI"):
        assert getattr(writer, name) in text, name
    for name in ("AMAZON_ORDERS", "AMAZON_UNSHIPPED"):
        assert getattr(writer, name).replace(",", " ") in text, name


def test_all_fixtures_are_in_the_list(fixtures: Path) -> None:
    there = {str(path.relative_to(fixtures)) for name in PLATFORMS for path in (fixtures / name).iterdir()}

    assert there == {case[0] for case in FILES}


def test_every_report_has_a_fixture() -> None:
    # Promotions stand in sheets of the merchant's own (see test_promotions.py).
    # Whose an order is, ERPs tell under names that nobody has confirmed: no generation to keep (see test_other_erps.py).
    declared = {
        (platform, report)
        for platform in PLATFORMS
        for report in REPORTS[platform]
        if report not in ("order_customers", "promotions")
    }

    assert declared == {case[1:3] for case in FILES if case[1] in PLATFORMS}


def test_the_fixtures_are_written_the_same_twice(fixtures: Path, tmp_path: Path) -> None:
    _writer(fixtures).write(tmp_path)

    for case in FILES:
        assert (tmp_path / case[0]).read_bytes() == (fixtures / case[0]).read_bytes(), case[0]


def test_a_guess_is_said(fixtures: Path) -> None:
    guessed = {
        (case[1], case[2])
        for case in FILES
        if read_export(fixtures / case[0], platform=case[1], report=case[2], password=PASSWORD).notes
    }

    assert guessed == {
        ("pinduoduo", "refunds"),
        ("kuaishou", "refunds"),
        ("youzan", "order_lines"),
        ("woocommerce", "orders"),
        ("shopify", "stock"),  # its generation of a column a location
    }


def _writer(fixtures: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("write_others", fixtures / "write_others.py")
    assert spec is not None
    assert spec.loader is not None
    writer = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(writer)
    return writer
