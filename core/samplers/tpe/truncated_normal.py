"""The normal distribution cut to an interval: tail areas, masses, draws.

Everything here is arithmetic on arrays. Intervals always contain the kernel's centre, so no mass
is ever smaller than 0.38 of the untruncated kernel's (a centre in the middle, sigma as wide as
the interval) and plain rejection sampling ends quickly.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

LOG_SQRT_2PI = 0.5 * math.log(2.0 * math.pi)

# Areas above z = 0, 1/1024, 2/1024, ... 8, to be interpolated. The standard library has no erfc of
# arrays, and importing scipy.special takes 100 ms.
_PER_UNIT = 1024
_END = 8  # the area above is 6e-16
_TAILS = np.array(
    [0.5 * math.erfc(k / _PER_UNIT * math.sqrt(0.5)) for k in range(_END * _PER_UNIT + 1)]
)
_SLOPES = np.append(np.diff(_TAILS), 0.0)

_FEW = 32  # draws that are looked at one by one
_TRIES = 8  # at once, for a draw that fell outside


def upper_tail(z: FloatArray) -> FloatArray:
    """Return the standard normal's area above `z`, for ``z >= 0``.

    Parameters
    ----------
    z : ndarray of any shape
        Not negative; infinity is allowed.

    Returns
    -------
    ndarray of the same shape
        Error below 3e-8, and below 1e-5 of the result up to z = 8; constant from there.
    """
    scaled = z * _PER_UNIT
    np.minimum(scaled, _END * _PER_UNIT, out=scaled)
    cells = scaled.astype(np.intp)
    scaled -= cells
    scaled *= _SLOPES[cells]
    scaled += _TAILS[cells]
    return scaled


def upper_tail_of_one(z: float) -> float:
    """Return the same as :func:`upper_tail`, to the last bit, for one number."""
    scaled = min(z * _PER_UNIT, float(_END * _PER_UNIT))
    cell = int(scaled)
    area: float = (scaled - cell) * _SLOPES.item(cell) + _TAILS.item(cell)
    return area


def log_unit_mass(centres: FloatArray, sigmas: FloatArray | float) -> FloatArray:
    """Return the logarithm of a normal's mass on [0, 1], for centres in [0, 1].

    Parameters
    ----------
    centres : ndarray
        In [0, 1].
    sigmas : ndarray or float
        Positive, broadcastable to `centres`.
    """
    outside = upper_tail(centres / sigmas)
    outside += upper_tail((1.0 - centres) / sigmas)
    return np.log1p(-outside)


def log_cell_masses(
    centres: FloatArray, edges: FloatArray, sigma: float, floor: float = -80.0
) -> FloatArray:
    """Return how a normal, cut to the cells' union, shares its mass among the cells.

    Parameters
    ----------
    centres : ndarray of shape (n_kernels,)
        Within the union of the cells.
    edges : ndarray of shape (n_cells + 1,)
        Ascending borders of the cells.
    sigma : float
        Positive.
    floor : float, default -80
        Smallest logarithm returned; keeps products with zero finite.

    Returns
    -------
    ndarray of shape (n_kernels, n_cells)
        Logarithms; each row's masses sum to 1.
    """
    z = (edges - centres[:, None]) / sigma
    tails = upper_tail(np.abs(z))
    # Differences of tails on one side keep their digits far from the centre.
    masses = np.abs(np.diff(tails, axis=1))
    astride = (z[:, :-1] < 0.0) & (z[:, 1:] > 0.0)
    masses[astride] = 1.0 - (tails[:, :-1] + tails[:, 1:])[astride]
    masses /= masses.sum(axis=1, keepdims=True)
    return np.log(np.maximum(masses, math.exp(floor)))


def draw_in_unit(rng: np.random.Generator, centres: FloatArray, sigmas: FloatArray) -> FloatArray:
    """Draw from normals cut to [0, 1], for centres in [0, 1] and sigmas up to 1.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of randomness.
    centres : ndarray of shape (n_points, n_parameters)
        In [0, 1].
    sigmas : ndarray of shape (n_points, n_parameters) or (n_points, 1)
        In (0, 1].

    Returns
    -------
    ndarray of shape (n_points, n_parameters)
    """
    draws = rng.standard_normal(centres.shape)
    draws *= sigmas
    draws += centres
    flat = draws.reshape(-1)
    outside = ((flat < 0.0) | (flat > 1.0)).nonzero()[0]
    if not outside.size:
        return draws
    # Rejection: at least 38 % of the draws fall inside.
    if sigmas.shape != centres.shape:
        sigmas = np.broadcast_to(sigmas, centres.shape)
    around, widths = centres.reshape(-1)[outside], sigmas.reshape(-1)[outside]
    if outside.size <= _FEW:
        _draw_few_again(rng, flat, outside.tolist(), around.tolist(), widths.tolist())
        return draws
    while True:
        again = rng.standard_normal((_TRIES, outside.size))
        again *= widths
        again += around
        inside = (again >= 0.0) & (again <= 1.0)
        first = inside.argmax(axis=0)
        each = np.arange(outside.size)
        flat[outside] = again[first, each]
        left = ~inside[first, each]
        if not left.any():
            return draws
        outside, around, widths = outside[left], around[left], widths[left]


def _draw_few_again(
    rng: np.random.Generator,
    flat: FloatArray,
    outside: list[int],
    around: list[float],
    widths: list[float],
) -> None:
    # The same draws as with arrays, which for a few cost several times as much.
    while outside:
        left = []
        tries = rng.standard_normal((_TRIES, len(outside))).T.tolist()
        for k, numbers in enumerate(tries):
            for number in numbers:
                draw = number * widths[k] + around[k]
                if 0.0 <= draw <= 1.0:
                    flat[outside[k]] = draw
                    break
            else:
                left.append(k)
        outside = [outside[k] for k in left]
        around, widths = [around[k] for k in left], [widths[k] for k in left]
