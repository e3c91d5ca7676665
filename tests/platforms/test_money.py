"""Money on the platforms' accounts: Alipay, 天猫货款, JD's wallet, Douyin's settlement and fund flow."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from include.exports.reading import Reading
from include.files.content import Held
from include.platforms.read_export import read_content, read_export

YUAN = 1_000_000


def movements(path: Path, platform: str, report: str) -> pd.DataFrame:
    return read_export(path, platform=platform, report=report).frames["money_movements"]


def test_alipay_bill_stands_between_lines_that_begin_with_a_hash(fixtures: Path) -> None:
    reading = read_export(
        fixtures / "taobao" / "20880000000000000156_账务明细_20260810.csv", platform="tmall", report="bill"
    )

    assert reading.header_line == 5
    assert reading.ignored["reason"].tolist() == ["footer line"] * 4
    bill = reading.frames["money_movements"]
    assert bill["amount_micros"].tolist() == [56 * YUAN, -1_120_000, -1_000 * YUAN]
    assert bill["kind"].tolist() == ["交易付款", "收费", "提现"]
    assert "张" not in bill.to_csv()  # 对方账号 is nobody's business


def test_alipay_order_number_loses_its_t200p(fixtures: Path) -> None:
    bill = movements(fixtures / "taobao" / "20880000000000000156_账务明细_20260810.csv", "tmall", "bill")

    assert bill["order_id"].tolist()[:2] == ["4600000000000000001"] * 2
    assert bill["order_id"].isna().tolist() == [False, False, True]


@pytest.mark.parametrize("written", ["-1.12", "1.12"])
def test_spending_goes_out_whether_or_not_it_is_written_below_zero(fixtures: Path, written: str) -> None:
    path = fixtures / "taobao" / "20880000000000000156_账务明细_20260810.csv"
    content = path.read_bytes().replace(b",-1.12,", f",{written},".encode())

    reading = read_content(Held(content), platform="tmall", report="bill", name=path.name)

    assert reading.frames["money_movements"]["amount_micros"].tolist()[1] == -1_120_000


def test_goods_payments_have_no_moment_and_come_less_what_went_back(fixtures: Path) -> None:
    paid = movements(fixtures / "taobao" / "交易货款_202607_202607.csv", "tmall", "goods_payments")

    assert paid["movement_id"].tolist() == ["货款/4600000000000000001", "货款/4600000000000000012"]
    assert paid["amount_micros"].tolist() == [56 * YUAN, 0]
    assert paid["moved_at"].isna().all()


def test_a_product_of_one_code_is_a_listing_and_one_of_several_is_not(fixtures: Path) -> None:
    reading = read_export(fixtures / "taobao" / "商家中心_商品信息_20260811.xlsx", platform="tmall", report="listings")

    listings = reading.frames["listings"]
    assert listings[["listing_code", "sku", "quantity"]].values.tolist() == [
        ["680000000001", "YO-PAN-20", 1], ["680000000002", "YO-CHAN", 1],
    ]  # fmt: skip
    assert reading.ignored["reason"].value_counts().to_dict() == {
        "product of several codes: its order lines say which": 2,
        "product named before": 1,
        "product without a code": 1,
    }


def test_jd_wallet_writes_numbers_as_formulas_and_amounts_without_a_sign(fixtures: Path) -> None:
    wallet = movements(fixtures / "jd" / "钱包明细_2026-08.csv", "jd", "wallet")

    assert wallet["order_id"].tolist() == ["31729439936", "31729439936", "31749907506"]
    assert wallet["amount_micros"].tolist() == [644_300_000, -51_540_000, -288_150_000]
    assert wallet["fee"].tolist() == ["货款", "佣金", "货款"]
    assert wallet["movement_id"].tolist() == [
        "800001/100012000013/货款", "800001/100012000013/佣金", "900001/100012000026/货款",
    ]  # fmt: skip


def test_jd_after_sale_is_read_by_best_knowledge_and_says_so(fixtures: Path) -> None:
    reading = read_export(fixtures / "jd" / "售后服务单_2026-08-05.csv", platform="jd", report="after_sale")

    assert reading.frames["refunds"][["refund_id", "kind", "status", "refunded_micros"]].values.tolist() == [
        ["900001", "return_refund", "succeeded", 288_150_000], ["900002", "exchange", "open", 0],
    ]  # fmt: skip
    assert "the whole header" in reading.notes[0]


def test_second_row_of_douyin_settlement_explains_and_is_no_data(
    fixtures: Path, balanced: Callable[[Reading], None]
) -> None:
    reading = read_export(fixtures / "douyin" / "结算账单_20260930.csv", platform="douyin", report="settlement")

    assert reading.ignored[["file_line", "reason"]].values.tolist() == [[2, "explanation line"]]
    balanced(reading)


def test_douyin_settlement_gives_the_goods_and_each_fee_which_sum_to_what_was_settled(fixtures: Path) -> None:
    # given 52.80 less two fees of 2.64 written below zero, and 14.00 less a fee of 0.70 written above
    settled = movements(fixtures / "douyin" / "结算账单_20260930.csv", "douyin", "settlement")

    assert settled[["fee", "amount_micros"]].fillna("").values.tolist() == [
        ["", 52_800_000], ["平台服务费", -2_640_000], ["佣金", -2_640_000], ["", 14 * YUAN], ["平台服务费", -700_000],
    ]  # fmt: skip
    assert settled.groupby("file_line")["amount_micros"].sum().tolist() == [47_520_000, 13_300_000]
    assert settled["movement_id"].is_unique
    assert settled["order_id"][0] == "6917926768823643751"  # written '6917926768823643751


@pytest.mark.parametrize("file", ["资金流水_20261001.csv", "资金流水_20261002.csv"])
def test_fund_flow_has_its_sign_from_its_direction(fixtures: Path, file: str) -> None:
    flow = movements(fixtures / "douyin" / file, "douyin", "fund_flow")

    assert flow["movement_id"].tolist() == [f"730000000000000000{n}" for n in (1, 2, 3)]  # 动帐流水号, their spelling
    assert flow["amount_micros"].tolist() == [47_520_000, -52_800_000, -1_000 * YUAN]
    assert flow["kind"].tolist() == ["货款结算入账", "退款-结算后退款-退用户", "提现"]


def test_a_line_exported_again_has_the_same_id(fixtures: Path) -> None:
    path = fixtures / "jd" / "订单结算明细_2016-01-01_2016-01-31.csv"
    header, *lines = path.read_bytes().decode("gb18030").splitlines()
    again = "\r\n".join([header, *reversed(lines)]).encode("gb18030")

    first = read_export(path, platform="jd", report="settlement").frames["money_movements"]
    second = read_content(Held(again), platform="jd", report="settlement").frames["money_movements"]

    assert second.sort_values("movement_id")["amount_micros"].tolist() == (
        first.sort_values("movement_id")["amount_micros"].tolist()
    )
    assert set(first["movement_id"]) == set(second["movement_id"])
