"""Whole days of merchants whose clocks are half hours off or are put forward and back; and a clock that jumps."""

from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from include.calendar.business_days import MOMENT, cut_off_of
from include.pipeline import close
from include.pipeline.ingest import ingest_shop, look_for_exports
from include.pipeline.restock import publish_restock_lists
from include.tasks.publish_list import document_of
from include.warehouse.as_of import read_facts
from include.warehouse.books import read_frame
from include.warehouse.tables import closes
from tests.pipeline.erp_merchant import PRODUCTS, SOLD, STOCK, SUPPLIERS, ErpMerchant, product

# Zone, a day with something to it, and its length in hours.
DAYS = (
    ("Europe/London", "2025-10-26", 25.0),
    ("Europe/London", "2026-03-29", 23.0),
    ("America/New_York", "2025-11-02", 25.0),
    ("America/St_Johns", "2026-03-08", 23.0),  # at 3:30 from Greenwich
    ("Australia/Lord_Howe", "2025-10-05", 23.5),  # put forward by half an hour
    ("Australia/Lord_Howe", "2026-04-05", 24.5),
    ("Asia/Kolkata", "2025-11-11", 24.0),  # at 5:30
    ("Asia/Kathmandu", "2025-11-11", 24.0),  # at 5:45
    ("Pacific/Apia", "2025-11-11", 24.0),  # at the date line
)
pytestmark = pytest.mark.slow

HALF_HOURS = [f"{hour:02}:{minute:02}:00" for hour in range(24) for minute in (0, 30)]


def at(day: str, clock: str, zone: str) -> datetime:
    return datetime.combine(date.fromisoformat(day), time.fromisoformat(clock), ZoneInfo(zone))


def after(day: str) -> str:
    return (date.fromisoformat(day) + timedelta(days=1)).isoformat()


def sold(shop: ErpMerchant, day: str) -> None:
    """An order every half hour of the wall clock, those that the clock passes twice or leaves out among them."""
    number = day.replace("-", "")
    rows = (f"{number}{n:02},A,1,20.00,{day} {clock},b{n}" for n, clock in enumerate(HALF_HOURS))
    shop.put("web", day, "a.csv", SOLD, *rows)
    shop.put("erp", day, f"商品库存_{day}.csv", STOCK, "A,30,30,0,0,w1")
    shop.put("erp", day, "商品资料.csv", PRODUCTS, product("A"))
    shop.put("erp", day, "供应商.csv", SUPPLIERS, "G1,厂,7,7,")


def live(shop: ErpMerchant, day: str, now: datetime) -> str:
    for name in ("web", "erp"):
        look = look_for_exports(shop.workspace.merchant.shop(name), day, now)
        assert look.found
        done = ingest_shop(shop.workspace, name, day, now)
        assert not done.failed, done.failed
        assert not done.stopped, done.stopped
    assert close.close(shop.workspace, day, now) is not None
    publish_restock_lists(shop.workspace, day, now)
    with shop.workspace.books.connect() as connection:
        written = document_of(connection, "restock", day)
    assert written is not None
    return written


@pytest.mark.parametrize(("zone", "day", "hours"), DAYS)
def test_a_day_is_what_the_merchant_s_wall_clock_calls_it(zone: str, day: str, hours: float, tmp_path: Path) -> None:
    elapsed = at(after(day), "00:00", zone).timestamp() - at(day, "00:00", zone).timestamp()
    assert elapsed == hours * 3600, "the day is one of those that this test is about"
    shop = ErpMerchant.at(tmp_path, time_zone=zone)
    for one in (day, after(day)):
        sold(shop, one)
        cut_off = cut_off_of(one, time(6, 30), zone)
        assert cut_off.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M") == f"{after(one)} 06:30"
        written = live(shop, one, cut_off)
        assert f'"day":"{one}"' in written.replace(" ", "")
        closed = read_frame(shop.workspace.books, select(closes).where(closes.c.day == one))
        assert closed["closed_at"].tolist() == [datetime.fromisoformat(f"{after(one)} 06:30:00").strftime(MOMENT)]
    # every order counts, on its own day
    demand = read_facts(shop.workspace.books, "demand", after(day), day, after(day))
    assert demand.groupby("day")["units"].sum().to_dict() == {day: len(HALF_HOURS), after(day): len(HALF_HOURS)}
    shop.workspace.books.dispose()


def test_a_clock_that_jumps_changes_no_list(tmp_path: Path) -> None:
    day, zone = "2026-05-12", "Asia/Shanghai"
    right = at(after(day), "03:00", zone)
    lists = []
    for name, jumps in (("straight", (0, 0)), ("to and fro", (26, -26))):
        home = tmp_path / name
        home.mkdir()
        shop = ErpMerchant.at(home)
        sold(shop, day)
        first, second = (right + timedelta(hours=hours) for hours in jumps)
        live(shop, day, first)
        again = live(shop, day, second)
        lists.append(again)
        shop.workspace.books.dispose()
    lines = {one.partition("\n")[2] for one in lists}  # behind the head, whose manifest names the exports
    assert len(lines) == 1
    assert '"sku":"A"' in lines.pop().replace(" ", "")
