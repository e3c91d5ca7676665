"""Review on the desk: figures small enough to be added up by hand, and for each person what is theirs."""

import csv
import io
import json
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, insert

from include.kpi.review_periods import compared, parse_period, period_of
from include.warehouse.tables import (
    closes,
    exports,
    fact_versions,
    facts_customer_orders,
    facts_demand,
    facts_sales,
    orders,
    products,
    traffic,
    unmapped,
)
from tests.reads import reads_of

DAY, BEFORE, YEAR = "2025-11-11", "2025-11-10", "2024-11-11"
YUAN = 1_000_000
EXPORT = "e" * 64
OF_DAY = "kind=day&period=2025-11-11"


def close(day: str, missing: str = "[]") -> dict[str, Any]:
    return {"day": day, "revision": 1, "closed_at": f"{day} 23:59:00", "missing_shops": missing,
            "inputs_hash": "0" * 64, "exports": 1, "touched": "{}"}  # fmt: skip


def sale(shop: str, day: str, sku: str, units: int, paid: int, refunded: int = 0, as_of: str = DAY) -> dict[str, Any]:
    return {"shop": shop, "day": day, "as_of": as_of, "sku": sku, "units_paid": units, "paid_micros": paid * YUAN,
            "refunded_micros": refunded * YUAN}  # fmt: skip


def order(shop: str, number: int, day: str, total: int, paid: bool = True, mark: str | None = None) -> dict[str, Any]:
    return {"export_number": 1, "file_line": number, "number": 0, "shop": shop, "order_id": f"O{number}",
            "status": "paid" if paid else "unpaid", "created_at": f"{day} 09:00:00",
            "paid_at": f"{day} 10:00:00" if paid else None, "total_micros": total * YUAN, "refunded_micros": 0,
            "mark": mark}  # fmt: skip


def visits(shop: str, number: int, day: str, visitors: int, buyers: int, listing: str | None = None) -> dict[str, Any]:
    return {"export_number": 1, "file_line": number, "number": 0, "shop": shop, "listing_id": listing,
            "traffic_day": day, "visitors": visitors, "paid_buyers": buyers}  # fmt: skip


@pytest.fixture
def sold(listed: Engine) -> Engine:
    """Three days of tmall, two of jd, whose books begin on the day before; the cost of one of two goods is known."""
    sales = [
        sale("tmall", DAY, "A", 3, 300, 50),
        sale("tmall", DAY, "B", 1, 100),
        sale("jd", DAY, "A", 2, 200),
        sale("tmall", BEFORE, "A", 2, 200, 100),
        sale("tmall", BEFORE, "A", 9, 900, as_of=BEFORE),  # what was known the day before
        sale("jd", BEFORE, "B", 1, 100),
        sale("tmall", YEAR, "A", 8, 800),
    ]
    places = {(one["shop"], one["day"], one["as_of"]) for one in sales}
    buyers = [("tmall", DAY, "T1", "ann"), ("tmall", DAY, "T2", "ann"), ("tmall", DAY, "T3", "bob"),
              ("tmall", BEFORE, "T0", "bob")]  # fmt: skip
    with listed.begin() as books:
        books.execute(insert(closes), [close(BEFORE), close(DAY)])
        books.execute(insert(exports), {
            "export_id": EXPORT, "export_number": 1, "shop": "tmall", "platform": "taobao", "report": "orders",
            "day": DAY,
            "content_hash": "f" * 64, "file_name": "x.csv", "size_bytes": 1, "exported_at": f"{DAY} 23:00:00",
            "landed_at": f"{DAY} 23:00:00", "state": "published", "rows_total": 1, "rows_published": 1,
            "rows_quarantined": 0, "rows_ignored": 0, "money_total_micros": 0, "money_published_micros": 0,
            "money_quarantined_micros": 0, "money_ignored_micros": 0,
        })  # fmt: skip
        books.execute(insert(facts_sales), sales)
        books.execute(
            insert(facts_demand),
            [
                {"shop": one["shop"], "day": one["day"], "as_of": one["as_of"], "sku": one["sku"],
                 "warehouse": "华东仓", "units": one["units_paid"], "gift_units": 5, "brushed_units": 0,
                 "bulk_units": 0, "orders": 1, "revenue_micros": 0}
                for one in sales
            ],
        )  # fmt: skip
        books.execute(insert(unmapped), {"shop": "tmall", "day": DAY, "as_of": DAY, "listing_code": "X", "units": 1,
                                         "revenue_micros": 60 * YUAN})  # fmt: skip
        versions = [
            {"fact": fact, "shop": shop, "day": day, "as_of": as_of, "content_hash": "0" * 64, "rows": 1}
            for shop, day, as_of in places
            for fact in ("sales", "demand", "unmapped", "customer_orders")
        ]
        books.execute(insert(fact_versions), versions)
        books.execute(
            insert(facts_customer_orders),
            [
                {"shop": shop, "day": day, "as_of": DAY, "order_id": name, "customer": who, "units": 1,
                 "revenue_micros": 0, "exceptional_micros": 0, "discount_micros": 0, "refunded_micros": 0}
                for shop, day, name, who in buyers
            ],
        )  # fmt: skip
        books.execute(
            insert(orders),
            [
                order("tmall", 1, DAY, 310), order("tmall", 2, DAY, 110), order("tmall", 3, DAY, 60),
                order("tmall", 4, DAY, 70, paid=False), order("tmall", 5, DAY, 99, mark="brushing"),
                order("jd", 6, DAY, 200), order("tmall", 7, BEFORE, 200), order("jd", 8, BEFORE, 100),
                order("tmall", 9, YEAR, 800),
            ],
        )  # fmt: skip
        books.execute(
            insert(products),
            [
                {"export_number": 1, "file_line": number, "number": 0, "shop": "erp", "sku": sku, "category": kind,
                 "cost_micros": cost}
                for number, sku, kind, cost in ((1, "A", "保暖", 40 * YUAN), (2, "B", "清洁", None))
            ],
        )  # fmt: skip
        books.execute(insert(traffic), [visits("tmall", 1, DAY, 100, 4), visits("tmall", 2, DAY, 90, 4, "L1")])
    return listed


def table(client: Any, part: str, period: str = OF_DAY) -> dict[str, list[str]]:
    """The rows of a table as its CSV file says them, by their first cell; its headings under ''."""
    answer = client.get(f"/review/file/{part}?{period}")
    assert answer.status_code == 200, answer.text
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    return {"": rows[0], **{row[0]: row[1:] for row in rows[1:]}}


def test_figures_that_can_be_added_up_by_hand(desk: Any, sold: Engine) -> None:
    found = table(desk.client_of(), "figures")
    # now, before, change; jd knows no day a year before, so neither does the whole.
    assert found["支付金额"] == ["660.00", "300.00", "1.2", "", ""], (
        "300 + 100 + 200, and 60 that nothing is matched to"
    )
    assert found["下单金额（GMV）"][:2] == ["750.00", "300.00"], "with freight and the unpaid order, without brushing"
    assert found["支付订单数"][:3] == ["4", "2", "1.0"]
    assert found["支付件数"][:2] == ["6", "3"], "no gifts"
    assert found["客单价"][:2] == ["165.00", "150.00"]
    assert found["连带率"][:2] == ["1.5", "1.5"]
    assert found["退款金额"][:2] == ["50.00", "100.00"], "as known now, not as on the day before"
    assert found["退款率"][:3] == ["0.0833", "0.3333", "-0.25"], "the change of a rate is in points"
    assert found["毛利"][:2] == ["300.00", "120.00"], "500 less 5 x 40; the other goods have no cost"
    assert found["毛利率"][0] == "0.6"
    assert found["缺成本占比"][0] == "0.1667", "100 of 600"
    assert found["没有匹配到商品的支付金额"][0] == "60.00"
    for unknown in ("支付买家数", "新买家", "老买家", "访客数", "支付转化率", "曝光量", "点击率", "加购率", "推广花费"):
        assert found[unknown][0] == "", f"{unknown}: jd does not tell, so the whole is unknown"


def test_broken_down_by_shop_platform_and_category(desk: Any, sold: Engine) -> None:
    client = desk.client_of(language="en")
    shops = table(client, "shop")
    at = {name: number - 1 for number, name in enumerate(shops[""])}
    tmall, jd, whole = (shops[next(one for one in shops if name in one)] for name in ("Taobao", "JD", "All"))
    assert [row[at["Paid"]] for row in (tmall, jd, whole)] == ["460.00", "200.00", "660.00"]
    assert tmall[at["Change on year"]] == "-0.425", "460 against 800"
    assert [tmall[at[one]] for one in ("Buyers", "New buyers", "Returning buyers")] == ["2", "1", "1"]
    assert [tmall[at[one]] for one in ("Visitors", "Conversion")] == ["100", "0.04"], "not the listing's besides"
    assert [jd[at[one]] for one in ("Buyers", "Visitors", "Conversion", "Change on year")] == ["", "", "", ""]
    assert table(client, "platform")["All"] == whole
    categories = table(client, "category")
    assert {one: row[0] for one, row in categories.items() if one} == {
        "保暖": "500.00", "清洁": "100.00", "(no product matched)": "60.00", "All": "660.00"
    }  # fmt: skip
    assert "Buyers" not in categories[""]
    assert "Paid orders" not in categories[""]
    page = client.get(f"/review?{OF_DAY}&by=category").text
    assert "Not known by category, only as a whole: Placed (GMV), Paid orders, Buyers" in page


def test_a_running_period_is_held_against_as_many_days() -> None:
    def spans(kind: Any, day: str, as_of: str) -> list[tuple[str, str]]:
        found = compared(period_of(kind, date.fromisoformat(day)), as_of)
        return [(one.first[5:], one.last[5:]) for one in (found.now, found.before, found.year)]

    assert spans("month", "2025-11-11", "2025-11-11") == [("11-01", "11-11"), ("10-01", "10-11"), ("11-01", "11-11")]
    assert spans("month", "2025-10-01", "2025-11-11") == [("10-01", "10-31"), ("09-01", "09-30"), ("10-01", "10-31")]
    assert spans("month", "2025-03-30", "2025-03-30")[1] == ("02-01", "02-28"), "no longer than it is"
    assert spans("quarter", "2025-11-11", "2025-12-31") == [("10-01", "12-31"), ("07-01", "09-30"), ("10-01", "12-31")]
    assert spans("week", "2025-11-12", "2025-11-11") == [("11-10", "11-11"), ("11-03", "11-04"), ("11-11", "11-12")]
    assert spans("week", "2020-12-31", "2021-02-01")[2] == ("12-23", "12-29"), "a week 53 against the year's last"
    assert spans("day", "2024-02-29", "2025-01-01")[2] == ("02-28", "02-28")
    with pytest.raises(ValueError, match="begins after"):
        compared(period_of("day", date(2025, 11, 12)), "2025-11-11")


@pytest.mark.parametrize("kind", ["day", "week", "month", "quarter"])
def test_a_period_is_read_as_it_is_written(kind: Any) -> None:
    for number in range(0, 1500, 5):
        period = period_of(kind, date.fromordinal(date(2023, 12, 25).toordinal() + number))
        assert parse_period(kind, period.name) == period
        assert period.before.after == period


def test_each_person_sees_their_part(sold: Engine, tmp_path: Any, make_desk_on: Callable[..., Any]) -> None:
    scopes = {"小京": {"shops": ["jd"]}, "小清": {"categories": ["清洁"]}, "小南": {"warehouses": ["华南仓"]}}
    desk = make_desk_on(sold, tmp_path, scopes=scopes)
    jd = desk.client_of("小京")
    assert table(jd, "figures")["支付金额"][:2] == ["200.00", "100.00"]
    assert len(table(jd, "shop")) == 3, "the shop, the total and the headings"
    assert "旗舰店" not in jd.get(f"/review?{OF_DAY}").text
    drawn = json.dumps(jd.get("/review/picture/days").json(), ensure_ascii=False)
    assert "200.0" in drawn
    assert "旗舰店" not in drawn
    cleaning = desk.client_of("小清")
    found = table(cleaning, "figures")
    assert found["支付金额"][:2] == ["100.00", "100.00"]
    assert not {"支付订单数", "支付买家数", "访客数", "没有匹配到商品的支付金额"} & set(found)
    assert set(table(cleaning, "category")) == {"", "清洁", "合计"}
    assert table(cleaning, "shop")["合计"][0] == "100.00"
    assert "300.0" not in json.dumps(cleaning.get("/review/picture/days").json())
    south = desk.client_of("小南")
    assert "经营指标不分仓库" in south.get("/review").text
    for path in ("/review/file/figures", "/review/file/shop", "/review/picture/days"):
        assert south.get(path).status_code == 404, path
    assert desk.client_of("小看", "viewer").get("/review").status_code == 200
    assert desk.client_of("路人", "nobody").get("/review").status_code == 403


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_page_says_what_to_do_and_what_is_not_known(desk: Any, listed: Engine, language: str) -> None:
    page = desk.client_of(language=language).get("/review")
    assert page.status_code == 200
    assert "./storekeeper day" in page.text
    assert page.text.count('class="empty"') == 1


def test_notes_tell_what_the_figures_rest_on(desk: Any, sold: Engine) -> None:
    with sold.begin() as books:
        books.execute(closes.update().where(closes.c.day == DAY).values(missing_shops='["jd", "erp"]'))
    page = desk.client_of(language="en").get("/review?kind=month&period=2025-11").text
    assert "The period is running: 11 days, up to 2025-11-11." in page
    assert "The files of JD were missing at the close of 2025-11-11" in page
    assert "The books of JD begin on 2025-11-10: earlier days of this period are not in it." in page
    assert "The books of JD begin on 2025-11-10 and know no day before" in page
    assert "The books of Taobao begin on 2024-11-11" in page
    found = table(desk.client_of(), "figures", "kind=month&period=2025-11")
    assert found["支付金额"] == ["960.00", "", "", "", ""], "as far as it is known; nothing is held against a part"
    assert "JD (0 of 2 orders)" in page
    assert "No visitors of the whole shop on every day of the period" in page


def test_young_books_have_a_chart_of_days(desk: Any, sold: Engine) -> None:
    client = desk.client_of()
    assert 'data-picture="/review/picture/weeks"' in client.get("/review?kind=month").text
    with sold.begin() as books:
        books.execute(fact_versions.delete().where(fact_versions.c.day == YEAR))
    assert client.get("/review/picture/weeks").status_code == 404, "no week of seven days is known"
    assert 'data-picture="/review/picture/days"' in desk.client_of().get("/review?kind=month&period=2025-10").text
    drawn = client.get("/review/picture/days").json()
    bars = [one for rows in drawn["datasets"].values() for one in rows]
    assert sorted((one["day"], one["value"]) for one in bars) == [
        (BEFORE, 100.0), (BEFORE, 200.0), (DAY, 200.0), (DAY, 460.0)
    ]  # fmt: skip


@pytest.mark.parametrize("asked", ["kind=day&period=2026-01-01", "kind=week&period=0001-W01", "kind=x&period=%27", ""])
def test_a_period_that_nobody_can_read_is_the_newest(desk: Any, sold: Engine, asked: str) -> None:
    answer = desk.client_of().get(f"/review?{asked}")
    assert answer.status_code == 200
    assert "截至 2025-11-11 结账" in answer.text


def test_a_page_reads_a_bounded_number_of_statements(desk: Any, sold: Engine) -> None:
    client = desk.client_of()
    counts = []
    for kind in ("day", "week", "month", "quarter"):
        with reads_of(sold) as found:
            assert client.get(f"/review?kind={kind}").status_code == 200
        counts.append(sum(n for name, n in found.by_function.items() if name.startswith(("kpi_sums", "review"))))
    assert counts == [12] * 4
    with reads_of(sold) as found:
        client.get("/review?kind=quarter")
    asked = [name for name in found.by_function if name.startswith("kpi_sums")]
    assert all("funnel_days" in name or "leak" in name for name in asked), "the rest is remembered"


def spent(number: int, day: str, listing: str, spend: int, brought: int) -> dict[str, Any]:
    return {**visits("tmall", number, day, 0, 0, listing), "visitors": None, "part": "ads 万相台", "impressions": 900,
            "views": 30, "spend_micros": spend * YUAN, "paid_micros": brought * YUAN}  # fmt: skip


def test_why_paid_moved_adds_up_to_the_whole_change(desk: Any, sold: Engine) -> None:
    found = table(desk.client_of(), "why")
    assert found[""][1:] == ["比上期", "比去年"]
    assert found["合计变化"] == ["360.00", ""], "660 against 300; jd knows no day a year before"
    moved = {name: float(row[0]) for name, row in found.items() if name not in ("", "合计变化")}
    assert sum(moved.values()) == 360
    assert moved["没有匹配到商品的"] == 60
    assert moved["订单数"] > 0, "nobody tells the visitors of the day before"
    assert "访客数" not in found
    page = desk.client_of(language="en").get(f"/review?{OF_DAY}").text
    assert "Why paid moved" in page
    drawn = desk.client_of().get("/review/picture/why/day/2025-11-11").json()
    (bars,) = drawn["datasets"].values()
    assert sum(one["value"] for one in bars) == 360


def test_a_channel_below_break_even_is_said_with_its_figures(desk: Any, sold: Engine) -> None:
    # Given 300 paid for A at a cost of 120, 100 for B without one; 50 of 400 went back: 60 % x 87.5 % are left.
    with sold.begin() as books:
        books.execute(insert(traffic), [spent(11, DAY, "L1", 60, 100), spent(12, DAY, "L2", 40, 20)])
    found = table(desk.client_of(), "channels")
    (name, row), *others = [(name, row) for name, row in found.items() if name]
    assert not others
    assert name.startswith("万相台")
    assert row[:2] == ["1800", "60"]
    assert row[2:4] == ["100.00", "120.00"]
    assert [float(one) for one in row[4:6]] == [1.2, pytest.approx(1 / 0.525, abs=0.001)]
    assert row[6:] == ["-37.00", "1"], "120 x 0.525 less 100"
    page = desk.client_of(language="en").get(f"/review?{OF_DAY}").text
    assert "To look at" in page
    assert "a return of 1.20 where 1.90 would break even" in page
    shops = table(desk.client_of(), "shop")
    at = shops[""].index("推广投产比（ROI）") - 1
    assert next(row[at] for name, row in shops.items() if "旗舰店" in name or "淘宝" in name) == "1.2"


def test_a_channel_that_earns_is_no_warning(desk: Any, sold: Engine) -> None:
    with sold.begin() as books:
        books.execute(insert(traffic), [spent(11, DAY, "L1", 10, 100)])
    assert "To look at" not in desk.client_of(language="en").get(f"/review?{OF_DAY}").text
    assert [row[6] for name, row in table(desk.client_of(), "channels").items() if name] == ["42.50"]


def test_reasons_and_channels_are_for_those_who_see_whole_shops(
    sold: Engine, tmp_path: Any, make_desk_on: Callable[..., Any]
) -> None:
    with sold.begin() as books:
        books.execute(insert(traffic), [spent(11, DAY, "L1", 60, 100)])
    scopes = {"小京": {"shops": ["jd"]}, "小清": {"categories": ["清洁"]}, "小南": {"warehouses": ["华南仓"]}}
    desk = make_desk_on(sold, tmp_path, scopes=scopes)
    assert desk.client_of("小京").get(f"/review/file/channels?{OF_DAY}").status_code == 404
    assert table(desk.client_of("小京"), "why")["合计变化"][0] == "100.00", "200 against 100: theirs alone"
    for name in ("小清", "小南"):
        for path in (f"/review/file/why?{OF_DAY}", f"/review/file/channels?{OF_DAY}",
                     "/review/picture/why/day/2025-11-11"):  # fmt: skip
            assert desk.client_of(name).get(path).status_code == 404, (name, path)


def test_a_shop_of_which_fewer_visitors_buy_is_named_with_its_figures(desk: Any, sold: Engine) -> None:
    day = "2025-10-16"  # no sale is near
    past = [(date(2025, 10, 16) - timedelta(days=back)).isoformat() for back in range(60)]
    with sold.begin() as books:
        books.execute(closes.delete())
        books.execute(insert(closes), [close(day)])
        books.execute(fact_versions.delete().where(fact_versions.c.as_of == BEFORE))
        books.execute(fact_versions.update().values(as_of=YEAR))
        books.execute(exports.update().values(day=YEAR))
        books.execute(traffic.delete())
        books.execute(
            insert(traffic), [visits("tmall", number, one, 1_000, 20 if number < 2 else 40)
                              for number, one in enumerate(past)]
        )  # fmt: skip
    page = desk.client_of(language="en").get("/review").text
    assert "2.00% of the visitors bought, 4.00% in the four weeks before; 40 did where 80 were to be expected" in page
    with sold.begin() as books:
        books.execute(traffic.update().where(traffic.c.paid_buyers == 20).values(paid_buyers=37))
    assert "of the visitors bought" not in desk.client_of(language="en").get("/review").text, "as chance has it"
