"""A Gaussian process given observations: mean and deviation anywhere, with gradients."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from scipy.linalg.lapack import dpotrf, dtrtri

from .kernel import BoolArray, FloatArray, KernelParameters, matern

_LEAST_VARIANCE = 1e-12


class Predictor(Protocol):
    """What predicts a mean and a deviation anywhere; see :class:`GaussianProcess`."""

    def mean(self, at: FloatArray) -> FloatArray: ...

    def predict(self, at: FloatArray) -> tuple[FloatArray, FloatArray]: ...

    def predict_with_gradients(
        self, at: FloatArray
    ) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]: ...


class GaussianProcess:
    """The posterior of a Gaussian process with zero mean.

    Parameters
    ----------
    points : ndarray of shape (n, d)
    targets : ndarray of shape (n,)
    categorical : ndarray of bool, shape (d,)
    parameters : KernelParameters
    pending : ndarray of shape (n_pending, d), optional
        Points whose target is not known yet. They are taken to come out as predicted, so that
        the mean stays and the deviation near them shrinks.
    """

    def __init__(
        self,
        points: FloatArray,
        targets: FloatArray,
        categorical: BoolArray,
        parameters: KernelParameters,
        pending: FloatArray | None = None,
    ) -> None:
        self._categorical = categorical
        self._numerical = ~categorical
        self._weights = parameters.inverse_squares
        self._roots = np.sqrt(parameters.inverse_squares)
        self._parameters = parameters
        self._n_known = len(points)
        self._set_points(points)
        self._root = self._inverse_root()
        self._alpha = self._root.T @ (self._root @ targets)
        self._targets = targets
        if pending is not None and len(pending):
            targets = np.concatenate([targets, self.mean(pending)])
            self._set_points(np.concatenate([points, pending]))
            self._root = self._inverse_root()
            self._alpha = self._root.T @ (self._root @ targets)

    def mean(self, at: FloatArray) -> FloatArray:
        """Return the posterior mean, shape (m,)."""
        correlation, _ = matern(self._distances(at))
        result: FloatArray = self._parameters.scale * (correlation @ self._alpha)
        return result

    def predict(self, at: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return mean and deviation of the function (without noise), each of shape (m,)."""
        correlation, _ = matern(self._distances(at))
        correlation *= self._parameters.scale
        projected = correlation @ self._root.T
        variance = self._parameters.scale - np.einsum("ij,ij->i", projected, projected)
        return correlation @ self._alpha, np.sqrt(np.maximum(variance, _LEAST_VARIANCE))

    def predict_with_gradients(
        self, at: FloatArray
    ) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        """Return mean, deviation and the gradients of both.

        Returns
        -------
        mean, deviation : ndarray of shape (m,)
        mean_gradient, deviation_gradient : ndarray of shape (m, d)
            0 in categorical coordinates.
        """
        scale = self._parameters.scale
        correlation, slope = matern(self._distances(at))
        correlation *= scale
        slope *= scale
        projected = correlation @ self._root.T
        variance = scale - np.einsum("ij,ij->i", projected, projected)
        deviation = np.sqrt(np.maximum(variance, _LEAST_VARIANCE))
        by_mean = slope * self._alpha
        by_deviation = slope * (projected @ self._root)
        by_deviation /= -deviation[:, None]
        # d k(x, x_i) / d x_j = -slope_i w_j (x_j - x_ij), so sums over i are matrix products.
        mean_gradient = self._weighted(by_mean, at)
        deviation_gradient = self._weighted(by_deviation, at)
        return correlation @ self._alpha, deviation, mean_gradient, deviation_gradient

    def leave_one_out(self) -> tuple[FloatArray, FloatArray]:
        """Return mean and deviation of each target given all others.

        Returns
        -------
        mean, deviation : ndarray of shape (n,)
            The deviation is that of a noisy observation.
        """
        precision = np.einsum("ij,ij->j", self._root, self._root)[: self._n_known]
        mean = self._targets - self._alpha[: self._n_known] / precision
        return mean, 1.0 / np.sqrt(precision)

    def _weighted(self, factors: FloatArray, at: FloatArray) -> FloatArray:
        sums = factors @ self._points - factors.sum(axis=1)[:, None] * at
        result: FloatArray = sums * (self._weights * self._numerical)
        return result

    def _set_points(self, points: FloatArray) -> None:
        self._points = points
        self._scaled = points * self._roots

    def _distances(self, at: FloatArray) -> FloatArray:
        r2 = np.zeros((len(at), len(self._points)))
        scaled = at * self._roots
        # Differences and not products: those lose the digits of small distances.
        for j in range(at.shape[1]):
            if self._categorical[j]:
                r2 += self._weights[j] * (at[:, j, None] != self._points[None, :, j])
            else:
                r2 += np.square(scaled[:, j, None] - self._scaled[None, :, j])
        return r2

    def _inverse_root(self) -> FloatArray:
        # Inverse of the Cholesky factor of the covariance of the observations.
        correlation, _ = matern(self._distances(self._points))
        covariance = self._parameters.scale * correlation
        noise = self._parameters.noise
        n = len(covariance)
        while True:
            noisy = covariance.copy()
            noisy.flat[:: n + 1] += noise
            factor, info = dpotrf(noisy, lower=1, clean=1)
            if info == 0:
                inverse: FloatArray = dtrtri(factor, lower=1)[0]
                return inverse
            noise = max(10.0 * noise, _LEAST_VARIANCE)
