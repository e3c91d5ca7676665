"""No cell of a CSV that we write, its headings too, is taken for a formula by a spreadsheet."""

import csv
import io
import re
from pathlib import Path

import pandas as pd
import pytest

from include.tasks.kinds import KINDS
from include.tasks.sheets.audience import audience_files
from include.tasks.sheets.cells import neutral_frame, neutral_heading
from include.tasks.sheets.comma_separated import write_csv
from include.tasks.sheets.list_tables import TABLES, csv_files
from include.words.texts import LANGUAGES, Language
from tests.tasks.test_audience import line, parcel
from tests.tasks.test_layout import LINES, parcel_of

EXECUTED = re.compile(r'^\s*[=+@＝＋－＠-](?!"\d+"$)(?!\d+(\.\d+)?%?$)')
HOSTILE = "=cmd|' /C calc'!A0"


def executed(content: bytes) -> list[str]:
    """The cells that begin a formula; a number with a sign is none, nor is a long number written as a text."""
    rows = csv.reader(io.StringIO(content.decode("utf-8-sig")))
    return [cell for row in rows for cell in row if EXECUTED.match(cell)]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", list(LINES))
def test_a_list_s_headings_and_cells_are_no_formulas(kind: str, language: Language) -> None:
    content = write_csv(parcel_of(kind), language)
    assert content.count(b"\n") > 1
    assert executed(content) == []


def test_the_headings_of_sums_do_begin_with_a_sign_where_people_see_them() -> None:
    """Or the test above could not fail."""
    headings = [column.heading("zh", "CNY") for kind in KINDS.values() for column in kind.columns]
    assert [one for one in headings if EXECUTED.match(one)]
    assert [one for one in headings if EXECUTED.match(neutral_heading(one))] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_tables_that_go_along_with_a_list_are_no_formulas_as_csv(language: Language) -> None:
    named = {"reckoning": {"list": "restock", "what": "saved"}}
    tables = {
        what: [{**{field.name: None for field in table.fields}, **named.get(what, {})}]
        for what, table in TABLES.items()
    }
    files = csv_files(tables, "2025-11-11", language, "CNY")
    assert len(files) == len(TABLES)
    assert {name: found for name, content in files.items() if (found := executed(content))} == {}


def test_a_file_for_a_platform_s_own_tool_is_no_formula() -> None:
    hostile = line(1, "tmall", "sms")
    hostile.payload.update(last_order_id=HOSTILE, offer_zh="＝1+1", customer="@c")  # type: ignore[attr-defined]
    (content,) = audience_files(parcel(hostile), ("sms",), "zh").values()
    assert executed(content) == []
    assert HOSTILE in content.decode("utf-8-sig")


def test_what_studies_write_is_no_formula(tmp_path: Path) -> None:
    frame = pd.DataFrame({"title": [HOSTILE, "茶", None], "sku": ["+A", "B", "-C"], "need": [-1.5, 2.0, 0.0]})
    content = neutral_frame(frame).to_csv(index=False).encode()
    assert executed(content) == []
    assert neutral_frame(frame)["need"].tolist() == [-1.5, 2.0, 0.0]
