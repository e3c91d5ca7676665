"""Every way a platform writes an id, an amount, a quantity, a time or a status."""

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from include.exports.values import values
from include.exports.values.amounts import split_exactly

ZONE = "Asia/Shanghai"


def array(*texts: str) -> pa.ChunkedArray:
    return pa.chunked_array([pa.array(texts, type=pa.large_string())])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('="35153000000000001"', "35153000000000001"),
        ("=35153000000000001", "35153000000000001"),
        ('="12"34"', '="12"34"'),  # no such dress
        ("\t6917926768823643751", "6917926768823643751"),
        ("6917926768823643751\t", "6917926768823643751"),
        ("'6917", "6917"),
        (" 42 ", "42"),
        ("1001.0", "1001"),
        ("YO-PAN-20", "YO-PAN-20"),
        ("260607-400000294410900", "260607-400000294410900"),
        ("1E5", "1E5"),  # a merchant's own code, not a number that Excel damaged
        ("V1.0", "V1.0"),
    ],
)
def test_an_id_loses_what_excel_and_exporters_put_around_it(text: str, expected: str) -> None:
    read = values.ids(array(text, "other"))

    assert read.series[0] == expected
    assert not read.bad.any()


@pytest.mark.parametrize("text", ["6.91793E+18", "6.9E+18", "3E+17"])
def test_an_id_that_excel_damaged_is_not_guessed(text: str) -> None:
    read = values.ids(array(text, "6917926768823643751"))

    assert read.bad.tolist() == [True, False]
    assert pd.isna(read.series[0])


@pytest.mark.parametrize("text", ["", " ", "-", "--", "—", "/", '=""', "\t"])
def test_a_blank_id_is_null_and_not_bad(text: str) -> None:
    read = values.ids(array(text))

    assert pd.isna(read.series[0])
    assert not read.bad[0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1,234.50", 1_234_500_000),
        ("¥1,234.00", 1_234_000_000),
        ("￥0", 0),
        ("12.3元", 12_300_000),
        ("-0.03 技术服务费", -30_000),
        ("28.90", 28_900_000),
        ("+5", 5_000_000),
        ("-¥5.5", -5_500_000),
        ("１２．３０", 12_300_000),
        ("0.000001", 1),
        (".5", 500_000),
        ("7.", 7_000_000),
        ("'19.90", 19_900_000),
        ("999999999999.999999", 999_999_999_999_999_999),
        ("0.0000005", 0),  # half to even
        ("0.0000015", 2),
    ],
)
def test_money_is_exact_micros(text: str, expected: int) -> None:
    read = values.micros(array(text))

    assert read.series[0] == expected
    assert not read.bad[0]
    assert read.series.dtype == "Int64"


@pytest.mark.parametrize("text", ["", "-", "--", "—", "/", "  "])
def test_blank_money_is_null_and_not_bad(text: str) -> None:
    read = values.micros(array(text))

    assert pd.isna(read.series[0])
    assert not read.bad[0]


@pytest.mark.parametrize("text", ["abc", "1,23", "1.2.3", "1e3", "12 34", "6917926768823643751", "--5"])
def test_money_that_is_none_is_bad(text: str) -> None:
    read = values.micros(array(text, "1"))

    assert read.bad.tolist() == [True, False]


def test_words_that_stand_for_an_amount() -> None:
    read = values.micros(array("无退款申请", "9.50"), {"无退款申请": "0"})

    assert read.series.tolist() == [0, 9_500_000]


@given(st.lists(st.integers(-(10**15), 10**15), min_size=1, max_size=20))
def test_any_amount_survives_being_written_and_read(amounts: list[int]) -> None:
    # given amounts in micros, written with six decimals and thousands between commas
    texts = [f"{'-' if a < 0 else ''}{abs(a) // 10**6:,}.{abs(a) % 10**6:06d}" for a in amounts]

    # when, then
    assert values.micros(array(*texts)).series.tolist() == amounts


@pytest.mark.parametrize(
    ("text", "expected"), [("3", 3), ("1,005", 1005), ("2.0", 2), ("-7", -7), ("3件", 3), ("12 个", 12)]
)
def test_quantities_are_whole_numbers(text: str, expected: int) -> None:
    read = values.quantities(array(text))

    assert read.series[0] == expected
    assert not read.bad[0]


@pytest.mark.parametrize("text", ["1.5", "two", "1473多"])
def test_a_quantity_that_is_no_whole_number_is_bad(text: str) -> None:
    assert values.quantities(array(text)).bad[0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-09-22 00:54:10", "2026-09-22 00:54:10"),
        ("2026/6/6 13:41", "2026-06-06 13:41:00"),
        ("2026/06/06 13:41:07", "2026-06-06 13:41:07"),
        ("20260501", "2026-05-01 00:00:00"),
        ("20260501101112", "2026-05-01 10:11:12"),
        ("2026-05-01", "2026-05-01 00:00:00"),
        ("2026年5月1日", "2026-05-01 00:00:00"),
        ("2026-05-01 10:11:12.0", "2026-05-01 10:11:12"),
        ("46143", "2026-05-01 00:00:00"),
        ("46143.5", "2026-05-01 12:00:00"),
        ("2025-10-02 17:09:34 -0300", "2025-10-03 04:09:34"),
        ("2017-06-17T08:04:21+00:00", "2017-06-17 16:04:21"),
        ("\t2026-05-01 10:11:12", "2026-05-01 10:11:12"),
    ],
)
def test_times_in_all_their_forms(text: str, expected: str) -> None:
    # with a neighbour that is read at once, and one that is not
    for neighbour in ("2020-01-01 00:00:00", "2020/1/1"):
        read = values.times(array(text, neighbour), ZONE)

        assert read.series[0] == pd.Timestamp(expected)
        assert not read.bad.any()
        assert read.series.dtype == "datetime64[us]"


@pytest.mark.parametrize("text", ["2026-13-01", "2026-02-30 10:00:00", "yesterday", "2019#3#11", "10:00"])
def test_times_that_are_none_are_bad(text: str) -> None:
    read = values.times(array(text, "2026-01-01"), ZONE)

    assert read.bad.tolist() == [True, False]


def test_a_blank_time_is_null_and_not_bad() -> None:
    read = values.times(array("", "-", "2026-01-01 10:00:00"), ZONE)

    assert read.series.isna().tolist() == [True, True, False]
    assert not read.bad.any()


def test_days_are_iso_text() -> None:
    read = values.days(array("2025/3/1", "20250301", "46143", ""), ZONE)

    assert read.series[:3].tolist() == ["2025-03-01", "2025-03-01", "2026-05-01"]
    assert pd.isna(read.series[3])


def test_shares() -> None:
    read = values.shares(array("12.34%", "0.5", "", "x%"))

    assert read.series[:2].tolist() == [0.1234, 0.5]
    assert read.bad.tolist() == [False, False, False, True]


def test_a_status_may_come_with_either_comma_and_with_blanks() -> None:
    words = {"买家已付款，等待卖家发货": "paid"}

    read = values.statuses(
        array("买家已付款，等待卖家发货", "买家已付款,等待卖家发货", " 买家已付款， 等待卖家发货", "新状态"), words
    )

    assert read.series[:3].tolist() == ["paid"] * 3
    assert read.bad.tolist() == [False, False, False, True]


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 10**13)), min_size=1, max_size=12),
    st.integers(-(10**16), 10**16),
)
@example([(0, 2664), (0, 1048575), (3, 0)], -9_999_999_999_987_972)  # more than 53 bits
def test_shares_are_rounded_down_so_far_and_add_up(rows: list[tuple[int, int]], amount: int) -> None:
    """Whether or not amount x weight fits 64 bits."""
    groups, weights = pd.Series([group for group, _ in rows]), pd.Series([weight for _, weight in rows])

    shares = split_exactly(pd.Series([amount] * len(rows)), weights, groups)

    for group in set(groups):
        of_group = weights[groups == group].tolist()
        of_group = of_group if any(of_group) else [1] * len(of_group)
        so_far = [sum(of_group[: n + 1]) for n in range(len(of_group))]
        expected = [amount * part // so_far[-1] for part in so_far]
        assert shares[groups == group].cumsum().tolist() == expected


def test_three_equal_lines_of_a_yuan() -> None:
    ones = pd.Series([1, 1, 1])
    assert split_exactly(ones * 1_000_000, ones, ones).tolist() == [333_333, 333_333, 333_334]
