"""The Gaussian processes of similar studies beside the study's own.

References
----------
.. [1] Feurer, Letham, Hutter, Bakshy (2018), Practical transfer learning for Bayesian
   optimization (the ranking-weighted ensemble).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .kernel import FloatArray
from .process import GaussianProcess

_N_DRAWS = 64
_MOST_RANKED = 64  # trials: the cost grows with their square
_DILUTION = 0.95
_FEWEST_RANKED = 3  # trials without which there is nothing to rank


class Ensemble:
    """A weighted sum of independent Gaussian processes; predicts as one of them does.

    Parameters
    ----------
    processes : sequence of GaussianProcess
    weights : ndarray of shape (n_processes,)
        Not negative, with the sum 1.
    """

    def __init__(self, processes: Sequence[GaussianProcess], weights: FloatArray) -> None:
        used = np.flatnonzero(weights > 0.0).tolist()
        self._parts = [(float(weights[k]), processes[k]) for k in used]

    def mean(self, at: FloatArray) -> FloatArray:
        """Return the posterior mean, shape (m,)."""
        result = np.zeros(len(at))
        for weight, process in self._parts:
            result += weight * process.mean(at)
        return result

    def predict(self, at: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return mean and deviation, each of shape (m,)."""
        mean, variance = np.zeros(len(at)), np.zeros(len(at))
        for weight, process in self._parts:
            part, deviation = process.predict(at)
            mean += weight * part
            variance += np.square(weight * deviation)
        return mean, np.sqrt(variance)

    def predict_with_gradients(
        self, at: FloatArray
    ) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        """Return mean and deviation, shape (m,), and the gradients of both, shape (m, d)."""
        mean, variance = np.zeros(len(at)), np.zeros(len(at))
        mean_gradient, half_variance_gradient = np.zeros(at.shape), np.zeros(at.shape)
        for weight, process in self._parts:
            part, deviation, by_mean, by_deviation = process.predict_with_gradients(at)
            mean += weight * part
            variance += np.square(weight * deviation)
            mean_gradient += weight * by_mean
            half_variance_gradient += weight**2 * deviation[:, None] * by_deviation
        deviation = np.sqrt(variance)
        return mean, deviation, mean_gradient, half_variance_gradient / deviation[:, None]


def ranking_weights(
    sources: Sequence[GaussianProcess],
    own: GaussianProcess | None,
    points: FloatArray,
    losses: FloatArray,
    rng: np.random.Generator,
) -> FloatArray:
    """Return how likely each process is the one that ranks the study's trials best [1]_.

    The study's own process ranks each of its trials by what the others tell of it. A source that
    ranks clearly worse has no weight.

    Parameters
    ----------
    sources : sequence of GaussianProcess
    own : GaussianProcess, optional
        Given the trials, in their order.
    points : ndarray of shape (n, d)
        Where the trials lie.
    losses : ndarray of shape (n,)
    rng : Generator

    Returns
    -------
    ndarray of shape (n_sources + 1,)
        The last one is for `own`. Without trials to rank by all sources weigh the same.
    """
    n = len(losses)
    if own is None or n < _FEWEST_RANKED:
        weights = np.full(len(sources) + 1, 1.0 / len(sources))
        weights[-1] = 0.0
        return weights
    ranked = np.arange(max(0, n - _MOST_RANKED), n)
    predictions = [source.predict(points[ranked]) for source in sources]
    own_mean, own_deviation = own.leave_one_out()
    predictions.append((own_mean[ranked], own_deviation[ranked]))
    normal = rng.standard_normal((_N_DRAWS, len(ranked)))
    better = losses[ranked, None] < losses[ranked]
    errors = np.empty((len(predictions), _N_DRAWS))
    for k, (mean, deviation) in enumerate(predictions):
        draws = mean + deviation * normal
        errors[k] = (better & (draws[:, :, None] >= draws[:, None, :])).sum(axis=(1, 2))
    dropped = np.median(errors, axis=1) > np.quantile(errors[-1], _DILUTION)
    errors[dropped] = np.inf
    first = errors == errors.min(axis=0)
    weights = (first / first.sum(axis=0)).mean(axis=1)
    return np.asarray(weights)
