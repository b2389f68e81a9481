"""The Matérn-5/2 kernel with one length scale per coordinate.

Points are rows of coordinates in [0, 1]. A categorical coordinate holds the index of a choice, and
two of them are at distance 0 or 1.

Symbols: `n`, `m` numbers of points, `d` of coordinates; ``r2`` the scaled squared distance.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

_SQRT5 = math.sqrt(5.0)


class KernelParameters(NamedTuple):
    """Parameters of a Gaussian process with zero mean.

    inverse_squares : ndarray of shape (d,)
        One over the squared length scale of each coordinate.
    scale : float
        Prior variance of the function.
    noise : float
        Variance of the noise of an observation.
    """

    inverse_squares: FloatArray
    scale: float
    noise: float


def squared_differences(one: FloatArray, other: FloatArray, categorical: BoolArray) -> FloatArray:
    """Return the squared difference in each coordinate, shape (d, n, m)."""
    differences: FloatArray = one.T[:, :, None] - other.T[:, None, :]
    if categorical.any():
        differences[categorical] = differences[categorical] != 0.0
    return np.square(differences, out=differences)


def matern(r2: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the correlation at squared distances, and its derivative by them times -2.

    The factor makes the second one positive: ``5/3 (1 + sqrt(5 r2)) exp(-sqrt(5 r2))``.
    """
    t = _SQRT5 * np.sqrt(r2)
    decay = np.exp(-t)
    slope = (1.0 + t) * decay
    correlation = slope + (5.0 / 3.0) * r2 * decay
    slope *= 5.0 / 3.0
    return correlation, slope
