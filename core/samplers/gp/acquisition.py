"""What a trial at a point promises, with gradients.

Losses are minimised. Every function of mean and deviation is vectorised over points and returns
the derivatives by mean and deviation beside the value.

References
----------
.. [1] Ament, Daulton, Eriksson, Balandat, Bakshy (2023), Unexpected improvements to expected
   improvement for Bayesian optimization, NeurIPS.
.. [2] Gardner, Kusner, Xu, Weinberger, Cunningham (2014), Bayesian optimization with inequality
   constraints, ICML.
.. [3] Yang, Emmerich, Deutz, Bäck (2019), Efficient computation of expected hypervolume
   improvement using box decomposition algorithms, J. of Global Optimization 75.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.special import erfcx, log_ndtr, ndtr

from .kernel import FloatArray
from .process import Predictor

_HALF_LOG_2PI = 0.5 * math.log(2.0 * math.pi)
_HALF_LOG_HALF_PI = 0.5 * math.log(0.5 * math.pi)
_FAR = -1e6  # below, the asymptotic form is exact to the last digit
_INV_SQRT_2PI = 1.0 / math.sqrt(2.0 * math.pi)

Derivatives = tuple[FloatArray, FloatArray, FloatArray]


def log_h(z: FloatArray) -> FloatArray:
    """Return ``log(phi(z) + z Phi(z))`` without underflow for any z [1]_.

    ``phi`` and ``Phi`` are density and distribution function of the standard normal law.
    """
    result = np.empty_like(z)
    near = z > -1.0
    x = z[near]
    result[near] = np.log(_INV_SQRT_2PI * np.exp(-0.5 * x * x) + x * ndtr(x))
    middle = (z <= -1.0) & (z > _FAR)
    x = z[middle]
    # 1 - |z| sqrt(pi/2) erfcx(|z| / sqrt(2)), whose logarithm loses digits only near -1e6.
    ratio = np.log(erfcx(-x * math.sqrt(0.5)) * -x) + _HALF_LOG_HALF_PI
    with np.errstate(divide="ignore"):
        rest = np.log(-np.expm1(np.minimum(ratio, 0.0)))
    cancelled = x < -1e4
    rest[cancelled] = -2.0 * np.log(-x[cancelled])
    result[middle] = -0.5 * x * x - _HALF_LOG_2PI + rest
    far = z <= _FAR
    x = z[far]
    result[far] = -0.5 * x * x - _HALF_LOG_2PI - 2.0 * np.log(-x)
    return result


def log_expected_improvement(mean: FloatArray, deviation: FloatArray, best: float) -> Derivatives:
    """Return the log of the expected amount by which a loss undercuts `best` [1]_."""
    z = (best - mean) / deviation
    value = log_h(z)
    slope = np.exp(log_ndtr(z) - value)  # h'(z) / h(z)
    value += np.log(deviation)
    return value, -slope / deviation, (1.0 - slope * z) / deviation


def log_feasibility(mean: FloatArray, deviation: FloatArray, limit: float) -> Derivatives:
    """Return the log of the probability that a constraint is at most `limit` [2]_."""
    z = (limit - mean) / deviation
    value = log_ndtr(z)
    slope = np.exp(-0.5 * z * z - _HALF_LOG_2PI - value)
    return value, -slope / deviation, -slope * z / deviation


def expected_shortfall(
    mean: FloatArray, deviation: FloatArray, at: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return ``E[max(a - Y, 0)]`` of normal variables for levels `a`, and its derivatives.

    Parameters
    ----------
    mean, deviation : ndarray of shape (m,)
    at : ndarray of shape (k,)
        ``-inf`` gives 0.

    Returns
    -------
    value, by_mean, by_deviation : ndarray of shape (m, k)
    """
    z = (at - mean[:, None]) / deviation[:, None]
    finite = np.maximum(z, -40.0)  # below, everything is 0 in double precision
    probability = ndtr(finite)
    density = _INV_SQRT_2PI * np.exp(-0.5 * finite * finite)
    value = deviation[:, None] * (density + finite * probability)
    return np.maximum(value, 0.0), -probability, density


class Limit(NamedTuple):
    """A constraint: what a model predicts should be at most `level`.

    A weight above 1 makes the search more careful: the probability is raised to that power.
    """

    process: Predictor
    level: float
    weight: float = 1.0


class Acquisition:
    """The value of points: expected improvement, and that the constraints hold.

    Parameters
    ----------
    limits : sequence of Limit
    """

    def __init__(self, limits: Sequence[Limit] = ()) -> None:
        self._limits = limits

    def __call__(self, at: FloatArray) -> FloatArray:
        """Return the value of each point, higher is better, shape (m,)."""
        value = self._improvement(at)
        for process, level, weight in self._limits:
            value = value + weight * log_feasibility(*process.predict(at), level)[0]
        return value

    def with_gradient(self, at: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the value of each point and its gradient, shapes (m,) and (m, d)."""
        value, gradient = self._improvement_with_gradient(at)
        for process, level, weight in self._limits:
            mean, deviation, dm, ds = process.predict_with_gradients(at)
            term, by_mean, by_deviation = log_feasibility(mean, deviation, level)
            value = value + weight * term
            gradient = gradient + weight * (by_mean[:, None] * dm + by_deviation[:, None] * ds)
        return value, gradient

    def _improvement(self, at: FloatArray) -> FloatArray:
        return np.zeros(len(at))

    def _improvement_with_gradient(self, at: FloatArray) -> tuple[FloatArray, FloatArray]:
        return np.zeros(len(at)), np.zeros_like(at)


class LogExpectedImprovement(Acquisition):
    """Logarithm of the expected improvement over `best`, times the chance of feasibility."""

    def __init__(
        self,
        process: Predictor,
        best: float,
        limits: Sequence[Limit] = (),
    ) -> None:
        super().__init__(limits)
        self._process = process
        self._best = best

    def _improvement(self, at: FloatArray) -> FloatArray:
        return log_expected_improvement(*self._process.predict(at), self._best)[0]

    def _improvement_with_gradient(self, at: FloatArray) -> tuple[FloatArray, FloatArray]:
        mean, deviation, dm, ds = self._process.predict_with_gradients(at)
        value, by_mean, by_deviation = log_expected_improvement(mean, deviation, self._best)
        return value, by_mean[:, None] * dm + by_deviation[:, None] * ds


class LogExpectedHypervolumeImprovement(Acquisition):
    """Logarithm of the expected growth of the dominated hypervolume, in closed form [3]_.

    Parameters
    ----------
    processes : sequence of Predictor
        One per objective, taken to be independent.
    lower, upper : ndarray of shape (n_boxes, n_objectives)
        Disjoint boxes that cover what is not dominated up to a reference point.
    limits : sequence of Limit
    """

    _FLOOR = 1e-150  # keeps logarithm and gradient finite where nothing can be gained

    def __init__(
        self,
        processes: Sequence[Predictor],
        lower: FloatArray,
        upper: FloatArray,
        limits: Sequence[Limit] = (),
    ) -> None:
        super().__init__(limits)
        self._processes = processes
        # The same level bounds many boxes: each is evaluated once.
        self._levels, self._upper, self._lower = [], [], []
        for j in range(len(processes)):
            both = np.concatenate([upper[:, j], lower[:, j]])
            levels, inverse = np.unique(both, return_inverse=True)
            self._levels.append(levels)
            self._upper.append(inverse[: len(upper)])
            self._lower.append(inverse[len(upper) :])

    def _improvement(self, at: FloatArray) -> FloatArray:
        product: FloatArray | float = 1.0
        for j, process in enumerate(self._processes):
            value, _, _ = expected_shortfall(*process.predict(at), self._levels[j])
            product = product * (value[:, self._upper[j]] - value[:, self._lower[j]])
        result: FloatArray = np.log(np.sum(product, axis=1).clip(0.0) + self._FLOOR)
        return result

    def _improvement_with_gradient(self, at: FloatArray) -> tuple[FloatArray, FloatArray]:
        widths, by_mean, by_deviation, gradients = [], [], [], []
        for j, process in enumerate(self._processes):
            mean, deviation, dm, ds = process.predict_with_gradients(at)
            shortfall = expected_shortfall(mean, deviation, self._levels[j])
            up, low = self._upper[j], self._lower[j]
            width, m, s = (part[:, up] - part[:, low] for part in shortfall)
            widths.append(width)
            by_mean.append(m)
            by_deviation.append(s)
            gradients.append((dm, ds))
        total = np.prod(widths, axis=0).sum(axis=1).clip(0.0) + self._FLOOR
        gradient = np.zeros_like(at)
        for j, (dm, ds) in enumerate(gradients):
            others = np.prod([w for k, w in enumerate(widths) if k != j], axis=0)
            gradient += (others * by_mean[j]).sum(axis=1)[:, None] * dm
            gradient += (others * by_deviation[j]).sum(axis=1)[:, None] * ds
        return np.log(total), gradient / total[:, None]
