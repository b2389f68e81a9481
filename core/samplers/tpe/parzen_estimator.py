"""Densities over a unit space: a prior, and one kernel on each observed point."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from . import prior
from .kernels import KernelMap, log_mixture
from .rules import neighbour_bandwidths, shared_bandwidth
from .truncated_normal import draw_in_unit
from .unit_space import Points, UnitSpace

FloatArray = npt.NDArray[np.float64]


class ParzenOptions(NamedTuple):
    """How kernels are made.

    multivariate : bool
        Whether parameters are modelled jointly.
    prior_weight : float
        Weight of the prior, in units of a fully weighted observation.
    magic_clip, endpoints : bool
        See :mod:`.rules`.
    """

    multivariate: bool = True
    prior_weight: float = 1.0
    magic_clip: bool = True
    endpoints: bool = False


def kernel_map(space: UnitSpace, n: int, options: ParzenOptions, *, own_widths: bool) -> KernelMap:
    """Return the settings that `n` kernels have in common."""
    sigma = shared_bandwidth(n, len(space.names), options.magic_clip)
    return KernelMap(space, sigma, options.prior_weight / (n + 1), own_widths=own_widths)


class ParzenEstimator:
    """A mixture of a prior and one kernel per point.

    For each smooth parameter a kernel is as wide as the gap to its neighbours, so that the
    density is sharp where points are dense.

    Parameters
    ----------
    space : UnitSpace
        A single parameter unless ``options.multivariate``.
    points : Points
        Centres of `n` kernels.
    weights : ndarray of shape (n,)
        Weights of the kernels, not negative.
    options : ParzenOptions
        How kernels are made.
    kernels : KernelMap, optional
        What :func:`kernel_map` returns for `n` kernels with their own widths, where it is known
        already.
    """

    def __init__(
        self,
        space: UnitSpace,
        points: Points,
        weights: FloatArray,
        options: ParzenOptions,
        kernels: KernelMap | None = None,
    ) -> None:
        n = len(weights)
        self._space = space
        self._prior_weight = options.prior_weight if n else 1.0
        if kernels is None:
            kernels = kernel_map(space, n, options, own_widths=True)
        self._map = kernels
        # What is drawn from: the kernels and, last, the prior.
        self._choices = np.zeros((n + 1, len(space.n_choices)), dtype=np.int32)
        self._choices[:n] = points.levels[:, len(space.grids) :]
        self._centres = np.full((n + 1, space.n_numerical), prior.CENTRE)
        self._centres[:n] = points.units
        self._sigmas = np.full((n + 1, space.n_numerical), kernels.sigma)
        self._sigmas[n] = prior.SIGMA
        for k in space.smooth:
            self._sigmas[:n, k] = neighbour_bandwidths(
                points.units[:, k], options.magic_clip, options.endpoints
            )
        self._kernels = kernels.kernels(points, self._sigmas[:n, space.smooth])
        self._peak = kernels.peak(self._kernels)
        self._single_weights = weights.astype(np.float32)
        self._cumulative = np.cumsum(weights)
        self._total = self._prior_weight + (float(self._cumulative[-1]) if n else 0.0)

    def sample(self, rng: np.random.Generator, n_samples: int) -> Points:
        """Draw points, each from a kernel chosen by weight."""
        space = self._space
        marks = rng.random(n_samples)
        marks *= self._total
        chosen = self._cumulative.searchsorted(marks, side="right")
        units = self._centres[chosen]
        if space.n_numerical:
            units = draw_in_unit(rng, units, self._sigmas[chosen])
        choices = np.empty((n_samples, len(space.n_choices)), dtype=np.int32)
        if space.n_choices:
            has_own = chosen < len(self._cumulative)
        for k, n_choices in enumerate(space.n_choices):
            # Mass `share` for each choice and 1 more for the kernel's own one: a coin for the
            # latter, else any choice.
            total_mass = 1.0 + n_choices * self._map.share
            own = rng.random(n_samples) * total_mass < 1.0
            own &= has_own
            drawn = rng.integers(n_choices, size=n_samples)
            choices[:, k] = np.where(own, self._choices[chosen, k], drawn)
        return space.snap(units, choices)

    def log_density(self, points: Points, log_prior: FloatArray) -> FloatArray:
        """Return the logarithm of the density at each point, shape (m,).

        Parameters
        ----------
        points : Points
            `m` points.
        log_prior : ndarray of shape (m,)
            The prior's density there.
        """
        return log_mixture(
            self._kernels,
            self._single_weights,
            self._map.candidates(points),
            self._prior_weight,
            log_prior,
            self._peak,
            has_far_kernels=True,
        )
