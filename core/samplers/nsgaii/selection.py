"""Which members of a population become parents."""

from __future__ import annotations

import itertools
import math

import numpy as np
import numpy.typing as npt

from ... import multi_objective

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.intp]


def constrained_ranks(losses: FloatArray, violations: FloatArray) -> IntArray:
    """Return non-domination ranks; infeasible points come behind, by violation [1]_.

    Parameters
    ----------
    losses : ndarray of shape (n, n_objectives)
    violations : ndarray of shape (n,)
        0 where all constraints hold.

    References
    ----------
    .. [1] Deb, Pratap, Agarwal, Meyarivan (2002), A fast and elitist multiobjective genetic
       algorithm: NSGA-II, IEEE Transactions on Evolutionary Computation 6.
    """
    ranks = np.zeros(len(losses), dtype=np.intp)
    feasible = violations == 0.0
    n_ranks = 0
    if feasible.any():
        ranks[feasible] = multi_objective.non_domination_ranks(losses[feasible])
        n_ranks = int(ranks[feasible].max()) + 1
    if not feasible.all():
        _, order = np.unique(violations[~feasible], return_inverse=True)
        ranks[~feasible] = n_ranks + order
    return ranks


def crowding_distances(losses: FloatArray) -> FloatArray:
    """Return how far the neighbours of each point of a front are apart [1]_, shape (n,).

    The ends of each objective are infinitely far.

    References
    ----------
    .. [1] Deb, Pratap, Agarwal, Meyarivan (2002), A fast and elitist multiobjective genetic
       algorithm: NSGA-II, IEEE Transactions on Evolutionary Computation 6.

    Examples
    --------
    >>> import numpy as np
    >>> crowding_distances(np.array([[0.0, 4.0], [1.0, 1.0], [4.0, 0.0]]))
    array([inf,  2., inf])
    """
    losses = multi_objective.finite_losses(losses)
    n = len(losses)
    distances = np.zeros(n)
    for column in losses.T:
        order = np.argsort(column, kind="stable")
        ordered = column[order]
        width = 0.5 * ordered[-1] - 0.5 * ordered[0]  # halves: the widest range overflows
        if not width > 0.0:
            continue
        distances[order[[0, -1]]] = np.inf
        distances[order[1:-1]] += (0.5 * ordered[2:] - 0.5 * ordered[:-2]) / width
    return distances


def elite_by_crowding(ranks: IntArray, losses: FloatArray, size: int) -> IntArray:
    """Return the best `size` points: by rank, within the last rank the most isolated ones."""
    chosen: list[int] = []
    for rank in np.unique(ranks):
        members = np.flatnonzero(ranks == rank)
        room = size - len(chosen)
        if len(members) > room:
            distances = crowding_distances(losses[members])
            members = members[np.argsort(-distances, kind="stable")[:room]]
        chosen.extend(members.tolist())
        if len(chosen) >= size:
            break
    return np.array(chosen, dtype=np.intp)


# NSGA-III.


def simplex_lattice(n_objectives: int, divisions: int) -> FloatArray:
    """Return evenly spread points whose coordinates sum to `divisions` [1]_.

    References
    ----------
    .. [1] Das, Dennis (1998), Normal-boundary intersection, SIAM J. on Optimization 8.

    Examples
    --------
    >>> simplex_lattice(2, 2)
    array([[0., 2.],
           [1., 1.],
           [2., 0.]])
    """
    points = []
    for bars in itertools.combinations(range(divisions + n_objectives - 1), n_objectives - 1):
        edges = (-1, *bars, divisions + n_objectives - 1)
        points.append([right - left - 1 for left, right in itertools.pairwise(edges)])
    return np.array(points, dtype=np.float64)


def elite_by_niches(
    ranks: IntArray,
    losses: FloatArray,
    size: int,
    references: FloatArray,
    rng: np.random.Generator,
) -> IntArray:
    """Return the best `size` points: by rank, within the last rank those in empty niches [1]_.

    Parameters
    ----------
    ranks : ndarray of shape (n,)
    losses : ndarray of shape (n, n_objectives)
    size : int
    references : ndarray of shape (n_references, n_objectives)
        Directions in the space of normalised objectives; each is a niche.
    rng : Generator

    References
    ----------
    .. [1] Deb, Jain (2014), An evolutionary many-objective optimization algorithm using
       reference-point-based nondominated sorting approach, IEEE Transactions on Evolutionary
       Computation 18.
    """
    if len(ranks) <= size:
        return np.arange(len(ranks))
    last = int(np.sort(ranks)[size - 1])
    sure = np.flatnonzero(ranks < last)
    border = np.flatnonzero(ranks == last)
    if len(sure) + len(border) == size:
        return np.concatenate([sure, border])
    considered = np.concatenate([sure, border])
    normalised = _normalised(multi_objective.finite_losses(losses[considered]))
    niche, distance = _nearest(normalised, references)
    counts = np.bincount(niche[: len(sure)], minlength=len(references)).astype(np.float64)
    left = list(range(len(sure), len(considered)))
    chosen = list(range(len(sure)))
    while len(chosen) < size:
        open_niches = np.unique(niche[left])
        fewest = counts[open_niches].min()
        options = open_niches[counts[open_niches] == fewest]
        at = int(options[rng.integers(len(options))])
        members = [k for k in left if niche[k] == at]
        if fewest == 0.0:
            member = min(members, key=lambda k: distance[k])
        else:
            member = members[int(rng.integers(len(members)))]
        chosen.append(member)
        left.remove(member)
        counts[at] += 1.0
    return considered[np.array(chosen, dtype=np.intp)]


def _normalised(losses: FloatArray) -> FloatArray:
    # Ideal point at 0, intercepts of the plane through the extreme points at 1.
    shifted = losses - losses.min(axis=0)
    n = shifted.shape[1]
    weights = np.full((n, n), 1e6)
    np.fill_diagonal(weights, 1.0)
    with np.errstate(over="ignore"):
        extremes = shifted[[int((shifted * w).max(axis=1).argmin()) for w in weights]]
    intercepts = shifted.max(axis=0)
    try:
        planes = np.linalg.solve(extremes, np.ones(n))
        with np.errstate(divide="ignore"):
            found = 1.0 / planes
        if np.isfinite(found).all() and (found > 1e-12).all():
            intercepts = found
    except np.linalg.LinAlgError:
        pass  # degenerate: the widths stand in
    scaled: FloatArray = shifted / np.where(intercepts > 0.0, intercepts, 1.0)
    return scaled


def _nearest(points: FloatArray, references: FloatArray) -> tuple[IntArray, FloatArray]:
    directions = references / np.linalg.norm(references, axis=1, keepdims=True)
    along = points @ directions.T
    squares = np.maximum((points**2).sum(axis=1, keepdims=True) - along**2, 0.0)
    niche = squares.argmin(axis=1)
    return niche, np.sqrt(squares[np.arange(len(points)), niche])


def n_lattice_points(n_objectives: int, divisions: int) -> int:
    """Return the number of points of :func:`simplex_lattice`."""
    return math.comb(divisions + n_objectives - 1, n_objectives - 1)
