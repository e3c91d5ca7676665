"""What overrides were worth, with numbers that can be checked by hand."""

from dataclasses import replace

import numpy as np
import pandas as pd

from include.demand.panel import Panel
from include.replenishment.judgement.override_worth import score_of
from include.tasks.by_hand.overrides import Foretold, Score
from tests.replenishment.known import DAY, known
from tests.replenishment.test_judgement import said

FIRST, LAST = "2025-06-01", "2025-06-04"
ONE = said("add", 40, first_day=FIRST, last_day=LAST, known_day="2025-05-28")
COSTS = pd.Series({"S1": 10_000_000})


def sold(*units: float) -> Panel:
    """Of S1 in the east, on the four last days."""
    panel = known().panel
    history = panel.units.copy()
    history[0, -4:] = units
    return replace(panel, units=history)


def told(day: str, without: float, with_it: float) -> Foretold:
    return Foretold(day, 1, "S1", "east", FIRST, LAST, without, with_it)


def score(panel: Panel, *parts: Foretold) -> Score:
    found = score_of(ONE, parts, panel, COSTS, DAY)
    assert found is not None
    return found


def test_a_person_who_was_nearer_added_value() -> None:
    """48 sold: the model said 10 (38 off), the person 50 (2 off): 36 units nearer, ¥360 at cost."""
    found = score(sold(10, 20, 10, 8), told("2025-05-31", 10, 50))
    assert (found.units_sold, found.better_units, found.better_micros) == (48, 36, 360_000_000)


def test_a_person_who_was_further_off_did_not() -> None:
    assert score(sold(3, 3, 3, 3), told("2025-05-31", 10, 50)).better_units == 2 - 38


def test_days_on_which_the_shelf_was_empty_are_unknown() -> None:
    """Three of four days are known, with 30 sold: of 10 and 40 forecast, 7.5 and 30 were for these."""
    found = score(sold(10, 10, 10, np.nan), told("2025-05-31", 10, 40))
    assert (found.units_without, found.units_with, found.better_units) == (7.5, 30, 22.5)
    alone = score(sold(10, np.nan, np.nan, np.nan), told("2025-05-31", 10, 40))
    assert (alone.unknown_places, alone.units_sold, alone.better_micros) == (1, 0, None)


def test_the_last_list_before_the_span_is_judged() -> None:
    found = score(sold(1, 1, 1, 1), told("2025-05-29", 1, 2), told("2025-05-31", 3, 4), told(FIRST, 5, 6))
    assert (found.list_day, found.units_without) == ("2025-05-31", 3)
    assert score(sold(1, 1, 1, 1), told("2025-06-02", 5, 6)).list_day == "2025-06-02"
    assert score_of(ONE, [], sold(1, 1, 1, 1), COSTS, DAY) is None
