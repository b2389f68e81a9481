"""How a single parameter changes at random."""

from __future__ import annotations

import abc
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from ...study import Study


class BaseMutation(abc.ABC):
    """Base class of mutations of numerical parameters."""

    def __str__(self) -> str:
        return type(self).__name__

    @abc.abstractmethod
    def mutation(
        self,
        param: float,
        rng: np.random.RandomState,
        study: Study,
        search_space_bounds: npt.NDArray[np.float64],
    ) -> float:
        """Return the parameter changed.

        Parameters
        ----------
        param : float
            Coordinate of the parameter.
        rng : RandomState
            The only source of randomness to use.
        study : Study
        search_space_bounds : ndarray of shape (2,)
            Least and largest coordinate.
        """


class PolynomialMutation(BaseMutation):
    """A step towards one of the bounds, small ones more likely [1]_.

    Parameters
    ----------
    eta : float, default 20.0
        The larger, the smaller the steps.

    References
    ----------
    .. [1] Deb, Deb (2014), Analysing mutation schemes for real-parameter genetic algorithms.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.RandomState(0)
    >>> 0 <= PolynomialMutation().mutation(0.5, rng, None, np.array([0.0, 1.0])) <= 1
    True
    """

    def __init__(self, eta: float = 20.0) -> None:
        if not eta >= 0.0:
            raise ValueError(f"eta >= 0 must hold, got eta={eta}.")
        self._eta = eta

    def mutation(
        self,
        param: float,
        rng: np.random.RandomState,
        study: Study,
        search_space_bounds: npt.NDArray[np.float64],
    ) -> float:
        low, high = search_space_bounds
        u = rng.rand()
        power = 1.0 / (self._eta + 1.0)
        if u <= 0.5:
            step = (2.0 * u) ** power - 1.0
            return float(param + step * (param - low))
        step = 1.0 - (2.0 * (1.0 - u)) ** power
        return float(param + step * (high - param))
