"""Times as people, spreadsheets and programs write them, and what stands for no time at all."""

import pyarrow as pa
import pytest

from include.exports.values import values
from include.exports.values.values import Values


def read(text: str, zone: str = "Asia/Shanghai") -> Values:
    return values.times(pa.chunked_array([pa.array([text], type=pa.large_string())]), zone)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026/5/12 下午3:05", "2026-05-12 15:05:00"),
        ("2026-5-12 上午12:05", "2026-05-12 00:05:00"),
        ("2026年05月12日 15时05分", "2026-05-12 15:05:00"),
        ("2026/5/12 3:05:10 PM", "2026-05-12 15:05:10"),
        ("12-May-26", "2026-05-12 00:00:00"),
        ("May 12, 2026 3:05 PM", "2026-05-12 15:05:00"),
        ("２０２６-０５-１２ １５：０５", "2026-05-12 15:05:00"),
        ("2026-05-12(周二) 15:05", "2026-05-12 15:05:00"),
        ("202605121505", "2026-05-12 15:05:00"),
        ("1778569500", "2026-05-12 15:05:00"),
        ("1778569500123", "2026-05-12 15:05:00"),
        ("2026-05-12 07:05:00 GMT+0", "2026-05-12 15:05:00"),
        ("Tue May 12 2026 15:05:00 GMT+0800 (中国标准时间)", "2026-05-12 15:05:00"),
    ],
)
def test_a_writing_that_can_only_mean_one_moment_is_read(text: str, moment: str) -> None:
    found = read(text)

    assert not found.bad[0]
    assert str(found.series[0]) == moment


@pytest.mark.parametrize(
    "text",
    ["2026-05-12 15:05:10 AM", "2026-05-12 0:05 PM", "2026-05-12 晚上12:05", "26-05-12", "2026-05-12 15:05 CST",
     "2026-5-123:05", "05/12/2026", "2026-05-12 25:00", "1026-05-12 10:00:00", "2206-05-12 10:00:00"],
)  # fmt: skip
def test_what_may_mean_two_moments_or_none_is_not_guessed(text: str) -> None:
    assert read(text).bad[0]


@pytest.mark.parametrize(
    "text",
    ["1970-01-01 08:00:00", "1970-01-01 00:00:00", "1970-01-01T00:00:00Z", "0000-00-00 00:00:00", "0001-01-01",
     "1900/1/0", "1900-01-01 00:00:00", "9999-12-31 23:59:59"],
)  # fmt: skip
def test_what_programs_write_for_no_moment_is_no_payment(text: str) -> None:
    found = read(text)

    assert not found.bad[0]
    assert found.series.isna()[0]


def test_the_day_that_never_comes_stays_a_day() -> None:
    read_days = values.days(pa.chunked_array([pa.array(["9999-12-31", "1970-01-01", "0000-00-00"])]), "Asia/Shanghai")

    assert read_days.series.isna().tolist() == [False, True, True]
    assert not read_days.bad.any()
