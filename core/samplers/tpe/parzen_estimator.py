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
        self._points = points
        self._weights = weights
        self._prior_weight = options.prior_weight if n else 1.0
        if kernels is None:
            kernels = kernel_map(space, n, options, own_widths=True)
        self._map = kernels
        self._sigmas = np.full((n, space.n_numerical), kernels.sigma)
        for k in space.smooth:
            self._sigmas[:, k] = neighbour_bandwidths(
                points.units[:, k], options.magic_clip, options.endpoints
            )
        self._kernels = kernels.kernels(points, self._sigmas[:, space.smooth])

    def sample(self, rng: np.random.Generator, n_samples: int) -> Points:
        """Draw points, each from a kernel chosen by weight."""
        space = self._space
        cumulative = np.cumsum(self._weights)
        total = self._prior_weight + (cumulative[-1] if cumulative.size else 0.0)
        # The prior comes last: index n.
        chosen = np.searchsorted(cumulative, rng.random(n_samples) * total, side="right")
        from_prior = chosen == len(cumulative)
        chosen[from_prior] = 0
        units = np.empty((n_samples, space.n_numerical))
        if space.n_numerical:
            sigmas = np.empty_like(units)
            centres = units
            if cumulative.size:
                centres, sigmas = self._points.units[chosen], self._sigmas[chosen]
            sigmas[from_prior] = prior.SIGMA
            centres[from_prior] = prior.CENTRE
            units = draw_in_unit(rng, centres, sigmas)
        choices = np.empty((n_samples, len(space.n_choices)), dtype=np.int32)
        for k, n_choices in enumerate(space.n_choices):
            # Mass `share` for each choice and 1 more for the kernel's own one: a coin for the
            # latter, else any choice.
            total_mass = 1.0 + n_choices * self._map.share
            own = (rng.random(n_samples) * total_mass < 1.0) & ~from_prior
            choices[:, k] = rng.integers(n_choices, size=n_samples)
            choices[own, k] = self._points.levels[chosen[own], len(space.grids) + k]
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
            self._weights.astype(np.float32),
            self._map.candidates(points),
            self._prior_weight,
            log_prior,
            self._map.peak(self._kernels),
        )
