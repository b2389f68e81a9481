"""The order of vectors: by non-domination, then by the hypervolume that each adds."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from tunesmith.history.ranked_vectors import RankedVectors, best_of

INF, NAN = math.inf, math.nan
Vector = tuple[float, ...]

FRONT = [(1.0, 5.0), (2.0, 2.0), (5.0, 1.0)]


def ranked(*vectors: Vector) -> RankedVectors:
    kept = RankedVectors()
    for vector in vectors:
        kept.add(vector)
    return kept


def dominates(a: Vector, b: Vector) -> bool:
    return a != b and all(x <= y for x, y in zip(a, b, strict=True))


def covered(vectors: list[Vector], reference: Vector) -> float:
    """Area between a reference point and the vectors, by cutting it at all coordinates."""
    xs, ys = (sorted({v[k] for v in [*vectors, reference]}) for k in (0, 1))
    return sum(
        (x2 - x1) * (y2 - y1)
        for x1, x2 in itertools.pairwise(xs)
        for y1, y2 in itertools.pairwise(ys)
        if any(v[0] <= x1 and v[1] <= y1 for v in vectors)
    )


def n_better_by_definition(known: list[Vector], vector: Vector) -> int:
    everyone, rank = [*known, vector], {}
    left, level = set(everyone), 0
    while left:
        front = {v for v in left if not any(dominates(w, v) for w in left)}
        rank.update(dict.fromkeys(front, level))
        left, level = left - front, level + 1
    worst = [max(v[k] for v in everyone) for k in (0, 1)]
    spans = [max(v[k] for v in everyone) - min(v[k] for v in everyone) or 1.0 for k in (0, 1)]
    reference = tuple(w + 0.1 * s for w, s in zip(worst, spans, strict=True))
    front = [v for v in rank if rank[v] == rank[vector]]
    added = {
        v: covered(front, reference) - covered([w for w in front if w != v], reference)
        for v in front
    }
    better = {v for v in rank if rank[v] < rank[vector]}
    better |= {v for v in front if added[v] > added[vector] + 1e-9}
    return sum(v in better for v in known)


@pytest.mark.parametrize(
    ("vector", "n_better"),
    [
        ((0.5, 0.5), 0),  # before all
        ((2.0, 2.0), 0),  # shares the first place
        ((1.5, 1.5), 0),
        ((1.1, 3.5), 1),  # on the front: adds 0.9 x 1.5, less than (2, 2)
        ((1.1, 4.9), 2),  # adds 0.9 x 0.1, less than (5, 1) as well
        ((3.0, 3.0), 3),  # one front behind
        ((9.0, 9.0), 4),  # two fronts behind
    ],
)
def test_the_place_of_a_vector(vector: Vector, n_better: int) -> None:
    assert ranked(*FRONT, (4.0, 4.0)).n_better([vector]) == n_better


@pytest.mark.parametrize("seed", range(40))
def test_the_place_is_that_of_the_definition(seed: int) -> None:
    rng = np.random.default_rng(seed)
    drawn = [tuple(map(float, v)) for v in rng.integers(0, 7, size=(rng.integers(1, 12), 2))]
    *known, vector = drawn
    assert ranked(*known).n_better([vector]) == n_better_by_definition(known, vector)


def test_each_of_several_equals_counts() -> None:
    assert ranked((2.0, 2.0), (2.0, 2.0), (5.0, 1.0)).n_better([(1.1, 4.9)]) == 3


def test_the_best_of_several_candidates_counts() -> None:
    known = ranked(*FRONT, (4.0, 4.0))
    assert known.n_better([(9.0, 9.0), (1.5, 1.5), (3.0, 3.0)]) == 0
    assert known.n_better([(9.0, 9.0), (1.1, 4.9), (1.1, 3.5)]) == 1


def test_three_objectives() -> None:
    known = ranked((0.0, 0.0, 3.0), (3.0, 0.0, 0.0), (1.0, 1.0, 1.0))
    assert known.n_better([(2.0, 2.0, 2.0)]) == 3
    assert known.n_better([(0.0, 0.0, 2.0)]) == 0


def test_nobody_is_before_the_first() -> None:
    assert RankedVectors().n_better([(INF, INF)]) == 0


def test_vectors_with_a_nan_have_no_place() -> None:
    known = ranked((NAN, 0.0), (1.0, 1.0), (0.0, NAN))
    assert (len(known), known.n_nan) == (1, 2)
    assert known.n_better([(2.0, 2.0)]) == 1


def test_infinite_values_are_the_worst_and_the_best() -> None:
    known = ranked((0.0, INF), (1.0, 1.0), (-INF, 5.0))
    assert known.n_better([(INF, INF)]) == 3
    assert known.n_better([(-INF, -INF)]) == 0
    assert known.n_better([(1.0, INF)]) == 3


def test_vectors_that_arrive_later_count() -> None:
    known = ranked((1.0, 1.0))
    assert known.n_better([(2.0, 2.0)]) == 1
    known.add((0.0, 0.0))
    assert known.n_better([(2.0, 2.0)]) == 2


@pytest.mark.parametrize(
    ("vectors", "best"),
    [
        ([(3.0, 3.0)], 0),
        ([(3.0, 3.0), (2.0, 2.0)], 1),
        ([(1.0, 5.0), (5.0, 1.0), (2.0, 2.0), (2.0, 2.0)], 2),
        ([(INF, 0.0), (1.0, 1.0), (0.0, INF)], 1),
    ],
)
def test_the_best_of_some(vectors: list[Vector], best: int) -> None:
    assert best_of(vectors) == best
