"""Densities: kernels as a matrix product, prior, mixtures and draws, against their definition."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from scipy import integrate, stats

from tunesmith.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from tunesmith.samplers.tpe.kept_kernels import KeptKernels
from tunesmith.samplers.tpe.kernels import KernelMap, log_mixture
from tunesmith.samplers.tpe.parzen_estimator import ParzenEstimator, ParzenOptions, kernel_map
from tunesmith.samplers.tpe.prior import Prior
from tunesmith.samplers.tpe.unit_space import UnitSpace

X = FloatDistribution(0.0, 1.0)
SPACES = {
    "float": {"x": X},
    "floats": {"x": X, "y": FloatDistribution(1e-3, 1.0, log=True)},
    "grid": {"n": IntDistribution(1, 6)},
    "log-grid": {"n": IntDistribution(1, 9, log=True)},
    "fine-grid": {"n": IntDistribution(0, 400)},
    "fine-log-grid": {"x": X, "n": IntDistribution(1, 400, log=True)},
    "choices": {"c": CategoricalDistribution(["a", "b", "c"])},
    "mixed": {
        "c": CategoricalDistribution([True, False]),
        "x": X,
        "n": IntDistribution(1, 6),
        "y": FloatDistribution(0.0, 2.0, step=0.5),
        "m": IntDistribution(1, 5, log=True),
    },
}
every_space = pytest.mark.parametrize("space", SPACES.values(), ids=SPACES)


def scattered(space, n, seed=0):
    rng = np.random.default_rng(seed)
    choices = [rng.integers(k, size=n) for k in space.n_choices]
    columns = np.array(choices).T if choices else np.empty((n, 0), dtype=int)
    return space.snap(rng.random((n, space.n_numerical)), columns)


def kernel_by_definition(space, sigma, share, centre, point):
    """Density of one kernel at a point; both are rows (units, levels)."""
    value = 1.0
    halves = space.half_cells(centre[0][None])[0]
    for column, k in enumerate(space.smooth):
        spread = math.sqrt(sigma**2 + halves[column] ** 2 / 3)
        mean = centre[0][k]
        normal = stats.truncnorm(-mean / spread, (1 - mean) / spread, mean, spread)
        value *= normal.pdf(point[0][k])
    for t, (k, _, edges) in enumerate(space.grids):
        mean, level = centre[0][k], point[1][t]
        normal = stats.truncnorm(-mean / sigma, (1 - mean) / sigma, mean, sigma)
        value *= normal.cdf(edges[level + 1]) - normal.cdf(edges[level])
    for t, n_choices in enumerate(space.n_choices, start=len(space.grids)):
        own = centre[1][t] == point[1][t]
        value *= (own + share) / (1 + n_choices * share)
    return value


def rows(points):
    return list(zip(points.units, points.levels, strict=True))


class TestKernels:
    @every_space
    @pytest.mark.parametrize("sigma", [0.05, 0.3, 1.0])
    def test_are_products_of_truncated_normals_and_masses(self, space, sigma):
        space = UnitSpace(space)
        centres, points = scattered(space, 5), scattered(space, 12, seed=1)
        kernels = KernelMap(space, sigma, share=0.2)

        logs = kernels.candidates(points) @ kernels.kernels(centres)

        expected = [
            [kernel_by_definition(space, sigma, 0.2, c, p) for c in rows(centres)]
            for p in rows(points)
        ]
        assert logs.shape == (12, 5)
        np.testing.assert_allclose(np.exp(logs), expected, rtol=4e-3, atol=1e-5)

    def test_with_a_width_each(self):
        space = UnitSpace({"x": X})
        centres, points = scattered(space, 5), scattered(space, 30, seed=1)
        sigmas = np.array([[0.01], [0.1], [0.3], [0.7], [1.0]])
        kernels = KernelMap(space, 1.0, share=0.0, own_widths=True)

        logs = kernels.candidates(points) @ kernels.kernels(centres, sigmas)

        for k, (sigma,) in enumerate(sigmas):
            mean = centres.units[k, 0]
            expected = stats.truncnorm(-mean / sigma, (1 - mean) / sigma, mean, sigma)
            np.testing.assert_allclose(
                logs[:, k], expected.logpdf(points.units[:, 0]), rtol=2e-3, atol=2e-3
            )

    def test_the_peak_bounds_them_all(self):
        space = UnitSpace(SPACES["mixed"])
        kernels = KernelMap(space, 0.02, share=0.1)
        columns = kernels.kernels(scattered(space, 20))

        logs = kernels.candidates(scattered(space, 500, seed=1)) @ columns

        assert logs.max() <= kernels.peak(columns) + 1e-4
        assert kernels.peak(columns[:, :0]) == 0.0

    def test_a_share_of_nothing_keeps_to_its_own_choice(self):
        space = UnitSpace({"c": CategoricalDistribution(["a", "b"])})
        kernels = KernelMap(space, 1.0, share=0.0)
        points = scattered(space, 30)

        masses = np.exp(kernels.candidates(points) @ kernels.kernels(points))

        same = points.levels == points.levels.T
        np.testing.assert_allclose(masses, same, atol=1e-12)


def all_points(space, n_per_float):
    """A grid over the whole space, with the volume that each point stands for."""
    axes = []
    volume = 1.0
    by_index = {k: centres for k, centres, _ in space.grids}
    for k in range(space.n_numerical):
        if k in by_index:
            axes.append(by_index[k])
        else:
            axes.append((np.arange(n_per_float) + 0.5) / n_per_float)
            volume /= n_per_float
    units, choices = [], []
    for point in itertools.product(*axes, *map(range, space.n_choices)):
        units.append(point[: space.n_numerical])
        choices.append(point[space.n_numerical :])
    shape = (len(units), -1)
    points = space.snap(
        np.array(units, dtype=float).reshape(len(units), space.n_numerical),
        np.array(choices, dtype=int).reshape(shape if space.n_choices else (len(units), 0)),
    )
    return points, volume


INTEGRABLE = ["float", "floats", "grid", "log-grid", "choices", "mixed"]


class TestPrior:
    @pytest.mark.parametrize("name", INTEGRABLE)
    def test_integrates_to_one(self, name):
        space = UnitSpace(SPACES[name])
        points, volume = all_points(space, 100)

        total = np.exp(Prior(space).log_density(points)).sum() * volume

        assert total == pytest.approx(1.0, abs=1e-3)

    def test_is_a_wide_normal(self):
        space = UnitSpace(SPACES["floats"])
        points = scattered(space, 50)

        ours = Prior(space).log_density(points)

        expected = stats.truncnorm(-0.5, 0.5, 0.5, 1.0).logpdf(points.units).sum(axis=1)
        np.testing.assert_allclose(ours, expected, atol=1e-6)

    def test_is_uniform_on_choices(self):
        space = UnitSpace(SPACES["choices"])

        ours = Prior(space).log_density(scattered(space, 20))

        np.testing.assert_allclose(ours, -math.log(3))


class TestMixture:
    def mixture(self, log_kernels, weights, prior_weight, log_prior, peak, **options):
        # One candidate per row of an identity: the product is `log_kernels` itself.
        candidates = np.eye(len(log_kernels), dtype=np.float32)
        return log_mixture(
            np.asarray(log_kernels, dtype=np.float32),
            np.asarray(weights, dtype=np.float32),
            candidates,
            prior_weight,
            np.asarray(log_prior, dtype=float),
            peak,
            **options,
        )

    @pytest.mark.parametrize("peak", [10.0, 1000.0], ids=["as-they-are", "shifted"])
    @pytest.mark.parametrize("prior_weight", [0.5, 1.0, 7.0])
    def test_is_the_weighted_mean(self, peak, prior_weight):
        rng = np.random.default_rng(3)
        logs, log_prior = rng.normal(size=(9, 40)), rng.normal(size=9)
        weights = rng.random(40)
        weights[[3, 8]] = 0.0

        ours = self.mixture(logs, weights, prior_weight, log_prior, peak)

        mixed = np.exp(logs) @ weights + prior_weight * np.exp(log_prior)
        expected = np.log(mixed / (weights.sum() + prior_weight))
        np.testing.assert_allclose(ours, expected, atol=1e-5)

    def test_blocks_of_many_kernels_make_no_difference(self):
        rng = np.random.default_rng(3)
        logs, log_prior, weights = (
            rng.normal(size=(24, 5000)),
            rng.normal(size=24),
            rng.random(5000),
        )

        one = self.mixture(logs, weights, 1.0, log_prior, peak=10.0)
        other = self.mixture(logs, weights, 1.0, log_prior, peak=1000.0)

        np.testing.assert_allclose(one, other, atol=1e-5)

    def test_kernels_too_high_for_single_precision(self):
        ours = self.mixture([[300.0, 299.0], [-300.0, -400.0]], [1, 1], 1.0, [0.0, -500.0], 300.0)

        expected = [300.0 + math.log((1 + math.exp(-1)) / 3), -300.0 - math.log(3)]
        np.testing.assert_allclose(ours, expected, atol=1e-3)

    def test_a_weight_of_zero_hides_even_the_highest(self):
        ours = self.mixture([[900.0, 1.0]], [0.0, 1.0], 1.0, [0.0], 900.0)

        assert ours[0] == pytest.approx(math.log((math.e + 1) / 2), abs=1e-5)

    def test_far_kernels_make_no_difference(self):
        rng = np.random.default_rng(0)
        logs = [[-200.0, -100.0, -90.0, -87.1], [-87.0, -86.0, -20.0, 3.0]]
        arguments = (logs, rng.random(4), 2.0, [-59.0, 0.0], 3.0)

        plain, far = (self.mixture(*arguments, has_far_kernels=far) for far in (False, True))

        np.testing.assert_allclose(far, plain, rtol=1e-12)

    def test_without_kernels_it_is_the_prior(self):
        ours = self.mixture(np.zeros((2, 0)), [], 3.0, [-1.0, -2.0], 0.0)

        np.testing.assert_allclose(ours, [-1.0, -2.0])

    def test_without_a_prior_it_is_the_kernels(self):
        ours = self.mixture([[1.0, 2.0]], [1.0, 3.0], 0.0, [5.0], 2.0)

        assert ours[0] == pytest.approx(math.log((math.e + 3 * math.e**2) / 4), abs=1e-5)


OPTIONS = {
    "multivariate": ParzenOptions(),
    "heavy-prior": ParzenOptions(prior_weight=5.0),
    "no-clip": ParzenOptions(magic_clip=False),
    "independent": ParzenOptions(multivariate=False),
    "endpoints": ParzenOptions(multivariate=False, endpoints=True, magic_clip=False),
}


def made(space, options, n=7):
    space = UnitSpace(space)
    weights = np.linspace(0.2, 1.0, n)
    return space, ParzenEstimator(space, scattered(space, n), weights, options)


CASES = [
    (name, options)
    for name in INTEGRABLE
    for options in OPTIONS
    if len(SPACES[name]) == 1 or OPTIONS[options].multivariate
]


class TestEstimator:
    @pytest.mark.parametrize(("name", "options"), CASES)
    def test_integrates_to_one(self, name, options):
        space, estimator = made(SPACES[name], OPTIONS[options])
        points, volume = all_points(space, 2000 if len(SPACES[name]) == 1 else 200)

        logs = estimator.log_density(points, Prior(space).log_density(points))

        assert np.exp(logs).sum() * volume == pytest.approx(1.0, abs=5e-3)

    @pytest.mark.parametrize(("name", "options"), CASES)
    def test_is_drawn_from(self, name, options):
        space, estimator = made(SPACES[name], OPTIONS[options])
        points, volume = all_points(space, 2000 if len(SPACES[name]) == 1 else 100)
        masses = np.exp(estimator.log_density(points, Prior(space).log_density(points))) * volume
        n = 4000

        drawn = estimator.sample(np.random.default_rng(5), n)

        for k in range(space.n_numerical):
            expected = (masses * points.units[:, k]).sum()
            variance = (masses * points.units[:, k] ** 2).sum() - expected**2
            # Within five standard errors, and what the grid of points is off by.
            error = 5 * math.sqrt(variance / n) + 2e-3
            assert drawn.units[:, k].mean() == pytest.approx(expected, abs=error)
        for t in range(space.n_levels):
            for level in range(int(points.levels[:, t].max()) + 1):
                expected = masses[points.levels[:, t] == level].sum()
                share = (drawn.levels[:, t] == level).mean()
                error = 5 * math.sqrt(expected / n) + 2e-3
                assert share == pytest.approx(expected, abs=error)

    def test_one_parameter_with_neighbours_against_scipy(self):
        space = UnitSpace({"x": X})
        centres = np.array([0.1, 0.2, 0.45, 0.9])
        widths = [0.25, 0.25, 0.25, 0.4]  # gaps 0.1 0.25 0.05 0.4, by the prior's 0.5
        widths[0] = max(0.1, 1 / 6)
        weights = np.array([1.0, 2.0, 0.5, 1.0])
        points, _ = space.encode(centres[:, None])
        estimator = ParzenEstimator(space, points, weights, ParzenOptions(multivariate=False))

        def expected(x):
            total = stats.truncnorm(-0.5, 0.5, 0.5, 1.0).pdf(x)
            for centre, width, weight in zip(centres, widths, weights, strict=True):
                normal = stats.truncnorm(-centre / width, (1 - centre) / width, centre, width)
                total += weight * normal.pdf(x)
            return total / 5.5

        at, _ = space.encode(np.linspace(0, 1, 101)[:, None])
        ours = np.exp(estimator.log_density(at, Prior(space).log_density(at)))
        np.testing.assert_allclose(ours, expected(at.units[:, 0]), rtol=2e-3)
        assert integrate.quad(expected, 0, 1)[0] == pytest.approx(1.0)

    @every_space
    def test_without_points_it_is_the_prior(self, space):
        unit_space = UnitSpace(space)
        nothing = scattered(unit_space, 0)
        options = ParzenOptions(prior_weight=0.0)  # which there is no other way to honour
        estimator = ParzenEstimator(unit_space, nothing, np.empty(0), options)
        points = scattered(unit_space, 20)
        log_prior = Prior(unit_space).log_density(points)

        assert estimator.log_density(points, log_prior).tolist() == log_prior.tolist()
        assert len(estimator.sample(np.random.default_rng(0), 30).units) == 30


class TestKeptKernels:
    @every_space
    def test_growing_gives_what_making_anew_gives(self, space):
        space, options = UnitSpace(space), ParzenOptions()
        points, rng = scattered(space, 300), np.random.default_rng(4)
        at = scattered(space, 24, seed=9)
        log_prior = Prior(space).log_density(at)
        kept, n = KeptKernels(space, options), 0
        for size in (0, 1, 1, 1, 5, 40, 1, 1, 1, 100, 3, 146):
            rows = np.arange(n, n + size)
            n += size
            weights = rng.random(n).astype(np.float32)
            weights[::3] = 0.0
            n_kernels = int(np.count_nonzero(weights))
            kept.update(points.take(np.arange(n)), rows, n_kernels)
            fresh = KeptKernels(space, options)
            fresh.update(points.take(np.arange(n)), np.arange(n), n_kernels)

            ours = kept.log_density(at, log_prior, weights)

            np.testing.assert_allclose(ours, fresh.log_density(at, log_prior, weights), atol=1e-5)

    @every_space
    def test_is_a_mixture_of_kernels_of_one_width(self, space):
        space, options = UnitSpace(space), ParzenOptions()
        points, at = scattered(space, 32), scattered(space, 24, seed=9)
        log_prior = Prior(space).log_density(at)
        weights = np.linspace(0.1, 1, 32)
        kept = KeptKernels(space, options)
        kept.update(points, np.arange(32), 32)

        ours = kept.log_density(at, log_prior, weights.astype(np.float32))

        of_one_width = kernel_map(space, 32, options, own_widths=False)
        kernels = np.exp(of_one_width.candidates(at) @ of_one_width.kernels(points))
        mixed = (kernels @ weights + np.exp(log_prior)) / (weights.sum() + 1)
        np.testing.assert_allclose(ours, np.log(mixed), atol=2e-5)

    def test_a_changed_point_is_taken_in(self):
        space, options = UnitSpace({"x": X}), ParzenOptions()
        points = scattered(space, 12)
        weights = np.ones(12, dtype=np.float32)
        at = scattered(space, 24, seed=9)
        log_prior = Prior(space).log_density(at)
        kept = KeptKernels(space, options)
        kept.update(points, np.arange(12), 12)
        before = kept.log_density(at, log_prior, weights)

        points.units[4] = 1.0 - points.units[4]
        kept.update(points, np.array([4]), 12)

        fresh = KeptKernels(space, options)
        fresh.update(points, np.arange(12), 12)
        after = kept.log_density(at, log_prior, weights)
        np.testing.assert_allclose(after, fresh.log_density(at, log_prior, weights), atol=1e-6)
        assert np.abs(after - before).max() > 1e-3
