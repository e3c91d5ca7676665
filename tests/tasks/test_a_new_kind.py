"""A kind of list is one module and its words: what docs/adding-a-list-kind.md adds, from the module to the answer."""

import io
from pathlib import Path
from typing import Any, get_args

import openpyxl
import pytest
from sqlalchemy import Engine

from include.settings.channels import ListKind
from include.tasks import kinds
from include.tasks.answers.answers import enter_answers, read_answers
from include.tasks.channels.delivery import deliver
from include.tasks.channels.file import FileChannel
from include.tasks.drafts import TaskList, draft, task_id
from include.tasks.kind import Kind
from include.tasks.publish_list import publish_list
from include.tasks.task_queries import one_task
from tests.list_sheets import codes_of
from tests.new_kind import added_kind

DAY, MORNING = "2025-11-12", "2025-11-13"


@pytest.fixture
def stocktake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Kind:
    return added_kind(tmp_path, monkeypatch)


def test_a_channel_can_be_given_every_kind_of_list() -> None:
    assert set(get_args(ListKind)) == set(kinds.KINDS)


@pytest.mark.parametrize(("language", "done"), [("zh", "完成"), ("en", "done")])
def test_the_list_of_a_new_kind_is_written_read_back_and_answered(
    books: Engine, make: Any, tmp_path: Path, stocktake: Kind, language: Any, done: str
) -> None:
    line = draft(stocktake, DAY, {"sku": "A", "title": "tea", "warehouse": "w", "on_hand": 12, "quantity": 9})
    publish_list(books, TaskList("stocktake", DAY, [line]), make.at(MORNING, 2), channels=["desk"])
    deliver(books, [FileChannel("desk", str(tmp_path / "out"), language, ("xlsx",))], {}, lambda: make.at(MORNING, 3))

    (path,) = (tmp_path / "out").glob("*.xlsx")
    assert path.name == {"zh": "盘点_2025-11-12.xlsx", "en": "stocktake_2025-11-12.xlsx"}[language]
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    header, place = codes_of(sheet)
    headings = {cell.value for cell in sheet[header]}
    assert {"zh": "账上件数", "en": "In the books"}[language] in headings
    sheet.cell(header + 1, place["answer"]).value = done
    saved = io.BytesIO()
    book.save(saved)
    entered = enter_answers(books, read_answers(saved.getvalue(), MORNING), "小王", make.at(MORNING, 9))

    assert (entered.changed, entered.problems) == (1, ())
    with books.connect() as connection:
        task = one_task(connection, task_id("stocktake", DAY, "w/A"))
    assert task is not None
    assert (task.state, task.answer["quantity"]) == ("done", 9)
    assert kinds.kind_named("盘点") == "stocktake"
