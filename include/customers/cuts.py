"""Which earlier days to learn from: each cut looks ahead over days that are already in the books."""

from __future__ import annotations

from dataclasses import dataclass

# Cuts are this share of a horizon apart: closer ones repeat the same outcomes.
_STEP = 1 / 3
_MOST = 8
_ENOUGH = 4
_LEAST_HISTORY = 42
YEAR = 365


@dataclass(frozen=True, order=True)
class Cut:
    """Learn from what was known on `day` (day number) about the `horizon` days after it."""

    day: int
    horizon: int

    @property
    def end(self) -> int:
        """Last day of the outcome."""
        return self.day + self.horizon


def training_cuts(first_day: int, as_of: int, horizon: int) -> list[Cut]:
    """Cuts whose outcomes are complete by `as_of`, newest first.

    Full horizons where the books reach back far enough. A young merchant has few of those: then shorter horizons
    stand in, cut so that history and horizon keep the proportion they have today (first_day .. as_of : horizon), since
    a buying process seen at half the scale looks alike once its times are divided by the horizon.
    """
    span = as_of - first_day
    step = max(7, round(horizon * _STEP))
    least = max(_LEAST_HISTORY, horizon // 2)
    cuts: list[Cut] = []
    day = as_of - horizon
    while day - first_day >= least and len(cuts) < _MOST:
        cuts.append(Cut(day, horizon))
        day -= step
    if len(cuts) >= _ENOUGH or span < 14:
        return cuts
    for back in (0, step // 2, step):
        reach = span - back
        alike = round(reach * horizon / (span + horizon))
        cuts += [
            Cut(first_day + reach - length, length)
            for length in (alike, alike // 2)
            if 7 <= length < horizon and reach - length >= 14
        ]
    return sorted(set(cuts), reverse=True)


@dataclass(frozen=True)
class ReplayPlan:
    """Earlier days at which the whole scorer is tried: what it would have said, against what came.

    newest: the newest complete outcomes, from which weights and the recent level are learned. season, before_season:
    the same season last year, and half a horizon before it (None where the books do not reach back far enough).
    """

    newest: tuple[Cut, ...]
    season: Cut | None
    before_season: Cut | None


def replay_plan(first_day: int, as_of: int, horizon: int) -> ReplayPlan:
    """Which replays serve a fit as of `as_of`: the newest full horizon, half a horizon ago, and last year's season."""
    half = Cut(as_of - horizon // 2, horizon // 2)
    cuts = training_cuts(first_day, as_of, horizon)
    full = [cut for cut in cuts if cut.horizon == horizon][:1]
    if full and full[0].day - first_day >= horizon:
        newest = [full[0], half]
    else:
        # A young merchant: the longest outcome with as long a history before it, and the newest not within that.
        grown = [cut for cut in cuts if cut.day - first_day >= 0.9 * cut.horizon] or cuts
        longest = grown[:1] and [max(grown, key=lambda cut: (cut.horizon, cut.day))]
        newest = longest + [cut for cut in cuts if longest and cut.end > longest[0].end - 7][:1]
    season = Cut(as_of - YEAR, horizon)
    before = Cut(season.day - horizon // 2, horizon // 2)
    least = max(60, horizon - 7)

    def within(cut: Cut) -> Cut | None:
        return cut if horizon < YEAR and cut.day - first_day >= least else None

    return ReplayPlan(tuple(dict.fromkeys(newest)), within(season), within(before))
