"""The yearly season of weekly demand, by item, from the same weeks of earlier years.

A week's index is its demand over the trailing year's mean. One item's own index is mostly noise, a category's is
smoother and less its own, so each level (all, department, group, product, item) is pulled towards the one above by how
far they can really differ (more in peak weeks) against how well the index is known.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

YEAR = 52
MIN_INDEX = 0.1
LEVEL_SPREAD = 0.1  # squared difference of a department or group from its parent, a unit of squared lift
MIN_SPREAD = 0.003
OLDER_YEAR = 0.7  # weight of the year before last
MIN_WEEKS = 6  # known weeks for a trailing mean

# The peaks of 2021 and 2022 fall on these public dates of the Mexican retail year (day of the middle, where an event
# lasts); they are announced well ahead.
EVENTS: dict[str, tuple[str, ...]] = {
    "mothers_day": ("2021-05-10", "2022-05-10", "2023-05-10", "2024-05-10", "2025-05-10"),
    "fathers_day": ("2021-06-20", "2022-06-19", "2023-06-18", "2024-06-16", "2025-06-15"),
    "buen_fin": ("2020-11-13", "2021-11-13", "2022-11-19", "2023-11-18", "2024-11-16"),
    "hot_sale": ("2021-05-27", "2022-05-27", "2023-06-01", "2024-05-19", "2025-05-30"),
    "christmas": ("2020-12-25", "2021-12-25", "2022-12-25", "2023-12-25", "2024-12-25"),
    "epiphany": ("2021-01-06", "2022-01-06", "2023-01-06", "2024-01-06", "2025-01-06"),
    "valentine": ("2021-02-14", "2022-02-14", "2023-02-14", "2024-02-14", "2025-02-14"),
    "easter": ("2021-04-04", "2022-04-17", "2023-04-09", "2024-03-31", "2025-04-20"),
}
# The event that moves against the weeks of the year, and the weeks from its own on that it fills.
MOVING_EVENT, MOVING_WEEKS = "buen_fin", (0, 1)


@dataclass(frozen=True)
class WeeklyHistory:
    """units: (items, weeks), NaN where the shelf was not full all week; weeks: (weeks,) Mondays, datetime64[D];
    attributes: code of each item, (items,), by name: store, product, group, department and any other."""

    units: Floats
    weeks: NDArray[np.datetime64]
    attributes: dict[str, Integers]


@dataclass(frozen=True)
class Season:
    """expected: (items, weeks + ahead) index of each week, from earlier years only (the first year: its own);
    generous: the same, trusting a product and an item more; level: (items, weeks) the trailing year's mean before each
    week; total: (weeks,) the index of all items, of the week itself; reference: (weeks + ahead,) the week a year before
    that is like it, -1 before the history; mondays: (weeks + ahead,)."""

    expected: Floats
    generous: Floats
    level: Floats
    total: Floats
    department: Floats
    store: Floats
    reference: Integers
    mondays: NDArray[np.datetime64]


def season_of(history: WeeklyHistory, ahead: int) -> Season:
    """The season through `ahead` weeks after the history. What is said of week w uses no week after w - 52."""
    items, weeks = history.units.shape
    mondays = history.weeks[0] + 7 * np.arange(weeks + ahead)
    reference = _reference(mondays)
    level = _trailing_mean(history.units)
    sums = _sums(history, level)
    own = _shrunk(sums)
    expected, generous = np.full((2, items, weeks + ahead), np.nan)
    for week in range(weeks + ahead):
        if 0 <= reference[week] < weeks:
            years = _both_years(sums, reference, week)
            expected[:, week] = _shrunk(years)[:, 0]
            generous[:, week] = _shrunk(years, product=0.3, item=1.0)[:, 0]
    expected[:, :weeks] = np.where(np.isnan(expected[:, :weeks]), own, expected[:, :weeks])
    generous[:, :weeks] = np.where(np.isnan(generous[:, :weeks]), own, generous[:, :weeks])
    total = sums["all"][0][0] / sums["all"][1][0]
    return Season(
        expected=expected,
        generous=generous,
        level=level,
        total=total,
        department=_pulled(total, *sums["department"], 20.0),
        store=_pulled(total, *sums["store"], 20.0),
        reference=reference,
        mondays=mondays,
    )


def days_to_event(name: str, mondays: NDArray[np.datetime64], longest: int = 21) -> Floats:
    """Days from each week's Monday to the nearest event of that name, clipped at `longest` either way."""
    days = np.array(EVENTS[name], dtype="datetime64[D]")
    apart = (days[None, :] - mondays[:, None]).astype(int)
    # A week belongs to the event it holds, so the distance is from its middle.
    nearest = np.abs(apart - 3).argmin(axis=1)
    return np.clip(apart[np.arange(len(mondays)), nearest], -longest, longest).astype(float)


def _reference(mondays: NDArray[np.datetime64]) -> Integers:
    reference = np.arange(len(mondays)) - YEAR
    place = (np.array(EVENTS[MOVING_EVENT], dtype="datetime64[D]") - mondays[0]).astype(int) // 7
    for this, last in zip(place[1:], place[:-1], strict=True):
        for week in MOVING_WEEKS:
            if 0 <= this + week < len(mondays):
                reference[this + week] = last + week
    return np.maximum(reference, -1)


def _trailing_mean(units: Floats) -> Floats:
    """Mean of the year before each week; in the first year that year's own. NaN where too few weeks are known."""
    items, weeks = units.shape
    known = ~np.isnan(units)
    start = np.zeros((items, 1))
    total = np.hstack([start, np.where(known, units, 0.0).cumsum(axis=1)])
    count = np.hstack([start, known.cumsum(axis=1)])
    first = np.maximum(np.arange(weeks) - YEAR, 0)
    last = np.maximum(np.arange(weeks), min(YEAR, weeks))
    seen = count[:, last] - count[:, first]
    mean = (total[:, last] - total[:, first]) / np.maximum(seen, 1)
    return np.where(seen >= MIN_WEEKS, mean, np.nan)


Sums = dict[str, tuple[Floats, Floats]]


def _sums(history: WeeklyHistory, level: Floats) -> Sums:
    """Demand and level summed over known weeks, by level of pooling, each (items, weeks).

    Above the product an item weighs by the root of its level, so that a few giants do not speak for all.
    """
    known = ~np.isnan(history.units) & ~np.isnan(level)
    demand, usual = np.where(known, history.units, 0.0), np.where(known, level, 0.0)
    weight = 1 / np.sqrt(np.maximum(np.nan_to_num(level, nan=1.0), 0.3))
    everyone = np.zeros(len(demand), dtype=np.int64)
    codes = {"all": everyone, **{name: history.attributes[name] for name in ("department", "group", "store")}}
    sums = {name: (_by(code, demand * weight), _by(code, usual * weight)) for name, code in codes.items()}
    product = history.attributes["product"]
    return {**sums, "product": (_by(product, demand), _by(product, usual)), "item": (demand, usual)}


def _by(code: Integers, values: Floats) -> Floats:
    """Each item's row replaced by the sum over the items of its code."""
    sums = np.zeros((int(code.max()) + 1, values.shape[1]))
    np.add.at(sums, code, values)
    return sums[code]


def _both_years(sums: Sums, reference: Integers, week: int) -> Sums:
    last = reference[week]
    before = reference[last]
    years = {}
    for name, (demand, usual) in sums.items():
        year = [demand[:, [last]], usual[:, [last]]]
        if before >= 0:
            year = [year[0] + OLDER_YEAR * demand[:, [before]], year[1] + OLDER_YEAR * usual[:, [before]]]
        years[name] = (year[0], year[1])
    return years


def _shrunk(sums: Sums, product: float = 0.05, item: float = 0.3) -> Floats:
    """The index by item, (items, weeks of the sums). product, item: how far they may differ, as LEVEL_SPREAD."""
    whole = sums["all"][0] / sums["all"][1]
    lift = (whole - 1) ** 2
    index = _towards(whole, *sums["department"], LEVEL_SPREAD * lift + MIN_SPREAD, 0.0)
    index = _towards(index, *sums["group"], LEVEL_SPREAD * lift + MIN_SPREAD, 0.0)
    index = _towards(index, *sums["product"], product * lift, 0.15)
    index = _towards(index, *sums["item"], item * lift, 0.2)
    return np.maximum(index, MIN_INDEX)


def _towards(parent: Floats, demand: Floats, usual: Floats, spread: Floats, noise: float) -> Floats:
    """The part's own index as far as it is believed: real spread over spread, lasting noise and counting error."""
    own = np.where(usual > 0, demand / np.maximum(usual, 1e-9), parent)
    return parent + spread / (spread + noise + parent / np.maximum(usual, 0.1)) * (own - parent)


def _pulled(total: Floats, demand: Floats, usual: Floats, strength: float) -> Floats:
    return (demand + strength * total) / (usual + strength)
