"""Areas, masses and draws, against SciPy's."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from tunesmith.samplers.tpe import truncated_normal
from tunesmith.samplers.tpe.truncated_normal import (
    LOG_SQRT_2PI,
    draw_in_unit,
    log_cell_masses,
    log_unit_mass,
    upper_tail,
)

generated = settings(max_examples=60, deadline=None, derandomize=True, database=None)


def test_the_constant():
    assert -stats.norm.logpdf(0.0) == pytest.approx(LOG_SQRT_2PI)


class TestUpperTail:
    def test_is_scipys_survival_function(self):
        z = np.linspace(0.0, 8.0, 40_001)

        tails = upper_tail(z)

        assert np.abs(tails - stats.norm.sf(z)).max() < 3e-8
        np.testing.assert_allclose(tails, stats.norm.sf(z), rtol=1e-5)

    def test_is_constant_far_out(self):
        far = upper_tail(np.array([8.0, 9.0, 1e300, np.inf]))

        assert (far == far[0]).all()
        assert 0.0 < far[0] < 1e-15

    def test_falls_and_keeps_its_argument(self):
        z = np.linspace(0.0, 10.0, 1001).reshape(7, 143)
        before = z.copy()

        tails = upper_tail(z)

        assert tails.shape == z.shape
        assert (np.diff(tails.ravel()) <= 0.0).all()
        assert (z == before).all()


@generated
@given(centre=st.floats(0, 1), sigma=st.floats(1e-3, 1))
def test_mass_on_the_unit_interval(centre, sigma):
    normal = stats.norm(centre, sigma)
    mass = normal.cdf(1.0) - normal.cdf(0.0)

    ours = log_unit_mass(np.array([centre]), sigma)

    assert ours[0] == pytest.approx(math.log(mass), abs=3e-7)


def test_mass_for_each_centre_with_its_own_width():
    centres, sigmas = np.array([[0.0, 0.5], [1.0, 0.25]]), np.array([[0.1], [0.7]])

    ours = log_unit_mass(centres, sigmas)

    masses = stats.norm.cdf((1 - centres) / sigmas) - stats.norm.cdf(-centres / sigmas)
    np.testing.assert_allclose(np.exp(ours), masses, atol=1e-7)


class TestCellMasses:
    @generated
    @given(
        widths=st.lists(st.floats(0.05, 1.0), min_size=1, max_size=12),
        sigma=st.floats(0.02, 1.0),
        share=st.floats(0.0, 1.0),
    )
    def test_are_differences_of_the_distribution_function(self, widths, sigma, share):
        edges = np.concatenate([[0.0], np.cumsum(widths)]) / sum(widths)

        logs = log_cell_masses(np.array([share]), edges, sigma)[0]

        expected = np.diff(
            stats.truncnorm(-share / sigma, (1 - share) / sigma, share, sigma).cdf(edges)
        )
        np.testing.assert_allclose(np.exp(logs), expected, atol=2e-6)
        assert np.exp(logs).sum() == pytest.approx(1.0)

    def test_far_cells_keep_their_digits_down_to_the_floor(self):
        edges = np.linspace(0.0, 1.0, 11)

        logs = log_cell_masses(np.array([0.05]), edges, 0.1)[0]

        tails = stats.norm(0.05, 0.1).sf(edges)
        expected = np.log(-np.diff(tails) / (tails[0] - tails[-1]))
        np.testing.assert_allclose(logs[:7], expected[:7], rtol=1e-3)
        assert (log_cell_masses(np.array([0.0]), edges, 0.01)[0] >= -80.0001).all()
        assert log_cell_masses(np.array([0.0]), edges, 0.01, floor=-5.0).min() == pytest.approx(-5)

    def test_one_row_per_kernel(self):
        centres, edges = np.array([0.1, 0.5, 0.9]), np.array([0.0, 0.3, 1.0])

        together = log_cell_masses(centres, edges, 0.2)

        assert together.shape == (3, 2)
        for centre, row in zip(centres, together, strict=True):
            assert (row == log_cell_masses(np.array([centre]), edges, 0.2)[0]).all()


class TestDraws:
    @pytest.mark.parametrize("centre", [0.0, 0.03, 0.5, 1.0])
    @pytest.mark.parametrize("sigma", [0.01, 0.3, 1.0])
    def test_follow_the_truncated_normal(self, centre, sigma):
        rng = np.random.default_rng(1)

        draws = draw_in_unit(rng, np.full((2000, 2), centre), np.full((2000, 1), sigma))

        expected = stats.truncnorm(-centre / sigma, (1 - centre) / sigma, centre, sigma)
        assert stats.kstest(draws.ravel(), expected.cdf).pvalue > 1e-3
        assert draws.min() >= 0.0
        assert draws.max() <= 1.0

    def test_each_column_keeps_its_centre_and_each_row_its_width(self):
        rng = np.random.default_rng(2)
        centres = np.tile([0.0, 0.2, 1.0], (4000, 1))
        sigmas = np.repeat([[0.01], [0.1]], 2000, axis=0)

        draws = draw_in_unit(rng, centres, sigmas)

        for row, sigma in ((0, 0.01), (2000, 0.1)):
            for column, centre in enumerate((0.0, 0.2, 1.0)):
                part = draws[row : row + 2000, column]
                expected = stats.truncnorm(-centre / sigma, (1 - centre) / sigma, centre, sigma)
                assert part.mean() == pytest.approx(expected.mean(), abs=5 * sigma / 2000**0.5)
                assert part.std() == pytest.approx(expected.std(), rel=0.1)

    @pytest.mark.parametrize("n", [1, 3, 40])
    def test_few_that_are_drawn_again_are_the_same(self, n, monkeypatch):
        centres = np.repeat([[0.0, 0.5, 1.0]], n, axis=0)
        sigmas = np.repeat([[1.0, 0.3, 0.01]], n, axis=0)
        draws = []
        for few in (0, 1000):
            monkeypatch.setattr(truncated_normal, "_FEW", few)
            rng = np.random.default_rng(n)
            draws.append([draw_in_unit(rng, centres, sigmas) for _ in range(20)])

        np.testing.assert_array_equal(*draws)

    def test_the_same_generator_gives_the_same_draws_and_leaves_its_input(self):
        centres, sigmas = np.full((50, 3), 0.01), np.full((50, 1), 1.0)

        one, other = (draw_in_unit(np.random.default_rng(7), centres, sigmas) for _ in range(2))

        assert (one == other).all()
        assert (centres == 0.01).all()
        assert (sigmas == 1.0).all()
