"""Header names, where the header stands, and what is said when it does not fit."""

from pathlib import Path

import pytest

from include.exports.headers import nearest, normalise
from include.files.content import Held
from include.files.errors import ExportError
from include.platforms.read_export import read_content
from include.platforms.registry import recognise
from tests.command_lines import storekeeper

main = storekeeper("inspect")

HEADER = "订单编号,总金额,订单状态,订单创建时间,订单付款时间 "
ROW = "35153000000000001,10.00,交易成功,2026-05-01 10:00:00,2026-05-01 10:00:05"


def csv(*lines: str) -> bytes:
    return ("\r\n".join(lines) + "\r\n").encode("gb18030")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("收货地址 ", "收货地址"),
        ("\ufeff订单编号", "订单编号"),
        ("应付金额（元）", "应付金额(元)"),
        ("商品 ID", "商品ID"),
        ("安全库存_x002B_上限", "安全库存+上限"),
        ("\t主订单编号\n", "主订单编号"),
        ("建议发货时间（起）", "建议发货时间(起)"),
    ],
)
def test_header_names_are_compared_without_their_quirks(name: str, expected: str) -> None:
    assert normalise(name) == expected


def test_the_header_is_found_below_a_preamble() -> None:
    # given four lines of preamble, one of them with as many cells as a header
    content = csv("订单报表", "", "起始时间：2026-05-01", ",,,,", HEADER, ROW)

    # when
    reading = read_content(Held(content), platform="tmall", report="orders")

    # then
    assert reading.header_line == 5
    assert reading.frames["orders"]["file_line"].tolist() == [6]


def test_a_header_below_the_thirtieth_line_is_not_looked_for() -> None:
    content = csv(*["说明"] * 31, HEADER, ROW)

    with pytest.raises(ExportError, match="no header of Taobao order report"):
        read_content(Held(content), platform="tmall", report="orders", name="x.csv")


def test_a_missing_required_column_is_named_with_its_nearest_header() -> None:
    # given 总金额 renamed to something nobody knows
    content = csv("说明", HEADER.replace("总金额", "总金额合计"), ROW)

    # when
    with pytest.raises(ExportError) as raised:
        read_content(Held(content), platform="tmall", report="orders", name="ExportOrderList.csv")

    # then
    assert (raised.value.file, raised.value.line, raised.value.column) == ("ExportOrderList.csv", 2, "总金额")
    assert "总金额合计" in str(raised.value)
    assert "35153" not in str(raised.value)


def test_a_shops_own_name_for_a_column_is_mapped() -> None:
    content = csv(HEADER.replace("总金额", "总金额合计"), ROW)

    reading = read_content(Held(content), platform="tmall", report="orders", columns={"total_micros": "总金额合计"})

    assert reading.frames["orders"]["total_micros"].tolist() == [10_000_000]


def test_an_unknown_column_is_kept_out_and_told() -> None:
    content = csv(HEADER + ",新来的列", ROW + ",值")

    reading = read_content(Held(content), platform="tmall", report="orders")

    assert reading.unknown_columns == ("新来的列",)
    assert "新来的列" not in reading.frames["orders"].columns


def test_of_two_columns_with_one_name_the_first_is_read_and_both_are_told() -> None:
    content = csv(HEADER + ",总金额", ROW + ",99.00")

    reading = read_content(Held(content), platform="tmall", report="orders")

    assert reading.columns.count("总金额") == 2
    assert reading.frames["orders"]["total_micros"].tolist() == [10_000_000]


def test_the_order_of_columns_does_not_matter() -> None:
    content = csv(",".join(reversed(HEADER.split(","))), ",".join(reversed(ROW.split(","))))

    reading = read_content(Held(content), platform="tmall", report="orders")

    assert reading.frames["orders"]["total_micros"].tolist() == [10_000_000]


def test_nearest() -> None:
    assert nearest("买家实付金额", ["买家实际支付金额", "订单状态"]) == "买家实际支付金额"
    assert nearest("完全不同", ["abc", "def"]) is None


def test_recognise_lists_what_is_unknown_and_what_is_missing() -> None:
    found = recognise(["订单编号", "总金额", "订单创建时间", "订单付款日", "不知道"])

    assert found is not None
    assert (found.platform, found.report) == ("taobao", "orders")
    assert found.unknown == ("订单付款日", "不知道")
    assert found.missing == ("订单付款时间",)
    assert found.nearest["订单付款时间"] == "订单付款日"


def test_recognise_says_nothing_of_a_strange_header() -> None:
    assert recognise(["a", "b", "c"]) is None


def test_an_unknown_report_or_platform_names_what_there_is(fixtures: Path) -> None:
    with pytest.raises(KeyError, match="orders, order_lines, refunds"):
        read_content(Held(b"x"), platform="tmall", report="weather")
    with pytest.raises(KeyError, match="taobao, jd, douyin"):
        read_content(Held(b"x"), platform="pdd", report="orders")


@pytest.mark.parametrize("cell", ["13987650421", "a@b.cn", "25.56", "2025-11-05 21:47:01", "请" * 41])
def test_cells_that_stand_among_the_names_are_told_of_nobody(cell: str) -> None:
    """As where a quote of the header is never closed, and the next row goes on in it."""
    content = csv(f"{HEADER},小确幸的猫,{cell},青石弄77号", f"{ROW},,,")

    reading = read_content(Held(content), platform="tmall", report="orders")

    assert reading.unknown_columns == ("(3 cells that are no header)",)


def test_a_data_row_is_never_shown_in_place_of_a_header() -> None:
    content = csv("王小明,小确幸的猫,青石弄", "李小红,猫,弄")

    with pytest.raises(ExportError, match="2 lines of up to 3 cells, none of them a name that is known") as raised:
        read_content(Held(content), platform="tmall", report="orders")

    assert "小" not in str(raised.value)


def test_the_headers_command_shows_no_cell_that_stands_among_the_names(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "ExportOrderList.csv"
    path.write_bytes(csv(f"{HEADER},小确幸的猫,13987650421,青石弄77号", f"{ROW},,,"))

    assert main(["--headers", str(path)]) == 0

    told = capsys.readouterr().out
    assert "总金额" in told
    assert not any(text in told for text in ("小确幸", "13987650421", "青石弄"))
