"""Books of before 0007: orders told by number are replaced as a whole, and what nobody has mapped is still listed."""

import pandas as pd
from sqlalchemy import Engine

from include.facts.listing_map import unmapped_listings
from include.warehouse.as_of import read_facts, read_lines

from .conftest import Deliver, line, order
from .test_chain_migration import move
from .test_close import YUAN, close

FIRST, SECOND = "2025-11-01", "2025-11-02"


def test_books_of_before_are_read_as_those_of_now(books: Engine, deliver: Deliver) -> None:
    # given an order told with two lines and then with one, a named line beside a numbered one, and an unmapped code
    paid = [order("7", f"{FIRST} 10:00:00", 30 * YUAN)]
    deliver("erp", FIRST, products=[{"sku": "TEA"}])
    both = [line("7", "TEA", 1, 10 * YUAN), line("7", "GONE", 1, 20 * YUAN, line_id="71")]
    deliver("web", FIRST, orders=paid, order_lines=[*both, line("8", "TEA", 1, 10 * YUAN, line_id="88")])
    close(books, FIRST)
    deliver("web", SECOND, orders=paid, order_lines=[line("7", "TEA", 1, 10 * YUAN)])
    close(books, SECOND)
    lines, facts = read_lines(books, "order_lines", SECOND), read_facts(books, "sales", SECOND)
    listed = [unmapped_listings(books, day) for day in (FIRST, SECOND)]
    assert list(lines["line_id"]) == ["7#1", "88"]
    assert [list(found["listing_code"]) for found in listed] == [["GONE"], []]

    # when the books go back to 0006 and come to the newest again
    move(books, "0006")
    move(books, "head")

    # then they say the same
    pd.testing.assert_frame_equal(read_lines(books, "order_lines", SECOND), lines)
    pd.testing.assert_frame_equal(read_facts(books, "sales", SECOND), facts)
    pd.testing.assert_frame_equal(unmapped_listings(books, FIRST), listed[0])
    # and a close, which computes every day anew since it knows no rules of before, finds the same facts
    close(books, SECOND)
    pd.testing.assert_frame_equal(read_facts(books, "sales", SECOND), facts)
    assert unmapped_listings(books, SECOND).empty
