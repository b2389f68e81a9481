"""Vectors kept by Pareto rank while more arrive."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from ..multi_objective import contributions, finite_losses, non_domination_ranks, reference_point

FloatArray = npt.NDArray[np.float64]


class RankedVectors:
    """A multiset of loss vectors, lower is better, that answers for the place of another one.

    The order is by non-domination rank, and within a front by the hypervolume that the front
    would lose without the vector, larger first. The reference point of the hypervolume lies a
    tenth of the range beyond the worst values.

    Attributes
    ----------
    n_nan : int
        How many vectors with a NaN were added; they have no place in the order.

    Examples
    --------
    >>> vectors = RankedVectors()
    >>> for vector in [(0.0, 4.0), (1.0, 1.0), (4.0, 0.0), (3.0, 3.0)]:
    ...     vectors.add(vector)
    >>> vectors.n_better([(2.0, 2.0)])
    3
    """

    __slots__ = ("_known", "_ranks", "_vectors", "n_nan")

    def __init__(self) -> None:
        self._vectors: list[tuple[float, ...]] = []
        self._known = np.empty((0, 0))
        self._ranks: npt.NDArray[np.intp] = np.empty(0, dtype=np.intp)
        self.n_nan = 0

    def __len__(self) -> int:
        """Return how many vectors were added, those with a NaN not counted."""
        return len(self._vectors)

    def add(self, vector: tuple[float, ...]) -> None:
        """Add one vector."""
        if any(map(math.isnan, vector)):
            self.n_nan += 1
        else:
            self._vectors.append(vector)

    def n_better(self, candidates: list[tuple[float, ...]]) -> int:
        """Return how many vectors are better than the best one of some candidates.

        Parameters
        ----------
        candidates : list of tuple of float
            At least one, without NaN. Each is compared as if it were there alone.

        Returns
        -------
        int
            Equal vectors share a place.
        """
        return self.best_place(candidates)[0]

    def best_place(self, candidates: list[tuple[float, ...]]) -> tuple[int, int]:
        """Return how many vectors are better than the best one of some candidates, and its index.

        Parameters
        ----------
        candidates : list of tuple of float
            As for :meth:`n_better`.
        """
        if not self._vectors:
            return 0, 0
        if len(self._known) != len(self._vectors):
            self._known = np.array(self._vectors, dtype=np.float64)
            self._ranks = non_domination_ranks(self._known)
        known, ranks = self._known, self._ranks
        new, indices = np.unique(candidates, axis=0, return_index=True)
        # Whom a vector dominates is behind it, and whoever dominates it keeps its rank.
        no_worse = (known <= new[:, None]).all(axis=2)
        dominates = no_worse & (known < new[:, None]).any(axis=2)
        own_ranks = np.where(dominates, ranks + 1, 0).max(axis=1)
        rank = own_ranks.min()
        others = known[ranks == rank]
        best_in_front, best_index = len(others) + 1, 0
        for position in np.flatnonzero(own_ranks == rank).tolist():
            vector = new[position]
            peers = others[~(vector <= others).all(axis=1)]
            in_front = _n_of_larger_volume(peers, vector, known) if len(peers) else 0
            if in_front < best_in_front:
                best_in_front, best_index = in_front, int(indices[position])
        return int((ranks < rank).sum()) + best_in_front, best_index


def _n_of_larger_volume(peers: FloatArray, vector: FloatArray, known: FloatArray) -> int:
    # Each of equal peers counts, and their volume is what the front would lose without them all.
    peers, counts = np.unique(peers, axis=0, return_counts=True)
    # Infinite values are put on the scale of all that is known.
    bounded = finite_losses(np.vstack([known, peers, vector]))
    front = bounded[len(known) :]
    volumes = contributions(front, reference_point(bounded))
    return int(counts[volumes[:-1] > volumes[-1]].sum())


def best_of(vectors: list[tuple[float, ...]]) -> int:
    """Return the index of the best of some loss vectors, in the order of :class:`RankedVectors`.

    Parameters
    ----------
    vectors : list of tuple of float
        At least one, without NaN.

    Returns
    -------
    int
        The first one of equals.

    Examples
    --------
    >>> best_of([(0.0, 4.0), (1.0, 1.0), (4.0, 0.0)])
    1
    """
    losses = finite_losses(np.array(vectors, dtype=np.float64))
    front = np.flatnonzero(non_domination_ranks(losses) == 0)
    volumes = contributions(losses[front], reference_point(losses))
    return int(front[volumes.argmax()])
