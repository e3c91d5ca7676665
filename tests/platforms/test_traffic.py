"""A day's visitors: 生意参谋, 万相台, 京东商智, 抖音罗盘."""

from pathlib import Path

import pandas as pd
import pytest

from include.files.content import Held
from include.files.errors import ExportError
from include.platforms.read_export import read_content, read_export

YUAN = 1_000_000
SYCM_DAYS = [("【生意参谋平台】商品_全部_2022-06-18_2022-06-18.xls", "2022-06-18"),
             ("【生意参谋平台】商品_全部_2026-06-18_2026-06-18.xls", "2026-06-18")]  # fmt: skip
SYCM = [file for file, _ in SYCM_DAYS]


def traffic(path: Path, platform: str, report: str) -> pd.DataFrame:
    return read_export(path, platform=platform, report=report).frames["traffic"]


@pytest.mark.parametrize(("file", "day"), SYCM_DAYS)
def test_sycm_numbers_are_text_with_commas_and_placeholders(fixtures: Path, file: str, day: str) -> None:
    # 统计日期 is 20220618 in the one, 2026-06-18 in the other
    products = traffic(fixtures / "taobao" / file, "tmall", "traffic")

    assert products["traffic_day"].tolist() == [day, day]
    assert products["visitors"].tolist() == [1_234, 5]
    assert products["views"].tolist() == [3_456, 7]
    assert products["paid_micros"].tolist() == [1_100 * YUAN, 0]
    assert products["carts"].isna().tolist() == [False, True]
    assert products["favourites"].isna().tolist() == [False, True]


@pytest.mark.parametrize("file", SYCM)
def test_sycm_header_in_row_5_of_a_true_biff_workbook_and_a_total_row(fixtures: Path, file: str) -> None:
    path = fixtures / "taobao" / file
    assert path.read_bytes()[:4] == b"\xd0\xcf\x11\xe0"  # an OLE file, not a zip

    reading = read_export(path, platform="tmall", report="traffic")

    assert (reading.container, reading.header_line) == ("xls", 5)
    assert reading.ignored["reason"].tolist() == ["total line"]
    assert reading.money_micros == 2 * int(reading.frames["traffic"]["paid_micros"].sum())  # the total doubles it


@pytest.mark.parametrize(
    ("report", "file", "line"), [("shop_traffic", "店铺", 2), ("traffic_sources", "无线流量来源", 6)]
)
def test_sycm_header_may_stand_in_row_2_or_6(fixtures: Path, report: str, file: str, line: int) -> None:
    path = fixtures / "taobao" / f"【生意参谋平台】{file}_2026-06-18_2026-06-18.xls"

    assert read_export(path, platform="tmall", report=report).header_line == line


def test_skus_are_parts_of_their_product(fixtures: Path) -> None:
    # the browser has downloaded it twice: "… (1).xls"
    skus = traffic(fixtures / "taobao" / "【生意参谋平台】SKU_2026-06-18_2026-06-18 (1).xls", "tmall", "sku_traffic")

    assert skus[["listing_id", "part", "paid_units"]].values.tolist() == [
        ["680000000001", "sku 5012", 30], ["680000000001", "sku 5013", 14],
    ]  # fmt: skip


def test_the_shop_as_a_whole_has_no_listing_and_all_its_advertising(fixtures: Path) -> None:
    shop = traffic(fixtures / "taobao" / "【生意参谋平台】店铺_2026-06-18_2026-06-18.xls", "tmall", "shop_traffic")

    assert shop["listing_id"].isna().all()
    assert shop["part"].isna().all()
    assert shop[["visitors", "paid_buyers", "paid_units"]].values.tolist() == [[1_239, 40, 44]]
    assert shop["spend_micros"].tolist() == [50_500_000]


def test_a_source_and_its_details_are_parts_of_the_shop(fixtures: Path) -> None:
    path = fixtures / "taobao" / "【生意参谋平台】无线流量来源_2026-06-18_2026-06-18.xls"

    sources = traffic(path, "tmall", "traffic_sources")

    assert sources["part"].tolist() == ["source 淘内免费", "source 淘内免费/手淘搜索"]
    assert sources["traffic_day"].tolist() == ["2026-06-18"] * 2  # the file's name says it, nothing else does


@pytest.mark.parametrize("name", ["无线流量来源.xls", "无线流量来源_2026-06-01_2026-06-18.xls"])
def test_a_day_that_only_the_files_name_says_must_be_one_day(fixtures: Path, name: str) -> None:
    content = (fixtures / "taobao" / "【生意参谋平台】无线流量来源_2026-06-18_2026-06-18.xls").read_bytes()

    with pytest.raises(ExportError, match="names no single day"):
        read_content(Held(content), platform="tmall", report="traffic_sources", name=name)


@pytest.mark.parametrize(
    "word", ["总计", "合计", "汇总值", "平均值", "全店汇总值", "全店平均值", "同行同层优秀", "同行同层均值"]
)
def test_summary_rows_are_total_lines(word: str) -> None:
    """The six with which 客服绩效 ends among them."""
    content = f"统计日期,商品id,商品访客数,支付金额\n2026-06-18,680000000001,5,1.00\n{word},-,5,1.00\n".encode()

    reading = read_content(Held(content), platform="tmall", report="traffic")

    assert reading.ignored["reason"].tolist() == ["total line"]
    assert len(reading.frames["traffic"]) == 1


def test_service_agents_are_one_shop_and_its_six_summary_rows_are_no_data(fixtures: Path) -> None:
    path = fixtures / "taobao" / "【生意参谋平台】客服绩效_2026-06-18_2026-06-18.xls"

    reading = read_export(path, platform="tmall", report="service")

    sold = reading.frames["traffic"]
    columns = ["traffic_day", "part", "visitors", "paid_buyers", "paid_units", "paid_micros"]
    assert sold[columns].values.tolist() == [["2026-06-18", "service 客服", 198, 27, 29, 1_500_500_000]]
    assert reading.ignored["reason"].tolist() == ["added to the first line of its kind", *["total line"] * 6]
    assert "小满" not in sold.to_csv()


def test_ads_are_a_part_of_the_product_with_what_they_cost(fixtures: Path) -> None:
    reading = read_export(fixtures / "taobao" / "商品报表_20260619_110309.csv", platform="tmall", report="ads")

    ads = reading.frames["traffic"]
    assert ads[["listing_id", "part", "views", "spend_micros"]].values.tolist() == [
        ["680000000001", "ads 万相台", 300, 50_500_000]
    ]
    assert reading.money_micros == 50_500_000
    assert str(reading.exported_at) == "2026-06-19 11:03:09"
    assert reading.first_day == "2026-06-18"


def test_jd_skus_by_day(fixtures: Path) -> None:
    skus = traffic(fixtures / "jd" / "京东商智_商品明细_SKU_2026-08-03.xlsx", "jd", "traffic")

    assert skus[["listing_id", "visitors", "views", "carts", "paid_units", "paid_micros"]].values.tolist() == [
        ["100012000013", 310, 620, 21, 2, 1_516 * YUAN], ["100012000026", 14, 19, 1, 0, 0],
    ]  # fmt: skip


def test_visitors_of_the_jd_shop_and_what_was_spent_on_its_skus(fixtures: Path) -> None:
    shop = traffic(fixtures / "jd" / "京东商智_交易概况_2026-08-03_2026-08-03.csv", "jd", "shop_traffic")
    ads = traffic(fixtures / "jd" / "京准通_SKU_2026-08-03.csv", "jd", "ads")

    assert shop[["visitors", "impressions", "carts", "paid_buyers", "paid_micros"]].values.tolist() == [
        [1_310, 18_800, 90, 41, 3_516_500_000]
    ]
    assert shop[["listing_id", "part"]].isna().all().all()  # the shop as a whole
    assert ads[["part", "impressions", "views", "spend_micros", "paid_micros"]].values.tolist() == [
        ["ads 京准通", 4_100, 120, 80_400_000, 316 * YUAN], ["ads 京准通", 900, 14, 9_600_000, 0],
    ]  # fmt: skip


def test_what_was_spent_on_douyin(fixtures: Path) -> None:
    ads = traffic(fixtures / "douyin" / "千川_商品推广_20260730.csv", "douyin", "ads")

    assert ads[["part", "impressions", "views", "spend_micros", "paid_micros"]].values.tolist() == [
        ["ads 千川", 5_200, 210, 120_500_000, 401_700_000], ["ads 千川", 800, 12, 8_100_000, 0],
    ]  # fmt: skip


def test_compass_range_of_one_day_is_that_day(fixtures: Path) -> None:
    # 统计日期 is 20260730-20260730
    live = traffic(fixtures / "douyin" / "采集-live-20260730-20260730.csv", "douyin", "live_traffic")
    video = traffic(fixtures / "douyin" / "采集-video-20260730-20260730.csv", "douyin", "video_traffic")

    assert live[["part", "traffic_day", "paid_micros"]].values.tolist() == [
        ["live 7310000000000000731", "2026-07-30", 200 * YUAN]
    ]
    assert video[["part", "traffic_day", "paid_micros"]].values.tolist() == [
        ["video 7320000000000000088", "2026-07-30", 30 * YUAN]
    ]


def test_compass_range_of_several_days_is_no_day(fixtures: Path) -> None:
    content = (fixtures / "douyin" / "采集-live-20260730-20260730.csv").read_bytes()

    reading = read_content(
        Held(content.replace(b"20260730-20260730", b"20260701-20260730")), platform="douyin", report="live_traffic"
    )

    assert reading.rejected[["column", "found"]].values.tolist() == [["统计日期", "20260701-20260730"]]


def test_compass_business_day_is_its_own_column_not_the_range(fixtures: Path) -> None:
    content = (fixtures / "douyin" / "采集-shop-20260730-20260730.csv").read_bytes()
    month = content.replace(b"20260730-20260730", b"20260701-20260730")

    reading = read_content(Held(month), platform="douyin", report="shop_traffic")

    assert reading.frames["traffic"]["traffic_day"].tolist() == ["2026-07-30"]


def test_turnover_and_what_buyers_paid_are_two_measures(fixtures: Path) -> None:
    shop = traffic(fixtures / "douyin" / "采集-shop-20260730-20260730.csv", "douyin", "shop_traffic")
    products = traffic(fixtures / "douyin" / "采集-product-20260730-20260730.csv", "douyin", "traffic")

    assert shop[["turnover_micros", "paid_micros", "spend_micros"]].values.tolist() == [
        [320 * YUAN, 300 * YUAN, 15_500_000]
    ]
    assert products["turnover_micros"].isna().all()  # the product report has no 成交金额


def test_compass_row_of_all_products_is_a_total_line(fixtures: Path) -> None:
    path = fixtures / "douyin" / "采集-product-20260730-20260730.csv"

    reading = read_export(path, platform="douyin", report="traffic")

    assert reading.ignored[["file_line", "reason"]].values.tolist() == [[4, "total line"]]
    assert reading.frames["traffic"]["paid_units"].tolist() == [9, 4]


def test_compass_page_export_has_its_day_in_its_name_only(fixtures: Path) -> None:
    products = traffic(fixtures / "douyin" / "商品列表_2026-07-30.xlsx", "douyin", "traffic_page")
    videos = traffic(fixtures / "douyin" / "短视频列表_20260730.csv", "douyin", "video_page")

    assert products[["listing_id", "part", "traffic_day", "visitors", "paid_micros"]].values.tolist() == [
        ["3400000000000000001", "source 商品卡", "2026-07-30", 90, 70 * YUAN]
    ]
    assert videos[["part", "traffic_day", "views", "paid_micros"]].values.tolist() == [
        ["video 三步洗白", "2026-07-30", 5_000, 30 * YUAN]
    ]


def test_a_host_who_goes_live_twice_a_day_has_two_rows(fixtures: Path) -> None:
    live = traffic(fixtures / "douyin" / "直播列表_20260730.csv", "douyin", "live_page")

    assert live["part"].tolist() == ["live yangben01 08:00", "live yangben01 20:00"]
    assert live["turnover_micros"].tolist() == [150 * YUAN, 70 * YUAN]
