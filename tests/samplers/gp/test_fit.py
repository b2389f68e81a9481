"""The posterior of the kernel parameters and its maximum."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import approx_fprime
from scipy.stats import lognorm, multivariate_normal

from tunesmith.samplers.gp import fit
from tunesmith.samplers.gp.fit import LogPosterior, fit_kernel
from tunesmith.samplers.gp.kernel import matern, squared_differences

CATEGORICAL = np.array([False, False, True])


@pytest.fixture
def data():
    rng = np.random.default_rng(3)
    points = np.column_stack([rng.random((20, 2)), rng.integers(3, size=20)])
    targets = np.sin(5 * points[:, 0]) + 0.5 * points[:, 2] + 0.1 * rng.standard_normal(20)
    return points, (targets - targets.mean()) / targets.std()


@pytest.mark.parametrize("shift", [-1.0, 0.0, 1.0])
def test_the_gradient_is_that_of_finite_differences(data, shift):
    posterior = LogPosterior(*data, CATEGORICAL, deterministic=False)
    theta = posterior.start() + shift + np.linspace(0.0, 0.5, 5)

    _, gradient = posterior(theta)

    expected = approx_fprime(theta, lambda t: posterior(t)[0], 1e-6)
    np.testing.assert_allclose(gradient, expected, rtol=1e-3, atol=1e-3)


def test_the_value_is_the_normal_density_times_the_priors_up_to_a_constant(data):
    points, targets = data
    posterior = LogPosterior(points, targets, CATEGORICAL, deterministic=False)

    def direct(theta):
        squares = squared_differences(points, points, CATEGORICAL)
        r2 = np.einsum("j,jnm->nm", np.exp(-2 * theta[:3]), squares)
        covariance = np.exp(theta[3]) * matern(r2)[0] + np.exp(theta[4]) * np.eye(20)
        likelihood = multivariate_normal(np.zeros(20), covariance).logpdf(targets)
        centre = np.sqrt(2) + np.log(3) / 2
        lengths = lognorm(np.sqrt(3), scale=np.exp(centre)).logpdf(np.exp(theta[:3])).sum()
        # The others are normal in the logarithm.
        rest = -0.5 * ((theta[3] - fit._SCALE_CENTRE) / fit._SCALE_SPREAD) ** 2
        rest -= 0.5 * ((theta[4] - fit._NOISE_CENTRE) / fit._NOISE_SPREAD) ** 2
        return -(likelihood + lengths + rest)

    one, other = posterior.start(), posterior.start() + np.array([0.5, -0.3, 0.2, 0.7, 2.0])
    assert posterior(one)[0] - posterior(other)[0] == pytest.approx(direct(one) - direct(other))


def test_a_coordinate_without_effect_gets_a_long_scale(data):
    points, targets = data

    weights = fit_kernel(points, targets, CATEGORICAL).inverse_squares

    assert weights[0] > 30 * weights[1]


def test_a_deterministic_objective_has_the_least_noise(data):
    parameters = fit_kernel(*data, CATEGORICAL, deterministic=True)

    assert parameters.noise == pytest.approx(fit.LEAST_NOISE)


def test_noise_is_found():
    rng = np.random.default_rng(0)
    points = rng.random((60, 1))
    targets = np.sin(3 * points[:, 0]) + 0.5 * rng.standard_normal(60)
    targets = (targets - targets.mean()) / targets.std()

    noise = fit_kernel(points, targets, np.array([False])).noise

    assert 0.2 < noise < 1.2


@pytest.mark.parametrize("n", [1, 2, 8])
def test_equal_targets(n):
    parameters = fit_kernel(np.full((n, 2), 0.5), np.zeros(n), np.array([False, False]))

    assert np.isfinite([*parameters.inverse_squares, parameters.scale, parameters.noise]).all()
