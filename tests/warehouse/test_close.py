"""Closing days: what each close knew stays readable, and a replay finds the same."""

from typing import Any

import pandas as pd
import pytest
from sqlalchemy import Engine, select

from include.facts.close_day import Close, close_day, newest_close
from include.warehouse.as_of import read_facts, read_lines
from include.warehouse.books import read_frame
from include.warehouse.publish import Landed
from include.warehouse.tables import fact_versions, unmapped
from tests.warehouse.one_part import publish_export

from .conftest import Deliver, line, order

YUAN = 1_000_000


def close(books: Engine, day: str, missing: tuple[str, ...] = (), **more: Any) -> Close:
    settings = {
        "warehouse_of": {"浙江": "华东仓", "广东": "华南仓"},
        "fallback_warehouse": "华东仓",
        "is_bulk": lambda orders: orders["units"] >= 100,
        **more,
    }
    return close_day(books, day, f"{day} 23:59:59", missing, **settings)


def demand(books: Engine, as_of: str, day: str | None = None) -> dict[tuple[str, str, str], int]:
    facts = read_facts(books, "demand", as_of, day, day)
    return {(r.day, r.sku, r.warehouse): r.units for r in facts.itertuples() if r.units}


def test_demand_is_counted_on_the_day_of_payment_in_the_warehouse_that_should_serve(
    books: Engine, deliver: Deliver
) -> None:
    deliver(
        "tmall",
        "2025-11-02",
        orders=[
            order("1", "2025-11-01 23:59:59", 30 * YUAN),
            order("2", "2025-11-02 00:00:00", 20 * YUAN, province="广东"),
            order("3", None, 20 * YUAN),
            order("4", "2025-11-02 08:00:00", 10 * YUAN, province="海外"),
        ],
        order_lines=[
            line("1", "A", 3, 30 * YUAN),
            line("2", "A", 2, 20 * YUAN),
            line("3", "A", 2, 20 * YUAN),
            line("4", "A", 1, 10 * YUAN),
        ],
    )
    close(books, "2025-11-02")
    assert demand(books, "2025-11-02") == {
        ("2025-11-01", "A", "华东仓"): 3,
        ("2025-11-02", "A", "华南仓"): 2,
        ("2025-11-02", "A", "华东仓"): 1,
    }


def test_brushing_gifts_and_bulk_orders_stand_beside_demand(books: Engine, deliver: Deliver) -> None:
    moment = "2025-11-02 10:00:00"
    deliver(
        "tmall",
        "2025-11-02",
        orders=[
            order("1", moment, 10 * YUAN, mark="brushing"),
            order("2", moment, 0),
            order("3", moment, 2000 * YUAN),
            order("4", moment, 10 * YUAN),
        ],
        order_lines=[
            line("1", "A", 1, 10 * YUAN),
            line("2", "A", 2, 0),
            line("3", "A", 200, 2000 * YUAN),
            line("4", "A", 1, 10 * YUAN),
        ],
    )
    close(books, "2025-11-02")
    (row,) = read_facts(books, "demand", "2025-11-02").to_dict("records")
    assert (row["units"], row["brushed_units"], row["gift_units"], row["bulk_units"]) == (1, 1, 2, 200)
    of_customers = read_facts(books, "customer_orders", "2025-11-02").set_index("order_id")["exceptional_micros"]
    assert of_customers.to_dict() == {"2": 0, "3": 2000 * YUAN, "4": 0}
    assert (row["orders"], row["revenue_micros"]) == (1, 10 * YUAN)
    sales = read_facts(books, "sales", "2025-11-02").iloc[0]
    assert (sales["units_paid"], sales["paid_micros"]) == (203, 2010 * YUAN)


def test_units_whose_money_no_report_tells_are_demand_and_no_gift(books: Engine, deliver: Deliver) -> None:
    moment = "2025-11-02 10:00:00"
    deliver(
        "amazon",
        "2025-11-02",
        orders=[order("1", moment, 0)],
        order_lines=[line("1", "A", 3, 0, paid_micros=None, unit_price_micros=None)],
    )
    close(books, "2025-11-02")
    (row,) = read_facts(books, "demand", "2025-11-02").to_dict("records")
    assert (row["units"], row["gift_units"], row["revenue_micros"]) == (3, 0, 0)


def test_a_bundle_counts_as_its_skus_and_its_money_is_shared_to_the_micro(books: Engine, deliver: Deliver) -> None:
    product = {"title": "t", "category": "c", "pack": 1, "moq": 1, "supplier": "s", "cost_micros": 1}
    deliver(
        "erp",
        "2025-11-02",
        products=[
            {"sku": "A", "list_price_micros": 10 * YUAN, **product},
            {"sku": "B", "list_price_micros": 20 * YUAN, **product},
        ],
    )
    deliver(
        "erp",
        "2025-11-02",
        "2025-11-02 22:00:00",
        listings=[
            {"for_shop": "tmall", "listing_code": "SET", "sku": "A", "quantity": 1},
            {"for_shop": "tmall", "listing_code": "SET", "sku": "B", "quantity": 2},
        ],
    )
    deliver(
        "tmall",
        "2025-11-02",
        orders=[order("1", "2025-11-02 10:00:00", 100_000_001), order("2", "2025-11-02 11:00:00", 5 * YUAN)],
        order_lines=[line("1", "SET", 2, 100_000_001), line("2", "GONE", 1, 5 * YUAN)],
    )
    close(books, "2025-11-02")
    facts = read_facts(books, "demand", "2025-11-02").set_index("sku")
    assert facts["units"].to_dict() == {"A": 2, "B": 4}
    assert facts["revenue_micros"].to_dict() == {"A": 20_000_000, "B": 80_000_001}
    lost = read_frame(books, select(unmapped))
    assert list(lost["listing_code"]) == ["GONE"], "a listing that no sku answers to is listed, not dropped"
    assert list(lost["revenue_micros"]) == [5 * YUAN]


def test_a_later_export_changes_later_closes_only(books: Engine, deliver: Deliver) -> None:
    deliver("tmall", "2025-11-01", orders=[order("1", "2025-11-01 10:00:00", 10)], order_lines=[line("1", "A", 5, 10)])
    close(books, "2025-11-01")
    before = read_facts(books, "demand", "2025-11-01")
    deliver("tmall", "2025-11-02", orders=[order("1", "2025-11-01 10:00:00", 10)], order_lines=[line("1", "A", 4, 10)])
    close(books, "2025-11-02")
    assert demand(books, "2025-11-01") == {("2025-11-01", "A", "华东仓"): 5}
    assert demand(books, "2025-11-02") == {("2025-11-01", "A", "华东仓"): 4}
    close(books, "2025-11-01")
    pd.testing.assert_frame_equal(read_facts(books, "demand", "2025-11-01"), before)


def test_an_older_export_loaded_late_never_overwrites_a_newer_truth(books: Engine, deliver: Deliver) -> None:
    newer = [line("1", "A", 4, 10)]
    older = [line("1", "A", 9, 10)]
    paid = [order("1", "2025-11-01 10:00:00", 10)]
    deliver("tmall", "2025-11-02", "2025-11-03 01:00:00", orders=paid, order_lines=newer)
    deliver("tmall", "2025-11-02", "2025-11-02 01:00:00", orders=paid, order_lines=older)
    assert list(read_lines(books, "order_lines", "2025-11-02")["quantity"]) == [4]


def test_a_late_shop_revises_its_day_and_every_later_close(books: Engine, deliver: Deliver) -> None:
    def of(shop: str, day: str, quantity: int, order_id: str, paid: str) -> None:
        deliver(
            shop,
            day,
            orders=[order(order_id, paid, 10)],
            order_lines=[line(order_id, "A", quantity, 10)],
        )

    of("tmall", "2025-11-01", 1, "t1", "2025-11-01 10:00:00")
    assert close(books, "2025-11-01", missing=("jd",)).revision == 1
    of("tmall", "2025-11-02", 2, "t2", "2025-11-02 10:00:00")
    of("jd", "2025-11-02", 3, "j2", "2025-11-01 11:00:00")  # the next export already knew one of the missed orders
    close(books, "2025-11-02")
    assert demand(books, "2025-11-01") == {("2025-11-01", "A", "华东仓"): 1}

    of("jd", "2025-11-01", 4, "j1", "2025-11-01 09:00:00")
    revised = close(books, "2025-11-01")
    assert revised.revision == 2
    found = newest_close(books, "2025-11-01")
    assert found is not None
    assert found["missing_shops"] == "[]"
    totals = read_facts(books, "demand", "2025-11-01").groupby("day")["units"].sum().to_dict()
    assert totals == {"2025-11-01": 5}
    totals = read_facts(books, "demand", "2025-11-02").groupby("day")["units"].sum().to_dict()
    assert totals == {"2025-11-01": 8, "2025-11-02": 2}, "the close of the 2nd knows the late order too"


def test_closing_again_on_the_same_inputs_changes_nothing(books: Engine, deliver: Deliver) -> None:
    deliver("tmall", "2025-11-01", orders=[order("1", "2025-11-01 10:00:00", 10)], order_lines=[line("1", "A", 5, 10)])
    first = close(books, "2025-11-01")
    versions = read_frame(books, select(fact_versions).order_by(fact_versions.c.fact))
    second = close(books, "2025-11-01")
    assert second.revision == first.revision == 1
    pd.testing.assert_frame_equal(read_frame(books, select(fact_versions).order_by(fact_versions.c.fact)), versions)


def test_unchanged_days_are_not_copied_by_the_next_close(books: Engine, deliver: Deliver) -> None:
    rows = {"orders": [order("1", "2025-11-01 10:00:00", 10)], "order_lines": [line("1", "A", 5, 10)]}
    deliver("tmall", "2025-11-01", **rows)
    close(books, "2025-11-01")
    deliver("tmall", "2025-11-02", **rows)
    assert close(books, "2025-11-02").changed_partitions == 0


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        ({"order": 0, "report": 0, "line": 0}, {"A": 0, "B": 0}),
        ({"order": 90, "report": 0, "line": 0}, {"A": 30, "B": 60}),
        ({"order": 90, "report": 90, "line": 0}, {"A": 30, "B": 60}),
        ({"order": 0, "report": 0, "line": 40}, {"A": 0, "B": 40}),
        ({"order": 60, "report": 0, "line": 40}, {"A": 20 * 100 // 260, "B": 40 + 20 - 20 * 100 // 260}),
        ({"order": 999, "report": 0, "line": 0}, {"A": 100, "B": 200}),
    ],
)
def test_a_refund_stated_three_times_counts_once(
    books: Engine, deliver: Deliver, stated: dict[str, int], expected: dict[str, int]
) -> None:
    frames: dict[str, list[dict[str, Any]]] = {
        "orders": [order("1", "2025-11-01 10:00:00", 300, refunded_micros=stated["order"])],
        "order_lines": [
            line("1", "A", 1, 100, line_id="1a"),
            line("1", "B", 1, 200, line_id="1b", refunded_micros=stated["line"]),
        ],
    }
    if stated["report"]:
        frames["refunds"] = [
            {"refund_id": "r", "order_id": "1", "refunded_micros": stated["report"], "status": "succeeded"},
            {"refund_id": "s", "order_id": "1", "refunded_micros": 50, "status": "closed"},
        ]
    deliver("tmall", "2025-11-01", **frames)
    close(books, "2025-11-01")
    facts = read_facts(books, "sales", "2025-11-01").set_index("sku")["refunded_micros"]
    assert facts.to_dict() == expected
    customer = read_facts(books, "customer_orders", "2025-11-01").iloc[0]
    assert customer["refunded_micros"] == sum(expected.values())


def test_the_shelf_was_empty_after_the_last_sale_of_a_day_that_ended_sold_out(books: Engine, deliver: Deliver) -> None:
    def shelf(sku: str, on_hand: int, locked: int = 0) -> dict[str, Any]:
        return {"warehouse": "华东仓", "sku": sku, "on_hand": on_hand, "locked": locked}

    deliver("erp", "2025-11-01", stock=[shelf("A", 5), shelf("B", 0), shelf("C", 0), shelf("D", 3, locked=3)])
    deliver(
        "tmall",
        "2025-11-01",
        orders=[order("1", "2025-11-01 18:00:00", 10)],
        order_lines=[line("1", "B", 1, 10)],
    )
    close(books, "2025-11-01")
    shares = read_facts(books, "stock", "2025-11-01").set_index("sku")["in_stock_share"].to_dict()
    assert shares == {"A": 1.0, "B": 0.75, "C": 0.0, "D": 0.0}


def test_with_other_rules_every_day_is_computed_anew_and_older_closes_keep_what_they_knew(
    books: Engine, deliver: Deliver
) -> None:
    for number, day in enumerate(("2025-11-01", "2025-11-02", "2025-11-03")):
        rows = {"orders": [order(f"{number}", f"{day} 10:00:00", 10)], "order_lines": [line(f"{number}", "A", 50, 10)]}
        deliver("tmall", day, **rows)
    close(books, "2025-11-01", rules="one")
    close(books, "2025-11-02", rules="one")

    # when the warehouse that serves the province is another, and fifty units are bulk, from the third on
    other = {"warehouse_of": {"浙江": "华南仓"}, "is_bulk": lambda sizes: sizes["units"] >= 50, "rules": "other"}
    close(books, "2025-11-03", **other)

    then = read_facts(books, "demand", "2025-11-02")
    assert then[["warehouse", "units", "bulk_units"]].values.tolist() == [["华东仓", 50, 0]] * 2
    now = read_facts(books, "demand", "2025-11-03")
    assert now[["warehouse", "units", "bulk_units"]].values.tolist() == [["华南仓", 0, 50]] * 3
    # and closing the third again does not compute them once more
    assert close(books, "2025-11-03", **other).revision == 1


def test_a_close_takes_in_what_came_for_days_that_nobody_closed(books: Engine, deliver: Deliver) -> None:
    for number, day in enumerate(("2025-11-01", "2025-11-02", "2025-11-03")):
        rows = {"orders": [order(f"{number}", f"{day} 10:00:00", 10)], "order_lines": [line(f"{number}", "A", 1, 10)]}
        deliver("tmall", day, **rows)
    close(books, "2025-11-01")
    close(books, "2025-11-03")
    assert demand(books, "2025-11-03") == {(f"2025-11-0{n}", "A", "华东仓"): 1 for n in (1, 2, 3)}


def test_an_order_told_ahead_of_its_day_counts_when_the_day_comes(books: Engine, deliver: Deliver) -> None:
    deliver("tmall", "2025-11-01", orders=[order("1", "2025-11-02 00:30:00", 10)], order_lines=[line("1", "A", 5, 10)])
    close(books, "2025-11-01")
    assert demand(books, "2025-11-01") == {}
    close(books, "2025-11-02")  # for which nothing came
    assert demand(books, "2025-11-02") == {("2025-11-02", "A", "华东仓"): 5}


def test_a_late_older_export_does_not_undo_what_a_later_close_knew(books: Engine, deliver: Deliver) -> None:
    # given an order told twice with five units, so that the later close had nothing new to write
    paid = [order("1", "2025-11-01 10:00:00", 10)]
    deliver("tmall", "2025-11-01", "2025-11-01 20:00:00", orders=paid, order_lines=[line("1", "A", 5, 10)])
    close(books, "2025-11-01")
    deliver("tmall", "2025-11-02", "2025-11-02 20:00:00", orders=paid, order_lines=[line("1", "A", 5, 10)])
    close(books, "2025-11-02")

    # when a file of the first day turns up that said four
    deliver("tmall", "2025-11-01", "2025-11-01 21:00:00", orders=paid, order_lines=[line("1", "A", 4, 10)])
    close(books, "2025-11-01")

    assert demand(books, "2025-11-01") == {("2025-11-01", "A", "华东仓"): 4}
    assert demand(books, "2025-11-02") == {("2025-11-01", "A", "华东仓"): 5}


def test_a_size_that_the_days_before_make_unusual_stays_so_whatever_else_is_closed(
    books: Engine, deliver: Deliver
) -> None:
    # given an order of twenty after two of one: above three times the largest of the two days up to its own
    def is_bulk(sizes: pd.DataFrame) -> pd.Series:
        days = sorted(sizes["day"].unique())
        before = sizes.groupby("day")["units"].max().reindex(days).shift(1).fillna(99)
        return sizes["units"] > 3 * sizes["day"].map(before)

    def sells(day: str, units: int, *more: tuple[str, int]) -> None:
        sold = [(f"o{day}", units), *more]
        deliver(
            "tmall",
            day,
            orders=[order(name, f"{day} 10:00:00", 10) for name, _ in sold],
            order_lines=[line(name, "A", quantity, 10) for name, quantity in sold],
        )

    rule = {"is_bulk": is_bulk, "bulk_days": 2}
    sells("2025-11-01", 1)
    close(books, "2025-11-01", **rule)
    sells("2025-11-02", 20)
    close(books, "2025-11-02", **rule)
    assert read_facts(books, "demand", "2025-11-02")["bulk_units"].tolist() == [0, 20]

    # when the third brings a large order of the first, which makes the second's usual
    deliver("tmall", "2025-11-03", orders=[order("x", "2025-11-01 12:00:00", 10)], order_lines=[line("x", "A", 9, 10)])
    close(books, "2025-11-03", **rule)

    # then the second is judged anew as of the third, and only then
    assert read_facts(books, "demand", "2025-11-03")["bulk_units"].tolist() == [0, 0]
    assert read_facts(books, "demand", "2025-11-02")["bulk_units"].tolist() == [0, 20]


def test_the_share_of_the_day_in_stock_follows_a_sale_that_is_known_later(books: Engine, deliver: Deliver) -> None:
    deliver("erp", "2025-11-01", stock=[{"warehouse": "华东仓", "sku": "A", "on_hand": 0}])
    close(books, "2025-11-01")
    deliver("tmall", "2025-11-02", orders=[order("1", "2025-11-01 18:00:00", 9)], order_lines=[line("1", "A", 1, 9)])
    close(books, "2025-11-02")
    shares = [read_facts(books, "stock", day)["in_stock_share"].tolist() for day in ("2025-11-01", "2025-11-02")]
    assert shares == [[0.0], [0.75]]


def test_the_same_file_read_otherwise_is_another_input(books: Engine) -> None:
    # given two readings of one file with as many rows and as much money, of which the second finds a gift
    moment = "2025-11-01 23:00:00"
    landed = Landed("tmall", "taobao", "orders", "2025-11-01", "hash", "file.csv", 1, moment, moment)
    parts = ("total", "published", "quarantined", "ignored")
    ledger = {f"rows_{part}": 1 for part in parts} | {f"money_{part}_micros": 10 for part in parts}
    inputs = []
    for mark in (None, "gift", "gift"):
        frame = pd.DataFrame([order("1", "2025-11-01 10:00:00", 10, mark=mark)]).assign(file_line=2)
        described = {"state": "published"}
        publish_export(books, landed, {"orders": frame}, {**ledger, "reasons": "{}"}, pd.DataFrame(), described)
        inputs.append(close(books, "2025-11-01").inputs_hash)
    assert inputs[0] != inputs[1]
    assert inputs[1] == inputs[2]
