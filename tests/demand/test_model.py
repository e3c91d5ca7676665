"""The whole model on a small merchant: honest, repeatable, and modest where it knows little."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from include.demand.forecaster.backtest import backtest
from include.demand.forecaster.config import DemandConfig
from include.demand.forecaster.model import DemandModel
from include.demand.forecaster.model_card import data_hash, html, markdown
from include.demand.forecaster.release import full_card, release
from include.demand.forecaster.training import train
from include.demand.panel import Panel
from tests.demand.conftest import TINY, merchant


def test_forecast_shapes_and_order(model: DemandModel, panel: Panel) -> None:
    spans = np.where(np.arange(panel.series_count) % 2, 7, 11)
    told = model.forecast(panel, spans)
    assert told.quantiles.shape == (80, 3)
    assert (np.diff(told.quantiles, axis=1) >= 0).all()
    assert np.isfinite(told.mean).all()
    assert told.mean.sum() > 0
    frame = told.frame()
    assert frame.columns.tolist() == [
        "sku", "warehouse", "span_days", "mean", "q50", "q80", "q95", "basis", "confidence",
    ]  # fmt: skip
    assert frame["span_days"].tolist() == spans.tolist()


def test_longer_spans_sell_more_even_beyond_the_grid(model: DemandModel, panel: Panel) -> None:
    history = model.history(panel, 60)
    week, fortnight, far = (model.forecast(panel, days, history).mean.sum() for days in (7, 14, 60))
    assert week < fortnight < far
    assert far == pytest.approx(fortnight * 60 / 14, rel=0.01)


def test_saved_and_loaded_it_says_the_same(model: DemandModel, panel: Panel, tmp_path: Path) -> None:
    model.save(tmp_path / "one")
    loaded = DemandModel.load(tmp_path / "one")
    np.testing.assert_array_equal(loaded.forecast(panel, 7).quantiles, model.forecast(panel, 7).quantiles)
    np.testing.assert_array_equal(loaded.daily(panel).quantiles, model.daily(panel).quantiles)
    loaded.save(tmp_path / "two")
    for file in sorted((tmp_path / "one").iterdir()):
        assert (tmp_path / "two" / file.name).read_bytes() == file.read_bytes(), file.name


def test_training_twice_gives_the_same_bytes(model: DemandModel, panel: Panel, tmp_path: Path) -> None:
    model.save(tmp_path / "one")
    train(panel, TINY, sized=False).save(tmp_path / "two")
    for file in sorted((tmp_path / "one").iterdir()):
        assert (tmp_path / "two" / file.name).read_bytes() == file.read_bytes(), file.name


def test_without_single_days_the_totals_are_the_same_and_single_days_are_refused(
    model: DemandModel, panel: Panel, tmp_path: Path
) -> None:
    lean = train(panel, replace(TINY, single_days=False), sized=False)
    np.testing.assert_array_equal(lean.forecast(panel, 7).quantiles, model.forecast(panel, 7).quantiles)
    np.testing.assert_array_equal(lean.forecast(panel, 7).mean, model.forecast(panel, 7).mean)
    lean.save(tmp_path)
    with pytest.raises(ValueError, match="single_days=True"):
        DemandModel.load(tmp_path).daily(panel)


def test_a_changed_future_changes_nothing_in_the_past(panel: Panel) -> None:
    changed = replace(panel, units=panel.units.copy(), price=panel.price.copy())
    changed.units[:, 230:] = 77
    changed.price[:, 230:] = 1
    small = replace(TINY, trees=8, mean_trees=8)
    told = [train(p.until(230), small, sized=False).forecast(p.until(230), 14) for p in (panel, changed)]
    np.testing.assert_array_equal(told[0].quantiles, told[1].quantiles)


def test_a_stock_out_does_not_lower_the_forecast_as_zeros_would(model: DemandModel, panel: Panel) -> None:
    steady = np.flatnonzero((panel.started == 0) & (np.nanmean(panel.units, axis=1) > 2))
    out, zero = (replace(panel, units=panel.units.copy(), in_stock=panel.in_stock.copy()) for _ in range(2))
    out.units[steady, -21:] = np.nan
    out.in_stock[steady, -21:] = 0
    zero.units[steady, -21:] = 0
    full, unknown, nothing = (model.forecast(p, 7).mean[steady].sum() for p in (panel, out, zero))
    assert unknown == pytest.approx(full, rel=0.05)
    assert nothing < 0.9 * full


def test_short_history_speaks_by_rule_and_says_so(panel: Panel, tmp_path: Path) -> None:
    short = panel.until(50)
    told: list[str] = []
    model = train(short, progress=told.append)
    assert model.kind == "rule"
    assert "too little history" in model.note
    assert told == [model.note]
    forecast = model.forecast(short, 7)
    assert set(forecast.basis) <= {"rule", "none"}
    assert forecast.note == model.note
    assert model.daily(short, 7).mean.shape == (80, 7)
    model.save(tmp_path)
    assert DemandModel.load(tmp_path).forecast(short, 7).mean.tolist() == forecast.mean.tolist()


def test_a_new_sku_borrows_and_an_ended_one_is_silent(model: DemandModel, panel: Panel) -> None:
    changed = replace(panel, units=panel.units.copy(), started=panel.started.copy(), ended=panel.ended.copy())
    changed.units[0, :-3] = np.nan
    changed.units[0, -3:] = 4
    changed.started[0] = panel.day_count - 3
    changed.ended[1] = True
    changed.units[2] = np.nan
    changed.started[2] = panel.day_count
    told = model.forecast(changed, 7)
    assert told.basis[:3].tolist() == ["analogue", "none", "none"]
    assert told.confidence[0] == "low"
    assert 0 < told.mean[0] < 60
    assert told.mean[1:3].tolist() == [0, 0]


def test_days_add_up_about_to_the_total(model: DemandModel, panel: Panel) -> None:
    days, total = model.daily(panel, 14), model.forecast(panel, 14)
    old = total.basis == "model"
    assert days.mean[old].sum() == pytest.approx(total.mean[old].sum(), rel=0.1)
    assert days.days[0] == panel.days[-1] + pd.Timedelta(days=1)
    assert (np.diff(days.quantiles, axis=2) >= 0).all()


def test_a_backtest_judges_and_the_gate_decides(panel: Panel) -> None:
    small = replace(TINY, trees=30, mean_trees=5)
    told = backtest(panel, small, spans=[7], count=1, step=14)
    scores, (judged,) = told.scores, told.challengers.values()
    mine, rule, again = scores
    assert [mine.name, rule.name, again.name] == ["challenger", "13-week", "last week again"]
    assert mine.pinball < again.pinball
    assert mine.pinball < 1.1 * rule.pinball
    verdict = release(scores)
    assert verdict.reasons
    page = markdown(full_card(judged, scores, verdict))
    assert "| challenger | 7 |" in page
    assert verdict.reasons[0] in page
    card = full_card(judged, scores, verdict, [{"name": "challenger", "cost": 12.5}])
    shown_card = html(card)
    assert judged.card["data_hash"] in shown_card
    assert shown_card.count("<svg") == 2  # calibration, importance
    for text in ("校准", "last week again", "12.5", verdict.reasons[0].split(":")[0]):
        assert text in shown_card


def test_the_champion_of_each_origin_is_the_one_that_spoke_then(panel: Panel) -> None:
    small = replace(TINY, trees=10, mean_trees=5)
    rule = DemandModel(config=DemandConfig().sized_for(panel), kind="rule")
    asked: list[str] = []

    def champion_at(day: str) -> DemandModel | None:
        asked.append(day)
        return rule if len(asked) == 2 else None

    told = backtest(panel, small, spans=[7], count=2, step=14, champion_at=champion_at)
    first, second = sorted(told.challengers)
    assert asked == [str(panel.days[origin - 1].date()) for origin in (first, second)]
    assert list(told.champions) == [second]
    names = {score.name: len(score.by_origin) for score in told.scores}
    assert names == {
        "challenger": 2, "13-week": 2, "last week again": 2, "challenger beside champion": 1, "champion": 1,
    }  # fmt: skip


def test_the_card_names_its_data(model: DemandModel, panel: Panel) -> None:
    assert model.card["data_hash"] == data_hash(panel)
    other = replace(panel, units=panel.units + 1)
    assert data_hash(other) != data_hash(panel)
    page = markdown(model.card)
    assert "| mean_" in page or "| faded_" in page
    assert model.card["data_hash"] in page


def test_settings_are_sized_by_the_data() -> None:
    config = DemandConfig()
    year = config.sized_for(merchant(skus=100, days=400))
    assert year.trees < config.trees
    assert max(year.spans) == 90
    short = config.sized_for(merchant(skus=20, days=120))
    assert max(short.spans) <= 21
    assert short.first_origin + short.calibration_days < 120
    assert DemandConfig.from_json(short.to_json()) == short
