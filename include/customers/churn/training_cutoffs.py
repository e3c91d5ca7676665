"""Which earlier days to learn from: each cut looks ahead over days that are already in the books."""

from __future__ import annotations

from dataclasses import dataclass

# Cuts are this share of a horizon apart: closer ones repeat the same outcomes.
_STEP = 1 / 3
_MOST = 20  # more cutoffs repeat the same outcomes and cost time
_MAX_HALVES = 8  # the same of cutoffs with half a horizon
_ENOUGH = 4  # with fewer whole cutoffs, shorter ones are learned from
_MIN_HISTORY = 42  # days before the first cut, without which features say nothing
YEAR = 365


@dataclass(frozen=True, order=True)
class Cutoff:
    """Learn from what was known on `day` (day number) about the `horizon` days after it."""

    day: int
    horizon: int

    @property
    def end(self) -> int:
        """Last day of the outcome."""
        return self.day + self.horizon


def training_cutoffs(first_day: int, as_of: int, horizon: int) -> list[Cutoff]:
    """Cuts whose outcomes are complete by `as_of`, newest first.

    Full horizons where the books reach back far enough, and half ones, whose outcomes are newer: a buying process seen
    at half the scale looks alike once its times are divided by the horizon. A young merchant has few full ones: then
    shorter horizons stand in, cut so that history and horizon keep the proportion they have today
    (first_day .. as_of : horizon).
    """
    span = as_of - first_day
    step = max(7, round(horizon * _STEP))
    full = _cuts(first_day + max(_MIN_HISTORY, horizon // 2), as_of, horizon, step, _MOST)
    half = _cuts(first_day + _MIN_HISTORY, as_of, horizon // 2, step, _MAX_HALVES) if horizon >= 14 else []
    alike = []
    if len(full) < _ENOUGH and span >= 14:
        for back in (0, step // 2, step):
            reach = span - back
            length = round(reach * horizon / (span + horizon))
            alike += [
                Cutoff(first_day + reach - days, days)
                for days in (length, length // 2)
                if 7 <= days < horizon and reach - days >= 14
            ]
    return sorted({*full, *half, *alike}, reverse=True)


def _cuts(earliest: int, as_of: int, horizon: int, step: int, most: int) -> list[Cutoff]:
    return [Cutoff(day, horizon) for day in range(as_of - horizon, earliest - 1, -step)][:most]


def season_cutoffs(first_day: int, as_of: int, horizon: int) -> tuple[Cutoff, Cutoff] | None:
    """Last year's same season, and the half horizon before it; None where the books do not reach back far enough."""
    season = Cutoff(as_of - YEAR, horizon)
    before = Cutoff(season.day - horizon // 2, horizon // 2)
    if horizon >= YEAR or before.day - first_day < max(60, horizon - 7):
        return None
    return season, before
