"""The specimen merchant's lists of a day agree with each other, sku by sku."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from include.pipeline.restock import payloads
from include.replenishment.policy import policy_of
from include.tasks.acts import Act
from tests.replenishment.contradictions import contradictions, planned, unbalanced

FIRST, SECOND = date(2025, 11, 1), date(2025, 11, 2)


@pytest.mark.parametrize("day", [FIRST, SECOND])
def test_no_list_says_what_another_contradicts(second_day: Path, desk_at: Callable[[Path], Any], day: date) -> None:
    desk = desk_at(second_day)
    plan = planned(desk.workspace, day.isoformat())

    assert len(plan.restock)
    assert len(plan.transfers)
    assert contradictions(plan, policy_of(desk.workspace.merchant.replenishment)) == []
    assert unbalanced(plan) == []
    # What the lists show agrees as well: every unit that a restock line says is moved stands on the transfer list.
    told = payloads(plan)
    moved = told["transfer"].groupby(["sku", "warehouse"])["quantity"].sum()
    lines = told["restock"].set_index(["sku", "warehouse"])
    assert (lines["transfer_in"] == moved.reindex(lines.index).fillna(0)).all()
    assert (lines["transfer_out"] == 0).all()
    assert set(told["excess"]["action"]) <= {"promote", "return", "bundle", "clear", "dispose"}
    assert (told["excess"].loc[told["excess"]["action"] != "dispose", "saved_micros"] >= 0).all()


def test_what_people_are_getting_rid_of_is_not_asked_for_the_next_day(
    second_day: Path, desk_at: Callable[[Path], Any]
) -> None:
    desk = desk_at(second_day)
    lines = desk.document("excess", FIRST).lines
    assert lines, "the test needs a merchant with too much of something"
    before = planned(desk.workspace, SECOND.isoformat()).excess.set_index(["warehouse", "sku"])["quantity"]

    desk.act(SECOND, *(Act(line.task_id, "accepted") for line in lines))

    after = planned(desk.workspace, SECOND.isoformat()).excess
    subjects = pd.MultiIndex.from_tuples([(line.payload["warehouse"], line.payload["sku"]) for line in lines])
    assert before.index.isin(subjects).any()
    asked = after[after["action"] != "hold"]
    assert not pd.MultiIndex.from_frame(asked[["warehouse", "sku"]]).isin(subjects).any()
