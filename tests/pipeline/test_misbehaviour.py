"""The specimen merchant told to misbehave, from its exports into the books.

Whatever is wrong with a file: the ledger's rows and money add up, what is readable is in the books once, what is not is
in quarantine with its reason, and when the truth comes after all the facts are those of a day on which nothing went
wrong. `good` is such a day.
"""

import csv
import io
import shutil
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from include.pipeline.close import missing_shops
from include.simulation.specimen.business import Specimen
from include.simulation.specimen.faults import (
    BAD_ROWS,
    CHANGED_AMOUNTS,
    DAMAGED_IDS,
    DUPLICATED,
    LATE,
    MISSING,
    MISSING_COLUMNS,
    MIXED_TIMES,
    RENAMED_COLUMNS,
    REPEATED_ROWS,
    TOTAL_ROWS,
    TRUNCATED,
    WRONG_ENCODING,
    Fault,
)
from include.simulation.specimen.settings import SpecimenSettings
from include.simulation.specimen.writers.shopify import ZONE
from include.warehouse.as_of import latest_lines, read_facts
from include.warehouse.books import read_frame
from include.warehouse.publish import ledger_of
from include.warehouse.tables import orders, quarantine
from tests.copies import copied, new_workspace
from tests.pipeline.conftest import EXAMPLE, Desk, load_merchant
from tests.pipeline.test_ledger import assert_every_row_is_accounted_for

OPENING, DAY, NEXT = date(2025, 11, 4), date(2025, 11, 5), date(2025, 11, 6)
HISTORY_DAYS = 20
FACTS = ("demand", "sales", "customer_orders")
Told = Callable[..., Desk]


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory, open_desk: Callable[..., Desk]) -> Path:
    """A small merchant's opening history, and the masters of the day, in the books. Read only."""
    home = tmp_path_factory.mktemp("opened")
    business = Specimen(
        SpecimenSettings(seed=5, skus=20, first_day=OPENING - timedelta(days=HISTORY_DAYS - 1), lines_per_sku_day=2.0)
    )
    business.run_history(HISTORY_DAYS)
    business.write_history(home / "exports", OPENING)
    desk = open_desk(home)
    desk.ingest(OPENING, history=True)
    desk.close(OPENING, without_late_shops=True)
    business.step(DAY)
    business.step(NEXT)
    business.save(home / "business.npz")
    shutil.rmtree(home / "exports")
    business.write_day(home / "exports", DAY)
    assert desk.ingest(DAY, "erp")["erp"].whole
    shutil.rmtree(home / "exports")
    desk.workspace.books.dispose()
    return home


@pytest.fixture
def told(opened: Path, tmp_path: Path, open_desk: Callable[..., Desk]) -> Iterator[Told]:
    """Faults -> the desk before whose door lie the day's exports with these faults; nothing of them is ingested."""
    desks: list[Desk] = []

    def tell(*faults: Fault, url: str | None = None) -> Desk:
        home = tmp_path / f"home{len(desks)}"
        shutil.copytree(opened, home)
        if url is not None:
            lived = open_desk(home).workspace.books
            copied(lived, url)
            lived.dispose()
        desks.append(open_desk(home, url))
        write(desks[-1], DAY, *faults)
        return desks[-1]

    yield tell
    for desk in desks:
        desk.workspace.books.dispose()


@pytest.fixture(scope="module")
def good(opened: Path, tmp_path_factory: pytest.TempPathFactory, open_desk: Callable[..., Desk]) -> Desk:
    """The day as it should be, closed."""
    home = tmp_path_factory.mktemp("good")
    shutil.copytree(opened, home, dirs_exist_ok=True)
    desk = open_desk(home)
    write(desk, DAY)
    for shop in ("tmall", "jd", "douyin"):
        assert desk.ingest(DAY, shop)[shop].whole
    desk.close(DAY)
    return desk


def write(desk: Desk, day: date, *faults: Fault) -> None:
    Specimen.load(desk.home / "business.npz").write_day(desk.home / "exports", day, faults)


def facts(desk: Desk, shop: str, as_of: date = DAY) -> dict[str, pd.DataFrame]:
    return {name: read_facts(desk.workspace.books, name, as_of.isoformat(), shops=[shop]) for name in FACTS}


def assert_as_good(desk: Desk, good: Desk, shop: str) -> None:
    desk.close(DAY, without_late_shops=True)
    found, expected = facts(desk, shop), facts(good, shop)
    assert len(expected["demand"]) > 10
    for name in FACTS:
        pd.testing.assert_frame_equal(found[name], expected[name])


def newest_orders(desk: Desk, shop: str, as_of: date = DAY) -> pd.DataFrame:
    """What the books hold for true of each order."""
    return read_frame(desk.workspace.books, latest_lines(orders, as_of.isoformat(), orders.c.shop == shop))


def of_day(desk: Desk, shop: str) -> pd.DataFrame:
    """The ledger of the shop's day, once everything adds up."""
    assert_every_row_is_accounted_for(desk)
    return ledger_of(desk.workspace.books, shop, DAY.isoformat())


def cells(path: Path, encoding: str) -> list[dict[str, str]]:
    """A csv by the standard library, headers without blanks, ids without their dress."""
    rows = csv.reader(io.StringIO(path.read_bytes().decode(encoding), newline=""))
    header = [name.strip() for name in next(rows)]
    return [dict(zip(header, (cell.strip('="\t ') for cell in row), strict=True)) for row in rows]


@pytest.mark.parametrize(
    ("kind", "shop", "report"),
    [
        (DUPLICATED, "tmall", "orders"),
        (WRONG_ENCODING, "tmall", "items"),
        (WRONG_ENCODING, "douyin", "orders"),
        (TOTAL_ROWS, "jd", "orders"),
        (TOTAL_ROWS, "tmall", "items"),
        (MIXED_TIMES, "tmall", "orders"),
        (MIXED_TIMES, "jd", "orders"),
        (REPEATED_ROWS, "tmall", "items"),
        (REPEATED_ROWS, "douyin", "orders"),
    ],
)
def test_what_does_no_harm_changes_nothing(told: Told, good: Desk, kind: str, shop: str, report: str) -> None:
    desk = told(Fault(kind, shop, DAY, share=0.3, reports=(report,)))

    result = desk.ingest(DAY, shop)[shop]

    assert result.whole
    assert result.quarantined == 0
    ledger, usual = of_day(desk, shop), ledger_of(good.workspace.books, shop, DAY.isoformat())
    assert ledger["rows_published"].sum() == usual["rows_published"].sum()
    assert ledger["money_published_micros"].sum() == usual["money_published_micros"].sum()
    assert (ledger["rows_ignored"].sum() > usual["rows_ignored"].sum()) == (kind in (TOTAL_ROWS, REPEATED_ROWS))
    assert len(ledger) == len(usual)  # a second download is no second export
    assert result.files == len(usual) + (kind == DUPLICATED)
    assert_as_good(desk, good, shop)


def test_damaged_ids_are_quarantined_and_the_healthy_export_brings_them_back(told: Told, good: Desk) -> None:
    desk = told(Fault(DAMAGED_IDS, "tmall", DAY, share=0.05, reports=("orders",)))
    (path,) = desk.folder("tmall", DAY).glob("ExportOrderList*")
    told_of = cells(path, "gb18030")
    damaged = [row for row in told_of if "E+" in row["订单编号"]]
    assert damaged

    result = desk.ingest(DAY, "tmall")["tmall"]

    assert result.quarantined == len(damaged)
    held = desk.rows(quarantine)
    assert set(held["column_name"]) == {"订单编号"}
    assert set(held["expected"]) == {"an id with all its digits"}
    ledger = of_day(desk, "tmall").set_index("report").loc["orders"]
    assert ledger["rows_published"] == len(told_of) - len(damaged)
    unreadable = sum(round(float(row["总金额"]) * 1_000_000) for row in damaged)
    assert ledger["money_quarantined_micros"] == unreadable
    write(desk, DAY)
    assert desk.ingest(DAY, "tmall")["tmall"].whole
    assert len(of_day(desk, "tmall").query("report == 'orders'")) == 2
    assert_as_good(desk, good, "tmall")


@pytest.mark.parametrize(("shop", "pattern"), [("jd", "[0-9]*.csv"), ("douyin", "[0-9]*.csv")])
def test_absurd_rows_are_quarantined_each_with_its_reason(told: Told, good: Desk, shop: str, pattern: str) -> None:
    desk = told(Fault(BAD_ROWS, shop, DAY, share=0.03, reports=("orders",)))
    (path,) = desk.folder(shop, DAY).glob(pattern)
    rows = cells(path, "gb18030" if shop == "jd" else "utf-8-sig")
    rows = [row for row in rows if not row["订单状态"].startswith("(删除)")]  # ignored, whatever else they hold
    quantity, time = ("订购数量", "下单时间") if shop == "jd" else ("商品数量", "订单提交时间")
    below = [row for row in rows if row[quantity] == "-3"]
    far = [row for row in rows if row[time].startswith("2050")]
    assert below
    assert far

    result = desk.ingest(DAY, shop)[shop]

    held = desk.rows(quarantine)
    lines = held.groupby("column_name")["file_line"].nunique()
    assert result.quarantined == held["file_line"].nunique() >= len(below) + len(far)
    assert lines["quantity"] == len(below)
    assert lines["created_at"] == len(far)
    of_day(desk, shop)
    write(desk, DAY)
    assert desk.ingest(DAY, shop)[shop].whole
    assert_as_good(desk, good, shop)


@pytest.mark.parametrize("database", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def test_a_truncated_file_says_where_it_ends_and_the_whole_one_loses_nothing(
    told: Told, good: Desk, database: str, request: pytest.FixtureRequest
) -> None:
    url = None if database == "sqlite" else request.getfixturevalue("postgres_url")
    desk = told(Fault(TRUNCATED, "tmall", DAY, reports=("orders",)), url=url)
    (path,) = desk.folder("tmall", DAY).glob("ExportOrderList*")
    assert not path.read_bytes().endswith(b"\n")

    result = desk.ingest(DAY, "tmall")["tmall"]

    (why,) = result.stopped.values()
    assert "the file is cut off: its last record ends in the middle" in why
    first = of_day(desk, "tmall").set_index("report").loc["orders"]
    assert (first["state"], first["rows_published"]) == ("stopped", 0)
    write(desk, DAY)
    assert desk.ingest(DAY, "tmall")["tmall"].whole
    both = of_day(desk, "tmall").query("report == 'orders'")
    assert sorted(both["state"]) == ["published", "stopped"]
    assert_as_good(desk, good, "tmall")


@pytest.mark.parametrize("database", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def test_a_re_export_counts_whichever_of_the_two_comes_first(
    told: Told, database: str, request: pytest.FixtureRequest
) -> None:
    url = None if database == "sqlite" else request.getfixturevalue("postgres_url")
    fault = Fault(CHANGED_AMOUNTS, "tmall", DAY, share=0.2)
    found = []
    for older_first in (True, False):
        desk = told(fault, url=url)
        folder, aside = desk.folder("tmall", DAY), desk.home / "aside"
        aside.mkdir()
        early = [path for path in folder.iterdir() if f"{NEXT:%Y%m%d}0215" in path.name]
        again = [path for path in folder.iterdir() if f"{NEXT:%Y%m%d}1030" in path.name]
        assert len(early) >= 2
        assert len(again) == 2
        said = {
            row["订单编号"]: row["总金额"]
            for path in again
            if "OrderList" in path.name
            for row in cells(path, "gb18030")
        }
        was = {
            row["订单编号"]: row["总金额"]
            for path in early
            if "OrderList" in path.name
            for row in cells(path, "gb18030")
        }
        changed = {number for number in said if said[number] != was[number]}
        assert changed
        for path in again if older_first else early:
            path.rename(aside / path.name)
        desk.ingest(DAY, "tmall")
        for path in aside.iterdir():
            path.rename(folder / path.name)
        assert desk.ingest(DAY, "tmall")["tmall"].whole

        ledger = of_day(desk, "tmall")
        assert len(ledger.query("report == 'orders'")) == 2
        desk.close(DAY, without_late_shops=True)
        total = newest_orders(desk, "tmall").set_index("order_id")["total_micros"]
        assert [total[number] for number in said] == [round(float(said[number]) * 1_000_000) for number in said]
        found.append(facts(desk, "tmall"))
        assert len(found[-1]["demand"]) > 10
    for name in FACTS:
        pd.testing.assert_frame_equal(found[0][name], found[1][name])


@pytest.mark.parametrize("kind", [RENAMED_COLUMNS, MISSING_COLUMNS])
def test_a_column_that_is_not_there_stops_the_shop_until_it_is_told(told: Told, good: Desk, kind: str) -> None:
    desk = told(Fault(kind, "tmall", DAY, reports=("items",)))

    result = desk.ingest(DAY, "tmall")["tmall"]

    ((name, why),) = result.stopped.items()
    assert name.startswith("ExportItem")
    assert "购买数量" in why
    ledger = of_day(desk, "tmall").set_index("report")
    assert ledger.loc["order_lines", "state"] == "stopped"
    assert ledger.loc["order_lines", "rows_total"] == 0
    assert "tmall" in missing_shops(desk.workspace, DAY.isoformat())
    if kind == RENAMED_COLUMNS:  # the shop's settings tell the new name
        shops = [shop.model_dump() for shop in desk.workspace.merchant.shops]
        (tmall,) = [shop for shop in shops if shop["name"] == "tmall"]
        tmall["reports"]["order_lines"]["columns"] = {"quantity": "购买数量（新）"}
        desk = desk.with_settings(shops=shops)
    else:  # it is exported again, with all its columns
        write(desk, DAY)
    assert desk.ingest(DAY, "tmall")["tmall"].whole
    assert_as_good(desk, good, "tmall")


def test_a_late_shop_belongs_to_the_day_it_was_due_for(told: Told, good: Desk) -> None:
    late = Fault(LATE, "jd", DAY)
    desk = told(late)
    assert not desk.folder("jd", DAY).exists()
    assert desk.ingest(DAY, "jd")["jd"].files == 0
    assert "jd" in missing_shops(desk.workspace, DAY.isoformat())
    desk.close(DAY, without_late_shops=True)
    assert (facts(desk, "jd")["demand"]["day"] < DAY.isoformat()).all()

    write(desk, NEXT, late)
    assert desk.ingest(DAY, "jd")["jd"].whole

    assert len(of_day(desk, "jd")) == 2
    assert "jd" not in missing_shops(desk.workspace, DAY.isoformat())
    assert_as_good(desk, good, "jd")


def test_a_missing_report_is_missed_only_where_the_shop_needs_it(told: Told) -> None:
    desk = told(Fault(MISSING, "tmall", DAY, reports=("refunds",)), Fault(MISSING, "jd", DAY, reports=("orders",)))

    desk.ingest(DAY, "tmall", "jd")

    missing = missing_shops(desk.workspace, DAY.isoformat())
    assert "tmall" not in missing
    assert "jd" in missing
    assert set(of_day(desk, "tmall")["report"]) == {"orders", "order_lines"}


def test_a_leap_day_is_a_partition_of_its_own(tmp_path: Path, open_desk: Callable[..., Desk]) -> None:
    leap = date(2024, 2, 29)
    business = Specimen(SpecimenSettings(seed=3, skus=20, first_day=date(2024, 2, 24), lines_per_sku_day=2.0))
    business.run_history(6)
    assert business.last_day == leap
    desk = open_desk(tmp_path)
    for day in (leap - timedelta(days=1), leap):
        business.write_day(tmp_path / "exports", day)
        desk.ingest(day, "erp", "tmall")
        desk.close(day, without_late_shops=True)

    assert_every_row_is_accounted_for(desk)
    assert set(ledger_of(desk.workspace.books, "tmall")["day"]) == {"2024-02-28", "2024-02-29"}
    true = business.truth("orders").query("shop == 'tmall'")
    on_leap = true[(true["paid"].dt.date == leap) & (true["paid"] < pd.Timestamp("2024-03-01"))]
    kept = desk.rows(orders, orders.c.shop == "tmall")
    paid = kept[kept["paid_at"].astype("str").str.startswith("2024-02-29")]
    assert len(on_leap) > 3
    assert set(paid["order_id"]) == set(on_leap["number"].astype("str"))
    assert paid["order_id"].is_unique
    money = read_facts(desk.workspace.books, "sales", "2024-02-29", shops=["tmall"])
    assert (money["day"] == "2024-02-29").any()


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "Europe/Berlin"])
@pytest.mark.parametrize("platform", ["shopify", "amazon"])
def test_a_clock_change_abroad_moves_no_order_to_another_day(
    tmp_path: Path, keys: Any, platform: str, zone: str
) -> None:
    """New York's clocks, on which the Shopify shop writes, go back on 2 November 2025, Berlin's on 26 October."""
    change = date(2025, 11, 2) if zone == "Asia/Shanghai" else date(2025, 10, 26)
    assert pd.Timestamp(change, tz=ZONE).dst() or zone != "Asia/Shanghai"
    first = change - timedelta(days=2)
    business = Specimen(
        SpecimenSettings(seed=3, skus=20, first_day=first, shops=("tmall", "jd", platform), lines_per_sku_day=6.0)
    )
    business.run_history(5)
    merchant = tmp_path / "merchant"
    shutil.copytree(EXAMPLE, merchant)
    for name in ("tmall", "jd", "douyin"):
        (merchant / "shops" / f"{name}.yaml").unlink()
    (merchant / "shops" / "abroad.yaml").write_text(
        f"name: abroad\nplatform: {platform}\n"
        f"source: {{path: '{{home}}/exports/{platform}/{{day}}', settle_seconds: 0}}\n"
        "reports: {orders: {pattern: '*orders*'}}\nremark_marks: {SD: brushing, 赠品: gift}\n"
    )
    described = (merchant / "merchant.yaml").read_text().replace("Asia/Shanghai", zone)
    (merchant / "merchant.yaml").write_text(described)
    desk = Desk(new_workspace(load_merchant(merchant, tmp_path), f"sqlite:///{tmp_path}/books.sqlite", keys, tmp_path))
    days = [first + timedelta(days=n) for n in range(5)]
    for day in days:
        business.write_day(tmp_path / "exports", day)
        result = desk.ingest(day, "abroad")
        assert result["abroad"].whole
        assert result["abroad"].quarantined == 0

    assert_every_row_is_accounted_for(desk)
    true = business.truth("orders").query("shop == @platform").dropna(subset=["paid"])
    true = true[true["paid"] < pd.Timestamp(days[-1]) + pd.Timedelta(days=1)]  # a deposit's balance comes later
    clock = true["paid" if platform == "shopify" else "created"].dt.tz_localize("Asia/Shanghai").dt.tz_convert(zone)
    kept = newest_orders(desk, "abroad", days[-1])
    by_day = kept["paid_at"].dropna().str[:10].value_counts()
    expected = clock.dt.strftime("%Y-%m-%d").value_counts()
    whole = [day.isoformat() for day in days[1:-1]]
    assert change.isoformat() in whole
    assert kept["order_id"].is_unique
    assert by_day.reindex(whole).tolist() == expected.reindex(whole).tolist()
    assert expected.reindex(whole).min() > 0
    desk.workspace.books.dispose()
