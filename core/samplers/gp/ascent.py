"""Climbing from many starts at once inside the unit cube.

Every start has its own search direction and step, and all of them are evaluated in one call: a
start that converges early does not hold the others back, and no line search mixes them [1]_.

References
----------
.. [1] Watanabe et al. (2025), Batch acquisition function evaluations and decouple optimizer
   updates for faster Bayesian optimization, arXiv:2511.13625.
.. [2] Nocedal, Wright (2006), Numerical optimization, algorithm 7.4 (two loops of L-BFGS).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from .kernel import BoolArray, FloatArray

Function = Callable[[FloatArray], tuple[FloatArray, FloatArray]]

_MEMORY = 8
_FIRST_STEP = 0.05  # length of the first step; later ones are scaled by the curvature
_ENOUGH = 1e-4  # Armijo's constant
_LEAST_STEP = 1e-9
_LEAST_SLOPE = 1e-5
_LEAST_GAIN = 1e-9  # relative; twice in a row ends a climb


def climb(
    function: Function, starts: FloatArray, movable: npt.NDArray[np.intp], most_evaluations: int
) -> FloatArray:
    """Return local maxima in the unit cube, one per start.

    Parameters
    ----------
    function : callable
        Takes points of shape (m, d), returns values (m,) and gradients (m, d).
    starts : ndarray of shape (m, d)
    movable : ndarray of int
        The coordinates that may change, within [0, 1].
    most_evaluations : int
        So many points are evaluated for each start.

    Returns
    -------
    ndarray of shape (m, d)
        Nowhere worse than the starts.

    Examples
    --------
    >>> def function(x):
    ...     return -((x - 0.3) ** 2).sum(axis=1), -2 * (x - 0.3)
    >>> climb(function, np.ones((1, 2)), np.arange(2), 50).round(6)
    array([[0.3, 0.3]])
    """
    ends = starts.copy()
    # A coordinate that may not move looks flat, and has no upper end (choices are indices).
    mask = np.zeros(starts.shape[1])
    mask[movable] = -1.0
    top = np.where(mask < 0.0, 1.0, np.inf)
    values, gradients = function(starts)
    state = _Climbers(starts.copy(), -values, mask * gradients, top)
    rows = np.arange(len(starts))
    for _ in range(most_evaluations - 1):
        going = ~state.done
        if not going.all():
            ends[rows] = state.points
            rows = rows[going]
            if not rows.size:
                return ends
            state = state.take(going)
        trial = state.trial()
        values, gradients = function(trial)
        state.advance(trial, -values, mask * gradients)
    ends[rows] = state.points
    return ends


class _Climbers:
    # Points on their way down (the sign is turned), with what L-BFGS remembers of each.

    def __init__(
        self, points: FloatArray, losses: FloatArray, gradients: FloatArray, top: FloatArray
    ) -> None:
        m, d = points.shape
        self.points, self.losses, self.gradients = points, losses, gradients
        self._top = top
        self._moves = np.zeros((_MEMORY, m, d))
        self._turns = np.zeros((_MEMORY, m, d))
        self._weights = np.zeros((_MEMORY, m))  # 1 / (move . turn); 0 where nothing is known
        self._scales = np.zeros(m)
        self._stalls = np.zeros(m, dtype=np.intp)
        self.done = ~(np.isfinite(losses) & np.isfinite(gradients).all(axis=1))
        self._set_directions(np.ones(m, dtype=np.bool_))

    def take(self, rows: BoolArray) -> _Climbers:
        """Return those of some rows."""
        taken = object.__new__(_Climbers)
        for name, value in self.__dict__.items():
            axis = 1 if name in {"_moves", "_turns", "_weights"} else 0
            setattr(taken, name, value if name == "_top" else value.compress(rows, axis=axis))
        return taken

    def trial(self) -> FloatArray:
        """Return the points to evaluate next."""
        aim = self.points + self._steps[:, None] * self._directions
        return np.clip(aim, 0.0, self._top)

    def advance(self, trial: FloatArray, losses: FloatArray, gradients: FloatArray) -> None:
        """Go to the trial points that are good enough; shorten the steps of the others."""
        moves = trial - self.points
        slopes = np.einsum("ij,ij->i", self.gradients, moves)
        gains = self.losses - losses
        with np.errstate(invalid="ignore"):
            good = (gains >= -_ENOUGH * slopes) & (gains >= 0.0) & np.isfinite(losses)
        good &= np.isfinite(gradients).all(axis=1)
        # The minimum of the parabola through both values and the slope, within limits.
        with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
            factors = -0.5 * slopes / (-gains - slopes)
        factors = np.where(np.isfinite(factors), np.clip(factors, 0.1, 0.5), 0.1)
        self._steps = np.where(good, self._steps, self._steps * factors)
        lengths = self._steps * np.abs(self._directions).max(axis=1)
        self.done |= ~good & (lengths < _LEAST_STEP)
        if not good.any():
            return
        turns = gradients - self.gradients
        self._remember(good, moves, turns)
        small = gains <= _LEAST_GAIN * np.maximum(1.0, np.abs(losses))
        self._stalls = np.where(good, np.where(small, self._stalls + 1, 0), self._stalls)
        self.done |= good & (self._stalls >= 2)
        self.points[good] = trial[good]
        self.losses[good] = losses[good]
        self.gradients[good] = gradients[good]
        self._set_directions(good)

    def _remember(self, rows: BoolArray, moves: FloatArray, turns: FloatArray) -> None:
        products = np.einsum("ij,ij->i", moves, turns)
        squares = np.einsum("ij,ij->i", turns, turns)
        rows = rows & (products > 1e-10 * squares) & (squares > 0.0)
        self._moves[:-1, rows] = self._moves[1:, rows]
        self._turns[:-1, rows] = self._turns[1:, rows]
        self._weights[:-1, rows] = self._weights[1:, rows]
        self._moves[-1, rows] = moves[rows]
        self._turns[-1, rows] = turns[rows]
        self._weights[-1, rows] = 1.0 / products[rows]
        self._scales[rows] = products[rows] / squares[rows]

    def _set_directions(self, rows: BoolArray) -> None:
        points, gradients = self.points, self.gradients
        stuck = ((points <= 0.0) & (gradients > 0.0)) | ((points >= self._top) & (gradients < 0.0))
        steepest = np.where(stuck, 0.0, -gradients)
        largest = np.abs(steepest).max(axis=1, initial=0.0)
        self.done |= rows & ~(largest > _LEAST_SLOPE)
        known = self._scales > 0.0
        directions = self._two_loops(steepest)
        directions[stuck] = 0.0
        falls = np.einsum("ij,ij->i", directions, steepest)
        uphill = ~(falls > 0.0)
        fresh = ~known | uphill
        norms = np.sqrt(np.einsum("ij,ij->i", steepest, steepest))
        with np.errstate(invalid="ignore", divide="ignore"):
            first = steepest * (_FIRST_STEP / norms)[:, None]
        directions = np.where(fresh[:, None], first, directions)
        if rows.all():
            self._directions, self._steps = directions, np.ones(len(points))
        else:
            self._directions[rows] = directions[rows]
            self._steps[rows] = 1.0

    def _two_loops(self, steepest: FloatArray) -> FloatArray:
        result = steepest.copy()
        shares = np.zeros_like(self._weights)
        filled = np.flatnonzero(self._weights.any(axis=1))
        for k in filled[::-1]:
            shares[k] = self._weights[k] * np.einsum("ij,ij->i", self._moves[k], result)
            result -= shares[k][:, None] * self._turns[k]
        result *= self._scales[:, None]
        for k in filled:
            back = self._weights[k] * np.einsum("ij,ij->i", self._turns[k], result)
            result += (shares[k] - back)[:, None] * self._moves[k]
        return result
