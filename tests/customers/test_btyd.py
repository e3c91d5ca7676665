"""Formulas against published figures, limits and simulation."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import gamma as gamma_function

from include.customers.churn.btyd import MbgCnbd, ParetoNbd, Rhythm
from include.customers.churn.fitting import (
    fit_mbg,
    fit_mbg_families,
    fit_pareto_nbd,
    mbg_likelihood,
    pareto_nbd_likelihood,
)

# Fader & Hardie's Pareto/NBD on the 1/10 CDNOW sample, weeks as unit.
PUBLISHED = ParetoNbd(r=0.5533, alpha=10.578, s=0.6061, beta=11.669)


def one(*values):
    return tuple(np.array([v], dtype=float) for v in values)


def _by_integration(model, x, t_x, age):
    """P(data | r, alpha, s, beta) by integrating the likelihood over both gammas (Fader & Hardie 2005, eq. 8)."""

    def density(value, shape, rate):
        return rate**shape * value ** (shape - 1) * np.exp(-rate * value) / gamma_function(shape)

    def given(lam, mu):
        both = lam + mu
        return lam**x * mu / both * np.exp(-both * t_x) + lam ** (x + 1) / both * np.exp(-both * age)

    def over_mu(lam):
        return quad(lambda mu: given(lam, mu) * density(mu, model.s, model.beta), 0, np.inf, limit=200)[0]

    return quad(lambda lam: over_mu(lam) * density(lam, model.r, model.alpha), 0, np.inf, limit=200)[0]


@pytest.mark.parametrize(
    ("model", "history"),
    [
        (PUBLISHED, (2, 30.43, 38.86)),
        (ParetoNbd(1.2, 4.0, 2.0, 9.0), (0, 0, 20)),  # alpha < beta
        (ParetoNbd(1.2, 9.0, 2.0, 4.0), (3, 10, 20)),  # alpha > beta
        (ParetoNbd(1.2, 5.0, 2.0, 5.0), (1, 5, 20)),  # alpha = beta
    ],
)
def test_pareto_nbd_likelihood_is_the_integral_of_its_story(model, history):
    expected = _by_integration(model, *history)

    assert np.exp(model.log_likelihood(*one(*history)))[0] == pytest.approx(expected, rel=1e-5)


def test_pareto_nbd_repeats_the_published_example():
    # BTYD's manual page of pnbd.PAlive: no repeat order in 39 weeks, 0.2941633.
    assert PUBLISHED.p_alive(*one(0, 0, 39))[0] == pytest.approx(0.29416, abs=5e-4)  # rounded parameters
    # BTYD's vignette: customer 1516 (x = 26, t_x = 30.86, T = 31) is alive with probability 0.9979.
    assert PUBLISHED.p_alive(*one(26, 30.86, 31))[0] == pytest.approx(0.9979, abs=2e-4)
    # and expects 25.46 orders in the next 52 weeks.
    assert PUBLISHED.expected_orders(*one(26, 30.86, 31), 52)[0] == pytest.approx(25.46, abs=0.03)


def test_pareto_nbd_answers_agree_with_simulation():
    model, age, horizon = ParetoNbd(0.8, 20.0, 0.9, 40.0), 60.0, 40.0
    rng = np.random.default_rng(1)
    count = 400_000
    rate = rng.gamma(model.r, 1 / model.alpha, count)
    life = rng.exponential(1 / rng.gamma(model.s, 1 / model.beta, count))
    seen = np.minimum(life, age)
    x = rng.poisson(rate * seen)
    t_x = np.where(x > 0, seen * rng.random(count) ** (1 / np.maximum(x, 1)), 0.0)
    ahead = rng.poisson(rate * np.clip(np.minimum(life, age + horizon) - age, 0, None))

    for orders in range(4):
        like = x == orders
        given = (x[like].astype(float), t_x[like], np.full(like.sum(), age))
        assert model.p_no_order(*given, horizon).mean() == pytest.approx((ahead[like] == 0).mean(), abs=0.006)
        assert model.expected_orders(*given, horizon).mean() == pytest.approx(ahead[like].mean(), abs=0.04)
        assert model.p_alive(*given).mean() == pytest.approx((life[like] > age).mean(), abs=0.006)


@pytest.mark.parametrize("k", [1, 3])
def test_mbg_answers_agree_with_simulation(k):
    model, age, horizon = MbgCnbd(1.1, 12.0 / k, 0.7, 2.5, k), 80.0, 30.0
    rng = np.random.default_rng(2)
    count = 60_000
    rate = rng.gamma(model.r, 1 / model.alpha, count)
    leave = rng.beta(model.a, model.b, count)
    x, t_x, ahead = np.zeros(count), np.zeros(count), np.zeros(count)
    when, alive = np.zeros(count), rng.random(count) >= leave  # leaves after the first order, too
    while alive.any():
        when = np.where(alive, when + rng.gamma(k, 1 / rate), np.inf)
        past, next_days = when <= age, (when > age) & (when <= age + horizon)
        x += past
        t_x = np.where(past, when, t_x)
        ahead += next_days
        alive &= (when <= age + horizon) & (rng.random(count) >= leave)

    for orders in range(3):
        like = x == orders
        given = (x[like], t_x[like], np.full(like.sum(), age))
        noise = 4 * np.sqrt(0.25 / like.sum())
        assert model.p_no_order(*given, horizon).mean() == pytest.approx((ahead[like] == 0).mean(), abs=noise)
        if k == 1:
            assert model.expected_orders(*given, horizon).mean() == pytest.approx(ahead[like].mean(), abs=0.04)


@pytest.mark.parametrize("model", [PUBLISHED, MbgCnbd(0.6, 7.0, 0.8, 1.2), MbgCnbd(0.6, 3.0, 0.8, 1.2, 3)])
def test_extreme_customers_get_finite_sensible_answers(model):
    # One-time buyers of today and of ten years ago; three thousand orders; ordered on the day of looking.
    x = np.array([0, 0, 3000, 3000, 1], dtype=float)
    t_x = np.array([0, 0, 520.0, 400.0, 10.0])
    age = np.array([0, 520.0, 520.0, 520.0, 10.0])

    quiet = model.p_no_order(x, t_x, age, 13)
    orders = model.expected_orders(x, t_x, age, 13)

    assert np.isfinite(model.log_likelihood(x, t_x, age)).all()
    assert np.isfinite(orders).all()
    assert ((quiet >= 0) & (quiet <= 1)).all()
    assert quiet[2] < 1e-3  # buys daily
    assert quiet[3] > 0.99  # bought daily, silent for 120 weeks
    assert orders[2] == pytest.approx(75, rel=0.1)
    assert quiet[1] > quiet[0]


def test_longer_horizons_hold_less_silence_and_more_orders():
    history = one(3, 20, 30)

    for model in (PUBLISHED, MbgCnbd(0.6, 7.0, 0.8, 1.2), MbgCnbd(0.6, 3.0, 0.8, 1.2, 2)):
        quiet = [model.p_no_order(*history, h)[0] for h in (0, 1, 10, 100)]
        assert quiet[0] == pytest.approx(1.0)
        assert quiet == sorted(quiet, reverse=True)
        orders = [model.expected_orders(*history, h)[0] for h in (1, 10, 100)]
        assert orders == sorted(orders)


def _drawn(count, seed, k=1):
    rng = np.random.default_rng(seed)
    rate = rng.gamma(1.5, 1 / 30.0, count) * k
    x, t_x, log_gap = np.zeros(count), np.zeros(count), np.zeros(count)
    for i in range(count):
        when = rng.gamma(k, 1 / rate[i])
        while when <= 300 and rng.random() > 0.1:
            log_gap[i] += np.log(max(when - t_x[i], 1e-9))
            x[i], t_x[i] = x[i] + 1, when
            when += rng.gamma(k, 1 / rate[i])
    return Rhythm(x, t_x, np.full(count, 300.0), np.ones(count), log_gap)


def test_a_fit_finds_a_likelihood_no_worse_than_the_truth_and_says_so_again():
    rng = np.random.default_rng(5)
    truth = ParetoNbd(0.8, 20.0, 0.9, 60.0)
    rate = rng.gamma(truth.r, 1 / truth.alpha, 3000)
    seen = np.minimum(rng.exponential(1 / rng.gamma(truth.s, 1 / truth.beta, 3000)), 200.0)
    x = rng.poisson(rate * seen).astype(float)
    t_x = np.where(x > 0, seen * rng.random(3000) ** (1 / np.maximum(x, 1)), 0.0)
    rhythm = Rhythm(x, t_x, np.full(3000, 200.0), np.ones(3000), np.zeros(3000))

    fitted = fit_pareto_nbd(rhythm)

    given = (rhythm.x, rhythm.t_x, rhythm.age)
    assert fitted.log_likelihood(*given).sum() >= truth.log_likelihood(*given).sum() - 1.0
    assert fitted == fit_pareto_nbd(rhythm)


def test_regular_buyers_are_found_regular_and_random_ones_are_not():
    assert fit_mbg_families(_drawn(400, 1, k=3))[1].k >= 2
    assert fit_mbg_families(_drawn(400, 2, k=1))[1].k == 1


def test_a_handful_of_one_time_buyers_can_be_fitted():
    few = Rhythm(np.zeros(3), np.zeros(3), np.array([1.0, 5.0, 9.0]), np.ones(3), np.zeros(3))

    for model in (fit_pareto_nbd(few), fit_mbg(few)[0]):
        quiet = model.p_no_order(few.x, few.t_x, few.age, 30)
        assert np.isfinite(quiet).all()
        assert (quiet > 0.5).all()


@pytest.mark.parametrize(
    ("likelihood", "model"),
    [
        (pareto_nbd_likelihood, ParetoNbd(0.7, 20.0, 0.6, 50.0)),
        (pareto_nbd_likelihood, ParetoNbd(1.3, 90.0, 1.6, 7.0)),
        (lambda rhythm: mbg_likelihood(rhythm, 1), MbgCnbd(0.7, 20.0, 0.6, 1.5, 1)),
        (lambda rhythm: mbg_likelihood(rhythm, 3), MbgCnbd(0.7, 6.0, 0.6, 1.5, 3)),
    ],
)
def test_a_fit_follows_the_models_own_likelihood_and_its_slope(likelihood, model):
    # A one-time buyer of today, one of last year, a rare, a weekly and a daily buyer, and one silent for half a year.
    rhythm = Rhythm(
        x=np.array([0, 0, 1, 50, 300, 40.0]),
        t_x=np.array([0, 0, 200.0, 360.0, 364.0, 180.0]),
        age=np.array([0, 365.0, 300.0, 365.0, 365.0, 365.0]),
        weight=np.ones(6),
        log_gap=np.zeros(6),
    )
    at = np.array([getattr(model, name) for name in list(vars(model))[:4]])
    compute = likelihood(rhythm)

    value, slope = compute(at)

    assert value == pytest.approx(model.log_likelihood(rhythm.x, rhythm.t_x, rhythm.age), rel=1e-5)
    for index in range(4):
        step = np.zeros(4)
        step[index] = 1e-5 * at[index]
        difference = (compute(at + step)[0] - compute(at - step)[0]) / (2 * step[index])
        assert slope[index] == pytest.approx(difference, rel=1e-4, abs=1e-6)
