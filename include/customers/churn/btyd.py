"""Buy-till-you-die models: how often a customer orders while alive, and when they stop (`fitting` fits them).

Two families over (x, t_x, T): repeat order days, days from the first to the last order day, days from the first
order day to the day of looking.

Pareto/NBD (Schmittlein, Morrison & Colombo 1987; likelihood as in Fader & Hardie 2005, "A Note on Deriving the
Pareto/NBD Model and Related Expressions", eq. 22-25): orders at rate lambda ~ gamma(r, alpha), lifetime at rate
mu ~ gamma(s, beta).

MBG/CNBD-k (Batislam, Denizel & Filiztekin 2007 for k = 1; Platzer & Reutterer 2016, "Ticking Away the Moments",
section 3, for k > 1): gaps are Erlang-k with rate lambda ~ gamma(r, alpha), and after every order day, the first one
included, the customer leaves with probability p ~ beta(a, b). A larger k means more regular buying.

For every one of them, the chance of no order in the next h days needs no formula of its own: it is the likelihood of
the same history with the looking day moved h days on, over the likelihood of the history.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from scipy.special import betaln, gammaln, hyp2f1, logsumexp

from include.customers.history import Book

_PACKED = float(1 << 20)
_NODES = 24  # of the integral over the leaving probability


@dataclass(frozen=True)
class Rhythm:
    """Sufficient statistics, one row a group of like customers, all (groups,): x, t_x and age in days, weight in
    customers.

    log_gap: sum of the logarithms of the gaps between order days, which only a model of regularity (k > 1) needs.
    """

    x: np.ndarray
    t_x: np.ndarray
    age: np.ndarray
    weight: np.ndarray
    log_gap: np.ndarray


def rhythm_of(book: Book) -> Rhythm:
    """One row a customer, in the book's order."""
    history = book.history
    gap = np.ones(len(history.day))
    same = np.zeros(len(history.day), dtype=bool)
    same[1:] = history.owner[1:] == history.owner[:-1]
    gap[1:] = np.where(same[1:], np.diff(history.day), 1)
    return Rhythm(
        x=book.frequency.astype(np.float64),
        t_x=(book.last - book.first).astype(np.float64),
        age=(book.as_of - book.first).astype(np.float64),
        weight=np.ones(len(book.first)),
        log_gap=book.total(np.log(gap)),
    )


def distinct(rhythm: Rhythm) -> tuple[np.ndarray, np.ndarray]:
    """((3, histories) the distinct (x, t_x, T), (groups,) which of them each group has)."""
    keys = np.stack([rhythm.x, rhythm.t_x, rhythm.age])
    if keys.size and (keys == np.round(keys)).all() and keys.min() >= 0 and keys.max() < _PACKED:
        # Whole days: three numbers in one are compared many times faster.
        packed = ((keys[0] * _PACKED + keys[1]).astype(np.int64) << 20) + keys[2].astype(np.int64)
        _, first, inverse = np.unique(packed, return_index=True, return_inverse=True)
        return keys[:, first], inverse
    unique, inverse = np.unique(keys, axis=1, return_inverse=True)
    return unique, inverse


def grouped(rhythm: Rhythm) -> Rhythm:
    """Customers with the same (x, t_x, T) as one weighted row: one-time buyers shrink to one row a day."""
    (x, t_x, age), inverse = distinct(rhythm)
    size = len(x)
    return Rhythm(
        x=x,
        t_x=t_x,
        age=age,
        weight=np.bincount(inverse, rhythm.weight, minlength=size),
        log_gap=np.bincount(inverse, rhythm.log_gap, minlength=size),
    )


class Btyd(Protocol):
    """A fitted model."""

    def log_likelihood(self, x: np.ndarray, t_x: np.ndarray, age: np.ndarray) -> np.ndarray:
        """Log likelihood of each history, up to a term that does not depend on age."""

    def p_alive(self, x: np.ndarray, t_x: np.ndarray, age: np.ndarray) -> np.ndarray:
        """Chance that the customer has not left."""

    def expected_orders(self, x: np.ndarray, t_x: np.ndarray, age: np.ndarray, horizon: float) -> np.ndarray:
        """Mean number of order days in the next `horizon` days."""

    def p_no_order(self, x: np.ndarray, t_x: np.ndarray, age: np.ndarray, horizon: float) -> np.ndarray:
        """Chance of no order day in the next `horizon` days."""


def _p_no_order(model: Btyd, x: np.ndarray, t_x: np.ndarray, age: np.ndarray, horizon: float) -> np.ndarray:
    return np.exp(np.minimum(model.log_likelihood(x, t_x, age + horizon) - model.log_likelihood(x, t_x, age), 0.0))


@dataclass(frozen=True)
class ParetoNbd:
    """Rates per day: orders gamma(r, alpha), leaving gamma(s, beta)."""

    r: float
    alpha: float
    s: float
    beta: float

    def _terms(self, x: np.ndarray, t_x: np.ndarray, age: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Logs of the common factor, of "alive to the end", and of "left after the last order" (eq. 22)."""
        r, alpha, s, beta = self.r, self.alpha, self.s, self.beta
        shape = r + s + x
        common = gammaln(r + x) - gammaln(r) + r * np.log(alpha) + s * np.log(beta)
        alive = -(r + x) * np.log(alpha + age) - s * np.log(beta + age)
        larger, gap = max(alpha, beta), abs(alpha - beta)
        parameter = s + 1 if alpha >= beta else r + x

        def integral(t: np.ndarray) -> np.ndarray:
            """log of 2F1(shape, parameter; shape + 1; gap / (larger + t)) / (larger + t)^shape."""
            return _log_hyp2f1(shape, parameter, gap / (larger + t)) - shape * np.log(larger + t)

        upper, lower = integral(t_x), integral(age)
        difference = np.minimum(lower - upper, -1e-15)
        left = np.log(s) - np.log(shape) + upper + np.log(-np.expm1(difference))
        left = np.where(age > t_x, left, -np.inf)
        return common, alive, left

    def log_likelihood(self, x: np.ndarray, t_x: np.ndarray, age: np.ndarray) -> np.ndarray:
        common, alive, left = self._terms(x, t_x, age)
        return common + np.logaddexp(alive, left)

    def p_alive(self, x: np.ndarray, t_x: np.ndarray, age: np.ndarray) -> np.ndarray:
        _, alive, left = self._terms(x, t_x, age)
        return np.exp(alive - np.logaddexp(alive, left))

    def p_no_order(self, x: np.ndarray, t_x: np.ndarray, age: np.ndarray, horizon: float) -> np.ndarray:
        return _p_no_order(self, x, t_x, age, horizon)

    def expected_orders(self, x: np.ndarray, t_x: np.ndarray, age: np.ndarray, horizon: float) -> np.ndarray:
        """Fader & Hardie 2005, eq. 41."""
        rate = (self.r + x) / (self.alpha + age)
        ratio = np.log1p(horizon / (self.beta + age))
        # (1 - e^{-(s-1) ratio}) / (s - 1), which has the limit `ratio` at s = 1.
        s_1 = self.s - 1.0
        time = ratio if abs(s_1) < 1e-8 else -np.expm1(-s_1 * ratio) / s_1
        return self.p_alive(x, t_x, age) * rate * (self.beta + age) * time


@dataclass(frozen=True)
class MbgCnbd:
    """Erlang-k gaps with rate gamma(r, alpha) a day; leaves after each order day with probability beta(a, b)."""

    r: float
    alpha: float
    a: float
    b: float
    k: int = 1

    def terms(self, x: np.ndarray, t_x: np.ndarray, age: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Logs of "alive to the end" and of "left after the last order", both without the product of gaps."""
        r, alpha, a, b, k = self.r, self.alpha, self.a, self.b, self.k
        start = r * np.log(alpha) - gammaln(r)
        stay = betaln(a, b + x + 1) - betaln(a, b)
        leave = betaln(a + 1, b + x) - betaln(a, b)
        wait = np.maximum(age - t_x, 0.0)
        # The next order is waited for in k hidden steps, of which j < k are done (Platzer & Reutterer, eq. 3).
        steps = [gammaln(r + k * x) - (r + k * x) * np.log(alpha + age)]
        for j in range(1, k):
            with np.errstate(divide="ignore"):
                steps.append(
                    gammaln(r + k * x + j) - (r + k * x + j) * np.log(alpha + age) + j * np.log(wait) - gammaln(j + 1)
                )
        alive = start + stay + (logsumexp(np.stack(steps), axis=0) if k > 1 else steps[0])
        left = start + leave + gammaln(r + k * x) - (r + k * x) * np.log(alpha + t_x)
        return alive, left

    def log_likelihood(self, x: np.ndarray, t_x: np.ndarray, age: np.ndarray) -> np.ndarray:
        alive, left = self.terms(x, t_x, age)
        return np.logaddexp(alive, left)

    def p_alive(self, x: np.ndarray, t_x: np.ndarray, age: np.ndarray) -> np.ndarray:
        alive, left = self.terms(x, t_x, age)
        return np.exp(alive - np.logaddexp(alive, left))

    def p_no_order(self, x: np.ndarray, t_x: np.ndarray, age: np.ndarray, horizon: float) -> np.ndarray:
        return _p_no_order(self, x, t_x, age, horizon)

    def expected_orders(self, x: np.ndarray, t_x: np.ndarray, age: np.ndarray, horizon: float) -> np.ndarray:
        """Batislam et al. 2007, eq. 11 for k = 1; for k > 1 the same with steps for orders, over k.

        The latter is an approximation: the waiting time already served is not counted in.
        """
        shape = self.r + self.k * x
        # E[orders | rate, p] = (1 - e^{-lambda p h}) / p, over the posterior of the rate in closed form and of p by
        # Gauss-Legendre: steadier than the hypergeometric form, whose factor 1 / (a - 1) changes sign at a = 1.
        known, inverse = np.unique(x, return_inverse=True)  # the posterior of p depends on x alone
        nodes, weights = _beta_nodes(self.a, self.b + known + 1)
        rate = horizon / (self.alpha + age)
        out = np.zeros(len(x))
        for p, w in zip(nodes[:, inverse], weights, strict=True):
            # E over gamma(shape, alpha + age) of (1 - exp(-lambda p h / k)) / p
            leaves = np.maximum(p, 1e-12)  # the limit for those who never leave, not none
            out += w * -np.expm1(-shape * np.log1p(leaves * rate / self.k)) / leaves
        return self.p_alive(x, t_x, age) * out


def _beta_nodes(a: float, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Quantiles of beta(a, b) at the Gauss-Legendre levels, (_NODES, len(b)), and their weights (_NODES,)."""
    from scipy.special import betaincinv

    node, weight = np.polynomial.legendre.leggauss(_NODES)
    levels = (node + 1) / 2
    return betaincinv(a, b[None, :], levels[:, None]), weight / 2


def _log_hyp2f1(a: np.ndarray, b: np.ndarray | float, z: np.ndarray) -> np.ndarray:
    """log 2F1(a, b; a + 1; z) for 0 <= z < 1, by Euler's transformation where the direct series overflows."""
    # 2F1(a, b; c; z) = (1 - z)^(c - a - b) 2F1(c - a, c - b; c; z), here with c - a = 1: all terms positive and tame
    # when b is large, which is where very frequent buyers are.
    b = np.broadcast_to(b, np.shape(a))
    value = hyp2f1(1.0, a + 1 - b, a + 1, z)
    return (1 - b) * np.log1p(-z) + np.log(np.maximum(value, 1e-300))
