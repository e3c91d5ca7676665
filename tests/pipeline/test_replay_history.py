"""The books' own history lived again: what was wanted, what was known when, another policy beside the present one."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import update

from include.simulation.history_report import write_report
from include.simulation.history_season import coming_of, known_then, wanted_since
from include.simulation.replay_history import ASKED, PRESENT, Replayed, replay_history
from include.simulation.what_if import Question
from include.warehouse.tables import FACT_TABLES
from tests.command_lines import storekeeper
from tests.replenishment.known import known

main = storekeeper("replay-history")

EXAMPLE = Path(__file__).parents[2] / "examples" / "specimen"
SINCE, LATER, DAY = "2025-10-22", "2025-10-28", "2025-11-02"
LEANER = Question({f"{a}{x}": 0.4 for a in "ABC" for x in "XYZ"})


def replayed(desk: Any, question: Question = LEANER) -> Replayed:
    """By the 13-week rule, so that nothing is trained."""
    return replay_history(desk.workspace, SINCE, DAY, question, lambda known: None, say=lambda text: None)


def totals(told: Replayed, column: str) -> Any:
    return told.cells.groupby("player")[column].sum()


def test_unknown_days_are_filled_from_the_days_before() -> None:
    some = known(("S1",)).panel
    units = np.full(some.units.shape, 2.0, np.float32)
    units[0, 30:34] = np.nan  # an empty shelf
    units[1, :] = np.nan  # nobody knows
    units[2, :40] = np.nan
    panel = replace(some, units=units, started=np.array([0, 0, 40], np.int32))

    wanted, filled = wanted_since(panel, 29)

    assert filled == 8
    assert (wanted[0] == 2).all()
    assert np.isnan(wanted[1]).all()
    # Before it is on sale nothing is wanted of the third.
    assert np.isnan(wanted[2, :11]).all()
    assert (wanted[2, 11:] == 2).all()
    units[0, 34:] = 9
    again, _ = wanted_since(panel, 29)
    assert (again[0, :5] == 2).all()


def test_fractions_of_a_unit_go_to_the_next_day() -> None:
    some = known(("S1",)).panel
    units = np.full(some.units.shape, 0.25, np.float32)
    wanted, _ = wanted_since(replace(some, units=units, started=np.zeros(3, np.int32)), 30)
    assert set(np.unique(wanted)) == {0.0, 1.0}
    assert wanted[0].sum() == pytest.approx(0.25 * wanted.shape[1], abs=0.5)


def test_what_came_later_was_open_then() -> None:
    """An order of 1 May that came on the 11th: on the 5th it is under way, and no receipt is known."""
    line: dict[str, Any] = {"purchase_order_id": "P1", "line_id": "1", "sku": "S1", "warehouse": "east"}
    bought = {"supplier": "G1", "ordered_day": "2025-05-01", "expected_day": "2025-05-11", "status": "closed"}
    some = known(("S1",))
    whole = replace(
        some,
        purchase_orders=pd.DataFrame([{**line, **bought, "quantity": 7, "unit_cost_micros": 1}]),
        receipts=pd.DataFrame([{**line, "receipt_id": "R1", "received_day": "2025-05-11", "quantity": 7}]),
    )
    origin = 35  # days from 1 April to 5 May

    then = known_then(whole, origin)

    assert then.day == "2025-05-05"
    assert list(then.purchase_orders["status"]) == ["open"]
    assert then.receipts.empty
    assert then.panel.day_count == origin
    coming = coming_of(whole, origin)
    assert coming.sum() == 7
    assert coming[0, 5] == 7  # the first day is the 6th
    assert known_then(whole, 20).purchase_orders.empty


@pytest.fixture(scope="module")
def lived_again(second_day: Path, open_desk: Callable[..., Any]) -> Replayed:
    desk = open_desk(second_day)
    told = replayed(desk)
    desk.workspace.books.dispose()
    return told


def test_everybody_meets_the_same_customers_and_a_leaner_policy_holds_less_and_loses_more(
    lived_again: Replayed,
) -> None:
    cells = lived_again.cells
    assert list(cells["player"].unique()) == [PRESENT, ASKED, "min-max", "base-stock"]
    assert totals(lived_again, "wanted").nunique() == 1
    assert totals(lived_again, "wanted")[PRESENT] > 300
    assert totals(lived_again, "selling_days").nunique() == 1
    assert (cells["lost"] <= cells["wanted"]).all()
    assert ((cells["lost"] > 0) == (cells["stock_out_days"] > 0)).all()

    assert totals(lived_again, "bought_yuan")[ASKED] < totals(lived_again, "bought_yuan")[PRESENT]
    assert totals(lived_again, "held")[ASKED] < totals(lived_again, "held")[PRESENT]
    assert totals(lived_again, "lost")[ASKED] >= totals(lived_again, "lost")[PRESENT]
    days, orders = lived_again.days, lived_again.orders
    assert days.groupby("player")["lost"].sum().to_dict() == pytest.approx(totals(lived_again, "lost").to_dict())
    assert orders.groupby("player").size().to_dict() == totals(lived_again, "order_lines").to_dict()


def test_a_future_value_changed_on_disk_changes_no_earlier_order(
    lived_again: Replayed, second_day: Path, desk_at: Callable[[Path], Any]
) -> None:
    desk, facts = desk_at(second_day), FACT_TABLES["demand"]
    with desk.workspace.books.begin() as books:
        books.execute(update(facts).where(facts.c.day >= LATER).values(units=facts.c.units * 5 + 3))

    other = replayed(desk)

    def until(told: Replayed) -> pd.DataFrame:
        return told.orders[told.orders["day"] <= LATER].reset_index(drop=True)

    pd.testing.assert_frame_equal(until(other), until(lived_again))
    assert len(until(other)) > 0
    after = [told.orders.loc[told.orders["day"] > LATER, "quantity"].sum() for told in (other, lived_again)]
    assert after[0] > after[1]


def test_the_command_writes_a_report_with_plots(
    second_day: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = ["--merchant", str(EXAMPLE), "--home", str(second_day), "--since", "2025-10-31", "--out", str(tmp_path)]
    assert main([*place, "--budget", "500", "--retrain-days", "60"]) == 0

    text = (tmp_path / "report.md").read_text(encoding="utf-8")
    assert "`asked` 是现行策略改为 budget 500。" in text
    assert text.startswith("# 2025-10-31 至 2025-11-02，重过一遍\n\n3 天，")
    assert text.count("\n| 成本（缺货毛利＋持有），元/天 |") == 2
    said = capsys.readouterr()
    assert "已到 2025-11-02（3/3 天，" in said.err
    assert text.count("\n| asked |") == 1
    assert (tmp_path / "stock.svg").read_text(encoding="utf-8").count("<polyline") == 4
    cells = pd.read_csv(tmp_path / "cells.csv").groupby("player")
    # The emergency fund of 30,000 yuan goes on paying for empty shelves.
    used = cells["budget_used"].first()
    assert used[PRESENT] < 1 < used[ASKED] <= 1 + 30_000 / 500
    assert cells["bought_yuan"].sum()[ASKED] < cells["bought_yuan"].sum()[PRESENT]
    assert said.out.strip() in text


def test_the_report_is_in_the_merchant_s_language_and_money(lived_again: Replayed, tmp_path: Path) -> None:
    notes = {**lived_again.notes, "language": "en", "money": "EUR"}
    text = write_report(tmp_path, lived_again.cells, lived_again.days, notes)
    assert text.startswith(f"# {SINCE} to {DAY}, lived again\n\n12 days, ")
    assert "| cost (lost margin, holding), EUR a day |" in text
    assert "`asked` is the present policy with service-level AX=0.4" in text
    assert not re.search("[一-鿿]", text), "no Chinese"
    assert "Stock, thousand EUR at cost" in (tmp_path / "stock.svg").read_text(encoding="utf-8")

    chinese = write_report(tmp_path, lived_again.cells, lived_again.days, lived_again.notes)
    assert chinese.count("\n| ") == text.count("\n| ")
    assert chinese.count("\n- ") == text.count("\n- ") == 6
    names = {"present", "asked", "service", "level", "min", "max", "base", "stock"}
    assert set(re.findall("[a-z]+", chinese)) == names, "nothing else is English"


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (["--since", "2025-08-03"], "--since 应在 2025-08-29 与 2025-11-02 之间，写的是 2025-08-03"),
        (["--since", "2025-10-01", "--day", "2025-12-24"], "2025-12-24 没有结账"),
        (["--since", "2025-10-31", "--service-level", "AX=97"], "0 与 1 之间的概率"),
        (["--since", "2025-10-31", "--holding-weight", "-1"], "大于 0 的数"),
    ],
)
def test_what_cannot_be_replayed_is_told(
    second_day: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], said: list[str], told: str
) -> None:
    place = ["--merchant", str(EXAMPLE), "--home", str(second_day), "--out", str(tmp_path)]
    assert main([*place, *said]) == 1
    assert told in capsys.readouterr().err
