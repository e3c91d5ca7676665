"""Rolling backtest: train on what was known, forecast, compare with what was sold; champion against challenger."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from include.demand.forecast import Forecast
from include.demand.forecaster.config import DemandConfig
from include.demand.forecaster.model import DemandModel
from include.demand.forecaster.training import Progress, quiet, train
from include.demand.naive import last_week_again, thirteen_weeks
from include.demand.panel import Panel

MIN_KNOWN = 0.8  # of a span's days, below which its total is no yardstick
BESIDE_CHAMPION = "challenger beside champion"
RULES = ("13-week", "last week again")
Forecaster = Callable[[Panel, int], Forecast]
ChampionAt = Callable[[str], DemandModel | None]
"""Takes a day, gives the model that spoke at its close, if there was one."""


def no_champion(_: str) -> DemandModel | None:
    """None stood on any day."""
    return None


@dataclass(frozen=True)
class AtOrigin:
    """One origin's part of a score. below, at_or_below: by level, the share of totals under the quantile's whole units,
    and of those not above the quantile. Totals are whole units: any level between the two shares is met."""

    pinball: float
    bias: float
    below: tuple[float, ...]
    at_or_below: tuple[float, ...]


@dataclass
class Score:
    """How forecasts of one span did over the held-out origins.

    pinball: mean over levels of twice the pinball loss, over units sold. coverage: by level, the share of totals
    at or below it. bias: mean forecast over units sold, minus 1. wape: of the mean. totals: how many were judged.
    """

    name: str
    span: int
    pinball: float
    coverage: dict[float, float]
    bias: float
    wape: float
    totals: int
    by_origin: list[AtOrigin] = field(default_factory=list)

    def misses_of_levels(self) -> dict[float, np.ndarray]:
        """By level: how far each origin's coverage lies from the level (share, signed; 0 where totals are too coarse
        to tell), float64 [origins]."""
        levels = np.array(list(self.coverage))
        below = np.array([origin.below for origin in self.by_origin])
        at_or_below = np.array([origin.at_or_below for origin in self.by_origin])
        off = np.maximum(below - levels, 0.0) + np.minimum(at_or_below - levels, 0.0)
        return {float(level): off[:, k] for k, level in enumerate(levels)}

    def shares_of_levels(self) -> list[tuple[float, float, float]]:
        """(level, share of totals below the quantile's whole units, share not above the quantile), means of origins."""
        below = np.mean([origin.below for origin in self.by_origin], axis=0)
        reached = np.mean([origin.at_or_below for origin in self.by_origin], axis=0)
        return list(zip(map(float, self.coverage), below.tolist(), reached.tolist(), strict=True))

    def row(self) -> dict[str, Any]:
        """Plain values, for a card or a table."""
        out = {"name": self.name, "span": self.span, "pinball": round(self.pinball, 5), "bias": round(self.bias, 4)}
        out |= {"wape": round(self.wape, 4), "totals": self.totals}
        return out | {f"at_or_below_{level:g}": round(share, 4) for level, share in self.coverage.items()}


def pinball(sold: np.ndarray, quantile: np.ndarray, level: float) -> np.ndarray:
    """Pinball loss (Koenker and Bassett 1978), in units."""
    gap = sold - quantile
    return np.maximum(level * gap, (level - 1) * gap)


def rolling_origins(day_count: int, span: int, count: int, step: int) -> list[int]:
    """The last so many origins, `step` days apart, whose span has ended; the earliest first."""
    return list(range(day_count - span, 0, -step))[:count][::-1]


def truth(
    panel: Panel, origin: int, span: int, rows: np.ndarray | slice = slice(None)
) -> tuple[np.ndarray, np.ndarray]:
    """Units sold over the span, made up for unknown days, float64 [n]; and which of them are a yardstick, bool [n]; of
    all series, or of these rows of the panel."""
    part = panel.units[rows, origin : origin + span]
    known = np.isfinite(part).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        sold = np.nansum(part, axis=1) * span / known
    return sold, (known >= MIN_KNOWN * span) & (panel.started[rows] < origin)


def score(name: str, forecasts: list[tuple[Forecast, np.ndarray, np.ndarray]]) -> Score:
    """One score of several origins' forecasts. Each: the forecast, units sold [n], which are a yardstick [n]."""
    losses, units, means, misses = 0.0, 0.0, 0.0, 0.0
    by_origin: list[AtOrigin] = []
    levels = forecasts[0][0].levels
    below = np.zeros(len(levels))
    totals = 0
    for forecast, sold, good in forecasts:
        actual, quantiles = sold[good], forecast.quantiles[good]
        loss = np.mean([2 * pinball(actual, quantiles[:, k], level).sum() for k, level in enumerate(levels)])
        losses += float(loss)
        sum_sold, sum_forecast = max(float(actual.sum()), 1.0), float(forecast.mean[good].sum())
        reached = (actual[:, None] <= quantiles).sum(axis=0)
        under = (actual[:, None] < np.floor(quantiles)).sum(axis=0)
        count = max(len(actual), 1)
        by_origin.append(
            AtOrigin(
                float(loss) / sum_sold,
                sum_forecast / sum_sold - 1,
                tuple((under / count).tolist()),
                tuple((reached / count).tolist()),
            )
        )
        units += float(actual.sum())
        means += sum_forecast
        misses += float(np.abs(actual - forecast.mean[good]).sum())
        below += reached
        totals += int(good.sum())
    units = max(units, 1.0)
    coverage = dict(zip(levels, (below / max(totals, 1)).tolist(), strict=True))
    span = int(forecasts[0][0].spans[0])
    return Score(name, span, losses / units, coverage, means / units - 1, misses / units, totals, by_origin)


def compare(panel: Panel, forecasters: dict[str, Forecaster], spans: list[int], origins: list[int]) -> list[Score]:
    """Every forecaster at every origin and span; a forecaster sees only panel.until(origin)."""
    scores = []
    for span in spans:
        done: dict[str, list[tuple[Forecast, np.ndarray, np.ndarray]]] = {name: [] for name in forecasters}
        for origin in origins:
            if origin + span > panel.day_count:
                continue
            past = panel.until(origin)
            sold, good = truth(panel, origin, span)
            for name, forecaster in forecasters.items():
                done[name].append((forecaster(past, span), sold, good))
        scores += [score(name, told) for name, told in done.items() if told]
    return scores


@dataclass(frozen=True)
class Backtest:
    """scores: 'challenger' and the rules over all origins; 'champion' and BESIDE_CHAMPION over those where one stood.
    challengers, champions: by origin, the model that was trained as of it and the one that spoke on it."""

    scores: list[Score]
    challengers: dict[int, DemandModel]
    champions: dict[int, DemandModel]


def backtest(
    panel: Panel,
    config: DemandConfig | None = None,
    *,
    spans: list[int] | None = None,
    count: int = 3,
    step: int = 28,
    champion_at: ChampionAt = no_champion,
    progress: Progress = quiet,
) -> Backtest:
    """A challenger retrained at each of the last `count` origins, beside the rules and the champion of that day.

    The champion of an origin is the model that spoke then, so that neither has seen what follows: today's champion has
    learnt those days by heart.
    """
    config = config or DemandConfig()
    spans = spans or [span for span in (7, 14, 28) if span <= max(panel.day_count // 6, 7)]
    origins = rolling_origins(panel.day_count, max(spans), count, step)
    origins = [origin for origin in origins if origin >= 28]
    challengers: dict[int, DemandModel] = {}
    champions: dict[int, DemandModel] = {}
    for origin in origins:
        day = str(panel.days[origin - 1].date())
        progress(f"backtest: training as of {day}")
        challengers[origin] = train(panel.until(origin), config, progress)
        if (standing := champion_at(day)) is not None:
            champions[origin] = standing

    def speaking(models: dict[int, DemandModel]) -> Forecaster:
        return lambda past, span: models[past.day_count].forecast(past, span)

    levels = config.levels
    scores = compare(
        panel,
        {
            "challenger": speaking(challengers),
            "13-week": lambda past, span: thirteen_weeks(past, span, levels),
            "last week again": lambda past, span: last_week_again(past, span, levels),
        },
        spans,
        origins,
    )
    if champions:
        both = {BESIDE_CHAMPION: speaking(challengers), "champion": speaking(champions)}
        scores += compare(panel, both, spans, sorted(champions))
    return Backtest(scores, challengers, champions)
