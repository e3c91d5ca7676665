"""Rules of thumb, classes, quantile reading, calibration, bulk orders, the gate: small and by hand."""

import numpy as np
import pandas as pd
import pytest

from include.demand import classes
from include.demand.bulk import find_bulk_orders
from include.demand.forecast import Forecast
from include.demand.forecaster.backtest import AtOrigin, Score, rolling_origins, score
from include.demand.forecaster.calibration import Calibration, fit
from include.demand.forecaster.daily import fit_table
from include.demand.forecaster.release import release
from include.demand.forecaster.totals import reconcile
from include.demand.naive import recent_totals, seasonal_naive, thirteen_weeks
from include.demand.panel import Panel
from include.settings.stock.demand import Bulk


def small(units: list[list[float]]) -> Panel:
    matrix = np.array(units, np.float32)
    return Panel(
        keys=pd.DataFrame({"sku": [f"S{i}" for i in range(len(matrix))], "warehouse": "w"}),
        days=pd.date_range("2025-01-06", periods=matrix.shape[1], freq="D"),
        units=matrix,
        price=np.full(matrix.shape, np.nan, np.float32),
        in_stock=np.ones(matrix.shape, np.float32),
        started=np.zeros(len(matrix), np.int32),
        ended=np.zeros(len(matrix), bool),
    )


def forecast(quantiles: list[list[float]], levels: tuple[float, ...] = (0.5, 0.9)) -> Forecast:
    q = np.array(quantiles, float)
    n = len(q)
    keys = pd.DataFrame({"sku": [f"S{i}" for i in range(n)], "warehouse": "w"})
    return Forecast(keys, np.full(n, 7), levels, q[:, 0], q, np.full(n, "model"), np.full(n, "high"))


def test_totals_of_every_run() -> None:
    assert recent_totals(small([[1, 2, 3, 4]]), 2)[0].tolist() == [3, 5, 7]
    assert recent_totals(small([[1, np.nan, 3, np.nan]]), 2)[0].tolist() == [2, 6, 6]
    assert recent_totals(small([[1, 2]]), 4)[0].tolist() == [6]


def test_thirteen_weeks_of_one_series() -> None:
    rule = thirteen_weeks(small([[1, 2, 3, 4], [np.nan] * 4]), 2, (0.5,))
    assert rule.quantiles.tolist() == [[5], [0]]
    assert rule.mean.tolist() == [5, 0]
    assert rule.basis.tolist() == ["rule", "none"]


def test_seasonal_naive_takes_the_last_known_same_weekday() -> None:
    week = [1.0, 2, 3, 4, 5, 6, 7]
    ahead = seasonal_naive(small([[*week, *week[:6], np.nan]]), 8)
    assert ahead[0].tolist() == [1, 2, 3, 4, 5, 6, 7, 1]


def test_patterns_of_demand() -> None:
    units = np.array([[5, 5, 5, 5], [1, 20, 1, 1], [0, 0, 0, 3], [0, 1, 0, 40]], float)
    assert [classes.PATTERNS[i] for i in classes.pattern(units)] == ["smooth", "erratic", "intermittent", "lumpy"]
    assert classes.PATTERNS[classes.pattern(np.array([[5, np.nan, np.nan, 5]]))[0]] == "smooth"


def test_quantiles_between_and_beyond_levels() -> None:
    told = forecast([[10, 20]])
    assert told.quantile(0.5)[0] == 10
    assert told.quantile(0.7)[0] == pytest.approx(15)
    assert told.quantile(0.25)[0] == pytest.approx(5)
    assert told.quantile(0.98)[0] == pytest.approx(20 + 10, abs=0.01)  # a fifth of the tail again: one more step
    assert told.quantile(np.array([0.9])).tolist() == [20]
    with pytest.raises(ValueError, match="between 0 and 1"):
        told.quantile(1.0)


def test_calibration_moves_each_level_to_what_origins_agree_on() -> None:
    scores = np.linspace(-1, 1, 2001)[:, None].repeat(2, axis=1)
    nobody = np.zeros(2001, int)
    found = fit([(7, scores, nobody)] * 4, (0.5, 0.9), (7, 14), 1)
    assert found.shift[0, 0] == pytest.approx([0.0, 0.8], abs=0.01)
    assert found.shift[0, 1].tolist() == found.shift[0, 0].tolist()  # nothing held out for 14 days: the nearest
    moved = found.apply(np.array([[10.0, 20.0]]), np.array([5.0]), 7, np.array([0]))
    assert moved[0] == pytest.approx([10, 24], abs=0.05)
    back = Calibration.from_json(found.to_json())
    np.testing.assert_array_equal(back.shift, found.shift)


def test_one_odd_season_does_not_move_the_calibration() -> None:
    usual = np.linspace(-1, 1, 2001)[:, None]
    nobody = np.zeros(2001, int)
    origins = [(7, usual, nobody), (7, usual + 0.01, nobody), (7, usual - 0.01, nobody), (7, usual - 0.9, nobody)]
    assert abs(fit(origins, (0.5,), (7,), 1).shift[0, 0, 0]) < 0.01


def test_days_of_slow_movers_have_whole_quantiles() -> None:
    rng = np.random.default_rng(3)
    mean = np.full(20_000, 0.5)
    found = fit_table(mean, np.zeros(20_000), rng.poisson(0.5, 20_000).astype(float), (0.5, 0.9, 0.975))
    assert found.quantiles(np.array([0.5, 0.0]), np.zeros(2)).tolist() == [[0, 1, 2], [0, 0, 0]]


def test_members_are_drawn_to_their_group() -> None:
    mean, code, total = np.array([[2.0], [2.0], [5.0]]), np.array([0, 0, 1]), np.array([[6.0], [5.0]])
    assert reconcile(mean, code, total, 1.0).ravel().tolist() == [3, 3, 5]
    assert reconcile(mean, code, total, 0.0).ravel().tolist() == [2, 2, 5]


def test_one_huge_order_is_bulk_and_a_big_sku_is_not() -> None:
    usual = pd.DataFrame({"order_id": [f"o{i}" for i in range(40)], "sku": "A", "quantity": [1, 2, 1, 3] * 10})
    cases = pd.DataFrame({"order_id": [f"c{i}" for i in range(40)], "sku": "B", "quantity": [100, 200, 150, 300] * 10})
    split = pd.DataFrame({"order_id": ["x", "x"], "sku": "A", "quantity": [60, 60]})
    rules = Bulk(min_quantity=10, spreads=3.0, min_times=5.0)
    found = find_bulk_orders(pd.concat([usual, cases, split]), rules)
    assert found[["order_id", "sku", "quantity"]].to_numpy().tolist() == [["x", "A", 120]]
    assert found.loc[0, "limit"] > 10
    assert len(find_bulk_orders(usual, rules)) == 0
    assert len(find_bulk_orders(usual.iloc[:0], rules)) == 0


def test_score_by_hand() -> None:
    told = forecast([[10, 20], [0, 1]])
    got = score("x", [(told, np.array([12.0, 0.0]), np.array([True, True]))])
    # 0.5: |12 - 10| = 2 and 0; 0.9: 2 x 0.1 x 8 = 1.6 and 2 x 0.1 x 1 = 0.2; mean over levels / 12 units
    assert got.pinball == pytest.approx((2 + 1.8) / 2 / 12)
    assert got.coverage == {0.5: 0.5, 0.9: 1.0}
    assert got.bias == pytest.approx(10 / 12 - 1)


def test_origins_roll_back_from_the_end() -> None:
    assert rolling_origins(100, 28, 3, 28) == [16, 44, 72]


def scored(name: str, pinball: float, origins: list[AtOrigin]) -> Score:
    share = sum(origin.at_or_below[0] for origin in origins) / len(origins)
    bias = sum(origin.bias for origin in origins) / len(origins)
    return Score(name, 7, pinball, {0.9: share}, bias, 0.5, 100, origins)


def at_origin(coverage: float, bias: float, below: float | None = None) -> AtOrigin:
    return AtOrigin(0.2, bias, (coverage if below is None else below,), (coverage,))


@pytest.mark.parametrize(
    ("mine", "champion", "coverage", "bias", "released"),
    [
        (0.20, 0.21, (0.90, 0.90), (0.01, 0.01), True),
        (0.22, 0.21, (0.90, 0.90), (0.01, 0.01), False),  # champion is better
        (0.31, 0.33, (0.90, 0.90), (0.01, 0.01), False),  # the rule is better
        (0.20, 0.21, (0.80, 0.82), (0.01, 0.01), False),  # both origins miss the level by more than 5 points
        (0.20, 0.21, (0.76, 0.90), (0.01, 0.01), True),  # off by 7 points on average, but the origins disagree by 7
        (0.20, 0.21, (0.90, 0.90), (-0.20, -0.22), False),  # both origins are too low by more than 10 %
        (0.20, 0.21, (0.90, 0.90), (-0.30, 0.04), True),  # a bias of 13 %, known to 17 %
        (0.20, 0.21, (0.84,), (0.15,), True),  # a single origin is allowed twice the bounds
        (0.20, 0.21, (0.79,), (0.15,), False),
    ],
)
def test_the_gate(
    mine: float, champion: float, coverage: tuple[float, ...], bias: tuple[float, ...], released: bool
) -> None:
    origins = [at_origin(c, b) for c, b in zip(coverage, bias, strict=True)]
    scores = [
        scored("challenger", mine, origins),
        scored("champion", champion, [at_origin(0.9, 0.0)]),
        scored("13-week", 0.3, [at_origin(0.8, 0.0)]),
    ]
    verdict = release(scores)
    assert verdict.released is released
    assert verdict.reasons


def test_a_level_that_zero_alone_reaches_is_met() -> None:
    # given: 97 % of totals are zero and the 0.9 level's quantile is zero, as it must be
    origins = [at_origin(0.97, 0.0, below=0.0)] * 2
    assert release([scored("challenger", 0.2, origins), scored("13-week", 0.3, origins)]).released
    # but quantiles that leave 97 % clearly under them are too high
    rule = scored("13-week", 0.3, [at_origin(0.9, 0.0)] * 2)
    assert not release([scored("challenger", 0.2, [at_origin(0.97, 0.0)] * 2), rule]).released


@pytest.mark.parametrize(("rules_bias", "released"), [(-0.14, True), (-0.05, False)])
def test_a_bias_that_the_season_gave_to_the_rule_as_well_is_borne(rules_bias: float, released: bool) -> None:
    """Both origins are 16 % too low. The rule is 14 % too low itself (and 5 % more are borne), or only 5 %."""
    challenger = scored("challenger", 0.2, [at_origin(0.9, -0.16)] * 2)
    rule = scored("13-week", 0.3, [at_origin(0.9, rules_bias)] * 2)
    assert release([challenger, rule]).released is released


def test_coverage_of_whole_units_by_hand() -> None:
    told = forecast([[0.4, 2.5], [3.0, 5.0]])  # levels 0.5 and 0.9
    got = score("x", [(told, np.array([0.0, 2.0]), np.array([True, True]))])
    # 0.5: 0 <= 0.4 but not < floor(0.4); 2 < 3. 0.9: 0 < 2, 2 < 5
    assert got.by_origin[0].below == (0.5, 1.0)
    assert got.by_origin[0].at_or_below == (1.0, 1.0)
    assert got.misses_of_levels()[0.5].tolist() == [0.0]
    assert got.misses_of_levels()[0.9].tolist() == pytest.approx([0.1])


def test_nothing_judged_is_not_released() -> None:
    assert not release([]).released


@pytest.mark.parametrize(
    ("mine", "released"),
    [
        ([90.0, 95.0], True),
        ([101.0, 95.0], True),
        ([103.0, 99.0], True),  # 1 % dearer on average, but the origins disagree by 2 %
        ([103.0, 104.0], False),  # dearer on both
    ],
)
def test_orders_that_cost_more_are_a_reason_against(mine: list[float], released: bool) -> None:
    fine = [at_origin(0.9, 0.0)] * 2
    scores = [scored("challenger", 0.2, fine), scored("13-week", 0.3, fine)]
    costs = {
        "challenger": {k: np.full(10, cost / 10) for k, cost in enumerate(mine)},
        "13-week": {k: np.full(10, 10.0) for k in range(2)},
    }
    verdict = release(scores, costs)
    assert verdict.released is released
    assert any("simulated cost" in reason for reason in verdict.reasons)


def test_a_cost_that_few_lines_decide_is_no_proof() -> None:
    """One origin, ten lines: 5 % dearer by a single line, which chance may do, or by every line."""
    fine = [at_origin(0.9, 0.0)]
    scores = [scored("challenger", 0.2, fine), scored("13-week", 0.3, fine)]
    mine = np.array([16.0, *[10.0] * 8, 9.0])
    assert release(scores, {"challenger": {0: mine}, "13-week": {0: np.full(10, 10.0)}}).released
    assert not release(scores, {"challenger": {0: np.full(10, 10.5)}, "13-week": {0: np.full(10, 10.0)}}).released


def test_the_champion_is_judged_beside_the_challenger_of_its_own_days() -> None:
    fine = [at_origin(0.9, 0.0)]
    over_all = [scored("challenger", 0.25, fine * 3), scored("13-week", 0.3, fine * 3)]
    worse = [scored("challenger beside champion", 0.24, fine), scored("champion", 0.22, fine)]
    assert not release([*over_all, *worse]).released
    better = [scored("challenger beside champion", 0.21, fine), scored("champion", 0.22, fine)]
    assert release([*over_all, *better]).released
