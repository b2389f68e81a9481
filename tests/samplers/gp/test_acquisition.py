"""Acquisition functions against quadrature, sampling and finite differences."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import log_ndtr

from tunesmith.samplers.gp.acquisition import (
    Acquisition,
    Limit,
    LogExpectedHypervolumeImprovement,
    LogExpectedImprovement,
    expected_shortfall,
    log_expected_improvement,
    log_feasibility,
    log_h,
)
from tunesmith.samplers.gp.boxes import non_dominated_boxes
from tunesmith.samplers.gp.kernel import KernelParameters
from tunesmith.samplers.gp.process import GaussianProcess


def log_h_by_quadrature(z):
    # h(z) = phi(z) * integral of t exp(z t - t^2 / 2) over t > 0: no cancellation for z < 0.
    integral, _ = quad(lambda t: t * math.exp(z * t - 0.5 * t * t), 0, math.inf, epsabs=0)
    return -0.5 * z * z - 0.5 * math.log(2 * math.pi) + math.log(integral)


@pytest.mark.parametrize("z", [3.0, 0.0, -0.999, -1.001, -5.0, -30.0, -300.0])
def test_log_h_is_the_integral(z):
    assert log_h(np.array([z]))[0] == pytest.approx(log_h_by_quadrature(z), rel=1e-9)


@pytest.mark.parametrize("z", [-1.0, -1e4, -1e6])
def test_log_h_has_no_jumps(z):
    below, above = log_h(np.array([z * (1 + 1e-12), z * (1 - 1e-12)]))

    assert below <= above
    assert below == pytest.approx(above, rel=1e-7)


def test_log_h_of_the_farthest():
    assert np.isfinite(log_h(np.array([-1e100, 1e100]))).all()


@pytest.mark.parametrize("function", [log_expected_improvement, log_feasibility])
@pytest.mark.parametrize(("mean", "deviation"), [(0.3, 1.0), (-2.0, 0.5), (8.0, 0.2)])
def test_derivatives_are_those_of_finite_differences(function, mean, deviation):
    def value(m, s):
        return function(np.array([m]), np.array([s]), 0.1)[0][0]

    _, by_mean, by_deviation = function(np.array([mean]), np.array([deviation]), 0.1)

    step = 1e-6
    expected = (value(mean + step, deviation) - value(mean - step, deviation)) / (2 * step)
    assert by_mean[0] == pytest.approx(expected, rel=1e-5)
    expected = (value(mean, deviation + step) - value(mean, deviation - step)) / (2 * step)
    assert by_deviation[0] == pytest.approx(expected, rel=1e-5)


def test_shortfall_is_the_expected_improvement():
    mean, deviation = np.array([0.3, -1.0]), np.array([1.0, 0.2])

    value, _, _ = expected_shortfall(mean, deviation, np.array([-np.inf, 0.1]))

    np.testing.assert_array_equal(value[:, 0], 0.0)
    np.testing.assert_allclose(
        np.log(value[:, 1]), log_expected_improvement(mean, deviation, 0.1)[0], rtol=1e-9
    )


def process_on(rng, seed_targets):
    return GaussianProcess(
        rng.random((10, 2)),
        seed_targets,
        np.array([False, False]),
        KernelParameters(np.array([6.0, 3.0]), 1.0, 1e-4),
    )


@pytest.mark.parametrize("kind", ["single", "constrained", "feasibility", "two", "three"])
def test_gradients_are_those_of_finite_differences(kind):
    rng = np.random.default_rng(5)
    processes = [process_on(rng, rng.standard_normal(10)) for _ in range(3)]
    limits = [] if kind == "single" else [Limit(process_on(rng, rng.standard_normal(10)), 0.2, 2.5)]
    if kind == "feasibility":
        acquisition = Acquisition(limits)
    elif kind in ("single", "constrained"):
        acquisition = LogExpectedImprovement(processes[0], -0.5, limits)
    else:
        m = 2 if kind == "two" else 3
        boxes = non_dominated_boxes(rng.standard_normal((6, m)), np.full(m, 2.0))
        acquisition = LogExpectedHypervolumeImprovement(processes[:m], *boxes, limits)
    at, step = rng.random((4, 2)), 1e-6

    value, gradient = acquisition.with_gradient(at)

    np.testing.assert_allclose(value, acquisition(at), rtol=1e-9)
    for j in range(2):
        shift = step * (np.arange(2) == j)
        expected = (acquisition(at + shift) - acquisition(at - shift)) / (2 * step)
        np.testing.assert_allclose(gradient[:, j], expected, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("m", [2, 3])
def test_hypervolume_improvement_is_the_mean_over_samples(m):
    moocore = pytest.importorskip("moocore")
    rng = np.random.default_rng(2)
    processes = [process_on(rng, rng.standard_normal(10)) for _ in range(m)]
    front, reference = 0.5 * rng.standard_normal((5, m)), np.full(m, 1.5)
    boxes = non_dominated_boxes(front, reference)
    at = rng.random((1, 2))

    value = math.exp(LogExpectedHypervolumeImprovement(processes, *boxes)(at)[0])

    moments = np.array([[part[0] for part in p.predict(at)] for p in processes])
    samples = moments[:, 0] + moments[:, 1] * rng.standard_normal((4000, m))
    before = moocore.hypervolume(front, ref=reference)
    gains = [moocore.hypervolume(np.vstack([front, s]), ref=reference) - before for s in samples]
    error = np.std(gains) / math.sqrt(len(gains))
    assert value == pytest.approx(np.mean(gains), abs=4 * error)


def test_feasibility_is_the_normal_distribution():
    value, _, _ = log_feasibility(np.array([1.0]), np.array([2.0]), 0.0)

    assert value[0] == pytest.approx(log_ndtr(-0.5))
