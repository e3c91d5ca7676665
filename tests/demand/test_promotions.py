"""Promotions in the forecast: what was planned as of the day counts, as learned or as people wrote it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from include.demand.forecaster.backtest import truth
from include.demand.forecaster.features import History
from include.demand.forecaster.model import DemandModel
from include.demand.forecaster.training import train
from include.demand.panel import PROMOTIONS, Panel, as_events
from include.demand.promotion_effects import promoted_days, with_promotions, without_promotions
from tests.demand.conftest import TINY, merchant

FIRST = pd.Timestamp("2025-01-06")


def plans(*rows: dict, first: pd.Timestamp = FIRST) -> pd.DataFrame:
    """Rows with sku and days (first, last) by number of the panel's day; known from the first day on."""
    usual = {"promotion": "spring", "shop": "", "share": 1.0, "price": np.nan, "discount": np.nan, "lift": np.nan,
             "stock_limit": np.nan, "known_from": -1, "known_until": None}  # fmt: skip
    frame = pd.DataFrame([{**usual, **row} for row in rows])
    for name, column in (("first_day", "first"), ("last_day", "last"), ("known_from", "known_from"),
                         ("known_until", "known_until")):  # fmt: skip
        said = frame[column]
        frame[name] = [pd.NaT if pd.isna(day) else first + pd.Timedelta(days=int(day)) for day in said]
    return frame[list(PROMOTIONS)].astype(PROMOTIONS)


def flat(days: int = 60, skus: int = 2, promotions: pd.DataFrame | None = None, units: float = 10.0) -> Panel:
    """Skus that sell the same every day, at 20 yuan."""
    shape = (skus, days)
    return Panel(
        keys=pd.DataFrame({"sku": [f"S{n}" for n in range(skus)], "warehouse": "w", "category": "tea"}),
        days=pd.date_range(FIRST, periods=days, freq="D"),
        units=np.full(shape, units, np.float32),
        price=np.full(shape, 20.0, np.float32),
        in_stock=np.ones(shape, np.float32),
        started=np.zeros(skus, np.int32),
        ended=np.zeros(skus, bool),
        promotions=promotions,
    )


def rule(panel: Panel, span: int) -> np.ndarray:
    return DemandModel(config=TINY, kind="rule").forecast(panel, span).mean


def test_what_a_person_expects_counts_as_written_where_there_is_nothing_to_learn_from() -> None:
    panel = flat(promotions=plans({"sku": "S0", "first": 62, "last": 63, "lift": 3.0, "price": 15.0}))

    promoted = promoted_days(panel, 10)

    assert promoted is not None
    assert set(promoted.basis) == {"stated"}
    assert promoted.day_lifts(60, 5).tolist() == [[1, 1, 3, 3, 1], [1, 1, 1, 1, 1]]
    assert rule(panel, 4).tolist() == pytest.approx([80.0, 40.0])  # two ordinary days, and two of three times as much
    assert rule(panel, 2).tolist() == pytest.approx([20.0, 20.0])


def test_a_plan_without_lift_price_or_past_changes_nothing() -> None:
    panel = flat(promotions=plans({"sku": "S0", "first": 62, "last": 63}))

    promoted = promoted_days(panel, 10)

    assert promoted is not None
    assert set(promoted.basis) == {"unknown"}
    assert rule(panel, 4).tolist() == pytest.approx([40.0, 40.0])


def test_a_plan_counts_from_the_close_that_told_it_until_the_one_that_withdrew_it() -> None:
    told = plans(
        {"sku": "S0", "first": 62, "last": 63, "lift": 3.0, "known_from": 50, "known_until": 58},
        {"sku": "S0", "first": 62, "last": 62, "lift": 2.0, "known_from": 58},
    )
    panel = flat(promotions=told)
    promoted = promoted_days(panel, 10)
    assert promoted is not None

    # as of the close of day 49 (origin 50) nothing, from 50 on the first plan, from 58 on the second
    assert promoted.mean_lift(50, 14)[0] == 1
    assert promoted.mean_lift(51, 14)[0] == pytest.approx(1 + 2 * 2 / 14)
    assert promoted.mean_lift(58, 7)[0] == pytest.approx(1 + 2 * 2 / 7)
    assert promoted.mean_lift(59, 7)[0] == pytest.approx(1 + 1 / 7)


def test_a_target_of_a_past_origin_leaves_out_what_was_planned_then_and_nothing_planned_later() -> None:
    # given a promotion that trebled sales on days 40 and 41, told on day 30
    told = plans({"sku": "S0", "first": 40, "last": 41, "lift": 3.0, "known_from": 30})
    panel = flat(promotions=told)
    panel.units[0, 40:42] = 30.0
    history = History(panel, horizon=14)

    # then who looked ahead on day 30 has ordinary sales to learn, who looked before has the promotion in them
    assert history.target(31, 14)[0].tolist() == pytest.approx([140.0, 140.0])
    assert history.target(30, 14)[0].tolist() == pytest.approx([180.0, 140.0])
    assert history.sold_total(31, 14)[0].tolist() == pytest.approx([180.0, 140.0])
    # and once it is over the level is what ordinary days sell
    assert history.level(60).tolist() == pytest.approx([10.1, 10.1])
    assert without_promotions(panel).units[0].tolist() == [10.0] * 60


def test_of_several_shops_each_has_its_part_and_its_strongest_plan() -> None:
    told = plans(
        {"sku": "S0", "first": 60, "last": 60, "lift": 2.0, "shop": "tmall", "share": 0.5},
        {"sku": "S0", "first": 60, "last": 60, "lift": 3.0, "shop": "tmall", "share": 0.5, "promotion": "other"},
        {"sku": "S0", "first": 60, "last": 60, "lift": 4.0, "shop": "jd", "share": 0.2},
        {"sku": "S0", "first": 60, "last": 61, "lift": 1.5, "promotion": "everywhere"},
    )
    promoted = promoted_days(flat(promotions=told), 5)
    assert promoted is not None

    lifts = promoted.day_lifts(60, 3)[0]

    assert lifts.tolist() == pytest.approx([1 + 0.5 * 2 + 0.2 * 3 + 0.3 * 0.5, 1.5, 1.0])


def test_no_plans_and_a_merchant_without_the_report_are_the_same() -> None:
    bare = merchant(days=120)
    empty = replace(bare, promotions=plans({"sku": "S000", "first": 1, "last": 1}).iloc[:0])

    model, other = train(bare, TINY), train(empty, TINY)

    one, two = model.forecast(bare, 7), other.forecast(empty, 7)
    assert np.array_equal(one.quantiles, two.quantiles)
    assert np.array_equal(one.mean, two.mean)
    assert with_promotions([one], bare)[0] is one


def test_on_a_festival_a_stated_lift_is_of_ordinary_days_not_on_top_of_the_festival() -> None:
    # given a festival that doubled sales twice, coming again on day 130, and a plan that expects three times then
    panel = flat(days=120, promotions=plans({"sku": "S0", "first": 130, "last": 130, "lift": 3.0}))
    days = [FIRST + pd.Timedelta(days=day) for day in (40, 80, 130)]
    panel = replace(panel, events=as_events(pd.DataFrame({"day": days, "event": "festival"})))
    rng = np.random.default_rng(1)
    panel.units[:] = rng.poisson(50, panel.units.shape)
    panel.units[:, [40, 80]] *= 2
    history = History(panel, horizon=20)
    festival = history.calendar.lift[0, 130]
    assert festival > 1.5

    assert history.promoted is not None
    assert history.promoted.day_lifts(120, 20)[0, 10] == pytest.approx(3.0 / festival)


def promoted_merchant(elasticity: float = 2.0, seed: int = 3) -> tuple[Panel, pd.DataFrame]:
    """Many skus, each cut by 20 or 30 % for a week four times a year, and sold more by a constant elasticity."""
    panel = merchant(skus=60, days=280, seed=seed)
    rng = np.random.default_rng(seed)
    units, price = panel.units.copy(), np.array(panel.price)
    rows = []
    for sku in panel.keys["sku"].unique():
        mine = np.flatnonzero((panel.keys["sku"] == sku).to_numpy())
        for start in range(int(rng.integers(10, 60)), 270, 65):
            cut = float(rng.choice([0.2, 0.3]))
            part = slice(start, min(start + 7, 280))
            lift = (1 - cut) ** -elasticity
            more = rng.poisson(np.nan_to_num(units[mine, part]) * (lift - 1))
            units[mine, part] = units[mine, part] + more
            usual = float(price[mine[0], 0])
            price[mine, part] = usual * (1 - cut)
            rows.append({"sku": sku, "first": start, "last": start + 6, "price": usual * (1 - cut),
                         "known_from": start - 28})  # fmt: skip
    price[:] = price[np.searchsorted(panel.keys["sku"].unique(), panel.keys["sku"]) * 2]  # one price a sku
    told = plans(*rows, first=panel.days[0])
    return replace(panel, units=units.astype(np.float32), price=price.astype(np.float32)), told


def test_the_effect_is_learned_from_past_promotions_and_betters_the_forecast_of_the_next() -> None:
    bare, told = promoted_merchant()
    panel = replace(bare, promotions=told)
    promoted = promoted_days(panel.until(252), 28)
    assert promoted is not None

    # at a cut of 30 % the truth is 2.04 times as much
    effect = promoted.effect
    assert effect.promoted > 100
    assert effect.traffic is not None
    assert effect.elasticity is not None
    assert np.exp(effect.traffic - effect.elasticity * np.log(0.7)) == pytest.approx(2.04, rel=0.12)

    misses, biases = {}, {}
    for name, one in (("without", bare), ("with", panel)):
        model = train(one.until(225), TINY)
        parts = []
        for origin in (225, 232, 239, 246):
            sold, good = truth(panel, origin, 14)
            good &= np.isin(np.arange(panel.series_count), promoted.at(origin, 14)[0])
            parts.append(np.column_stack([sold, model.forecast(one.until(origin), 14).mean])[good])
        sold, mean = np.concatenate(parts).T
        misses[name] = float(np.abs(sold - mean).sum() / sold.sum())
        biases[name] = float(mean.sum() / sold.sum() - 1)
    assert misses["with"] < 0.85 * misses["without"]
    assert abs(biases["with"]) < 0.5 * abs(biases["without"])


def test_before_any_plan_is_over_the_effect_comes_from_prices_that_were_paid() -> None:
    bare, _ = promoted_merchant()
    busy = bare.rows(np.nan_to_num(bare.units).mean(axis=1) > 3)
    sku = str(busy.keys["sku"].iloc[0])
    usual = float(np.nanmedian(busy.price[0]))
    ahead = plans({"sku": sku, "first": 285, "last": 290, "price": 0.7 * usual}, first=busy.days[0])

    promoted = promoted_days(replace(busy, promotions=ahead), 14)

    assert promoted is not None
    assert set(promoted.basis) == {"learned"}
    assert promoted.day_lifts(280, 14)[0].max() == pytest.approx(2.04, rel=0.25)
    # and a merchant whose prices never moved learns nothing
    still = replace(busy, price=np.broadcast_to(busy.price[:, :1], busy.price.shape), promotions=ahead)
    unmoved = promoted_days(still, 14)
    assert unmoved is not None
    assert set(unmoved.basis) == {"unknown"}
