"""Lists worked in LibreOffice itself and handed back: every answer arrives at its own line, or is refused by name."""

import contextlib
import json
import os
import select
import shutil
import signal
import subprocess
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from include.tasks.answers.answers import Entered, NotAListError, enter_answers, read_answers
from include.tasks.channels.delivery import deliver
from include.tasks.channels.file import FileChannel
from include.tasks.drafts import TaskList, draft, task_id
from include.tasks.kinds import kind_of
from include.tasks.publish_list import publish_list
from include.tasks.task_queries import one_task
from include.warehouse.books import open_books
from include.warehouse.tables import metadata
from include.words.texts import Language, say
from tests.task_books import TABLES

pytestmark = pytest.mark.slow

SYSTEM_PYTHON = "/usr/bin/python3"  # LibreOffice's bindings are the system's
STEPS = Path(__file__).parent / "libreoffice_steps.py"
DAY, NAME = "2025-11-12", "补货_2025-11-12.xlsx"
SKUS = "ABCDEF"
ENDINGS = (".xlsx", ".ods", ".xls")
SECONDS = 180  # that one piece of work may take

Work = Callable[..., Path]


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The pipe of a LibreOffice without a window, with a profile of its own."""
    program = shutil.which("soffice")
    if program is None:
        pytest.skip("LibreOffice is not installed here")
    if subprocess.run([SYSTEM_PYTHON, "-c", "import uno"], capture_output=True, check=False).returncode:
        pytest.skip("LibreOffice's Python bindings (python3-uno) are not installed here")
    home, pipe = tmp_path_factory.mktemp("libreoffice"), f"lists{uuid.uuid4().hex[:8]}"
    running = subprocess.Popen(
        [program, f"-env:UserInstallation={home.as_uri()}", "--headless", "--norestore", "--nologo",
         f"--accept=pipe,name={pipe};urp;"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    yield pipe
    os.killpg(running.pid, signal.SIGTERM)  # a group of its own: the launcher and what it started
    running.wait(30)


class Hand:
    """The system's Python that works in LibreOffice, one process for all tests. One that crashed is replaced: the crash
    is the failure of one test."""

    def __init__(self, pipe: str, home: Path) -> None:
        self._pipe, self._told = pipe, home / "trouble.txt"
        self._process: subprocess.Popen[str] | None = None

    def do(self, steps: list[dict[str, Any]]) -> None:
        """Raises AssertionError with what went wrong in it."""
        process = self.running()
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(json.dumps(steps) + "\n")
            process.stdin.flush()
            said = process.stdout.readline() if select.select([process.stdout], [], [], SECONDS)[0] else None
        except BrokenPipeError:
            said = ""
        if not said:
            self.stop()
            how = f"said nothing for {SECONDS} s" if said is None else f"ended with {process.returncode}"
            raise AssertionError(f"the process that works in LibreOffice {how}:\n{self._told.read_text()[-2000:]}")
        trouble = json.loads(said)
        if trouble:
            raise AssertionError(trouble)

    def stop(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            if process.stdin is not None:
                with contextlib.suppress(BrokenPipeError):
                    process.stdin.close()
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            if process.stdout is not None:
                process.stdout.close()

    def running(self) -> subprocess.Popen[str]:
        if self._process is None:
            with self._told.open("w") as trouble:
                self._process = subprocess.Popen(
                    [SYSTEM_PYTHON, "-X", "faulthandler", str(STEPS), self._pipe],
                    stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=trouble, text=True,
                )  # fmt: skip
        return self._process


@pytest.fixture(scope="module")
def hand(workspace: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hand]:
    hand = Hand(workspace, tmp_path_factory.mktemp("hand"))
    yield hand
    hand.stop()


@pytest.fixture
def work(hand: Hand, tmp_path: Path) -> Work:
    """A file, an ending and steps -> the file as LibreOffice saved it."""

    def work(path: Path, ending: str, *steps: dict[str, Any]) -> Path:
        saved = tmp_path / f"saved{ending}"
        told = [{"do": "open", "path": str(path)}, *steps]
        if not steps or steps[-1]["do"] not in ("save", "screen"):
            told.append({"do": "save", "path": str(saved)})
        hand.do(told)
        return saved

    return work


@pytest.fixture
def books(tmp_path: Path) -> Iterator[Engine]:
    engine = open_books(f"sqlite:///{tmp_path / 'books.sqlite'}")
    metadata.create_all(engine, tables=list(TABLES))
    yield engine
    engine.dispose()


@pytest.fixture
def pushed(books: Engine, make: Any, tmp_path: Path) -> Path:
    """A list of A to F, 10 to 60 units, from suppliers that sort the other way round."""
    lines = [
        make.draft(sku, 10 * n, supplier=f"S{9 - n}", warehouse="hangzhou" if n % 2 else "wuhan")
        for n, sku in enumerate(SKUS, start=1)
    ]
    publish_list(books, make.restock(DAY, *lines), make.at("2025-11-13", 2), channels=["desk"])
    deliver(books, [FileChannel("desk", str(tmp_path / "out"))], {}, lambda: make.at("2025-11-13", 3))
    return tmp_path / "out" / NAME


def fill(**cells: dict[str, Any]) -> dict[str, Any]:
    return {"do": "fill", "key": "sku", "cells": cells}


ANSWERS = fill(
    A={"answer": "完成", "answer_quantity": 12, "answer_expected_day": "2025-11-20"},
    C={"answer": "接受"},
    E={"answer": "稍后", "answer_expected_day": "2025-12-01"},
    F={"answer": "拒绝", "answer_reason": "供应商停产"},
)
EXPECTED = {
    "A": ("done", {"quantity": 12, "expected_day": "2025-11-20"}),
    "C": ("accepted", {"quantity": 30}),
    "E": ("snoozed", {"until": "2025-12-01"}),
    "F": ("refused", {"reason": "供应商停产"}),
}


def entered_from(books: Engine, path: Path, make: Any) -> Entered:
    return enter_answers(books, read_answers(path, "2025-11-13"), "小王", make.at("2025-11-13"))


def states(books: Engine, skus: str = SKUS) -> dict[str, tuple[str, dict[str, Any]]]:
    """Of every answered sku: its state and what was said, without what is noted for a refusal."""
    found = {}
    with books.connect() as connection:
        for n, sku in enumerate(skus, start=1):
            place = "hangzhou" if n % 2 else "wuhan"
            task = one_task(connection, task_id("restock", DAY, f"{place}/{sku}"))
            assert task is not None
            if task.state != "open":
                found[sku] = (task.state, {k: v for k, v in task.answer.items() if k != "measures"})
    return found


WAYS: dict[str, list[dict[str, Any]]] = {
    "as it is": [ANSWERS],
    "sorted by its own arrow, then answered": [{"do": "sort", "code": "supplier"}, ANSWERS],
    "answered, then sorted by its own arrow": [ANSWERS, {"do": "sort", "code": "supplier"}],
    "sorted down by quantity": [{"do": "sort", "code": "quantity", "descending": True}, ANSWERS],
    "sorted twice and filtered": [
        {"do": "sort", "code": "sku", "descending": True},
        {"do": "sort", "code": "warehouse"},
        ANSWERS,
        {"do": "filter", "code": "warehouse", "value": "wuhan"},
    ],
    "lines deleted": [ANSWERS, {"do": "delete_rows", "key": "sku", "values": ["B", "D"]}],
    "empty lines put in": [ANSWERS, {"do": "insert_rows", "key": "sku", "value": "C", "count": 3}],
    "columns put in": [
        ANSWERS,
        {"do": "insert_column", "before": "rank"},
        {"do": "insert_column", "before": "answer"},
        {"do": "insert_column", "before": "answer_reason"},
    ],
    "the reasons' column deleted": [ANSWERS, {"do": "delete_column", "code": "why_zh"}],
    "sheets in another order": [ANSWERS, {"do": "move_sheet_last", "name": "补货"}],
}


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("way", list(WAYS))
def test_every_answer_arrives_at_its_own_line(
    books: Engine, pushed: Path, work: Work, make: Any, way: str, ending: str
) -> None:
    entered = entered_from(books, work(pushed, ending, *WAYS[way]), make)
    assert [str(problem) for problem in entered.problems] == []
    assert states(books) == EXPECTED


@pytest.mark.parametrize("ending", ENDINGS)
def test_so_many_days_in_the_column_of_days_put_a_line_off(
    books: Engine, pushed: Path, work: Work, make: Any, ending: str
) -> None:
    """The column is one of dates, so a number in it is shown as a day of 1900, by each program in its own way."""
    later = fill(A={"answer": "稍后", "answer_expected_day": 5}, B={"answer": "稍后", "answer_expected_day": 90})
    entered = entered_from(books, work(pushed, ending, later, {"do": "sort", "code": "supplier"}), make)
    assert [str(problem) for problem in entered.problems] == []
    assert states(books) == {"A": ("snoozed", {"until": "2025-11-18"}), "B": ("snoozed", {"until": "2026-02-11"})}


@pytest.mark.parametrize("ending", ENDINGS)
def test_what_a_filter_leaves_is_answered_and_nothing_else(
    books: Engine, pushed: Path, work: Work, make: Any, ending: str
) -> None:
    saved = work(
        pushed, ending,
        {"do": "sort", "code": "sku", "descending": True},
        {"do": "filter", "code": "warehouse", "value": "wuhan"},
        {"do": "fill_visible", "code": "answer", "text": "接受"},
    )  # fmt: skip
    entered = entered_from(books, saved, make)
    assert (entered.changed, entered.problems) == (3, ())
    assert set(states(books)) == {"B", "D", "F"}


@pytest.mark.parametrize("ending", ENDINGS)
def test_an_id_pasted_from_another_line_is_refused_by_name(
    books: Engine, pushed: Path, work: Work, make: Any, ending: str
) -> None:
    paste = {"do": "paste", "key": "sku", "start": "B", "goal": "A", "codes": ["task_id"]}
    entered = entered_from(books, work(pushed, ending, ANSWERS, paste), make)
    (problem,) = entered.problems
    assert problem.product == "hangzhou A product A"
    assert "wuhan B" in problem.expected
    assert states(books) == {sku: said for sku, said in EXPECTED.items() if sku != "A"}


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_whole_line_pasted_over_another_is_one_line_twice(
    books: Engine, pushed: Path, work: Work, make: Any, ending: str
) -> None:
    whole = ["task_id", "sku", "title", "warehouse", "supplier", "quantity", "answer"]
    paste = {"do": "paste", "key": "sku", "start": "C", "goal": "D", "codes": whole}
    entered = entered_from(books, work(pushed, ending, ANSWERS, paste), make)
    (problem,) = entered.problems
    assert "出现了两次" in problem.expected
    assert states(books) == EXPECTED


def test_a_list_saved_as_csv_is_refused_with_what_to_hand_back(pushed: Path, work: Work) -> None:
    saved = work(pushed, ".csv", ANSWERS)
    with pytest.raises(NotAListError, match=r"请在同名的 .xlsx 清单里填写并交回"):
        read_answers(saved)


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_list_without_its_ids_is_refused(pushed: Path, work: Work, ending: str) -> None:
    saved = work(pushed, ending, ANSWERS, {"do": "delete_column", "code": "task_id"})
    with pytest.raises(NotAListError, match="不要删除隐藏的 A 列"):
        read_answers(saved)


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_list_without_its_hidden_sheet_is_refused(pushed: Path, work: Work, ending: str) -> None:
    saved = work(pushed, ending, ANSWERS, {"do": "remove_sheet", "name": "_list"})
    with pytest.raises(NotAListError, match="隐藏的 _list 表不见了"):
        read_answers(saved)


def test_a_crash_of_the_process_is_named_and_the_next_work_gets_another(hand: Hand, pushed: Path, work: Work) -> None:
    work(pushed, ".ods")
    hand.running().kill()
    with pytest.raises(AssertionError, match="the process that works in LibreOffice ended with -9"):
        work(pushed, ".ods")
    with pytest.raises(AssertionError, match="no row with sku Z"):
        work(pushed, ".ods", fill(Z={"answer": "完成"}))
    assert work(pushed, ".ods").exists()


WHAT_IF = {"A": {"unit_cost_micros": 2_500_000}, "B": {"unit_cost_micros": 19_990_000}, "C": {}}
STOCK = {"on_hand": 10, "arriving": 6, "promised": 4, "daily_mean": "2.500", "weekly_sales": "7 3x 0x 0 ?"}
HEADS = {"zh": "按现在填写合计 ", "en": "As answered now: "}


@pytest.fixture(params=["zh", "en"])
def language(request: pytest.FixtureRequest) -> Language:
    return request.param


@pytest.fixture
def reckoned(books: Engine, make: Any, tmp_path: Path, language: Language) -> Path:
    """A to C, 10 to 30 units, free with what comes 12; C's cost is unknown, and its name would be a formula."""
    lines = [
        make.draft(
            sku, quantity := 10 * n, warehouse="hangzhou" if n % 2 else "wuhan", **STOCK, **WHAT_IF[sku],
            title='=1+1&"' if sku == "C" else f"product {sku}", cover_after_days=int((12 + quantity) / 2.5),
        )
        for n, sku in enumerate("ABC", start=1)
    ]  # fmt: skip
    publish_list(books, make.restock(DAY, *lines), make.at("2025-11-13", 2), channels=["desk"])
    desk = FileChannel("desk", str(tmp_path / "out"), language=language)
    deliver(books, [desk], {}, lambda: make.at("2025-11-13", 3))
    (path,) = (tmp_path / "out").glob("*.xlsx")
    return path


def shown(path: Path, steps: list[dict[str, Any]], work: Work, tmp_path: Path) -> tuple[dict[str, list[str]], str]:
    """What LibreOffice shows after these steps: (sku -> cost and days of cover as answered, the sum's line)."""
    told = tmp_path / "told.json"
    look = {"do": "told", "path": str(told), "key": "sku", "columns": ["if_cost", "if_cover"]}
    work(path, ".xlsx", *steps, look, {"do": "save", "path": str(tmp_path / "saved.xlsx")})
    found = json.loads(told.read_text(encoding="utf-8"))
    (total,) = (text for text in found["above"] if text.startswith(tuple(HEADS.values())))
    return found["lines"], total


def test_cost_and_cover_follow_what_is_typed_wherever_the_line_goes(
    books: Engine, reckoned: Path, work: Work, make: Any, tmp_path: Path, language: Language
) -> None:
    head = HEADS[language]
    refused, done = say(language, "list.state.refused"), say(language, "list.state.done")
    planned = {"A": ["25.00", "8"], "B": ["399.80", "12"], "C": ["", "16"]}
    lines, total = shown(reckoned, [], work, tmp_path)
    assert lines == planned
    assert total.startswith(f"{head}424.80 ")
    assert total.endswith(say(language, "list.as_answered.uncounted", lines=1))

    typed = fill(
        A={"answer": done, "answer_quantity": 25},
        B={"answer": refused, "answer_reason": "x"},
        C={"answer": done, "answer_quantity": 3},
    )
    after = {"A": ["62.50", "14"], "B": ["0.00", "4"], "C": ["", "6"]}
    down = {"do": "sort", "code": "quantity", "descending": True}
    for steps in ([typed], [typed, down], [down, typed], [down, typed, {"do": "sort", "code": "if_cost"}]):
        lines, total = shown(reckoned, steps, work, tmp_path)
        assert lines == after
        assert total.startswith(f"{head}62.50 ")

    put_in = {"do": "insert_rows", "key": "sku", "value": "A", "count": 2}
    column = {"do": "insert_column", "before": "answer_quantity"}
    lines, total = shown(reckoned, [put_in, column, down, typed], work, tmp_path)
    assert lines == after

    narrowed = {"do": "filter", "code": "warehouse", "value": "wuhan"}
    lines, total = shown(reckoned, [narrowed], work, tmp_path)
    assert total.startswith(f"{head}399.80 ")
    assert say(language, "list.as_answered.uncounted", lines=1) not in total

    saved = tmp_path / "saved.xlsx"
    shown(reckoned, [down, typed], work, tmp_path)
    entered = entered_from(books, saved, make)
    assert [str(problem) for problem in entered.problems] == []
    found = states(books, "ABC")
    assert {sku: (state, data.get("quantity")) for sku, (state, data) in found.items()} == {
        "A": ("done", 25), "B": ("refused", None), "C": ("done", 3),
    }  # fmt: skip


def test_what_is_no_number_of_units_shows_nothing_instead_of_a_wrong_sum(
    reckoned: Path, work: Work, tmp_path: Path, language: Language
) -> None:
    wrong = fill(A={"answer_quantity": "六十"}, B={"answer_quantity": -5}, C={"answer_quantity": 1.5})
    lines, total = shown(reckoned, [wrong], work, tmp_path)
    assert lines == {"A": ["", ""], "B": ["", ""], "C": ["", ""]}
    assert total.startswith(f"{HEADS[language]}0.00 ")
    assert total.endswith(say(language, "list.as_answered.uncounted", lines=3))
    later = fill(A={"answer": say(language, "list.state.snoozed")}, B={"answer": "?"})
    lines, _ = shown(reckoned, [later], work, tmp_path)
    assert lines == {"A": ["0.00", "4"], "B": ["", ""], "C": ["", "16"]}
    gone = [{"do": "delete_column", "code": "promised"}, {"do": "delete_column", "code": "unit_cost_micros"}]
    lines, _ = shown(reckoned, [*gone, fill(A={"answer_quantity": 40})], work, tmp_path)
    assert lines == {"A": ["", ""], "B": ["", "12"], "C": ["", "16"]}


def test_a_sheet_without_the_grey_columns_shows_no_errors_and_is_read(
    books: Engine, reckoned: Path, work: Work, make: Any, tmp_path: Path, language: Language
) -> None:
    told = tmp_path / "told.json"
    saved = work(
        reckoned, ".xlsx", {"do": "delete_column", "code": "if_cost"},
        fill(A={"answer": say(language, "list.state.done"), "answer_quantity": 25}),
        {"do": "told", "path": str(told), "key": "sku", "columns": ["if_cover"]},
        {"do": "delete_column", "code": "if_cover"}, {"do": "save", "path": str(tmp_path / "saved.xlsx")},
    )  # fmt: skip
    found = json.loads(told.read_text(encoding="utf-8"))
    assert found["lines"]["A"] == ["14"]
    assert not [text for text in found["above"] if "#" in text or "Err" in text or text.startswith(HEADS[language])]
    entered = entered_from(books, saved, make)
    assert [str(problem) for problem in entered.problems] == []
    assert states(books, "ABC") == {"A": ("done", {"quantity": 25})}


@pytest.mark.parametrize("ending", ENDINGS)
def test_worked_out_cells_are_no_answers(
    books: Engine, reckoned: Path, work: Work, make: Any, ending: str, language: Language
) -> None:
    """Neither as formulas, nor when somebody types over them."""
    over = fill(A={"if_cost": 7, "if_cover": "完成"}, B={"answer": say(language, "list.state.accepted"), "if_cost": 9})
    entered = entered_from(books, work(reckoned, ending, over, {"do": "sort", "code": "supplier"}), make)
    assert [str(problem) for problem in entered.problems] == []
    assert states(books, "ABC") == {"B": ("accepted", {"quantity": 20})}


@pytest.fixture
def calls(books: Engine, make: Any, tmp_path: Path) -> Path:
    """A recall list of three customers, with long purchases to tell of."""
    lines = [
        draft(
            kind_of("recall"), DAY,
            {
                "customer": name, "shop": "tmall", "way": "message" if n == 2 else "call",
                "last_order_id": f"42123000004400063{n}0", "p_churn": 700,
                "value_micros": n * 10**6,
                "channel_zh": "电话", "offer_zh": "10 元优惠券", "why_zh": "很久没来", "why_en": "silent",
                "opening_zh": "您好，我是样本旗舰店的客服。您 10月3日 买的“加厚电热毯”，还满意吗？" * 2,
                "last_orders": [f"2025-10-0{day} 白川里 加厚电热毯 旅行装 [BN10019] ×{day}" for day in (1, 2, 3, 4)],
            },
        )
        for n, name in enumerate(("aaaaaaaaaaaa", "bbbbbbbbbbbb", "cccccccccccc"), start=1)
    ]  # fmt: skip
    publish_list(books, TaskList("recall", DAY, lines), make.at("2025-11-13", 2), channels=["desk"])
    deliver(books, [FileChannel("desk", str(tmp_path / "out"))], {}, lambda: make.at("2025-11-13", 3))
    return tmp_path / "out" / "召回_2025-11-12.xlsx"


@pytest.mark.parametrize("ending", ENDINGS)
def test_calls_are_answered_on_the_sheet_to_talk_by(
    books: Engine, calls: Path, work: Work, make: Any, ending: str
) -> None:
    saved = work(
        calls, ending,
        {"do": "fill", "key": "customer", "cells": {"cccccccccccc": {"answer": "未接通"}}},
        {"do": "go_to", "number": 1},
        {"do": "sort", "code": "customer", "descending": True},
        {"do": "fill", "key": "customer", "cells": {
            "aaaaaaaaaaaa": {"answer": "勿扰"}, "bbbbbbbbbbbb": {"answer": "已回复", "answer_reason": "周末再看"},
        }},
    )  # fmt: skip
    entered = entered_from(books, saved, make)
    assert [str(problem) for problem in entered.problems] == []
    with books.connect() as connection:
        said = {name[0]: one_task(connection, task_id("recall", DAY, name)) for name in ("a" * 12, "b" * 12, "c" * 12)}
    assert {name: (task.state, task.answer["outcome"]) for name, task in said.items() if task} == {
        "a": ("refused", "do_not_disturb"), "b": ("done", "replied"), "c": ("done", "no_answer"),
    }  # fmt: skip
    assert said["a"] is not None
    assert said["a"].answer["reason"] == "勿扰"


@pytest.mark.parametrize("ending", [".xlsx", ".ods"])
def test_a_drop_down_offers_the_words_of_its_lines_way_after_sorting(
    calls: Path, work: Work, tmp_path: Path, ending: str
) -> None:
    told = tmp_path / "offers.json"
    work(work(calls, ending, {"do": "sort", "code": "customer", "descending": True}), ending,
         {"do": "offers", "path": str(told), "key": "customer", "code": "answer"})  # fmt: skip
    call = ["已接通有意向", "已接通无意向", "未接通", "空号", "勿扰", "已下单", "接受", "拒绝", "稍后"]
    message = ["已发送", "已回复", "发送失败", "勿扰", "已下单", "接受", "拒绝", "稍后"]
    assert json.loads(told.read_text(encoding="utf-8")) == [
        ["c" * 12, call], ["b" * 12, message], ["a" * 12, call],
    ]  # fmt: skip


def test_all_purchases_show_when_libreoffice_opens_the_sheet_to_talk_by(
    calls: Path, work: Work, tmp_path: Path
) -> None:
    told = tmp_path / "heights.json"
    work(calls, ".xlsx", {"do": "go_to", "number": 1}, {"do": "heights", "path": str(told), "code": "customer"})
    rows = json.loads(told.read_text(encoding="utf-8"))
    assert len(rows) == 3
    for customer, shown, needed in rows:
        assert shown >= needed > 4 * 350, (customer, "four purchases, each a line or more of 3.5 mm")
