"""The posterior against the textbook formula."""

from __future__ import annotations

import numpy as np
import pytest

from tunesmith.samplers.gp.kernel import KernelParameters, matern, squared_differences
from tunesmith.samplers.gp.process import GaussianProcess

CATEGORICAL = np.array([False, False, True])
PARAMETERS = KernelParameters(np.array([4.0, 1.0, 0.5]), 2.0, 0.01)


def points_of(rng, n):
    return np.column_stack([rng.random((n, 2)), rng.integers(3, size=n)])


@pytest.fixture
def rng():
    return np.random.default_rng(1)


def covariance(one, other):
    squares = squared_differences(one, other, CATEGORICAL)
    return 2.0 * matern(np.einsum("j,jnm->nm", PARAMETERS.inverse_squares, squares))[0]


def test_mean_and_deviation_are_those_of_the_formula(rng):
    points, targets, at = points_of(rng, 12), rng.standard_normal(12), points_of(rng, 5)
    process = GaussianProcess(points, targets, CATEGORICAL, PARAMETERS)

    mean, deviation = process.predict(at)

    inverse = np.linalg.inv(covariance(points, points) + 0.01 * np.eye(12))
    cross = covariance(at, points)
    np.testing.assert_allclose(mean, cross @ inverse @ targets, rtol=1e-9)
    np.testing.assert_allclose(process.mean(at), mean, rtol=1e-12)
    expected = np.sqrt(np.diag(covariance(at, at) - cross @ inverse @ cross.T))
    np.testing.assert_allclose(deviation, expected, rtol=1e-9)


def test_gradients_are_those_of_finite_differences(rng):
    process = GaussianProcess(points_of(rng, 12), rng.standard_normal(12), CATEGORICAL, PARAMETERS)
    at, step = points_of(rng, 5), 1e-6

    mean, deviation, *gradients = process.predict_with_gradients(at)

    np.testing.assert_allclose([mean, deviation], process.predict(at), rtol=1e-12)
    for which, gradient in enumerate(gradients):
        for j in range(2):
            shift = step * (np.arange(3) == j)
            up, down = process.predict(at + shift)[which], process.predict(at - shift)[which]
            np.testing.assert_allclose(gradient[:, j], (up - down) / (2 * step), rtol=1e-4)
        np.testing.assert_array_equal(gradient[:, 2], 0.0)


def test_pending_points_leave_the_mean_and_shrink_the_deviation(rng):
    points, targets, at = points_of(rng, 12), rng.standard_normal(12), points_of(rng, 5)
    pending = at[:2]
    without = GaussianProcess(points, targets, CATEGORICAL, PARAMETERS)
    process = GaussianProcess(points, targets, CATEGORICAL, PARAMETERS, pending)

    np.testing.assert_allclose(process.predict(at)[0], without.predict(at)[0], atol=1e-8)
    assert (process.predict(pending)[1] < 0.5 * without.predict(pending)[1]).all()


def test_the_same_point_many_times_without_noise():
    parameters = KernelParameters(np.array([1.0]), 1.0, 0.0)

    process = GaussianProcess(np.full((6, 1), 0.5), np.ones(6), np.array([False]), parameters)

    assert process.mean(np.array([[0.5]])) == pytest.approx(1.0, abs=1e-3)
