"""Kernels of one parameter, each as wide as the gap to its neighbours, kept while a study grows."""

from __future__ import annotations

import bisect
import math

import numpy as np
import numpy.typing as npt

from . import prior
from .kernels import KernelMap, SingleArray, log_mixture
from .parzen_estimator import ParzenOptions
from .rules import narrowest, neighbour_bandwidths
from .unit_space import Points

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.intp]

_ABSENT = -1.0  # instead of a coordinate
_MOST_MOVES = 16  # from so many changes on, sorting anew costs less
_LAST = math.inf  # instead of a trial's number, for the prior: it comes last of equals


class NeighbourKernels:
    """The density of bad points along one smooth parameter, without rebuilding it for each trial.

    A point that comes or goes changes the widths of its two neighbours and no others. The
    density is the same that a :class:`.ParzenEstimator` of the points has.

    Parameters
    ----------
    kernels : KernelMap
        For a space of one smooth parameter with equal cells; with own widths.
    options : ParzenOptions
        How kernels are made.
    """

    def __init__(self, kernels: KernelMap, options: ParzenOptions) -> None:
        self._options = options
        self._map = kernels
        # By number of the trial.
        self._kernels: SingleArray = np.zeros((self._map.n_features, 0), dtype=np.float32)
        self._centres: FloatArray = np.empty(0)
        self._order: list[tuple[float, float]] = []  # coordinate and number, ascending
        self._narrowest = math.nan
        self._peak = 0.0

    def update(self, points: Points, bad: IntArray) -> None:
        """Compute the kernels that have changed.

        Parameters
        ----------
        points : Points
            One per trial.
        bad : ndarray of int
            Which of them have a kernel, ascending.
        """
        n = len(points.units)
        if n > len(self._centres):
            self._grow(max(64, 2 * n))
        centres = np.full(len(self._centres), _ABSENT)
        centres[bad] = points.units[bad, 0]
        moved = (centres != self._centres).nonzero()[0]
        least = narrowest(len(bad), self._options.magic_clip)
        if moved.size > _MOST_MOVES or least != self._narrowest:
            self._centres, self._narrowest = centres, least
            self._rebuild(points, bad)
        elif moved.size:
            before, self._centres = self._centres, centres
            numbers = moved.tolist()
            self._move(numbers, before[moved].tolist(), centres[moved].tolist())

    def log_density(
        self, points: Points, log_prior: FloatArray, bad: IntArray, weights: FloatArray
    ) -> FloatArray:
        """Return the logarithm of the density at each point, shape (m,).

        Parameters
        ----------
        points : Points
            `m` candidates.
        log_prior : ndarray of shape (m,)
            The prior's density there.
        bad : ndarray of int
            As given to :meth:`update`.
        weights : ndarray of shape (len(bad),)
            Their weights.
        """
        return log_mixture(
            self._kernels.take(bad, axis=1),
            weights.astype(np.float32),
            self._map.candidates(points),
            self._options.prior_weight if bad.size else 1.0,
            log_prior,
            self._peak,
            has_far_kernels=True,
        )

    def _grow(self, capacity: int) -> None:
        kernels = np.zeros((len(self._kernels), capacity), dtype=np.float32)
        kernels[:, : len(self._centres)] = self._kernels
        centres = np.full(capacity, _ABSENT)
        centres[: len(self._centres)] = self._centres
        self._kernels, self._centres = kernels, centres

    def _rebuild(self, points: Points, bad: IntArray) -> None:
        taken = points.take(bad)
        coordinates = taken.units[:, 0].tolist()
        order: list[tuple[float, float]] = list(zip(coordinates, bad.tolist(), strict=True))
        order.append((prior.CENTRE, _LAST))
        order.sort()
        self._order = order
        sigmas = neighbour_bandwidths(
            taken.units[:, 0], self._options.magic_clip, self._options.endpoints
        )
        kernels = self._map.kernels(taken, sigmas[:, None])
        self._kernels[:, bad] = kernels
        self._peak = self._map.peak(kernels)

    def _move(self, numbers: list[int], before: list[float], after: list[float]) -> None:
        order = self._order
        touched: set[tuple[float, float]] = set()
        for number, centre in zip(numbers, before, strict=True):
            if centre != _ABSENT:
                place = bisect.bisect_left(order, (centre, number))
                touched.update(order[max(place - 1, 0) : place + 2])
                del order[place]
        for number, centre in zip(numbers, after, strict=True):
            if centre != _ABSENT:
                place = bisect.bisect_left(order, (centre, number))
                order.insert(place, (centre, number))
                touched.update(order[max(place - 1, 0) : place + 2])
        for entry in touched:
            place = bisect.bisect_left(order, entry)
            if entry[1] != _LAST and place < len(order) and order[place] == entry:
                column = self._map.kernel_of_one(entry[0], self._width(place))
                self._kernels[:, int(entry[1])] = column
                self._peak = max(self._peak, column[-1])

    def _width(self, place: int) -> float:
        # As in rules.neighbour_bandwidths.
        order, counts_ends = self._order, self._options.endpoints
        centre, last = order[place][0], len(order) - 1
        gaps = []
        if place > 0 or counts_ends:
            gaps.append(centre - (order[place - 1][0] if place > 0 else 0.0))
        if place < last or counts_ends:
            gaps.append((order[place + 1][0] if place < last else 1.0) - centre)
        return min(max(*gaps, self._narrowest), 1.0)
