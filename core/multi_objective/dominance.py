"""Pareto dominance."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .pareto_front import finite_order


def non_domination_ranks(losses: npt.NDArray[np.float64]) -> npt.NDArray[np.intp]:
    """Return how many fronts must be taken away before each point is on the Pareto front.

    Parameters
    ----------
    losses : ndarray of shape (n_points, n_objectives)
        Lower is better; infinite values are allowed, NaN is not.

    Returns
    -------
    ndarray of shape (n_points,)
        0 on the front. Equal points have equal ranks.

    Examples
    --------
    >>> import numpy as np
    >>> non_domination_ranks(np.array([[0.0, 1.0], [1.0, 0.0], [1.0, 1.0], [2.0, 2.0]]))
    array([0, 0, 1, 2])
    """
    if len(losses) == 0:
        return np.empty(0, dtype=np.intp)
    if losses.shape[1] == 1:
        return np.unique(losses[:, 0], return_inverse=True)[1].astype(np.intp)
    import moocore  # a compiled package: only for those who need it

    return np.asarray(moocore.pareto_rank(finite_order(losses)), dtype=np.intp)
