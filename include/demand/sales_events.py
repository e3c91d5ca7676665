"""What the calendar says about future days: recurring flags, distances to rare events, and their measured lift."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from include.demand.panel import Panel

REACH = 21  # days before and after an event in which it is felt
EDGE = 21  # first days of a panel from which no lift is measured
SURE = 2.5  # a lift counts from so many standard errors of ordinary days on
FREQUENT = 12  # occurrences in the history from which a model can learn an event by itself
CLOSED = 0.1  # a lift below this is a closed door, and no demand


@dataclass(frozen=True)
class EventDays:
    """Calendar of D days: the panel's T and the days after it.

    flags: {event: bool [places, D]} of events frequent enough to be learned alone; place: {event: int [n]}, the
    row of flags that each series reads (events may be limited to a region).
    offset: int16 [D], signed days to the nearest rare event (negative before it), REACH + 1 where none is near.
    lift: float32 [groups, D], what rare events did to the group's sales when they were last seen, 1 elsewhere;
    open: float32 [groups, D], what is sold where such a day closes the doors (its lift), 1 elsewhere: then lift is 1.
    group: int [n], the row of lift and open that each series reads.
    """

    flags: dict[str, np.ndarray]
    place: dict[str, np.ndarray]
    offset: np.ndarray
    lift: np.ndarray
    open: np.ndarray
    group: np.ndarray


def event_days(panel: Panel, horizon: int, group: np.ndarray, frequent: list[str] | None = None) -> EventDays:
    """The calendar of the panel's days and `horizon` more. group: int [n], categories for the lift.

    frequent: the events that a trained model has as flags; None chooses them from the panel's own history.
    """
    total = panel.day_count + horizon
    number = ((panel.events["day"] - panel.days[0]) / pd.Timedelta(days=1)).to_numpy(dtype=float)
    inside = (number >= -REACH) & (number < total + REACH)
    events = panel.events.loc[inside].assign(number=number[inside].astype(int))
    if frequent is None:
        seen = events[(events["number"] >= 0) & (events["number"] < panel.day_count)]
        days_seen = seen.groupby("event")["day"].nunique()
        frequent = sorted(str(name) for name in days_seen.index[days_seen >= FREQUENT])
    flags, place = {}, {}
    for name in frequent:
        flags[name], place[name] = _flags(panel, events[events["event"] == name], total)
    rare = events[~events["event"].isin(frequent)]
    everywhere = rare[rare["column"].isna()]
    offset = _nearest(np.unique(everywhere["number"]), total)
    lift = _lift(panel, everywhere, group, total)
    closed = lift < CLOSED
    one = np.float32(1)
    return EventDays(flags, place, offset, np.where(closed, one, lift), np.where(closed, lift, one), group)


def _flags(panel: Panel, events: pd.DataFrame, total: int) -> tuple[np.ndarray, np.ndarray]:
    """One event's days by place (row 0: days that hold everywhere only), and each series' row."""
    limited = events.dropna(subset=["column"])
    places = sorted(set(zip(limited["column"], limited["value"], strict=True)))
    flags = np.zeros((len(places) + 1, total), bool)
    row = np.zeros(panel.series_count, np.int32)
    for number, (column, value) in enumerate(places, start=1):
        here = limited[(limited["column"] == column) & (limited["value"] == value)]["number"]
        flags[number, here[(here >= 0) & (here < total)]] = True
        if column in panel.keys:
            row[(panel.keys[column] == value).to_numpy()] = number
    common = events[events["column"].isna()]["number"]
    flags[:, common[(common >= 0) & (common < total)]] = True
    return flags, row


def _nearest(days: np.ndarray, total: int) -> np.ndarray:
    """Signed days from each day to the nearest event day; REACH + 1 where none lies within REACH."""
    offset = np.full(total, REACH + 1, np.int16)
    for day in days:
        near = np.arange(max(0, day - REACH), min(total, day + REACH + 1))
        distance = (near - day).astype(np.int16)
        closer = np.abs(distance) < np.abs(offset[near])
        offset[near[closer]] = distance[closer]
    return offset


def _lift(panel: Panel, events: pd.DataFrame, group: np.ndarray, total: int) -> np.ndarray:
    """Expected sales of each day over an ordinary day of the same weekday, by group, from past occurrences.

    For each past occurrence and each offset within REACH: the group's units over its weekday-adjusted mean of the
    surrounding ordinary days, in logarithms, averaged over occurrences and shrunk to 0 by the spread of
    ordinary days: what is within noise is no lift.
    """
    groups = int(group.max()) + 1 if len(group) else 1
    length = panel.day_count
    lift = np.ones((groups, total), np.float32)
    if length < 56 or len(events) == 0:
        return lift
    sums = np.zeros((groups, length))
    known = np.zeros((groups, length))
    np.add.at(sums, group, np.nan_to_num(panel.units))
    np.add.at(known, group, np.isfinite(panel.units))
    # A series' first day is a day with a sale by definition: it would make every opening look like an event.
    first = np.minimum(panel.started, length - 1)
    np.add.at(sums, (group, first), -np.nan_to_num(panel.units[np.arange(len(first)), first]))
    np.add.at(known, (group, first), -np.isfinite(panel.units[np.arange(len(first)), first]).astype(float))
    level = np.where(known > 0, sums / np.maximum(known, 1), np.nan)
    level[:, :EDGE] = np.nan  # too little around them to say what was usual
    occurs = np.zeros(total + 2 * REACH + 1, bool)
    occurs[events["number"].to_numpy() + REACH] = True
    felt = np.convolve(occurs, np.ones(7, bool), mode="same")[REACH : REACH + length] > 0
    usual = _usual(level, felt)
    with np.errstate(divide="ignore", invalid="ignore"):
        excess = np.log(np.maximum(level, 1e-3 * usual) / usual)
    noise = np.nanstd(np.where(felt, np.nan, np.clip(excess, -1, 1)), axis=1) ** 2
    logs = np.zeros((groups, total))
    for _, days in events.groupby("event")["number"]:
        past = days[(days >= 0) & (days < length)].to_numpy()
        if len(past) == 0:
            continue
        for offset in range(-3, 4):
            where = past + offset
            where = where[(where >= 0) & (where < length)]
            seen = excess[:, where]
            count = np.isfinite(seen).sum(axis=1)
            mean = np.where(count > 0, np.nansum(seen, axis=1) / np.maximum(count, 1), 0.0)
            doubt = SURE**2 * noise / np.maximum(count, 1)
            shrunk = mean * np.maximum(0.0, 1 - doubt / np.maximum(mean**2, 1e-9))
            target = days.to_numpy() + offset
            target = target[(target >= 0) & (target < total)]
            stronger = np.abs(shrunk)[:, None] > np.abs(logs[:, target])
            logs[:, target] = np.where(stronger, shrunk[:, None], logs[:, target])
    return np.exp(np.clip(logs, -4, 4)).astype(np.float32)


def _usual(level: np.ndarray, felt: np.ndarray) -> np.ndarray:
    """What each day would sell without events: mean of ordinary days within four weeks, times the weekday's share."""
    length = level.shape[1]
    plain = np.where(felt, np.nan, level)
    known = np.isfinite(plain)
    sums = np.cumsum(np.pad(np.nan_to_num(plain), ((0, 0), (1, 0))), axis=1)
    counts = np.cumsum(np.pad(known, ((0, 0), (1, 0))), axis=1)
    low = np.maximum(np.arange(length) - 28, 0)
    high = np.minimum(np.arange(length) + 29, length)
    with np.errstate(divide="ignore", invalid="ignore"):
        around = (sums[:, high] - sums[:, low]) / (counts[:, high] - counts[:, low])
        ratio = plain / around
    share = np.ones((len(level), 7))
    for weekday in range(7):
        seen = ratio[:, weekday::7]
        count = np.isfinite(seen).sum(axis=1)
        share[:, weekday] = np.where(count > 1, np.nansum(seen, axis=1) / np.maximum(count, 1), 1.0)
    return around * share[:, np.arange(length) % 7]
