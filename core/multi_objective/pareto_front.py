"""Which points no other one dominates."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def is_pareto_front(losses: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    """Mark the points that no other one dominates, equal points included.

    Parameters
    ----------
    losses : ndarray of shape (n_points, n_objectives)
        Lower is better in each column; no NaN.

    Returns
    -------
    ndarray of bool of shape (n_points,)

    Examples
    --------
    >>> is_pareto_front(np.array([[1.0, 2.0], [2.0, 1.0], [2.0, 2.0]]))
    array([ True,  True, False])
    """
    if len(losses) == 0:
        return np.zeros(0, dtype=bool)
    if losses.shape[1] == 1:
        return np.asarray(losses[:, 0] == losses[:, 0].min())
    import moocore

    return np.asarray(moocore.is_nondominated(finite_order(losses), keep_weakly=True), dtype=bool)


def finite_order(losses: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return losses in the same order in each objective, all finite: moocore takes no infinity.

    Parameters
    ----------
    losses : ndarray of shape (n_points, n_objectives)
        Lower is better in each column; no NaN.
    """
    if np.isfinite(losses).all():
        return losses
    ranks = [np.unique(column, return_inverse=True)[1] for column in losses.T]
    return np.column_stack(ranks).astype(np.float64)
