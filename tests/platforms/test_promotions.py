"""Promotions as rows: a merchant's own sheet, Chinese or English, strictly read."""

from pathlib import Path

import pytest

from include.exports.any_platform.promotion_file import discount_of, lift_of
from include.exports.reading import Reading
from include.files.content import Held
from include.platforms.read_export import read_content

HEADER = "活动名称,商家编码,店铺,开始日期,结束日期,活动价,折扣,预计倍数,活动库存,状态\n"


def read(text: str, platform: str = "jushuitan", **more: object) -> Reading:
    return read_content(
        Held(text.encode("utf-8-sig")), platform=platform, report="promotions", name="活动计划.csv", **more
    )


def rows(reading: Reading) -> list[tuple[object, ...]]:
    frame = reading.frames["promotions"].drop(columns="file_line").astype(object)
    return list(frame.where(frame.notna(), None).itertuples(index=False, name=None))


def test_a_sheet_of_promotions_is_read_as_people_write_it() -> None:
    # given a price, a discount, sales expected in three ways, a promotion called off, and times for days
    told = read(
        HEADER + "双11,A1,tmall,2025-11-01,2025-11-11,19.90,,1.5倍,200,已报名\n"
        "双11,A2,,2025-11-01 00:00:00,2025-11-11 23:59:59,,8.5折,+50%,,\n"
        "双12,A1,,2025/12/10,2025/12/12,,-15%,2,,已取消\n"
    )

    assert rows(told) == [
        ("双11", "tmall", "A1", "2025-11-01", "2025-11-11", 19_900_000, None, 1500, 200, "planned"),
        ("双11", None, "A2", "2025-11-01", "2025-11-11", None, 150, 1500, None, "planned"),
        ("双12", None, "A1", "2025-12-10", "2025-12-12", None, 150, 2000, None, "cancelled"),
    ]
    assert len(told.rejected) == 0
    assert any("not confirmed" in note for note in told.notes), "nobody has seen a platform's own export"


def test_what_can_be_read_in_two_ways_costs_its_row_and_says_what_to_write() -> None:
    told = read(
        HEADER + "双11,A1,,2025-11-01,2025-11-11,,85%,,,\n"
        "双11,A2,,2025-11-01,2025-11-11,,,50%,,\n"
        "双11,A3,,soon,2025-11-11,,,,,\n"
        "双11,,,2025-11-01,2025-11-11,,,,,\n"
        "双11,A4,,2025-11-01,2025-11-11,9.9,,,,\n"
    )

    assert [row[2] for row in rows(told)] == ["A4"]
    found = {(line, column) for line, column in zip(told.rejected["file_line"], told.rejected["column"], strict=True)}
    assert found == {(2, "折扣"), (3, "预计倍数"), (4, "开始日期"), (5, "商家编码")}
    expected = told.rejected.set_index("file_line")["expected"]
    assert "8.5折" in expected[2]
    assert "+50%" in expected[3]


@pytest.mark.parametrize(
    ("text", "off"),
    [("8折", 200), ("85折", 150), ("8.5 折", 150), ("-15%", 150), ("15% off", 150), ("立减10%", 100), ("９折", 100),
     ("0.85", None), ("85%", None), ("120折", None), ("0折", None), ("打折", None)],
)  # fmt: skip
def test_a_discount_is_what_is_paid_or_what_is_taken_off(text: str, off: int | None) -> None:
    assert discount_of(text) == off


@pytest.mark.parametrize(
    ("text", "lift"),
    [("1.5", 1500), ("1.5倍", 1500), ("x2", 2000), ("3 times", 3000), ("+50 %", 1500), ("＋50％", 1500),
     ("增长50%", 1500), ("-20%", 800), ("50%", None), ("0", None), ("-100%", None), ("1000", None), ("many", None)],
)  # fmt: skip
def test_expected_sales_are_a_multiple_or_come_on_top(text: str, lift: int | None) -> None:
    assert lift_of(text) == lift


def test_an_english_header_and_a_shop_told_by_the_settings() -> None:
    told = read("promotion,sku,from,to,price,expected_lift\nSpring,A1,2025-03-01,2025-03-07,9.50,1.2\n", shop="jd")

    assert rows(told) == [("Spring", "jd", "A1", "2025-03-01", "2025-03-07", 9_500_000, None, 1200, None, "planned")]


def test_a_shop_that_nobody_knows_holds_its_row_back() -> None:
    names = {"tmall": "tmall", "某某旗舰店": "tmall", "jd": "jd"}
    told = read(
        HEADER + "双11,A1,某某旗舰店,2025-11-01,2025-11-11,9.9,,,,\n双11,A2,天猫店,2025-11-01,2025-11-11,9.9,,,,\n"
        "双11,A3,,2025-11-01,2025-11-11,9.9,,,,\n",
        shop_names=names,
    )

    assert [(row[1], row[2]) for row in rows(told)] == [("tmall", "A1"), (None, "A3")]
    assert told.rejected[["column", "found"]].values.tolist() == [["店铺", "天猫店"]]
    assert "jd, tmall" in told.rejected["expected"].iloc[0]


def test_a_declared_csv_reads_the_same_frame(tmp_path: Path) -> None:
    declared = {
        "columns": {
            "promotion": "Aktion", "sku": "Artikel", "first_day": "von", "last_day": "bis", "price": "Preis",
            "lift_per_mille": {"header": "erwartet", "required": False},
        },
        "decimal": ",",
        "day_first": True,
    }  # fmt: skip
    content = (
        "Aktion;Artikel;von;bis;Preis;erwartet\nAdvent;T1;29.11.2025;07.12.2025;8,90;+30%\n"
        "Advent;T2;1.12.2025;x;1;30%\n"
    )

    told = read_content(
        Held(content.encode()),
        platform="declared",
        report="promotions",
        name="plan.csv",
        declared=declared,
        currency="EUR",
    )

    assert rows(told) == [("Advent", None, "T1", "2025-11-29", "2025-12-07", 8_900_000, None, 1300, None, "planned")]
    assert set(told.rejected["file_line"]) == {3}
