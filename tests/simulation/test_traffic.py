"""Visitors by listing and Douyin's settlement: written where the settings ask for them, and true to the ledger."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from include.platforms.read_export import read_export
from include.simulation.specimen.business import Specimen
from include.simulation.specimen.settings import DOUYIN, JD, TMALL
from include.simulation.specimen.writers import douyin_settlement, traffic
from tests.simulation.reading import fen, table

DAY = date(2025, 11, 13)
FILES = {
    TMALL: ("tmall", f"【生意参谋平台】商品_全部_{DAY}_{DAY}.xls"),
    JD: ("jd", f"京东商智_商品明细_SKU_{DAY}.xlsx"),
    DOUYIN: ("douyin", "采集-product-20251113-20251113.csv"),
}


@pytest.fixture(scope="module")
def root(lived: Specimen, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same business, asked for more."""
    folder = tmp_path_factory.mktemp("more")
    usual = lived.settings
    lived.settings = replace(usual, traffic_and_money=True)
    try:
        lived.write_day(folder, DAY)
    finally:
        lived.settings = usual
    return folder


def bought(lived: Specimen, shop: int) -> pd.DataFrame:
    """By listing: units and fen paid on the day, gifts aside, and how many customers paid; out of the ledger."""
    orders, lines = lived.sales.orders, lived.sales.lines
    order = np.repeat(np.arange(len(orders)), orders["lines"].astype(np.int64))
    paid = orders["paid"][order].astype("datetime64[D]") == np.datetime64(DAY)
    chosen = paid & (orders["shop"][order] == shop) & ~lines["gift"]
    rows = pd.DataFrame(
        {
            "listing": lines["listing"][chosen],
            "units": lines["quantity"][chosen].astype("int64"),
            "fen": lines["payable_fen"][chosen].astype("int64"),
            "customer": orders["customer"][order][chosen],
        }
    )
    return rows.groupby("listing").agg(units=("units", "sum"), fen=("fen", "sum"), buyers=("customer", "nunique"))


def test_headers_are_the_platforms_own(formats: str) -> None:
    for header in (traffic.TMALL_HEADER, traffic.JD_HEADER, traffic.DOUYIN_HEADER, douyin_settlement.HEADER):
        assert ",".join(header) in formats
    assert (len(traffic.TMALL_HEADER), len(douyin_settlement.HEADER)) == (34, 34)


def test_a_day_has_four_more_files_where_they_are_asked_for(root: Path, written: Path) -> None:
    there, usual = ({str(p.relative_to(r)) for r in (base,) for p in r.rglob("*.*")} for base in (root, written))

    assert usual < there
    assert {Path(name).name for name in there - usual} == {
        *(name for _, name in FILES.values()),
        "结算账单_20251030_20251113.csv",
    }


@pytest.mark.parametrize("shop", [TMALL, JD, DOUYIN])
def test_buyers_units_and_money_are_the_ledgers(root: Path, lived: Specimen, shop: int) -> None:
    # when the file is read by the adapter, which shares no code with the writer
    name, file = FILES[shop]
    read = read_export(root / name / DAY.isoformat() / file, platform=name, report="traffic").frames["traffic"]

    # then
    truth = bought(lived, shop)
    sold = read[read["paid_units"] > 0]
    assert len(truth) > 5
    assert sorted(sold["paid_units"]) == sorted(truth["units"])
    assert sorted(sold["paid_buyers"]) == sorted(truth["buyers"])
    assert sorted(sold["paid_micros"]) == sorted(truth["fen"] * 10_000)
    assert set(read["traffic_day"]) == {DAY.isoformat()}
    assert read["listing_id"].is_unique


def test_more_people_look_than_buy_and_they_look_more_than_once(root: Path) -> None:
    name, file = FILES[TMALL]
    read = read_export(root / name / DAY.isoformat() / file, platform=name, report="traffic").frames["traffic"]

    assert (read["visitors"] >= read["paid_buyers"]).all()
    assert (read["views"] >= read["visitors"]).all()
    assert (read["carts"] >= read["paid_units"]).all()
    assert (read["paid_buyers"] == 0).any()
    assert 0.01 < read["paid_buyers"].sum() / read["visitors"].sum() < 0.1


def test_products_of_tmall_are_a_true_biff_workbook_with_a_preamble_and_a_total(root: Path) -> None:
    name, file = FILES[TMALL]
    path = root / name / DAY.isoformat() / file

    reading = read_export(path, platform=name, report="traffic")

    assert path.read_bytes()[:4] == b"\xd0\xcf\x11\xe0"
    assert (reading.container, reading.header_line) == ("xls", 5)
    assert reading.ignored["reason"].tolist() == ["total line"]
    assert reading.money_micros == 2 * int(reading.frames["traffic"]["paid_micros"].sum())


def test_every_completed_line_of_douyin_is_settled_less_its_fees(root: Path, lived: Specimen) -> None:
    # given the file as it lies there: its second row explains the columns
    rows = table(root / "douyin" / DAY.isoformat(), "结算账单_*.csv", encoding="utf-8-sig")
    assert rows["结算金额"].iloc[0] == "收入合计+支出合计"
    rows = rows.iloc[1:]

    # then
    assert len(rows) > 20
    assert rows["子订单号"].str.startswith("'69").all()
    assert (fen(rows["收入合计"]) + fen(rows["支出合计"]) == fen(rows["结算金额"])).all()
    assert (fen(rows["平台服务费"]) + fen(rows["佣金"]) == fen(rows["支出合计"])).all()
    orders, first = lived.sales.orders, np.datetime64("2025-10-30")
    done = (orders["completed"] >= first) & (orders["completed"] < np.datetime64("2025-11-14"))
    done &= orders["shop"] == DOUYIN
    settled = rows[rows["结算单类型"] == "正常结算"]
    with_goods = {int(number) for number in orders["number"][done]}
    assert {int(number.strip("'")) for number in settled["订单号"]} <= with_goods
    assert len(set(settled["订单号"])) > 0.9 * len(with_goods)  # orders of gifts alone are not settled


def test_the_settlement_is_read_as_movements_that_sum_to_it(root: Path) -> None:
    (path,) = (root / "douyin" / DAY.isoformat()).glob("结算账单_*.csv")

    reading = read_export(path, platform="douyin", report="settlement")

    movements = reading.frames["money_movements"]
    assert reading.ignored["reason"].tolist() == ["explanation line"]
    assert reading.rejected.empty
    assert movements["movement_id"].is_unique
    assert int(movements["amount_micros"].sum()) == reading.money_micros
    assert set(movements["fee"].dropna()) == {"平台服务费", "佣金"}
