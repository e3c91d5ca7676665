"""The hand-back folder: lists that people put there are entered, answered with a receipt, and nothing is lost."""

import io
import os
import re
import time
import zipfile
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import Engine, func, select
from sqlalchemy.exc import OperationalError

from include.settings.channels import HandBack as Settings
from include.tasks.acts import Act, act_all
from include.tasks.answers import hand_back_folder
from include.tasks.answers.answers import enter_answers, read_answers
from include.tasks.answers.editor import last_editor
from include.tasks.answers.hand_back_files import is_receipt
from include.tasks.answers.hand_back_folder import HandBack, hand_back_rules
from include.tasks.channels.delivery import deliver
from include.tasks.channels.file import FileChannel
from include.tasks.drafts import task_id
from include.tasks.publish_list import publish_list
from include.tasks.sheets.workbook_text import what_it_is
from include.tasks.task_queries import one_task
from include.tasks.task_tables import BY_PEOPLE, outbox, task_events
from tests.command_lines import english_merchant, storekeeper
from tests.list_sheets import codes_of

pytestmark = pytest.mark.slow

main = storekeeper("tasks")

DAY, NAME = "2025-11-12", "补货_2025-11-12.xlsx"
AT = datetime(2025, 11, 13, 9, 31)

Fill = Callable[..., bytes]
ON_SQLITE = pytest.mark.parametrize("books", ["sqlite"], indirect=True)
"""For what is about files: the database has no part in it."""


@pytest.fixture
def lists(books: Engine, make: Any, tmp_path: Path) -> Path:
    """A folder with a list of A to E, 10 units at 5.50 each."""
    publish_list(
        books, make.restock(DAY, *(make.draft(s) for s in "ABCDE")), make.at("2025-11-13", 2), channels=["desk"]
    )
    deliver(books, [FileChannel("desk", str(tmp_path / "lists"))], {}, lambda: make.at("2025-11-13", 3))
    return tmp_path / "lists"


@pytest.fixture
def filled(lists: Path) -> Fill:
    def fill(answers: dict[str, dict[str, Any]], editor: str | None = None) -> bytes:
        """The list with cells typed into, by sku and column code."""
        book = openpyxl.load_workbook(lists / NAME)
        sheet = book.worksheets[0]
        rows = list(sheet.iter_rows())
        header, place = codes_of(sheet)
        for row in rows[header:]:
            for code, value in answers.get(row[place["sku"] - 1].value, {}).items():
                sheet.cell(row[0].row, place[code]).value = value
        book.properties.lastModifiedBy = editor
        out = io.BytesIO()
        book.save(out)
        return out.getvalue()

    return fill


@pytest.fixture
def folder(lists: Path) -> HandBack:
    made = HandBack(lists / "交回", hand_back_rules(Settings(settle_seconds=0), "zh"))
    made.make()
    return made


def put(folder: HandBack, name: str, content: bytes) -> Path:
    path = folder.folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def state(books: Engine, sku: str) -> tuple[str, dict[str, Any], str]:
    with books.connect() as connection:
        task = one_task(connection, task_id("restock", DAY, f"hangzhou/{sku}"))
    assert task is not None
    return task.state, dict(task.answer), task.changed_by


def text_of(path: Path) -> str:
    rows = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()
    return "\n".join(" | ".join(str(cell) for cell in row if cell != "") for row in rows)


def take_in(folder: HandBack, books: Engine, at: datetime = AT) -> tuple[hand_back_folder.Receipt, ...]:
    """The receipts of a look at which nothing failed."""
    taken = folder.take_in(books, lambda: at)
    assert taken.failures == ()
    return taken.receipts


def test_a_list_in_the_folder_of_a_name_is_entered_and_answered(books: Engine, folder: HandBack, filled: Fill) -> None:
    answers = {
        "A": {"answer": "接受"},
        "B": {"answer": "完成", "answer_quantity": 20, "answer_expected_day": "11月20日"},
        "C": {"answer": "拒绝"},
        "D": {"answer": "完成", "answer_quantity": "六十"},
    }
    path = put(folder, f"小王/{NAME}", filled(answers))
    (receipt,) = take_in(folder, books)

    assert (receipt.file, receipt.who, receipt.needs_a_person) == (f"小王/{NAME}", "小王", True)
    assert state(books, "A") == ("accepted", {"quantity": 10}, "小王")
    assert state(books, "B") == ("done", {"quantity": 20, "expected_day": "2025-11-20"}, "小王")
    assert (state(books, "C")[0], state(books, "D")[0]) == ("open", "open")
    assert not path.exists()
    assert receipt.receipt.parent == path.parent
    assert receipt.receipt.name == "回执_补货_2025-11-12_0931.xlsx"
    assert receipt.moved_to.parent == folder.folder / "已处理" / "小王"
    told = text_of(receipt.receipt)
    assert "回执：补货清单 2025-11-12" in told
    assert f"文件 {NAME}，小王 交回，2025-11-13 09:31 读取" in told
    assert "已录入 | 2.0 | 30.0 | 165.0" in told  # 10 and 20 units at 5.50
    assert "hangzhou C product C" in told
    assert "请写拒绝的原因" in told
    assert "六十 | 请写数字 60" in told


def test_what_a_person_said_since_goes_before_their_older_file(books: Engine, folder: HandBack, filled: Fill) -> None:
    """As where a run died after it had entered a file and before it had put it aside: the next one reads it again."""
    path = put(
        folder, f"小王/{NAME}", filled({"A": {"answer": "接受", "answer_quantity": 12}, "B": {"answer": "接受"}})
    )
    an_hour_ago = time.time() - 3600
    os.utime(path, (an_hour_ago, an_hour_ago))
    enter_answers(books, read_answers(path.read_bytes(), "2025-11-13"), "小王", AT - timedelta(minutes=50))
    later = Act(task_id("restock", DAY, "hangzhou/A"), "accepted", {"quantity": 7})
    with books.begin() as connection:
        act_all(connection, [later], "小王", AT - timedelta(minutes=20))
    (receipt,) = take_in(folder, books)
    assert state(books, "A") == ("accepted", {"quantity": 7}, "小王")
    assert "这份表保存之后，您在 2025-11-13 09:11 已答复“接受” 7 件" in text_of(receipt.receipt)
    assert receipt.needs_a_person

    put(folder, f"小王/{NAME}", filled({"A": {"answer": "接受", "answer_quantity": 9}}))  # saved after that
    take_in(folder, books, AT + timedelta(minutes=5))
    assert state(books, "A") == ("accepted", {"quantity": 9}, "小王")


def test_what_was_not_entered_stands_in_red_cells(books: Engine, folder: HandBack, filled: Fill) -> None:
    put(folder, f"小王/{NAME}", filled({"C": {"answer": "拒绝"}}))
    (receipt,) = take_in(folder, books)
    sheet = openpyxl.load_workbook(receipt.receipt).worksheets[0]
    row = next(row for row in sheet.iter_rows() if row[2].value == "hangzhou C product C")
    assert {cell.fill.fgColor.rgb for cell in row[:6]} == {"FFF8CBAD"}
    assert (row[0].value, row[1].value) == (str(sheet_row_of(filled({}), "C")), 3), "the sheet's row, the list's number"


def test_the_receipt_says_where_the_file_lies_now_and_what_to_correct(
    books: Engine, folder: HandBack, filled: Fill
) -> None:
    pushed = folder.folder.parent / NAME
    corrected, well_filled = (filled({**said, "A": {"answer": "接受"}}) for said in ({"C": {"answer": "拒绝"}}, {}))
    put(folder, f"小王/{NAME}", filled({"C": {"answer": "拒绝"}}))
    (receipt,) = take_in(folder, books)
    told, place = text_of(receipt.receipt), f"交回/已处理/小王/{receipt.moved_to.name}"
    assert f"文件读过后移到了 {place}" in told
    assert f"要改的：打开 {place}，按下表改好所列的格，存进 交回/小王，" in told
    assert f"想重新填，用 {NAME}，" in told
    assert f"可另写一份，已录入的答复都在里面：./storekeeper tasks sheet 补货 {DAY} --out 补货_{DAY}_2.xlsx" in told

    pushed.unlink()
    put(folder, f"小王/{receipt.moved_to.name}", corrected)
    (again,) = take_in(folder, books, AT + timedelta(minutes=7))
    assert again.receipt.name == "回执_补货_2025-11-12_0938.xlsx"
    assert re.fullmatch(r"补货_2025-11-12_20251113-0938_[0-9a-f]{12}\.xlsx", again.moved_to.name)
    assert "想重新填" not in text_of(again.receipt)

    put(folder, f"小王/{NAME}", well_filled)
    (well,) = take_in(folder, books, AT + timedelta(minutes=9))
    assert f"文件读过后移到了 交回/已处理/小王/{well.moved_to.name}" in text_of(well.receipt)
    assert all(part not in text_of(well.receipt) for part in ("要改的：", "tasks sheet"))


def test_a_refused_change_shows_the_quantity_that_was_asked(books: Engine, folder: HandBack, filled: Fill) -> None:
    put(folder, f"小王/{NAME}", filled({"B": {"answer": "完成", "answer_quantity": 20}}))
    put(folder, f"小李/{NAME}", filled({"B": {"answer": "接受", "answer_quantity": 12}}))
    take_in(folder, books)
    put(folder, f"小王/{NAME}", filled({"B": {"answer": "接受", "answer_quantity": 15}}))
    (own,) = take_in(folder, books, AT + timedelta(minutes=1))
    (other,) = (folder.folder / "小李").glob("回执_*")
    assert "接受 12 件 | 小王 已答复“完成” 20 件；" in text_of(other)
    assert "接受 15 件 | 小王 已答复“完成” 20 件，不能这样改" in text_of(own.receipt)


def sheet_row_of(workbook: bytes, sku: str) -> int:
    rows = CalamineWorkbook.from_filelike(io.BytesIO(workbook)).get_sheet_by_index(0).to_python(skip_empty_area=False)
    return next(number for number, row in enumerate(rows, start=1) if f"product {sku}" in row)


@pytest.mark.parametrize(
    ("name", "editor", "otherwise", "who"),
    [
        (f"小王/{NAME}", "李四", None, "小王"),
        (NAME, "李四", None, "李四"),
        (NAME, None, "店长", "店长"),
        (NAME, "Administrator", "店长", "店长"),
    ],
)
def test_who_answers_is_the_folder_then_the_editor_then_the_setting(
    books: Engine, folder: HandBack, filled: Fill, name: str, editor: str | None, otherwise: str | None, who: str
) -> None:
    put(folder, name, filled({"A": {"answer": "接受"}}, editor))
    made = HandBack(folder.folder, hand_back_rules(Settings(otherwise=otherwise, settle_seconds=0), "zh"))
    (receipt,) = take_in(made, books)
    assert (receipt.who, state(books, "A")[2]) == (who, who)


def test_a_list_of_nobody_is_not_entered_and_says_what_to_do(books: Engine, folder: HandBack, filled: Fill) -> None:
    put(folder, NAME, filled({"A": {"answer": "接受"}}))
    (receipt,) = take_in(folder, books)
    assert (receipt.who, state(books, "A")[0]) == (None, "open")
    assert "建一个以您名字命名的子文件夹" in text_of(receipt.receipt)


def test_the_same_file_twice_is_known(books: Engine, folder: HandBack, filled: Fill) -> None:
    content = filled({"A": {"answer": "接受"}})
    put(folder, f"小王/{NAME}", content)
    take_in(folder, books)
    put(folder, f"小王/again {NAME}", content)
    (receipt,) = take_in(folder, books, datetime(2025, 11, 13, 10))
    assert "同一个文件已于 2025-11-13 09:31 交回过" in text_of(receipt.receipt)
    assert not receipt.needs_a_person
    assert len(list((folder.folder / "已处理" / "小王").iterdir())) == 2, "nothing is thrown away"


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("补货_2025-11-12.csv", "序号,商品\r\n1,毛毯\r\n".encode("utf-8-sig"), "请在同名的 .xlsx 清单里填写并交回"),
        ("清单.xlsx", b"PK\x03\x04 damaged", "不是能读的工作簿"),
        ("照片.jpg", b"\xff\xd8\xff\xe0\x00\x10JFIF", "这是图片，不是清单"),
        ("空.xlsx", b"", "这是空文件，不是清单"),
    ],
)
def test_a_file_that_cannot_be_read_is_told_and_stops_no_other(
    books: Engine, folder: HandBack, filled: Fill, name: str, content: bytes, told: str
) -> None:
    put(folder, f"小王/{name}", content)
    put(folder, f"小李/{NAME}", filled({"A": {"answer": "接受"}}))
    receipts = {receipt.file: receipt for receipt in take_in(folder, books)}
    assert told in text_of(receipts[f"小王/{name}"].receipt)
    assert receipts[f"小王/{name}"].moved_to.read_bytes() == content
    assert state(books, "A")[0] == "accepted"


def test_two_peoples_lists_at_once_are_a_conflict_that_is_told(books: Engine, folder: HandBack, filled: Fill) -> None:
    first = put(folder, f"小王/{NAME}", filled({"A": {"answer": "完成", "answer_quantity": 12}}))
    second = put(
        folder, f"小李/{NAME}", filled({"A": {"answer": "拒绝", "answer_reason": "太多"}, "B": {"answer": "接受"}})
    )
    os.utime(first, (time.time() - 60, time.time() - 60))
    os.utime(second, (time.time() - 30, time.time() - 30))
    of_first, of_second = take_in(folder, books)
    assert (of_first.who, of_first.needs_a_person, of_second.who) == ("小王", False, "小李")
    assert state(books, "A") == ("done", {"quantity": 12}, "小王")
    assert "小王 已答复“完成” 12 件；确要改动，请在“原因”里以“确认”开头写明" in text_of(of_second.receipt)
    assert state(books, "B")[2] == "小李"


def test_what_is_still_being_written_or_open_is_left_for_later(books: Engine, folder: HandBack, filled: Fill) -> None:
    content = filled({"A": {"answer": "接受"}})
    path = put(folder, f"小王/{NAME}", content[:2000])
    settling = HandBack(folder.folder, hand_back_rules(Settings(settle_seconds=60), "zh"))
    assert settling.at_rest() == {}
    assert take_in(settling, books) == ()
    seen = folder.waiting()
    path.write_bytes(content)
    assert folder.take_in(books, lambda: AT, seen).receipts == (), "it has grown since it was seen"
    lock = put(folder, f"小王/.~lock.{NAME}#", b"")
    assert take_in(folder, books) == (), "LibreOffice has it open"
    lock.unlink()
    put(folder, f"小王/~${NAME}", b"")
    assert take_in(folder, books) == (), "Excel has it open"
    (folder.folder / "小王" / f"~${NAME}").unlink()
    assert len(take_in(folder, books)) == 1


def test_receipts_and_what_is_processed_are_not_read_again(books: Engine, folder: HandBack, filled: Fill) -> None:
    put(folder, f"小王/{NAME}", filled({"A": {"answer": "接受"}}))
    assert len(take_in(folder, books)) == 1
    assert take_in(folder, books) == ()
    assert folder.waiting() == {}


def test_what_was_processed_is_kept_as_long_as_retention_says(books: Engine, folder: HandBack, filled: Fill) -> None:
    waits = put(folder, "小李/later.xlsx", b"not read yet")
    path = put(folder, f"小王/{NAME}", filled({"A": {"answer": "接受"}}))
    os.utime(path, (0, 0))  # saved long ago, handed back now
    only = {f"小王/{NAME}": folder.waiting()[f"小王/{NAME}"]}
    (receipt,) = folder.take_in(books, lambda: AT, only).receipts
    assert folder.forget(time.time() - 3600) == 0
    assert folder.forget(time.time() + 3600) == 2
    assert not receipt.receipt.exists()
    assert not receipt.moved_to.exists()
    assert waits.exists()


def test_where_the_books_cannot_be_reached_the_file_stays(
    books: Engine, folder: HandBack, filled: Fill, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = put(folder, f"小王/{NAME}", filled({"A": {"answer": "接受"}}))

    def away(*_: Any, **__: Any) -> None:
        raise OperationalError("select", {}, Exception("gone"))

    monkeypatch.setattr(hand_back_folder, "enter_answers", away)
    with pytest.raises(OperationalError):
        take_in(folder, books)
    assert path.exists()
    monkeypatch.undo()
    take_in(folder, books)
    assert state(books, "A")[0] == "accepted"


def test_no_formula_or_phone_number_gets_into_a_receipt(books: Engine, folder: HandBack, filled: Fill) -> None:
    answers = {"A": {"answer": "=1+1"}, "B": {"answer": "打 13912345678"}}
    put(folder, f"小王/{NAME}", filled(answers))
    (receipt,) = take_in(folder, books)
    assert "13912345678" not in text_of(receipt.receipt)
    with zipfile.ZipFile(receipt.receipt) as archive:
        assert b"<f>" not in archive.read("xl/worksheets/sheet1.xml")


def test_the_command_does_it_once(
    books: Engine, folder: HandBack, filled: Fill, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(folder, f"小王/{NAME}", filled({"A": {"answer": "接受"}, "B": {"answer": "好"}}))
    address = books.url.render_as_string(hide_password=False)
    command = ["--books", address, *english_merchant(tmp_path / "english"), "hand-back", str(folder.folder)]
    assert main(command, now=lambda zone: AT) == 1, "a row needs a person"
    assert "小王  已录入 1 行，早已录入 0 行，未录入 1 行" in capsys.readouterr().out
    assert main(command, now=lambda zone: AT) == 0


def test_who_saved_a_workbook_last_is_read_from_each_format(filled: Fill) -> None:
    assert last_editor(filled({}, "王 <小>")) == "王 <小>"
    assert last_editor(filled({})) is None
    assert last_editor(filled({}, "openpyxl")) is None
    meta = "<office:meta><dc:creator>李四</dc:creator></office:meta>"
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("meta.xml", meta)
    assert last_editor(out.getvalue()) == "李四"
    assert last_editor(b"\xd0\xcf\x11\xe0 no compound file") is None
    assert last_editor(b"text") is None


def events(books: Engine) -> int:
    with books.connect() as connection:
        return connection.scalar(select(func.count()).select_from(task_events).where(BY_PEOPLE)) or 0


def old(path: Path) -> Path:
    os.utime(path, (0, 0), follow_symlinks=False)
    return path


def test_a_workbook_that_is_too_large_to_be_read_is_told_and_the_others_are_read(
    books: Engine, folder: HandBack, filled: Fill
) -> None:
    def far(place: str, sheet: int = 0) -> bytes:
        book = openpyxl.load_workbook(io.BytesIO(filled({"A": {"answer": "接受"}})))
        book.worksheets[sheet][place] = "x"
        out = io.BytesIO()
        book.save(out)
        return out.getvalue()

    old(put(folder, "小王/a.xlsx", far("XFD1048576")))
    put(folder, f"小李/{NAME}", filled({"B": {"answer": "接受"}}))
    put(folder, "小张/说明.xlsx", far("XFD1048576", -2))  # on the sheet that explains the columns
    receipts = {receipt.file: receipt for receipt in take_in(folder, books)}
    assert "大得读不了" in receipts["小王/a.xlsx"].summary
    assert "另存为 .xlsx 再交回" in text_of(receipts["小王/a.xlsx"].receipt)
    assert receipts["小王/a.xlsx"].moved_to.name.endswith("_未录入.xlsx")
    assert (state(books, "B")[2], state(books, "A")[2]) == ("小李", "小张")


@ON_SQLITE
def test_a_planted_link_in_place_of_an_unfinished_receipt_is_not_written_through(
    books: Engine, folder: HandBack, filled: Fill, tmp_path: Path
) -> None:
    victim = tmp_path / "victim.txt"
    victim.write_text("precious")
    old(put(folder, f"小王/{NAME}", filled({"A": {"answer": "接受"}})))
    stem = f"回执_{Path(NAME).stem}_0931"
    (folder.folder / "小王" / f".{stem}.xlsx.unfinished").symlink_to(victim)
    (folder.folder / "小王" / f"{stem}.xlsx").symlink_to(tmp_path / "nothing.txt")
    receipts = {receipt.file: receipt for receipt in take_in(folder, books)}
    assert (victim.read_text(), (tmp_path / "nothing.txt").exists()) == ("precious", False)
    assert receipts[f"小王/{NAME}"].receipt.name == f"{stem} (2).xlsx"
    assert "这是快捷方式或链接" in receipts[f"小王/{stem}.xlsx"].summary


@ON_SQLITE
def test_links_are_told_and_never_followed(books: Engine, folder: HandBack, filled: Fill, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    kept = outside / "补货.xlsx"
    kept.write_bytes(filled({"A": {"answer": "接受"}}))
    old(kept)
    (folder.folder / "小王").mkdir()
    (folder.folder / "小王" / "link.xlsx").symlink_to(kept)
    (folder.folder / "外人").symlink_to(outside)
    os.mkfifo(folder.folder / "小王" / "pipe.xlsx")
    receipts = {receipt.file: receipt for receipt in take_in(folder, books)}
    assert {name: receipt.summary[:5] for name, receipt in receipts.items()} == dict.fromkeys(
        ("小王/link.xlsx", "小王/pipe.xlsx", "外人"), "这是快捷方"
    )
    assert (events(books), list(outside.iterdir()), folder.waiting()) == (0, [kept], {})
    assert folder.forget(time.time() + 60) == 6, "the links themselves, and their receipts"
    assert kept.exists()


@ON_SQLITE
@pytest.mark.parametrize("linked", ["已处理", "已处理/小王"])
def test_a_link_in_place_of_the_folder_of_what_is_processed_is_a_failure(
    books: Engine, folder: HandBack, filled: Fill, tmp_path: Path, linked: str
) -> None:
    outside = tmp_path / "outside"
    (outside / "小王").mkdir(parents=True)
    mine = outside / "小王" / "old.db"
    mine.write_bytes(b"x")
    old(mine)
    put(folder, f"小王/{NAME}", filled({"A": {"answer": "接受"}}))
    (folder.folder / linked).parent.mkdir(exist_ok=True)
    (folder.folder / linked).symlink_to(outside)
    taken = folder.take_in(books, lambda: AT, {f"小王/{NAME}": folder.waiting()[f"小王/{NAME}"]})
    assert [(one.file, one.why) for one in taken.failures] == [
        (f"小王/{NAME}", "a link stands in place of a folder, it is not followed")
    ]
    assert (events(books), folder.forget(time.time() - 60), mine.exists()) == (0, 0, True)


@ON_SQLITE
def test_a_file_that_cannot_be_put_aside_is_not_entered_and_stops_no_other(
    books: Engine, folder: HandBack, filled: Fill, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old(put(folder, f"小王/{NAME}", filled({"A": {"answer": "接受"}})))
    put(folder, f"小李/{NAME}", filled({"B": {"answer": "接受"}}))
    put(folder, "已处理/小王", b"")  # a file stands where the folder would be made
    address = books.url.render_as_string(hide_password=False)
    place = ["--books", address, *english_merchant(tmp_path / "english")]
    assert main([*place, "hand-back", str(folder.folder)], now=lambda zone: AT) == 1
    said = capsys.readouterr()
    assert f"小王/{NAME}：读不了或移不走，留在原处：" in said.err
    assert (state(books, "A")[0], state(books, "B")[0]) == ("open", "accepted")
    assert [one.name for one in (folder.folder / "小王").iterdir()] == [NAME], "no receipt of what is tried again"


@ON_SQLITE
def test_a_file_that_cannot_be_removed_is_entered_once_and_told(
    books: Engine, folder: HandBack, filled: Fill, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = put(folder, f"小王/{NAME}", filled({"A": {"answer": "接受"}}))
    unlink, replace = Path.unlink, os.replace

    def denied(*_: Any) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(Path, "unlink", lambda one, **more: denied() if one == path else unlink(one, **more))
    monkeypatch.setattr(os, "replace", lambda one, to: denied() if one == path else replace(one, to))
    for _ in range(3):
        (failure,) = folder.take_in(books, lambda: AT).failures
        assert (failure.file, failure.why) == (f"小王/{NAME}", "Operation not permitted")
    assert events(books) == 1
    assert len(list((folder.folder / "小王").glob("回执_*"))) == 1
    assert len(list((folder.folder / "已处理" / "小王").iterdir())) == 1


@ON_SQLITE
@pytest.mark.parametrize("letter", ["K", "长"])
def test_the_longest_names_are_cut_at_a_letter(books: Engine, folder: HandBack, filled: Fill, letter: str) -> None:
    stem = letter * (250 // len(letter.encode()))
    put(folder, f"小王/{stem}.xlsx", filled({"A": {"answer": "接受"}}))
    (receipt,) = take_in(folder, books)
    for path in (receipt.receipt, receipt.moved_to):
        assert 252 < len(path.name.encode()) <= 255
    assert receipt.receipt.name.endswith(f"{letter}_0931.xlsx")
    assert folder.waiting() == {}


@ON_SQLITE
def test_a_name_that_is_no_text_is_told_as_far_as_it_is(books: Engine, folder: HandBack, filled: Fill) -> None:
    (folder.folder / "小王").mkdir()
    path = os.fsencode(folder.folder / "小王") + b"/\xff\n.xlsx"
    with open(path, "wb") as file:
        file.write(filled({"A": {"answer": "接受"}}))
    (receipt,) = take_in(folder, books)
    assert (receipt.file, state(books, "A")[0]) == ("小王/\ufffd\ufffd.xlsx", "accepted")
    assert not os.path.lexists(path)


@ON_SQLITE
def test_a_file_saved_anew_while_it_is_read_stays_for_the_next_look(
    books: Engine, folder: HandBack, filled: Fill, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = filled({"A": {"answer": "接受"}}), filled({"B": {"answer": "接受"}})
    path = put(folder, f"小王/{NAME}", first)
    enter = hand_back_folder.enter_answers

    def saved_meanwhile(*said: Any, **more: Any) -> Any:
        path.write_bytes(second)
        return enter(*said, **more)

    monkeypatch.setattr(hand_back_folder, "enter_answers", saved_meanwhile)
    (receipt,) = take_in(folder, books)
    assert (receipt.moved_to.read_bytes() == first, path.read_bytes() == second) == (True, True)
    monkeypatch.undo()
    take_in(folder, books)
    assert (state(books, "A")[0], state(books, "B")[0], path.exists()) == ("accepted", "accepted", False)


@ON_SQLITE
@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("小王/.补货.xlsx", "已录入 1 行"),
        ("小王/回执_补货.xlsx", "已录入 1 行"),
        ("小王/receipt_1.xlsx", "已录入 1 行"),
        ("已处理/补货.xlsx", "直接放进了“已处理”"),
        ("已处理/小王/补货.xlsx", "直接放进了“已处理”"),
        (".小王/补货.xlsx", "隐藏文件夹"),
        ("小王/.旧/补货.xlsx", "隐藏文件夹"),
    ],
)
def test_a_list_in_an_odd_place_or_under_an_odd_name_is_read_or_told_once(
    books: Engine, folder: HandBack, filled: Fill, name: str, told: str
) -> None:
    path = put(folder, name, filled({"A": {"answer": "接受"}}, "小王"))
    (receipt,) = take_in(folder, books)
    assert (told in receipt.summary, path.exists(), folder.waiting()) == (True, False, {})


@ON_SQLITE
def test_what_programs_and_bins_keep_is_left_alone(books: Engine, folder: HandBack, filled: Fill) -> None:
    names = (
        "小王/~$补货.xlsx", "小王/.~lock.补货.xlsx#", "小王/._补货.xlsx", "小王/.补货.xlsx.a1B2c3",
        "小王/补货.xlsx.part", "#recycle/小王/补货.xlsx", ".Trash-1000/files/补货.xlsx",
    )  # fmt: skip
    paths = [put(folder, name, filled({"A": {"answer": "接受"}})) for name in names]
    assert take_in(folder, books) == ()
    assert [path for path in paths if not path.exists()] == []


@ON_SQLITE
@pytest.mark.parametrize("name", ["ＳＹＳＴＥＭ", "小\u200b王"])
def test_machines_and_names_that_cannot_be_seen_answer_nothing(
    books: Engine, folder: HandBack, filled: Fill, name: str
) -> None:
    put(folder, f"{name}/{NAME}", filled({"A": {"answer": "接受"}}))
    (receipt,) = take_in(folder, books)
    assert ("不能用作署名" in receipt.summary, events(books)) == (True, 0)


def test_a_list_of_other_books_is_refused(books: Engine, folder: HandBack, filled: Fill) -> None:
    book = openpyxl.load_workbook(io.BytesIO(filled({"A": {"answer": "接受"}})))
    key = next(row[1] for row in book["_list"].iter_rows() if row[0].value == "delivery_key")
    key.value = "0" * 64
    out = io.BytesIO()
    book.save(out)
    put(folder, f"小王/{NAME}", out.getvalue())
    (receipt,) = take_in(folder, books)
    assert "不是这里推送的清单" in text_of(receipt.receipt)
    assert (receipt.needs_a_person, events(books)) == (True, 0)


@ON_SQLITE
def test_a_file_that_was_refused_is_entered_once_the_reason_is_gone(
    books: Engine, folder: HandBack, filled: Fill
) -> None:
    content = filled({"A": {"answer": "接受"}})
    put(folder, NAME, content)
    assert "不知道是谁交回的" in take_in(folder, books)[0].summary
    put(folder, NAME, content)
    named = HandBack(folder.folder, hand_back_rules(Settings(otherwise="店长", settle_seconds=0), "zh"))
    assert (take_in(named, books)[0].who, state(books, "A")[2]) == ("店长", "店长")


@ON_SQLITE
def test_the_command_refuses_a_folder_that_is_not_there(
    books: Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    specimen = Path(__file__).parents[2] / "examples" / "specimen"
    address = books.url.render_as_string(hide_password=False)
    place = ["--books", address, "--merchant", str(specimen), "--home", str(tmp_path)]
    assert main([*place, "hand-back", str(tmp_path / "nowhere")], now=lambda zone: AT) == 1
    assert f"没有文件夹 {tmp_path / 'nowhere'}；清单交回到 {tmp_path}/" in capsys.readouterr().err
    assert not (tmp_path / "nowhere").exists()


@ON_SQLITE
def test_a_list_is_pushed_as_it_would_be_whatever_lies_under_unfinished_names(
    books: Engine, make: Any, lists: Path, tmp_path: Path
) -> None:
    victim = tmp_path / "victim.txt"
    victim.write_text("precious")
    publish_list(books, make.restock("2025-11-13", make.draft("A")), make.at("2025-11-14", 2), channels=["desk"])
    with books.connect() as connection:
        key = connection.scalar(select(outbox.c.delivery_key).where(outbox.c.day == "2025-11-13"))
    (lists / f".{key[:12]}.{os.getpid()}.part").symlink_to(victim)
    deliver(books, [FileChannel("desk", str(lists))], {}, lambda: make.at("2025-11-14", 3))
    assert (lists / "补货_2025-11-13.xlsx").is_file()
    assert victim.read_text() == "precious"


def test_a_zip_whose_lzma_stream_is_damaged_is_no_receipt_and_no_list(tmp_path: Path) -> None:
    """Python has an error of its own for it, which would end the look at the whole folder."""
    for part, look in (
        ("xl/workbook.xml", is_receipt),
        ("META-INF/manifest.xml", lambda path: what_it_is(path.read_bytes())),
    ):
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_LZMA) as archive:
            archive.writestr(part, "<part/>" * 500)
        content = bytearray(packed.getvalue())
        start = content.index(part.encode()) + len(part) + 5  # behind the stream's own head
        content[start : start + 12] = b"\xff" * 12
        file = tmp_path / "回执_x.xlsx"
        file.write_bytes(content)
        assert not look(file), part
