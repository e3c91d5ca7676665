from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pytest

from include.platforms.read_export import read_export
from include.simulation.specimen import sale_days
from include.simulation.specimen.business import Specimen
from include.simulation.specimen.export_files import spans
from include.simulation.specimen.settings import SpecimenSettings
from tests.simulation.reading import plain, table

FIRST_DAY = date(2025, 4, 1)


def small(seed: int = 3) -> Specimen:
    return Specimen(SpecimenSettings(seed=seed, skus=30, first_day=FIRST_DAY))


def everything_in(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


def test_a_day_is_sixteen_files_in_four_folders(written: Path) -> None:
    names = sorted(str(path.relative_to(written)) for path in written.rglob("*") if path.is_file())

    assert len(names) == 16
    assert {name.split("/")[0] for name in names} == {"tmall", "jd", "douyin", "jushuitan"}
    assert {name.split("/")[1] for name in names} == {"2025-11-13"}


def test_the_same_seed_writes_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        specimen = small()
        specimen.run_history(40)
        specimen.write_history(tmp_path / name, specimen.last_day - timedelta(days=1))
        specimen.write_day(tmp_path / name, specimen.last_day)

    one, two = everything_in(tmp_path / "one"), everything_in(tmp_path / "two")
    assert one == two
    assert len(one) > 30


def test_going_on_from_a_file_is_the_same_as_never_having_stopped(tmp_path: Path) -> None:
    orders = pd.DataFrame({"sku": [small().catalogue.sku_codes[0]], "warehouse": ["华东仓"], "quantity": [24]})
    # given one business that runs through
    through = small()
    through.run_history(30)
    through.step(through.next_day, orders)
    through.contact([1, 2, 3], through.last_day)
    through.run_history(5)
    # and one that is put away and taken up again in between
    stopped = small()
    stopped.run_history(30)
    stopped.save(tmp_path / "kept.npz")
    resumed = Specimen.load(tmp_path / "kept.npz")
    resumed.step(resumed.next_day, orders)
    resumed.save(tmp_path / "kept.npz")
    resumed = Specimen.load(tmp_path / "kept.npz")
    resumed.contact([1, 2, 3], resumed.last_day)
    resumed.run_history(5)

    # then their exports are the same to the last byte
    through.write_day(tmp_path / "through", through.last_day)
    resumed.write_day(tmp_path / "resumed", resumed.last_day)
    assert everything_in(tmp_path / "through") == everything_in(tmp_path / "resumed")


def test_a_day_written_late_is_as_it_was_then(tmp_path: Path) -> None:
    specimen = small()
    specimen.run_history(30)
    day = specimen.last_day
    specimen.write_day(tmp_path / "then", day)
    specimen.run_history(10)
    specimen.write_day(tmp_path / "later", day)

    assert everything_in(tmp_path / "then") == everything_in(tmp_path / "later")


def test_an_export_holds_what_changed_in_its_look_back_and_nothing_older(written: Path, lived: Specimen) -> None:
    shown = set(plain(table(written / "tmall/2025-11-13", "ExportOrderList*.csv")["订单编号"]).astype("int64"))
    orders = lived.truth("orders")
    orders = orders[(orders["shop"] == "tmall") & (orders["created"] < "2025-11-14")]
    new = orders["created"] >= "2025-10-30"
    completed = orders["completed"].between("2025-10-30", "2025-11-13 23:59:59")

    assert set(orders["number"][new | completed]) <= shown
    old = shown - set(orders["number"][new])
    assert 0 < len(old) < 0.6 * len(shown)
    assert orders["created"][orders["number"].isin(old)].min() < pd.Timestamp("2025-10-30")


def test_history_holds_every_order_once(lived: Specimen, tmp_path: Path) -> None:
    last = date(2025, 11, 10)
    lived.write_history(tmp_path, last)
    orders = lived.truth("orders")
    mine = orders[(orders["shop"] == "tmall") & (orders["created"] < "2025-11-11")]
    files = sorted((tmp_path / "tmall/history").glob("ExportOrderList*.csv"))
    numbers = pd.concat([plain(table(path.parent, path.name)["订单编号"]) for path in files])

    assert len(files) == 2  # 2025-08-15 .. 2025-10-31 and November
    assert numbers.is_unique
    assert set(numbers.astype("int64")) == set(mine["number"])


def test_history_is_cut_at_months() -> None:
    cut = list(spans(date(2024, 10, 12), date(2025, 4, 2)))
    assert cut == [
        (date(2024, 10, 12), date(2025, 1, 1)),
        (date(2025, 1, 1), date(2025, 4, 1)),
        (date(2025, 4, 1), date(2025, 4, 3)),
    ]


def test_a_day_not_lived_cannot_be_written(tmp_path: Path) -> None:
    specimen = small()
    specimen.run_history(2)
    with pytest.raises(ValueError, match="2025-04-03"):
        specimen.write_day(tmp_path, date(2025, 4, 3))


def test_without_the_erps_report_no_export_names_anybody(tmp_path: Path) -> None:
    # given two merchants, one whose ERP tells whose an order is, and one whose does not
    named = {}
    for told in (True, False):
        specimen = Specimen(SpecimenSettings(seed=3, skus=30, first_day=FIRST_DAY, customers_from_erp=told))
        specimen.run_history(10)
        root = tmp_path / str(told)
        written = specimen.write_day(root, specimen.last_day)
        # then no shop's own orders name a buyer
        for shop, pattern in (("tmall", "ExportOrderList*"), ("jd", "1*.csv"), ("douyin", "1*.csv")):
            (path,) = (root / shop / specimen.last_day.isoformat()).glob(pattern)
            assert read_export(path, platform=shop, report="orders").frames["orders"]["buyer"].isna().all()
        named[told] = [path for path in written if path.name.startswith("订单客户_")]
    # and the ERP's report names all of them
    assert not named[False]
    (path,) = named[True]
    reading = read_export(path, platform="jushuitan", report="order_customers")
    assert len(reading.frames["order_customers"]) == reading.rows > 50


def test_a_sheet_of_promotions_tells_four_weeks_ahead_what_the_prices_become(tmp_path: Path) -> None:
    # given a business that tells its promotions, written on two days a month apart
    specimen = Specimen(SpecimenSettings(seed=3, skus=30, first_day=FIRST_DAY, promotions=True))
    specimen.run_history(40)
    written = specimen.write_day(tmp_path / "then", specimen.last_day)
    (path,) = [path for path in written if path.name.startswith("活动计划_")]
    then, day = read_export(path, platform="jushuitan", report="promotions"), specimen.last_day

    told = then.frames["promotions"]

    # then each row is read, the last begin within four weeks, and each says the price of its days, but for shop-wide
    # sales
    assert len(told) == then.rows > 10
    assert told["first_day"].max() > (day + timedelta(days=14)).isoformat()
    assert told["first_day"].max() <= (day + timedelta(days=28)).isoformat()
    sku = {code: place for place, code in enumerate(specimen.catalogue.sku_codes)}
    for row in told.itertuples():
        begins = date.fromisoformat(row.first_day)
        price = specimen.demand.listing_prices(begins)[sku[row.sku]] * 10_000
        assert price <= row.price_micros, "a shop-wide sale may cut deeper"
        if sale_days.effects(begins).discount == 0:
            assert price == row.price_micros
    # and without the setting there is no such file
    assert not [path for path in _day_of(small(), tmp_path / "without") if path.name.startswith("活动计划_")]


def _day_of(specimen: Specimen, root: Path) -> list[Path]:
    specimen.run_history(5)
    return specimen.write_day(root, specimen.last_day)
