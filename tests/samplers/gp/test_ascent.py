"""Climbs end at maxima, each on its own."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize

from tunesmith.samplers.gp.ascent import climb


def ridge(x):
    # A turned, narrow hill with its top at (0.3, 0.6, 0.45).
    turn, _ = np.linalg.qr(np.random.default_rng(1).standard_normal((3, 3)))
    away = (x[:, :3] - [0.3, 0.6, 0.45]) @ turn
    weights = np.array([1.0, 30.0, 1000.0])
    return -(away**2 @ weights), -2.0 * (away * weights) @ turn.T


@pytest.fixture
def starts():
    return np.random.default_rng(0).random((5, 3))


def test_the_top_is_found_from_everywhere(starts):
    ends = climb(ridge, starts, np.arange(3), 100)

    np.testing.assert_allclose(ends, np.tile([0.3, 0.6, 0.45], (5, 1)), atol=1e-3)


def test_a_top_outside_ends_at_the_border_that_scipy_finds(starts):
    def shifted(x):
        return ridge(x - 0.5)

    ends = climb(shifted, starts, np.arange(3), 200)

    def negative(x):
        value, gradient = shifted(x[None])
        return -value[0], -gradient[0]

    expected = minimize(negative, starts[0], jac=True, method="L-BFGS-B", bounds=[(0, 1)] * 3)
    np.testing.assert_allclose(-shifted(ends)[0], expected.fun, rtol=1e-3)
    assert ((ends >= 0.0) & (ends <= 1.0)).all()


def test_the_others_do_not_matter(starts):
    together = climb(ridge, starts, np.arange(3), 30)

    for start, end in zip(starts, together, strict=True):
        np.testing.assert_allclose(climb(ridge, start[None], np.arange(3), 30)[0], end, rtol=1e-9)


def test_only_what_may_move_moves(starts):
    starts = np.column_stack([starts, [7.0, 3.0, 0.0, 2.0, 1.0]])

    def function(x):
        value, gradient = ridge(x)
        return value - x[:, 3], np.column_stack([gradient, np.full(len(x), -1.0)])

    ends = climb(function, starts, np.array([0, 2]), 100)

    np.testing.assert_array_equal(ends[:, [1, 3]], starts[:, [1, 3]])
    assert (function(ends)[0] > function(starts)[0]).all()


@pytest.mark.parametrize("most", [1, 2, 5])
def test_an_end_is_never_worse_than_its_start(starts, most):
    def rugged(x):
        return np.sin(40 * x).sum(axis=1), 40 * np.cos(40 * x)

    ends = climb(rugged, starts, np.arange(3), most)

    assert (rugged(ends)[0] >= rugged(starts)[0]).all()


@pytest.mark.parametrize("bad", [np.nan, -np.inf])
def test_what_is_not_finite_is_left_alone(starts, bad):
    def function(x):
        value, gradient = ridge(x)
        hole = x[:, 0] > 0.5
        return np.where(hole, bad, value), np.where(hole[:, None], np.nan, gradient)

    ends = climb(function, starts, np.arange(3), 100)

    lost = starts[:, 0] > 0.5
    assert lost.any()
    np.testing.assert_array_equal(ends[lost], starts[lost])
    np.testing.assert_allclose(ridge(ends[~lost])[0], 0.0, atol=1e-2)


def test_a_plain_is_left_where_it_is(starts):
    ends = climb(lambda x: (np.zeros(len(x)), np.zeros_like(x)), starts, np.arange(3), 10)

    np.testing.assert_array_equal(ends, starts)
