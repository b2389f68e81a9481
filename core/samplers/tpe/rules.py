"""The rules of thumb of TPE: how many trials are good, how much each weighs, how wide kernels are.

References
----------
.. [1] Bergstra, Bardenet, Bengio, Kegl (2011), Algorithms for hyper-parameter optimization.
.. [2] Bergstra, Yamins, Cox (2013), Making a science of model search.
.. [3] Falkner, Klein, Hutter (2018), BOHB: robust and efficient hyperparameter optimization.
.. [4] Watanabe (2023), Tree-structured Parzen estimator: understanding its algorithm components.
.. [5] Scott (1992), Multivariate density estimation: theory, practice, and visualization.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

_MOST_GOOD = 25
_FULLY_WEIGHTED = 25
_UNIFORM_DEVIATION = math.sqrt(1.0 / 12.0)  # of a uniform distribution over [0, 1]


def default_gamma(n: int) -> int:
    """Return how many of `n` trials are good: a tenth, at most 25 [4]_."""
    return min(math.ceil(0.1 * n), _MOST_GOOD)


def hyperopt_gamma(n: int) -> int:
    """Return how many of `n` trials are good by the rule of [2]_: a quarter of the root."""
    return min(math.ceil(0.25 * math.sqrt(n)), _MOST_GOOD)


def default_weights(n: int) -> FloatArray:
    """Return the weights of `n` trials, oldest first: the last 25 count fully [2]_.

    Examples
    --------
    >>> default_weights(28)[:4]
    array([0.03571429, 0.51785714, 1.        , 1.        ])
    """
    if n <= _FULLY_WEIGHTED:
        return np.ones(n)
    weights = np.arange(n, dtype=np.float64)
    weights *= (1.0 - 1.0 / n) / max(n - _FULLY_WEIGHTED - 1, 1)
    weights += 1.0 / n
    return np.minimum(weights, 1.0, out=weights)


def checked_weights(weights: Callable[[int], Any], n: int) -> FloatArray:
    """Call a user's `weights` for `n` trials and check what it returns.

    Raises
    ------
    ValueError
        If it is not `n` finite numbers, none negative and not all zero.
    """
    if n == 0:
        return np.ones(0)
    result = np.asarray(weights(n), dtype=np.float64)
    if result.shape != (n,):
        raise ValueError(f"weights({n}) must have shape ({n},), got {result.shape}.")
    if not np.all(np.isfinite(result)) or np.any(result < 0.0) or not np.any(result > 0.0):
        raise ValueError(
            f"weights({n}) must be finite, not negative and not all zero, got {result}."
        )
    return result


def shared_bandwidth(n: int, n_params: int, magic_clip: bool) -> float:
    """Return one bandwidth for all kernels of a density, in unit coordinates: Scott's rule [5]_.

    It takes the points to be spread over the whole range, as bad trials are.

    Parameters
    ----------
    n : int
        Number of observations.
    n_params : int
        Dimension of the density.
    magic_clip : bool
        Whether kernels may not be narrower than 1 / min(100, n + 2).
    """
    sigma = _UNIFORM_DEVIATION * math.pow(max(n, 1), -1.0 / (n_params + 4))
    return min(max(sigma, narrowest(n, magic_clip)), 1.0)


def neighbour_bandwidths(centres: FloatArray, magic_clip: bool, endpoints: bool) -> FloatArray:
    """Return each kernel's bandwidth in one dimension: the larger gap to a neighbour [1]_.

    The prior's centre, 0.5, counts as a neighbour.

    Parameters
    ----------
    centres : ndarray of shape (n,)
        In [0, 1].
    magic_clip : bool
        Whether kernels may not be narrower than 1 / min(100, n + 2).
    endpoints : bool
        Whether the gaps to 0 and 1 count for the outermost kernels; they do where an outermost
        kernel has no other neighbour.

    Returns
    -------
    ndarray of shape (n,)
        In (0, 1].
    """
    n = len(centres)
    with_prior = np.append(centres, 0.5)
    order = np.argsort(with_prior, kind="stable")  # equal ones by age, on every machine
    gaps = np.diff(with_prior[order], prepend=0.0, append=1.0)
    sigmas = np.maximum(gaps[:-1], gaps[1:])
    if not endpoints and n > 0:
        sigmas[0], sigmas[-1] = gaps[1], gaps[-2]
    np.clip(sigmas, narrowest(n, magic_clip), 1.0, out=sigmas)
    unsorted = np.empty(n + 1)
    unsorted[order] = sigmas
    return unsorted[:n]


def narrowest(n: int, magic_clip: bool) -> float:
    """Return the smallest bandwidth allowed with `n` observations, in unit coordinates."""
    # Without the clip, where observations coincide the gap is 0; a thousandth of the range is
    # as narrow as single precision can tell apart.
    return 1.0 / min(100.0, n + 2.0) if magic_clip else 1e-3


def rounded_count(n: int) -> int:
    """Return `n` rounded down to six binary digits.

    Kernels whose bandwidth follows the rounded number stay valid while a few trials are added:
    the bandwidth is off by less than 0.7 %, and need not be computed anew for each trial.
    """
    shift = max(0, n.bit_length() - 6)
    return n >> shift << shift
