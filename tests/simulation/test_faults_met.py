"""What the specimen merchant does wrong, and how our reading meets it."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from include.exports.reading import Reading
from include.files.errors import ExportError
from include.platforms.read_export import read_export
from include.simulation.specimen import snapshot
from include.simulation.specimen.business import Specimen
from include.simulation.specimen.faults import Fault
from include.simulation.specimen.settings import SpecimenSettings
from include.simulation.specimen.writers import amazon, shopify

DAY = date(2025, 11, 5)
ITEMS = "ExportItemlList*"


def read_items(path: Path) -> Reading:
    return read_export(path, platform="taobao", report="order_lines")


@pytest.fixture(scope="module")
def good(lived: Specimen, tmp_path_factory: pytest.TempPathFactory) -> Reading:
    """Tmall's item report of a day on which nothing went wrong."""
    root = tmp_path_factory.mktemp("good")
    lived.write_day(root, DAY)
    (path,) = (root / "tmall" / DAY.isoformat()).glob(ITEMS)
    return read_items(path)


@pytest.fixture
def spoilt(lived: Specimen, tmp_path: Path) -> Callable[..., list[Path]]:
    """The files of Tmall's item report after a fault."""

    def write(kind: str, **more: object) -> list[Path]:
        lived.write_day(tmp_path, DAY, [Fault(kind, "tmall", DAY, reports=("items",), **more)])  # type: ignore[arg-type]
        return sorted((tmp_path / "tmall" / DAY.isoformat()).glob(ITEMS))

    return write


def lines(reading: Reading) -> pd.DataFrame:
    return reading.frames["order_lines"]


def test_the_wrong_encoding_is_found_out(good: Reading, spoilt: Callable[..., list[Path]]) -> None:
    reading = read_items(*spoilt("wrong_encoding"))
    assert (good.encoding, reading.encoding) == ("gb18030", "utf-8")
    assert_frame_equal(lines(reading), lines(good))


def test_times_in_mixed_writings_are_the_same_moments(good: Reading, spoilt: Callable[..., list[Path]]) -> None:
    (path,) = spoilt("mixed_times", share=0.3)
    text = path.read_bytes().decode("gb18030")
    assert all(writing in text for writing in ('"2025/11/', '"20251105', '"4596'))
    assert_frame_equal(lines(read_items(path)), lines(good))


def test_totals_and_explanations_are_ignored_with_their_reason(
    good: Reading, spoilt: Callable[..., list[Path]]
) -> None:
    reading = read_items(*spoilt("total_rows"))
    assert reading.ignored["reason"].tolist() == ["total line", "explanation line"]
    assert reading.rows == good.rows + 2
    assert_frame_equal(lines(reading), lines(good))


def test_rows_that_stand_there_twice_count_once(good: Reading, spoilt: Callable[..., list[Path]]) -> None:
    reading = read_items(*spoilt("repeated_rows", share=0.1))
    assert set(reading.ignored["reason"]) == {"repeated line"}
    assert len(reading.ignored) == reading.rows - good.rows > 0
    assert_frame_equal(lines(reading), lines(good))


def test_a_second_download_is_the_same_content_under_another_name(
    spoilt: Callable[..., list[Path]],
) -> None:
    second, first = spoilt("duplicated")
    assert second.stem == first.stem + "(1)"
    assert second.read_bytes() == first.read_bytes()


def test_a_truncated_file_loses_no_row_silently(spoilt: Callable[..., list[Path]]) -> None:
    # given a file that ends within a row
    (path,) = spoilt("truncated")
    assert not path.read_bytes().endswith(b"\n")
    # then it is stopped by its last record: what is missing behind it nobody can know
    with pytest.raises(ExportError, match="cut off"):
        read_items(path)


@pytest.mark.parametrize("kind", ["renamed_columns", "missing_columns"])
def test_a_required_column_that_is_not_there_stops_the_export(kind: str, spoilt: Callable[..., list[Path]]) -> None:
    with pytest.raises(ExportError, match="购买数量") as stopped:
        read_items(*spoilt(kind))
    if kind == "renamed_columns":
        assert "购买数量（新）" in str(stopped.value) or "购买数量(新)" in str(stopped.value)


def test_an_optional_column_that_is_not_there_costs_its_values_alone(
    good: Reading, spoilt: Callable[..., list[Path]]
) -> None:
    reading = read_items(*spoilt("missing_columns", columns=("订单付款时间",)))
    assert lines(reading)["paid_at"].isna().all()
    assert "订单付款时间" in reading.missing_columns
    assert_frame_equal(lines(reading).drop(columns="paid_at"), lines(good).drop(columns="paid_at"))


def test_damaged_ids_are_set_aside_and_not_guessed(good: Reading, spoilt: Callable[..., list[Path]]) -> None:
    reading = read_items(*spoilt("damaged_ids", share=0.1))
    damaged = set(reading.rejected["file_line"])
    assert 0 < len(damaged) < 0.2 * good.rows
    assert set(reading.rejected["column"]) == {"子订单编号", "主订单编号"}
    assert len(lines(reading)) == len(lines(good)) - len(damaged)


def test_a_leap_day_is_a_day(tmp_path: Path) -> None:
    leap = date(2024, 2, 29)
    specimen = Specimen(SpecimenSettings(seed=3, skus=20, first_day=date(2024, 2, 20)))
    specimen.run_history(12)
    assert specimen.last_day == date(2024, 3, 2)
    specimen.write_day(tmp_path, leap)
    (path,) = (tmp_path / "tmall" / leap.isoformat()).glob(ITEMS)
    reading = read_items(path)
    orders = specimen.truth("orders")
    of_the_day = orders[(orders["shop"] == "tmall") & (orders["created"].dt.date == leap)]
    shown = lines(reading)
    assert reading.last_day == leap.isoformat()
    assert len(of_the_day) > 0
    assert set(shown["order_id"][shown["created_at"].dt.date == leap].astype("int64")) == set(of_the_day["number"])


@pytest.mark.parametrize(
    ("platform", "writer"), [("shopify", shopify.orders), ("amazon", amazon.orders)], ids=["shopify", "amazon"]
)
@pytest.mark.parametrize("change", [date(2025, 3, 30), date(2025, 10, 26)], ids=["spring", "autumn"])
def test_a_clock_change_abroad_moves_no_order(
    platform: str, writer: Callable[..., object], change: date, tmp_path: Path
) -> None:
    # given days around the night in which Europe's clocks change, and two merchants' clocks
    first = change - timedelta(days=3)
    specimen = Specimen(SpecimenSettings(seed=3, skus=20, first_day=first, shops=("tmall", "jd", platform)))
    specimen.run_history(6)
    end = specimen.next_day
    rows = snapshot.created_between(specimen, 2, specimen.settings.first_day, end)
    shown = snapshot.take(specimen, rows, np.datetime64(end, "s"))
    taken = datetime(end.year, end.month, end.day, 2, 15)
    path = writer(specimen, shown, shown.refunds, taken, 0).to_csv(tmp_path)  # type: ignore[attr-defined]
    true = np.sort(shown.orders["created"].astype("datetime64[s]"))

    def created(time_zone: str) -> pd.Series:
        reading = read_export(path, platform=platform, report="orders", time_zone=time_zone)
        assert reading.rejected.empty
        return reading.frames["orders"]["created_at"].sort_values(ignore_index=True)

    # then the merchant at home reads the very moments, and one in Berlin those moments on its own clock
    home = created("Asia/Shanghai")
    assert (home.to_numpy() == true).all()
    berlin = home.dt.tz_localize("Asia/Shanghai").dt.tz_convert("Europe/Berlin").dt.tz_localize(None)
    assert (created("Europe/Berlin").to_numpy() == np.sort(berlin.to_numpy())).all()
    assert set((home - berlin).dt.total_seconds() / 3600) == {6.0, 7.0}
