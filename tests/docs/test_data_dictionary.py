"""docs/data-dictionary.md names every table and column of the books, with its type, and none that does not exist."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from include.warehouse.tables import LINE_TABLES, metadata
from scripts import dictionary_page
from scripts.dictionary_page import PAGE, type_in_words
from tests.task_books import TABLES as TASK_TABLES


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


def test_the_line_tables_are_as_the_frames_are_declared() -> None:
    standing = PAGE.read_text(encoding="utf-8")
    assert dictionary_page.page(standing) == standing, "run `make pages`"


def test_every_line_table_is_a_declared_frame() -> None:
    assert set(dictionary_page.FRAMES) == set(LINE_TABLES)


def test_check_says_when_a_declaration_has_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # given a copy of the page, and another meaning of suppliers.title
    copy = tmp_path / "docs" / "data-dictionary.md"
    copy.parent.mkdir()
    copy.write_text(PAGE.read_text(encoding="utf-8"), encoding="utf-8")
    suppliers = dictionary_page.FRAMES["suppliers"]
    columns = tuple(replace(c, meaning="its Latin name") if c.name == "title" else c for c in suppliers.columns)
    frames = {**dictionary_page.FRAMES, "suppliers": replace(suppliers, columns=columns)}
    monkeypatch.setattr(dictionary_page, "PAGE", copy)
    monkeypatch.setattr(dictionary_page, "FRAMES", frames)
    # when it is checked, written and checked again
    assert dictionary_page.main(["--check"]) == 1
    assert "make pages" in capsys.readouterr().err
    assert dictionary_page.main([]) == 0
    # then that line is another one, and no other
    assert dictionary_page.main(["--check"]) == 0
    changed = set(copy.read_text(encoding="utf-8").splitlines()) - set(PAGE.read_text(encoding="utf-8").splitlines())
    assert changed == {"| `title` | text, may be null |  | its Latin name |"}


def test_a_frame_without_a_section_is_told() -> None:
    with pytest.raises(ValueError, match="no section ### `orders`"):
        dictionary_page.page("# Data dictionary\n")
