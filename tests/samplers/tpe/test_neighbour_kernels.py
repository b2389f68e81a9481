"""A density along one parameter that follows a study, against one made anew."""

from __future__ import annotations

import numpy as np
import pytest

from tunesmith.distributions import FloatDistribution, IntDistribution
from tunesmith.samplers.tpe.neighbour_kernels import NeighbourKernels
from tunesmith.samplers.tpe.parzen_estimator import ParzenEstimator, ParzenOptions, kernel_map
from tunesmith.samplers.tpe.prior import Prior
from tunesmith.samplers.tpe.truncated_normal import upper_tail, upper_tail_of_one
from tunesmith.samplers.tpe.unit_space import Points, UnitSpace

SPACES = {
    "float": UnitSpace({"x": FloatDistribution(0.0, 1.0)}),
    "log": UnitSpace({"x": FloatDistribution(1e-3, 1.0, log=True)}),
    "fine-grid": UnitSpace({"n": IntDistribution(0, 400)}),
}
OPTIONS = {
    "plain": ParzenOptions(multivariate=False),
    "endpoints": ParzenOptions(multivariate=False, endpoints=True),
    "no-clip": ParzenOptions(multivariate=False, magic_clip=False, prior_weight=0.5),
}
N = 400


def points_with_ties(space):
    rng = np.random.default_rng(3)
    units = rng.random((N, 1))
    units[::5] = np.round(units[::5], 1)  # 0, 1 and the prior's 0.5 among them
    return Points(units, np.empty((N, 0), dtype=np.int32))


def expected(space, options, points, at, bad, weights):
    estimator = ParzenEstimator(space, points.take(bad), weights, options)
    return estimator.log_density(at, Prior(space).log_density(at))


@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
@pytest.mark.parametrize("space", SPACES.values(), ids=SPACES)
def test_points_that_come_and_go_leave_what_making_anew_gives(space, options):
    points, rng = points_with_ties(space), np.random.default_rng(8)
    at = Points(rng.random((24, 1)), np.empty((24, 0), dtype=np.int32))
    log_prior = Prior(space).log_density(at)
    kept = NeighbourKernels(kernel_map(space, 0, options, own_widths=True), options)
    members = np.zeros(N, dtype=bool)

    for n in [0, 1, 2, 3, 30, 110, *range(111, 200), 300, *range(301, N)]:
        members[:n] |= rng.random(n) < 0.9
        members[rng.integers(n, size=2) if n else []] = False
        members[n:] = False
        bad = np.flatnonzero(members)
        weights = rng.random(len(bad))

        kept.update(points.take(np.arange(n)), bad)

        ours = kept.log_density(at, log_prior, bad, weights)
        # To the last bit, so that a resumed study says the same.
        np.testing.assert_array_equal(ours, expected(space, options, points, at, bad, weights))


def test_a_changed_point_is_taken_in():
    space, options = SPACES["float"], OPTIONS["plain"]
    points = points_with_ties(space)
    at = Points(np.linspace(0, 1, 24)[:, None], np.empty((24, 0), dtype=np.int32))
    log_prior = Prior(space).log_density(at)
    kept = NeighbourKernels(kernel_map(space, 0, options, own_widths=True), options)
    bad, weights = np.arange(150), np.ones(150)
    kept.update(points, bad)

    points.units[4] = 1.0 - points.units[4]
    kept.update(points, bad)

    ours = kept.log_density(at, log_prior, bad, weights)
    np.testing.assert_array_equal(ours, expected(space, options, points, at, bad, weights))


@pytest.mark.parametrize("space", SPACES.values(), ids=SPACES)
def test_one_kernel_is_a_column_of_many(space):
    rng = np.random.default_rng(0)
    points = Points(rng.random((50, 1)), np.empty((50, 0), dtype=np.int32))
    sigmas = 10 ** rng.uniform(-3, 0, (50, 1))
    kernels = kernel_map(space, 50, OPTIONS["plain"], own_widths=True)

    ours = [
        kernels.kernel_of_one(centre, sigma)
        for centre, sigma in zip(points.units[:, 0].tolist(), sigmas[:, 0].tolist(), strict=True)
    ]

    np.testing.assert_array_equal(
        np.array(ours).astype(np.float32).T, kernels.kernels(points, sigmas)
    )


def test_one_tail_is_as_many():
    z = np.concatenate([np.linspace(0, 9, 1000), [1e300, np.inf]])

    assert [upper_tail_of_one(each) for each in z.tolist()] == upper_tail(z).tolist()
