"""Choosing the quantile to order up to, by segment, from what it would have cost on earlier windows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]
# (window, level) -> cost of each item in that window under that level, shape (items,)
WindowCost = Callable[[int, float], Floats]


@dataclass(frozen=True)
class Tuning:
    """levels: the chosen level by segment; costs: segment, window, level, cost; honest_cost: mean cost a window when
    each window's levels are chosen on the others.
    """

    levels: dict[str, float]
    costs: pd.DataFrame
    honest_cost: float


def tune_levels(
    window_cost: WindowCost,
    windows: Sequence[int],
    segments: NDArray[np.str_],
    levels: Sequence[float],
    shrink_to_all: float = 0.5,
) -> Tuning:
    """The level of least cost for each segment over `windows`.

    segments: (items,) the segment of each item. shrink_to_all: how far a segment's cost curve is pulled to the shape
        of the curve of all items (0: not, 1: one level for everyone), since a small segment's best level is mostly
        luck.
    """
    names = sorted(set(segments.tolist()))
    member = np.stack([segments == name for name in names]).astype(float)
    cube = np.stack([[member @ window_cost(w, level) for level in levels] for w in windows])
    chosen = _best(cube.sum(axis=0), shrink_to_all)
    honest = [
        cube[w, _best(np.delete(cube, w, axis=0).sum(axis=0), shrink_to_all), np.arange(len(names))].sum()
        for w in range(len(windows))
        if len(windows) > 1
    ]
    rows = [
        (name, window, level, cube[w, q, s])
        for s, name in enumerate(names)
        for w, window in enumerate(windows)
        for q, level in enumerate(levels)
    ]
    return Tuning(
        levels={name: float(levels[chosen[s]]) for s, name in enumerate(names)},
        costs=pd.DataFrame(rows, columns=["segment", "window", "level", "cost"]),
        honest_cost=float(np.mean(honest)) if honest else float("nan"),
    )


def _best(costs: Floats, shrink_to_all: float) -> NDArray[np.int64]:
    """costs: (levels, segments) -> the index of the best level for each segment."""
    total = costs.sum(axis=1, keepdims=True)
    share = costs.mean(axis=0, keepdims=True) / max(float(total.mean()), 1e-12)
    return np.argmin((1 - shrink_to_all) * costs + shrink_to_all * total * share, axis=0)
