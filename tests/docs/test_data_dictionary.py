"""docs/data-dictionary.md names every table and column of the books, with its type, and none that does not exist."""

import re
from pathlib import Path

import pytest
from sqlalchemy import BigInteger, Column, Float, Integer, LargeBinary, String, Text

from include.warehouse.tables import metadata
from tests.task_books import TABLES as TASK_TABLES

PAGE = Path(__file__).parents[2] / "docs" / "data-dictionary.md"
# The more particular type first: Text is a String, BigInteger an Integer.
TYPES = ((Text, "text"), (String, "text ({length})"), (BigInteger, "bigint"), (Integer, "integer"), (Float, "real"),
         (LargeBinary, "bytes"))  # fmt: skip


def page_tables(text: str) -> dict[str, dict[str, list[str]]]:
    """Table -> column -> its type, unit and meaning, as the page says."""
    tables: dict[str, dict[str, list[str]]] = {}
    for section in re.split(r"^### ", text, flags=re.MULTILINE)[1:]:
        name = section.split("`")[1]
        rows = [line for line in section.splitlines() if line.startswith("| `")]
        cells = [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]
        assert name not in tables, f"{name} stands on the page twice"
        tables[name] = {row[0].strip("`"): row[1:] for row in cells}
    return tables


def type_in_words(column: Column) -> str:
    word = next(word for kind, word in TYPES if isinstance(column.type, kind))
    word = word.format(length=getattr(column.type, "length", None))
    if column.primary_key:
        return f"{word}, key"
    return f"{word}, may be null" if column.nullable else word


@pytest.fixture(scope="module")
def page() -> dict[str, dict[str, list[str]]]:
    return page_tables(PAGE.read_text(encoding="utf-8"))


def test_the_page_has_every_table_and_no_other(page: dict[str, dict[str, list[str]]]) -> None:
    assert {table.name for table in TASK_TABLES} <= set(metadata.tables)
    assert set(page) == set(metadata.tables)


@pytest.mark.parametrize("name", sorted(metadata.tables))
def test_a_table_has_every_column_with_its_type(name: str, page: dict[str, dict[str, list[str]]]) -> None:
    said = {column: cells[0] for column, cells in page[name].items()}
    assert said == {column.name: type_in_words(column) for column in metadata.tables[name].columns}


def test_every_column_has_a_meaning_and_money_its_unit(page: dict[str, dict[str, list[str]]]) -> None:
    for name, columns in page.items():
        for column, cells in columns.items():
            assert len(cells) == 3, f"{name}.{column}: {cells}"
            assert cells[2], f"{name}.{column} has no meaning"
            assert column.endswith("_micros") == (cells[1] == "micros"), f"{name}.{column} is in {cells[1]!r}"


def test_a_missing_and_an_invented_column_are_noticed() -> None:
    """The page is read as written: what a person forgot or made up shows."""
    text = "### `outbox`\n\n| column | type | unit | meaning |\n| --- | --- | --- | --- |\n| `made_up` | text | | x |\n"
    assert page_tables(text) == {"outbox": {"made_up": ["text", "", "x"]}}
