"""The benchmark command keeps its judge's contract, and sees nothing after the origin."""

import json
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.demand import read_panel, run

DAILY, SPAN = [0.25, 0.5, 0.75], [0.5, 0.9]


def write_case(folder: Path, days: int = 200, series: int = 40) -> pd.DataFrame:
    rng = np.random.default_rng(5)
    names = pd.date_range("2015-03-03", periods=days, freq="D").strftime("%Y-%m-%d")
    item = [f"I{i // 2}" for i in range(series)]
    sales = pd.DataFrame(
        {
            "id": [f"id{i}" for i in range(series)],
            "item_id": item,
            "dept_id": [f"D{i % 3}" for i in range(series)],
            "cat_id": "C",
            "store_id": [f"CA_{i % 2}" for i in range(series)],
            "state_id": "CA",
        }
    )
    units = pd.DataFrame(rng.poisson(rng.gamma(1, 1, series)[:, None], (series, days)), columns=names)
    units.iloc[0] = 0  # never sold
    calendar = pd.DataFrame({"date": pd.date_range("2015-03-03", periods=days + 28)})
    calendar["event_name_1"] = np.where(np.arange(days + 28) % 50 == 0, "Fair", None)
    calendar["event_name_2"] = None
    for state in ("CA", "TX", "WI"):
        calendar[f"snap_{state}"] = (calendar["date"].dt.day <= 10).astype(int)
    folder.mkdir(exist_ok=True)
    pd.concat([sales, units], axis=1).to_parquet(folder / "sales.parquet", index=False)
    calendar.to_parquet(folder / "calendar.parquet", index=False)
    task = {"as_of": names[-1], "horizon_days": 28, "daily_levels": DAILY, "spans": [7, 14], "span_levels": SPAN}
    (folder / "task.json").write_text(json.dumps(task))
    return sales


def test_it_writes_both_tables_without_gaps(tmp_path: Path) -> None:
    sales = write_case(tmp_path / "in")
    run(tmp_path / "in", tmp_path)
    daily, span = pd.read_parquet(tmp_path / "daily.parquet"), pd.read_parquet(tmp_path / "span.parquet")
    assert daily.columns.tolist() == ["id", "day", "mean", "0.25", "0.5", "0.75"]
    assert len(daily) == len(sales) * 28
    assert span.columns.tolist() == ["id", "days", "0.5", "0.9"]
    assert len(span) == len(sales) * 2
    assert not daily.isna().any().any()
    assert not span.isna().any().any()
    assert (daily[daily["id"] == "id0"]["mean"] == 0).all()
    assert (span["0.9"] >= span["0.5"]).all()


def test_days_before_the_first_sale_are_not_yet_launched(tmp_path: Path) -> None:
    write_case(tmp_path / "in")
    sales = pd.read_parquet(tmp_path / "in" / "sales.parquet")
    sales.iloc[1, 6:16] = 0
    sales.iloc[1, 16] = 3
    panel = read_panel(sales, pd.read_parquet(tmp_path / "in" / "calendar.parquet"))
    assert panel.started[0] == 200
    assert panel.started[1] == 10
    assert np.isnan(panel.units[1, :10]).all()
    assert panel.units[1, 10] == 3
