"""Real files that are beside the project where it is developed: every row and yuan accounted for, by a guess alone."""

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from include.cli.unknown_files.scaffolding import scaffold
from include.exports.reading import Reading
from include.platforms.read_export import read_export

DATA = Path(__file__).parents[2].parent / "shared" / "data" / "taobao"
DAILY = DATA / "淘宝日用化妆.xlsx"


@pytest.mark.skipif(not DAILY.exists(), reason="the teaching file 淘宝日用化妆.xlsx is not beside the project")
def test_a_workbook_with_every_kind_of_dirt(tmp_path: Path, balanced: Callable[[Reading], None]) -> None:
    """2,894 days are written like 2019#3#11, one quantity like 1473个 and one lies in 2050; six rows come twice."""
    made = scaffold(DAILY, "daily", tmp_path / "m", tmp_path)
    settings = yaml.safe_load(made.files[tmp_path / "m" / "drafts" / "daily.yaml"])

    reading = read_export(DAILY, platform="declared", report="sales", declared=settings["reports"]["sales"]["declared"])

    assert reading.rows == 31_452
    assert reading.rejected["column"].value_counts().to_dict() == {"订单日期": 2_894, "订购数量": 2, "商品编号": 1}
    # The last six rows stand further above already, cell by cell.
    assert reading.ignored["reason"].tolist() == ["repeated line"] * 6
    assert reading.ignored["file_line"].tolist() == list(range(31_448, 31_454))
    assert len(reading.frames["order_lines"]) == reading.rows - 6 - reading.rejected["file_line"].nunique()
    assert reading.last_day == "2050-06-09"  # can be read; the checks say that it cannot be
    balanced(reading)
