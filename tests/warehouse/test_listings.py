"""Codes that nobody has mapped: written down, worked, and counted once they are mapped."""

from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import Engine

from include.facts.listing_map import (
    MappingError,
    dismiss_listings,
    dismissed_listings,
    map_listings,
    recipes,
    unmapped_listings,
)
from include.files.errors import ExportError
from include.tasks.sheets.listing_sheet import as_csv, from_csv
from include.warehouse.as_of import read_facts, read_lines
from include.warehouse.books import open_books
from include.warehouse.migrate import migrate
from tests.command_lines import english_merchant, storekeeper

from .conftest import Deliver, line, order
from .test_close import YUAN, close, demand

main = storekeeper("listings")

NOW = datetime(2025, 11, 4, 9)
PRODUCTS = [{"sku": "TEA", "title": "tea", "list_price_micros": 10 * YUAN}, {"sku": "CUP", "title": "cup"}]


def mapping(*rows: tuple[Any, ...]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["for_shop", "listing_code", "sku", "quantity"])
    return frame.assign(file_line=range(2, len(frame) + 2))


@pytest.fixture
def sold(deliver: Deliver, books: Engine) -> None:
    """A known product and an unknown code on two days, and in another shop; all closed."""
    deliver("erp", "2025-11-01", products=PRODUCTS)
    for day in ("2025-11-01", "2025-11-02"):
        moment = f"{day} 10:00:00"
        deliver(
            "tmall",
            day,
            orders=[order(f"{day}a", moment, 30 * YUAN)],
            order_lines=[
                line(f"{day}a", "TEA", 1, 10 * YUAN),
                line(f"{day}a", "GIFTBOX", 2, 20 * YUAN, line_id=f"{day}a#2", title="礼盒"),
            ],
        )
        deliver(
            "jd", day, orders=[order(f"{day}j", moment, 5 * YUAN)], order_lines=[line(f"{day}j", "X-1", 1, 5 * YUAN)]
        )
        close(books, day)


def test_what_nobody_mapped_is_listed_with_its_money(books: Engine, sold: None) -> None:
    found = unmapped_listings(books, "2025-11-02")

    assert found.to_dict("records") == [
        {"shop": "tmall", "listing_code": "GIFTBOX", "title": "礼盒", "first_seen": "2025-11-01", "units": 4,
         "revenue_micros": 40 * YUAN},
        {"shop": "jd", "listing_code": "X-1", "title": "title of X-1", "first_seen": "2025-11-01", "units": 2,
         "revenue_micros": 10 * YUAN},
    ]  # fmt: skip
    # as of the day before, less was known; four weeks later nothing of it is recent, and it is still there
    assert unmapped_listings(books, "2025-11-01")["units"].tolist() == [2, 1]
    assert unmapped_listings(books, "2025-12-01")[["listing_code", "units"]].values.tolist() == [
        ["X-1", 0],
        ["GIFTBOX", 0],
    ]


def test_a_mapping_makes_the_close_of_its_day_count_the_old_sales(books: Engine, deliver: Deliver, sold: None) -> None:
    # when the gift box is said to be two teas and a cup, from the third on
    map_listings(books, mapping(("tmall", "GIFTBOX", "TEA", 2), ("tmall", "GIFTBOX", "CUP", "")), "2025-11-03", NOW)
    assert unmapped_listings(books, "2025-11-03")["listing_code"].tolist() == ["X-1"]
    close(books, "2025-11-03")

    # then each of the two days sold 1 + 2 x 2 teas and 2 cups
    wanted = {("TEA", "华东仓"): 5, ("CUP", "华东仓"): 2}
    for day in ("2025-11-01", "2025-11-02"):
        assert demand(books, "2025-11-03", day) == {(day, *key): units for key, units in wanted.items()}
    money = read_facts(books, "sales", "2025-11-03", shops=["tmall"])["paid_micros"].sum()
    assert money == 60 * YUAN
    # and what was known before is as it was
    assert demand(books, "2025-11-02", "2025-11-01") == {("2025-11-01", "TEA", "华东仓"): 1}
    assert unmapped_listings(books, "2025-11-02")["listing_code"].tolist() == ["GIFTBOX", "X-1"]
    assert unmapped_listings(books, "2025-11-03")["listing_code"].tolist() == ["X-1"]


def test_the_replay_of_a_close_picks_a_mapping_of_its_own_day_up(books: Engine, sold: None) -> None:
    assert close(books, "2025-11-02").revision == 1
    map_listings(books, mapping((None, "X-1", "CUP", 3)), "2025-11-02", NOW)

    again = close(books, "2025-11-02")

    assert again.revision == 2
    assert again.touched["jd"] == ("2025-11-01", "2025-11-02")
    assert demand(books, "2025-11-02", "2025-11-01")[("2025-11-01", "CUP", "华东仓")] == 3
    before = demand(books, "2025-11-02")
    assert close(books, "2025-11-02").revision == 2
    assert demand(books, "2025-11-02") == before


def test_a_code_that_two_sources_map_sells_once(books: Engine, deliver: Deliver, sold: None) -> None:
    map_listings(books, mapping((None, "X-1", "CUP", 1)), "2025-11-03", NOW)
    deliver("erp", "2025-11-03", listings=[{"for_shop": None, "listing_code": "X-1", "sku": "CUP", "quantity": 1}])

    close(books, "2025-11-03")

    assert demand(books, "2025-11-03", "2025-11-01")[("2025-11-01", "CUP", "华东仓")] == 1


def test_the_recipe_that_counts_is_the_shop_s_own_and_the_newest_as_a_whole() -> None:
    mapped = pd.DataFrame(
        [
            ("erp", None, "BOX", "TEA", 1, "2025-11-01"),  # for every shop
            ("erp", "tmall", "BOX", "CUP", 1, "2025-11-01"),  # the shop's own, of yesterday
            ("erp", "tmall", "BOX", "TEA", 2, "2025-11-02"),  # and of today: without the cup
            ("erp", None, "MUG", "CUP", 1, "2025-11-01"),
        ],
        columns=["shop", "for_shop", "listing_code", "sku", "quantity", "export_day"],
    )

    assert recipes(mapped)[["listing_code", "sku", "quantity"]].values.tolist() == [
        ["BOX", "TEA", 2],
        ["MUG", "CUP", 1],
    ]


def test_a_wrong_mapping_is_refused_as_a_whole_and_every_line_named(books: Engine, sold: None) -> None:
    rows = mapping(
        ("tmall", "GIFTBOX", "TEA", 1), ("tmall", "GIFTBOX", "TEAA", 1), ("tmall", "", "TEA", 1),
        ("jd", "X-1", "CUP", "1.5"), ("jd", "X-2", "CUP", 0), ("jd", "X-3", "CUP", 1), ("jd", "X-3", "CUP", 2),
    )  # fmt: skip

    with pytest.raises(MappingError) as caught:
        map_listings(books, rows, "2025-11-03", NOW)

    assert str(caught.value) == (
        "line 3: no product is called TEAA: did you mean TEA?; line 4: no listing code; line 5: "
        "quantity 1.5 is not a whole number from 1; line 6: quantity 0 is not a whole number from 1; "
        "line 7: X-3 with CUP stands twice; line 8: X-3 with CUP stands twice"
    )
    assert "GIFTBOX" in unmapped_listings(books, "2025-11-03")["listing_code"].tolist()


def test_the_spreadsheet_is_filled_in_and_taken_back(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    url = f"sqlite:///{tmp_path}/books.sqlite"
    books = open_books(url)
    migrate(books)
    file = tmp_path / "unmapped.csv"
    to = ["--books", url, *english_merchant(tmp_path)]
    assert main([*to, "unmapped", "--day", "2025-11-02", "--out", str(file)]) == 0
    assert file.read_bytes().startswith(b"\xef\xbb\xbfshop,listing_code")
    file.write_text("shop,listing_code,sku,quantity\ntmall,BOX,TEA,2\ntmall,OPEN,,\n", encoding="gb18030")

    assert main([*to, "map", str(file), "--day", "2025-11-02"]) == 0

    told = capsys.readouterr().out
    assert "1 lines mapped" in told
    assert "1 lines left open" in told
    file.write_text("code\n1\n")
    assert main([*to, "map", str(file), "--day", "2025-11-02"]) == 2
    books.dispose()


def test_unknown_shops_and_codes_are_refused_and_nothing_to_map_is_said(
    books: Engine, sold: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    close(books, "2025-11-02")
    to = ["--books", books.url.render_as_string(hide_password=False), *english_merchant(tmp_path)]
    assert main([*to, "dismiss", "GIFTBX", "--why", "x", "--day", "2025-11-03"]) == 1
    assert "did you mean GIFTBOX?" in capsys.readouterr().err
    assert main([*to, "dismiss", "GIFTBOX", "--shop", "tmal", "--why", "x", "--day", "2025-11-03"]) == 1
    assert "no shop is called 'tmal'" in capsys.readouterr().err
    assert main([*to, "unmapped", "--day", "2025-12-24"]) == 0
    told = capsys.readouterr()
    assert "2025-12-24 is not closed yet: as of 2025-11-02" in told.err
    for row in told.out.splitlines()[1:]:
        code = row.split(",")[1]
        assert main([*to, "dismiss", code, "--why", "补差价", "--day", "2025-11-02"]) == 0
    capsys.readouterr()
    assert main([*to, "unmapped"]) == 0
    assert capsys.readouterr().out.strip() == "every code is mapped, as of 2025-11-02"


def test_no_cell_of_the_spreadsheet_is_a_formula() -> None:
    found = pd.DataFrame(
        [("tmall", "=HYPERLINK(1)", "@SUM", "2025-11-01", 2, 5 * YUAN)],
        columns=["shop", "listing_code", "title", "first_seen", "units", "revenue_micros"],
    )

    written = as_csv(found).decode("utf-8-sig").splitlines()[1]

    assert written == "tmall,'=HYPERLINK(1),'@SUM,2025-11-01,2,5.00,,,,"
    rows, *_ = from_csv(as_csv(found).replace(b",,,,\r\n", b",,TEA,1,\r\n"), "x.csv")
    assert rows["listing_code"].tolist() == ["=HYPERLINK(1)"]
    with pytest.raises(ExportError, match="no column sku"):
        from_csv(b"listing_code\n1\n", "x.csv")


def saying(*rows: tuple[Any, ...]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["for_shop", "listing_code", "why"])
    return frame.assign(file_line=range(2, len(frame) + 2))


def test_a_code_that_is_no_merchandise_leaves_the_list_and_nothing_else(books: Engine, sold: None) -> None:
    # given the facts of two days, and that X-1 turns out to be 补差价
    facts = {name: read_facts(books, name, "2025-11-02") for name in ("demand", "sales", "customer_orders")}
    closed = close(books, "2025-11-02")

    assert dismiss_listings(books, saying(("jd", "X-1", "补差价")), "2025-11-03", NOW, "小满") == 1

    assert unmapped_listings(books, "2025-11-03")["listing_code"].tolist() == ["GIFTBOX"]
    assert unmapped_listings(books, "2025-11-02")["listing_code"].tolist() == ["GIFTBOX", "X-1"]  # was not known then
    # its lines stay in the books with their money, and stand in no demand, as before
    lines = read_lines(books, "order_lines", "2025-11-03")
    assert lines.loc[lines["merchant_code"] == "X-1", "paid_micros"].tolist() == [5 * YUAN, 5 * YUAN]
    close(books, "2025-11-03")
    for name, before in facts.items():
        pd.testing.assert_frame_equal(read_facts(books, name, "2025-11-02"), before)
        pd.testing.assert_frame_equal(read_facts(books, name, "2025-11-03"), before)
    again = close(books, "2025-11-02")
    assert (again.revision, again.inputs_hash) == (closed.revision, closed.inputs_hash)
    # and it is told who said so
    assert dismissed_listings(books, "2025-11-03").to_dict("records") == [
        {"for_shop": "jd", "listing_code": "X-1", "why": "补差价", "who": "小满", "day": "2025-11-03",
         "at": "2025-11-04 09:00:00"}
    ]  # fmt: skip
    assert dismissed_listings(books, "2025-11-02").empty


def test_a_dismissal_is_taken_back_and_both_stay_said(books: Engine, sold: None) -> None:
    dismiss_listings(books, saying(("jd", "X-1", "运费")), "2025-11-03", NOW, "小满")
    assert dismiss_listings(books, saying(("jd", "X-1", "运费")), "2025-11-03", NOW, "小满") == 0  # it is so already

    assert dismiss_listings(books, saying(("jd", "X-1", "卖起来了")), "2025-11-04", NOW, "小寒", undo=True) == 1

    assert unmapped_listings(books, "2025-11-03")["listing_code"].tolist() == ["GIFTBOX"]
    assert unmapped_listings(books, "2025-11-04")["listing_code"].tolist() == ["GIFTBOX", "X-1"]
    assert len(dismissed_listings(books, "2025-11-03")) == 1
    assert dismissed_listings(books, "2025-11-04").empty
    with pytest.raises(MappingError, match="X-1 was not dismissed"):
        dismiss_listings(books, saying(("jd", "X-1", "?")), "2025-11-04", NOW, "小寒", undo=True)


def test_a_shop_s_own_word_goes_before_the_word_for_all(books: Engine, sold: None) -> None:
    dismiss_listings(books, saying((None, "X-1", "运费"), (None, "GIFTBOX", "赠品链接")), "2025-11-03", NOW, "小满")
    assert unmapped_listings(books, "2025-11-03").empty

    dismiss_listings(books, saying(("tmall", "GIFTBOX", "是礼盒")), "2025-11-03", NOW, "小满", undo=True)

    assert unmapped_listings(books, "2025-11-03")["listing_code"].tolist() == ["GIFTBOX"]


def test_a_dismissed_code_that_is_mapped_after_all_counts(books: Engine, sold: None) -> None:
    dismiss_listings(books, saying((None, "X-1", "运费")), "2025-11-03", NOW, "小满")
    map_listings(books, mapping((None, "X-1", "CUP", 1)), "2025-11-03", NOW)

    close(books, "2025-11-03")

    assert demand(books, "2025-11-03", "2025-11-01")[("2025-11-01", "CUP", "华东仓")] == 1


def test_a_wrong_dismissal_is_refused_as_a_whole(books: Engine, sold: None) -> None:
    with pytest.raises(MappingError) as caught:
        dismiss_listings(
            books, saying(("jd", "X-1", "运费"), ("jd", "", "运费"), ("jd", "X-2", "")), "2025-11-03", NOW, "w"
        )

    assert str(caught.value) == "line 3: no listing code; line 4: no reason"
    assert dismissed_listings(books, "2025-11-03").empty
    with pytest.raises(MappingError, match="nobody is named"):
        dismiss_listings(books, saying(("jd", "X-1", "运费")), "2025-11-03", NOW, " ")


def test_dismissing_by_hand_and_in_the_spreadsheet(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    url = f"sqlite:///{tmp_path}/books.sqlite"
    books = open_books(url)
    migrate(books)
    file = tmp_path / "unmapped.csv"
    file.write_text("shop,listing_code,sku,quantity,dismiss\ntmall,YF,,,运费\ntmall,OPEN,,,\n", encoding="gb18030")
    to = ["--books", url, *english_merchant(tmp_path)]

    assert main([*to, "map", str(file), "--day", "2025-11-02", "--who", "小满"]) == 0
    assert main([*to, "dismiss", "BCJ", "--why", "补差价", "--day", "2025-11-02", "--who", "小满"]) == 0
    assert main([*to, "restore", "YF", "--shop", "tmall", "--why", "卖了", "--day", "2025-11-03", "--who", "小满"]) == 0
    assert main([*to, "restore", "YF", "--shop", "tmall", "--why", "卖了", "--day", "2025-11-03"]) == 1
    capsys.readouterr()
    assert main([*to, "dismissed", "--day", "2025-11-02"]) == 0
    first = capsys.readouterr().out.splitlines()
    assert main([*to, "dismissed", "--day", "2025-11-03"]) == 0

    assert [line.split(" (")[0] for line in first] == ["BCJ in every shop: 补差价", "YF in tmall: 运费"]
    assert capsys.readouterr().out.startswith("BCJ in every shop: 补差价 (小满, ")
    books.dispose()
