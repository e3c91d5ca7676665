"""Taobao and Tmall: what their reports mean."""

from pathlib import Path

import pandas as pd
import pytest

from include.exports.file_names import exported_at
from include.files.content import Held
from include.files.errors import ExportError
from include.platforms.read_export import read_content, read_export

MARKS = {"SD": "brushing", "赠品": "gift"}
YUAN = 1_000_000


@pytest.mark.parametrize("file", ["ExportOrderList201709021818.csv", "ExportOrderList202305011200.xlsx"])
def test_an_order_is_worth_its_total_not_what_is_left_after_refunds(fixtures: Path, file: str) -> None:
    # given an order of 100.00, of which 30.00 went back: 买家实际支付金额 says 70.00
    orders = read_export(fixtures / "taobao" / file, platform="tmall", report="orders").frames["orders"]

    # then
    third = orders.iloc[2]
    assert (third["total_micros"], third["refunded_micros"]) == (100 * YUAN, 30 * YUAN)
    assert orders["total_micros"].tolist() == [201_120_000, 1_239 * YUAN, 100 * YUAN, 50 * YUAN]
    assert orders["status"].tolist() == ["paid", "unpaid", "completed", "closed"]
    assert orders["paid_at"].isna().tolist() == [False, True, False, False]


def test_ids_keep_all_their_digits_and_places_lose_their_street(fixtures: Path) -> None:
    path = fixtures / "taobao" / "ExportOrderList201709021818.csv"
    orders = read_export(path, platform="tmall", report="orders", remark_marks=MARKS).frames["orders"]

    assert orders["order_id"].tolist()[0] == "35153000000000001"
    assert orders["province"].tolist() == ["广东", "上海", "内蒙古", "广东"]
    assert orders["city"].tolist() == ["广州市", "上海市", "包头市", "广州市"]
    assert orders["mark"].isna().tolist() == [True, True, False, True]
    assert orders["mark"][2] == "brushing"
    assert "某" not in orders.to_csv()


def test_a_quoted_line_break_moves_the_lines_after_it(fixtures: Path) -> None:
    # given a message of two lines in the third row
    path = fixtures / "taobao" / "ExportOrderList201709021818.csv"

    reading = read_export(path, platform="tmall", report="orders")

    assert reading.row_money["file_line"].tolist() == [2, 3, 4, 6]
    assert "第二行" in reading.raw["text"][2]
    assert reading.raw["text"][3].startswith('="35153000000000004"')


def test_the_time_of_export_is_in_the_files_name(fixtures: Path) -> None:
    path = fixtures / "taobao" / "ExportOrderList201709021818.csv"

    assert read_export(path, platform="tmall", report="orders").exported_at == pd.Timestamp("2017-09-02 18:18")


def test_a_masked_buyer_is_nobody(fixtures: Path) -> None:
    old = read_export(
        fixtures / "taobao" / "ExportOrderList201709021818.csv", platform="tmall", report="orders"
    ).frames["orders"]
    new = read_export(
        fixtures / "taobao" / "ExportOrderList202205011200.csv", platform="tmall", report="orders"
    ).frames["orders"]

    assert set(old["buyer"]) == {"小树"}
    assert new["buyer"].isna().all()


def test_items_of_2017_end_with_a_comma_and_have_no_id_of_their_own(fixtures: Path) -> None:
    path = fixtures / "taobao" / "ExportOrderDetailList201709021818.csv"

    lines = read_export(path, platform="tmall", report="order_lines").frames["order_lines"]

    # YO-CHAN sorts before YO-PAN-20 within their order
    assert lines["line_id"].tolist() == ["35153000000000001#2", "35153000000000001#1", "35153000000000003#1"]
    assert lines["merchant_code"].tolist() == ["YO-PAN-20", "YO-CHAN", "YO-GIFT"]  # the second by 外部系统编号
    assert lines["paid_micros"].tolist() == [239 * YUAN, 20 * YUAN, 0]
    assert lines["is_gift"].tolist() == [False, False, True]


@pytest.mark.parametrize("file", ["ExportItemlList202205011200.csv", "ExportItemlList202608111558.csv"])
def test_items_know_what_was_to_be_paid_and_what_went_back(fixtures: Path, file: str) -> None:
    lines = read_export(fixtures / "taobao" / file, platform="tmall", report="items", remark_marks=MARKS).frames[
        "order_lines"
    ]

    assert lines["line_id"].tolist() == ["2600000000000000001", "2600000000000000012", "2600000000000000013"]
    assert lines["paid_micros"].tolist() == [401_120_000, 9_500_000, 3 * YUAN]
    assert lines["refunded_micros"].tolist() == [0, 9_500_000, 0]  # 无退款申请 is nothing
    assert lines["status"].tolist() == ["completed", "closed", "shipped"]
    assert lines["is_gift"].tolist() == [False, False, True]  # by the seller's remark
    assert lines["listing_id"].notna().all() == file.startswith("ExportItemlList2026")


def test_refunds_of_a_true_biff_workbook(fixtures: Path) -> None:
    path = fixtures / "taobao" / "退款报表202003121050.xls"

    refunds = read_export(path, platform="tmall", report="refunds").frames["refunds"]

    assert refunds["refunded_micros"].tolist() == [30 * YUAN, 50 * YUAN, 1_050 * YUAN]
    assert refunds["kind"].tolist() == ["refund_only", "return_refund", "return_refund"]
    assert refunds["status"].tolist() == ["succeeded", "open", "closed"]
    assert refunds["merchant_code"].tolist() == ["YO-PAN-20", "YO-CHAN", "YO-CHAN"]
    assert refunds["completed_at"].isna().tolist() == [False, True, True]


def test_the_real_report_of_february_2020_is_accounted_for_to_the_row() -> None:
    # given 28,010 real orders with a column set of seven
    path = Path(__file__).parents[2].parent / "shared" / "data" / "taobao" / "tmall_order_report.csv"
    if not path.exists():
        pytest.skip("the public Tmall order report is not on this machine")

    # when
    reading = read_export(path, platform="tmall", report="orders")

    # then
    orders = reading.frames["orders"]
    assert (reading.rows, len(orders), len(reading.ignored), len(reading.rejected)) == (28_010, 28_010, 0, 0)
    assert orders["status"].value_counts().to_dict() == {"paid": 18_955, "closed": 5_132, "unpaid": 3_923}
    assert int((orders["refunded_micros"] > 0).sum()) == 5_646
    assert orders["province"].notna().all()
    # 买家实际支付金额 of the file plus what went back is the total of the paid orders
    table = pd.read_csv(path)
    assert int(orders["total_micros"].sum()) == round(table["总金额"].sum() * 100) * 10_000
    assert reading.money_micros == int(orders["total_micros"].sum())


def test_sold_goods_workbook_yields_orders_and_lines_though_the_order_repeats(fixtures: Path) -> None:
    # given an order of 50.00 and 6.00 freight, and one of 30.00 on two lines, of which 10.00 went back
    path = fixtures / "taobao" / "已卖出的宝贝_202608111600.xlsx"

    reading = read_export(path, platform="tmall", report="sold", password="taobao-2026")

    orders, lines = reading.frames["orders"], reading.frames["order_lines"]
    assert orders[["order_id", "total_micros", "refunded_micros"]].values.tolist() == [
        ["4600000000000000001", 56 * YUAN, 0], ["4600000000000000002", 30 * YUAN, 10 * YUAN],
    ]  # fmt: skip
    assert lines[["line_id", "merchant_code", "quantity", "paid_micros"]].values.tolist() == [
        ["4600000000000000001#1", "YO-PAN-20", 2, 50 * YUAN],
        ["4600000000000000002#2", "YO-CHAN", 1, 10 * YUAN],
        ["4600000000000000002#1", "YO-BU", 1, 20 * YUAN],
    ]
    assert reading.money_micros == 86 * YUAN
    assert reading.notes[0].startswith("Read by best knowledge, not confirmed: the names of its columns")


@pytest.mark.parametrize(("password", "said"), [(None, "gives no password"), ("wrong", "password does not fit")])
def test_sold_goods_workbook_is_locked(fixtures: Path, password: str | None, said: str) -> None:
    path = fixtures / "taobao" / "已卖出的宝贝_202608111600.xlsx"

    with pytest.raises(ExportError, match=said):
        read_export(path, platform="tmall", report="sold", password=password)


def test_qianniu_workbook_holds_both_reports_in_its_sheets(fixtures: Path) -> None:
    path = fixtures / "taobao" / "千牛订单_202608111558.xlsx"

    orders = read_export(path, platform="tmall", report="orders")
    items = read_export(path, platform="tmall", report="order_lines")

    assert (orders.sheet, items.sheet) == ("订单报表", "销售明细")
    assert orders.generation == items.generation == "千牛 workbook"
    assert orders.notes == items.notes != ()
    assert orders.frames["orders"]["total_micros"].tolist() == [56 * YUAN, 30 * YUAN]
    assert items.frames["order_lines"]["paid_micros"].tolist() == [50 * YUAN, 10 * YUAN, 20 * YUAN]


@pytest.mark.parametrize(
    ("name", "moment"),
    [
        ("ExportOrderList201809011818.csv", "2018-09-01 18:18:00"),
        ("ExportOrderList2013-10-10.csv", "2013-10-10 00:00:00"),
        ("ExportItemlList202608111558.csv", "2026-08-11 15:58:00"),  # the stray l is Taobao's own
        ("ExportOrderList202408111558.xltx", "2024-08-11 15:58:00"),
        ("ExportOrderDetailList202401020304 (1).csv", "2024-01-02 03:04:00"),
    ],
)
def test_every_spelling_of_the_files_name_says_when_it_was_made(name: str, moment: str) -> None:
    assert str(exported_at(name, "Asia/Shanghai")) == moment


@pytest.mark.parametrize(
    ("file", "kind"),
    [
        ("退款报表201811121050.xls", "refund_only"),
        ("退款报表202605021050.xls", "refund_only"),
        ("退款单202608121050.xls", "return_refund"),
    ],
)
def test_refunds_of_every_generation_mean_the_same(fixtures: Path, file: str, kind: str) -> None:
    refunds = read_export(fixtures / "taobao" / file, platform="tmall", report="refunds").frames["refunds"]

    assert refunds[["refund_id", "order_id", "refunded_micros", "status", "kind"]].values.tolist() == [
        ["56000000000000002", "4600000000000000002", 10 * YUAN, "succeeded", kind]
    ]
    assert refunds["requested_at"].notna().all()
    assert refunds["completed_at"].notna().all()
    assert "小树" not in refunds.to_csv()


def test_the_newest_refund_form_has_53_columns_in_any_order(fixtures: Path) -> None:
    """Three of its names are known and no place; the eight that nobody has told are warned of and cost nothing."""
    reading = read_export(fixtures / "taobao" / "退款单202608121050.xls", platform="tmall", report="refunds")

    assert len(reading.columns) == 53
    assert {"退款总额", "退款申请时间", "商品id"} <= set(reading.columns)
    assert len(reading.unknown_columns) == 8
    (refund,) = reading.frames["refunds"].to_dict("records")
    assert (refund["refunded_micros"], str(refund["requested_at"])) == (10_000_000, "2026-08-11 11:00:00")
    assert "53 columns" in reading.notes[0]


def test_until_when_a_virtual_number_is_valid_stays_with_its_order() -> None:
    # given three orders: one with the moment, one with none, one with a blemish that must not cost the row
    rows = ("1000000000000000001,2026-05-20 10:00:00", "1000000000000000002,", "1000000000000000003,长期")
    cells = "\n".join(
        f"{row.split(',')[0]},20.00,2026-05-01 10:00:00,2026-05-01 10:01:00,t**3,{row.split(',')[1]}" for row in rows
    )
    content = "订单编号,总金额,订单创建时间,订单付款时间,买家会员名,虚拟号过期时间\n" + cells + "\n"

    orders = read_content(Held(content.encode()), platform="taobao", report="orders", name="x.csv").frames["orders"]

    assert orders["contact_until"].fillna(pd.Timestamp(0)).astype(str).tolist() == [
        "2026-05-20 10:00:00", "1970-01-01 00:00:00", "1970-01-01 00:00:00",
    ]  # fmt: skip
    assert orders["buyer"].isna().all()
