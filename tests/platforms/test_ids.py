"""One normal form for ids, and the suites hold the same patterns as the reader."""

import json
import re
from pathlib import Path

import pyarrow as pa
import pytest

from include.exports.values import values
from include.exports.values.ids import DAMAGED, NAMES_AND_PLACES, id_of
from include.files.content import Held
from include.platforms.read_export import read_content

SUITES = Path(__file__).parents[2] / "great_expectations" / "expectations"
BLANK = r"^\s*$"
ORDER_LIKE = {"order_id", "refund_id", "movement_id"}


def array(*texts: str) -> pa.ChunkedArray:
    return pa.chunked_array([pa.array(texts, type=pa.large_string())])


@pytest.mark.parametrize(
    "dressed",
    ["`2022072512345928259", "`2022072512345928259`", "'2022072512345928259", "\u20182022072512345928259",
     '="2022072512345928259"', '\'="2022072512345928259"', '"2022072512345928259"', "2022072512345928259.0",
     "2,022,072,512,345,928,259", "2\u00a0022\u00a0072\u00a0512\u00a0345\u00a0928\u00a0259", "\t2022072512345928259 ",
     "\ufeff2022072512345928259", "2022072512345\u200b928259", "２０２２０７２５１２３４５９２８２５９",
     "\u00a02022072512345928259\u3000", "2,022,072,512,345,928,259.00"],
)  # fmt: skip
def test_an_id_is_one_in_whatever_dress_it_comes(dressed: str) -> None:
    read = values.ids(array(dressed, "2022072512345928259"))

    assert read.series.nunique() == 1
    assert not read.bad.any()
    assert id_of(dressed) == "2022072512345928259"


@pytest.mark.parametrize(
    "code", ["12E4", "250E3", "1E5", "SO 1004", "#1005 EU", "A,B", "1,2", "A;B", "00123", "中号,红", "12,34", "V1.0"]
)
def test_what_only_looks_like_a_dress_stays(code: str) -> None:
    read = values.ids(array(code, "other"))

    assert read.series.tolist() == [code, "other"]


def test_full_width_letters_are_plain_ones() -> None:
    assert id_of("ＳＫＵ－００１") == "SKU-001"


@pytest.mark.parametrize(
    "lost", ["6.91793E+18", "6,91793E+18", "6.91793E18", "6.917926768823643e+18", "1E+5", "#######", "#N/A", "#REF!"]
)
def test_an_id_whose_digits_are_lost_is_held_back(lost: str) -> None:
    assert values.ids(array(lost, "42")).bad.tolist() == [True, False]


def test_a_column_of_long_ids_that_all_end_in_noughts_was_rounded() -> None:
    # given two ids of 19 digits of which a spreadsheet kept fifteen: eight noughts are no chance
    assert values.ids(array("4212700000000010000", "4212700000000020000", "A-1")).bad.tolist() == [True, True, False]


def test_one_long_id_may_end_in_noughts_by_chance() -> None:
    assert not values.ids(array("6917926768823670000")).bad.any()
    assert not values.ids(array("6917926768823670000", "6917926768823670000", "6917926768823643751")).bad.any()


def test_the_suites_hold_back_what_the_reader_holds_back() -> None:
    # given every pattern of great_expectations/ that looks for damaged ids
    seen = 0
    for suite in sorted(SUITES.glob("*.json")):
        for rule in json.loads(suite.read_text(encoding="utf-8"))["expectations"]:
            regex = rule["kwargs"].get("regex", "")
            if rule["type"] != "expect_column_values_to_not_match_regex" or not regex.startswith(BLANK):
                continue
            seen += 1
            # then it is the reader's, with the guard against names for ids of orders
            assert regex in (f"{BLANK}|{DAMAGED}", f"{BLANK}|{DAMAGED}|{NAMES_AND_PLACES}"), suite.name
            if rule["kwargs"]["column"] in ORDER_LIKE:
                assert regex.endswith(NAMES_AND_PLACES), suite.name
    assert seen == 21


@pytest.mark.parametrize(
    "number", ["SO 1004", "#1005 EU", "Bestellung 1004", "2026 05 0012", "R-7 / 2026", "Web 1004 B"]
)
def test_an_order_number_may_hold_blanks(number: str) -> None:
    assert not re.search(NAMES_AND_PLACES, number)


@pytest.mark.parametrize(
    "person",
    ["张三", "欧阳 锋", "John Smith", "Anna-Lena Müller", "a@example.com", "12 Main Street", "Hauptstr. 5",
     "浙江省杭州",      "138 1234 5678", "+86 138 1234 5678", "Bahnhofstraße 12"],
)  # fmt: skip
def test_a_name_or_an_address_is_no_order_number(person: str) -> None:
    assert re.search(NAMES_AND_PLACES, person)


@pytest.mark.parametrize("none", ["nan", "None", "N/A", "\\N", "无", "（空）", "<NA>", "undefined"])
def test_what_programs_write_for_no_id_is_none(none: str) -> None:
    read = values.ids(array(none, "42"))

    assert read.series.isna().tolist() == [True, False]
    assert not read.bad.any()


@pytest.mark.parametrize(
    ("written", "same"),
    [("A–1", "A-1"), ("A\u20111", "A-1"), ("Ｔ恤（红）", "T恤(红)"), ("“A1”", "A1"), ("‘A1’", "A1"), ("A1,", "A1"),
     ("A1；", "A1"), ("SO\u00a01004", "SO 1004"), ("SO  1004", "SO 1004"), ("SO\n1004", "SO 1004"),
     ("A1_x000D_", "A1"), ("A_x002B_B", "A+B"), ("Mu\u0308ller", "M\u00fcller")],
)  # fmt: skip
def test_a_code_is_one_however_an_workspace_program_writes_it(written: str, same: str) -> None:
    assert id_of(written) == same


def test_a_dash_between_words_stays() -> None:
    assert id_of("Café crème – gré") == "Café crème – gré"


@pytest.mark.parametrize("lost", ["???", "????-1", "锟斤拷锟", "T\ufffd1"])
def test_codes_whose_letters_another_program_lost_are_not_one_code(lost: str) -> None:
    declared = {"columns": {"order_id": "o", "merchant_code": "s", "quantity": "n", "created_at": "t"}}
    content = f"o,s,n,t\n1,{lost},1,2026-05-12\n2,T1,1,2026-05-12\n".encode()
    reading = read_content(Held(content), platform="declared", report="sales", declared=declared, name="s.csv")

    assert reading.frames["order_lines"]["merchant_code"].tolist() == ["T1"]
