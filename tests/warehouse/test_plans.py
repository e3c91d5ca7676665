"""What a close asks for a few orders or days is found by indexes, whatever the books hold besides."""

import re
from collections.abc import Mapping

import pytest
from sqlalchemy import Engine, Select, select, text

from include.facts.compute import _stock_of_days
from include.warehouse.as_of import latest_lines, newest_facts
from include.warehouse.books import _literal
from include.warehouse.tables import FACT_TABLES, LINE_TABLES, order_lines, orders, purchase_orders, refunds

DAY = "2025-11-02"
ASKED: Mapping[str, Select] = {
    "orders of a few numbers": latest_lines(orders, DAY, orders.c.shop == "web", orders.c.order_id.in_(["1", "2"])),
    "order lines of a few orders": latest_lines(
        order_lines, DAY, order_lines.c.shop == "web", order_lines.c.order_id.in_(["1", "2"])
    ),
    "refunds of a few orders": latest_lines(refunds, DAY, refunds.c.shop == "web", refunds.c.order_id.in_(["1"])),
    "one purchase order": latest_lines(
        purchase_orders, DAY, purchase_orders.c.shop == "erp", purchase_orders.c.purchase_order_id == "P1"
    ),
    "stock of two days": _stock_of_days("erp", ["2025-11-01", DAY], DAY),
    "demand of a week": newest_facts("demand", DAY, "2025-10-27", DAY),
    "stock facts of a shop's day": newest_facts("stock", DAY, DAY, DAY, ["erp"]),
}
LARGE = {table.name for table in (*LINE_TABLES.values(), *FACT_TABLES.values())}


def scanned(books: Engine, statement: Select) -> set[str]:
    """Large tables that the database reads from end to end for a statement. PostgreSQL does so with small tables by
    choice; it is asked whether it must."""
    asked = text(_literal(books, statement).replace(":", r"\:"))
    with books.connect() as connection:
        if books.dialect.name == "sqlite":
            steps = [row[3] for row in connection.execute(text(f"EXPLAIN QUERY PLAN {asked.text}"))]
            found = {match[1] for step in steps if (match := re.match(r"SCAN (\w+)(?! USING)", step))}
        else:
            connection.execute(text("SET enable_seqscan = off"))
            steps = [row[0] for row in connection.execute(text(f"EXPLAIN {asked.text}"))]
            found = {match[1] for step in steps if (match := re.search(r"Seq Scan on (\w+)", step))}
    return found & LARGE


@pytest.mark.parametrize("what", ASKED)
def test_a_narrow_question_reads_no_large_table_from_end_to_end(books: Engine, what: str) -> None:
    assert scanned(books, ASKED[what]) == set()


def test_a_wide_question_is_seen_to_do_so(books: Engine) -> None:
    """Or the test above would see nothing."""
    assert scanned(books, select(order_lines).where(order_lines.c.title == "tea")) == {"order_lines"}
