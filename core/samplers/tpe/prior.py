"""What TPE believes before the first trial."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from .truncated_normal import LOG_SQRT_2PI, log_cell_masses, log_unit_mass
from .unit_space import Points, UnitSpace

FloatArray = npt.NDArray[np.float64]

CENTRE = 0.5
SIGMA = 1.0

_CENTRE = np.array([CENTRE])
_LOG_PEAK = LOG_SQRT_2PI + float(log_unit_mass(_CENTRE, SIGMA)[0])


class Prior:
    """A normal in the middle of each range and as wide; uniform for categorical parameters.

    Parameters
    ----------
    space : UnitSpace
        The space that it is a density on.
    """

    def __init__(self, space: UnitSpace) -> None:
        self._space = space
        self._constant = -len(space.smooth) * _LOG_PEAK
        self._constant -= sum(math.log(n_choices) for n_choices in space.n_choices)
        self._grids = [log_cell_masses(_CENTRE, edges, SIGMA)[0] for _, _, edges in space.grids]

    def log_density(self, points: Points) -> FloatArray:
        """Return the logarithm of the density at each point, shape (m,).

        Per unit of the coordinate for smooth parameters, a mass for levels.
        """
        x = self._space.smooth_units(points.units)
        x -= CENTRE
        total: FloatArray = np.einsum("ij,ij->i", x, x)
        total *= -0.5
        total += self._constant
        for t, masses in enumerate(self._grids):
            total += masses[points.levels[:, t]]
        return total
