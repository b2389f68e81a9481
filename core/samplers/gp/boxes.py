"""The region that a Pareto front does not dominate, cut into boxes."""

from __future__ import annotations

import numpy as np

from .kernel import FloatArray


def non_dominated_boxes(front: FloatArray, reference: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Cut what no point of `front` dominates, below `reference`, into disjoint boxes.

    Slabs between successive values of the last objective are cut in the other objectives by the
    points that lie below the slab. At most ``(n + 1) ** (n_objectives - 1)`` boxes.

    Parameters
    ----------
    front : ndarray of shape (n, n_objectives)
        Losses; points that are dominated or not below the reference do no harm.
    reference : ndarray of shape (n_objectives,)

    Returns
    -------
    lower, upper : ndarray of shape (n_boxes, n_objectives)
        Corners; lower ones may be ``-inf``.

    Examples
    --------
    >>> lower, upper = non_dominated_boxes(np.array([[1.0, 2.0]]), np.array([3.0, 3.0]))
    >>> lower.tolist(), upper.tolist()
    ([[-inf, -inf], [-inf, 2.0]], [[3.0, 2.0], [1.0, 3.0]])
    """
    front = _minimal(front[(front < reference).all(axis=1)])
    if len(reference) == 1:
        top = front.min(initial=reference[0])
        return np.array([[-np.inf]]), np.array([[top]])
    order = np.argsort(front[:, -1], kind="stable")
    front = front[order]
    edges = np.concatenate([[-np.inf], front[:, -1], reference[-1:]])
    lowers, uppers = [], []
    for k in range(len(front) + 1):
        if edges[k] >= edges[k + 1]:
            continue
        lower, upper = non_dominated_boxes(front[:k, :-1], reference[:-1])
        lowers.append(np.column_stack([lower, np.full(len(lower), edges[k])]))
        uppers.append(np.column_stack([upper, np.full(len(upper), edges[k + 1])]))
    return np.concatenate(lowers), np.concatenate(uppers)


def _minimal(points: FloatArray) -> FloatArray:
    # The points that no other one dominates, without repetitions.
    points = np.unique(points, axis=0)
    if len(points) < 2:
        return points
    below = (points[:, None, :] <= points[None, :, :]).all(axis=2)
    minimal: FloatArray = points[below.sum(axis=0) == 1]  # only by itself
    return minimal
