"""The best point of a mixed space that is not taken."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from tunesmith.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from tunesmith.samplers.gp.model import checkpoint
from tunesmith.samplers.gp.search import MixedSpace, propose
from tunesmith.samplers.tpe.unit_space import UnitSpace

DISTRIBUTIONS = {
    "x": FloatDistribution(0, 1),
    "wide": IntDistribution(0, 10_000),
    "n": IntDistribution(0, 9),
    "c": CategoricalDistribution(["a", "b", "c", "d"]),
}


class Hill:
    """Highest at one point; counts a wrong choice as a distance."""

    def __init__(self, top, categorical):
        self._top = np.array(top)
        self._categorical = categorical

    def _away(self, at):
        return np.where(self._categorical, at != self._top, at - self._top)

    def __call__(self, at):
        return -(self._away(at) ** 2).sum(axis=1)

    def with_gradient(self, at):
        return self(at), np.where(self._categorical, 0.0, -2.0 * self._away(at))


@pytest.fixture
def rng():
    return np.random.default_rng(4)


def test_drawn_points_are_points_of_the_space(rng):
    space = MixedSpace(UnitSpace(DISTRIBUTIONS))

    points = space.draw(500, rng)
    near = space.draw_near(points[:20], 500, rng)

    for rows in (points, near):
        np.testing.assert_array_equal(space.snap(rows), rows)
        assert len(np.unique(rows[:, 2])) == 10
        assert set(rows[:, 3]) == {0.0, 1.0, 2.0, 3.0}
        assert ((rows[:, :3] >= 0) & (rows[:, :3] <= 1)).all()


def test_the_top_is_found(rng):
    space = MixedSpace(UnitSpace(DISTRIBUTIONS))
    hill = Hill([0.123456, 0.777, 0.65, 2.0], space.categorical)

    point = propose(hill, space, rng, space.draw(2, rng), np.empty((0, 4)))

    np.testing.assert_allclose(point, [0.123456, 0.777, 0.65, 2.0], atol=1e-4)


def test_what_is_taken_is_left_out(rng):
    space = MixedSpace(UnitSpace({"n": IntDistribution(0, 4), "c": DISTRIBUTIONS["c"]}))
    grid = np.array(list(itertools.product(np.arange(0.1, 1, 0.2), range(4))))
    grid = space.snap(grid)
    hill = Hill(grid[7], space.categorical)

    best_first = []
    for _ in range(20):
        taken = np.array(best_first).reshape(-1, 2)
        best_first.append(propose(hill, space, rng, taken[:1], taken))

    assert len(np.unique(best_first, axis=0)) == 20
    heights = hill(np.array(best_first))
    assert (np.diff(heights) <= 1e-12).all()
    assert propose(hill, space, rng, grid, grid) is None


def test_kernel_parameters_are_learnt_at_fixed_numbers_of_trials():
    points = [checkpoint(n) for n in range(1, 400)]

    assert points[:39] == list(range(1, 40))
    assert all(0.9 * n <= c <= n for n, c in enumerate(points, start=1))
    assert points == sorted(points)
