"""Densities over a unit space: a prior, and one kernel on each observed point."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from .kernels import (
    SingleArray,
    Sigmas,
    candidate_features,
    choice_tables,
    grid_tables,
    kernel_features,
    log_mixture,
    log_prior,
)
from .rules import neighbour_bandwidths, shared_bandwidth
from .truncated_normal import draw_in_unit
from .unit_space import Points, UnitSpace

FloatArray = npt.NDArray[np.float64]


class ParzenOptions(NamedTuple):
    """How kernels are made.

    multivariate : bool
        One bandwidth for all kernels, by rule of thumb; otherwise (one parameter at a time)
        bandwidths from the distance to the neighbours.
    prior_weight : float
        Weight of the prior, in units of a fully weighted observation.
    magic_clip, endpoints : bool
        See :mod:`.rules`.
    """

    multivariate: bool = True
    prior_weight: float = 1.0
    magic_clip: bool = True
    endpoints: bool = False


class ParzenEstimator:
    """A mixture of a prior and one kernel per point.

    Parameters
    ----------
    space : UnitSpace
        A single parameter unless ``options.multivariate``.
    points : Points
        Centres of the kernels.
    weights : ndarray of shape (n,)
        Weights of the kernels, not negative.
    options : ParzenOptions
        How kernels are made.
    """

    def __init__(
        self, space: UnitSpace, points: Points, weights: FloatArray, options: ParzenOptions
    ) -> None:
        n = len(weights)
        self.space = space
        self.points = points
        self.weights = weights
        self.prior_weight = options.prior_weight if n else 1.0
        shared = shared_bandwidth(n, len(space.names), options.magic_clip)
        self.sigmas: Sigmas = shared
        if not options.multivariate and space.smooth.size:
            self.sigmas = neighbour_bandwidths(
                points.units[:, 0], options.magic_clip, options.endpoints
            )[:, None]
        self.share = self.prior_weight / (n + 1)
        self._kernels = kernel_features(space, points, self.sigmas)
        self._tables = tables(space, shared, self.share)

    def sample(self, rng: np.random.Generator, n_samples: int) -> Points:
        """Draw points, each from a kernel chosen by weight."""
        space = self.space
        cumulative = np.cumsum(np.append(self.prior_weight, self.weights))
        drawn = rng.random(n_samples) * cumulative[-1]
        chosen = np.searchsorted(cumulative[:-1], drawn, side="right") - 1  # -1 is the prior
        from_prior = chosen < 0
        units = np.empty((n_samples, space.n_numerical))
        if space.n_numerical:
            if isinstance(self.sigmas, float):
                sigmas = np.full((n_samples, 1), self.sigmas)
            else:
                sigmas = self.sigmas[chosen]
            centres = self.points.units[chosen] if len(self.weights) else units
            sigmas[from_prior] = 1.0
            centres[from_prior] = 0.5
            units = draw_in_unit(rng, centres, sigmas)
        choices = np.empty((n_samples, len(space.n_choices)), dtype=np.int32)
        for k, n_choices in enumerate(space.n_choices):
            # Mass `share` for each choice and 1 more for the kernel's own: a coin for the latter,
            # else any choice.
            any_choice = rng.random(n_samples) * (1.0 + n_choices * self.share) >= 1.0
            any_choice |= from_prior
            choices[:, k] = rng.integers(n_choices, size=n_samples)
            own = ~any_choice
            choices[own, k] = self.points.levels[chosen[own], len(space.grids) + k]
        return space.snap(units, choices)

    def log_density(self, points: Points) -> FloatArray:
        """Return the logarithm of the density at each point, shape (m,).

        Per unit of the coordinate for floats and fine grids, a mass for levels.
        """
        return log_mixture(
            self._kernels,
            self.weights.astype(np.float32),
            candidate_features(self.space, points, self._tables),
            self.prior_weight,
            log_prior(self.space, points),
        )


def tables(space: UnitSpace, sigma: float, share: float) -> list[SingleArray]:
    """Return the tables of all grids and categorical parameters; see :mod:`.kernels`."""
    return grid_tables(space, sigma) + choice_tables(space, share)
