"""What if: another service level, budget or lead time beside the plan as it is; nothing is published."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from include.simulation.what_if import Question, what_if
from include.tasks.task_tables import outbox, task_lists, tasks
from tests.command_lines import storekeeper
from tests.replenishment.policies import a_policy

main = storekeeper("what-if")

FIRST = date(2025, 11, 1)
DAY = FIRST.isoformat()
EXAMPLE = Path(__file__).parents[2] / "examples" / "specimen"


def figure(answer: Any, what: str, side: str = "what_if") -> float:
    return float(answer.totals.set_index("what").loc[what, side])


def test_other_judgements_stand_beside_the_plan_and_nothing_is_published(
    first_day: Path, desk_at: Callable[[Path], Any]
) -> None:
    desk = desk_at(first_day)
    before = {table.name: desk.rows(table) for table in (task_lists, tasks, outbox)}

    same = what_if(desk.workspace, DAY, Question())
    assert same.lines.empty
    assert (same.totals["difference"] == 0).all()
    listed = [line.payload for line in desk.document("restock", FIRST).lines]
    assert figure(same, "units to order") == sum(line["quantity"] for line in listed)

    leaner = what_if(desk.workspace, DAY, Question({f"{a}{x}": 0.6 for a in "ABC" for x in "XYZ"}))
    assert figure(leaner, "units to order") < figure(leaner, "units to order", "as_it_is")
    assert figure(leaner, "expected lost sales, units") > figure(leaner, "expected lost sales, units", "as_it_is")
    assert (leaner.lines["service_level_what_if"] == 0.6).all()

    yuan = figure(same, "cost of orders, yuan") / 2
    poorer = what_if(desk.workspace, DAY, Question(changes_budget=True, budget=yuan))
    assert figure(poorer, "lines the budget cut") > 0
    assert figure(poorer, "would have earned, yuan") > 0
    assert (poorer.lines["quantity_what_if"] < poorer.lines["quantity_as_it_is"]).all()

    supplier = listed[0]["supplier"]
    slower = what_if(desk.workspace, DAY, Question(lead_days={supplier: 40}))
    of_supplier = slower.what_if.lines.loc[slower.what_if.lines["supplier"] == supplier, "sku"]
    assert set(slower.lines["sku"]) <= set(of_supplier)
    assert (slower.lines["protection_days_what_if"] >= slower.lines["protection_days_as_it_is"]).all()

    dearer = what_if(desk.workspace, DAY, Question(holding_weight=20.0))
    assert figure(dearer, "units to order") < figure(dearer, "units to order", "as_it_is")
    lower = what_if(desk.workspace, DAY, Question(highest_level=0.7))
    assert (lower.what_if.lines["service_level"] <= 0.7).all()

    for table in (task_lists, tasks, outbox):
        pd.testing.assert_frame_equal(desk.rows(table), before[table.name])


def test_the_command_prints_both_sides_and_writes_the_lines(
    first_day: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = ["--merchant", str(EXAMPLE), "--home", str(first_day), "--day", DAY]
    out = tmp_path / "lines.csv"

    assert main([*place, "--budget", "0", "--out", str(out), "--top", "1"]) == 0
    said = capsys.readouterr().out
    assert "预计缺货，件" in said, "the merchant's language is Chinese"
    lines = pd.read_csv(out)
    assert f"{len(lines)} 行订货不同" in said
    (shown,) = [line for line in said.splitlines() if line.startswith(str(lines["sku"][0]))]
    assert lines["title"][0][:6] in shown
    assert f"{lines['quantity_as_it_is'][0]:,.0f} → {lines['quantity_what_if'][0]:,.0f}" in shown
    assert f"{lines['cost_as_it_is'][0]:,.2f} → {lines['cost_what_if'][0]:,.2f}" in shown
    assert "服务水平" not in said, "what is the same on both sides is not shown"
    assert (lines["quantity_what_if"] < lines["quantity_as_it_is"]).all()


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (["--lead-time", "NOBODY=9"], "没有叫 'NOBODY' 的供应商或商家编码"),
        (["--lead-time", "GYS1O1=9"], "是不是 GYS101？"),
        (["--lead-time", "GYS101=1.5"], "要写成 GYS104=21 这样，写的是 'GYS101=1.5'"),
        (["--service-level", "sku:NOPE=0.9"], "没有叫 'NOPE' 的商家编码"),
        (["--service-level", "category:保曖=0.9"], "是不是 保暖？"),
        (["--service-level", "保暖=0.9"], "'保暖' 是类目：请写 category:保暖"),
        (["--service-level", "ax=0.9"], "是不是 AX？"),
        (["--service-level", "AX=97"], "服务水平是 0 与 1 之间的概率"),
        (["--service-level", "AX"], "要写成 AX=0.97 这样，写的是 'AX'"),
        (["--holding-weight", "0"], "是大于 0 的数"),
        (["--day", "2025-12-24"], "2025-12-24 没有结账；离得最近的已结账日：2025-11-01\n"),
        (["--out", "nowhere/lines.csv"], "nowhere：没有这个文件夹"),
    ],
)
def test_what_cannot_be_asked_is_told_in_the_merchant_s_language(
    first_day: Path, capsys: pytest.CaptureFixture[str], said: list[str], told: str
) -> None:
    assert main(["--merchant", str(EXAMPLE), "--home", str(first_day), "--day", DAY, *said]) == 1
    assert told in capsys.readouterr().err


def test_what_a_line_costs_can_be_asked_about() -> None:
    now = a_policy(order_line_micros=5_000_000)
    assert Question(order_line_cost=0.0).policy(now).order_line_micros == 0
    assert Question(order_line_cost=7.5).policy(now).order_line_micros == 7_500_000
    assert Question().policy(now) == now
    assert Question(order_line_cost=0.0).words() == "order-line-cost 0"
