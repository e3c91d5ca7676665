"""./storekeeper tasks"""

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlalchemy import Engine, update

from include.tasks.answers.sheet_reading import read_answers
from include.tasks.drafts import task_id
from include.tasks.holds.hold import Reason, held_payload
from include.tasks.publish_list import publish_list
from include.tasks.task_tables import task_events
from tests.command_lines import english_merchant, storekeeper
from tests.list_sheets import codes_of

main = storekeeper("tasks")

EXAMPLE = Path(__file__).parents[2] / "examples" / "specimen"
DAY = "2025-11-12"
TASK = task_id("restock", DAY, "hangzhou/A")


@pytest.fixture
def run(books: Engine, make: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    publish_list(
        books, make.restock(DAY, make.draft("A"), make.draft("B")), make.at("2025-11-13", 2), channels=["desk"]
    )

    place = ["--books", books.url.render_as_string(hide_password=False), *english_merchant(tmp_path / "english")]

    def run(*arguments: str) -> tuple[int, str, str]:
        code = main([*place, *arguments], now=lambda zone: datetime(2025, 11, 13, 9))
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


def test_open_tasks_are_listed(run: Any) -> None:
    code, out, _ = run("list", "--kind", "restock")
    assert code == 0
    assert TASK in out
    assert "2 of 2 tasks" in out
    assert "1 of 1 tasks" in run("list", "--text", "zhou/A")[1]


def test_acts_are_entered_and_shown(run: Any) -> None:
    assert run("done", TASK, "--who", "li", "--quantity", "8", "--expected", "2025-11-20")[0] == 0
    _, out, _ = run("show", TASK)
    assert "li: open -> done" in out
    assert "need 10 units" in out
    code, _, err = run("accept", TASK, "--who", "li")
    assert code == 1
    assert "is done: expected one of" in err
    assert run("refuse", task_id("restock", DAY, "hangzhou/B"), "--who", "li", "--reason", "full")[0] == 0


def test_a_line_is_named_by_its_list_in_either_language(run: Any) -> None:
    assert run("done", f"补货_{DAY}:1", "--who", "li", "--quantity", "8")[0] == 0
    _, out, _ = run("show", f"restock_{DAY}:1")
    assert out.startswith(f"{TASK}  restock hangzhou/A")
    assert "quantity 8" in out
    assert "micros" not in out
    code, _, err = run("show", f"补货_{DAY}:9")
    assert (code, err.strip()) == (1, f"the restock list of {DAY} has 2 lines: there is no line 9")
    assert run("show", "补货_2025-01-01:1")[2].strip() == f"there is no restock list of 2025-01-01; the nearest: {DAY}"


def test_unknown_kinds_states_and_days_are_refused_with_the_nearest(run: Any) -> None:
    assert "2 of 2 tasks" in run("list", "--kind", "补货")[1]
    for arguments, told in (
        (("list", "--kind", "restok"), "did you mean restock?"),
        (("document", "催化", DAY), "did you mean 催货?"),
        (("list", "--state", "opne"), "did you mean open?"),
    ):
        code, _, err = run(*arguments)
        assert code == 1
        assert told in err
    assert "2 of 2 tasks" in run("list", "--state", "all")[1]
    assert "2 of 2 tasks" in run("list", "--state", "全部")[1]


def test_a_wrong_address_is_a_sentence_and_leaves_no_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--books", f"sqlite:///{tmp_path}/books.sqlite", "list"]) == 1
    assert "no books at" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "other.sqlite").write_bytes(b"this is no database at all, only some text" * 40)
    assert main(["--books", f"sqlite:///{tmp_path}/other.sqlite", "list"]) == 1
    assert "file is not a database" in capsys.readouterr().err
    with closing(sqlite3.connect(tmp_path / "third.sqlite")) as strange:
        strange.execute("CREATE TABLE something (one INTEGER)")
    assert main(["--books", f"sqlite:///{tmp_path}/third.sqlite", "list"]) == 1
    assert "no such table: tasks" in capsys.readouterr().err


def test_a_tampered_log_is_reported(run: Any, books: Engine) -> None:
    assert run("verify")[0] == 0
    with books.begin() as connection:
        connection.execute(update(task_events).where(task_events.c.seq == 2).values(who="nobody"))
    code, _, err = run("verify")
    assert code == 1
    assert "broken from event 2 on" in err


def test_deliveries_are_listed_and_the_document_is_printed(run: Any) -> None:
    assert "pending" in run("deliveries")[1]
    assert run("document", "restock", DAY)[1].count("\n") == 3
    code, _, err = run("document", "recall", DAY)
    assert (code, err.strip()) == (1, f"there is no recall list of {DAY}; none is made yet")


def test_mistakes_end_in_a_sentence_not_a_traceback(run: Any) -> None:
    code, _, err = run("show", "nobody")
    assert (code, err.strip()) == (1, "there is no task 'nobody'")
    assert run("answers", "nowhere.xlsx", "--who", "li")[0] == 1


def test_kinds_may_be_named_in_chinese(run: Any) -> None:
    assert run("list", "--kind", "补货")[1] == run("list", "--kind", "restock")[1]
    assert run("document", "补货", DAY)[1] == run("document", "restock", DAY)[1]
    code, _, err = run("list", "--kind", "补火")
    assert code == 1
    assert "did you mean 补货?" in err


def test_the_list_says_product_and_supplier_and_show_says_money(run: Any) -> None:
    _, out, _ = run("list")
    assert "product A · S1" in out
    _, out, _ = run("show", TASK)
    assert "55.00" in out
    assert "micros" not in out


def test_a_quantity_that_nobody_expects_is_asked_about(run: Any) -> None:
    code, out, err = run("done", TASK, "--who", "li", "--quantity", "9120")
    assert (code, out.strip()) == (1, "0 changed, 0 were so already, 1 refused")
    assert err.strip() == (f"task {TASK}: found 9120, over 3 times the suggested 10; if it is right, add --confirm")
    assert run("done", TASK, "--who", "li", "--quantity", "9120", "--confirm")[0] == 0
    code, _, err = run("done", TASK, "--who", "wang", "--quantity", "8")
    assert code == 1
    assert "li has answered done 9120 units; if it is right, add --confirm" in err


def test_a_day_without_a_list_is_told_with_the_nearest_that_has_one(run: Any) -> None:
    code, out, err = run("list", "--day", "2025-11-20")
    assert (code, out, err.strip()) == (1, "", f"there is no list of 2025-11-20; the nearest: {DAY}")
    code, _, err = run("list", "--kind", "recall", "--day", DAY)
    assert (code, err.strip()) == (1, f"there is no recall list of {DAY}; none is made yet")
    assert run("list", "--day", DAY)[:2] == run("list", "--kind", "restock", "--day", DAY)[:2]
    code, out, _ = run("list", "--day", DAY, "--state", "done")
    assert (code, out) == (0, "0 of 0 tasks\n2 in other states: --state all\n")
    task = run("list", "--day", DAY)[1].split()[0]
    run("accept", task, "--who", "li")
    code, out, _ = run("list", "--day", DAY)
    assert out.splitlines()[-2:] == ["1 of 1 tasks", "1 in other states: --state all"]
    assert run("list", "--day", DAY, "--state", "全部")[1].splitlines()[-1] == "2 of 2 tasks"
    code, _, err = run("document", "restock", DAY, "--revision", "9")
    assert (code, err.strip()) == (1, f"the restock list of {DAY} has no revision 9")


def test_a_chinese_merchant_s_tasks_are_told_in_chinese(run: Any) -> None:
    zh = ("--merchant", str(EXAMPLE))
    code, out, _ = run(*zh, "list", "--state", "待处理", "--limit", "1")
    assert code == 0
    assert out.splitlines()[0].startswith(f"{TASK}  {DAY}  补货     待处理")
    assert out.splitlines()[1] == "共 2 条，显示 1 条"
    assert run(*zh, "list", "--day", "2025-11-20")[2].strip() == f"没有 2025-11-20 的清单；离得最近的是 {DAY} 的"
    code, out, err = run(*zh, "done", TASK, "--who", "li", "--quantity", "9120")
    assert (code, out.strip()) == (1, "改了 0 条，0 条本来就是这样，1 条没有改")
    assert err.strip() == f"{TASK}：写的是 9120，超过建议件数 10 的 3 倍；若无误，请加 --confirm"
    assert run(*zh, "done", TASK, "--who", "li", "--quantity", "8")[1].startswith("改了 1 条")
    assert run(*zh, "accept", TASK, "--who", "li")[2].startswith(f"{TASK}：li 已答复“完成” 8 件，不能这样改")
    assert "li：待处理 -> 完成  件数 8" in run(*zh, "show", TASK)[1]
    assert run(*zh, "verify")[1].strip() == "日志完整，每个任务的状态都与日志一致"
    assert "nowhere.xlsx：没有这个文件" in run(*zh, "answers", "nowhere.xlsx", "--who", "li")[2]


def test_an_act_names_its_line_and_a_small_quantity_is_told(run: Any) -> None:
    code, out, _ = run("done", TASK, "--who", "li", "--quantity", "3")
    assert code == 0
    assert "restock 2025-11-12 hangzhou A product A: open -> done 3 units (10 suggested)" in out
    assert "less than a third of what was suggested, as written: hangzhou A 3 of 10" in out
    _, out, _ = run("accept", task_id("restock", DAY, "hangzhou/B"), "--who", "li", "--quantity", "10")
    assert "hangzhou B product B: open -> accepted 10 units\n" in out
    assert "third" not in out


def test_a_clean_sheet_holds_what_was_answered_and_can_be_handed_back(run: Any, books: Engine, tmp_path: Path) -> None:
    run("done", TASK, "--who", "li", "--quantity", "8", "--expected", "2025-11-20")
    file = tmp_path / "again.xlsx"

    code, out, _ = run("sheet", "补货", DAY, "--out", str(file), "--language", "zh")

    assert code == 0
    assert "again.xlsx：2 行，其中 1 行已有答复" in out
    (answer,) = read_answers(file).answers
    assert (answer.act.to_state, answer.act.data) == ("done", {"quantity": 8, "expected_day": "2025-11-20"})
    # Somebody answers the other line on it, and hands it back.
    book = openpyxl.load_workbook(file)
    header, place = codes_of(book.worksheets[0])
    row = next(row for row in (header + 1, header + 2) if book.worksheets[0].cell(row, place["sku"]).value == "B")
    book.worksheets[0].cell(row, place["answer"]).value = "已下单"
    book.save(file)
    code, out, _ = run("answers", str(file), "--who", "wang")
    assert code == 0
    assert "已录入 1 行，早已录入 1 行" in out
    assert "“已下单”按 完成 录入（1 行）" in out
    # A sheet that is there is never written over.
    before = file.read_bytes()
    code, _, err = run("sheet", "restock", DAY, "--out", str(file))
    assert (code, file.read_bytes()) == (1, before)
    assert "is there already" in err
    assert run("sheet", "restock", "2025-11-30", "--out", str(tmp_path / "other.xlsx"))[0] == 1
    assert run("sheet", "recall", DAY, "--out", str(tmp_path / "other.xlsx"))[0] == 1
    assert not (tmp_path / "other.xlsx").exists()


def test_what_is_held_is_shown_and_released_by_its_task(run: Any, books: Engine, make: Any, tmp_path: Path) -> None:
    settings = tmp_path / "english" / "merchant" / "merchant.yaml"
    said = "\ndesk:\n  approver: [boss, south, role:admin]\n  scopes:\n    south: {warehouses: [华南仓]}\n"
    settings.write_text(settings.read_text(encoding="utf-8") + said, encoding="utf-8")
    draft = make.draft("A")
    held = replace(draft, payload=held_payload(draft.payload, [Reason("line", 900, 120)]))
    publish_list(books, make.restock(DAY, held, make.draft("B")), make.at("2025-11-13", 3))
    code, out, _ = run("approvals")
    assert code == 0
    assert out.startswith(f"{TASK}  restock {DAY} hangzhou A  10 units  55.00  the list orders 900 units")
    assert out.rstrip().endswith("waiting: 1")
    code, _, err = run("accept", TASK, "--who", "li")
    assert code == 1
    assert "second person" in err
    code, _, err = run("release", TASK, "--who", "li")
    assert code == 1
    assert "li is no approver: desk.approver in merchant.yaml names boss, south." in err
    code, _, err = run("reject", TASK, "--who", "south", "--reason", "too much")
    assert code == 1
    assert "sees a part of the merchant" in err
    assert run("reject", TASK, "--who", "boss", "--reason", " ")[0] == 1
    assert run("release", "nobody", "--who", "boss")[0] == 1
    assert run("release", TASK, "--who", "boss")[0] == 0
    assert run("approvals")[1].strip() == "waiting: 0"
    assert run("accept", TASK, "--who", "li")[0] == 0
    assert run("verify")[0] == 0
