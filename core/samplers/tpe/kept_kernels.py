"""Kernels on all trials of a study, kept while the study grows."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .kernels import KernelMap, SingleArray, log_mixture
from .parzen_estimator import ParzenOptions, kernel_map
from .rules import rounded_count
from .unit_space import Points, UnitSpace

FloatArray = npt.NDArray[np.float64]


class KeptKernels:
    """The density of bad points with shared bandwidths, without rebuilding it for each trial.

    Every trial has a kernel, and a weight of 0 where it is not part of the density. Bandwidths
    follow the number of kernels in steps of a few percent (:func:`.rules.rounded_count`);
    between steps only the kernels of changed trials are computed.

    Parameters
    ----------
    space : UnitSpace
        The space of the points.
    options : ParzenOptions
        With ``multivariate`` set.
    """

    def __init__(self, space: UnitSpace, options: ParzenOptions) -> None:
        self._space = space
        self._options = options
        self._n = 0
        self._count = 0
        self._map: KernelMap = kernel_map(space, 0, options, own_widths=False)
        self._kernels: SingleArray = np.zeros((self._map.n_features, 0), dtype=np.float32)
        self._peak = 0.0

    def update(self, points: Points, changed: npt.NDArray[np.intp], n_kernels: int) -> None:
        """Compute the kernels that have changed.

        Parameters
        ----------
        points : Points
            One per trial.
        changed : ndarray of int
            Rows of `points` that are new or have changed since the last call.
        n_kernels : int
            How many will have a weight.
        """
        n = len(points.units)
        if n > self._kernels.shape[1]:
            grown = np.zeros((len(self._kernels), max(64, 2 * n)), dtype=np.float32)
            grown[:, : self._n] = self._kernels[:, : self._n]
            self._kernels = grown
        self._n = n
        count = rounded_count(n_kernels)
        if count != self._count:
            self._count = count
            self._map = kernel_map(self._space, count, self._options, own_widths=False)
            self._kernels[:, :n] = self._map.kernels(points)
            self._peak = self._map.peak(self._kernels[:, :n])
        elif changed.size == 1 and self._map.is_shared:  # the usual case: one trial has ended
            number = int(changed[0])
            column = self._map.shared_kernel_of_one(
                points.units[number].tolist(), points.levels[number].tolist()
            )
            self._kernels[:, number] = column
            self._peak = max(self._peak, column[self._map.peak_row])
        elif changed.size:
            columns = self._map.kernels(points.take(changed))
            self._kernels[:, changed] = columns
            self._peak = max(self._peak, self._map.peak(columns))

    def log_density(
        self, points: Points, log_prior: FloatArray, weights: SingleArray
    ) -> FloatArray:
        """Return the logarithm of the density at each point, shape (m,).

        Parameters
        ----------
        points : Points
            `m` candidates.
        log_prior : ndarray of shape (m,)
            The prior's density there.
        weights : ndarray of shape (n_trials,)
            0 for trials that are not part of the density.
        """
        return log_mixture(
            self._kernels[:, : self._n],
            weights,
            self._map.candidates(points),
            self._options.prior_weight if self._count else 1.0,
            log_prior,
            self._peak,
        )
