from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from include.simulation.specimen import snapshot
from include.simulation.specimen.business import Specimen
from include.simulation.specimen.settings import DOUYIN
from include.simulation.specimen.writers import douyin
from tests.simulation.reading import fen, plain, table

FOLDER = "douyin/2025-11-13"


@pytest.fixture(scope="module")
def orders(written: Path) -> pd.DataFrame:
    return table(written / FOLDER, "1*_*.csv", encoding="utf-8-sig")


@pytest.fixture(scope="module")
def cases(written: Path) -> pd.DataFrame:
    return table(written / FOLDER, "售后单_*.csv", encoding="utf-8-sig")


def test_headers_are_the_platforms_own(formats: str) -> None:
    assert ",".join(douyin.ORDER_HEADER) in formats
    assert ",".join(douyin.AFTER_SALE_HEADER) in formats
    assert len(douyin.ORDER_HEADER) == 73
    assert len(douyin.AFTER_SALE_HEADER) == 50


def test_the_file_begins_with_a_bom_and_ids_with_a_tab(written: Path) -> None:
    (path,) = (written / FOLDER).glob("1*_*.csv")
    name, raw = path.stem, path.read_bytes()

    assert raw.startswith(b"\xef\xbb\xbf")
    assert raw.split(b"\n")[1].startswith(b'"\t69')
    assert len(name.split("_")[0]) == 10
    assert len(name.split("_")[1]) == 32


def test_people_are_cipher_text_that_is_no_key(orders: pd.DataFrame) -> None:
    first = orders.drop_duplicates("主订单编号")
    assert first["收件人"].str.fullmatch(r"##.+##").all()
    assert first["收件人手机号"].str.fullmatch(r"\$\$.+\$\$").all()
    assert first["收件人"].is_unique


def test_a_bundle_of_single_units_packs_ids_titles_and_codes(lived: Specimen, tmp_path: Path) -> None:
    # given all that was ever sold, since bundles are few
    end = lived.next_day
    rows = snapshot.created_between(lived, DOUYIN, lived.settings.first_day, end)
    shown = snapshot.take(lived, rows, np.datetime64(end, "s"))
    douyin.orders(lived, shown, datetime(2025, 11, 15, 2, 15)).to_csv(tmp_path)
    orders = table(tmp_path, "1*_*.csv", encoding="utf-8-sig")

    # then a bundle of one and one stands in one line with both parts, and nothing else is packed
    packed = orders[orders["商家编码"].str.contains(";")]
    assert len(packed) > 0
    assert set(plain(packed["商家编码"]).str.split(";").explode()) <= set(lived.catalogue.sku_codes)
    for column in ("商家编码", "子订单编号", "选购商品"):
        assert (packed[column].str.count(";") == 1).all()
        assert not orders[column].drop(packed.index).str.contains(";").any()
    assert plain(orders["子订单编号"]).str.split(";").explode().is_unique


def test_sub_orders_are_unique_and_the_money_is_the_true_money(orders: pd.DataFrame, lived: Specimen) -> None:
    assert plain(orders["子订单编号"]).str.split(";").explode().is_unique
    number = plain(orders["主订单编号"]).astype("int64")
    truth = lived.truth("lines").groupby("number")["payable_fen"].sum()
    freight = lived.truth("orders").set_index("number")["freight_fen"]
    shown = fen(orders["订单应付金额"]).groupby(number).sum()

    assert (shown == (truth + freight).reindex(shown.index)).all()


def test_after_sale_joins_the_sub_order_and_tells_what_went_back(orders: pd.DataFrame, cases: pd.DataFrame) -> None:
    shown = cases[plain(cases["订单号"]).isin(plain(orders["主订单编号"]))]
    assert len(shown) == len(cases) > 5
    assert set(plain(cases["商品单号"])) <= set(plain(orders["子订单编号"]))

    done = cases[cases["售后状态"] == "同意退款，退款成功"]
    state = orders.set_index(plain(orders["子订单编号"]))["售后状态"]
    assert set(state.reindex(plain(done["商品单号"]))) == {"退款成功"}
    back = fen(done["退商品金额（元）"]) + fen(done["退运费金额（元）"])
    assert (back <= fen(done["应付金额（元）"])).all()
    assert (done["商家退款时间"] != "").all()
