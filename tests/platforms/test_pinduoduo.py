"""Pinduoduo: cells that end with a tab, three header generations, statuses, after-sale, the bill, traffic."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from include.exports.reading import Reading
from include.files.content import Held
from include.files.errors import ExportError
from include.platforms.read_export import read_content, read_export

YUAN = 1_000_000
NAME = "0123456789abcdef0123456789abcdeforders_export{}"
OLD = NAME.format("2020-12-01-10-09-23.csv")
CHOSEN = NAME.format("2024-05-01-10-09-23.xlsx")
NEW = NAME.format("2026-07-20-10-09-23.csv")
BILL = "pdd-mall-bill-detail(0f1e2d3c)_2026-07-20-10-09-55_2175"
FEWEST = "订单号,订单状态,商品总价(元),用户实付金额(元),商品数量(件),订单成交时间,商品id,商家编码-规格维度\n"


def read(fixtures: Path, file: str, report: str = "orders") -> Reading:
    return read_export(
        fixtures / "pinduoduo" / file, platform="pinduoduo", report=report, remark_marks={"SD": "brushing"}
    )


def of_status(status: str) -> Reading:
    content = FEWEST + f"260607-400000294410900\t,{status}\t,10\t,10\t,1\t,2026-06-07 10:00\t,1\t,A\t\n"
    return read_content(Held(content.encode()), platform="pinduoduo", report="orders")


def test_cases_of_several_shops_are_no_shop_s(fixtures: Path) -> None:
    header = "店铺名称,售后编号,订单编号,售后类型,售后状态,处理状态,售后申请时间,退款金额\n"
    row = "{},9,260608-40,仅退款,退款成功,已处理,2026-06-08 14:27:38,1.00\n"
    rows = [row.format(shop) for shop in ("样本百货", "样本二店")]

    with pytest.raises(ExportError, match="several shops"):
        read_content(Held((header + "".join(rows)).encode()), platform="pinduoduo", report="after_sale")

    one = read_content(Held((header + rows[0]).encode()), platform="pinduoduo", report="after_sale")
    assert one.frames["refunds"][["kind", "status"]].values.tolist() == [["refund_only", "succeeded"]]


@pytest.mark.parametrize("file", [OLD, NEW])
def test_a_trailing_tab_ends_every_cell_and_is_no_part_of_it(fixtures: Path, file: str) -> None:
    reading = read(fixtures, file)

    content = (fixtures / "pinduoduo" / file).read_bytes()
    assert content.split(b"\n")[1].count(b"\t") == len(reading.columns)
    for frame in reading.frames.values():
        assert "\t" not in frame.to_csv()
    assert reading.frames["order_lines"]["merchant_code"].iloc[0] == "MJ-01"


def test_the_default_27_columns(fixtures: Path) -> None:
    reading = read(fixtures, NEW)

    assert len(reading.columns) == 27
    orders = reading.frames["orders"]
    assert orders["status"].tolist() == ["paid", "shipped", "completed", "unpaid", "closed", "closed"]
    assert orders["total_micros"].tolist() == [158_990_000, 32 * YUAN, 19_900_000, 19_900_000, 19_900_000, 39_800_000]
    # 未发货，退款成功 says that all went back; of what was sent the report does not say how much
    assert orders["refunded_micros"].tolist() == [0] * 5 + [39_800_000]
    assert orders["mark"].fillna("").tolist() == ["", "brushing", "", "", "", ""]
    assert orders["buyer"].isna().all()
    lines = reading.frames["order_lines"]
    assert lines["merchant_code"].tolist() == ["MJ-01", "YS-02", "WZ-03", "WZ-03", "WZ-03", "WZ-03"]  # 商品维度 in need
    assert lines["quantity"].tolist() == [1, 3, 1, 1, 1, 2]
    assert lines["unit_price_micros"].tolist()[:2] == [168_990_000, 10 * YUAN]
    assert lines["paid_micros"].tolist()[:2] == [158_990_000, 27 * YUAN]  # without the freight
    assert lines["line_id"].iloc[0] == "260607-400000294410900#1"
    assert int(orders["total_micros"].sum()) == reading.money_micros


def test_no_time_of_payment_so_the_deal_is_the_payment(fixtures: Path) -> None:
    orders = read(fixtures, NEW).frames["orders"]

    assert "支付时间" not in read(fixtures, NEW).columns
    assert orders["paid_at"].astype(str).fillna("-").tolist() == [
        "2026-06-07 10:00:00", "2026-06-07 11:00:30", "2026-06-07 12:00:00", "-", "-", "2026-06-08 10:00:00",
    ]  # fmt: skip


def test_an_order_that_was_never_paid_was_made_on_the_day_in_its_number(fixtures: Path) -> None:
    orders = read(fixtures, NEW).frames["orders"].set_index("order_id")

    assert str(orders.loc["260608-400000294410903", "created_at"]) == "2026-06-08 00:00:00"
    assert str(orders.loc["260608-400000294410904", "created_at"]) == "2026-06-08 09:00:00"


def test_the_older_header_has_both_times(fixtures: Path) -> None:
    orders = read(fixtures, OLD).frames["orders"]

    assert (
        orders["paid_at"].astype(str).fillna("-").tolist()[0] == "2020-11-30 23:59:58"
    )  # not 拼单成功时间, which is the next day
    assert orders["created_at"].tolist() == orders["paid_at"].tolist()
    assert orders["province"].fillna("-").tolist() == ["广东", "上海", "-", "-"]
    assert orders["status"].tolist() == ["paid", "completed", "completed", "closed"]


def test_columns_of_the_sku_code_were_renamed(fixtures: Path) -> None:
    codes = {file: read(fixtures, file).frames["order_lines"]["merchant_code"].iloc[0] for file in (OLD, CHOSEN, NEW)}

    assert set(codes.values()) == {"MJ-01"}


def test_chosen_columns_may_have_the_time_of_payment(fixtures: Path) -> None:
    orders = read(fixtures, CHOSEN).frames["orders"]

    assert orders["paid_at"].notna().tolist() == [True, True, True, False, False, True]


def test_a_lottery_or_trial_is_no_demand(fixtures: Path) -> None:
    lines = read(fixtures, OLD).frames["order_lines"]

    assert lines["is_gift"].tolist() == [False, False, True, False]


@pytest.mark.parametrize(
    ("word", "status", "paid"),
    [
        ("待付款", "unpaid", False),
        ("待支付", "unpaid", False),
        ("待发货", "paid", True),
        ("已发货，待签收", "shipped", True),
        ("已发货,待收货", "shipped", True),  # a half-width comma is the same word
        ("已签收", "completed", True),
        ("已收货", "completed", True),
        ("已取消", "closed", False),
        ("未发货，退款成功", "closed", True),
        ("已发货，退款成功", "closed", True),
        ("已签收，退款成功", "closed", True),
        ("已收货，退款成功", "closed", True),
        ("已取消，退款成功", "closed", True),
        ("未成交，退款成功", "closed", True),
    ],
)
def test_status_vocabulary(word: str, status: str, paid: bool) -> None:
    reading = of_status('"' + word + '"')

    orders = reading.frames["orders"]
    assert orders["status"].tolist() == [status]
    assert orders["paid_at"].notna().tolist() == [paid]


def test_an_unknown_status_is_told_and_the_payment_decides() -> None:
    reading = of_status("神秘")

    assert reading.rejected.empty
    assert reading.frames["orders"]["status"].tolist() == ["paid"]
    (sentence,) = reading.row_notes
    assert sentence.startswith("订单状态 says 神秘, which is not known")


HEADER_2025 = "商品,订单号,订单状态,商品总价(元),用户实付金额(元),商品数量(件),商品id,商家编码-规格维度,订单成交时间\n"


@pytest.mark.parametrize(
    ("word", "paid_on"),
    [
        ("已收货", "2026-05-11"),
        ("待发货", "2026-05-11"),
        ("已签收，退款成功", "2026-05-11"),
        ("待付款", "-"),
        ("已取消", "-"),
        ("未成交，退款成功", "-"),
        ("待成团", "-"),
        ("神秘", "-"),
    ],
)
def test_a_paid_order_without_a_deal_time_is_of_the_day_in_its_number(word: str, paid_on: str) -> None:
    row = f"茶,260511-607198974342268,{word},17.8,15,1,754299,HF-1,\n"

    reading = read_content(Held((HEADER_2025 + row).encode()), platform="pinduoduo", report="orders")

    assert reading.frames["orders"]["paid_at"].astype(str).fillna("-").str[:10].tolist() == [paid_on]
    dated = [count for sentence, count in reading.row_notes.items() if "the day in the order's number" in sentence]
    assert dated == ([1] if paid_on != "-" else [])


def test_the_file_name_says_when_it_was_exported(fixtures: Path) -> None:
    assert str(read(fixtures, NEW).exported_at) == "2026-07-20 10:09:23"
    assert str(read(fixtures, BILL + ".csv", "bill").exported_at) == "2026-07-20 10:09:55"


def test_after_sale_skips_the_notice_of_three_months(fixtures: Path) -> None:
    reading = read(fixtures, "售后数据.xlsx", "refunds")

    assert len(reading.columns) == 24
    assert reading.ignored.values.tolist() == [[2, "explanation line"]]
    refunds = reading.frames["refunds"]
    assert refunds["refund_id"].tolist() == ["90000000000001", "90000000000002", "90000000000003"]
    assert refunds["status"].tolist() == ["succeeded", "open", "closed"]
    assert refunds["kind"].tolist() == ["refund_only", "return_refund", "refund_only"]
    assert refunds["refunded_micros"].tolist() == [39_800_000, 10 * YUAN, 158_990_000]
    assert refunds["completed_at"].astype(str).fillna("-").tolist() == ["2026-06-08 14:30:00", "-", "-"]
    assert str(refunds["requested_at"].iloc[0]) == "2026-06-08 14:27:38"
    assert "王" not in refunds.to_csv()


def test_after_sale_states_are_told_in_sentences() -> None:
    from include.exports.building.after_sale_words import outcomes

    said = {
        "买家申请退款，待商家处理": "open",
        "退货退款，待商家处理": "open",
        "商家同意退款，退款中": "open",
        "未发货，退款成功": "succeeded",
        "驳回退款，待用户处理": "open",
        "已同意退货退款,待用户发货": "open",
        "平台处理中": "open",
        "平台拒绝退款，退款关闭": "closed",
        "已发货，退款成功": "succeeded",
        "买家撤销": "closed",
        "买家逾期未处理，退款失败": "closed",
        "部分退款成功": "succeeded",
        "商家拒绝退款，退款关闭": "closed",
        "退货完成，待退款": "open",
        "换货补寄成功": "succeeded",
    }

    assert outcomes(pd.Series(list(said), dtype="str")).tolist() == list(said.values())


@pytest.mark.parametrize("end", [".csv", ".zip", "_xlsx.zip", "_xls.zip"])
def test_the_bill_has_a_preamble_and_footers_in_every_container(fixtures: Path, end: str) -> None:
    reading = read(fixtures, BILL + end, "bill")

    assert reading.header_line == 5
    assert reading.ignored["reason"].tolist() == ["footer line"] * 4
    moves = reading.frames["money_movements"]
    assert moves["amount_micros"].tolist() == [158_990_000, -950_000, -10 * YUAN, -1_100 * YUAN]
    assert reading.money_micros == -951_960_000
    assert moves["kind"].tolist() == ["交易收入-订单收入", "技术服务费-基础技术服务费", "退款-订单退款", "提现"]
    assert moves["fee"].fillna("").tolist() == ["", "技术服务费", "", ""]
    assert moves["order_id"].isna().tolist() == [False, False, False, True]
    assert moves["movement_id"].is_unique


def test_the_bill_exported_again_gives_the_same_ids(fixtures: Path, balanced: Callable[[Reading], None]) -> None:
    # given a later statement with one movement more, before the others
    content = (fixtures / "pinduoduo" / (BILL + ".csv")).read_bytes().decode("gb18030")
    first = content.index("260607-400000294410900,2026-06-20")
    earlier = "260607-400000294410899,2026-06-19 10:00:00,1.00,0.00,交易收入,,0010002|交易收入-订单收入\r\n"
    later = (content[:first] + earlier + content[first:]).encode("gb18030")

    before = read(fixtures, BILL + ".csv", "bill").frames["money_movements"]["movement_id"].tolist()
    reading = read_content(Held(later), platform="pinduoduo", report="bill")

    assert reading.frames["money_movements"]["movement_id"].tolist()[1:] == before
    balanced(reading)


def test_two_equal_fees_of_one_second_are_two() -> None:
    row = "260607-4,2026-06-20 10:00:00,0.00,-0.95,技术服务费,,0040001|技术服务费\n"
    head = "商户订单号,发生时间,收入金额（+元）,支出金额（-元）,账务类型,备注,业务描述\n"

    moves = read_content(Held((head + row + row).encode()), platform="pinduoduo", report="bill").frames[
        "money_movements"
    ]

    assert moves["movement_id"].is_unique
    assert int(moves["amount_micros"].sum()) == -1_900_000


def test_product_data_is_of_the_day_in_the_files_name(fixtures: Path) -> None:
    reading = read(fixtures, "商品数据_2026-07-19.csv", "traffic")

    traffic = reading.frames["traffic"]
    assert set(traffic["traffic_day"]) == {"2026-07-19"}
    counted = ["visitors", "views", "favourites", "paid_buyers", "paid_units", "paid_micros"]
    assert traffic[counted].values.tolist() == [[1024, 3000, 12, 9, 10, 1_589_900_000], [5, 6, 0, 0, 0, 0]]
    assert traffic["part"].isna().all()
    content = (fixtures / "pinduoduo" / "商品数据_2026-07-19.csv").read_bytes()
    with pytest.raises(ExportError, match="no single day"):
        read_content(Held(content), name="商品数据_20260701至20260719.csv", platform="pinduoduo", report="traffic")


def test_the_total_of_advertising_is_not_added(fixtures: Path) -> None:
    reading = read(fixtures, "商品推广_账户_分天数据_20260601至20260630.xls", "ads")

    assert reading.ignored.values.tolist() == [[4, "total line"]]
    ads = reading.frames["traffic"]
    assert ads["traffic_day"].tolist() == ["2026-06-01", "2026-06-02"]
    assert ads["spend_micros"].tolist() == [50 * YUAN, 10_500_000]
    assert ads["paid_micros"].tolist() == [200 * YUAN, 0]
    assert ads["views"].tolist() == [300, 30]  # clicks
    assert set(ads["part"]) == {"ads 商品推广 稳定成本"}
