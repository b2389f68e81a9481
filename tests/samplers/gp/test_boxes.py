"""The boxes cover what is not dominated, once."""

from __future__ import annotations

import numpy as np
import pytest

from tunesmith.samplers.gp.boxes import non_dominated_boxes


@pytest.mark.parametrize("m", [1, 2, 3, 4])
@pytest.mark.parametrize("n", [0, 1, 2, 7])
def test_each_point_lies_in_one_box_unless_it_is_dominated(m, n):
    rng = np.random.default_rng(m * 10 + n)
    front, reference = rng.random((n, m)), np.full(m, 0.9)
    samples = rng.random((2000, m)) * 1.5 - 0.5

    lower, upper = non_dominated_boxes(front, reference)

    inside = (samples[:, None] > lower) & (samples[:, None] < upper)
    dominated = (front[None] <= samples[:, None]).all(axis=2).any(axis=1)
    expected = ~dominated & (samples < reference).all(axis=1)
    np.testing.assert_array_equal(inside.all(axis=2).sum(axis=1), expected)


def test_equal_values():
    front = np.array([[0.2, 0.5], [0.2, 0.5], [0.2, 0.7], [0.4, 0.5]])

    lower, upper = non_dominated_boxes(front, np.ones(2))

    one, other = non_dominated_boxes(front[:1], np.ones(2))
    np.testing.assert_array_equal(lower, one)
    np.testing.assert_array_equal(upper, other)
