"""Visitors of a shop, its advertising and live sessions: true to the ledger, and in the way of nothing else."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from include.platforms.read_export import read_export
from include.simulation.specimen import marketing
from include.simulation.specimen.business import Specimen
from include.simulation.specimen.settings import DOUYIN, JD, TMALL, SpecimenSettings
from include.simulation.specimen.writers import shop_reports
from tests.simulation.conftest import settings

DAY, BEFORE = date(2025, 11, 13), date(2025, 11, 10)
FILES = {
    "tmall": {f"【生意参谋平台】店铺_{DAY}_{DAY}.xls": "shop_traffic", "商品报表_20251114_021500.csv": "ads"},
    "jd": {f"京东商智_交易概况_{DAY}_{DAY}.xlsx": "shop_traffic", f"京准通_SKU_{DAY}_{DAY}.csv": "ads"},
    "douyin": {
        "采集-shop-20251113-20251113.csv": "shop_traffic",
        "采集-live-20251113-20251113.csv": "live_traffic",
        "千川_商品推广_20251113-20251113.csv": "ads",
    },
}
CASES = [(shop, file, report) for shop, files in FILES.items() for file, report in files.items()]
FEN = 10_000  # micros


def asked_for_more(lived: Specimen, root: Path, **more: object) -> None:
    usual = lived.settings
    lived.settings = replace(usual, marketing=True, **more)  # type: ignore[arg-type]
    try:
        lived.write_day(root, DAY)
    finally:
        lived.settings = usual


@pytest.fixture(scope="module")
def root(lived: Specimen, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("marketing")
    asked_for_more(lived, folder)
    return folder


def read(root: Path, shop: str, file: str, report: str) -> pd.DataFrame:
    return read_export(root / shop / DAY.isoformat() / file, platform=shop, report=report).frames["traffic"]


def true(lived: Specimen, name: str, shop: str) -> pd.DataFrame:
    return getattr(marketing, name)(lived, lived.settings.shops.index(shop), DAY, DAY)


def test_the_other_files_of_the_day_are_byte_for_byte_what_they_were(root: Path, written: Path) -> None:
    usual = {str(path.relative_to(written)): path for path in written.rglob("*.csv")}
    assert len(usual) > 5
    for name, path in usual.items():
        assert (root / name).read_bytes() == path.read_bytes(), name
    more = {path.name for path in root.rglob("*.*")} - {path.name for path in written.rglob("*.*")}
    assert more == {file for files in FILES.values() for file in files}


def test_headers_that_are_known_are_the_platforms_own(formats: str) -> None:
    assert ",".join(shop_reports.TMALL_SHOP) in formats
    assert ",".join(shop_reports.DOUYIN_LIVE) in formats
    assert ",".join(shop_reports.TMALL_ADS[:8]) in formats
    for name in shop_reports.DOUYIN_SHOP:
        assert name in formats


@pytest.mark.parametrize(("shop", "file", "report"), CASES)
def test_each_file_says_the_truth_through_its_adapter(
    root: Path, lived: Specimen, shop: str, file: str, report: str
) -> None:
    found = read(root, shop, file, report)
    assert set(found["traffic_day"]) == {DAY.isoformat()}
    if report == "ads":
        told = true(lived, "advertising", shop)
        assert len(told) >= 3
        pairs = {"spend_micros": told["spend_fen"] * FEN, "paid_micros": told["paid_fen"] * FEN,
                 "views": told["clicks"], "impressions": told["impressions"]}  # fmt: skip
        assert found["part"].str.startswith("ads ").all()
    elif report == "live_traffic":
        told = true(lived, "live_sessions", shop)
        pairs = {"paid_micros": told["paid_fen"] * FEN, "paid_buyers": told["buyers"]}
        assert len(told) == len(marketing.SESSIONS)
    else:
        told = true(lived, "shop_traffic", shop)
        pairs = {"visitors": told["visitors"], "paid_buyers": told["buyers"], "paid_micros": told["paid_fen"] * FEN}
        assert found["listing_id"].isna().all()
        assert found["part"].isna().all()
    for name, values in pairs.items():
        assert sorted(found[name]) == sorted(values), name


def test_what_a_shop_spent_is_what_its_channel_took(root: Path) -> None:
    shop = read(root, "tmall", *next(iter(FILES["tmall"].items())))
    ads = read(root, "tmall", "商品报表_20251114_021500.csv", "ads")
    assert shop["spend_micros"].sum() == ads["spend_micros"].sum() > 0


def test_the_truth_is_told_by_shop_and_day() -> None:
    specimen = Specimen(settings(skus=30))
    specimen.run_history(2)
    told = specimen.truth("shop_traffic")
    assert told[["shop", "day"]].values.tolist() == [
        [shop, day.isoformat()] for shop in ("tmall", "jd", "douyin") for day in specimen.lived_days()
    ]
    assert set(specimen.truth("live_sessions")["shop"]) == {"douyin"}


def test_buyers_and_money_of_the_shop_are_the_ledgers(lived: Specimen) -> None:
    orders = lived.truth("orders")
    paid = orders[(orders["paid"].dt.date == DAY) & (orders["shop"] == "jd") & (orders["kind"] != "gift")]
    lines = lived.truth("lines")
    own = lines[lines["order"].isin(paid.index) & ~lines["gift"]]
    told = true(lived, "shop_traffic", "jd").iloc[0]
    assert told["orders"] == own["order"].nunique()
    assert told["buyers"] == paid.loc[own["order"].unique(), "customer"].nunique()
    assert told["paid_fen"] == own["payable_fen"].sum()


def test_a_day_is_the_same_alone_and_within_a_history(lived: Specimen) -> None:
    for of_shop in (marketing.shop_traffic, marketing.advertising, marketing.live_sessions):
        alone = of_shop(lived, DOUYIN, DAY, DAY)
        within = of_shop(lived, DOUYIN, BEFORE, DAY)
        pd.testing.assert_frame_equal(
            alone, within[within["day"] == alone["day"].iloc[0]].reset_index(drop=True), check_dtype=False
        )


def test_a_history_tells_each_day_once(lived: Specimen, tmp_path: Path) -> None:
    usual = lived.settings
    lived.settings = replace(usual, marketing=True)
    try:
        lived.write_history(tmp_path, DAY)
    finally:
        lived.settings = usual
    days: list[str] = []
    for file in (tmp_path / "tmall" / "history").glob("*店铺*.xls"):
        days += read_export(file, platform="tmall", report="shop_traffic").frames["traffic"]["traffic_day"].tolist()
    assert sorted(days) == sorted(day.isoformat() for day in lived.lived_days() if day <= DAY)


def test_a_leak_and_a_loss_begin_on_their_day_and_meet_their_shop_alone(lived: Specimen) -> None:
    usual = lived.settings
    sound = {shop: marketing.shop_traffic(lived, shop, BEFORE, DAY) for shop in (TMALL, JD)}
    ads = marketing.advertising(lived, JD, BEFORE, DAY)
    lived.settings = replace(usual, marketing_faults=(f"conversion_leak:jd:{DAY}:0.5", f"channel_loss:jd:{DAY}:0.25"))
    try:
        leaking = {shop: marketing.shop_traffic(lived, shop, BEFORE, DAY) for shop in (TMALL, JD)}
        losing = marketing.advertising(lived, JD, BEFORE, DAY)
    finally:
        lived.settings = usual
    pd.testing.assert_frame_equal(sound[TMALL], leaking[TMALL])
    pd.testing.assert_frame_equal(sound[JD][:-1], leaking[JD][:-1])
    more = leaking[JD]["visitors"].iloc[-1] / sound[JD]["visitors"].iloc[-1]
    assert 1.6 < more < 2.2
    last = ads["day"] == ads["day"].max()
    assert np.isclose(losing.loc[last, "spend_fen"].sum() / ads.loc[last, "spend_fen"].sum(), 4, rtol=0.01)


@pytest.mark.parametrize("text", ["leak:jd:2025-11-10:0.5", "channel_loss:jd:2025-11-10:2", "channel_loss:jd"])
def test_a_fault_that_nobody_can_read_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"fault of marketing|not enough values"):
        settings(marketing_faults=(text,))


def test_settings_are_kept_whole() -> None:
    asked = settings(marketing=True, marketing_faults=("channel_loss:jd:2025-11-10:0.5",))
    assert SpecimenSettings.from_json(asked.to_json()) == asked


def test_pinduoduo_s_advertising_has_a_total_that_is_no_row(tmp_path: Path) -> None:
    specimen = Specimen(settings(skus=30, shops=("pinduoduo", "jd", "douyin"), marketing=True))
    specimen.run_history(40)
    specimen.write_day(tmp_path, specimen.last_day)
    (file,) = (tmp_path / "pinduoduo").rglob("商品推广*.xls")
    reading = read_export(file, platform="pinduoduo", report="ads")
    told = marketing.advertising(specimen, 0, specimen.last_day, specimen.last_day)
    assert reading.ignored["reason"].tolist() == ["total line"]
    assert reading.frames["traffic"]["spend_micros"].sum() == told["spend_fen"].sum() * FEN > 0
