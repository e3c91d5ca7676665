"""What to order now for the period in which it arrives, from sample paths of demand.

The stock that an order will meet is not today's position less mean demand: in between, sales that find no stock are
lost and do not reduce it further. So each path is played through the pipeline period by period, and the order is a
quantile of what then lacks in the arrival period. On the position alone a thin pipeline would be refilled for sales
that never happened.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from include.replenishment.orders.projection import Arrivals, walk

Floats = NDArray[np.float64]


def stock_on_arrival(paths: Floats, on_hand: Floats, arriving: Floats) -> Floats:
    """Units left just before the order arrives, by path.

    paths: (samples, periods, items) demand from now on; on_hand: (items,); arriving: (items, lead) units due in each
        of the `lead` periods before the order does, the first of them at once. Returns (samples, items).
    """
    lead = arriving.shape[1]
    items = len(on_hand)
    wanted = np.concatenate([np.zeros((1, *paths.shape[::2])), np.cumsum(paths[:, :lead], axis=1).swapaxes(0, 1)])

    def totals(days: Floats, rows: NDArray[np.int64]) -> Floats:
        return np.asarray(wanted[days.astype(np.int64), :, rows], dtype=np.float64)

    periods = np.broadcast_to(np.arange(lead, dtype=np.float64), (items, lead))
    walked = walk(on_hand, Arrivals(periods, arriving.astype(np.float64)), np.full(items, float(lead)), totals)
    return walked.left.T


def order_for_arrival(paths: Floats, on_hand: Floats, arriving: Floats, level: Floats | float) -> Floats:
    """Units to order so that with the chance `level` the arrival period sees no lost sale; (items,), never below 0.

    paths, on_hand, arriving: as for `stock_on_arrival`; paths reach at least one period beyond `arriving`.
    level: one for all or (items,). Tune it by simulation (`tune`): surplus is carried over and lost sales thin the
        pipeline, so the best level is not the textbook's shortage / (shortage + holding).
    """
    samples = paths.shape[0]
    lacking = paths[:, arriving.shape[1]] - stock_on_arrival(paths, on_hand, arriving)
    ranked = np.sort(lacking, axis=0)
    place = np.ceil(np.round(np.broadcast_to(level, on_hand.shape) * samples, 9)).astype(np.int64) - 1
    chosen = np.take_along_axis(ranked, np.clip(place, 0, samples - 1)[None, :], axis=0)[0]
    return np.maximum(chosen, 0.0)


def negative_binomial_paths(
    mean: Floats, dispersion: Floats, shared: float, samples: int, generator: np.random.Generator
) -> Floats:
    """Sample paths of whole units, (samples, periods, items).

    mean: (periods, items); dispersion: (items,), variance = mean + dispersion * mean² within a period; `shared` is
        the
    squared coefficient of variation of one factor that all periods of a path have in common: the level's own error.
    """
    shape = (samples, *mean.shape)
    rate = mean[None] * generator.gamma(1 / dispersion, dispersion, size=shape)
    if shared > 0:
        rate = rate * generator.gamma(1 / shared, shared, size=(samples, 1, mean.shape[1]))
    return generator.poisson(rate).astype(np.float64)
