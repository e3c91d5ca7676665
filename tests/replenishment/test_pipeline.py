import numpy as np
import pytest

from include.simulation.pipeline_orders import negative_binomial_paths, order_for_arrival, stock_on_arrival


def test_lost_sales_do_not_thin_what_arrives_later():
    # 3 there, 2 due at once, 4 due next: demand of 9 and 1 leaves 0 then 3, where the position would say -1.
    paths = np.array([[[9.0], [1.0], [5.0]]])

    stock = stock_on_arrival(paths, np.array([3.0]), np.array([[2.0, 4.0]]))

    assert stock.tolist() == [[3]]
    assert order_for_arrival(paths, np.array([3.0]), np.array([[2.0, 4.0]]), 0.9).tolist() == [2]


def test_the_order_is_the_quantile_of_what_lacks():
    # No lead time: ten paths want 1..10, nothing is there.
    paths = np.arange(1.0, 11)[:, None, None]

    orders = [
        order_for_arrival(paths, np.zeros(1), np.zeros((1, 0)), level)[0] for level in (0.05, 0.5, 0.75, 0.8, 0.999)
    ]

    assert orders == [1, 5, 8, 8, 10]


def test_each_item_has_its_own_level():
    paths = np.repeat(np.arange(1.0, 11)[:, None, None], 2, axis=2)

    assert order_for_arrival(paths, np.zeros(2), np.zeros((2, 0)), np.array([0.2, 0.9])).tolist() == [2, 9]


def test_enough_stock_orders_nothing():
    paths = np.full((4, 1, 1), 3.0)

    assert order_for_arrival(paths, np.array([7.0]), np.zeros((1, 0)), 0.9).tolist() == [0]


def test_paths_have_the_mean_and_the_spread_asked_for():
    generator = np.random.default_rng(5)
    mean = np.array([[4.0], [4.0]])

    paths = negative_binomial_paths(mean, np.array([0.5]), 0.0, 40_000, generator)
    joint = negative_binomial_paths(mean, np.array([0.5]), 0.3, 40_000, generator)

    assert paths.mean() == pytest.approx(4, rel=0.02)
    assert paths[:, 0, 0].var() == pytest.approx(4 + 0.5 * 16, rel=0.05)
    # A shared factor ties the two periods together: covariance = shared * mean².
    assert np.cov(joint[:, 0, 0], joint[:, 1, 0])[0, 1] == pytest.approx(0.3 * 16, rel=0.1)
    assert abs(np.cov(paths[:, 0, 0], paths[:, 1, 0])[0, 1]) < 0.3
