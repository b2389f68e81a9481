"""Dominance and hypervolume against their definitions."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from tunesmith.multi_objective import (
    contributions,
    finite_losses,
    is_pareto_front,
    non_domination_ranks,
    reference_point,
    select_subset,
)

POINTS = npst.arrays(
    np.float64,
    st.tuples(st.integers(1, 12), st.integers(1, 3)),
    elements=st.integers(-3, 3).map(float) | st.just(np.inf),
)


def dominates(one, other):
    return bool((one <= other).all() and (one < other).any())


def front_by_definition(losses):
    return np.array([not any(dominates(other, point) for other in losses) for point in losses])


def volume(points, reference):
    """Volume by inclusion and exclusion."""
    total = 0.0
    for n in range(1, len(points) + 1):
        for some in itertools.combinations(points, n):
            corner = np.maximum.reduce(some)
            total += (-1) ** (n + 1) * np.clip(reference - corner, 0, None).prod()
    return total


@given(POINTS)
def test_the_front_is_what_nothing_dominates(losses):
    assert (is_pareto_front(losses) == front_by_definition(losses)).all()


@given(POINTS)
def test_ranks_count_the_fronts_before(losses):
    ranks = non_domination_ranks(losses)
    left = np.ones(len(losses), dtype=bool)
    for rank in range(ranks.max() + 1):
        front = np.zeros(len(losses), dtype=bool)
        front[left] = front_by_definition(losses[left])
        assert (front == (ranks == rank)).all()
        left &= ~front
    assert not left.any()


def test_nothing_is_on_no_front():
    assert non_domination_ranks(np.empty((0, 2))).tolist() == []
    assert is_pareto_front(np.empty((0, 2))).tolist() == []


@given(
    npst.arrays(
        np.float64, st.tuples(st.integers(1, 6), st.just(2)), elements=st.integers(0, 5).map(float)
    )
)
def test_contributions_are_what_a_front_loses_without_a_point(losses):
    reference = np.array([6.0, 6.0])
    gained = contributions(losses, reference)
    front = np.unique(losses[front_by_definition(losses)], axis=0)
    for i, point in enumerate(losses):
        rest = front[(front != point).any(axis=1)]
        if len(rest) == len(front) or sum((other == point).all() for other in losses) > 1:
            # Dominated, or one of equal points, of which one stands for all.
            assert gained[i] == 0 or len(rest) < len(front)
            continue
        expected = volume(front, reference) - volume(rest, reference)
        assert gained[i] == pytest.approx(expected, abs=1e-9)


def test_the_subset_is_nearly_the_best_one():
    rng = np.random.default_rng(0)
    for _ in range(10):
        losses = rng.random((8, 3))
        reference = reference_point(losses)
        chosen = select_subset(losses, 3, reference)
        best = max(
            volume(losses[list(some)], reference) for some in itertools.combinations(range(8), 3)
        )

        assert len(set(chosen.tolist())) == 3
        assert volume(losses[chosen], reference) >= (1 - 1 / np.e) * best


def test_infinite_losses_lie_one_range_beyond():
    losses = np.array([[0.0, np.inf], [2.0, 1.0], [-np.inf, 3.0]])

    assert finite_losses(losses).tolist() == [[0.0, 5.0], [2.0, 1.0], [-2.0, 3.0]]
    assert finite_losses(losses[1:2]) is not None
    huge = finite_losses(np.array([[1e200, 1.0], [-1e300, 2.0]]))
    assert np.isfinite(huge).all()
    assert huge[1, 0] < huge[0, 0]
