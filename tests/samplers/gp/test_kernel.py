"""The kernel against its formula."""

from __future__ import annotations

import math

import numpy as np

from tunesmith.samplers.gp.kernel import matern, squared_differences


def test_choices_are_at_distance_zero_or_one():
    points = np.array([[0.1, 0.0], [0.4, 2.0], [0.4, 5.0]])

    squares = squared_differences(points, points, np.array([False, True]))

    np.testing.assert_allclose(squares[0], [[0, 0.09, 0.09], [0.09, 0, 0], [0.09, 0, 0]])
    np.testing.assert_array_equal(squares[1], 1.0 - np.eye(3))


def test_the_correlation_is_the_closed_form():
    r = np.array([0.0, 0.3, 2.0])

    correlation, _ = matern(r * r)

    expected = [(1 + math.sqrt(5) * x + 5 * x * x / 3) * math.exp(-math.sqrt(5) * x) for x in r]
    np.testing.assert_allclose(correlation, expected, rtol=1e-14)


def test_the_slope_is_the_derivative():
    r2 = np.array([0.01, 0.5, 3.0])
    step = 1e-6

    _, slope = matern(r2)

    differences = (matern(r2 + step)[0] - matern(r2 - step)[0]) / (2 * step)
    np.testing.assert_allclose(slope, -2.0 * differences, rtol=1e-7)
