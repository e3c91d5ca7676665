"""The gate: a challenger replaces the champion only where a rolling backtest says so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from include.demand.forecaster.backtest import BESIDE_CHAMPION, RULES, Score
from include.demand.forecaster.model import DemandModel

COVERAGE_BOUND = 0.05
BIAS_BOUND = 0.10

Costs = Mapping[str, Mapping[int, np.ndarray]]
"""By whose forecasts orders went ('challenger', 'champion' or a rule) and origin: what they would have cost, yuan, one
element a line, the same lines for everyone at an origin."""


@dataclass(frozen=True)
class Verdict:
    """Whether the challenger is released, and every reason for or against it, in words a planner reads."""

    released: bool
    reasons: tuple[str, ...]


def release(scores: list[Score], costs: Costs | None = None) -> Verdict:
    """Judges the scores of 'challenger' against the rules and, where there was one, 'champion', span by span.

    Released when on every span its pinball is below the rules', its mean pinball over the spans is below the
    champion's, no level's coverage and no bias is proven to lie beyond its bound, and
    the orders it would have led to are not proven to cost more than theirs: all series of an origin share the market's
    mood, so an origin is one observation, and the mean over the origins is held against the bound after one standard
    error of that mean has been allowed for. What it would replace went through the same season: beyond the bound is no
    reason to keep that, where it lies as far off itself, give or take half the bound.
    """
    by_name: dict[str, dict[int, Score]] = {}
    for each in scores:
        by_name.setdefault(each.name, {})[each.span] = each
    challenger = by_name.get("challenger", {})
    if not challenger:
        return Verdict(False, ("no challenger was judged: the history is too short for a backtest",))
    against: list[str] = []
    reasons: list[str] = []
    for span, mine in sorted(challenger.items()):
        rules = [by_name[name][span] for name in RULES if span in by_name.get(name, {})]
        for rule in rules:
            word = f"{span} days: pinball {mine.pinball:.4f} against {rule.pinball:.4f} of '{rule.name}'"
            (reasons if mine.pinball < rule.pinball else against).append(word)
        standing = by_name.get("champion", {}).get(span) or next(iter(rules), None)
        theirs = standing.misses_of_levels() if standing else {}
        off = mine.misses_of_levels()
        excess = {level: _beyond(off[level], theirs.get(level), COVERAGE_BOUND) for level in off}
        worst = max(excess, key=lambda level: excess[level])
        word = f"{span} days: coverage of the {worst:g} level off by {_told(off[worst])}"
        (reasons if excess[worst] <= 0 else against).append(word)
        biases = _biases(mine)
        word = f"{span} days: bias {_told(biases)}"
        their_biases = _biases(standing) if standing else None
        (reasons if _beyond(biases, their_biases, BIAS_BOUND) <= 0 else against).append(word)
    champion = by_name.get("champion", {})
    beside = by_name.get(BESIDE_CHAMPION, challenger)
    shared = sorted(set(champion) & set(beside))
    if shared:
        mine_mean = sum(beside[span].pinball for span in shared) / len(shared)
        champions = sum(champion[span].pinball for span in shared) / len(shared)
        word = f"mean pinball {mine_mean:.4f} against the champion's {champions:.4f}"
        (reasons if mine_mean < champions else against).append(word)
    for word, is_dearer in _cost_words(costs or {}):
        (against if is_dearer else reasons).append(word)
    if against:
        return Verdict(False, tuple(f"against: {word}" for word in against) + tuple(f"for: {word}" for word in reasons))
    return Verdict(True, tuple(f"for: {word}" for word in reasons))


def _cost_words(costs: Costs) -> list[tuple[str, bool]]:
    """What the challenger's orders would have cost beside everyone else's on the same origins, and whether that is
    proven to be more."""
    mine = costs.get("challenger", {})
    words = []
    for name, theirs in costs.items():
        shared = sorted(set(mine) & set(theirs))
        base = float(np.mean([theirs[origin].sum() for origin in shared])) if shared else 0.0
        if name == "challenger" or base <= 0:
            continue
        gaps = [(mine[origin] - theirs[origin]) / base for origin in shared]
        more = np.array([gap.sum() for gap in gaps])
        # What chance does to single lines is in doubt even where the origins happen to agree, or there is but one.
        by_lines = np.sqrt(sum(len(gap) * gap.var() for gap in gaps)) / len(gaps)
        doubt = max(float(by_lines), _standard_error(more, 0.0))
        word = f"simulated cost of its orders {more.mean():+.1%} ± {doubt:.1%} against those of '{name}'"
        words.append((word, float(more.mean()) - doubt > 0))
    return words


def _biases(score: Score) -> np.ndarray:
    return np.array([origin.bias for origin in score.by_origin])


def _beyond(mine: np.ndarray, theirs: np.ndarray | None, bound: float) -> float:
    """How far the challenger is proven to lie beyond what is borne: the bound, or half of it more than what stands."""
    borne = bound if theirs is None else max(bound, abs(float(theirs.mean())) + bound / 2)
    return _proven(mine, bound) - borne


def _proven(by_origin: np.ndarray, bound: float) -> float:
    """How far from zero the mean over the origins lies, one standard error allowed; a single origin, of which no
    spread is known, is allowed the bound itself."""
    return abs(float(by_origin.mean())) - _standard_error(by_origin, bound)


def _standard_error(by_origin: np.ndarray, alone: float) -> float:
    return float(by_origin.std(ddof=1) / np.sqrt(len(by_origin))) if len(by_origin) > 1 else alone


def _told(by_origin: np.ndarray) -> str:
    """The mean over the origins, and its standard error where it is known."""
    spread = f" ± {_standard_error(by_origin, 0.0):.1%}" if len(by_origin) > 1 else " (one origin)"
    return f"{by_origin.mean():+.1%}{spread}"


def full_card(
    model: DemandModel, scores: list[Score], verdict: Verdict, trials: list[dict[str, Any]] | None = None
) -> dict[str, Any]:
    """The model's card with the backtest's figures, what the orders would have cost (rows of plain values) and the
    verdict, for `card.markdown`, `card.html` and the books."""
    calibration = [
        {"span": score.span, "level": level, "below": round(below, 4), "at_or_below": round(reached, 4)}
        for score in scores
        if score.name == "challenger"
        for level, below, reached in score.shares_of_levels()
    ]
    return {
        **model.card,
        "settings": model.config.to_json(),
        "released": verdict.released,
        "reasons": list(verdict.reasons),
        "backtest": [each.row() for each in scores],
        "calibration": calibration,
        "cost_of_orders": trials or [],
    }
