"""Hypervolumes: how much each point adds, and which few points cover most.

References
----------
.. [1] Guerreiro, Fonseca, Paquete (2021), The hypervolume indicator: computational problems and
   algorithms, ACM Computing Surveys 54(6).
.. [2] Nemhauser, Wolsey, Fisher (1978), An analysis of approximations for maximizing submodular
   set functions I.
.. [3] Minoux (1978), Accelerated greedy algorithms for maximizing submodular set functions.
"""

from __future__ import annotations

import heapq

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

_MARGIN = 0.1  # of an objective's range, beyond the worst value


def finite_losses(losses: FloatArray) -> FloatArray:
    """Replace infinite losses by values one range beyond the finite ones.

    Parameters
    ----------
    losses : ndarray of shape (n_points, n_objectives)
        Lower is better.

    Returns
    -------
    ndarray of the same shape
        `losses` itself where all are finite. Objectives so large that sums of them overflow are
        scaled down.
    """
    finite = np.isfinite(losses)
    largest = np.abs(losses, where=finite, out=np.zeros_like(losses)).max(axis=0, initial=0.0)
    if finite.all() and (largest < 1e100).all():
        return losses
    bounded = losses / np.where(largest < 1e100, 1.0, largest)
    for column, known in zip(bounded.T, finite.T, strict=True):
        low, high = (column[known].min(), column[known].max()) if known.any() else (0.0, 0.0)
        span = (high - low) or 1.0
        column[column == np.inf] = high + span
        column[column == -np.inf] = low - span
    return bounded


def reference_point(losses: FloatArray) -> FloatArray:
    """Return a point that is worse than all: a tenth of the range beyond the worst values.

    Parameters
    ----------
    losses : ndarray of shape (n_points, n_objectives)
        Finite, at least one point.
    """
    worst = losses.max(axis=0)
    span = worst - losses.min(axis=0)
    return np.asarray(worst + _MARGIN * np.where(span > 0.0, span, 1.0))


def contributions(losses: FloatArray, reference: FloatArray) -> FloatArray:
    """Return, for each point of the Pareto front, the volume that the front loses without it.

    Parameters
    ----------
    losses : ndarray of shape (n_points, n_objectives)
        Finite; lower is better.
    reference : ndarray of shape (n_objectives,)
        Upper corner of the volume.

    Returns
    -------
    ndarray of shape (n_points,)
        0 for dominated points and for all but one of equal points.

    Examples
    --------
    >>> import numpy as np
    >>> contributions(np.array([[0.0, 1.0], [1.0, 0.0]]), np.array([2.0, 2.0]))
    array([1., 1.])
    """
    import moocore  # a compiled package: only for those who need it

    unique, first = np.unique(losses, axis=0, return_index=True)
    volumes = np.zeros(len(losses))
    volumes[first] = moocore.hv_contributions(unique, ref=reference)
    return volumes


def select_subset(losses: FloatArray, n: int, reference: FloatArray) -> npt.NDArray[np.intp]:
    """Choose `n` points that together dominate much: greedily, at least 63 % of the best [2]_.

    Gains only shrink as points are chosen, so most need not be computed again [3]_.

    Parameters
    ----------
    losses : ndarray of shape (n_points, n_objectives)
        Finite; lower is better; ``n_points >= n``.
    n : int
        How many to choose.
    reference : ndarray of shape (n_objectives,)
        Upper corner of the volume.

    Returns
    -------
    ndarray of shape (n,)
        Indices of the chosen points, in the order of choice.
    """
    if losses.shape[1] == 2:
        return _select_of_two(losses, n, reference)
    import moocore  # a compiled package: only for those who need it

    volume = moocore.Hypervolume(ref=reference)
    single = np.prod(np.maximum(reference - losses, 0.0), axis=1)
    queue = [(-gain, index, 0) for index, gain in enumerate(single.tolist())]
    heapq.heapify(queue)
    chosen: list[int] = []
    covered = 0.0
    while len(chosen) < n:
        gain, index, n_known = heapq.heappop(queue)
        if n_known == len(chosen):
            covered -= gain
            chosen.append(index)
        else:
            fresh = float(volume(losses[[*chosen, index]])) - covered
            heapq.heappush(queue, (-max(fresh, 0.0), index, len(chosen)))
    return np.array(chosen, dtype=np.intp)


def _select_of_two(losses: FloatArray, n: int, reference: FloatArray) -> npt.NDArray[np.intp]:
    # What the chosen points leave is a staircase: under each step a point gains a rectangle.
    x, y = losses.T
    starts = np.full(n + 1, reference[0])
    heights = np.full(n + 1, reference[1])
    starts[0] = -np.inf
    chosen = np.empty(n, dtype=np.intp)
    left = np.ones(len(losses), dtype=np.bool_)
    for k in range(n):
        ends = np.append(starts[1 : k + 1], reference[0])
        widths = ends - np.maximum(x[:, None], starts[: k + 1])
        gains = heights[: k + 1] - y[:, None]
        gains *= np.maximum(widths, 0.0, out=widths)
        total = np.maximum(gains, 0.0, out=gains).sum(axis=1)
        best = int(np.where(left, total, -1.0).argmax())
        chosen[k] = best
        left[best] = False
        # The new step begins at x[best] and lowers all that lie to the right of it.
        at = int(np.searchsorted(starts[: k + 1], x[best]))
        starts[at + 1 : k + 2] = starts[at : k + 1].copy()
        heights[at + 1 : k + 2] = heights[at : k + 1].copy()
        starts[at], heights[at] = x[best], heights[at - 1]
        heights[at : k + 2] = np.minimum(heights[at : k + 2], y[best])
    return chosen
