"""A recall list with lines to call and lines to write to: what each can be answered with, and its receipt."""

import io
import re
import zipfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import Engine

from include.tasks.acts import ActError
from include.tasks.answers.answers import Entered, enter_answers, read_answers
from include.tasks.answers.receipt import HandedBack, write_receipt
from include.tasks.channels.delivery import deliver
from include.tasks.channels.file import FileChannel
from include.tasks.drafts import TaskList, draft, task_id
from include.tasks.kinds import kind_of
from include.tasks.publish_list import publish_list
from include.tasks.task_queries import one_task
from include.warehouse.books import open_books
from include.warehouse.tables import metadata
from tests.command_lines import storekeeper
from tests.list_sheets import codes_of
from tests.task_books import TABLES, act

pytestmark = pytest.mark.slow

main = storekeeper("tasks")

DAY, NEXT = "2025-11-12", "2025-11-13"
CALLED, WRITTEN, OTHER = "a" * 12, "b" * 12, "c" * 12
AT = datetime(2025, 11, 14, 9)


@pytest.fixture
def books(tmp_path: Path) -> Iterator[Engine]:
    engine = open_books(f"sqlite:///{tmp_path / 'books.sqlite'}")
    metadata.create_all(engine, tables=list(TABLES))
    yield engine
    engine.dispose()


def push(books: Engine, folder: Path, ways: dict[str, str | None], day: str = DAY, language: str = "zh") -> Path:
    """The recall list of these customers and ways of contact, as it is pushed."""
    kind = kind_of("recall")
    lines = [
        draft(kind, day, {"customer": who, "value_micros": 1, "opening_zh": "您好", "opening_en": "Hello",
                          **({"way": way} if way else {})}, rank=n)
        for n, (who, way) in enumerate(ways.items(), start=1)
    ]  # fmt: skip
    publish_list(books, TaskList("recall", day, lines), datetime.fromisoformat(f"{day}T23:00"), channels=["desk"])
    deliver(books, [FileChannel("desk", str(folder), language=language)], {}, lambda: AT)  # type: ignore[arg-type]
    return folder / f"{'召回' if language == 'zh' else 'recall'}_{day}.xlsx"


def filled(path: Path, answers: dict[str, dict[str, str]], number: int = 0) -> bytes:
    """The workbook, answered by customer and column code on one of its sheets."""
    book = openpyxl.load_workbook(path)
    rows = list(book.worksheets[number].iter_rows())
    header, place = codes_of(book.worksheets[number])
    for row in rows[header:]:
        for code, text in answers.get(str(row[place["customer"] - 1].value), {}).items():
            book.worksheets[number].cell(row[0].row, place[code]).value = text
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def answer(books: Engine, path: Path, words: dict[str, str], number: int = 0) -> Entered:
    read = read_answers(filled(path, {who: {"answer": word} for who, word in words.items()}, number), "2025-11-14")
    return enter_answers(books, read, "小王", AT)


def said(books: Engine, customer: str, day: str = DAY) -> tuple[str, Any]:
    with books.connect() as connection:
        task = one_task(connection, task_id("recall", day, customer))
    assert task is not None
    return task.state, task.answer.get("outcome")


WORDS_OF = {
    "call": {
        "已接通有意向": ("done", "interested"), "已接通无意向": ("done", "not_interested"),
        "未接通": ("done", "no_answer"), "空号": ("done", "wrong_number"),
        "勿扰": ("refused", "do_not_disturb"), "已下单": ("done", "ordered"),
    },
    "message": {
        "已发送": ("done", "sent"), "已回复": ("done", "replied"), "发送失败": ("done", "not_delivered"),
        "勿扰": ("refused", "do_not_disturb"), "已下单": ("done", "ordered"),
    },
}  # fmt: skip


@pytest.mark.parametrize("way", ["call", "message", None])
def test_a_line_is_answered_with_the_words_of_its_way_and_no_others(tmp_path: Path, way: str | None) -> None:
    own = WORDS_OF[way or "call"]  # lists of before say no way, and were answered as calls
    for word in sorted({*WORDS_OF["call"], *WORDS_OF["message"]}):
        folder = tmp_path / word
        folder.mkdir()
        engine = open_books(f"sqlite:///{folder / 'books.sqlite'}")
        metadata.create_all(engine, tables=list(TABLES))
        entered = answer(engine, push(engine, folder, {WRITTEN: way, OTHER: "call"}), {WRITTEN: word})
        if word in own:
            assert (entered.problems, said(engine, WRITTEN)) == ((), own[word])
        else:
            (problem,) = entered.problems
            assert problem.found == word
            assert problem.expected == (
                f"这一行的联系方式没有“{word}”这种结果；请选 {'、'.join(own)}、接受、拒绝 或 稍后"
            )
            assert said(engine, WRITTEN) == ("open", None)
        engine.dispose()


def test_a_call_is_put_off_until_the_day_behind_the_word_since_its_list_has_no_column_of_days(
    books: Engine, tmp_path: Path
) -> None:
    path = push(books, tmp_path, {CALLED: "call", WRITTEN: "message"})
    assert answer(books, path, {CALLED: "稍后（下周三）", WRITTEN: "稍后"}).problems == ()
    with books.connect() as connection:
        tasks = [one_task(connection, task_id("recall", DAY, name)) for name in (CALLED, WRITTEN)]
    assert [(task.state, task.answer["until"]) for task in tasks if task] == [
        ("snoozed", "2025-11-19"), ("snoozed", "2025-11-21"),
    ]  # fmt: skip


def test_a_word_that_nothing_can_be_answered_with_names_those_of_the_line(books: Engine, tmp_path: Path) -> None:
    path = push(books, tmp_path, {CALLED: "call", WRITTEN: "message"}, language="en")
    problems = answer(books, path, {CALLED: "maybe", WRITTEN: "maybe"}, number=1).problems
    assert [problem.expected for problem in problems] == [
        f"expected {outcomes}, do not disturb, ordered, accept, refuse or later"
        for outcomes in ("interested, not interested, no answer, wrong number", "sent, replied, not delivered")
    ]


def test_an_act_from_the_command_line_is_held_against_the_way_as_well(books: Engine, tmp_path: Path) -> None:
    push(books, tmp_path, {WRITTEN: "message"})
    task = task_id("recall", DAY, WRITTEN)
    with books.begin() as connection:
        with pytest.raises(ActError, match="expected one of sent, replied, not_delivered, do_not_disturb, ordered"):
            act(connection, task, "done", "li", AT, {"outcome": "no_answer"})
        assert act(connection, task, "done", "li", AT, {"outcome": "已发送"})
    assert said(books, WRITTEN) == ("done", "sent")


def test_a_line_of_yesterday_is_answered_by_yesterdays_way(books: Engine, tmp_path: Path) -> None:
    yesterdays = push(books, tmp_path, {WRITTEN: "message"})
    push(books, tmp_path, {WRITTEN: "call"}, day=NEXT)
    assert answer(books, yesterdays, {WRITTEN: "已发送"}).problems == ()
    assert said(books, WRITTEN, NEXT) == ("done", "sent")


@pytest.mark.parametrize("number", [1, 2])
def test_the_drop_down_of_a_line_goes_by_its_hidden_way_which_moves_with_it(
    books: Engine, tmp_path: Path, number: int
) -> None:
    path = push(books, tmp_path, {CALLED: "call", WRITTEN: "message"})
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[number - 1]
    header, place = codes_of(sheet)
    way = sheet.cell(header, place["way"])
    first = header + 1
    with zipfile.ZipFile(path) as archive:
        xml = archive.read(f"xl/worksheets/sheet{number}.xml").decode()
    (formula,) = re.findall(r"<formula1>(IF.*?)</formula1>", xml)
    message, call = re.fullmatch(rf'IF\(\${way.column_letter}{first}="发消息",(.*),(.*)\)', formula).groups()  # type: ignore[union-attr]
    words = [[cell.value for (cell,) in book["_list"][place.split("!")[1]]] for place in (message, call)]
    assert words == [[*WORDS_OF["message"], "接受", "拒绝", "稍后"], [*WORDS_OF["call"], "接受", "拒绝", "稍后"]]
    assert sheet.column_dimensions[way.column_letter].hidden
    assert [sheet.cell(row, way.column).value for row in (first, first + 1)] == ["打电话", "发消息"]
    filtered = re.search(r'<autoFilter ref="A\d+:([A-Z]+)\d+"', xml)
    assert filtered is not None
    assert filtered[1] == way.column_letter
    assert way.column_letter not in str(sheet.print_area)


CHINESE, LATIN = re.compile(r"[\u3000-\u9fff\uff00-\uffef]"), re.compile(r"[A-Za-z_]{2,}")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_show_prints_one_language(
    books: Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str], language: str
) -> None:
    """Answered, corrected, carried on and withdrawn: every kind of event, in the words of one language alone."""
    address = books.url.render_as_string(hide_password=False)
    push(books, tmp_path, {CALLED: "call", WRITTEN: "message", OTHER: "call"})
    push(books, tmp_path, {CALLED: "call", OTHER: "message"}, day=NEXT)
    for day, who, to_state, data in (
        (NEXT, CALLED, "refused", {"outcome": "do_not_disturb"}),
        (DAY, WRITTEN, "done", {"outcome": "sent", "note": "2"}),
    ):
        with books.begin() as connection:
            act(connection, task_id("recall", day, who), to_state, "7", AT, data)  # type: ignore[arg-type]
    push(books, tmp_path, {}, day="2026-01-10")
    told = ""
    for day, who in ((DAY, CALLED), (NEXT, CALLED), (DAY, WRITTEN), (NEXT, OTHER)):
        assert main(["--books", address, "show", task_id("recall", day, who), "--language", language]) == 0
        told += capsys.readouterr().out
    if language == "en":
        assert CHINESE.findall(told) == []
        assert "open -> refused  outcome do not disturb, reason do not disturb, then Expected gain 0.000001" in told
    else:
        plain = re.sub(r"[a-z0-9]{16}|a{12}|b{12}|c{12}", "", told)
        assert LATIN.findall(plain) == []
        assert "7：待处理 -> 拒绝  结果 勿扰，原因 勿扰，当时预计净赚 0.000001" in told
        assert "7：待处理 -> 完成  备注 2，结果 已发送" in told
        assert "系统：待处理 -> 已过期  超过天数" in told


def receipt_of(books: Engine, path: Path, words: dict[str, dict[str, str]], language: Any = "zh") -> list[list[Any]]:
    read = read_answers(filled(path, words), "2025-11-14")
    entered = enter_answers(books, read, "小王", AT)
    handed = HandedBack(path.name, "小王", AT, language, read, entered)
    rows = CalamineWorkbook.from_filelike(io.BytesIO(write_receipt(handed))).get_sheet_by_index(0).to_python()
    return [[cell for cell in row if cell != ""] for row in rows if any(cell != "" for cell in row)]


def test_a_recall_receipt_counts_every_answer_apart_and_no_units(books: Engine, tmp_path: Path) -> None:
    ways = {CALLED: "call", WRITTEN: "message", OTHER: "message", "d" * 12: "call"}
    path = push(books, tmp_path, ways)
    rows = receipt_of(
        books, path,
        {CALLED: {"answer": "勿扰"}, WRITTEN: {"answer": "已发送"}, OTHER: {"answer": "拒绝", "answer_reason": "太远"},
         "d" * 12: {"answer": "勿扰"}},
    )  # fmt: skip
    assert rows[2:7] == [
        ["合计", "行数"], ["已录入", 4.0], ["其中 已发送", 1.0], ["其中 勿扰", 2.0], ["其中 拒绝", 1.0],
    ]  # fmt: skip
    assert ["行", "序号", "商品或客户", "处理结果", "原因", "本次"] in rows
    assert [row[1:] for row in rows[-4:]] == [
        [1.0, CALLED, "勿扰", "新录入"], [2.0, WRITTEN, "已发送", "新录入"], [3.0, OTHER, "拒绝", "太远", "新录入"],
        [4.0, "d" * 12, "勿扰", "新录入"],
    ]  # fmt: skip


@pytest.mark.parametrize(("language", "column"), [("zh", "A 任务编号"), ("en", "A task id")])
def test_the_column_of_the_ids_has_a_name_in_the_lists_language(
    books: Engine, tmp_path: Path, language: Any, column: str
) -> None:
    path = push(books, tmp_path, {CALLED: "call"}, language=language)
    rows = receipt_of(
        books,
        path,
        {CALLED: {"task_id": "nobody", "answer": "勿扰" if language == "zh" else "do not disturb"}},
        language,
    )
    assert [row[3] for row in rows if "nobody" in row] == [column]


def on_both(path: Path, tmp_path: Path, first: dict[str, str], second: dict[str, str]) -> bytes:
    """The workbook with WRITTEN answered on the list and on the talk sheet."""
    half = tmp_path / "half.xlsx"
    half.write_bytes(filled(path, {WRITTEN: first}))
    return filled(half, {WRITTEN: second}, 1)


@pytest.mark.parametrize(
    ("first", "second", "found", "column"),
    [
        ({"answer": "已发送"}, {"answer": "发送失败"}, "召回=已发送，通话单=发送失败", "处理结果"),
        ({"answer": "已发送"}, {"answer": "接受"}, "召回=已发送，通话单=接受", "处理结果"),
        ({"answer": "已发送", "answer_reason": "一"}, {"answer": "已发送", "answer_reason": "二"},
         "召回=一，通话单=二", "原因"),
    ],
)  # fmt: skip
def test_two_sheets_that_contradict_each_other_are_entered_neither(
    books: Engine, tmp_path: Path, first: dict[str, str], second: dict[str, str], found: str, column: str
) -> None:
    path = push(books, tmp_path, {CALLED: "call", WRITTEN: "message"})
    read = read_answers(on_both(path, tmp_path, first, second), "2025-11-14")
    entered = enter_answers(books, read, "小王", AT)
    (problem,) = entered.problems
    assert (problem.found, problem.expected) == (found, "两页都填了且不同，都没有录入；只留一个")
    assert problem.column.endswith(column)
    assert (entered.changed, said(books, WRITTEN)) == (0, ("open", None))


def test_two_sheets_that_say_the_same_or_more_are_one_answer(books: Engine, tmp_path: Path) -> None:
    path = push(books, tmp_path, {CALLED: "call", WRITTEN: "message"})
    both = on_both(path, tmp_path, {"answer": "已发送"}, {"answer": "已发送", "answer_reason": "下周再问"})
    entered = enter_answers(books, read_answers(both, "2025-11-14"), "小王", AT)
    assert (entered.changed, entered.problems) == (1, ())
    assert entered.lines[0].answer["reason"] == "下周再问"


@pytest.mark.parametrize(
    ("second", "entered", "expected"),
    [("空号", None, "同一任务出现了两次且答复不同，都没有录入；请只保留一行"),
     ("未接通", "no_answer", "同一任务出现了两次，见“召回”第 {row} 行；请只保留一行")],
)  # fmt: skip
def test_one_task_on_two_rows_of_a_sheet_is_entered_only_if_they_agree(
    books: Engine, tmp_path: Path, second: str, entered: str | None, expected: str
) -> None:
    path = push(books, tmp_path, {CALLED: "call", OTHER: "call"})
    again = {"task_id": task_id("recall", DAY, CALLED), "customer": CALLED, "answer": second}
    read = read_answers(filled(path, {CALLED: {"answer": "未接通"}, OTHER: again}), "2025-11-14")
    first = read.answers[0].row
    (problem,) = enter_answers(books, read, "小王", AT).problems
    assert problem.found == f"第 {first} 行=未接通，第 {first + 1} 行={second}"
    assert problem.expected == expected.format(row=first)
    assert said(books, CALLED)[1] == entered
