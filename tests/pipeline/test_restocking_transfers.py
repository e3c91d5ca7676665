"""Transfers on the day's lists: what they move counts in the same day's restock lines, and the day after."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from include.tasks.acts import Act

FIRST, SECOND = date(2025, 11, 1), date(2025, 11, 2)


def test_transfers_stand_on_their_own_list_and_in_the_sums_of_the_restock_list(
    first_day: Path, desk_at: Callable[[Path], Any]
) -> None:
    desk = desk_at(first_day)
    moved = [line.payload for line in desk.document("transfer", FIRST).lines]
    assert moved, "the test needs a merchant with something to move"
    assert all(line["from_warehouse"] != line["warehouse"] and line["quantity"] > 0 for line in moved)
    assert all(line["saved_micros"] > 0 for line in moved)
    comes = pd.DataFrame(moved).groupby(["warehouse", "sku"])["quantity"].sum()
    for line in (one.payload for one in desk.document("restock", FIRST).lines):
        assert line["transfer_in"] == comes.get((line["warehouse"], line["sku"]), 0)
        assert line["arriving"] >= line["transfer_in"]


def test_what_people_agreed_to_move_is_on_its_way_the_next_day_and_not_suggested_again(
    second_day: Path, desk_at: Callable[[Path], Any]
) -> None:
    desk = desk_at(second_day)
    task = desk.document("transfer", FIRST).lines[0]
    line = task.payload
    before = desk.inputs(SECOND)

    desk.act(SECOND, Act(task.task_id, "accepted"))

    after = desk.inputs(SECOND)
    giver, taker = ((line[end], line["sku"]) for end in ("from_warehouse", "warehouse"))
    assert after.loc[taker, "arriving"] == before.loc[taker, "arriving"] + line["quantity"]
    assert after.loc[giver, "promised"] == before.loc[giver, "promised"] + line["quantity"]
    others = [key for key in after.index if key not in (giver, taker)]
    pd.testing.assert_frame_equal(
        after.loc[others, ["arriving", "promised"]], before.loc[others, ["arriving", "promised"]]
    )

    # Done: it has left, and the stock report of the day no longer holds it.
    desk.act(SECOND, Act(task.task_id, "done", {"quantity": 2, "expected_day": "2025-11-04"}))
    done = desk.inputs(SECOND)
    assert done.loc[taker, "arriving"] == before.loc[taker, "arriving"] + 2
    assert done.loc[giver, "promised"] == before.loc[giver, "promised"]
    # Come: from then on the receiver's stock report holds it.
    desk.act(SECOND, Act(task.task_id, "done", {"quantity": 2, "expected_day": "2025-11-02"}))
    assert desk.inputs(SECOND).loc[taker, "arriving"] == before.loc[taker, "arriving"]
