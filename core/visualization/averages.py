"""Several studies as one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]


def mean_and_deviation(
    numbers: Sequence[npt.NDArray[np.int64]], values: Sequence[FloatArray]
) -> tuple[npt.NDArray[np.int64], FloatArray, FloatArray]:
    """Average studies at each trial number.

    Parameters
    ----------
    numbers, values : sequence of ndarray
        Trial numbers and values of each study.

    Returns
    -------
    numbers, means, deviations : ndarray of shape (n_numbers,)
        Every number that some study has, with mean and standard deviation over those that have
        it; the deviation is NaN where a value is infinite.

    Examples
    --------
    >>> mean_and_deviation([np.array([0, 1]), np.array([0])], [np.array([1.0, 5.0]), np.array([3.0])])
    (array([0, 1]), array([2., 5.]), array([1., 0.]))
    """
    every, group = np.unique(np.concatenate(numbers), return_inverse=True)
    flat = np.concatenate(values)
    counts = np.bincount(group, minlength=len(every))
    means = np.bincount(group, weights=flat, minlength=len(every)) / counts
    with np.errstate(invalid="ignore"):  # inf - inf: an infinite mean has no deviation
        squares = np.bincount(group, weights=(flat - means[group]) ** 2, minlength=len(every))
    return every, means, np.sqrt(squares / counts)
