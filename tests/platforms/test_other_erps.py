"""旺店通, 管易云, 金蝶, 快麦: stock by their own columns; what is sellable is never reckoned here."""

from pathlib import Path

import pytest

from include.files.content import Held
from include.files.errors import ExportError
from include.platforms.read_export import read_content, read_export

COLUMNS = ["warehouse", "sku", "on_hand", "available", "locked", "in_transit"]


def stock(path: Path) -> list[list[object]]:
    frame = read_export(path, platform=path.parent.name, report="stock").frames["stock"]
    assert set(frame["stock_day"]) == {"2026-05-01"}
    return frame[COLUMNS].astype(object).where(frame[COLUMNS].notna(), None).values.tolist()


def test_wangdiantong_takes_its_warehouse_from_the_files_name(fixtures: Path) -> None:
    assert stock(fixtures / "wangdiantong" / "库存_华东仓_2026-05-01.xlsx") == [
        ["华东仓", "YO-PAN-20", 120, 95, 20, 60],
        ["华东仓", "YO-CHAN", 1005, 1005, 0, None],
    ]


def test_wangdiantongs_interface_names_warehouses_in_a_column(fixtures: Path) -> None:
    assert stock(fixtures / "wangdiantong" / "stock_spec_20260501.csv") == [
        ["华东仓", "YO-PAN-20", 120, 95, 5, 60],  # 锁定量 is what is promised, 调拨在途量 no purchase
        ["华南仓", "YO-PAN-20", 7, 7, 0, None],
    ]


def test_guanyiyun_with_locks(fixtures: Path) -> None:
    assert stock(fixtures / "guanyiyun" / "库存查询_2026-05-01.csv") == [
        ["华东仓", "YO-PAN-20", 120, 95, 5, 60],
        ["华南仓", "YO-PAN-20", 7, 7, 0, 0],
    ]


def test_guanyiyun_with_occupations(fixtures: Path) -> None:
    """可用数 85, not 可销数 145, which counts the 60 on their way."""
    assert stock(fixtures / "guanyiyun" / "库存状态_2026-05-01.csv") == [["华东仓", "YO-PAN-20", 120, 85, 20, 60]]


def test_guanyiyun_by_specification_where_it_has_a_code() -> None:
    content = "商品代码,规格代码,仓库,数量,可销数,锁定数,在途数\n"
    content += "YO,YO-S,华东仓,3,3,0,0\nYO,YO-M,华东仓,4,4,0,0\nTEE,,华东仓,5,5,0,0\n"

    frame = read_content(Held(content.encode()), platform="guanyiyun", report="stock").frames["stock"]

    assert frame["sku"].tolist() == ["YO-S", "YO-M", "TEE"]
    assert frame["on_hand"].tolist() == [3, 4, 5]


def test_kingdee_adds_up_batches_and_ends_with_a_total(fixtures: Path) -> None:
    path = fixtures / "kingdee" / "即时库存_2026-05-01.xlsx"

    assert stock(path) == [
        ["华东仓", "YO-PAN-20", 120, 110, None, None],
        ["华南仓", "YO-PAN-20", 7, 7, None, None],
        ["华南仓", "1001", 5, 0, None, None],
    ]
    ignored = read_export(path, platform="kingdee", report="stock").ignored
    assert ignored.values.tolist() == [[3, "added to the first line of its kind"], [6, "total line"]]


def test_a_shelf_with_an_unreadable_batch_is_unknown_and_not_the_sum_of_the_others() -> None:
    content = "物料编码,仓库名称,批号,库存主单位,库存量(主单位),可用量(主单位)\n"
    content += "A,东,1,个,oops,1\nA,东,2,个,5,5\nA,东,3,个,2,2\n"

    reading = read_content(Held(content.encode()), platform="kingdee", report="stock")

    assert reading.rejected["file_line"].tolist() == [2, 3, 4]
    assert reading.frames["stock"].empty


def test_kuaimai_by_sku(fixtures: Path) -> None:
    assert stock(fixtures / "kuaimai" / "库存_华南仓_2026-05-01.csv") == [["华南仓", "YO-PAN-20", 120, 95, 25, 60]]


@pytest.mark.parametrize("platform", ["wangdiantong", "kuaimai"])
def test_stock_without_a_warehouse_is_refused(fixtures: Path, platform: str) -> None:
    path = next(path for path in (fixtures / platform).iterdir() if "_华" in path.name)

    with pytest.raises(ExportError, match="stock of which warehouse"):
        read_content(Held(path.read_bytes()), name="stock", platform=platform, report="stock")


@pytest.mark.parametrize("platform", ["jushuitan", "wangdiantong", "guanyiyun", "kuaimai"])
def test_an_erp_tells_whose_a_masked_order_is(platform: str) -> None:
    # given an order of two lines, one merged of two orders, one without a customer, and one without an order
    content = (
        "店铺,线上订单号,客户编号,会员等级\n"
        '旗舰店,1001,C7,金\n旗舰店,1001,C7,金\n旗舰店,"1002,1003",C8,\n旗舰店,1004,,\n旗舰店,,C9,\n'
    ).encode("gb18030")

    reading = read_content(Held(content), platform=platform, report="order_customers", name="订单客户.csv")

    told = reading.frames["order_customers"]
    assert list(zip(told["order_id"], told["buyer"], strict=True)) == [("1001", "C7"), ("1002", "C8"), ("1003", "C8")]
    assert sorted(reading.ignored["reason"]) == [
        "another line of the same order", "names no customer", "names no order of a platform",
    ]  # fmt: skip
    assert len(reading.rejected) == 0
    assert any("not confirmed" in note for note in reading.notes), "the columns are a guess, and that is said"
