"""Looking back never judges days that nobody has seen."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import update

from include.demand.forecast_accuracy import forecast_accuracy
from include.warehouse.books import publication
from include.warehouse.tables import forecasts
from tests.command_lines import storekeeper

main = storekeeper("accuracy")

EXAMPLE = Path(__file__).parents[2] / "examples" / "specimen"
FIRST, SECOND = "2025-11-01", "2025-11-02"


def test_a_day_to_come_is_looked_back_from_the_newest_closed_one(
    second_day: Path, desk_at: Callable[[Path], Any], capsys: pytest.CaptureFixture[str]
) -> None:
    # given the forecasts of 11-01, and books that end on 11-02
    desk = desk_at(second_day)
    place = ["--merchant", str(EXAMPLE), "--home", str(desk.home)]

    # then none of their days are over, however late a day is asked about
    assert main([*place, "--day", "2025-12-31"]) == 0
    told = capsys.readouterr()
    assert "2025-12-31 还没有结账：只看到最近结账的 2025-11-02 为止" in told.err
    assert "还没有一个预测的日子已经过完：最早的要到 2025-11-" in told.out
    assert forecast_accuracy(desk.workspace, "2025-12-31").empty

    # and what was forecast for one day is judged by that day alone
    with publication(desk.workspace.books) as change:
        change.execute(update(forecasts).where(forecasts.c.day == FIRST).values(protection_days=1))
    seen, later = (forecast_accuracy(desk.workspace, day) for day in (SECOND, "2025-12-31"))
    assert seen["forecasts"].iloc[0] > 0
    pd.testing.assert_frame_equal(seen, later)
    assert main([*place, "--day", "2025-12-31"]) == 0
    assert "|" in capsys.readouterr().out
    assert main([*place, "--day", SECOND, "--by", "category"]) == 0
    told = capsys.readouterr()
    assert "| 类目" in told.out
    assert "| 全部" in told.out


def test_a_day_before_the_first_close_is_told(second_day: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = ["--merchant", str(EXAMPLE), "--home", str(second_day)]
    assert main([*place, "--day", "2025-01-01"]) == 1
    assert "2025-01-01 没有结账；离得最近的已结账日：2025-10-31" in capsys.readouterr().err
