"""Win-back on the specimen's customers, whose answer to a contact is known: a hundred merchants, each lived once."""

from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from include.customers.history import OrderHistory, book_as_of, day_number, order_history
from include.customers.recall.choose import recall_lines
from include.customers.recall.effect import Effect, measured_effect
from include.customers.recall.lift import Lift, lift, returned
from include.settings.people.customers import Customers as Rules
from include.simulation.specimen.customers import Customers
from include.simulation.specimen.settings import SpecimenSettings

RUNS, CUSTOMERS = 100, 1100
FIRST = date(2025, 3, 1)  # no big sale in the days that follow
LIST_DAY = FIRST + timedelta(days=70)
RULES = Rules(
    capacity=200,
    control_share=0.3,
    min_p_churn=0.5,
    gap_multiple=99.0,
    horizon_days=60,
    holdout_days=30,
    wage_per_hour=0.0,
)


@dataclass(frozen=True)
class Run:
    """What one merchant would report, and what contact truly changed among everybody on the list or held back."""

    found: Lift
    truth: float
    effect: Effect
    effect_truth: float  # chance to bring back one who would not come, at even odds


def _live(customers: Customers, first: date, days: int) -> list[tuple[int, str]]:
    visits = []
    for number in range(days):
        day = first + timedelta(days=number)
        visits += [(int(who), day.isoformat()) for who in customers.visitors(day)]
    return visits


def _copy(customers: Customers, settings: SpecimenSettings) -> Customers:
    other = Customers(settings)
    other.table.restore({name: values.copy() for name, values in customers.table.arrays().items()})
    return other


def _history(visits: list[tuple[int, str]]) -> OrderHistory:
    frame = pd.DataFrame(visits, columns=["number", "day"])
    return order_history(
        pd.DataFrame({"customer": _names(frame["number"]), "day": frame["day"], "revenue_micros": 80_000_000})
    )


def _names(numbers: pd.Series) -> pd.Series:
    return "c" + numbers.astype(str).str.zfill(5)


def _run(seed: int, effect: float) -> Run:
    settings = replace(SpecimenSettings(), seed=seed, contact_lift=effect)
    customers = Customers(settings)
    customers.found(FIRST, CUSTOMERS)
    past = _live(customers, FIRST, 70)
    history = _history(past)
    silence = day_number(LIST_DAY.isoformat()) - book_as_of(history, LIST_DAY.isoformat()).last
    scores = pd.DataFrame({"customer": history.customers.astype(str), "p_churn": np.where(silence > 25, 0.7, 0.1)})
    scores["expected_orders"] = 0.3
    key = f"merchant {seed}".encode()
    chosen = recall_lines(scores, history, LIST_DAY.isoformat(), RULES, key).control
    arms = chosen["customer"].str[1:].astype(int).to_numpy()
    listed = arms[(chosen["arm"] == "listed").to_numpy()]
    after = LIST_DAY + timedelta(days=1)

    def came(called: np.ndarray) -> list[tuple[int, str]]:
        world = _copy(customers, settings)
        world.contact(called, LIST_DAY)
        return _live(world, after, 30)

    outcomes = returned(chosen, _history([*past, *came(listed)]), (after + timedelta(days=30)).isoformat(), 30)
    all_called, none_called = ({who for who, _ in came(called)} & set(arms) for called in (arms, arms[:0]))
    with_call, without = (len(some) / len(arms) for some in (all_called, none_called))
    odds = with_call / (1 - with_call) / (without / (1 - without))
    effect_truth = 0.5 * (odds - 1) / (1 + 0.5 * (odds - 1))
    measured = measured_effect(outcomes, RULES.effect_of_contact, RULES.effect_prior_customers, RULES.min_effect)
    return Run(lift(outcomes), with_call - without, measured, effect_truth)


@pytest.fixture(scope="module", params=[0.0, 0.12, 0.35])
def runs(request: pytest.FixtureRequest) -> tuple[float, list[Run]]:
    return request.param, [_run(seed, request.param) for seed in range(RUNS)]


def test_the_interval_covers_the_truth_as_often_as_it_says(runs):
    effect, lived = runs
    truth = np.mean([run.truth for run in lived])

    covered = sum(run.found.low <= truth <= run.found.high for run in lived)

    assert all(run.found.listed == 200 for run in lived)
    assert truth == pytest.approx(0.7 * effect, abs=0.03)  # three in ten of those called back would have come anyway
    assert 90 <= covered <= 99


def test_an_effect_is_claimed_only_where_there_is_one(runs):
    effect, lived = runs
    verdicts = pd.Series([run.found.verdict for run in lived]).value_counts()

    if effect == 0:
        assert verdicts["no proof of an effect"] >= 94
    assert verdicts.get("harms", 0) <= 2
    if effect > 0.3:
        assert verdicts["helps"] >= 60


def test_the_effect_that_lists_are_made_with_is_the_measured_one_drawn_to_the_prior(runs):
    _, lived = runs
    truth = np.mean([run.effect_truth for run in lived])

    covered = sum(run.effect.low <= truth <= run.effect.high for run in lived)

    assert 90 <= covered <= 99
    assert all(run.effect.is_measured for run in lived)
    for run in lived:  # between the two, but for the floor
        low, high = sorted((run.effect.measured, RULES.effect_of_contact))
        assert low - 1e-6 <= run.effect.at_even <= high + 1e-6 or run.effect.at_even in (0.0, RULES.min_effect)
    # 200 listed and some 85 left alone are less than the 300 that the prior counts for: it moves, and not all the way.
    moved = np.mean([run.effect.at_even for run in lived]) - RULES.effect_of_contact
    assert moved * (truth - RULES.effect_of_contact) > 0
    assert abs(moved) < abs(truth - RULES.effect_of_contact)
    assert sum(run.effect.is_harm for run in lived) <= 2
