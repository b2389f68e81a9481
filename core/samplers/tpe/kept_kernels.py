"""Kernels on all trials of a study, kept while the study grows."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .kernels import (
    SingleArray,
    candidate_features,
    kernel_features,
    log_mixture,
    log_prior,
    n_features,
)
from .parzen_estimator import ParzenOptions, tables
from .rules import rounded_count, shared_bandwidth
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
        self._count = -1
        self._features = np.zeros((n_features(space), 0), dtype=np.float32)
        self._tables: list[SingleArray] = []
        self._sigma = 1.0

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
        if n > self._features.shape[1]:
            grown = np.zeros((len(self._features), max(64, 2 * n)), dtype=np.float32)
            grown[:, : self._n] = self._features[:, : self._n]
            self._features = grown
        self._n = n
        count = rounded_count(n_kernels)
        if count != self._count:
            self._count = count
            space, options = self._space, self._options
            self._sigma = shared_bandwidth(count, len(space.names), options.magic_clip)
            self._tables = tables(space, self._sigma, options.prior_weight / (count + 1))
            self._features[:, :n] = kernel_features(space, points, self._sigma)
        elif changed.size:
            self._features[:, changed] = kernel_features(
                self._space, points.take(changed), self._sigma
            )

    def log_density(self, points: Points, weights: SingleArray) -> FloatArray:
        """Return the logarithm of the density at each point, shape (m,).

        Parameters
        ----------
        points : Points
            `m` candidates.
        weights : ndarray of shape (n_trials,)
            0 for trials that are not part of the density.
        """
        return log_mixture(
            self._features[:, : self._n],
            weights,
            candidate_features(self._space, points, self._tables),
            self._options.prior_weight if weights.any() else 1.0,
            log_prior(self._space, points),
        )
