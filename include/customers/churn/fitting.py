"""Maximum likelihood for the buy-till-you-die models, with gradients of their own.

A gradient by differences costs five likelihoods a step; these cost about one and are exact, so that a fit to a
merchant's customers takes tens of milliseconds and a dozen cutoffs can each have theirs.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.optimize import minimize
from scipy.special import digamma, gammaln

from include.customers.churn.btyd import MbgCnbd, ParetoNbd, Rhythm, grouped

# A mild prior pulls the logarithms of the four parameters towards these (days as unit) with this many log units of
# spread: no weight against thousands of customers, but a fit on forty of them stays finite.
_PRIOR_SPREAD = 4.0
# Nodes of the Gauss-Legendre rule for the Pareto/NBD integral, and how many e-folds of its integrand are followed.
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(24)
_E_FOLDS = 36.0  # exp(-36) is the precision of a double
_LARGEST_K = 4  # purchases that a cycle may skip; more never helped

# (log likelihood of each row, its gradient by the four parameters (4, rows)), of the parameters.
_Likelihood = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]


def pareto_nbd_likelihood(rhythm: Rhythm) -> _Likelihood:
    """Of (r, alpha, s, beta). Schmittlein et al. 1987: alive to the end, or left at some y between t_x and T:
    s * integral of (alpha + y)^-(r + x) (beta + y)^-(s + 1) dy, by quadrature in log(alpha + y)."""
    x, t_x, age = rhythm.x, rhythm.t_x, rhythm.age

    def value(parameters: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        r, alpha, s, beta = parameters
        begin = np.log(alpha + t_x)
        # Frequent buyers' integrands fall within a sliver after the last order: the nodes go where they are.
        reach = np.minimum(np.log(alpha + age) - begin, _E_FOLDS / np.maximum(r + x - 1, 1e-3))
        log_q = begin + (_NODES[:, None] + 1) / 2 * reach
        q = np.exp(log_q)
        log_b = np.log(beta - alpha + q)
        exponent = (1 - r - x) * log_q - (s + 1) * log_b
        top = exponent.max(axis=0)
        mass = np.exp(exponent - top) * _WEIGHTS[:, None]
        total = mass.sum(axis=0)
        with np.errstate(divide="ignore"):
            left = np.log(s) + top + np.log(total) + np.log(reach / 2)
        alive = -(r + x) * np.log(alpha + age) - s * np.log(beta + age)
        both = np.logaddexp(alive, left)
        gone = np.exp(left - both)
        stays = 1 - gone
        mean = mass / total
        by_r = -stays * np.log(alpha + age) - gone * (mean * log_q).sum(axis=0)
        by_alpha = -(r + x) * (stays / (alpha + age) + gone * (mean / q).sum(axis=0))
        by_s = -stays * np.log(beta + age) + gone * (1 / s - (mean * log_b).sum(axis=0))
        by_beta = -stays * s / (beta + age) - gone * (s + 1) * (mean / (beta - alpha + q)).sum(axis=0)
        common = gammaln(r + x) - gammaln(r) + r * np.log(alpha) + s * np.log(beta)
        gradient = np.stack(
            [
                by_r + digamma(r + x) - digamma(r) + np.log(alpha),
                by_alpha + r / alpha,
                by_s + np.log(beta),
                by_beta + s / beta,
            ]
        )
        return common + both, gradient

    return value


def mbg_likelihood(rhythm: Rhythm, k: int) -> _Likelihood:
    """Of (r, alpha, a, b), without the product of gaps: the same terms as `MbgCnbd.log_likelihood`."""
    x, t_x, age = rhythm.x, rhythm.t_x, rhythm.age
    with np.errstate(divide="ignore"):
        log_wait = np.log(np.maximum(age - t_x, 0.0))

    def value(parameters: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        r, alpha, a, b = parameters
        model = MbgCnbd(float(r), float(alpha), float(a), float(b), k)
        alive, left = model.terms(x, t_x, age)
        both = np.logaddexp(alive, left)
        gone = np.exp(left - both)
        stays = 1 - gone
        # Of the k hidden steps of the running gap, j are done: the posterior over j weighs their gradients.
        steps = np.arange(k, dtype=np.float64)[:, None]
        shape = r + k * x + steps
        log_step = gammaln(shape) - shape * np.log(alpha + age) - gammaln(steps + 1)
        log_step[1:] += steps[1:] * log_wait
        chance = np.exp(log_step - log_step.max(axis=0))
        chance /= chance.sum(axis=0)
        step_r = (chance * digamma(shape)).sum(axis=0) - np.log(alpha + age)
        step_alpha = -(chance * shape).sum(axis=0) / (alpha + age)
        gone_r = digamma(r + k * x) - np.log(alpha + t_x)
        gone_alpha = -(r + k * x) / (alpha + t_x)
        joint = digamma(a + b) - digamma(a + b + x + 1)
        gradient = np.stack(
            [
                np.log(alpha) - digamma(r) + stays * step_r + gone * gone_r,
                r / alpha + stays * step_alpha + gone * gone_alpha,
                joint + gone / a,
                joint - digamma(b) + stays * digamma(b + x + 1) + gone * digamma(b + x),
            ]
        )
        return both, gradient

    return value


def _fit(likelihood: _Likelihood, weight: np.ndarray, centre: tuple[float, ...]) -> tuple[np.ndarray, float]:
    """Parameters of the highest posterior and its negative logarithm."""
    middle = np.log(np.array(centre))

    def loss(theta: np.ndarray) -> tuple[float, np.ndarray]:
        parameters = _parameters(theta)
        rows, by_parameter = likelihood(parameters)
        value = -float((rows * weight).sum()) + 0.5 * float((((theta - middle) / _PRIOR_SPREAD) ** 2).sum())
        gradient = -(by_parameter @ weight) * parameters + (theta - middle) / _PRIOR_SPREAD**2
        if not (np.isfinite(value) and np.isfinite(gradient).all()):
            return 1e15, np.zeros_like(theta)
        return value, gradient

    best = minimize(loss, middle, jac=True, method="L-BFGS-B", options={"maxiter": 200})
    return _parameters(best.x), float(best.fun)


def _parameters(theta: np.ndarray) -> np.ndarray:
    return np.exp(np.clip(theta, -12, 14))


def _start(rhythm: Rhythm) -> tuple[float, float]:
    """First guess of (typical rate a day, typical age in days)."""
    orders = (rhythm.x * rhythm.weight).sum() + 0.5
    days = (rhythm.age * rhythm.weight).sum() + 1.0
    return orders / days, days / rhythm.weight.sum()


def fit_pareto_nbd(rhythm: Rhythm) -> ParetoNbd:
    """Maximum likelihood Pareto/NBD; parameters in days."""
    rhythm = grouped(rhythm)
    rate, age = _start(rhythm)
    found, _ = _fit(pareto_nbd_likelihood(rhythm), rhythm.weight, (0.7, 0.7 / (2 * rate), 0.7, 0.7 * age))
    return ParetoNbd(*(float(v) for v in found))


def fit_mbg(rhythm: Rhythm, k: int = 1) -> tuple[MbgCnbd, float]:
    """Maximum likelihood MBG/CNBD-k and its full log likelihood (gaps included, so comparable between k)."""
    rhythm = grouped(rhythm)
    rate, _ = _start(rhythm)
    found, loss = _fit(mbg_likelihood(rhythm, k), rhythm.weight, (0.7, 0.7 / (2 * rate * k), 0.6, 1.5))
    gaps = ((k - 1) * rhythm.log_gap).sum() - (gammaln(k) * rhythm.x * rhythm.weight).sum()
    r, alpha, a, b = (float(v) for v in found)
    return MbgCnbd(r, alpha, a, b, k), -loss + gaps


def fit_mbg_families(rhythm: Rhythm) -> tuple[MbgCnbd, MbgCnbd]:
    """MBG/NBD (k = 1), and the MBG/CNBD-k of highest likelihood: k rises to _LARGEST_K while it helps."""
    rhythm = grouped(rhythm)
    plain, best_value = fit_mbg(rhythm, 1)
    best = plain
    for k in range(2, _LARGEST_K + 1):
        model, value = fit_mbg(rhythm, k)
        if value <= best_value:
            break
        best, best_value = model, value
    return plain, best
