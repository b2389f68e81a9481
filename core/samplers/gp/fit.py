"""Kernel parameters from data: the maximum a posteriori.

References
----------
.. [1] Hvarfner, Hellsten, Nardi (2024), Vanilla Bayesian optimization performs great in high
   dimensions, ICML.
"""

from __future__ import annotations

import math

import numpy as np
from scipy.linalg.lapack import dpotrf, dpotri
from scipy.optimize import minimize

from .kernel import BoolArray, FloatArray, KernelParameters, matern, squared_differences

LEAST_NOISE = 1e-8  # variance, of standardised data; the Cholesky factor needs some

_LENGTH_SPREAD = math.sqrt(3.0)  # of the log length scale [1]_
_SCALE_CENTRE, _SCALE_SPREAD = 0.5, 1.5  # of the log variance
_NOISE_CENTRE, _NOISE_SPREAD = math.log(1e-6), 3.0
_MOST_STEPS = 60


class LogPosterior:
    """Negative log posterior density of the kernel parameters, with its gradient.

    The parameters are ``(log length scale of each coordinate, log scale, log noise)``. Length
    scales have a log-normal prior that grows with the root of the dimension [1]_; scale and noise
    have wide log-normal ones.

    Parameters
    ----------
    points : ndarray of shape (n, d)
    targets : ndarray of shape (n,)
        Standardised.
    categorical : ndarray of bool, shape (d,)
    deterministic : bool
        Whether the noise stays at its least value.
    """

    def __init__(
        self, points: FloatArray, targets: FloatArray, categorical: BoolArray, deterministic: bool
    ) -> None:
        self._n, self._d = points.shape
        self._squares = squared_differences(points, points, categorical).reshape(self._d, -1)
        self._targets = targets
        self._deterministic = deterministic
        self._length_centre = math.sqrt(2.0) + 0.5 * math.log(self._d)

    def start(self) -> FloatArray:
        """Return parameters to start from: the mode of the prior on length scales."""
        mode = self._length_centre - _LENGTH_SPREAD**2
        noise = math.log(LEAST_NOISE) if self._deterministic else math.log(1e-4)
        return np.array([mode] * self._d + [0.0, noise])

    def bounds(self) -> list[tuple[float, float]]:
        least = math.log(LEAST_NOISE)
        noise = (least, least) if self._deterministic else (least, math.log(2.0))
        return [(math.log(0.01), math.log(300.0))] * self._d + [(-4.0, 6.0), noise]

    def __call__(self, theta: FloatArray) -> tuple[float, FloatArray]:
        n, d = self._n, self._d
        log_lengths, log_scale, log_noise = theta[:d], float(theta[d]), float(theta[d + 1])
        inverse_squares = np.exp(-2.0 * log_lengths)
        scale, noise = math.exp(log_scale), math.exp(log_noise)
        correlation, slope = matern((inverse_squares @ self._squares).reshape(n, n))
        covariance = scale * correlation
        covariance.flat[:: n + 1] += noise
        factor, info = dpotrf(covariance, lower=1, clean=0)
        if info != 0:
            return 1e25, np.zeros_like(theta)
        log_det = 2.0 * float(np.log(factor.diagonal()).sum())
        lower = np.tril(dpotri(factor, lower=1)[0])
        inverse = lower + lower.T
        inverse.flat[:: n + 1] *= 0.5
        alpha = inverse @ self._targets
        fit = float(self._targets @ alpha)
        loss = 0.5 * (fit + log_det)
        inverse -= np.outer(alpha, alpha)  # now d loss / d covariance, times 2
        gradient = np.empty_like(theta)
        gradient[d] = 0.5 * scale * float(np.vdot(inverse, correlation))
        gradient[d + 1] = 0.5 * noise * float(inverse.trace())
        inverse *= slope
        gradient[:d] = 0.5 * scale * inverse_squares * (self._squares @ inverse.ravel())

        deviations = (log_lengths - self._length_centre) / _LENGTH_SPREAD
        loss += 0.5 * float(deviations @ deviations) + float(log_lengths.sum())
        gradient[:d] += deviations / _LENGTH_SPREAD + 1.0
        for k, value, centre, spread in (
            (d, log_scale, _SCALE_CENTRE, _SCALE_SPREAD),
            (d + 1, log_noise, _NOISE_CENTRE, _NOISE_SPREAD),
        ):
            deviation = (value - centre) / spread
            loss += 0.5 * deviation * deviation
            gradient[k] += deviation / spread
        return loss, gradient


def fit_kernel(
    points: FloatArray,
    targets: FloatArray,
    categorical: BoolArray,
    *,
    deterministic: bool = False,
) -> KernelParameters:
    """Return the kernel parameters of the highest posterior density that was found.

    A function of the arguments alone: it starts from the prior's mode, so a resumed study finds
    the same parameters as one that ran through. See :class:`LogPosterior` for the arguments.
    """
    posterior = LogPosterior(points, targets, categorical, deterministic)
    result = minimize(
        posterior,
        posterior.start(),
        jac=True,
        method="L-BFGS-B",
        bounds=posterior.bounds(),
        options={"maxiter": _MOST_STEPS, "ftol": 1e-6, "gtol": 1e-3},
    )
    d = points.shape[1]
    theta = result.x
    return KernelParameters(
        np.exp(-2.0 * theta[:d]), math.exp(float(theta[d])), math.exp(float(theta[d + 1]))
    )
